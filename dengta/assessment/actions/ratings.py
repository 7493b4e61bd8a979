"""Writes of ratings: given out, answered on a tablet that may be offline, submitted, returned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import models, transaction
from django.utils import timezone

from dengta.accounts.models import User
from dengta.accounts.queries import Actor
from dengta.assessment.actions import Incomplete
from dengta.assessment.actions.rated_answers import REMARK_SIGNS, hold, only_the_assessor
from dengta.assessment.models import Assessment, Rating, SampledRating
from dengta.assessment.queries import instrument_of, scorer
from dengta.assessment.queries.conflicts import (
    Candidate,
    Conflict,
    candidates,
    checked_json,
    conflicts_of,
    pool_for,
)
from dengta.assessment.queries.ratings import assigned_by, hands_in, rated_answers
from dengta.core.scoring import NOT_APPLICABLE, Result
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.core.workdays import add_workdays
from dengta.registry.queries import people_of, policy
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin, notify
from dengta.trail.models import Event

BY_POOL = (Rating.Kind.EXPERT, Rating.Kind.ON_SITE)


class Conflicted(StepRefused):
    """Somebody who has to stand aside; `found` says why, `others` who could be asked instead."""

    def __init__(
        self, name: str, found: tuple[Conflict, ...], others: tuple[Candidate, ...] = ()
    ) -> None:
        zh = "；".join(conflict.text.zh for conflict in found)
        en = "; ".join(conflict.text.en for conflict in found)
        instead = "、".join(other.name for other in others[:3])
        super().__init__(
            Text(
                f"{name}须回避：{zh}。" + (f"可以改派：{instead}。" if instead else ""),
                f"{name} has to stand aside: {en}."
                + (f" Could be asked instead: {instead.replace('、', ', ')}." if instead else ""),
            )
        )
        self.found, self.others = found, others


class Reasonless(StepRefused):
    """Scenarios are said not to apply, without a reason; `items` lists them."""

    def __init__(self, items: tuple[str, ...]) -> None:
        super().__init__(
            Text(
                f"有 {len(items)} 个场景选了“不适用”但没有写理由，请补充后再提交。",
                f"{len(items)} scenarios are said not to apply without a reason; add it.",
            )
        )
        self.items = items


# ---------------------------------------------------------------------------- giving out


def assign(
    assessment: Assessment,
    actor: Actor,
    assessor_id: int,
    kind: str,
    *,
    due: dt.date | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> Rating:
    """An official asks somebody of the pool to rate a submitted assessment, at the desk (`expert`)
    or on the spot (`on_site`). Asked again for the same person, it is the same rating.

    NotAllowed outside the official's territory, Conflicted with whom to ask instead, Moved when
    somebody else has been asked in between.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    may_give_out(assessment, actor)
    if kind not in BY_POOL:
        raise StepRefused(Text("请选择专家评定或现场评定。", "Choose a desk or on-site rating."))
    if due is not None and due < day:
        raise StepRefused(
            Text(
                f"完成期限 {said_day(due).zh} 已经过去，请填今天以后的日期。",
                f"The deadline {said_day(due).en} has passed; give one that is still to come.",
            )
        )
    with transaction.atomic():
        hold_assessment(assessment)
        standing = standing_of(assessment, kind)
        if standing is not None:
            if standing.assessor_id == assessor_id:
                return standing
            raise Moved(
                Text(
                    f"这次测评已经派给{standing.assessor}，还没有交回。需要换人，请先撤销那一单。",
                    f"{standing.assessor} has been asked already and has not answered. To ask"
                    " somebody else, withdraw that first.",
                )
            )
        found = _checked(assessment, actor, assessor_id, day)
        rating = Rating(
            assessment=assessment,
            kind=kind,
            assessor_id=assessor_id,
            conflicts=checked_json(found, day),
            assigned_at=now,
            due_date=due or usual_due(day),
        )
        event = begin(rating, by=actor, note=note, at=now)
        _tell_assessor(rating, event)
        if kind == Rating.Kind.ON_SITE:
            _tell_firm_of_visit(rating, event)
    return rating


def usual_due(day: dt.date) -> dt.date:
    """The day by which a rating is wanted when nobody says otherwise."""
    return add_workdays(day, policy().practised(Rating.flow.start.days, day))


def may_give_out(assessment: Assessment, actor: Actor) -> None:
    """NotAllowed outside an official's territory; StepRefused before the firm has submitted."""
    if not actor.covers(assessment.case_region):
        raise NotAllowed(
            Text(
                "这家企业不在您的辖区内，请由所在地的主管部门派单。",
                "The enterprise is not in your territory; its own office has to do this.",
            )
        )
    if assessment.submitted_at is None:
        raise StepRefused(
            Text(
                "企业还没有提交这次测评，提交后才能安排评定。",
                "The enterprise has not submitted this assessment yet; it can be rated after that.",
            )
        )


def standing_of(assessment: Assessment, kind: str) -> Rating | None:
    """The open rating of a kind, if there is one."""
    rows = Rating.objects.filter(assessment=assessment, kind=kind, state="assigned")
    return rows.select_related("assessor", "assessment__organisation").first()


def _checked(
    assessment: Assessment, actor: Actor, assessor_id: int, day: dt.date
) -> tuple[Conflict, ...]:
    """The empty list of conflicts of somebody in the pool. Conflicted if it is not empty."""
    firm = assessment.organisation
    if assessor_id not in pool_for(firm.region_code):
        raise StepRefused(
            Text(
                "请从专家库名单中选择评定人；名单之外的人不能评定。",
                "Choose somebody of the pool; nobody else can rate.",
            )
        )
    hands = {
        actor.user_id: Text("派单人不能派给自己", "Nobody may be asked by themself"),
    }
    found = conflicts_of([assessor_id], firm, day, had_a_hand=hands)[assessor_id]
    if found:
        rows = candidates(assessment, day, had_a_hand=hands)
        others = tuple(row for row in rows if not row.conflicts)
        raise Conflicted(str(User.objects.get(pk=assessor_id)), found, others)
    return found


def official_conflicts(
    actor: Actor, assessment: Assessment, day: dt.date, hands: Mapping[int, Text]
) -> tuple[Conflict, ...]:
    """An official's conflicts; their employer is the office, so none need be stated."""
    found = conflicts_of([actor.user_id], assessment.organisation, day, had_a_hand=hands)
    return tuple(c for c in found[actor.user_id] if c.kind != "employer")


def hold_assessment(assessment: Assessment) -> None:
    """Take the assessment's row lock, so that two officials give out one after the other."""
    Assessment.objects.filter(pk=assessment.pk).update(started_at=models.F("started_at"))


# ---------------------------------------------------------------------------- closing


def submit(
    rating: Rating,
    actor: Actor,
    *,
    visit: dt.date | None = None,
    remark: str = "",
    at: dt.datetime | None = None,
) -> Result:
    """Score the whole and close it; the result of an on-site rating becomes the assessment's.

    Incomplete or Reasonless name the items, Conflicted the tie that has come up since; StepRefused
    without a day of the visit, Moved when it was closed already.
    """
    now = at or timezone.now()
    only_the_assessor(rating, actor)
    assessment = rating.assessment
    on_site = rating.kind == Rating.Kind.ON_SITE
    with transaction.atomic():
        hold(rating)
        _still_without_conflict(rating, actor, timezone.localdate(now))
        result = scorer(assessment.instrument).score(rated_answers(rating))
        if result.missing:
            raise Incomplete(result.missing)
        _reasons_given(rating)
        if on_site:
            _visited(assessment, visit, timezone.localdate(now))
        milli = result.score_milli
        event = advance(
            rating,
            "submit",
            by=actor,
            at=now,
            reasons={"score": result.score_text, "level": result.level},
            evidence={
                "submitted_at": now,
                "visit_date": visit,
                "remark": _remark(remark),
                "score_milli": milli,
                "level": result.level,
                "result": result.as_json("zh-hans"),
                "policy_digest": policy().digest,
            },
        )
        if on_site:
            Assessment.objects.filter(pk=assessment.pk).update(
                on_site_level=result.level, on_site_score_milli=milli
            )
        _tell_of_result(rating, event)
    return result


def _still_without_conflict(rating: Rating, actor: Actor, day: dt.date) -> None:
    firm = rating.assessment.organisation
    if rating.kind == Rating.Kind.RECHECK and rating.checked is not None:
        hands = hands_in(rating.checked)
        found = official_conflicts(actor, rating.assessment, day, hands)
    else:
        found = conflicts_of([actor.user_id], firm, day)[actor.user_id]
    if found:
        raise Conflicted(actor.name, found)


def _reasons_given(rating: Rating) -> None:
    order = {item: place for place, item in enumerate(scorer(rating.assessment.instrument).items)}
    bare = rating.answers.filter(value=NOT_APPLICABLE, reason="").values_list("item", flat=True)
    if bare:
        raise Reasonless(tuple(sorted(bare, key=lambda item: order[item])))


def _visited(assessment: Assessment, visit: dt.date | None, day: dt.date) -> None:
    assert assessment.submitted_at is not None
    first = timezone.localdate(assessment.submitted_at)
    if visit is None:
        raise StepRefused(
            Text("请填写现场评定的日期，再提交。", "Give the day of the visit, then submit.")
        )
    if not first <= visit <= day:
        raise StepRefused(
            Text(
                f"现场日期 {said_day(visit).zh} 不在企业提交测评（{said_day(first).zh}）到今"
                f"天（{said_day(day).zh}）之间，请核对。",
                f"The visit ({said_day(visit).en}) does not lie between the assessment"
                f" ({said_day(first).en}) and today"
                f" ({said_day(day).en}); check the day.",
            )
        )


def _remark(text: str) -> str:
    text = text.strip()
    if len(text) > REMARK_SIGNS:
        raise StepRefused(
            Text(
                f"评定意见有 {len(text)} 字，最多 {REMARK_SIGNS} 字；请精简后再提交。",
                f"The remark has {len(text)} characters, {REMARK_SIGNS} at most; shorten it.",
            )
        )
    return text


def decline(rating: Rating, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """The assessor stands aside or gives the task back, with the reason."""
    only_the_assessor(rating, actor)
    with transaction.atomic():
        event = advance(rating, "decline", by=actor, note=note, at=at)
        firm = rating.assessment.organisation.name
        notify(
            event,
            [user for user in (assigned_by(rating),) if user],
            subject=Text(f"{firm}：评定任务被退回", f"{firm}: rating given back"),
            body=Text(
                f"{actor.name}退回了派单，理由：{event.note}。请另行安排。",
                f"{actor.name} gave it back: {event.note}. Please ask somebody else.",
            ),
            link=f"/official/assessments/{rating.assessment_id}/",
        )
    return event


def cancel(rating: Rating, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """An official withdraws a rating that is not done; a re-check may then be taken by another."""
    with transaction.atomic():
        event = advance(rating, "cancel", by=actor, note=note, at=at)
        SampledRating.objects.filter(recheck=rating).update(recheck=None)
        firm = rating.assessment.organisation.name
        notify(
            event,
            [rating.assessor_id],
            subject=Text(f"{firm}：评定任务已撤销", f"{firm}: rating withdrawn"),
            body=Text(f"理由：{event.note}", f"Reason: {event.note}"),
            link="/desk/",
        )
    return event


# ---------------------------------------------------------------------------- notices


def _kind_name(rating: Rating) -> Text:
    return {
        Rating.Kind.EXPERT: Text("专家评定", "desk rating"),
        Rating.Kind.ON_SITE: Text("现场评定", "on-site rating"),
        Rating.Kind.RECHECK: Text("抽查复核", "re-check"),
    }[Rating.Kind(rating.kind)]


def _tell_assessor(rating: Rating, event: Event) -> None:
    kind, firm = _kind_name(rating), rating.assessment.organisation.name
    notify(
        event,
        [rating.assessor_id],
        subject=Text(f"{firm}：请您{kind.zh}", f"{firm}: {kind.en} asked of you"),
        body=Text(
            f"{instrument_of(rating.assessment).name.zh}，请在"
            f" {said_day(rating.due_date).zh} 前完成。"
            "如有利害关系请退回。",
            f"{instrument_of(rating.assessment).name.en}, by {said_day(rating.due_date).en}."
            " Give it back if"
            " you have a tie to the enterprise.",
        ),
        link=f"/expert/ratings/{rating.pk}/",
    )


def _tell_firm_of_visit(rating: Rating, event: Event) -> None:
    notify(
        event,
        people_of(rating.assessment.organisation_id),
        subject=Text("将安排现场评定", "An on-site rating is coming"),
        body=Text(
            f"评定人{rating.assessor}会在 {said_day(rating.due_date).zh} 前与您联系，请备好"
            "各项佐证材料。",
            f"{rating.assessor} will contact you before {said_day(rating.due_date).en};"
            " please have the"
            " evidence at hand.",
        ),
        link=f"/enterprise/assessment/{rating.assessment_id}/",
    )


def _tell_of_result(rating: Rating, event: Event) -> None:
    kind, firm = _kind_name(rating), rating.assessment.organisation.name
    subject = Text(f"{firm}：{kind.zh}已完成", f"{firm}: {kind.en} done")
    said = Text("请查看各项评定与自评的对照。", "See the answers side by side.")
    giver = assigned_by(rating)
    officials = [giver] if giver and giver != rating.assessor_id else []
    notify(
        event,
        officials,
        subject=subject,
        body=said,
        link=f"/official/assessments/{rating.assessment_id}/",
    )
    if rating.kind != Rating.Kind.RECHECK:
        notify(
            event,
            people_of(rating.assessment.organisation_id),
            subject=subject,
            body=said,
            link=f"/enterprise/assessment/{rating.assessment_id}/",
        )
