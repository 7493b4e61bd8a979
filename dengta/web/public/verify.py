"""核验: anybody with the code of a report or a certificate sees whether it is genuine, and nothing
that is the firm's."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.programmes.queries.awards import award_by_code
from dengta.programmes.queries.papers import content, letter_by_code
from dengta.reports import queries
from dengta.web.cases import crumbs


class CodeForm(forms.Form):
    """The code as it is printed on a report or a certificate."""

    code = forms.CharField(max_length=60, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["code"]
        field.label, field.help_text = (
            _("核验码"),
            _("12 位，印在报告或证书的二维码下面，横线可以不填。"),
        )
        field.open = True  # type: ignore[attr-defined]  # asked for when it is sent, not before
        field.error_messages["max_length"] = _(
            "核验码只有 12 位，填的内容太长。请只填二维码下面的那一行。"
        )
        field.widget.attrs |= {"autocomplete": "off", "autocapitalize": "characters"}

    def clean_code(self) -> str:
        """The code in its one form; a sentence where it cannot be one."""
        typed = str(self.cleaned_data["code"])
        code = queries.read_code(typed)
        if not code:
            raise forms.ValidationError(_("还没有填核验码。它印在报告或证书的二维码下面。"))
        if len(code) != queries.SIGNS:
            raise forms.ValidationError(
                _("“%(typed)s”有 %(n)s 位，核验码是 12 位字母和数字。请对照原件再填一次。")
                % {"typed": typed[:40], "n": len(code)}
            )
        return code


def _page(request: HttpRequest, status: int, **context: object) -> HttpResponse:
    context["breadcrumbs"] = crumbs((_("首页"), reverse("home")), (_("核验报告和证书"), ""))
    response = render(request, "verify.html", context, status=status)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Where a code is typed."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_bound and form.is_valid():
        return redirect("verify_code", form.cleaned_data["code"])
    return _page(request, 422 if form.errors else 200, form=form)


@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """What a code belongs to; where a QR code leads. A certificate's leads on to its award."""
    plain = queries.read_code(code)
    if plain != code:
        return redirect("verify_code", plain) if plain else redirect("verify")
    found = queries.verify(code)
    if found is None and award_by_code(code) is not None:
        return redirect("award", code)
    letter = None if found is not None else letter_by_code(code)
    if letter is not None:
        words = content(letter)
        said = {**words, "code": queries.written(code), "lines": len(words["rows"])}
        return _page(request, 200, letter=said, form=CodeForm())
    if found is None:
        form = CodeForm(initial={"code": queries.written(code)[:20]})
        return _page(request, 404, form=form, unknown=queries.written(code)[:40])
    return _page(request, 200, found=found, code=queries.written(found.code), form=CodeForm())
