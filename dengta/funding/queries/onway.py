"""钱在路上: what waits, with whom, for how long, and how much money it is.

Every list is made from the same rows: claims and vouchers that somebody has now. Two or three
queries read them, whatever their number; working days are counted without asking anybody.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar

from django.db.models import Min, QuerySet
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.core.clocks import Workdays, quantile
from dengta.core.shapes import Text
from dengta.core.workdays import add_workdays
from dengta.funding.models import Claim, Instalment, Voucher
from dengta.funding.queries.budgets import programme_name
from dengta.registry.queries import division_of, policy, province_code, region_name
from dengta.trail.queries import Case, days_given

Kind = Literal["claim", "voucher"]
MODELS: dict[Kind, type[Claim | Voucher]] = {"claim": Claim, "voucher": Voucher}
OFFICES = ("county", "city", "province")
MEDIAN, NINE_IN_TEN = 5_000, 9_000
_EARLIEST = dt.date(2015, 1, 1)
_Row = TypeVar("_Row", Claim, Voucher)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at: a region within the actor's territory, a programme, a year; empty and None
    mean all."""

    region: str = ""
    programme: str = ""
    year: int | None = None

    def within(self, actor: Actor) -> str:
        """The prefix of the codes that are looked at: never beyond the actor's territory."""
        mine = territory(actor.region)
        chosen = territory(self.region) if self.region else mine
        return chosen if chosen.startswith(mine) else mine


def narrowed(rows: QuerySet[_Row], asked: Asked, prefix: str) -> QuerySet[_Row]:
    """Claims or vouchers of a region, programme and year."""
    rows = rows.filter(organisation__region_code__startswith=prefix)
    if asked.programme:
        rows = rows.filter(programme=asked.programme)
    if asked.year is not None:
        rows = rows.filter(year=asked.year)
    return rows


@dataclass(frozen=True, slots=True)
class Waiting:
    """A matter that somebody has now: `role` of them and the `office` (region) they sit in, since
    when, how many working days, and how many they are given (None without a limit)."""

    kind: Kind
    pk: int
    state: str
    role: str
    office: str
    since: dt.date
    days: int
    allowed: int | None
    region: str
    programme: str
    year: int
    fen: int

    @property
    def late(self) -> bool:
        """Whether it is past its days."""
        return self.allowed is not None and self.days > self.allowed

    @property
    def left(self) -> int | None:
        """Working days left; negative when late."""
        return None if self.allowed is None else self.allowed - self.days

    @property
    def due(self) -> dt.date | None:
        """The last day on which it is in time."""
        return None if self.allowed is None else add_workdays(self.since, self.allowed)

    @property
    def band(self) -> int:
        """In which band of age it is, from 0."""
        ends = bands()
        return next((at for at, last in enumerate(ends) if self.days <= last), len(ends))

    @property
    def division(self) -> str:
        """The division of the firm."""
        return division_of(self.region)


# ---------------------------------------------------------------- who has what


def waiting(actor: Actor, asked: Asked, today: dt.date) -> list[Waiting]:
    """Everything that an office of the territory has now, or a firm that has to mend or redeem
    nothing: drafts and issued vouchers are no business of a clock. Three queries."""
    if not actor.official:
        return []
    return everywhere(today, asked, asked.within(actor))


def everywhere(today: dt.date, asked: Asked = Asked(), prefix: str = "") -> list[Waiting]:
    """The same for the codes that begin with a prefix, whoever asks."""
    count = _workdays(today)
    return [
        *_claims(narrowed(Claim.objects.all(), asked, prefix), today, count),
        *_vouchers(narrowed(Voucher.objects.all(), asked, prefix), today, count),
    ]


@lru_cache(maxsize=4)
def _workdays(today: dt.date) -> Workdays:
    """The working days of all years that money can have been on its way."""
    return Workdays(_EARLIEST, today)


def _claims(rows: QuerySet[Claim], today: dt.date, count: Workdays) -> Iterable[Waiting]:
    on_the_way = rows.filter(state__in=clocked("claim"))
    zone = timezone.get_current_timezone()
    ready = dict(
        Instalment.objects.filter(
            claim__state="approved", payment=None, paid_at=None, cancelled_at=None,
            ready_at__isnull=False,
        ).order_by().values_list("claim").annotate(at=Min("ready_at"))
    )  # fmt: skip
    fields = (
        "pk", "state", "state_since", "scheme", "programme", "year",
        "organisation__region_code", "approved_fen", "computed_fen",
    )  # fmt: skip
    for (
        pk,
        state,
        since,
        scheme,
        programme,
        year,
        region,
        approved,
        computed,
    ) in on_the_way.order_by().values_list(*fields):
        if state == "approved":
            if pk not in ready:
                continue  # nothing can be paid before the work is accepted
            since = ready[pk]
        day = since.astimezone(zone).date()
        role, office = holder("claim", state, region, scheme)
        yield Waiting(
            "claim", pk, state, role, office, day, count.between(day, max(day, today)),
            allowed_days("claim", state, day), region, programme, year,
            computed if approved is None else approved,
        )  # fmt: skip


def _vouchers(rows: QuerySet[Voucher], today: dt.date, count: Workdays) -> Iterable[Waiting]:
    fields = (
        "pk", "state", "state_since", "programme", "year", "organisation__region_code",
        "granted_fen", "amount_fen",
    )  # fmt: skip
    found = rows.filter(state__in=clocked("voucher")).order_by()
    zone = timezone.get_current_timezone()
    for pk, state, since, programme, year, region, granted, amount in found.values_list(*fields):
        day = since.astimezone(zone).date()
        role, office = holder("voucher", state, region)
        yield Waiting(
            "voucher", pk, state, role, office, day, count.between(day, max(day, today)),
            allowed_days("voucher", state, day), region, programme, year,
            amount if granted is None else granted,
        )  # fmt: skip


@lru_cache
def clocked(kind: Kind) -> tuple[str, ...]:
    """The states in which a clock runs: somebody has it and is given so many days."""
    return tuple(
        state.id
        for state in MODELS[kind].flow.states
        if state.owner and not state.final and state.days
    )


def holder(kind: Kind, state: str, region: str, scheme: str = "") -> tuple[str, str]:
    """Who has a matter in a state, and the region of their office (the firm's own for a firm). What
    is approved is with the office that decides it, which also pays."""
    role = MODELS[kind].flow.state(state).owner
    if kind == "claim" and state in ("approved", "paying"):
        role = "province" if provincial(scheme) else "city"
    if role == "county" and division_of(region) == region:
        role = "city"  # a division without counties does the county's work itself
    return role, {"city": division_of(region), "province": province_code()}.get(role, region)


def provincial(scheme: str) -> bool:
    """Whether the province decides and pays the claims of an edition of a scheme."""
    return scheme in _provincial(policy().digest)


@lru_cache(maxsize=4)
def _provincial(_digest: str) -> frozenset[str]:
    return frozenset(one.edition for one in policy().schemes if one.deciding == "province")


def allowed_days(kind: Kind, state: str, since: dt.date) -> int | None:
    """The working days given in a state into which a matter came on a day."""
    return _allowed(kind, state, since, policy().digest)


@lru_cache(maxsize=50_000)
def _allowed(kind: Kind, state: str, since: dt.date, _digest: str) -> int | None:
    at = timezone.make_aware(dt.datetime.combine(since, dt.time(12)))
    thing: Case = MODELS[kind](state=state, state_since=at)
    return days_given(thing)


# ---------------------------------------------------------------- offices


@dataclass(frozen=True, slots=True)
class Office:
    """What one office has: how many matters, what they come to in 分, how many are late, and the
    working days they have been there: median, nine in ten, longest."""

    role: str
    region: str
    count: int
    fen: int
    late: int
    late_fen: int
    median: int
    nine_in_ten: int
    longest: int


def offices(rows: Iterable[Waiting]) -> list[Office]:
    """The offices that have something, those with most late first. Asks nothing."""
    grouped: dict[tuple[str, str], list[Waiting]] = defaultdict(list)
    for row in rows:
        if row.role in OFFICES:
            grouped[row.role, row.office].append(row)
    found = []
    for (role, region), some in grouped.items():
        days = sorted(row.days for row in some)
        late = [row.fen for row in some if row.late]
        found.append(
            Office(
                role, region, len(some), sum(row.fen for row in some), len(late), sum(late),
                quantile(days, MEDIAN) or 0, quantile(days, NINE_IN_TEN) or 0, days[-1],
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (-one.late, -one.longest, one.region, one.role))


# ---------------------------------------------------------------- ageing

By = Literal["stage", "city", "programme"]


@dataclass(frozen=True, slots=True)
class Aged:
    """One row of the ageing table: by band, how many and how much in 分."""

    key: str
    name: Text
    counts: tuple[int, ...]
    fens: tuple[int, ...]
    late: int

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.counts)

    @property
    def fen(self) -> int:
        """What all of them come to, in 分."""
        return sum(self.fens)


def ageing(rows: Sequence[Waiting], by: By, *, counties: bool = False) -> list[Aged]:
    """Matters by band of age, one row for each stage, place (division, or with `counties` the
    firm's own region) or programme. Asks nothing."""
    keys: dict[By, Callable[[Waiting], str]] = {
        "stage": lambda row: f"{row.kind}:{row.state}",
        "city": lambda row: row.region if counties else row.division,
        "programme": lambda row: row.programme,
    }
    wide = len(bands()) + 1
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * wide)
    fens: dict[str, list[int]] = defaultdict(lambda: [0] * wide)
    late: dict[str, int] = defaultdict(int)
    for row in rows:
        key, band = keys[by](row), row.band
        counts[key][band] += 1
        fens[key][band] += row.fen
        late[key] += row.late
    order = _stages() if by == "stage" else sorted(counts)
    return [
        Aged(key, _named(by, key), tuple(counts[key]), tuple(fens[key]), late[key])
        for key in order
        if key in counts
    ]


def _stages() -> list[str]:
    return [f"{kind}:{state}" for kind in MODELS for state in clocked(kind)]


def _named(by: By, key: str) -> Text:
    if by == "city":
        return region_name(key)
    if by == "programme":
        return programme_name(key)
    return stage_name(key)


def stage_name(stage: str) -> Text:
    """A stage (`claim:approved`) in words. KeyError for one that does not exist."""
    kind, _, state = stage.partition(":")
    for one, model in MODELS.items():
        if one == kind:
            flow = model.flow
            name = flow.state(state).name
            return Text(f"{flow.name.zh}：{name.zh}", f"{flow.name.en}: {name.en}")
    raise KeyError(stage)


def bands() -> tuple[int, ...]:
    """The last working day of each band of age but the open one, as practice has them today."""
    return _bands(timezone.localdate(), policy().digest)


@lru_cache(maxsize=4)
def _bands(day: dt.date, _digest: str) -> tuple[int, ...]:
    return tuple(int(last) for last in policy().practised_words("ageing_band_workdays", day))


def band_name(band: int) -> Text:
    """A band of age in words."""
    ends = bands()
    if band >= len(ends):
        return Text(f"{ends[-1]} 天以上", f"over {ends[-1]}")
    first = ends[band - 1] + 1 if band else 0
    return Text(f"{first}–{ends[band]} 天", f"{first}–{ends[band]}")


# ---------------------------------------------------------------- how long payments took


@dataclass(frozen=True, slots=True)
class Times:
    """How long payments of one place took from the day they could be made until the bank had paid,
    in working days; `in_time` of them kept the promise."""

    region: str
    count: int
    fen: int
    median: int
    nine_in_ten: int
    longest: int
    in_time: int

    @property
    def in_time_bps(self) -> int:
        """The share that kept the promise, in basis points, rounded down."""
        return self.in_time * 10_000 // self.count if self.count else 0


def payment_times(
    since: dt.date, until: dt.date, asked: Asked = Asked(), prefix: str = ""
) -> list[Times]:
    """Payments that the bank made between two days (both counted), by division of the firm; the
    whole province, or territory, first under the empty code. One query."""
    first = timezone.make_aware(dt.datetime.combine(since, dt.time()))
    after = timezone.make_aware(dt.datetime.combine(until + dt.timedelta(days=1), dt.time()))
    rows = Instalment.objects.filter(
        paid_at__gte=first, paid_at__lt=after, claim__organisation__region_code__startswith=prefix
    )
    if asked.programme:
        rows = rows.filter(claim__programme=asked.programme)
    if asked.year is not None:
        rows = rows.filter(claim__year=asked.year)
    count = _workdays(until)
    zone = timezone.get_current_timezone()
    taken: dict[str, list[tuple[int, bool, int]]] = defaultdict(list)
    fields = ("ready_at", "paid_at", "amount_fen", "claim__organisation__region_code")
    for ready_at, paid_at, fen, region in rows.order_by().values_list(*fields):
        day, paid = ready_at.astimezone(zone).date(), paid_at.astimezone(zone).date()
        days = count.between(day, max(day, paid))
        promised = allowed_days("claim", "approved", day)
        one = (days, promised is None or days <= promised, fen)
        taken[""].append(one)
        taken[division_of(region)].append(one)
    return [_times(region, taken[region]) for region in sorted(taken)]


def _times(region: str, taken: Sequence[tuple[int, bool, int]]) -> Times:
    days = sorted(one for one, _, _ in taken)
    return Times(
        region, len(days), sum(fen for _, _, fen in taken), quantile(days, MEDIAN) or 0,
        quantile(days, NINE_IN_TEN) or 0, days[-1], sum(kept for _, kept, _ in taken),
    )  # fmt: skip


# ---------------------------------------------------------------- lists


@dataclass(frozen=True, slots=True)
class Listed:
    """A waiting matter with what is shown of it."""

    waiting: Waiting
    thing: Claim | Voucher


def listed(rows: Sequence[Waiting]) -> list[Listed]:
    """The matters behind some rows, in their order; two queries for any number."""
    things: dict[tuple[str, int], Claim | Voucher] = {}
    for kind, model in MODELS.items():
        wanted = [row.pk for row in rows if row.kind == kind]
        for start in range(0, len(wanted), 5_000):
            some = model._default_manager.filter(pk__in=wanted[start : start + 5_000])
            for thing in some.select_related("organisation"):
                things[kind, thing.pk] = thing
    return [Listed(row, things[row.kind, row.pk]) for row in rows if (row.kind, row.pk) in things]


def picked(
    rows: Iterable[Waiting],
    *,
    stage: str = "",
    band: int | None = None,
    role: str = "",
    office: str = "",
    late: bool = False,
) -> list[Waiting]:
    """The rows of one stage, band or office, the longest waiting first. Asks nothing."""
    found = [
        row
        for row in rows
        if (not stage or f"{row.kind}:{row.state}" == stage)
        and (band is None or row.band == band)
        and (not role or row.role == role)
        and (not office or row.office == office)
        and (not late or row.late)
    ]
    return sorted(found, key=lambda row: (-row.days, row.kind, row.pk))


__all__ = [
    "Aged",
    "Asked",
    "Listed",
    "Office",
    "Times",
    "Waiting",
    "ageing",
    "allowed_days",
    "band_name",
    "bands",
    "everywhere",
    "holder",
    "listed",
    "narrowed",
    "offices",
    "payment_times",
    "picked",
    "provincial",
    "stage_name",
    "waiting",
]  # fmt: skip
