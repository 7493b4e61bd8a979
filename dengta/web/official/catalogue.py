"""资源池审核: what waits for the province's review, every entry, and one of them with its steps."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.catalogue.actions import entries as actions
from dengta.catalogue.queries import describing
from dengta.catalogue.queries import desk as queries
from dengta.catalogue.queries.pool import Entry
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused, allowed_steps
from dengta.web.cases import badge, clock_chip, crumbs, events
from dengta.web.fields import DayField
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.pool_shown import whole

STATES = ("published", "expired", "removed", "unpublished")


class TermForm(forms.Form):
    """Until when an entry is shown, and what is to be said about it."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expires"] = DayField(
            label=_("有效期至"), required=False, open=False,
            help_text=_("不填就按这一类条目的有效期计算；由遴选带入的随认定到期。"),
        )  # fmt: skip
        self.fields["note"] = forms.CharField(
            label=_("说明"), required=False, max_length=500,
            widget=forms.Textarea(attrs={"rows": 2}),
        )  # fmt: skip


@require_safe
@desk(*OFFICIAL)
def official_catalogue(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What waits for review, then every entry, narrowed."""
    waiting = [
        {
            "version": version,
            "kind": policy().entry_kinds[version.entry.kind].name,
            "clock": clock_chip(version),
            "first": version.entry.current is None,
        }
        for version in queries.to_review()[:50]
    ]
    kind, state = request.GET.get("kind", ""), request.GET.get("state", "")
    words = request.GET.get("words", "").strip()[:80]
    state = state if state in STATES else ""
    rows = queries.all_entries(kind[:16], state, words)
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    kept = {name: value for name, value in
            {"kind": kind, "state": state, "words": words}.items() if value}  # fmt: skip
    flow = Entry.flow
    context = {
        "waiting": waiting,
        "may_review": acting.role == "province",
        "page": page,
        "rows": [
            {
                "entry": entry,
                "kind": policy().entry_kinds[entry.kind].name,
                "badge": badge(entry.flow.state(entry.state), public=False),
            }
            for entry in page
        ],
        "kinds": [(id, each.name, id == kind) for id, each in policy().entry_kinds.items()],
        "states": [(id, flow.state(id).name, id == state) for id in STATES],
        "words": words,
        "query": f"{urlencode(kept)}&" if kept else "",
        "breadcrumbs": crumbs((_("资源池审核"), "")),
    }
    return render(request, "official/official_catalogue.html", context)


def find(pk: int) -> Entry:
    """One entry. Http404 if there is none."""
    try:
        return queries.entry_for_office(pk)
    except Entry.DoesNotExist:
        raise Http404 from None


@require_safe
@desk(*OFFICIAL)
def official_entry(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One entry with the version that waits, what it changes, and the steps."""
    return page_of(request, acting, find(pk))


def page_of(
    request: HttpRequest, acting: Actor, entry: Entry, error: str = "", form: TermForm | None = None
) -> HttpResponse:
    """The page of one entry, as it is after any step."""
    version = queries.open_version(entry)
    current = entry.current
    latest = version or current or entry.versions.order_by("-number").first()
    assert latest is not None  # an entry begins with a version
    latest.entry = entry
    of_version = {step.id: step for step in allowed_steps(version, acting)} if version else {}
    of_entry = {step.id: step for step in allowed_steps(entry, acting)}
    review = version if version and "return" in of_version else None
    context: dict[str, Any] = whole(describing.describe(latest)) | {
        "entry": entry,
        "badge": badge(entry.flow.state(entry.state), public=False),
        "open": version,
        "open_badge": badge(version.flow.state(version.state), public=False) if version else None,
        "clock": clock_chip(version) if version else None,
        "review": review,
        "missing": queries.missing_of(review) if review else [],
        "return": of_version.get("return"),
        "publish": of_version.get("publish") if review else None,
        "remove": of_entry.get("remove"),
        "renew": (of_entry.get("renew") or of_entry.get("publish")) if current else None,
        "term": form or TermForm(),
        "changes": describing.between(policy().entry_kinds[entry.kind], current, version)
        if version and current else [],
        "events": events(latest),
        "entry_events": events(entry),
        "error": error,
        "breadcrumbs": crumbs(
            (_("资源池审核"), reverse("official_catalogue")), (entry.name, "")
        ),
    }  # fmt: skip
    wrong = bool(error or context["term"].errors)
    return render(request, "official/official_entry.html", context, status=422 if wrong else 200)


@require_POST
@desk(*OFFICIAL)
def official_entry_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Review the version that waits, or take the entry down or renew it."""
    entry = find(pk)
    form = TermForm(request.POST)
    if step in ("publish", "renew") and not form.is_valid():
        return page_of(request, acting, entry, form=form)
    try:
        told = _take(entry, acting, step, request, form)
    except StepRefused as refused:
        return page_of(request, acting, find(pk), said(refused.text), form)
    tell(request, told)
    return redirect("official_entry", pk)


def _take(entry: Entry, acting: Actor, step: str, request: HttpRequest, form: TermForm) -> str:
    """Take one step; what to say afterwards. Http404 for a step that there is not here."""
    version = queries.open_version(entry)
    note = request.POST.get("note", "")
    if step == "remove":
        actions.remove(entry, acting, note)
        return _("已下架，公开页面会说明理由。提供单位已收到通知。")
    expires: dt.date | None = (
        form.cleaned_data.get("expires") if form.is_bound and form.is_valid() else None
    )
    if step == "renew":
        actions.renew(entry, acting, expires=expires, note=note)
        return _("已续期。")
    if version is None or step not in ("publish", "return"):
        raise Http404
    if step == "return":
        actions.send_back(version, acting, note)
        return _("已退回，理由已通知提供单位。")
    actions.publish(version, acting, expires=expires, note=note)
    return _("已发布，公众现在就能查到。")
