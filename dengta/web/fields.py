"""Form fields from the vocabulary: what is typed becomes the fact, or is refused with the mend.

Numbers are typed as people speak of them (万元, 元, per cent), kept as integers (分, basis points).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dengta.core.shapes import Fact, FactValue, Policy, Text
from dengta.core.wording import said_day
from dengta.registry.actions import Refused
from dengta.registry.queries import choosable_regions, divisions, policy, region_name
from dengta.trail.actions import StepRefused
from dengta.web.frame import said

IN_YUAN = frozenset({"cloud_spend_fen", "vouchers_this_year_fen"})
"""Amounts that stand on invoices and vouchers: typed in 元. All other money is typed in 万元."""

NONE = "none"
"""The choice that says `none of these` of a set, which is an answer, unlike leaving it open."""

_NUMBER = re.compile(r"(-?)([0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.([0-9]{1,9}))?")
Choices = list[tuple[str, Any]]


def shown(value: object) -> str:
    """What was typed, in quotes and not too long, for a message."""
    text = str(value)
    return f"“{text if len(text) <= 40 else text[:40] + '…'}”"


def at_field(form: forms.Form, refused: Refused | StepRefused) -> None:
    """Show why a form was refused at the field that has to be mended, at its head where the reason
    names none."""
    form.add_error(refused.field if refused.field in form.fields else None, said(refused.text))


@dataclass(frozen=True, slots=True)
class Measure:
    """How a number is typed: its unit, and the decimal places that reach the unit of the record."""

    unit: Text
    places: int
    suffix: str


WAN = Measure(Text("万元", "10,000 yuan"), 6, "wan")
YUAN = Measure(Text("元", "yuan"), 2, "yuan")
PERCENT = Measure(Text("%", "%"), 2, "percent")


def measure(fact: Fact) -> Measure:
    """How a number of the vocabulary is typed."""
    if fact.type == "fen":
        return YUAN if fact.id in IN_YUAN else WAN
    if fact.type == "bps":
        points = Measure(Text("分", "points"), 2, "points")
        return PERCENT if fact.unit.zh in ("", "基点") else points
    return Measure(fact.unit, 0, "")


def parameter(fact: Fact) -> str:
    """A fact's name in an address, with its unit: `revenue_wan`, `cloud_spend_yuan`."""
    stem = fact.id.removesuffix("_fen").removesuffix("_bps")
    suffix = measure(fact).suffix
    return f"{stem}_{suffix}" if suffix else fact.id


class _Asked:
    """What the fields share: `open` ones may be left empty without being marked as optional."""

    default_error_messages: ClassVar[Any] = {"required": gettext_lazy("还没有填写，请补上。")}
    label: Any
    open: bool

    def blank(self, value: object) -> bool:
        return self.open and (value is None or value in ("", []))


class NumberField(_Asked, forms.CharField):
    """A number typed in the unit of its measure, kept as an integer (分, basis points, pieces)."""

    def __init__(
        self, measure: Measure, low: int, high: int, *, open: bool = False, **kwargs: Any
    ) -> None:
        attrs = {
            "inputmode": "decimal" if measure.places else "numeric",
            "autocomplete": "off",
            "data-unit": said(measure.unit),
        }
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(**kwargs)
        self.measure, self.low, self.high, self.open = measure, low, high, open

    def written(self, number: int) -> str:
        """An integer of the record as it is typed: 123_000_000 fen is `123` in 万元."""
        scale = 10**self.measure.places
        whole, rest = divmod(abs(number), scale)
        decimals = f".{rest:0{self.measure.places}d}".rstrip("0") if rest else ""
        return f"{'-' if number < 0 else ''}{whole}{decimals}"

    def prepare_value(self, value: Any) -> Any:
        """Initial values are integers of the record; what was typed stays as typed."""
        return self.written(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        """The integer. ValidationError naming field, value and mend."""
        if self.blank(value):
            return None
        text = super().clean(value)
        if not text:
            return None
        names = {"field": self.label, "value": shown(text), "unit": said(self.measure.unit)}
        typed = unicodedata.normalize("NFKC", text).replace(" ", "").replace("，", ",")
        found = _NUMBER.fullmatch(typed)
        places = self.measure.places
        if found is None or len(found[3] or "") > places:
            raise ValidationError(self._no_number(bool(found)) % (names | {"places": places}))
        sign, whole, decimals = found.groups()
        number: int = int(whole.replace(",", "")) * 10**places
        number += int((decimals or "").ljust(places, "0") or "0")
        number = -number if sign else number
        if not self.low <= number <= self.high:
            limits = {"low": self._limit(self.low), "high": self._limit(self.high)}
            raise ValidationError(self._beyond() % (names | limits))
        return number

    def _beyond(self) -> str:
        if self.low == 1 and self.measure.places:  # anything above nothing, were it one 分
            return _("%(field)s不能是%(value)s，请填大于 0、不超过 %(high)s %(unit)s的数字。")
        return _("%(field)s不能是%(value)s，请填 %(low)s 至 %(high)s %(unit)s之间的数字。")

    def _limit(self, number: int) -> str:
        whole, point, decimals = self.written(abs(number)).partition(".")
        return f"{'-' if number < 0 else ''}{int(whole):,}{point}{decimals}"

    def _no_number(self, is_number: bool) -> str:
        if is_number and not self.measure.places:
            return _("%(field)s%(value)s不是整数，请去掉小数部分。")
        if is_number:
            return _("%(field)s%(value)s的小数太长，以%(unit)s为单位最多 %(places)s 位小数。")
        if self.measure.places:
            return _("%(field)s%(value)s不是数字，请以%(unit)s为单位填写，如 1250.5。")
        return _("%(field)s%(value)s不是整数，请只填数字，如 120。")


class DayField(_Asked, forms.CharField):
    """A day, typed or picked; `latest` is the last day that can be right."""

    def __init__(self, *, latest: dt.date | None = None, open: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}))
        super().__init__(**kwargs)
        self.latest, self.open = latest, open

    def clean(self, value: Any) -> dt.date | None:
        """The date. ValidationError naming field, value and mend."""
        if self.blank(value):
            return None
        text = super().clean(value)
        if not text:
            return None
        names = {"field": self.label, "value": shown(text)}
        try:
            day = dt.date.fromisoformat(
                unicodedata.normalize("NFKC", text).replace("/", "-").replace(".", "-")
            )
        except ValueError as unreadable:
            raise ValidationError(
                _("%(field)s%(value)s不是日期，请按 2015-06-30 的样子填写。") % names
            ) from unreadable
        if self.latest is not None and day > self.latest:
            raise ValidationError(
                _("%(field)s%(value)s晚于 %(latest)s，请核对年份。")
                % (names | {"latest": said(said_day(self.latest))})
            )
        if day.year < 1800:
            raise ValidationError(_("%(field)s%(value)s太早，请核对年份。") % names)
        return day


class MonthField(forms.RegexField):
    """A month, picked or typed as 2026-01; its first day."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"type": "month"}))
        missing = {
            "required": _("请选择月份。"),
            "invalid": _("月份写法不对，请写成 2026-01 这样。"),
        }
        super().__init__(r"^20[0-9]{2}-(0[1-9]|1[0-2])$", error_messages=missing, **kwargs)

    def clean(self, value: Any) -> dt.date:
        """The first day of the month."""
        return dt.date.fromisoformat(f"{super().clean(value)}-01")


class MomentField(forms.CharField):
    """A day and a time of the server's clock, typed or picked."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        kwargs.setdefault("widget", widget)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> dt.datetime | None:
        """The moment, aware. ValidationError naming field, value and mend."""
        text = super().clean(value)
        if not text:
            return None
        typed = unicodedata.normalize("NFKC", text).replace("/", "-").replace(" ", "T", 1)
        try:
            moment = dt.datetime.fromisoformat(typed)
        except ValueError as unreadable:
            raise ValidationError(
                _("%(field)s%(value)s不是时间，请按 2026-06-30 18:00 的样子填写。")
                % {"field": self.label, "value": shown(text)}
            ) from unreadable
        return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


class OneOfField(_Asked, forms.ChoiceField):
    """One choice of a list; `reads` turns the choice into the fact."""

    def __init__(
        self, *, reads: Callable[[str], FactValue] = str, open: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.reads, self.open = reads, open

    def clean(self, value: Any) -> Any:
        """The fact. ValidationError naming field, value and mend."""
        if self.blank(value):
            return None
        chosen = super().clean(value)
        return self.reads(chosen) if chosen else None

    def validate(self, value: Any) -> None:
        """Refuse what is not in the list, by name."""
        forms.Field.validate(self, value)
        if value and not self.valid_value(value):
            raise ValidationError(
                _("%(field)s没有%(value)s这个选项，请从列表中选择。")
                % {"field": self.label, "value": shown(value)}
            )


class SomeOfField(_Asked, forms.MultipleChoiceField):
    """Several choices, or `none of these`; nothing ticked is no answer."""

    def __init__(self, *, elements: Mapping[str, str], open: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.elements, self.open = elements, open
        self.offer(elements)

    def offer(self, some: Container[str]) -> None:
        """Offer some of the elements only, and `none of these`."""
        kept = [(id, label) for id, label in self.elements.items() if id in some]
        self.choices = [*kept, (NONE, _("都没有"))]

    def clean(self, value: Any) -> frozenset[str] | None:
        """The set, empty for `none of these`. ValidationError naming field, value and mend."""
        if self.blank(value):
            return None
        chosen = frozenset(super().clean(value))
        if NONE in chosen and len(chosen) > 1:
            raise ValidationError(
                _("%(field)s里勾了“都没有”，又勾了别的。请只留一种。") % {"field": self.label}
            )
        return chosen - {NONE}

    def validate(self, value: Any) -> None:
        """Refuse what is not in the list, by name."""
        forms.Field.validate(self, value)
        for one in value:
            if not self.valid_value(one):
                raise ValidationError(
                    _("%(field)s没有%(value)s这个选项，请从列表中选择。")
                    % {"field": self.label, "value": shown(one)}
                )


class Ticks(forms.CheckboxSelectMultiple):
    """Tick boxes of which one, `none of these`, clears the others."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Mark the exclusive one for the script."""
        option: dict[str, Any] = super().create_option(*args, **kwargs)
        if option["value"] == NONE:
            option["attrs"]["data-exclusive"] = ""
        return option


def faults(form: forms.Form) -> Iterator[str]:
    """What is to be mended in a form, each with the field it belongs to."""
    for name, errors in form.errors.items():
        label = str(form.fields[name].label) if name in form.fields else ""
        between = _("：") if label else ""
        for error in map(str, errors):
            yield error if label and error.startswith(label) else f"{label}{between}{error}"


def industry_choices() -> Choices:
    """GB/T 4754 divisions under their sections; where sizes differ within one, its parts too, and
    the parts that are sub-industries of the province."""
    finer: dict[str, Text] = {}
    for row in policy().size_rows:
        finer |= {prefix: row.name for prefix in row.prefixes if len(prefix) > 2}
    for one in policy().sub_industries.values():
        finer |= {prefix: one.name for prefix in one.codes if len(prefix) > 2}
    parts: dict[str, list[tuple[str, str]]] = {}
    for prefix, name in sorted(finer.items()):
        parts.setdefault(prefix[:2], []).append((prefix, f"{prefix} {said(name)}"))
    groups: dict[str, list[tuple[str, str]]] = {}
    for code, industry in policy().industries.items():
        rows = groups.setdefault(industry.section, [])
        rows.append((code, f"{code} {said(industry.name)}"))
        rows.extend(parts.get(code, ()))
    sections = policy().sections
    return [("", _("请选择"))] + [
        (f"{section} {said(sections[section])}", rows) for section, rows in groups.items()
    ]


def county_choices() -> Choices:
    """Counties under their divisions, and divisions that have none, for a grouped select."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for region in choosable_regions():
        above = region.parent if region.level == "county" else region.code
        groups.setdefault(above, []).append((region.code, said(region.name)))
    return [("", _("请选择"))] + [
        (said(region_name(code)), sorted(groups[code])) for code in sorted(groups)
    ]


def division_choices() -> Choices:
    """The divisions of the province."""
    return [("", _("请选择"))] + [(region.code, said(region.name)) for region in divisions()]


def field_of(fact: Fact, *, latest: dt.date | None = None) -> forms.Field:
    """An open field for one fact of the vocabulary. `latest` is the last day a date can be."""
    common: dict[str, Any] = {"label": said(fact.term), "help_text": _help(fact), "open": True}
    if fact.type in ("integer", "fen", "bps"):
        if fact.id == "digital_level":
            return _level(common)
        low = 0 if fact.low is None else fact.low
        high = 10**17 if fact.high is None else fact.high
        return NumberField(measure(fact), low, high, **common)
    if fact.type == "date":
        return DayField(latest=latest, **common)
    if fact.type == "bool":
        choices = [("yes", _("是")), ("no", _("否"))]
        return OneOfField(
            choices=choices, widget=forms.RadioSelect, reads=lambda v: v == "yes", **common
        )
    if fact.type == "set":
        elements = {id: said(text) for id, text in fact.values.items()}
        return SomeOfField(elements=elements, widget=Ticks, **common)
    if fact.codes == "region":
        return OneOfField(choices=division_choices(), **common)
    if fact.codes == "industry":
        return OneOfField(choices=industry_choices(), **common)
    if fact.values:
        options = [(id, said(text)) for id, text in fact.values.items()]
        return OneOfField(choices=[("", _("请选择")), *options], **common)
    common.pop("open")
    return forms.CharField(required=False, max_length=120, **common)


def _help(fact: Fact) -> str:
    """The vocabulary's help, but for what is asked otherwise than it is recorded.

    Codes are chosen from lists; the help of a rate ends by speaking of basis points.
    """
    if fact.codes == "region":
        return _("企业注册地所在的市州。")
    if fact.codes == "industry":
        return _("以收入最多的业务为准。选中列表后输入两位代码，可直接定位。")
    if fact.id == "digital_level":
        return _("最近一次有效测评的等级；没有测评过就不选。")
    if fact.type != "bps":
        return said(fact.help)
    zh, en = fact.help.zh.rpartition("，")[0], fact.help.en.rpartition(";")[0]
    return said(Text(f"{zh}。", f"{en}.")) if zh and en else said(fact.help)


def _level(common: Mapping[str, Any]) -> OneOfField:
    """The digital level by its name; not assessed is left open."""
    levels = [("0", _("未达一级"))] + [
        (str(n), _("%(level)s 级") % {"level": n}) for n in range(1, 5)
    ]
    return OneOfField(choices=[("", _("没有测评或不清楚")), *levels], reads=int, **common)


class RowForm(forms.Form):
    """One row among rows: typed as a whole, or left empty and passed over."""

    use_required_attribute = False
    needed: tuple[str, ...] = ()
    weighs: tuple[str, ...] = ()  # fields by which a row counts as begun; empty: any of them
    lacking: Any = gettext_lazy("这一行还差这一项。")

    @property
    def typed(self) -> bool:
        """Whether it was begun."""
        names = self.weighs or self.fields
        return any(str(self.data.get(self.add_prefix(name), "")).strip() for name in names)

    def clean(self) -> dict[str, Any]:
        """A row that was begun has all that it needs."""
        for name in self.needed if self.typed else ():
            if self.cleaned_data.get(name) in (None, "") and not self.has_error(name):
                self.add_error(name, str(self.lacking))
        return self.cleaned_data


class FactForm(forms.Form):
    """A form over facts of the vocabulary; wrong ones are said, the others count."""

    use_required_attribute = False

    def __init__(
        self, facts: Iterable[str], *args: Any, latest: dt.date | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        known: Policy = policy()
        self.facts = {parameter(known.facts[id]): known.facts[id] for id in facts}
        for name, fact in self.facts.items():
            self.fields[name] = field_of(fact, latest=latest)

    def given(self) -> dict[str, FactValue]:
        """The facts that could be read; what is open or wrong is absent."""
        self.is_valid()
        values = ((fact.id, self.cleaned_data.get(name)) for name, fact in self.facts.items())
        return {id: value for id, value in values if value not in (None, "")}
