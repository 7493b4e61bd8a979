"""Needs as a provider sees them: what it was asked, what is open to all, its quote line by line."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import replace
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.results import level_text
from dengta.matching.actions import quotes as actions
from dengta.matching.queries import needs as queries
from dengta.matching.queries.needs import Need, Quote, QuoteRequest
from dengta.matching.queries.quoters import may_quote, rests
from dengta.matching.queries.stamps import quote_stamp
from dengta.matching.queries.terms import cost_names, scenarios
from dengta.registry.queries import organisation_of, policy
from dengta.trail.actions import StepRefused, allowed_steps
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.fields import YUAN, DayField, NumberField, RowForm, faults
from dengta.web.frame import desk, list_name, said, tell
from dengta.web.matched import find, head, row, today, whole_numbers

TOP = 4


class QuoteForm(forms.Form):
    """A quote but for its lines; a draft may have gaps."""

    use_required_attribute = False

    days = forms.IntegerField(
        label=gettext_lazy("总工期（工作日）"), required=False, min_value=1, max_value=2000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("服务说明"), max_length=5000, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("交付什么、怎样培训、质保多久、企业要配合什么。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["discount_fen"] = NumberField(
            YUAN, 0, actions.MOST_FEN, label=_("服务商让利"), required=False
        )
        self.fields["valid_until"] = DayField(label=_("报价有效期至"), required=False, open=True)
        self.fields["days"].open = True  # type: ignore[attr-defined]
        self.order_fields(("days", "discount_fen", "valid_until", "text"))


class LineForm(RowForm):
    """One line of a quote; an empty row is passed over. `whole`: nothing may be missing, as what is
    sent; a draft may have gaps."""

    needed, weighs = ("text", "cost_class", "price_fen"), ("text", "price_fen")
    lacking = gettext_lazy("这一行还差这一项；不要这一行就清空服务内容和单价。")

    text = forms.CharField(label=gettext_lazy("服务内容"), max_length=200, required=False)
    cost_class = forms.ChoiceField(label=gettext_lazy("费用类别"), required=False)
    unit = forms.CharField(label=gettext_lazy("单位"), max_length=20, required=False)
    quantity = forms.IntegerField(
        label=gettext_lazy("数量"), required=False, min_value=1, max_value=100_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    days = forms.IntegerField(
        label=gettext_lazy("工期（工作日）"), required=False, min_value=0, max_value=2000,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    scenario = forms.ChoiceField(label=gettext_lazy("应用场景"), required=False)
    level = forms.TypedChoiceField(
        label=gettext_lazy("达到等级"), required=False, coerce=int, empty_value=None
    )
    package_line = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, day: dt.date, whole: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.whole = whole
        self.fields["price_fen"] = NumberField(
            YUAN, 0, actions.MOST_FEN, label=_("单价"), required=False, open=True
        )
        self._choices("cost_class", [("", _("请选择")), *_said(cost_names())])
        named = {id: each.text for id, each in scenarios(day).items()}
        self._choices("scenario", [("", _("不对应场景")), *_said(named)])
        levels = [(str(n), said(level_text(n))) for n in range(1, TOP + 1)]
        self._choices("level", [("", _("不写")), *levels])
        self.order_fields(
            ("text", "cost_class", "price_fen", "quantity", "unit", "days", "scenario", "level")
        )

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        """A draft is kept as it stands; what is sent has whole lines."""
        return super().clean() if self.whole else self.cleaned_data

    def line(self) -> actions.Line:
        """What is sound of the line; only of a form that was validated and is typed."""
        typed = self.cleaned_data
        known = whole_numbers([typed.get("package_line") or ""])
        return actions.Line(
            typed.get("text") or "", typed.get("cost_class") or "", typed.get("price_fen") or 0,
            typed.get("quantity") or 1, typed.get("unit") or "项", typed.get("days") or 0,
            typed.get("scenario") or "", typed.get("level"), known[0] if known else None,
        )  # fmt: skip


def _said(names: Any) -> list[tuple[str, str]]:
    return [(id, said(text)) for id, text in names.items()]


LineSet = forms.formset_factory(LineForm, extra=1, max_num=actions.MOST_LINES, validate_max=True)


@require_safe
@desk("provider")
def provider_needs(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What the provider was asked or has quoted, and what is open to all that fits it."""
    show = request.GET.get("show", "asked")
    show = show if show in ("asked", "fitting", "open") else "asked"
    if show == "asked":
        found = queries.asked_of(acting)
    else:
        found = queries.open_to(acting, today(), fitting=show == "fitting")
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [row(need, "provider_need", public=True) for need in page],
        "show": show,
        "tabs": [
            ("asked", _("询价和我的报价")),
            ("fitting", _("公开征集：对得上我的服务包")),
            ("open", _("公开征集：全部")),
        ],
        "query": f"show={show}&",
        "breadcrumbs": crumbs((_("工作台"), reverse("provider_home")), (list_name("needs"), "")),
    }
    return render(request, "provider/needs.html", context)


@require_safe
@desk("provider")
def provider_need(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One need, and what the provider can do about it."""
    return _page(request, acting, find(acting, pk))


def _page(request: HttpRequest, acting: Actor, need: Need, error: str = "") -> HttpResponse:
    asked = queries.request_of(need, acting.organisation_id)
    mine = queries.quote_of(need, acting.organisation_id)
    ended = mine is None or mine.flow.state(mine.state).final
    context = head(need, acting)
    context |= {
        "error": error,
        "typed": request.POST,
        "asked": asked,
        "mine": mine,
        "mine_badge": badge(mine.flow.state(mine.state), public=False) if mine else None,
        "open": need.state in actions.OPEN and not context["over"],
        "able": may_quote(acting.organisation_id, today()),
        "rests": rests(organisation_of(acting), today()),
        "can_begin": ended,
        "can_decline": asked is not None and asked.declined_at is None and ended,
        "packages": queries.packages_of(acting.organisation_id),
        "key": secrets.token_hex(8),
        "breadcrumbs": crumbs((list_name("needs"), reverse("provider_needs")), (need.number, "")),
    }
    return render(request, "provider/need.html", context, status=422 if error else 200)


@require_POST
@desk("provider")
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Begin a quote, from a package or bare; or decline with the reason."""
    need = find(acting, pk)
    try:
        if step == "quote":
            wanted = whole_numbers([request.POST.get("entry", "")])
            entry = queries.packages_of(acting.organisation_id).filter(pk__in=wanted).first()
            made = actions.begin_quote(
                need, acting, key=request.POST.get("key", "")[:40], entry=entry
            )
            return redirect("provider_quote", made.pk)
        if step != "decline":
            raise Http404
        asked = queries.request_of(need, acting.organisation_id)
        if asked is None:
            raise Http404
        actions.decline(asked, acting, request.POST.get("reason", ""))
    except StepRefused as refused:
        return _page(request, acting, find(acting, pk), said(refused.text))
    except (Need.DoesNotExist, QuoteRequest.DoesNotExist) as gone:
        raise Http404 from gone
    tell(request, _("已谢绝，理由会告诉企业。"))
    return redirect("provider_needs")


def _find(acting: Actor, pk: int) -> Quote:
    try:
        return queries.quote(acting, pk)
    except Quote.DoesNotExist as gone:
        raise Http404 from gone


@require_http_methods(["GET", "HEAD", "POST"])
@desk("provider")
def provider_quote(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """A quote line by line: a draft is kept as it is typed, then sent; a sent one is mended while
    the firm has not chosen."""
    quote = _find(acting, pk)
    steps = {each.id: each for each in allowed_steps(quote, acting)}
    if not steps.keys() & {"send", "mend"}:
        return redirect("provider_need", quote.need_id)
    if request.method != "POST":
        return _Sheet(request, acting, quote).page()
    if request.POST.get("do") == "withdraw":
        try:
            actions.withdraw(quote, acting, note=request.POST.get("note", "")[:500])
        except StepRefused as refused:
            return _Sheet(request, acting, _find(acting, pk)).page(said(refused.text), 422)
        tell(request, _("报价已撤回。"))
        return redirect("provider_need", quote.need_id)
    return _Sheet(request, acting, quote).answered()


class _Sheet:
    """One request to the form of a quote: what is kept of it, what is to be mended."""

    def __init__(self, request: HttpRequest, acting: Actor, quote: Quote) -> None:
        self.request, self.acting, self.quote = request, acting, quote
        self.quietly = "X-Autosave" in request.headers
        self.do = "save" if self.quietly else request.POST.get("do", "save")
        self.sent = quote.sent_at is not None
        posted = request.POST if request.method == "POST" else None
        self.form = QuoteForm(posted, initial=_initial(quote))
        given = {"day": today(), "whole": self.sent or self.do == "send"}
        self.rows = LineSet(posted, prefix="line", form_kwargs=given, initial=_lines(quote))

    def answered(self) -> HttpResponse:
        """Keep all that is sound, then go on; 409 where a colleague was faster, 422 where something
        is to be mended."""
        if not self.rows.management_form.is_valid() or (self.sent and self.quietly):
            return self._refused(_("没有保存：请刷新页面后再填。"), 422)
        sound = self.form.is_valid() & self.rows.is_valid()
        content = self._content()
        if content.discount_fen > sum(one.quantity * one.price_fen for one in content.lines):
            error = _("服务商让利大于明细合计，请核对。")
            self.form.add_error("discount_fen", error)
            content, sound = replace(content, discount_fen=0), False
        try:
            if self.sent and sound:
                actions.mend(self.quote, self.acting, content)
            elif not self.sent:
                seen = self.request.POST.get("seen") or None
                actions.save(self.quote, self.acting, content, seen=seen)
            if sound and self.do == "send" and not self.sent:
                actions.send(self.quote, self.acting)
        except StepRefused as refused:
            status = 409 if isinstance(refused, actions.Overtaken) else 422
            return self._refused(said(refused.text), status)
        if self.quietly:
            return self._quiet(sound)
        return self._on() if sound else self.page(status=422)

    def _content(self) -> actions.Content:
        typed = self.form.cleaned_data
        return actions.Content(
            typed.get("discount_fen") or 0, typed.get("days") or 0, typed.get("valid_until"),
            typed.get("text") or "", tuple(each.line() for each in self.rows if each.typed),
        )  # fmt: skip

    def _refused(self, text: str, status: int) -> HttpResponse:
        if self.quietly:
            return JsonResponse({"text": text}, status=status)
        self.quote = _find(self.acting, self.quote.pk)
        if status == 409:
            text = _("您打开之后，这份草稿在另一个窗口或由同事改过。下面是您填的内容，再保存一次就"
                     "以它为准；要用对方的，请点“看已保存的内容”。")  # fmt: skip
        return self.page(text, status)

    def _quiet(self, sound: bool) -> HttpResponse:
        """The answer to a form that saves itself."""
        seen = quote_stamp(self.quote)
        if sound:
            return JsonResponse({"seen": seen})
        wrong = [text for form in (self.form, *self.rows) for text in faults(form)]
        return JsonResponse({"text": " ".join(wrong), "seen": seen}, status=422)

    def _on(self) -> HttpResponse:
        if self.sent:
            tell(self.request, _("报价已修改，企业看到的是新的内容。"))
        elif self.do == "send":
            tell(self.request, _("报价已提交。企业选定之前可以修改或撤回。"))
            return redirect("provider_need", self.quote.need_id)
        else:
            tell(self.request, _("草稿已保存，可以接着写。"))
        return redirect("provider_quote", self.quote.pk)

    def page(self, error: str = "", status: int = 200) -> HttpResponse:
        """The form as it stands."""
        quote = self.quote
        context = case_context(quote, self.acting) | {
            "quote": quote,
            "need": quote.need,
            "form": self.form,
            "rows": self.rows,
            "error": error,
            "clash": status == 409,
            "seen": quote_stamp(quote),
            "breadcrumbs": crumbs(
                (list_name("needs"), reverse("provider_needs")),
                (quote.need.number, reverse("provider_need", args=[quote.need_id])),
                (quote.number, ""),
            ),
        }
        return render(self.request, "provider/quote.html", context, status=status)


def _initial(quote: Quote) -> dict[str, Any]:
    until = quote.valid_until
    if until is None:
        least = policy().practised("match_valid_days", today())
        until = today() + dt.timedelta(days=2 * least)
    return {
        "days": quote.days or None, "discount_fen": quote.discount_fen or None,
        "valid_until": until.isoformat(), "text": quote.text,
    }  # fmt: skip


def _lines(quote: Quote) -> list[dict[str, Any]]:
    return [
        {
            "text": line.text, "cost_class": line.cost_class, "unit": line.unit,
            "quantity": line.quantity, "price_fen": line.price_fen, "days": line.days,
            "scenario": line.scenario, "level": line.level,
            "package_line": line.package_line_id or "", "standard_fen": line.standard_fen,
        }
        for line in quote.lines.order_by("ordinal")
    ]  # fmt: skip
