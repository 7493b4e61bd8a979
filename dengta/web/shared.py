"""Pages that several desks share: the way to one's desk, notices, documents."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.queries import evidence
from dengta.assessment.queries.diagnosis import diagnosis_document
from dengta.catalogue.queries.platforms import platform_document
from dengta.funding.queries.claims_desk import document_for as claim_document
from dengta.funding.queries.clawbacks import document_for as clawback_document
from dengta.funding.queries.payments import document_for as payment_document
from dengta.funding.queries.public_spending import evidence_for
from dengta.funding.queries.tranches import report_for
from dengta.funding.queries.vouchers import document_for
from dengta.programmes.queries import queues
from dengta.programmes.queries.awards import award_document
from dengta.programmes.queries.lists import objection_document
from dengta.projects.queries.acceptance import document_for as project_document
from dengta.projects.queries.pilots import pilot_document
from dengta.projects.queries.providers import complaint_document
from dengta.trail.actions import mark_read
from dengta.trail.queries import job_document, notices_of
from dengta.web.cases import crumbs
from dengta.web.frame import DESKS, desk, who

INLINE = ("application/pdf", "image/jpeg", "image/png", "image/webp", "text/plain")


@require_safe
def desk_home(request: HttpRequest) -> HttpResponse:
    """Send a person to the desk of their role."""
    acting = who(request)
    if not request.user.is_authenticated:
        return redirect("sign_in")
    if acting is None:
        raise PermissionDenied
    return redirect(DESKS[acting.role])


@require_safe
@desk(*DESKS)
def notices(request: HttpRequest, acting: Actor) -> HttpResponse:
    """A person's notices, newest first."""
    page = Paginator(notices_of(acting), 20).get_page(request.GET.get("page"))
    context = {"page": page, "breadcrumbs": crumbs((_("通知"), ""))}
    return render(request, "notices.html", context)


@require_POST
@desk(*DESKS)
def open_notice(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Mark a notice as read and go where it points."""
    notice = notices_of(acting).filter(pk=pk).first()
    if notice is None:
        raise Http404
    mark_read(acting, pk)
    return redirect(notice.link or "notices")


@require_safe
@desk(*DESKS)
def document(request: HttpRequest, acting: Actor, pk: int) -> HttpResponseBase:
    """An uploaded file, to those who may see the matter it belongs to."""
    found = (
        document_for(acting, pk)
        or claim_document(acting, pk)
        or project_document(acting, pk)
        or evidence.document_for(acting, pk)
        or diagnosis_document(acting, pk)
        or queues.document_for(acting, pk)
        or clawback_document(acting, pk)
        or award_document(acting, pk)
        or job_document(acting, pk)
        or objection_document(acting, pk)
        or report_for(acting, pk)
        or payment_document(acting, pk)
        or evidence_for(acting, pk)
        or platform_document(acting, pk)
        or pilot_document(acting, pk)
        or complaint_document(acting, pk)
    )
    if found is None:
        raise Http404
    inline = found.media_type in INLINE
    response = FileResponse(
        found.content.open("rb"),
        as_attachment=not inline,
        filename=found.name,
        content_type=found.media_type if inline else "application/octet-stream",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox"
    return response
