"""对账单: what happened on some accounts in a period, line by line, page by page. Money in 分."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from dengta.ledger.models import Account, Transfer
from dengta.ledger.queries.snapshot import one_moment

PAGE = 50
"""Transfers on one page of a statement."""


@dataclass(frozen=True, slots=True)
class Line:
    """One transfer as one account saw it, and what the account stood at after it.

    `debit_fen` and `credit_fen` were posted; `reserved_fen` is the change in what is set aside, of
    either side. `balance_fen` is posted credits less posted debits, `pending_fen` all set aside.
    """

    booked_at: dt.datetime
    key: str
    step: str
    account: str
    account_name: str
    counterpart: str
    counterpart_name: str
    debit_fen: int
    credit_fen: int
    reserved_fen: int
    balance_fen: int
    pending_fen: int
    kind: str
    memo: str
    about: str


@dataclass(frozen=True, slots=True)
class Position:
    """An account over a period: where it began, what was posted, where it ended.

    `closing_pending_fen` is what was set aside at the end, of either side.
    """

    code: str
    name: str
    guard: str
    opening_fen: int
    debits_fen: int
    credits_fen: int
    closing_pending_fen: int

    @property
    def closing_fen(self) -> int:
        """Posted credits less posted debits at the end of the period."""
        return self.opening_fen + self.credits_fen - self.debits_fen


@dataclass(frozen=True, slots=True)
class Statement:
    """Some accounts over a period. `count` is how many transfers it has, `lines` those of the page
    that was asked for: two for a transfer between two of the accounts."""

    positions: tuple[Position, ...]
    count: int
    lines: tuple[Line, ...]

    @property
    def opening_fen(self) -> int:
        """Posted credits less posted debits of all the accounts when the period began."""
        return sum(position.opening_fen for position in self.positions)

    @property
    def closing_fen(self) -> int:
        """The same when it ended."""
        return sum(position.closing_fen for position in self.positions)

    @property
    def pending_fen(self) -> int:
        """What was set aside at the end, of all the accounts."""
        return sum(position.closing_pending_fen for position in self.positions)


def codes_of(holder: str) -> list[str]:
    """The accounts that belong to one holder: its code is a part of theirs, as in `payable/<code>`.

    A whole part, so that no other holder's accounts come with it.
    """
    if not holder:
        return []
    mine = Q(code__endswith=f"/{holder}") | Q(code__contains=f"/{holder}/")
    found = Account.objects.filter(mine).order_by("code").values_list("code", flat=True)
    return [code for code in found if holder in code.split("/")]  # LIKE is not exact everywhere


def statement(code: str, start: dt.datetime, end: dt.datetime) -> Statement | None:
    """An account's transfers booked from `start` up to, not including, `end`; None if unknown."""
    found = statement_of([code], start, end, size=None)
    return found if found.positions else None


def statement_of(
    codes: Sequence[str],
    start: dt.datetime,
    end: dt.datetime,
    *,
    page: int | None = 1,
    size: int | None = PAGE,
) -> Statement:
    """What was booked on some accounts from `start` up to, not including, `end`, oldest first.

    `page` counts from 1, of `size` transfers each; a page that is too high is the last, None is the
    latest `size` transfers; `size` None is all. Codes that nobody opened are left out. The same few
    queries whatever the length.
    """
    with one_moment():
        return _read(codes, start, end, page, size)


def _read(
    codes: Sequence[str], start: dt.datetime, end: dt.datetime, page: int | None, size: int | None
) -> Statement:
    accounts = {one.pk: one for one in Account.objects.filter(code__in=codes).order_by("code")}
    before, until = Q(booked_at__lt=start), Q(booked_at__lt=end)
    opening, closing = _standings(accounts, before), _standings(accounts, until)
    positions = tuple(
        Position(
            one.code,
            one.name,
            one.guard,
            opening[pk].balance,
            closing[pk].debits - opening[pk].debits,
            closing[pk].credits - opening[pk].credits,
            closing[pk].pending,
        )
        for pk, one in accounts.items()
    )
    mine = _touching(accounts).filter(until, booked_at__gte=start)
    count = mine.count()
    skipped = 0
    if size is not None and page is None:
        skipped = max(0, count - size)
    elif size is not None and page is not None:
        skipped = max(0, min(page, -(-count // size)) - 1) * size
    rows: QuerySet[Transfer] = mine.select_related("debit", "credit", "of")
    rows = rows.order_by("booked_at", "id")
    if size is not None:
        rows = rows[skipped : skipped + size]
    if skipped and rows:
        first = rows[0]
        earlier = Q(booked_at__lt=first.booked_at) | Q(booked_at=first.booked_at, id__lt=first.pk)
        opening = _standings(accounts, earlier)
    lines = tuple(_lines(rows if size is not None else rows.iterator(2000), opening))
    return Statement(positions, count, lines)


def turnover(code: str) -> dict[tuple[str, str], int]:
    """What an account has moved in all, in 分: (debit or credit, step) -> sum of the transfers."""
    return {
        (side, step): fen
        for side in ("debit", "credit")
        for step, fen in Transfer.objects.filter(**{f"{side}__code": code})
        .order_by()
        .values_list("step")
        .annotate(fen=Sum("amount_fen"))
    }


@dataclass(slots=True)
class _Standing:
    debits: int = 0
    credits: int = 0
    pending: int = 0

    @property
    def balance(self) -> int:
        return self.credits - self.debits


def _touching(accounts: dict[int, Account]) -> QuerySet[Transfer]:
    return Transfer.objects.filter(Q(debit__in=[*accounts]) | Q(credit__in=[*accounts]))


def _standings(accounts: dict[int, Account], when: Q) -> dict[int, _Standing]:
    """Where each account stood after the transfers that meet a condition."""
    found = {pk: _Standing() for pk in accounts}
    for side in ("debit", "credit"):
        rows = Transfer.objects.filter(when, **{f"{side}__in": [*accounts]})
        grouped = rows.order_by().values_list(f"{side}_id")
        sums = grouped.annotate(posted=_posted(), pending=_pending())
        for pk, posted, pending in sums:
            setattr(found[pk], f"{side}s", posted)
            found[pk].pending += pending
    return found


def _posted() -> Coalesce:
    return _total(When(step__in=["post", "settle", "reverse"], then=F("amount_fen")))


def _pending() -> Coalesce:
    return _total(
        When(step="reserve", then=F("amount_fen")),
        When(step__in=["settle", "release"], then=-F("of__amount_fen")),
    )


def _total(*whens: When) -> Coalesce:
    chosen = Case(*whens, default=Value(0), output_field=BigIntegerField())
    return Coalesce(Sum(chosen), 0, output_field=BigIntegerField())


def _lines(rows: Iterable[Transfer], at: dict[int, _Standing]) -> Iterator[Line]:
    """A line for each account concerned; `at` holds their standings and is carried on."""
    for row in rows:
        posted, reserved = _moves(row)
        for own, other, debited in ((row.debit, row.credit, True), (row.credit, row.debit, False)):
            standing = at.get(own.pk)
            if standing is None:
                continue
            standing.pending += reserved
            if debited:
                standing.debits += posted
            else:
                standing.credits += posted
            yield Line(
                row.booked_at, row.key, row.step, own.code, own.name, other.code, other.name,
                posted if debited else 0, 0 if debited else posted, reserved,
                standing.balance, standing.pending, row.kind, row.memo, row.about,
            )  # fmt: skip


def _moves(row: Transfer) -> tuple[int, int]:
    """What a transfer adds to posted and to pending, on both of its sides."""
    if row.step == Transfer.Step.RESERVE:
        return 0, row.amount_fen
    held = row.of.amount_fen if row.of and row.step in ("settle", "release") else 0
    return (0 if row.step == Transfer.Step.RELEASE else row.amount_fen), -held
