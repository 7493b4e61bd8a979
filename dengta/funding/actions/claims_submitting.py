"""Writes of handing in a claim: submitting, withdrawing. What it rests on is entered into the
register with the submission, all or nothing; handing in twice is handing in once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core import claims as core
from dengta.core.claim_keys import (
    bank_flow_key,
    contract_key,
    invoice_key,
    invoice_line_key,
    serial_key,
)
from dengta.core.rules import Verdict
from dengta.core.schemes import Scheme
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.core.workdays import months_after
from dengta.funding.actions.claims_filling import WRITABLE, hold, only_owner
from dengta.funding.actions.claims_telling import tell
from dengta.funding.actions.eligibility import NotEligible
from dengta.funding.actions.register import Filed, enter, release
from dengta.funding.actions.reserving import release_rest
from dengta.funding.models import OPEN_CLAIM, BankFlow, Claim, ClaimPaper, CostLine
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.claims import CHECKING, lost_voucher
from dengta.funding.queries.claims_amounts import (
    Calculated,
    calculate,
    facts_for,
    in_advance,
    verdict_for,
)
from dengta.funding.queries.claims_checks import findings
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, StepRefused, advance
from dengta.trail.models import Event

HANDED_IN = ("submit", "confirm")


class Incomplete(StepRefused):
    """What is missing before a claim can be submitted, all at once; `missing` lists it."""

    def __init__(self, missing: Sequence[Text]) -> None:
        self.missing = tuple(missing)
        zh, en = "；".join(one.zh for one in missing), "; ".join(one.en for one in missing)
        super().__init__(
            Text(
                f"还有 {len(missing)} 项没有备齐：{zh}。补齐后即可提交，已填的内容都在。",
                f"{len(missing)} things are missing: {en}. Add them and submit; what is filled in"
                " is kept.",
            )
        )


def submit(claim: Claim, actor: Actor, *, agreed_by: str, at: dt.datetime | None = None) -> Event:
    """Hand a claim in: complete, eligible, in time, the terms of sanction agreed to, nothing of it
    claimed before.

    Handed in already, it is the event of that time. Incomplete, NotEligible, AlreadyClaimed (names
    the earlier claim), StepRefused or Moved otherwise; then nothing was written.
    """
    now = at or timezone.now()
    only_owner(claim, actor)
    try:
        with transaction.atomic():
            try:
                hold(claim, WRITABLE)
            except Moved:
                return handed_in(claim)
            return _hand_in(claim, actor, agreed_by, now)
    except StepRefused:
        claim.refresh_from_db()
        raise


def handed_in(claim: Claim) -> Event:
    """The event with which a claim was handed in last. Moved when that does not stand any more."""
    found = Event.objects.filter(flow="claim", thing_id=claim.pk, step__in=HANDED_IN)
    event = found.order_by("-id").first()
    if event is None or claim.state in OPEN_CLAIM:
        state = claim.flow.state(claim.state).public
        raise Moved(
            Text(
                f"{claim.number} 现在的状态是“{state.zh}”，不能提交。",
                f"{claim.number} is now “{state.en}” and cannot be submitted.",
            )
        )
    return event


def _hand_in(claim: Claim, actor: Actor, agreed_by: str, now: dt.datetime) -> Event:
    scheme, day = scheme_of(claim.scheme), timezone.localdate(now)
    lines, flows = list(claim.lines.order_by("ordinal")), list(claim.flows.order_by("id"))
    papers = list(claim.papers.filter(removed_at=None).select_related("document"))
    for party in filter(None, (claim.organisation, claim.payee, claim.supplier)):
        refuse_sanctioned(party, day)
    if (lost := lost_voucher(claim, day)) is not None:
        raise StepRefused(lost)
    _in_time(claim, scheme, day)
    _complete(claim, scheme, lines, flows, papers)
    signed = agreed(agreed_by)
    _each_once(lines)
    sum_ = calculate(claim, lines, None, day)
    if sum_.fault is not None:
        raise StepRefused(sum_.fault)
    # Whoever may redeem a voucher was decided when it was granted; the clauses are shown only.
    verdict = verdict_for(claim, day, facts_for(claim, day, sum_.counted_fen))
    if verdict.outcome != "yes" and claim.voucher_id is None:
        raise NotEligible(verdict)
    if not sum_.amount_fen:
        raise StepRefused(_nothing(sum_))
    found = findings(claim, lines, flows, sum_, verdict)
    enter(claim, filed(claim, lines, flows, papers), at=now)
    event = advance(
        claim, "submit", by=actor, at=now,
        reasons={
            "eligible": verdict.outcome,
            "computed_fen": sum_.amount_fen,
            "exceptions": sum(not one.ok for one in found),
            "policy_digest": policy().digest,
        },
        evidence=evidence_of(claim, scheme, sum_, verdict, signed, now)
        | {
            "findings": [one.as_json() for one in found],
            "exceptions": sum(not one.ok for one in found),
        },
    )  # fmt: skip
    tell(claim, event)
    return event


def evidence_of(
    claim: Claim,
    scheme: Scheme,
    sum_: Calculated,
    verdict: Verdict,
    agreed_by: str,
    now: dt.datetime,
) -> dict[str, Any]:
    """What is kept of a claim as it is handed in."""
    return {
        "submitted_at": now,
        "claimed_fen": sum_.claimed_fen,
        "counted_fen": sum_.counted_fen,
        "computed_fen": sum_.amount_fen,
        "calculation": {"submitted": sum_.as_json(), "now": sum_.as_json()},
        "verdict": verdict.as_json("zh-hans"),
        "policy_digest": policy().digest,
        "terms": [term._asdict() for term in scheme.sanction],
        "agreed_by": agreed_by,
        "agreed_at": now,
    }


def agreed(name: str) -> str:
    """The name of whoever agrees to the terms, in one line. StepRefused without."""
    name = name.strip()
    if not name or len(name) > 60 or not name.isprintable():
        raise StepRefused(
            Text(
                "请填写承诺人姓名（一行，最多 60 字），同意页面上的惩戒条款后提交。",
                "Name the person who agrees to the terms of sanction, in one line of 60 signs.",
            )
        )
    return name


def _in_time(claim: Claim, scheme: Scheme, day: dt.date) -> None:
    """StepRefused when the time to claim after finishing is over, or the work lies ahead."""
    finished = claim.finished_date
    if finished is None or scheme.accept_months is None or in_advance(claim, scheme):
        return
    if claim.project_id is not None:
        return  # its acceptance was asked for in time
    until = months_after(finished, scheme.accept_months)
    if finished > day:
        raise StepRefused(
            Text(
                f"完工日期 {said_day(finished).zh} 还没有到，完工后再申领。请核对完工日期。",
                f"The date of completion, {said_day(finished).en}, lies ahead. Claim once the"
                f" work is done.",
            )
        )
    if day > until:
        raise StepRefused(
            Text(
                f"项目 {said_day(finished).zh} 完工，应在 {scheme.accept_months}"
                f" 个月内（{said_day(until).zh} 前）申领，"
                "现已超过。如完工日期有误请更正；确有特殊原因的，请联系所在区县经信部门。",
                f"Finished on {said_day(finished).en}, the project had to be claimed by"
                f" {said_day(until).en}. Correct the"
                " date if it is wrong, or ask your county office.",
            )
        )


def _complete(
    claim: Claim,
    scheme: Scheme,
    lines: Sequence[CostLine],
    flows: Sequence[BankFlow],
    papers: Sequence[ClaimPaper],
) -> None:
    """Incomplete with everything that is still missing."""
    advance_paid = in_advance(claim, scheme)
    needed: dict[str, tuple[object, Text]] = {
        "title": (claim.title, Text("项目名称", "the project's name")),
        "supplier": (claim.supplier_id, Text("数字化服务商", "the provider")),
        "contract_number": (claim.contract_number, Text("合同编号", "the contract's number")),
        "list_fen": (claim.list_fen, Text("合同总价", "the price")),
        "account_number": (claim.account_number, Text("收款账户", "the bank account")),
        "bank_name": (claim.bank_name, Text("开户银行", "the bank")),
        "lines": (lines, Text("费用明细", "cost lines")),
    }
    if not advance_paid and claim.voucher_id is None:
        needed |= {
            "flows": (flows, Text("付款流水", "bank flows")),
            "finished_date": (claim.finished_date, Text("完工日期", "the date of completion")),
        }
    if {one.when for one in scheme.instalments} == {"accepted"}:
        needed["accepted_date"] = (claim.accepted_date, Text("验收日期", "the acceptance date"))
    missing = [name for value, name in needed.values() if not value]
    if not advance_paid and any(not line.invoice_number.strip() for line in lines):
        missing.append(Text("每行费用的发票号码", "an invoice number for each line"))
    there = {paper.need for paper in papers}
    missing += [one.text for one in scheme.needs if one.required and one.id not in there]
    if missing:
        raise Incomplete(missing)


def _nothing(sum_: Calculated) -> Text:
    """Why the rule gives nothing."""
    last = sum_.granted.steps[-1].text if sum_.granted and sum_.granted.steps else Text("", "")
    return Text(
        f"按办法计算没有可补的金额，没有提交。{last.zh}请核对费用类别和金额。",
        f"By the scheme there is nothing to be paid; nothing was submitted. {last.en} Check the"
        " classes and amounts.",
    )


def filed(
    claim: Claim,
    lines: Sequence[CostLine],
    flows: Sequence[BankFlow],
    papers: Sequence[ClaimPaper],
) -> Filed:
    """What a claim rests on, for the register: invoice lines, contract between its parties, bank
    flows, serial numbers, wordings, pictures, suppliers and the totals of its invoices."""
    amounts: dict[tuple[str, str], int] = {}
    totals: dict[str, int] = {}
    for line in lines:
        key = invoice_line_key(line.invoice_code, line.invoice_number, line.invoice_line)
        if key:
            invoice = invoice_key(line.invoice_code, line.invoice_number)
            _one_total(totals, invoice, line)
            amounts["invoice", key] = amounts.get(("invoice", key), 0) + line.amount_fen
        if serial := serial_key(line.serial, line.model):
            amounts["serial", serial] = amounts.get(("serial", serial), 0) + line.amount_fen
    cost = sum(line.amount_fen for line in lines)
    uscc, supplier = claim.organisation.uscc, claim.supplier
    suppliers = (supplier.uscc,) if supplier else ()
    contracts: tuple[str, ...] = ()
    if claim.voucher_id is None and (
        contract := contract_key(claim.contract_number, (uscc, *suppliers))
    ):
        amounts["contract", contract] = cost
        contracts = tuple(contract_key(claim.contract_number, [one]) for one in suppliers)
    for flow in flows:
        amounts["bank_flow", bank_flow_key(flow.number)] = flow.amount_fen
    content = core.Claim(
        id=claim.number,
        claimant=uscc,
        amount_fen=cost,
        suppliers=suppliers,
        contracts=contracts,
        keys=tuple(
            core.Key(kind, key, fen)  # type: ignore[arg-type]
            for (kind, key), fen in amounts.items()
        ),
        texts=tuple(core.Described(line.text, line.amount_fen) for line in lines),
        pictures=tuple(
            core.Photo(paper.document.picture, cost) for paper in papers if paper.document.picture
        ),
    )
    return Filed(
        claim.number, claim.organisation, claim.programme, claim.year, content, totals=totals
    )


def _each_once(lines: Sequence[CostLine]) -> None:
    """StepRefused when a claim has one line of an invoice twice."""
    seen: dict[str, int] = {}
    for line in lines:
        if not line.invoice_line:
            continue
        key = invoice_line_key(line.invoice_code, line.invoice_number, line.invoice_line)
        before = seen.setdefault(key, line.ordinal)
        if before != line.ordinal:
            raise StepRefused(
                Text(
                    f"费用第 {before} 行和第 {line.ordinal} 行是发票 {line.invoice_number} 的同一行"
                    f"（第 {line.invoice_line} 行），不能计两次。请删去一行，或改正发票行后提交。",
                    f"Lines {before} and {line.ordinal} are both line {line.invoice_line} of"
                    f" invoice {line.invoice_number}, which cannot count twice. Remove one, or"
                    " correct its line number.",
                )
            )


def _one_total(totals: dict[str, int], invoice: str, line: CostLine) -> None:
    """StepRefused when two lines of one invoice give it different totals."""
    total = totals.setdefault(invoice, line.invoice_total_fen)
    if total != line.invoice_total_fen:
        raise StepRefused(
            Text(
                f"费用第 {line.ordinal} 行：发票 {line.invoice_number} 的价税合计与前面的行不一致，"
                "同一张发票只有一个合计。请按票面改成一致后提交。",
                f"Line {line.ordinal}: the total of invoice {line.invoice_number} differs from an"
                " earlier line's. Give the one printed on it.",
            )
        )


def withdraw(claim: Claim, actor: Actor, *, note: str = "", at: dt.datetime | None = None) -> Event:
    """Take a claim back; whatever it rests on may be claimed anew. Withdrawn already, it is the
    event of that time."""
    only_owner(claim, actor)
    with transaction.atomic():
        try:
            hold(claim, (*WRITABLE, *CHECKING))
        except Moved:
            done = Event.objects.filter(flow="claim", thing_id=claim.pk, step="withdraw").first()
            if done is None:
                raise
            return done
        event = advance(claim, "withdraw", by=actor, note=note, at=at)
        let_go(claim, event.at)
        tell(claim, event)
    return event


def let_go(claim: Claim, at: dt.datetime) -> None:
    """A claim is over without money: the register, what was set aside and its key are free."""
    release(claim, at=at)
    release_rest(claim, at=at)
    Claim.objects.filter(pk=claim.pk).update(key=f"{claim.key[:100]}#{claim.pk}")
    claim.refresh_from_db()
