"""Tags of reports: peers, shares, codes, the frontier; decimals as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dengta.core.scoring import plain
from dengta.reports.queries import Payer, Plan
from dengta.web import report_charts
from dengta.web.frame import said
from dengta.web.report_charts import Stand, glance

register = template.Library()

PAYER_TONES = ("held", "wait", "good")


@register.filter
def decimal(value: Decimal | None) -> str:
    """A decimal without needless zeros, at most two places, half up."""
    if value is None:
        return "—"
    return plain(Decimal(int(value * 100 + Decimal("0.5"))) / 100)


@register.filter
def milli(value: int | None) -> str:
    """Thousandths of a point as points."""
    return "—" if value is None else plain(Decimal(value) / 1000)


@register.filter
def short_money(fen: int) -> str:
    """An amount at a glance: 万元 with two places at most."""
    return said(glance(fen))


@register.simple_tag
def peer_scale(quartiles: Sequence[Decimal], mine: int | None) -> SafeString:
    """A firm's score (in thousandths) beside its group's quartiles."""
    place = None if mine is None else Decimal(mine) / 1000
    return mark_safe(report_charts.peer_scale(quartiles, place))


@register.simple_tag
def level_shares(counts: Sequence[int]) -> SafeString:
    """How many of a group stand at each level, as one bar."""
    return mark_safe(report_charts.level_shares(counts))


@register.simple_tag
def shares(counts: Sequence[int]) -> list[tuple[int, int]]:
    """The same as (level, whole per cent), levels that nobody has left out."""
    whole = sum(counts)
    return [(level, (n * 200 + whole) // (2 * whole)) for level, n in enumerate(counts) if n]


@register.simple_tag
def qr(address: str, label: str) -> SafeString:
    """A QR code with words for those who do not see it."""
    return mark_safe(report_charts.qr(address, label))


@register.simple_tag
def frontier(stands: Sequence[Stand], top: int, ceiling: int, budget_fen: int | None) -> SafeString:
    """What more money reaches, as stairs."""
    return mark_safe(report_charts.frontier(stands, top, ceiling, budget_fen))


@register.simple_tag
def pay_parts(plan: Plan, payers: Sequence[Payer]) -> list[dict[str, Any]]:
    """Who pays a plan: the firm, then each benefit in a tone of its own."""
    own = {"amount": plan.net_fen, "tone": "paid", "name": _("企业自付")}
    return [own] + [
        {"amount": payer.amount_fen, "tone": PAYER_TONES[at % len(PAYER_TONES)], "name": payer.name}
        for at, payer in enumerate(payers)
    ]
