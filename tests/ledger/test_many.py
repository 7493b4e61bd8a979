from __future__ import annotations

import pytest

from dengta.ledger import actions, queries
from dengta.ledger.actions import Entry, KeyReused, Overspent, Receipt, UnknownAccount
from dengta.ledger.models import Transfer
from tests.ledger.conftest import CAP_FEN, POOL_FEN, draw, left, totals, voucher

pytestmark = pytest.mark.usefixtures("books")


def test_linked_entries_are_written_together() -> None:
    receipts = actions.reserve_many(voucher("V1", 100_00))
    assert [receipt.linked for receipt in receipts] == ["issue/V1", "issue/V1"]
    assert (left("pool"), left("cap/a")) == (POOL_FEN - 100_00, CAP_FEN - 100_00)


def test_if_one_linked_entry_is_refused_none_is_written() -> None:
    with pytest.raises(Overspent) as refused:
        actions.post_many(voucher("V1", CAP_FEN + 1))
    assert (refused.value.account, refused.value.left_fen) == ("cap/a", CAP_FEN)
    assert left("pool") == POOL_FEN
    assert queries.standing("issue/V1") is None


def test_a_repeated_chain_moves_nothing() -> None:
    first = actions.post_many(voucher("V1", 100_00))
    assert actions.post_many(voucher("V1", 100_00)) == first
    assert left("pool") == POOL_FEN - 100_00


def test_a_chain_that_holds_a_used_key_is_refused_whole() -> None:
    actions.post(draw("issue/V1", 100_00))
    with pytest.raises(KeyReused):
        actions.post_many(voucher("V1", 100_00))
    with pytest.raises(KeyReused):
        actions.post_many(voucher("V2", 1)[:1] + voucher("V1", 100_00)[:1])
    assert left("cap/a") == CAP_FEN
    assert queries.standing("issue/V2") is None


def test_a_part_of_a_chain_is_not_its_repeat() -> None:
    actions.post_many(voucher("V1", 100_00))
    with pytest.raises(KeyReused):
        actions.post_many(voucher("V1", 100_00)[:1])


def test_a_key_twice_in_a_chain_is_refused() -> None:
    with pytest.raises(KeyReused):
        actions.post_many([draw("one", 1), draw("one", 1)])
    assert left() == POOL_FEN


def test_a_chain_is_judged_by_where_it_ends() -> None:
    actions.open_account("empty", "空账户", "credits")
    onward = Entry("on", "empty", "firm/a", 10_00)
    with pytest.raises(Overspent):
        actions.reserve_many([onward, draw("in", 10_00, "empty")])
    actions.post_many([onward, draw("in", 10_00, "empty")])
    assert left("empty") == 0


def test_no_entries_are_no_transfers() -> None:
    assert actions.post_many([]) == []
    assert actions.post_each([]) == []
    assert actions.settle_many([]) == actions.release_many([]) == actions.reverse_many([]) == []


def test_a_thousand_draws_are_each_accepted_or_refused_in_order() -> None:
    asked = [draw(f"draw/{n}", 1_00 + n % 3 * 50) for n in range(1000)]
    answers = actions.post_each(asked)
    room = POOL_FEN
    for entry, answer in zip(asked, answers, strict=True):
        if entry.amount_fen <= room:
            assert isinstance(answer, Receipt) and answer.key == entry.key
            room -= entry.amount_fen
        else:
            assert isinstance(answer, Overspent) and answer.left_fen == room
    assert left() == room == 0
    assert actions.post_each(asked)[:500] == answers[:500]
    assert left() == 0


def test_each_refusal_stands_in_its_own_place() -> None:
    actions.post(draw("old", 5))
    answers = actions.reserve_each(
        [
            draw("a", POOL_FEN),
            draw("old", 6),
            draw("b", 10, "firm/z"),
            draw("c", 10),
            draw("c", 10),
            draw("c", 11),
        ]
    )
    kinds = [type(answer) for answer in answers]
    assert kinds == [Overspent, KeyReused, UnknownAccount, Receipt, Receipt, KeyReused]
    assert answers[3] == answers[4]
    assert totals("pool")[0] == 10


def test_linked_entries_of_a_batch_stay_together() -> None:
    entries = [
        Entry(e.key, e.debit, e.credit, e.amount_fen, linked=name)
        for name, amount in (("V1", 200_00), ("V2", 200_00), ("V3", 100_00))
        for e in voucher(name, amount)
    ]
    answers = actions.reserve_each(entries)
    assert [isinstance(answer, Receipt) for answer in answers] == [True, True, False, False] + [
        True
    ] * 2
    assert answers[2] is answers[3]
    assert (left("pool"), left("cap/a")) == (POOL_FEN - CAP_FEN, 0)
    assert Transfer.objects.filter(linked="V2").count() == 0
