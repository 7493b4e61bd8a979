"""专家分配: reviewers to applications at least cost, with prices that prove it.

Every application gets `size` reviewers, nobody reviews more than his load, conflicts are never
assigned. What is minimised, in points that the rule sets: for each seat `near` when the expert
knows only a secondary field of the application and `far` when none, `home` when he comes from the
applicant's own region; for each further reviewer of one panel from the same region `mix` more than
for the one before; for an expert's n-th review `balance` times n - 1, so that loads are even.

An assignment comes with a price for each expert. Whatever the prices, no assignment costs less than
each panel's cheapest seats at cost and price, together with what each expert's cheapest number of
reviews costs less its price. `verify` computes that floor by itself; where it equals the cost,
nothing is cheaper. This is what dual potentials, reduced costs and complementary slackness say of
a flow, in one sum.

Where there is no assignment, the answer names the smallest changes that help. After a withdrawal,
`repair` changes as few seats as can be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from dengta.core.exchanging import FAR, Seats, prices_of, solve
from dengta.core.shapes import Text

__all__ = [
    "Assignment",
    "AssignmentError",
    "AssignmentRule",
    "Change",
    "Expert",
    "Paper",
    "Shortage",
    "Task",
    "assign",
    "repair",
    "verify",
]

Engine = Literal["own", "ortools"]
MOST_POINTS = 1_000
_Array = np.ndarray[Any, Any]


class AssignmentError(ValueError):
    """A task that cannot be meant. `message` names the value and says how to mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.message = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Expert:
    """A reviewer: fields, home region, how many reviews at most where that is fewer than the rule's
    load, and the applications that alone may be theirs (`only`; None for any)."""

    id: str
    fields: frozenset[str]
    region: str = ""
    load: int | None = None
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """What is reviewed: an application, its fields with the main one first, the applicant's
    region."""

    id: str
    fields: tuple[str, ...] = ()
    region: str = ""


@dataclass(frozen=True, slots=True)
class AssignmentRule:
    """How panels are made; points from 0 to 1,000. With `strict` nobody reviews outside of his
    fields."""

    size: int = 5
    load: int = 30
    near: int = 3
    far: int = 10
    home: int = 5
    mix: int = 2
    balance: int = 1
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """Applications, experts, and the pairs (application, expert) that must not be; of these, the
    `fixed` ones cannot be lifted."""

    papers: tuple[Paper, ...]
    experts: tuple[Expert, ...]
    conflicts: frozenset[tuple[str, str]] = frozenset()
    rule: AssignmentRule = AssignmentRule()
    fixed: frozenset[tuple[str, str]] = frozenset()

    def load(self, expert: Expert) -> int:
        """How many reviews an expert takes at most."""
        return self.rule.load if expert.load is None else min(self.rule.load, expert.load)

    def points(self, paper: Paper, expert: Expert) -> int | None:
        """What one seat costs by itself; None where it must not be."""
        rule, known = self.rule, expert.fields
        pair = paper.id, expert.id
        if pair in self.conflicts or pair in self.fixed:
            return None
        if expert.only is not None and paper.id not in expert.only:
            return None
        cost = 0
        if paper.fields and paper.fields[0] not in known:
            some = not known.isdisjoint(paper.fields)
            if rule.strict and not some:
                return None
            cost = rule.near if some else rule.far
        return cost + (rule.home if expert.region and expert.region == paper.region else 0)


@dataclass(frozen=True, slots=True)
class Assignment:
    """The reviewers of each application, the cost in points, and the prices that prove it least."""

    panels: Mapping[str, tuple[str, ...]]
    cost: int
    prices: Mapping[str, int]

    def loads(self) -> Counter[str]:
        """How many reviews each expert has."""
        return Counter(expert for panel in self.panels.values() for expert in panel)


@dataclass(frozen=True, slots=True)
class Change:
    """One change after which there is an assignment: more `experts` with the full load by field, a
    `load` for all, or the lifting of `pairs`."""

    kind: Literal["experts", "load", "recusals"]
    said: Text
    experts: Mapping[str, int] = field(default_factory=dict)
    load: int = 0
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Shortage:
    """There is no assignment: so many `seats` stay empty at the least, `blocked` says at which
    applications in one such attempt, and each of `changes` by itself would help."""

    seats: int
    blocked: Mapping[str, int]
    changes: tuple[Change, ...]

    @property
    def said(self) -> Text:
        """What is lacking and what would help, in words."""
        zh = "；或".join(change.said.zh for change in self.changes)
        en = "; or ".join(change.said.en for change in self.changes)
        return Text(
            f"至少缺 {self.seats} 个评审席位。"
            + (f"可以：{zh}。" if zh else "放宽单项条件不能解决，请同时增加专家和提高上限。"),
            f"At least {self.seats} seats stay empty. "
            + (f"What helps: {en}." if en else "No single change helps; change several."),
        )


def assign(task: Task, engine: Engine = "own") -> Assignment | Shortage:
    """A cheapest assignment, or what is lacking. AssignmentError for a task that cannot be meant;
    `ortools` needs the package of that name."""
    _check(task)
    if not task.papers:
        return Assignment({}, 0, dict.fromkeys((one.id for one in task.experts), 0))
    return _solved(task, _costs(task), engine)


def repair(task: Task, before: Mapping[str, Sequence[str]]) -> Assignment | Shortage:
    """An assignment that leaves as many seats as can be as they were `before`, and of those the
    cheapest. Who withdrew is no longer among the experts, or has new conflicts.

    The prices are in points where a changed seat costs more than everything else together.
    """
    _check(task)
    if not task.papers:
        return Assignment({}, 0, dict.fromkeys((one.id for one in task.experts), 0))
    return _solved(task, _costs(task), "own", _kept(task, before))


# ---------------------------------------------------------------- the task in numbers


def _check(task: Task) -> None:
    rule = task.rule
    for name, ids in (
        ("申报", [p.id for p in task.papers]),
        ("专家", [e.id for e in task.experts]),
    ):
        twice = [id for id, count in Counter(ids).items() if count > 1]
        if twice:
            raise AssignmentError(
                f"{name}“{twice[0]}”写了不止一次。请只留一个。",
                f"“{twice[0]}” is there more than once. Keep one.",
            )
    for key in ("near", "far", "home", "mix", "balance"):
        if not 0 <= getattr(rule, key) <= MOST_POINTS:
            raise AssignmentError(
                f"{key} 是 {getattr(rule, key)}，请填 0 至 {MOST_POINTS} 的整数。",
                f"{key} is {getattr(rule, key)}. Write a whole number from 0 to {MOST_POINTS}.",
            )
    if rule.size < 1 or rule.load < 0 or any((e.load or 0) < 0 for e in task.experts):
        raise AssignmentError(
            f"每项 {rule.size} 位专家、每人至多 {rule.load} 项，不成立。人数至少 1，项数不能为负。",
            f"{rule.size} reviewers each and at most {rule.load} reviews cannot be. Have one "
            "reviewer or more, and no negative load.",
        )
    if _all_points(task) * (1 + len(task.papers) * rule.size) > FAR >> 4:
        raise AssignmentError(
            f"{len(task.papers)} 项一次分配太多。请分批分配。",
            f"{len(task.papers)} are too many for one assignment. Divide them.",
        )


def _costs(task: Task) -> _Array:
    """What each seat costs by itself, FAR where it must not be."""
    rule = task.rule
    kinds = {paper.fields: None for paper in task.papers}
    by_field = {
        fields: [
            0
            if not fields or fields[0] in one.fields
            else rule.near
            if not one.fields.isdisjoint(fields)
            else FAR
            if rule.strict
            else rule.far
            for one in task.experts
        ]
        for fields in kinds
    }
    by_home = {
        region: [rule.home * (bool(region) and one.region == region) for one in task.experts]
        for region in {paper.region for paper in task.papers}
    }
    shape = len(task.papers), len(task.experts)
    costs = np.array([by_field[p.fields] for p in task.papers], np.int64).reshape(shape)
    costs += np.array([by_home[p.region] for p in task.papers], np.int64).reshape(shape)
    rows = {paper.id: at for at, paper in enumerate(task.papers)}
    columns = {one.id: at for at, one in enumerate(task.experts)}
    for paper, expert in task.conflicts | task.fixed:
        if paper in rows and expert in columns:
            costs[rows[paper], columns[expert]] = FAR
    for one in task.experts:
        if one.only is not None:
            barred = [at for at, paper in enumerate(task.papers) if paper.id not in one.only]
            costs[barred, columns[one.id]] = FAR
    return np.minimum(costs, FAR)


def _kept(task: Task, before: Mapping[str, Sequence[str]]) -> _Array:
    """True where a seat is another than before."""
    columns = {one.id: at for at, one in enumerate(task.experts)}
    new = np.ones((len(task.papers), len(task.experts)), bool)
    for row, paper in enumerate(task.papers):
        for expert in before.get(paper.id, ()):
            if expert in columns:
                new[row, columns[expert]] = False
    return new


def _all_points(task: Task) -> int:
    """More than any assignment costs."""
    rule = task.rule
    seats = len(task.papers) * rule.size
    return (
        1
        + seats * (rule.far + rule.near + rule.home + rule.mix * rule.size)
        + seats * (rule.balance * rule.load)
    )


def _seats(task: Task, costs: _Array, last: int) -> Seats:
    """With `size` columns of last resort, each seat of which costs `last`."""
    rule, count = task.rule, len(task.experts)
    names = {"": 0}
    regions = [
        names.setdefault(one.region, len(names)) if one.region else -1 for one in task.experts
    ]
    alone = iter(range(len(names), len(names) + count + rule.size))
    regions = [next(alone) if at < 0 else at for at in regions]
    regions += [next(alone) for _ in range(rule.size)]
    widest = max((task.load(one) for one in task.experts), default=0)
    margins = np.full((count, max(widest, 1)), FAR, np.int64)
    for at, one in enumerate(task.experts):
        margins[at, : task.load(one)] = rule.balance * np.arange(task.load(one))
    resort = np.full((len(costs), rule.size), last, np.int64)
    return Seats(
        np.concatenate([costs, resort], axis=1),
        rule.size,
        np.array(regions),
        rule.mix,
        margins,
        max(rule.far, rule.near, rule.home, rule.balance, 1),
    )


def _solved(
    task: Task, costs: _Array, engine: Engine, changed: _Array | None = None
) -> Assignment | Shortage:
    points = last = _all_points(task)
    if changed is not None:
        costs = np.where(costs < FAR, costs + changed * points, FAR)
        last = points * (1 + len(task.papers) * task.rule.size)
    seats = _seats(task, costs, last)
    if engine == "ortools":
        from dengta.core.flow_engine import panels_by_ortools

        panels = panels_by_ortools(seats)
        prices = prices_of(seats, panels)
    else:
        panels, prices = solve(seats)
    count = len(task.experts)
    if (panels >= count).any():
        return _shortage(task, panels)
    ids = [one.id for one in task.experts]
    named = {
        paper.id: tuple(ids[at] for at in row)
        for paper, row in zip(task.papers, panels.tolist(), strict=True)
    }
    made = Assignment(named, 0, dict(zip(ids, prices[:count].tolist(), strict=True)))
    return replace(made, cost=_cost_of(task, made.panels))


def _cost_of(task: Task, panels: Mapping[str, Sequence[str]]) -> int:
    """What an assignment costs in points, seat by seat."""
    rule, total = task.rule, 0
    experts = {one.id: one for one in task.experts}
    for paper in task.papers:
        panel = [experts[id] for id in panels[paper.id]]
        total += sum(task.points(paper, one) or 0 for one in panel)
        for same in Counter(one.region for one in panel if one.region).values():
            total += rule.mix * same * (same - 1) // 2
    loads = Counter(id for panel in panels.values() for id in panel)
    return total + sum(rule.balance * load * (load - 1) // 2 for load in loads.values())


# ---------------------------------------------------------------- what is lacking


def _shortage(task: Task, panels: _Array) -> Shortage:
    """How many seats stay empty, where, and the smallest changes that help."""
    empty = (panels >= len(task.experts)).sum(axis=1)
    blocked = {
        paper.id: int(lacking) for paper, lacking in zip(task.papers, empty, strict=True) if lacking
    }
    found = (_lift(task), _raise(task), _add(task, blocked))
    return Shortage(int(empty.sum()), blocked, tuple(each for each in found if each))


def _fill(task: Task, costs: _Array, last: int) -> _Array:
    """Panels where an empty seat costs `last`; neither load nor region matters."""
    rule = replace(task.rule, balance=0, mix=0, near=0, far=0, home=0)
    return solve(_seats(replace(task, rule=rule), costs, last)).panels


def _lacking(task: Task) -> int:
    """How many seats stay empty."""
    costs = np.where(_costs(task) < FAR, 0, FAR)
    return int((_fill(task, costs, 1) >= len(task.experts)).sum())


def _lift(task: Task) -> Change | None:
    """The fewest recusals to lift: each costs one, all other seats nothing."""
    if sum(map(task.load, task.experts)) < len(task.papers) * task.rule.size:
        return None  # there is too little time, whoever reviews what
    allowed = _costs(task) < FAR
    known = _costs(replace(task, conflicts=frozenset())) < FAR
    costs = np.where(allowed, 0, np.where(known, 1, FAR))
    panels = _fill(task, costs, 1 + len(task.papers) * task.rule.size)
    if (panels >= len(task.experts)).any():
        return None
    pairs = tuple(
        (paper.id, task.experts[at].id)
        for row, paper in enumerate(task.papers)
        for at in panels[row].tolist()
        if not allowed[row, at]
    )
    first = "、".join(f"{expert} 对 {paper}" for paper, expert in pairs[:5])
    english = ", ".join(f"{expert} for {paper}" for paper, expert in pairs[:5])
    more = "" if len(pairs) <= 5 else "…"
    return Change(
        "recusals",
        Text(
            f"解除 {len(pairs)} 处回避（{first}{more}）",
            f"lift {len(pairs)} recusals ({english}{more})",
        ),
        pairs=pairs,
    )


def _raise(task: Task) -> Change | None:
    """The least load for all; who has a lower one of his own keeps that."""

    def lacks(load: int) -> bool:
        return _lacking(replace(task, rule=replace(task.rule, load=load))) > 0

    own = max((one.load or 0 for one in task.experts), default=0)
    most = len(task.papers) if any(e.load is None for e in task.experts) else own
    seats = len(task.papers) * task.rule.size
    even = -(-seats // max(len(task.experts), 1))
    load = _least(max(task.rule.load + 1, min(even, most)), most, lacks)
    if load is None:
        return None
    return Change(
        "load",
        Text(f"每人上限提高到 {load} 项", f"raise the load to {load} reviews each"),
        load=load,
    )


def _add(task: Task, blocked: Mapping[str, int]) -> Change | None:
    """The fewest experts of one field; where one field is not enough, of one after the other."""
    wanted = Counter[str]()
    for paper in task.papers:
        if paper.id in blocked:
            wanted[paper.fields[0] if paper.fields else ""] += blocked[paper.id]
    if not task.rule.load:
        return None
    fields = sorted(wanted, key=lambda each: (-wanted[each], each))
    if not task.rule.strict:
        fields = fields[:1]  # whoever comes may review anything
    tries = [found for name in fields if (found := _of_field(task, name, sum(blocked.values())))]
    added: dict[str, int] = {}
    if tries:
        name, number = min(tries, key=lambda each: each[1])
        added = {name: number}
    else:
        for name in fields:
            lacking = _lacking(_with(task, added))
            full = {**added, name: sum(blocked.values())}
            rest = _lacking(_with(task, full))
            needed = _least(0, sum(blocked.values()), _still(task, added, name, rest))
            if lacking and needed:
                added[name] = needed
        if _lacking(_with(task, added)):
            return None
    zh = "、".join(f"“{name}”领域 {n} 位" if name else f"{n} 位" for name, n in added.items())
    en = ", ".join(f"{n} in “{name}”" if name else f"{n}" for name, n in added.items())
    return Change("experts", Text(f"增加专家：{zh}", f"add experts: {en}"), experts=added)


def _of_field(task: Task, name: str, lacking: int) -> tuple[str, int] | None:
    """The fewest experts of a field that are enough by themselves."""
    low = max(1, -(-lacking // task.rule.load))
    number = _least(low, max(low, lacking), _still(task, {}, name, 0))
    return None if number is None else (name, number)


def _still(task: Task, added: Mapping[str, int], name: str, enough: int) -> Callable[[int], bool]:
    return lambda number: _lacking(_with(task, {**added, name: number})) > enough


def _with(task: Task, added: Mapping[str, int]) -> Task:
    """The task with more experts, who know one field each and have no conflicts."""
    more = tuple(
        Expert(f"+{name}+{at}", frozenset((name,)))
        for name, number in added.items()
        for at in range(number)
    )
    return replace(task, experts=(*task.experts, *more))


def _least(low: int, high: int, lacks: Callable[[int], bool]) -> int | None:
    """The least number from low to high that does not lack; None if all do. More never lacks
    more."""
    if low > high or lacks(high):
        return None
    if low < high and not lacks(low):
        return low
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if lacks(middle) else (low, middle)
    return low


# ---------------------------------------------------------------- proof


def verify(
    task: Task, made: Assignment, before: Mapping[str, Sequence[str]] | None = None
) -> tuple[Text, ...]:
    """What does not hold of an assignment, nothing when all does and nothing could be cheaper.

    Computed apart from the search, in plain integers; `before` for one that `repair` made.
    """
    faults = _broken(task, made)
    if faults:
        return tuple(faults)
    cost = _cost_of(task, made.panels)
    if cost != made.cost:
        faults.append(
            Text(
                f"总分应为 {cost}，写的是 {made.cost}",
                f"it costs {cost} points, not {made.cost}",
            )
        )
    if before is not None:
        cost += _all_points(task) * sum(
            id not in before.get(paper, ()) for paper, panel in made.panels.items() for id in panel
        )
    floor = _floor(task, made.prices, before)
    if floor != cost:
        faults.append(
            Text(
                f"价格只证明不低于 {floor}，而总分是 {cost}：未证明最优",
                f"the prices prove no less than {floor}, and it costs {cost}: not proved cheapest",
            )
        )
    return tuple(faults)


def _broken(task: Task, made: Assignment) -> list[Text]:
    """Panels and loads that the rule forbids."""
    experts = {one.id: one for one in task.experts}
    papers = {paper.id for paper in task.papers}
    if made.panels.keys() != papers or made.prices.keys() != experts.keys():
        return [
            Text(
                "分配里的申报或专家与任务的不同",
                "applications or experts are not those of the task",
            )
        ]
    faults = []
    for paper in task.papers:
        panel = made.panels[paper.id]
        if len(set(panel)) != task.rule.size or len(panel) != task.rule.size:
            faults.append(
                Text(
                    f"{paper.id} 应有 {task.rule.size} 位不同的专家",
                    f"{paper.id} needs {task.rule.size} different reviewers",
                )
            )
        for id in panel:
            if id not in experts or task.points(paper, experts[id]) is None:
                faults.append(Text(f"{id} 不能评审 {paper.id}", f"{id} must not review {paper.id}"))
    for id, load in made.loads().items():
        if id in experts and load > task.load(experts[id]):
            faults.append(
                Text(
                    f"{id} 有 {load} 项，至多 {task.load(experts[id])} 项",
                    f"{id} has {load} reviews, at most {task.load(experts[id])}",
                )
            )
    return faults


def _floor(
    task: Task, prices: Mapping[str, int], before: Mapping[str, Sequence[str]] | None
) -> int:
    """No assignment costs less: each panel's cheapest seats at cost and price, and the cheapest
    number of reviews for each expert less its price."""
    rule, total, changed = task.rule, 0, _all_points(task)
    for paper in task.papers:
        old = None if before is None else before.get(paper.id, ())
        open_ = []
        for expert in task.experts:
            points = task.points(paper, expert)
            if points is not None:
                new = changed if old is not None and expert.id not in old else 0
                open_.append((points + new + prices[expert.id], expert.region))
        open_.sort()
        same, costs = Counter[str](), []
        for cost, region in open_:
            costs.append(cost + (rule.mix * same[region] if region else 0))
            same[region] += 1
        total += sum(sorted(costs)[: rule.size])
    for expert in task.experts:
        price = prices[expert.id]
        total += sum(min(0, rule.balance * n - price) for n in range(task.load(expert)))
    return total
