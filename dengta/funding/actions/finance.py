"""Writes of finance: a firm authorises a bank and asks for a white list, offices review. No money
moves here, and nothing is sent by itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.claim_keys import register_key
from dengta.core.loans import LoanProduct
from dengta.core.money import wan
from dengta.core.rules import Verdict
from dengta.core.shapes import Text
from dengta.core.workdays import months_after
from dengta.funding.models import LoanRequest, WhiteListRow
from dengta.funding.queries.finance import fitting, grant_of, open_product, purpose_of
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.models import Organisation
from dengta.registry.queries import officials_for, people_of
from dengta.rights.actions import give_grant, revoke_grant
from dengta.rights.queries import Grant
from dengta.trail.actions import NotAllowed, StepRefused, advance, begin, notify
from dengta.trail.models import Event

REVIEWING = ("pass", "recommend", "return", "decline", "withdraw")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a firm writes into a request: 分, what for, the contract it rests on."""

    asked_fen: int
    use: str
    contract_number: str = ""


def authorise(
    actor: Actor,
    product: str,
    bank: str,
    *,
    scope: Sequence[str],
    months: int,
    at: dt.datetime | None = None,
) -> Grant:
    """Let a bank see some facts of the actor's firm for a product, for some months from today.

    StepRefused when the product is not on offer, the facts go beyond what it needs, or the term
    beyond what it allows.
    """
    day = timezone.localdate(at or timezone.now())
    offered = _offered(product, day)
    named = _bank_of(offered, bank)
    beyond = [fact for fact in scope if fact not in offered.scope]
    if beyond or "uscc" not in scope:
        raise StepRefused(
            Text(
                f"{offered.name.zh}只用到页面列出的数据项，其中统一社会信用代码必须提供。"
                "请按页面重新勾选。",
                f"{offered.name.en} needs only the facts listed, the social credit code among them."
                " Choose from the list again.",
            )
        )
    if not 1 <= months <= offered.grant_months:
        raise StepRefused(
            Text(
                f"授权期限 {months} 个月超出范围。请选 1 至 {offered.grant_months} 个月。",
                f"{months} months is no possible term. Choose 1 to {offered.grant_months}.",
            )
        )
    return give_grant(
        actor,
        recipient=bank,
        recipient_name=named.zh,
        purpose=purpose_of(product),
        scope=scope,
        until=months_after(day, months),
        at=at,
    )


def _offered(product: str, day: dt.date) -> LoanProduct:
    try:
        return open_product(product, day, "loan")
    except KeyError as unknown:
        raise StepRefused(
            Text(
                f"没有在办的贷款产品 {product}。请从产品目录中选择。",
                f"No loan product {product} is on offer. Choose one from the catalogue.",
            )
        ) from unknown


def _bank_of(product: LoanProduct, bank: str) -> Text:
    try:
        return product.bank(bank).name
    except KeyError as unknown:
        raise StepRefused(
            Text(
                f"{bank} 不是{product.name.zh}的合作银行。请从列出的银行中选择。",
                f"{bank} does not offer {product.name.en}. Choose one of the banks listed.",
            )
        ) from unknown


def request_loan(
    actor: Actor,
    product: str,
    bank: str,
    asked: Asked,
    *,
    scope: Sequence[str] = (),
    months: int = 0,
    at: dt.datetime | None = None,
) -> tuple[LoanRequest, bool]:
    """Ask to stand on the white list of a product at a bank, and whether that is new: the same
    twice is one request. With `scope`, the authorisation is given together with it, or not at all.

    StepRefused when the firm does not fit (with the conditions), the sum is out of bounds, no
    authorisation is in force, or another request for the same product and bank is under way.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    if not actor.organisation_id or actor.role != "enterprise":
        raise NotAllowed(
            Text("只有企业能申请贷款。请用企业账号登录。", "Only a firm can ask for a loan.")
        )
    offered = _offered(product, day)
    named = _bank_of(offered, bank)
    _within(offered, asked.asked_fen)
    firm = Organisation.objects.get(pk=actor.organisation_id)
    refuse_sanctioned(firm, day)
    with transaction.atomic():
        found = _under_way(firm, product, bank, asked)
        if found is not None:
            return found, False
        verdict = fitting(firm, day)[product]
        _fits(offered, verdict)
        if scope:
            authorise(actor, product, bank, scope=scope, months=months, at=at)
        elif grant_of(firm.pk, product, bank, day) is None:
            raise StepRefused(
                Text(
                    f"还没有授权{named.zh}使用本企业数据，银行无从审核。请先授权。",
                    f"{named.en} has no authorisation to see your data. Give it first.",
                )
            )
        request = LoanRequest(
            organisation=firm,
            product=product,
            bank=bank,
            bank_name=named.zh,
            asked_fen=asked.asked_fen,
            use=asked.use,
            contract_number=asked.contract_number,
            contract_key=register_key(asked.contract_number),
            verdict=verdict.as_json("zh-hans"),
            created_at=now,
        )
        try:
            with transaction.atomic():
                event = begin(request, by=actor, at=now)
        except IntegrityError:
            same = _under_way(firm, product, bank, asked)
            if same is None:
                raise
            return same, False
        tell(request, event)
    return request, True


def _under_way(firm: Organisation, product: str, bank: str, asked: Asked) -> LoanRequest | None:
    """The live request for the same product and bank. StepRefused when it says something else."""
    live = [state.id for state in LoanRequest.flow.states if not state.final]
    same = LoanRequest.objects.filter(
        organisation=firm, product=product, bank=bank, state__in=live
    ).first()
    if same is None or Asked(same.asked_fen, same.use, same.contract_number) == asked:
        return same
    raise StepRefused(
        Text(
            f"向{same.bank_name}申请这一产品的 {same.number} 还在办理。"
            "要改内容，请先撤回它再申请。",
            f"{same.number} for this product and bank is under way. Withdraw it to ask for"
            " something else.",
        )
    )


def _within(product: LoanProduct, asked_fen: int) -> None:
    """StepRefused for a sum beyond what the product gives."""
    least, most = product.least_fen or 1, product.most_fen
    if asked_fen < least or (most is not None and asked_fen > most):
        low, high = wan(least), wan(most) if most is not None else Text("不限", "no limit")
        raise StepRefused(
            Text(
                f"申请金额 {wan(asked_fen).zh} 不在{product.name.zh}的范围内"
                f"（{low.zh} 至 {high.zh}）。请改金额。",
                f"{wan(asked_fen).en} is not within {product.name.en} ({low.en} to {high.en})."
                " Change the amount.",
            )
        )


def _fits(product: LoanProduct, verdict: Verdict) -> None:
    """StepRefused, with every condition that is not met or not known, unless the firm fits."""
    open_ones = [clause.text for clause in verdict.clauses if clause.outcome != "yes"]
    if verdict.outcome != "yes":
        zh = "；".join(text.zh for text in open_ones)
        en = "; ".join(text.en for text in open_ones)
        raise StepRefused(
            Text(
                f"按现有资料还不能申请{product.name.zh}，以下条件未满足或缺少资料：{zh}。"
                "补充企业档案后再申请。",
                f"Not yet possible on what is known; not met or not known: {en}. Complete the"
                " firm's record and ask again.",
            )
        )


def resubmit(
    request: LoanRequest, actor: Actor, asked: Asked, *, at: dt.datetime | None = None
) -> Event:
    """Hand a returned request in again, mended. StepRefused as in `request_loan`; Moved if it is no
    longer with the firm."""
    now = at or timezone.now()
    day = timezone.localdate(now)
    offered = _offered(request.product, day)
    _within(offered, asked.asked_fen)
    refuse_sanctioned(request.organisation, day)
    with transaction.atomic():
        event = advance(
            request,
            "resubmit",
            by=actor,
            at=now,
            evidence={
                "asked_fen": asked.asked_fen,
                "use": asked.use,
                "contract_number": asked.contract_number,
                "contract_key": register_key(asked.contract_number),
            },
        )
        tell(request, event)
    return event


def review(
    request: LoanRequest, step: str, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """A step of the offices, or the firm's withdrawal (REVIEWING); ValueError for any other.

    Withdrawn from a list that is not pushed, the row goes, too.
    """
    if step not in REVIEWING:
        raise ValueError(f"{step} has an action of its own")
    with transaction.atomic():
        event = advance(request, step, by=actor, note=note, at=at)
        if step == "withdraw":
            _drop(WhiteListRow.objects.filter(request=request))
        tell(request, event)
    return event


def revoke_authorisation(actor: Actor, grant: int, *, at: dt.datetime | None = None) -> bool:
    """The firm takes an authorisation back; False when it had ended before. What is on a list that
    was not pushed goes from it at once; what was pushed stays as a record, marked as revoked.

    Grant.DoesNotExist for somebody else's.
    """
    with transaction.atomic():
        ended = revoke_grant(actor, grant, at=at)
        if ended is not None:
            _drop(WhiteListRow.objects.filter(grant=ended))
    return ended is not None


def _drop(rows: QuerySet[WhiteListRow]) -> int:
    """Take rows off lists that were not pushed."""
    return rows.filter(white_list__state="draft").delete()[0]


def tell(request: LoanRequest, event: Event) -> None:
    """Notices to the firm and to whoever has the request now."""
    state = request.flow.state(request.state)
    body = Text(event.note, event.note)
    name = f"{request.number} {request.bank_name}"
    notify(
        event,
        people_of(request.organisation_id),
        subject=Text(f"{name}：{state.public.zh}", f"{name}: {state.public.en}"),
        body=body,
        link=f"/enterprise/loans/requests/{request.pk}/",
    )
    if state.owner in ("county", "city"):
        firm = request.organisation.name
        notify(
            event,
            officials_for(state.owner, request.case_region),
            subject=Text(
                f"{request.number} {firm}：{state.name.zh}",
                f"{request.number} {firm}: {state.name.en}",
            ),
            body=body,
            link=f"/official/loans/requests/{request.pk}/",
        )
