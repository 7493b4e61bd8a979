"""The firm's desk: what is the state, what to do next."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.queries import draft_of, latest_of
from dengta.assessment.queries.counted import counted_of
from dengta.funding.queries import vouchers as funding
from dengta.programmes.queries import applications_of, steps_for
from dengta.registry.queries import organisation_of
from dengta.rights.queries import PURPOSES, consents_of
from dengta.trail.actions import allowed_steps
from dengta.trail.queries import notices_of
from dengta.web.cases import badge, clock_chip
from dengta.web.enterprise import money
from dengta.web.enterprise.calls import calls
from dengta.web.frame import desk


def _todo(label: str, why: str, url: str) -> dict[str, str]:
    return {"label": label, "why": why, "url": url}


@require_safe
@desk("enterprise")
def home(request: HttpRequest, acting: Actor) -> HttpResponse:
    """To-do first, then level, vouchers under way, latest notices."""
    organisation = organisation_of(acting)
    day = funding.today()
    vouchers = list(funding.vouchers_of(organisation.pk)[:20])
    draft, latest = draft_of(organisation.pk), latest_of(organisation.pk)
    todo: list[dict[str, str]] = []
    if len(consents_of(organisation.pk, day)) < len(PURPOSES):
        todo.append(_todo(_("完成数据授权"), _("授权后才能测评和比对政策。"), reverse("consent")))
    if draft is not None:
        todo.append(_todo(_("继续填写测评"), _("已填内容都在。"), reverse("assessment")))
    elif latest is None:
        todo.append(
            _todo(
                _("做一次数字化水平测评"),
                _("约十分钟，填完就看到等级和短板。"),
                reverse("assessment"),
            )
        )
    todo += _application_todo(acting)
    todo += money.todo(acting)
    todo += _voucher_todo(vouchers, acting)
    if latest is not None and not vouchers:
        todo.append(_todo(_("看看能申请哪些政策"), _("已按测评结果比对好。"), reverse("policies")))
    context: dict[str, Any] = {
        "organisation": organisation,
        "todo": todo,
        "calls": calls(acting),
        "latest": latest,
        "counted": counted_of(organisation.pk, day) if latest else None,
        "vouchers": [
            {
                "voucher": v,
                "badge": badge(v.flow.state(v.state), public=True),
                "clock": clock_chip(v),
            }
            for v in vouchers[:5]
        ],
        "money": money.card(acting),
        "notices": notices_of(acting)[:5],
    }
    return render(request, "enterprise/home.html", context)


def _application_todo(acting: Actor) -> list[dict[str, str]]:
    """Applications that are with the applicant: to be filled in, mended or confirmed."""
    todo = []
    for application in applications_of(acting)[:20]:
        steps = {step.id for step in steps_for(application, acting)}
        url = reverse("application", args=[application.pk])
        names = {"number": application.number}
        if any(step.startswith("resubmit_") for step in steps):
            label = _("修改 %(number)s") % names
            todo.append(_todo(label, _("审核单位退回了几项，请看理由。"), url))
        elif "confirm" in steps:
            todo.append(_todo(_("确认 %(number)s") % names, _("免申即享，确认后即可享受。"), url))
        elif "submit" in steps:
            label = _("填完 %(number)s") % names
            todo.append(_todo(label, _("申报还没有提交，过了截止时间不再受理。"), url))
    return todo


def _voucher_todo(vouchers: list[funding.Voucher], acting: Actor) -> list[dict[str, str]]:
    todo = []
    for voucher in vouchers:
        steps = {step.id for step in allowed_steps(voucher, acting)}
        url = reverse("voucher", args=[voucher.pk])
        if "redeem" in steps:
            todo.append(_todo(_("核销 %s") % voucher.number, _("服务券已发放，逾期失效。"), url))
        elif "submit" in steps and voucher.submitted_at is not None:
            todo.append(_todo(_("补正 %s") % voucher.number, _("区县退回了材料，请看原因。"), url))
        elif "submit" in steps:
            todo.append(_todo(_("填完 %s") % voucher.number, _("申请还没有提交。"), url))
    return todo
