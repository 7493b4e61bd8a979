"""The screen of a process: what is filed, so held that one claim finds its like in milliseconds.

A `Board` is built from the filings once and then kept current: before it screens it reads which
filings have come, changed or been released since, also by other servers. It knows them by id,
version and the moment of the change; moments are looked at from SLACK before the latest on, since
transactions end in another order than they began and servers' clocks differ a little.

A filing takes about 3.5 kB here, so a million take some 3.5 GB and a minute or two to build. Up to
AT_ONCE filings a board is built where it is first needed. Above that a request does without: the
filing waits, unpaid, for the worker, which keeps a board of its own (see `actions.screening`).
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone

from dengta.core import claims
from dengta.core.claims import Rules
from dengta.core.relations import KINDS, Relations
from dengta.core.screening import Screen
from dengta.core.shingles import wording
from dengta.funding.models import Claim, Filing, Voucher
from dengta.funding.queries.register import claim_from, claim_of
from dengta.registry.models import ExpertProfile, Membership, Organisation
from dengta.registry.queries import policy

__all__ = ["AT_ONCE", "SLACK", "Board", "Found", "Stamp", "board", "forget", "rules_on", "turn"]

AT_ONCE = 10_000
"""So many filings are read and held in a second or two."""
SLACK = dt.timedelta(seconds=20)
"""No transaction that files lasts as long, and no two servers' clocks differ as much."""
_SOME = 5_000


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

    def telling(self, claim: claims.Claim) -> claims.Claim:
        """A claim without descriptions that are too short to tell anything."""
        long = [line for line in claim.texts if len(wording(line.text)) >= self.least_signs]
        return claim if len(long) == len(claim.texts) else replace(claim, texts=tuple(long))


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


class Board:
    """What is filed, and who belongs together. Not for two threads at once (see `turn`)."""

    def __init__(self, day: dt.date) -> None:
        self.by = rules_on(day)
        self._relations = Relations(self.by.strength, self.by.most)
        self.screen = Screen(self.by.rules, self._relations)
        self.changes = 0
        self._seen: dict[int, tuple[Stamp, bytes]] = {}
        self._last = 0
        self._latest = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + SLACK
        self._parties: dict[str, tuple[tuple[str, str], ...]] = {}
        self._last_party = 0
        self._accounts: dict[int, tuple[str, str]] = {}
        self._with_account: dict[tuple[str, str], set[int]] = {}
        self._employ()

    # ------------------------------------------------------------ keeping it current

    def catch_up(self, *, besides: int = 0, parties: Collection[str] = ()) -> None:
        """Take in what was filed, changed and released since, but for one filing that is being
        entered; and look anew what these organisations have (by their codes)."""
        self._read_parties(parties)
        since = Q(pk__gt=self._last) | Q(changed_at__gte=self._latest - SLACK)
        rows = Filing.objects.filter(since) if self._seen else Filing.objects.all()
        fresh: dict[int, Stamp] = {}
        for pk, version, at, released in rows.values_list(
            "pk", "version", "changed_at", "released_at"
        ).iterator(chunk_size=_SOME):
            stamp = Stamp(version, at, released is not None)
            if pk == besides:
                continue
            if pk not in self._seen or self._seen[pk][0] != stamp:
                fresh[pk] = stamp
            self._last, self._latest = max(self._last, pk), max(self._latest, at)
        for some in _by(_SOME, fresh):
            self._take_in(some)
        self.changes += len(fresh)

    def _take_in(self, some: Sequence[int]) -> None:
        """Some filings as they are now; one that has meanwhile changed is taken as it is read."""
        there: list[claims.Claim] = []
        rows = list(Filing.objects.filter(pk__in=some))
        for filing in rows:
            if filing.pk in self._seen and (kept := self._seen[filing.pk][1]):
                before = claim_from(**json.loads(zlib.decompress(kept)))
                self.screen.remove(self.by.telling(before))
            kept = b""
            if filing.released_at is None:
                told = {"number": filing.number, "content": filing.content}
                kept = zlib.compress(json.dumps(told, ensure_ascii=False).encode(), 1)
                there.append(self.by.telling(claim_of(filing)))
            self._seen[filing.pk] = stamp_of(filing), kept
        self.screen.add(there)
        self._take_accounts(rows)

    def _take_accounts(self, rows: Sequence[Filing]) -> None:
        """The accounts that the matters of some filings are to be paid on, and whose they are."""
        found = accounts_of(row for row in rows if row.released_at is None)
        for filing in rows:
            self._set_account(filing.pk, found.get(filing.pk))

    def _set_account(self, pk: int, pair: tuple[str, str] | None) -> tuple[str, str] | None:
        """Whose account a filing names from now on, if any; gives what it was until now."""
        before = self._accounts.pop(pk, None)
        if before is not None:
            held = self._with_account[before]
            held.discard(pk)
            if not held:
                del self._with_account[before]
                self._relations.remove(before[0], "bank_account", before[1])
        if pair is not None:
            self._accounts[pk] = pair
            self._with_account.setdefault(pair, set()).add(pk)
            self._relations.add(pair[0], "bank_account", pair[1])
        return before

    def _read_parties(self, codes: Collection[str]) -> None:
        wanted = Q(pk__gt=self._last_party)
        if codes:
            wanted |= Q(uscc__in=codes)
        rows = Organisation.objects.filter(wanted).order_by().values_list(
            "pk", "uscc", "legal_person", "phone", "address"
        )  # fmt: skip
        for pk, uscc, person, phone, address in rows.iterator(chunk_size=_SOME):
            has = (("legal_person", person), ("phone", phone), ("address", address))
            for kind, value in self._parties.get(uscc, ()):
                self._relations.remove(uscc, kind, value)
            for kind, value in has:
                self._relations.add(uscc, kind, value)
            self._parties[uscc] = has
            self._last_party = max(self._last_party, pk)

    def _employ(self) -> None:
        """An organisation for which an expert acts belongs to the expert's employer."""
        employers = dict(
            ExpertProfile.objects.exclude(employer_uscc="").values_list("user", "employer_uscc")
        )
        acting = Membership.objects.filter(user__in=employers)
        for user, uscc in acting.values_list("user", "organisation__uscc"):
            for party in (uscc, employers[user]):
                self._relations.add(party, "employer", employers[user])

    # ------------------------------------------------------------ screening

    def find(self, filing: Filing) -> list[Found]:
        """All hits of one filing, as it is, with the others that the board holds."""
        known = _Known(self.by)
        known.take([filing])
        before = self._set_account(filing.pk, accounts_of([filing]).get(filing.pk))
        hits = self.screen.screen(self.by.telling(claim_of(filing)), known.look_up).hits
        self._set_account(filing.pk, before)
        return [known.found(hit) for hit in hits]

    def find_all(self) -> Iterator[Found]:
        """All hits among the filings that the board holds."""
        known = _Known(self.by)
        for hit in self.screen.nightly(known.look_up):
            if hit.claim in known.ids and hit.other in known.ids:
                yield known.found(hit)

    def stamps(self) -> Iterator[tuple[int, Stamp]]:
        """The filings that the board has seen."""
        return ((pk, stamp) for pk, (stamp, _) in self._seen.items())

    def same(self, filing_id: int, stamp: Stamp) -> bool:
        """Whether a filing was held as it stood by this stamp."""
        return filing_id in self._seen and self._seen[filing_id][0] == stamp


class _Known:
    """Filings that were looked up, by number: which row each is, and how it stood."""

    def __init__(self, by: By) -> None:
        self.by = by
        self.ids: dict[str, int] = {}
        self._stamps: dict[int, Stamp] = {}

    def take(self, filings: Iterable[Filing]) -> dict[str, claims.Claim]:
        found = {}
        for filing in filings:
            self.ids[filing.number] = filing.pk
            self._stamps[filing.pk] = stamp_of(filing)
            found[filing.number] = self.by.telling(claim_of(filing))
        return found

    def look_up(self, numbers: Collection[str]) -> Mapping[str, claims.Claim]:
        """The claims of some numbers, as they stand; those released since are not among them."""
        found: dict[str, claims.Claim] = {}
        for some in _by(_SOME, numbers):
            live = Filing.objects.filter(number__in=some, released_at=None).order_by("number")
            found |= self.take(live)
        return found

    def found(self, hit: claims.Hit) -> Found:
        later, earlier = sorted((self.ids[hit.claim], self.ids[hit.other]), reverse=True)
        return Found(
            later, earlier, hit.kind, [said._asdict() for said in hit.path],
            hit.score_bps, hit.amount_fen, {pk: self._stamps[pk] for pk in (later, earlier)},
        )  # fmt: skip


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


def _by(size: int, things: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some


# ---------------------------------------------------------------- the board of this process

turn = threading.RLock()
"""Who uses the board of the process holds this, for reading only: whoever waits for a row of the
database while holding it could wait for itself."""
_kept: list[Board] = []


def board(day: dt.date, *, build: bool = False) -> Board | None:
    """The board of this process, by the rules of a day; hold `turn`. None where there is none and
    there are too many filings to build one here, unless told to `build`."""
    if _kept and _kept[0].by != rules_on(day):
        _kept.clear()
    if not _kept:
        if not build and Filing.objects.filter(released_at=None).count() > AT_ONCE:
            return None
        _kept.append(Board(day))
    return _kept[0]


def forget() -> None:
    """Let go of the board of this process."""
    with turn:
        _kept.clear()


def today(at: dt.datetime) -> dt.date:
    """The day of a moment, here."""
    return timezone.localdate(at)
