"""覆盖看板: which scenarios are served by published packages, where and in which sub-industry, and
where nobody offers anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from dengta.catalogue.models import ScenarioUse
from dengta.catalogue.queries.names import scenarios
from dengta.core.shapes import Text
from dengta.registry.queries import division_of, divisions, policy

AXES = ("division", "sub_industry")
"""What the columns of the board may be."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One scenario in one place: packages and who offers them, the highest level reached.

    `asked`: the scenario is written down for one of the sub-industries looked at. It is a hole
    when it is asked and nobody serves it. `unanswered` are published needs without an answer."""

    packages: int
    providers: int
    level: int
    asked: bool
    unanswered: int = 0

    @property
    def hole(self) -> bool:
        """Whether something is wanted here and nothing is there."""
        return not self.packages and (self.asked or self.unanswered > 0)


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario with its cells in the order of the columns."""

    scenario: str
    name: Text
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The board: columns (code and name), rows, and how many of the cells that are asked are
    served, holes, and needs without an answer in all."""

    columns: tuple[tuple[str, Text], ...]
    rows: tuple[Row, ...]
    served: int
    holes: int
    unanswered: int


def coverage(
    by: str = "division",
    sub_industry: str = "",
    division: str = "",
    unanswered: Mapping[tuple[str, str, str], int] | None = None,
) -> Coverage:
    """Scenarios against divisions (of one sub-industry or all) or against sub-industries (in one
    division or all). An offer without a place of its own serves every division.

    `unanswered` are needs by (sub-industry, division, scenario). Two queries, whatever there is.
    """
    columns = _columns(by)
    wanted = _asked()
    industries = [sub_industry] if sub_industry else [*policy().sub_industries]
    places: dict[tuple[str, str], tuple[set[int], set[int], list[int]]] = defaultdict(
        lambda: (set(), set(), [0])
    )
    for sub, scenario, level, entry, provider, region in _offers():
        if sub_industry and sub != sub_industry:
            continue
        home = division_of(region) if region else ""
        if by == "sub_industry":
            codes = [sub] if not division or home in ("", division) else []
        else:
            codes = [home] if home in dict(columns) else [code for code, _ in columns]
        for code in codes:
            packages, providers, best = places[code, scenario]
            packages.add(entry)
            if provider is not None:
                providers.add(provider)
            best[0] = max(best[0], level)
    open_ = _needs(unanswered or {}, by, sub_industry, division)
    rows = []
    for scenario, record in scenarios().items():
        cells = []
        for code, _name in columns:
            packages, providers, best = places.get((code, scenario), (set(), set(), [0]))
            subs = [code] if by == "sub_industry" else industries
            cells.append(
                Cell(
                    packages=len(packages),
                    providers=len(providers),
                    level=best[0],
                    asked=any((sub, scenario) in wanted for sub in subs),
                    unanswered=open_.get((code, scenario), 0),
                )
            )
        rows.append(Row(scenario, record.text, tuple(cells)))
    every = [cell for row in rows for cell in row.cells]
    return Coverage(
        columns=columns,
        rows=tuple(rows),
        served=sum(1 for cell in every if cell.packages),
        holes=sum(1 for cell in every if cell.hole),
        unanswered=sum(cell.unanswered for cell in every),
    )


def _columns(by: str) -> tuple[tuple[str, Text], ...]:
    if by == "sub_industry":
        return tuple((id, one.name) for id, one in policy().sub_industries.items())
    return tuple((region.code, region.name) for region in divisions())


def _offers() -> list[tuple[str, str, int, int, int | None, str]]:
    """Sub-industry, scenario, level, package, provider and region of what is offered."""
    return list(
        ScenarioUse.objects.filter(
            version__state="published",
            version__entry__kind="package",
            version__entry__state="published",
        ).values_list(
            "sub_industry",
            "scenario",
            "level",
            "version__entry",
            "version__entry__organisation",
            "version__entry__region_code",
        )
    )


def _asked() -> set[tuple[str, str]]:
    """Pairs of a sub-industry and a scenario that published scenarios write down."""
    return set(
        ScenarioUse.objects.filter(
            version__state="published",
            version__entry__kind="scenario",
            version__entry__state="published",
        )
        .values_list("sub_industry", "scenario")
        .distinct()
    )


def _needs(
    unanswered: Mapping[tuple[str, str, str], int], by: str, sub_industry: str, division: str
) -> dict[tuple[str, str], int]:
    """Needs without an answer by column and scenario."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for (sub, place, scenario), count in unanswered.items():
        if (sub_industry and sub != sub_industry) or (division and place != division):
            continue
        found[sub if by == "sub_industry" else place, scenario] += count
    return dict(found)
