"""Reads of the ledger: balances, statements, the proof that the books are right. Money in 分."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import BigIntegerField, Case, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from dengta.ledger.models import Account, Transfer

TOTALS = (
    "debits_pending_fen", "debits_posted_fen", "credits_pending_fen", "credits_posted_fen",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Balance:
    """The four totals of an account. `guard` is none, credits or debits."""

    code: str
    name: str
    guard: str
    debits_pending_fen: int
    debits_posted_fen: int
    credits_pending_fen: int
    credits_posted_fen: int

    @property
    def left_fen(self) -> int | None:
        """What may still go out under the guard; None where there is none."""
        if self.guard == "credits":
            return self.credits_posted_fen - self.debits_posted_fen - self.debits_pending_fen
        if self.guard == "debits":
            return self.debits_posted_fen - self.credits_posted_fen - self.credits_pending_fen
        return None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a key has come to: `state` is pending, posted, voided (released) or reversed.

    `posted_fen` is what was posted or settled, also after it was taken back.
    """

    key: str
    state: str
    debit: str
    credit: str
    amount_fen: int
    posted_fen: int
    kind: str
    memo: str
    about: str
    linked: str
    booked_at: dt.datetime
    resolved_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One transfer in a statement, and what the account stood at after it.

    `debit_fen` and `credit_fen` were posted; `reserved_fen` is the change in what is set aside, of
    either side. `balance_fen` is posted credits less posted debits, `pending_fen` all set aside.
    """

    booked_at: dt.datetime
    key: str
    step: str
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
class Statement:
    """An account over a period: where it began, each line, where it ended."""

    balance: Balance
    opening_fen: int
    lines: tuple[Line, ...]

    @property
    def closing_fen(self) -> int:
        """Posted credits less posted debits at the end of the period."""
        return self.lines[-1].balance_fen if self.lines else self.opening_fen


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored total that is not what the transfers add up to."""

    code: str
    total: str
    stored_fen: int
    recomputed_fen: int

    def __str__(self) -> str:
        return f"{self.code} {self.total}: {self.stored_fen} ≠ {self.recomputed_fen}"


@dataclass(frozen=True, slots=True)
class Proof:
    """Sums over all accounts; each debit has its credit."""

    debits_pending_fen: int
    debits_posted_fen: int
    credits_pending_fen: int
    credits_posted_fen: int

    @property
    def balanced(self) -> bool:
        """Whether both sides are equal, pending and posted."""
        return (
            self.debits_pending_fen == self.credits_pending_fen
            and self.debits_posted_fen == self.credits_posted_fen
        )


def balance(code: str) -> Balance | None:
    """The account as it stands; None if there is none of this code."""
    found = Account.objects.filter(code=code).values_list("code", "name", "guard", *TOTALS).first()
    return Balance(*found) if found else None


def standing(key: str) -> Standing | None:
    """What the entry of this key has come to; None if nothing was booked under it."""
    return next(_standings(Q(key=key)), None)


def standings(about: str) -> list[Standing]:
    """Every entry about one business object, in the order of booking."""
    return list(_standings(Q(about=about)))


def _standings(condition: Q) -> Iterator[Standing]:
    entries = list(
        Transfer.objects.filter(condition, of=None).select_related("debit", "credit").order_by("id")
    )
    later = {t.of_id: t for t in Transfer.objects.filter(of__in=[e.pk for e in entries])}
    taken_back = {
        t.of_id: t for t in Transfer.objects.filter(of__in=[t.pk for t in later.values()])
    }
    for entry in entries:
        resolved = later.get(entry.pk)
        state, posted = "posted", entry.amount_fen
        if entry.step == Transfer.Step.RESERVE:
            state, posted = "pending", 0
        if resolved is not None and resolved.step == Transfer.Step.SETTLE:
            state, posted = "posted", resolved.amount_fen
            if back := taken_back.get(resolved.pk):
                state, resolved = "reversed", back
        elif resolved is not None:
            state = "voided" if resolved.step == Transfer.Step.RELEASE else "reversed"
        yield Standing(
            entry.key, state, entry.debit.code, entry.credit.code, entry.amount_fen, posted,
            entry.kind, entry.memo, entry.about, entry.linked, entry.booked_at,
            resolved.booked_at if resolved else None,
        )  # fmt: skip


def statement(code: str, start: dt.datetime, end: dt.datetime) -> Statement | None:
    """An account's transfers booked from `start` up to, not including, `end`; None if unknown."""
    now = balance(code)
    if now is None:
        return None
    mine = Transfer.objects.filter(Q(debit__code=code) | Q(credit__code=code), booked_at__lt=end)
    standing_at = pending = 0
    opening = 0
    lines: list[Line] = []
    rows = mine.select_related("debit", "credit", "of").order_by("booked_at", "id")
    for row in rows.iterator(chunk_size=2000):
        debited = row.debit.code == code
        posted, reserved = _moves(row)
        standing_at += -posted if debited else posted
        pending += reserved
        if row.booked_at < start:
            opening = standing_at
            continue
        other = row.credit if debited else row.debit
        lines.append(
            Line(
                row.booked_at, row.key, row.step, other.code, other.name,
                posted if debited else 0, 0 if debited else posted, reserved,
                standing_at, pending, row.kind, row.memo, row.about,
            )
        )  # fmt: skip
    return Statement(now, opening, tuple(lines))


def _moves(row: Transfer) -> tuple[int, int]:
    """What a transfer adds to posted and to pending, on both of its sides."""
    if row.step == Transfer.Step.RESERVE:
        return 0, row.amount_fen
    held = row.of.amount_fen if row.of and row.step in ("settle", "release") else 0
    return (0 if row.step == Transfer.Step.RELEASE else row.amount_fen), -held


def recompute() -> list[Difference]:
    """Every stored total that is not the sum of its transfers; empty when the books are right."""
    sums: dict[int, dict[str, int]] = {}
    for side in ("debit", "credit"):
        rows = Transfer.objects.values(f"{side}_id").annotate(
            pending=_total(
                When(step="reserve", then=F("amount_fen")),
                When(step__in=["settle", "release"], then=-F("of__amount_fen")),
            ),
            posted=_total(
                When(step__in=["post", "settle", "reverse"], then=F("amount_fen")),
            ),
        )
        for row in rows.order_by().iterator():
            mine = sums.setdefault(row[f"{side}_id"], {})
            mine[f"{side}s_pending_fen"], mine[f"{side}s_posted_fen"] = (
                row["pending"],
                row["posted"],
            )
    return [
        Difference(account.code, total, getattr(account, total), found)
        for account in Account.objects.order_by("code").iterator()
        for total in TOTALS
        if getattr(account, total) != (found := sums.get(account.pk, {}).get(total, 0))
    ]


def _total(*whens: When) -> Coalesce:
    chosen = Case(*whens, default=Value(0), output_field=BigIntegerField())
    return Coalesce(Sum(chosen), 0, output_field=BigIntegerField())


def proof() -> Proof:
    """The sums of all accounts; `balanced` must hold."""
    sums = Account.objects.aggregate(**{total: Coalesce(Sum(total), 0) for total in TOTALS})
    return Proof(*(int(sums[total]) for total in TOTALS))
