"""What the pages of matching share: what upper floors know of a firm, rows of lists, the comparison
of quotes as tables show it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.pairing import Part
from dengta.core.results import level_text
from dengta.core.shapes import Text
from dengta.funding.queries.vouchers import facts_of
from dengta.matching.queries import needs as queries
from dengta.matching.queries.comparing import Compared, Quoted
from dengta.matching.queries.money import Organisation, Outside
from dengta.matching.queries.needs import Need
from dengta.matching.queries.terms import cost_names, scenario_name, sub_industry_name
from dengta.projects.queries.providers import scores_bps
from dengta.projects.queries.similar import accepted_by_similar
from dengta.web.cases import badge, case_context, clock_chip
from dengta.web.frame import said


def today() -> dt.date:
    """The day in Wuhan."""
    return timezone.localdate()


def outside(firm: Organisation, day: dt.date) -> Outside:
    """What the floors above matching know of a firm and of who served firms like it."""
    similar = accepted_by_similar(firm.industry_code)
    return Outside(facts_of(firm, day), similar, scores_bps(day))


def find(acting: Actor, pk: int) -> Need:
    """A need that the actor may see, else 404."""
    try:
        return queries.visible(acting, pk)
    except Need.DoesNotExist as gone:
        raise Http404 from gone


def row(need: Need, name: str, *, public: bool) -> dict[str, Any]:
    """One need in a list; `name` is the page it opens."""
    day = today()
    return {
        "need": need,
        "url": reverse(name, args=[need.pk]),
        "badge": badge(need.flow.state(need.state), public=public),
        "clock": clock_chip(need),
        "wanted": [said(scenario_name(item.scenario, day)) for item in need.items.all()],
    }


def head(need: Need, acting: Actor, *, without: Sequence[str] = ()) -> dict[str, Any]:
    """State, steps, timeline and what a need says, for any desk."""
    day = today()
    context = case_context(need, acting, without=tuple(without))
    # A note of the firm's choice is for itself and its office, not for those who were not chosen.
    if acting.role == "provider":
        context["events"] = []
    return context | {
        "need": need,
        "items": [
            {
                "name": scenario_name(item.scenario, day),
                "have": level_text(item.from_level) if item.from_level else None,
                "to": level_text(item.to_level),
                "note": item.note,
            }
            for item in need.items.all()
        ],
        "sub_industry": sub_industry_name(need.sub_industry) if need.sub_industry else None,
        "over": need.answer_by is not None and need.answer_by < day,
    }


def quoted_rows(compared: Compared) -> list[dict[str, Any]]:
    """The quotes as the comparison shows them, the best first."""
    return [_quoted(each) for each in compared.quotes]


def _quoted(each: Quoted) -> dict[str, Any]:
    return {
        "quote": each.quote,
        "badge": badge(each.quote.flow.state(each.quote.state), public=True),
        "pair": each.pair,
        "parts": parts(each.pair.parts) if each.pair else [],
        "meets": each.pair.meets if each.pair else (),
        "missing": each.pair.missing if each.pair else (),
        "lines": [
            {
                "line": line.line,
                "class": cost_names().get(line.line.cost_class, Text("", "")),
                "scenario": scenario_name(line.line.scenario, today())
                if line.line.scenario
                else None,
                "level": level_text(line.line.level) if line.line.level else None,
                "off": signed(line.deviation_bps),
                "far": line.far,
            }
            for line in each.lines
        ],
        "dropped": each.dropped,
        "paid": each.paid,
        "aid_fen": each.aid_fen,
        "net_fen": each.net_fen,
        "related": each.related,
        "able": each.able,
        "chose": each.chose,
        "off": signed(each.deviation_bps),
    }


def parts(found: Iterable[Part]) -> list[dict[str, Any]]:
    """What a ranking rests on, criterion by criterion, in points of 100."""
    return [
        {
            "name": part.name,
            "points": _tenths(part.points),
            "most": _tenths(Fraction(part.weight_bps, 100)),
            "reason": part.reason,
        }
        for part in found
    ]


def _tenths(number: Fraction) -> str:
    tenths = int(number * 10 + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}"


def signed(bps: int | None) -> str:
    """A deviation in per cent with its sign; empty without a standard."""
    if bps is None:
        return ""
    tenths = (abs(bps) + 5) // 10
    sign = "+" if bps > 0 and tenths else "−" if bps < 0 and tenths else ""
    return f"{sign}{tenths // 10}.{tenths % 10}%"


def whole_numbers(given: Iterable[str]) -> list[int]:
    """The ids among what was posted."""
    return [int(each) for each in given if each.isdecimal() and len(each) < 15]


def typed_days(posted: Mapping[str, str], name: str = "days") -> int | None:
    """A number of days as typed; None when it was left empty, -1 when it is none."""
    text = posted.get(name, "").strip()
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 6 else -1
