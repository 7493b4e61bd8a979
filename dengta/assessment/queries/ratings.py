"""Reads of ratings: who has which, what they answered, and all answers to an item side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from dengta.accounts.queries import Actor, territory
from dengta.assessment.models import Answer, Assessment, RatedAnswer
from dengta.assessment.models import Evidence as Evidence
from dengta.assessment.models import Rating as Rating
from dengta.assessment.queries import contradictions_of, instrument_of, scorer
from dengta.core.answers import Answer as Value
from dengta.core.contradictions import Conflict
from dengta.core.scoring import Result
from dengta.core.shapes import Instrument, Text
from dengta.core.workdays import workdays_between
from dengta.trail.models import Event
from dengta.trail.queries import Clock

SELF = "self"


def _whole() -> models.QuerySet[Rating]:
    return Rating.objects.select_related(
        "assessment__organisation", "assessor", "checked__assessor"
    )


def rating_of(actor: Actor, pk: int) -> Rating:
    """One rating, for its assessor. Rating.DoesNotExist for anybody else."""
    return _whole().get(pk=pk, assessor_id=actor.user_id or -1)


def tasks_of(actor: Actor) -> models.QuerySet[Rating]:
    """The ratings that wait for somebody, the most urgent first."""
    return _whole().filter(assessor_id=actor.user_id, state="assigned").order_by("due_date", "id")


def done_by(actor: Actor) -> models.QuerySet[Rating]:
    """The ratings somebody had and that are closed, newest first."""
    mine = _whole().filter(assessor_id=actor.user_id).exclude(state="assigned")
    return mine.order_by("-state_since", "-id")


def ratings_of(assessment: Assessment) -> models.QuerySet[Rating]:
    """All ratings of an assessment, oldest first."""
    return _whole().filter(assessment=assessment).order_by("id")


def before(rating: Rating) -> list[Rating]:
    """The submitted ratings that an assessor may see beside their own, oldest first. A re-check is
    made without sight of what it checks: only the firm's own answers stand beside it."""
    if rating.kind == Rating.Kind.RECHECK and rating.submitted_at is None:
        return []
    earlier = ratings_of(rating.assessment).filter(state="submitted").exclude(pk=rating.pk)
    if rating.kind != Rating.Kind.RECHECK:
        earlier = earlier.exclude(kind=Rating.Kind.RECHECK)
    if rating.submitted_at is not None:
        earlier = earlier.filter(submitted_at__lte=rating.submitted_at)
    return list(earlier)


def assessment_for(actor: Actor, pk: int) -> Assessment:
    """A submitted assessment in an official's territory. Assessment.DoesNotExist otherwise."""
    found = Assessment.objects.select_related("organisation").get(pk=pk, submitted_at__isnull=False)
    if not actor.covers(found.case_region):
        raise Assessment.DoesNotExist
    return found


def rating_for(actor: Actor, pk: int) -> Rating:
    """A rating in an official's territory. Rating.DoesNotExist otherwise."""
    found = _whole().get(pk=pk)
    if not actor.covers(found.case_region):
        raise Rating.DoesNotExist
    return found


def rated_in(region: str) -> models.QuerySet[Rating]:
    """Submitted ratings of the firms of a region, oldest first."""
    return (
        _whole()
        .filter(
            state="submitted", assessment__organisation__region_code__startswith=territory(region)
        )
        .order_by("submitted_at", "id")
    )


def clock_of(rating: Rating, today: dt.date) -> Clock | None:
    """Until when an open rating is wanted; None once it is closed."""
    if rating.flow.state(rating.state).final:
        return None
    if rating.due_date is None:
        return Clock("expert", None, None)
    return Clock("expert", rating.due_date, workdays_between(today, rating.due_date))


def assigned_by(rating: Rating) -> int:
    """The id of the official who gave a rating out; 0 when nobody is on record."""
    first = Event.objects.filter(flow=Rating.flow.id, thing_id=rating.pk, step="begin")
    return first.values_list("user", flat=True).first() or 0


# ---------------------------------------------------------------------------- answers


def read_all(assessment: Assessment, written: Iterable[tuple[str, str]]) -> dict[str, Value]:
    """Stored texts as the scorer reads them; what is blank is not answered."""
    read = scorer(assessment.instrument).read
    return {item: read(item, value) for item, value in written if value}


def rated_contradictions(rating: Rating, day: dt.date) -> tuple[Conflict, ...]:
    """What an assessor's own answers contradict."""
    return contradictions_of(rating.assessment, day, rated_answers(rating))


def rated_answers(rating: Rating) -> dict[str, Value]:
    """What an assessor answered so far."""
    written = rating.answers.values_list("item", "value")
    return read_all(rating.assessment, written)


def result_of_rating(rating: Rating) -> Result:
    """The scoring of an assessor's answers as they stand."""
    return scorer(rating.assessment.instrument).score(rated_answers(rating))


@dataclass(frozen=True, slots=True)
class Reading:
    """One side's answer to one item; `value` is blank where there is none. `same` says whether it
    is the firm's own answer (None without one of both)."""

    value: str
    reason: str
    remark: str
    evidence: tuple[Evidence, ...]
    same: bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """One item with what each side says of it, in the order of the columns."""

    item: str
    readings: tuple[Reading, ...]

    @property
    def differs(self) -> bool:
        """Whether anybody disagrees with the firm."""
        return any(reading.same is False for reading in self.readings)


@dataclass(frozen=True, slots=True)
class Board:
    """Self answers and ratings side by side: `columns` are None for the firm itself, then the
    ratings; rows in the order of the instrument; `figures` as the firm wrote them."""

    assessment: Assessment
    instrument: Instrument
    columns: tuple[Rating | None, ...]
    rows: tuple[Row, ...]
    figures: Mapping[str, str]

    @property
    def differing(self) -> int:
        """How many items somebody answered in another way than the firm."""
        return sum(row.differs for row in self.rows)


def board(assessment: Assessment, ratings: Sequence[Rating]) -> Board:
    """All answers to each item side by side. Three queries for any number of items and ratings."""
    own = {answer.item: answer for answer in Answer.objects.filter(assessment=assessment)}
    by_rating: dict[int, dict[str, RatedAnswer]] = {rating.pk: {} for rating in ratings}
    for rated in RatedAnswer.objects.filter(rating__in=by_rating):
        by_rating[rated.rating_id][rated.item] = rated
    shown: dict[tuple[str, int | None], list[Evidence]] = {}
    papers = Evidence.objects.filter(assessment=assessment, withdrawn_at=None)
    for paper in papers.select_related("document", "assessment").order_by("id"):
        shown.setdefault((paper.item, paper.rating_id), []).append(paper)
    rows = []
    for item in scorer(assessment.instrument).items:
        firm = own.get(item)
        readings = [_reading(firm, tuple(shown.get((item, None), ())), firm)]
        readings += [
            _reading(by_rating[r.pk].get(item), tuple(shown.get((item, r.pk), ())), firm)
            for r in ratings
        ]
        rows.append(Row(item, tuple(readings)))
    instrument = instrument_of(assessment)
    written = {f.id: own[f.id].value for f in instrument.figures if f.id in own}
    return Board(assessment, instrument, (None, *ratings), tuple(rows), written)


def _reading(
    answer: Answer | RatedAnswer | None, evidence: tuple[Evidence, ...], firm: Answer | None
) -> Reading:
    if answer is None:
        return Reading("", "", "", evidence, None)
    known = firm is not None and firm is not answer and firm.value and answer.value
    same = answer.value == firm.value if known and firm is not None else None
    return Reading(answer.value, answer.reason, answer.remark, evidence, same)


def for_firm(assessment: Assessment) -> list[Rating]:
    """What the firm may see of ratings: those that are done (never a re-check, which looks at the
    assessor), and those under way; oldest first."""
    seen = ratings_of(assessment).exclude(kind=Rating.Kind.RECHECK)
    return list(seen.filter(state__in=("assigned", "submitted")))


# ---------------------------------------------------------------------------- disagreement


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two readings of one assessment compared: items that both answered, those that differ, and
    whether the level came out another."""

    compared: int
    differing: tuple[str, ...]
    level_differs: bool


def compare(
    one: Mapping[str, str], other: Mapping[str, str], levels: tuple[Any, Any]
) -> Comparison:
    """Compare two sets of answers (item to normal form), whichever comes first."""
    both = [item for item in one if one[item] and other.get(item)]
    differing = tuple(sorted(item for item in both if one[item] != other[item]))
    return Comparison(len(both), differing, levels[0] != levels[1])


@dataclass(frozen=True, slots=True)
class Record:
    """How an assessor's ratings stood up to re-checks. Items over all re-checks; `rate_bps` is
    their share that differs in hundredths of a per cent, half-up; None without a re-check."""

    user_id: int
    name: str
    submitted: int
    rechecked: int
    compared: int
    differing: int
    levels_differing: int
    pairs: tuple[tuple[Rating, Rating, Comparison], ...]

    @property
    def rate_bps(self) -> int | None:
        """Share of items that differ."""
        if not self.compared:
            return None
        return (self.differing * 20_000 + self.compared) // (2 * self.compared)


def assessor_records(region: str) -> list[Record]:
    """Every assessor with a submitted rating in a region, those who disagree most first. Three
    queries for any number."""
    submitted = list(rated_in(region))
    rechecks = [r for r in submitted if r.kind == Rating.Kind.RECHECK and r.checked_id]
    wanted = {r.pk for r in rechecks} | {r.checked_id for r in rechecks if r.checked_id}
    answers: dict[int, dict[str, str]] = {pk: {} for pk in wanted}
    rows = RatedAnswer.objects.filter(rating__in=wanted)
    for pk, item, value in rows.values_list("rating", "item", "value"):
        answers[pk][item] = value
    known = {r.pk: r for r in submitted}
    pairs: dict[int, list[tuple[Rating, Rating, Comparison]]] = {}
    for check in rechecks:
        first = known.get(check.checked_id or 0)
        if first is None:
            continue
        found = compare(answers[first.pk], answers[check.pk], (first.level, check.level))
        pairs.setdefault(first.assessor_id, []).append((first, check, found))
    counts: dict[int, list[Rating]] = {}
    for rating in submitted:
        if rating.kind != Rating.Kind.RECHECK:
            counts.setdefault(rating.assessor_id, []).append(rating)
    records = [
        _record(user, own, tuple(pairs.get(user, ()))) for user, own in sorted(counts.items())
    ]
    return sorted(records, key=lambda r: (-(r.rate_bps or 0), -r.rechecked, r.name, r.user_id))


def _record(
    user: int, own: list[Rating], pairs: tuple[tuple[Rating, Rating, Comparison], ...]
) -> Record:
    return Record(
        user_id=user,
        name=str(own[0].assessor),
        submitted=len(own),
        rechecked=len(pairs),
        compared=sum(found.compared for _, _, found in pairs),
        differing=sum(len(found.differing) for _, _, found in pairs),
        levels_differing=sum(found.level_differs for _, _, found in pairs),
        pairs=pairs,
    )


def hands_in(rating: Rating) -> dict[int, Text]:
    """Who may not re-check a rating because of their part in it: its assessor and who gave it
    out."""
    hands = {
        assigned_by(rating): Text(
            "这次评定是本人派出的，须由他人复核",
            "Gave this rating out; somebody else has to check it",
        ),
        rating.assessor_id: Text(
            "这次评定是本人作出的，须由他人复核",
            "Made this rating; somebody else has to check it",
        ),
    }
    hands.pop(0, None)
    return hands
