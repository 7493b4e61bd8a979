"""Lists of money as tables to take away: the same rows as on the page, for whoever may see them,
narrowed as the page is, row by row however many there are. Amounts are exact, in yuan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from django.db import models
from django.db.models import Sum
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.outgoing import CsvTable, Table, Workbook
from dengta.core.shapes import Text
from dengta.core.sheets import Cell
from dengta.funding.models import BudgetOrder, Claim, Clawback, Hit, Instalment
from dengta.funding.queries import clawbacks
from dengta.funding.queries.budgets import (
    KINDS,
    fund_name,
    orders_of,
    place_name,
    programme_name,
    scheme_name,
)
from dengta.funding.queries.claims_desk import listed, waiting
from dengta.funding.queries.hits import KINDS as HIT_KINDS
from dengta.funding.queries.hits import Wanted as WantedHits
from dengta.funding.queries.hits import hits_within, names_in, path_told
from dengta.funding.queries.payments import Choice, due_date, held, ready
from dengta.funding.queries.screening import by_size
from dengta.registry.queries import region_name
from dengta.trail.models import Case

What = Literal["orders", "claims", "payments", "clawbacks", "hits"]
Form = Literal["xlsx", "csv"]

NAMES: Mapping[str, Text] = {
    "orders": Text("指标文", "budget orders"),
    "claims": Text("资金申领", "claims"),
    "payments": Text("待拨付款项", "payments waiting"),
    "clawbacks": Text("资金追回", "clawbacks"),
    "hits": Text("重复线索", "duplicates"),
}
NARROWED: Mapping[str, tuple[str, ...]] = {
    "orders": ("fund", "state"),
    "claims": ("state", "q", "waiting"),
    "payments": ("scheme", "fund", "year", "payee", "by_vendor"),
    "clawbacks": ("state",),
    "hits": ("kind", "programme", "division", "state"),
}
"""By what each list is narrowed, as its page is."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list to take away: which, narrowed how (see `NARROWED`), in which form and language."""

    what: What
    form: Form = "xlsx"
    language: str = "zh"
    filters: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """To be kept with a job; `Wanted(**kept)` reads it back."""
        return {
            "what": self.what,
            "form": self.form,
            "language": self.language,
            "filters": dict(self.filters),
        }

    def file_name(self, day: dt.date) -> str:
        """How the file of a day is called."""
        return f"{NAMES[self.what].said(self.language)}-{day}.{self.form}"


def choice_of(asked: Mapping[str, Any]) -> Choice:
    """Which payments that wait are asked for; what makes no sense counts as not said."""
    year, payee, scheme = asked.get("year", ""), asked.get("payee", ""), asked.get("scheme", "")
    return Choice(
        schemes=(scheme,) if scheme else (),
        fund=asked.get("fund", ""),
        year=int(year) if year.isdecimal() and len(year) == 4 else None,
        payee=int(payee) if payee.isdecimal() and len(payee) < 12 else 0,
        by_vendor=bool(asked.get("by_vendor")),
    )


def hits_asked(asked: Mapping[str, Any]) -> WantedHits:
    """Which hits are asked for, the open ones unless it says another state."""
    kind, state = asked.get("kind", ""), asked.get("state", "open")
    return WantedHits(
        kind=kind if kind in HIT_KINDS else "",
        programme=asked.get("programme", "")[:60],
        division=asked.get("division", "")[:6],
        state=state if state in {one.id for one in Hit.flow.states} else "",
    )


def rows_of(actor: Actor, wanted: Wanted) -> models.QuerySet[Any, Any]:
    """The records of a list, of those that the person may see, in the order of the page."""
    asked = wanted.filters
    state = asked.get("state", "")
    match wanted.what:
        case "orders":
            return orders_of(actor, fund=asked.get("fund", ""), state=state)
        case "claims":
            every = listed(actor, state=state, words=asked.get("q", "").strip())
            return waiting(actor) if asked.get("waiting") else every
        case "payments":
            return ready(actor.region, choice_of(asked)).select_related(
                "claim__organisation", "claim__payee", "claim__voucher"
            )
        case "clawbacks":
            due, came = Sum("repayments__amount_fen"), Sum("repayments__paid_fen")
            return clawbacks.cases(actor, state=state).annotate(due_fen=due, came_fen=came)
        case "hits":
            return hits_within(actor, hits_asked(asked))


def write_list(
    actor: Actor, wanted: Wanted, path: Path, done: Callable[[int], None] = lambda count: None
) -> int:
    """Write a list to a file; `done` hears from time to time how many rows are. Returns how
    many there are."""
    headings, cells = _SHAPES[wanted.what]
    titles = [heading.said(wanted.language) for heading in headings]
    book: Workbook | None = None
    table: Table
    if wanted.form == "csv":
        table = CsvTable(path, titles)
    else:
        book = Workbook(path)
        table = book.sheet(NAMES[wanted.what].said(wanted.language), titles, (16, 30))
    count = 0
    for some in by_size(_AT_ONCE, rows_of(actor, wanted).iterator(chunk_size=_AT_ONCE)):
        for row in cells(some):
            table.row([one.said(wanted.language) if isinstance(one, Text) else one for one in row])
            count += 1
        done(count)
    (book or table).close()
    return count


# ---------------------------------------------------------------- what the cells are


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen).scaleb(-2)


def _when(at: dt.datetime | None) -> dt.datetime | None:
    return timezone.localtime(at).replace(tzinfo=None) if at else None


def _state(thing: Case) -> Text:
    return thing.flow.state(thing.state).name


Row = list[Cell]


def _orders(some: Sequence[BudgetOrder]) -> Iterator[Row]:
    treasury = Text("省级财政专户", "The treasury")
    for one in some:
        yield [
            one.number, KINDS[one.kind], fund_name(one.target.fund),
            place_name(one.source) if one.source else treasury, place_name(one.target),
            _yuan(one.amount_fen), _state(one), one.document_number, one.reason,
            _when(one.created_at), _when(one.booked_at),
        ]  # fmt: skip


def _claims(some: Sequence[Claim]) -> Iterator[Row]:
    for one in some:
        firm = one.organisation
        yield [
            one.number, firm.name, firm.uscc, region_name(firm.region_code),
            scheme_name(one.scheme), one.year, one.title, one.payee.name, _state(one),
            _yuan(one.claimed_fen), _yuan(one.counted_fen), _yuan(one.computed_fen),
            _yuan(one.approved_fen), one.exceptions, _when(one.submitted_at),
            _when(one.approved_at),
        ]  # fmt: skip


def _payments(some: Sequence[Instalment]) -> Iterator[Row]:
    stopped = held(some, timezone.localdate())
    for one in some:
        claim, hold = one.claim, stopped.get(one.pk)
        yield [
            claim.number, one.ordinal, claim.payee.name, claim.payee.uscc, claim.organisation.name,
            scheme_name(claim.scheme), claim.year, _yuan(one.amount_fen), _when(one.ready_at),
            due_date(one), hold.reason if hold else "",
            _yuan(hold.set_off_fen) if hold else None,
        ]  # fmt: skip


def _clawbacks(some: Sequence[Any]) -> Iterator[Row]:
    for one in some:
        firm: Any = one.organisation
        case: Clawback = one
        due, came = one.due_fen, one.came_fen
        yield [
            case.number, firm.name, firm.uscc, region_name(case.case_region), case.claim.number,
            programme_name(case.claim.programme), _ORIGINS[case.origin], _state(case),
            _yuan(case.amount_fen), _yuan(case.decided_fen), _yuan(case.interest_fen), _yuan(due),
            _yuan(came), None if due is None else _yuan(due - came), case.due_date,
            case.decision_number, case.sanction_until, _when(case.opened_at),
            _when(case.closed_at),
        ]  # fmt: skip


def _hits(some: Sequence[Hit]) -> Iterator[Row]:
    names = names_in(some)
    for one in some:
        chain = path_told(one.path, names)
        yield [
            one.number, HIT_KINDS[one.kind], _state(one), Decimal(one.score_bps).scaleb(-2),
            _yuan(one.amount_fen), *_filed(one.filing), *_filed(one.other),
            Text("；".join(step.zh for step in chain), "; ".join(step.en for step in chain)),
            _when(one.found_at), one.decision, _when(one.decided_at),
        ]  # fmt: skip


def _filed(filing: Any) -> Row:
    firm = filing.organisation
    return [
        filing.number, firm.name, firm.uscc, region_name(firm.region_code),
        programme_name(filing.programme), filing.year,
    ]  # fmt: skip


_ORIGINS = {
    "audit": Text("审计发现", "Audit"),
    "check": Text("事后核查", "Later check"),
    "hit": Text("重复线索", "Duplicate"),
    "tip": Text("举报", "Report"),
    "own": Text("企业自查", "Own check"),
}
_USCC = Text("统一社会信用代码", "Unified social credit code")
_REGION, _STATE, _YEAR = Text("地区", "Region"), Text("状态", "State"), Text("年度", "Year")
_SHAPES: Mapping[str, tuple[Sequence[Text], Callable[[Any], Iterator[Row]]]] = {
    "orders": (
        (
            Text("编号", "Number"), Text("办理事项", "Kind"), Text("资金", "Fund"),
            Text("从", "From"), Text("到", "To"), Text("金额（元）", "Amount (yuan)"), _STATE,
            Text("文号", "Document"), Text("事由", "Reason"), Text("提出时间", "Proposed at"),
            Text("记账时间", "Booked at"),
        ),
        _orders,
    ),
    "claims": (
        (
            Text("编号", "Number"), Text("企业名称", "Enterprise"), _USCC, _REGION,
            Text("补助办法", "Scheme"), _YEAR, Text("项目名称", "Project"),
            Text("收款单位", "Payee"), _STATE, Text("申领费用（元）", "Costs claimed (yuan)"),
            Text("可计费用（元）", "Costs that count (yuan)"),
            Text("核定金额（元）", "Given by the rule (yuan)"),
            Text("批准金额（元）", "Approved (yuan)"), Text("核对异常数", "Exceptions"),
            Text("提交时间", "Submitted at"), Text("批准时间", "Approved at"),
        ),
        _claims,
    ),
    "payments": (
        (
            Text("申领编号", "Claim"), Text("期次", "Instalment"), Text("收款单位", "Payee"),
            Text("收款单位代码", "Payee's code"), Text("申领企业", "Enterprise"),
            Text("补助办法", "Scheme"), _YEAR, Text("金额（元）", "Amount (yuan)"),
            Text("可付时间", "Ready since"), Text("付款期限", "Due"),
            Text("暂不能付的原因", "What stops it"), Text("可抵扣（元）", "Can be set off (yuan)"),
        ),
        _payments,
    ),
    "clawbacks": (
        (
            Text("编号", "Number"), Text("缴回单位", "Party"), _USCC, _REGION,
            Text("申领编号", "Claim"), Text("政策事项", "Programme"), Text("线索来源", "Origin"),
            _STATE, Text("拟追回（元）", "Asked for (yuan)"),
            Text("决定追回（元）", "Decided (yuan)"), Text("利息（元）", "Interest (yuan)"),
            Text("应缴回（元）", "Due in all (yuan)"), Text("已追回（元）", "Came in (yuan)"),
            Text("尚欠（元）", "Still owed (yuan)"), Text("缴回期限", "Due by"),
            Text("决定文号", "Document"), Text("限制申报至", "Sanctioned until"),
            Text("立案时间", "Opened at"), Text("结束时间", "Closed at"),
        ),
        _clawbacks,
    ),
    "hits": (
        (
            Text("线索编号", "Number"), Text("线索类别", "Kind"), _STATE,
            Text("相似度（%）", "Likeness (%)"), Text("涉及金额（元）", "At stake (yuan)"),
            Text("登记件编号", "Filing"), Text("企业", "Enterprise"), _USCC, _REGION,
            Text("政策事项", "Programme"), _YEAR, Text("另一登记件编号", "Other filing"),
            Text("另一企业", "Other enterprise"),
            Text("另一统一社会信用代码", "Other unified social credit code"),
            Text("另一地区", "Other region"), Text("另一政策事项", "Other programme"),
            Text("另一年度", "Other year"), Text("线索说明", "Explanation"),
            Text("发现时间", "Found at"), Text("判定理由", "Reason of the decision"),
            Text("决定时间", "Decided at"),
        ),
        _hits,
    ),
}  # fmt: skip
