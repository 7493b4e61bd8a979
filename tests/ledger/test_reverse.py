from __future__ import annotations

import pytest

from dengta.ledger import actions, queries
from dengta.ledger.actions import Entry, NotPosted, Overspent, UnknownTransfer
from tests.ledger.conftest import POOL_FEN, draw, left, totals, voucher


def test_a_reversal_is_the_mirror_of_what_was_posted(books: None) -> None:
    actions.post(draw("one", 30_00, about="V1"))
    mirror = actions.reverse("one")
    assert (mirror.debit, mirror.credit, mirror.amount_fen) == ("firm/a", "pool", 30_00)
    assert mirror.about == "V1"
    assert left() == POOL_FEN
    assert totals("firm/a") == (0, 30_00, 0, 30_00), "both are on record"


def test_of_a_settled_reservation_only_what_was_settled_comes_back(held: str) -> None:
    actions.settle(held, 50_00)
    assert actions.reverse(held).amount_fen == 50_00
    assert left() == POOL_FEN
    standing = queries.standing(held)
    assert standing is not None
    assert (standing.state, standing.posted_fen) == ("reversed", 50_00)


def test_a_transfer_is_taken_back_once(books: None) -> None:
    actions.post(draw("one", 30_00))
    first = actions.reverse("one")
    assert actions.reverse("one") == first
    assert left() == POOL_FEN


def test_what_has_not_moved_cannot_be_taken_back(held: str) -> None:
    with pytest.raises(NotPosted):
        actions.reverse(held)
    actions.release(held)
    with pytest.raises(NotPosted):
        actions.reverse(held)


@pytest.mark.parametrize("key", ["nobody", "one#reverse"])
def test_only_an_entry_can_be_taken_back(books: None, key: str) -> None:
    actions.post(draw("one", 30_00))
    actions.reverse("one")
    with pytest.raises(UnknownTransfer):
        actions.reverse(key)


def test_what_was_spent_meanwhile_cannot_be_taken_back(books: None) -> None:
    actions.open_account("branch", "分资金池", "credits")
    actions.post(draw("in", 50_00, "branch"))
    actions.post(Entry("out", "branch", "firm/a", 20_00))
    with pytest.raises(Overspent) as refused:
        actions.reverse("in")
    assert (refused.value.account, refused.value.left_fen) == ("branch", 30_00)


def test_a_whole_voucher_is_taken_back_at_once(books: None) -> None:
    actions.post_many(voucher("V1", 100_00))
    actions.reverse_many(["issue/V1", "cap/V1"])
    assert (left("pool"), left("cap/a")) == (POOL_FEN, 300_00)
