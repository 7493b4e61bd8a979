"""集中和同质: which provider, and which package, has how much of the projects of a sub-industry and
of a division."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from dengta.catalogue.models import Entry
from dengta.projects.models import Project
from dengta.projects.queries.providers import COUNTED
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of

__all__ = ["Field", "Share", "by_field", "trades_of"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Share(Generic[T]):
    """How many projects of a field a provider or a package has, of how many."""

    what: T
    projects: int
    of: int

    @property
    def bps(self) -> int:
        """The share in basis points, half up."""
        return (2 * self.projects * 10_000 + self.of) // (2 * self.of)


@dataclass(frozen=True, slots=True)
class Field:
    """One sub-industry or division: its projects, who has how many, and which packages they were
    quoted by (a project without a package counts in the whole only). The greatest first."""

    code: str
    projects: int
    providers: tuple[Share[Organisation], ...]
    packages: tuple[Share[Entry], ...]


def by_field() -> dict[str, dict[str, Field]]:
    """Every `sub_industry` and every `division` with projects, by code. Three queries."""
    rows = list(
        Project.objects.filter(state__in=COUNTED).values_list(
            "region_code", "sub_industry", "provider", "quote__entry"
        )
    )
    providers = Organisation.objects.in_bulk({row[2] for row in rows})
    packages = Entry.objects.select_related("organisation").in_bulk(
        {row[3] for row in rows if row[3]}
    )
    found: dict[str, dict[str, Field]] = {}
    for by in ("sub_industry", "division"):
        own: dict[str, list[tuple[int, int | None]]] = defaultdict(list)
        for region, trade, provider, package in rows:
            if field := trade if by == "sub_industry" else division_of(region):
                own[field].append((provider, package))
        found[by] = {
            code: Field(
                code,
                len(pairs),
                _shares((provider for provider, _ in pairs), providers, len(pairs)),
                _shares((package for _, package in pairs if package), packages, len(pairs)),
            )
            for code, pairs in sorted(own.items())
        }
    return found


def _shares(ids: Iterable[int], named: Mapping[int, T], of: int) -> tuple[Share[T], ...]:
    """The shares of what is counted by id, the greatest first, of equals the one known longer."""
    counted = sorted(Counter(ids).items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Share(named[pk], number, of) for pk, number in counted)


def trades_of() -> dict[int, set[str]]:
    """The sub-industries that each provider serves, by its id: those that its published offers are
    written for, and those of its projects. Two queries."""
    found: dict[int, set[str]] = defaultdict(set)
    offers = Entry.objects.filter(state="published").exclude(organisation=None)
    for provider, trade in offers.values_list("organisation", "current__uses__sub_industry"):
        if trade:
            found[provider].add(trade)
    done = Project.objects.filter(state__in=COUNTED).exclude(sub_industry="")
    for provider, trade in done.values_list("provider", "sub_industry").distinct():
        found[provider].add(trade)
    return found
