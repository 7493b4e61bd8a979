"""Shared reads of acceptances: until when to ask, which rating counts, what is in publicity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.assessment.models import Rating
from dengta.core.projects import drawn
from dengta.core.shapes import Text
from dengta.core.workdays import months_after
from dengta.projects.models import Acceptance as Acceptance
from dengta.projects.models import Dispute as Dispute
from dengta.projects.models import Project, Proof, SupervisionEntry, UsageCheck
from dengta.projects.queries.projects import proofs_of, rule_of, seen
from dengta.registry.queries import policy
from dengta.trail.models import Document

DEAD_ACCEPTANCE = ("failed", "withdrawn")


def ask_until(project: Project) -> dt.date | None:
    """The last day on which acceptance may be asked for; None before the work is finished."""
    if project.finished_date is None:
        return None
    return months_after(project.finished_date, rule_of(project).window_months)


def live(project: Project) -> Acceptance | None:
    """The acceptance that is under way or was passed; None without one."""
    return project.acceptances.exclude(state__in=DEAD_ACCEPTANCE).first()


def gaps_of(project: Project, effects: Mapping[str, object]) -> list[Text]:
    """What is missing before acceptance can be asked for: papers, the supervisor's entry,
    milestones, effects."""
    rule = rule_of(project)
    proofs = [proof for proof in proofs_of(project) if proof.milestone_id is None]
    there = {proof.need for proof in proofs}
    gaps = [
        one.text for one in rule.papers_at("acceptance") if one.required and one.id not in there
    ]
    dated = {one.id: one for one in rule.papers_at("acceptance") if one.dated}
    gaps += [
        Text(f"“{proof.document.name}”的截取日期", f"the day of “{proof.document.name}”")
        for proof in proofs
        if proof.need in dated and proof.taken_date is None
    ]
    if project.supervisor_id is not None and not _completed(project):
        gaps.append(Text("监理单位的完工检查记录", "the supervisor's entry on completion"))
    open_ones = project.milestones.filter(state__in=("planned", "reported"))
    gaps += [
        Text(f"里程碑“{name}”的确认", f"the milestone “{name}” to be confirmed")
        for name in open_ones.order_by("ordinal").values_list("title", flat=True)
    ]
    gaps += [one.text for one in rule.effects if one.required and effects.get(one.id) is None]
    return gaps


def _completed(project: Project) -> bool:
    """Whether the supervisor saw the work complete, not before its end."""
    entries = project.log.filter(
        kind=SupervisionEntry.Kind.COMPLETION, organisation=project.supervisor_id
    )
    finished = project.finished_date
    return entries.filter(at__date__gte=finished).exists() if finished else entries.exists()


def with_city(acceptance: Acceptance) -> bool:
    """Whether the lot fell on this visit, so that the city takes part in it."""
    rule = rule_of(acceptance.project)
    return drawn(f"{acceptance.number}/{acceptance.project.number}", rule.city_visit_bps)


def ratings_for(acceptance: Acceptance) -> list[Rating]:
    """The on-site ratings that can give the level, the latest first: of the firm, done on the spot
    after the work was finished, by an edition in force on that day that makes the level."""
    found = (
        Rating.objects.filter(
            assessment__organisation=acceptance.project.organisation_id,
            kind=Rating.Kind.ON_SITE, state="submitted", level__isnull=False,
            visit_date__gte=acceptance.finished_date,
        )
        .select_related("assessment", "assessor")
        .order_by("-visit_date", "-id")
    )  # fmt: skip
    return [rating for rating in found if _in_force(rating)]


def _in_force(rating: Rating) -> bool:
    day, name = rating.visit_date, rating.assessment.instrument
    instrument = policy().instruments.get(name)
    if day is None or instrument is None or not instrument.in_force.holds(day):
        return False
    return name in policy().practised_words("level_instruments", day)


def published(day: dt.date) -> models.QuerySet[Acceptance]:
    """The acceptances in publicity on a day, the latest first."""
    rows = Acceptance.objects.filter(state="publicity", publicity_from__lte=day)
    rows = rows.filter(publicity_until__gte=day)
    return rows.select_related("project__organisation", "project__provider").order_by(
        "-publicity_from", "-id"
    )


def everybodys(
    day: dt.date, state: str = "", region: str = "", sub_industry: str = "", provider: str = ""
) -> models.QuerySet[Acceptance]:
    """What everybody may see: acceptances in publicity on a day and those that were accepted, the
    latest first; narrowed by what is not empty. A state that is none of the two finds nothing."""
    open_ = models.Q(state="publicity", publicity_from__lte=day)
    rows = Acceptance.objects.filter(models.Q(state="accepted") | open_)
    if state:
        rows = rows.filter(state=state)
    if region:
        rows = rows.filter(project__region_code__startswith=territory(region))
    if sub_industry:
        rows = rows.filter(project__sub_industry=sub_industry)
    if provider:
        rows = rows.filter(project__provider__uscc=provider)
    return rows.select_related("project__organisation", "project__provider").order_by("-id")


def in_public(pk: int) -> Acceptance:
    """An acceptance that everybody may see: in publicity or accepted. Acceptance.DoesNotExist for
    any other."""
    return Acceptance.objects.select_related("project__organisation", "project__provider").get(
        pk=pk, state__in=("publicity", "accepted")
    )


def takes_disputes(acceptance: Acceptance, day: dt.date | None = None) -> bool:
    """Whether objections are taken on a day."""
    since, until = acceptance.publicity_from, acceptance.publicity_until
    if acceptance.state != "publicity" or since is None or until is None:
        return False
    return since <= (day or timezone.localdate()) <= until


def due(day: dt.date) -> models.QuerySet[Acceptance]:
    """Acceptances whose publicity is over without an objection that is open or was upheld."""
    held = Dispute.objects.filter(acceptance=models.OuterRef("pk"), state__in=("filed", "upheld"))
    rows = Acceptance.objects.filter(state="publicity", publicity_until__lt=day)
    return rows.filter(~models.Exists(held)).select_related("project__organisation").order_by("id")


def dispute_by(code: str) -> Dispute | None:
    """An objection by its code; None where there is none."""
    found = Dispute.objects.filter(code=code).select_related("acceptance__project__organisation")
    return found.first()


def dispute_for(actor: Actor, pk: int) -> Dispute:
    """An objection in the actor's territory. Dispute.DoesNotExist for any other."""
    rows = Dispute.objects.select_related("acceptance__project__organisation", "evidence")
    return rows.get(pk=pk, acceptance__project__in=seen(actor).values("pk"))


def document_for(actor: Actor, pk: int) -> Document | None:
    """A paper of a project that somebody may see; an objection's evidence only for offices."""
    mine = seen(actor).values("pk")
    proof = proofs_any(pk).filter(project__in=mine).first()
    if proof is not None:
        return proof.document
    entry = SupervisionEntry.objects.filter(document=pk, project__in=mine)
    if (found := entry.select_related("document").first()) is not None:
        return found.document
    used = UsageCheck.objects.filter(evidence=pk, project__in=mine)
    if (check := used.select_related("evidence").first()) is not None:
        return check.evidence
    if actor.official:
        told = Dispute.objects.filter(evidence=pk, acceptance__project__in=mine)
        if (dispute := told.select_related("evidence").first()) is not None:
            return dispute.evidence
    return None


def proofs_any(document: int) -> models.QuerySet[Proof]:
    """Every proof that is this document, taken away or not."""
    return Proof.objects.filter(document=document).select_related("document")
