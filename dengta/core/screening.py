"""重复申报筛查: one claim held against a million others, and all of them against each other.

A `Screen` holds of each claim what others are found by: the entries of the register, the wording of
its lines, how its pictures look, its claimant and suppliers. It finds which claims to hold against
each other; `claims.judge` then says, from those two alone, in what they are the same. So every hit
can be judged anew, and what the screen holds decides only whether it is met.

What more than `Rules.most` other claims have tells nothing of any of them: a house style of
describing, the same picture from a catalogue, the claims of a large group. It gives no hits and is
named in `Screened.common` instead. An entry of the register always counts.

Near-same texts are met in at least 97 of 100 cases (see `core.near_text`), but for those that agree
only in bands that more than `Rules.carried` other claims carry: such a band leads nowhere, and a
text with more than half of its bands among them is a house style. Everything else is met always.
Claims may come and go in any order: what is found depends only on which are there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dengta.core.claim_keys import invoice_of
from dengta.core.claims import Beside, Claim, Hit, Key, Rules, Told, in_order, judge
from dengta.core.holdings import COUNTED, Holders, Images, Texts, each_pair
from dengta.core.pictures import bits_of
from dengta.core.relations import Common, Relations
from dengta.core.shapes import Text
from dengta.core.shingles import sets_of, signatures

__all__ = ["LookUp", "Screen", "Screened"]

LookUp = Callable[[Collection[str]], Mapping[str, Claim]]
"""Gives the claims of some ids."""
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Screened:
    """What was found: hits in order, and what was left out because too many have it."""

    hits: tuple[Hit, ...]
    common: tuple[Common, ...]


class Screen:
    """The claims that are there, and which of them a claim must be held against."""

    def __init__(self, rules: Rules, relations: Relations) -> None:
        self.rules, self.relations = rules, relations
        self._entries = Holders()
        self._texts = Texts(rules.alike_bps, rules.most, rules.carried)
        self._images = Images(rules.picture_bits, rules.most)
        self._of: dict[str, set[str]] = {}
        self._bought: dict[str, dict[str, set[str]]] = {}
        self._twice: set[str] = set()
        self._crowded: set[str] = set()

    def add(self, claims: Iterable[Claim]) -> None:
        """Claims that are there from now on; many at once take much less time for each."""
        claims = list(claims)
        texts = [(claim.id, line.text) for claim in claims for line in claim.texts]
        self._texts.add([id for id, _ in texts], sets_of([text for _, text in texts]))
        images = [(claim.id, bits) for claim in claims for bits in _prints(claim)]
        self._images.add([id for id, _ in images], [bits for _, bits in images])
        for claim in claims:
            entries = _entries(claim)
            for entry in entries:
                self._entries.add(entry, claim.id)
            if len(set(entries)) < len(entries):
                self._twice.add(claim.id)
            self._of.setdefault(claim.claimant, set()).add(claim.id)
            for supplier in claim.suppliers:
                bought = self._bought.setdefault(claim.claimant, {})
                bought.setdefault(supplier, set()).add(claim.id)

    def remove(self, claim: Claim) -> None:
        """A claim, as it was added, is there no more."""
        self._texts.remove(claim.id, sets_of([line.text for line in claim.texts]))
        self._images.remove(claim.id, _prints(claim))
        for entry in _entries(claim):
            self._entries.remove(entry, claim.id)
        self._twice.discard(claim.id)
        self._of.get(claim.claimant, set()).discard(claim.id)
        for supplier in claim.suppliers:
            self._bought.get(claim.claimant, {}).get(supplier, set()).discard(claim.id)

    def screen(self, claim: Claim, look_up: LookUp, name: Callable[[str], str] = str) -> Screened:
        """All hits of one claim, whether it is there itself or not. `look_up` gives the claims that
        it must be held against, `name` the name of a party."""
        others: set[str] = set()
        for entry in _entries(claim):
            others.update(self._entries.of(entry))
        common = list(self._meet(claim, others))
        passed_over = {(one.kind, one.value) for one in common}
        others.discard(claim.id)
        known = look_up(sorted(others)) if others else {}
        beside = Beside((claim, *known.values()), self.rules, self.relations)
        hits = [
            hit
            for other in (claim, *known.values())
            for hit in judge(
                claim, other, self.rules, self.relations,
                passed_over=passed_over, name=name, beside=beside,
            )
        ]  # fmt: skip
        for party in sorted({claim.claimant, *claim.suppliers}):
            common += self.relations.common(party)
        return Screened(in_order(hits), tuple(common))

    def nightly(self, look_up: LookUp, name: Callable[[str], str] = str) -> Iterator[Hit]:
        """All hits among the claims that are there, each once: what `screen` gives for any of them,
        and of a pair seen differently from either side the weightier. The later id comes first;
        hits come in the order of their claims."""
        pairs = sorted(self._pairs())
        for at in range(0, len(pairs), _AT_ONCE):
            some = pairs[at : at + _AT_ONCE]
            known = look_up(sorted({id for pair in some for id in pair}))
            beside = Beside(known.values(), self.rules, self.relations)
            told = self._tell_nothing(known.values())
            for one, other in some:
                if one not in known or other not in known:
                    continue  # released since it was added
                seen: dict[str, Hit] = {}
                for ours, theirs in ((other, one), (one, other))[: 1 + (one != other)]:
                    for hit in judge(
                        known[ours], known[theirs], self.rules, self.relations,
                        passed_over=told.get(ours, ()), name=name, beside=beside,
                    ):  # fmt: skip
                        if hit.kind not in seen or hit.weight > seen[hit.kind].weight:
                            seen[hit.kind] = hit.seen_from(other)
                    if ours not in told:
                        break
                yield from seen.values()

    # ------------------------------------------------------------ whom to hold it against

    def _meet(self, claim: Claim, others: set[str]) -> Iterator[Common]:
        """Add whose texts, pictures and claimants are near; gives what too many have."""
        most = self.rules.most
        texts = sorted({line.text for line in claim.texts})
        sets = sets_of(texts)
        for at, text in enumerate(texts):
            count, near = self._texts.near(claim.id, sets.one(at))
            others |= near
            if count > most:
                yield _too_many("text", text, count, most)
        for picture in sorted({photo.picture for photo in claim.pictures if photo.picture}):
            count, near = self._images.near(claim.id, bits_of(picture))
            others |= near
            if count > most:
                yield _too_many("picture", picture, count, most)
        near = self._of_related(claim.claimant)
        if len(near) > most:
            yield _too_many("party", claim.claimant, len(near), most)
        else:
            others |= near

    def _of_related(self, party: str) -> set[str]:
        """The claims of those who belong to a party."""
        related = self.relations.within(party, self.rules.furthest)
        return {claim for one in related for claim in self._of.get(one, ())}

    def _pairs(self) -> set[tuple[str, str]]:
        """Claims that must be held against each other, or against themselves."""
        pairs = {(one, one) for one in self._twice}
        self._crowded = set()
        for held in self._entries.shared():
            pairs.update(each_pair(held, held))
        pairs.update(self._texts.pairs())
        pairs.update(self._images.pairs())
        for party, claims in self._of.items():
            if not claims:
                continue
            related = self.relations.within(party, self.rules.furthest)
            near = [claim for one in related for claim in self._of.get(one, ())]
            if len(near) <= self.rules.most:
                pairs.update(each_pair(claims, near))
            else:
                self._crowded.add(party)
            for supplier, bought in self._bought.get(party, {}).items():
                if supplier == party or supplier in related:
                    pairs.update((one, one) for one in bought)
        return pairs

    def _tell_nothing(self, claims: Collection[Claim]) -> dict[str, set[Told]]:
        """Of some claims those that have what too many have, and what that is; after `_pairs`."""
        found: dict[str, set[Told]] = {}
        texts = list({line.text for claim in claims for line in claim.texts})
        sets = sets_of(texts)
        signs = dict(zip(texts, signatures(sets).tolist(), strict=True))
        some = {text for text, size in zip(texts, sets.sizes.tolist(), strict=True) if size}
        common = {text for text in some if self._texts.surely(signs[text])}
        for claim in claims:
            told: set[Told] = {("text", one.text) for one in claim.texts if one.text in common}
            for picture in {photo.picture for photo in claim.pictures if photo.picture}:
                if self._images.surely(bits_of(picture)):
                    told.add(("picture", picture))
            if claim.claimant in self._crowded:
                told.add(("party", claim.claimant))
            if told:
                found[claim.id] = told
        return found


def _prints(claim: Claim) -> Sequence[int]:
    return [bits_of(photo.picture) for photo in claim.pictures if photo.picture]


def _entries(claim: Claim) -> list[int]:
    """What stands for each entry of the register here; the lines of an invoice are found by it."""
    return [hash((key.kind, _found_by(key))) for key in claim.keys if key.key]


def _found_by(key: Key) -> str:
    return invoice_of(key.key) if key.kind == "invoice" else key.key


def _too_many(kind: str, value: str, count: int, most: int) -> Common:
    what = {
        "text": Text(f"“{value}”这样的写法", f"Words such as “{value}”"),
        "picture": Text(f"图片 {value}", f"The picture {value}"),
        "party": Text(f"{value} 的关联企业", f"Those who belong to {value}"),
    }[kind]
    more = Text("以上", " or more") if count >= COUNTED else Text("", "")
    return Common(
        kind, value, count,
        Text(f"{what.zh}在其他申报中出现 {count} 次{more.zh}，超过 {most} 次，不作为重复依据",
             f"{what.en} are found {count}{more.en} times in other claims, more than {most}; this"
             " does not count as a sign"),
    )  # fmt: skip
