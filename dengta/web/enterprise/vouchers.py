"""The cloud voucher as the firm sees it: list, one form that keeps what was typed, the matter
with its clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.money import fen_from_yuan, rate
from dengta.funding.actions import vouchers as actions
from dengta.funding.actions.vouchers_redeeming import redeem
from dengta.funding.queries import vouchers as queries
from dengta.funding.queries.vouchers import PAPERS, Voucher
from dengta.registry.queries import policy, suppliers
from dengta.trail.actions import (
    FileRefused,
    StepRefused,
    allowed_steps,
    keep_document,
    look,
)
from dengta.web.cases import badge, case_context, clock_chip, crumbs
from dengta.web.fields import YUAN, NumberField
from dengta.web.frame import desk, said, tell
from dengta.web.onway import clock_of
from dengta.web.redemptions import redemption_rows

TYPES = ("pdf", "jpg", "jpeg", "png", "xlsx", "xls", "ofd", "doc", "docx", "txt")


def _find(acting: Actor, pk: int) -> Voucher:
    try:
        found = queries.visible(acting, pk)
    except Voucher.DoesNotExist as gone:
        raise Http404 from gone
    if found.organisation_id != acting.organisation_id:
        raise Http404
    return found


@require_safe
@desk("enterprise")
def vouchers(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The firm's vouchers, newest first, each with state and clock."""
    page = Paginator(queries.vouchers_of(acting.organisation_id), 20).get_page(
        request.GET.get("page")
    )
    rows = [
        {
            "voucher": v,
            "scheme": queries.edition(v.scheme),
            "badge": badge(v.flow.state(v.state), public=True),
            "clock": clock_chip(v),
        }
        for v in page
    ]
    context = {
        "rows": rows,
        "page": page,
        "breadcrumbs": crumbs((_("工作台"), reverse("enterprise_home")), (_("服务券"), "")),
    }
    return render(request, "enterprise/vouchers.html", context)


@require_POST
@desk("enterprise")
def new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """A new draft; an empty draft that is already there is used again, so a double click makes
    one."""
    empty = (
        queries.vouchers_of(acting.organisation_id)
        .filter(state=Voucher.flow.start.id, contract_number="", supplier=None, invoices=None)
        .first()
    )
    return redirect("voucher_edit", (empty or actions.begin_voucher(acting)).pk)


MOST_FEN = 10**13


def amount_field(label: Any) -> NumberField:
    """An amount typed in yuan, kept in 分; above 0 and at most 100 billion yuan."""
    return NumberField(YUAN, 1, MOST_FEN, label=label, required=False)


NEEDED = ("supplier", "depth", "contract_number", "bank_flow", "paid_by_firm_fen", "bank_account",
          "bank_name", "agreed_by")  # fmt: skip


class VoucherForm(forms.Form):
    """Everything but the invoices. A draft may have gaps; `submitting` asks for all of it."""

    use_required_attribute = False
    field_order = NEEDED

    supplier = forms.ModelChoiceField(
        queryset=suppliers(dt.date.min).none(),
        label=gettext_lazy("云服务供应商"),
        required=False,
        empty_label=gettext_lazy("请选择"),
        help_text=gettext_lazy("只列出本年度公布的供应商，选择哪一家由企业自主决定。"),
    )
    depth = forms.ChoiceField(
        label=gettext_lazy("上云深度"), required=False, widget=forms.RadioSelect
    )
    contract_number = forms.CharField(label=gettext_lazy("合同编号"), max_length=60, required=False)
    bank_flow = forms.CharField(
        label=gettext_lazy("付款的银行流水号"), max_length=40, required=False
    )
    bank_account = forms.CharField(
        label=gettext_lazy("收款账户"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("补助将拨付到本企业的这个对公账户。"),
    )
    bank_name = forms.CharField(
        label=gettext_lazy("开户银行"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("写到支行，例如：中国建设银行武汉光谷支行。"),
    )
    agreed_by = forms.CharField(
        label=gettext_lazy("承诺人姓名"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("法定代表人或经办人本人的姓名，随申请留存。"),
    )
    agree = forms.BooleanField(label=gettext_lazy("已阅读并同意以上承诺"), required=False)
    contract = forms.FileField(label=gettext_lazy("合同"), required=False)
    invoice_file = forms.FileField(label=gettext_lazy("发票"), required=False)
    payment_proof = forms.FileField(label=gettext_lazy("付款凭证"), required=False)
    item_list = forms.FileField(label=gettext_lazy("清单"), required=False)

    def __init__(
        self,
        *args: Any,
        submitting: bool = False,
        given: frozenset[str] = frozenset(),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.submitting, self.given = submitting, given
        self.fields["paid_by_firm_fen"] = amount_field(_("实际付款金额"))
        for field in self.fields.values():
            field.open = True  # type: ignore[attr-defined]  # empty is still open, not optional
        self.order_fields(self.field_order)
        supplier, depth = self.fields["supplier"], self.fields["depth"]
        assert isinstance(supplier, forms.ModelChoiceField)
        assert isinstance(depth, forms.ChoiceField)
        supplier.queryset = suppliers(queries.today())
        fact = policy().facts["cloud_depth"]
        rates = queries.rates_by_depth(queries.today())
        depth.choices = [
            (id, _("%(depth)s，补助 %(rate)s") % {"depth": said(text), "rate": rate(rates[id])})
            for id, text in fact.values.items()
        ]
        for paper in PAPERS:
            field = self.fields[paper]
            field.widget.attrs["accept"] = ",".join(f".{ending}" for ending in TYPES)
            field.help_text = _("PDF、图片、OFD、Word 或 Excel，不超过 %(mb)s MB。") % {
                "mb": settings.DOCUMENT_MAX_BYTES // 2**20
            }

    def clean(self) -> dict[str, Any]:
        """Files of a kind and size that can be read; nothing open when it is handed in."""
        for paper in PAPERS:
            file = self.cleaned_data.get(paper)
            if isinstance(file, UploadedFile):
                self._check_file(paper, file)
            elif self.submitting and paper not in self.given and not self.has_error(paper):
                self.add_error(paper, _("还没有上传，请选择文件后再提交。"))
        if self.submitting and not self.cleaned_data.get("agree"):
            self.add_error("agree", _("请阅读承诺条款，同意后勾选再提交。"))
        for name in NEEDED if self.submitting else ():
            if not self.cleaned_data.get(name) and not self.has_error(name):
                self.add_error(name, _("还没有填写，补上后再提交。"))
        return self.cleaned_data

    def _check_file(self, paper: str, file: UploadedFile[bytes]) -> None:
        try:
            look(file, types=TYPES)
        except FileRefused as refused:
            self.add_error(paper, said(refused.text))


class InvoiceForm(forms.Form):
    """One row of the item list."""

    code = forms.RegexField(
        r"^(\d{10}|\d{12})$",
        label=gettext_lazy("发票代码"),
        required=False,
        error_messages={"invalid": gettext_lazy("发票代码是 10 位或 12 位数字；全电发票请留空。")},
    )
    number = forms.RegexField(
        r"^(\d{8}|\d{20})$",
        label=gettext_lazy("发票号码"),
        required=False,
        error_messages={
            "invalid": gettext_lazy("发票号码是 8 位数字，全电发票是 20 位数字，请对照票面。")
        },
    )
    invoice_date = forms.DateField(
        label=gettext_lazy("开票日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("日期请写成 2026-03-18 这样的形式。")},
    )
    service = forms.CharField(label=gettext_lazy("服务内容"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount_fen"] = amount_field(_("金额"))
        for name, field in self.fields.items():
            field.open = name != "code"  # type: ignore[attr-defined]  # only the code is optional

    def clean(self) -> dict[str, Any]:
        """A row is whole or empty; codes and numbers belong together."""
        data = self.cleaned_data
        if self.errors or not any(data.get(name) for name in self.fields):
            return data
        for name in ("number", "invoice_date", "service", "amount_fen"):
            if not data.get(name):
                self.add_error(name, _("这一行还差这一项。"))
        number, code = data.get("number") or "", data.get("code") or ""
        if len(number) == 20 and code:
            self.add_error("code", _("20 位号码的全电发票没有发票代码，请清空。"))
        if len(number) == 8 and not code:
            self.add_error("code", _("8 位号码的发票需要填写发票代码。"))
        return data


class _Rows(forms.BaseFormSet):  # type: ignore[type-arg]  # generic in the stubs only
    """The rows together: no invoice twice, and at least one when it is handed in."""

    submitting = False

    def clean(self) -> None:
        """Mark the later of two rows with the same invoice."""
        seen: dict[tuple[str, str], int] = {}
        for place, row in enumerate(self.forms, start=1):
            data = row.cleaned_data if row.is_valid() else {}
            key = (data.get("code") or "", data.get("number") or "")
            if not key[1]:
                continue
            if key in seen:
                row.add_error(
                    "number",
                    _("与第 %(n)s 张是同一张发票。同一张发票只填一行，请删去一行或核对号码。")
                    % {"n": seen[key]},
                )
            seen.setdefault(key, place)
        if self.submitting and not seen and not any(row.errors for row in self.forms):
            raise forms.ValidationError(_("还没有填写发票，至少填一张后再提交。"))

    def faults(self) -> list[tuple[str, str, str]]:
        """All that must be mended: which row and field, where it is, what is wrong."""
        return [
            (
                _("第 %(n)s 张，%(field)s") % {"n": place, "field": field.label},
                field.auto_id,
                str(error),
            )
            for place, row in enumerate(self.forms, start=1)
            for field in row
            for error in field.errors
        ]


InvoiceRows = forms.formset_factory(InvoiceForm, formset=_Rows, extra=0)


def _rows(voucher: Voucher, data: Any = None) -> Any:
    initial: list[dict[str, Any]] = [
        {
            "code": i.code,
            "number": i.number,
            "invoice_date": i.invoice_date,
            "service": i.service,
            "amount_fen": i.amount_fen,
        }
        for i in voucher.invoices.order_by("id")
    ]
    initial.append({})  # always one empty row to go on with
    return InvoiceRows(data, initial=initial, prefix="invoices")


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def edit(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The application form: `save` keeps what can be kept, `submit` hands in; files are kept at
    once."""
    voucher = _find(acting, pk)
    if "submit" not in {step.id for step in allowed_steps(voucher, acting)}:
        return redirect("voucher", pk)
    error = ""
    if request.method == "POST":
        submitting = request.POST.get("do") == "submit"
        given = frozenset(paper for paper in PAPERS if getattr(voucher, paper) is not None)
        form = VoucherForm(request.POST, request.FILES, submitting=submitting, given=given)
        rows = _rows(voucher, request.POST)
        rows.submitting = submitting
        sound = form.is_valid() & rows.is_valid()
        error = _keep(voucher, acting, form, rows)
        if sound and not error:
            if request.POST.get("do") == "more":
                return redirect(reverse("voucher_edit", args=[pk]) + "#invoices")
            if not submitting:
                tell(request, _("草稿已保存，可以随时回来接着填。"))
                return redirect("voucher_edit", pk)
            try:
                actions.submit(voucher, acting)
                tell(request, _("申请已提交，接下来由区县初审。进展会通知您。"))
                return redirect("voucher", pk)
            except StepRefused as refused:
                error = said(refused.text)
    else:
        form = VoucherForm(
            initial={
                "supplier": voucher.supplier_id,
                "depth": voucher.depth,
                "contract_number": voucher.contract_number,
                "bank_flow": voucher.bank_flow,
                "paid_by_firm_fen": voucher.paid_by_firm_fen or None,
                "bank_account": voucher.bank_account,
                "bank_name": voucher.bank_name,
                "agreed_by": voucher.agreed_by,
                "agree": bool(voucher.terms),
            }
        )
        rows = _rows(voucher)
    wrong = form.errors or any(rows.errors) or rows.non_form_errors()
    context = {
        "voucher": voucher,
        "form": form,
        "rows": rows,
        "error": error,
        "papers": [(form[p], _current(voucher, p)) for p in PAPERS],
        "returned": voucher.submitted_at is not None,
        "terms": queries.edition(voucher.scheme).sanction,
        "estimate": queries.estimate(voucher),
        "events": case_context(voucher, acting)["events"],
        "breadcrumbs": crumbs((_("服务券"), reverse("vouchers")), (voucher.number, "")),
    }
    return render(request, "enterprise/edit.html", context, status=422 if error or wrong else 200)


def _current(voucher: Voucher, paper: str) -> dict[str, Any] | None:
    document = getattr(voucher, paper)
    if document is None:
        return None
    return {
        "name": document.name,
        "size": document.size,
        "url": reverse("document", args=[document.pk]),
    }


def _keep(voucher: Voucher, acting: Actor, form: VoucherForm, rows: Any) -> str:
    """Keep every field that is sound; returns why not, if the matter is closed."""
    fields: dict[str, Any] = {
        name: form.cleaned_data[name]
        for name in (
            "supplier", "depth", "contract_number", "bank_flow", "bank_account", "bank_name",
            "agreed_by",
        )
        if name in form.cleaned_data
    }  # fmt: skip
    agreed = form.cleaned_data.get("agree")
    fields["terms"] = queries.terms_of(queries.edition(voucher.scheme)) if agreed else []
    if "paid_by_firm_fen" in form.cleaned_data:
        fields["paid_by_firm_fen"] = form.cleaned_data["paid_by_firm_fen"] or 0
    for paper in PAPERS:
        file = form.cleaned_data.get(paper)
        if isinstance(file, UploadedFile):
            fields[paper] = keep_document(file, by=acting)
    try:
        actions.save_draft(voucher, acting, fields, list(_lines(rows)) if rows.is_valid() else None)
    except StepRefused as refused:
        return said(refused.text)
    return ""


def _lines(rows: Any) -> Iterable[actions.InvoiceLine]:
    for row in rows:
        data = row.cleaned_data
        if data.get("amount_fen"):
            day = data["invoice_date"]
            assert isinstance(day, dt.date)
            yield actions.InvoiceLine(
                data.get("code") or "", data["number"], day, data["service"], data["amount_fen"]
            )


@require_safe
@desk("enterprise")
def voucher(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One voucher: where it stands, who has it, what happened, what the firm can do now."""
    return _page(request, acting, _find(acting, pk))


def _page(request: HttpRequest, acting: Actor, found: Voucher, error: str = "") -> HttpResponse:
    context = case_context(found, acting, without=("submit", "part", "redeem"))
    scheme = queries.edition(found.scheme)
    verdict = queries.replayed(found)
    context |= {
        "voucher": found,
        "money_clock": clock_of(found, public=True),
        "scheme": scheme,
        "redemptions": (drawn := redemption_rows(found, public=True)),
        "turn": len(drawn),
        "set_off": scheme.settlement == "set_off",
        "code": queries.redemption_code(found) if found.state == "issued" else "",
        "asks_terms": () if found.agreed_by else scheme.sanction,
        "error": error,
        "computation": verdict.computation if verdict else found.verdict.get("computation"),
        "invoices": found.invoices.order_by("id"),
        "papers": [_current(found, paper) for paper in PAPERS],
        "breadcrumbs": crumbs((_("服务券"), reverse("vouchers")), (found.number, "")),
    }
    return render(request, "enterprise/voucher.html", context, status=422 if error else 200)


@require_POST
@desk("enterprise")
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Redeem, or withdraw; a second click finds the state moved and changes nothing."""
    found = _find(acting, pk)
    chosen = request.POST.get("step") or step
    try:
        if chosen == "redeem":
            text = request.POST.get("amount", "").strip()
            turn = request.POST.get("turn", "")
            claim = redeem(
                found,
                acting,
                amount_fen=fen_from_yuan(text) if text else None,
                turn=int(turn) if turn.isdecimal() else None,
                agreed_by=request.POST.get("agreed_by", "") if request.POST.get("agree") else "",
            )
            tell(
                request,
                _("已核销，生成申领 %(number)s，列入下一批拨付。") % {"number": claim.number},
            )
        elif chosen == "withdraw":
            actions.take(found, "withdraw", acting, note=request.POST.get("note", ""))
            tell(request, _("申请已撤回，发票可以用于新的申请。"))
        else:
            raise Http404
    except StepRefused as refused:
        found.refresh_from_db()
        return _page(request, acting, found, said(refused.text))
    except ValueError:
        return _page(
            request,
            acting,
            found,
            _("核销金额请填写数字，单位元，最多两位小数，例如 12800.50。"),
        )
    return redirect("voucher", pk)
