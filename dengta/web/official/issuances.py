"""批量发放: vouchers for a list of firms, or for all that a scheme fits; the work is a job."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.core.shapes import FactValue
from dengta.core.sheets import KINDS
from dengta.funding.actions.issuing import Batch, start_issuance
from dengta.funding.queries.issuing import issuances as issued
from dengta.funding.queries.vouchers import edition, voucher_schemes
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused, keep_document
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk, said


class IssuanceForm(forms.Form):
    """The scheme, why, and to whom: a list, or everybody who fits."""

    use_required_attribute = False

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)
    scheme = forms.ChoiceField(
        label=gettext_lazy("补助办法"),
        error_messages={"required": gettext_lazy("请选择按哪个办法发放。")},
    )
    title = forms.CharField(
        label=gettext_lazy("批次名称"),
        max_length=120,
        error_messages={"required": gettext_lazy("还没有填写名称，请补上。")},
    )
    reason = forms.CharField(
        label=gettext_lazy("发放事由"),
        max_length=500,
        help_text=gettext_lazy("依据的文件或会议，随每张券留存。"),
        error_messages={"required": gettext_lazy("还没有填写事由，请补上。")},
    )
    whom = forms.ChoiceField(
        label=gettext_lazy("发给谁"),
        widget=forms.RadioSelect,
        choices=[
            ("list", gettext_lazy("名单中的企业")),
            ("all", gettext_lazy("符合条件的全部企业")),
        ],
        initial="list",
    )
    file = forms.FileField(label=gettext_lazy("名单"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["scheme"]
        assert isinstance(chosen, forms.ChoiceField)
        offered = voucher_schemes(timezone.localdate())
        chosen.choices = [("", _("请选择"))] + [(one.edition, said(one.name)) for one in offered]
        self.fields["file"].help_text = _(
            "xlsx、xls、ods 或 csv。一列“统一社会信用代码”，可以有“金额（元）”和“上云深度”；"
            "没有写金额的按办法计算。"
        )
        self.fields["file"].open = True  # type: ignore[attr-defined]  # it is asked for
        self.fields["file"].widget.attrs["accept"] = ",".join(KINDS)
        fact = policy().facts["cloud_depth"]
        self.fields["cloud_depth"] = forms.ChoiceField(
            label=said(fact.term),
            required=False,
            choices=[("", _("按名单"))] + [(id, said(text)) for id, text in fact.values.items()],
            help_text=_("名单没有写的、或发给全部企业时，按这里选的档次计算面额。"),
        )

    def clean(self) -> dict[str, Any]:
        """A list where it goes by one."""
        file = self.cleaned_data.get("file")
        if self.cleaned_data.get("whom") != "list":
            return self.cleaned_data
        if not isinstance(file, UploadedFile):
            self.add_error("file", _("还没有选择文件。请选择填好的表格后再上传。"))
        elif Path(file.name or "").suffix.lower() not in KINDS:
            self.add_error("file", _("不是表格文件。请上传 xlsx、xls、ods 或 csv。"))
        return self.cleaned_data


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def issuances(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Earlier batches, and for the province the form that starts one; POST leads to its job. The
    same form sent twice is one batch."""
    form = IssuanceForm(initial={"key": uuid.uuid4().hex, "whom": "list"})
    if request.method == "POST":
        form = IssuanceForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                return redirect("job", _start(acting, form.cleaned_data))
            except StepRefused as refused:
                form.add_error(None, said(refused.text))
    page = Paginator(issued(), 20).get_page(request.GET.get("page"))
    context = {
        "form": form if acting.role == "province" else None,
        "page": page,
        "rows": [{"issuance": one, "scheme": edition(one.scheme)} for one in page],
        "breadcrumbs": crumbs((_("发券场次"), reverse("official_openings")), (_("批量发放"), "")),
    }
    status = 422 if form.errors else 200
    return render(request, "official/issuances.html", context, status=status)


def _start(acting: Actor, given: dict[str, Any]) -> int:
    file = given["file"] if given["whom"] == "list" else None
    facts: dict[str, FactValue] = {}
    if given["cloud_depth"]:
        facts["cloud_depth"] = given["cloud_depth"]
    batch = Batch(
        given["scheme"],
        given["title"],
        given["reason"],
        facts,
        keep_document(file, by=acting) if file else None,
    )
    _, job = start_issuance(acting, batch, key=given["key"])
    return job.pk
