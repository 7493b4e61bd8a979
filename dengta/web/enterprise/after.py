"""A firm after acceptance: before and after on one page, its reports of use, its case."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.programmes.queries.admission import ways_to
from dengta.projects.actions import cases, usage
from dengta.projects.queries import beforeafter
from dengta.projects.queries.projects import Project
from dengta.projects.queries.usage import within
from dengta.trail.actions import StepRefused
from dengta.web.after_shown import results
from dengta.web.cases import crumbs
from dengta.web.enterprise.projects import find
from dengta.web.frame import desk, list_name, tell
from dengta.web.project_steps import Typed, why


@require_safe
@desk("enterprise")
def project_results(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One project before and after: level, scenarios, effects, money, time, use."""
    return _page(request, acting, find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: Project, error: str = "") -> HttpResponse:
    context = results(found, acting) | {
        "error": error,
        "lighthouse_ways": ways_to(beforeafter.LIGHTHOUSE, timezone.localdate()),
        "typed": request.POST,
        "breadcrumbs": crumbs(
            (list_name("projects"), reverse("projects")),
            (found.number, reverse("project", args=[found.pk])),
            (_("改造前后"), ""),
        ),
    }
    return render(request, "enterprise/project_results.html", context, status=422 if error else 200)


@require_POST
@desk("enterprise")
def project_case(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Agree to be shown as a case (`do` is agree), or take that back."""
    found = find(acting, pk)
    try:
        if request.POST.get("do") == "agree":
            cases.agree(found, acting, agreed_by=request.POST.get("agreed_by", ""))
            tell(request, _("案例已公开。随时可以收回。"))
        else:
            cases.take_back(found, acting)
            tell(request, _("已收回，案例已下架。"))
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), why(refused))
    return redirect("project_results", pk)


@require_POST
@desk("enterprise")
def usage_report(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Report the use of what was accepted; two at once: the second is told."""
    check = within(acting).filter(pk=pk).first()
    if check is None:
        raise Http404
    typed = Typed(request, check.project, acting)
    try:
        usage.report(
            check, acting, logins=typed.number("logins"), users=typed.number("users"),
            text=typed.word("text", 1000), file=request.FILES.get("file"),
            taken_date=typed.day("taken_date", _("截取日期")) if typed.word("taken_date") else None,
        )  # fmt: skip
    except StepRefused as refused:
        return _page(request, acting, find(acting, check.project_id), why(refused))
    tell(request, _("使用情况已填报，等待区县核查。"))
    return redirect("project_results", check.project_id)
