"""Filling in a claim on any screen: one form, kept as it is typed; lines and payments are added one
by one or from a file, and the estimate follows."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.core.filling import json_entry
from dengta.core.schemes import Scheme
from dengta.funding.actions import claims_filling, claims_import, claims_submitting
from dengta.funding.actions.claims_filling import Flow, Line, line_of
from dengta.funding.queries import claims as queries
from dengta.funding.queries import claims_desk
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.claims import Claim
from dengta.registry.queries import provider_by_code
from dengta.trail.actions import StepRefused
from dengta.web.cases import case_context, crumbs
from dengta.web.claims_shown import lines_of, papers_of, split_bar
from dengta.web.enterprise.claims import find
from dengta.web.fields import YUAN, DayField, FactForm, NumberField, RowForm
from dengta.web.frame import desk, said, tell

MOST_FEN = 10**13
BASE = ("title", "contract_number", "account_name", "account_number", "bank_name")


def amount(label: Any, low: int = 0) -> NumberField:
    """An amount typed in yuan, kept in 分; open while it is not known."""
    return NumberField(YUAN, low, MOST_FEN, label=label, required=False, open=True)


def _iso(day: dt.date | None) -> str:
    """A day as a date input takes it."""
    return "" if day is None else day.isoformat()


class ClaimForm(forms.Form):
    """The claim but for its lines, payments and papers; every field may stay open in a draft."""

    use_required_attribute = False

    title = forms.CharField(label=gettext_lazy("项目名称"), max_length=120, required=False)
    supplier = forms.CharField(
        label=gettext_lazy("数字化服务商的统一社会信用代码"), max_length=18, required=False
    )
    contract_number = forms.CharField(label=gettext_lazy("合同编号"), max_length=60, required=False)
    account_name = forms.CharField(label=gettext_lazy("账户名称"), max_length=120, required=False)
    account_number = forms.CharField(
        label=gettext_lazy("收款账户"), max_length=40, required=False,
        help_text=gettext_lazy("补助拨付到本企业的这个对公账户。"),
    )  # fmt: skip
    bank_name = forms.CharField(
        label=gettext_lazy("开户银行"), max_length=120, required=False,
        help_text=gettext_lazy("写到支行。"),
    )  # fmt: skip

    def __init__(self, *args: Any, accepted: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["list_fen"] = amount(_("合同总价"))
        self.fields["discount_fen"] = amount(_("服务商让利"))
        latest = claims_desk.today()
        self.fields["finished_date"] = DayField(
            label=_("完工日期"), required=False, open=True, latest=latest
        )
        if accepted:
            self.fields["accepted_date"] = DayField(
                label=_("验收日期"), required=False, open=True, latest=latest
            )
        for field in self.fields.values():
            field.open = True  # type: ignore[attr-defined]  # empty is still open, not optional

    def clean_supplier(self) -> Any:
        """The provider by its code."""
        code = self.cleaned_data.get("supplier", "").strip()
        if not code:
            return None
        found = provider_by_code(code)
        if found is None:
            raise forms.ValidationError(
                _("没有统一社会信用代码为“%(code)s”的服务商。请核对，或请服务商先在平台注册。")
                % {"code": code[:40]}
            )
        return found

    def clean(self) -> dict[str, Any]:
        """What was accepted was finished before."""
        finished = self.cleaned_data.get("finished_date")
        accepted = self.cleaned_data.get("accepted_date")
        if finished and accepted and accepted < finished:
            self.add_error("accepted_date", _("验收日期早于完工日期，请核对。"))
        return self.cleaned_data

    def sound(self) -> dict[str, Any]:
        """What can be kept: the fields without a fault."""
        self.is_valid()
        kept = {name: value for name, value in self.cleaned_data.items() if name in self.fields}
        for name in ("list_fen", "discount_fen"):
            if name in kept:
                kept[name] = kept[name] or 0
        return kept


class LineForm(RowForm):
    """One cost line; whole or empty."""

    cost_class = forms.ChoiceField(label=gettext_lazy("费用类别"), required=False)
    text = forms.CharField(label=gettext_lazy("费用内容"), max_length=200, required=False)
    invoice_number = forms.RegexField(
        f"^{claims_filling.INVOICE_NUMBER}$", label=gettext_lazy("发票号码"), required=False,
        error_messages={
            "invalid": gettext_lazy("发票号码是 8 位数字，全电发票是 20 位数字，请对照票面。")
        },
    )  # fmt: skip
    invoice_code = forms.RegexField(
        f"^{claims_filling.INVOICE_CODE}$", label=gettext_lazy("发票代码"), required=False,
        error_messages={"invalid": gettext_lazy("发票代码是 10 位或 12 位数字；全电发票请留空。")},
    )  # fmt: skip
    invoice_line = forms.RegexField(
        f"^{claims_filling.INVOICE_LINE}$", label=gettext_lazy("发票行"), required=False,
        error_messages={"invalid": gettext_lazy("发票行是这一行在发票上的序号，例如 2。")},
    )  # fmt: skip
    serial = forms.CharField(label=gettext_lazy("设备序列号"), max_length=60, required=False)
    model = forms.CharField(label=gettext_lazy("设备型号"), max_length=60, required=False)

    field_order = (
        "cost_class", "text", "amount_fen", "invoice_number", "invoice_date", "invoice_total_fen",
        "invoice_code", "invoice_line", "serial", "model",
    )  # fmt: skip
    needed = ("cost_class", "text", "amount_fen", "invoice_date", "invoice_total_fen")

    prefix = "line"

    def __init__(self, scheme: Scheme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount_fen"] = amount(_("申领金额"), 1)
        self.fields["invoice_total_fen"] = amount(_("发票总额（价税合计）"), 1)
        self.fields["invoice_date"] = DayField(
            label=_("开票日期"), required=False, open=True, latest=claims_desk.today()
        )
        chosen = self.fields["cost_class"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [("", _("请选择")), *((one.id, said(one.text)) for one in scheme.costs)]
        for name in (*self.needed, "invoice_number"):
            self.fields[name].open = True  # type: ignore[attr-defined]
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """A line is whole, and at most its invoice."""
        data = super().clean()
        total, own = data.get("invoice_total_fen"), data.get("amount_fen")
        if total and own and own > total:
            self.add_error("amount_fen", _("申领金额大于发票总额，请核对。"))
        return data

    def line(self) -> Line:
        """The line as typed; only of a valid form."""
        return Line(**{name: self.cleaned_data[name] for name in self.fields})


class FlowForm(RowForm):
    """One payment to the provider; whole or empty."""

    needed = ("number", "paid_date", "amount_fen")
    lacking = gettext_lazy("这一笔还差这一项。")

    number = forms.CharField(label=gettext_lazy("银行流水号"), max_length=40, required=False)

    prefix = "flow"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["paid_date"] = DayField(
            label=_("付款日期"), required=False, open=True, latest=claims_desk.today()
        )
        self.fields["amount_fen"] = amount(_("付款金额"), 1)
        self.fields["number"].open = True  # type: ignore[attr-defined]


class _Desk:
    """One request to the form: what is kept of it, what is wrong, and where it goes on."""

    def __init__(self, request: HttpRequest, acting: Actor, claim: Claim) -> None:
        self.request, self.acting, self.claim = request, acting, claim
        self.scheme = scheme_of(claim.scheme)
        self.error, self.faults, self.place = "", list[dict[str, Any]](), ""
        self.file = self.imported = ""
        self.day = claims_desk.today()
        accepted = {one.when for one in self.scheme.instalments} == {"accepted"}
        rows = list(claim.lines.order_by("ordinal"))
        asked = claims_desk.estimate(claim, rows, self.day).asked
        if request.method == "POST":
            data = request.POST
            self.form = ClaimForm(data, accepted=accepted)
            self.facts = FactForm(asked, data, prefix="fact")
            self.line, self.flow = LineForm(self.scheme, data), FlowForm(data)
        else:
            self.form = ClaimForm(initial=self._initial(), accepted=accepted)
            self.facts = FactForm(asked, prefix="fact", initial=self._stated(asked))
            self.line, self.flow = LineForm(self.scheme, initial=self._line()), FlowForm()

    def _initial(self) -> dict[str, Any]:
        claim = self.claim
        found = {name: getattr(claim, name) for name in BASE}
        return found | {
            "supplier": claim.supplier.uscc if claim.supplier else "",
            "list_fen": claim.list_fen or None,
            "discount_fen": claim.discount_fen or None,
            "finished_date": _iso(claim.finished_date),
            "accepted_date": _iso(claim.accepted_date),
        }

    def _stated(self, asked: tuple[str, ...]) -> dict[str, Any]:
        form = FactForm(asked)
        stated = self.claim.facts
        return {
            name: ("yes" if stated[fact.id] else "no") if fact.type == "bool" else stated[fact.id]
            for name, fact in form.facts.items()
            if fact.id in stated
        }

    def _line(self) -> dict[str, Any]:
        """The line that is to be changed, if one was asked for."""
        wanted = self.request.GET.get("line", "")
        row = self.claim.lines.filter(ordinal=int(wanted)).first() if wanted.isdecimal() else None
        if row is None:
            return {}
        typed = line_of(row)
        found = {name: getattr(typed, name) for name in LineForm.field_order}
        return found | {"invoice_date": _iso(typed.invoice_date)}

    def keep(self) -> bool:
        """Keep whatever can be kept; False when something has to be mended."""
        stated = {fact: json_entry(value) for fact, value in self.facts.given().items()}
        sound = self.form.is_valid() & self.facts.is_valid()
        fields = self.form.sound() | {"facts": {**self.claim.facts, **stated}}
        try:
            claims_filling.save(self.claim, self.acting, fields)
            done = self._parts()
        except StepRefused as refused:
            self.error = said(refused.text)
            return False
        return sound and done

    def _parts(self) -> bool:
        """The line, the payment and the files that came along; what is to be taken away. A line or
        payment that is still being typed is left to the button that adds it."""
        if "X-Autosave" in self.request.headers:
            return True
        sound = True
        do, _sign, which = self.request.POST.get("do", "").partition(":")
        if self.line.typed and do != "drop_line" and (sound := self.line.is_valid()):
            self._put_line()
        if self.flow.typed and do != "drop_flow":
            if self.flow.is_valid():
                there, one = self._flows(), Flow(**self.flow.cleaned_data)
                self._put_flows(there if one in there else [*there, one], "#flows")
                self.flow = FlowForm()  # it stands in the table now
            else:
                sound = False
        if do == "drop_line" and which.isdecimal():
            claims_filling.change_line(self.claim, self.acting, int(which), None)
            self.place = "#lines"
        if do == "drop_flow":
            self._put_flows([one for one in self._flows() if one.number != which], "#flows")
        if do == "drop_paper" and which.isdecimal():
            claims_filling.detach(self.claim, self.acting, int(which))
            self.place = "#papers"
        return self._files() and sound

    def _put_line(self) -> None:
        changed = self.request.POST.get("line_ordinal", "")
        if changed.isdecimal():
            claims_filling.change_line(self.claim, self.acting, int(changed), self.line.line())
        else:
            claims_filling.add_lines(self.claim, self.acting, [self.line.line()])
            self.line = LineForm(self.scheme)
        self.place = "#lines"

    def _flows(self) -> list[Flow]:
        return [
            Flow(one.number, one.paid_date, one.amount_fen)
            for one in self.claim.flows.order_by("id")
        ]

    def _put_flows(self, flows: list[Flow], place: str) -> None:
        claims_filling.save(self.claim, self.acting, {}, flows=flows)
        self.place = place

    def _files(self) -> bool:
        """Papers under their headings, and a file of lines; False when cells have to be mended."""
        for need in self.scheme.needs:
            for file in self.request.FILES.getlist(f"paper_{need.id}"):
                claims_filling.attach(self.claim, self.acting, need.id, file)
                self.place = "#papers"
        table = self.request.FILES.get("table")
        if table is None:
            if self.request.POST.get("do") == "import":
                self.error = _("还没有选择文件，没有导入。请先选择填好的 Excel 或 CSV 文件。")
            return not self.error
        self.file = table.name or ""
        done = claims_import.import_lines(self.claim, self.acting, table)
        self.faults, self.place = done.faults, "#lines"
        if not done.faults:
            tell(self.request, self.added(done))
        self.imported = self.added(done)
        return not done.faults

    def added(self, done: claims_import.Imported) -> str:
        """What came of a file, in words."""
        line = _("从“%(file)s”新增 %(n)s 行费用。") % {"file": self.file, "n": done.added}
        if done.there:
            line += _("另有 %(n)s 行原已填好，没有重复添加。") % {"n": done.there}
        return line

    def page(self) -> HttpResponse:
        """The form with the estimate of what is kept."""
        claim, scheme = self.claim, self.scheme
        rows = list(claim.lines.order_by("ordinal"))
        found = claims_desk.estimate(claim, rows, self.day)
        sum_ = found.sum.as_json()
        wrong = bool(
            self.error or self.faults
            or self.form.errors or self.facts.errors or self.line.errors or self.flow.errors
        )  # fmt: skip
        context = {
            "claim": claim,
            "scheme": scheme,
            "form": self.form,
            "facts": self.facts,
            "line": self.line,
            "line_ordinal": self.request.POST.get("line_ordinal")
            or self.request.GET.get("line", ""),
            "flow": self.flow,
            "error": self.error,
            "faults": self.faults,
            "file": self.file,
            "imported": self.imported,
            "lines": lines_of(claim, rows, sum_, scheme),
            "flows": list(claim.flows.order_by("id")),
            "papers": papers_of(claim, scheme),
            "sum": found.sum,
            "calculation": sum_,
            "split": split_bar(claim, sum_),
            "verdict": found.verdict,
            "unmet": [one for one in found.verdict.clauses if one.outcome != "yes"],
            "terms": [term._asdict() for term in scheme.sanction],
            "agreed_by": self.request.POST.get("agreed_by", ""),
            "events": case_context(claim, self.acting)["events"],
            "returned": claim.submitted_at is not None,
            "lost": queries.lost_voucher(claim, self.day),
            "breadcrumbs": crumbs((_("资金申领"), reverse("claims")), (claim.number, "")),
        }
        return render(
            self.request, "enterprise/claim_edit.html", context, status=422 if wrong else 200
        )


def _open(claim: Claim, acting: Actor) -> bool:
    """Whether the claim may still be handed in."""
    return "submit" in {step.id for step in queries.steps_for(claim, acting)}


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise", "provider")
def claim_edit(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The form: whatever is sent is kept, then `submit` hands the claim in."""
    claim = find(acting, pk)
    if not _open(claim, acting):
        return redirect("claim", pk)
    desk_ = _Desk(request, acting, claim)
    if request.method != "POST":
        return desk_.page()
    sound = desk_.keep()
    if "X-Autosave" in request.headers:
        return HttpResponse(status=204)
    if sound and request.POST.get("do") == "submit":
        try:
            claims_submitting.submit(claim, acting, agreed_by=request.POST.get("agreed_by", ""))
        except StepRefused as refused:
            desk_.error, sound = said(refused.text), False
    if not sound:
        # A second click that came while the first was at work is shown what that one did.
        return desk_.page() if _open(find(acting, pk), acting) else redirect("claim", pk)
    if request.POST.get("do") == "submit":
        tell(request, _("已提交，接下来由区县初审。进展会通知您。"))
        return redirect("claim", pk)
    if not desk_.place:
        tell(request, _("草稿已保存，可以随时回来接着填。"))
    return redirect(reverse("claim_edit", args=[pk]) + desk_.place)


@require_safe
@desk("enterprise", "provider")
def lines_template(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The columns that a file of cost lines has, with one row as an example."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow([column.names[0] for column in claims_import.COLUMNS])
    day = claims_desk.today().isoformat()
    rows.writerow(
        ["软件", "（示例）生产执行系统", "", "\t26420000000000000001", "1", day, "1000", "1000"]
    )
    response = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="lines.csv"'
    return response
