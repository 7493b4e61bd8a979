"""How clawbacks are shown, the same on every desk; the forms of their steps; their papers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from dengta.accounts.queries import Actor
from dengta.core.money import MoneyError, fen_from_yuan
from dengta.core.shapes import Text
from dengta.funding.actions import letters
from dengta.funding.queries import clawbacks as queries
from dengta.funding.queries.clawbacks import Clawback
from dengta.web.cases import badge, case_context, clock_chip
from dengta.web.frame import said
from dengta.web.pdfs import sent

PARTS = ("notice", "decision")


class YuanField(forms.CharField):
    """An amount typed in yuan, kept in 分; more than 0."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"required": gettext_lazy("请填写金额（元）。")})
        super().__init__(
            max_length=24,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "data-unit": gettext_lazy("元")}),
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        """分; None for nothing typed where nothing is needed."""
        text = super().clean(value)
        if not text:
            return None
        try:
            fen = fen_from_yuan(text)
        except MoneyError as wrong:
            raise forms.ValidationError(said(wrong.message)) from wrong
        if fen <= 0:
            raise forms.ValidationError(_("金额须大于 0。"))
        return fen


def row(case: Clawback, *, public: bool) -> dict[str, Any]:
    """One line of a list."""
    return {
        "case": case,
        "badge": badge(case.flow.state(case.state), public=public),
        "clock": clock_chip(case),
        "fen": case.amount_fen if case.decided_fen is None else case.decided_fen,
    }


def shown(case: Clawback, acting: Actor, *, without: Iterable[str] = ()) -> dict[str, Any]:
    """Everything that a page of one case says; `without` are steps that have forms of their own."""
    day = timezone.localdate()
    context = case_context(case, acting, without=tuple(without))
    allowed = queries.steps_for(case, acting)
    context["allowed"] = allowed
    context["steps"] = [step for step in context["steps"] if step.id in allowed]
    rows, came = list(case.repayments.order_by("ordinal")), queries.came_in(case)
    return context | {
        "case": case,
        "terms": queries.terms_of(case.claim),
        "origin": case.get_origin_display(),
        "rows": [(one, one.amount_fen - one.paid_fen, one.due_date < day) for one in rows],
        "due": queries.due_of(case, day),
        "came": came,
        "ways": queries.ways_of(rows, came, day),
        "refund_fen": queries.refund_due(case),
        "defence_until": queries.defence_until(case),
        "appeal_until": queries.appeal_until(timezone.localdate(case.decided_at))
        if case.decided_at
        else None,
        "estimate_fen": queries.interest_on(case, day),
        "day": day,
        "papers": [
            (part, letters.TITLES[part])
            for part, there in (("notice", case.noticed_at), ("decision", case.decided_at))
            if there
        ],
    }


def paper(case: Clawback, part: str) -> HttpResponse:
    """A paper of a case as PDF, in the language of the page; 404 for one that there is not."""
    if part not in PARTS:
        raise Http404
    chosen = cast("letters.Part", part)
    try:
        made = letters.letter(case, chosen, get_language() or "zh-hans")
    except ValueError as missing:
        raise Http404 from missing
    return sent(made, letters.letter_name(case, chosen))


def origins() -> list[tuple[str, str]]:
    """Where a case can come from, as choices."""
    return [(id, str(label)) for id, label in Clawback.Origin.choices]


def grouped_names(rows: Iterable[queries.Recovered], names: dict[str, Text]) -> list[Any]:
    """Figures with the names of their places or programmes."""
    return [(names.get(one.key, Text(one.key, one.key)), one) for one in rows]
