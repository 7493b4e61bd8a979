"""One claim held against all that a table knows, without reading them: by its signs.

What is found is what `core.screening` finds for a claim: the same bands decide what is met, the
same judge what it is. A text, a picture or a claimant that more than `Rules.most` other claims have
tells nothing. (One case apart: where a claim has a line near a text and only another line of it
meets the text in a band, it counts here and not there.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import Protocol

from dengta.core.claims import Beside, Claim, Hit, Rules, Told, in_order, judge
from dengta.core.relations import Relations
from dengta.core.signs import Looks, Sought, Worded, named_sign

__all__ = ["Kept", "Table", "hits_of"]

_SOME = 100

Kept = tuple[int, int, int, int]
"""A sign that some other claim has, who that is, the mark and the size beside it."""


class Table(Protocol):
    """The signs of all claims that are there, but for the one that is looked up."""

    def crowded(self, signs: Collection[int], most: int) -> Collection[int]:
        """Those of some signs of the claim that more than so many others have."""

    def bearing(self, signs: Collection[int], limit: int | None = None) -> Iterable[Kept]:
        """Who else has some signs, so many at the most."""

    def look_up(self, holders: Collection[int]) -> Mapping[int, Claim]:
        """The claims of some holders; those released since are not among them."""


def hits_of(
    claim: Claim, signs: Sought, table: Table, rules: Rules, relations: Relations,
    name: Callable[[str], str] = str,
) -> tuple[Hit, ...]:  # fmt: skip
    """All hits of one claim, the weightiest first. `relations` knows at least everybody within
    `Rules.furthest` hops of the claimant."""
    whole = _Looked(claim, table, rules)
    others = whole.bearers(signs)
    related = relations.within(claim.claimant, rules.furthest)
    theirs = [named_sign("claimant", party) for party in related]
    near = {kept[1] for kept in table.bearing(theirs, rules.most + 1)} if theirs else set()
    if len(near) > rules.most:
        whole.told.add(("party", claim.claimant))
    else:
        others |= near
    whole.read(others)
    known = [whole.known[one] for one in sorted(others) if one in whole.known]
    beside = Beside((claim, *known), rules, relations)
    return in_order(
        hit
        for other in (claim, *known)
        for hit in judge(
            claim, other, rules, relations, passed_over=whole.told, name=name, beside=beside
        )
    )


class _Looked:
    """What was looked up for one claim."""

    def __init__(self, claim: Claim, table: Table, rules: Rules) -> None:
        self._claim, self._table, self._rules = claim, table, rules
        self.told: set[Told] = set()
        self.known: dict[int, Claim] = {}

    def bearers(self, signs: Sought) -> set[int]:
        """Who has an entry, a near text or a picture that looks the same."""
        exact = [one.exact for one in (*signs.texts, *signs.pictures)]
        crowded = self._table.crowded(exact, self._rules.most) if exact else ()
        texts = [one for one in signs.texts if one.exact not in crowded]
        pictures = [one for one in signs.pictures if one.exact not in crowded]
        self.told |= {("text", one.text) for one in signs.texts if one.exact in crowded}
        self.told |= {("picture", one.picture) for one in signs.pictures if one.exact in crowded}
        wanted: dict[int, list[Worded | Looks | None]] = {sign: [None] for sign in signs.entries}
        for text in texts:
            for sign in text.bands:
                wanted.setdefault(sign, []).append(text)
        for look in pictures:
            for sign in look.tried:
                wanted.setdefault(sign, []).append(look)
        found = self._met(wanted)
        others = found.pop(None, set())
        for one, held in found.items():
            others |= self._near(one, held)
        return others

    def _met(self, wanted: Mapping[int, list[Worded | Looks | None]]) -> dict[
        Worded | Looks | None, set[int]
    ]:  # fmt: skip
        """Who may have what stands under a sign."""
        found: dict[Worded | Looks | None, set[int]] = {}
        bps, bits = self._rules.alike_bps, self._rules.picture_bits
        for sign, holder, mark, size in self._table.bearing(wanted) if wanted else ():
            for one in wanted[sign]:
                if (
                    one is None
                    or (isinstance(one, Worded) and one.may_be_near(mark, size, bps))
                    or (isinstance(one, Looks) and one.differs(mark) <= bits)
                ):
                    found.setdefault(one, set()).add(holder)
        return found

    def _near(self, one: Worded | Looks | None, held: set[int]) -> set[int]:
        """Those who have it for certain; nobody where they are too many to tell anything."""
        if isinstance(one, Looks):
            if len(held) <= self._rules.most:
                return held
            self.told.add(("picture", one.picture))
            return set()
        assert one is not None
        near: set[int] = set()
        rest = iter(sorted(held))
        while some := list(islice(rest, _SOME)):
            self.read(some)
            near |= self._truly(one.text, [pk for pk in some if pk in self.known])
            if len(near) > self._rules.most:
                self.told.add(("text", one.text))
                return set()
        return near

    def _truly(self, text: str, some: Collection[int]) -> set[int]:
        """Of claims that may have a near text those that have."""
        claims = {pk: self.known[pk] for pk in some}
        beside = Beside((self._claim, *claims.values()), self._rules, Relations({}, 2))
        mine = beside.shingles(text)
        found = set()
        for pk, claim in claims.items():
            for line in claim.texts:
                its = beside.shingles(line.text)
                both = len(mine & its)
                if both and both * 10_000 >= self._rules.alike_bps * (
                    len(mine) + len(its) - both
                ):  # fmt: skip
                    found.add(pk)
                    break
        return found

    def read(self, holders: Iterable[int]) -> None:
        """Read the claims of some that were not read yet."""
        fresh = sorted({pk for pk in holders if pk not in self.known})
        if fresh:
            self.known.update(self._table.look_up(fresh))
