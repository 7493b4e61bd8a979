"""What the pool's codes are called: kinds, sub-industries, scenarios, facets and their values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.utils import timezone

from dengta.core.entries import EntryField, EntryKind
from dengta.core.shapes import Instrument, Scenario, Text
from dengta.registry.queries import policy, region_name

LEVELS = (1, 2, 3, 4)
FACETS: Mapping[str, Text] = {
    "kind": Text("类别", "Kind"),
    "sub_industry": Text("细分行业", "Sub-industry"),
    "scenario": Text("应用场景", "Scenario"),
    "level": Text("达到等级", "Level reached"),
    "nature": Text("场景性质", "Common or specific"),
    "division": Text("所在市州", "Division"),
    "selected": Text("政府遴选", "Selected"),
}
"""What every kind of entry is found by, in the order in which it is offered. Fields add theirs."""
NATURES: Mapping[str, Text] = {
    "common": Text("共性场景（N）", "Common (N)"),
    "specific": Text("个性场景（X）", "Specific (X)"),
}
SELECTED = Text("经政府遴选", "Selected by government")


def kind_of(kind: str) -> EntryKind:
    """The rules of a kind of entry. KeyError for one that the policy does not know."""
    return policy().entry_kinds[kind]


def scenario_instrument(day: dt.date | None = None) -> Instrument:
    """The instrument whose scenarios the pool speaks of: the first of those whose level counts that
    has scenarios."""
    named = policy().practised_words("level_instruments", day or timezone.localdate())
    for id in named:
        instrument = policy().instruments.get(id)
        if instrument is not None and instrument.scenarios:
            return instrument
    raise KeyError("level_instruments")


def scenarios() -> Mapping[str, Scenario]:
    """The scenarios by their ids, in the order of the instrument."""
    return {each.id: each for each in scenario_instrument().scenarios}


def scenario_name(id: str) -> Text:
    """What a scenario is called; its id where the instrument does not know it."""
    found = scenarios().get(id)
    return found.text if found else Text(id, id)


def sub_industry_name(id: str) -> Text:
    """What a sub-industry is called; its id where the policy does not know it."""
    found = policy().sub_industries.get(id)
    return found.name if found else Text(id, id)


def level_name(level: int | str) -> Text:
    """A level in words."""
    return Text(f"{level} 级", f"Level {level}")


def facet_name(facet: str) -> Text:
    """What a facet is called; its id where nobody knows it."""
    if facet in FACETS:
        return FACETS[facet]
    field = _facet_field(facet)
    return field.text if field else Text(facet, facet)


def facet_value_name(facet: str, value: str) -> Text:
    """What a value of a facet is called; the value itself where nobody knows it."""
    match facet:
        case "kind":
            kind = policy().entry_kinds.get(value)
            return kind.name if kind else Text(value, value)
        case "sub_industry":
            return sub_industry_name(value)
        case "scenario":
            return scenario_name(value)
        case "level":
            return level_name(value)
        case "nature":
            return NATURES.get(value, Text(value, value))
        case "division":
            return region_name(value)
        case "selected":
            return SELECTED
    field = _facet_field(facet)
    return field.rule.values.get(value, Text(value, value)) if field else Text(value, value)


def _facet_field(facet: str) -> EntryField | None:
    for kind in policy().entry_kinds.values():
        for field in kind.fields:
            if field.facet == facet:
                return field
    return None
