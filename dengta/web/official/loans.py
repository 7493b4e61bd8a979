"""贷款白名单: what waits for an office, one request, the province's lists and their answers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.outgoing import FORMS
from dengta.core.shapes import Text
from dengta.core.sheets import KINDS
from dengta.funding.actions import finance as actions
from dengta.funding.actions.finance_answers import import_answers
from dengta.funding.actions.finance_lists import build_list, close_list, push_list, reissue_file
from dengta.funding.queries import finance as queries
from dengta.funding.queries.finance import LoanRequest, WhiteList
from dengta.trail.actions import StepRefused, keep_document
from dengta.trail.queries import jobs_of
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.jobs import badge as job_badge
from dengta.web.loans import answer_of, bank_called, bank_name, clauses_of, request_row

Context = dict[str, Any]


@require_safe
@desk(*OFFICIAL)
def official_loans(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What waits for this office, or every request of the territory; for the province also what can
    be listed, and the lists."""
    return _desk(request, acting)


def _desk(request: HttpRequest, acting: Actor, error: Text | None = None) -> HttpResponse:
    every = request.GET.get("show") == "all"
    found = queries.request_list(acting) if every else queries.request_queue(acting)
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    pledged = queries.pledged_elsewhere(list(page))
    context: Context = {
        "every": every,
        "page": page,
        "query": "show=all&" if every else "",
        "rows": [request_row(one, public=False) | {"pledged": pledged[one.pk]} for one in page],
        "error": said(error) if error else "",
        "whole": acting.role == "province",
        "breadcrumbs": crumbs((_("待办"), reverse("queue")), (_("贷款白名单"), "")),
    }
    if context["whole"]:
        context["ready"] = [
            {"product": product, "bank": product.bank(bank), "all": all, "live": live}
            for product, bank, all, live in queries.ready(timezone.localdate())
        ]
        context["lists"] = [
            {
                "list": one,
                "product": queries.product_name(one.product),
                "bank": bank_called(one.product, one.bank, one.bank_name),
                "badge": badge(one.flow.state(one.state), public=False),
            }
            for one in queries.white_lists(acting)[:50]
        ]
    return render(request, "official/loans.html", context, status=422 if error else 200)


@require_POST
@desk(*OFFICIAL)
def build(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Make the period's list of a product and a bank, or add to it."""
    try:
        made, added = build_list(
            acting, request.POST.get("product", ""), request.POST.get("bank", "")
        )
    except StepRefused as refused:
        return _desk(request, acting, refused.text)
    tell(request, _("已列入 %(n)s 家企业，数据已定格。核对后再推送。") % {"n": added})
    return redirect("official_white_list", made.pk)


# ---------------------------------------------------------------- one request


def _request(acting: Actor, pk: int) -> LoanRequest:
    try:
        return queries.request_for(acting, pk)
    except LoanRequest.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def loan_request(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One request: warnings first, what is asked, the conditions as decided, steps, timeline."""
    return _request_page(request, acting, _request(acting, pk))


def _request_page(
    request: HttpRequest, acting: Actor, found: LoanRequest, error: Text | None = None
) -> HttpResponse:
    row = getattr(found, "row", None)
    day = timezone.localdate()
    context = case_context(found, acting, without=("list", "offer", "draw", "refuse"))
    context |= {
        "loan": found,
        "product": queries.product_name(found.product),
        "bank": bank_name(found),
        "pledged": queries.pledged_elsewhere([found])[found.pk],
        "grant": queries.grant_of(found.organisation_id, found.product, found.bank, day),
        "answer": answer_of(row) if row is not None else None,
        "clauses": clauses_of(found),
        "error": said(error) if error else "",
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs((_("贷款白名单"), reverse("official_loans")), (found.number, "")),
    }
    template = "official/loan_request.html"
    return render(request, template, context, status=422 if error else 200)


@require_POST
@desk(*OFFICIAL)
def request_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take a step of the office. Two at once: the second is told, nothing is done twice."""
    found = _request(acting, pk)
    chosen = request.POST.get("step") or step
    if chosen not in actions.REVIEWING:
        raise Http404
    try:
        event = actions.review(found, chosen, acting, note=request.POST.get("note", ""))
    except StepRefused as refused:
        return _request_page(request, acting, _request(acting, pk), refused.text)
    name = said(found.flow.step(event.step).name)
    tell(request, _("%(number)s：已办理“%(step)s”。") % {"number": found.number, "step": name})
    return redirect("official_loan_request", pk)


# ---------------------------------------------------------------- one list


class AnswersForm(forms.Form):
    """The bank's file."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"] = forms.FileField(
            label=_("银行填好的表格"),
            help_text=_("就用推送的那份文件：银行在后五列填写，行可以少、可以分几次。"),
            error_messages={"required": _("还没有选择文件。请选择银行返回的表格后再上传。")},
        )
        self.fields["file"].widget.attrs["accept"] = ",".join(KINDS)


def _list(acting: Actor, pk: int) -> WhiteList:
    try:
        return queries.white_list_for(acting, pk)
    except WhiteList.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def white_list(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One list: its firms with fingerprints and answers, the file, the import of answers."""
    return _list_page(request, acting, _list(acting, pk))


def _list_page(
    request: HttpRequest,
    acting: Actor,
    found: WhiteList,
    error: Text | None = None,
    form: AnswersForm | None = None,
) -> HttpResponse:
    rows, day = list(queries.rows_of(found)), timezone.localdate()
    gone = {row.pk for row in queries.not_live(rows, day)}
    pledged = queries.pledged_elsewhere([row.request for row in rows])
    imports = jobs_of(acting).filter(kind="record_answers", arguments__white_list=found.pk)[:5]
    context = case_context(found, acting, without=("answer",))
    context |= {
        "list": found,
        "product": queries.product_name(found.product),
        "bank": bank_called(found.product, found.bank, found.bank_name),
        "rows": [
            {
                "row": row,
                "request": row.request,
                "gone": row.pk in gone,
                "pledged": pledged[row.request_id],
                "answer": answer_of(row),
            }
            for row in rows
        ],
        "gone": len(gone),
        "stale": bool(queries.lapsed_in_file(found, rows, day)),
        "form": (form or AnswersForm()) if found.pushed_at else None,
        "jobs": [{"job": job, "badge": job_badge(job)} for job in imports],
        "error": said(error) if error else "",
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs((_("贷款白名单"), reverse("official_loans")), (found.number, "")),
    }
    wrong = error is not None or bool(form and form.errors)
    return render(request, "official/white_list.html", context, status=422 if wrong else 200)


@require_POST
@desk(*OFFICIAL)
def list_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Push, or close; `reissue` makes the file anew without those whose authorisation ended."""
    found = _list(acting, pk)
    chosen = request.POST.get("step") or step
    try:
        match chosen:
            case "push":
                push_list(found, acting)
                tell(request, _("名单已定稿。请下载文件，按约定渠道交给银行；系统不会自动发送。"))
            case "answer":
                close_list(found, acting, note=request.POST.get("note", ""))
                tell(request, _("答复登记完毕。"))
            case "reissue":
                reissue_file(found, acting)
                tell(request, _("新文件已生成，不含授权已撤回或到期的企业。"))
            case _:
                raise Http404
    except StepRefused as refused:
        return _list_page(request, acting, _list(acting, pk), refused.text)
    return redirect("official_white_list", pk)


@require_safe
@desk(*OFFICIAL)
def list_file(request: HttpRequest, acting: Actor, pk: int) -> HttpResponseBase:
    """The file of a pushed list, as long as every firm on it still allows it."""
    found = _list(acting, pk)
    if found.file is None:
        raise Http404
    day = timezone.localdate()
    if queries.lapsed_in_file(found, queries.rows_of(found), day):
        text = Text(
            "文件里有企业已撤回授权或授权到期，不能再下载。请先重新生成文件。",
            "A firm in this file has ended its authorisation. Make the file anew first.",
        )
        return _list_page(request, acting, found, text)
    return FileResponse(
        found.file.content.open("rb"),
        as_attachment=True,
        filename=found.file.name,
        content_type=FORMS["xlsx"],
    )


@require_POST
@desk(*OFFICIAL)
def answers(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Hand in the bank's file; the work itself is a job behind the pages."""
    found = _list(acting, pk)
    form = AnswersForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list_page(request, acting, found, form=form)
    file = form.cleaned_data["file"]
    assert isinstance(file, UploadedFile)
    try:
        types = tuple(kind.removeprefix(".") for kind in KINDS)
        job, new = import_answers(acting, found, keep_document(file, by=acting, types=types))
    except StepRefused as refused:
        form.add_error("file", said(refused.text))
        return _list_page(request, acting, found, form=form)
    if not new:
        tell(request, _("这份文件已经上传过，下面是它的办理情况，没有重复导入。"))
    return redirect("job", job.pk)
