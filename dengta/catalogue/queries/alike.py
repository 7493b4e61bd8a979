"""同质: published packages that lift the same scenarios of a sub-industry to the same levels."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from dengta.catalogue.models import Entry, ScenarioUse

__all__ = ["Alike", "Offered", "offered"]


@dataclass(frozen=True, slots=True)
class Alike:
    """Packages with one content: pairs of a scenario and the highest level it is lifted to."""

    covers: tuple[tuple[str, int], ...]
    packages: tuple[Entry, ...]

    @property
    def providers(self) -> int:
        """How many offer it; a package without a provider counts for nobody."""
        return len({one.organisation_id for one in self.packages if one.organisation_id})


@dataclass(frozen=True, slots=True)
class Offered:
    """What is offered to a sub-industry: how many packages, and those of one content, the content
    with the most packages first."""

    packages: int
    groups: tuple[Alike, ...]

    @property
    def first(self) -> Alike:
        """The most frequent content."""
        return self.groups[0]

    @property
    def same(self) -> bool:
        """Whether several providers offer the same."""
        return self.first.providers > 1

    @property
    def bps(self) -> int:
        """The share of the most frequent content among the packages, in basis points, half
        up."""
        return (2 * len(self.first.packages) * 10_000 + self.packages) // (2 * self.packages)


def offered() -> dict[str, Offered]:
    """What is offered, by sub-industry. Two queries, whatever there is."""
    rows = ScenarioUse.objects.filter(
        version__state="published", version__entry__kind="package",
        version__entry__state="published",
    )  # fmt: skip
    reached: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for sub, entry, scenario, level in rows.values_list(
        "sub_industry", "version__entry", "scenario", "level"
    ):
        levels = reached[sub, entry]
        levels[scenario] = max(level, levels.get(scenario, 0))
    ids = {entry for _sub, entry in reached}
    entries = Entry.objects.select_related("organisation", "current").in_bulk(ids)
    groups: dict[str, dict[tuple[tuple[str, int], ...], list[Entry]]] = defaultdict(dict)
    for (sub, entry), levels in sorted(reached.items()):
        content = tuple(sorted(levels.items()))
        groups[sub].setdefault(content, []).append(entries[entry])
    return {sub: _offered(contents) for sub, contents in groups.items()}


def _offered(contents: dict[tuple[tuple[str, int], ...], list[Entry]]) -> Offered:
    groups = [Alike(covers, tuple(packages)) for covers, packages in contents.items()]
    groups.sort(key=lambda one: (-one.providers, -len(one.packages), one.covers))
    return Offered(sum(len(one.packages) for one in groups), tuple(groups))
