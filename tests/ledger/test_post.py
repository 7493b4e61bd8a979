from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import transaction

from dengta.ledger import actions, queries
from dengta.ledger.actions import Entry, KeyReused, Overspent, UnknownAccount
from tests.ledger.conftest import CAP_FEN, POOL_FEN, draw, left, totals

pytestmark = pytest.mark.usefixtures("books")


def test_money_moves_from_the_debit_to_the_credit_account() -> None:
    actions.post(draw("one", 250_00))
    assert totals("pool") == (0, 250_00, 0, POOL_FEN)
    assert totals("firm/a") == (0, 0, 0, 250_00)


def test_the_receipt_says_what_was_written() -> None:
    at = dt.datetime(2026, 4, 1, 9, tzinfo=dt.UTC)
    receipt = actions.post(draw("one", 5, kind="draw", about="V1", memo="首券"), at=at)
    assert (receipt.key, receipt.step, receipt.amount_fen) == ("one", "post", 5)
    assert (receipt.about, receipt.memo, receipt.booked_at) == ("V1", "首券", at)


def test_a_pool_gives_its_last_fen_and_not_one_more() -> None:
    actions.post(draw("all", POOL_FEN))
    with pytest.raises(Overspent) as refused:
        actions.post(draw("more", 1))
    short = refused.value
    assert (short.account, short.asked_fen, short.left_fen) == ("pool", 1, 0)
    assert queries.standing("more") is None


def test_one_transfer_can_stand_under_two_ceilings() -> None:
    actions.post(draw("most", CAP_FEN, "room/b"))
    with pytest.raises(Overspent) as refused:
        actions.post(draw("more", 1, "room/b"))
    assert refused.value.account == "room/b"
    assert left("pool") == POOL_FEN - CAP_FEN


def test_a_repeated_post_gives_the_same_receipt_and_moves_nothing() -> None:
    first = actions.post(draw("one", 10_00))
    again = actions.post(draw("one", 10_00))
    assert (again, again.booked_at) == (first, first.booked_at)
    assert left() == POOL_FEN - 10_00


def test_a_repeat_is_answered_even_when_the_pool_is_empty() -> None:
    first = actions.post(draw("all", POOL_FEN))
    assert actions.post(draw("all", POOL_FEN)) == first


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 11_00},
        {"credit": "firm/b"},
        {"debit": "treasury"},
        {"kind": "gift"},
        {"about": "V2"},
    ],
)
def test_a_key_used_for_something_else_is_refused(change: dict[str, str]) -> None:
    entry = draw("one", 10_00, about="V1")
    actions.post(entry)
    with pytest.raises(KeyReused):
        actions.post(replace(entry, **change))
    assert left() == POOL_FEN - 10_00


def test_a_post_is_not_the_repeat_of_a_reservation() -> None:
    actions.reserve(draw("one", 10_00))
    with pytest.raises(KeyReused):
        actions.post(draw("one", 10_00))


def test_a_different_memo_is_still_the_same_content() -> None:
    actions.post(draw("one", 10_00, memo="第一次"))
    assert actions.post(draw("one", 10_00, memo="第二次")).memo == "第一次"


def test_an_account_that_nobody_opened_is_refused() -> None:
    with pytest.raises(UnknownAccount) as refused:
        actions.post(draw("one", 1, "firm/z"))
    assert refused.value.code == "firm/z"
    assert left() == POOL_FEN


def test_a_refusal_leaves_the_callers_transaction_usable() -> None:
    with transaction.atomic():
        with pytest.raises(Overspent):
            actions.post(draw("more", POOL_FEN + 1))
        actions.post(draw("one", 1))
    assert left() == POOL_FEN - 1


def test_the_callers_transaction_takes_the_transfer_back_with_it() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.post(draw("one", 1))
        raise ZeroDivisionError
    assert left() == POOL_FEN
    assert queries.standing("one") is None


def test_a_refusal_says_in_both_languages_what_is_left() -> None:
    with pytest.raises(Overspent) as refused:
        actions.post(draw("more", POOL_FEN + 1))
    assert "“资金池”可用 1,000.00 元" in refused.value.text.zh
    assert "1,000.00 yuan left" in refused.value.text.en


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": 10**15 + 1},
        {"amount_fen": True},
        {"amount_fen": 1.0},
        {"credit": "pool"},
        {"key": ""},
        {"key": "a#settle"},
        {"key": "k" * 181},
        {"memo": "长" * 201},
    ],
)
def test_what_could_never_be_a_transfer_is_no_entry(wrong: dict[str, object]) -> None:
    right = {"key": "k", "debit": "pool", "credit": "firm/a", "amount_fen": 1}
    with pytest.raises(ValueError):
        Entry(**{**right, **wrong})  # type: ignore[arg-type]
