"""What a change would do to price and shares."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from dengta.projects.models import Project
from dengta.projects.queries.costs import Item, ThreeWay, three_way
from dengta.projects.queries.projects import items_of, scheme_of, share_facts


def shared_after(project: Project, after: Mapping[str, Any], day: dt.date) -> ThreeWay:
    """The three-way split as it would be once a change is applied."""
    if "lines" in after:
        items = [
            Item(line["cost_class"], int(line["quantity"]) * int(line["price_fen"]))
            for line in after["lines"]
        ]
    else:
        items = items_of(list(project.lines.order_by("ordinal")))
    discount = int(after.get("discount_fen", project.discount_fen))
    facts = share_facts(project.organisation, project.goal_level, day)
    return three_way(scheme_of(project), items, discount, facts)
