"""What screening goes by, and all that is filed held against each other at night.

One claim is looked up in the tables (see `queries.signs`). A `Night` reads the whole register once,
in pieces, and holds of each filing what it is met by; the claims themselves are read again, some
thousand at a time, where they are judged.
"""

from __future__ import annotations

import datetime as dt
import re
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from django.utils import timezone

from dengta.core import claims
from dengta.core.claims import Rules
from dengta.core.relations import KINDS, Relations
from dengta.core.screening import Screen
from dengta.core.shingles import lengths
from dengta.funding.models import Claim, Filing, Voucher
from dengta.funding.queries.register import claim_from
from dengta.registry.queries import policy

__all__ = [
    "READ",
    "SLACK",
    "By",
    "Found",
    "Known",
    "Night",
    "Stamp",
    "accounts_of",
    "by_size",
    "rules_on",
    "stamp_of",
    "today",
]

_SURE = re.compile(r"[A-Za-z\u4e00-\u9fff]")
"""Signs of which each is one of the wording, whatever stands around it."""
SLACK = dt.timedelta(seconds=20)
"""No transaction that files lasts as long, and no two servers' clocks differ as much."""
_SOME = 5_000
READ = ("pk", "number", "content", "version", "changed_at", "released_at")
"""What is read of a filing."""


class Stamp(NamedTuple):
    """By which it is known whether a filing is still the same."""

    version: int
    changed_at: dt.datetime
    released: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A hit between two filings, the later first, and how both stood when it was found."""

    filing_id: int
    other_id: int
    kind: str
    path: list[dict[str, str]]
    score_bps: int
    amount_fen: int
    stamps: Mapping[int, Stamp]

    @property
    def key(self) -> tuple[int, int, str]:
        """One hit of a kind stands between two filings."""
        return self.filing_id, self.other_id, self.kind


class By(NamedTuple):
    """What counts: the rules of the screen, how long a description is at least to be compared, how
    strong each kind of link is in basis points, and how many parties may share what still links."""

    rules: Rules
    least_signs: int
    strength: dict[str, int]
    most: int

    def telling(self, some: Sequence[claims.Claim]) -> list[claims.Claim]:
        """Claims without descriptions that are too short to tell anything."""
        texts = [
            text for text in {line.text for claim in some for line in claim.texts}
            if len(_SURE.findall(text)) < self.least_signs
        ]  # fmt: skip
        sizes = zip(texts, lengths(texts), strict=True)
        short = {text for text, size in sizes if size < self.least_signs}
        if not short:
            return list(some)
        return [
            replace(claim, texts=tuple(line for line in claim.texts if line.text not in short))
            for claim in some
        ]


def rules_on(day: dt.date) -> By:
    """What counts on a day, by the policy."""
    number = policy().practised
    rules = Rules(
        alike_bps=number("screen_alike_bps", day),
        picture_bits=number("screen_picture_bits", day),
        furthest=number("screen_furthest", day),
        most=number("screen_most", day),
    )
    strength = {kind: number(f"link_{kind}_bps", day) for kind in KINDS}
    return By(rules, number("screen_least_signs", day), strength, number("link_most", day))


def today(at: dt.datetime) -> dt.date:
    """The day of a moment, here."""
    return timezone.localdate(at)


class Known:
    """Filings that were looked up, by number: which row each is, and how it stood."""

    def __init__(self, by: By) -> None:
        self.by = by
        self.ids: dict[str, int] = {}
        self._stamps: dict[int, Stamp] = {}

    def take(self, rows: Iterable[Any]) -> dict[str, claims.Claim]:
        """The claims of some filings, given as rows of what is READ."""
        found = []
        for pk, number, content, version, changed_at, released_at in rows:
            self.ids[number] = pk
            self._stamps[pk] = Stamp(version, changed_at, released_at is not None)
            found.append(claim_from(number, content))
        return {claim.id: claim for claim in self.by.telling(found)}

    def forget(self) -> None:
        """Let go of all that was looked up."""
        self.ids.clear()
        self._stamps.clear()

    def found(self, hit: claims.Hit) -> Found:
        """A hit between two of them, by their rows."""
        later, earlier = sorted((self.ids[hit.claim], self.ids[hit.other]), reverse=True)
        return Found(
            later, earlier, hit.kind, [said._asdict() for said in hit.path],
            hit.score_bps, hit.amount_fen, {pk: self._stamps[pk] for pk in (later, earlier)},
        )  # fmt: skip


class Night:
    """All that is filed at one moment, and who belongs together."""

    def __init__(self, by: By, ties: Iterable[tuple[str, str, str]]) -> None:
        self._known = Known(by)
        relations = Relations(by.strength, by.most)
        for party, kind, value in ties:
            relations.add(party, kind, value)
        self._screen = Screen(by.rules, relations)
        self._ids, self._versions, self._marks = array("q"), array("q"), array("q")
        self.live = 0

    def read(self) -> None:
        """Read the whole register."""
        rows = Filing.objects.order_by("pk").values_list(*READ).iterator(chunk_size=_SOME)
        for some in by_size(_SOME, rows):
            for pk, _, _, version, changed_at, released_at in some:
                self._ids.append(pk)
                self._versions.append(version)
                self._marks.append(_mark(changed_at, released=released_at is not None))
            live = [row for row in some if row[-1] is None]
            self.live += len(live)
            self._screen.add(self._known.take(live).values())
            self._known.forget()

    def find_all(self) -> Iterator[Found]:
        """All hits among the filings that were read."""
        for hit in self._screen.nightly(self._look_up):
            yield self._known.found(hit)

    def _look_up(self, numbers: Collection[str]) -> Mapping[str, claims.Claim]:
        """The claims of some numbers, as they stand; those released since are not among them."""
        self._known.forget()
        found: dict[str, claims.Claim] = {}
        for some in by_size(_SOME, numbers):
            live = Filing.objects.filter(number__in=some, released_at=None).order_by()
            found |= self._known.take(live.values_list(*READ))
        return found

    def same(self, filing_id: int, stamp: Stamp) -> bool:
        """Whether a filing was read as it stood by this stamp."""
        place = int(np.searchsorted(np.frombuffer(self._ids, np.int64), filing_id))
        return (
            place < len(self._ids)
            and self._ids[place] == filing_id
            and self._versions[place] == stamp.version
            and self._marks[place] == _mark(stamp.changed_at, released=stamp.released)
        )

    def version(self, filing_id: int) -> int:
        """The version of a live filing that was read; 0 for any other."""
        place = int(np.searchsorted(np.frombuffer(self._ids, np.int64), filing_id))
        there = place < len(self._ids) and self._ids[place] == filing_id
        return self._versions[place] if there and not self._marks[place] & 1 else 0


def _mark(changed_at: dt.datetime, *, released: bool) -> int:
    """Moment in microseconds, and whether it is released, in one number."""
    since = changed_at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return since // dt.timedelta(microseconds=1) * 2 + released


def stamp_of(filing: Filing) -> Stamp:
    """How a filing stands."""
    return Stamp(filing.version, filing.changed_at, filing.released_at is not None)


def accounts_of(filings: Iterable[Filing]) -> dict[int, tuple[str, str]]:
    """For some filings, by id: whose account the money is to go to, by code, and its number."""
    by_matter = {(one.flow, one.thing_id): one.pk for one in filings}
    found: dict[int, tuple[str, str]] = {}
    for model, owner, number in (
        (Voucher, "organisation__uscc", "bank_account"), (Claim, "payee__uscc", "account_number"),
    ):  # fmt: skip
        ids = [thing for flow, thing in by_matter if flow == model.flow.id]
        rows: Any = model._default_manager.filter(pk__in=ids) if ids else ()
        for pk, uscc, account in rows.values_list("pk", owner, number) if ids else ():
            if account:
                found[by_matter[model.flow.id, pk]] = (uscc, account)
    return found


def by_size(size: int, things: Iterable[Any]) -> Iterator[list[Any]]:
    """Things in pieces of a size, the last perhaps smaller."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some
