"""What matching calls things: scenarios and their levels, cost classes, sub-industries, and the
standard price of a rise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from dengta.core.pairing import Wanted
from dengta.core.shapes import Scenario, Text
from dengta.core.sub_industries import sub_industry_of
from dengta.registry.models import Organisation
from dengta.registry.queries import policy


def instrument_id(day: dt.date) -> str:
    """The instrument whose scenarios needs and packages speak of: the first that makes levels."""
    return policy().practised_words("level_instruments", day)[0]


def scenarios(day: dt.date) -> Mapping[str, Scenario]:
    """The scenarios that can be wanted, by id, in the order of the instrument."""
    instrument = policy().instruments[instrument_id(day)]
    return {scenario.id: scenario for scenario in instrument.scenarios}


def scenario_name(id: str, day: dt.date) -> Text:
    """A scenario in words; its id where the instrument has none of it."""
    found = scenarios(day).get(id)
    return found.text if found else Text(id, id)


def cost_names() -> Mapping[str, Text]:
    """The cost classes that packages and quotes go by, by id."""
    return policy().pool.costs


def sub_industries() -> Mapping[str, Text]:
    """The sub-industries of the province, by id."""
    return {id: each.name for id, each in policy().sub_industries.items()}


def sub_industry_name(id: str) -> Text:
    """A sub-industry in words."""
    return sub_industries().get(id, Text(id, id))


def own_sub_industry(organisation: Organisation) -> str:
    """The sub-industry that a firm's industry code lies in; empty where it lies in none."""
    found = sub_industry_of(policy().sub_industries.values(), organisation.industry_code)
    return found.id if found else ""


def standard_fen(scenario: str, from_level: int, to_level: int, day: dt.date) -> int | None:
    """The standard price of lifting a scenario from a level to another, as the road prices its
    steps; None where a step has no price. In 分."""
    road = policy().roads.get(instrument_id(day))
    prices = {
        step.to: step.price_fen for step in (road.steps if road else ()) if step.item == scenario
    }
    wanted = [prices.get(level) for level in range(from_level + 1, to_level + 1)]
    known = [price for price in wanted if price is not None]
    return sum(known) if known and len(known) == len(wanted) else None


def wanted_of(items: Iterable[tuple[str, int | None, int]], day: dt.date) -> tuple[Wanted, ...]:
    """(scenario, level now or None, level wanted) as pairing takes them, with name and standard
    price."""
    return tuple(
        Wanted(
            scenario,
            to,
            start or 0,
            scenario_name(scenario, day),
            standard_fen(scenario, start or 0, to, day),
        )
        for scenario, start, to in items
    )
