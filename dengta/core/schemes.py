"""补助办法: what a scheme pays, to whom, when, and out of whose money. Pure and exact.

A scheme is data (`policies/<province>/schemes/*.toml`); what is here turns costs, facts and limits
into an amount whose every step is kept, so that it can be recomputed from the record. Amounts are
whole 分, rates are basis points; every share is rounded half-up (`core.money.share`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dengta.core.sources import Period, Source, Text

__all__ = [
    "CostClass",
    "Granting",
    "Instalment",
    "Level",
    "Moment",
    "Need",
    "Payee",
    "Scheme",
    "SchemeKind",
    "Settlement",
    "Table",
]

SchemeKind = Literal["voucher", "subsidy", "reward"]
"""上云服务券、改造补助、奖补."""
Settlement = Literal["reimburse", "set_off"]
"""Paid after the firm has paid its bill (先付后补), or set off against the bill (抵扣)."""
Payee = Literal["enterprise", "provider"]
Granting = Literal["reviewed", "first_come"]
Level = Literal["province", "city", "county"]
Moment = Literal["approved", "accepted"]


@dataclass(frozen=True, slots=True)
class Table:
    """A number (basis points or 分), or one per value of a fact: `by` names a text or integer fact
    of the vocabulary, the keys of `rows` are its values as text. A value without a row gets nothing
    (and a missing fact makes the amount unknown). `term` and `words` are the fact's and its values'
    names, taken from the vocabulary."""

    amount: int | None = None
    by: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    source: Source | None = None
    term: Text = Text("", "")
    words: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CostClass:
    """费用类别: a kind of cost and how much of it counts (`counted_bps`; 0 for what is not
    eligible). `most_bps`: of all counted costs this class may make up at most so much."""

    id: str
    text: Text
    counted_bps: int = 10_000
    most_bps: int | None = None
    help: Text = Text("", "")
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Instalment:
    """分期: a share of the approved amount, payable once the case is approved or accepted."""

    share_bps: int
    when: Moment


@dataclass(frozen=True, slots=True)
class Need:
    """A paper that a claim has to carry: `id` is its heading (contract, invoice, payment, delivery,
    items, …)."""

    id: str
    text: Text
    required: bool = True
    help: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class Scheme:
    """One edition of a 补助办法.

    `programme` decides who may (its clauses) and names the funds that pay (`Fund.programme`).
    The amount is `rate` of the counted costs, or `fixed`; at most `cap`, for the first case of a
    firm `first_cap_fen`, for later ones `later_cap_fen`; at most what `yearly_cap_fen` leaves of
    the firm's year (on `yearly_cap`, a value of the programme, where the programme has one). With
    `matched` public money never exceeds what the firm itself paid (of an advance: once accepted).

    `ceiling_fen` bounds what the scheme gives in one year, `city_ceilings_fen` what it gives in one
    division. `sharing` divides each payment among the purses of province, city and county and makes
    10,000 in all. `deciding` is the office that approves. `valid_days` is how long a voucher holds.
    `accept_months`: within so many months after it is finished a project must be claimed.
    `sanction` are the terms an applicant agrees to with the first signature.
    `purse` is the programme whose funds pay, where that is another than its own.

    `source` is where the amounts come from, `practice` where what is not an amount does. A `sample`
    (样例) shows how another place does it; nobody in the province has a claim by it.
    """

    id: str
    edition: str
    programme: str
    name: Text
    summary: Text
    kind: SchemeKind
    source: Source
    in_force: Period
    settlement: Settlement = "reimburse"
    payee: Payee = "enterprise"
    granting: Granting = "reviewed"
    deciding: Level = "province"
    rate: Table | None = None
    fixed: Table | None = None
    cap: Table | None = None
    first_cap_fen: int | None = None
    later_cap_fen: int | None = None
    yearly_cap_fen: int | None = None
    ceiling_fen: int | None = None
    city_ceilings_fen: Mapping[str, int] = field(default_factory=dict)
    matched: bool = True
    sharing: Mapping[Level, int] = field(default_factory=lambda: {"province": 10_000})
    costs: tuple[CostClass, ...] = ()
    instalments: tuple[Instalment, ...] = (Instalment(10_000, "approved"),)
    needs: tuple[Need, ...] = ()
    valid_days: int | None = None
    accept_months: int | None = None
    sanction: tuple[Text, ...] = ()
    measure: int | None = None
    practice: Source | None = None
    sample: bool = False
    purse: str = ""
