"""The form of a selection as screens: each section's fields as people type them, read back as the
values that are kept; which of them were touched here is known by what the screen was opened with.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from dengta.core.filling import json_entry
from dengta.core.selection import FormField
from dengta.core.shapes import Fact, FactValue, Text
from dengta.programmes.queries.forms import Field, Section
from dengta.registry.queries import policy
from dengta.web.fields import (
    NONE,
    PERCENT,
    WAN,
    Choices,
    DayField,
    Measure,
    NumberField,
    OneOfField,
    SomeOfField,
    Ticks,
    county_choices,
    industry_choices,
    measure,
)
from dengta.web.frame import said
from dengta.web.verdicts import shown

FEW = 6
"""So many choices stand beneath each other; more of them fold into a list."""
PIECES = Measure(Text("", ""), 0, "")
_SEEN = re.compile(r"([a-z0-9_]+):(\d{1,9})\.([0-9a-f]{12})")
_FAR = 10**17


@dataclass(frozen=True, slots=True)
class Seen:
    """What a screen was opened with for one field: its version, and a print of its value."""

    version: int = 0
    print: str = ""

    def written(self, field: str) -> str:
        """As the screen carries it."""
        return f"{field}:{self.version}.{self.print}"


def print_of(value: object) -> str:
    """A short print of a JSON value, to tell whether a field was touched on this screen."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def seen_now(fields: Iterator[Field] | tuple[Field, ...]) -> dict[str, Seen]:
    """What a screen is opened with: the open fields as they stand."""
    return {
        field.rule.id: Seen(field.version, print_of(json_entry(field.value)))
        for field in fields
        if field.open
    }


def seen_by(text: str) -> dict[str, Seen]:
    """What a screen says it was opened with; what cannot be read is left out."""
    return {field: Seen(int(version), mark) for field, version, mark in _SEEN.findall(text)}


def seen_text(seen: Mapping[str, Seen]) -> str:
    """What a screen carries of all its fields."""
    return " ".join(each.written(field) for field, each in seen.items())


class TextField(forms.CharField):
    """Words, of one line or of several; how long they may be the domain says, so that a text that
    is too long is kept on the screen and not cut off."""

    def __init__(self, *, open: bool, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.open = open

    def clean(self, value: Any) -> Any:
        """The words with plain ends of lines; None for none."""
        text = super().clean(value)
        return text.replace("\r\n", "\n").replace("\r", "\n") or None


def control_of(field: Field) -> forms.Field:
    """The form field for one field of the selection, as its type and fact ask for it."""
    rule, fact = field.rule, policy().facts.get(field.rule.fact)
    common: dict[str, Any] = {"label": said(rule.text), "help_text": _help(rule, fact)}
    if fact is not None and fact.type == "set":
        elements = {id: said(text) for id, text in (rule.values or fact.values).items()}
        return SomeOfField(
            elements=elements, widget=Ticks, open=rule.required, required=False, **common
        )
    if rule.type in ("text", "long_text") and not (fact and fact.codes in ("region", "industry")):
        lines = rule.type == "long_text"
        if lines and rule.most:
            limit = _("最多 %(n)s 字。") % {"n": rule.most}
            common["help_text"] = f"{common['help_text']} {limit}".strip()
        widget = forms.Textarea(attrs={"rows": 5}) if lines else forms.TextInput()
        return TextField(open=rule.required, widget=widget, **common)
    common |= {"required": False, "open": rule.required}
    match rule.type:
        case "integer" | "fen" | "bps":
            low = -_FAR if rule.low is None else rule.low
            high = _FAR if rule.high is None else rule.high
            return NumberField(_measure(rule, fact), low, high, **common)
        case "date":
            return DayField(**common)
        case "bool":
            choices = [("yes", _("是")), ("no", _("否"))]
            return OneOfField(
                choices=choices, widget=forms.RadioSelect, reads=lambda v: v == "yes", **common
            )
    return _one_of(field, fact, common)


def _help(rule: FormField, fact: Fact | None) -> str:
    """What to heed; codes are chosen from lists, so their digits need no explaining."""
    if fact is not None and fact.codes == "industry":
        return _("以收入最多的业务为准。选中列表后输入两位代码，可直接定位。")
    if fact is not None and fact.codes == "region":
        return ""
    return said(rule.help)


def _measure(rule: FormField, fact: Fact | None) -> Measure:
    if fact is not None:
        return measure(fact)
    return {"fen": WAN, "bps": PERCENT}.get(rule.type, PIECES)


def _one_of(field: Field, fact: Fact | None, common: Mapping[str, Any]) -> OneOfField:
    """One choice; what stands on record stays a choice even where the list is coarser."""
    rule, choices = field.rule, _choices(field.rule, fact)
    value = field.value
    if isinstance(value, str) and value and value not in _flat(choices):
        label = said(shown(fact, value)) if fact is not None else value
        choices = [*choices, (value, label)]
    if rule.values and len(rule.values) <= FEW:
        return OneOfField(choices=choices, widget=forms.RadioSelect, **common)
    return OneOfField(choices=choices, **common)


def _choices(rule: FormField, fact: Fact | None) -> Choices:
    if fact is not None and fact.codes == "region":
        return county_choices()
    if fact is not None and fact.codes == "industry":
        return industry_choices()
    options: Choices = [(id, said(text)) for id, text in rule.values.items()]
    return options if len(options) <= FEW else [("", _("请选择")), *options]


def _flat(choices: Choices) -> set[str]:
    found: set[str] = set()
    for value, label in choices:
        found.update(id for id, _name in label) if isinstance(label, list) else found.add(value)
    return found


def initial_of(value: FactValue) -> object:
    """A value as the form field wants it to begin with."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(value) or [NONE]
    return value


class SectionForm(forms.Form):
    """The open fields of one section. Nothing is required here: what is missing is asked for at the
    end, and wrong ones are said beside the field while the others are kept."""

    use_required_attribute = False
    prefix = "f"

    def __init__(self, section: Section, typed: Mapping[str, Any] | None = None) -> None:
        open_fields = [field for field in section.fields if field.open]
        initial = {field.rule.id: initial_of(field.value) for field in open_fields}
        super().__init__(typed, initial=initial)
        for field in open_fields:
            self.fields[field.rule.id] = control_of(field)

    def given(self) -> dict[str, object]:
        """What could be read, as JSON values by field; None for what is empty."""
        self.is_valid()
        return {id: json_entry(value or None if value == "" else value)
                for id, value in self.cleaned_data.items()}  # fmt: skip

    def touched(self, seen: Mapping[str, Seen]) -> dict[str, tuple[object, int]]:
        """(value, version seen) of every field that says something else than the screen was opened
        with."""
        changes: dict[str, tuple[object, int]] = {}
        for id, value in self.given().items():
            opened = seen.get(id, Seen())
            if print_of(value) != opened.print:
                changes[id] = (value, opened.version)
        return changes
