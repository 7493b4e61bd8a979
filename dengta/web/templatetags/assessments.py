"""Filters of pages about assessments: levels, and where a firm of a campaign stands."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dengta.assessment.queries.campaigns import STANDINGS
from dengta.core.codes import SIZES
from dengta.web import charts
from dengta.web.frame import said

register = template.Library()

STANDING_TONES = {"answered": "good", "late": "wait", "drafting": "river", "open": "quiet"}


@register.filter
def level(value: int | None) -> str:
    """A level in a table: 2 级, below the first, or no result."""
    if value is None:
        return _("无等级")
    return _("%(level)s 级") % {"level": value} if value else _("未达一级")


@register.filter
def size_name(size: str) -> str:
    """A size class in words."""
    return said(SIZES[size]) if size in SIZES else "—"


@register.filter
def standing_name(standing: str) -> str:
    """Where a firm of a campaign stands, in words."""
    return said(STANDINGS[standing])


@register.filter
def standing_tone(standing: str) -> str:
    """The tone of where a firm stands."""
    return STANDING_TONES[standing]


@register.simple_tag
def level_pair(before: int, after: int, top: int) -> SafeString:
    """Two bars of `top`, one beneath the other: what is and what would be."""
    bars = (charts.share_bar([(count, tone)], top)
            for count, tone in ((before, "quiet"), (after, "river")))  # fmt: skip
    return mark_safe("".join(bars))
