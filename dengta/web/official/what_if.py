"""What-if: an official turns weights and gates of a copy and sees the levels of the territory move.

Everything typed stands in the address and nothing is kept: the page is a plain GET, which htmx
makes live while one types.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.queries import NATIONAL
from dengta.assessment.queries.what_if import LISTED, Group, WhatIf, choices, what_if
from dengta.core.codes import SIZES
from dengta.core.editions import InstrumentFault
from dengta.core.shapes import Gate, Instrument, Node, Text
from dengta.core.weights import Family, families
from dengta.registry.queries import region_name
from dengta.web.cases import crumbs
from dengta.web.fields import shown
from dengta.web.frame import OFFICIAL, desk, said
from dengta.web.templatetags.assessments import level

PARTS = ("score", "scenarios", "binding")
"""The numbers of a gate that can be turned."""


@dataclass(slots=True)
class Number:
    """One number of the copy: its name in the address, what was typed, and what is wrong with it.

    `value` and `usual` count in 1 / 10^places of what is typed.
    """

    name: str
    label: str
    typed: str
    usual: int
    places: int = 0
    value: int | None = None
    error: str = ""

    @property
    def changed(self) -> bool:
        """Whether it differs from the instrument as it stands."""
        return self.value is not None and self.value != self.usual

    @property
    def usual_text(self) -> str:
        """The instrument's own number as it is typed."""
        return _text(self.usual, self.places)


@dataclass(slots=True)
class Siblings:
    """Weights that make 100 together."""

    title: str
    numbers: list[Number]

    @property
    def total(self) -> int:
        """What they make as typed."""
        return sum(number.value or 0 for number in self.numbers)

    @property
    def balanced(self) -> bool:
        """Whether that is 100."""
        return self.total == 100

    @property
    def touched(self) -> bool:
        """Whether something in it was turned or cannot be."""
        return not self.balanced or any(one.changed or one.error for one in self.numbers)


@dataclass(slots=True)
class Try:
    """The copy as typed."""

    instrument: Instrument
    siblings: list[Siblings] = field(default_factory=list)
    gates: list[tuple[Gate, list[Number]]] = field(default_factory=list)

    @property
    def numbers(self) -> list[Number]:
        """Everything that can be turned."""
        weights = [number for family in self.siblings for number in family.numbers]
        return weights + [number for _gate, numbers in self.gates for number in numbers]

    @property
    def changed(self) -> list[Number]:
        """What was turned."""
        return [number for number in self.numbers if number.changed]

    @property
    def finer(self) -> list[Siblings]:
        """All weights but those of the top."""
        return self.siblings[1:]

    @property
    def finer_touched(self) -> bool:
        """Whether one of the finer weights was turned."""
        return any(family.touched for family in self.finer)

    @property
    def gates_touched(self) -> bool:
        """Whether a gate was turned."""
        return any(one.changed or one.error for _gate, numbers in self.gates for one in numbers)

    @property
    def sound(self) -> bool:
        """Whether every number could be read and every family makes 100."""
        read = all(number.value is not None for number in self.numbers)
        return read and all(family.balanced for family in self.siblings)

    def weights(self) -> dict[str, int]:
        """The weights that were turned, by node."""
        return {
            number.name.removeprefix("w-"): number.value
            for family in self.siblings
            for number in family.numbers
            if number.changed and number.value is not None
        }

    def turned(self) -> dict[int, dict[str, object]]:
        """The gates that were turned, by level."""
        return {
            gate.level: {number.name.rpartition("-")[2]: number.value for number in numbers}
            for gate, numbers in self.gates
            if any(number.changed for number in numbers)
        }

    def address(self) -> str:
        """What was turned as the shortest address that says it again."""
        query = {"instrument": self.instrument.id}
        query |= {number.name: number.typed for number in self.changed}
        return f"{reverse('what_if')}?{urlencode(query)}"


def read(instrument: Instrument, typed: QueryDict) -> Try:
    """The copy from what was typed; what is not in the address is as usual."""
    found = Try(instrument)
    nodes = {node.id: node for node in instrument.nodes}
    seen: set[tuple[str, ...]] = set()
    order = {"": -1, **{node.id: at for at, node in enumerate(_down(instrument.nodes))}}
    for family in sorted(families(instrument), key=lambda family: order[family.parent]):
        members = _nodes(family)
        key = tuple(node.id for node in members)
        if not family.weighted or len(members) < 2 or key in seen:
            continue
        seen.add(key)
        title = said(nodes[family.parent].text) if family.parent else said(instrument.name)
        numbers = [
            _read(Number(f"w-{node.id}", said(node.text), "", node.weight), typed, top=100)
            for node in members
        ]
        found.siblings.append(Siblings(title, numbers))
    names = {"score": _("得分"), "scenarios": _("场景数"), "binding": _("其中约束性场景")}
    for gate in sorted(instrument.gates, key=lambda gate: gate.level):
        asked = [part for part in PARTS if getattr(gate, part)]
        numbers = [
            _read(
                Number(
                    f"g-{gate.level}-{part}",
                    names[part],
                    "",
                    getattr(gate, part),
                    instrument.decimals if part == "score" else 0,
                ),
                typed,
                top=1000,
            )
            for part in asked
        ]
        if numbers:
            found.gates.append((gate, numbers))
    return found


def _down(nodes: Sequence[Node], parent: str = "") -> Iterator[Node]:
    """The nodes from the top down, each followed by what stands below it."""
    for node in nodes:
        if node.parent == parent:
            yield node
            yield from _down(nodes, node.id)


def _nodes(family: Family) -> list[Node]:
    return [member for member in family.members if isinstance(member, Node)]


def _read(number: Number, typed: QueryDict, top: int) -> Number:
    """Take what was typed for a number, or leave it as usual."""
    text = number.typed = typed.get(number.name, number.usual_text).strip()
    whole, _point, rest = text.partition(".")
    digits = whole + rest
    if digits.isascii() and digits.isdigit() and len(whole) <= 4 and len(rest) <= number.places:
        value = int(whole or "0") * 10**number.places + int(rest.ljust(number.places, "0") or "0")
        number.value = value if value <= top * 10**number.places else None
    if number.value is None:
        names = {"field": number.label, "value": shown(text), "top": top}
        number.error = (
            _("%(field)s%(value)s不是 0 至 %(top)s 的数，请改正。") % names
            if number.places
            else _("%(field)s%(value)s不是 0 至 %(top)s 的整数，请改正。") % names
        )
    return number


def _text(value: int, places: int) -> str:
    whole, rest = divmod(value, 10**places)
    decimals = f"{rest:0{places}d}".rstrip("0") if rest else ""
    return f"{whole}.{decimals}" if decimals else str(whole)


@require_safe
@desk(*OFFICIAL)
def page(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The form with what would come of it; with htmx only that comes back, morphed into place."""
    able = {one.id: one for one in choices()}
    instrument = able.get(request.GET.get("instrument", "")) or able[NATIONAL]
    live = bool(getattr(request, "htmx", False))
    # Numbers that were typed for another instrument say nothing of this one.
    other = request.GET.get("of", instrument.id) != instrument.id
    tried = read(instrument, QueryDict() if other else request.GET)
    if not live and tried.sound and "of" in request.GET:
        return redirect(tried.address())
    found, fault = None, ""
    if tried.sound:
        try:
            found = what_if(instrument, acting.region, tried.weights(), tried.turned())
        except InstrumentFault as slip:
            fault = said(slip.said)
    context = {
        "tried": tried,
        "instruments": [(id, one.name, id == instrument.id) for id, one in able.items()],
        "found": found,
        "fault": fault,
        "territory": region_name(acting.region),
        "title": _finding(found) if found else "",
        "levels": _levels(found) if found else [],
        "top": max([1, *found.before.values(), *found.after.values()]) if found else 1,
        "divisions": [_group(each, region_name(each.key)) for each in found.divisions]
        if found
        else [],
        "sizes": [_group(each, SIZES.get(each.key, Text("—", "—"))) for each in found.sizes]
        if found
        else [],
        "unlisted": max(0, found.up + found.down - LISTED) if found else 0,
        "breadcrumbs": crumbs((_("指标试算"), "")),
    }
    response = render(request, f"official/{'_what_if' if live else 'what_if'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    if live and tried.sound:
        response.headers["HX-Replace-Url"] = tried.address()
    return response


def _finding(found: WhatIf) -> str:
    """What the chart says, in a sentence."""
    if not found.firms:
        return _("辖区内还没有企业按这套指标提交测评。")
    if not found.up and not found.down:
        return _("没有企业的等级会变化。")
    return _("%(up)s 家升级，%(down)s 家降级，其余 %(same)s 家不变。") % {
        "up": f"{found.up:,}",
        "down": f"{found.down:,}",
        "same": f"{found.firms - found.up - found.down:,}",
    }


def _levels(found: WhatIf) -> list[dict[str, Any]]:
    """The levels from the highest down, with how many stand there before and after."""
    return [
        {
            "name": level(step),
            "before": found.before[step],
            "after": found.after[step],
            "gain": found.after[step] - found.before[step],
        }
        for step in sorted(found.before, reverse=True)
    ]


def _group(group: Group, name: Text) -> dict[str, Any]:
    return {"name": name, "group": group, "moved": group.up + group.down}
