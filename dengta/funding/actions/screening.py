"""Screening: every filing is held against all others when it is entered, and all of them at night.

What is found becomes a `Hit`; what is no longer found lapses. A decided hit stays decided as long
as its ground, the path that explains it, is the same, and is opened anew when that has changed.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from dengta.accounts.queries import SYSTEM
from dengta.core.gist import way_of
from dengta.core.gists_kept import Kept
from dengta.core.shapes import Text
from dengta.core.signs import Sought
from dengta.funding.actions.signs import refresh_ties, sign, sign_stale
from dengta.funding.models import Filing, Hit
from dengta.funding.queries.screening import (
    By,
    Found,
    Night,
    Stamp,
    by_size,
    rules_on,
    stamp_of,
    standing,
    today,
)
from dengta.funding.queries.signs import find, recent, shared_ties, stale
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
    last sees the other by looking again then. While others are without signs, because the rules
    have changed, the worker screens it once they have them; until then nothing is paid on it.
    """
    by = rules_on(today(at))
    seen = _screen(filing, by, at, sign(filing, by))
    if seen is None:
        _leave_to_worker(filing)
    else:
        look = partial(_look_again, filing.pk, filing.version, seen, at)
        transaction.on_commit(look, robust=True)


def _screen(
    filing: Filing, by: By, at: dt.datetime, signs: Sought | None = None
) -> set[tuple[int, int, bool]] | None:
    """Find and keep the hits of one filing; gives which others were filed about the same time, None
    when others cannot be looked up yet."""
    if stale(by):
        return None
    seen = recent(filing)
    # The hits first: one with a filing that came since would seem to have no ground.
    there = {(row.filing_id, row.other_id, row.kind): row for row in _hits_of(filing)}
    _keep_of(filing, there, find(filing, by, signs), at)
    return seen


def _held(ids: Collection[int]) -> QuerySet[Filing]:
    """Filings that nobody else screens or changes meanwhile. Whoever keeps hits of a filing that
    others see holds it first, all of them in one order, so that no two wait for each other; hits
    may refer to it all the while."""
    return Filing.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")


def _look_again(pk: int, version: int, seen: set[tuple[int, int, bool]], at: dt.datetime) -> None:
    """After the filing is there for all to see: if others came meanwhile, hold it against them.
    Where that fails, it counts as not screened, and the worker does it."""
    mine = Filing.objects.filter(pk=pk, version=version, released_at=None)
    filing = mine.first()
    if filing is None or not recent(filing) - seen:
        return
    try:
        _screen_standing(pk, version, rules_on(today(at)), at)
    except OperationalError:
        with transaction.atomic():
            if mine.filter(screened_version=version).update(screened_version=version - 1):
                _leave_to_worker(filing)


def _screen_standing(pk: int, version: int, by: By, at: dt.datetime) -> bool:
    """Screen a filing that others see, as it stood at this version; whether that was done."""
    with transaction.atomic():
        filing = _held({pk}).filter(version=version, released_at=None).first()
        return filing is not None and _screen(filing, by, at) is not None


def _leave_to_worker(filing: Filing) -> None:
    enqueue_job(
        SYSTEM, screen_waiting, Text("查重", "Screening"),
        key=f"screen/{filing.pk}/{filing.version}",
    )  # fmt: skip


@job_task
def screen_waiting(job: Job) -> None:
    """Screen whatever waits for it."""
    screen_unscreened(timezone.now())


def screen_unscreened(at: dt.datetime) -> int:
    """Screen every filing that was not yet, as it stands; gives how many."""
    by = rules_on(today(at))
    sign_stale(by)
    waiting = Filing.objects.filter(released_at=None, screened_version__lt=F("version"))
    there = list(waiting.order_by("pk").values_list("pk", "version"))
    return sum(_screen_standing(pk, version, by, at) for pk, version in there)


# ---------------------------------------------------------------- the nightly pass


def nightly(*, at: dt.datetime | None = None) -> Screened:
    """Hold all live filings against each other, from the tables up. Idempotent.

    A filing that is entered, changed or released while it runs is left to its own screening.
    """
    now = at or timezone.now()
    by = rules_on(today(now))
    sign_stale(by)
    refresh_ties()
    stood = standing()
    way = way_of(by.rules, by.least_signs)
    kept = Kept(settings.DATA_DIR / "screening", way, today(now).toordinal())
    night = Night(by, shared_ties(by), kept)
    night.read()
    night.hold_against(stood)
    opened = changed = 0
    seen = array("q")
    count = night.settled
    for some in by_size(_SOME, night.find_all()):
        count += len(some)
        more, others = _bring(some, seen, now)
        opened, changed = opened + more, changed + others
    left = np.setdiff1d(night.unsettled, np.array(seen, np.int64)).tolist()
    lapsed = sum(_lapse_still(pk, night, now) for pk in left)
    _mark(night)
    return Screened(night.live, count, opened, changed, lapsed)


def _bring(some: Sequence[Found], seen: array[int], at: dt.datetime) -> tuple[int, int]:
    """Bring the hits on record to some that were found, noting those that are `seen`; gives how
    many were opened (anew), and changed."""
    ids = {one.filing_id for one in some}
    rows = (
        Hit.objects.filter(filing__in=ids)
        .order_by()
        .values_list("filing", "other", "kind", "pk", "state", "path", "ground")
    )
    there = {(filing, other, kind): rest for filing, other, kind, *rest in rows}
    fresh: list[Found] = []
    same: list[tuple[tuple[int, int, str], int, int]] = []
    came: list[str] = []
    for one in some:
        if one.key not in there:
            fresh.append(one)
            continue
        pk, state, path, ground = there[one.key]
        seen.append(pk)
        if path != one.path or state == "gone":
            came.append(_keep_still(one, at))
        elif ground != one.ground:
            same.append((one.key, one.ground, pk))
    opened = _open_many(fresh, at) if fresh else 0
    if same:
        _note([rest for _, *rest in sorted(same)])  # in the order in which others keep them
    return opened + came.count("opened"), came.count("changed")


def _note(grounds: Sequence[Sequence[int]]) -> None:
    """Note by which ground hits were found that are what they were."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("UPDATE funding_hit SET ground = %s WHERE id = %s", grounds)


def _open_many(some: Sequence[Found], at: dt.datetime) -> int:
    """Open hits that were not there before the pass, where both filings still are what they were;
    gives how many."""
    ids = {pk for one in some for pk in one.stamps}
    rows = _held(ids)
    try:
        with transaction.atomic():
            now = {
                pk: Stamp(version, changed_at, released_at is not None)
                for pk, version, changed_at, released_at in rows.values_list("pk", *_STAMPED)
            }
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
        score_bps=found.score_bps, amount_fen=found.amount_fen, ground=found.ground, found_at=at,
    )  # fmt: skip


def _keep_still(found: Found, at: dt.datetime) -> str:
    """Keep a hit if both filings still are what they were when it was found."""
    with transaction.atomic():
        rows = _held(found.stamps.keys())
        if any(stamp_of(row) != found.stamps[row.pk] for row in rows):
            return ""
        return _keep(_hit(found.key), found, at)


def _lapse_still(pk: int, night: Night, at: dt.datetime) -> int:
    """Let a hit lapse, unless one of its filings is not what the pass has seen."""
    with transaction.atomic():
        hit = Hit.objects.get(pk=pk)
        ids = {hit.filing_id, hit.other_id}
        rows = _held(ids)
        if not all(night.same(row.pk, stamp_of(row)) for row in rows):
            return 0
        return _lapse([hit], at)


def _mark(night: Night) -> None:
    """Note of the filings that were held that they are screened."""
    of: dict[int, list[int]] = {}
    for pk, version in night.waiting:
        of.setdefault(version, []).append(pk)
    for version, ids in of.items():
        for some in by_size(_SOME, ids):
            Filing.objects.filter(pk__in=some, version=version, released_at=None).update(
                screened_version=version
            )


# ---------------------------------------------------------------- keeping what was found


def _hits_of(filing: Filing) -> QuerySet[Hit]:
    return Hit.objects.filter(Q(filing=filing) | Q(other=filing)).order_by("pk")


def _keep_of(
    filing: Filing, there: dict[tuple[int, int, str], Hit], found: Collection[Found],
    at: dt.datetime,
) -> None:  # fmt: skip
    """Bring the hits of one filing to what was found, and note that it is screened."""
    with transaction.atomic():
        fresh = [one for one in found if one.key not in there]
        if not _open_at_once(fresh, at):
            for one in sorted(fresh, key=lambda one: one.key):
                _keep(None, one, at)
        for one in sorted((one for one in found if one.key in there), key=lambda one: one.key):
            _keep(there.pop(one.key), one, at)
        _lapse((there[key] for key in sorted(there)), at)
        Filing.objects.filter(pk=filing.pk, version=filing.version).update(
            screened_version=filing.version
        )


def _open_at_once(fresh: Collection[Found], at: dt.datetime) -> bool:
    """Open hits that were not there; False where somebody else has found some of them meanwhile."""
    try:
        with transaction.atomic():
            begin_many([_new(one, at) for one in sorted(fresh, key=lambda one: one.key)],
                       by=SYSTEM, at=at)  # fmt: skip
    except IntegrityError:
        return False
    return True


def _hit(key: tuple[int, int, str]) -> Hit | None:
    filing, other, kind = key
    return Hit.objects.filter(filing=filing, other=other, kind=kind).first()


def _keep(hit: Hit | None, found: Found, at: dt.datetime) -> str:
    """Open a hit, or bring it to what was found; gives "opened", "changed" or nothing."""
    what = {
        "path": found.path,
        "score_bps": found.score_bps,
        "amount_fen": found.amount_fen,
        "ground": found.ground,
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
    return _lapse(_hits_of(filing), at)
