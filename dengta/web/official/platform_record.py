"""工业互联网平台: one platform at the offices: its months, evaluations, leaving the pool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.catalogue.queries import platforms as queries
from dengta.catalogue.queries.platforms import Entry
from dengta.programmes.actions.evaluating import evaluate
from dengta.programmes.actions.proceedings import open_proceeding
from dengta.programmes.queries import awards
from dengta.programmes.queries.awards import Award, Proceeding
from dengta.registry.queries import policy, region_name
from dengta.trail.actions import StepRefused
from dengta.web.awards import key_of, new_key, proceedings, result_field
from dengta.web.cases import badge, crumbs
from dengta.web.fields import MonthField
from dengta.web.frame import desk, said, tell
from dengta.web.platforms import OFFICES

SHOWN = 12


class PeriodForm(forms.Form):
    """The months that are looked at."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first"] = MonthField(label=_("起始月份"))
        self.fields["last"] = MonthField(label=_("截止月份"))


class EvaluationForm(PeriodForm):
    """The result of an evaluation with its grounds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first", "last"):
            self.fields[name].widget = forms.HiddenInput()
        self.fields["result"] = result_field()
        self.fields["grounds"] = _words(
            _("评价意见"), _("结果的理由，平台会看到并可以申辩。"), _("请写明评价意见。")
        )
        self.fields["file"] = forms.FileField(label=_("依据材料"), required=False)


class ExitForm(forms.Form):
    """Why a platform is to leave the pool."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grounds"] = _words(
            _("退出理由"), _("查到什么、依据什么。"), _("请写明为什么退出，平台会看到。")
        )
        self.fields["file"] = forms.FileField(label=_("依据材料"), required=False)


def _words(label: str, help: str, missing: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=5000, help_text=help, error_messages={"required": missing},
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip


def _find(acting: Actor, pk: int) -> Entry:
    found = queries.platforms_within(acting).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@desk(*OFFICES)
def platform_record(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One platform: what it reported in a period, what was found, what can be done."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest,
    acting: Actor,
    entry: Entry,
    evaluation: forms.Form | None = None,
    leaving: forms.Form | None = None,
) -> HttpResponse:
    asked = PeriodForm(evaluation.data if evaluation is not None else _period(request))
    first, last = _months(asked)
    period = queries.reported_in(entry, first, last)
    award = awards.award_numbered(entry.award)
    seen = proceedings(award, acting) if award is not None else []
    may = {
        kind
        for kind in ("evaluation", "revocation")
        if award is not None
        and awards.may_charge(award, acting)
        and awards.in_the_way(award, kind) is None
    }
    typed = {"first": f"{first:%Y-%m}", "last": f"{last:%Y-%m}"}
    context = {
        "entry": entry,
        "badge": badge(entry.flow.state(entry.state), public=False),
        "place": region_name(entry.case_region),
        "award": award,
        "months": list(queries.months_of(entry).exclude(reported_at=None)[:SHOWN]),
        "period": period,
        "asked": asked,
        "figures": _figures(period),
        "cases": seen,
        "evaluation": (evaluation or EvaluationForm(initial=typed, auto_id="evaluation_%s"))
        if "evaluation" in may and award is not None and award.state == "in_force"
        else None,
        "leaving": (leaving or ExitForm(auto_id="leaving_%s")) if "revocation" in may else None,
        "key": request.POST.get("key") or new_key(),
        "breadcrumbs": crumbs((_("平台月度数据"), reverse("official_platforms")), (entry.name, "")),
    }
    wrong = any(form is not None and form.errors for form in (evaluation, leaving))
    return render(request, "official/platform_record.html", context, status=422 if wrong else 200)


def _period(request: HttpRequest) -> dict[str, str]:
    """The months asked for; else the twelve that are over."""
    last = timezone.localdate().replace(day=1) - dt.timedelta(days=1)
    usual = {"first": f"{last.year - 1 + last.month // 12}-{last.month % 12 + 1:02d}"}
    usual["last"] = f"{last:%Y-%m}"
    return {name: request.GET.get(name) or month for name, month in usual.items()}


def _months(asked: PeriodForm) -> tuple[dt.date, dt.date]:
    if asked.is_valid() and asked.cleaned_data["first"] <= asked.cleaned_data["last"]:
        return asked.cleaned_data["first"], asked.cleaned_data["last"]
    if asked.is_valid():
        asked.add_error("first", _("起始月份晚于截止月份，请核对。"))
    last = (timezone.localdate().replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    return last, last


def _figures(period: queries.Period) -> list[dict[str, Any]]:
    totals = {one.metric: one for one in period.totals}
    return [
        {
            "name": metric.text,
            "unit": metric.unit,
            "first": totals[metric.id].first,
            "last": totals[metric.id].last,
            "mean": None if metric.total else totals[metric.id].sum // (period.reported or 1),
        }
        for metric in policy().pool.metrics
    ]


def _award(entry: Entry) -> Award:
    found = awards.award_numbered(entry.award)
    if found is None:
        raise Http404
    return found


@require_POST
@desk(*OFFICES)
def platform_evaluate(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Open the evaluation of a period."""
    return _opened(
        request, acting, pk, "evaluation", EvaluationForm,
        lambda entry, typed: evaluate(
            _award(entry), entry, acting, key=key_of(request, acting), **typed
        ),
        _("评价已建立。送达后，平台可以申辩，再作决定。"),
    )  # fmt: skip


@require_POST
@desk(*OFFICES)
def platform_exit(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Begin to take a platform's award, and with it its place in the pool."""
    return _opened(
        request, acting, pk, "leaving", ExitForm,
        lambda entry, typed: open_proceeding(
            _award(entry), acting, "revocation", key=key_of(request, acting), **typed
        ),
        _("已立案。送达告知书后，平台可以陈述申辩；决定生效后退出资源池。"),
    )  # fmt: skip


def _opened(
    request: HttpRequest, acting: Actor, pk: int, name: str, form_class: type[forms.Form],
    open_: Callable[[Entry, dict[str, Any]], Proceeding], done: str,
) -> HttpResponse:  # fmt: skip
    """A proceeding opened with what was typed into one of the forms of the page, or the page with
    what has to be mended."""
    entry = _find(acting, pk)
    form = form_class(request.POST, request.FILES, auto_id=f"{name}_%s")
    if form.is_valid():
        try:
            opened = open_(entry, form.cleaned_data)
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            tell(request, done)
            return redirect("official_proceeding", opened.pk)
    return _page(request, acting, entry, **{name: form})
