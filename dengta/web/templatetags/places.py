"""Filters that look things up in the policy: names of regions and industries, stored texts."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dengta.core.shapes import Text
from dengta.programmes.queries.forms import Field
from dengta.registry import queries
from dengta.web.books import account_name as name_of_account
from dengta.web.frame import said
from dengta.web.templatetags.dengta import NOTHING
from dengta.web.verdicts import shown

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
def account_name(name: str, code: str) -> str:
    """An account of the ledger, by its name there and its code, in the language of the page."""
    return said(name_of_account(code, name))


@register.filter
def as_read(field: Field) -> str:
    """What was filled into a field, as people read it: codes by their names, words as they were
    written and in their language, an em dash for nothing."""
    fact = queries.policy().facts.get(field.rule.fact)
    if field.value is None:
        return NOTHING
    if field.rule.type in ("text", "long_text") and not (fact and fact.codes):
        return format_html('<span lang="zh-Hans">{}</span>', linebreaksbr(field.shown.zh, True))
    return said(field.shown if fact is None else shown(fact, field.value))


@register.filter
def either(stored: Mapping[str, str]) -> str:
    """A stored pair {"zh": …, "en": …} in the language of the page."""
    return said(Text(stored.get("zh", ""), stored.get("en", "")))


@register.filter
def fault_text(fault: Mapping[str, str]) -> SafeString:
    """What is wrong with a cell; what was written there, quoted in it, stays in its language."""
    text, value = either(fault), fault.get("value", "")
    if not value or value not in text:
        return format_html("{}", text)
    parts = text.split(value)
    quoted = format_html('<span lang="zh-Hans">{}</span>', value)
    return format_html_join(quoted, "{}", ((part,) for part in parts))
