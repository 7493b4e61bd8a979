"""The frozen records that a policy directory becomes. Data only: reading is policy's, meaning is
rules' and scoring's.

Every text that a person reads is a `Text` (Chinese is official, English complete). Every number
has a `Source`.
Money is integer 分 (fen), rates are integer basis points (bps), weights are integers in per cent
of the parent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from dengta.core.entries import EntryKind, PoolRules
from dengta.core.loans import LoanProduct
from dengta.core.projects import ProjectRule, rule_on
from dengta.core.provider_scores import ScoreRule
from dengta.core.road_steps import Road as Road
from dengta.core.road_steps import RoadBenefit as RoadBenefit
from dengta.core.road_steps import RoadStep as RoadStep
from dengta.core.road_steps import RoadTerms as RoadTerms
from dengta.core.schemes import Scheme
from dengta.core.selection import Applicant, Selection
from dengta.core.sources import Confidence as Confidence
from dengta.core.sources import Period as Period
from dengta.core.sources import Source as Source
from dengta.core.sources import Text as Text
from dengta.core.sub_industries import SubIndustry

FactType = Literal["bool", "integer", "fen", "bps", "date", "text", "set"]
Scalar = bool | int | str | dt.date
FactValue = Scalar | frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry of the vocabulary of facts: `facts.toml`, the same everywhere."""

    id: str
    term: Text
    type: FactType
    app: str
    unit: Text = Text("", "")
    help: Text = Text("", "")
    low: int | None = None
    high: int | None = None
    values: Mapping[str, Text] = field(default_factory=dict)
    codes: Literal["", "industry", "region"] = ""


@dataclass(frozen=True, slots=True)
class Value:
    """A named policy number. `table` (by a text fact) instead of `amount` when it depends on one
    fact."""

    id: str
    text: Text
    type: FactType
    source: Source
    in_force: Period = Period()
    amount: int | bool | str | dt.date | None = None
    by: str = ""
    table: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derived:
    """A named intermediate result (points of an item, a total): an expression over facts,
    values, earlier ones."""

    id: str
    text: Text
    expression: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a programme, as SQL expression text (see docs/reference/clauses.md)."""

    id: str
    text: Text
    when: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """What an eligible enterprise may get, as an expression of type fen."""

    text: Text
    expression: str


@dataclass(frozen=True, slots=True)
class Programme:
    """One edition of a programme. `id` is shared by the editions, `edition` is the file's stem.

    A `sample` (样例) shows how another place does it: it is decided only when asked for by name and
    listed nowhere as something that the province's firms may have.
    """

    id: str
    edition: str
    name: Text
    summary: Text
    kind: Literal["voucher", "title", "award", "subsidy", "selection", "finance"]
    source: Source
    in_force: Period
    clauses: tuple[Clause, ...]
    values: tuple[Value, ...] = ()
    derived: tuple[Derived, ...] = ()
    amount: Amount | None = None
    measure: int | None = None
    quota_per_year: int | None = None
    validity_years: int | None = None
    applicant: Applicant = "enterprise"
    sample: bool = False


Aggregate = Literal["weighted_sum", "mean", "min", "sum_of_levels", "none"]
"""How values become one: sum by weights, mean, least; of the whole also level by level (a level
that is met counts one), or no total at all (`none`)."""

QuestionKind = Literal["single", "multi", "number", "change", "matrix", "scale", "requirements"]


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a question. `weight` in per cent of the question; an exclusive option stands
    alone.

    Of a number, the band of what lies above `above` (None for the lowest band); of a change, the
    way `when` it went.
    """

    id: str
    text: Text
    weight: int
    exclusive: bool = False
    above: int | None = None
    when: Literal["", "down", "flat", "up"] = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a matrix, or one requirement of a list."""

    id: str
    text: Text


@dataclass(frozen=True, slots=True)
class Column:
    """One answer to each row of a matrix (`weight` in per cent), or one band of a scale."""

    id: str
    text: Text
    weight: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A scored leaf of the tree. Its share of the total is the product of the weights above it.

    `options` of single, multi, number and change; `rows` of matrix and requirements; `columns` of
    matrix, scale and requirements. `equal`: the options of a multi share alike (their `weight` is
    then the whole part of it). `figures` are those that a number or a change is read from; a change
    of at most `flat_bps` may be called flat, too. `level` is the one that requirements belong to.
    `weight` is 0 where the siblings count alike.
    """

    id: str
    path: tuple[str, ...]
    text: Text
    kind: QuestionKind
    weight: int
    options: tuple[Option, ...]
    help: Text = Text("", "")
    evidence: Text = Text("", "")
    source: Source | None = None
    rows: tuple[Line, ...] = ()
    columns: tuple[Column, ...] = ()
    figures: tuple[str, ...] = ()
    level: int = 0
    equal: bool = False
    flat_bps: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """An inner node of the weighted tree; `weight` in per cent of its parent, 0 where the siblings
    count alike. `aggregate` makes its value of what stands below it."""

    id: str
    text: Text
    weight: int
    parent: str = ""
    aggregate: Aggregate = "weighted_sum"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A business scenario rated 0 to `len(criteria)`; `binding` ones (★) count in the second
    gate."""

    id: str
    group: str
    text: Text
    binding: bool
    criteria: tuple[Text, ...]
    source: Source | None = None
    evidence: Text = Text("", "")


class AtLeast(NamedTuple):
    """So many questions of a scale at a band or above."""

    many: int
    level: int


@dataclass(frozen=True, slots=True)
class Gate:
    """What a level asks: points, scenarios at that level or above, and binding ones among them;
    least values of nodes; questions of a scale at a band. 0, empty, None: not asked.

    `score` and `nodes` count in 1 / 10^decimals of a point (see `Instrument`).
    """

    level: int
    name: Text
    score: int
    scenarios: int
    binding: int
    source: Source | None = None
    nodes: Mapping[str, int] = field(default_factory=dict)
    items: AtLeast | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a firm writes beside its answers: between `low` and `high` of its unit, with at
    most so many decimals. `fact` is the one it should equal, within `tolerance_bps` of it;
    `per_unit` of its units are one of ours."""

    id: str
    text: Text
    low: int
    high: int
    unit: Text = Text("", "")
    decimals: int = 0
    fact: str = ""
    per_unit: int = 1
    source: Source | None = None
    tolerance_bps: int = 0


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Answers that cannot be true together when `when` holds; `items` are the one or two shown (see
    `contradictions`)."""

    id: str
    text: Text
    items: tuple[str, ...]
    when: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Carry:
    """How answers to another instrument (`origin`) are read as answers to this one: new item to old
    item, or `same` for all items of the same id."""

    origin: str
    items: Mapping[str, str] = field(default_factory=dict)
    same: bool = False


@dataclass(frozen=True, slots=True)
class AppliesTo:
    """Whom an instrument is for: industries (a section's letter, or the first digits of a code) and
    purposes; empty means all."""

    industries: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instrument:
    """One edition of an assessment instrument.

    `full` is the total when everything is best, in points; gates count in 1 / 10^`decimals` of a
    point. `rounded`: the total is rounded half-up to `decimals`. `level_met`: from how many per
    cent a level counts as met. `recorded_only`: there are no questions, totals are recorded.
    `variant_of` is the instrument whose questions a variant asks, with other weights.
    """

    id: str
    name: Text
    source: Source
    in_force: Period
    nodes: tuple[Node, ...]
    questions: tuple[Question, ...]
    groups: Mapping[str, Text]
    scenarios: tuple[Scenario, ...]
    gates: tuple[Gate, ...]
    aggregate: Aggregate = "weighted_sum"
    full: int = 100
    decimals: int = 0
    rounded: bool = False
    level_met: int = 80
    recorded_only: bool = False
    applies_to: AppliesTo = field(default_factory=AppliesTo)
    figures: tuple[Figure, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
    carries: tuple[Carry, ...] = ()
    variant_of: str = ""


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One row of the size-class table: lower bounds (included) for large, medium, small per
    indicator.

    `bounds` maps `employees` (人), `revenue_fen`, `assets_fen` to (large, medium, small).
    All bounds must be met, else the class drops by one; micro is whatever is below small in any
    indicator.
    """

    id: str
    name: Text
    prefixes: tuple[str, ...]
    bounds: Mapping[str, tuple[int, int, int]]
    source: Source


@dataclass(frozen=True, slots=True)
class Region:
    """A region by GB/T 2260 code: the province, its 17 divisions (level `city`), and counties
    below them."""

    code: str
    name: Text
    level: Literal["province", "city", "county"]
    parent: str = ""
    tile: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Industry:
    """A section (letter) or division (two digits) of GB/T 4754."""

    code: str
    name: Text
    section: str


@dataclass(frozen=True, slots=True)
class Money:
    """A money figure of a plan, in 分."""

    id: str
    text: Text
    amount_fen: int
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure (任务举措) of a plan with its responsible units (责任单位), restated in our
    own words."""

    number: int
    name: Text
    summary: Text
    units: tuple[str, ...]
    money: tuple[Money, ...] = ()
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A number a plan promises by a date. `indicator` says how it is measured (see monitoring)."""

    id: str
    plan: str
    name: Text
    amount: int
    unit: Text
    start: dt.date
    due: dt.date
    indicator: str
    source: Source


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan in force; several may be at once."""

    id: str
    name: Text
    source: Source
    in_force: Period
    measures: tuple[Measure, ...]


class Portion(NamedTuple):
    """拨付批次: a share of what a city is given, released `after` something is evaluated."""

    share_bps: int
    after: Text


@dataclass(frozen=True, slots=True)
class Fund:
    """A pool of money for one programme and one year, in 分.

    `plan` is the plan that it stands in. Of money that goes to cities or counties (`each_fen` to
    each, in `portions`), at least `enterprise_bps` goes on to enterprises; None asks nothing.
    """

    id: str
    programme: str
    year: int
    name: Text
    pool_fen: int
    source: Source
    plan: str = ""
    each_fen: int | None = None
    enterprise_bps: int | None = None
    portions: tuple[Portion, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A situation: facts (or answers to an instrument) and what the policy's own authors expect
    of them."""

    name: str
    programme: str
    facts: Mapping[str, FactValue]
    as_of: dt.date | None
    expect: Mapping[str, object]
    file: str
    line: int
    instrument: str = ""
    answers: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Term:
    """An official term (glossary)."""

    id: str
    zh: str
    en: str
    definition: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class Policy:
    """A whole policy directory, with what it extends, as read. `digest` is SHA-256 over all of
    its files."""

    id: str
    name: Text
    digest: str
    facts: Mapping[str, Fact]
    programmes: tuple[Programme, ...]
    instruments: Mapping[str, Instrument]
    plans: tuple[Plan, ...]
    targets: tuple[Target, ...]
    funds: tuple[Fund, ...]
    regions: Mapping[str, Region]
    industries: Mapping[str, Industry]
    sections: Mapping[str, Text]
    size_rows: tuple[SizeRow, ...]
    glossary: Mapping[str, Term]
    cases: tuple[Case, ...]
    size_outside: tuple[str, ...] = ()
    roads: Mapping[str, Road] = field(default_factory=dict)
    practice: tuple[Value, ...] = ()
    selections: tuple[Selection, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    loans: tuple[LoanProduct, ...] = ()
    pool: PoolRules = field(default_factory=PoolRules)
    sub_industries: Mapping[str, SubIndustry] = field(default_factory=dict)

    @property
    def entry_kinds(self) -> Mapping[str, EntryKind]:
        """The kinds of entries of the resource pool, by id, in the order of the file."""
        return self.pool.kinds

    projects: tuple[ProjectRule, ...] = ()
    scores: tuple[ScoreRule, ...] = ()

    def score_rule(self, day: dt.date) -> ScoreRule:
        """How providers are scored on a day. KeyError if nothing says how."""
        for rule in self.scores:
            if rule.in_force.holds(day):
                return rule
        raise KeyError("provider_scores")

    def selection(self, id: str) -> Selection:
        """One edition of a selection by its id. KeyError if there is none."""
        return {selection.id: selection for selection in self.selections}[id]

    def loan(self, id: str) -> LoanProduct:
        """One loan or fund product by its id. KeyError if there is none."""
        return {product.id: product for product in self.loans}[id]

    def project_rule(self, programme: str, day: dt.date) -> ProjectRule:
        """The rule for a programme's projects on a day. KeyError if it has none then."""
        found = rule_on(self.projects, programme, day)
        if found is None:
            raise KeyError(programme)
        return found

    def selections_on(self, day: dt.date) -> tuple[Selection, ...]:
        """The selections in force on `day`, in the order of their ids."""
        return tuple(each for each in self.selections if each.in_force.holds(day))

    def practised(self, id: str, day: dt.date) -> int:
        """A number of daily practice (`practice.toml`) on a day. KeyError if there is none."""
        for value in self.practice:
            if value.id == id and value.in_force.holds(day) and isinstance(value.amount, int):
                return value.amount
        raise KeyError(id)

    def practised_words(self, id: str, day: dt.date) -> tuple[str, ...]:
        """A list of words of daily practice, parted by blanks in the file. KeyError if none."""
        for value in self.practice:
            if value.id == id and value.in_force.holds(day) and isinstance(value.amount, str):
                return tuple(value.amount.split())
        raise KeyError(id)

    def in_force(self, day: dt.date) -> tuple[Programme, ...]:
        """The edition of each programme in force on `day`, in the order of their ids; without
        samples."""
        return tuple(p for p in self.programmes if p.in_force.holds(day) and not p.sample)

    def samples(self, day: dt.date) -> tuple[Programme, ...]:
        """The samples in force on `day`, in the order of their ids."""
        return tuple(p for p in self.programmes if p.in_force.holds(day) and p.sample)

    def programme(self, id: str, day: dt.date) -> Programme:
        """One programme's edition on `day`, a sample's too. KeyError if there is none."""
        for programme in self.programmes:
            if programme.id == id and programme.in_force.holds(day):
                return programme
        raise KeyError(id)

    def scheme(self, id: str, day: dt.date) -> Scheme:
        """One scheme's edition in force on `day`. KeyError if there is none."""
        for scheme in self.schemes:
            if scheme.id == id and scheme.in_force.holds(day):
                return scheme
        raise KeyError(id)

    def scheme_edition(self, edition: str) -> Scheme:
        """One edition of a scheme, in force or not, as a case names it. KeyError if none."""
        return {scheme.edition: scheme for scheme in self.schemes}[edition]

    def schemes_of(self, programme: str, day: dt.date) -> tuple[Scheme, ...]:
        """The schemes of a programme in force on `day`, in the order of their ids."""
        return tuple(
            each
            for each in self.schemes
            if each.programme == programme and each.in_force.holds(day)
        )
