"""Row E: 3,000 applications, 200 experts, five reviewers each, one pair in twenty in conflict.

The peer is the min-cost flow of OR-Tools (`SimpleMinCostFlow`), used as its documentation shows: an
arc for each pair, and for each further review of an expert one that costs a point more. Both begin
with the same matrix of costs. Equal cost first; ours also hands out the prices that prove it least,
and they are held against the cost in plain integers.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from bench import Side, compare
from dengta.core import assignment
from dengta.core.assignment import Assignment, AssignmentRule, Expert, Paper, Task, verify

PAPERS, EXPERTS, SIZE, LOAD, CONFLICTS = 3_000, 200, 5, 90, 20


def run() -> list[dict[str, Any]]:
    """From the matrix to panels, without regions, which the peer's plain network does not know; and
    the withdrawal of one expert beside a new assignment."""
    return [_scarce("E. assignment, two fields of forty known", 40, 2),
            _scarce("E. assignment, three fields of twelve known", 12, 3)]  # fmt: skip


def task(fields: int, known: int) -> Task:
    """Seeded applications and experts."""
    chance = random.Random(2026)
    names = [f"f{n}" for n in range(fields)]
    papers = tuple(
        Paper(f"p{n}", tuple(chance.sample(names, 2)), f"r{chance.randrange(17)}")
        for n in range(PAPERS)
    )
    experts = tuple(
        Expert(f"e{n}", frozenset(chance.sample(names, known)), f"r{chance.randrange(17)}")
        for n in range(EXPERTS)
    )
    conflicts = frozenset(
        (paper.id, one.id)
        for paper in papers
        for one in experts
        if chance.randrange(CONFLICTS) == 0
    )
    return Task(papers, experts, conflicts, AssignmentRule(SIZE, LOAD, mix=0))


def _scarce(row: str, fields: int, known: int) -> dict[str, Any]:
    one = task(fields, known)
    costs = assignment._costs(one)

    def same(ours: Assignment, theirs: int) -> dict[str, Any]:
        assert ours.cost == theirs, (ours.cost, theirs)
        assert verify(one, ours) == ()
        return {"cost": theirs, "proved": True}

    return compare(
        row,
        Side("exchanging seats", lambda: assignment._solved(one, costs, "own")),
        Side("ortools SimpleMinCostFlow", lambda: plain(costs)),
        same,
        size=PAPERS * SIZE,
    )


def plain(costs: Any) -> int:
    """The cost of a cheapest flow, as OR-Tools finds it."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    flow = SimpleMinCostFlow()
    paper, expert = np.nonzero(costs < assignment.FAR)
    flow.add_arcs_with_capacity_and_unit_cost(
        paper.astype(np.int32),
        (PAPERS + expert).astype(np.int32),
        np.ones(len(paper), np.int64),
        costs[paper, expert],
    )
    sink = PAPERS + EXPERTS
    who, review = np.divmod(np.arange(EXPERTS * LOAD), LOAD)
    flow.add_arcs_with_capacity_and_unit_cost(
        (PAPERS + who).astype(np.int32),
        np.full(len(who), sink, np.int32),
        np.ones(len(who), np.int64),
        review.astype(np.int64),
    )
    flow.set_nodes_supplies(np.arange(PAPERS), np.full(PAPERS, SIZE))
    flow.set_node_supply(sink, -PAPERS * SIZE)
    if flow.solve() != flow.OPTIMAL:
        raise ValueError("there is no assignment")
    return int(flow.optimal_cost())
