"""发券场次 at the office: plan one, announce it, watch the queue, close it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.actions import openings as actions
from dengta.funding.queries import openings as queries
from dengta.funding.queries.vouchers import edition, voucher_schemes
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.fields import MomentField, at_field
from dengta.web.frame import OFFICIAL, desk, said, tell


class OpeningForm(forms.Form):
    """What an opening needs to be planned; nothing of it is public yet."""

    use_required_attribute = False

    scheme = forms.ChoiceField(
        label=gettext_lazy("补助办法"),
        error_messages={"required": gettext_lazy("请选择按哪个办法发放。")},
    )
    title = forms.CharField(
        label=gettext_lazy("场次名称"),
        max_length=120,
        help_text=gettext_lazy("企业会看到，例如“春季上云抵扣券”。"),
        error_messages={"required": gettext_lazy("还没有填写名称，请补上。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["scheme"]
        assert isinstance(chosen, forms.ChoiceField)
        offered = voucher_schemes(timezone.localdate())
        chosen.choices = [("", _("请选择"))] + [
            (one.edition, said(one.name)) for one in offered if one.granting == "first_come"
        ]
        for name, label in (("opens_at", _("开放时间")), ("closes_at", _("结束时间"))):
            self.fields[name] = MomentField(
                label=label, error_messages={"required": _("还没有填写时间，请补上。")}
            )


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def openings(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every opening, and for the province the form that plans one."""
    form = OpeningForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.plan(acting, actions.Plan(**form.cleaned_data))
        except StepRefused as refused:
            at_field(form, refused)
        else:
            tell(request, _("场次已建立，还没有公告。核对之后公告，企业才能看到。"))
            return redirect("official_opening", made.pk)
    page = Paginator(queries.everything(), 20).get_page(request.GET.get("page"))
    context = {
        "form": form if acting.role == "province" else None,
        "page": page,
        "rows": [
            {
                "opening": one,
                "scheme": edition(one.scheme),
                "badge": badge(one.flow.state(one.state), public=False),
            }
            for one in page
        ],
        "breadcrumbs": crumbs((_("待办"), reverse("queue")), (_("发券场次"), "")),
    }
    status = 422 if form.errors else 200
    return render(request, "official/openings.html", context, status=status)


def _find(pk: int) -> queries.Opening:
    found = queries.everything().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@desk(*OFFICIAL)
def opening(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One opening: who waits, who was answered how, what is left, what may be done."""
    return _page(request, acting, _find(pk))


def _page(
    request: HttpRequest, acting: Actor, found: queries.Opening, error: str = ""
) -> HttpResponse:
    seen = queries.watch(found)
    tiles: list[tuple[Text, int | None, bool]] = [
        (Text("正在排队", "Waiting"), seen.waiting, False),
        (Text("已领到", "Granted"), seen.granted, False),
        (Text("已领完", "Came too late"), seen.empty, False),
        (Text("不符合条件", "Refused"), seen.refused, False),
        (Text("已发放", "Granted in all"), seen.granted_fen, True),
        (Text("省级资金池可用", "Left of the province's pool"), seen.left_fen, True),
    ]
    context = case_context(found, acting) | {
        "opening": found,
        "scheme": edition(found.scheme),
        "error": error,
        "tiles": [
            {"label": label, "fen" if money else "value": amount} for label, amount, money in tiles
        ],
        "running": not found.flow.state(found.state).final,
        "breadcrumbs": crumbs((_("发券场次"), reverse("official_openings")), (found.title, "")),
    }
    live = bool(getattr(request, "htmx", False)) and request.method == "GET"
    template = "official/_opening.html" if live else "official/opening.html"
    return render(request, template, context, status=422 if error else 200)


@require_POST
@desk(*OFFICIAL)
def step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Announce, close or call off; a second click finds it done."""
    found = _find(pk)
    chosen = request.POST.get("step") or step
    try:
        if chosen == "announce":
            event = actions.announce(found, acting)
        elif chosen == "close":
            event = actions.close(found, acting)
        elif chosen == "cancel":
            event = actions.cancel(found, acting, note=request.POST.get("note", ""))
        else:
            raise Http404
    except StepRefused as refused:
        return _page(request, acting, _find(pk), said(refused.text))
    tell(request, _("已办理“%(step)s”。") % {"step": said(found.flow.step(event.step).name)})
    return redirect("official_opening", pk)
