"""What every page shares: language, who acts, the frame around it, and how domain refusals are
shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.registry.queries import actor_of, policy, region_name
from dengta.trail.queries import unread_count

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
Respond = Callable[[HttpRequest], HttpResponse]


def language(respond: Respond) -> Respond:
    """Chinese unless the visitor chose otherwise: the browser's own language does not count
    here."""

    def middleware(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get("django_language", "zh-hans")
        code = chosen if translation.check_for_language(chosen) else "zh-hans"
        with translation.override("en" if code.startswith("en") else "zh-hans"):
            request.LANGUAGE_CODE = translation.get_language()
            response = respond(request)
            response.headers["Content-Language"] = translation.get_language() or "zh-hans"
        return response

    return middleware


def actor(respond: Respond) -> Respond:
    """Put `request.actor` (Actor or None) within reach; looked up on first use only."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(  # type: ignore[attr-defined]
            lambda: actor_of(request.user) if request.user.is_authenticated else None
        )
        return respond(request)

    return middleware


def who(request: HttpRequest) -> Actor | None:
    """The actor of a request, or None for the public."""
    found = getattr(request, "actor", None)
    return found if found else None


def desk(*roles: str) -> Callable[[Page[Concatenate[Actor, P]]], Page[P]]:
    """A page for some roles; the view gets (request, actor, …). Others are sent to sign in, or
    get 403."""

    def around(view: Page[Concatenate[Actor, P]]) -> Page[P]:
        @wraps(view)
        def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _sign_in_first(request)
            acting = who(request)
            if acting is None or acting.role not in roles:
                raise PermissionDenied
            return view(request, acting, *args, **kwargs)

        return page

    return around


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the sign-in and back to the page one was on, even when a form was being sent from it."""
    if request.headers.get("X-Autosave"):
        return HttpResponse(status=401)  # the page says that this was not saved
    back = request.get_full_path()
    if request.method == "POST":
        tell(
            request, _("登录已过期，刚才这一步没有保存。请重新登录，登录后回到这一步。"), good=False
        )
        came_from = request.headers.get("Referer", "")
        if url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
            back = urlsplit(came_from)._replace(scheme="", netloc="").geturl()
    return redirect_to_login(back)


OFFICIAL = ("county", "city", "province")
LISTS: Mapping[str, Text] = {
    "applications": Text("申报", "Applications"),
    "complaints": Text("投诉", "Complaints"),
    "jobs": Text("后台任务", "Background jobs"),
    "needs": Text("改造需求", "Needs"),
    "projects": Text("改造项目", "Projects"),
    "providers": Text("服务商", "Providers"),
    "usage": Text("使用回访", "Checks of use"),
}
"""Names of lists in menus, headings and paths: one word in Chinese, a plural in English."""


def said(text: Text) -> str:
    """A Text in the language of this request."""
    return text.said(translation.get_language() or "zh-hans")


def list_name(name: str) -> str:
    """The name of a list (LISTS) in the language of this request."""
    return said(LISTS[name])


def tell(request: HttpRequest, text: Text | str, *, good: bool = True) -> None:
    """Show a line above the next page: what happened, why, what to do next."""
    line = said(text) if isinstance(text, Text) else text
    (messages.success if good else messages.error)(request, line)


def _entry(
    request: HttpRequest, label: str, name: str, icon: str, count: int = 0
) -> dict[str, Any]:
    url = reverse(name)
    path = request.path
    active = path == url or (url.count("/") > 2 and path.startswith(url))
    return {"label": label, "url": url, "icon": icon, "active": active, "count": count}


def _group(label: str, icon: str, *entries: dict[str, Any]) -> dict[str, Any]:
    """Entries that belong together: folded in the column unless one of them is where one is."""
    return {
        "label": label,
        "icon": icon,
        "entries": entries,
        "active": any(each["active"] for each in entries),
    }


def _desk_nav(request: HttpRequest, acting: Actor) -> list[dict[str, Any]]:
    """The entries of a desk; on a phone the first four stand in the bar, the others under more."""
    bell = _entry(request, _("通知"), "notices", "bell", unread_count(acting))
    if acting.role == "enterprise":
        return [
            _entry(request, _("工作台"), "enterprise_home", "home"),
            _entry(request, _("测评"), "assessment", "gauge"),
            _entry(request, _("政策"), "policies", "match"),
            _entry(request, list_name("applications"), "applications", "flag"),
            _entry(request, _("服务券"), "vouchers", "voucher"),
            _entry(request, list_name("projects"), "projects", "list"),
            _group(
                _("补助资金"),
                "money",
                _entry(request, _("资金申领"), "claims", "check"),
                _entry(request, _("拨付进度"), "enterprise_payments", "money"),
                _entry(request, _("资金追回"), "own_clawbacks", "clock"),
            ),
            _entry(request, _("融资"), "enterprise_loans", "match"),
            _entry(request, _("诊断"), "diagnoses", "idea"),
            _entry(request, list_name("needs"), "needs", "target"),
            _entry(request, _("我的认定"), "own_awards", "star"),
            _entry(request, _("工业标识"), "identifiers", "target"),
            _entry(request, list_name("complaints"), "complaints", "warning"),
            _entry(request, _("平台月度数据"), "platforms", "chart"),
            _entry(request, _("我的条目"), "own_entries", "list"),
            bell,
        ]
    if acting.official:
        own = [_entry(request, _("标识前缀"), "identifier_prefixes", "target")]
        return [*_official_nav(request, acting), *(own if acting.role == "province" else []), bell]
    if acting.role == "provider":
        return [
            _entry(request, _("工作台"), "provider_home", "home"),
            _entry(request, list_name("applications"), "applications", "flag"),
            _entry(request, list_name("projects"), "provider_projects", "list"),
            _entry(request, _("核销抵扣券"), "provider_redeem", "voucher"),
            _entry(request, _("拨付进度"), "provider_payments", "money"),
            _entry(request, _("资金追回"), "own_clawbacks", "clock"),
            _entry(request, _("诊断"), "provider_diagnoses", "idea"),
            _entry(request, _("我的条目"), "own_entries", "list"),
            _entry(request, list_name("needs"), "provider_needs", "target"),
            _entry(request, _("我的认定"), "own_awards", "star"),
            _entry(request, _("工业标识"), "identifiers", "target"),
            _entry(request, list_name("complaints"), "complaints", "warning"),
            _entry(request, _("平台月度数据"), "platforms", "chart"),
            bell,
        ]
    return [
        _entry(request, _("工作台"), "expert_home", "home"),
        _entry(request, _("专家评审"), "expert_reviews", "list"),
        _entry(request, _("我的信息和回避申报"), "expert_profile", "person"),
        bell,
    ]


def _official_nav(request: HttpRequest, acting: Actor) -> list[dict[str, Any]]:
    """What an office opens every day, then everything else by matter."""
    platforms = []
    if acting.role in ("city", "province"):
        platforms = [_entry(request, _("平台月度数据"), "official_platforms", "chart")]
    return [
        _entry(request, _("待办"), "queue", "inbox"),
        _entry(request, _("申报审核"), "official_applications", "check"),
        _entry(request, _("服务券"), "voucher_list", "voucher"),
        _entry(request, _("资金申领"), "official_claims", "money"),
        _group(
            _("改造实施"),
            "list",
            _entry(request, list_name("projects"), "official_projects", "list"),
            _entry(request, list_name("usage"), "official_usage", "clock"),
        ),
        _group(
            _("遴选认定"),
            "target",
            _entry(request, _("遴选批次"), "official_rounds", "target"),
            _entry(request, _("认定名单"), "official_awards", "star"),
        ),
        _group(
            _("测评诊断"),
            "gauge",
            _entry(request, _("测评"), "official_assessments", "gauge"),
            _entry(request, _("测评活动"), "campaigns", "flag"),
            _entry(request, _("评定抽查"), "official_samples", "target"),
            _entry(request, _("诊断"), "official_diagnoses", "idea"),
        ),
        _entry(request, list_name("needs"), "official_needs", "target"),
        _group(
            _("资源对接"),
            "match",
            _entry(request, _("资源池审核"), "official_catalogue", "check"),
            _entry(request, list_name("complaints"), "complaints", "warning"),
            _entry(request, _("覆盖看板"), "official_coverage", "gauge"),
            *platforms,
        ),
        _group(
            _("发放拨付"),
            "money",
            _entry(request, _("发券场次"), "official_openings", "clock"),
            _entry(request, _("资金拨付"), "payments", "money"),
            _entry(request, _("资金在途"), "money", "clock"),
        ),
        _group(
            _("核查追回"),
            "warning",
            _entry(request, _("重复线索"), "hits", "warning"),
            _entry(request, _("资金追回"), "official_clawbacks", "clock"),
        ),
        _group(
            _("预算账本"),
            "list",
            _entry(request, _("预算资金"), "budgets", "money"),
            _entry(request, _("资金池"), "pool", "money"),
            _entry(request, _("账本"), "books", "list"),
        ),
        _group(
            _("融资服务"),
            "match",
            _entry(request, _("贷款白名单"), "official_loans", "match"),
            _entry(request, _("基金项目库"), "fund_pipeline", "flag"),
        ),
        _entry(request, _("城市试点"), "pilots", "flag"),
        _entry(request, _("指标"), "indicators", "chart"),
        _entry(request, list_name("jobs"), "jobs", "settings"),
    ]


DESKS = {
    "enterprise": "enterprise_home",
    "provider": "provider_home",
    "expert": "expert_home",
    "county": "queue",
    "city": "queue",
    "province": "queue",
}


def desk_name(acting: Actor) -> str:
    """How a desk is headed."""
    if acting.official:
        department = _("经信部门")
        return f"{said(region_name(acting.region))} · {department}"
    return {
        "enterprise": _("企业工作台"),
        "provider": _("服务商工作台"),
        "expert": _("专家工作台"),
    }[acting.role]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of the frame around every page."""
    acting = who(request)
    at_desk = acting is not None and request.path.split("/")[1] in (
        "enterprise",
        "official",
        "provider",
        "expert",
        "notices",
        "jobs",
        "tokens",
        "members",
        "desk",
        "applications",
        "entries",
    )
    public = (
        (_("首页"), "home"),
        (_("政策计算器"), "calculator"),
        (_("行动方案"), "plan"),
        (_("政策清单"), "programmes"),
        (_("遴选申报"), "rounds"),
        (_("资源池"), "catalogue"),
        (list_name("providers"), "providers"),
        (_("融资产品"), "loans"),
        (_("认定名单"), "awards"),
    )
    name = said(policy().name)
    return {
        "site": {
            "province": name,
            "name": _("中小企业数字化转型服务平台"),
            "body": _("主办：省经济和信息化主管部门"),
            "demo": settings.DEMO,
        },
        "main_nav": []
        if at_desk
        else [
            {"label": label, "url": reverse(url), "active": request.path == reverse(url)}
            for label, url in public
        ],
        "desk_nav": _desk_nav(request, acting) if acting and at_desk else [],
        "desk_name": desk_name(acting) if acting and at_desk else "",
        "list_names": LISTS,
        "acting": acting,
        "today": timezone.localdate(),
    }


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's key is too old: say so, and that what was typed can be brought back."""
    return render(request, "403_csrf.html", status=403)
