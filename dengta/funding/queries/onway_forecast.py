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
from dengta.core.forecasting import Forecast, Life, Open, forecast, life_table, redeemed_until
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


def redemption_forecast(actor: Actor, asked: Asked, day: dt.date) -> Forecast | None:
    """What will become of the open vouchers of a place, programme and year, from the history of all
    years of the programme there; None when nothing is open and nothing ever was issued. Three
    queries."""
    if not actor.official:
        return None
    prefix = asked.within(actor)
    ever = Asked(asked.region, asked.programme)
    history, open_now = _lives(narrowed(Voucher.objects.all(), ever, prefix), day)
    mine = [one for year, one in open_now if asked.year in (None, year)]
    if not history and not mine:
        return None
    return forecast(day, mine, life_table(history), len(history))


def _lives(rows: QuerySet[Voucher], day: dt.date) -> tuple[list[Life], list[tuple[int, Open]]]:
    """What became of every voucher issued, and what is open of those that still hold."""
    rows = rows.filter(granted_fen__isnull=False, expires_date__isnull=False).order_by()
    moments, drawn = _issued(rows), _drawn(rows)
    history: list[Life] = []
    open_now: list[tuple[int, Open]] = []
    fields = ("pk", "year", "state", "state_since", "expires_date", "granted_fen", "redeemed_fen")
    for pk, year, state, since, expires, granted, redeemed in rows.values_list(*fields):
        issued = moments.get(pk)
        if issued is None or issued > day:
            continue
        ended = timezone.localdate(since) if state in ENDED_STATES else expires
        seen = max(min(day, expires, ended), issued)
        came = [(on, fen) for on, fen in drawn.get(pk, ()) if on <= day]
        history.append(Life(issued, seen, granted, tuple(_within(granted, issued, came))))
        if state == "issued" and expires >= day and granted > redeemed:
            open_now.append((year, Open(issued, expires, granted - redeemed)))
    return history, open_now


def _issued(rows: QuerySet[Voucher]) -> dict[int, dt.date]:
    """When vouchers were issued, by id."""
    events = Event.objects.filter(
        flow=Voucher.flow.id, step__in=_ISSUING, thing_id__in=rows.values("pk")
    )
    found = events.order_by().values_list("thing_id").annotate(at=Min("at"))
    return {pk: timezone.localdate(at) for pk, at in found}


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


def year_end(actor: Actor, asked: Asked, day: dt.date) -> list[YearEnd]:
    """How the funds of a year will stand at its end, as far as the accounts of the territory go.
    The same few queries for any number of funds."""
    if not actor.official:
        return []
    prefix = asked.within(actor)
    year = asked.year or day.year
    until = max(dt.date(year, 12, 31), day)
    budgets = Budget.objects.filter(year=year, region_code__startswith=prefix)
    if asked.programme:
        payers = {asked.programme, *_purses(asked.programme)}
        budgets = budgets.filter(programme__in=payers)
    rows = list(budgets.order_by("fund", "code"))
    balances = ledger.balances([one.code for one in rows])
    left: dict[str, int] = defaultdict(int)
    payer = {one.fund: one.programme for one in rows}
    for one in rows:
        balance = balances.get(one.code)
        left[one.fund] += (balance.left_fen or 0) if balance else 0
    paid, owed = _paid_and_owed(year, prefix)
    expected = _expected(asked, prefix, year, day, until)
    found = []
    for fund, programme in sorted(payer.items()):
        drawing = {programme, *_drawing(programme)}
        open_, came, lapsing = expected.get(programme, (0, 0, 0))
        found.append(
            YearEnd(
                fund, fund_name(fund), programme, year, left[fund], open_, came, lapsing,
                sum(owed.get(one, 0) for one in drawing),
                sum(paid.get(one, 0) for one in drawing),
            )
        )  # fmt: skip
    return [one for one in found if one.left or one.open or one.owed or one.paid]


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


def _expected(
    asked: Asked, prefix: str, year: int, day: dt.date, until: dt.date
) -> dict[str, tuple[int, int | None, int | None]]:
    """By programme: open on the vouchers of a year, of it redeemed and lapsed until a day."""
    rows = narrowed(Voucher.objects.all(), Asked("", asked.programme), prefix)
    programmes = set(
        rows.filter(state="issued", year=year).order_by().values_list("programme", flat=True)
    )
    found: dict[str, tuple[int, int | None, int | None]] = {}
    for programme in programmes:
        history, open_now = _lives(rows.filter(programme=programme), day)
        table = life_table(history)
        mine = [one for of, one in open_now if of == year]
        all_of_it = forecast(day, mine, table, len(history))
        ending = forecast(day, [one for one in mine if one.expires <= until], table, len(history))
        if all_of_it.enough:
            came = redeemed_until(all_of_it, until)
            found[programme] = (all_of_it.open_fen, came, ending.middle.lapsed_fen)
        else:
            found[programme] = (all_of_it.open_fen, None, None)
    return found


__all__ = [
    "Expiring", "YearEnd", "expiring", "expiring_vouchers", "redemption_forecast", "year_end",
]  # fmt: skip
