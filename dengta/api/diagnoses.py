"""Diagnosis orders: ordered, chosen, visited, written, accepted; each side takes its own steps."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from dengta.accounts.queries import OFFICIAL_ROLES, Actor
from dengta.api.access import acting, may
from dengta.api.lists import Page, Paging, moment, paged
from dengta.api.problems import PROBLEMS, Refusal
from dengta.assessment.actions import diagnosis as actions
from dengta.assessment.queries import diagnosis as queries
from dengta.core.shapes import Text

router = Router(tags=["diagnoses"])
PARTIES = ("enterprise", "provider", *OFFICIAL_ROLES)
Scope = Literal["whole", "scenario", "security"]


class OrderLine(Schema):
    """One order in short."""

    id: int
    number: str
    enterprise: str
    uscc: str
    scope: str
    state: str
    provider: str
    provider_uscc: str
    ordered_at: dt.datetime
    visit_date: dt.date | None
    accepted_at: dt.datetime | None
    satisfaction: int | None


class GapOut(Schema):
    """One gap that a diagnosis found; money in fen, days are working days."""

    item: str
    title: str
    advice: str
    severity: int
    cost_fen: int | None
    days: int | None


class OrderOut(OrderLine):
    """One order whole."""

    wish: str
    findings: str
    comment: str
    gaps: list[GapOut]


class OrderIn(Schema):
    """What to diagnose; an office names the firm by its code."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope
    wish: str = Field("", max_length=2000)
    uscc: str = Field("", max_length=40)


class OfferOut(Schema):
    """A provider that can be chosen, and its record."""

    uscc: str
    name: str
    near: bool
    done: int
    in_industry: int
    open: int
    satisfaction_tenths: int | None


class StepIn(Schema):
    """One step with what it needs: `provider` and `reason` to choose, `visit_date` to visit,
    `satisfaction` to accept, `note` to decline, comment or cancel."""

    model_config = ConfigDict(extra="forbid")

    step: Literal["choose", "take", "decline", "visit", "send", "comment", "accept", "cancel"]
    provider: str = Field("", max_length=40)
    reason: str = Field("", max_length=500)
    shares_result: bool = False
    visit_date: dt.date | None = None
    satisfaction: int | None = None
    note: str = Field("", max_length=2000)


class GapIn(Schema):
    """One gap as a provider writes it."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=120)
    advice: str = Field(min_length=1, max_length=1000)
    item: str = Field("", max_length=40)
    severity: int = Field(2, ge=1, le=3)
    cost_fen: int | None = Field(None, ge=0, le=10**14)
    days: int | None = Field(None, ge=0, le=10_000)


class ReportIn(Schema):
    """The report as far as it is written; it takes the place of what was there."""

    model_config = ConfigDict(extra="forbid")

    findings: str = Field(max_length=5000)
    gaps: list[GapIn] = Field(max_length=actions.MOST_GAPS)


def line(order: Any) -> dict[str, Any]:
    """An order as lists show it."""
    return {
        "id": order.pk,
        "number": order.number,
        "enterprise": order.organisation.name,
        "uscc": order.organisation.uscc,
        "scope": order.scope,
        "state": order.state,
        "provider": order.provider.name if order.provider else "",
        "provider_uscc": order.provider.uscc if order.provider else "",
        "ordered_at": moment(order.ordered_at),
        "visit_date": order.visit_date,
        "accepted_at": moment(order.accepted_at),
        "satisfaction": order.satisfaction,
    }


def _whole(order: Any) -> dict[str, Any]:
    names = ("item", "title", "advice", "severity", "cost_fen", "days")
    return line(order) | {
        "wish": order.wish,
        "findings": order.findings,
        "comment": order.comment,
        "gaps": [{name: getattr(gap, name) for name in names} for gap in order.gaps.order_by("id")],
    }


@router.get("/diagnoses", response={200: Page[OrderLine], **PROBLEMS}, **may("诊断订单", *PARTIES))
def list_diagnoses(request: HttpRequest, paging: Query[Paging]) -> Any:
    """A firm's orders, those a provider has, or those of an office's territory; newest first."""
    me = acting(request)
    if me.official:
        rows = queries.orders_in(me)
    elif me.role == "provider":
        rows = queries.orders_for(me.organisation_id)
    else:
        rows = queries.orders_of(me.organisation_id)
    return paged(rows, paging, line)


@router.post(
    "/diagnoses",
    response={200: OrderOut, **PROBLEMS},
    **may("发起诊断", "enterprise", *OFFICIAL_ROLES),
)
def order_diagnosis(request: HttpRequest, body: OrderIn) -> Any:
    """Order a diagnosis; the order that is open for the same scope, if there is one."""
    me = acting(request)
    firm = queries.wanted_firm(me, body.uscc) if me.official else queries.own_firm(me)
    if firm is None:
        raise Refusal(
            422,
            Text(
                "辖区内没有这个统一社会信用代码的企业。请核对后重填。",
                "No firm of this code is registered in your territory. Check the code.",
            ),
            field="uscc",
            value=body.uscc,
        )
    return _whole(actions.order_diagnosis(me, firm, scope=body.scope, wish=body.wish))


@router.get(
    "/diagnoses/{int:pk}", response={200: OrderOut, **PROBLEMS}, **may("一份诊断订单", *PARTIES)
)
def get_diagnosis(request: HttpRequest, pk: int) -> Any:
    """One order that one is party to, or of one's territory."""
    return _whole(queries.visible_order(acting(request), pk))


@router.get(
    "/diagnoses/{int:pk}/offers",
    response={200: list[OfferOut], **PROBLEMS},
    **may("可选的服务商", "enterprise"),
)
def list_offers(request: HttpRequest, pk: int) -> Any:
    """Whom the firm can choose from, in an order that cannot be bought."""
    order = queries.visible_order(acting(request), pk)
    return [
        {
            "uscc": offer.provider.uscc,
            "name": offer.provider.name,
            "near": offer.near,
            "done": offer.record.done,
            "in_industry": offer.record.in_industry,
            "open": offer.record.open,
            "satisfaction_tenths": offer.record.satisfaction_tenths,
        }
        for offer in queries.offers(order, timezone.localdate())
    ]


@router.post(
    "/diagnoses/{int:pk}/steps",
    response={200: OrderOut, **PROBLEMS},
    **may("办理诊断的一步", *PARTIES),
)
def take_step(request: HttpRequest, pk: int, body: StepIn) -> Any:
    """Take one step; who may take it when, the flow says."""
    me = acting(request)
    order = queries.visible_order(me, pk)
    _step(order, me, body)
    return _whole(queries.visible_order(me, pk))


def _step(order: Any, me: Actor, body: StepIn) -> None:
    match body.step:
        case "choose":
            chosen = {
                offer.provider.uscc: offer.provider
                for offer in queries.offers(order, timezone.localdate())
            }.get(body.provider)
            if chosen is None:
                raise Refusal(422, _NOT_OFFERED, field="provider", value=body.provider)
            actions.choose(order, me, chosen, reason=body.reason, shares_result=body.shares_result)
        case "take":
            actions.take(order, me)
        case "decline":
            actions.decline(order, me, note=body.note)
        case "visit":
            if body.visit_date is None:
                raise Refusal(422, _NO_DAY, field="visit_date")
            actions.record_visit(order, me, body.visit_date)
        case "send":
            actions.send_report(order, me)
        case "comment":
            actions.comment(order, me, note=body.note)
        case "accept":
            if body.satisfaction is None:
                raise Refusal(422, _NO_MARK, field="satisfaction")
            actions.accept(order, me, satisfaction=body.satisfaction, note=body.note)
        case "cancel":
            actions.cancel(order, me, note=body.note)


_NOT_OFFERED = Text(
    "这家机构现在不能承接这次诊断，请从 offers 接口列出的机构中选择。",
    "This provider cannot take the diagnosis. Choose one that `offers` lists.",
)
_NO_DAY = Text("请填写上门日期。", "Give the day of the visit.")
_NO_MARK = Text("请填写 1 至 5 的满意度。", "Give the satisfaction, 1 to 5.")


@router.put(
    "/diagnoses/{int:pk}/report",
    response={200: OrderOut, **PROBLEMS},
    **may("编写诊断报告", "provider"),
)
def write_report(request: HttpRequest, pk: int, body: ReportIn) -> Any:
    """Keep the report as far as it is written; `send` hands it to the firm."""
    me = acting(request)
    gaps = [actions.Gap(**gap.dict()) for gap in body.gaps]
    order = queries.visible_order(me, pk)
    actions.save_report(order, me, findings=body.findings, gaps=gaps)
    return _whole(queries.visible_order(me, pk))
