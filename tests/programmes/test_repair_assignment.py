from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from dengta.core.assignment_record import verify
from dengta.core.selection import PanelRule
from dengta.programmes.actions.assigning import repair
from dengta.programmes.actions.sheets import leave, withdraw
from dengta.programmes.models import Panelist, Review, Round
from dengta.programmes.queries.scores import outstanding
from dengta.registry.queries import actor_of
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import Cast
from tests.programmes import rounds_at
from tests.programmes.rounds_at import REVIEWED


@pytest.fixture(autouse=True)
def three_each() -> Iterator[None]:
    """Panels of three, four sheets each at the most."""
    with rounds_at.rule_as(panel=PanelRule(size=3, load=4)):
        yield


@pytest.fixture
def round(cast: Cast) -> Round:
    """A round whose four applications have been assigned to three of six experts each."""
    made = rounds_at.round_at(cast)
    for _ in range(4):
        rounds_at.application_at(cast, made)
    rounds_at.experts(cast, 6)
    rounds_at.to_review(cast, made)
    rounds_at.drawn(cast, made, 6)
    rounds_at.assigned(cast, made)
    return made


def seats(round: Round) -> set[tuple[int, int, str]]:
    rows = Review.objects.filter(application__round=round, state__in=("assigned", "locked"))
    return set(rows.values_list("application", "user", "state"))


def test_after_a_withdrawal_only_the_empty_seats_change_hands(cast: Cast, round: Round) -> None:
    going = round.panelists.order_by("id")[0]
    acting = actor_of(going.user)
    assert acting is not None
    first = Review.objects.filter(user=going.user).order_by("id")[0]
    rounds_at.marked(first, 80)
    before = seats(round)
    ended = leave(going, acting, "出国访问，不能参加", at=REVIEWED)
    assert ended == 1
    assert outstanding(round)[1] == ended
    published = repair(round, cast.province, at=REVIEWED)
    after = seats(round)
    assert len(after - before) == len(before - after) == ended
    assert {user for _, user, _ in before - after} == {going.user_id}
    assert (first.application_id, going.user_id, "locked") in after  # locked before leaving: stays
    assert verify(published.text.encode()) == ()
    assert json.loads(published.text)["before"] is not None
    assert outstanding(round) == (len(after) - 1, 0)


def test_who_stood_aside_is_not_asked_again_for_the_same(cast: Cast, round: Round) -> None:
    review = Review.objects.order_by("id")[0]
    acting = actor_of(review.user)
    assert acting is not None
    with pytest.raises(StepRefused, match="原因"):
        withdraw(review, acting, "")
    withdraw(review, acting, "与申报单位有合作", at=REVIEWED)
    repair(round, cast.province, at=REVIEWED)
    live = Review.objects.filter(application=review.application, state="assigned")
    assert live.count() == 3
    assert not live.filter(user=review.user).exists()


def test_where_nothing_is_lacking_nothing_changes(cast: Cast, round: Round) -> None:
    before = seats(round)
    with pytest.raises(StepRefused, match="没有空缺"):
        repair(round, cast.province, at=REVIEWED)
    assert seats(round) == before
    assert round.publications.filter(kind="assignment").count() == 1


def test_a_seat_is_moved_on_where_the_only_free_expert_cannot_take_it(
    cast: Cast, round: Round
) -> None:
    """Those left have to swap, and the locked sheets still stay where they are."""
    first = {sheet.user_id: sheet for sheet in Review.objects.order_by("-id")}
    for sheet in first.values():  # of the two that each has
        rounds_at.marked(sheet, 75)
    locked = {(sheet.application_id, user) for user, sheet in first.items()}
    leaving = list(Panelist.objects.order_by("id")[:2])
    for one in leaving:
        leave(one, cast.province, "组织单位调整", at=REVIEWED)
    with pytest.raises(Moved):
        leave(leaving[0], cast.province, "组织单位调整", at=REVIEWED)
    with pytest.raises(NotAllowed):
        leave(Panelist.objects.order_by("id")[3], cast.city, "不是我的批次")
    published = repair(round, cast.province, at=REVIEWED)
    assert verify(published.text.encode()) == ()
    after = seats(round)
    assert locked == {(paper, user) for paper, user, state in after if state == "locked"}
    assert {sum(1 for p, _, _ in after if p == paper) for paper, _, _ in after} == {3}
    open_to = {user for _, user, state in after if state == "assigned"}
    assert not open_to & {one.user_id for one in leaving}
