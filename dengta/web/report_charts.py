"""Pictures of a report, drawn on the server as `charts` draws: a firm among its peers, shares of
levels, what each level costs, the code to verify by."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import segno
from django.utils.html import escape

from dengta.core.money import wan
from dengta.core.shapes import Text

HEATS = 6


def _percent(part: Decimal | int, whole: Decimal | int) -> str:
    """A share as SVG per cent with two places, within 0 and 100."""
    hundredths = int(Decimal(part) * 10_000 / Decimal(whole)) if whole else 0
    hundredths = max(0, min(10_000, hundredths))
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def peer_scale(quartiles: Sequence[Decimal], mine: Decimal | None, full: int = 100) -> str:
    """A line from 0 to `full`: the box of the middle half, the median, and one firm's place."""
    low, middle, high = quartiles
    out = [
        '<line class="peer-line" x1="0" y1="50%" x2="100%" y2="50%"/>',
        f'<rect class="peer-box" x="{_percent(low, full)}" y="20%"'
        f' width="{_percent(high - low, full)}" height="60%"/>',
        f'<line class="peer-median" x1="{_percent(middle, full)}" y1="8%"'
        f' x2="{_percent(middle, full)}" y2="92%"/>',
    ]
    if mine is not None:
        out.append(f'<circle class="peer-mine" cx="{_percent(mine, full)}" cy="50%" r="6"/>')
    return f'<svg class="peer-scale" aria-hidden="true">{"".join(out)}</svg>'


def level_shares(counts: Sequence[int]) -> str:
    """One bar of all firms, cut by level from 0 up."""
    whole, start, out = sum(counts), 0, []
    for level, count in enumerate(counts):
        if count:
            out.append(
                f'<rect class="heat-{min(level, HEATS - 1)}" x="{_percent(start, whole)}" y="0"'
                f' width="{_percent(count, whole)}" height="100%"/>'
            )
        start += count
    return f'<svg class="level-shares" aria-hidden="true">{"".join(out)}</svg>'


def qr(address: str, label: str) -> str:
    """An address as a QR code."""
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        picture, kind="svg", border=2, xmldecl=False, svgns=False, omitsize=True,
        svgclass="qr-code", lineclass=None, light="#ffffff", dark="#1b2733",
    )  # fmt: skip
    drawn = picture.getvalue().decode().strip()
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)


def glance(fen: int) -> Text:
    """An amount as one speaks of it: exact where that is short, else 万元 with two places, half
    up."""
    exact = wan(fen)
    if fen < 1_000_000 or exact.zh.endswith(("万元", "亿元")):
        return exact
    hundredths = (fen + 5_000) // 10_000
    places = f".{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return Text(f"{hundredths // 100:,}{places}万元", f"CNY {(fen + 50) // 100:,}")


@dataclass(frozen=True, slots=True)
class Stand:
    """One point of the frontier: what a cost reaches; `mark` is now, best, end or empty. `share` is
    the score in basis points of the maximum."""

    cost_fen: int
    level: int
    share: int
    mark: str = ""


def frontier(stands: Sequence[Stand], top: int, ceiling: int, budget_fen: int | None) -> str:
    """Levels over cost as stairs, and the score as a line beside them, from nothing to `ceiling`;
    the budget is a line across.

    Heights are per cent, so words beside it can stand at the same heights.
    """
    out = [
        f'<line class="ring" x1="0" y1="{_percent(level, top)}" x2="100%"'
        f' y2="{_percent(level, top)}"/>'
        for level in range(top + 1)
    ]
    shown = [stand for stand in stands if stand.cost_fen <= ceiling]
    for before, after in pairwise(shown):
        x1, x2 = _percent(before.cost_fen, ceiling), _percent(after.cost_fen, ceiling)
        score = _percent(10_000 - before.share, 10_000), _percent(10_000 - after.share, 10_000)
        out.append(f'<line class="score" x1="{x1}" y1="{score[0]}" x2="{x2}" y2="{score[1]}"/>')
        level = _percent(top - before.level, top), _percent(top - after.level, top)
        out.append(f'<line class="stair" x1="{x1}" y1="{level[0]}" x2="{x2}" y2="{level[0]}"/>')
        if before.level != after.level:
            out.append(f'<line class="stair" x1="{x2}" y1="{level[0]}" x2="{x2}" y2="{level[1]}"/>')
    if budget_fen is not None and budget_fen <= ceiling:
        x = _percent(budget_fen, ceiling)
        out.append(f'<line class="budget" x1="{x}" y1="0" x2="{x}" y2="100%"/>')
    for stand in shown:
        if stand.mark:
            x, y = _percent(stand.cost_fen, ceiling), _percent(top - stand.level, top)
            out.append(f'<circle class="stand {stand.mark}" cx="{x}" cy="{y}" r="6"/>')
    return f'<svg class="frontier" aria-hidden="true">{"".join(out)}</svg>'
