"""What firms that chose an entry of the pool got from it: their accepted projects, without names.

Of fewer firms than `peers_least` of the practice only the number is said, so that nobody can be
recognised by industry, size and money.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q

from dengta.catalogue.models import EntryLink
from dengta.core.shapes import Text
from dengta.core.workdays import workdays_between
from dengta.projects.models import Acceptance
from dengta.registry.queries import industry_name, policy

MOST = 12
"""So many projects are listed, the latest first."""
UNKNOWN = Text("规模不详", "size not known")


class Outcome(NamedTuple):
    """How one project went: levels before and after, working days from start to acceptance, what
    the firm paid in 分, how it rates the result (1 to 5)."""

    industry: Text
    size: Text
    before: int | None
    after: int | None
    days: int | None
    fen: int
    rating: int | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """How many firms have accepted a project by an entry, and how each went where they are enough
    not to be recognised."""

    count: int
    firms: tuple[Outcome, ...]


def of_entry(entry: int, day: dt.date, least: int | None = None) -> Outcomes | None:
    """What came of the accepted projects that were quoted by an entry (its id), or by one that
    contains it or runs on it; None while there is none. `least` as the practice of the day has it
    unless given. One query."""
    around = EntryLink.objects.filter(target=entry, kind__in=("contains", "runs_on"))
    rows = list(
        Acceptance.objects.filter(state="accepted")
        .filter(
            Q(project__quote__entry=entry) | Q(project__quote__entry__in=around.values("source"))
        )
        .select_related("project__organisation")
        .order_by("-accepted_at", "-id")
    )
    if not rows:
        return None
    firms = len({row.project.organisation_id for row in rows})
    enough = policy().practised("peers_least", day) if least is None else least
    shown = rows[:MOST] if firms >= enough else []
    return Outcomes(firms, tuple(_outcome(row) for row in shown))


def _outcome(acceptance: Acceptance) -> Outcome:
    project, firm = acceptance.project, acceptance.project.organisation
    before = project.before.get("level")
    start, end = project.start_date or project.contract_date, project.accepted_date
    sizes = policy().facts["size_class"].values
    return Outcome(
        industry=industry_name(firm.industry_code),
        size=sizes.get(firm.size_class, UNKNOWN),
        before=before if isinstance(before, int) else None,
        after=acceptance.level,
        days=workdays_between(start, end) if start and end else None,
        fen=acceptance.paid_fen or 0,
        rating=acceptance.result_stars,
    )
