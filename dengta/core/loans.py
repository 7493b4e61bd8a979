"""贷款和基金产品: what a bank or a fund offers to firms, and what it may see of them. Pure data.

Who may ask is decided by the clauses of a programme of kind `finance`; a product says how much, for
how long, from whom, and which facts a firm has to release (`scope`) so that a bank can decide.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from dengta.core.sources import Period, Source, Text

__all__ = ["Bank", "LoanKind", "LoanProduct", "Rhythm", "period_of"]

LoanKind = Literal["loan", "fund"]
"""贷款、基金."""
Rhythm = Literal["daily", "monthly", "quarterly"]
"""How often a white list goes out: each day, month, or quarter at most once to each bank."""


@dataclass(frozen=True, slots=True)
class Bank:
    """合作银行: its id (short, in codes) and its name."""

    id: str
    name: Text
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class LoanProduct:
    """One product. Money in 分, terms in months, working days for offices and banks.

    `programme` (of kind `finance`) decides who may ask; a fund, which is a pipeline only, has none.
    `least_fen` and `most_fen` bound one loan, `pool_fen` is the size of a fund; None where the
    text gives no number. `scope` are the facts that the bank may see, `grant_months` the longest
    term of the firm's authorisation. `county_days` and `city_days` are the time of the offices,
    `answer_days` that of the bank.
    """

    id: str
    name: Text
    summary: Text
    kind: LoanKind
    lead: Text
    source: Source
    in_force: Period
    programme: str = ""
    banks: tuple[Bank, ...] = ()
    least_fen: int | None = None
    most_fen: int | None = None
    pool_fen: int | None = None
    months: int | None = None
    scope: tuple[str, ...] = ()
    grant_months: int = 12
    rhythm: Rhythm = "daily"
    county_days: int | None = None
    city_days: int | None = None
    answer_days: int | None = None
    measure: int | None = None

    def bank(self, id: str) -> Bank:
        """One of its banks. KeyError if it has none of that id."""
        for bank in self.banks:
            if bank.id == id:
                return bank
        raise KeyError(id)


def period_of(rhythm: Rhythm, day: dt.date) -> str:
    """The period of a white list that a day lies in: 2026Q1, 2026-03, 2026-03-16."""
    if rhythm == "quarterly":
        return f"{day.year}Q{(day.month + 2) // 3}"
    return f"{day:%Y-%m}" if rhythm == "monthly" else f"{day:%Y-%m-%d}"
