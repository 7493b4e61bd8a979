"""Writes of samples: a seed is committed to, then drawn with in the open; what was drawn is checked
by officials who had no hand in it."""

from __future__ import annotations

import datetime as dt
import secrets

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions.ratings import (
    Conflicted,
    hold_assessment,
    may_give_out,
    official_conflicts,
    standing_of,
    usual_due,
)
from dengta.assessment.models import Rating, Sample, SampledRating
from dengta.assessment.queries.conflicts import checked_json
from dengta.assessment.queries.ratings import hands_in
from dengta.assessment.queries.samples import population
from dengta.core import draws
from dengta.core.records import as_text
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin
from dengta.trail.models import Event


def commit(
    actor: Actor,
    *,
    name: str,
    start: dt.date,
    end: dt.date,
    size: int,
    instrument: str,
    at: dt.datetime | None = None,
) -> Sample:
    """Commit to a seed that nobody knows, for the ratings submitted in a period in the official's
    territory; the commitment is public at once. The same again is the same sample."""
    now = at or timezone.now()
    if not actor.official:
        raise NotAllowed(
            Text("抽查由主管部门组织。", "Samples are a matter of the responsible offices.")
        )
    name = name.strip()
    _fits(name, start, end, size, instrument)
    same = Sample.objects.filter(
        region_code=actor.region, name=name, start_date=start, end_date=end, size=size,
        instrument=instrument, state="committed",
    ).first()  # fmt: skip
    if same is not None:
        return same
    seed = secrets.token_hex(32)
    sample = Sample(
        name=name,
        region_code=actor.region,
        instrument=instrument,
        start_date=start,
        end_date=end,
        size=size,
        commitment=draws.commitment_of(seed),
        seed=seed,
        committed_at=now,
    )
    begin(sample, by=actor, at=now)
    return sample


def _fits(name: str, start: dt.date, end: dt.date, size: int, instrument: str) -> None:
    if not name or len(name) > 120 or not name.isprintable():
        raise StepRefused(
            Text(
                "请填写抽查名称，一行，最多 120 字，例如“2026 年一季度评定抽查”。",
                "Name the sample, 120 characters at most, such as “Ratings of spring 2026”.",
            )
        )
    if end < start:
        raise StepRefused(
            Text(
                f"结束日期 {said_day(end).zh} 早于开始日期 {said_day(start).zh}，请核对。",
                f"The period ends ({said_day(end).en}) before it begins ({said_day(start).en}).",
            )
        )
    if size < 1:
        raise StepRefused(
            Text("抽取数请填 1 或更大的整数。", "Draw one or more: give a whole number.")
        )
    if instrument not in policy().instruments:
        raise StepRefused(Text("请从列表中选择评测指标。", "Choose the instrument from the list."))


def draw(sample: Sample, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Publish the seed and draw from the ratings of the period, which has to be over by then.

    Anybody can recompute the record (`dengta draw verify`). Moved when it was drawn already.
    """
    now = at or timezone.now()
    if timezone.localdate(now) <= sample.end_date:
        raise StepRefused(
            Text(
                f"期间到 {said_day(sample.end_date).zh} 结束，次日起才能抽取，这样名单不会再变。",
                f"The period ends on {said_day(sample.end_date).en}; draw from the day"
                " after, when the list can"
                " no longer change.",
            )
        )
    rows = population(sample.region_code, sample.instrument, sample.start_date, sample.end_date)
    if not rows:
        raise StepRefused(
            Text(
                "这一期间、这一地区没有已提交的评定，没有可以抽取的。",
                "No rating was submitted here in this period; there is nothing to draw from.",
            )
        )
    by_number = {rating.number: rating for rating in rows}
    held = hold_draw(sample, tuple(by_number))
    with transaction.atomic():
        event = advance(
            sample,
            "draw",
            by=actor,
            at=now,
            reasons={"population": len(rows), "drawn": len(held.sample)},
            evidence={
                "drawn_at": now,
                "population": [rating.pk for rating in rows],
                # As text: what is published is the same byte for byte on every database.
                "record": {"text": as_text(held.as_json())},
            },
        )
        SampledRating.objects.bulk_create(
            [SampledRating(sample=sample, rating=by_number[number]) for number in held.sample]
        )
    return event


def hold_draw(sample: Sample, numbers: tuple[str, ...]) -> draws.Draw:
    """The draw that follows from a sample's seed and the numbers of the ratings; all of them where
    there are fewer than asked for."""
    entries = [draws.Entry(number) for number in numbers]
    announcement = draws.announce(
        entries,
        sample.commitment,
        min(sample.size, len(entries)),
        title=f"{sample.number} {sample.name}",
    )
    return draws.draw(entries, announcement, sample.seed)


def recheck(sampled: SampledRating, actor: Actor, *, at: dt.datetime | None = None) -> Rating:
    """An official takes the re-check of a rating that was drawn; taken twice, it is the same.

    Conflicted for whoever gave that rating out or made it, or has to do with the firm; Moved when
    somebody else took it.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    checked = sampled.rating
    assessment = checked.assessment
    may_give_out(assessment, actor)
    found = official_conflicts(actor, assessment, day, hands_in(checked))
    if found:
        raise Conflicted(actor.name, found)
    with transaction.atomic():
        hold_assessment(assessment)
        taken = check_of(sampled)
        if taken is not None:
            if taken.assessor_id == actor.user_id:
                return taken
            raise Moved(
                Text(f"这一件已由{taken.assessor}复核。", f"{taken.assessor} is checking this one.")
            )
        busy = standing_of(assessment, Rating.Kind.RECHECK)
        if busy is not None:
            raise StepRefused(
                Text(
                    "同一次测评还有一件复核没有交，请先完成那一件。",
                    "Another re-check of this assessment is still open; finish that first.",
                )
            )
        rating = Rating(
            assessment=assessment,
            kind=Rating.Kind.RECHECK,
            assessor_id=actor.user_id,
            checked=checked,
            conflicts=checked_json(found, day),
            assigned_at=now,
            due_date=usual_due(day),
        )
        begin(rating, by=actor, at=now)
        SampledRating.objects.filter(pk=sampled.pk).update(recheck=rating)
    return rating


def check_of(sampled: SampledRating) -> Rating | None:
    """The re-check of a drawn rating as the database has it now."""
    fresh = SampledRating.objects.select_related("recheck__assessor").get(pk=sampled.pk)
    return fresh.recheck
