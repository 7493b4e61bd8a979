"""改造项目的办理规则: what a filed project must contain and how it is accepted. Pure data.

A rule is written per programme (`policies/<province>/projects.toml`); whoever files, checks or
visits reads it here. Days of publicity are working days, the window and the usage checks are months
after finishing and after acceptance.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dengta.core.sources import Period, Source, Text

__all__ = ["Effect", "Moment", "Paper", "ProjectRule", "StandardTerm", "drawn", "rule_on"]

Moment = Literal["filing", "milestone", "acceptance"]
"""When a paper is asked for."""
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class StandardTerm:
    """合同示范条款: a clause that every contract carries; `kind` says what it is about."""

    id: str
    kind: Literal["sanction", "data", "quality", "payment"]
    text: Text
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """材料: one heading. `dated`: a screenshot with its day and the running system; `figures`:
    sign-ins and users are stated with it."""

    id: str
    text: Text
    at: Moment
    required: bool = True
    dated: bool = False
    figures: bool = False
    help: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class Effect:
    """成效: what the firm says the work did, in whole units, and the visit verifies."""

    id: str
    text: Text
    unit: Text
    required: bool = False


@dataclass(frozen=True, slots=True)
class ProjectRule:
    """One edition of the rule for the projects of a programme.

    `scheme` is what pays (empty: nobody does yet). `least_level` is what a project has to reach to
    be accepted. `window_months`: acceptance is asked for within so many months of finishing.
    `city_visit_bps`: of so many visits in 10,000 the city itself takes part, drawn by lot.
    `least_visitors` go together. `usage_months` are when use is checked after acceptance.
    `late_days` behind a due day turn a light red, earlier ones yellow `warn_days` before.
    """

    id: str
    programme: str
    name: Text
    source: Source
    in_force: Period
    scheme: str = ""
    least_level: int = 1
    window_months: int = 3
    publicity_workdays: int = 5
    least_visitors: int = 2
    city_visit_bps: int = 0
    usage_months: tuple[int, ...] = ()
    warn_days: int = 7
    late_days: int = 0
    practice: Source | None = None
    terms: tuple[StandardTerm, ...] = ()
    papers: tuple[Paper, ...] = ()
    effects: tuple[Effect, ...] = ()

    def papers_at(self, moment: Moment) -> tuple[Paper, ...]:
        """The headings of one moment, in the order of the file."""
        return tuple(paper for paper in self.papers if paper.at == moment)

    def paper(self, id: str) -> Paper:
        """One heading. KeyError if there is none of that id."""
        return {paper.id: paper for paper in self.papers}[id]


def drawn(seed: str, share_bps: int) -> bool:
    """Whether a lot falls on `seed`, in so many of 10,000 cases: by its SHA-256, so that nobody
    chooses and everybody can recompute it."""
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    return number % WHOLE < share_bps


def rule_on(rules: Sequence[ProjectRule], programme: str, day: dt.date) -> ProjectRule | None:
    """The edition of a programme's rule in force on a day; None where it has none."""
    for rule in rules:
        if rule.programme == programme and rule.in_force.holds(day):
            return rule
    return None
