"""Writes of a sheet: kept as the expert goes along, locked with a pledge, corrected with a reason;
and how an expert steps back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.queries.conflicts import conflicts_among
from dengta.core.panel import MarksFault, sheet_total
from dengta.core.selection import Criterion
from dengta.core.shapes import Text
from dengta.programmes.actions.assigning import live_application
from dengta.programmes.actions.moving import only_organiser
from dengta.programmes.actions.scoring import recount
from dengta.programmes.models import Application, Correction, Panelist, Recusal, Review
from dengta.registry.queries import officials_for
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, notify
from dengta.trail.models import Event

COMMENT_SIGNS = 1_000
OPINION_SIGNS = 5_000
REASON_SIGNS = 500


class Clash(StepRefused):
    """The sheet was written on another device since; `review` is as it stands there."""

    def __init__(self, review: Review) -> None:
        super().__init__(
            Text(
                "这份评审表刚在另一个页面或设备上改过，您这里的内容没有保存。"
                "请对照两处，选定后再保存。",
                "This sheet was changed on another page or device meanwhile, and what you have here"
                " was not saved. Compare both and save what you decide on.",
            )
        )
        self.review = review


class NotMarked(StepRefused):
    """Criteria without a mark; `criteria` lists them."""

    def __init__(self, criteria: tuple[Criterion, ...]) -> None:
        zh = "、".join(one.text.zh.partition("：")[0] for one in criteria)
        en = ", ".join(one.text.en.partition(":")[0] for one in criteria)
        super().__init__(
            Text(
                f"还有 {len(criteria)} 项没有评分：{zh}。评完后再锁定。",
                f"{len(criteria)} criteria have no mark yet: {en}. Mark them, then lock.",
            )
        )
        self.criteria = criteria


def _only_the_expert(review: Review, actor: Actor) -> None:
    if actor.role != "expert" or actor.user_id != review.user_id:
        raise NotAllowed(
            Text("评审表只能由本人填写。", "Only the expert it was given to writes a sheet.")
        )


def _checked(
    application: Application,
    marks: Mapping[str, int],
    comments: Mapping[str, str],
    opinion: str,
) -> dict[str, object]:
    """What is stored of a sheet that may be incomplete. StepRefused names criterion and value."""
    criteria = {one.id: one for one in application.round.rule.criteria}
    try:
        whole = {id: marks.get(id, 0) for id in criteria} | dict(marks)
        sheet_total(tuple(criteria.values()), whole)
    except MarksFault as wrong:
        raise StepRefused(wrong.message) from wrong
    said = {id: text.strip() for id, text in comments.items() if id in criteria and text.strip()}
    for id, text in said.items():
        if len(text) > COMMENT_SIGNS:
            name = criteria[id].text
            raise StepRefused(
                Text(
                    f"“{name.zh}”的意见有 {len(text)} 字，最多 {COMMENT_SIGNS} 字，请精简。",
                    f"The comment on “{name.en}” has {len(text)} characters, {COMMENT_SIGNS} at"
                    " most; shorten it.",
                )
            )
    if len(opinion.strip()) > OPINION_SIGNS:
        raise StepRefused(
            Text(
                f"总体意见有 {len(opinion.strip())} 字，最多 {OPINION_SIGNS} 字，请精简。",
                f"The opinion has {len(opinion.strip())} characters, {OPINION_SIGNS} at most;"
                " shorten it.",
            )
        )
    return {"marks": dict(marks), "comments": said, "opinion": opinion.strip()}


def keep(
    review: Review,
    actor: Actor,
    marks: Mapping[str, int],
    comments: Mapping[str, str],
    opinion: str,
    version: int,
) -> int:
    """Keep a sheet as far as it is written; `version` is the one that was seen. Returns the new
    version; sent again after a lost reply it is the same one.

    Clash when another device wrote something else since, Moved once it is locked or withdrawn.
    """
    _only_the_expert(review, actor)
    values = _checked(live_application(review), marks, comments, opinion)
    rows = Review.objects.filter(pk=review.pk, state="assigned", version=version)
    if rows.update(version=version + 1, **values):
        review.refresh_from_db()
        return review.version
    review.refresh_from_db()
    if review.state != "assigned":
        raise _closed(review)
    if all(getattr(review, name) == value for name, value in values.items()):
        return review.version
    raise Clash(review)


def _closed(review: Review) -> Moved:
    name = review.flow.state(review.state).name
    return Moved(
        Text(
            f"这份评审表{name.zh}，不能再改。锁定后发现错误，请用“更正”并写明理由。"
            if review.state == "locked"
            else f"这份评审表{name.zh}，不能再填写。",
            f"This sheet is {name.en.lower()} and cannot be written any more."
            + (" Use a correction, with its reason." if review.state == "locked" else ""),
        )
    )


def lock(
    review: Review,
    actor: Actor,
    marks: Mapping[str, int],
    comments: Mapping[str, str],
    opinion: str,
    version: int,
    *,
    pledged: bool,
    at: dt.datetime | None = None,
) -> Event:
    """Sign the sheet: from now on nobody edits it. Locked again with the same content, it is the
    same event.

    NotMarked lists what is missing; StepRefused without the pledge or with a tie that has come up;
    Clash when another device wrote since; Moved when it was withdrawn meanwhile.
    """
    now = at or timezone.now()
    _only_the_expert(review, actor)
    application = live_application(review)
    values = _checked(application, marks, comments, opinion)
    open_ = tuple(one for one in application.round.rule.criteria if one.id not in marks)
    if open_:
        raise NotMarked(open_)
    if not pledged:
        raise StepRefused(
            Text(
                "请先勾选独立评审的承诺，再签名锁定。", "Tick the pledge first, then sign and lock."
            )
        )
    _without_ties(review, actor, application, timezone.localdate(now))
    with transaction.atomic():
        rows = Review.objects.filter(pk=review.pk, state="assigned", version=version)
        if not rows.update(version=version + 1):
            review.refresh_from_db()
            return _locked_already(review, values)
        event = advance(review, "lock", by=actor, evidence=values | {"locked_at": now}, at=now)
        experts = Panelist.objects.filter(round=application.round_id, user=actor.user_id)
        experts.filter(pledged_at=None).update(pledged_at=now)
    return event


def _locked_already(review: Review, values: Mapping[str, object]) -> Event:
    same = all(getattr(review, name) == value for name, value in values.items())
    if review.state == "locked" and same:
        return Event.objects.get(flow=review.flow.id, thing_id=review.pk, step="lock")
    if review.state != "assigned":
        raise _closed(review)
    raise Clash(review)


def _without_ties(review: Review, actor: Actor, application: Application, day: dt.date) -> None:
    """StepRefused for a tie that was declared or found since the assignment and was not lifted."""
    firm = application.organisation
    if firm is None:
        return
    found = conflicts_among([actor.user_id], [firm], day).get((actor.user_id, firm.pk), ())
    lifted = Recusal.objects.filter(
        application=application, user=actor.user_id, lifted_at__isnull=False
    )
    excused = set(lifted.values_list("kind", flat=True))
    if any(one.kind not in excused for one in found):
        raise StepRefused(
            Text(
                "核查发现您与这家申报单位有需要回避的关系，这份评审表不能锁定。"
                "请点“回避或退出”，主管部门会另行安排。",
                "You turn out to have a tie to this applicant, so this sheet cannot be locked."
                " Please stand aside; the office will arrange it anew.",
            )
        )


# ---------------------------------------------------------------------------- stepping back


def withdraw(review: Review, actor: Actor, reason: str, *, at: dt.datetime | None = None) -> Event:
    """The expert stands aside from one application; it will not be given to them again. Moved when
    the sheet is locked already."""
    now = at or timezone.now()
    _only_the_expert(review, actor)
    said = _reason(reason)
    with transaction.atomic():
        event = advance(review, "withdraw", by=actor, note=said, at=now)
        _stood_aside(review, said, now)
        _tell_office(review.application, event, f"{review.number} {actor.name}", said)
    return event


def _stood_aside(review: Review, reason: str, now: dt.datetime) -> None:
    Recusal.objects.update_or_create(
        application_id=review.application_id,
        user_id=review.user_id,
        kind="withdrew",
        defaults={
            "reason": Text(f"本人退出：{reason}", f"Stood aside: {reason}")._asdict(),
            "at": now,
        },
    )


def leave(panelist: Panelist, actor: Actor, reason: str, *, at: dt.datetime | None = None) -> int:
    """An expert leaves the round, or the organiser lets them go: open sheets end, locked ones stay.
    Returns how many sheets ended. Moved when they had left already."""
    now, said = at or timezone.now(), _reason(reason)
    own = actor.role == "expert" and actor.user_id == panelist.user_id
    if not own:
        only_organiser(panelist.round, actor)
    with transaction.atomic():
        rows = Panelist.objects.filter(pk=panelist.pk, left_at=None)
        if not rows.update(left_at=now, left_reason=said):
            raise Moved(
                Text("这位专家已经退出本批评审。", "This expert has left the round already.")
            )
        ended = 0
        event = None
        sheets = Review.objects.filter(
            application__round=panelist.round_id, user=panelist.user_id, state="assigned"
        ).select_related("application__round")
        for review in sheets:
            try:
                with transaction.atomic():
                    event = advance(
                        review, "withdraw" if own else "cancel", by=actor, note=said, at=now
                    )
            except Moved:  # locked in this moment: it stays
                continue
            ended += 1
        if own and event is not None:
            _tell_office(review.application, event, f"{actor.name}", said)
    panelist.refresh_from_db()
    return ended


def _reason(text: str) -> str:
    said = text.strip()
    if not said or len(said) > REASON_SIGNS:
        raise StepRefused(
            Text(
                f"请写明原因，最多 {REASON_SIGNS} 字，例如“与申报单位有合作”。",
                f"Say why, in {REASON_SIGNS} characters at most, such as “works with the"
                " applicant”.",
            )
        )
    return said


def _tell_office(application: Application, event: Event, who: str, reason: str) -> None:
    notify(
        event,
        officials_for("province", application.round.region_code),
        subject=Text(f"{who}：专家退出", f"{who}: an expert stood aside"),
        body=Text(
            f"原因：{reason}。请到“专家评审”补齐缺位。",
            f"Reason: {reason}. Fill the gap under “Expert review”.",
        ),
        link=f"/official/rounds/{application.round_id}/panel/",
    )


# ---------------------------------------------------------------------------- corrections


def correct(
    review: Review,
    actor: Actor,
    marks: Mapping[str, int],
    reason: str,
    key: str,
    *,
    at: dt.datetime | None = None,
) -> Correction:
    """Replace the marks of one's locked sheet from now on, with the reason; the sheet itself stays
    as it was. The same `key` is one correction.

    Refused once the discussion is recorded or the review is finished.
    """
    now = at or timezone.now()
    _only_the_expert(review, actor)
    said = reason.strip()
    if not said or len(said) > 1_000:
        raise StepRefused(
            Text(
                "更正要写明理由，最多 1000 字，例如“合议后认为成效依据不足”。",
                "Say why the marks are corrected, in 1,000 characters at most.",
            )
        )
    application = live_application(review)
    criteria = application.round.rule.criteria
    open_ = tuple(one for one in criteria if one.id not in marks)
    if open_:
        raise NotMarked(open_)
    values = _checked(application, marks, {}, "")["marks"]
    try:
        with transaction.atomic():
            hold_application(application)
            _may_correct(review, application)
            made = Correction.objects.create(
                review=review, marks=values, reason=said, user_id=actor.user_id, key=key, at=now
            )
            recount(application)
    except IntegrityError:
        same = Correction.objects.filter(key=key, review=review).first()
        if same is None:
            raise
        return same
    return made


def hold_application(application: Application) -> None:
    """Take the application's row lock and see it as it is now. Call it in a transaction."""
    Application.objects.filter(pk=application.pk).update(created_at=models.F("created_at"))
    application.refresh_from_db()


def _may_correct(review: Review, application: Application) -> None:
    review.refresh_from_db()
    if review.state != "locked":
        raise StepRefused(
            Text(
                "评审表还没有锁定，直接修改即可，不用更正。",
                "The sheet is not locked yet; simply change it.",
            )
        )
    if application.state != "panel" or application.discussed_at is not None:
        raise Moved(
            Text(
                "这项申报的评审已经结束，不能再更正。确有错误，请向主管部门书面说明。",
                "The review of this application is finished, and marks cannot be corrected any"
                " more. Write to the office if there is a mistake.",
            )
        )
