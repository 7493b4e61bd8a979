"""Awards at an office's desk: every one of the territory, and the proceedings on them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.wording import said_day
from dengta.programmes.actions import proceedings as actions
from dengta.programmes.actions.effects import restore
from dengta.programmes.queries import awards as queries
from dengta.programmes.queries.awards import REQUESTS, Award, Proceeding
from dengta.trail.actions import StepRefused
from dengta.web.awards import (
    about,
    certificate_response,
    choices,
    facts,
    key_of,
    new_key,
    proceedings,
    result_field,
    row,
    wanted,
)
from dengta.web.cases import badge, clock_chip, crumbs, events
from dengta.web.fields import DayField
from dengta.web.frame import OFFICIAL, desk, said, tell

CHARGES = ("warning", "rectification", "revocation")
"""What an office opens by itself."""


class ChargeForm(forms.Form):
    """What is meant to be done to an award, and why."""

    use_required_attribute = False

    kind = forms.ChoiceField(
        label=gettext_lazy("处置类别"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请先选警告、限期整改还是撤销认定。")},
    )
    grounds = forms.CharField(
        label=gettext_lazy("事由"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("查到什么、依据什么。送达告知书以后，持有单位才会看到。"),
        error_messages={"required": gettext_lazy("请写明事由：查到什么、依据什么。")},
    )
    file = forms.FileField(label=gettext_lazy("依据材料"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(kind, said(actions.KINDS[kind])) for kind in CHARGES]


class DecisionForm(forms.Form):
    """The decision with its reasons, and its day where it has one."""

    use_required_attribute = False

    decision = forms.CharField(
        label=gettext_lazy("决定和理由"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("请写明决定和理由，持有单位会看到。")},
    )

    def __init__(self, proceeding: Proceeding, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if proceeding.kind == "rectification":
            self.fields["until"] = DayField(
                label=_("整改期限"),
                help_text=_("要晚于复核期满日。"),
                error_messages={"required": _("请填写整改到哪一天为止。")},
            )
        elif proceeding.kind == "renewal":
            self.fields["until"] = DayField(
                label=_("续期至"),
                required=False,
                help_text=_("留空为 %(day)s；可以更早，不能更晚。")
                % {"day": said(said_day(dt.date.fromisoformat(proceeding.terms["expires_date"])))},
            )
        elif proceeding.kind == "evaluation":
            self.fields["result"] = result_field(initial=proceeding.terms["result"])


def _find(acting: Actor, pk: int) -> Award:
    try:
        return queries.award_for(acting, pk)
    except Award.DoesNotExist as gone:
        raise Http404 from gone


def _case(acting: Actor, pk: int) -> Proceeding:
    try:
        return queries.proceeding_for(acting, pk)
    except (Award.DoesNotExist, Proceeding.DoesNotExist) as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def official_awards(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The awards of the territory, and the proceedings that are not over, oldest first."""
    day, asked = timezone.localdate(), wanted(request.GET, "all")
    rows = queries.awards_within(acting, asked, day)
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    live = queries.proceedings_within(acting)
    kept = {name: value for name, value in request.GET.items() if value and name != "page"}
    context = choices(asked) | {
        "page": page,
        "rows": [row(award, day) for award in page],
        "live": [_line(each) for each in live[:20]],
        "live_count": live.count(),
        "query": f"{urlencode(kept)}&" if kept else "",
        "breadcrumbs": crumbs((_("认定名单"), "")),
    }
    return render(request, "official/awards.html", context)


def _line(proceeding: Proceeding) -> dict[str, Any]:
    return {
        "proceeding": proceeding,
        "kind": actions.KINDS[proceeding.kind],
        "badge": badge(proceeding.flow.state(proceeding.state), public=False),
        "clock": clock_chip(proceeding),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def official_award(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One award with its proceedings; POST opens a new one."""
    award = _find(acting, pk)
    form = ChargeForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            opened = actions.open_proceeding(
                award,
                acting,
                typed["kind"],
                grounds=typed["grounds"],
                file=typed["file"],
                key=key_of(request, acting),
            )
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            tell(request, _("已立案。送达告知书后，持有单位可以陈述申辩。"))
            return redirect("official_proceeding", opened.pk)
    return _page(request, acting, award, form)


def _page(
    request: HttpRequest, acting: Actor, award: Award, form: ChargeForm, error: str = ""
) -> HttpResponse:
    seen = proceedings(award, acting)
    mine = queries.may_charge(award, acting)
    context = facts(award, timezone.localdate()) | {
        "proceedings": seen,
        "events": events(award),
        "form": form,
        "error": error,
        "note": request.POST.get("note", ""),
        "key": request.POST.get("key") or new_key(),
        "chargeable": mine and queries.in_the_way(award, "revocation") is None,
        "restorable": mine
        and any(step.id == "restore" for step in queries.award_steps(award, acting)),
        "breadcrumbs": crumbs((_("认定名单"), reverse("official_awards")), (award.number, "")),
    }
    wrong = bool(error) or bool(form.errors)
    return render(request, "official/award.html", context, status=422 if wrong else 200)


@require_POST
@desk(*OFFICIAL)
def restore_award(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """What was to be rectified has been."""
    award = _find(acting, pk)
    try:
        restore(award, acting, note=request.POST.get("note", ""))
    except StepRefused as refused:
        return _page(request, acting, award, ChargeForm(), said(refused.text))
    tell(request, _("已恢复有效，已通知持有单位。"))
    return redirect("official_award", pk)


@require_safe
@desk(*OFFICIAL)
def official_certificate(
    request: HttpRequest, acting: Actor, pk: int, language: str
) -> HttpResponse:
    """The certificate as the holder has it."""
    award = _find(acting, pk)
    try:
        return certificate_response(request, award, language)
    except StepRefused as refused:
        return _page(request, acting, award, ChargeForm(), said(refused.text))


@require_safe
@desk(*OFFICIAL)
def official_proceeding(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One proceeding with its story and what may be done."""
    return _proceeding(request, acting, _case(acting, pk))


def _proceeding(
    request: HttpRequest,
    acting: Actor,
    proceeding: Proceeding,
    error: str = "",
    form: DecisionForm | None = None,
) -> HttpResponse:
    award = proceeding.award
    shown = about(proceeding, acting)
    steps = shown["steps"]
    context = shown | {
        "told": shown,
        "award": award,
        "facts": facts(award, timezone.localdate()),
        "request_of_holder": proceeding.kind in REQUESTS,
        "plain_steps": [step for id, step in steps.items() if id != "decide"],
        "decide": steps.get("decide"),
        "form": form or DecisionForm(proceeding),
        "error": error,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs(
            (_("认定名单"), reverse("official_awards")),
            (award.number, reverse("official_award", args=[award.pk])),
            (proceeding.number, ""),
        ),
    }
    wrong = bool(error) or (form is not None and bool(form.errors))
    return render(request, "official/proceeding.html", context, status=422 if wrong else 200)


@require_POST
@desk(*OFFICIAL)
def proceeding_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take one step: serve, take up, decide, dismiss, confirm, overturn (`step` of the form)."""
    proceeding, form = _case(acting, pk), None
    chosen, note = request.POST.get("step") or step, request.POST.get("note", "")
    try:
        if chosen == "decide":
            form = DecisionForm(proceeding, request.POST)
            if not form.is_valid():
                return _proceeding(request, acting, proceeding, form=form)
            until: dt.date | None = form.cleaned_data.get("until")
            result, decision = form.cleaned_data.get("result", ""), form.cleaned_data["decision"]
            actions.decide(proceeding, acting, decision=decision, until=until, result=result)
        else:
            _take(proceeding, acting, chosen, note)
    except StepRefused as refused:
        found = _case(acting, pk)
        return _proceeding(request, acting, found, said(refused.text), form)
    name = said(proceeding.flow.step(chosen).name)
    tell(request, _("“%(step)s”已办理，已通知持有单位。") % {"step": name})
    return redirect("official_proceeding", pk)


def _take(proceeding: Proceeding, acting: Actor, step: str, note: str) -> None:
    if step == "serve":
        actions.serve(proceeding, acting, notice=note)
    elif step == "take_up":
        actions.take_up(proceeding, acting)
    elif step == "dismiss":
        actions.dismiss(proceeding, acting, note=note)
    elif step == "confirm":
        actions.confirm(proceeding, acting, note=note)
    elif step == "overturn":
        actions.overturn(proceeding, acting, note=note)
    else:
        raise Http404
