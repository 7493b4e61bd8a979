"""Where the money of funds stands: the province's, each city's and each county's, in 分.

Everything is read from the ledger and from booked orders, so that no figure is kept twice. The same
few queries whatever the number of funds, places and orders.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields

from django.db.models import Count, F, Q, Sum

from dengta.accounts.queries import Actor
from dengta.core.money import largest_remainder
from dengta.core.schemes import Level, Scheme
from dengta.core.shapes import Fund, Text
from dengta.funding.models import (
    GRANTED_CLAIM,
    Budget,
    BudgetOrder,
    Claim,
    Instalment,
    PublicExpense,
)
from dengta.funding.queries.budgets import TREASURY, programme_name
from dengta.ledger import queries as ledger
from dengta.registry.queries import division_of, policy, province_code, region_name

Part = Budget.Part
Kind = BudgetOrder.Kind


@dataclass(frozen=True, slots=True)
class Sums:
    """What came to a budget and what became of it, in 分.

    `allotted` came from above (the treasury, the province, the city), `passed` went on to places
    below less what they gave back, `returned` went back up, `shifted` came (or, negative, went)
    from the other part. What is at the place is `reserved` for what was approved, `settled` (owed
    or paid, less what came back from firms), or `left`. `paid` is what the bank has paid of it.
    """

    allotted: int = 0
    passed: int = 0
    returned: int = 0
    shifted: int = 0
    reserved: int = 0
    settled: int = 0
    paid: int = 0
    left: int = 0

    def __add__(self, other: Sums) -> Sums:
        """The sums of two budgets."""
        names = [one.name for one in fields(self)]
        return Sums(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def committed(self) -> int:
        """Approved for somebody: reserved or settled."""
        return self.reserved + self.settled

    @property
    def available(self) -> int:
        """What the place has had to give: committed or left."""
        return self.committed + self.left

    @property
    def owed(self) -> int:
        """Settled and not paid yet."""
        return max(self.settled - self.paid, 0)


@dataclass(frozen=True)
class Place:
    """A place in the tree of a fund: its budgets by part, the places below it.

    `firms` are the enterprises that were granted something of its money, here or below. A place is
    `ruled` when its money comes from the province: the share of enterprises is kept there, for it
    and all below.
    """

    fund: Fund
    region: str
    level: str
    budgets: Mapping[str, Budget]
    parts: Mapping[str, Sums]
    firms: int = 0
    below: tuple[Place, ...] = ()
    ruled: bool = False
    # Summed once; a page asks many times.
    own: Sums = field(init=False)
    whole_parts: Mapping[str, Sums] = field(init=False)

    def __post_init__(self) -> None:
        """Add up the parts, and the places below."""
        object.__setattr__(self, "own", sum(self.parts.values(), Sums()))
        whole = dict(self.parts)
        for place in self.below:
            for part, sums in place.whole_parts.items():
                whole[part] = whole.get(part, Sums()) + sums
        object.__setattr__(self, "whole_parts", whole)

    @property
    def name(self) -> Text:
        """The region's name."""
        return region_name(self.region)

    @property
    def whole(self) -> Sums:
        """The place and all below it; only what is not counted twice means anything there:
        reserved, settled, paid, left."""
        return sum(self.whole_parts.values(), Sums())

    @property
    def net_fen(self) -> int:
        """What the place was allotted less what it gave back."""
        return self.own.allotted - self.own.returned

    @property
    def for_enterprises_fen(self) -> int:
        """Of that, what is for enterprises now: shifts here and below are counted in."""
        own = self.parts.get(Part.ENTERPRISE, Sums())
        moved = self.whole_parts.get(Part.ENTERPRISE, Sums()).shifted
        return own.allotted - own.returned + moved

    @property
    def share_bps(self) -> int | None:
        """The share of enterprises in what was allotted, rounded down; None before anything was."""
        return _share(self.for_enterprises_fen, self.net_fen)

    @property
    def spent_share_bps(self) -> int | None:
        """The share of enterprises in what was committed, here and below; None before that."""
        part = self.whole_parts.get(Part.ENTERPRISE, Sums())
        return _share(part.committed, self.whole.committed)

    @property
    def average_fen(self) -> int | None:
        """What a firm got on average of the money for enterprises; None before any did."""
        part = self.whole_parts.get(Part.ENTERPRISE) or self.whole_parts.get(Part.ALL, Sums())
        return part.committed // self.firms if self.firms else None


def _share(part: int, whole: int) -> int | None:
    return part * 10_000 // whole if whole > 0 else None


def planned_firms(fund: Fund) -> int | None:
    """How many enterprises a pilot has to transform, as the programme asks; None if it does not."""
    for programme in policy().programmes:
        if programme.id == fund.programme:
            for value in programme.values:
                if value.id == "min_firms" and isinstance(value.amount, int):
                    return value.amount
    return None


def planned_average_fen(fund: Fund) -> int | None:
    """What a firm gets on average when a place transforms as many as it has to: each place's money
    times the share of enterprises, divided by the firms."""
    firms = planned_firms(fund)
    if not firms or fund.each_fen is None:
        return None
    return fund.each_fen * (fund.enterprise_bps or 10_000) // 10_000 // firms


# ---------------------------------------------------------------- reading


def trees(funds: Collection[Fund]) -> dict[str, Place]:
    """The tree of each fund that was opened, by the fund's id."""
    budgets = list(Budget.objects.filter(fund__in=[fund.id for fund in funds]))
    sums = _sums(budgets, funds)
    firms = _firms(funds)
    found = {}
    for fund in funds:
        mine = [budget for budget in budgets if budget.fund == fund.id]
        if mine:
            found[fund.id] = _tree(fund, mine, sums, firms)
    return found


def seen(tree: Place, actor: Actor) -> Place | None:
    """The part of a tree that an office may see: its own place and all below; None if it has
    none."""
    if not actor.official:
        return None
    if actor.region == tree.region:
        return tree
    return next(filter(None, (seen(place, actor) for place in tree.below)), None)


def place_in(tree: Place, region: str) -> Place | None:
    """One place of a tree; None where nothing was opened."""
    if tree.region == region:
        return tree
    return next(filter(None, (place_in(place, region) for place in tree.below)), None)


def _tree(
    fund: Fund,
    budgets: list[Budget],
    sums: Mapping[int, Sums],
    firms: Mapping[tuple[str, str], frozenset[int]],
) -> Place:
    at: dict[str, dict[str, Budget]] = defaultdict(dict)
    below: dict[str, list[str]] = defaultdict(list)
    regions = {budget.pk: budget.region_code for budget in budgets}
    for budget in sorted(budgets, key=lambda one: one.region_code):
        above = regions.get(budget.parent_id or 0)
        if above is not None and budget.region_code not in below[above]:
            below[above].append(budget.region_code)
        at[budget.region_code][budget.part] = budget

    def build(region: str) -> tuple[Place, frozenset[int]]:
        built = [build(code) for code in below[region]]
        granted = firms.get((fund.id, region), frozenset()).union(*(mine for _, mine in built))
        place = Place(
            fund,
            region,
            next(iter(at[region].values())).level,
            at[region],
            {part: sums[budget.pk] for part, budget in at[region].items()},
            len(granted),
            tuple(place for place, _ in built),
            region in below[province_code()],
        )
        return place, granted

    return build(province_code())[0]


def _sums(budgets: Collection[Budget], funds: Collection[Fund]) -> dict[int, Sums]:
    codes = [budget.code for budget in budgets]
    balances = ledger.balances(codes)
    given = ledger.posted(TREASURY, codes)
    moved = _moved(funds)
    paid = _paid(budgets, funds)
    found = {}
    for budget in budgets:
        balance = balances[budget.code]

        def orders(side: str, kind: str, pk: int = budget.pk) -> int:
            return moved.get((side, kind, pk), 0)

        came = {kind: orders("target", kind) for kind in (Kind.ALLOCATE, Kind.RETURN, Kind.SHIFT)}
        went = {kind: orders("source", kind) for kind in (Kind.ALLOCATE, Kind.RETURN, Kind.SHIFT)}
        appropriated = given.get(budget.code, 0)
        from_firms = balance.credits_posted_fen - appropriated - sum(came.values())
        found[budget.pk] = Sums(
            allotted=appropriated + came[Kind.ALLOCATE],
            passed=went[Kind.ALLOCATE] - came[Kind.RETURN],
            returned=went[Kind.RETURN],
            shifted=came[Kind.SHIFT] - went[Kind.SHIFT],
            reserved=balance.debits_pending_fen,
            settled=balance.debits_posted_fen - sum(went.values()) - from_firms,
            paid=paid.get(budget.pk, 0),
            left=balance.left_fen or 0,
        )
    return found


def _moved(funds: Collection[Fund]) -> dict[tuple[str, str, int], int]:
    """(source or target, kind, budget) -> what booked orders moved."""
    rows = (
        BudgetOrder.objects.filter(state="booked", target__fund__in=[fund.id for fund in funds])
        .order_by()
        .values_list("kind", "source_id", "target_id")
        .annotate(fen=Sum("amount_fen"))
    )
    found: dict[tuple[str, str, int], int] = defaultdict(int)
    for kind, source, target, fen in rows:
        found["target", kind, target] += fen
        if source is not None:
            found["source", kind, source] += fen
    return found


def _schemes(funds: Collection[Fund]) -> dict[tuple[str, int], tuple[Fund, Scheme]]:
    """(edition of a scheme, year) -> the fund that pays it and the scheme."""
    by_programme = {(fund.programme, fund.year): fund for fund in funds}
    return {
        (scheme.edition, year): (fund, scheme)
        for scheme in policy().schemes
        for (programme, year), fund in by_programme.items()
        if programme == (scheme.purse or scheme.programme)
    }


def _paying(
    budgets: Collection[Budget],
) -> Mapping[tuple[str, str], Budget]:
    """(fund, place) -> the budget that pays firms there: the enterprises' where there is one."""
    return {
        (budget.fund, budget.region_code): budget
        for budget in sorted(budgets, key=lambda one: one.part != Part.ALL)
        if budget.part != Part.PUBLIC
    }


def _place(level: Level, region: str) -> str:
    return {"province": province_code(), "city": division_of(region), "county": region}[level]


def _paid(budgets: Collection[Budget], funds: Collection[Fund]) -> dict[int, int]:
    """What was paid, by budget: to firms each instalment's share of each purse, and what a place
    spent on public service."""
    schemes, paying = _schemes(funds), _paying(budgets)
    rows = (
        Instalment.objects.filter(_claims(schemes, "claim__"), paid_at__isnull=False)
        .order_by()
        .values_list("claim__scheme", "claim__year", "claim__organisation__region_code")
        .annotate(each=F("amount_fen"), count=Count("pk"))
    )
    found: dict[int, int] = defaultdict(int)
    for edition, year, region, each, count in rows:
        fund, scheme = schemes[edition, year]
        levels = sorted(scheme.sharing)
        parts = largest_remainder(each, [scheme.sharing[level] for level in levels])
        for level, part in zip(levels, parts, strict=True):
            budget = paying.get((fund.id, _place(level, region)))
            if budget is not None:
                found[budget.pk] += part * count
    spent = PublicExpense.objects.filter(budget__in=list(budgets), state="booked").order_by()
    for pk, fen in spent.values_list("budget").annotate(fen=Sum("amount_fen")):
        found[pk] += fen
    return found


def _claims(schemes: Collection[tuple[str, int]], path: str = "") -> Q:
    wanted = Q(pk__in=())
    for edition, year in schemes:
        wanted |= Q(**{f"{path}scheme": edition, f"{path}year": year})
    return wanted


def _firms(funds: Collection[Fund]) -> dict[tuple[str, str], frozenset[int]]:
    """(fund, place) -> the firms that were granted something there, of funds given to places."""
    schemes = _schemes([fund for fund in funds if fund.each_fen is not None])
    rows = (
        Claim.objects.filter(_claims(schemes), state__in=GRANTED_CLAIM)
        .order_by()
        .values_list("scheme", "year", "organisation_id", "organisation__region_code")
        .distinct()
    )
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for edition, year, organisation, region in rows:
        fund, scheme = schemes[edition, year]
        for level in scheme.sharing:
            found[fund.id, _place(level, region)].add(organisation)
    return {key: frozenset(firms) for key, firms in found.items()}


def walked(place: Place, depth: int = 0) -> Iterator[tuple[int, Place]]:
    """A place and all below it, each with its depth, in the order they are shown."""
    yield depth, place
    for one in place.below:
        yield from walked(one, depth + 1)


@dataclass(frozen=True, slots=True)
class Allotted:
    """What places were given of one programme: region -> year -> 分, less what they gave back."""

    programme: str
    name: Text
    years: tuple[int, ...]
    places: Mapping[str, Mapping[int, int]]


def allotted_to_places() -> list[Allotted]:
    """Every programme that gives money to places, by year; the same few queries whatever there
    is."""
    funds = [fund for fund in policy().funds if fund.each_fen is not None]
    found: dict[str, dict[str, dict[int, int]]] = {}
    for tree in trees(funds).values():
        places = found.setdefault(tree.fund.programme, {})
        for place in tree.below:
            if place.net_fen:
                places.setdefault(place.region, {})[tree.fund.year] = place.net_fen
    return [
        Allotted(
            programme,
            programme_name(programme),
            tuple(sorted({year for years in places.values() for year in years})),
            dict(sorted(places.items())),
        )
        for programme, places in found.items()
        if places
    ]
