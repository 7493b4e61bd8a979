"""发券场次 for everybody: when vouchers go to whoever comes first, and what came of it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.funding.queries import openings as queries
from dengta.funding.queries.vouchers import edition
from dengta.web.cases import badge, crumbs
from dengta.web.frame import who


@require_safe
def openings(request: HttpRequest) -> HttpResponse:
    """Every opening that was announced, the latest first."""
    acting = who(request)
    desk = "opening" if acting is None or acting.role == "enterprise" else ""
    desk = "official_opening" if acting is not None and acting.official else desk
    page = Paginator(queries.public(), 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [
            {
                "opening": one,
                "url": reverse(desk, args=[one.pk]) if desk else "",
                "scheme": edition(one.scheme),
                "badge": badge(one.flow.state(one.state), public=True),
            }
            for one in page
        ],
        "signed_in": acting is not None,
        "takes": desk == "opening",
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("发券场次"), "")),
    }
    return render(request, "openings.html", context)
