"""A new round: what is selected, by when, how many. Its notice is published in another step."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.core.selection import Selection
from dengta.core.shapes import Text
from dengta.programmes.actions.rounds import open_round
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.fields import WAN, Measure, MomentField, NumberField
from dengta.web.frame import desk, said, tell

COUNT = Measure(Text("个", "places"), 0, "")


class RoundForm(forms.Form):
    """All that a round needs to be prepared; nothing of it is public yet."""

    use_required_attribute = False

    key = forms.CharField(max_length=80, widget=forms.HiddenInput)
    selection = forms.ChoiceField(
        label=gettext_lazy("遴选事项"),
        error_messages={"required": gettext_lazy("请选择这一批遴选什么。")},
    )
    name = forms.CharField(
        label=gettext_lazy("批次名称"),
        max_length=120,
        help_text=gettext_lazy("申报单位会看到，例如“2026 年优秀应用场景遴选”。"),
        error_messages={"required": gettext_lazy("还没有填写名称，请补上。")},
    )
    document_number = forms.CharField(label=gettext_lazy("通知文号"), max_length=80, required=False)
    notice = forms.CharField(
        label=gettext_lazy("通知正文"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=gettext_lazy(
            "条件、填报表、附件、评分标准和承诺由遴选规则带出，不用在这里重复。"
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["selection"]
        assert isinstance(chosen, forms.ChoiceField)
        names = [(each.id, said(each.name)) for each in offered(timezone.localdate())]
        chosen.choices = [("", _("请选择")), *names]
        for name, label in (("opens_at", _("申报开始时间")), ("closes_at", _("申报截止时间"))):
            self.fields[name] = MomentField(
                label=label, error_messages={"required": _("还没有填写时间，请补上。")}
            )
        self.fields["places"] = NumberField(
            COUNT, 1, 1_000_000, label=_("名额"), required=False,
            help_text=_("留空为遴选规则的名额。"),
        )  # fmt: skip
        self.fields["budget_fen"] = NumberField(
            WAN, 0, 10**15, label=_("预算"), required=False, help_text=_("留空为不限预算。")
        )


def offered(day: dt.date) -> list[Selection]:
    """The selections that a round can still go by, in force on `day` or later."""
    return [each for each in policy().selections if (each.in_force.end or day) >= day]


@require_http_methods(["GET", "HEAD", "POST"])
@desk("province")
def round_new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Write it and keep it as a draft; the same form sent twice makes one round."""
    if request.method != "POST":
        first = {"key": uuid.uuid4().hex, "selection": request.GET.get("selection", "")}
        return _page(request, RoundForm(initial=first))
    form = RoundForm(request.POST)
    if form.is_valid():
        try:
            made = open_round(acting, **form.cleaned_data)
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            tell(request, _("批次已建立，还没有发布。核对之后，点“发布通知”才对外公开。"))
            return redirect("official_round", made.pk)
    return _page(request, form, status=422)


def _page(request: HttpRequest, form: RoundForm, status: int = 200) -> HttpResponse:
    order = ("selection", "name", "document_number", "opens_at", "closes_at", "places",
             "budget_fen", "notice")  # fmt: skip
    context = {
        "form": form,
        "order": [form[name] for name in order],
        "breadcrumbs": crumbs((_("遴选批次"), reverse("official_rounds")), (_("新建批次"), "")),
    }
    return render(request, "official/round_new.html", context, status=status)
