"""What the machine sees on a claim: eligibility clause by clause, papers, dates, and what the
invoices, payments and contract say of each other. It accuses nobody; officials begin with what is
not as expected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dengta.core.money import yuan
from dengta.core.rules import Verdict
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.models import BankFlow, Claim, CostLine
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.claims_amounts import Calculated, in_advance
from dengta.registry.queries import related


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the machine checked: `ok`, or an exception that an official should look at."""

    id: str
    ok: bool
    text: Text

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the claim."""
        return {"id": self.id, "ok": self.ok, **self.text._asdict()}


def stored(claim: Claim) -> list[Finding]:
    """What the machine saw when the claim was last submitted; asks nothing."""
    return [
        Finding(each["id"], each["ok"], Text(each["zh"], each["en"])) for each in claim.findings
    ]


def findings(
    claim: Claim,
    lines: Sequence[CostLine],
    flows: Sequence[BankFlow],
    calculated: Calculated,
    verdict: Verdict,
) -> list[Finding]:
    """Everything the machine sees, exceptions first."""
    found = [
        *_clauses(verdict),
        *_costs(lines, calculated),
        *_money(claim, lines, flows),
        *_dates(claim, lines, flows),
        *_parties(claim),
    ]
    return sorted(found, key=lambda finding: finding.ok)


def _clauses(verdict: Verdict) -> Iterator[Finding]:
    for clause in verdict.clauses:
        yield Finding(f"clause:{clause.id}", clause.outcome == "yes", clause.text)


def _costs(lines: Sequence[CostLine], calculated: Calculated) -> Iterator[Finding]:
    by_id = {f"{line.ordinal:06d}": line for line in lines}
    left_out = [
        one
        for one in (calculated.counted.lines if calculated.counted else ())
        if one.fen < by_id[one.id].amount_fen
    ]
    for one in left_out[:5]:
        line = by_id[one.id]
        yield Finding(
            f"line:{line.ordinal}",
            False,
            Text(
                f"费用第 {line.ordinal} 行“{line.text}”计入 {yuan(one.fen)} 元，少于申报的"
                f" {yuan(line.amount_fen)} 元：{one.why.zh}",
                f"Line {line.ordinal}, “{line.text}”: {yuan(one.fen)} of"
                f" {yuan(line.amount_fen)} yuan count. {one.why.en}",
            ),
        )
    if not left_out and calculated.counted:
        yield Finding("lines", True, Text("各行费用都计入", "Every line counts in full"))


def _money(claim: Claim, lines: Sequence[CostLine], flows: Sequence[BankFlow]) -> Iterator[Finding]:
    """Contract, invoices and payments beside each other."""
    costs, paid = sum(one.amount_fen for one in lines), sum(one.amount_fen for one in flows)
    price = claim.list_fen - claim.discount_fen
    yield Finding(
        "price",
        costs <= price,
        Text(
            f"费用合计 {yuan(costs)} 元，合同让利后 {yuan(price)} 元",
            f"Costs come to {yuan(costs)} yuan, the contract after discount to {yuan(price)}",
        ),
    )
    yield Finding(
        "paid",
        paid >= costs or in_advance(claim),
        Text(
            f"付款流水合计 {yuan(paid)} 元，费用合计 {yuan(costs)} 元",
            f"Payments come to {yuan(paid)} yuan, costs to {yuan(costs)}",
        ),
    )


def _dates(claim: Claim, lines: Sequence[CostLine], flows: Sequence[BankFlow]) -> Iterator[Finding]:
    start = scheme_of(claim.scheme).in_force.start
    early = [one for one in lines if start and one.invoice_date < start]
    for line in early[:3]:
        yield Finding(
            f"early:{line.ordinal}",
            False,
            Text(
                f"发票 {line.invoice_number} 开于 {said_day(line.invoice_date).zh}，早于办法生效日"
                f" {said_day(start).zh}",
                f"Invoice {line.invoice_number} is of {said_day(line.invoice_date).en}, before"
                f" the scheme was"
                f" in force ({said_day(start).en})",
            ),
        )
    last = max((one.paid_date for one in flows), default=None)
    if last and claim.finished_date:
        yield Finding(
            "finished",
            True,
            Text(
                f"完工 {said_day(claim.finished_date).zh}，最后付款 {said_day(last).zh}",
                f"Finished {said_day(claim.finished_date).en}, last payment {said_day(last).en}",
            ),
        )


def _parties(claim: Claim) -> Iterator[Finding]:
    if claim.supplier is None:
        return
    tie = related(claim.organisation, claim.supplier)
    found = tie or Text("没有发现企业与服务商关联", "Firm and provider share nothing on record")
    yield Finding("related", tie is None, found)
