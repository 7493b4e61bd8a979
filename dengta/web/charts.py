"""Pictures drawn on the server: SVG from plain numbers; colours are the style sheet's.

Coordinates may be floats: they decide nothing. Widths are per cent of the place given, so that
a chart fits a phone, and words stand beside the picture in HTML where their size does not shrink.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.html import escape

TONES = frozenset({"paid", "held", "free", "over", "river", "good", "wait", "bad", "quiet"})


@dataclass(frozen=True, slots=True)
class Axis:
    """One spoke of a radar: `value` and `before` lie between 0 and `top`."""

    label: str
    value: float
    top: float
    before: float | None = None

    @classmethod
    def of(cls, axis: Mapping[str, Any], label: str) -> Axis:
        """From {value, max, before?}; numbers or decimal texts."""
        before = axis.get("before")
        return cls(
            label,
            float(axis["value"]),
            float(axis["max"]),
            None if before is None else float(before),
        )


def tower(step: int, top: int, reached: bool) -> str:
    """One step of the lighthouse in a box of 100 by 100 that stretches with its row."""
    low, high = 46 - (step - 1) * 30 / top, 46 - step * 30 / top
    points = f"{50 - high:.1f},1 {50 + high:.1f},1 {50 + low:.1f},100 {50 - low:.1f},100"
    state = "built" if reached else "planned"
    shade = "even" if step % 2 == 0 else "odd"
    return (
        '<svg class="tower" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">'
        f'<polygon class="{state} {shade}" points="{points}"/></svg>'
    )


def bars(now: int, before: int | None, top: int) -> str:
    """`top` rising bars: had, gained since, lost since, or empty."""
    width, out = top * 7 - 2, []
    for bar in range(1, top + 1):
        height = 6 + 14 * bar // top
        had = now if before is None else before
        kind = "had" if bar <= min(now, had) else "gain" if bar <= now else "lost"
        if bar > max(now, had):
            kind = "none"
        out.append(
            f'<rect class="{kind}" x="{(bar - 1) * 7}.5" y="{20 - height}.5" width="4" '
            f'height="{height}" rx="1"/>'
        )
    return f'<svg class="bars" viewBox="0 0 {width + 1} 21" aria-hidden="true">{"".join(out)}</svg>'


def radar(axes: Sequence[Axis], title: str) -> str:
    """Spokes from twelve o'clock, four rings, the shape of now and, dashed, the one before."""
    width, radius = 400, 108
    middle = (width / 2, radius + 34)
    count = len(axes)

    def at(index: int, share: float) -> tuple[float, float]:
        angle = -math.pi / 2 + 2 * math.pi * index / count
        return (
            middle[0] + radius * share * math.cos(angle),
            middle[1] + radius * share * math.sin(angle),
        )

    def ring(shares: Sequence[float], kind: str) -> str:
        places = [at(index, share) for index, share in enumerate(shares)]
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        return f'<polygon class="{kind}" points="{points}"/>'

    out = [ring([quarter / 4] * count, "ring") for quarter in (1, 2, 3, 4)]
    for index in range(count):
        x, y = at(index, 1)
        out.append(
            f'<line class="ring" x1="{middle[0]:.1f}" y1="{middle[1]:.1f}" '
            f'x2="{x:.1f}" y2="{y:.1f}"/>'
        )
    if any(axis.before is not None for axis in axes):
        out.append(ring([_share(axis.before or 0, axis.top) for axis in axes], "before"))
    out.append(ring([_share(axis.value, axis.top) for axis in axes], "now"))
    for index, axis in enumerate(axes):
        x, y = at(index, _share(axis.value, axis.top))
        out.append(f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
        out.append(_radar_label(axis, *at(index, 1.13), middle[0]))
    lowest = max(at(index, 1.13)[1] for index in range(count))
    return (
        f'<svg class="radar" viewBox="0 0 {width} {lowest + 26:.0f}" role="img" '
        f'aria-label="{escape(title)}">{"".join(out)}</svg>'
    )


def _share(value: float, top: float) -> float:
    """Of `top`, between 0 and 1; an empty axis counts as nothing."""
    return max(0.0, min(1.0, value / top)) if top else 0.0


def _radar_label(axis: Axis, x: float, y: float, middle: float) -> str:
    side = "middle" if abs(x - middle) < 4 else "start" if x > middle else "end"
    words = label_lines(axis.label)
    y -= 7.5 * (len(words) - 1)
    lines = "".join(
        f'<tspan x="{x:.1f}" dy="{0 if line == 0 else 15}">{escape(word)}</tspan>'
        for line, word in enumerate(words)
    )
    return f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="{side}">{lines}</text>'


def label_lines(label: str) -> list[str]:
    """A label in one line or two, so that it fits a phone: cut at a space, else in the middle."""
    width = sum(1.0 if ord(letter) > 0x2E80 else 0.55 for letter in label)
    if width <= 5 or (label.isascii() and " " not in label):
        return [label]
    middle = len(label) / 2
    spaces = [place for place, letter in enumerate(label) if letter == " "]
    cut = min(spaces, key=lambda place: abs(place - middle), default=math.ceil(middle))
    return [label[:cut], label[cut:].lstrip()]


def share_bar(parts: Sequence[tuple[int, str]], total: int) -> str:
    """One bar of `total`; parts side by side in their order, cut off at the end of the bar."""
    out, start = [], 0
    for amount, tone in parts:
        if tone not in TONES:
            raise ValueError(f"no such tone of a bar: {tone}")
        size = max(0, min(amount, total - start))
        if size:
            out.append(
                f'<rect class="part-{tone}" x="{_percent(start, total)}" '
                f'width="{_percent(size, total)}" height="100%"/>'
            )
        start += size
    return f'<svg class="share-bar" aria-hidden="true">{"".join(out)}</svg>'


def progress_bar(actual: int, expected: int, amount: int, tone: str) -> str:
    """How much of `amount` is there, in its tone, and a tick where it should be by now."""
    tick = _percent(min(expected, amount), amount)
    bar = share_bar([(min(actual, amount), tone)], amount)
    mark = f'<line class="due" x1="{tick}" y1="0" x2="{tick}" y2="100%"/>' if expected else ""
    return bar.replace("</svg>", f"{mark}</svg>")


def _percent(part: int, total: int) -> str:
    """A share as SVG per cent with two places; 0 of nothing."""
    hundredths = part * 10_000 // total if total else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def trend(chart: Mapping[str, Any]) -> str:
    """`points` [{at, value}] against the line from 0 at `start` to `target` at `due` (dates)."""
    start, due = chart["start"], chart["due"]
    days = max(1, (due - start).days)
    ceiling = ceiling_of([chart["target"], *(point["value"] for point in chart["points"])])

    def place(day: Any, value: int) -> tuple[str, str]:
        x = max(0, min(days, (day - start).days)) * 10_000 // days
        y = 10_000 - value * 10_000 // ceiling
        return f"{x // 100}.{x % 100:02d}%", f"{y // 100}.{y % 100:02d}%"

    def segment(kind: str, a: tuple[str, str], b: tuple[str, str]) -> str:
        return f'<line class="{kind}" x1="{a[0]}" y1="{a[1]}" x2="{b[0]}" y2="{b[1]}"/>'

    out = [
        f'<line class="ring" x1="0" y1="{level}%" x2="100%" y2="{level}%"/>'
        for level in (0, 50, 100)
    ]
    end = place(due, chart["target"])
    out.append(segment("expected", place(start, 0), end))
    places = [place(point["at"], point["value"]) for point in chart["points"]]
    out += [segment("actual", a, b) for a, b in pairwise(places)]
    out += [f'<circle class="point" cx="{x}" cy="{y}" r="4"/>' for x, y in places]
    out.append(f'<circle class="goal" cx="{end[0]}" cy="{end[1]}" r="6"/>')
    return f'<svg class="trend-plot" aria-hidden="true">{"".join(out)}</svg>'


def ceiling_of(values: Sequence[int]) -> int:
    """The smallest round number (1, 2 or 5 with zeros) that holds all `values`."""
    highest, scale = max(1, *values), 1
    while True:
        for round_number in (scale, 2 * scale, 5 * scale):
            if round_number >= highest:
                return round_number
        scale *= 10
