"""工业标识: an organisation's codes, the register of prefixes, and the public page of a code."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.identifiers import IdentifierFault
from dengta.core.shapes import Text
from dengta.registry.actions import Refused
from dengta.registry.actions import identifiers as actions
from dengta.registry.queries import (
    THINGS,
    by_uscc,
    identifiers_of,
    organisation_of,
    prefixes,
    resolve,
)
from dengta.web.cases import crumbs
from dengta.web.fields import at_field
from dengta.web.frame import desk, said, tell

FOR = ("enterprise", "provider")


class IdentifierForm(forms.Form):
    """A code and what it stands for."""

    use_required_attribute = False

    code = forms.CharField(
        label=gettext_lazy("工业标识"),
        max_length=200,
        help_text=gettext_lazy("完整的标识，例如 88.100.1/A0001；前缀须已登记在本单位名下。"),
        error_messages={"required": gettext_lazy("请填写标识。")},
    )
    thing = forms.ChoiceField(
        label=gettext_lazy("标识对象"),
        choices=THINGS,
        error_messages={
            "required": gettext_lazy("请选择标识对象。"),
            "invalid_choice": gettext_lazy("请选择标识对象。"),
        },
    )
    name = forms.CharField(
        label=gettext_lazy("名称"),
        max_length=120,
        help_text=gettext_lazy("产品、设备或合同的名称，扫码的人会看到。"),
        error_messages={"required": gettext_lazy("请填写名称。")},
    )
    public = forms.BooleanField(
        label=gettext_lazy("任何人都可以解析"), required=False, initial=True
    )


class PrefixForm(forms.Form):
    """A prefix, whose it is, and where it is resolved."""

    use_required_attribute = False

    code = forms.CharField(
        label=gettext_lazy("标识前缀"),
        max_length=80,
        help_text=gettext_lazy("例如 88.100.1、VAA001234、1.2.156.1234。"),
        error_messages={"required": gettext_lazy("请填写前缀。")},
    )
    uscc = forms.CharField(
        label=gettext_lazy("所属单位的统一社会信用代码"),
        max_length=40,
        error_messages={"required": gettext_lazy("请填写统一社会信用代码。")},
    )
    node = forms.CharField(
        label=gettext_lazy("解析节点"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("由其他节点解析的填网址；留空由本平台解析。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*FOR)
def identifiers(request: HttpRequest, acting: Actor) -> HttpResponse:
    """An organisation's codes; POST registers one."""
    form = IdentifierForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        try:
            kept = actions.register_identifier(
                acting,
                values["code"],
                thing=values["thing"],
                name=values["name"],
                public=values["public"],
            )
        except Refused as refused:
            at_field(form, refused)
        else:
            told = _("%(code)s 已登记，可以解析。")
            if kept.changed_at != kept.at:
                told = _("%(code)s 早已登记，名称现在是“%(name)s”。")
            tell(request, told % {"code": kept.code, "name": kept.name})
            return redirect("identifiers")
    context = {
        "page": Paginator(identifiers_of(acting), 20).get_page(request.GET.get("page")),
        "prefixes": prefixes(organisation_of(acting).pk),
        "form": form,
        "breadcrumbs": crumbs((_("工作台"), reverse("desk")), (_("工业标识"), "")),
    }
    bad = form.is_bound and not form.is_valid()
    return render(request, "identifiers.html", context, status=422 if bad else 200)


@require_POST
@desk(*FOR)
def identifier_end(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take a code out of use."""
    if actions.deregister_identifier(acting, pk):
        tell(request, _("标识已注销，不再解析，也不会再分配给别的对象。"))
    return redirect("identifiers")


@require_http_methods(["GET", "HEAD", "POST"])
@desk("province")
def identifier_prefixes(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The register of prefixes; POST enters one."""
    form = PrefixForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _kept(form, acting):
        tell(request, _("前缀 %(code)s 已登记。") % {"code": form.cleaned_data["code"]})
        return redirect("identifier_prefixes")
    context = {
        "page": Paginator(prefixes(), 20).get_page(request.GET.get("page")),
        "form": form,
        "breadcrumbs": crumbs((_("工作台"), reverse("desk")), (_("标识前缀"), "")),
    }
    bad = form.is_bound and not form.is_valid()
    return render(request, "identifier_prefixes.html", context, status=422 if bad else 200)


def _kept(form: PrefixForm, acting: Actor) -> bool:
    values = form.cleaned_data
    owner = by_uscc(values["uscc"])
    if owner is None:
        form.add_error(
            "uscc",
            _("平台上没有代码为 %(code)s 的单位。请核对，或请该单位先注册。")
            % {"code": values["uscc"]},
        )
        return False
    try:
        actions.keep_prefix(acting, values["code"], owner, node=values["node"])
    except Refused as refused:
        at_field(form, refused)
        return False
    return True


@require_safe
def identifier(request: HttpRequest, code: str = "") -> HttpResponse:
    """Look a code up: what it stands for and whose it is, or which node knows it."""
    asked = code or request.GET.get("code", "").strip()[:200]
    answer: dict[str, Any] = {}
    if asked:
        try:
            found = resolve(asked)
        except IdentifierFault as fault:
            answer = {"fault": said(fault.text)}
        else:
            answer = {"found": found.found, "node": found.node, "code": found.code}
    context = {
        "asked": asked,
        "ttl": settings.HANDLE_TTL,
        "scheme": said(SCHEMES[answer["code"].scheme]) if "code" in answer else "",
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("标识查询"), "")),
    } | answer
    missing = asked and not answer.get("found")
    return render(request, "identifier.html", context, status=404 if code and missing else 200)


SCHEMES = {
    "handle88": Text("工业互联网标识（88）", "industrial internet identifier (88)"),
    "handle": Text("Handle 标识", "Handle"),
    "vaa": Text("VAA 标识", "VAA"),
    "oid": Text("OID 标识", "OID"),
}
"""The four schemes, as the page of a code calls them."""
