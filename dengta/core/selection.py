"""遴选规则: the frozen records of a selection file, the contract between reader, engine and pages.

Source of each number is the record's own `source`. Weights are per cent and sum to 100, scores run
from 0 to 100, days are working days, money is integer 分.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from dengta.core.sources import Period, Source, Text

Applicant = Literal["enterprise", "provider", "city", "county"]
APPLICANTS: tuple[Applicant, ...] = get_args(Applicant)
StepName = Literal[
    "county_check", "city_recommend", "formal_check", "panel", "site_visit", "publicity"
]
STEPS: tuple[StepName, ...] = (
    "county_check",
    "city_recommend",
    "formal_check",
    "panel",
    "site_visit",
    "publicity",
)
FieldType = Literal["text", "long_text", "integer", "fen", "bps", "date", "bool", "choice"]
Once = Literal["", "round", "year", "ever"]
QuotaBy = Literal["round", "city", "industry", "applicant"]
FloorBy = Literal["city", "industry"]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form: `fact` is drawn from the vocabulary and pre-filled, else it is the
    selection's own. `masked` ones are hidden on blind sheets."""

    id: str
    section: str
    text: Text
    type: FieldType
    fact: str = ""
    required: bool = True
    masked: bool = False
    low: int | None = None
    high: int | None = None
    most: int | None = None
    values: Mapping[str, Text] = field(default_factory=dict)
    help: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class Slot:
    """One heading of attachments: file endings and how many files at the most."""

    id: str
    text: Text
    required: bool
    types: tuple[str, ...]
    most: int = 1


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a score of a criterion looks like."""

    score: int
    text: Text


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion of a rubric; `tie` orders the criteria that break ties, 0 for none."""

    id: str
    text: Text
    weight: int
    anchors: tuple[Anchor, ...]
    tie: int = 0
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class PanelRule:
    """How experts review: `size` sheets per application, at most `load` per expert.

    With `drop_extremes` the highest and lowest sheet do not count; a `spread` (points between them)
    beyond the limit goes to discussion; below `passing` nothing is selected.
    """

    size: int = 5
    load: int = 30
    blind: bool = False
    drop_extremes: bool = True
    spread: int = 20
    passing: int = 60


@dataclass(frozen=True, slots=True)
class Quota:
    """At most so many: one `limit` for all, or a `table` by value with `limit` for the others.

    `at` says whether it counts when a city recommends or when the list is made.
    """

    by: QuotaBy
    limit: int
    at: Literal["recommend", "award"]
    table: Mapping[str, int] = field(default_factory=dict)
    source: Source | None = None

    def of(self, value: str) -> int:
        """The limit for one value."""
        return self.table.get(value, self.limit)


@dataclass(frozen=True, slots=True)
class Floor:
    """At least so many, for each of the listed values, or together for a group of them."""

    by: FloorBy
    least: int
    values: tuple[str, ...]
    together: bool = False
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class PoolRule:
    """What an award brings into the resource pool: an entry of a `kind`, whose name, summary and
    `content` (by field of the entry) are fields of the form; `values` are the same for all."""

    kind: str
    name: str
    summary: str
    content: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """One edition of a selection. `programme` decides who is eligible and what the reward is."""

    id: str
    programme: str
    name: Text
    source: Source
    in_force: Period
    applicant: Applicant
    steps: tuple[StepName, ...]
    sections: Mapping[str, Text]
    fields: tuple[FormField, ...]
    slots: tuple[Slot, ...]
    criteria: tuple[Criterion, ...]
    panel: PanelRule = PanelRule()
    days: Mapping[str, int] = field(default_factory=dict)
    publicity_workdays: int = 5
    quotas: tuple[Quota, ...] = ()
    floors: tuple[Floor, ...] = ()
    once: Once = ""
    excludes: tuple[str, ...] = ()
    title: str = ""
    validity_years: int | None = None
    reserve_bps: int = 0
    instant: bool = False
    """免申即享: the list is computed, the firm confirms, nothing is filled in."""
    sector: str = ""
    """A choice field of the form whose value stands in for the industry in quotas and floors."""
    summary: Text = Text("", "")
    pledge: tuple[Text, ...] = ()
    """The sentences of the 承诺书 that the applicant agrees to."""
    measure: int | None = None
    pool: PoolRule | None = None
    practice: Source | None = None
    """Where steps, days, rubric and panel come from when the plan itself does not say."""
