"""入选: by which selection a provider is admitted in which role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from dengta.core.shapes import Text
from dengta.registry.models import ProviderRole
from dengta.registry.queries import policy, role_titles

__all__ = ["ASKED_ROLE", "Admission", "admissions", "ways_to"]

ASKED_ROLE = "provider_kind"
"""The fact that says in which role a provider asks to be admitted."""


@dataclass(frozen=True, slots=True)
class Admission:
    """One role and the programmes whose selection admits to it: their ids and names."""

    role: str
    name: str
    programmes: tuple[tuple[str, Text], ...]


def admissions(day: dt.date) -> list[Admission]:
    """Every role of providers with how one is admitted to it on a day. No query."""
    usual = role_titles(day)
    ways: dict[str, dict[str, Text]] = {role: {} for role in ProviderRole.Role.values}
    for selection in policy().selections_on(day):
        asked = any(field.fact == ASKED_ROLE for field in selection.fields)
        roles = policy().facts[ASKED_ROLE].values if asked else [usual.get(selection.title, "")]
        for role in roles:
            if role in ways:
                ways[role][selection.programme] = selection.name
    return [
        Admission(role, str(ProviderRole.Role(role).label), tuple(found.items()))
        for role, found in ways.items()
    ]


def ways_to(titles: Collection[str], day: dt.date) -> list[tuple[str, Text]]:
    """The programmes whose selection gives one of some titles on a day: ids and names. No query."""
    return [
        (selection.programme, selection.name)
        for selection in policy().selections_on(day)
        if selection.title in titles
    ]
