"""The same panels by the min-cost flow of OR-Tools, where that is installed.

From each row its seats, through one node for each of its regions where regions matter, to the
columns, and on to the outside through one arc for each marginal cost.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from dengta.core.exchanging import FAR, Seats

__all__ = ["panels_by_ortools"]


def panels_by_ortools(seats: Seats) -> np.ndarray[Any, Any]:
    """The columns of each row, rising. ImportError where the package is missing."""
    solver = importlib.import_module("ortools.graph.python.min_cost_flow").SimpleMinCostFlow()
    rows, count = seats.costs.shape
    out = rows + count
    at, column = np.nonzero(seats.costs < FAR)
    start = at
    if seats.mix:
        regions = int(seats.regions.max()) + 1
        keys, start = np.unique(at * regions + seats.regions[column], return_inverse=True)
        for further in range(seats.size):
            _arcs(solver, keys // regions, out + 1 + np.arange(len(keys)), 1, seats.mix * further)
        start = out + 1 + start
    seat = _arcs(solver, start, rows + column, 1, seats.costs[at, column])
    known = len(seats.margins)
    for margin in np.unique(seats.margins[seats.margins < FAR]):
        many = (seats.margins == margin).sum(axis=1)
        who = np.flatnonzero(many)
        _arcs(solver, rows + who, np.full(len(who), out), many[who], margin)
    resort = np.arange(known, count)
    _arcs(solver, rows + resort, np.full(len(resort), out), rows, 0)
    solver.set_nodes_supplies(np.arange(rows), np.full(rows, seats.size))
    solver.set_node_supply(out, -rows * seats.size)
    if solver.solve() != solver.OPTIMAL:
        raise ValueError("there is no assignment")
    taken = solver.flows(seat) > 0
    panels: np.ndarray[Any, Any] = column[taken].reshape(rows, seats.size)
    return panels


def _arcs(solver: Any, tails: Any, heads: Any, room: Any, costs: Any) -> Any:
    """Add arcs; the same room or cost for all may be given as one number."""
    size = len(tails)
    return solver.add_arcs_with_capacity_and_unit_cost(
        np.asarray(tails, np.int32),
        np.asarray(heads, np.int32),
        np.broadcast_to(np.asarray(room, np.int64), size),
        np.broadcast_to(np.asarray(costs, np.int64), size),
    )
