"""名单拟定: from a ranking, quotas, floors and money to a list, a reserve, amounts and reasons.

The rule: places are given from the best to the last. An application gets one if, with all places
given before it, every limit holds (places, quotas, budget) and every floor can still be filled from
those behind it. Floors come first, then rank. A floor that nobody could fill is named and lowered
to what can be filled; where floors exclude one another, the one that stands earlier is filled
first.

So the list is, among all that keep limits and floors, the first in the order of dictionaries: take
any other such list; at the first application where the two differ, that list has it and ours has
not, or the reverse. In the first case all places before are the same and the list itself shows that
limits and floors can be kept with it, so ours would have given the place. So it is the reverse, and
ours is better. This is one list, whatever way it is computed.

Whether floors can still be filled is asked of a circulation: from all, to a group of cities, to a
city, to an applicant, to an application, to its industry, to a group of industries, and back; that
is exact since an applicant lies in one city. The circulation holds the places given and a plan for
the floors behind, the cheapest one when money is short. What the plan holds gets its place at once;
for others one unit is forced through, and where that cannot be, the circulation says what is full
and for which floors places are kept. Equal applications share an arc.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from dengta.core.circulation import Circulation
from dengta.core.money import largest_remainder, share, yuan
from dengta.core.panel import Placed
from dengta.core.selection import Criterion, Floor, Quota, Selection
from dengta.core.shapes import Text

__all__ = [
    "Allocation",
    "AllocationError",
    "Candidate",
    "Filled",
    "Limits",
    "Place",
    "allocate",
    "candidate_of",
    "limits_of",
    "ranked",
]

Outcome = Literal["award", "reserve", "none"]


class AllocationError(ValueError):
    """Candidates or limits that make no list. `message` names the value and says how to mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.message = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One application with what decides: its score, what breaks ties (higher is better), then the
    lot (lower is better). `base_fen` is what the amount is taken of."""

    id: str
    score: Fraction
    city: str = ""
    industry: str = ""
    applicant: str = ""
    base_fen: int = 0
    ties: tuple[Fraction, ...] = ()
    lot: str = ""
    passed: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """What a list has to keep. None is no limit.

    An amount is `rate_bps` of the base, at most `cap_fen`. Within `budget_fen` nobody gets a place
    that cannot be paid in full; `pool_fen` is divided among all places in proportion when it does
    not reach. `names` are what cities and industries are called in reasons.
    """

    places: int | None = None
    budget_fen: int | None = None
    pool_fen: int | None = None
    rate_bps: int = 10_000
    cap_fen: int | None = None
    reserve: int = 0
    quotas: tuple[Quota, ...] = ()
    floors: tuple[Floor, ...] = ()
    names: Mapping[str, Text] = field(default_factory=dict)

    def amount(self, candidate: Candidate) -> int:
        """What a candidate would be paid in full."""
        part = share(candidate.base_fen, self.rate_bps)
        return part if self.cap_fen is None else min(part, self.cap_fen)


@dataclass(frozen=True, slots=True)
class Place:
    """What became of one application, at which rank, why, and how much it gets."""

    id: str
    rank: int
    outcome: Outcome
    reason: Text
    amount_fen: int = 0


@dataclass(frozen=True, slots=True)
class Filled:
    """One floor, for one value or a group: how many were asked, could be had at the most beside
    the floors before it, and got a place."""

    by: str
    values: tuple[str, ...]
    asked: int
    least: int
    got: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The list: every application by rank, floors, and what it costs."""

    places: tuple[Place, ...]
    floors: tuple[Filled, ...]
    total_fen: int

    @property
    def awarded(self) -> tuple[str, ...]:
        """Who has a place, by rank."""
        return tuple(place.id for place in self.places if place.outcome == "award")

    @property
    def reserve(self) -> tuple[str, ...]:
        """Who is on the reserve list, by rank."""
        return tuple(place.id for place in self.places if place.outcome == "reserve")

    @property
    def lowered(self) -> tuple[Filled, ...]:
        """The floors that nobody could fill."""
        return tuple(floor for floor in self.floors if floor.least < floor.asked)


def limits_of(
    selection: Selection,
    places: int | None = None,
    budget: int | None = None,
    names: Mapping[str, Text] | None = None,
) -> Limits:
    """The limits of a selection when its list is made; `budget` in 分."""
    quotas = tuple(quota for quota in selection.quotas if quota.at == "award")
    whole = [quota.limit for quota in quotas if quota.by == "round"]
    most = min([*whole, *([] if places is None else [places])], default=None)
    return Limits(
        places=most,
        budget_fen=budget,
        reserve=share(most, selection.reserve_bps) if most else 0,
        quotas=tuple(quota for quota in quotas if quota.by != "round"),
        floors=selection.floors,
        names=names or {},
    )


def candidate_of(
    criteria: Sequence[Criterion],
    placed: Placed,
    city: str = "",
    industry: str = "",
    applicant: str = "",
    base_fen: int = 0,
) -> Candidate:
    """A candidate from what its panel says; ranked as `panel.in_order` does."""
    ties = sorted((one for one in criteria if one.tie), key=lambda one: one.tie)
    return Candidate(
        placed.id,
        placed.score.score,
        city,
        industry,
        applicant,
        base_fen,
        tuple(placed.score.means[one.id] for one in ties),
        placed.lot,
        placed.score.passed,
    )


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """From the best to the last. AllocationError for an id that stands twice."""
    given = list(candidates)
    twice = [id for id, count in Counter(one.id for one in given).items() if count > 1]
    if twice:
        raise AllocationError(
            f"申报“{twice[0]}”写了不止一次。请只留一个。",
            f"the application “{twice[0]}” is there more than once. Keep one.",
        )
    return sorted(given, key=lambda c: (-c.score, *(-tie for tie in c.ties), c.lot, c.id))


def allocate(
    candidates: Iterable[Candidate], limits: Limits, kept: frozenset[str] = frozenset()
) -> Allocation:
    """The list. AllocationError for what makes none.

    `kept` have their place already, whatever their rank: after a withdrawal, allocate again without
    who withdrew, and with those who stay as `kept`. When they break a limit, that is an error.
    """
    order = ranked(candidates)
    held = _Round(order, limits)
    given = {}
    for at, one in enumerate(order):
        if one.id in kept:
            given[at] = held.offer(at)
            if not given[at]:
                raise AllocationError(
                    f"“{one.id}”已有名额，但与规则不符：{held.why[at].zh}。请核对。",
                    f"“{one.id}” has a place that the rules do not allow: {held.why[at].en}. "
                    "Check them.",
                )
    held.fill_floors()
    for at in range(len(order)):
        if at not in given:
            given[at] = held.offer(at)
    return held.result([given[at] for at in range(len(order))])


@dataclass(slots=True, eq=False)
class _Bound:
    """One bound: the arc that carries it, the limit, the floor that can be filled, and how many
    have got a place through it."""

    arc: int
    by: str
    values: tuple[str, ...]
    limit: int | None = None
    floor: int = 0
    taken: int = 0


_Ways = dict[str, tuple[int, tuple[_Bound, ...]]]
"""For each value its node, and the bounds between it and all."""


class _Round:
    """One list being made."""

    def __init__(self, order: Sequence[Candidate], limits: Limits) -> None:
        self.order, self.limits = order, limits
        self.amounts = [limits.amount(one) for one in order]
        self.flow = Circulation()
        self.parts: dict[tuple[str, frozenset[str]], _Bound] = {}
        self.nodes: dict[int, _Bound] = {}
        self.ways: list[tuple[_Bound, ...]] = []
        self.arcs: list[int] = []
        self.why: dict[int, Text] = {}
        self.spent = 0
        self.closed: list[tuple[frozenset[int], Text]] = []
        self.too_dear: dict[int, Text] = {}
        self.held_back = False
        self._build()
        self.filled: list[tuple[_Bound, int, int]] = []

    # ------------------------------------------------------------ the circulation

    def _build(self) -> None:
        """Groups, cities, applicants that a quota binds, and classes of equal applications."""
        top, end = self.flow.node(), self.flow.node()
        whole = self._whole(top, end)
        cities, industries = self._side("city", top), self._side("industry", end)
        applicants = self._applicants(cities)
        classes: dict[tuple[int, int, int], int] = {}
        for one, amount in zip(self.order, self.amounts, strict=True):
            node, before = applicants.get(one.applicant, cities[one.city])
            goal, after = industries[one.industry]
            key = node, goal, amount if self.priced else 0
            if key not in classes:
                classes[key] = self.flow.arc(node, goal, 0, key[2])
            self.arcs.append(classes[key])
            self.flow.high[classes[key]] += one.passed
            self.ways.append((*reversed(before), *reversed(after), whole))

    def _whole(self, top: int, end: int) -> _Bound:
        """The arc that closes the circle, with the places. A budget for equal amounts is places."""
        amounts = {
            amount for one, amount in zip(self.order, self.amounts, strict=True) if one.passed
        }
        places, budget = self.limits.places, self.limits.budget_fen
        self.priced = budget is not None and len(amounts) > 1
        by, most = "round", places
        if budget is not None and len(amounts) == 1 and max(amounts) > 0:
            paid = budget // max(amounts)
            if most is None or paid < most:
                by, most = "budget", paid
        return self._bound(end, top, by, (), most)

    def _bound(
        self, tail: int, head: int, by: str, values: tuple[str, ...], limit: int | None
    ) -> _Bound:
        arc = self.flow.arc(tail, head, len(self.order) if limit is None else max(limit, 0))
        self.nodes[arc] = bound = _Bound(arc, by, values, limit)
        return bound

    def _side(self, by: Literal["city", "industry"], root: int) -> _Ways:
        """The groups and values of one side, from the largest group down; cities lead away from the
        root, industries towards it."""
        values = {getattr(one, by) for one in self.order}
        parts = set[frozenset[str]]()
        for floor in self.limits.floors:
            if floor.by == by:
                values |= set(floor.values)
                if floor.together:
                    parts.add(frozenset(floor.values))
        parts |= {frozenset((value,)) for value in values}
        found: dict[frozenset[str], tuple[int, tuple[_Bound, ...]]] = {}
        for part in sorted(parts, key=lambda part: (-len(part), sorted(part))):
            around = [each for each in found if each & part]
            for each in around:
                if not part <= each:
                    raise _crossing(self.limits, part, each)
            above, way = found[min(around, key=len)] if around else (root, ())
            limit = self._quota(by, min(part)) if len(part) == 1 else None
            node, named = self.flow.node(), tuple(sorted(part))
            ends = (above, node) if by == "city" else (node, above)
            bound = self.parts[by, part] = self._bound(*ends, by, named, limit)
            found[part] = node, (*way, bound)
        return {value: found[frozenset((value,))] for value in values}

    def _applicants(self, cities: _Ways) -> _Ways:
        """A node for each applicant that has more applications than its quota."""
        count = Counter(one.applicant for one in self.order if one.passed)
        found: _Ways = {}
        lies: dict[str, str] = {}
        for one in self.order:
            limit = self._quota("applicant", one.applicant)
            if limit is None or count[one.applicant] <= limit:
                continue
            if lies.setdefault(one.applicant, one.city) != one.city:
                raise AllocationError(
                    f"申报主体“{one.applicant}”的申报分在“{lies[one.applicant]}”和“{one.city}”"
                    "两地，名额无法计算。请统一到一个市州。",
                    f"the applicant “{one.applicant}” applies in “{lies[one.applicant]}” and in "
                    f"“{one.city}”, so that no quota can count. Put it in one city.",
                )
            if one.applicant not in found:
                city, way = cities[one.city]
                node = self.flow.node()
                bound = self._bound(city, node, "applicant", (one.applicant,), limit)
                found[one.applicant] = node, (*way, bound)
        return found

    def _quota(self, by: str, value: str) -> int | None:
        return min((each.of(value) for each in self.limits.quotas if each.by == by), default=None)

    # ------------------------------------------------------------ floors

    def fill_floors(self) -> None:
        """Plan for every floor, beside the places given already."""
        self.filled = [self._fill(*each) for each in self._floors()]

    def _floors(self) -> Iterator[tuple[_Bound, int]]:
        """Each floor on its bound, in the order written."""
        for floor in self.limits.floors:
            every = {getattr(one, floor.by) for one in self.order}
            listed = floor.values or tuple(sorted(every))
            groups = [frozenset(listed)] if floor.together else [frozenset((v,)) for v in listed]
            for group in groups:
                yield self.parts[floor.by, group], floor.least

    def _fill(self, bound: _Bound, asked: int) -> tuple[_Bound, int, int]:
        """Raise a floor as far as can be, up to what is asked."""
        flow = self.flow
        while flow.low[bound.arc] < asked:
            if flow.flow[bound.arc] > flow.low[bound.arc]:
                flow.keep(bound.arc)
                continue
            if flow.flow[bound.arc] == flow.high[bound.arc]:
                break
            way = flow.way_back(bound.arc, self._money())
            if way is None:
                break
            flow.force(bound.arc, way)
        least = bound.floor = max(bound.floor, min(asked, flow.low[bound.arc]))
        return bound, asked, min(asked, least)

    def _money(self) -> int | None:
        """What the places given and the plan leave of the budget."""
        budget = self.limits.budget_fen
        return None if budget is None or not self.priced else budget - self.flow.cost

    # ------------------------------------------------------------ one after the other

    def offer(self, at: int) -> bool:
        """Give an application its place if that can be; `why` says what decided."""
        one, arc, flow = self.order[at], self.arcs[at], self.flow
        refused = _NOT_PASSED if not one.passed else self._refused(at)
        if refused is not None:
            self.why[at] = refused
            if one.passed:
                flow.high[arc] -= 1
            return False
        needed = [bound for bound in self.ways[at] if bound.taken < bound.floor]
        self.why[at] = self._given(at, needed if self.held_back else [])
        self.spent += self.amounts[at]
        for bound in self.ways[at]:
            bound.taken += 1
        return True

    def _refused(self, at: int) -> Text | None:
        """Why an application cannot have a place; None when it has got one in the circulation."""
        arc, flow = self.arcs[at], self.flow
        if flow.flow[arc] > flow.low[arc]:
            flow.keep(arc)
            return None
        full = [bound for bound in self.ways[at] if bound.taken == flow.high[bound.arc]]
        if full:
            return self._full(full[0])
        if arc in self.too_dear:
            return self.too_dear[arc]
        for reached, why in self.closed:
            if flow.head[arc] in reached and flow.tail[arc] not in reached:
                return why
        money = self._money()
        way = flow.way_back(arc, None if money is None else money - self.amounts[at])
        if way is not None:
            flow.force(arc, way)
            return None
        if flow.reached:
            why = self._kept_back(at)
            self.closed.append((flow.reached, why))
            return why
        self.too_dear[arc] = self._dear(at)
        return self.too_dear[arc]

    # ------------------------------------------------------------ reasons

    def _named(self, bound: _Bound) -> Text:
        names = [self.limits.names.get(value, Text(value, value)) for value in bound.values]
        return Text("、".join(name.zh for name in names), ", ".join(name.en for name in names))

    def _full(self, bound: _Bound) -> Text:
        """A limit that those before have used up."""
        name, most = self._named(bound), bound.limit
        if bound.by == "round":
            return Text(f"{most} 个名额已满", f"all {most} places are taken")
        if bound.by == "budget":
            budget = yuan(self.limits.budget_fen or 0)
            return Text(
                f"预算 {budget} 元够 {most} 个，已用完",
                f"the budget of {budget} yuan pays for {most}, and is used up",
            )
        if bound.by == "applicant":
            return Text(
                f"同一申报主体最多 {most} 个，已满", f"at most {most} for one applicant, all taken"
            )
        return Text(f"{name.zh}名额 {most} 个已满", f"all {most} places of {name.en} are taken")

    def _kept_back(self, at: int) -> Text:
        """Where the circulation is closed: the limits on the way that what is planned fills, and
        the floors that it is planned for."""
        flow, reached = self.flow, self.flow.reached
        tight = [b for b in self.ways[at] if flow.flow[b.arc] == flow.high[b.arc]]
        floors = [
            bound
            for arc, bound in self.nodes.items()
            if flow.head[arc] in reached
            and flow.tail[arc] not in reached
            and bound.taken < bound.floor
        ]
        self.held_back = True
        left = Text("余下名额", "the places left") if not tight else self._left(tight[0])
        return Text(
            f"{left.zh}须留给：" + "；".join(self._floor(bound).zh for bound in floors),
            f"{left.en} are kept for: " + "; ".join(self._floor(bound).en for bound in floors),
        )

    def _left(self, bound: _Bound) -> Text:
        left = self.flow.high[bound.arc] - bound.taken
        name = self._named(bound)
        if bound.by in ("round", "budget"):
            return Text(f"余下 {left} 个名额", f"the {left} places left")
        if bound.by == "applicant":
            return Text(f"该申报主体余下 {left} 个名额", f"the applicant's {left} places left")
        return Text(f"{name.zh}余下 {left} 个名额", f"the {left} places left to {name.en}")

    def _floor(self, bound: _Bound) -> Text:
        name, lacking = self._named(bound), bound.floor - bound.taken
        return Text(
            f"{name.zh}至少 {bound.floor} 个，尚缺 {lacking} 个",
            f"{name.en}, at least {bound.floor}, {lacking} lacking",
        )

    def _dear(self, at: int) -> Text:
        """Too little money is left, or what is left is kept for floors."""
        left = (self.limits.budget_fen or 0) - self.spent
        amount = yuan(self.amounts[at])
        if self.amounts[at] > left:
            return Text(
                f"预算余 {yuan(left)} 元，不足 {amount} 元",
                f"{yuan(left)} yuan are left of the budget, {amount} are needed",
            )
        self.held_back = True
        lacking = [
            bound
            for bound in dict.fromkeys(bound for bound, _, _ in self.filled)
            if bound.taken < bound.floor
        ]
        return Text(
            f"预算余 {yuan(left)} 元，本项 {amount} 元，余款须留给："
            + "；".join(self._floor(bound).zh for bound in lacking),
            f"{yuan(left)} yuan are left of the budget, {amount} are needed, but the rest is kept "
            "for: " + "; ".join(self._floor(bound).en for bound in lacking),
        )

    def _given(self, at: int, needed: Sequence[_Bound]) -> Text:
        if not needed:
            return Text(f"第 {at + 1} 名，名额以内", f"rank {at + 1}, within the limits")
        floors = [self._floor(bound) for bound in needed]
        return Text(
            f"第 {at + 1} 名；" + "；".join(floor.zh for floor in floors) + "，由此入选",
            f"rank {at + 1}; for " + "; ".join(floor.en for floor in floors),
        )

    # ------------------------------------------------------------ the list

    def result(self, given: Sequence[bool]) -> Allocation:
        """All places, with the reserve and the amounts."""
        paid = self._amounts(given)
        reserve = self._reserve(given)
        places = tuple(
            Place(
                one.id,
                at + 1,
                "award" if given[at] else "reserve" if at in reserve else "none",
                _on_reserve(reserve[at], self.why[at]) if at in reserve else self.why[at],
                paid[at],
            )
            for at, one in enumerate(self.order)
        )
        floors = tuple(
            Filled(bound.by, bound.values, asked, least, bound.taken)
            for bound, asked, least in self.filled
        )
        return Allocation(places, floors, sum(paid))

    def _amounts(self, given: Sequence[bool]) -> list[int]:
        """In full, or the pool divided in proportion where it does not reach."""
        full = [amount if yes else 0 for amount, yes in zip(self.amounts, given, strict=True)]
        pool = self.limits.pool_fen
        if pool is None or sum(full) <= pool:
            return full
        return largest_remainder(pool, full)

    def _reserve(self, given: Sequence[bool]) -> dict[int, int]:
        """The best without a place, as many as there are to be: of an applicant no more than its
        quota leaves beside its places."""
        room = Counter(one.applicant for one, yes in zip(self.order, given, strict=True) if yes)
        found: dict[int, int] = {}
        for at, one in enumerate(self.order):
            limit = self._quota("applicant", one.applicant)
            open_ = one.passed and not given[at] and (limit is None or room[one.applicant] < limit)
            if open_ and len(found) < self.limits.reserve:
                room[one.applicant] += 1
                found[at] = len(found) + 1
        return found


_NOT_PASSED = Text("未达到最低得分", "below the least score")


def _on_reserve(number: int, why: Text) -> Text:
    return Text(f"候补第 {number} 名：{why.zh}", f"number {number} on the reserve list: {why.en}")


def _crossing(limits: Limits, one: frozenset[str], other: frozenset[str]) -> AllocationError:
    """Groups that share a value without one being in the other."""
    first, second = ("、".join(sorted(each)) for each in (one, other))
    return AllocationError(
        f"两个合计下限的分组“{first}”和“{second}”有交叉，无法计算。"
        "请改为互不相交或一个包含另一个。",
        f"the groups “{first}” and “{second}” of two floors cross. Let them have nothing in "
        "common, or one lie in the other.",
    )
