"""Row R: the cheapest way to every level at thirty steps, beside a plain program over all states.

The peer is what one would write without the search: step by step a dictionary of all that can be
gained (points, scenarios, binding ones), for each the prices and the money drawn from each benefit
that no other set beats; once for each level, because rates and caps go by it. It is exact too. Both
get seeded firms of the shipped policy with about thirty steps open to them and both benefits to
count on; the costs of all levels are compared before anything is timed. `milliseconds` are ours
alone: with about thirty steps, and for firms of all kinds, from which up to 124 steps lead on.
"""

from __future__ import annotations

import datetime as dt
import random
import statistics
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bench import Side, compare
from dengta.core.benefits import Benefit, benefits_of
from dengta.core.policy import shipped
from dengta.core.roadmap import Planner
from dengta.core.scoring import Scorer
from dengta.core.shapes import Gate, Instrument, RoadStep

Answers = dict[str, str | int]
Firm = tuple[Answers, tuple[Benefit, ...]]
Costs = list[int | None]
Spent = tuple[int, tuple[int, ...]]

AS_OF = dt.date(2026, 4, 1)
STEPS = range(28, 34)
FIRMS = 10


def firm(instrument: Instrument, benefits: tuple[Benefit, ...], chance: random.Random) -> Firm:
    """A firm of some quality between nothing at all and everything, some of its voucher drawn."""
    quality = chance.random()
    answers: Answers = {}
    for question in instrument.questions:
        letters = [option.id for option in question.options if not option.exclusive]
        if question.kind == "multi":
            ticked = "".join(letter for letter in letters if chance.random() < quality)
            alone = next(option.id for option in question.options if option.exclusive)
            answers[question.id] = ticked or alone
        else:
            answers[question.id] = letters[_place(chance, quality, len(letters))]
    for scenario in instrument.scenarios:
        answers[scenario.id] = _place(chance, quality, len(scenario.criteria) + 1)
    drawn = chance.choice([0, 0, chance.randint(0, 200_000) * 100])
    return answers, tuple(
        replace(each, used_fen=drawn if each.covers == "cloud" else 0) for each in benefits
    )


def _place(chance: random.Random, quality: float, many: int) -> int:
    return min(int((quality + chance.random()) / 2 * many), many - 1)


class Plain:
    """The peer: every state, kept with its least price."""

    def __init__(self, instrument: Instrument, steps: tuple[RoadStep, ...]) -> None:
        self.instrument, self.steps = instrument, steps
        shares = {node.id: node.weight for node in instrument.nodes}
        self.weights: dict[str, dict[str, int]] = {}
        for question in instrument.questions:
            most = 100_000 * question.weight // 100
            for node in question.path:
                most = most * shares[node] // 100
            self.weights[question.id] = {o.id: most * o.weight // 100 for o in question.options}
        self.many = {q.id for q in instrument.questions if q.kind == "multi"}
        self.binding = {scenario.id: scenario.binding for scenario in instrument.scenarios}

    def ways(self, answers: Answers, benefits: tuple[Benefit, ...]) -> Costs:
        """The least that each level, or a higher one, costs the firm."""
        costs: Costs = []
        for gate in sorted(self.instrument.gates, key=lambda gate: -gate.level):
            found = [self._gate(gate, answers, benefits), costs[-1] if costs else None]
            costs.append(min((cost for cost in found if cost is not None), default=None))
        return costs[::-1]

    def open(self, answers: Answers) -> list[tuple[RoadStep, set[tuple[str, str | int]]]]:
        """The steps above where the firm stands, each with the steps that must come before it."""
        above = {
            (step.item, step.to): step
            for step in self.steps
            if not self._stands(step.item, answers[step.item], step.to)
        }
        below: dict[tuple[str, str | int], set[tuple[str, str | int]]] = {}
        for key, step in above.items():
            same = [o for o in above if o[0] == step.item and step.item not in self.many]
            lower = [o for o in same if self._height(*o) < self._height(*key)]
            below[key] = {n for n in step.needs if not self._stands(n[0], answers[n[0]], n[1])}
            below[key] |= {max(lower, key=lambda o: self._height(*o))} if lower else set()
        ordered: list[tuple[RoadStep, set[tuple[str, str | int]]]] = []
        placed: set[tuple[str, str | int]] = set()
        while len(placed) < len(above):
            key = next(k for k in above if k not in placed and below[k] <= placed)
            ordered.append((above[key], below[key]))
            placed.add(key)
        return ordered

    def _height(self, item: str, to: str | int) -> int:
        return to if isinstance(to, int) else self.weights[item][to]

    def _stands(self, item: str, answer: str | int, to: str | int) -> bool:
        if item in self.many:
            return str(to) in str(answer)
        return self._height(item, answer) >= self._height(item, to)

    def _gate(self, gate: Gate, answers: Answers, benefits: tuple[Benefit, ...]) -> int | None:
        score = sum(sum(w[x] for x in str(answers[q])) for q, w in self.weights.items())
        reached = [s for s in self.binding if int(answers[s]) >= gate.level]
        short = (
            max(0, gate.score * 1000 - score),
            max(0, gate.scenarios - len(reached)),
            max(0, gate.binding - sum(self.binding[s] for s in reached)),
        )
        left = [max(0, b.at(gate.level).cap_fen - b.used_fen) for b in benefits]
        rates = [b.at(gate.level).rate_bps for b in benefits]
        steps = self.open(answers)
        # What is done is remembered only while a later step may still ask for it.
        asked = [
            set[tuple[str, str | int]]().union(*(n for _, n in steps[at:]))
            for at in range(len(steps) + 1)
        ]
        states: dict[Any, list[Spent]] = {(frozenset(), (0, 0, 0)): [(0, (0,) * len(left))]}
        for at, (step, needs) in enumerate(steps):
            gain = self._gain(step, needs, answers, gate.level)
            pays = [
                (step.price_fen * rate + 5000) // 10000
                if (step.cloud if benefit.covers == "cloud" else step.eligible)
                else 0
                for benefit, rate in zip(benefits, rates, strict=True)
            ]
            after: dict[Any, list[Spent]] = {}
            for (done, have), every in states.items():
                after.setdefault((done & asked[at + 1], have), []).extend(every)
                if needs <= done:
                    more = tuple(min(s, h + g) for s, h, g in zip(short, have, gain, strict=True))
                    key = (done | {(step.item, step.to)}) & asked[at + 1], more
                    kept = after.setdefault(key, [])
                    for price, paid in every:
                        for payer, part in enumerate(pays):
                            put = list(paid)
                            put[payer] = min(left[payer], put[payer] + part)
                            kept.append((price + step.price_fen, tuple(put)))
            states = {key: _undominated(every) for key, every in after.items()}
        ends = [each for (_, have), every in states.items() if have == short for each in every]
        return min((price - sum(paid) for price, paid in ends), default=None)

    def _gain(
        self,
        step: RoadStep,
        needs: set[tuple[str, str | int]],
        answers: Answers,
        level: int,
    ) -> tuple[int, int, int]:
        own = [self._height(item, to) for item, to in needs if item == step.item]
        if step.item in self.binding:
            before = max(own, default=int(answers[step.item]))
            across = int(before < level <= int(step.to))
            return 0, across, across * self.binding[step.item]
        top = self._height(step.item, step.to)
        if step.item in self.many:
            return top, 0, 0
        return top - max(own, default=self._height(step.item, answers[step.item])), 0, 0


def _undominated(every: list[Spent]) -> list[Spent]:
    """Without those that another beats even if all that it has drawn more comes short later."""
    kept: list[Spent] = []
    for price, paid in sorted(set(every), key=lambda each: (each[0], [-part for part in each[1]])):
        if not any(
            other + sum(max(0, p - q) for p, q in zip(paid, drawn, strict=True)) <= price
            for other, drawn in kept
        ):
            kept.append((price, paid))
    return kept


def firms(
    instrument: Instrument, benefits: tuple[Benefit, ...], peer: Plain, seed: int
) -> list[Firm]:
    """Seeded firms with about thirty steps open."""
    chance = random.Random(seed)
    found: list[Firm] = []
    while len(found) < FIRMS:
        one = firm(instrument, benefits, chance)
        if len(peer.open(one[0])) in STEPS:
            found.append(one)
    return found


def spread(planner: Planner, cases: list[Firm]) -> Mapping[str, Mapping[str, float]]:
    """How long one firm takes in milliseconds, by the clock and of the processor."""
    clock, processor = [], []
    for answers, benefits in cases:
        start, spent = time.perf_counter_ns(), time.process_time_ns()
        planner.ways(answers, benefits)
        clock.append((time.perf_counter_ns() - start) / 1e6)
        processor.append((time.process_time_ns() - spent) / 1e6)
    return {
        name: {
            "p50": round(statistics.median(taken), 1),
            "p99": round(sorted(taken)[len(taken) * 99 // 100], 1),
            "slowest": round(max(taken), 1),
        }
        for name, taken in (("clock", clock), ("processor", processor))
    }


def run(rounds: int = 5) -> dict[str, Any]:
    """Row R."""
    policy = shipped()
    instrument, road = policy.instruments["miit-2024"], policy.roads["miit-2024"]
    benefits = benefits_of(policy, road, AS_OF)
    planner, peer = Planner(Scorer(instrument), road), Plain(instrument, road.steps)
    cases = firms(instrument, benefits, peer, seed=2024)

    def ours() -> list[Costs]:
        every = (planner.ways(answers, given) for answers, given in cases)
        return [[way.plan.net_fen if way.plan else None for way in ways] for ways in every]

    def theirs() -> list[Costs]:
        return [peer.ways(answers, given) for answers, given in cases]

    def same(one: list[Costs], other: list[Costs]) -> dict[str, Any]:
        if one != other:
            raise SystemExit("a way costs something else by the peer; nothing is timed")
        return {"firms": len(one), "costs": sum(map(len, one)), "different": 0}

    line = compare(
        "R",
        Side("Planner.ways", ours),
        Side("plain states", theirs),
        same,
        size=len(cases),
        rounds=rounds,
    )
    chance = random.Random(7)
    every = [firm(instrument, benefits, chance) for _ in range(500)]
    nothing: Firm = ({}, benefits)
    line["milliseconds"] = {
        f"{STEPS.start} to {STEPS.stop - 1} steps": spread(planner, cases * 10),
        "firms of all kinds": spread(planner, [nothing, *every]),
    }
    return line
