"""Tags and filters of our templates: how amounts, dates, codes, texts and pictures are written.

Every filter takes None for "nothing recorded" and writes an em dash, never a made-up zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxSelectMultiple, RadioSelect
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from dengta.core import money
from dengta.core.flow import Step
from dengta.core.shapes import Text
from dengta.core.wording import said_month
from dengta.web import charts

register = template.Library()

NOTHING = "—"
# Every word of mood that flows, indicators, verdicts and messages use, as one of our five tones.
TONES: Mapping[str, str] = {
    "good": "good", "green": "good", "success": "good", "yes": "good",
    "wait": "wait", "yellow": "wait", "warning": "wait", "unknown": "wait",
    "bad": "bad", "red": "bad", "error": "bad", "no": "bad", "danger": "bad",
    "quiet": "quiet", "grey": "quiet", "draft": "quiet", "debug": "quiet",
    "river": "river", "info": "river", "primary": "river",
}  # fmt: skip
TONE_ICONS: Mapping[str, str] = {
    "good": "yes", "wait": "clock", "bad": "warning", "quiet": "light-quiet", "river": "info",
}  # fmt: skip
LIGHT_ICONS: Mapping[str, str] = {
    "good": "light-good", "wait": "light-wait", "bad": "light-bad", "quiet": "light-quiet",
    "river": "info",
}  # fmt: skip


def _language() -> str:
    return get_language() or "zh-hans"


def _english() -> bool:
    return _language().startswith("en")


@register.filter
def said(text: object) -> str:
    """A `Text` in the language of the page; anything else as it is."""
    if text is None:
        return ""
    return text.said(_language()) if isinstance(text, Text) else str(text)


@register.filter
def number(value: int | None) -> str:
    """A count with thousands separated: 12,345."""
    return NOTHING if value is None else f"{value:,}"


@register.filter
def number_or_text(value: object) -> str:
    """A count with separators, a text as it is."""
    return number(value) if isinstance(value, int) else said(value)


@register.filter
def yuan(fen: int | None) -> str:
    """An amount of fen to the last 分: 1,234.56 元."""
    return NOTHING if fen is None else _("%(amount)s 元") % {"amount": money.yuan(fen)}


@register.filter
def wan(fen: int | None) -> str:
    """An amount of fen in 万元, as people speak of it."""
    return NOTHING if fen is None else said(money.wan(fen))


@register.filter
def in_yuan(fen: int | None) -> str:
    """An amount in a column headed 元, exact to the 分: 1,234.56.

    Of money in tables: one table is in one unit, which stands in its heading. What people check
    against paper (a payment, an invoice, an account, a case) is exact, in 元 (`in_yuan`); overviews
    and sums of many are in 万元 with two places (`in_wan`; `unit_wan` for the heading).
    """
    return NOTHING if fen is None else money.yuan(fen)


@register.filter
def in_wan(fen: int | None) -> str:
    """An amount in a column headed 万元, two places, half up: 12.35; English: whole yuan."""
    if fen is None:
        return NOTHING
    sign, size = "-" if fen < 0 else "", abs(fen)
    if _english():
        return f"{sign}{(size + 50) // 100:,}"
    hundredths = (size + 5_000) // 10_000
    return f"{sign}{hundredths // 100:,}.{hundredths % 100:02d}"


@register.simple_tag
def unit_wan() -> str:
    """The unit of a column of `in_wan`, behind its heading."""
    return " (CNY)" if _english() else "（万元）"


@register.simple_tag
def unit_yuan() -> str:
    """The unit of a column of `in_yuan`, behind its heading."""
    return " (CNY)" if _english() else "（元）"


@register.simple_tag
def exact(fen: int | None) -> str:
    """An amount at a glance; where that leaves out 分, it opens to them when tapped (no script)."""
    if fen is None:
        return NOTHING
    if (glance := at_a_glance(fen)) is None:
        return wan(fen)
    return format_html(
        '<details class="exact"><summary>{}</summary><span>{}</span></details>', glance, yuan(fen)
    )


def at_a_glance(fen: int) -> str | None:
    """万元 with two places, half up (English: whole yuan); None where the short form is exact."""
    if abs(fen) < 1_000_000 or money.wan(fen).zh.endswith(("万元", "亿元")):
        return None
    sign = "-" if fen < 0 else ""
    return f"{sign}CNY {in_wan(abs(fen))}" if _english() else f"{in_wan(fen)}万元"


@register.filter
def percent(bps: int | None) -> str:
    """Basis points as per cent, without needless zeros: 1250 -> 12.5%."""
    return NOTHING if bps is None else money.rate(bps).replace(" ", "")


@register.filter
def date_zh(day: dt.date | dt.datetime | None) -> str:
    """A day in full: 2026年4月1日, in English 1 April 2026."""
    if day is None:
        return NOTHING
    if isinstance(day, dt.datetime):
        day = timezone.localtime(day).date() if timezone.is_aware(day) else day.date()
    if _english():
        return formats.date_format(day, "j F Y")
    return f"{day.year}年{day.month}月{day.day}日"


@register.filter
def month(day: dt.date | None) -> str:
    """The month of a day: 2026年4月, in English April 2026."""
    return NOTHING if day is None else said(said_month(day))


@register.filter
def moment(at: dt.datetime | None) -> str:
    """A day and a time: 2026年4月1日 14:05."""
    if at is None:
        return NOTHING
    local = timezone.localtime(at) if timezone.is_aware(at) else at
    return f"{date_zh(local.date())} {local:%H:%M}"


@register.filter
def iso(at: dt.date | dt.datetime | None) -> str:
    """A day or a moment as machines read it, for `<time datetime>`."""
    return "" if at is None else at.isoformat()


@register.filter
def workdays(count: int | None) -> str:
    """A number of working days, sign left out: 2 个工作日."""
    if count is None:
        return NOTHING
    size = abs(count)
    return ngettext("%(count)d 个工作日", "%(count)d 个工作日", size) % {"count": size}


@register.filter
def uscc(code: str | None) -> str:
    """统一社会信用代码 in its four parts (2, 6, 9, 1) for the eye; copied, it is one word."""
    if not code:
        return NOTHING
    parts = ((part,) for part in (code[:2], code[2:8], code[8:17], code[17:]) if part)
    return format_html(
        '<span class="uscc">{}</span>', format_html_join("", "<span>{}</span>", parts)
    )


@register.filter
def short_place(name: object) -> str:
    """The everyday name of a division, for a tile: 武汉市 -> 武汉, 恩施土家族苗族自治州 -> 恩施."""
    text = said(name)
    if _english():
        return text.split(" ")[0]
    if text.endswith("自治州"):
        return text[:2]
    for ending in ("林区", "市", "州"):
        if len(text) > len(ending) + 1 and text.endswith(ending):
            return text.removesuffix(ending)
    return text


@register.filter
def tone(word: str | None) -> str:
    """One of our five tones (good, wait, bad, river, quiet) for any word of mood."""
    return TONES.get((word or "").split(" ")[0], "river")


@register.filter
def tone_class(word: str | None) -> str:
    """The CSS class of a tone."""
    return f"tone-{tone(word)}"


@register.filter
def tone_icon(word: str | None) -> str:
    """The icon that says the tone without its colour."""
    return TONE_ICONS[tone(word)]


@register.filter
def light_icon(word: str | None) -> str:
    """The icon of an indicator light: each light has its own shape."""
    return LIGHT_ICONS[tone(word)]


@register.filter
def light_word(word: str | None) -> str:
    """The word of an indicator light."""
    return {
        "good": _("达到进度"), "wait": _("略有落后"), "bad": _("明显落后"),
        "quiet": _("暂无数据"), "river": _("进行中"),
    }[tone(word)]  # fmt: skip


@register.filter
def verdict_word(outcome: str) -> str:
    """The answer of a verdict in words."""
    return {"yes": _("符合条件"), "no": _("暂不符合"), "unknown": _("待补充后判断")}[outcome]


@register.filter
def clause_word(outcome: str) -> str:
    """The answer of one clause in words."""
    return {"yes": _("满足"), "no": _("未满足"), "unknown": _("待补充")}[outcome]


@register.filter
def outcome_icon(outcome: str) -> str:
    """The icon of yes, no or unknown."""
    return outcome if outcome in {"yes", "no"} else "unknown"


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One picture of the sprite; hidden from readers unless `label` gives it a meaning."""
    place = static("dengta/icons.svg")
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            label,
            place,
            name,
        )
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        place,
        name,
    )


@register.simple_tag
def control(field: BoundField, **extra: Any) -> SafeString:
    """The input of a form field with our classes and with its help and errors tied to it."""
    widget = field.field.widget
    kind = getattr(widget, "input_type", "")
    classes = {"select": "form-select", "checkbox": "form-check-input", "radio": "form-check-input"}
    attrs: dict[str, Any] = {"class": classes.get(kind, "form-control"), **extra}
    if written := widget.attrs.get("class"):
        attrs["class"] = f"{attrs['class']} {written}"
    described = [f"{field.auto_id}_help"] if field.help_text else []
    if field.errors:
        described.append(f"{field.auto_id}_error")
        attrs["aria-invalid"] = "true"
        attrs["class"] += " is-invalid"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attrs)


@register.simple_tag
def choice_kind_of(field: BoundField) -> str:
    """How a field is laid out: choices | file | check | hidden | plain."""
    kind = getattr(field.field.widget, "input_type", "")
    if field.is_hidden:
        return "hidden"
    if isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple):
        return "choices"
    return {"file": "file", "checkbox": "check"}.get(kind, "plain")


@register.filter
def widget_attr(field: BoundField, name: str) -> str:
    """An attribute of a field's widget, empty when not set."""
    return str(field.field.widget.attrs.get(name, ""))


@register.filter
def has_attr(field: BoundField, name: str) -> bool:
    """Whether a field's widget has an attribute, even an empty one."""
    return name in field.field.widget.attrs


@register.simple_tag
def any_reason(steps: Iterable[Step]) -> str:
    """The names of the steps that need a note, for the note's label; empty when none does."""
    return "”“".join(said(step.name) for step in steps if step.reason)


@register.simple_tag
def page_numbers(page: Page[Any]) -> list[int | None]:
    """The page numbers to show: first, last and the neighbours; None where some are left out."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return [number if isinstance(number, int) else None for number in numbers]


@register.simple_tag
def money_parts(amounts: Mapping[str, int]) -> list[dict[str, Any]]:
    """The parts of a money bar in their order: paid, reserved, available."""
    return [
        {"amount": amounts["paid"], "tone": "paid"},
        {"amount": amounts["reserved"], "tone": "held"},
        {"amount": amounts["available"], "tone": "free"},
    ]


@register.simple_tag
def tile_places(tiles: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The tiles with col and row counted from 1, in reading order (row by row)."""
    known = list(tiles)
    left = min((tile["col"] for tile in known), default=1) - 1
    top = min((tile["row"] for tile in known), default=1) - 1
    placed = [{**tile, "col": tile["col"] - left, "row": tile["row"] - top} for tile in known]
    return sorted(placed, key=lambda tile: (tile["row"], tile["col"]))


@register.simple_tag
def level_tower(step: int, top: int, reached: bool) -> SafeString:
    """One step of the lighthouse (1 at the bottom); `reached` steps are built, others outlined."""
    return mark_safe(charts.tower(step, top, reached))


@register.simple_tag
def level_bars(now: int, before: int | None = None, top: int = 4) -> SafeString:
    """The 0 to `top` bars of a scenario; with `before`, the bars gained since are lit."""
    return mark_safe(charts.bars(now, before, top))


@register.simple_tag
def radar(axes: list[Mapping[str, Any]], title: str) -> SafeString:
    """A radar of `axes` [{label, value, max, before?}]; its table stands beneath (chart_radar)."""
    shapes = [charts.Axis.of(axis, said(axis["label"])) for axis in axes]
    return mark_safe(charts.radar(shapes, said(title)))


@register.simple_tag
def share_bar(parts: list[Mapping[str, Any]], total: int) -> SafeString:
    """One bar cut into `parts` [{amount, tone}] of `total`, as SVG."""
    return mark_safe(charts.share_bar([(int(p["amount"]), str(p["tone"])) for p in parts], total))


@register.simple_tag
def chart_top(chart: Mapping[str, Any]) -> int:
    """What a full bar of a bar chart means: its total, else its largest value."""
    largest = max((row["value"] or 0 for row in chart["rows"]), default=0)
    return int(chart.get("total") or largest)


@register.simple_tag
def bar(row: Mapping[str, Any], top: int) -> SafeString:
    """The bar of one row of a bar chart, as SVG."""
    parts = [(row["value"] or 0, tone(row.get("tone")))]
    return mark_safe(charts.share_bar(parts, top))


@register.simple_tag
def indicator_bar(row: Any) -> SafeString:
    """Actual of amount, with a mark where it should be by now; `row` a dict or a Progress."""

    def get(name: str) -> Any:
        return row.get(name) if isinstance(row, Mapping) else getattr(row, name)

    return mark_safe(
        charts.progress_bar(
            get("actual") or 0, get("expected") or 0, get("amount"), tone(get("light"))
        )
    )


@register.simple_tag
def trend_top(chart: Mapping[str, Any]) -> int:
    """The number at the top of a trend's scale."""
    return charts.ceiling_of([chart["target"], *(point["value"] for point in chart["points"])])


@register.simple_tag
def trend(chart: Mapping[str, Any]) -> SafeString:
    """Measured points against the expected line; see chart_trend for the shape of `chart`."""
    return mark_safe(charts.trend(chart))


@register.filter
def sent_by(typed: Mapping[str, str], on: object) -> bool:
    """Whether what was typed came from the form about one row (`on` its number, None for the form
    about none), so that this form alone shows it again."""
    return bool(typed) and typed.get("on", "") == str(on or "")
