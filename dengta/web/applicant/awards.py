"""A holder's own awards: the certificate, what can be asked for, and answering what was served."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.programmes.actions import proceedings as actions
from dengta.programmes.queries import awards as queries
from dengta.programmes.queries.awards import REQUESTS, Award, Proceeding
from dengta.trail.actions import StepRefused
from dengta.web.awards import (
    WordsForm,
    certificate_response,
    facts,
    key_of,
    new_key,
    proceedings,
    row,
)
from dengta.web.cases import crumbs, events
from dengta.web.frame import desk, said, tell

HOLDERS = ("enterprise", "provider", "city", "county")


def _find(acting: Actor, pk: int) -> Award:
    found = queries.awards_of(acting).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@desk(*HOLDERS)
def own_awards(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Everything that the holder was ever awarded."""
    day = timezone.localdate()
    page = Paginator(queries.awards_of(acting), 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [row(award, day) for award in page],
        "breadcrumbs": crumbs((_("我的认定"), "")),
    }
    return render(request, "applicant/awards.html", context)


@require_safe
@desk(*HOLDERS)
def own_award(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One award with its certificate, what is under way, and what can be asked for."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest,
    acting: Actor,
    award: Award,
    error: str = "",
    tried: str = "",
    form: WordsForm | None = None,
) -> HttpResponse:
    day = timezone.localdate()
    forms = {
        "renewal": WordsForm(_("续期理由"), auto_id="renewal_%s"),
        "renaming": WordsForm(_("变更情况"), auto_id="renaming_%s"),
        "defend": WordsForm(_("陈述和申辩"), auto_id="defend_%s"),
        "appeal": WordsForm(_("复核理由"), auto_id="appeal_%s", with_file=False),
    }
    if form is not None and tried in forms:
        forms[tried] = form
    context = facts(award, day) | {
        "asking": queries.asking(award, day),
        "proceedings": proceedings(award, acting),
        "events": events(award),
        "forms": forms,
        "tried": tried,
        "name": request.POST.get("name", ""),
        "error": error,
        "key": request.POST.get("key") or new_key(),
        "breadcrumbs": crumbs((_("我的认定"), reverse("own_awards")), (award.number, "")),
    }
    wrong = bool(error) or (form is not None and bool(form.errors))
    return render(request, "applicant/award.html", context, status=422 if wrong else 200)


@require_POST
@desk(*HOLDERS)
def ask(request: HttpRequest, acting: Actor, pk: int, kind: str) -> HttpResponse:
    """Ask for a renewal or a change of name."""
    if kind not in REQUESTS:
        raise Http404
    award = _find(acting, pk)
    label = _("续期理由") if kind == "renewal" else _("变更情况")
    form = WordsForm(label, request.POST, request.FILES, auto_id=f"{kind}_%s")
    if not form.is_valid():
        return _page(request, acting, award, tried=kind, form=form)
    try:
        actions.open_proceeding(
            award,
            acting,
            kind,
            grounds=form.cleaned_data["text"],
            name=request.POST.get("name", ""),
            file=form.cleaned_data["file"],
            key=key_of(request, acting),
        )
    except StepRefused as refused:
        return _page(request, acting, award, said(refused.text), kind, form)
    tell(request, _("申请已提交，办理进度会在这里显示，并发通知给您。"))
    return redirect("own_award", pk)


@require_POST
@desk(*HOLDERS)
def answer(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Defend, appeal or withdraw in a proceeding."""
    try:
        proceeding = queries.proceeding_for(acting, pk)
    except (Proceeding.DoesNotExist, Award.DoesNotExist) as gone:
        raise Http404 from gone
    award = _find(acting, proceeding.award_id)
    if step not in ("defend", "appeal", "withdraw"):
        raise Http404
    form: WordsForm | None = None
    if step != "withdraw":
        label = _("陈述和申辩") if step == "defend" else _("复核理由")
        form = WordsForm(
            label, request.POST, request.FILES, auto_id=f"{step}_%s", with_file=step == "defend"
        )
        if not form.is_valid():
            return _page(request, acting, award, tried=step, form=form)
    try:
        _take(proceeding, acting, step, form)
    except StepRefused as refused:
        return _page(request, acting, award, said(refused.text), step, form)
    tell(request, _("“%(step)s”已办理。") % {"step": said(proceeding.flow.step(step).name)})
    return redirect("own_award", award.pk)


def _take(proceeding: Proceeding, acting: Actor, step: str, form: WordsForm | None) -> None:
    if form is None:
        actions.withdraw(proceeding, acting)
    elif step == "defend":
        typed = form.cleaned_data
        actions.defend(proceeding, acting, text=typed["text"], file=typed["file"])
    else:
        actions.appeal(proceeding, acting, text=form.cleaned_data["text"])


@require_safe
@desk(*HOLDERS)
def own_certificate(request: HttpRequest, acting: Actor, pk: int, language: str) -> HttpResponse:
    """The certificate, in Chinese or English."""
    award = _find(acting, pk)
    try:
        return certificate_response(request, award, language)
    except StepRefused as refused:
        return _page(request, acting, award, said(refused.text))
