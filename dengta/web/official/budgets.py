"""预算资金: each fund as a tree of places, the orders that move it, and one order.

The province sees every place, a city itself and its counties, a county itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core import money
from dengta.core.shapes import Fund, Text
from dengta.funding.actions import budgets as actions
from dengta.funding.queries import budgets as queries
from dengta.funding.queries import fund_tree
from dengta.funding.queries.budgets import BudgetOrder
from dengta.funding.queries.fund_tree import Place
from dengta.funding.queries.public_spending import SHOWN, expenses_of, public_budget
from dengta.funding.queries.tranches import tranches_of, waiting_for
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell

PARTS = {
    "all": Text("不分用途", "Any use"),
    "enterprise": Text("直接补助企业", "For enterprises"),
    "public": Text("公共服务", "Public service"),
}


@require_safe
@desk(*OFFICIAL)
def budgets(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every fund of a year as far as the office sees it, by plan; what waits for the office."""
    years = sorted({fund.year for fund in policy().funds}, reverse=True)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked[:6]) in years else _current(years)
    funds = [fund for fund in policy().funds if fund.year == year]
    seen = _seen(funds, acting)
    context = {
        "years": [(one, one == year) for one in years],
        "year": year,
        "groups": list(_groups(seen)),
        "waiting": queries.orders_waiting(acting),
        "tranches": waiting_for(acting),
        "can_order": acting.role in ("province", "city"),
        "breadcrumbs": crumbs((_("预算资金"), "")),
    }
    return render(request, "official/budgets.html", context)


def _current(years: list[int]) -> int:
    """This year if the policy has money for it, else the latest."""
    year = timezone.localdate().year
    return year if year in years or not years else years[0]


def _seen(funds: list[Fund], acting: Actor) -> list[Place]:
    trees = fund_tree.trees(funds)
    found = (fund_tree.seen(trees[fund.id], acting) for fund in funds if fund.id in trees)
    return [place for place in found if place is not None]


def _groups(places: Iterable[Place]) -> Iterable[dict[str, Any]]:
    """Funds under the plan that they stand in, with the sums of each plan."""
    plans = {plan.id: plan.name for plan in policy().plans}
    grouped: dict[str, list[Place]] = {}
    for place in places:
        grouped.setdefault(place.fund.plan, []).append(place)
    for plan in sorted(grouped, key=lambda id: (not id, id)):
        rows = grouped[plan]
        whole = sum((place.whole for place in rows), fund_tree.Sums())
        yield {
            "name": plans.get(plan, Text("未注明所属方案", "Plan not named")),
            "available": whole.available,
            "left": whole.left,
            "rows": [{"place": place, "money": money_of(place)} for place in rows],
        }


def money_of(place: Place) -> dict[str, Any]:
    """A place and all below it as the money bar wants it."""
    whole = place.whole
    return {
        "paid": whole.paid,
        "reserved": whole.committed - whole.paid,
        "available": whole.left,
        "cap": whole.available,
    }


@require_safe
@desk(*OFFICIAL)
def fund(request: HttpRequest, acting: Actor, fund: str) -> HttpResponse:
    """One fund as a tree: what came, went on, came back, is committed, paid and left, by place; the
    share of enterprises as it is now."""
    place = _place(acting, fund)
    rows = [_row(acting, depth, one) for depth, one in fund_tree.walked(place)]
    context = {
        "fund": place.fund,
        "programme": queries.programme_name(place.fund.programme),
        "place": place,
        "money": money_of(place),
        "share": share_of(place),
        "tiles": list(_tiles(place)),
        "rows": rows,
        "divided": place.fund.enterprise_bps is not None,
        "tranches": tranches_of(acting, fund=fund).exists(),
        "can_order": acting.role in ("province", "city"),
        "can_spend": public_budget(acting, fund) is not None,
        "expenses": [
            {"expense": one, "badge": badge(one.flow.state(one.state), public=False)}
            for one in expenses_of(acting, fund)[:SHOWN]
        ],
        "shown": SHOWN,
        "breadcrumbs": crumbs((_("预算资金"), reverse("budgets")), (place.fund.name, "")),
    }
    return render(request, "official/fund.html", context)


def _place(acting: Actor, fund: str) -> Place:
    found = [one for one in policy().funds if one.id == fund]
    seen = _seen(found, acting)
    if not seen:
        raise Http404
    return seen[0]


def _row(acting: Actor, depth: int, place: Place) -> dict[str, Any]:
    whole = place.whole
    return {
        "depth": depth,
        "place": place,
        "whole": whole,
        "share": share_of(place),
        "money": money_of(place),
        "parts": [
            {
                "name": PARTS[part],
                "sums": place.parts[part],
                "budget": place.budgets[part],
                "open": acting.covers(place.budgets[part].region_code),
            }
            for part in sorted(place.parts)
        ],
    }


def share_of(place: Place) -> dict[str, Any] | None:
    """The share of enterprises in what a place was allotted, against the rule, as a bar; None where
    there is no rule to keep or nothing was allotted."""
    least = place.fund.enterprise_bps
    if least is None or not place.ruled or place.share_bps is None:
        return None
    return {
        "bps": place.share_bps,
        "least": least,
        "good": place.share_bps >= least,
        "spent": place.spent_share_bps,
        "enterprise": place.for_enterprises_fen,
        "public": place.net_fen - place.for_enterprises_fen,
        "bar": {
            "actual": place.for_enterprises_fen,
            "expected": place.net_fen * least // 10_000,
            "amount": place.net_fen,
            "light": "good" if place.share_bps >= least else "bad",
        },
    }


def _tiles(place: Place) -> Iterable[dict[str, Any]]:
    own, whole = place.own, place.whole
    yield {"label": _("上级安排"), "fen": own.allotted - own.returned}
    if place.below or own.passed:
        yield {"label": _("已下达"), "fen": own.passed}
    public = place.whole_parts.get("public", fund_tree.Sums()).committed
    committed = whole.committed - public
    yield {"label": _("已安排给企业"), "fen": committed, "note": _("审定、占用或已付")}
    if place.fund.enterprise_bps is not None:
        yield {"label": _("公共服务已支出"), "fen": public}
    planned = fund_tree.planned_average_fen(place.fund)
    if planned is not None:
        firms = fund_tree.planned_firms(place.fund)
        yield {
            "label": _("平均每家企业"),
            "fen": place.average_fen,
            "value": None,
            "note": _("按 %(firms)s 家计划，平均 %(each)s")
            % {"firms": firms, "each": said(queries.wan(planned))},
        }


# ---------------------------------------------------------------- orders


@require_safe
@desk(*OFFICIAL)
def orders(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The orders that move money from or to the office's territory, the latest first."""
    chosen, state = request.GET.get("fund", "")[:60], request.GET.get("state", "")[:24]
    found = queries.orders_of(acting, fund=chosen, state=state)
    page = Paginator(found, 30).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_order(order) for order in page],
        "funds": [(one.id, said(one.name), one.id == chosen) for one in policy().funds],
        "states": [(s.id, said(s.name), s.id == state) for s in BudgetOrder.flow.states],
        "query": f"fund={chosen}&state={state}&" if chosen or state else "",
        "can_order": acting.role in ("province", "city"),
        "breadcrumbs": crumbs((_("预算资金"), reverse("budgets")), (_("指标文"), "")),
    }
    return render(request, "official/budget_orders.html", context)


def _order(order: BudgetOrder) -> dict[str, Any]:
    treasury = Text("省级财政专户", "The treasury")
    return {
        "order": order,
        "fund": queries.fund_name(order.target.fund),
        "kind": queries.KINDS[order.kind],
        "source": queries.place_name(order.source) if order.source else treasury,
        "target": queries.place_name(order.target),
        "badge": badge(order.flow.state(order.state), public=False),
    }


def find(acting: Actor, pk: int) -> BudgetOrder:
    """One order in sight of an office; Http404 for others."""
    try:
        return queries.order_of(acting, pk)
    except BudgetOrder.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def order(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One order with the other parts of its draft, what its accounts have left, what can be
    done."""
    return _page(request, acting, find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: BudgetOrder, error: str = "") -> HttpResponse:
    parts = queries.siblings(found)
    context = case_context(found, acting, without=("book",))
    if not actions.may_decide(acting, found):
        context |= {"steps": [], "allowed": {}}
    context |= {
        "order": found,
        "rows": [_order(one) | _accounts(acting, one) for one in parts],
        "total": sum(one.amount_fen for one in parts),
        "room": queries.room_of(found),
        "short": _short(found, parts),
        "kind": queries.KINDS[found.kind],
        "fund": queries.fund_name(found.target.fund),
        "error": error,
        "note": request.POST.get("note", ""),
        "document_number": request.POST.get("document_number") or found.document_number,
        "breadcrumbs": crumbs(
            (_("预算资金"), reverse("budgets")),
            (_("指标文"), reverse("budget_orders")),
            (found.number, ""),
        ),
    }
    return render(request, "official/budget_order.html", context, status=422 if error else 200)


def _short(order: BudgetOrder, parts: list[BudgetOrder]) -> dict[str, str] | None:
    """The warning on an order that waits and for which its account has too little: by itself, or
    together with the others that wait."""
    room = queries.room_of(order)
    if room is None or order.flow.state(order.state).final:
        return None
    asked = sum(one.amount_fen for one in parts if one.source_id == order.source_id)
    if max(asked, room.waiting_fen) <= room.left_fen:
        return None
    figures = {
        "held": money.yuan(room.held_fen),
        "reserved": money.yuan(room.reserved_fen),
        "left": money.yuan(room.left_fen),
        "asked": money.yuan(asked),
        "waiting": money.yuan(room.waiting_fen),
    }
    if asked > room.left_fen:
        text = _(
            "转出账户现在账上 %(held)s 元，其中已预留 %(reserved)s 元，可用 %(left)s 元，不够这件的"
            " %(asked)s 元，不能下达。请不予下达后按可用金额重新提出，或先补充这个账户。"
        )
        return {"tone": "bad", "text": text % figures}
    text = _(
        "转出账户现在可用 %(left)s 元，这件要用 %(asked)s 元；连同其他待下达的共要 %(waiting)s 元，"
        "不能全部下达。请先核对其他待下达的指标文，再决定先办哪一件。"
    )
    return {"tone": "wait", "text": text % figures}


def _accounts(acting: Actor, order: BudgetOrder) -> dict[str, str]:
    """The accounts of an order that somebody may open."""
    return {
        f"{side}_code": budget.code
        for side, budget in (("source", order.source), ("target", order.target))
        if budget is not None and acting.covers(budget.region_code)
    }


@require_POST
@desk(*OFFICIAL)
def order_step(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Book or refuse an order. Two officials at once: the second is told."""
    found, typed = find(acting, pk), request.POST
    try:
        match typed.get("step"):
            case "book":
                number, note = typed.get("document_number", ""), typed.get("note", "")
                actions.book(found, acting, document_number=number, note=note)
                tell(request, _("已下达并记账，账本里可以看到每一笔。"))
            case "refuse":
                actions.refuse(found, acting, note=typed.get("note", ""))
                tell(request, _("已决定不予下达，资金没有变动。"))
            case _:
                raise Http404
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text))
    return redirect("budget_order", pk)
