"""Form fields drawn from the vocabulary of facts, so that a fact is asked the same way on every page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from dengta.core.facts import FactError, fact_value
from dengta.core.money import fen_from_yuan
from dengta.core.shapes import Fact, FactValue, Text
from dengta.web.frame import said

WAN = 1_000_000  # 分 in one 万元


class FactField(forms.CharField):
    """A number, rate or amount of the vocabulary. Money is typed in 万元, rates in per cent."""

    def __init__(self, fact: Fact, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fact = fact

    def clean(self, value: Any) -> FactValue:
        """The value as the vocabulary has it; None when nothing was typed."""
        text = super().clean(value)
        if not text:
            return None
        typed = text.replace(",", "").replace("，", "").strip()
        try:
            return fact_value(self.fact, self._read(typed))
        except FactError as fault:
            raise forms.ValidationError(
                f"{said(fault.message)}{_('。')}{said(fault.mend)}{_('。')}"
            ) from fault
        except ValueError as fault:
            raise forms.ValidationError(
                _("“%(text)s”不是数字。请填写阿拉伯数字，单位是%(unit)s。")
                % {"text": text, "unit": said(shown_unit(self.fact))}
            ) from fault

    def _read(self, typed: str) -> int:
        match self.fact.type:
            case "fen":
                fen = fen_from_yuan(typed)  # 万元 typed as if yuan, then ten thousand times as much
                return fen * 10_000
            case "bps":
                return fen_from_yuan(typed)  # two decimals of a per cent are basis points
        return int(typed)


def shown_unit(fact: Fact) -> Text:
    """The unit a person types in."""
    return {"fen": Text("万元", "10,000 yuan"), "bps": Text("%", "%")}.get(fact.type, fact.unit)


def fact_field(fact: Fact, *, required: bool = False) -> forms.Field:
    """The form field that asks for a fact."""
    kwargs: dict[str, Any] = {
        "label": said(fact.term),
        "help_text": said(fact.help),
        "required": required,
    }
    if fact.type == "bool":
        return forms.TypedChoiceField(
            choices=[("yes", _("是")), ("no", _("否"))],
            coerce=lambda v: v == "yes",
            empty_value=None,
            widget=forms.RadioSelect,
            **kwargs,
        )
    if fact.type == "date":
        return forms.DateField(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs
        )
    if fact.values:
        choices = [(id, said(text)) for id, text in fact.values.items()]
        if fact.type == "set":
            return forms.MultipleChoiceField(
                choices=choices, widget=forms.CheckboxSelectMultiple, **kwargs
            )
        return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **kwargs)
    attrs = {"inputmode": "decimal", "data-unit": said(shown_unit(fact))}
    return FactField(fact, widget=forms.TextInput(attrs=attrs), **kwargs)


def as_json(value: object) -> object:
    """A cleaned value as it is stored: dates as ISO text, sets as sorted lists."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, frozenset | set | list | tuple):
        return sorted(str(v) for v in value)
    return value


class FactForm(forms.Form):
    """One fact asked on its own; the field's name is the fact's id."""

    def __init__(self, facts: list[Fact], *args: Any, required: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for fact in facts:
            self.fields[fact.id] = fact_field(fact, required=required)
