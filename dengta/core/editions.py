"""Instruments beside one another: variants, copies with other weights, answers carried over, and
which one applies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from dengta.core.shapes import (
    AppliesTo,
    Carry,
    Instrument,
    Period,
    Source,
    Text,
)


def varied(
    base: Instrument,
    *,
    id: str,
    name: Text,
    source: Source,
    in_force: Period,
    applies_to: AppliesTo,
    carries: tuple[Carry, ...],
    weights: Mapping[str, int],
) -> Instrument:
    """A variant: the same instrument with other weights of nodes.

    A node of weight 0 falls away with everything below it, and so do the contradictions and the
    parts of gates that speak of it.
    """
    parents = {node.id: node.parent for node in base.nodes}
    gone = {node for node, weight in weights.items() if weight == 0}
    for _ in base.nodes:
        more = {node for node, parent in parents.items() if parent in gone} - gone
        if not more:
            break
        gone |= more
    questions = tuple(q for q in base.questions if not gone.intersection(q.path))
    lost = {q.id for q in base.questions} - {q.id for q in questions}
    return replace(
        base,
        id=id,
        name=name,
        source=source,
        in_force=in_force,
        applies_to=applies_to,
        carries=carries,
        variant_of=base.id,
        nodes=tuple(
            replace(node, weight=weights.get(node.id, node.weight))
            for node in base.nodes
            if node.id not in gone
        ),
        questions=questions,
        gates=tuple(
            replace(gate, nodes={k: v for k, v in gate.nodes.items() if k not in gone})
            for gate in base.gates
        ),
        contradictions=tuple(
            each
            for each in base.contradictions
            if not lost.intersection((*each.items, *re.findall(r"[a-z][a-z0-9_]*", each.when)))
        ),
    )
