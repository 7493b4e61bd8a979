"""登录: our form over allauth's sign-in; five failures lock the name for a while (axes)."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.views import LoginView
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dengta.web.cases import crumbs

WRONG = "username_password_mismatch"


class SignInForm(LoginForm):  # type: ignore[misc]
    """allauth's form in our words; it asks nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=gettext_lazy("登录名"),
            max_length=150,
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
            error_messages={"required": gettext_lazy("请填写登录名。")},
        )
        self.fields["password"] = forms.CharField(
            label=gettext_lazy("密码"),
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            error_messages={"required": gettext_lazy("请填写密码。")},
        )

    def clean(self) -> dict[str, Any]:
        """Say what went wrong without saying which of the two was wrong."""
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError as refused:
            if refused.code != WRONG:
                raise
            raise ValidationError(
                _(
                    "登录名或密码不对。请核对大小写后重试；"
                    "连续 5 次不对，这个登录名会锁定 10 分钟。"
                ),
                code=WRONG,
            ) from refused
        return cleaned


class _SignIn(LoginView):  # type: ignore[misc]
    form_class = SignInForm
    template_name = "sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Past LoginView itself, which would look for the addresses of allauth's other pages.
        context: dict[str, Any] = super(LoginView, self).get_context_data(**kwargs)
        context["breadcrumbs"] = crumbs((_("首页"), reverse("home")), (_("登录"), ""))
        return context


def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in and go on to `next`, if it lies on this site, else to one's desk."""
    response: HttpResponse = _SignIn.as_view()(request)
    return response
