"""资源池随附内容: entries of the pool as files say them, `pool/<file>.toml` of a policy. Pure.

They are content, not policy: no decision rests on them, so they are no part of a policy's digest
and are read when somebody seeds a pool or checks the files, not with every `load`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dengta.core.sources import Source

__all__ = ["SeedEntry", "SeedLine", "SeedUse"]


@dataclass(frozen=True, slots=True)
class SeedUse:
    """In which sub-industry an entry lifts which scenario to which level; `nature` is common (N) or
    specific (X)."""

    sub_industry: str
    scenario: str
    level: int
    nature: str


@dataclass(frozen=True, slots=True)
class SeedLine:
    """One item of a package: the standard price of one unit in 分, working days."""

    text: str
    cost: str
    unit: str
    quantity: int
    price_fen: int
    days: int
    scenario: str = ""
    level: int | None = None


@dataclass(frozen=True, slots=True)
class SeedEntry:
    """One entry. Its `id` is its address in the pool and stays; `content` are the values of its
    kind's fields (`entries.toml`) as JSON, `links` pairs of a kind of link and the id of another
    entry."""

    id: str
    kind: str
    name: str
    summary: str
    source: Source
    sample: bool = False
    content: Mapping[str, Any] = field(default_factory=dict)
    uses: tuple[SeedUse, ...] = ()
    lines: tuple[SeedLine, ...] = ()
    links: tuple[tuple[str, str], ...] = ()

    @property
    def price_fen(self) -> int:
        """What its lines cost together."""
        return sum(line.quantity * line.price_fen for line in self.lines)
