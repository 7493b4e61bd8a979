from __future__ import annotations

import pytest

from dengta.ledger import actions, queries
from dengta.ledger.actions import AlreadyResolved, UnknownTransfer
from tests.ledger.conftest import POOL_FEN, left, totals, voucher


def test_releasing_gives_everything_back(held: str) -> None:
    actions.release(held)
    assert totals("pool") == (0, 0, 0, POOL_FEN)
    assert totals("firm/a") == (0, 0, 0, 0)
    standing = queries.standing(held)
    assert standing is not None and standing.state == "voided"
    assert standing.resolved_at is not None


def test_a_reservation_is_released_once(held: str) -> None:
    first = actions.release(held)
    assert actions.release(held) == first
    assert left() == POOL_FEN


def test_what_was_settled_cannot_be_released(held: str) -> None:
    actions.settle(held, 1)
    with pytest.raises(AlreadyResolved) as refused:
        actions.release(held)
    assert refused.value.step == "settle"


@pytest.mark.parametrize("key", ["nobody", "fund"])
def test_only_a_reservation_can_be_released(held: str, key: str) -> None:
    with pytest.raises(UnknownTransfer):
        actions.release(key)


def test_several_are_released_together_or_not_at_all(books: None) -> None:
    actions.reserve_many(voucher("V1", 100_00))
    with pytest.raises(UnknownTransfer):
        actions.release_many(["issue/V1", "nobody"])
    assert left() == POOL_FEN - 100_00
    actions.release_many(["issue/V1", "cap/V1"])
    assert (left("pool"), left("cap/a")) == (POOL_FEN, 300_00)
