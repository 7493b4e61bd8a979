"""Shared reads of lists: what is in publicity, why an application has its place, objections."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction

from django.db import models

from dengta.accounts.queries import Actor
from dengta.core.allocation import AllocationError
from dengta.core.money import yuan
from dengta.core.panel import thousandths
from dengta.core.selection import Criterion
from dengta.core.shapes import Text
from dengta.core.workdays import known, workdays_between
from dengta.programmes.models import Application as Application
from dengta.programmes.models import Award, Round
from dengta.programmes.models import Objection as Objection
from dengta.programmes.models import Publication as Publication
from dengta.programmes.queries.drafting import IN_PLAY, UNFINISHED, next_in_line
from dengta.programmes.queries.drafting import list_record as list_record
from dengta.programmes.states import PUBLIC_STATES
from dengta.trail.models import Document

LISTED = (*IN_PLAY, "not_selected")
"""Where a list has taken its applications by the time it is public."""


OPEN_OBJECTIONS = ("filed", "inquiry")
"""An objection that is not answered yet."""


@dataclass(frozen=True, slots=True)
class Publicity:
    """The publicity of a round: its days, how many working days are left, and what is published.

    `doubt` warns where the holiday calendar of a year in it is not known. `dropped` are those that
    were in publicity and left it; `pending` those that the list has still to move.
    """

    round: Round
    since: dt.date
    until: dt.date
    left: int
    open: bool
    doubt: Text | None
    record: Publication | None
    listed: int
    held: int
    awarded: int
    dropped: int
    reserve: int
    pending: int
    total_fen: int

    @property
    def over(self) -> bool:
        """Whether its last day has passed."""
        return not self.open


def publicity_of(round: Round, day: dt.date) -> Publicity | None:
    """A round's publicity as it stands on a day; None before the list is public. Two queries."""
    since, until = round.publicity_from, round.publicity_until
    if since is None or until is None or round.state not in ("publicity", "awarded", "terminated"):
        return None
    public = models.Q(publicity_from__isnull=False)
    counts = round.applications.aggregate(
        listed=models.Count("pk", filter=models.Q(state__in=PUBLIC_STATES)),
        held=models.Count("pk", filter=models.Q(state="held")),
        awarded=models.Count("pk", filter=models.Q(state="awarded")),
        dropped=models.Count("pk", filter=public & ~models.Q(state__in=PUBLIC_STATES)),
        reserve=models.Count("pk", filter=models.Q(state="reserve")),
        pending=models.Count("pk", filter=models.Q(state="ranked")),
        last=models.Max("publicity_until"),
        total_fen=models.Sum("amount_fen", filter=models.Q(state__in=PUBLIC_STATES)),
    )
    last, total = max(until, counts.pop("last") or until), counts.pop("total_fen") or 0
    return Publicity(
        round=round,
        since=since,
        until=until,
        left=max(workdays_between(day, until), 0),
        open=day <= until,
        doubt=calendar_doubt(since, last),
        record=list_record(round),
        total_fen=total,
        **counts,
    )


def due(round: Round, day: dt.date) -> models.QuerySet[Application]:
    """The applications that can be awarded on a day: their publicity is over, and no objection to
    them is open."""
    over = round.applications.filter(state="proposed", publicity_until__lt=day)
    return over.exclude(_objected()).order_by("rank", "id")


def _objected() -> models.Exists:
    return models.Exists(
        Objection.objects.filter(application=models.OuterRef("pk"), state__in=OPEN_OBJECTIONS)
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How many of a round can be awarded on a day, and what keeps the others."""

    due: int
    later: int
    objected: int
    held: int


def standing(round: Round, day: dt.date) -> Standing:
    """How far a round is from its document. One query."""
    proposed, over = models.Q(state="proposed"), models.Q(publicity_until__lt=day)
    objected = models.Q(_objected())
    return Standing(
        **round.applications.aggregate(
            due=models.Count("pk", filter=proposed & over & ~objected),
            later=models.Count("pk", filter=proposed & ~over),
            objected=models.Count("pk", filter=proposed & over & objected),
            held=models.Count("pk", filter=models.Q(state="held")),
        )
    )


def calendar_doubt(since: dt.date, until: dt.date) -> Text | None:
    """A warning where working days between two days were counted without the year's calendar."""
    unknown = [str(year) for year in range(since.year, until.year + 1) if not known(year)]
    if not unknown:
        return None
    years = "、".join(unknown)
    return Text(
        f"{years} 年的放假安排尚未收录，期限暂按周末休息计算。国务院办公厅公布放假通知后，"
        "请以调整后的日期为准。",
        f"The holidays of {', '.join(unknown)} are not known yet; days are counted with weekends"
        " only and may change once they are published.",
    )


def published(round: Round) -> models.QuerySet[Application]:
    """The list as the public sees it, by rank: whoever is or was in publicity. It is read from the
    applications themselves, so that page, export and document cannot differ."""
    shown = round.applications.filter(publicity_from__isnull=False)
    return shown.select_related("round").order_by("rank", "id")


def on_reserve(round: Round) -> models.QuerySet[Application]:
    """The reserve list, by rank."""
    return round.applications.filter(state="reserve").order_by("rank", "id")


def ranking(round: Round) -> models.QuerySet[Application]:
    """Every application of the list, for the organiser: by rank, those without one at the end."""
    listed = round.applications.filter(state__in=("ranked", *LISTED)).exclude(place={})
    return listed.order_by(models.F("rank").asc(nulls_last=True), "id")


OUTCOMES = {
    "award": Text("拟入选", "To be selected"),
    "reserve": Text("备选", "Reserve"),
    "none": Text("未列入", "Not listed"),
    "barred": Text("不再给予", "Not given again"),
}
"""What a list says of an application, in words."""


def narrowed(
    rows: models.QuerySet[Application], outcome: str, words: str
) -> models.QuerySet[Application]:
    """Lines of a list with one outcome, or whose number, applicant or title holds some words."""
    if outcome in OUTCOMES:
        rows = rows.filter(place__outcome=outcome)
    if words:
        digits = words.rpartition("-")[2].lstrip("0")
        named = models.Q(applicant_name__contains=words) | models.Q(title__contains=words)
        rows = rows.filter(named | models.Q(pk=int(digits) if digits.isdecimal() else 0))
    return rows


@dataclass(frozen=True, slots=True)
class Summary:
    """A list in figures: lines, outcomes, money, and how many wait to be listed or reviewed."""

    listed: int
    award: int
    reserve: int
    none: int
    barred: int
    total_fen: int
    ranked: int
    unfinished: int


def summary_of(round: Round) -> Summary:
    """A round's list in figures. One query."""

    def counted(outcome: str) -> models.Count:
        return models.Count("pk", filter=models.Q(place__outcome=outcome))

    figures = round.applications.aggregate(
        **{outcome: counted(outcome) for outcome in OUTCOMES},
        total_fen=models.Sum("amount_fen", filter=models.Q(place__outcome="award")),
        ranked=models.Count("pk", filter=models.Q(state="ranked")),
        unfinished=models.Count("pk", filter=models.Q(state__in=UNFINISHED)),
    )
    figures["total_fen"] = figures["total_fen"] or 0
    return Summary(listed=sum(figures[outcome] for outcome in OUTCOMES), **figures)


def takes_objections(application: Application, day: dt.date) -> bool:
    """Whether objections to an application are taken on a day."""
    since, until = application.publicity_from, application.publicity_until
    live = application.state in ("proposed", "held")
    return live and since is not None and until is not None and since <= day <= until


def on_list(application: Application) -> bool:
    """Whether it has a place now: who was dropped or has withdrawn stays to be seen without one."""
    return application.state in PUBLIC_STATES


def behind(round: Round, day: dt.date) -> models.QuerySet[Application]:
    """What does not go with the others when the document comes: held, objected to, or in a
    publicity of its own; by rank."""
    own = models.Q(publicity_until__gte=day) & ~models.Q(publicity_until=round.publicity_until)
    waits = models.Q(state="held") | models.Q(state="proposed") & (own | models.Q(_objected()))
    return round.applications.filter(waits).order_by("rank", "id")


def following(round: Round, shown: Publicity | None) -> str:
    """The number of the application that moves up next; empty while no place is free."""
    if shown is None or not (shown.dropped and shown.reserve):
        return ""
    try:
        next_place, _ = next_in_line(round)
    except AllocationError:
        return ""
    return next_place.id if next_place else ""


def listed_in_sight(actor: Actor, pk: int) -> Application:
    """An application of a public list, for the office that runs its round.
    Application.DoesNotExist otherwise."""
    found = Application.objects.select_related("round").get(pk=pk, state__in=IN_PLAY)
    if actor.role == "province" and actor.covers(found.round.region_code):
        return found
    raise Application.DoesNotExist


@dataclass(frozen=True, slots=True)
class Mark:
    """One criterion of the rubric with the panel's mean, in thousandths of a point."""

    criterion: Criterion
    milli: int


@dataclass(frozen=True, slots=True)
class Why:
    """Why an application has its place. `cut_milli` is the lowest score on the list; `compared`
    says what decided against the one before where scores are equal."""

    application: Application
    outcome: str
    rank: int | None
    of: int
    reason: Text
    cut_milli: int | None
    marks: tuple[Mark, ...]
    compared: Text | None
    amount: str
    record: Publication | None


def why_this_place(application: Application) -> Why | None:
    """The reasons of the list for one application; None before the list is public."""
    round, place = application.round, application.place
    if not place or round.state not in ("publicity", "awarded", "terminated"):
        return None
    ranked = round.applications.filter(rank__isnull=False)
    last = ranked.filter(place__outcome="award").order_by("-rank").first()
    rule = round.rule
    marks = tuple(
        Mark(criterion, thousandths(Fraction(str(application.marks[criterion.id]))))
        for criterion in rule.criteria
        if criterion.id in application.marks
    )
    amount = application.amount_fen if place["outcome"] == "award" else None
    return Why(
        application=application,
        outcome=str(place["outcome"]),
        rank=application.rank,
        of=ranked.count(),
        reason=Text(str(place["zh"]), str(place["en"])),
        cut_milli=last.score_milli if last is not None and "panel" in rule.steps else None,
        marks=marks,
        compared=_compared(application) if application.rank else None,
        amount=yuan(amount) if amount else "",
        record=list_record(round),
    )


def _compared(application: Application) -> Text | None:
    """What put the one before in front of this one where their scores are equal."""
    before = application.round.applications.filter(
        rank__lt=application.rank, rank__isnull=False
    ).order_by("-rank")
    better = before.first()
    if better is None or better.score != application.score:
        return None
    ties = sorted((one for one in application.round.rule.criteria if one.tie), key=lambda c: c.tie)
    for one in ties:
        if better.marks.get(one.id) != application.marks.get(one.id):
            return Text(
                f"与前一名得分相同，按“{one.text.zh}”的得分排定",
                f"The score equals that of the rank before; “{one.text.en}” decided",
            )
    return Text(
        "与前一名各项得分相同，按事先公布的种子排定",
        "Equal to the rank before in everything; the seed published before decided",
    )


def in_public(pk: int) -> Application:
    """An application that is or was in publicity. Application.DoesNotExist for any other."""
    return Application.objects.select_related("round").get(pk=pk, publicity_from__isnull=False)


def objection_by(code: str) -> Objection | None:
    """An objection by the code that whoever filed it was given; None for an unknown one."""
    return Objection.objects.select_related("application__round").filter(code=code.upper()).first()


def objections_of(round: Round) -> models.QuerySet[Objection]:
    """The objections to a round's applications, those to be dealt with first, then the oldest."""
    waits = models.Case(
        models.When(state__in=("filed", "inquiry"), then=0), default=1,
        output_field=models.IntegerField(),
    )  # fmt: skip
    filed = Objection.objects.filter(application__round=round).select_related("application__round")
    return filed.order_by(waits, "id")


def objection_for(actor: Actor, pk: int) -> Objection:
    """One objection, for the office that runs its round. Objection.DoesNotExist otherwise."""
    found = Objection.objects.select_related("application__round", "evidence").get(pk=pk)
    if actor.role == "province" and actor.covers(found.application.round.region_code):
        return found
    raise Objection.DoesNotExist


def objection_document(actor: Actor, pk: int) -> Document | None:
    """A document that is evidence of an objection, for the office that runs the round."""
    found = Objection.objects.filter(evidence=pk).select_related("application__round", "evidence")
    for one in found:
        if actor.role == "province" and actor.covers(one.application.round.region_code):
            return one.evidence
    return None


def awards_in(round: Round) -> models.QuerySet[Award]:
    """What was awarded in a round, in the order of the list."""
    return (
        Award.objects.filter(application__round=round)
        .select_related("application")
        .order_by("application__rank", "id")
    )
