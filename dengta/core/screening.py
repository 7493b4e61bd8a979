"""重复申报筛查: all claims that there are, held against each other.

A `Screen` holds of all claims, as columns, what others are found by: the entries of the register,
the wording of their lines, how their pictures look, their claimants and suppliers. It finds which
claims to hold against each other; `claims.judge` then says, from those two alone, in what they are
the same. So every hit can be judged anew, and what the screen holds decides only what is met.

Each pair has a `ground`: a number made of everything that judging it goes by. Where it is what it
was, so is the judgement, and the pair need not be judged again.

What more than `Rules.most` other claims have tells nothing of any of them: a house style of
describing, the same picture from a catalogue, the claims of a large group. It gives no hits. An
entry of the register always counts.

Near-same texts are met in at least 97 of 100 cases (see `core.near_text`), but for those that agree
only in bands that more than `Rules.carried` other claims carry: such a band leads nowhere, and a
text with more than half of its bands among them is a house style. Everything else is met always.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from dengta.core.bands import distinct, pairs_between
from dengta.core.claims import Beside, Claim, Hit, Rules, Told, judge
from dengta.core.gist import COLUMNS, gist_of, members, worded
from dengta.core.holdings import Images, Texts, packed, pairs_of_groups
from dengta.core.kin import Kin, mixed, summed
from dengta.core.pictures import bits_of
from dengta.core.relations import Relations
from dengta.core.shingles import sets_of, signatures

__all__ = ["COLUMNS", "KINDS_BITS", "Judged", "LookUp", "Screen"]

_Array = np.ndarray[Any, Any]
LookUp = Callable[[Collection[int]], Mapping[int, Claim]]
"""Gives the claims of some rows."""
KINDS_BITS = 4
"""The lowest bits of a `ground` are left to count the hits of a pair."""
_AT_ONCE = 10_000
_LOW = 0xFFFFFFFF
_JUDGED_AS = 1
"""Counted up when `judge` says something else of the same two claims."""


class Judged(NamedTuple):
    """Two rows, the later first, and a hit between them, seen from the later."""

    later: int
    earlier: int
    hit: Hit


class Screen:
    """All claims, in the order in which they come, as rows from 0 on."""

    def __init__(
        self, rules: Rules, ties: Iterable[tuple[str, str, str]], strength: Mapping[str, int],
        link_most: int, *, least_signs: int = 0,
    ) -> None:  # fmt: skip
        """`ties` are what parties have, as (party, kind, value); the rest is the policy's."""
        self.rules, self._least_signs = rules, least_signs
        self._strength, self._link_most = strength, link_most
        self._ties = list(ties)
        self._relations: Relations | None = None
        self._count = 0
        self._texts = Texts(rules.alike_bps, rules.most, rules.carried)
        self._images = Images(rules.picture_bits, rules.most)
        self._claimants: list[pl.Series] = []
        self._bought: list[pl.DataFrame] = []
        self._entries: list[tuple[_Array, _Array]] = []
        self._crowded: frozenset[str] = frozenset()
        self._contents: list[_Array] = []
        self._whole = np.empty(0, np.uint64)

    def __len__(self) -> int:
        return self._count

    @property
    def relations(self) -> Relations:
        """Who belongs together, with the way from one to the other."""
        if self._relations is None:
            self._relations = Relations(self._strength, self._link_most)
            for party, kind, value in self._ties:
                self._relations.add(party, kind, value)
        return self._relations

    def add(self, claims: pl.DataFrame, contents: _Array) -> None:
        """More claims, as rows of COLUMNS, and of each a number for all that it says (64 bits)."""
        self.hold(gist_of(claims, contents, self.rules, self._least_signs))

    def hold(self, gists: pl.DataFrame) -> None:
        """More claims by their gists, made by the rules of this screen."""
        first, self._count = self._count, self._count + len(gists)
        self._contents.append(gists["content"].to_numpy())
        self._claimants.append(gists["claimant"])
        bought = gists.select(
            "claimant", row=pl.int_range(first, self._count, dtype=pl.Int64), supplier="suppliers"
        )
        self._bought.append(bought.explode("supplier").drop_nulls())
        for name, take in (("entries", self._take_entries), ("prints", self._images.add)):
            owners, values = members(gists[name])
            take(owners + first, values)
        texts = worded(gists)
        self._texts.add(texts._replace(owners=texts.owners + first))

    def _take_entries(self, owners: _Array, entries: _Array) -> None:
        self._entries.append((owners, entries))

    # ------------------------------------------------------------ whom to hold against whom

    def pairs(self) -> tuple[_Array, _Array]:
        """Rows that must be held against each other, or against themselves, and the ground of each:
        the later row in the upper 32 bits, the earlier in the lower, in order and each once."""
        kin = Kin(self._ties, self._strength, self._link_most, self.rules.furthest)
        claimants = pl.concat(self._claimants) if self._claimants else pl.Series(dtype=pl.String)
        party = kin.numbers(claimants)
        with ThreadPoolExecutor(1) as beside:
            pictures = beside.submit(list, self._images.pairs())
            found = [*self._of_entries(), self._own_suppliers(kin), *self._texts.pairs()]
            found += [*self._of_related(kin, party), *pictures.result()]
        pairs = distinct(np.concatenate(found)) if found else np.empty(0, np.int64)
        told = self._texts.told(self._count) + self._images.told(self._count)
        self._whole = self._all_of_each(kin, party, claimants, told)
        return pairs, self._grounds(pairs)

    def _of_entries(self) -> Iterator[_Array]:
        """Who has the same entry, and who has one twice."""
        rows, entries = (np.concatenate(part) for part in zip(*self._entries, strict=True)) \
            if self._entries else (np.empty(0, np.int64), np.empty(0, np.uint64))  # fmt: skip
        order = np.argsort(entries, kind="stable")
        rows, entries = rows[order], entries[order]
        yield from pairs_of_groups(rows, entries)

    def _of_related(self, kin: Kin, party: _Array) -> Iterator[_Array]:
        """The claims of those who belong together, unless they are too many for both."""
        some = np.flatnonzero(party >= 0)
        order = some[np.argsort(party[some], kind="stable")]
        counts = np.bincount(party[some], minlength=len(kin))
        ends = np.cumsum(counts)
        near = summed(kin.one, counts[kin.other], len(kin))
        crowded = near > self.rules.most
        self._crowded = frozenset(kin.parties[np.flatnonzero(crowded & (counts > 0))].to_list())
        open_ = (kin.one < kin.other) & ~(crowded[kin.one] & crowded[kin.other])
        one, other = kin.one[open_], kin.other[open_]
        for left, right in pairs_between(
            ends[one] - counts[one], ends[one], ends[other] - counts[other], ends[other]
        ):
            yield packed(order[left], order[right])

    def _own_suppliers(self, kin: Kin) -> _Array:
        """Claims whose supplier is the claimant or belongs to him."""
        if not self._bought:
            return np.empty(0, np.int64)
        bought = pl.concat(self._bought)
        one, other = kin.numbers(bought["claimant"]), kin.numbers(bought["supplier"])
        related = (bought["claimant"] == bought["supplier"]).to_numpy() | kin.related(one, other)
        rows = bought["row"].to_numpy()[related]
        return packed(rows, rows)

    def _all_of_each(
        self, kin: Kin, party: _Array, claimants: pl.Series, told: _Array
    ) -> _Array:  # fmt: skip
        """Of each row all that judging it goes by, as a number."""
        content = np.concatenate(self._contents) if self._contents else np.empty(0, np.uint64)
        way = np.append(kin.prints, np.uint64(0))[party]
        crowded = claimants.is_in(list(self._crowded)).to_numpy().astype(np.uint64)
        return mixed(mixed(mixed(content) + told) + way + crowded)

    def _grounds(self, pairs: _Array) -> _Array:
        later, earlier = self._whole[pairs >> 32], self._whole[pairs & _LOW]
        rules = self.rules
        what = (_JUDGED_AS, rules.alike_bps, rules.picture_bits, rules.most, rules.furthest,
                rules.carried)  # fmt: skip
        salt = np.zeros(1, np.uint64)
        for number in what:
            salt = mixed(salt + np.uint64(number))
        both = mixed(mixed(later + salt) + earlier) >> np.uint64(1)
        return np.asarray((both >> np.uint64(KINDS_BITS) << np.uint64(KINDS_BITS)).view(np.int64))

    # ------------------------------------------------------------ what they are to each other

    def judged(
        self, pairs: _Array, look_up: LookUp, name: Callable[[str], str] = str
    ) -> Iterator[list[Judged]]:
        """All hits of some of the `pairs`, some pairs at a time; of a pair seen differently from
        either side the weightier."""
        for at in range(0, len(pairs), _AT_ONCE):
            some = pairs[at : at + _AT_ONCE]
            known = look_up(np.unique((some >> 32, some & _LOW)).tolist())
            beside = Beside(known.values(), self.rules, self.relations)
            told = self._tell_nothing(known.values())
            found: list[Judged] = []
            for later, earlier in zip((some >> 32).tolist(), (some & _LOW).tolist(), strict=True):
                if later not in known or earlier not in known:
                    continue  # released since it was added
                one, other = known[later], known[earlier]
                seen: dict[str, Hit] = {}
                for ours, theirs in ((one, other), (other, one))[: 1 + (one is not other)]:
                    for hit in judge(
                        ours, theirs, self.rules, self.relations,
                        passed_over=told.get(ours.id, ()), name=name, beside=beside,
                    ):  # fmt: skip
                        if hit.kind not in seen or hit.weight > seen[hit.kind].weight:
                            seen[hit.kind] = hit.seen_from(one.id)
                    if ours.id not in told:
                        break
                found += (Judged(later, earlier, hit) for hit in seen.values())
            yield found

    def nightly(self, look_up: LookUp, name: Callable[[str], str] = str) -> Iterator[Hit]:
        """All hits among all rows, each once, the later row first."""
        pairs, _ = self.pairs()
        for some in self.judged(pairs, look_up, name):
            yield from (one.hit for one in some)

    def _tell_nothing(self, claims: Collection[Claim]) -> dict[str, set[Told]]:
        """Of some claims those that have what too many have, and what that is; after `pairs`."""
        found: dict[str, set[Told]] = {}
        texts = list({line.text for claim in claims for line in claim.texts})
        common = dict(zip(texts, self._texts.surely(signatures(sets_of(texts))), strict=True))
        pictures = list({one.picture for claim in claims for one in claim.pictures if one.picture})
        prints = np.array([bits_of(picture) for picture in pictures], np.uint64)
        catalogue = dict(zip(pictures, self._images.surely(prints), strict=True))
        for claim in claims:
            told: set[Told] = {("text", one.text) for one in claim.texts if common[one.text]}
            told |= {("picture", one.picture) for one in claim.pictures
                     if catalogue.get(one.picture)}  # fmt: skip
            if claim.claimant in self._crowded:
                told.add(("party", claim.claimant))
            if told:
                found[claim.id] = told
        return found
