"""How long applications wait: which office has how many in which step, and how many are late."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.programmes.queries import queues
from dengta.web.cases import crumbs, office
from dengta.web.frame import OFFICIAL, desk


@require_safe
@desk(*OFFICIAL)
def ageing(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every office of the territory that has applications, those with late ones first."""
    found = queues.ageing(acting, timezone.localdate())
    context = {
        "rows": [(each, office(each.office, each.region_code)) for each in found],
        "late": sum(each.late for each in found),
        "total": sum(each.count for each in found),
        "breadcrumbs": crumbs((_("遴选批次"), reverse("official_rounds")), (_("办理时限"), "")),
    }
    return render(request, "official/ageing.html", context)
