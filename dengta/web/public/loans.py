"""融资产品: every loan and fund on offer, and a page for each."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.funding.queries.finance import products_on
from dengta.registry.queries import policy, rulebook
from dengta.web.cases import crumbs
from dengta.web.frame import who
from dengta.web.loans import in_figures
from dengta.web.public.programmes import CONFIDENCE


@require_safe
def loans(request: HttpRequest) -> HttpResponse:
    """The products in force today, loans first."""
    context = {
        "rows": [in_figures(product) for product in products_on(timezone.localdate())],
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("融资产品"), "")),
    }
    return render(request, "loans.html", context)


@require_safe
def loan(request: HttpRequest, product: str) -> HttpResponse:
    """One product: for whom, how much, what the bank gets to see, how it goes on."""
    day = timezone.localdate()
    shown = next((each for each in products_on(day) if each.id == product), None)
    if shown is None:
        raise Http404
    rule = rulebook(day.toordinal()).rules.get(shown.programme)
    word, tone = CONFIDENCE[shown.source.confidence]
    context = in_figures(shown) | {
        "asked": list(zip(rule.texts, rule.needed, strict=True)) if rule else [],
        "confidence": {"name": word, "tone": tone},
        "plan": policy().plans[0] if policy().plans and shown.measure else None,
        "action": _action(who(request), shown.id) if rule else None,
        "for_firms": rule is not None and not _may_ask(who(request)),
        "breadcrumbs": crumbs(
            (_("首页"), reverse("home")), (_("融资产品"), reverse("loans")), (shown.name, "")
        ),
    }
    return render(request, "loan.html", context)


def _may_ask(acting: Actor | None) -> bool:
    """Whether the firms' page serves somebody: a firm, or a visitor who can sign in as one."""
    return acting is None or acting.role == "enterprise"


def _action(acting: Actor | None, product: str) -> dict[str, str] | None:
    label = _("企业登录，看看符不符合") if acting is None else _("看看我符不符合")
    url = reverse("enterprise_loan", args=[product])
    return {"label": label, "url": url} if _may_ask(acting) else None
