"""核销预测和将到期的钱: what is open on vouchers, what will become of it, what is about to lapse,
and how the pools will stand at the end of the year."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import Count, F, Min, Q, QuerySet, Sum
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.forecasting import (
    Forecast,
    Life,
    Open,
    combined,
    forecast,
    life_table,
    redeemed_until,
)
from dengta.core.shapes import Text
from dengta.funding.models import (
    ENDED_STATES,
    GRANTED_CLAIM,
    Budget,
    Claim,
    Instalment,
    Voucher,
)
from dengta.funding.queries.budgets import fund_name, programme_name
from dengta.funding.queries.onway import Asked, narrowed
from dengta.ledger import queries as ledger
from dengta.registry.queries import division_of, policy
from dengta.trail.models import Event

_ISSUING = ("issue", "grant")


@dataclass(frozen=True, slots=True)
class Expiring:
    """Money about to expire in one place under one programme: vouchers, firms, 分, and the first
    day on which some of it lapses."""

    region: str
    programme: str
    name: Text
    count: int
    firms: int
    fen: int
    first: dt.date


@dataclass(frozen=True, slots=True)
class YearEnd:
    """How one fund will stand at the end of its year, in 分: `left` and not granted, `open` on
    vouchers, of which `redeemed` is expected until then (None without enough history) and `lapsing`
    returns; `owed` is approved and not yet paid; `paid`."""

    fund: str
    name: Text
    programme: str
    year: int
    left: int
    open: int
    redeemed: int | None
    lapsing: int | None
    owed: int
    paid: int

    @property
    def unused(self) -> int:
        """What will not be spent: what nobody was granted, and what lapses."""
        return self.left + (self.lapsing or 0)


# ---------------------------------------------------------------- history


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected: of the open vouchers (None where none was ever issued), and of the funds at
    the end of the year."""

    forecast: Forecast | None
    year_end: tuple[YearEnd, ...]


def outlook(actor: Actor, asked: Asked, day: dt.date) -> Outlook:
    """What will become of the open vouchers of a place, programme and year, each programme from its
    own history of all years there, and how the funds will stand. The same few queries for any
    number of vouchers and funds."""
    if not actor.official:
        return Outlook(None, ())
    prefix = asked.within(actor)
    lives = _lives(narrowed(Voucher.objects.all(), Asked("", asked.programme), prefix), day)
    year = asked.year or day.year
    until = max(dt.date(year, 12, 31), day)
    found = []
    expected: dict[str, tuple[int, int | None, int | None]] = {}
    for programme, (history, open_now) in sorted(lives.items()):
        table = life_table(history)
        asked_for = [one for of, one in open_now if asked.year in (None, of)]
        found.append(forecast(day, asked_for, table, len(history)))
        mine = [one for of, one in open_now if of == year]
        all_of_it = forecast(day, mine, table, len(history))
        ending = forecast(day, [one for one in mine if one.expires <= until], table, len(history))
        expected[programme] = (all_of_it.open_fen, None, None)
        if all_of_it.enough:
            came = redeemed_until(all_of_it, until)
            expected[programme] = (all_of_it.open_fen, came, ending.middle.lapsed_fen)
    whole = combined(found) if found else None
    return Outlook(whole, tuple(_year_end(asked.programme, prefix, year, expected)))


_Lives = dict[str, tuple[list[Life], list[tuple[int, Open]]]]


def _lives(rows: QuerySet[Voucher], day: dt.date) -> _Lives:
    """What became of every voucher issued, and with its year what is open of those that still hold,
    by programme."""
    rows = rows.filter(granted_fen__isnull=False, expires_date__isnull=False).order_by()
    moments, drawn = _issued(rows), _drawn(rows)
    zone = timezone.get_current_timezone()
    found: _Lives = defaultdict(lambda: ([], []))
    fields = (
        "pk", "programme", "year", "state", "state_since", "expires_date", "granted_fen",
        "redeemed_fen",
    )  # fmt: skip
    for pk, programme, year, state, since, expires, granted, redeemed in rows.values_list(*fields):
        issued = moments.get(pk)
        if issued is None or issued > day:
            continue
        history, open_now = found[programme]
        ended = since.astimezone(zone).date() if state in ENDED_STATES else expires
        seen = max(min(day, expires, ended), issued)
        came = [(on, fen) for on, fen in drawn.get(pk, ()) if on <= day]
        parts = tuple(_within(granted, issued, came)) if came else ()
        history.append(Life(issued, seen, granted, parts))
        if state == "issued" and expires >= day and granted > redeemed:
            open_now.append((year, Open(issued, expires, granted - redeemed)))
    return found


def _issued(rows: QuerySet[Voucher]) -> dict[int, dt.date]:
    """When vouchers were issued, by id."""
    events = Event.objects.filter(
        flow=Voucher.flow.id, step__in=_ISSUING, thing_id__in=rows.values("pk")
    )
    found = events.order_by().values_list("thing_id").annotate(at=Min("at"))
    zone = timezone.get_current_timezone()
    return {pk: at.astimezone(zone).date() for pk, at in found}


def _drawn(rows: QuerySet[Voucher]) -> Mapping[int, list[tuple[dt.date, int]]]:
    """What claims drew on vouchers, by id; what was taken back is not counted."""
    found: dict[int, list[tuple[dt.date, int]]] = defaultdict(list)
    claims = Claim.objects.filter(voucher__in=rows.values("pk"), state__in=GRANTED_CLAIM)
    fields = ("voucher", "approved_at", "approved_fen")
    for pk, at, fen in claims.order_by("approved_at", "pk").values_list(*fields):
        found[pk].append((timezone.localdate(at), fen))
    return found


def _within(
    granted: int, issued: dt.date, came: list[tuple[dt.date, int]]
) -> Iterator[tuple[dt.date, int]]:
    """Redemptions in order, never more than was granted, never before the issue."""
    left = granted
    for on, fen in sorted(came):
        part = min(fen, left)
        if part > 0:
            yield max(on, issued), part
        left -= part


# ---------------------------------------------------------------- about to expire


def expiring_vouchers(asked: Asked, prefix: str, day: dt.date) -> QuerySet[Voucher]:
    """Issued vouchers with money left that expire within the days of practice, the first first."""
    days = policy().practised("expiry_warning_days", day)
    rows = narrowed(Voucher.objects.filter(state="issued"), asked, prefix)
    rows = rows.filter(expires_date__gte=day, expires_date__lte=day + dt.timedelta(days=days))
    rows = rows.annotate(open_fen=F("granted_fen") - F("redeemed_fen"))
    return rows.filter(open_fen__gt=0).order_by("expires_date", "pk")


def expiring(actor: Actor, asked: Asked, day: dt.date) -> list[Expiring]:
    """Money about to expire by division and programme, the most first; one query."""
    if not actor.official:
        return []
    rows = expiring_vouchers(asked, asked.within(actor), day).order_by()
    found: dict[tuple[str, str], list[tuple[int, int, int, dt.date]]] = defaultdict(list)
    for region, programme, *sums in rows.values_list(
        "organisation__region_code", "programme"
    ).annotate(
        n=Count("pk"), firms=Count("organisation", distinct=True), fen=Sum("open_fen"),
        first=Min("expires_date"),
    ):  # fmt: skip
        found[division_of(region), programme].append(tuple(sums))
    made = [
        Expiring(
            region, programme, programme_name(programme), sum(one[0] for one in some),
            sum(one[1] for one in some), sum(one[2] for one in some), min(one[3] for one in some),
        )
        for (region, programme), some in found.items()
    ]  # fmt: skip
    return sorted(made, key=lambda one: (-one.fen, one.region, one.programme))


# ---------------------------------------------------------------- the end of the year


def _year_end(
    asked: str,
    prefix: str,
    year: int,
    expected: Mapping[str, tuple[int, int | None, int | None]],
) -> Iterator[YearEnd]:
    """How the funds of a year will stand at its end, as far as the accounts of the territory go."""
    budgets = Budget.objects.filter(year=year, region_code__startswith=prefix)
    if asked:
        budgets = budgets.filter(programme__in={asked, *_purses(asked)})
    rows = list(budgets.order_by("fund", "code"))
    balances = ledger.balances([one.code for one in rows])
    left: dict[str, int] = defaultdict(int)
    payer = {one.fund: one.programme for one in rows}
    for one in rows:
        balance = balances.get(one.code)
        left[one.fund] += (balance.left_fen or 0) if balance else 0
    paid, owed = _paid_and_owed(year, prefix)
    for fund, programme in sorted(payer.items()):
        drawing = {programme, *_drawing(programme)}
        found = YearEnd(
            fund, fund_name(fund), programme, year, left[fund],
            *expected.get(programme, (0, 0, 0)),
            sum(owed.get(one, 0) for one in drawing), sum(paid.get(one, 0) for one in drawing),
        )  # fmt: skip
        if found.left or found.open or found.owed or found.paid:
            yield found


def _purses(programme: str) -> set[str]:
    return {one.purse for one in policy().schemes if one.programme == programme and one.purse}


def _drawing(purse: str) -> set[str]:
    """The programmes whose schemes are paid out of another's funds."""
    return {one.programme for one in policy().schemes if one.purse == purse}


def _paid_and_owed(year: int, prefix: str) -> tuple[dict[str, int], dict[str, int]]:
    """Paid, and approved but unpaid, by programme, in 分; one query."""
    rows = Instalment.objects.filter(
        cancelled_at=None, claim__year=year,
        claim__organisation__region_code__startswith=prefix,
    )  # fmt: skip
    sums = rows.filter(claim__state__in=("approved", "paying", "paid")).order_by()
    found = sums.values_list("claim__programme").annotate(
        paid=Sum("amount_fen", filter=Q(paid_at__isnull=False), default=0),
        owed=Sum("amount_fen", filter=Q(paid_at=None), default=0),
    )
    paid, owed = {}, {}
    for programme, came, still in found:
        paid[programme], owed[programme] = came, still
    return paid, owed


__all__ = [
    "Expiring", "Outlook", "YearEnd", "expiring", "expiring_vouchers", "outlook",
]  # fmt: skip
