"""Screening: every filing is held against all others when it is entered, and all of them at night.

What is found becomes a `Hit`; what is no longer found lapses. A decided hit stays decided as long
as its ground, the path that explains it, is the same, and is opened anew when that has changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from dengta.accounts.queries import SYSTEM
from dengta.core.shapes import Text
from dengta.funding.models import Filing, Hit
from dengta.funding.queries.screening import Board, Found, board, stamp_of, today, turn
from dengta.trail.actions import Moved, advance, begin, begin_many, enqueue_job, job_task
from dengta.trail.models import Job

_SOME = 1_000


@dataclass(frozen=True, slots=True)
class Screened:
    """What a pass came to: filings looked at, hits found, and how many of these were opened
    (anew), changed and lapsed."""

    filings: int
    found: int
    opened: int
    changed: int
    lapsed: int


def screen_entered(filing: Filing, *, at: dt.datetime) -> None:
    """Screen a filing in the transaction that enters it.

    Another that is entered at the same moment cannot be seen yet: whichever of the two is committed
    last sees the other by looking again then. Where this process would first have to read very many
    filings, the worker screens it, in seconds; until then nothing is paid on it.
    """
    seen = _screen(filing, at, entering=True)
    if seen is None:
        enqueue_job(
            SYSTEM, screen_waiting, Text("查重", "Screening"),
            key=f"screen/{filing.pk}/{filing.version}",
        )  # fmt: skip
    else:
        look = partial(_look_again, filing.pk, filing.version, seen, at)
        transaction.on_commit(look, robust=True)


def _screen(filing: Filing, at: dt.datetime, *, entering: bool = False) -> int | None:
    """Find and keep the hits of one filing; gives how far the board was, None without a board."""
    with turn:
        held = board(today(at))
        if held is None:
            return None
        content = filing.content
        held.catch_up(
            besides=filing.pk if entering else 0,
            parties={content["claimant"], *content["suppliers"]},
        )
        found = held.find(filing)
        changes = held.changes
    _keep_of(filing, found, at)
    return changes


def _look_again(pk: int, version: int, seen: int, at: dt.datetime) -> None:
    """After the filing is there for all to see: if others came meanwhile, hold it against them."""
    with turn:
        held = board(today(at))
        if held is None:
            return
        held.catch_up()
        alone = held.changes <= seen + 1
    filing = Filing.objects.filter(pk=pk, version=version, released_at=None).first()
    if filing is not None and not alone:
        _screen(filing, at)


@job_task
def screen_waiting(job: Job) -> None:
    """Screen whatever waits for it, by the board that a worker keeps."""
    screen_unscreened(timezone.now())


def screen_unscreened(at: dt.datetime) -> int:
    """Screen every filing that was not yet, as it stands; gives how many."""
    waiting = Filing.objects.filter(released_at=None, screened_version__lt=F("version"))
    ids = list(waiting.order_by("pk").values_list("pk", flat=True))
    if ids:
        with turn:
            board(today(at), build=True)
    done = 0
    for pk in ids:
        filing = waiting.filter(pk=pk).first()
        done += filing is not None and _screen(filing, at) is not None
    return done


# ---------------------------------------------------------------- the nightly pass


def nightly(*, at: dt.datetime | None = None) -> Screened:
    """Hold all live filings against each other, from the tables up. Idempotent.

    A filing that is entered, changed or released while it runs is left to its own screening.
    """
    now = at or timezone.now()
    before = _standing()
    held = Board(today(now))
    held.catch_up()
    opened = changed = count = 0
    keys = set()
    fresh: list[Found] = []
    for found in held.find_all():
        count += 1
        keys.add(found.key)
        stood = before.get(found.key)
        if stood is None:
            fresh.append(found)
        elif stood.path != found.path or stood.state == "gone":
            came = _keep_still(found, now)
            opened, changed = opened + (came == "opened"), changed + (came == "changed")
        if len(fresh) == _SOME:
            opened, fresh = opened + _open_many(fresh, now), []
    opened += _open_many(fresh, now)
    lapsed = 0
    for key, stood in before.items():
        if stood.state in Hit.flow.step("lapse").sources and key not in keys:
            lapsed += _lapse_still(stood, held, now)
    return Screened(_mark(held), count, opened, changed, lapsed)


@dataclass(frozen=True, slots=True)
class _Stood:
    pk: int
    state: str
    path: list[dict[str, str]]


def _standing() -> dict[tuple[int, int, str], _Stood]:
    """The hits there are, by what they are between."""
    rows = Hit.objects.order_by().values_list(
        "filing_id", "other_id", "kind", "pk", "state", "path"
    )
    return {(f, o, kind): _Stood(pk, state, path)
            for f, o, kind, pk, state, path in rows.iterator(chunk_size=_SOME)}  # fmt: skip


def _open_many(some: Sequence[Found], at: dt.datetime) -> int:
    """Open hits that were not there before the pass, where both filings still are what they were;
    gives how many."""
    ids = {pk for one in some for pk in one.stamps}
    rows = Filing.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    try:
        with transaction.atomic():
            now = {row.pk: stamp_of(row) for row in rows.only(*_STAMPED)}
            still = [one for one in some if all(now[pk] == was for pk, was in one.stamps.items())]
            begin_many([_new(one, at) for one in still], by=SYSTEM, at=at)
            return len(still)
    except IntegrityError:  # some of them were found by somebody else meanwhile
        return sum(_keep_still(one, at) == "opened" for one in some)


_STAMPED = ("version", "changed_at", "released_at")


def _new(found: Found, at: dt.datetime) -> Hit:
    filing, other, kind = found.key
    return Hit(
        filing_id=filing, other_id=other, kind=kind, path=found.path,
        score_bps=found.score_bps, amount_fen=found.amount_fen, found_at=at,
    )  # fmt: skip


def _keep_still(found: Found, at: dt.datetime) -> str:
    """Keep a hit if both filings still are what they were when it was found."""
    with transaction.atomic():
        rows = Filing.objects.select_for_update().filter(pk__in=found.stamps).order_by("pk")
        if any(stamp_of(row) != found.stamps[row.pk] for row in rows):
            return ""
        return _keep(_hit(found.key), found, at)


def _lapse_still(stood: _Stood, held: Board, at: dt.datetime) -> int:
    """Let a hit lapse, unless one of its filings is not what the pass has seen."""
    with transaction.atomic():
        hit = Hit.objects.get(pk=stood.pk)
        ids = {hit.filing_id, hit.other_id}
        rows = Filing.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        if not all(held.same(row.pk, stamp_of(row)) for row in rows):
            return 0
        return _lapse([hit], at)


def _mark(held: Board) -> int:
    """Note of the filings that were held that they are screened; gives how many were."""
    waiting = Filing.objects.filter(screened_version__lt=F("version"), released_at=None)
    live = {pk: stamp.version for pk, stamp in held.stamps() if not stamp.released}
    for pk, version in list(waiting.values_list("pk", "version")):
        if live.get(pk) == version:
            waiting.filter(pk=pk, version=version).update(screened_version=version)
    return len(live)


# ---------------------------------------------------------------- keeping what was found


def _keep_of(filing: Filing, found: Collection[Found], at: dt.datetime) -> None:
    """Bring the hits of one filing to what was found, and note that it is screened."""
    with transaction.atomic():
        rows = Hit.objects.filter(Q(filing=filing) | Q(other=filing))
        there = {(row.filing_id, row.other_id, row.kind): row for row in rows}
        for one in sorted(found, key=lambda one: one.key):
            _keep(there.pop(one.key, None), one, at)
        _lapse(there.values(), at)
        Filing.objects.filter(pk=filing.pk, version=filing.version).update(
            screened_version=filing.version
        )


def _hit(key: tuple[int, int, str]) -> Hit | None:
    filing, other, kind = key
    return Hit.objects.filter(filing=filing, other=other, kind=kind).first()


def _keep(hit: Hit | None, found: Found, at: dt.datetime) -> str:
    """Open a hit, or bring it to what was found; gives "opened", "changed" or nothing."""
    what = {
        "path": found.path,
        "score_bps": found.score_bps,
        "amount_fen": found.amount_fen,
    }
    if hit is None:
        try:
            with transaction.atomic():
                begin(_new(found, at), by=SYSTEM, at=at)
        except IntegrityError:  # somebody else has found it meanwhile
            there = _hit(found.key)
            return _keep(there, found, at) if there else ""
        return "opened"
    renewed = hit.flow.step("renew").sources
    if hit.path == found.path and hit.state not in ("gone", *hit.flow.step("lapse").sources):
        return ""
    if hit.state in renewed:
        anew = {"decision": "", "decided_at": None, "found_at": at}
        try:
            advance(hit, "renew", by=SYSTEM, at=at, evidence=what | anew)
        except Moved:
            return ""
        return "opened"
    if hit.path == found.path:
        return ""
    return "changed" if Hit.objects.filter(pk=hit.pk, state=hit.state).update(**what) else ""


def _lapse(hits: Iterable[Hit], at: dt.datetime) -> int:
    """What was not decided and is there no more; gives how many."""
    count = 0
    for hit in hits:
        if hit.state in hit.flow.step("lapse").sources:
            try:
                advance(hit, "lapse", by=SYSTEM, at=at)
            except Moved:
                continue
            count += 1
    return count


def lapse_of(filing: Filing, *, at: dt.datetime) -> int:
    """A filing was released: what is still open on it, or beside it, has no ground any more."""
    return _lapse(Hit.objects.filter(Q(filing=filing) | Q(other=filing)).order_by("pk"), at)
