"""注册: a firm by its code, checked while typed; its size class is derived and explained."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.core.codes import SIZES, normal_uscc, size_class, uscc_fault
from dengta.core.shapes import FactValue, Text
from dengta.registry import actions
from dengta.registry.queries import division_of, organisation_of, policy, region_name
from dengta.web.account_form import BACKEND, AccountForm, missing, text_field
from dengta.web.cases import crumbs
from dengta.web.fields import (
    DayField,
    FactForm,
    NumberField,
    OneOfField,
    county_choices,
    industry_choices,
    measure,
    parameter,
)
from dengta.web.frame import said, tell, who

PARTS = (
    (gettext_lazy("企业"), ("uscc", "name", "region_code", "established_date")),
    (gettext_lazy("行业和规模"), ("industry_code", "employees", "revenue_wan", "assets_wan")),
    (gettext_lazy("联系方式"), ("legal_person", "phone", "address")),
    (gettext_lazy("登录"), ("username", "password", "password_again", "agreed")),
)
SIZED_BY = ("industry_code", "employees", "revenue_fen", "assets_fen")


def _number(id: str) -> NumberField:
    fact = policy().facts[id]
    return NumberField(
        measure(fact),
        fact.low or 0,
        fact.high or 10**14,
        label=said(fact.term),
        help_text=said(fact.help),
        error_messages={"required": missing(said(fact.term))},
    )


def _live(target: str, names: tuple[str, ...]) -> dict[str, str]:
    """Attributes that have the server check while one types."""
    return {
        "hx-get": reverse("register_check"),
        "hx-trigger": "input changed delay:500ms, change",
        "hx-target": target,
        "hx-swap": "outerHTML",
        "hx-include": ", ".join(f"#id_{name}" for name in names),
    }


class RegisterForm(AccountForm):
    """What a firm states when it registers; the fewest fields that size, place and contact need."""

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sized = tuple(parameter(policy().facts[id]) for id in SIZED_BY)
        self.fields["uscc"] = text_field(_("统一社会信用代码"), 30, _("营业执照上的 18 位代码。"))
        self.fields["uscc"].widget.attrs |= {
            "class": "code-input",
            **_live("#uscc-note", ("uscc", "region_code")),
        }
        self.fields["name"] = text_field(_("企业名称"), 120, _("与营业执照一致。"))
        self.fields["region_code"] = OneOfField(
            label=_("所在区县"),
            choices=county_choices(),
            help_text=_("注册地所在的县（市、区），由它的经信部门受理。"),
            error_messages={"required": _("请选择所在区县。")},
        )
        self.fields["established_date"] = DayField(
            label=_("成立日期"), required=False, latest=today, help_text=_("营业执照上的日期。")
        )
        self.fields["industry_code"] = OneOfField(
            label=_("主营行业"),
            choices=industry_choices(),
            help_text=_(
                "以收入最多的业务为准；列有细分行业的请选细分行业，推荐方案时按它对应。"
                "选中列表后输入代码可直接定位。"
            ),
            error_messages={"required": _("请选择主营行业。")},
        )
        for id, name in zip(SIZED_BY[1:], sized[1:], strict=True):
            self.fields[name] = _number(id)
        for name in sized:
            self.fields[name].widget.attrs |= _live("#size-note", sized)
        self._contact()
        self.order_fields([name for _title, names in PARTS for name in names])

    def _contact(self) -> None:
        self.fields["legal_person"] = text_field(_("法定代表人"), 60, required=False)
        self.fields["phone"] = text_field(
            _("联系电话"), 20, _("办理有结果时联系您。"), required=False
        )
        self.fields["phone"].validators.append(
            RegexValidator(
                r"^[0-9+()\- ]{5,20}$", _("电话只用数字、空格和 + - ( )，如 027-87654321。")
            )
        )
        self.fields["address"] = text_field(_("地址"), 200, required=False)

    def clean_uscc(self) -> str:
        """The code as registers write it. ValidationError says which character is wrong."""
        typed = str(self.cleaned_data["uscc"])
        fault = uscc_fault(typed)
        if fault is not None:
            raise ValidationError(f"“{typed[:30]}”：{said(fault)}")
        return normal_uscc(typed)

    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields by part, in the order they are asked."""
        return [(title, [self[name] for name in names]) for title, names in PARTS]

    def registration(self) -> actions.Registration:
        """What was stated, as the registry takes it."""
        data = self.cleaned_data
        return actions.Registration(
            uscc=data["uscc"],
            name=data["name"],
            region_code=data["region_code"],
            industry_code=data["industry_code"],
            employees=data["employees"],
            revenue_fen=data["revenue_wan"],
            assets_fen=data["assets_wan"],
            established_date=data["established_date"],
            legal_person=data["legal_person"],
            phone=data["phone"],
            address=data["address"],
        )


def _size(given: dict[str, FactValue]) -> dict[str, Any]:
    """The size note for some figures."""
    size = size_class(policy(), given)
    name = SIZES[size.size_class] if size.size_class else None
    return {"size": size, "name": name, "begun": bool(given)}


def _already(request: HttpRequest, acting: Actor) -> HttpResponse:
    """For those who are signed in: the same form sent twice goes on as the first one did."""
    code = normal_uscc(request.POST.get("uscc", ""))
    if acting.organisation_id and code and organisation_of(acting).uscc == code:
        return redirect("consent")
    line = _("您已登录为%(name)s。要注册另一家企业，请先退出。")
    tell(request, line % {"name": acting.name}, good=False)
    return redirect("desk")


@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Register a firm and its first user, sign the user in, go on to consent."""
    today = timezone.localdate()
    acting = who(request)
    if acting is not None:
        return _already(request, acting)
    form = RegisterForm(request.POST if request.method == "POST" else None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            user, organisation = actions.register(
                form.registration(),
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                year=today.year - 1,
            )
        except actions.Refused as refused:
            form.add_error(refused.field, said(refused.text))
        else:
            login(request, user, backend=BACKEND)
            done = _("%(name)s已注册。下一步：选择哪些数据可以用来做什么。")
            tell(request, done % {"name": organisation})
            return redirect("consent")
    given = FactForm(SIZED_BY, request.POST, latest=today).given() if form.is_bound else {}
    context = {
        "form": form,
        "code": None,
        **_size(given),
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("注册企业"), "")),
    }
    return render(request, "register.html", context, status=422 if form.errors else 200)


def _place(region: str) -> Text:
    """A county with its division in front, as people write addresses."""
    name, above = region_name(region), region_name(division_of(region))
    return name if name == above else Text(f"{above.zh}{name.zh}", f"{name.en}, {above.en}")


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """One note while typing: of the code if it was sent, else of the size class."""
    if "uscc" in request.GET:
        code = normal_uscc(request.GET["uscc"])
        region = code[2:8] if code[2:8] in policy().regions else ""
        context: dict[str, Any] = {
            "code": code,
            "short": 18 - len(code) if len(code) < 18 and code.isalnum() else 0,
            "fault": uscc_fault(code) if code else None,
            "region": _place(region) if region else None,
        }
        return render(request, "register_uscc.html", context)
    given = FactForm(SIZED_BY, request.GET, latest=timezone.localdate()).given()
    return render(request, "size_note.html", _size(given))
