"""What-if: everybody's latest answers under a copy of an instrument with other weights or gates.

Nothing is kept: the copy lives as long as the answer. Levels before and after both come of the same
engine and the same answers, whatever was stored at submission.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dengta.accounts.queries import territory
from dengta.assessment.queries.answer_sets import AnswerSets, Keys, answer_sets
from dengta.core.editions import reweighted
from dengta.core.scoring import Scorer
from dengta.core.scoring_table import level_rows
from dengta.core.shapes import Instrument
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, policy

LISTED = 100
"""How many of the firms that would move are listed."""

Gates = Mapping[int, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Group:
    """Firms of one division, county or size: how many there are, and how many would move."""

    key: str
    firms: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Mover:
    """One firm that would stand at another level."""

    assessment: int
    organisation: int
    name: str
    region: str
    size: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would come of it. `before` and `after` count firms by level, 0 being below the first.

    `movers` are the first LISTED of `up + down`, the furthest first.
    """

    firms: int
    before: Mapping[int, int]
    after: Mapping[int, int]
    up: int
    down: int
    divisions: tuple[Group, ...]
    sizes: tuple[Group, ...]
    movers: tuple[Mover, ...]


def choices() -> list[Instrument]:
    """The instruments that can be tried: those with questions and levels."""
    return [one for one in policy().instruments.values() if one.gates and not one.recorded_only]


def what_if(
    instrument: Instrument, region: str, weights: Mapping[str, int], gates: Gates
) -> WhatIf:
    """Score the latest answers of a region's firms again under a copy.

    core.editions.InstrumentFault when the copy makes no sense: weights that do not make 100, gates
    that do not rise.
    """
    copy = reweighted(instrument, weights, gates)
    sets = answer_sets(instrument.id)
    before, after = _levels(sets, None), _levels(sets, copy)
    inside = sets.inside(territory(region)) & (before >= 0)
    steps = sorted({0, *(gate.level for gate in instrument.gates)})
    up, down = inside & (after > before), inside & (after < before)
    province = policy().regions[region].level == "province"
    return WhatIf(
        firms=int(inside.sum()),
        before={step: int((before[inside] == step).sum()) for step in steps},
        after={step: int((after[inside] == step).sum()) for step in steps},
        up=int(up.sum()),
        down=int(down.sum()),
        divisions=_groups(sets.regions, (inside, up, down), division_of if province else str),
        sizes=_groups(sets.sizes, (inside, up, down), str),
        movers=_movers(sets, up | down, before, after),
    )


def _levels(sets: AnswerSets, copy: Instrument | None) -> npt.NDArray[np.int8]:
    """Each firm's level under a copy, or as it stands; nobody's where nobody has answered."""
    if not sets.answers.num_columns:
        return np.zeros(sets.firms.num_rows, np.int8)
    return sets.levels if copy is None else level_rows(Scorer(copy), sets.coded)


def _groups(
    keys: Keys, masks: Sequence[npt.NDArray[np.bool_]], name: Callable[[str], str]
) -> tuple[Group, ...]:
    """All, up and down by key, the groups with the most movers first; those without firms left
    out."""
    found: dict[str, list[int]] = {}
    for many, mask in enumerate(masks):
        counts = np.bincount(keys.places[mask], minlength=len(keys.names))
        for key, count in zip(keys.names, counts, strict=True):
            found.setdefault(name(key), [0, 0, 0])[many] += int(count)
    groups = [Group(key, *counts) for key, counts in found.items() if counts[0]]
    return tuple(sorted(groups, key=lambda group: (-group.up - group.down, group.key)))


def _movers(
    sets: AnswerSets,
    moved: npt.NDArray[np.bool_],
    before: npt.NDArray[np.int8],
    after: npt.NDArray[np.int8],
) -> tuple[Mover, ...]:
    """The first of those that move, the furthest first, with their names."""
    rows = np.flatnonzero(moved)
    far = np.abs(after[rows].astype(np.int16) - before[rows])
    chosen = rows[np.argsort(-far, kind="stable")[:LISTED]]
    firms = sets.firms.take(chosen).to_pylist()
    names = dict(
        Organisation.objects.filter(pk__in=[firm["organisation"] for firm in firms]).values_list(
            "pk", "name"
        )
    )
    return tuple(
        Mover(
            firm["assessment"],
            firm["organisation"],
            names.get(firm["organisation"], ""),
            firm["region"],
            firm["size"],
            int(before[at]),
            int(after[at]),
        )
        for firm, at in zip(firms, chosen, strict=True)
    )
