"""授权与取用记录: a card for each authorisation, and what was handed out under it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.funding.queries.finance import product_name, product_of_purpose
from dengta.registry.queries import organisation_of, policy
from dengta.rights.queries import Grant, grants_of
from dengta.web.cases import crumbs
from dengta.web.frame import desk
from dengta.web.loans import bank_called


def _card(grant: Grant) -> dict[str, Any]:
    """A rights card: who holds, who uses, what for, which facts, until when, whether it is live."""
    day, facts = timezone.localdate(), policy().facts
    revoked = grant.revoked_at is not None
    if grant.live_on(day):
        standing = {"name": _("有效"), "tone": "good"}
    elif revoked and timezone.localdate(grant.revoked_at) <= grant.until_date:
        standing = {"name": _("已撤回"), "tone": "bad"}
    else:
        standing = {"name": _("已到期"), "tone": "draft"}
    product = product_of_purpose(grant.purpose)
    return {
        "grant": grant,
        "recipient": bank_called(product, grant.recipient, grant.recipient_name),
        "purpose": product_name(product),
        "scope": [facts[fact].term for fact in grant.scope if fact in facts],
        "badge": standing,
        "live": grant.live_on(day),
        "log": [
            (log, [facts[fact].term for fact in log.facts if fact in facts])
            for log in grant.handed_out.all()
        ],
    }


@require_safe
@desk("enterprise")
def grants(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every authorisation that the firm has given, newest first."""
    page = Paginator(grants_of(acting), 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "firm": organisation_of(acting),
        "cards": [_card(grant) for grant in page],
        "breadcrumbs": crumbs(
            (_("工作台"), reverse("enterprise_home")),
            (_("数据授权"), reverse("consent")),
            (_("授权与取用记录"), ""),
        ),
    }
    return render(request, "enterprise/grants.html", context)
