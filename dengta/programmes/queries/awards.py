"""认定: who holds what, until when; what anybody may see of it, and what is under way on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.core.flow import State, Step
from dengta.core.shapes import Text
from dengta.core.verifying import read_code
from dengta.core.wording import said_day, said_month
from dengta.programmes.models import Application
from dengta.programmes.models import Award as Award
from dengta.programmes.models import Proceeding as Proceeding
from dengta.programmes.models.award import LIVE as LIVE
from dengta.programmes.models.award import STANDING
from dengta.programmes.queries import is_applicant
from dengta.programmes.states import LIVE_STATES, OPEN_STATES
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused, allowed_steps
from dengta.trail.models import Document, Event

RUNNING = ("in_force", "rectifying")
"""States in which an award counts, until its day is over."""
REQUESTS = ("renewal", "renaming")
"""Kinds of proceedings that the holder asks for; the others are the administration's."""


def period_of(terms: Mapping[str, Any]) -> tuple[Text, Text]:
    """The first and the last month of an evaluation, in words."""
    first, last = (dt.date.fromisoformat(f"{terms[name]}-01") for name in ("from", "until_month"))
    return said_month(first), said_month(last)


RESULTS = {
    "excellent": Text("优秀", "Excellent"),
    "qualified": Text("合格", "Sufficient"),
    "unqualified": Text("不合格", "Not sufficient"),
}
"""What an evaluation can find."""
STANDINGS = {"in_force": RUNNING, "expired": ("expired",), "revoked": ("revoked",)}
"""What a list of awards can be narrowed to."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which awards of a list: part of a name or number, a programme, a division, a year, a
    document's number, how it stands (one of STANDINGS; all when empty)."""

    words: str = ""
    programme: str = ""
    division: str = ""
    year: int | None = None
    document: str = ""
    standing: str = ""


def awards(wanted: Wanted, day: dt.date) -> models.QuerySet[Award]:
    """Awards as the public may see them on a day, the latest first: each is a row of the document
    that it was given by, so that list and document cannot differ."""
    found = Award.objects.select_related("application__round", "organisation")
    if wanted.words:
        names = models.Q(holder_name__icontains=wanted.words)
        names |= models.Q(awarded_name__icontains=wanted.words)
        names |= models.Q(title__icontains=wanted.words) | models.Q(number=wanted.words)
        found = found.filter(names)
    if wanted.programme:
        found = found.filter(programme=wanted.programme)
    if wanted.division:
        found = found.filter(application__region_code__startswith=territory(wanted.division))
    if wanted.year is not None:
        found = found.filter(award_date__year=wanted.year)
    if wanted.document:
        found = found.filter(document_number=wanted.document)
    if wanted.standing:
        found = found.filter(_standing(wanted.standing, day))
    return found.order_by("-award_date", "id")


def _standing(standing: str, day: dt.date) -> models.Q:
    """How an award stands on a day, whether or not the clock has been there since."""
    over = models.Q(state__in=RUNNING, expires_date__lt=day)
    asked = models.Q(state__in=STANDINGS[standing])
    if standing == "in_force":
        return asked & ~over
    return asked | over if standing == "expired" else asked


def award_numbered(number: str) -> Award | None:
    """The award of a number, as an entry of the pool names it; None without one."""
    rows = Award.objects.select_related("application__round", "organisation")
    return rows.filter(number=number or "-").first()


def places_applying(programme: str) -> set[str]:
    """The places (by code) whose application for a programme is under way or was awarded and
    holds. Two queries."""
    rules = [one.id for one in policy().selections if one.programme == programme]
    live = set(LIVE_STATES) - set(OPEN_STATES)
    asked = Application.objects.filter(
        round__selection__in=rules, organisation=None, state__in=live
    ).values_list("applicant_code", flat=True)
    held = Award.objects.filter(programme=programme, organisation=None, state__in=RUNNING)
    return {*asked, *held.values_list("application__applicant_code", flat=True)}


def awards_of(actor: Actor) -> models.QuerySet[Award]:
    """The awards that the actor's organisation, or the office itself, holds; latest first."""
    mine = models.Q(pk__in=())
    if actor.organisation_id:
        mine = models.Q(organisation_id=actor.organisation_id)
    elif actor.role in ("city", "county"):
        mine = models.Q(organisation=None, application__applicant_code=actor.region)
    rows = Award.objects.select_related("application__round", "organisation")
    return rows.filter(mine).order_by("-award_date", "-id")


def awards_within(actor: Actor, wanted: Wanted, day: dt.date) -> models.QuerySet[Award]:
    """The awards of an official's territory; none for others."""
    if not actor.official:
        return Award.objects.none()
    return awards(wanted, day).filter(application__region_code__startswith=territory(actor.region))


def award_by_code(code: str) -> Award | None:
    """The award that a code on a certificate belongs to, however it was typed; None without one."""
    rows = Award.objects.select_related("application__round", "organisation")
    return rows.filter(code=read_code(code) or "-").first()


def award_for(actor: Actor, pk: int) -> Award:
    """One award, for its holder and the offices that cover it. Award.DoesNotExist for others."""
    rows = Award.objects.select_related("application__round", "organisation")
    found = rows.get(pk=pk)
    if is_applicant(found.application, actor) or actor.covers(found.case_region):
        return found
    raise Award.DoesNotExist


def programmes_awarded() -> list[tuple[str, Text]]:
    """The programmes that anything was ever awarded in, with their names, in the order of ids."""
    ids = Award.objects.order_by("programme").values_list("programme", flat=True).distinct()
    return [(id, _programme_name(id)) for id in ids]


def years_awarded() -> list[int]:
    """The years in which anything was awarded, latest first."""
    return [day.year for day in Award.objects.dates("award_date", "year", order="DESC")]


def _programme_name(id: str) -> Text:
    editions = [programme for programme in policy().programmes if programme.id == id]
    return editions[-1].name if editions else Text(id, id)


def called(award: Award) -> Text:
    """What the award is called: the title it gives, else the programme."""
    selection = award.application.round.selection
    title = next((each.title for each in policy().selections if each.id == selection), "")
    titles = policy().facts.get("titles")
    if titles is not None and title in titles.values:
        return titles.values[title]
    return _programme_name(award.programme)


def standing(award: Award, day: dt.date) -> State:
    """How an award stands on a day: one whose last day is over has expired, whether or not the
    clock has been there since."""
    over = award.expires_date is not None and award.expires_date < day
    return award.flow.state("expired" if over and award.state in RUNNING else award.state)


def renewal_until(award: Award, day: dt.date) -> dt.date:
    """The last day of a renewed award: the selection's years on from its last day, or from `day`
    where that is over. StepRefused for an award without an end, or outside the days of asking."""
    years = award.application.round.rule.validity_years
    if award.expires_date is None or not years:
        raise StepRefused(
            Text(
                f"{award.number} 没有有效期限制，长期有效，不用续期。",
                f"{award.number} has no end; there is nothing to renew.",
            )
        )
    before = policy().practised("award_renewal_days_before", day)
    after = policy().practised("award_renewal_days_after", day)
    first = award.expires_date - dt.timedelta(days=before)
    last = award.expires_date + dt.timedelta(days=after)
    if day < first:
        raise StepRefused(
            Text(
                f"{award.number} 有效期至"
                f" {said_day(award.expires_date).zh}，{said_day(first).zh} 起可以申请续期。",
                f"{award.number} holds until {said_day(award.expires_date).en}; ask from"
                f" {said_day(first).en} on.",
            )
        )
    if day > last:
        raise StepRefused(
            Text(
                f"{award.number} 已于 {said_day(award.expires_date).zh} 到期，续期申请截至"
                f" {said_day(last).zh}。"
                "请在下一批次重新申报。",
                f"{award.number} ended on {said_day(award.expires_date).en}; renewal was"
                f" open until {said_day(last).en}."
                " Apply in the next round.",
            )
        )
    return plus_years(max(award.expires_date, day), years)


def plus_years(day: dt.date, years: int) -> dt.date:
    """The same day some years later; 28 February for a 29th that year does not have."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


@dataclass(frozen=True, slots=True)
class Asking:
    """What the holder may ask for on a day: a renewal until `until` or `why` not; a change of name
    (`named` where the registry has the new one already). Nothing of a matter that has to wait for
    what is under way."""

    until: dt.date | None
    why: Text | None
    rename: bool
    named: str


def asking(award: Award, day: dt.date) -> Asking:
    """What the holder of an award may ask for."""
    until, why = None, None
    waits = in_the_way(award, "renewal") is not None
    renewable = award.state in ("in_force", "expired") and not waits
    try:
        until = renewal_until(award, day) if renewable else None
    except StepRefused as refused:
        why = refused.text
    return Asking(
        until,
        why,
        award.state == "in_force" and in_the_way(award, "renaming") is None,
        registered_name(award),
    )


def in_the_way(award: Award, kind: str) -> Proceeding | None:
    """What is under way on an award that a proceeding of a kind has to wait for: one of its kind;
    where it decides on the award's standing, any that does."""
    kinds = STANDING if kind in STANDING else (kind,)
    return award.proceedings.filter(state__in=LIVE, kind__in=kinds).order_by("id").first()


def former_name(award: Award) -> str:
    """The name that it was given under, where the holder has another one now."""
    return award.awarded_name if award.awarded_name != award.holder_name else ""


def registered_name(award: Award) -> str:
    """The holder's name in the registry where it differs from the award's; else nothing."""
    if award.organisation is None or award.organisation.name == award.holder_name:
        return ""
    return award.organisation.name


def may_charge(award: Award, actor: Actor) -> bool:
    """Whether the actor is of the office that gave the award, and it still is one."""
    mine = actor.role == "province" and actor.covers(award.application.round.region_code)
    return mine and not award.flow.state(award.state).final


def award_steps(award: Award, actor: Actor) -> tuple[Step, ...]:
    """The steps of an award itself that are open to an actor; most come of proceedings."""
    return allowed_steps(award, actor)


def proceedings_of(award: Award, actor: Actor) -> list[Proceeding]:
    """What is or was under way on an award, the latest first. The holder does not see what the
    administration looks into before it is served."""
    rows = award.proceedings.select_related("award__application__round", "opened_by")
    if not is_applicant(award.application, actor):
        return list(rows.order_by("-id"))
    served = Event.objects.filter(
        flow=Proceeding.flow.id, thing_id=models.OuterRef("pk"), step="serve"
    )
    return list(rows.filter(models.Q(kind__in=REQUESTS) | models.Exists(served)).order_by("-id"))


def warnings_of(
    day: dt.date, *, award: Award | None = None, organisation: int | None = None
) -> list[Proceeding]:
    """The warnings that everybody sees on a day, of one award or of all of an organisation's, the
    latest first."""
    rows = Proceeding.objects.filter(kind=Proceeding.Kind.WARNING, state="closed")
    return _shown(rows, day, award, organisation)


def evaluations_shown(day: dt.date, award: Award) -> list[Proceeding]:
    """The evaluations of an award that everybody sees on a day, the latest first."""
    rows = Proceeding.objects.filter(kind=Proceeding.Kind.EVALUATION, state="closed")
    return _shown(rows, day, award, None)


def _shown(
    rows: models.QuerySet[Proceeding], day: dt.date, award: Award | None, organisation: int | None
) -> list[Proceeding]:
    if award is not None:
        rows = rows.filter(award=award)
    if organisation is not None:
        rows = rows.filter(award__organisation=organisation)
    rows = rows.select_related("award").order_by("-state_since", "-id")
    return [one for one in rows if one.terms.get("shown_until", "") >= day.isoformat()]


def to_be_rectified(organisation: int | None = None) -> models.QuerySet[Award]:
    """The awards whose grounds are to be rectified now, of an organisation or of all, what is due
    first."""
    rows = Award.objects.filter(state="rectifying").exclude(organisation=None)
    if organisation is not None:
        rows = rows.filter(organisation=organisation)
    return rows.order_by("rectify_until", "id")


def proceedings_within(actor: Actor, *, live: bool = True) -> models.QuerySet[Proceeding]:
    """The proceedings of an official's territory, those that wait longest first."""
    rows = Proceeding.objects.select_related("award__application__round")
    if not actor.official:
        return rows.none()
    rows = rows.filter(award__application__region_code__startswith=territory(actor.region))
    return (rows.filter(state__in=LIVE) if live else rows).order_by("state_since", "id")


def proceeding_for(actor: Actor, pk: int) -> Proceeding:
    """One proceeding, for those who may see it. Proceeding.DoesNotExist for others."""
    rows = Proceeding.objects.select_related(
        "award__application__round", "award__organisation", "opened_by", "evidence", "defence_file"
    )
    found = rows.get(pk=pk)
    if found in proceedings_of(award_for(actor, found.award_id), actor):
        return found
    raise Proceeding.DoesNotExist


def proceeding_steps(proceeding: Proceeding, actor: Actor) -> tuple[Step, ...]:
    """The steps to offer an actor: a request is taken up, a charge is served; the holder's own
    steps are for the holder alone."""
    own = is_applicant(proceeding.award.application, actor)
    request = proceeding.kind in REQUESTS
    holder = ("withdraw", "defend", "appeal")
    beside = ("serve", "defend", "appeal") if request else ("take_up", "withdraw")
    return tuple(
        step
        for step in allowed_steps(proceeding, actor)
        if own == (step.id in holder) and step.id not in beside
    )


def award_document(actor: Actor, pk: int) -> Document | None:
    """A file of a proceeding, for those who may see the proceeding."""
    uses = models.Q(evidence=pk) | models.Q(defence_file=pk)
    for found in Proceeding.objects.filter(uses).order_by("id"):
        try:
            seen = proceeding_for(actor, found.pk)
        except (Award.DoesNotExist, Proceeding.DoesNotExist):
            continue
        return seen.evidence if seen.evidence_id == pk else seen.defence_file
    return None
