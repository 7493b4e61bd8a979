"""转型路线: a target and a budget are set by sliders, the cheapest steps answer at once."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.queries import instrument_of
from dengta.core.scoring import level_text, plain
from dengta.core.shapes import Text
from dengta.registry.queries import policy
from dengta.reports import queries
from dengta.reports.queries import Benefited, Outlook, Payer, Plan, Way, reading
from dengta.web.cases import crumbs
from dengta.web.charts import ceiling_of
from dengta.web.enterprise.policies import KNOWN_ELSEWHERE
from dengta.web.enterprise.result import find
from dengta.web.frame import desk
from dengta.web.report_charts import Stand, glance
from dengta.web.verdicts import APPLY

WAN_FEN = 1_000_000
BUDGET_STOPS = 60
"""Into so many stops the budget's slider is cut, so that a thumb can set it."""


def _range(label: str, low: int, high: int, step: int, says: str, none: str = "") -> Any:
    """A slider over whole numbers; what else is typed into the address is refused with the mend."""
    say = _("“%(label)s”要填 %(low)s 到 %(high)s 的整数。请拖动滑块，或改正网址。") % {
        "label": label, "low": low, "high": high,
    }  # fmt: skip
    attrs = {"type": "range", "step": step, "min": low, "max": high, "data-slider": ""}
    attrs |= {"data-says": says % {"n": "{n}"}, "data-at-end": none}
    return forms.IntegerField(
        label=label,
        min_value=low,
        max_value=high,
        required=False,
        error_messages={"invalid": say, "min_value": say, "max_value": say},
        widget=forms.NumberInput(attrs=attrs),
    )


class PlanForm(forms.Form):
    """Target level and budget in 万元; the right end of the budget means none is set."""

    def __init__(self, outlook: Outlook, data: QueryDict | None) -> None:
        super().__init__(data)
        levels = [way.level for way in outlook.ahead]
        costs = [way.plan.net_fen for way in outlook.ahead if way.plan]
        self.step, self.most = _scale(max(costs, default=0))
        self.fields["target"] = _range(_("目标等级"), levels[0], levels[-1], 1, _("%(n)s 级"))
        self.fields["budget"] = _range(
            _("企业自付预算"), 0, self.most, self.step, _("%(n)s 万元"), _("不限")
        )
        self.defaults = {"target": levels[0], "budget": self.most}

    def value(self, name: str) -> int:
        """What was set, else the default."""
        given = self.cleaned_data.get(name) if self.is_valid() else None
        return self.defaults[name] if given is None else given


def _scale(most_fen: int) -> tuple[int, int]:
    """Step and end of the budget's slider in 万元: round steps, the end beyond the dearest way."""
    wanted = -(-most_fen // WAN_FEN) + 1
    step = 1
    while wanted > step * BUDGET_STOPS:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step, -(-wanted // step) * step


@dataclass(frozen=True, slots=True)
class Answer:
    """What the roadmap says to a target and a budget; `best` None when nothing more is reached."""

    target: int
    budget_fen: int | None
    best: Way | None
    plan: Plan | None
    payers: tuple[Payer, ...]
    verdict: Text
    reached: bool


@require_safe
@desk("enterprise")
def roadmap(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The sliders and the plan; with htmx the plan alone."""
    assessment = find(acting, pk)
    if assessment.submitted_at is None:
        return redirect("assessment_check", pk)
    outlook = queries.outlook(assessment, timezone.localdate())
    context: dict[str, Any] = {
        "assessment": assessment,
        "outlook": outlook,
        "breadcrumbs": crumbs(
            (_("测评"), reverse("assessment")),
            (_("测评结果"), reverse("assessment_result", args=[pk])),
            (_("转型路线"), ""),
        ),
    }
    if outlook is None or not outlook.ahead:
        return render(request, "enterprise/roadmap.html", context)
    asked = any(name in request.GET for name in ("target", "budget"))
    form = PlanForm(outlook, request.GET if asked else None)
    budget = form.value("budget")
    answer = _answer(outlook, form.value("target"), None if budget >= form.most else budget)
    context |= {
        "form": form,
        "answer": answer,
        "budget": budget,
        "picture": _picture(outlook, answer, instrument_of(assessment).full),
        "benefits": [_standing(each) for each in outlook.standings],
    }
    live = bool(getattr(request, "htmx", False))
    template = "enterprise/roadmap_answer.html" if live else "enterprise/roadmap.html"
    response = render(request, template, context, status=422 if form.errors else 200)
    patch_vary_headers(response, ["HX-Request"])
    if live:
        response.headers["HX-Replace-Url"] = request.get_full_path()
    return response


def _answer(outlook: Outlook, target: int, budget_wan: int | None) -> Answer:
    budget = None if budget_wan is None else budget_wan * WAN_FEN
    best = outlook.within(target, budget)
    if best is not None and best.level <= outlook.level:
        best = None
    wanted = next(way for way in outlook.ahead if way.level == target)
    reached = best is not None and best.level == target
    return Answer(
        target,
        budget,
        best,
        best.plan if best else None,
        outlook.payers(best.plan) if best and best.plan else (),
        _verdict(outlook, best, wanted, budget),
        reached,
    )


def _verdict(outlook: Outlook, best: Way | None, wanted: Way, budget: int | None) -> Text:
    """The answer in a sentence or two: what is reached, and what the target still lacks."""
    to = level_text(wanted.level)
    if best is not None and best.plan is not None and best.level == wanted.level:
        net = glance(best.plan.net_fen)
        return Text(
            f"升到{to.zh}，最少自付 {net.zh}，共 {len(best.plan.steps)} 步。",
            f"{to.en.capitalize()} takes {len(best.plan.steps)} steps and at least {net.en} of"
            " your own.",
        )
    if wanted.plan is None:
        lack = Text(f"{to.zh}达不到：{wanted.why.zh}", f"{to.en} cannot be had: {wanted.why.en}")
    else:
        net, short = glance(wanted.plan.net_fen), glance(wanted.plan.net_fen - (budget or 0))
        lack = Text(
            f"升到{to.zh}最少要自付 {net.zh}，预算还差 {short.zh}。",
            f"{to.en.capitalize()} takes at least {net.en}; the budget is {short.en} short.",
        )
    if best is None or best.plan is None:
        score = plain(_score_within(outlook, budget))
        return Text(
            f"这个预算还升不了级，得分最多可到 {score} 分。{lack.zh}",
            f"This budget reaches no level; the score can rise to {score}. {lack.en}",
        )
    near, cost = level_text(best.level), glance(best.plan.net_fen)
    return Text(
        f"这个预算最高可到{near.zh}，自付 {cost.zh}。{lack.zh}",
        f"This budget reaches {near.en} for {cost.en}. {lack.en}",
    )


def _score_within(outlook: Outlook, budget: int | None) -> Decimal:
    """The best score that a budget reaches without rising a level."""
    points = [
        point
        for point in outlook.frontier()
        if point.level <= outlook.level and (budget is None or point.net_fen <= budget)
    ]
    return max(point.score for point in points)


def _picture(outlook: Outlook, answer: Answer, full: int) -> dict[str, Any]:
    """What more money reaches, up to the target and the budget."""
    best, now = answer.best.level if answer.best else 0, outlook.level
    ends = {
        way.plan.net_fen: "best" if way.level == best else "end"
        for way in outlook.ahead
        if way.plan is not None
    }
    points = outlook.frontier()
    stands = [
        Stand(
            point.net_fen,
            point.level,
            int(point.score * 10_000 / full),
            "now" if point.net_fen == 0 and point.level == now else ends.get(point.net_fen, ""),
        )
        for point in points
    ]
    wanted = [way.plan.net_fen for way in outlook.ahead if way.plan and way.level <= answer.target]
    return {
        "stands": stands,
        "whole": range(10),
        "top": max(way.level for way in outlook.ways),
        "levels": [reading.level_title(way.level, way.name) for way in reversed(outlook.ways)],
        "ceiling": ceiling_of([*wanted, answer.budget_fen or 0]),
        "full": full,
    }


def _standing(standing: Benefited) -> dict[str, Any]:
    """A benefit, whether it is counted on, and if not why or what would decide it."""
    terms = policy().facts
    asked = [fact for fact in standing.missing if fact not in KNOWN_ELSEWHERE]
    query = urlencode([("id", fact) for fact in asked])
    return {
        "name": standing.benefit.name,
        "url": reverse("programme", args=[standing.benefit.id]),
        "outcome": standing.outcome,
        "failed": standing.failed,
        "missing": [terms[fact].term for fact in standing.missing],
        "ask_url": f"{reverse('policies_fact')}?{query}" if asked else "",
        "apply": APPLY.get(standing.benefit.id),
    }
