"""Reads of samples: what was committed to and drawn, how far the re-checks have come."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.assessment.models import RatedAnswer, Rating
from dengta.assessment.models import Sample as Sample
from dengta.assessment.models import SampledRating as SampledRating
from dengta.assessment.queries.ratings import Comparison, compare
from dengta.core.draws import verify
from dengta.core.shapes import Text


def samples_in(actor: Actor) -> models.QuerySet[Sample]:
    """The samples of an official's territory, and those of a larger one that could draw from it,
    newest first."""
    here = territory(actor.region)
    above = [here[:length].ljust(6, "0") for length in range(2, len(here), 2)]
    return _with_counts(
        Sample.objects.filter(
            models.Q(region_code__startswith=here) | models.Q(region_code__in=above)
        )
    )


def all_samples() -> models.QuerySet[Sample]:
    """Every sample, newest first, for everybody: nothing in them names a firm."""
    return _with_counts(Sample.objects.all())


def _with_counts(rows: models.QuerySet[Sample]) -> models.QuerySet[Sample]:
    checked = models.Q(drawn__recheck__state="submitted")
    return rows.annotate(
        drawn_count=models.Count("drawn"),
        checked_count=models.Count("drawn", filter=checked),
    ).order_by("-committed_at", "-id")


def sample_for(actor: Actor, pk: int) -> Sample:
    """One sample of an official's territory. Sample.DoesNotExist otherwise."""
    return samples_in(actor).get(pk=pk)


def sampled_for(actor: Actor, pk: int) -> SampledRating:
    """One rating that was drawn, of an official's territory. SampledRating.DoesNotExist
    otherwise."""
    found = _drawn().get(pk=pk)
    if not actor.covers(found.rating.case_region):
        raise SampledRating.DoesNotExist
    return found


def _drawn() -> models.QuerySet[SampledRating]:
    return SampledRating.objects.select_related(
        "sample",
        "rating__assessment__organisation",
        "rating__assessor",
        "recheck__assessor",
        "recheck__assessment__organisation",
    )


def population(region: str, instrument: str, start: dt.date, end: dt.date) -> list[Rating]:
    """The ratings that can be drawn: of experts and on the spot, submitted from the first day to
    the last, of firms of the region, by one instrument; in the order of their ids."""
    first = timezone.make_aware(dt.datetime.combine(start, dt.time()))
    after = timezone.make_aware(dt.datetime.combine(end + dt.timedelta(days=1), dt.time()))
    rows = Rating.objects.filter(
        state="submitted",
        kind__in=(Rating.Kind.EXPERT, Rating.Kind.ON_SITE),
        submitted_at__gte=first,
        submitted_at__lt=after,
        assessment__instrument=instrument,
        assessment__organisation__region_code__startswith=territory(region),
    )
    return list(rows.order_by("id"))


@dataclass(frozen=True, slots=True)
class Drawn:
    """One rating that was drawn, and how it compares with its re-check once that is submitted."""

    sampled: SampledRating
    found: Comparison | None


def drawn_of(sample: Sample, region: str = "") -> list[Drawn]:
    """What was drawn, in the order drawn; of a region only, if given. Two queries for any
    number."""
    here = _drawn().filter(
        sample=sample,
        rating__assessment__organisation__region_code__startswith=territory(region),
    )
    rows = list(here.order_by("id"))
    done = [r for r in rows if r.recheck is not None and r.recheck.submitted_at is not None]
    wanted = {r.rating_id for r in done} | {r.recheck_id for r in done if r.recheck_id}
    answers: dict[int, dict[str, str]] = {pk: {} for pk in wanted}
    written = RatedAnswer.objects.filter(rating__in=wanted)
    for pk, item, value in written.values_list("rating", "item", "value"):
        answers[pk][item] = value
    return [Drawn(row, _compared(row, answers)) for row in rows]


def _compared(row: SampledRating, answers: dict[int, dict[str, str]]) -> Comparison | None:
    check = row.recheck
    if check is None or check.submitted_at is None:
        return None
    levels = (row.rating.level, check.level)
    return compare(answers[row.rating_id], answers[check.pk], levels)


def record_of(sample: Sample) -> bytes:
    """The record of a draw as it is published, the same bytes as on the day; empty before."""
    return str(sample.record.get("text", "")).encode()


def checked_record(sample: Sample) -> list[Text]:
    """What does not hold in the record of a draw, computed again now, and held against the seed's
    commitment and the ratings that were drawn; nothing when all does."""
    faults = verify(record_of(sample))
    if faults:
        return faults
    record = json.loads(record_of(sample))
    if record["commitment"] != sample.commitment:
        faults.append(
            Text("记录中的承诺不是事先公布的那一个", "The commitment is not the one published")
        )
    told = [ticket["id"] for ticket in record["tickets"] if ticket["drawn"]]
    kept = SampledRating.objects.filter(sample=sample).select_related("rating").order_by("id")
    if told != [row.rating.number for row in kept]:
        faults.append(Text("复核的不是抽中的那些评定", "What is re-checked is not what was drawn"))
    return faults
