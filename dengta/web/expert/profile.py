"""What an expert states about themself: employer, fields, and the enterprises they stand aside
for."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dengta.accounts.queries import Actor
from dengta.registry.actions import Refused, declare_tie, end_tie, keep_profile
from dengta.registry.queries import choosable_regions, policy, profile_of, region_name, ties_of
from dengta.web.cases import crumbs
from dengta.web.fields import DayField
from dengta.web.frame import desk, said, tell


class ProfileForm(forms.Form):
    """Employer, where one lives, and the trades one knows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [(r.code, said(region_name(r.code))) for r in choosable_regions()]
        trades = [(i.code, f"{i.code} {said(i.name)}") for i in policy().industries.values()]
        self.fields["employer"] = forms.CharField(
            label=_("工作单位"), max_length=120, help_text=_("没有就写“无”。")
        )
        self.fields["employer_uscc"] = forms.CharField(
            label=_("工作单位代码"),
            required=False,
            max_length=40,
            help_text=_("统一社会信用代码，18 位；用来与被评企业核对。"),
            widget=forms.TextInput(attrs={"data-uscc": "", "autocomplete": "off"}),
        )
        self.fields["professional_title"] = forms.CharField(
            label=_("职称"), required=False, max_length=60, help_text=_("例如“高级工程师”。")
        )
        self.fields["region_code"] = forms.ChoiceField(label=_("所在地区"), choices=places)
        self.fields["fields"] = forms.MultipleChoiceField(
            label=_("专业领域"),
            choices=trades,
            required=False,
            widget=forms.SelectMultiple(attrs={"size": 8}),
            help_text=_("按住 Ctrl 可以选几个；派单时优先考虑。"),
        )


class TieForm(forms.Form):
    """One enterprise that one stands aside for, and why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [
            ("adviser", _("担任顾问或提供服务")),
            ("family", _("亲属在该单位")),
            ("stake", _("持股或投资")),
            ("other", _("其他利害关系")),
        ]
        self.fields["kind"] = forms.ChoiceField(label=_("关系类别"), choices=kinds)
        self.fields["uscc"] = forms.CharField(
            label=_("统一社会信用代码"),
            max_length=40,
            widget=forms.TextInput(attrs={"data-uscc": "", "autocomplete": "off"}),
        )
        self.fields["name"] = forms.CharField(label=_("名称"), max_length=120)
        self.fields["until"] = DayField(
            label=_("截止日期"), required=False, help_text=_("现在仍有关系就不填。")
        )
        self.fields["note"] = forms.CharField(label=_("说明"), required=False, max_length=500)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("expert")
def profile(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Both forms; POST keeps the one that was sent (`form`)."""
    stated = profile_of(acting)
    fields = ("employer", "employer_uscc", "professional_title", "region_code", "fields")
    about = ProfileForm(
        initial={name: getattr(stated, name) for name in fields} if stated else None, prefix="me"
    )
    tie = TieForm(prefix="tie")
    if request.method == "POST":
        if request.POST.get("form") == "tie":
            tie = TieForm(request.POST, prefix="tie")
            kept = _keep(tie, lambda values: declare_tie(acting, **values))
        else:
            about = ProfileForm(request.POST, prefix="me")
            kept = _keep(about, lambda values: keep_profile(acting, **values))
        if kept:
            tell(request, _("已保存。"))
            return redirect("expert_profile")
    context = {
        "about": about,
        "tie": tie,
        "ties": ties_of(acting),
        "years": policy().practised("adviser_years", timezone.localdate()),
        "breadcrumbs": crumbs((_("工作台"), reverse("expert_home")), (_("我的信息和回避申报"), "")),
    }
    wrong = about.errors or tie.errors
    return render(request, "expert/profile.html", context, status=422 if wrong else 200)


def _keep(form: forms.Form, keep: Any) -> bool:
    """Hand a valid form on; what is refused is shown at its field."""
    if not form.is_valid():
        return False
    try:
        keep(form.cleaned_data)
    except Refused as no:
        form.add_error(no.field, said(no.text))
        return False
    return True


@require_POST
@desk("expert")
def end(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take a declaration back."""
    end_tie(acting, pk)
    tell(request, _("已撤回申报，记录仍然保留。"))
    return redirect("expert_profile")
