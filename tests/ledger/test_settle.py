from __future__ import annotations

import pytest

from dengta.ledger import actions, queries
from dengta.ledger.actions import (
    AlreadyResolved,
    ExceedsReservation,
    KeyReused,
    Overspent,
    UnknownTransfer,
)
from tests.ledger.conftest import POOL_FEN, draw, left, totals, voucher


def test_settling_posts_the_whole_reservation(held: str) -> None:
    actions.settle(held)
    assert totals("pool") == (0, 200_00, 0, POOL_FEN)
    assert totals("firm/a") == (0, 0, 0, 200_00)


def test_settling_part_gives_the_rest_back(held: str) -> None:
    actions.settle(held, 50_00)
    assert totals("pool") == (0, 50_00, 0, POOL_FEN)
    assert left() == POOL_FEN - 50_00
    standing = queries.standing(held)
    assert standing is not None
    assert (standing.state, standing.amount_fen, standing.posted_fen) == ("posted", 200_00, 50_00)


def test_a_reservation_settles_once(held: str) -> None:
    first = actions.settle(held, 50_00)
    assert actions.settle(held, 50_00) == first
    with pytest.raises(KeyReused):
        actions.settle(held, 60_00)
    with pytest.raises(KeyReused):
        actions.settle(held)
    assert left() == POOL_FEN - 50_00


def test_what_was_released_cannot_be_settled(held: str) -> None:
    actions.release(held)
    with pytest.raises(AlreadyResolved) as refused:
        actions.settle(held)
    assert (refused.value.key, refused.value.step) == (held, "release")


def test_no_more_than_was_reserved_is_settled(held: str) -> None:
    with pytest.raises(ExceedsReservation) as refused:
        actions.settle(held, 200_01)
    assert refused.value.reserved_fen == 200_00
    assert left() == POOL_FEN - 200_00


@pytest.mark.parametrize("amount", [0, -1, True, 1.5])
def test_settling_nothing_is_a_mistake_of_the_program(held: str, amount: int) -> None:
    with pytest.raises(ValueError):
        actions.settle(held, amount)


@pytest.mark.parametrize("key", ["nobody", "fund", "held#settle"])
def test_only_a_reservation_can_be_settled(held: str, key: str) -> None:
    with pytest.raises(UnknownTransfer):
        actions.settle(key)


def test_several_settle_together_or_not_at_all(books: None) -> None:
    actions.reserve_many(voucher("V1", 100_00))
    actions.reserve(draw("gone", 1))
    actions.release("gone")
    with pytest.raises(AlreadyResolved):
        actions.settle_many([("issue/V1", 80_00), ("gone", None)])
    assert totals("pool")[:2] == (100_00, 0)
    actions.settle_many([("issue/V1", 80_00), ("cap/V1", 80_00)])
    assert totals("pool")[:2] == (0, 80_00)
    assert totals("cap/a")[:2] == (0, 80_00)


def test_a_room_that_was_settled_in_part_has_room_again(books: None) -> None:
    actions.reserve(draw("one", 300_00, "room/b"))
    actions.settle("one", 100_00)
    actions.post(draw("two", 200_00, "room/b"))
    with pytest.raises(Overspent):
        actions.post(draw("three", 1, "room/b"))
