"""What a firm gets out of an assessment: the result on screen, and the same as a PDF."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.queries import Assessment, mine
from dengta.core.shapes import Text
from dengta.reports import actions, queries
from dengta.reports.queries import Payer, Programme, Report, reading
from dengta.web.cases import crumbs
from dengta.web.frame import desk, said
from dengta.web.pdfs import sent
from dengta.web.rating_items import for_the_firm

LANGUAGES = {"zh": "zh-hans", "en": "en"}
"""How a report's language is written in addresses."""


def find(acting: Actor, pk: int) -> Assessment:
    """An assessment of the actor's own organisation, else 404."""
    try:
        return mine(acting.organisation_id, pk)
    except Assessment.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk("enterprise")
def result(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Level, gates, radar, scenarios, gaps, peers, changes, the way on, and the papers."""
    assessment = find(acting, pk)
    if assessment.submitted_at is None:
        return redirect("assessment_check", pk)
    language = translation.get_language() or "zh-hans"
    report = queries.report(assessment, timezone.localdate(), language)
    context = {
        "assessment": assessment,
        "report": report,
        "result": report.result,
        "instrument": report.instrument,
        "lacking": reading.lacking(report.instrument, report.result, report.standing.level),
        "ladder": _ladder(report),
        "chart": _radar(report),
        "strip": _strip(report),
        "title": reading.level_title(report.standing.level, report.level_name)
        if report.standing.level
        else None,
        "own": _own(assessment),
        "rated": for_the_firm(assessment),
        "payers": _payers(report),
        "peers_shown": any(not peers.hidden for peers in report.peers),
        "top_reached": report.standing.level == len(report.result.gates),
        "compared": len(report.changes.points) > 1,
        "programmes": _programmes(report),
        "report_language": "en" if language.startswith("en") else "zh",
        "code": queries.written(report.code),
        "address": request.build_absolute_uri(reverse("verify_code", args=[report.code])),
        "breadcrumbs": crumbs((_("测评"), reverse("assessment")), (_("测评结果"), "")),
    }
    return render(request, "enterprise/result.html", context)


def _own(assessment: Assessment) -> str:
    """The level of the firm's own answers, in words."""
    if assessment.level is None:
        return _("不分等级")
    return said(reading.level_title(assessment.level, None)) if assessment.level else _("未达一级")


def _payers(report: Report) -> tuple[Payer, ...]:
    """Who pays a part of the way to the next level."""
    outlook = report.outlook
    following = outlook.next if outlook else None
    if outlook is None or following is None or following.plan is None:
        return ()
    return outlook.payers(following.plan)


def _programmes(report: Report) -> list[tuple[str, list[Programme]]]:
    """What fits now, what the next level opens, what a few more facts would decide."""
    words = (
        ("now", _("现在就符合")),
        ("later", _("升到下一级后符合")),
        ("open", _("补充资料后可判断")),
    )
    rows = report.programmes or ()
    return [(word, [row for row in rows if row.stands == stands]) for stands, word in words]


def _ladder(report: Report) -> dict[str, Any]:
    rungs = reading.ladder(report.instrument, report.result, report.standing.level)
    return {"level": report.standing.level, "top": len(rungs), "steps": rungs}


def _radar(report: Report) -> dict[str, Any]:
    spokes = reading.sides(report.instrument, report.result, report.changes.before)
    return {
        "title": reading.weakest(spokes),
        "unit": Text("占满分的百分比", "per cent of the maximum"),
        "earlier": Text("上次", "Last time") if report.changes.before else None,
        "axes": [
            {"label": side.label, "value": side.value, "max": 100, "before": side.before}
            for side in spokes
        ],
    }


def _strip(report: Report) -> dict[str, Any]:
    before = report.changes.before
    rows = reading.strip(report.instrument, report.result, before)
    return {
        "groups": rows,
        "top": max(reading.top_of(report.instrument), len(report.result.gates), 1),
        "compare": before is not None,
    }


@require_safe
@desk("enterprise")
def paper(request: HttpRequest, acting: Actor, pk: int, language: str) -> HttpResponse:
    """The report as PDF, in Chinese or English."""
    return as_pdf(request, find(acting, pk), language)


def as_pdf(request: HttpRequest, assessment: Assessment, language: str) -> HttpResponse:
    """A report, made anew each time from what is stored; 404 for a draft or another language."""
    if language not in LANGUAGES or assessment.submitted_at is None:
        raise Http404
    report = queries.report(assessment, timezone.localdate(), LANGUAGES[language])
    made = actions.render(report, request.build_absolute_uri("/"))
    name = actions.file_name(report)
    return sent(made, name)
