"""Writes of public expenditure: what a pilot place paid out of the public part of its money.

One official records it with contract and invoice, another books it: one transfer out of the place's
public account, which is guarded, so that no more goes out than came in. Its invoice and contract
are held in the register (see `actions.register`), so that no firm claims them as well. What came in
is bounded by the share of enterprises (see `actions.budgets`): the public part can never be more
than the rule leaves to it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.claim_keys import invoice_key
from dengta.core.codes import normal_uscc, uscc_fault
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.actions.budgets import BANK, MOST_FEN
from dengta.funding.actions.order_limits import short_of
from dengta.funding.actions.register import free_public, hold_public
from dengta.funding.actions.separation import refuse_maker
from dengta.funding.models import PublicExpense
from dengta.funding.queries.budgets import place_name, room_in
from dengta.funding.queries.public_spending import public_budget
from dengta.funding.queries.register import contract_of
from dengta.ledger import actions as ledger
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin
from dengta.trail.models import Document, Event


@dataclass(frozen=True, slots=True)
class Spent:
    """What was paid: for what, to whom, by which contract and invoice, when, how much in 分."""

    purpose: str
    payee_name: str
    payee_uscc: str
    invoice_number: str
    spent_date: dt.date
    amount_fen: int
    evidence: Document
    contract_number: str = ""
    invoice_code: str = ""


def record(
    actor: Actor, fund: str, spent: Spent, *, key: str, at: dt.datetime | None = None
) -> PublicExpense:
    """Record what the actor's place paid out of a fund's public part. The same `key` twice is one.

    NotAllowed for an office whose place has no such part; StepRefused naming what is missing, for
    an invoice or a contract that was claimed, an invoice that was recorded before, and for more
    than the part has free.
    """
    now = at or timezone.now()
    made = PublicExpense.objects.filter(key=key).first()
    if made is not None:
        return made
    budget = public_budget(actor, fund)
    if budget is None:
        raise NotAllowed(
            Text(
                "本地区没有这项资金的公共服务部分，不能登记支出。请由试点地区的经信部门登记。",
                "Your place has no public part of this fund; the office of a pilot place records"
                " what it spends.",
            )
        )
    invoice = _checked(spent, timezone.localdate(now))
    if spent.amount_fen > room_in(budget).left_fen:
        raise short_of(budget, spent.amount_fen, Text("没有登记", "nothing was recorded"))
    expense = PublicExpense(
        budget=budget, region_code=budget.region_code, purpose=spent.purpose.strip()[:200],
        payee_name=spent.payee_name.strip()[:120], payee_uscc=normal_uscc(spent.payee_uscc),
        contract_number=spent.contract_number.strip()[:60], invoice=invoice,
        spent_date=spent.spent_date, amount_fen=spent.amount_fen, evidence=spent.evidence,
        user_id=actor.user_id or None, key=key, created_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            begin(expense, by=actor, at=now)
            hold_public(invoice, expense.amount_fen, contract_of(expense))
    except IntegrityError as there:
        made = PublicExpense.objects.filter(key=key).first()
        if made is None:
            raise StepRefused(_recorded(invoice)) from there
        return made
    return expense


def _checked(spent: Spent, today: dt.date) -> str:
    """The invoice's key. StepRefused with the first thing that cannot be."""
    fault = uscc_fault(spent.payee_uscc)
    invoice = invoice_key(spent.invoice_code, spent.invoice_number)
    if not 0 < spent.amount_fen <= MOST_FEN:
        raise StepRefused(Text("金额须大于零。请填写付款金额。", "The amount must be above zero."))
    if not (spent.purpose.strip() and spent.payee_name.strip()):
        raise StepRefused(Text("请写明支出用途和收款单位。", "Say what was paid for, and to whom."))
    if fault is not None:
        raise StepRefused(
            Text(
                f"收款单位统一社会信用代码“{spent.payee_uscc[:30]}”有误：{fault.zh}",
                f"The payee's code “{spent.payee_uscc[:30]}” is not right: {fault.en}",
            )
        )
    if not invoice:
        raise StepRefused(Text("请填写发票号码。", "Give the number of the invoice."))
    if spent.spent_date > today:
        raise StepRefused(
            Text(
                f"付款日期 {said_day(spent.spent_date).zh} 在今天之后。请填写实际付款的日期。",
                f"The day of payment {said_day(spent.spent_date).en} is still to come. Give"
                " the day on which it"
                " was paid.",
            )
        )
    if PublicExpense.objects.filter(invoice=invoice).exclude(state="refused").exists():
        raise StepRefused(_recorded(invoice))
    return invoice


def _recorded(invoice: str) -> Text:
    return Text(
        f"发票 {invoice} 已登记过支出，同一张发票只能登记一次。请核对发票号码。",
        f"The invoice {invoice} is recorded already; each is recorded once. Check its number.",
    )


def book(
    expense: PublicExpense, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """Check and book an expenditure: state and transfer together, once.

    Whoever recorded it leaves this to a colleague, or alone in the office gives a note. NotAllowed
    for another office; StepRefused with what is left where the public part does not reach.
    """
    now = at or timezone.now()
    _must_own(expense, actor)
    ledger.open_accounts({BANK: "已付出资金"}, at=now)
    try:
        with transaction.atomic():
            alone = _refuse_maker(expense, actor, note)
            event = advance(
                expense, "book", by=actor, note=note, at=now, evidence={"booked_at": now},
                reasons={"same_person": alone},
            )  # fmt: skip
            ledger.post(_entry(expense), at=now)
    except ledger.Overspent as short:
        expense.refresh_from_db()
        done = Text("没有入账", "nothing was booked")
        raise short_of(expense.budget, expense.amount_fen, done) from short
    except Moved:
        expense.refresh_from_db()
        raise
    return event


def _entry(expense: PublicExpense) -> ledger.Entry:
    return ledger.Entry(
        key=f"public/{expense.number}", debit=expense.budget.code, credit=BANK,
        amount_fen=expense.amount_fen, kind="public", memo=expense.purpose[:200],
        about=expense.number,
    )  # fmt: skip


def refuse(
    expense: PublicExpense, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """Do not book an expenditure; the reason is kept, and its invoice and contract may be recorded
    or claimed anew."""
    _must_own(expense, actor)
    with transaction.atomic():
        event = advance(expense, "refuse", by=actor, note=note, at=at)
        free_public(expense)
    return event


def may_decide(actor: Actor, expense: PublicExpense) -> bool:
    """Whether an office books or refuses an expenditure: that of the place that spends."""
    return actor.role in ("city", "county") and actor.region == expense.region_code


def _must_own(expense: PublicExpense, actor: Actor) -> None:
    if not may_decide(actor, expense):
        name = place_name(expense.budget)
        raise NotAllowed(
            Text(
                f"{name.zh}由当地经信部门登记和入账，不在您的岗位权限内。",
                f"{name.en}: its own office records and books what is spent.",
            )
        )


def _refuse_maker(expense: PublicExpense, actor: Actor, note: str) -> bool:
    return refuse_maker(
        expense.user_id, actor, actor.region, note,
        colleague=Text(
            "登记和复核入账属于不相容岗位，应由两人分别办理。请由本单位另一位经办人入账。",
            "Recording and booking are posts that one person may not hold together. Have a"
            " colleague of your office book it.",
        ),
        alone=Text(
            "本单位只有您一位经办人，登记和入账由同一人办理须在说明中写明复核人和理由。",
            "You are the only official of your office: give a note that says who checked it and"
            " why one person records and books it.",
        ),
    )  # fmt: skip
