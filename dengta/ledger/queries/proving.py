"""账目核对: whether the stored totals are what the transfers add up to, and what was found last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Sum
from django.db.models.functions import Coalesce

from dengta.ledger.models import Account
from dengta.ledger.models import Reconciliation as Reconciliation

TOTALS: Final = (
    "debits_pending_fen", "debits_posted_fen", "credits_pending_fen", "credits_posted_fen",
)  # fmt: skip


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
class Recomputed:
    """What adding up every transfer came to: how many there were, of how many accounts, and each
    total that differs."""

    transfers: int
    accounts: int
    differences: tuple[Difference, ...]


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


# One statement sees one moment: whoever books meanwhile is seen on all sides or on none.
_RECOMPUTE: Final = """
WITH moved AS (
  SELECT t.debit_id, t.credit_id,
    CASE WHEN t.step = 'reserve' THEN t.amount_fen
      WHEN t.step IN ('settle', 'release') THEN -o.amount_fen ELSE 0 END AS pending,
    CASE WHEN t.step IN ('post', 'settle', 'reverse') THEN t.amount_fen ELSE 0 END AS posted
  FROM ledger_transfer t LEFT JOIN ledger_transfer o ON o.id = t.of_id
), debits AS (
  SELECT debit_id AS id, sum(pending) AS pending, sum(posted) AS posted FROM moved GROUP BY debit_id
), credits AS (
  SELECT credit_id AS id, sum(pending) AS pending, sum(posted) AS posted
  FROM moved GROUP BY credit_id
), added AS (
  SELECT a.code, a.debits_pending_fen AS s1, a.debits_posted_fen AS s2,
    a.credits_pending_fen AS s3, a.credits_posted_fen AS s4,
    coalesce(d.pending, 0) AS r1, coalesce(d.posted, 0) AS r2,
    coalesce(c.pending, 0) AS r3, coalesce(c.posted, 0) AS r4
  FROM ledger_account a LEFT JOIN debits d ON d.id = a.id LEFT JOIN credits c ON c.id = a.id
), wrong AS (
  SELECT * FROM added WHERE s1 <> r1 OR s2 <> r2 OR s3 <> r3 OR s4 <> r4
)
SELECT n.transfers, n.accounts, w.code, w.s1, w.s2, w.s3, w.s4, w.r1, w.r2, w.r3, w.r4
FROM (SELECT (SELECT count(*) FROM ledger_transfer) AS transfers,
  (SELECT count(*) FROM ledger_account) AS accounts) n LEFT JOIN wrong w ON 1 = 1 ORDER BY w.code
"""


def recomputed() -> Recomputed:
    """Every transfer added up anew and compared with what the accounts say."""
    with connection.cursor() as cursor:
        cursor.execute(_RECOMPUTE)
        rows = cursor.fetchall()
    differences = [
        Difference(code, total, int(stored), int(found))
        for _, _, code, *totals in rows
        if code is not None
        for total, stored, found in zip(TOTALS, totals[:4], totals[4:], strict=True)
        if stored != found
    ]
    return Recomputed(rows[0][0], rows[0][1], tuple(differences))


def recompute() -> list[Difference]:
    """Every stored total that is not the sum of its transfers; empty when the books are right."""
    return list(recomputed().differences)


def proof() -> Proof:
    """The sums of all accounts; `balanced` must hold."""
    sums = Account.objects.aggregate(**{total: Coalesce(Sum(total), 0) for total in TOTALS})
    return Proof(*(int(sums[total]) for total in TOTALS))


def reconciliations() -> list[Reconciliation]:
    """What the recomputations found that are kept, newest first."""
    return list(Reconciliation.objects.order_by("-id"))


def last_reconciliation() -> Reconciliation | None:
    """What the last recomputation found; None if there was none yet."""
    return Reconciliation.objects.order_by("-id").first()
