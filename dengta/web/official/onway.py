"""钱在路上: how far the money is, with whom it waits and for how long, what is about to lapse, and
what the vouchers will come to. The province sees every place, a city its own, a county its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.core.forecasting import METHOD, Forecast
from dengta.core.money import yuan
from dengta.core.outgoing import FORMS, Workbook
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.queries import onway, onway_forecast, onway_funnel
from dengta.funding.queries.budgets import programme_name, wan
from dengta.funding.queries.onway import Asked, Listed, Waiting
from dengta.registry.queries import division_of, policy, province_code, region_name
from dengta.web.cases import badge, crumbs, office, role_name
from dengta.web.frame import OFFICIAL, desk, said
from dengta.web.official.areas import area_groups
from dengta.web.taken_away import made_now
from dengta.web.templatetags.dengta import at_a_glance

YEAR = dt.timedelta(days=365)
LISTED = 30
BY: dict[str, Text] = {
    "stage": Text("按环节", "By stage"),
    "city": Text("按地区", "By place"),
    "programme": Text("按政策事项", "By programme"),
}


def read(request: HttpRequest) -> Asked:
    """What is looked at, from the address; what makes no sense counts as not said."""
    region = request.GET.get("region", "")
    programme, year = request.GET.get("programme", ""), request.GET.get("year", "")
    return Asked(
        region if region in policy().regions else "",
        programme if programme in _programmes() else "",
        int(year) if year.isdecimal() and int(year[:5]) in _years() else None,
    )


def _programmes() -> list[str]:
    return sorted({one.programme for one in policy().schemes})


def _years() -> list[int]:
    return sorted({one.year for one in policy().funds}, reverse=True)


def query_of(asked: Asked, **more: str | int) -> str:
    """The address that says it again, as `a=b&`; empty where there is nothing to say."""
    said_of: dict[str, str | int | None] = {
        "region": asked.region, "programme": asked.programme, "year": asked.year, **more,
    }  # fmt: skip
    kept = {name: value for name, value in said_of.items() if value not in ("", None)}
    return f"{urlencode(kept)}&" if kept else ""


def filters(asked: Asked, acting: Actor) -> dict[str, Any]:
    """The choices of the form above every page of money on its way."""
    return {
        "asked": asked,
        "areas": area_groups(acting.region, asked.region) if acting.role != "county" else [],
        "programmes": [
            (id, said(programme_name(id)), id == asked.programme) for id in _programmes()
        ],
        "years": [(year, year == asked.year) for year in _years()],
        "query": query_of(asked),
    }


@require_safe
@desk(*OFFICIAL)
def money(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The whole picture: what waits, the offices' clocks, the funnel, what expires, the forecast,
    the end of the year."""
    asked, today = read(request), timezone.localdate()
    rows = onway.waiting(acting, asked, today)
    prefix = asked.within(acting)
    times = onway.payment_times(today - YEAR, today, asked, prefix)
    expiring = onway_forecast.expiring(acting, asked, today)
    outlook = onway_forecast.outlook(acting, asked, today)
    counties = len(prefix) > 2
    context = {
        **filters(asked, acting),
        "stats": list(_stats(rows, times, expiring, asked)),
        "bands": [said(onway.band_name(band)) for band in range(len(onway.bands()) + 1)],
        "tables": [
            {
                "title": said(BY[by]),
                "rows": [
                    _aged(one, by, asked) for one in onway.ageing(rows, by, counties=counties)
                ],
            }
            for by in ("stage", "city", "programme")
        ],
        "offices": [
            (one, office(one.role, one.region), query_of(asked, role=one.role, office=one.region))
            for one in onway.offices(rows)
        ],
        "funnels": [_funnel(one, asked) for one in onway_funnel.funnels(acting, asked, today)],
        "times": [(one, region_name(one.region)) for one in times if one.region],
        "expiring": [(one, region_name(one.region)) for one in expiring],
        "warning": policy().practised("expiry_warning_days", today),
        "forecast": _forecast(outlook.forecast),
        "method": METHOD,
        "year_end": outlook.year_end,
        "breadcrumbs": crumbs((_("预算资金"), reverse("budgets")), (_("资金在途"), "")),
    }
    return render(request, "official/money.html", context)


def _stats(
    rows: Sequence[Waiting],
    times: Sequence[onway.Times],
    expiring: Sequence[onway_forecast.Expiring],
    asked: Asked,
) -> Iterable[dict[str, Any]]:
    """The figures above everything else."""
    late = [row for row in rows if row.late]
    cases, query = reverse("money_cases"), query_of(asked)
    yield {
        "label": _("在途金额"),
        "fen": sum(row.fen for row in rows),
        "note": _("%(n)s 件正在办理") % {"n": f"{len(rows):,}"},
        "url": f"{cases}?{query}" if rows else "",
    }
    yield {
        "label": _("逾期"),
        "value": len(late),
        "unit": _("件"),
        "note": said(wan(sum(row.fen for row in late))) if late else "",
        "url": f"{cases}?{query}late=1" if late else "",
    }
    whole = next((one for one in times if not one.region), None)
    yield {
        "label": _("近一年从可付到到账"),
        "value": whole.median if whole else None,
        "unit": _("个工作日（中位数）") if whole else "",
        "note": _("共 %(n)s 笔，按承诺时限到账 %(share)s%%")
        % {"n": f"{whole.count:,}", "share": whole.in_time_bps // 100}
        if whole
        else _("还没有到账的款项"),
    }
    yield {
        "label": _("即将到期"),
        "fen": sum(one.fen for one in expiring),
        "note": _("%(n)s 张券") % {"n": f"{sum(one.count for one in expiring):,}"},
        "url": f"{reverse('money_expiring')}?{query}" if expiring else "",
    }


def _aged(one: onway.Aged, by: str, asked: Asked) -> dict[str, Any]:
    """One row of the ageing table, each cell with the way to its list."""
    more: dict[str, str | int] = {}
    if by == "stage":
        more = {"stage": one.key}
    elif by == "city":
        asked = Asked(one.key, asked.programme, asked.year)
    else:
        asked = Asked(asked.region, one.key, asked.year)
    cells = [
        {"count": count, "fen": fen, "query": query_of(asked, **more, band=band)}
        for band, (count, fen) in enumerate(zip(one.counts, one.fens, strict=True))
    ]
    return {"row": one, "cells": cells, "query": query_of(asked, **more)}


def _funnel(one: onway_funnel.Funnel, asked: Asked) -> dict[str, Any]:
    """A funnel as bars, with what each stage comes to, and where the others were lost."""
    rows = []
    for stage in one.stages:
        more = [_("%(n)s 件") % {"n": f"{stage.cases:,}"}] if stage.cases else []
        more += [at_a_glance(stage.fen) or said(wan(stage.fen))] if stage.fen else []
        # Beside the figure: a long label would run into the bar.
        rows.append(
            {
                "label": stage.name,
                "value": stage.firms,
                "note": f"({', '.join(more)})" if more else "",
            }
        )
    fit = one.eligible
    chart = {"title": one.name, "unit": _("家企业"), "measure": _("企业数"), "rows": rows}
    return {
        "funnel": one,
        "chart": chart,
        "sure": fit,
        "url": ""
        if asked.programme
        else f"?{query_of(Asked(asked.region, one.programme, asked.year))}#funnel",
        "finding": _finding(one),
    }


def _finding(one: onway_funnel.Funnel) -> str:
    """What the funnel says, in a sentence."""
    stages = {stage.id: stage.firms for stage in one.stages}
    possible, paid, began = stages.get("eligible"), stages.get("paid", 0), stages.get("began", 0)
    if possible:
        return _("可能符合的 %(all)s 家里，%(began)s 家开始填报，%(paid)s 家已经拿到钱。") % {
            "all": f"{possible:,}", "began": f"{began:,}", "paid": f"{paid:,}",
        }  # fmt: skip
    return _("%(began)s 家开始填报，%(paid)s 家已经拿到钱。") % {
        "began": f"{began:,}", "paid": f"{paid:,}",
    }  # fmt: skip


def _forecast(found: Forecast | None) -> dict[str, Any] | None:
    """The forecast with its cases as rows, and the middle one by four weeks."""
    if found is None:
        return None
    months = [sum(found.weeks[at : at + 4]) for at in range(0, len(found.weeks), 4)]
    start = found.day
    chart = {
        "title": _("预计核销（居中情形，每四周）"),
        "unit": _("万元"),
        "measure": _("金额"),
        "rows": [
            {"label": said(said_day(start + dt.timedelta(weeks=4 * at))), "value": fen // 1_000_000}
            for at, fen in enumerate(months)
        ],
    }
    cases = (
        (_("偏低"), found.low), (_("居中"), found.middle), (_("偏高"), found.high),
    )  # fmt: skip
    return {"found": found, "cases": cases, "chart": chart if any(months) else None}


# ---------------------------------------------------------------- lists


@require_safe
@desk(*OFFICIAL)
def money_cases(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The matters behind a figure: of one stage, band of age or office, the longest waiting
    first."""
    asked, today = read(request), timezone.localdate()
    narrowing = _narrowing(request)
    rows = onway.picked(onway.waiting(acting, asked, today), **narrowing)
    page = Paginator(rows, LISTED).get_page(request.GET.get("page"))
    query = query_of(asked, **_typed(narrowing))
    context = {
        **filters(asked, acting),
        "page": page,
        "rows": [_row(one) for one in onway.listed(list(page))],
        "fen": sum(row.fen for row in rows),
        "late": sum(row.late for row in rows),
        "chosen": list(_chosen(narrowing)),
        "hidden": list(_typed(narrowing).items()),
        "query": query,
        "breadcrumbs": crumbs((_("资金在途"), reverse("money")), (_("名单"), "")),
    }
    return render(request, "official/money_cases.html", context)


def _narrowing(request: HttpRequest) -> dict[str, Any]:
    """What a list is narrowed to besides place, programme and year."""
    stage, band = request.GET.get("stage", ""), request.GET.get("band", "")
    role, region = request.GET.get("role", ""), request.GET.get("office", "")
    try:
        onway.stage_name(stage)
    except KeyError:
        stage = ""
    return {
        "stage": stage,
        "band": int(band) if band in map(str, range(len(onway.bands()) + 1)) else None,
        "role": role if role in OFFICIAL else "",
        "office": region if region in policy().regions else "",
        "late": request.GET.get("late") == "1",
    }


def _typed(narrowing: dict[str, Any]) -> dict[str, str | int]:
    return {
        name: int(value) if isinstance(value, bool) else value
        for name, value in narrowing.items()
        if value not in ("", None, False) or (name == "band" and value == 0 and value is not False)
    }


def _chosen(narrowing: dict[str, Any]) -> Iterable[str]:
    """What the list is narrowed to, in words."""
    if narrowing["stage"]:
        yield said(onway.stage_name(narrowing["stage"]))
    if narrowing["band"] is not None:
        days = said(onway.band_name(narrowing["band"]))
        yield _("已过 %(days)s（工作日）") % {"days": days}
    if narrowing["role"]:
        yield office(narrowing["role"], narrowing["office"] or province_code())
    if narrowing["late"]:
        yield _("逾期")


def _row(one: Listed) -> dict[str, Any]:
    waiting, thing = one.waiting, one.thing
    holder = office(waiting.role, waiting.office) if waiting.role in OFFICIAL else _("企业")
    return {
        "thing": thing,
        "waiting": waiting,
        "programme": programme_name(waiting.programme),
        "badge": badge(thing.flow.state(thing.state), public=False),
        "clock": {"holder": holder, "left": waiting.left, "due": waiting.due},
        "url": reverse("case", args=[thing.pk])
        if waiting.kind == "voucher"
        else reverse("official_claim", args=[thing.pk]),
    }


@require_safe
@desk(*OFFICIAL)
def money_expiring(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The vouchers about to expire, the first to do so first, with what is left on each."""
    asked, today = read(request), timezone.localdate()
    found = onway_forecast.expiring_vouchers(asked, asked.within(acting), today)
    page = Paginator(found.select_related("organisation"), LISTED).get_page(request.GET.get("page"))
    context = {
        **filters(asked, acting),
        "page": page,
        "rows": [
            {
                "voucher": one,
                "days": (one.expires_date - today).days if one.expires_date else 0,
                "programme": programme_name(one.programme),
                "region": region_name(one.organisation.region_code),
            }
            for one in page
        ],
        "warning": policy().practised("expiry_warning_days", today),
        "breadcrumbs": crumbs((_("资金在途"), reverse("money")), (_("即将到期"), "")),
    }
    return render(request, "official/money_expiring.html", context)


# ---------------------------------------------------------------- taking it away


@require_safe
@desk(*OFFICIAL)
def money_export(request: HttpRequest, acting: Actor) -> FileResponse:
    """The cases on their way, the offices and what expires, as a workbook of three sheets."""
    asked, today = read(request), timezone.localdate()
    rows = onway.picked(onway.waiting(acting, asked, today), **_narrowing(request))

    def write(path: Path) -> None:
        book = Workbook(path)
        _case_sheet(book, rows)
        _office_sheet(book, rows)
        _expiring_sheet(book, acting, asked, today)
        book.close()

    return made_now(f"{_('资金在途')}-{today}.xlsx", FORMS["xlsx"], write)


def _case_sheet(book: Workbook, rows: Sequence[Waiting]) -> None:
    heads = (
        _("编号"), _("统一社会信用代码"), _("企业名称"), _("市州"), _("地区"), _("政策事项"),
        _("年度"), _("环节"), _("办理单位"), _("起算日"), _("已过工作日"), _("时限"), _("到期日"),
        _("是否逾期"), _("金额（元）"),
    )  # fmt: skip
    sheet = book.sheet(_("在途事项"), heads, (16, 22, 36, 12, 12, 24))
    for one in onway.listed(rows):
        row, thing = one.waiting, one.thing
        who = office(row.role, row.office) if row.role in OFFICIAL else role_name(row.role)
        sheet.row((
            thing.number, thing.organisation.uscc, thing.organisation.name,
            said(region_name(division_of(row.region))), said(region_name(row.region)),
            said(programme_name(row.programme)), row.year,
            said(onway.stage_name(f"{row.kind}:{row.state}")), who, row.since, row.days,
            row.allowed, row.due, _("是") if row.late else _("否"), yuan(row.fen),
        ))  # fmt: skip


def _office_sheet(book: Workbook, rows: Sequence[Waiting]) -> None:
    heads = (
        _("办理单位"), _("在办"), _("金额（元）"), _("逾期"), _("逾期金额（元）"),
        _("工作日中位数"), _("九成不超过"), _("最长"),
    )  # fmt: skip
    sheet = book.sheet(_("各单位"), heads, (28,))
    for one in onway.offices(rows):
        sheet.row((
            office(one.role, one.region), one.count, yuan(one.fen), one.late, yuan(one.late_fen),
            one.median, one.nine_in_ten, one.longest,
        ))  # fmt: skip


def _expiring_sheet(book: Workbook, acting: Actor, asked: Asked, today: dt.date) -> None:
    heads = (
        _("编号"), _("统一社会信用代码"), _("企业名称"), _("地区"), _("政策事项"), _("有效期至"),
        _("未核销（元）"),
    )  # fmt: skip
    sheet = book.sheet(_("即将到期"), heads, (16, 22, 36, 12, 24))
    found = onway_forecast.expiring_vouchers(asked, asked.within(acting), today)
    for one in found.select_related("organisation"):
        firm = one.organisation
        left = one.left_fen
        sheet.row((
            one.number, firm.uscc, firm.name, said(region_name(firm.region_code)),
            said(programme_name(one.programme)), one.expires_date, yuan(left),
        ))  # fmt: skip
