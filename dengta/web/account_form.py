"""The fields by which somebody new will sign in: at registration, and when joining a firm."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model, password_validation
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext as _

BACKEND = "django.contrib.auth.backends.ModelBackend"


class AccountForm(forms.Form):
    """Sign-in name, password twice, and the consent to be somebody here."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"] = text_field(
            _("登录名"), 150, _("字母、数字和 @ . + - _，登录时用它。"), autocomplete="username"
        )
        self.fields["username"].validators.append(
            RegexValidator(r"^[\w.@+-]+$", _("登录名只能用字母、数字和 @ . + - _，不能有空格。"))
        )
        self.fields["password"] = _password_field(
            _("密码"), _("至少 8 位，不要用登录名、纯数字或常见密码。")
        )
        self.fields["password_again"] = _password_field(_("再输一次密码"))
        self.fields["agreed"] = forms.BooleanField(
            label=_("以上内容属实，我受企业委托办理，同意平台为受理和审核使用这些资料"),
            error_messages={"required": _("请先确认以上内容属实并同意使用，再注册。")},
        )

    def clean(self) -> dict[str, Any]:
        """The two passwords agree and are not easily guessed."""
        cleaned = super().clean() or {}
        first, again = cleaned.get("password"), cleaned.get("password_again")
        if first and again and first != again:
            self.add_error("password_again", _("两次输入的密码不一样，请重新输入。"))
        elif first:
            likeness = get_user_model()(username=cleaned.get("username", ""))
            try:
                password_validation.validate_password(first, likeness)
            except ValidationError as weak:
                self.add_error("password", weak)
        return cleaned


def missing(field: str) -> str:
    """What is said of a field that was left empty."""
    return _("请填写%(field)s。") % {"field": field}


def text_field(
    label: str, length: int, help: str = "", *, required: bool = True, autocomplete: str = "off"
) -> forms.CharField:
    """One line of text that is asked for in words."""
    return forms.CharField(
        label=label,
        max_length=length,
        help_text=help,
        required=required,
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
        error_messages={
            "required": missing(label),
            "max_length": _("%(field)s太长，最多 %(n)s 个字。") % {"field": label, "n": length},
        },
    )


def _password_field(label: str, help: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        strip=False,
        help_text=help,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": missing(label)},
    )
