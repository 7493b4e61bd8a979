"""免申即享 at the organiser's desk: the list computed, confirmed by firms, signed as a batch."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.programmes.actions import instant as actions
from dengta.programmes.queries import Application, Round, round_of
from dengta.programmes.queries import instant as queries
from dengta.programmes.queries.checks import exceptions
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, clock_chip, crumbs
from dengta.web.frame import desk, said, tell
from dengta.web.official.round_tabs import round_tabs


def _find(acting: Actor, pk: int) -> Round:
    try:
        found = round_of(acting, pk)
    except Round.DoesNotExist as gone:
        raise Http404 from gone
    if not found.rule.instant:
        raise Http404
    return found


@require_safe
@desk("province")
def round_instant(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """How the list stands, who is one fact short, and what waits for the signature."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest,
    acting: Actor,
    round: Round,
    error: str = "",
    left: list[tuple[Application, Any]] | None = None,
) -> HttpResponse:
    stands = queries.instant_of(round, timezone.localdate(), request.GET.get("short", "")[:80])
    page = Paginator(queries.listed(round), 30).get_page(request.GET.get("page"))
    context = {
        "round": round,
        "tabs": round_tabs(round, "round_instant"),
        "badge": badge(round.flow.state(round.state), public=False),
        "stands": stands,
        "stats": [
            {"label": _("按资料符合"), "value": stands.entitled},
            {"label": _("已列入"), "value": stands.listed},
            {"label": _("待企业确认"), "value": stands.invited},
            {"label": _("待签发"), "value": stands.ready},
            {"label": _("需逐件核对"), "value": stands.exceptions},
            {"label": _("已签发"), "value": stands.passed},
        ],
        "page": page,
        "rows": [_row(application) for application in page],
        "left": left or [],
        "error": error,
        "signed_by": request.POST.get("signed_by", acting.name),
        "breadcrumbs": crumbs((round.name, f"/official/rounds/{round.pk}/"), (_("免申即享"), "")),
    }
    return render(request, "official/round_instant.html", context, status=422 if error else 200)


def _row(application: Application) -> dict[str, Any]:
    return {
        "application": application,
        "badge": badge(application.flow.state(application.state), public=False),
        "clock": clock_chip(application),
        "odd": exceptions(application),
    }


@require_POST
@desk("province")
def instant_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Compute the list, or sign what was confirmed."""
    round = _find(acting, pk)
    try:
        if step == "compute":
            made = actions.compute_list(round, acting)
            if made.job is not None:
                return redirect("job", made.job.pk)
            tell(
                request,
                _("按今天的资料有 %(all)d 家符合，新列入 %(new)d 家，已通知确认。")
                % {"all": made.entitled, "new": made.fresh},
            )
        elif step == "sign":
            done = actions.sign(round, acting, signed_by=request.POST.get("signed_by", ""))
            if done.job is not None:
                return redirect("job", done.job.pk)
            if done.left:
                tell(request, _("已签发 %(n)d 家。") % {"n": done.count}, good=bool(done.count))
                return _page(request, acting, round, left=done.left)
            tell(request, _("已签发 %(n)d 家，下一步拟定名单并公示。") % {"n": done.count})
        else:
            raise Http404
    except StepRefused as refused:
        return _page(request, acting, round, said(refused.text))
    return redirect("round_instant", pk)
