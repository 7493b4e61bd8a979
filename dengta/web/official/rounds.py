"""遴选批次 at an official's desk: which run; how far one is, its quotas, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.programmes import queries
from dengta.programmes.actions import rounds as actions
from dengta.programmes.queries import Application, Round, overview, papers
from dengta.trail.actions import StepRefused
from dengta.web import selections
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.fields import MomentField
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.official.round_tabs import round_tabs

ELSEWHERE = ("extend", "list", "redo", "announce", "award")
"""Steps that ask for more than a note: extending has its form here, the others a page each."""


def find(acting: Actor, pk: int) -> Round:
    """One round in sight of an office; Http404 for others."""
    try:
        return queries.round_of(acting, pk)
    except Round.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def rounds(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every round in sight, newest first, with how many applications each has."""
    page = Paginator(queries.rounds_of(acting), 20).get_page(request.GET.get("page"))
    counts, now = overview.counts_of(list(page), acting), timezone.now()
    context = {
        "page": page,
        "rows": [
            {
                "round": round,
                "rule": round.rule,
                "badge": badge(round.flow.state(round.state), public=False),
                "clock": selections.deadline(round, now),
                "handed_in": counts[round.pk].total(),
                "waiting": _waiting(counts[round.pk], acting),
            }
            for round in page
        ],
        "can_open": acting.role == "province",
        "breadcrumbs": crumbs((_("遴选批次"), "")),
    }
    return render(request, "official/rounds.html", context)


def _waiting(counts: Mapping[str, int], acting: Actor) -> int:
    """How many of a round's applications wait for this office."""
    owners = acting.roles_for(acting.region)
    flow = Application.flow
    return sum(n for state, n in counts.items() if flow.state(state).owner in owners)


class ExtendForm(forms.Form):
    """A later deadline, and why."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["closes_at"] = MomentField(
            label=_("新的截止时间"), error_messages={"required": _("还没有填写时间，请补上。")}
        )
        self.fields["note"] = forms.CharField(
            label=_("延长的理由"),
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 2}),
            error_messages={"required": _("请写明理由，申报单位和公众会看到。")},
        )


@require_safe
@desk(*OFFICIAL)
def round(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One round: applications by state, quotas as they are now, what can be done next."""
    return _page(request, acting, find(acting, pk), ExtendForm(auto_id="extend_%s"))


def _page(
    request: HttpRequest, acting: Actor, found: Round, form: ExtendForm, error: str = ""
) -> HttpResponse:
    rule, now = found.rule, timezone.now()
    counts = overview.counts_of([found], acting)[found.pk]
    context = case_context(found, acting, without=ELSEWHERE)
    context |= {
        "round": found,
        "rule": rule,
        "tabs": round_tabs(found, "official_round"),
        "badge": badge(found.flow.state(found.state), public=False),
        "clock": selections.deadline(found, now) or context["clock"],
        "steps": [step for step in context["steps"] if step.tone != "danger"],
        "ending": [step for step in context["steps"] if step.tone == "danger"],
        "ending_open": bool(error) and request.POST.get("step") == "terminate",
        "waits": queries.takes_applications(found, now),
        "form": form,
        "error": error,
        "note": request.POST.get("note", ""),
        "tiles": _tiles(found, counts, acting),
        "funnel": _funnel(found, counts),
        "quotas": [_quota(each) for each in overview.quotas_for(found, acting)],
        "letters": [
            (letter, papers.content(letter)) for letter in papers.letters_of(found, acting)
        ],
        "issues_letters": acting.role == "city" and "city_recommend" in rule.steps,
        "places": selections.places(found),
        "way": selections.way(found),
        "published": found.policy_digest != "",
        "breadcrumbs": crumbs((_("遴选批次"), reverse("official_rounds")), (found.name, "")),
    }
    status = 422 if error or form.errors else 200
    return render(request, "official/round.html", context, status=status)


def _tiles(found: Round, counts: Counter[str], acting: Actor) -> list[dict[str, Any]]:
    flow, base = Application.flow, reverse("round_applications", args=[found.pk])
    alive = sum(n for state, n in counts.items() if not flow.state(state).final)
    mending = sum(n for state, n in counts.items() if flow.state(state).owner == "applicant")
    return [
        {"label": _("已提交"), "value": counts.total(), "url": base},
        {"label": _("等本单位办理"), "value": _waiting(counts, acting),
         "url": f"{base}?mine=1"},
        {"label": _("退回或补正中"), "value": mending},
        {"label": _("在办"), "value": alive},
    ]  # fmt: skip


def _funnel(found: Round, counts: Counter[str]) -> dict[str, Any]:
    """Applications by state, in the order of the flow; steps that the selection has are shown even
    when nothing stands there."""
    base = reverse("round_applications", args=[found.pk])
    shown = [s for s in Application.flow.states if counts[s.id] or s.id in found.rule.steps]
    return {
        "title": _("各环节的申报"),
        "unit": _("件"),
        "total": counts.total(),
        "rows": [
            {
                "label": s.name,
                "value": counts[s.id],
                "tone": s.tone,
                "url": f"{base}?state={s.id}" if counts[s.id] else "",
            }
            for s in shown
        ],
    }


def _quota(count: Any) -> dict[str, Any]:
    left = count.limit - count.used
    tone = "bad" if left == 0 else "wait" if left * 5 <= count.limit else "good"
    return {
        "name": selections.quota_value(count.by, count.value),
        "used": count.used,
        "limit": count.limit,
        "left": left,
        "parts": [{"amount": count.used, "tone": tone}],
    }


@require_POST
@desk(*OFFICIAL)
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Publish, extend, begin the review, end a round."""
    found, form = find(acting, pk), ExtendForm(auto_id="extend_%s")
    chosen = request.POST.get("step") or step
    note = request.POST.get("note", "")
    try:
        match chosen:
            case "publish":
                actions.publish(found, acting)
                tell(request, _("通知已发布，到开始时间就可以申报。"))
            case "extend":
                form = ExtendForm(request.POST, auto_id="extend_%s")
                if not form.is_valid():
                    return _page(request, acting, found, form)
                actions.extend(found, acting, **form.cleaned_data)
                tell(request, _("截止时间已延长，申报单位和公众都能看到理由。"))
            case "begin_review":
                actions.begin_review(found, acting)
                tell(request, _("已进入评审。"))
            case "terminate":
                actions.terminate(found, acting, note=note)
                tell(request, _("本批次已终止，已通知各申报单位。"))
            case _:
                raise Http404
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), form, said(refused.text))
    return redirect("official_round", pk)
