"""遴选批次 for everybody: what can be applied for, and one round's notice with all its rules."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.core.shapes import Source
from dengta.programmes import queries
from dengta.programmes.queries import Application, Round, overview
from dengta.registry.queries import organisation_of, policy
from dengta.rights.queries import allowed
from dengta.trail.queries import Entry, timeline
from dengta.web import selections
from dengta.web.cases import badge, crumbs, events
from dengta.web.frame import who
from dengta.web.public.programmes import CONFIDENCE
from dengta.web.verdicts import card


@require_safe
def rounds(request: HttpRequest) -> HttpResponse:
    """Every published round, those that take applications first."""
    chosen = request.GET.get("show", "")
    page = Paginator(overview.standing(chosen), 20).get_page(request.GET.get("page"))
    now = timezone.now()
    words = (("", _("全部")), ("open", _("正在申报")), ("running", _("正在评审")),
             ("ended", _("已结束")))  # fmt: skip
    context = {
        "page": page,
        "rows": [_row(round, now) for round in page],
        "shows": [(id, name, id == chosen) for id, name in words],
        "query": f"show={chosen}&" if chosen in overview.STANDINGS else "",
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("遴选申报"), "")),
    }
    return render(request, "rounds.html", context)


def _row(round: Round, now: dt.datetime) -> dict[str, Any]:
    return {
        "round": round,
        "rule": round.rule,
        "applicant": selections.APPLICANTS[round.rule.applicant],
        "places": selections.places(round),
        "badge": badge(round.flow.state(round.state), public=True),
        "clock": selections.deadline(round, now),
    }


@require_safe
def round(request: HttpRequest, pk: int) -> HttpResponse:
    """The notice of one round: what is asked, who may apply, by when, and whether the firm that is
    looking fits."""
    found = queries.rounds().filter(pk=pk).first()
    if found is None:
        raise Http404
    now, rule, entries = timezone.now(), found.rule, timeline(found)
    context = {
        "round": found,
        "rule": rule,
        "document": selections.document(found, _published(entries)),
        "badge": badge(found.flow.state(found.state), public=True),
        "clock": selections.deadline(found, now),
        "applicant": selections.APPLICANTS[rule.applicant],
        "places": selections.places(found),
        "way": selections.way(found),
        "sections": list(selections.asked(rule)),
        "quotas": [(selections.quota_words(q), selections.quota_table(q), q) for q in rule.quotas],
        "practice": rule.practice and _confidence(rule.practice),
        "confidence": _confidence(rule.source),
        "programme": next((p for p in policy().programmes if p.id == rule.programme), None),
        "events": [event | {"who": ""} for event in events(found, _told(entries))],
        "breadcrumbs": crumbs((_("遴选申报"), reverse("rounds")), (found.name, "")),
    }
    return render(request, "round.html", context | applying(request, found, now))


def _confidence(source: Source) -> dict[str, Any]:
    """How sure a rule is, as a badge."""
    name, tone = CONFIDENCE[source.confidence]
    return {"name": name, "tone": tone}


def _published(entries: list[Entry]) -> dt.datetime | None:
    return next((each.event.at for each in entries if each.event.step == "publish"), None)


def _told(entries: list[Entry]) -> list[Entry]:
    """What the public is told of a round: not how the notice was prepared."""
    return [each for each in entries if each.event.step != "begin"]


def applying(request: HttpRequest, round: Round, now: dt.datetime) -> dict[str, Any]:
    """What whoever is looking can do about a round: sign in, go on with a draft, start, or nothing
    and why."""
    acting, open_now = who(request), queries.takes_applications(round, now)
    if acting is None:
        return {"open_now": open_now, "opens_later": now < round.opens_at}
    mine = list(queries.applications_of(acting).filter(round=round))
    rule = round.rule
    right = acting.role == rule.applicant
    most = selections.per_applicant(rule)
    live = [each for each in mine if not each.flow.state(each.state).final]
    return {
        "open_now": open_now,
        "opens_later": now < round.opens_at,
        "acting_applies": right,
        "mine": [_mine(each) for each in mine],
        "can_start": right and open_now and (most is None or len(live) < most),
        "with_title": most != 1,
        "key": uuid.uuid4().hex,
        "most": most,
    } | (_verdict(acting, round, timezone.localdate(now)) if right else {})


def _mine(application: Application) -> dict[str, Any]:
    return {
        "application": application,
        "badge": badge(application.flow.state(application.state), public=True),
        "draft": application.submitted_at is None,
    }


def _verdict(acting: Actor, round: Round, day: dt.date) -> dict[str, Any]:
    """Can I apply? Decided on the firm's record, where the firm lets it be used for that."""
    if not acting.organisation_id:
        return {}
    if not allowed(acting.organisation_id, "policy_matching", day):
        return {"ask_consent": True}
    verdict = overview.fit(round, organisation_of(acting), day)
    if verdict is None:
        return {}
    here = {field.fact for field in round.rule.fields}
    found = card(verdict, day, lambda fact: "" if fact in here else reverse("record"))
    return {"card": found | {"action": None, "open": verdict.outcome == "no"}}
