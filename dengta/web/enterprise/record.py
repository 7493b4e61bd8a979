"""一企一档: what the platform knows of the firm and from whom; consent to its use."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.core.codes import size_class
from dengta.funding.queries import vouchers as queries
from dengta.registry.queries import organisation_of, policy
from dengta.rights.actions import give_consent, revoke_consent
from dengta.rights.queries import PURPOSES, consents_of
from dengta.web.cases import crumbs
from dengta.web.frame import desk, tell
from dengta.web.verdicts import shown


@require_safe
@desk("enterprise")
def record(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every fact that is known, with its value, unit and how the size class follows."""
    organisation = organisation_of(acting)
    facts = queries.facts_of(organisation, queries.today())
    known = [(fact, facts[id]) for id, fact in policy().facts.items() if facts.get(id) is not None]
    context = {
        "organisation": organisation,
        "size": size_class(policy(), facts),
        "facts": [{"fact": fact, "value": shown(fact, value)} for fact, value in known],
        "breadcrumbs": crumbs((_("工作台"), reverse("enterprise_home")), (_("企业档案"), "")),
    }
    return render(request, "enterprise/record.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def consent(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Three purposes, each given or revoked on its own, each for one year."""
    if request.method == "POST":
        if request.POST.get("revoke"):
            if revoke_consent(acting, request.POST["revoke"]):
                tell(request, _("授权已撤回，即时生效。"))
            return redirect("consent")
        chosen = request.POST.getlist("purpose")
        if any(purpose not in PURPOSES for purpose in chosen):
            raise Http404
        for purpose in chosen:
            give_consent(acting, purpose)
        if chosen:
            tell(request, _("授权已记录，有效期一年，可随时撤回。"))
            return redirect("assessment" if "assessment" in chosen else "enterprise_home")
        tell(request, _("没有勾选任何用途，未作授权。"), good=False)
    live = consents_of(acting.organisation_id, queries.today())
    context = {
        "purposes": [(id, text, live.get(id)) for id, text in PURPOSES.items()],
        "complete": len(live) == len(PURPOSES),
        "breadcrumbs": crumbs((_("工作台"), reverse("enterprise_home")), (_("数据授权"), "")),
    }
    return render(request, "enterprise/consent.html", context)
