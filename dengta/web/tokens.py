"""接口令牌: by which a person's programs act for them; each can be revoked at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from dengta.accounts.actions import TokenRefused, create_token, revoke_token
from dengta.accounts.queries import Actor, tokens_of
from dengta.web.cases import crumbs
from dengta.web.frame import DESKS, desk, said, tell


class TokenForm(forms.Form):
    """What the token is for, and for how long."""

    use_required_attribute = False

    name = forms.CharField(
        label=gettext_lazy("用途"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("写明给哪个程序用，例如“市平台每日同步”。"),
    )
    days = forms.IntegerField(label=gettext_lazy("有效天数"), required=False, initial=90)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].help_text = _("1 至 %(most)s 天。") % {"most": settings.TOKEN_DAYS_MOST}
        for field in self.fields.values():
            field.open = True  # type: ignore[attr-defined]  # asked for by the action itself


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*DESKS)
def tokens(request: HttpRequest, acting: Actor) -> HttpResponse:
    """One's tokens; POST makes one and shows its secret this once."""
    form, secret, made = TokenForm(), "", None
    if request.method == "POST":
        form = TokenForm(request.POST)
        if form.is_valid():
            values = form.cleaned_data
            try:
                made, secret = create_token(acting, values["name"], values["days"] or 0)
                form = TokenForm()
            except TokenRefused as refused:
                form.add_error(refused.field, said(refused.text))
    context = {
        "form": form,
        "secret": secret,
        "made": made,
        "tokens": tokens_of(acting),
        "now": timezone.now(),
        "breadcrumbs": crumbs((_("接口令牌"), "")),
    }
    response = render(request, "tokens.html", context, status=422 if form.errors else 200)
    if secret:
        response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@desk(*DESKS)
def revoke(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """End one of one's tokens."""
    if not tokens_of(acting).filter(pk=pk).exists():
        raise Http404
    revoke_token(acting, pk)
    tell(request, _("令牌已撤回，用它的程序从现在起不能再访问。"))
    return redirect("tokens")
