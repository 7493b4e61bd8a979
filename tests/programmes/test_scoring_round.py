from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest

from dengta.accounts.queries import Actor
from dengta.core.selection import PanelRule
from dengta.programmes.actions import scoring
from dengta.programmes.actions.scoring import close_sheets, discuss, finish
from dengta.programmes.actions.sheets import correct
from dengta.programmes.models import Application, Review, Round
from dengta.programmes.queries.panels import sheet_of
from dengta.registry.queries import actor_of
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event, Job, Notice
from tests.cast import Cast
from tests.programmes import rounds_at
from tests.programmes.rounds_at import REVIEWED


@pytest.fixture(autouse=True)
def three_each() -> Iterator[None]:
    """Panels of three, of which the middle one counts."""
    with rounds_at.rule_as(panel=PanelRule(size=3, spread=20)):
        yield


@pytest.fixture
def round(cast: Cast) -> Round:
    """A round whose two applications have been given to three experts."""
    made = rounds_at.round_at(cast)
    for _ in range(2):
        rounds_at.application_at(cast, made)
    rounds_at.experts(cast, 3)
    rounds_at.to_review(cast, made)
    rounds_at.drawn(cast, made, 3)
    rounds_at.assigned(cast, made)
    return made


def mark(round: Round, first: tuple[int, ...], second: tuple[int, ...]) -> list[Application]:
    """Lock the sheets of the first and the second application with these marks."""
    applications = list(round.applications.order_by("id"))
    for application, marks in zip(applications, (first, second), strict=True):
        for review, points in zip(application.reviews.order_by("id"), marks, strict=False):
            rounds_at.marked(review, points)
    return applications


def acting(review: Review) -> Actor:
    found = actor_of(review.user)
    assert found is not None
    return found


def test_sheets_are_counted_only_when_all_are_in(cast: Cast, round: Round) -> None:
    mark(round, (60, 70, 80), (80, 82))
    with pytest.raises(StepRefused, match="还有1 份评审表没有锁定"):
        close_sheets(round, cast.province)
    assert not round.applications.exclude(score="").exists()
    rounds_at.marked(Review.objects.get(state="assigned"), {
        "need": 90, "effect": 75, "spread": 88, "open": 85, "method": 81,
    })  # fmt: skip
    with pytest.raises(NotAllowed):
        close_sheets(round, cast.city)
    assert close_sheets(round, cast.province) == 0
    first, second = round.applications.order_by("id")
    assert (first.score, first.score_milli, first.to_discuss) == ("70", 70_000, False)
    # 80, 82 and 0.2·90 + 0.25·75 + 0.25·88 + 0.2·85 + 0.1·81 = 83.85: the middle one counts.
    assert (second.score, second.marks["need"]) == ("82", "82")
    assert close_sheets(round, cast.province) == 0


def test_a_wide_spread_is_discussed_before_the_review_ends(cast: Cast, round: Round) -> None:
    wide, narrow = mark(round, (50, 70, 71), (80, 82, 84))
    reviews = list(wide.reviews.order_by("id"))
    assert sheet_of(acting(reviews[0]), reviews[0].pk).others == ()
    assert close_sheets(round, cast.province) == 1
    with pytest.raises(StepRefused, match="1 项申报分差过大"):
        finish(round, cast.province, at=REVIEWED)
    shown = sheet_of(acting(reviews[0]), reviews[0].pk).others
    assert sorted(one.total for one in shown) == [50, 70, 71]
    assert [one.own for one in shown].count(True) == 1
    other = narrow.reviews.order_by("id")[0]
    assert sheet_of(acting(other), other.pk).others == ()
    marks = dict.fromkeys(reviews[0].marks, 69)
    correct(reviews[0], acting(reviews[0]), marks, "合议后认为依据充分", "a", at=REVIEWED)
    with pytest.raises(StepRefused, match="纪要"):
        discuss(wide, cast.province, " ")
    discuss(wide, cast.province, "分歧在成效依据，核对后一致。", at=REVIEWED)
    wide.refresh_from_db()
    assert (wide.score, wide.to_discuss, wide.discussed_at) == ("70", True, REVIEWED)
    with pytest.raises(Moved):
        discuss(wide, cast.province, "再议一次")
    with pytest.raises(Moved, match="已经结束"):
        correct(reviews[1], acting(reviews[1]), marks, "还想再改", "b")
    assert finish(round, cast.province, at=REVIEWED) == 2


def test_a_correction_after_the_count_counts_and_may_call_for_a_discussion(
    cast: Cast, round: Round
) -> None:
    first, _ = mark(round, (60, 70, 80), (80, 82, 84))
    close_sheets(round, cast.province)
    review = first.reviews.order_by("id")[0]
    correct(review, acting(review), dict.fromkeys(review.marks, 30), "材料有假", "a", at=REVIEWED)
    first.refresh_from_db()
    assert (first.score, first.to_discuss) == ("70", True)


def test_the_end_keeps_every_sheet_as_reason_and_publishes_the_assignment(
    cast: Cast, round: Round
) -> None:
    mark(round, (60, 71, 80), (80, 82, 84))
    with pytest.raises(StepRefused, match="2 项申报没有计分"):
        finish(round, cast.province, at=REVIEWED)
    close_sheets(round, cast.province)
    assert finish(round, cast.province, at=REVIEWED) == 2
    assert finish(round, cast.province, at=REVIEWED) == 0
    for application in round.applications.all():
        assert application.state == "site_visit"
        event = Event.objects.get(flow="application", thing_id=application.pk, step="finish_panel")
        totals = sorted(Fraction(sum(s["marks"].values()), 5) for s in event.reasons["sheets"])
        assert Fraction(event.reasons["score"]) == Fraction(application.score) == totals[1]
        assert Notice.objects.filter(event=event).exists()
    assert round.publications.get(kind="assignment").public


def test_without_a_visit_the_application_waits_for_the_list(cast: Cast, round: Round) -> None:
    mark(round, (60, 71, 80), (80, 82, 84))
    close_sheets(round, cast.province)
    with rounds_at.rule_as(steps=("formal_check", "panel", "publicity")):
        finish(round, cast.province, at=REVIEWED)
    assert set(round.applications.values_list("state", flat=True)) == {"ranked"}


def test_a_large_round_is_finished_behind_the_pages_and_begun_again_it_does_nothing_twice(
    cast: Cast, round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark(round, (60, 71, 80), (80, 82, 84))
    close_sheets(round, cast.province)
    monkeypatch.setattr(scoring, "AT_ONCE", 1)
    job = scoring.start_finishing(round, cast.province, key="once")
    assert isinstance(job, Job)
    for _ in range(2):
        scoring.finish_as_job.call(job.pk)
    job.refresh_from_db()
    assert (job.done, job.total, job.failed) == (2, 2, False)
    assert Event.objects.filter(step="finish_panel").count() == 2
