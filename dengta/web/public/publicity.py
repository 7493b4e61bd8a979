"""公示 for everybody: the list as it is kept, how long objections are taken, and files of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.core.money import yuan
from dengta.programmes import queries
from dengta.programmes.queries import Application, Round, lists
from dengta.registry.queries import region_name
from dengta.web.cases import badge, crumbs
from dengta.web.frame import said
from dengta.web.listed import record_file
from dengta.web.taken_away import table_now


def _find(pk: int) -> Round:
    found = queries.rounds().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
def publicity(request: HttpRequest, pk: int) -> HttpResponse:
    """The published list of a round, with the days left and the way to object to a line."""
    found, today = _find(pk), timezone.localdate()
    shown = lists.publicity_of(found, today)
    words = request.GET.get("q", "").strip()
    rows = lists.narrowed(lists.published(found), "", words)
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "round": found,
        "rule": found.rule,
        "badge": badge(found.flow.state(found.state), public=True),
        "publicity": shown,
        "page": page,
        "rows": [_row(row, shown, today) for row in page] if shown else [],
        "with_money": shown is not None and shown.total_fen > 0,
        "q": words,
        "query": f"q={words}&" if words else "",
        "breadcrumbs": crumbs(
            (_("首页"), reverse("home")),
            (found.name, reverse("round", args=[found.pk])),
            (_("公示"), ""),
        ),
    }
    return render(request, "round_publicity.html", context)


def _row(row: Application, shown: lists.Publicity | None, today: dt.date) -> dict[str, Any]:
    until = row.publicity_until
    return {
        "application": row,
        "badge": badge(row.flow.state(row.state), public=True),
        "listed": lists.on_list(row),
        "open": lists.takes_objections(row, today),
        "own_until": until if shown and until != shown.until else None,
    }


@require_safe
def export(request: HttpRequest, pk: int, form: str) -> FileResponse:
    """The published list as a file: the same rows, in the same order."""
    found = _find(pk)
    if lists.publicity_of(found, timezone.localdate()) is None:
        raise Http404
    headings = (
        _("名次"), _("申报编号"), _("申报单位"), _("申报名称"), _("所在地区"),
        _("奖补金额（元）"), _("状态"), _("公示开始日期"), _("公示截止日期"),
    )  # fmt: skip
    name = f"{found.number}-{_('公示名单')}.{form}"
    rows = map(_cells, lists.published(found).iterator())
    return table_now(name, form, _("公示名单"), headings, rows)


def _cells(row: Application) -> list[object]:
    return [
        row.rank,
        row.number,
        row.applicant_name,
        row.title,
        said(region_name(row.region_code)),
        yuan(row.amount_fen or 0).replace(",", "") if lists.on_list(row) else "",
        badge(row.flow.state(row.state), public=True)["name"],
        row.publicity_from,
        row.publicity_until,
    ]


@require_safe
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """The record of the list that `dengta allocate` computes again; 404 before it is public."""
    found = _find(pk)
    kept = lists.list_record(found)
    if kept is None or not kept.public:
        raise Http404
    return record_file(found, kept)
