"""改造前后: what a project changed on one page (level, scenarios, effects, money, time), and how
often its package was taken up by others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.catalogue.queries.names import scenario_name
from dengta.core.shapes import Text
from dengta.projects.models import Project
from dengta.projects.queries.projects import rule_of
from dengta.registry.models import Organisation
from dengta.registry.queries import holders

LIGHTHOUSE = ("lighthouse",)
"""The titles whose holders are to be copied."""
MOST = 50
"""So many lighthouse firms are listed."""
CASE = "case"
"""The kind of the pool's entries that show an accepted project."""


class Lifted(NamedTuple):
    """A scenario with its levels before and after; None where it was not assessed."""

    name: Text
    before: int | None
    after: int | None


class Gained(NamedTuple):
    """An effect as the firm stated it and as the visit found it."""

    name: Text
    unit: Text
    claimed: int | None
    found: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A project before and after. Scores in thousandths, money in 分, days as they name them; None
    where it is not known. `copies`: how many other firms have accepted a project by its package."""

    level: tuple[int | None, int | None]
    score_milli: tuple[int | None, int | None]
    scenarios: tuple[Lifted, ...]
    effects: tuple[Gained, ...]
    enterprise_fen: int
    paid_fen: int | None
    eligible_fen: int | None
    days: int | None
    late_days: int | None
    copies: int
    lighthouse: bool


def whole(value: object) -> int | None:
    """A whole number as it is; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def levels_of(side: Mapping[str, Any]) -> dict[str, int]:
    """The levels of the scenarios of one side, before or after, by id."""
    given = side.get("scenarios")
    rows = given.items() if isinstance(given, dict) else ()
    return {name: value for name, value in rows if whole(value) is not None}


def compared(project: Project, day: dt.date) -> Compared:
    """The comparison of a project as its acceptance recorded it; before that, what is known."""
    was, now = project.before, project.after
    before, after = levels_of(was), levels_of(now)
    names = [*before, *(name for name in after if name not in before)]
    firm = Organisation.objects.filter(pk=project.organisation_id)
    return Compared(
        level=(whole(was.get("level")), whole(now.get("level"))),
        score_milli=(whole(was.get("score_milli")), whole(now.get("score_milli"))),
        scenarios=tuple(
            Lifted(scenario_name(one), before.get(one), after.get(one)) for one in names
        ),
        effects=effects_of(project),
        enterprise_fen=project.enterprise_fen,
        paid_fen=whole(now.get("paid_fen")),
        eligible_fen=whole(now.get("eligible_fen")),
        days=whole(now.get("days")),
        late_days=whole(now.get("late_days")),
        copies=copies_of(project),
        lighthouse=firm.filter(pk__in=holders(LIGHTHOUSE, day)).exists(),
    )


def effects_of(project: Project) -> tuple[Gained, ...]:
    """The effects of an accepted project, in the order stated; none before."""
    known = {one.id: one for one in rule_of(project).effects}
    found = []
    for id, value in (project.after.get("effects") or {}).items():
        name, unit = Text(id, id), Text("", "")
        if id in known:
            name, unit = known[id].text, known[id].unit
        found.append(Gained(name, unit, whole(value.get("claimed")), whole(value.get("found"))))
    return tuple(found)


# ---------------------------------------------------------------- copies


def copies(entry: int, firm: int) -> int:
    """How many firms but this one have accepted a project by an entry of the pool (its id)."""
    rows = Project.objects.filter(state="accepted", quote__entry=entry)
    return rows.exclude(organisation=firm).values("organisation").distinct().count()


def copies_of(project: Project) -> int:
    """The same for the package of a project; 0 where its contract came from none."""
    quote = project.quote
    if quote is None or quote.entry_id is None:
        return 0
    return copies(quote.entry_id, project.organisation_id)


def replications(slugs: Iterable[str]) -> dict[str, int | None]:
    """How many firms but its own have accepted a project by the package that a case shows, by the
    address of the case: None where its contract came from no package, left out where the case is of
    no project. Two queries for any number of cases, none for no case."""
    wanted = list(slugs)
    if not wanted:
        return {}
    rows = Project.objects.filter(case_slug__in=wanted)
    shown = list(rows.values_list("case_slug", "organisation", "quote__entry"))
    takers = _takers({entry for _slug, _firm, entry in shown if entry})
    return {
        slug: len(takers.get(entry, set()) - {firm}) if entry else None
        for slug, firm, entry in shown
    }


def _takers(entries: set[int]) -> dict[int, set[int]]:
    """The firms that have accepted a project by an entry, by entry."""
    found: dict[int, set[int]] = {}
    pairs = Project.objects.filter(state="accepted", quote__entry__in=entries)
    for entry, taker in pairs.values_list("quote__entry", "organisation"):
        found.setdefault(entry, set()).add(taker)
    return found


def copiers(firm: int, project: int | None = None) -> models.QuerySet[Organisation]:
    """The firms that are counted as copies: others with an accepted project by the package of a
    firm's accepted projects, or of one of them; by name."""
    mine = Project.objects.filter(organisation=firm, state="accepted", quote__entry__isnull=False)
    if project is not None:
        mine = mine.filter(pk=project)
    taken = Project.objects.filter(state="accepted", quote__entry__in=mine.values("quote__entry"))
    rows = Organisation.objects.filter(pk__in=taken.values("organisation")).exclude(pk=firm)
    return rows.order_by("name", "pk")


def may_agree(project: Project) -> bool:
    """Whether a project may become a case: accepted, and not found unused since."""
    if project.state != "accepted" or project.case_agreed_at is not None:
        return False
    return not project.usage_checks.filter(state="unused").exists()


class Copied(NamedTuple):
    """A lighthouse firm with how many others took up the packages of its projects."""

    firm: Organisation
    projects: int
    copies: int


def lighthouses(actor: Actor, day: dt.date) -> list[Copied]:
    """The lighthouse firms of a territory with accepted projects, the most copied first. Two
    queries for any number."""
    firms = Organisation.objects.filter(
        pk__in=holders(LIGHTHOUSE, day), region_code__startswith=territory(actor.region)
    )
    rows = Project.objects.filter(state="accepted", organisation__in=firms.values("pk"))
    mine = list(rows.select_related("organisation", "quote").order_by("id"))
    packages = {one.quote.entry_id for one in mine if one.quote and one.quote.entry_id}
    takers = _takers(packages)
    found: dict[int, tuple[Organisation, int, set[int]]] = {}
    for one in mine:
        firm, count, others = found.get(one.organisation_id, (one.organisation, 0, set()))
        entry_id = one.quote.entry_id if one.quote else None
        others |= takers.get(entry_id, set()) if entry_id else set()
        found[one.organisation_id] = (firm, count + 1, others)
    made = [Copied(firm, count, len(others - {firm.pk})) for firm, count, others in found.values()]
    return sorted(made, key=lambda one: (-one.copies, one.firm.pk))[:MOST]


def cases(actor: Actor) -> models.QuerySet[Project]:
    """The projects of a territory whose firms agree to be shown, the latest first."""
    rows = Project.objects.filter(case_agreed_at__isnull=False)
    rows = rows.filter(region_code__startswith=territory(actor.region))
    return rows.select_related("organisation", "provider", "quote").order_by("-case_agreed_at")
