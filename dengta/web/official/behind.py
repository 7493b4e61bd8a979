"""The list behind a number: whoever was counted, page by page or as a table to take away."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.core.outgoing import FORMS
from dengta.core.shapes import Text
from dengta.monitoring.queries import pilots as measured
from dengta.projects.queries import beforeafter
from dengta.projects.queries.pilots import PilotMonth, PilotPlan, months_of, plan_for
from dengta.projects.queries.projects import Project
from dengta.registry.queries import by_uscc, industry_name, region_name
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk, list_name, said
from dengta.web.taken_away import table_now

FIGURES = {
    "listed": Text("名单内企业", "Firms on the list"),
    "diagnosed": Text("已诊断", "Diagnosed"),
    "filed": Text("项目已备案", "Projects filed"),
    "accepted": Text("验收通过", "Accepted"),
    "level_2": Text("现场评定二级以上", "Found at level 2 or above"),
    "late": Text("逾期项目", "Projects late"),
    "withdrawn": Text("退出", "Withdrawn"),
    "replaced": Text("替换", "Replaced"),
    "out_of_period": Text("期满未完成", "Out of period"),
}
"""The figures of a pilot behind which there is a list, as its page calls them."""
Found = QuerySet[Any]


def listed(
    request: HttpRequest, name: Text, place: Text, found: Found, trail: list[dict[str, str]],
    query: str = "",
) -> HttpResponseBase:  # fmt: skip
    """Organisations, or projects with theirs, that a number counted; with `form` as a file.
    `query` is what narrows the list in the address, with its `&`."""
    form = request.GET.get("form", "")
    if form:
        return _file(form, name, found)
    page = Paginator(found, 50).get_page(request.GET.get("page"))
    context = {
        "name": name,
        "region": place,
        "page": page,
        "rows": [_pair(one) for one in page],
        "forms": list(FORMS),
        "query": query,
        "breadcrumbs": trail,
    }
    return render(request, "official/members.html", context)


def _pair(one: Any) -> tuple[Any, Project | None]:
    """The organisation of a row, and the project where one was counted."""
    return (one.organisation, one) if isinstance(one, Project) else (one, None)


def _file(form: str, name: Text, found: Found) -> HttpResponseBase:
    headings = (_("名称"), _("统一社会信用代码"), _("地区"), _("行业"), _("改造项目"))
    pairs = map(_pair, found.iterator(chunk_size=500))
    rows = (
        [
            firm.name, firm.uscc, said(region_name(firm.region_code)),
            said(industry_name(firm.industry_code)), project.number if project else "",
        ]
        for firm, project in pairs
    )  # fmt: skip
    return table_now(f"counted-{timezone.localdate()}.{form}", form, said(name), headings, rows)


def figures_shown(plan: PilotPlan, figures: measured.PilotFigures) -> list[dict[str, Any]]:
    """Each figure of a pilot with the address of its list; none where nothing was counted."""
    return [
        {
            "name": text,
            "count": count,
            "url": reverse("pilot_counted", args=[plan.pk, what]) if count else "",
        }
        for what, text in FIGURES.items()
        for count in (getattr(figures, what),)
    ]


def month_shown(plan: PilotPlan, month: PilotMonth) -> list[dict[str, Any]]:
    """Each figure of a monthly report with the address of the list that was kept with it; none for
    reports of the time before lists were kept."""
    return [
        {
            "name": text,
            "count": count,
            "url": reverse("pilot_month_counted", args=[plan.pk, month.pk, what])
            if count and what in month.lists
            else "",
        }
        for what, text in FIGURES.items()
        if (count := month.figures.get(what)) is not None
    ]


@require_safe
@desk(*OFFICIAL)
def pilot_month_counted(
    request: HttpRequest, acting: Actor, pk: int, month: int, what: str
) -> HttpResponseBase:
    """Who was counted in one figure of a monthly report, as it was frozen."""
    try:
        plan = plan_for(acting, pk)
        kept = months_of(plan).get(pk=month)
        found = measured.kept_in(kept, what)
    except (PilotPlan.DoesNotExist, PilotMonth.DoesNotExist, KeyError):
        raise Http404 from None
    trail = crumbs(
        (_("城市试点"), reverse("pilots")), (plan.title, reverse("pilot", args=[pk])),
        (f"{kept.month:%Y-%m}", reverse("pilot_month", args=[pk, month])), (FIGURES[what], ""),
    )  # fmt: skip
    return listed(request, FIGURES[what], region_name(plan.region_code), found, trail)


@require_safe
@desk(*OFFICIAL)
def pilot_counted(request: HttpRequest, acting: Actor, pk: int, what: str) -> HttpResponseBase:
    """Who was counted in one figure of a pilot."""
    try:
        plan = plan_for(acting, pk)
        found = measured.counted_in(plan, what, timezone.localdate())
    except (PilotPlan.DoesNotExist, KeyError):
        raise Http404 from None
    trail = crumbs(
        (_("城市试点"), reverse("pilots")), (plan.title, reverse("pilot", args=[pk])),
        (FIGURES[what], ""),
    )  # fmt: skip
    return listed(request, FIGURES[what], region_name(plan.region_code), found, trail)


@require_safe
@desk(*OFFICIAL)
def official_copies(request: HttpRequest, acting: Actor, uscc: str) -> HttpResponseBase:
    """Who took up the packages of a firm's accepted projects, or of one of them (`project`)."""
    firm = by_uscc(uscc)
    if firm is None:
        raise Http404
    only = request.GET.get("project", "")
    only = only if only.isdecimal() and len(only) < 18 else ""
    found = beforeafter.copiers(firm.pk, int(only) if only else None)
    name = Text("复制企业", "Firms that copied")
    trail = crumbs((list_name("usage"), reverse("official_usage")), (name, ""))
    query = f"project={only}&" if only else ""
    return listed(request, name, Text(firm.name, firm.name), found, trail, query)
