"""One claim held against all that a table knows, without reading them: by its signs.

What is found is what `core.screening` finds for a claim: the same bands decide what is met, the
same judge what it is. A text, a picture or a claimant that more than `Rules.most` other claims have
tells nothing; a band of a text that more than `Rules.carried` have is not followed, so that the
work is bounded however many write alike. (One case apart: where a claim has a line near a text and
only another line of it meets the text in a band, it counts here and not there.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from dengta.core.claims import Beside, Claim, Hit, Rules, Told, in_order, judge
from dengta.core.relations import Relations
from dengta.core.signs import ALL, Looks, Sought, Worded, named_sign

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
    beside = Beside((claim,), rules, relations)
    whole = _Looked(table, rules, beside)
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
    return in_order(
        hit
        for other in (claim, *known)
        for hit in judge(
            claim, other, rules, relations, passed_over=whole.told, name=name, beside=beside
        )
    )


class _Looked:
    """What was looked up for one claim."""

    def __init__(self, table: Table, rules: Rules, beside: Beside) -> None:
        self._table, self._rules, self._beside = table, rules, beside
        self.told: set[Told] = set()
        self.known: dict[int, Claim] = {}

    def bearers(self, signs: Sought) -> set[int]:
        """Who has an entry, a near text or a picture that looks the same."""
        exact = [text.exact for text in signs.texts] + [look.exact for look in signs.pictures]
        crowded = self._table.crowded(exact, self._rules.most) if exact else ()
        pictures = [one for one in signs.pictures if one.exact not in crowded]
        self.told |= {("picture", one.picture) for one in signs.pictures if one.exact in crowded}
        wanted: dict[int, list[Worded | None]] = {sign: [None] for sign in signs.entries}
        for text, leading in self._led([one for one in signs.texts if one.exact not in crowded]):
            for sign in (text.exact, *leading):
                wanted.setdefault(sign, []).append(text)
        led = {one for held in wanted.values() for one in held}
        self.told |= {("text", one.text) for one in signs.texts if one not in led}
        found = self._met(wanted)
        others = found.pop(None, set())
        for one, held in found.items():
            if one is not None:
                others |= self._near(one, held)
        for look in pictures:
            others |= self._alike(look)
        return others

    def _led(self, texts: Sequence[Worded]) -> Iterator[tuple[Worded, list[int]]]:
        """Of some texts those that are no house style, and the bands that lead to few enough."""
        bands = {sign for text in texts for sign in text.bands}
        common = self._table.crowded(sorted(bands), self._rules.carried) if bands else ()
        for text in texts:
            leading = [sign for sign in text.bands if sign not in common]
            if 2 * len(leading) >= len(text.bands):
                yield text, leading

    def _met(self, wanted: Mapping[int, list[Worded | None]]) -> dict[Worded | None, set[int]]:
        """Who has an entry, and who may have a near text."""
        found: dict[Worded | None, set[int]] = {}
        bps = self._rules.alike_bps
        for sign, holder, mark, size in self._table.bearing(wanted) if wanted else ():
            for one in wanted[sign]:
                if one is None or one.may_be_near(mark, size, bps):
                    found.setdefault(one, set()).add(holder)
        return found

    def _alike(self, look: Looks) -> set[int]:
        """Who has a picture that looks the same; nobody where they are too many."""
        mine, bits = look.print, self._rules.picture_bits
        held = {
            holder
            for _, holder, mark, _ in self._table.bearing(look.tried)
            if ((mine ^ mark) & ALL).bit_count() <= bits
        }
        if len(held) <= self._rules.most:
            return held
        self.told.add(("picture", look.picture))
        return set()

    def _near(self, one: Worded, held: set[int]) -> set[int]:
        """Those who have a near text for certain; nobody where they are too many."""
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
        mine = self._beside.shingles(text)
        found = set()
        for pk in some:
            for line in self.known[pk].texts:
                its = self._beside.shingles(line.text)
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
            found = self._table.look_up(fresh)
            self._beside.take(found.values())
            self.known.update(found)
