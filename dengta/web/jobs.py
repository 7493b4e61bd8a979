"""后台任务: what runs behind the pages, how far it has come, what could not be done, the files."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.trail.queries import Job, job_of, jobs_of
from dengta.web.cases import crumbs
from dengta.web.frame import DESKS, desk, list_name

FAULTS_SHOWN = 50
PLACES = {"batch": "payment_batch", "white_list": "official_white_list", "plan": "pilot"}
"""What a job was asked about -> the page of it, which says what is to be done next."""


def badge(job: Job) -> dict[str, str]:
    """How a job stands, as the badge component wants it."""
    if job.failed:
        return {"name": _("没有办成"), "tone": "bad"}
    if job.waiting:
        return {"name": _("排队中"), "tone": "draft"}
    if job.running:
        return {"name": _("办理中"), "tone": "info"}
    if job.fault_count:
        return {
            "name": ngettext("办完，%(n)s 处要改", "办完，%(n)s 处要改", job.fault_count)
            % {"n": job.fault_count},
            "tone": "wait",
        }
    return {"name": _("已办完"), "tone": "good"}


def _leads_to(job: Job) -> dict[str, str] | None:
    """The way from a job that has ended to the page of what it was about."""
    found = next((name for name in PLACES if job.arguments.get(name)), None)
    if found is None or not job.finished:
        return None
    label = {
        "batch": _("查看这一拨付批次"),
        "white_list": _("查看这份白名单"),
        "plan": _("查看这项城市试点"),
    }[found]
    return {"label": label, "url": reverse(PLACES[found], args=[job.arguments[found]])}


@require_safe
@desk(*DESKS)
def jobs(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every job that this person may see, newest first."""
    page = Paginator(jobs_of(acting), 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [{"job": job, "badge": badge(job)} for job in page],
        "breadcrumbs": crumbs((list_name("jobs"), "")),
    }
    return render(request, "jobs.html", context)


@require_safe
@desk(*DESKS)
def job(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One job; asked for by htmx, only what changes while it runs."""
    try:
        found = job_of(acting, pk)
    except Job.DoesNotExist as gone:
        raise Http404 from gone
    faults = Paginator(found.faults, FAULTS_SHOWN).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "job": found,
        "standing": badge(found),
        "action": _leads_to(found),
        "page": faults,
        "unlisted": found.fault_count - len(found.faults),
        "breadcrumbs": crumbs(
            (list_name("jobs"), reverse("jobs")), (f"{_('任务')} {found.pk}", "")
        ),
    }
    live = bool(getattr(request, "htmx", False))
    return render(request, "_job.html" if live else "job.html", context)
