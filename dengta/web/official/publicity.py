"""公示和发文: what is in publicity, who objects, and the document that awards."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.programmes.actions import listing
from dengta.programmes.actions.awarding import Awarded
from dengta.programmes.actions.awarding import award as give
from dengta.programmes.queries import Application, Round, lists
from dengta.trail.actions import StepRefused, allowed_steps
from dengta.web.cases import badge, case_context, clock_chip
from dengta.web.fields import DayField
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.official.round_list import back_to, find, organises
from dengta.web.official.round_tabs import round_tabs


class AwardForm(forms.Form):
    """The document that awards."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        missing = {"required": _("还没有填写，请补上。")}
        self.fields["document"] = forms.CharField(
            label=_("认定文号"),
            max_length=80,
            help_text=_("例如“鄂经信〔2026〕12号”。"),
            error_messages=missing,
        )
        self.fields["day"] = DayField(
            label=_("文件日期"),
            help_text=_("公示期满之后，不晚于今天。"),
            error_messages=missing,
        )


@require_safe
@desk(*OFFICIAL)
def publicity(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The publicity of a round as its organiser sees it; other offices go to the public page."""
    found = find(acting, pk)
    if not organises(acting, found):
        return redirect("round_publicity", pk)
    return _page(request, acting, found, AwardForm())


def _page(
    request: HttpRequest, acting: Actor, found: Round, form: AwardForm, error: str = ""
) -> HttpResponse:
    today = timezone.localdate()
    shown = lists.publicity_of(found, today)
    due = lists.standing(found, today)
    context = case_context(found, acting)
    wanted = request.GET.get("drop", "").strip()
    page = Paginator(lists.objections_of(found), 20).get_page(request.GET.get("page"))
    context |= {
        "round": found,
        "tabs": round_tabs(found, "official_publicity"),
        "badge": badge(found.flow.state(found.state), public=False),
        "publicity": shown,
        "standing": due,
        "can_award": shown is not None and shown.over and due.due > 0,
        "form": form,
        "error": error,
        "page": page,
        "objections": [_objection(one) for one in page],
        "behind": [
            _behind(row, today) for row in lists.behind(found, today).select_related("round")[:50]
        ],
        "reserve": lists.on_reserve(found)[:50],
        "following": lists.following(found, shown),
        "awards": lists.awards_in(found).count(),
        "drop_q": wanted,
        "found": _to_drop(found, wanted, acting),
        "breadcrumbs": back_to(found, _("公示和认定")),
    }
    wrong = bool(error or form.errors)
    return render(request, "official/publicity.html", context, status=422 if wrong else 200)


def _to_drop(found: Round, wanted: str, acting: Actor) -> list[Application]:
    """The lines of the list that somebody looks for to take off it."""
    if not wanted:
        return []
    rows = lists.narrowed(lists.published(found), "", wanted)[:5]
    return [row for row in rows if any(s.id == "drop" for s in allowed_steps(row, acting))]


def _objection(one: lists.Objection) -> dict[str, Any]:
    return {
        "objection": one,
        "badge": badge(one.flow.state(one.state), public=False),
        "clock": clock_chip(one),
    }


def _behind(row: Application, today: dt.date) -> dict[str, Any]:
    return {
        "application": row,
        "badge": badge(row.flow.state(row.state), public=False),
        "later": lists.takes_objections(row, today)
        and row.publicity_until != row.round.publicity_until,
    }


@require_POST
@desk(*OFFICIAL)
def award(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Award by a document whatever is through its publicity; a second click gives nothing twice."""
    found, form = find(acting, pk), AwardForm(request.POST)
    if not form.is_valid():
        return _page(request, acting, found, form)
    try:
        done = give(found, acting, **form.cleaned_data)
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), form, said(refused.text))
    if done.job is not None:
        return redirect("job", done.job.pk)
    _tell(request, done)
    return redirect("official_publicity", pk)


def _tell(request: HttpRequest, done: Awarded) -> None:
    """What came of it: how many, and each that could not be."""
    words = ngettext("已认定 %(n)s 件。", "已认定 %(n)s 件。", done.count) % {"n": done.count}
    tell(request, words)
    for application, why in done.refused[:5]:
        line = _("%(name)s没有认定：%(why)s。请取消其入选资格，名额可由备选递补。") % {
            "name": application.applicant_name, "why": said(why),
        }  # fmt: skip
        tell(request, line, good=False)


@require_POST
@desk(*OFFICIAL)
def move(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take one application off the list, or move one up from the reserve, with the reason."""
    try:
        application = lists.listed_in_sight(acting, pk)
    except Application.DoesNotExist as gone:
        raise Http404 from gone
    note = request.POST.get("note", "")
    try:
        match step:
            case "drop":
                listing.drop(application, acting, note=note)
            case "promote":
                listing.promote(application, acting, note=note)
            case _:
                raise Http404
    except StepRefused as refused:
        found = find(acting, application.round_id)
        return _page(request, acting, found, AwardForm(), said(refused.text))
    tell(request, _("%(number)s：已办理。") % {"number": application.number})
    return redirect("official_publicity", application.round_id)


@require_POST
@desk(*OFFICIAL)
def close_reserve(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """End the reserve list after the document is out."""
    found = find(acting, pk)
    try:
        ended = listing.close_reserve(found, acting)
    except StepRefused as refused:
        return _page(request, acting, found, AwardForm(), said(refused.text))
    tell(request, ngettext("已结束备选 %(n)s 件。", "已结束备选 %(n)s 件。", ended) % {"n": ended})
    return redirect("official_publicity", pk)
