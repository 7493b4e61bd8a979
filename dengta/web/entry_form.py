"""An entry of the pool as a form: its fields as its kind asks, one use, line or link at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dengta.catalogue.actions.entries import Line, Use
from dengta.catalogue.queries.names import LEVELS, NATURES, level_name, scenarios
from dengta.core.entries import EntryField, EntryKind
from dengta.core.filling import json_entry
from dengta.core.shapes import Text
from dengta.registry.queries import policy
from dengta.web.entries import FEW, TextField, initial_of
from dengta.web.fields import (
    PERCENT,
    YUAN,
    Choices,
    DayField,
    Measure,
    NumberField,
    OneOfField,
    RowForm,
)
from dengta.web.frame import said

_FAR = 10**17
_HOW = {
    "contains": Text("包含", "Contains"),
    "shows": Text("展示", "Shows"),
    "runs_on": Text("运行于", "Runs on"),
    "explains": Text("说明", "Explains"),
}


def control_of(field: EntryField) -> forms.Field:
    """The form field for one field of an entry; all may be left empty in a draft."""
    rule = field.rule
    common: dict[str, Any] = {"label": said(rule.text), "help_text": said(rule.help)}
    if rule.type in ("text", "long_text"):
        if rule.most and rule.type == "long_text":
            limit = _("最多 %(n)s 字。") % {"n": rule.most}
            common["help_text"] = f"{common['help_text']} {limit}".strip()
        lines = rule.type == "long_text"
        widget = forms.Textarea(attrs={"rows": 4}) if lines else forms.TextInput()
        return TextField(open=rule.required, widget=widget, **common)
    options: Choices = [(id, said(text)) for id, text in rule.values.items()]
    if field.several:
        several = forms.MultipleChoiceField(
            choices=options, widget=forms.CheckboxSelectMultiple, required=False, **common
        )
        several.open = rule.required  # type: ignore[attr-defined]
        return several
    common |= {"required": False, "open": rule.required}
    match rule.type:
        case "integer" | "fen" | "bps":
            low = -_FAR if rule.low is None else rule.low
            high = _FAR if rule.high is None else rule.high
            measure = {"fen": YUAN, "bps": PERCENT}.get(rule.type, Measure(field.unit, 0, ""))
            return NumberField(measure, low, high, **common)
        case "date":
            return DayField(**common)
        case "bool":
            choices = [("yes", _("是")), ("no", _("否"))]
            return OneOfField(
                choices=choices, widget=forms.RadioSelect, reads=lambda v: v == "yes", **common
            )
    if len(options) <= FEW:
        return OneOfField(choices=options, widget=forms.RadioSelect, **common)
    return OneOfField(choices=[("", _("请选择")), *options], **common)


class EntryForm(forms.Form):
    """Name, introduction and the fields of a kind; wrong ones are said, the others are kept."""

    use_required_attribute = False
    prefix = "e"

    def __init__(
        self, kind: EntryKind, typed: Mapping[str, Any] | None = None, **known: Any
    ) -> None:
        initial = {
            field.id: known["content"][field.id] if field.several
            else initial_of(known["content"][field.id])
            for field in kind.fields if field.id in known["content"]
        }  # fmt: skip
        initial |= {"name": known["name"], "summary": known["summary"], "note": known["note"]}
        super().__init__(typed, initial=initial)
        self.kind = kind
        self.fields["name"] = TextField(open=True, label=_("名称"), max_length=120)
        self.fields["summary"] = TextField(
            open=True, label=_("简介"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("一两句话说清是什么、给谁用，列表里就显示这一段。最多 300 字。"),
        )  # fmt: skip
        for field in kind.fields:
            self.fields[field.id] = control_of(field)
        self.fields["note"] = TextField(
            open=False, label=_("这一版改了什么"), max_length=500,
            help_text=_("审核人和公众都看得到。第一版可以不写。"),
        )  # fmt: skip

    def sections(self) -> Iterator[tuple[Text, list[forms.BoundField], list[forms.BoundField]]]:
        """The fields of the kind by their sections, in the order of the policy: those that need a
        line of their own, and the short ones that stand beside each other."""
        for id, name in policy().pool.sections.items():
            rows = [self[field.id] for field in self.kind.fields if field.rule.section == id]
            short = [row for row in rows if isinstance(row.field, NumberField | DayField)]
            if rows:
                yield name, [row for row in rows if row not in short], short

    def sound(self) -> dict[str, Any]:
        """What can be kept: name and introduction if they are given, the fields without a fault."""
        self.is_valid()
        typed = self.cleaned_data
        kept: dict[str, Any] = {
            "content": {
                field.id: json_entry(typed[field.id] or None)
                if typed[field.id] in ("", []) else json_entry(typed[field.id])
                for field in self.kind.fields if field.id in typed
            }
        }  # fmt: skip
        if typed.get("name"):
            kept["name"] = typed["name"]
        for name in ("summary", "note"):
            if name in typed:
                kept[name] = typed[name] or ""
        return kept


def _industry_choices() -> Choices:
    groups: dict[str, list[tuple[str, str]]] = {}
    for each in policy().sub_industries.values():
        groups.setdefault(said(each.chain), []).append((each.id, said(each.name)))
    return [("", _("请选择")), *groups.items()]


def _scenario_choices() -> Choices:
    return [("", _("请选择")), *((each.id, said(each.text)) for each in scenarios().values())]


def _level_choices() -> Choices:
    return [("", _("请选择")), *((str(level), said(level_name(level))) for level in LEVELS)]


class UseForm(RowForm):
    """One use: in a sub-industry, a scenario, to a level."""

    prefix = "use"
    needed = weighs = ("sub_industry", "scenario", "level")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        natures: Choices = [(id, said(text)) for id, text in NATURES.items()]
        common: dict[str, Any] = {"required": False, "open": True}
        self.fields["sub_industry"] = OneOfField(
            label=_("细分行业"), choices=_industry_choices(), **common
        )
        self.fields["scenario"] = OneOfField(
            label=_("应用场景"), choices=_scenario_choices(), **common
        )
        self.fields["level"] = OneOfField(
            label=_("达到等级"), choices=_level_choices(), reads=int, **common
        )
        self.fields["nature"] = OneOfField(label=_("场景性质"), choices=natures, **common)

    def use(self) -> Use:
        """The use as typed; only of a valid form."""
        typed = self.cleaned_data
        return Use(
            typed["sub_industry"], typed["scenario"], typed["level"], typed["nature"] or "common"
        )


class LineForm(RowForm):
    """One line of the itemised standard prices."""

    prefix = "line"
    needed = ("text", "cost_class", "unit", "quantity", "price_fen", "days")
    weighs = ("text", "cost_class", "unit", "price_fen", "days", "scenario", "level")

    text = forms.CharField(label=gettext_lazy("服务内容"), max_length=200, required=False)
    unit = forms.CharField(
        label=gettext_lazy("单位"), max_length=20, required=False,
        help_text=gettext_lazy("如套、点、人天"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        common: dict[str, Any] = {"required": False, "open": True}
        costs: Choices = [(id, said(text)) for id, text in policy().pool.costs.items()]
        pieces, days = Measure(Text("", ""), 0, ""), Measure(Text("工作日", "working days"), 0, "")
        self.fields["cost_class"] = OneOfField(
            label=_("费用类别"), choices=[("", _("请选择")), *costs], **common
        )
        self.fields["quantity"] = NumberField(
            pieces, 1, 99_999, label=_("数量"), initial=1, **common
        )
        self.fields["price_fen"] = NumberField(YUAN, 0, 10**13, label=_("标准单价"), **common)
        self.fields["days"] = NumberField(days, 0, 720, label=_("工期"), **common)
        later: dict[str, Any] = {"required": False, "open": False}
        self.fields["scenario"] = OneOfField(
            label=_("对应场景"), choices=_scenario_choices(), **later
        )
        self.fields["level"] = OneOfField(
            label=_("达到等级"), choices=_level_choices(), reads=int, **later
        )
        for name in ("text", "unit"):
            self.fields[name].open = True  # type: ignore[attr-defined]
        self.order_fields(("text", "cost_class", "quantity", "unit", "price_fen", "days"))

    def line(self) -> Line:
        """The line as typed; only of a valid form."""
        typed = self.cleaned_data
        return Line(
            text=typed["text"],
            cost_class=typed["cost_class"],
            unit=typed["unit"],
            quantity=typed["quantity"],
            price_fen=typed["price_fen"],
            days=typed["days"],
            scenario=typed["scenario"] or "",
            level=typed["level"],
        )


class LinkForm(RowForm):
    """One link to another entry, by the address of its page."""

    prefix = "link"
    needed = ("how", "target")

    def __init__(self, kind: EntryKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways: Choices = [(id, said(_HOW[id])) for id in kind.links]
        self.fields["how"] = OneOfField(
            label=_("关联性质"), choices=[("", _("请选择")), *ways], required=False, open=True
        )
        self.fields["target"] = forms.CharField(
            label=_("条目地址"), max_length=200, required=False,
            help_text=_("粘贴那个条目页面的地址，如 /catalogue/platform-1234/。"),
        )  # fmt: skip
        self.fields["target"].open = True  # type: ignore[attr-defined]

    def link(self) -> tuple[str, str]:
        """The kind of link and the slug; only of a valid form."""
        slug = self.cleaned_data["target"].split("?")[0].strip().rstrip("/").rpartition("/")[2]
        return self.cleaned_data["how"], slug


def how_name(link: str) -> Text:
    """A kind of link in words."""
    return _HOW.get(link, Text(link, link))
