"""我的政策: what fits, what needs one more fact (asked right here), what does not fit and why."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.core.rules import Verdict, json_value
from dengta.funding.queries import vouchers as queries
from dengta.registry.actions import state_facts
from dengta.registry.queries import organisation_of, policy
from dengta.rights.queries import allowed
from dengta.web.cases import crumbs
from dengta.web.fields import FactForm
from dengta.web.frame import desk, tell
from dengta.web.verdicts import ORDER, card

# What the platform itself knows; a firm cannot state these by hand here.
KNOWN_ELSEWHERE = {
    "uscc",
    "region_code",
    "industry_code",
    "titles",
    "employees",
    "revenue_fen",
    "assets_fen",
    "size_class",
    "years_established",
    "digital_level",
    "digital_score_bps",
    "assessed",
    "vouchers_this_year_fen",
    "is_cloud_supplier",
}


def _fact_url(fact: str) -> str:
    if fact in ("digital_level", "digital_score_bps", "assessed"):
        return reverse("assessment")
    if fact in KNOWN_ELSEWHERE:
        return reverse("record")
    return _form_url([fact])


def _form_url(facts: list[str]) -> str:
    return f"{reverse('policies_fact')}?{urlencode([('id', fact) for fact in facts])}"


def fact_card(verdict: Verdict, day: dt.date) -> dict[str, Any]:
    """The verdict card; where a programme misses several facts that a firm can state, one form asks
    for all of them."""
    ours = [fact for fact in verdict.missing if fact not in KNOWN_ELSEWHERE]
    return card(verdict, day, _fact_url) | {"all_url": _form_url(ours) if len(ours) > 1 else ""}


@require_safe
@desk("enterprise")
def policies(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every programme in force, decided on what is known, best news first."""
    day = queries.today()
    if not allowed(acting.organisation_id, "policy_matching", day):
        tell(request, _("先同意用企业档案比对政策，才能看到哪些适合您。"), good=False)
        return redirect("consent")
    verdicts = queries.fits(organisation_of(acting), day)
    verdicts.sort(key=lambda v: (ORDER[v.outcome], len(v.missing), len(v.failed)))
    groups = [
        (word, [fact_card(v, day) for v in verdicts if v.outcome == outcome])
        for outcome, word in (
            ("yes", _("现在就符合")),
            ("unknown", _("补充资料后可判断")),
            ("no", _("目前不符合")),
        )
    ]
    context = {
        "groups": groups,
        "breadcrumbs": crumbs((_("工作台"), reverse("enterprise_home")), (_("我的政策"), "")),
    }
    return render(request, "enterprise/policies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def fact(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Ask for missing facts, one or all of a programme; they go into the firm's record and every
    programme is decided again."""
    vocabulary = policy().facts
    ids = list(dict.fromkeys(request.GET.getlist("id")))
    if not ids or any(id not in vocabulary or id in KNOWN_ELSEWHERE for id in ids):
        raise Http404
    form = FactForm(ids, request.POST or None, latest=queries.today())
    if request.method == "POST" and form.is_valid():
        given = form.given()
        if given:
            state_facts(acting, {id: json_value(value) for id, value in given.items()})
            tell(request, _("已记入企业档案，政策已重新比对。"))
            return redirect("policies")
        form.add_error(None, _("还没有填写。至少填好一项，才能继续判断。"))
    context = {
        "form": form,
        "asked": [vocabulary[id] for id in ids],
        "breadcrumbs": crumbs((_("我的政策"), reverse("policies")), (_("补充资料"), "")),
    }
    return render(request, "enterprise/fact.html", context, status=422 if form.errors else 200)
