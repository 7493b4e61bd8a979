"""上云服务券: applied for, checked, reviewed, issued. What is done with one that was issued
stands in `vouchers_redeeming`; all money goes through the ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.claim_keys import bank_flow_key, invoice_key
from dengta.core.claims import Claim, Described, Key, Photo
from dengta.core.money import yuan
from dengta.core.rules import Verdict
from dengta.core.schemes import Scheme
from dengta.core.shapes import FactValue, Text
from dengta.core.wording import said_day
from dengta.funding.actions.eligibility import NotEligible
from dengta.funding.actions.hits import stop_if_open
from dengta.funding.actions.register import Filed, enter, release
from dengta.funding.actions.reserving import allow_all, short_of
from dengta.funding.actions.vouchers_money import Purses, issue_entries
from dengta.funding.actions.vouchers_money import open_fund as open_fund
from dengta.funding.facts import granted_fen
from dengta.funding.models import Invoice, Voucher
from dengta.funding.queries.budgets import voucher_code
from dengta.funding.queries.vouchers import (
    SCHEME,
    counted_spend_fen,
    edition,
    findings,
    granted_by,
    owners_of,
    sanctioned,
    scheme_on,
    terms_of,
    verdict_for,
)
from dengta.ledger import actions as ledger
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.queries import organisation_of, people_of, policy
from dengta.trail.actions import Moved, StepRefused, advance, begin, notify
from dengta.trail.models import Event

WITHOUT_MONEY = ("pass", "return", "reject", "approve", "withdraw")


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One row of the item list as typed; money in 分."""

    code: str
    number: str
    invoice_date: dt.date
    service: str
    amount_fen: int


def begin_voucher(actor: Actor, *, at: dt.datetime | None = None) -> Voucher:
    """A new draft for the actor's enterprise."""
    now = at or timezone.now()
    day = timezone.localdate(now)
    refuse_sanctioned(organisation_of(actor), day)
    scheme = scheme_on(SCHEME, day)
    voucher = Voucher(
        organisation_id=actor.organisation_id,
        scheme=scheme.edition,
        programme=scheme.programme,
        year=day.year,
        created_at=now,
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
    nothing. The amount is what the scheme in force on the day gives.

    Raises NotEligible, AlreadyClaimed, StepRefused (papers or consent missing) or Moved.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    with transaction.atomic():
        _hold(voucher)
        voucher.refresh_from_db()
        refuse_sanctioned(voucher.organisation, day)
        scheme = scheme_on(edition(voucher.scheme).id, day)
        lines = list(voucher.invoices.all())
        _check_papers(voucher, lines)
        check_terms(scheme, voucher.terms, voucher.agreed_by)
        verdict = _decide(voucher, lines, day)
        spend = counted_spend_fen(voucher)
        given = granted_by(voucher.organisation, scheme, voucher.year, verdict.facts, spend)
        if not given.amount_fen:
            raise NotEligible(verdict)
        enter(voucher, filed(voucher, lines), at=now)
        event = advance(
            voucher,
            "submit",
            by=actor,
            at=now,
            reasons=verdict.as_json("zh-hans"),
            evidence={
                "scheme": scheme.edition,
                "submitted_at": now,
                "spend_fen": spend,
                "amount_fen": given.amount_fen,
                "verdict": verdict.as_json("zh-hans"),
                "exceptions": [f.text._asdict() for f in findings(voucher) if not f.ok],
                "policy_digest": policy().digest,
            },
        )
        tell(voucher, event)
    return event


def check_terms(scheme: Scheme, terms: object, agreed_by: str) -> None:
    """StepRefused unless somebody agreed, by name, to the terms of sanction as they stand."""
    if scheme.sanction and terms != terms_of(scheme):
        raise StepRefused(
            Text(
                "还没有同意承诺条款。请阅读“承诺”部分的条款并勾选同意，再提交。",
                "The terms have not been agreed to. Read them and tick the box, then submit.",
            )
        )
    if not agreed_by.strip():
        raise StepRefused(
            Text(
                "还没有填写承诺人姓名。请由法定代表人或经办人填写本人姓名，再提交。",
                "The name of who agrees to the terms is missing. Fill it in, then submit.",
            )
        )


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
                f"发票 {late[0].number} 的开票日期是 {said_day(late[0].invoice_date).zh}，"
                f"只收 {voucher.year} 年开具的发票。请去掉这张发票后再提交。",
                f"Invoice {late[0].number} is dated {said_day(late[0].invoice_date).en}; only"
                f" invoices of "
                f"{voucher.year} count. Remove it and submit again.",
            )
        )


def _decide(voucher: Voucher, lines: list[Invoice], day: dt.date) -> Verdict:
    """The verdict on an application; NotEligible unless it is yes."""
    spend = counted_spend_fen(voucher)
    stated: dict[str, FactValue] = {
        "cloud_depth": voucher.depth or None,
        "cloud_spend_fen": spend,
        # A draft begun in December draws on the year it was begun in.
        "vouchers_this_year_fen": granted_fen(
            voucher.organisation, voucher.year, voucher.programme
        ),
    }
    verdict = verdict_for(voucher.organisation, day, stated, voucher.programme)
    if verdict.outcome != "yes":
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
        tell(voucher, event)
    return event


def issue(
    voucher: Voucher,
    actor: Actor,
    *,
    amount_fen: int | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Post the money from the purses to the voucher, and take it from the firm's year and the
    scheme's, as one; how long it holds is said by the scheme.

    `amount_fen` may be less than the rule gives, with a reason. StepRefused when something has
    less left, under an open hit of the duplicate check, and for a firm under a sanction.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    granted = voucher.amount_fen if amount_fen is None else amount_fen
    _check_amount(granted, voucher.amount_fen, note)
    scheme = edition(voucher.scheme)
    purses = Purses(scheme, voucher.year)
    entries = issue_entries(purses, voucher, granted)
    organisation = voucher.organisation
    allow_all(purses.bounds(organisation.uscc, organisation.region_code), now)
    ledger.open_account(voucher_code(voucher.number), f"服务券 {voucher.number}", "credits", at=now)
    with transaction.atomic():
        may_issue(voucher, day)
        event = advance(
            voucher,
            "issue",
            by=actor,
            note=note,
            at=now,
            evidence={"granted_fen": granted, "expires_date": last_day(scheme, day)},
        )
        try:
            ledger.post_many(entries, at=now)
        except ledger.Overspent as short:
            raise short_of(granted, short) from short
        tell(voucher, event)
    return event


def _check_amount(granted: int, most: int, note: str) -> None:
    if not 0 < granted <= most:
        raise StepRefused(
            Text(
                f"发放金额须在 0.01 元至核定的 {yuan(most)} 元之间。",
                f"The amount must lie between 0.01 and {yuan(most)} yuan.",
            )
        )
    if granted < most and not note.strip():
        raise StepRefused(
            Text(
                "发放金额少于核定金额，需要写明理由。",
                "Issuing less than the rule gives needs a reason.",
            )
        )


def may_issue(voucher: Voucher, day: dt.date) -> None:
    """StepRefused under a hit of the duplicate check that is open or upheld, before it is screened,
    and for a firm under a sanction."""
    stop_if_open(voucher)
    if sanctioned([voucher.organisation_id], day):
        raise StepRefused(SANCTIONED)


SANCTIONED = Text(
    "该企业在惩戒期内，不能领取服务券。惩戒期满或解除后可以办理。",
    "The firm is under a sanction and gets no voucher until it ends or is lifted.",
)


def last_day(scheme: Scheme, day: dt.date) -> dt.date:
    """The last day on which a voucher issued today can be redeemed; the year's last where the
    scheme does not say."""
    if scheme.valid_days is None:
        return dt.date(day.year, 12, 31)
    return day + dt.timedelta(days=scheme.valid_days)


def tell(voucher: Voucher, event: Event) -> None:
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
