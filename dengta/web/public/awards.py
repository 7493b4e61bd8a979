"""认定名单: who holds what, for everybody; the page that a certificate's code leads to."""

from __future__ import annotations

from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.core.outgoing import FORMS
from dengta.core.verifying import read_code
from dengta.programmes.queries import awards as queries
from dengta.registry.queries import division_of, region_name
from dengta.web.awards import choices, facts, row, wanted
from dengta.web.cases import crumbs
from dengta.web.frame import said
from dengta.web.taken_away import table_now


@require_safe
def awards(request: HttpRequest) -> HttpResponse:
    """The public list, those in force unless asked otherwise."""
    day, asked = timezone.localdate(), wanted(request.GET)
    page = Paginator(queries.awards(asked, day), 30).get_page(request.GET.get("page"))
    kept = {name: value for name, value in request.GET.items() if value and name != "page"}
    query = urlencode(kept)
    context = choices(asked) | {
        "page": page,
        "rows": [row(award, day) for award in page],
        "query": f"{query}&" if query else "",
        "day": day,
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("认定名单"), "")),
    }
    return render(request, "awards.html", context)


@require_safe
def award(request: HttpRequest, code: str) -> HttpResponse:
    """One award: whether the certificate is genuine, and how the award stands today."""
    found = queries.award_by_code(code)
    if found is None:
        raise Http404
    if found.code != code:
        return redirect("award", found.code)
    words = {
        "good": _("证书属实，认定有效"),
        "wait": _("证书属实，正在限期整改"),
        "bad": _("证书不能再用"),
    }
    context = facts(found, timezone.localdate())
    context |= {
        "word": words.get(context["badge"]["tone"], ""),
        "breadcrumbs": crumbs(
            (_("首页"), reverse("home")), (_("认定名单"), reverse("awards")), (found.number, "")
        ),
    }
    return render(request, "award.html", context)


@require_safe
def awards_file(request: HttpRequest, language: str) -> HttpResponseBase:
    """The list as a table, csv or xlsx (`form`), narrowed as the page is."""
    form = request.GET.get("form", "xlsx")
    if form not in FORMS or language not in ("zh", "en"):
        raise Http404
    day = timezone.localdate()
    headings = (
        _("单位名称"), _("原名称"), _("认定"), _("申报名称"), _("地区"), _("认定文号"),
        _("认定日期"), _("有效期至"), _("状态"), _("证书编号"), _("核验码"),
    )  # fmt: skip
    rows = queries.awards(wanted(request.GET), day).iterator(chunk_size=500)
    name = f"awards-{day}.{form}"
    return table_now(name, form, _("认定名单"), headings, (_cells(each, day) for each in rows))


def _cells(award: queries.Award, day: object) -> list[object]:
    today = timezone.localdate()
    return [
        award.holder_name,
        queries.former_name(award),
        said(queries.called(award)),
        award.title,
        said(region_name(division_of(award.case_region))),
        award.document_number,
        award.award_date,
        award.expires_date,
        said(queries.standing(award, today).public),
        award.number,
        read_code(award.code),
    ]
