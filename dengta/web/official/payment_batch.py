"""One batch: what is in it, sending it, its file, what the bank answered, how that adds up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.bank import write_transfers
from dengta.core.outgoing import FORMS
from dengta.core.sheets import KINDS
from dengta.funding.actions import batch_jobs
from dengta.funding.actions import batches as actions
from dengta.funding.actions.results import import_results
from dengta.funding.queries import payments as queries
from dengta.funding.queries.payments import PaymentBatch
from dengta.trail.actions import StepRefused, keep_document
from dengta.trail.queries import Job, jobs_of
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.jobs import badge as job_badge
from dengta.web.official.payments import PAYERS, payer, unmatched_rows
from dengta.web.payments import CAUSES
from dengta.web.taken_away import made_now

ROWS = 50


class ResultsForm(forms.Form):
    """A file that the bank sent back."""

    use_required_attribute = False

    file = forms.FileField(
        label=gettext_lazy("银行回单文件"),
        required=False,
        help_text=gettext_lazy(
            "xlsx、xls、ods 或 csv，须有“付款编号”“金额”“处理结果”三列；"
            "付款成功的要有凭证号，失败的要有原因。"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs["accept"] = ",".join(KINDS)
        self.fields["file"].open = True  # type: ignore[attr-defined]  # it is asked for

    def clean_file(self) -> UploadedFile[bytes]:
        """A file of a kind and size that can be read."""
        file = self.cleaned_data.get("file")
        if not isinstance(file, UploadedFile):
            raise forms.ValidationError(_("还没有选择文件。请选择银行返回的结果文件。"))
        name = file.name or ""
        if Path(name).suffix.lower() not in KINDS:
            raise forms.ValidationError(
                _("“%(name)s”不是表格文件。请上传 xlsx、xls、ods 或 csv。") % {"name": name}
            )
        if (file.size or 0) > settings.DOCUMENT_MAX_BYTES:
            raise forms.ValidationError(
                _("“%(name)s”有 %(mb)s MB，超过上限。请分成几份上传。")
                % {"name": name, "mb": (file.size or 0) // 2**20}
            )
        return file


def _find(acting: Actor, pk: int) -> PaymentBatch:
    try:
        return queries.batches(acting).get(pk=pk)
    except PaymentBatch.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def payment_batch(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One batch: its payments, what may be done, what was answered against what was sent."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest,
    acting: Actor,
    found: PaymentBatch,
    error: str = "",
    form: ResultsForm | None = None,
) -> HttpResponse:
    rows, chosen = found.payments.select_related("organisation", "batch"), ""
    states = queries.Payment.flow.states
    if request.GET.get("state") in {state.id for state in states}:
        chosen = request.GET["state"]
        rows = rows.filter(state=chosen)
    page = Paginator(rows.order_by("pk"), ROWS).get_page(request.GET.get("page"))
    sums = queries.reconciliation(found)
    alone = queries.only_set_off(list(page), timezone.localdate())
    context = case_context(found, acting, without=("close",))
    going = queries.batch_job(found)
    context |= {
        "batch": found,
        "going": going,
        "standing": job_badge(going) if going else None,
        "office": payer(found.region_code),
        "sums": sums,
        "ledger": queries.paid_in_ledger(found) if found.sent_at else None,
        "causes": [{"cause": CAUSES[cause], "part": part} for cause, part in sums.unmatched],
        "unmatched": unmatched_rows(
            queries.unmatched(acting).filter(batch=found)[:10] if sums.unmatched else [], acting
        ),
        "page": page,
        "rows": [
            {
                "payment": one,
                "badge": badge(one.flow.state(one.state), public=False),
                "alone_fen": alone.get(one.pk, 0),
                "rest_fen": one.amount_fen - alone.get(one.pk, 0),
            }
            for one in page
        ],
        "waiting_fen": queries.waiting_fen(found),
        "states": [(state.id, state.name, state.id == chosen) for state in states],
        "query": f"state={chosen}&" if chosen else "",
        "form": form or ResultsForm(),
        "takes_results": found.sent_at is not None and acting.role in PAYERS,
        "jobs": [{"job": job, "badge": job_badge(job)} for job in _jobs(acting, found)],
        "error": error,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs(
            (_("资金拨付"), reverse("payments")),
            (_("拨付批次"), reverse("payment_batches")),
            (found.number, ""),
        ),
    }
    status = 422 if error or (form is not None and form.errors) else 200
    return render(request, "official/payment_batch.html", context, status=status)


def _jobs(acting: Actor, found: PaymentBatch) -> list[Any]:
    mine = jobs_of(acting).filter(kind="record_bank_results", arguments__batch=found.pk)
    return list(mine[:5]) if found.sent_at else []


@require_POST
@desk(*OFFICIAL)
def batch_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Send a batch or give it up. A second click is told that it has been done."""
    found = _find(acting, pk)
    chosen, note = request.POST.get("step") or step, request.POST.get("note", "")
    if chosen not in ("send", "cancel"):
        raise Http404
    take = batch_jobs.send if chosen == "send" else actions.cancel
    try:
        done = take(found, acting, note=note)
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), said(refused.text))
    if isinstance(done, Job):
        return redirect("payment_batch", pk)  # which tells how far that is
    name = said(found.flow.step(chosen).name)
    tell(request, _("%(number)s：已办理“%(step)s”。") % {"number": found.number, "step": name})
    return redirect("payment_batch", pk)


@require_safe
@desk(*OFFICIAL)
def batch_file(request: HttpRequest, acting: Actor, pk: int, form: str) -> HttpResponseBase:
    """The payment file of a batch that was sent: the workbook as it was frozen, or as csv."""
    found = _find(acting, pk)
    if found.file is None or form not in ("xlsx", "csv") or acting.role not in PAYERS:
        raise Http404
    name = f"{found.number}-{_('付款文件')}.{form}"
    if form == "xlsx":
        content = found.file.content.open("rb")
        return FileResponse(content, as_attachment=True, filename=name, content_type=FORMS[form])
    rows = queries.transfers_of(found, queries.sent_payments(found))
    return made_now(
        name, FORMS[form], lambda path: write_transfers("csv", path, rows, found.created_at)
    )


@require_POST
@desk(*OFFICIAL)
def batch_results(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Hand in what the bank sent back; the work itself is a job behind the pages."""
    found = _find(acting, pk)
    form = ResultsForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, acting, found, form=form)
    try:
        kept = keep_document(form.cleaned_data["file"], by=acting)
        job, new = import_results(found, acting, kept)
    except StepRefused as refused:
        form.add_error(None, said(refused.text))
        return _page(request, acting, found, form=form)
    if not new:
        tell(request, _("这份回单已经上传过，下面是它的办理情况，没有重复登记。"))
    return redirect("job", job.pk)
