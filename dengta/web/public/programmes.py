"""政策清单: every programme in force, and a page for each: conditions, numbers, editions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.core.rules import Rule
from dengta.core.shapes import Programme, Text, Value
from dengta.core.wording import needed
from dengta.registry.queries import policy, rulebook
from dengta.web.cases import crumbs
from dengta.web.verdicts import plain

KINDS = {
    "voucher": Text("服务券", "Vouchers"),
    "subsidy": Text("补助", "Subsidies"),
    "award": Text("奖补", "Awards"),
    "title": Text("称号", "Titles"),
    "selection": Text("遴选", "Selections"),
    "finance": Text("融资", "Finance"),
}
CONFIDENCE = {
    "found": (Text("见于公开文本", "Seen in a public text"), "good"),
    "recalled-high": (Text("待对照原文", "To be compared with the text"), "wait"),
    "recalled-medium": (Text("待对照原文", "To be compared with the text"), "wait"),
    "recalled-low": (Text("待核实", "To be confirmed"), "wait"),
    "default": (Text("本平台暂定，待主管部门确认", "Ours, until the authority confirms"), "wait"),
}


@require_safe
def programmes(request: HttpRequest) -> HttpResponse:
    """Every programme in force today, by kind."""
    day = timezone.localdate()
    found = policy().in_force(day)
    groups = [(name, [p for p in found if p.kind == kind]) for kind, name in KINDS.items()]
    context = {
        "day": day,
        "groups": [(name, rows) for name, rows in groups if rows],
        "action": {"label": _("算一算哪些适合我"), "url": reverse("calculator")},
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("政策清单"), "")),
    }
    return render(request, "programmes.html", context)


def _amounts(value: Value) -> list[tuple[Text | None, Text]]:
    """A value as it reads: one line, or one per key of its table."""
    if not value.table:
        return [(None, plain(value.type, value.amount))]
    labels = policy().facts[value.by].values
    return [(labels.get(key), plain(value.type, n)) for key, n in value.table.items()]


def _value(value: Value) -> dict[str, Any]:
    word, tone = CONFIDENCE[value.source.confidence]
    return {
        "text": value.text,
        "amounts": _amounts(value),
        "source": value.source,
        "period": value.in_force,
        "confidence": {"name": word, "tone": tone},
    }


def _edition(edition: Programme, day: dt.date) -> dict[str, Any]:
    if edition.sample:
        state = (Text("样例，不是现行政策", "A sample, not in force"), "quiet")
    elif edition.in_force.holds(day):
        state = (Text("现行", "In force"), "good")
    elif edition.in_force.start and edition.in_force.start > day:
        state = (Text("尚未施行", "Not yet in force"), "wait")
    else:
        state = (Text("已不再受理", "No longer open"), "quiet")
    return {"edition": edition, "state": {"name": state[0], "tone": state[1]}}


def _asked(rule: Rule) -> list[dict[str, Any]]:
    """The conditions in the policy's words and as they are computed."""
    return [
        {"text": clause.text, "needed": text, "source": clause.source}
        for clause, text in zip(rule.programme.clauses, rule.needed, strict=True)
    ]


@require_safe
def programme(request: HttpRequest, programme: str) -> HttpResponse:
    """One programme as it is in force today, its editions before and after beneath."""
    day = timezone.localdate()
    rule = rulebook(day.toordinal()).rule(programme)
    editions = sorted(
        (p for p in policy().programmes if p.id == programme),
        key=lambda p: p.in_force.start or dt.date.min,
        reverse=True,
    )
    if not editions:
        raise Http404
    shown = rule.programme if rule else editions[0]
    word, tone = CONFIDENCE[shown.source.confidence]
    open_to_firms = rule is not None and not shown.sample
    context = {
        "programme": shown,
        "kind": KINDS[shown.kind],
        "confidence": {"name": word, "tone": tone},
        "clauses": _asked(rule) if rule else [],
        "derived": [(Text(n.zh, n.en), needed(n.node)) for n in rule.derived] if rule else [],
        "values": [_value(v) for v in shown.values if not rule or v.in_force.holds(day)],
        "amount": needed(rule.amount) if rule and rule.amount else None,
        "facts": [f for f in rule.facts if f.id != "size_class"] if rule else [],
        "editions": [_edition(edition, day) for edition in editions],
        "in_force": rule is not None,
        "action": {"label": _("算一算我符不符合"), "url": reverse("calculator")}
        if open_to_firms
        else None,
        "plan": policy().plans[0] if policy().plans and shown.measure else None,
        "breadcrumbs": crumbs(
            (_("首页"), reverse("home")), (_("政策清单"), reverse("programmes")), (shown.name, "")
        ),
    }
    return render(request, "programme.html", context)
