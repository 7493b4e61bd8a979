"""Shared reads of claims: who sees which, what may be done, what the machine found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.core.flow import Step
from dengta.core.schemes import Level, Scheme
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.core.workdays import add_workdays
from dengta.funding.models import Claim as Claim
from dengta.funding.models import Instalment
from dengta.funding.queries.budgets import scheme_of
from dengta.registry.queries import policy
from dengta.trail.actions import allowed_steps

CHECKING = ("county_check", "city_review", "province_review")
DECIDES: dict[Level, str] = {
    "county": "county_check", "city": "city_review", "province": "province_review",
}  # fmt: skip
"""In which state the office that decides has a claim."""


def seen(actor: Actor) -> models.QuerySet[Claim]:
    """The claims that somebody may see: their firm's own, those that are paid to them (of drafts
    only those on a voucher that they set off), those of an official's territory once submitted."""
    rows = Claim.objects.select_related("organisation", "payee", "supplier")
    if actor.official:
        return rows.filter(organisation__region_code__startswith=territory(actor.region)).exclude(
            state="draft"
        )
    if not actor.organisation_id:
        return rows.none()
    return rows.filter(
        models.Q(organisation=actor.organisation_id)
        | (
            models.Q(payee=actor.organisation_id)
            & (~models.Q(state="draft") | models.Q(voucher__isnull=False))
        )
    )


def visible(actor: Actor, pk: int) -> Claim:
    """One claim that somebody may see. Claim.DoesNotExist otherwise."""
    return seen(actor).select_related("award__application", "voucher").get(pk=pk)


def steps_for(claim: Claim, actor: Actor) -> list[Step]:
    """What somebody may do with a claim now, as its scheme has it."""
    scheme = scheme_of(claim.scheme)
    owner = claim.flow.state(claim.state).owner
    if (
        claim.state in CHECKING
        and actor.official
        and owner not in actor.roles_for(claim.case_region)
    ):
        return []
    return [step for step in allowed_steps(claim, actor) if _has(scheme, claim, step.id)]


def _has(scheme: Scheme, claim: Claim, step: str) -> bool:
    match step:
        case "submit":
            return scheme.kind == "subsidy" or claim.voucher_id is not None
        case "confirm":
            return scheme.kind == "reward"
        case "pass":
            return scheme.deciding != "county"
        case "forward":
            return scheme.deciding == "province"
        case "approve":
            return claim.state == DECIDES[scheme.deciding]
        case "accept":
            return awaits_acceptance(claim)
        case "reverse":
            return claim.state == "approved" and claim.voucher_id is None and not _gone(claim)
    return True


def awaits_acceptance(claim: Claim) -> bool:
    """Whether an instalment waits until the work is accepted."""
    return claim.state == "approved" and any(
        one.ready_at is None and one.cancelled_at is None for one in _instalments(claim)
    )


def _gone(claim: Claim) -> bool:
    """Whether anything of it is at the bank or was paid; what came back is not."""
    return any(one.payment_id or one.paid_at for one in _instalments(claim))


def _instalments(claim: Claim) -> Iterable[Instalment]:
    return claim.instalments.all()


# ---------------------------------------------------------------- the voucher of a claim


def mend_until(claim: Claim) -> dt.date:
    """The last day on which a claim that was sent back keeps its voucher from expiring."""
    day = timezone.localdate(claim.state_since)
    return add_workdays(day, policy().practised("claim_return_workdays", day))


def lost_voucher(claim: Claim, day: dt.date) -> Text | None:
    """Why the voucher of a claim that is still to be handed in cannot be drawn on any more; None
    while it can, or where the claim draws on none."""
    voucher = claim.voucher
    if voucher is None:
        return None
    if voucher.state == "revoked":
        return Text(
            f"服务券 {voucher.number} 已被撤销，这件申领不能再提交，可由企业撤回。",
            f"Voucher {voucher.number} was revoked: this claim cannot be handed in any more; the"
            " firm may withdraw it.",
        )
    last = voucher.expires_date
    if last is None or day <= last:
        return None
    if claim.state != "returned":
        return Text(
            f"服务券 {voucher.number} 已于 {said_day(last).zh} 过期，不能核销，额度已退回资金池。"
            "这件申领不能再提交，可由企业撤回。",
            f"Voucher {voucher.number} expired on {said_day(last).en}; what was left went back"
            f" to the pool. This"
            " claim cannot be handed in any more; the firm may withdraw it.",
        )
    until = mend_until(claim)
    if day <= until and voucher.state != "expired":
        return None
    return Text(
        f"服务券 {voucher.number} 已于 {said_day(last).zh} 过期，退回补正的期限也已于"
        f" {said_day(until).zh} 届满，"
        "额度已退回资金池。这件申领不能再提交，可由企业撤回；如有新的服务券，请另行申领。",
        f"Voucher {voucher.number} expired on {said_day(last).en}, and the days to mend this"
        f" claim ended on"
        f" {said_day(until).en}; what was left went back to the pool. It cannot be handed in"
        f" any more: the firm"
        " may withdraw it, and claim anew if it gets another voucher.",
    )
