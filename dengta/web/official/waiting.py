"""What waits for an office besides the queue of vouchers: how much, and where it is handled."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dengta.accounts.queries import Actor
from dengta.funding.queries import claims_desk, clawbacks, hits, payments, public_spending
from dengta.projects.queries import pilots, projects, providers, usage
from dengta.trail.queries import late_below


def elsewhere(acting: Actor) -> list[dict[str, Any]]:
    """Each kind of matter that waits: label, count, url. A constant number of queries."""
    flow = clawbacks.Clawback.flow
    held = (
        n for id, n in clawbacks.by_state(acting).items() if flow.state(id).owner == acting.role
    )
    counted = (
        (_("改造项目"), "official_projects", projects.waiting(acting).count()),
        (_("使用回访"), "official_usage", usage.waiting(acting, timezone.localdate()).count()),
        (_("投诉"), "complaints", providers.complaints_waiting(acting).count()),
        (_("资金申领"), "official_claims", claims_desk.waiting(acting).count()),
        (_("待拨付"), "payments", payments.ready(acting.region).count()),
        (_("重复线索"), "hits", hits.hits_within(acting).count()),
        (_("资金追回"), "official_clawbacks", sum(held)),
        (_("公共服务支出"), "budgets", public_spending.waiting(acting)),
        (_("城市试点"), "pilots", pilots.waiting(acting)),
        (_("下级逾期"), "late", len(late_below(acting))),
    )
    return [
        {"label": label, "count": count, "url": reverse(name)}
        for label, name, count in counted
        if count
    ]
