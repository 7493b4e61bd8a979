"""服务商: who serves, how they are scored and from which facts; complaints about them."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.catalogue.queries import pool
from dengta.core.provider_scores import PARTS
from dengta.core.shapes import Text
from dengta.programmes.queries.admission import admissions
from dengta.programmes.queries.awards import to_be_rectified, warnings_of
from dengta.projects.actions import complaints as actions
from dengta.projects.queries import providers as queries
from dengta.projects.queries.shares import trades_of
from dengta.registry.queries import (
    division_of,
    policy,
    region_name,
    roles_of,
    sanctioned,
)
from dengta.trail.actions import StepRefused, keep_document
from dengta.web.awards import warning
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.frame import OFFICIAL, desk, list_name, said, tell, who
from dengta.web.pool_shown import card
from dengta.web.projects_shown import page_name
from dengta.web.shares import tables

PROOFS = ("pdf", "jpg", "jpeg", "png")
ASKED = ("role", "sub_industry", "city", "stars", "q")
"""What the list of providers is narrowed by."""
MOST_ENTRIES = 20
"""So many entries of the pool stand on a provider's page; the pool finds the others."""


@require_safe
def providers(request: HttpRequest) -> HttpResponse:
    """Every working provider with its stars, to be narrowed; who has how much of each trade."""
    day = timezone.localdate()
    scores, barred, trades = queries.latest_scores(day), set(_barred()), trades_of()
    mending = set(to_be_rectified().values_list("organisation", flat=True))
    rows: list[dict[str, Any]] = [
        {
            "provider": one,
            "roles": dict.fromkeys(role.get_role_display() for role in _roles(one)),
            "score": scores.get(one.pk),
            "trades": trades.get(one.pk, set()),
            "barred": one.pk in barred,
            "mending": one.pk in mending,
        }
        for one in queries.working(day)
    ]
    asked = {name: request.GET.get(name, "") for name in ASKED}
    shown = [row for row in rows if _fits(row, asked)]
    page = Paginator(shown, 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": page.object_list,
        "asked": asked,
        "roles": sorted({role.role: role.get_role_display() for row in rows
                         for role in _roles(row["provider"])}.items()),
        "cities": sorted({division_of(row["provider"].region_code) for row in rows}),
        "trades": [(id, one.name) for id, one in policy().sub_industries.items()
                   if any(id in row["trades"] for row in rows)],
        "fields": tables(),
        "admissions": admissions(day),
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (list_name("providers"), "")),
    }  # fmt: skip
    return render(request, "providers.html", context)


def _roles(provider: Any) -> list[Any]:
    """The roles that a provider of `queries.working` holds on the day."""
    return list(provider.roles_now)


def _barred() -> list[int]:
    return list(sanctioned(timezone.localdate()).values_list("organisation", flat=True))


def _fits(row: dict[str, Any], asked: dict[str, str]) -> bool:
    one, score = row["provider"], row["score"]
    if asked["q"] and asked["q"].strip() not in one.name:
        return False
    if asked["city"] and division_of(one.region_code) != asked["city"]:
        return False
    if asked["sub_industry"] and asked["sub_industry"] not in row["trades"]:
        return False
    if asked["role"] and asked["role"] not in {role.role for role in _roles(one)}:
        return False
    return not asked["stars"] or bool(score and str(score.stars) >= asked["stars"] and score.stars)


@require_safe
def provider(request: HttpRequest, uscc: str) -> HttpResponse:
    """One provider: its roles, its score with the computation line by line, its projects (their
    numbers only; officials see whose they are)."""
    found = queries.serving(uscc)
    if found is None:
        raise Http404
    day, acting = timezone.localdate(), who(request)
    roles = roles_of(found, day)
    kept = queries.latest_scores(day).get(found.pk)
    context = {
        "provider": found,
        "roles": roles,
        "named": dict.fromkeys(role.get_role_display() for role in roles),
        "mending": list(to_be_rectified(found.pk)),
        "place": region_name(found.region_code),
        "score": kept,
        "parts": _parts(kept.record) if kept else [],
        "whole": _whole(kept.record) if kept else None,
        "entries": [
            card(entry)
            for entry in pool.shown()
            .filter(organisation=found)
            .prefetch_related("current__uses")
            .order_by("kind", "name")[:MOST_ENTRIES]
        ],
        "asking": reverse("need_new") if acting is None or acting.role == "enterprise" else "",
        "rule": policy().score_rule(day),
        "facts": kept.record["facts"] if kept else [],
        "barred": found.pk in set(_barred()),
        "warnings": [warning(one) for one in warnings_of(day, organisation=found.pk)],
        "projects": queries.projects_of(found)[:50] if acting and acting.official else [],
        "complain": acting is not None and acting.role == "enterprise",
        "breadcrumbs": crumbs(
            (_("首页"), reverse("home")),
            (list_name("providers"), reverse("providers")),
            (found.name, ""),
        ),
    }
    return render(request, "provider.html", context)


def _parts(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Each part as a line: its name, weight, what was counted, its points."""
    return [
        {
            "name": PARTS[one["id"]],
            "weight": one["weight"],
            "known": one["known"],
            "good": one["good"],
            "stars": one["id"] == "satisfaction",
            "complaints": one["id"] == "complaints",
            "milli": one["points_milli"],
        }
        for one in record["parts"]
    ]


def _whole(record: dict[str, Any]) -> tuple[int, int] | None:
    """What all parts with facts come to: weights times points in thousandths, and the weights
    together, of which the quotient is the score; None where nothing is known."""
    known = [one for one in record["parts"] if one["points_milli"] is not None]
    weights = sum(one["weight"] for one in known)
    return (sum(one["weight"] * one["points_milli"] for one in known), weights) if weights else None


# ---------------------------------------------------------------- complaints


@require_safe
@desk("enterprise", "provider", *OFFICIAL)
def complaints(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The complaints that one sees at one's desk."""
    page = Paginator(queries.complaints_of(acting), 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [
            {
                "one": one,
                "url": reverse("complaint", args=[one.pk]),
                "badge": badge(one.flow.state(one.state), public=not acting.official),
            }
            for one in page
        ],
        "may_file": acting.role == "enterprise",
        "breadcrumbs": crumbs((_("工作台"), reverse("desk")), (list_name("complaints"), "")),
    }
    return render(request, "complaints.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def complaint_new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """A firm says what happened; the form sent twice files once."""
    own = list(queries.own_providers(acting))
    error = ""
    if request.method == "POST":
        chosen = next((o for o in own if str(o.pk) == request.POST.get("provider", "")), None)
        try:
            made = _filed(request, acting, chosen)
        except StepRefused as refused:
            error = said(refused.text)
        else:
            tell(request, _("%(number)s 已提交，服务商答复后由经信部门核定。")
                 % {"number": made.number})  # fmt: skip
            return redirect("complaint", made.pk)
    context = {
        "providers": own,
        "error": error,
        "typed": request.POST,
        "key": request.POST.get("key") or uuid.uuid4().hex,
        "breadcrumbs": crumbs(
            (list_name("complaints"), reverse("complaints")), (_("投诉服务商"), "")
        ),
    }
    return render(request, "complaint_new.html", context, status=422 if error else 200)


def _filed(request: HttpRequest, acting: Actor, chosen: Any) -> queries.Complaint:
    if chosen is None:
        raise StepRefused(
            Text("请选择要投诉的服务商。", "Choose the provider that you complain about.")
        )
    file = request.FILES.get("file")
    return actions.file_complaint(
        acting, chosen, text=request.POST.get("text", ""),
        key=f"complaint/{acting.organisation_id}/{request.POST.get('key', '')[:40]}",
        evidence=keep_document(file, by=acting, types=PROOFS) if file else None,
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise", "provider", *OFFICIAL)
def complaint(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One complaint; POST answers, decides, or takes it back."""
    found = queries.complaints_of(acting).filter(pk=pk).first()
    if found is None:
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            _take(found, acting, request.POST.get("step", ""), request.POST.get("note", ""))
        except StepRefused as refused:
            error = said(refused.text)
            found.refresh_from_db()
        else:
            tell(request, _("%(number)s：已办理。") % {"number": found.number})
            return redirect("complaint", pk)
    context = case_context(found, acting, without=("answer",)) | {
        "complaint": found,
        "project_url": reverse(page_name(acting), args=[found.project_id])
        if found.project_id
        else "",
        "error": error,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs((list_name("complaints"), reverse("complaints")), (found.number, "")),
    }
    return render(request, "complaint.html", context, status=422 if error else 200)


def _take(found: queries.Complaint, acting: Actor, step: str, note: str) -> None:
    match step:
        case "answer":
            actions.answer_complaint(found, acting, text=note)
        case "uphold" | "dismiss":
            actions.decide_complaint(found, acting, upheld=step == "uphold", note=note)
        case "withdraw":
            actions.withdraw_complaint(found, acting)
        case _:
            raise Http404
