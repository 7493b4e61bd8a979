"""Reads of the ledger: balances, statements, the proof that the books are right. Money in 分."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, Sum

from dengta.ledger.models import Account, Transfer
from dengta.ledger.queries.proving import (
    TOTALS,
    Difference,
    Proof,
    Recomputed,
    Reconciliation,
    last_reconciliation,
    proof,
    recompute,
    recomputed,
    reconciliations,
)
from dengta.ledger.queries.statements import (
    PAGE,
    Line,
    Position,
    Statement,
    codes_of,
    statement,
    statement_of,
    turnover,
)

__all__ = [
    "PAGE", "TOTALS", "Balance", "Difference", "Line", "Position", "Posted", "Proof",
    "Recomputed", "Reconciliation", "Standing", "Statement", "balance", "balances", "codes_of",
    "last_reconciliation", "moved", "posted", "posted_about", "posted_sum", "proof", "recompute",
    "recomputed", "reconciliations", "standing", "standings", "standings_of", "statement",
    "statement_of", "turnover",
]  # fmt: skip


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
class Posted:
    """What was posted at once about a business object, and not taken back."""

    about: str
    key: str
    debit: str
    credit: str
    amount_fen: int


def posted_about(abouts: Iterable[str]) -> list[Posted]:
    """Everything posted at once about some business objects, in the order of booking; one query."""
    rows = Transfer.objects.filter(about__in=list(abouts), step=Transfer.Step.POST)
    back = Transfer.objects.filter(step=Transfer.Step.REVERSE, of=OuterRef("pk"))
    found = rows.exclude(Exists(back)).order_by("id")
    return [
        Posted(*row)
        for row in found.values_list("about", "key", "debit__code", "credit__code", "amount_fen")
    ]


def posted_sum(abouts: Iterable[str]) -> tuple[int, int]:
    """How many entries `posted_about` would find, and what they come to in 分; one query."""
    rows = Transfer.objects.filter(about__in=list(abouts), step=Transfer.Step.POST)
    back = Transfer.objects.filter(step=Transfer.Step.REVERSE, of=OuterRef("pk"))
    found = rows.exclude(Exists(back)).aggregate(n=Count("pk"), fen=Sum("amount_fen"))
    return found["n"], found["fen"] or 0


def posted(debit: str, credits: Iterable[str], about: str = "") -> dict[str, int]:
    """By account, what was posted to it from the account `debit`, or, when that ends in a slash,
    from all accounts whose code begins so; in 分, what was taken back not left out. With `about`
    only what was posted about that."""
    way = {"debit__code__startswith" if debit.endswith("/") else "debit__code": debit}
    rows = Transfer.objects.filter(**way, credit__code__in=list(credits), step=Transfer.Step.POST)
    rows = rows.filter(about=about) if about else rows
    return dict(rows.values_list("credit__code").annotate(total=Sum("amount_fen")))


def balance(code: str) -> Balance | None:
    """The account as it stands; None if there is none of this code."""
    found = Account.objects.filter(code=code).values_list("code", "name", "guard", *TOTALS).first()
    return Balance(*found) if found else None


def balances(codes: Collection[str]) -> dict[str, Balance]:
    """The accounts of these codes as they stand, by code, in one query; unknown ones are absent."""
    rows = Account.objects.filter(code__in=codes).values_list("code", "name", "guard", *TOTALS)
    return {row[0]: Balance(*row) for row in rows}


def standing(key: str) -> Standing | None:
    """What the entry of this key has come to; None if nothing was booked under it."""
    return next(_standings(Q(key=key)), None)


def standings(about: str) -> list[Standing]:
    """Every entry about one business object, in the order of booking."""
    return list(_standings(Q(about=about)))


def standings_of(abouts: Iterable[str]) -> list[Standing]:
    """Every entry about some business objects, in the order of booking; the same three queries for
    any number."""
    return list(_standings(Q(about__in=list(abouts))))


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
