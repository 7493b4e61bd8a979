"""遴选试算: before a round is opened, who would fit, what it costs, what a threshold moves.

Everything typed stands in the address and nothing is kept: a plain GET, which htmx makes live.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.core.codes import SIZES
from dengta.core.selection import Selection
from dengta.core.shapes import Text
from dengta.programmes.queries.simulation import (
    LISTED,
    Dial,
    Simulation,
    can_simulate,
    dials,
    simulate,
)
from dengta.registry.queries import industry_name, policy, region_name
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.fields import shown
from dengta.web.frame import OFFICIAL, desk, said
from dengta.web.official.what_if import Number

PLACES = {"fen": 6, "bps": 2}
"""Decimals of what is typed: 万元 for money, per cent for rates."""
MOST_DIGITS = 9
SHOWN = 12
"""How many industries are shown before the rest is folded away."""


@dataclass(slots=True)
class Try:
    """The round as typed."""

    selection: Selection
    numbers: list[tuple[Number, Dial]] = field(default_factory=list)
    places: Number = field(default_factory=lambda: Number("places", "", "", 0))
    listing: str = ""

    @property
    def changed(self) -> list[Number]:
        """What was moved."""
        every = [self.places, *(number for number, _dial in self.numbers)]
        return [number for number in every if number.changed]

    @property
    def sound(self) -> bool:
        """Whether every number could be read."""
        return not self.places.error and all(not number.error for number, _dial in self.numbers)

    def changes(self) -> dict[str, int]:
        """The thresholds that were moved."""
        return {
            dial.id: number.value
            for number, dial in self.numbers
            if number.changed and number.value is not None
        }

    def address(self, **more: str) -> str:
        """What was moved as the shortest address that says it again."""
        query = {"selection": self.selection.id}
        query |= {number.name: number.typed for number in self.changed}
        listing = more.get("listing", self.listing)
        if listing:
            query["listing"] = listing
        return f"{reverse('simulation')}?{urlencode(query)}"


def choices(day: dt.date) -> list[Selection]:
    """The selections that can be tried out on a day."""
    running = {programme.id for programme in policy().in_force(day)}
    every = policy().selections_on(day)
    return [one for one in every if can_simulate(one) and one.programme in running]


def read(selection: Selection, day: dt.date, typed: QueryDict) -> Try:
    """The numbers from what was typed; what is not in the address is as usual."""
    found = Try(selection, listing=typed.get("listing", "")[:80])
    for dial in dials(selection, day):
        number = Number(f"v-{dial.id}", said(dial.text), "", dial.amount, PLACES.get(dial.kind, 0))
        found.numbers.append((_read(number, typed), dial))
    limit = next((quota.limit for quota in selection.quotas if quota.by == "round"), 0)
    found.places = _read(Number("places", _("名额（0 为不限）"), "", limit), typed)
    return found


def _read(number: Number, typed: QueryDict) -> Number:
    """Take what was typed for a number, or leave it as usual."""
    text = number.typed = typed.get(number.name, number.usual_text).strip()
    whole, _point, rest = text.partition(".")
    digits = whole + rest
    readable = digits.isascii() and digits.isdigit()
    if readable and len(whole) <= MOST_DIGITS and len(rest) <= number.places:
        decimals = int(rest.ljust(number.places, "0") or "0")
        number.value = int(whole or "0") * 10**number.places + decimals
    else:
        names = {"field": number.label, "value": shown(text), "places": number.places}
        number.error = (
            _("%(field)s%(value)s不是数，请填不超过九位、最多 %(places)s 位小数的数。") % names
            if number.places
            else _("%(field)s%(value)s不是整数，请填不超过九位的整数。") % names
        )
    return number


@require_safe
@desk(*OFFICIAL)
def page(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The form with what would come of it; with htmx only that comes back, morphed into place."""
    day = timezone.localdate()
    able = {one.id: one for one in choices(day)}
    live = bool(getattr(request, "htmx", False))
    context: dict[str, Any] = {
        "territory": region_name(acting.region),
        "selections": [],
        "breadcrumbs": crumbs((_("遴选试算"), "")),
    }
    selection = able.get(request.GET.get("selection", "")) or next(iter(able.values()), None)
    if selection is not None:
        # Numbers that were typed for another selection say nothing of this one.
        other = request.GET.get("of", selection.id) != selection.id
        tried = read(selection, day, QueryDict() if other else request.GET)
        if not live and tried.sound and "of" in request.GET:
            return redirect(tried.address())
        chosen = [(id, one.name, id == selection.id) for id, one in able.items()]
        units = {"fen": _("万元"), "bps": "%"}
        numbers = [(number, dial, units.get(dial.kind, "")) for number, dial in tried.numbers]
        context |= {"selections": chosen, "tried": tried, "numbers": numbers}
        context |= _answer(tried, day, acting)
    response = render(request, f"official/{'_simulation' if live else 'simulation'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    if live and selection is not None and tried.sound:
        response.headers["HX-Replace-Url"] = tried.address()
    return response


def _answer(tried: Try, day: dt.date, acting: Actor) -> dict[str, Any]:
    """What would come of it, or why that cannot be said."""
    if not tried.sound:
        return {"found": None, "fault": ""}
    places = tried.places.value if tried.places.typed and tried.places.value else None
    try:
        found = simulate(
            tried.selection,
            day,
            acting.region,
            tried.changes(),
            places=places,
            listing=tried.listing,
        )
    except StepRefused as refused:
        return {"found": None, "fault": said(refused.text)}
    industries = [(industry_name(group.key), group) for group in found.industries if group.firms]
    return {
        "found": found,
        "fault": "",
        "title": _finding(found),
        "stats": _stats(found),
        "cities": [(region_name(group.key), group) for group in found.cities],
        "industries": industries[:SHOWN],
        "more_industries": industries[SHOWN:],
        "sizes": [(SIZES.get(g.key, Text("未知", "unknown")), g) for g in found.sizes],
        "short": [
            (one, tried.address(listing=f"{one.what}:{one.id}") + "#listed") for one in found.short
        ],
        "lists": [
            (name, tried.address(listing=listing) + "#listed")
            for listing, name, many in (
                ("yes", _("符合的企业"), found.yes),
                ("gained", _("新符合的企业"), found.gained),
                ("lost", _("不再符合的企业"), found.lost),
            )
            if many
        ],
        "heading": _heading(found),
        "most": LISTED,
    }


def _finding(found: Simulation) -> str:
    """What came of it, in a sentence."""
    if not found.firms:
        return _("辖区内还没有这一类单位登记。")
    numbers = {"yes": f"{found.yes:,}", "unknown": f"{found.unknown:,}"}
    if found.gained or found.lost:
        moves = {"gained": f"{found.gained:,}", "lost": f"{found.lost:,}"}
        return _("改动后 %(yes)s 家符合：新增 %(gained)s 家，减少 %(lost)s 家。") % (
            numbers | moves
        )
    if found.places is not None and found.yes < found.places:
        numbers["places"] = f"{found.places:,}"
        return (
            _("符合的只有 %(yes)s 家，不到名额 %(places)s 个；另有 %(unknown)s 家待补充。")
            % numbers
        )
    return _("%(yes)s 家符合，%(unknown)s 家还差资料，补充后才能判断。") % numbers


def _stats(found: Simulation) -> list[dict[str, Any]]:
    """The figures above the tables."""
    tiles: list[dict[str, Any]] = [
        {"label": _("符合条件"), "value": found.yes, "unit": _("家")},
        {"label": _("待补充"), "value": found.unknown, "unit": _("家")},
        {"label": _("不符合"), "value": found.no, "unit": _("家")},
    ]
    if found.taken:
        tiles[0]["note"] = _("其中 %(n)s 家已经得过，不能再得") % {"n": f"{found.taken:,}"}
    if found.amount_fen is not None:
        tiles.append({"label": _("全部给予需要"), "fen": found.amount_fen})
        tiles.append(
            {
                "label": _("按名额最多需要"),
                "fen": found.bounded_fen,
                "note": _("名额 %(n)s 个") % {"n": found.places} if found.places else "",
            }
        )
    return tiles


def _heading(found: Simulation) -> str:
    """How the list of firms is headed."""
    plain = {"yes": _("符合的企业"), "gained": _("新符合的企业"), "lost": _("不再符合的企业")}
    if found.listing in plain:
        return plain[found.listing]
    for short in found.short:
        if found.listing == f"{short.what}:{short.id}":
            return _("只差一项的企业：%(what)s") % {"what": said(short.text)}
    return ""
