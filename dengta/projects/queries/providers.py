"""服务商: what a provider's projects say of it, and its score.

Facts are those of the rule's window (`policies/<province>/provider_scores.toml`), counted back from
the day: of projects that were filed and not withdrawn. Pages show the computation from the record.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.core.provider_scores import ProjectFact, ScoreFacts
from dengta.programmes.queries.awards import to_be_rectified
from dengta.projects.models import Acceptance, ContractLine, Project, UsageCheck
from dengta.projects.models import Complaint as Complaint
from dengta.projects.models import ProviderScore as ProviderScore
from dengta.registry.models import Organisation, ProviderRole
from dengta.registry.queries import by_uscc, policy
from dengta.trail.models import Document

COUNTED = ("under_way", "finished", "in_acceptance", "accepted")
"""States of projects that say something of their provider."""


def facts_of(providers: Iterable[int], day: dt.date) -> dict[int, ScoreFacts]:
    """What was known of providers on a day, by provider; the same few queries for any number. What
    was accepted, found or upheld after the day does not count yet."""
    wanted = list(providers)
    rule = policy().score_rule(day)
    since = _months_before(day, rule.window_months)
    rows = Project.objects.filter(
        provider__in=wanted, state__in=COUNTED, filed_at__date__gte=since, filed_at__date__lte=day
    )
    projects = list(rows.order_by("pk"))
    by_id = {one.pk: one for one in projects}
    asked: dict[int, list[Acceptance]] = defaultdict(list)
    for made in Acceptance.objects.filter(project__in=by_id).order_by("pk"):
        asked[made.project_id].append(made)
    used: dict[int, dict[int, str]] = defaultdict(dict)
    for check in UsageCheck.objects.filter(project__in=by_id, decided_at__date__lte=day):
        used[check.project_id][check.months] = check.state
    prices = _prices(by_id)
    found: dict[int, list[ProjectFact]] = {pk: [] for pk in wanted}
    for one in projects:
        found[one.provider_id].append(
            _fact(one, day, asked[one.pk], used[one.pk], prices.get(one.pk))
        )
    upheld: dict[int, list[str]] = defaultdict(list)
    for each in Complaint.objects.filter(
        provider__in=wanted,
        state="upheld",
        decided_at__date__gte=since,
        decided_at__date__lte=day,
    ):
        upheld[each.provider_id].append(each.number)
    return {pk: ScoreFacts(tuple(rows_), tuple(upheld[pk])) for pk, rows_ in found.items()}


def _fact(
    project: Project, day: dt.date, asked: Sequence[Acceptance], used: Mapping[int, str],
    price: tuple[int, int] | None,
) -> ProjectFact:  # fmt: skip
    """Late is what was finished after its day, and what is not finished though its day is over. At
    first try is what never failed; what the firm took back itself is no try."""
    accepted = project.accepted_date is not None and project.accepted_date <= day
    rated = next((one for one in reversed(asked) if one.provider_stars), None)
    seen = rated is not None and rated.visit_date is not None and rated.visit_date <= day
    on_time, due, finished = None, project.due_date, project.finished_date
    if due is not None and finished is not None and finished <= day:
        on_time = finished <= due
    elif due is not None and due < day:
        on_time = False
    return ProjectFact(
        number=project.number,
        on_time=on_time,
        first_try=all(one.state != "failed" for one in asked) if accepted else None,
        stars=rated.provider_stars if rated and seen else None,
        usage_6=used.get(6),
        usage_12=used.get(12),
        price_fen=price[0] if price else None,
        standard_fen=price[1] if price else None,
    )


def _prices(projects: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Of lines with a standard price: what they cost and what they would at it, by project."""
    found: dict[int, tuple[int, int]] = {}
    lines = ContractLine.objects.filter(project__in=projects).exclude(standard_fen=None)
    for line in lines:
        price, standard = found.get(line.project_id, (0, 0))
        found[line.project_id] = (
            price + line.amount_fen,
            standard + line.quantity * (line.standard_fen or 0),
        )
    return found


def _months_before(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, 1)


def latest_scores(day: dt.date) -> dict[int, ProviderScore]:
    """The last score of each provider up to a day, by provider."""
    rows = ProviderScore.objects.filter(as_of__lte=day).order_by("as_of")
    return {row.organisation_id: row for row in rows}


def scores_bps(day: dt.date) -> dict[int, int]:
    """The last points of each provider that has some, in 1/10,000 of the best, for matching."""
    return {
        pk: row.points_milli // 10
        for pk, row in latest_scores(day).items()
        if row.points_milli is not None
    }


_SERVES = models.Q(kind=Organisation.Kind.PROVIDER) | models.Q(
    pk__in=ProviderRole.objects.values("organisation")
)
"""Registered as a provider, or ever admitted in a role of providers."""


def serving(uscc: str) -> Organisation | None:
    """Whoever serves firms: registered as a provider, or an enterprise admitted in a role, such as
    the operator of an awarded platform. None for anybody else."""
    found = by_uscc(uscc)
    return Organisation.objects.filter(_SERVES, pk=found.pk).first() if found else None


def working(day: dt.date) -> models.QuerySet[Organisation]:
    """Whoever delivers or delivered a project, or is admitted in a role (one that rests while it
    is rectified too), by name; with the roles of the day as `roles_now`. An enterprise that was
    awarded a tier of platforms runs one as a provider does, and stands here too."""
    delivering = Project.objects.filter(state__in=COUNTED).values("provider")
    mending = to_be_rectified().values("organisation")
    now = ProviderRole.objects.filter(from_date__lte=day)
    now = now.filter(models.Q(until_date=None) | models.Q(until_date__gte=day))
    named = models.Q(pk__in=delivering) | models.Q(pk__in=now.values("organisation"))
    rows = Organisation.objects.filter(named | (models.Q(pk__in=mending) & _SERVES))
    roles = models.Prefetch("roles", queryset=now.order_by("role"), to_attr="roles_now")
    return rows.prefetch_related(roles).order_by("name", "pk")


def projects_of(provider: Organisation) -> models.QuerySet[Project]:
    """The projects that count for a provider, the newest first."""
    rows = Project.objects.filter(provider=provider, state__in=COUNTED)
    return rows.select_related("organisation").order_by("-pk")


# ---------------------------------------------------------------- complaints


def complaints_of(actor: Actor) -> models.QuerySet[Complaint]:
    """The complaints that an actor sees: a firm its own, a provider those about it, an office those
    of firms in its territory, what waits for a decision first."""
    rows = Complaint.objects.select_related("organisation", "provider", "project", "evidence")
    if actor.role == "enterprise":
        return rows.filter(organisation=actor.organisation_id)
    if actor.role == "provider":
        return rows.filter(provider=actor.organisation_id)
    inside = rows.filter(organisation__region_code__startswith=territory(actor.region))
    waits = models.Case(models.When(state__in=("filed", "answered"), then=0), default=1)
    return inside.order_by(waits, "-pk")


def complaints_waiting(actor: Actor) -> models.QuerySet[Complaint]:
    """The complaints that wait for an office's decision: answered by their provider, of its
    territory. None for other offices: the city decides first."""
    rows = complaints_of(actor).filter(state="answered")
    return rows if actor.role == "city" else rows.none()


def complaint_document(actor: Actor, pk: int) -> Document | None:
    """Evidence of a complaint, for those who see it."""
    if actor.role == "expert":
        return None
    found = complaints_of(actor).filter(evidence=pk).first()
    return found.evidence if found else None


def own_providers(actor: Actor) -> models.QuerySet[Organisation]:
    """The providers of the actor's own projects."""
    mine = Project.objects.filter(organisation=actor.organisation_id, state__in=COUNTED)
    return Organisation.objects.filter(pk__in=mine.values("provider")).order_by("name")
