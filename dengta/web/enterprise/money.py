"""Money at the firm's desk: what of it waits for the firm, and the way to each of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dengta.accounts.queries import Actor
from dengta.funding.queries import claims, claims_desk, clawbacks, money_coming, openings, payments
from dengta.trail.actions import allowed_steps
from dengta.web.cases import badge

MOST = 10
"""Matters of each kind that are looked at."""


def todo(acting: Actor) -> Iterator[dict[str, str]]:
    """What waits for the firm, the most pressing first: label, why, url."""
    for case in clawbacks.within_reach(acting).exclude(state__in=("closed", "dropped"))[:MOST]:
        if clawbacks.steps_for(case, acting):
            label = _("答复 %s") % case.number
            yield _todo(label, _("对已领资金的追回，请看事由和期限。"), "own_clawback", case.pk)
    for payment in payments.payments(acting).filter(state="bounced")[:MOST]:
        if allowed_steps(payment, acting):
            label = _("更正 %s 的收款账户") % payment.number
            yield _todo(label, _("银行退回了这笔付款。"), "enterprise_payment", payment.pk)
    for claim in claims_desk.own(acting).filter(state__in=("draft", "returned"))[:MOST]:
        if claim.payee_id != acting.organisation_id:
            continue  # whoever took the voucher fills it in
        steps = {step.id for step in claims.steps_for(claim, acting)}
        if "confirm" in steps:
            label = _("领取奖补 %s") % claim.number
            yield _todo(label, _("确认收款账户即可，不用另报材料。"), "claim", claim.pk)
        elif "submit" in steps and claim.state == "returned":
            label = _("补正 %s") % claim.number
            yield _todo(label, _("审核单位退回了申领，请看理由。"), "claim", claim.pk)
        elif "submit" in steps:
            yield _todo(_("填完 %s") % claim.number, _("申领还没有提交。"), "claim_edit", claim.pk)


def _todo(label: str, why: str, name: str, pk: int) -> dict[str, str]:
    return {"label": label, "why": why, "url": reverse(name, args=[pk])}


def card(acting: Actor) -> dict[str, Any]:
    """What is coming and came this year, the latest claims, and an opening that can be joined."""
    now = timezone.now()
    sums = money_coming.sums_of(acting, timezone.localdate(now).year)
    return {
        "coming_fen": sums.coming.fen,
        "paid_fen": sums.paid.fen,
        "claims": [
            {"claim": one, "badge": badge(one.flow.state(one.state), public=True)}
            for one in claims_desk.own(acting)[:3]
        ],
        "openings": openings.public().filter(state="announced", closes_at__gt=now)[:3],
    }
