"""Filters that look things up in the policy: names of regions and industries, stored texts."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from dengta.core.shapes import Text
from dengta.registry import queries
from dengta.web.frame import said

register = template.Library()


@register.filter
def region_name(code: str) -> str:
    """The region's name in the language of the page."""
    return said(queries.region_name(code))


@register.filter
def industry_name(code: str) -> str:
    """The industry division's name in the language of the page."""
    return said(queries.industry_name(code))


@register.filter
def either(stored: Mapping[str, str]) -> str:
    """A stored pair {"zh": …, "en": …} in the language of the page."""
    return said(Text(stored.get("zh", ""), stored.get("en", "")))
