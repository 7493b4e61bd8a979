"""The applications of one round: filtered, passed together where the machine saw nothing odd,
exported."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.core.flow import Step
from dengta.programmes import queries
from dengta.programmes.actions import checking
from dengta.programmes.queries import Application, Round, overview
from dengta.programmes.queries.overview import Narrowing
from dengta.registry.queries import region_name
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.official.applications import row_of
from dengta.web.official.areas import area_groups
from dengta.web.official.round_tabs import round_tabs
from dengta.web.official.rounds import find
from dengta.web.taken_away import table_now


def narrowing(request: HttpRequest, acting: Actor) -> Narrowing:
    """What the address narrows the list to."""
    typed = {name: request.GET.get(name, "").strip() for name in Narrowing.__slots__}
    return Narrowing(**typed)


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def applications(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The list; sent back with some of it chosen, these are passed, each for itself."""
    found, asked = find(acting, pk), narrowing(request, acting)
    if request.method == "POST":
        return _pass_chosen(request, acting, found)
    rows = overview.handed_in(found, acting, asked)
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    query = urlencode({k: v for k, v in request.GET.items() if v and k != "page"})
    passing = _passing(acting, page)
    states = [s for s in Application.flow.states if s.id not in ("draft", "invited")]
    context = {
        "round": found,
        "tabs": round_tabs(found, "round_applications"),
        "page": page,
        "rows": [row_of(each, bulk=each.pk in passing) for each in page],
        "bulk": len(passing),
        "asked": asked,
        "states": [(s.id, s.name, s.id == asked.state) for s in states],
        "areas": area_groups(acting.region, asked.region),
        "query": f"{query}&" if query else "",
        "export": f"{reverse('round_applications_export', args=[pk])}?{query}",
        "breadcrumbs": crumbs(
            (_("遴选批次"), reverse("official_rounds")),
            (found.name, reverse("official_round", args=[pk])),
            (_("申报"), ""),
        ),
    }
    return render(request, "official/round_applications.html", context)


def _pass_step(application: Application, acting: Actor) -> Step | None:
    """The step by which this office passes an application, if it can be passed here and now."""
    steps = queries.steps_for(application, acting)
    return next((s for s in steps if s.id.startswith("pass_") and s.id != "pass_visit"), None)


def _passing(acting: Actor, rows: Any) -> set[int]:
    """Those that may be passed together: this office's, and the machine saw nothing odd."""
    return {each.pk for each in rows if not each.exceptions and _pass_step(each, acting)}


def _pass_chosen(request: HttpRequest, acting: Actor, found: Round) -> HttpResponse:
    """Pass what was ticked, each by its own step; whatever is refused says why."""
    chosen = [int(pk) for pk in request.POST.getlist("chosen") if pk.isdecimal()]
    rows = list(overview.handed_in(found, acting, Narrowing()).filter(pk__in=chosen))
    by_step: dict[str, list[Application]] = {}
    for each in rows:
        step = _pass_step(each, acting)
        if step is not None:
            by_step.setdefault(step.id, []).append(each)
    done = [
        result
        for step, some in by_step.items()
        for result in checking.check_many(some, acting, step)
    ]
    passed = sum(result.event is not None for result in done)
    already = len(rows) - len(done)
    if passed:
        line = ngettext("已通过 %(n)s 件。", "已通过 %(n)s 件。", passed)
        tell(request, line % {"n": passed})
    if already:
        line = ngettext("%(n)s 件已办过，没有再办。", "%(n)s 件已办过，没有再办。", already)
        tell(request, line % {"n": already}, good=False)
    for result in done:
        if result.refusal is not None:
            where = result.application.number
            tell(request, f"{where} {said(result.refusal)}", good=False)
    if not chosen:
        tell(request, _("还没有勾选。先勾选要通过的申报，再点“通过所选”。"), good=False)
    back = reverse("round_applications", args=[found.pk])
    query = request.GET.urlencode()
    return redirect(f"{back}?{query}" if query else back)


@require_safe
@desk(*OFFICIAL)
def export(request: HttpRequest, acting: Actor, pk: int) -> HttpResponseBase:
    """The same list as a workbook."""
    found, asked = find(acting, pk), narrowing(request, acting)
    heads = (
        _("申报编号"), _("申报单位"), _("统一社会信用代码或区划代码"), _("地区"), _("申报名称"),
        _("状态"), _("提交日期"), _("核对异常"), _("推荐日期"),
    )  # fmt: skip
    rows = map(_cells, overview.handed_in(found, acting, asked))
    name = f"{found.name}-{timezone.localdate()}.xlsx"
    return table_now(name, "xlsx", found.name, heads, rows, (16, 36, 24, 14, 30))


def _cells(each: Application) -> list[object]:
    submitted, recommended = each.submitted_at, each.recommended_at
    return [
        each.number,
        each.applicant_name,
        each.applicant_code,
        said(region_name(each.region_code)),
        each.title,
        said(each.flow.state(each.state).name),
        timezone.localdate(submitted) if submitted else None,
        each.exceptions,
        timezone.localdate(recommended) if recommended else None,
    ]
