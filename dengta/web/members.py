"""经办人: who acts for an organisation; colleagues join by a link."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dengta.accounts.queries import Actor
from dengta.registry import actions
from dengta.registry.queries import invites_of, members_of, organisation_of
from dengta.web.account_form import BACKEND, AccountForm
from dengta.web.cases import crumbs
from dengta.web.frame import desk, said, tell, who

FOR = ("enterprise", "provider")


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*FOR)
def members(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Who acts for the organisation; POST makes an invitation and shows its link this once."""
    link, made, error = "", None, ""
    if request.method == "POST":
        try:
            made, code = actions.invite(acting, request.POST.get("name", ""))
            link = request.build_absolute_uri(reverse("join", args=[code]))
        except actions.Refused as refused:
            error = said(refused.text)
    context = {
        "organisation": organisation_of(acting),
        "members": members_of(acting),
        "invites": invites_of(acting, timezone.now()),
        "link": link,
        "made": made,
        "error": error,
        "name": request.POST.get("name", "") if error else "",
        "breadcrumbs": crumbs((_("工作台"), reverse("desk")), (_("经办人"), "")),
    }
    response = render(request, "members.html", context, status=422 if error else 200)
    if link:
        response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@desk(*FOR)
def leave(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Remove somebody, oneself too; signed out at once by having no desk any more."""
    try:
        if actions.leave(acting, pk):
            tell(request, _("已移除，该人员从现在起不能再代表本单位办理。"))
    except actions.Refused as refused:
        tell(request, refused.text, good=False)
    return redirect("desk" if pk == acting.user_id else "members")


@require_POST
@desk(*FOR)
def revoke(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take an invitation back."""
    if actions.revoke_invite(acting, pk):
        tell(request, _("邀请已撤回，链接不能再用。"))
    return redirect("members")


@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: str) -> HttpResponse:
    """Accept an invitation: a sign-in name and a password, and one is there."""
    found = actions.find_invite(code)
    if who(request) is not None:
        tell(request, _("您已登录。接受邀请请先退出，再打开链接。"), good=False)
        return redirect("desk")
    form = AccountForm(request.POST if request.method == "POST" else None)
    if found is not None and request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            user = actions.join(code, username=values["username"], password=values["password"])
        except actions.Refused as refused:
            form.add_error("username" if refused.field == "username" else None, said(refused.text))
        else:
            login(request, user, backend=BACKEND)
            tell(request, _("您已加入，可以代表本单位办理各项事务。"))
            return redirect("desk")
    context = {
        "invite": found,
        "form": form,
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("接受邀请"), "")),
    }
    bad = form.errors or found is None
    response = render(request, "join.html", context, status=422 if bad else 200)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
