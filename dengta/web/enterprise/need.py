"""One need as its firm sees it: whom to ask, who answered, the quotes side by side with the ranking
and its reasons, the choice and its undoing."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.records import as_text
from dengta.matching.actions import choosing
from dengta.matching.actions import needs as actions
from dengta.matching.queries import needs as queries
from dengta.matching.queries.choices import choice_of
from dengta.matching.queries.comparing import compare
from dengta.matching.queries.needs import Need, Quote
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.frame import desk, list_name, said, tell
from dengta.web.matched import (
    find,
    head,
    outside,
    quoted_rows,
    today,
    typed_days,
    whole_numbers,
)

WITH_FORM = ("publish", "ask", "choose", "reopen")
SHOWN = ("sent", "chosen", "passed_over")


@require_safe
@desk("enterprise")
def need(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One need with all that was answered."""
    return _page(request, acting, find(acting, pk))


def _page(
    request: HttpRequest, acting: Actor, found: Need, error: str = "", place: str = ""
) -> HttpResponse:
    day = today()
    context = head(found, acting, without=WITH_FORM)
    allowed = context["allowed"]
    asking = any(step in allowed for step in ("publish", "ask", "reopen"))
    compared = (
        compare(found, day, outside(found.organisation, day), SHOWN) if found.published_at else None
    )
    words = request.GET.get("q", "").strip()[:40]
    offers = queries.askable(found, day, words) if asking else []
    least = policy().practised("match_offers_least", day)
    requests = list(queries.requests_of(found))
    context |= {
        "error": error,
        "place": place,
        "typed": request.POST,
        "ticked": whole_numbers(request.POST.getlist("provider")),
        "offers": offers,
        "q": words,
        "least": least,
        "few": len(offers) + len(requests) < least and not words,
        "asked": requests,
        "days": policy().practised("match_answer_days", day),
        "days_most": policy().practised("match_answer_days_most", day),
        "quotes": quoted_rows(compared) if compared else [],
        "purse": compared.purse if compared else None,
        "seen": compared.seen if compared else "",
        "choice": choice_of(found.pk),
        "breadcrumbs": crumbs((list_name("needs"), reverse("needs")), (found.number, "")),
    }
    return render(request, "enterprise/need.html", context, status=422 if error else 200)


@require_safe
@desk("enterprise")
def need_record(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The comparison that the choice rests on, as a file: `dengta pair verify` ranks it again."""
    found = find(acting, pk)
    choice = choice_of(found.pk)
    if choice is None:
        raise Http404
    response = HttpResponse(as_text(choice.compared), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.json"'
    return response


@require_POST
@desk("enterprise")
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Publish, ask more, reopen, ask the office, withdraw, undo the choice."""
    found = find(acting, pk)
    chosen = request.POST.get("step") or step
    try:
        _take(request, acting, found, chosen)
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text), chosen)
    tell(request, _("已办理：%s。") % said(found.flow.step(chosen).name))
    return redirect("need", pk)


def _take(request: HttpRequest, acting: Actor, found: Need, chosen: str) -> None:
    note = request.POST.get("note", "").strip()[:1000]
    asked: dict[str, Any] = {
        "providers": queries.by_ids(whole_numbers(request.POST.getlist("provider")), today())
    }
    match chosen:
        case "publish":
            actions.publish(found, acting, days=typed_days(request.POST), **asked)
        case "ask":
            actions.ask(found, acting, asked["providers"])
        case "reopen":
            actions.reopen(found, acting, days=typed_days(request.POST), note=note, **asked)
        case "raise":
            actions.raise_to_office(found, acting, note=note)
        case "withdraw":
            actions.withdraw(found, acting, note=note)
        case "unchoose":
            choosing.unchoose(found, acting, reason=note)
        case _:
            raise Http404


@require_POST
@desk("enterprise")
def choose(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take one of the quotes, with the reason."""
    found = find(acting, pk)
    wanted = whole_numbers([request.POST.get("quote", "")])
    if not wanted:
        return _page(request, acting, found, _("请先在比较表中选一份报价。"), "choose")
    try:
        quote = queries.quote_for(found, wanted[0])
    except Quote.DoesNotExist as gone:
        raise Http404 from gone
    try:
        choosing.choose(
            quote, acting, reason=request.POST.get("reason", ""),
            seen=request.POST.get("seen", ""), outside=outside(found.organisation, today()),
        )  # fmt: skip
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text), "choose")
    tell(request, _("已选定%s。下一步可以凭这份报价立项签约。") % quote.provider.name)
    return redirect("need", pk)
