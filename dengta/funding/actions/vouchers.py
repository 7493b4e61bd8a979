"""Writes of funding: the voucher from application to payment. All money goes through the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.claim_keys import bank_flow_key, invoice_key
from dengta.core.claims import Claim, Described, Key, Photo
from dengta.core.money import yuan
from dengta.core.rules import Verdict
from dengta.core.shapes import FactValue, Text
from dengta.funding.actions import budgets
from dengta.funding.actions.register import Filed, enter, release
from dengta.funding.facts import granted_fen
from dengta.funding.models import Invoice, Voucher
from dengta.funding.queries.vouchers import (
    annual_cap_fen,
    cap_code,
    counted_spend_fen,
    findings,
    fund_of,
    owners_of,
    payable_code,
    pool,
    pool_code,
    verdict_for,
)
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.queries import organisation_of, people_of, policy
from dengta.trail.actions import Moved, StepRefused, advance, begin, notify
from dengta.trail.models import Event

BANK = budgets.BANK
CAPS = "caps/granted"
USED = "caps/used"
WITHOUT_MONEY = ("pass", "return", "reject", "approve", "withdraw")


class NotEligible(StepRefused):
    """The rule says no, or cannot say yes yet; `verdict` has every clause."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        failed = [c for c in verdict.clauses if c.outcome != "yes"]
        zh = "；".join(c.text.zh for c in failed)
        en = "; ".join(c.text.en for c in failed)
        super().__init__(
            Text(
                f"按现有资料还不能申领：以下条件未满足或缺少资料——{zh}。",
                f"Not eligible on what is known; not met or not known: {en}.",
            )
        )


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One row of the item list as typed; money in 分."""

    code: str
    number: str
    invoice_date: dt.date
    service: str
    amount_fen: int


def open_fund(year: int, *, at: dt.datetime | None = None) -> str:
    """Open the pool of a year with the money the policy gives it; more when the policy gives more.

    Idempotent. Returns the account's code. StepRefused if the policy has no money for the year.
    """
    fund = fund_of(year)
    if fund is None:
        raise StepRefused(
            Text(
                f"政策中没有 {year} 年的服务券资金。",
                f"The policy has no voucher money for {year}.",
            )
        )
    ledger.open_account(CAPS, "年度额度来源")
    ledger.open_account(USED, "年度额度使用")
    return budgets.open_fund(fund, at=at).code


def _top_up(
    source: str, account: str, wanted: int, *, kind: str, about: str, at: dt.datetime | None
) -> None:
    """Credit an account up to what the policy gives; nothing when it has that much already.

    The key names the total that was there, so whoever comes at the same moment posts the same.
    A policy that gives less than before takes nothing back by itself.
    """
    balance = books.balance(account)
    there = balance.credits_posted_fen if balance else 0
    if wanted > there:
        ledger.post(
            ledger.Entry(
                key=f"{kind}/{account}/{there}",
                debit=source,
                credit=account,
                amount_fen=wanted - there,
                kind=kind,
                about=about,
            ),
            at=at,
        )


def begin_voucher(actor: Actor, *, at: dt.datetime | None = None) -> Voucher:
    """A new draft for the actor's enterprise."""
    now = at or timezone.now()
    refuse_sanctioned(organisation_of(actor), timezone.localdate(now))
    voucher = Voucher(
        organisation_id=actor.organisation_id, year=timezone.localdate(now).year, created_at=now
    )
    begin(voucher, by=actor, at=now)
    return voucher


def save_draft(
    voucher: Voucher,
    actor: Actor,
    fields: Mapping[str, object],
    invoices: list[InvoiceLine] | None = None,
) -> None:
    """Keep what has been typed so far; only while the enterprise has the matter."""
    if voucher.organisation_id != actor.organisation_id:
        raise Voucher.DoesNotExist
    with transaction.atomic():
        _hold(voucher, fields)
        if invoices is not None:
            voucher.invoices.all().delete()
            Invoice.objects.bulk_create(
                [
                    Invoice(
                        voucher=voucher,
                        code=line.code,
                        number=line.number,
                        invoice_date=line.invoice_date,
                        service=line.service,
                        amount_fen=line.amount_fen,
                    )
                    for line in invoices
                ]
            )
    voucher.refresh_from_db()


def _hold(voucher: Voucher, fields: Mapping[str, object] | None = None) -> None:
    """Write to the row while the enterprise has the matter, which takes its lock; else Moved.

    What is typed and what is submitted thus never cross.
    """
    sources = voucher.flow.step("submit").sources
    held = Voucher.objects.filter(pk=voucher.pk, state__in=sources)
    if not held.update(year=voucher.year, **dict(fields or {})):
        raise Moved(
            Text(
                "这份申请已提交，不能再改。如需修改，请等退回补正，或撤回后重新申请。",
                "This application has been submitted. Wait for it to be returned, or withdraw it.",
            )
        )


def submit(voucher: Voucher, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Check the rule, take the invoices into the register, hand over to the district. All or
    nothing.

    Raises NotEligible, AlreadyClaimed, StepRefused (papers missing) or Moved.
    """
    now = at or timezone.now()
    with transaction.atomic():
        _hold(voucher)
        voucher.refresh_from_db()
        refuse_sanctioned(voucher.organisation, timezone.localdate(now))
        lines = list(voucher.invoices.all())
        _check_papers(voucher, lines)
        verdict = _decide(voucher, lines, timezone.localdate(now))
        enter(voucher, filed(voucher, lines), at=now)
        event = advance(
            voucher,
            "submit",
            by=actor,
            at=now,
            reasons=verdict.as_json("zh-hans"),
            evidence={
                "submitted_at": now,
                "spend_fen": verdict.facts["cloud_spend_fen"],
                "amount_fen": verdict.amount_fen,
                "verdict": verdict.as_json("zh-hans"),
                "exceptions": [f.text._asdict() for f in findings(voucher) if not f.ok],
                "policy_digest": policy().digest,
            },
        )
        _tell(voucher, event)
    return event


def _check_papers(voucher: Voucher, lines: list[Invoice]) -> None:
    """StepRefused when a paper is missing or an invoice is of another year."""
    if any(
        getattr(voucher, paper) is None
        for paper in ("supplier", "contract", "invoice_file", "payment_proof", "item_list")
    ):
        raise StepRefused(
            Text(
                "还缺材料：请选择供应商，并上传合同、发票、付款凭证和清单后再提交。",
                "Papers are missing: choose the supplier and upload contract, invoices, payment"
                " proof and list.",
            )
        )
    late = [line for line in lines if line.invoice_date.year != voucher.year]
    if late:
        raise StepRefused(
            Text(
                f"发票 {late[0].number} 的开票日期是 {late[0].invoice_date}，"
                f"只收 {voucher.year} 年开具的发票。请去掉这张发票后再提交。",
                f"Invoice {late[0].number} is dated {late[0].invoice_date}; only invoices of "
                f"{voucher.year} count. Remove it and submit again.",
            )
        )


def _decide(voucher: Voucher, lines: list[Invoice], day: dt.date) -> Verdict:
    """The verdict on an application; NotEligible unless it is yes with an amount."""
    spend = counted_spend_fen(voucher)
    stated: dict[str, FactValue] = {
        "cloud_depth": voucher.depth or None,
        "cloud_spend_fen": spend,
        # A draft begun in December draws on the year it was begun in.
        "vouchers_this_year_fen": granted_fen(voucher.organisation, voucher.year),
    }
    verdict = verdict_for(voucher.organisation, day, stated)
    if verdict.outcome != "yes" or not verdict.amount_fen:
        raise NotEligible(verdict)
    return verdict


def filed(voucher: Voucher, lines: list[Invoice]) -> Filed:
    """What an application rests on, for the register."""
    amounts: dict[str, int] = {}
    for line in lines:
        key = invoice_key(line.code, line.number)
        amounts[key] = amounts.get(key, 0) + line.amount_fen
    keys = [Key("invoice", key, amount) for key, amount in amounts.items()]
    if flow := bank_flow_key(voucher.bank_flow):
        keys.append(Key("bank_flow", flow, voucher.paid_by_firm_fen))
    organisation, supplier = voucher.organisation, voucher.supplier
    papers = (voucher.contract, voucher.invoice_file, voucher.payment_proof, voucher.item_list)
    claim = Claim(
        id=voucher.number,
        claimant=organisation.uscc,
        amount_fen=sum(amounts.values()),
        suppliers=(supplier.uscc,) if supplier else (),
        keys=tuple(keys),
        texts=tuple(Described(line.service, line.amount_fen) for line in lines),
        pictures=tuple(
            Photo(paper.picture, sum(amounts.values())) for paper in papers if paper is not None
        ),
    )
    return Filed(
        voucher.number, organisation, voucher.programme, voucher.year, claim, totals=amounts
    )


def take(
    voucher: Voucher, step: str, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """A step that moves no money (WITHOUT_MONEY); ValueError for one that has its own action."""
    if step not in WITHOUT_MONEY:
        raise ValueError(f"{step} has an action of its own")
    with transaction.atomic():
        event = advance(voucher, step, by=actor, note=note, at=at)
        if voucher.flow.state(voucher.state).final:
            release(voucher, at=event.at)
        _tell(voucher, event)
    return event


def issue(
    voucher: Voucher,
    actor: Actor,
    *,
    amount_fen: int | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Reserve the money on the pool and on the enterprise's yearly cap, as one; the voucher
    holds a year.

    `amount_fen` may be less than the rule gives, with a reason. StepRefused when pool or cap has
    less left.
    """
    now = at or timezone.now()
    granted = voucher.amount_fen if amount_fen is None else amount_fen
    if not 0 < granted <= voucher.amount_fen:
        raise StepRefused(
            Text(
                f"发放金额须在 0.01 元至核定的 {yuan(voucher.amount_fen)} 元之间。",
                f"The amount must lie between 0.01 and {yuan(voucher.amount_fen)} yuan.",
            )
        )
    if granted < voucher.amount_fen and not note.strip():
        raise StepRefused(
            Text(
                "发放金额少于核定金额，需要写明理由。",
                "Issuing less than the rule gives needs a reason.",
            )
        )
    fund = fund_of(voucher.year)
    if fund is None or pool(voucher.year) is None:
        raise StepRefused(
            Text(
                f"{voucher.year} 年的资金池还没有开设，不能发券。",
                f"The pool of {voucher.year} has not been opened; nothing can be issued.",
            )
        )
    uscc, day = voucher.organisation.uscc, timezone.localdate(now)
    _open_accounts(voucher, now)
    with transaction.atomic():
        event = advance(
            voucher,
            "issue",
            by=actor,
            note=note,
            at=now,
            evidence={"granted_fen": granted, "expires_date": day + dt.timedelta(days=365)},
        )
        _reserve(voucher, granted, pool_code(fund), cap_code(voucher.year, uscc), now)
        _tell(voucher, event)
    return event


def _open_accounts(voucher: Voucher, at: dt.datetime) -> None:
    """The enterprise's accounts, and its allowance: what the yearly cap says beyond that given."""
    uscc = voucher.organisation.uscc
    cap = cap_code(voucher.year, uscc)
    ledger.open_account(payable_code(uscc), f"应付 {voucher.organisation.name}")
    ledger.open_account(cap, f"{voucher.organisation.name} {voucher.year} 年额度", guard="credits")
    wanted = annual_cap_fen(timezone.localdate(at))
    _top_up(CAPS, cap, wanted, kind="allow", about=uscc, at=at)


def _reserve(voucher: Voucher, granted: int, pool: str, cap: str, at: dt.datetime) -> None:
    payable = payable_code(voucher.organisation.uscc)
    try:
        ledger.reserve_many(
            [
                ledger.Entry(
                    key=f"issue/{voucher.number}",
                    debit=pool,
                    credit=payable,
                    amount_fen=granted,
                    kind="voucher",
                    about=voucher.number,
                ),
                ledger.Entry(
                    key=f"cap/{voucher.number}",
                    debit=cap,
                    credit=USED,
                    amount_fen=granted,
                    kind="cap",
                    about=voucher.number,
                ),
            ],
            at=at,
        )
    except ledger.Overspent as short:
        what = (
            Text("资金池", "The pool")
            if short.account == pool
            else Text("企业本年度额度", "The yearly cap")
        )
        raise StepRefused(
            Text(
                f"{what.zh}只剩 {yuan(short.left_fen)} 元，不够发放 {yuan(granted)} 元，没有发券。"
                "可以在说明理由后按剩余额度部分发放。",
                f"{what.en} has {yuan(short.left_fen)} yuan left, not the {yuan(granted)} asked. "
                "Nothing was issued; you may issue part of it with a reason.",
            )
        ) from short


def redeem(
    voucher: Voucher, actor: Actor, *, amount_fen: int | None = None, at: dt.datetime | None = None
) -> Event:
    """The enterprise redeems all or part of what was issued; after the expiry date it is
    refused."""
    now = at or timezone.now()
    granted = voucher.granted_fen or 0
    amount = granted if amount_fen is None else amount_fen
    if voucher.expires_date and timezone.localdate(now) > voucher.expires_date:
        raise StepRefused(
            Text(
                f"服务券已于 {voucher.expires_date} 过期，不能核销；额度已退回资金池。",
                f"The voucher expired on {voucher.expires_date} and cannot be redeemed.",
            )
        )
    if not 0 < amount <= granted:
        raise StepRefused(
            Text(
                f"核销金额须在 0.01 元至 {yuan(granted)} 元之间。",
                f"The amount must lie between 0.01 and {yuan(granted)} yuan.",
            )
        )
    with transaction.atomic():
        event = advance(voucher, "redeem", by=actor, at=now, evidence={"redeemed_fen": amount})
        _tell(voucher, event)
    return event


def settle(voucher: Voucher, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Post what was redeemed to the enterprise's payable; the rest returns to pool and cap."""
    with transaction.atomic():
        event = advance(voucher, "settle", by=actor, at=at)
        redeemed = voucher.redeemed_fen
        keys = (f"issue/{voucher.number}", f"cap/{voucher.number}")
        ledger.settle_many([(key, redeemed) for key in keys], at=event.at)
        _tell(voucher, event)
    return event


def pay(
    voucher: Voucher, actor: Actor, *, payment_number: str, at: dt.datetime | None = None
) -> Event:
    """Record the bank's payment; the number of its slip is the evidence."""
    now = at or timezone.now()
    if not payment_number.strip():
        raise StepRefused(
            Text("请填写拨付凭证号，便于企业和审计核对。", "Give the payment slip's number.")
        )
    with transaction.atomic():
        event = advance(
            voucher,
            "pay",
            by=actor,
            at=now,
            evidence={"paid_at": now, "payment_number": payment_number.strip()[:60]},
        )
        ledger.post(
            ledger.Entry(
                key=f"pay/{voucher.number}",
                debit=payable_code(voucher.organisation.uscc),
                credit=BANK,
                amount_fen=voucher.redeemed_fen or 0,
                kind="pay",
                about=voucher.number,
            ),
            at=now,
        )
        _tell(voucher, event)
    return event


def expire_due(day: dt.date) -> int:
    """Expire every issued voucher past its date and give the money back. Idempotent. Returns how
    many."""
    count = 0
    for voucher in Voucher.objects.filter(state="issued", expires_date__lt=day):
        try:
            with transaction.atomic():
                event = advance(voucher, "expire", by=SYSTEM)
                ledger.release_many([f"issue/{voucher.number}", f"cap/{voucher.number}"])
                release(voucher, at=event.at)
                _tell(voucher, event)
        except Moved:  # another run of the same command was there first
            continue
        count += 1
    return count


def _tell(voucher: Voucher, event: Event) -> None:
    """Notices to the enterprise and to whoever has the matter now."""
    state = voucher.flow.state(voucher.state)
    body = Text(event.note, event.note)
    notify(
        event,
        people_of(voucher.organisation_id),
        subject=Text(
            f"{voucher.number}：{state.public.zh}", f"{voucher.number}: {state.public.en}"
        ),
        body=body,
        link=f"/enterprise/vouchers/{voucher.pk}/",
    )
    notify(
        event,
        owners_of(voucher),
        subject=Text(
            f"{voucher.number} {voucher.organisation.name}：{state.name.zh}",
            f"{voucher.number} {voucher.organisation.name}: {state.name.en}",
        ),
        body=body,
        link=f"/official/vouchers/{voucher.pk}/",
    )
