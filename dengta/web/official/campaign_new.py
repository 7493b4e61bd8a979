"""A new campaign: who is asked is seen before anything is sent."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.assessment.actions.campaigns import (
    LONGEST_NAME,
    LONGEST_NOTE,
    Draft,
    open_campaign,
)
from dengta.assessment.queries import NATIONAL, audience
from dengta.assessment.queries.audience import Basis, CodeList
from dengta.assessment.queries.campaigns import answerable
from dengta.registry.actions import Refused
from dengta.registry.queries import division_of, policy, region_name
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.fields import Choices, DayField, at_field
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.official.areas import industry_options

SHOWN_FAULTS = 50
ARGUMENTS: Mapping[str, str] = {Basis.TITLE: "title", Basis.INDUSTRY: "industry"}
"""The field that a basis takes its argument from."""


class CampaignForm(forms.Form):
    """All that a campaign needs; only the field of the chosen basis counts."""

    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("活动名称"),
        max_length=LONGEST_NAME,
        help_text=gettext_lazy("企业会看到，例如“2026 年度试点企业数字化水平测评”。"),
        error_messages={"required": gettext_lazy("还没有填写名称，请补上。")},
    )
    instrument = forms.ChoiceField(label=gettext_lazy("评测指标"))
    basis = forms.ChoiceField(
        label=gettext_lazy("请谁来测评"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择按什么确定名单。")},
    )
    title = forms.ChoiceField(label=gettext_lazy("哪一种称号"), required=False)
    industry = forms.ChoiceField(label=gettext_lazy("哪一个行业"), required=False)
    codes = forms.CharField(
        label=gettext_lazy("统一社会信用代码"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy("每行一家，代码后面可以带名称，用逗号或制表符隔开。"),
    )
    file = forms.FileField(
        label=gettext_lazy("或上传名单"),
        required=False,
        help_text=gettext_lazy("Excel、CSV 或文本文件，读出后会显示在上面的框里，可以再改。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
    )
    note = forms.CharField(
        label=gettext_lazy("给企业的说明"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_date"] = DayField(
            label=_("截止日期"),
            help_text=_("到这一天结束前提交的算按期完成。"),
            error_messages={"required": _("还没有填写截止日期，请补上。")},
        )
        for name in ("title", "industry", "codes", "file"):
            self.fields[name].open = True  # type: ignore[attr-defined]
        self._offer("instrument", instruments())
        self._offer("basis", [(id, label) for id, label in Basis.choices])
        titles = [(id, said(text)) for id, text in audience.titles().items()]
        self._offer("title", [("", _("请选择")), *titles])
        groups = [(label, [(code, name) for code, name, _chosen in rows])
                  for label, rows in industry_options("")]  # fmt: skip
        sections = [(id, f"{id} {said(name)}") for id, name in policy().sections.items()]
        whole = [(_("整个门类"), sections)]
        self._offer("industry", [("", _("请选择")), *whole, *groups])

    def _offer(self, name: str, choices: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def draft(self) -> Draft:
        """What was written, once it is valid."""
        data = self.cleaned_data
        argument = ARGUMENTS.get(data["basis"], "")
        return Draft(
            name=data["name"],
            instrument=data["instrument"],
            due_date=data["due_date"],
            basis=data["basis"],
            argument=data[argument] if argument else "",
            codes=data["codes"],
            note=data["note"],
        )


def instruments() -> list[tuple[str, str]]:
    """The instruments that firms can answer today, the national one first."""
    known = {one.id: one for one in answerable(timezone.localdate())}
    return [(id, said(known[id].name)) for id in sorted(known, key=lambda id: (id != NATIONAL, id))]


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def campaign_new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Write it, see whom it asks, send it. What was seen is what is sent."""
    if request.method != "POST":
        form = CampaignForm(initial={"instrument": NATIONAL, "basis": Basis.PILOT})
        return _page(request, form, None)
    typed, wrong = _with_file(request)
    form = CampaignForm(typed)
    if wrong:
        form.add_error("file", wrong)
    if not form.is_valid():
        return _page(request, form, None, status=422)
    draft, day = form.draft(), timezone.localdate()
    try:
        seen = audience.chosen(acting, draft.basis, draft.argument, draft.codes, day)
    except ValueError:
        form.add_error(ARGUMENTS.get(draft.basis, "basis"), _("还没有选择，选好后才知道请谁。"))
        return _page(request, form, None, status=422)
    if request.POST.get("go") != "open" or request.POST.get("seen") != str(len(seen.firms)):
        return _page(request, form, seen, status=200 if seen.firms else 422)
    try:
        made, new = open_campaign(acting, draft)
    except Refused as refused:
        at_field(form, refused)
        return _page(request, form, seen, status=422)
    if new:
        count = len(seen.firms)
        line = ngettext(
            "活动已发布，正在通知 %(n)s 家企业。", "活动已发布，正在通知 %(n)s 家企业。", count
        )
        tell(request, line % {"n": count})
    else:
        tell(request, _("这个活动已经发布，没有重复发送。"))
    return redirect("campaign", made.pk)


def _with_file(request: HttpRequest) -> tuple[QueryDict, str]:
    """What was typed, with the rows of an uploaded list below the pasted ones, so that it has not
    to be uploaded again; and what is wrong with the file."""
    typed = request.POST.copy()
    file = request.FILES.get("file")
    if file is None:
        return typed, ""
    typed["basis"] = Basis.LIST
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        with path.open("wb") as kept:
            kept.writelines(file.chunks())
        try:
            lines = audience.lines_of(path, file.name or "")
        except StepRefused as unreadable:
            return typed, said(unreadable.text)
    typed["codes"] = "\n".join(part for part in (typed.get("codes", ""), lines) if part.strip())
    return typed, ""


def _page(
    request: HttpRequest, form: CampaignForm, seen: CodeList | None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "seen": seen,
        "divisions": _divisions(seen) if seen else None,
        "faults": seen.faults[:SHOWN_FAULTS] if seen else (),
        "more_faults": max(0, len(seen.faults) - SHOWN_FAULTS) if seen else 0,
        "breadcrumbs": crumbs((_("测评活动"), reverse("campaigns")), (_("发起活动"), "")),
    }
    return render(request, "official/campaign_new.html", context, status=status)


def _divisions(seen: CodeList) -> dict[str, Any]:
    counts = Counter(division_of(code) for code in seen.firms.values())
    return {
        "title": _("邀请企业分布"),
        "unit": _("家"),
        "rows": [
            {"label": region_name(code), "value": count, "tone": "river"}
            for code, count in counts.most_common()
        ],
    }
