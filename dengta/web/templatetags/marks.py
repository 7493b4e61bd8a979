"""Filters for marks and gaps: how grave, how well."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.translation import gettext as _

from dengta.web.templatetags.dengta import NOTHING

register = template.Library()


@register.filter
def at(names: Mapping[str, object], key: str) -> object:
    """The entry of a mapping, the key itself where there is none."""
    return names.get(key, key)


@register.filter
def tenths(number: int | None) -> str:
    """Tenths as a decimal: 47 -> 4.7."""
    return NOTHING if number is None else f"{number // 10}.{number % 10}"


@register.filter
def severity_word(severity: int) -> str:
    """How grave a gap is."""
    return {1: _("可以改进"), 2: _("需要改进"), 3: _("亟需改进")}[severity]


@register.filter
def severity_tone(severity: int) -> str:
    """The tone of a gap's gravity."""
    return {1: "quiet", 2: "wait", 3: "bad"}[severity]
