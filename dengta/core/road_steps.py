"""转型路线的标准步骤: what each step up costs and needs, and which benefits pay a share of it. Pure
data, read from `roadmaps/`; money in 分, time in working days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dengta.core.sources import Period, Source, Text

__all__ = ["Road", "RoadBenefit", "RoadStep", "RoadTerms"]


@dataclass(frozen=True, slots=True)
class RoadStep:
    """One step up: an item to a level or an option, at a standard price in 分 and working days.

    `needs` are (item, level or option) pairs that must stand first. `cloud`: bought as a cloud
    service. `eligible`: a cost that a subsidy for transformation recognises.
    """

    item: str
    to: str | int
    price_fen: int
    days: int
    cloud: bool = False
    needs: tuple[tuple[str, str | int], ...] = ()
    eligible: bool = True


@dataclass(frozen=True, slots=True)
class RoadTerms:
    """What a benefit pays from a level on: `rate` and `cap` are ids of values of its programme,
    `row` is the row of a rate that goes by a fact."""

    level: int
    rate: str
    cap: str
    row: str = ""


@dataclass(frozen=True, slots=True)
class RoadBenefit:
    """A programme that pays a share of the steps it covers, up to a cap.

    `who` are ids of its clauses that ask who the firm is, not what it will have done. `used` is the
    fact that says how much of the cap is spent. `matched`: it pays no more than the firm does.
    """

    programme: str
    covers: Literal["cloud", "eligible"]
    who: tuple[str, ...]
    terms: tuple[RoadTerms, ...]
    used: str = ""
    matched: bool = False


@dataclass(frozen=True, slots=True)
class Road:
    """Standard steps for one instrument, and the benefits that pay a share of them."""

    instrument: str
    name: Text
    source: Source
    in_force: Period
    steps: tuple[RoadStep, ...]
    benefits: tuple[RoadBenefit, ...] = ()
