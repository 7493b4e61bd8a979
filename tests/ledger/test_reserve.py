from __future__ import annotations

import pytest

from dengta.ledger import actions, queries
from dengta.ledger.actions import Overspent
from tests.ledger.conftest import CAP_FEN, POOL_FEN, draw, left, totals

pytestmark = pytest.mark.usefixtures("books")


def test_what_is_reserved_is_gone_from_the_pool_but_not_yet_the_firms() -> None:
    actions.reserve(draw("one", 200_00))
    assert left() == POOL_FEN - 200_00
    assert totals("pool") == (200_00, 0, 0, POOL_FEN)
    assert totals("firm/a") == (0, 0, 200_00, 0)
    standing = queries.standing("one")
    assert standing is not None
    assert (standing.state, standing.posted_fen) == ("pending", 0)


def test_reservations_and_posts_share_one_ceiling() -> None:
    actions.reserve(draw("one", POOL_FEN - 1))
    with pytest.raises(Overspent) as refused:
        actions.post(draw("two", 2))
    assert refused.value.left_fen == 1


def test_what_is_reserved_counts_against_an_allowance_too() -> None:
    actions.reserve(draw("one", CAP_FEN, "room/b"))
    with pytest.raises(Overspent) as refused:
        actions.reserve(draw("two", 1, "room/b"))
    assert refused.value.account == "room/b"


def test_money_on_its_way_in_cannot_be_spent_yet() -> None:
    actions.open_account("branch", "分资金池", "credits")
    actions.reserve(draw("in", 50_00, "branch"))
    with pytest.raises(Overspent):
        actions.post(actions.Entry("out", "branch", "firm/a", 1))
    actions.settle("in")
    actions.post(actions.Entry("out", "branch", "firm/a", 1))


def test_a_repeated_reservation_takes_once() -> None:
    first = actions.reserve(draw("one", 10_00))
    assert actions.reserve(draw("one", 10_00)) == first
    assert left() == POOL_FEN - 10_00


def test_a_repeat_after_settlement_is_still_the_same_answer() -> None:
    first = actions.reserve(draw("one", 10_00))
    actions.settle("one")
    assert actions.reserve(draw("one", 10_00)) == first
    assert totals("pool") == (0, 10_00, 0, POOL_FEN)
