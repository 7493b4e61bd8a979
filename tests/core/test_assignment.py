"""Panels cost the least that any assignment costs, prices prove it; what is lacking is named."""

from __future__ import annotations

import importlib.util
import itertools
import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.assignment import (
    Assignment,
    AssignmentError,
    AssignmentRule,
    Expert,
    Paper,
    Shortage,
    Task,
    assign,
    repair,
    verify,
)

FIELDS = ("cloud", "mes", "ai", "net")
REGIONS = ("", "武汉", "宜昌", "恩施")


def small(chance: random.Random, papers: int = 4, experts: int = 5) -> Task:
    """A few applications and experts, some conflicts, and whatever rule."""
    size = chance.randint(1, 3)
    some = tuple(
        Paper(f"p{n}", tuple(chance.sample(FIELDS, chance.randint(0, 2))), chance.choice(REGIONS))
        for n in range(chance.randint(1, papers))
    )
    pool = tuple(
        Expert(
            f"e{n}", frozenset(chance.sample(FIELDS, chance.randint(1, 2))),
            chance.choice(REGIONS), chance.choice([None, None, 1, 2]),
        )
        for n in range(chance.randint(1, experts))
    )  # fmt: skip
    share = chance.choice([0, 20, 40])
    conflicts = frozenset((p.id, e.id) for p in some for e in pool if chance.randrange(100) < share)
    rule = AssignmentRule(
        size, chance.randint(1, 4), chance.randint(0, 3), chance.randint(0, 9),
        chance.randint(0, 4), chance.choice([0, 0, 1, 5]), chance.choice([0, 1, 4]),
        chance.random() < 0.3,
    )  # fmt: skip
    return Task(some, pool, conflicts, rule)


def panels_of(task: Task, paper: Paper) -> list[tuple[tuple[str, ...], int]]:
    """Every panel that one application could have, and what it costs by itself."""
    found = []
    for panel in itertools.combinations(task.experts, task.rule.size):
        points = [task.points(paper, one) for one in panel]
        if None not in points:
            same = Counter(one.region for one in panel if one.region)
            mixed = sum(task.rule.mix * n for count in same.values() for n in range(count))
            found.append((tuple(one.id for one in panel), sum(p or 0 for p in points) + mixed))
    return found


def every(task: Task) -> list[tuple[int, tuple[tuple[str, ...], ...]]]:
    """Every assignment with its cost."""
    found = []
    most = {one.id: task.load(one) for one in task.experts}
    for choice in itertools.product(*(panels_of(task, paper) for paper in task.papers)):
        loads = Counter(id for panel, _ in choice for id in panel)
        if all(load <= most[id] for id, load in loads.items()):
            cost = sum(cost for _, cost in choice)
            cost += sum(task.rule.balance * n for load in loads.values() for n in range(load))
            found.append((cost, tuple(panel for panel, _ in choice)))
    return found


@settings(max_examples=120, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_assignment_is_cheaper_and_the_prices_prove_it(chance: random.Random) -> None:
    task = small(chance)
    made, all_ = assign(task), every(task)
    if isinstance(made, Shortage):
        assert not all_
        assert made.seats == sum(made.blocked.values()) > 0
        return
    assert made.cost == min(cost for cost, _ in all_)
    assert verify(task, made) == ()


def test_it_holds_where_seats_move_along_long_ways() -> None:
    for seed in range(150):
        task = small(random.Random(seed), papers=14, experts=9)
        made = assign(task)
        if isinstance(made, Assignment):
            assert verify(task, made) == ()


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False))
def test_after_a_withdrawal_as_few_seats_change_as_can_be(chance: random.Random) -> None:
    task = small(chance)
    before = assign(task)
    if isinstance(before, Shortage):
        return
    gone = chance.choice(task.experts).id
    left = replace(task, experts=tuple(one for one in task.experts if one.id != gone))
    made, all_ = repair(left, before.panels), every(left)
    if isinstance(made, Shortage):
        assert not all_
        return

    def changed(panels: tuple[tuple[str, ...], ...]) -> int:
        pairs = zip(task.papers, panels, strict=True)
        return sum(len(set(panel) - set(before.panels[paper.id])) for paper, panel in pairs)

    least = min((changed(panels), cost) for cost, panels in all_)
    assert (changed(tuple(made.panels[p.id] for p in task.papers)), made.cost) == least
    assert verify(left, made, before.panels) == ()


@settings(max_examples=80, deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_is_lacking_is_the_least_and_each_change_helps_and_is_the_smallest(
    chance: random.Random,
) -> None:
    task = small(chance)
    made = assign(task)
    if isinstance(made, Assignment):
        return
    for change in made.changes:
        assert change.said.zh and change.said.en
        if change.kind == "load":
            higher = replace(task, rule=replace(task.rule, load=change.load))
            assert every(higher)
            lower = replace(task, rule=replace(task.rule, load=change.load - 1))
            assert not every(lower)
        elif change.kind == "recusals":
            assert every(replace(task, conflicts=task.conflicts - set(change.pairs)))
            fewer = len(change.pairs) - 1
            for some in itertools.combinations(sorted(task.conflicts), fewer):
                assert not every(replace(task, conflicts=task.conflicts - set(some)))
        else:
            more = [
                Expert(f"new-{name}-{n}", frozenset((name,)))
                for name, number in change.experts.items()
                for n in range(number)
            ]
            assert isinstance(assign(replace(task, experts=(*task.experts, *more))), Assignment)
            less = replace(task, experts=(*task.experts, *more[:-1]))
            assert isinstance(assign(less), Shortage)


def test_a_shortage_says_in_words_what_helps() -> None:
    papers = tuple(Paper(f"p{n}", ("cloud",)) for n in range(4))
    pool = (*(Expert(f"e{n}", frozenset(("cloud",))) for n in range(3)), Expert("m", frozenset()))
    task = Task(papers, pool, rule=AssignmentRule(size=3, load=3, strict=True))
    made = assign(task)
    assert isinstance(made, Shortage)
    assert made.seats == 3
    assert made.said.zh == (
        "至少缺 3 个评审席位。可以：每人上限提高到 4 项；或增加专家：“cloud”领域 1 位。"
    )
    lifted = assign(
        Task(papers[:1], pool[:3], frozenset({("p0", "e1")}), AssignmentRule(size=3, strict=True))
    )
    assert isinstance(lifted, Shortage)
    assert "解除 1 处回避（e1 对 p0）" in lifted.said.zh


def test_loads_are_even_where_nothing_else_decides() -> None:
    papers = tuple(Paper(f"p{n}") for n in range(60))
    pool = tuple(Expert(f"e{n}", frozenset()) for n in range(20))
    made = assign(Task(papers, pool))
    assert isinstance(made, Assignment)
    assert set(made.loads().values()) == {15}


def test_a_panel_mixes_regions_and_avoids_the_applicants_own() -> None:
    pool = tuple(
        Expert(f"{region}{n}", frozenset(), region) for region in REGIONS[1:] for n in range(5)
    )
    task = Task((Paper("p", (), "武汉"),), pool, rule=AssignmentRule(size=5, home=5, mix=3))
    made = assign(task)
    assert isinstance(made, Assignment)
    regions = Counter(id[:2] for id in made.panels["p"])
    assert regions == {"宜昌": 2, "恩施": 2, "武汉": 1}


def test_whatever_is_changed_in_an_assignment_is_found() -> None:
    task = small(random.Random(3), papers=6, experts=9)
    made = next(
        made
        for n in range(99)
        if isinstance(made := assign(task := small(random.Random(n), 9, 9)), Assignment)
        and len(made.panels) > 5
    )
    assert verify(task, made) == ()
    assert verify(task, replace(made, cost=made.cost + 1))
    first = task.papers[0].id
    assert verify(task, replace(made, panels={**made.panels, first: ("nobody",)}))
    assert verify(task, replace(made, panels={}))
    dearer = {id: price + 100_000 for id, price in made.prices.items()}
    assert any("未证明最优" in fault.zh for fault in verify(task, replace(made, prices=dearer)))


def test_a_task_that_cannot_be_meant_is_refused_in_words() -> None:
    one, paper = Expert("e", frozenset()), Paper("p")
    for task in (
        Task((paper, paper), (one,)),
        Task((paper,), (one, one)),
        Task((paper,), (one,), rule=AssignmentRule(far=1_001)),
        Task((paper,), (one,), rule=AssignmentRule(size=0)),
    ):
        with pytest.raises(AssignmentError):
            assign(task)
    assert assign(Task((), (one,))) == Assignment({}, 0, {"e": 0})
    assert isinstance(assign(Task((paper,), ())), Shortage)


@pytest.mark.skipif(importlib.util.find_spec("ortools") is None, reason="ortools is an extra")
def test_or_tools_finds_the_same_cost() -> None:
    for seed in range(60):
        task = small(random.Random(seed), papers=14, experts=9)
        own, theirs = assign(task), assign(task, "ortools")
        if isinstance(own, Assignment) and isinstance(theirs, Assignment):
            assert own.cost == theirs.cost
            assert verify(task, theirs) == ()
        else:
            assert type(own) is type(theirs)
