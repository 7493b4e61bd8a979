from __future__ import annotations

from collections.abc import Iterator

import pytest

from dengta.accounts.queries import Actor
from dengta.core.selection import PanelRule
from dengta.programmes.actions.moving import move
from dengta.programmes.actions.sheets import Clash, NotMarked, correct, keep, lock, withdraw
from dengta.programmes.models import Correction, Panelist, Review
from dengta.programmes.queries.panels import sheet_of
from dengta.registry.actions import declare_tie
from dengta.registry.queries import actor_of
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event
from tests.cast import Cast
from tests.programmes import rounds_at
from tests.programmes.rounds_at import REVIEWED

FULL = {"need": 80, "effect": 75, "spread": 90, "open": 60, "method": 70}


@pytest.fixture(autouse=True)
def one_each() -> Iterator[None]:
    """Panels of one."""
    with rounds_at.rule_as(panel=PanelRule(size=1)):
        yield


@pytest.fixture
def review(cast: Cast) -> Review:
    """A sheet that waits for its expert."""
    made = rounds_at.round_at(cast)
    rounds_at.application_at(cast, made)
    rounds_at.experts(cast, 1)
    rounds_at.to_review(cast, made)
    rounds_at.drawn(cast, made, 1)
    (sheet,) = rounds_at.assigned(cast, made)
    return sheet


@pytest.fixture
def expert(review: Review) -> Actor:
    """Whose sheet it is."""
    found = actor_of(review.user)
    assert found is not None
    return found


def locked(review: Review, expert: Actor) -> Event:
    return lock(review, expert, FULL, {}, "", review.version, pledged=True, at=REVIEWED)


def test_a_sheet_is_kept_as_far_as_it_is_written(review: Review, expert: Actor) -> None:
    version = keep(review, expert, {"need": 80}, {"need": " 数据扎实 ", "open": " "}, "", 0)
    assert version == 1
    review.refresh_from_db()
    assert (review.marks, review.comments) == ({"need": 80}, {"need": "数据扎实"})
    # Sent again because the answer was lost, it is the same; and nobody is told of a clash.
    assert keep(review, expert, {"need": 80}, {"need": "数据扎实"}, "", 0) == 1


def test_two_devices_are_told_of_each_other(review: Review, expert: Actor) -> None:
    keep(review, expert, {"need": 80}, {}, "", 0)
    with pytest.raises(Clash) as clash:
        keep(review, expert, {"need": 40}, {}, "", 0)
    assert clash.value.review.marks == {"need": 80}
    with pytest.raises(Clash):
        lock(review, expert, FULL, {}, "", 0, pledged=True, at=REVIEWED)
    assert keep(review, expert, {"need": 40}, {}, "", 1) == 2


@pytest.mark.parametrize(
    ("marks", "said"),
    [
        ({"need": 101}, "“针对性：问题真实，行业普遍”的评分是 101"),
        ({"need": -1}, "评分是 -1"),
        ({"beauty": 50}, "没有 beauty 这一项"),
    ],
)
def test_a_mark_that_cannot_be_is_named(
    review: Review, expert: Actor, marks: dict[str, int], said: str
) -> None:
    with pytest.raises(StepRefused, match=said):
        keep(review, expert, marks, {}, "", 0)
    with pytest.raises(StepRefused, match="1001 字，最多 1000"):
        keep(review, expert, {}, {"need": "字" * 1001}, "", 0)


def test_it_is_locked_whole_and_with_the_pledge(review: Review, expert: Actor) -> None:
    with pytest.raises(NotMarked, match="还有 4 项没有评分：应用成效、可复制性") as open_:
        lock(review, expert, {"need": 80}, {}, "", 0, pledged=True)
    assert [one.id for one in open_.value.criteria] == ["effect", "spread", "open", "method"]
    with pytest.raises(StepRefused, match="承诺"):
        lock(review, expert, FULL, {}, "", 0, pledged=False)
    event = locked(review, expert)
    assert (review.state, review.marks, review.locked_at) == ("locked", FULL, REVIEWED)
    assert Panelist.objects.get().pledged_at == REVIEWED
    assert locked(Review.objects.get(), expert) == event  # the answer was lost


def test_nobody_edits_a_locked_sheet(review: Review, expert: Actor) -> None:
    locked(review, expert)
    for version in (0, 1):
        with pytest.raises(Moved, match="更正"):
            keep(review, expert, FULL | {"need": 1}, {}, "", version)
    with pytest.raises(Moved):
        lock(review, expert, FULL | {"need": 1}, {}, "", 1, pledged=True)
    with pytest.raises(Moved):
        withdraw(review, expert, "太忙")
    review.refresh_from_db()
    assert review.marks == FULL


def test_a_correction_is_a_new_event_with_its_reason(review: Review, expert: Actor) -> None:
    with pytest.raises(StepRefused, match="没有锁定"):
        correct(review, expert, FULL, "写错了", "k1")
    locked(review, expert)
    with pytest.raises(StepRefused, match="理由"):
        correct(review, expert, FULL, " ", "k1")
    with pytest.raises(NotMarked):
        correct(review, expert, {"need": 60}, "看漏了附件二", "k1")
    made = correct(review, expert, FULL | {"need": 60}, "看漏了附件二", "k1", at=REVIEWED)
    assert correct(review, expert, FULL | {"need": 60}, "看漏了附件二", "k1") == made
    assert Correction.objects.count() == 1
    sheet = sheet_of(expert, review.pk)
    assert sheet.marks["need"] == 60
    assert sheet.review.marks == FULL


def test_a_sheet_is_for_its_expert_alone(cast: Cast, review: Review, expert: Actor) -> None:
    (other,) = rounds_at.experts(cast, 1)
    for stranger in (other, cast.province):
        with pytest.raises(NotAllowed):
            keep(review, stranger, FULL, {}, "", 0)
        with pytest.raises(NotAllowed):
            withdraw(review, stranger, "不是我的")
        with pytest.raises(Review.DoesNotExist):
            sheet_of(stranger, review.pk)


def test_a_tie_that_comes_up_late_stops_the_signature(review: Review, expert: Actor) -> None:
    firm = review.application.organisation
    assert firm is not None
    declare_tie(expert, kind="stake", uscc=firm.uscc, name=firm.name, at=REVIEWED)
    with pytest.raises(StepRefused, match="回避"):
        locked(review, expert)
    assert Review.objects.get().state == "assigned"


def test_an_applicant_who_withdraws_is_not_reviewed_any_more(review: Review, expert: Actor) -> None:
    application = review.application
    firm = application.organisation
    assert firm is not None
    applicant = actor_of(firm.members.get().user)
    assert applicant is not None
    move(application, "withdraw", applicant, at=REVIEWED)
    with pytest.raises(StepRefused, match="不在评审环节"):
        keep(review, expert, FULL, {}, "", 0)
    assert not sheet_of(expert, review.pk).to_write
