from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import F

from dengta.ledger import actions, queries
from dengta.ledger.models import Account
from tests.ledger.conftest import POOL_FEN, draw, voucher

DAY = dt.timedelta(days=1)
FIRST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def test_an_account_that_nobody_opened_has_no_balance_and_no_statement(books: None) -> None:
    assert queries.balance("nobody") is None
    assert queries.statement("nobody", FIRST, FIRST + DAY) is None
    assert queries.standing("nobody") is None


def test_what_is_left_depends_on_the_guard(books: None) -> None:
    actions.post(draw("one", 100_00, "room/b"))
    found = {code: queries.balance(code) for code in ("pool", "room/b", "treasury")}
    assert {code: balance and balance.left_fen for code, balance in found.items()} == {
        "pool": POOL_FEN - 100_00, "room/b": 200_00, "treasury": None,
    }  # fmt: skip


def test_a_statement_carries_the_balance_from_line_to_line(books: None) -> None:
    actions.reserve(draw("v", 200_00, about="V1", memo="发券"), at=FIRST)
    actions.settle("v", 50_00, at=FIRST + DAY)
    actions.reverse("v", at=FIRST + 2 * DAY)
    actions.post(draw("later", 1), at=FIRST + 3 * DAY)
    statement = queries.statement("pool", FIRST, FIRST + 3 * DAY)
    assert statement is not None
    assert statement.opening_fen == POOL_FEN
    assert [
        (x.step, x.debit_fen, x.credit_fen, x.reserved_fen, x.balance_fen, x.pending_fen)
        for x in statement.lines
    ] == [
        ("reserve", 0, 0, 200_00, POOL_FEN, 200_00),
        ("settle", 50_00, 0, -200_00, POOL_FEN - 50_00, 0),
        ("reverse", 0, 50_00, 0, POOL_FEN, 0),
    ]
    assert statement.closing_fen == POOL_FEN
    assert {x.counterpart_name for x in statement.lines} == {"甲企业"}
    assert (statement.lines[0].about, statement.lines[0].memo) == ("V1", "发券")


def test_a_period_without_transfers_closes_as_it_opened(books: None) -> None:
    statement = queries.statement("pool", FIRST, FIRST + DAY)
    assert statement is not None
    assert (statement.lines, statement.closing_fen) == ((), POOL_FEN)


def test_every_entry_about_one_object_is_found_in_order(books: None) -> None:
    for key in ("a", "b"):
        actions.reserve(draw(key, 1_00, about="V1"))
    actions.post(draw("c", 1_00, about="V2"))
    actions.settle("a")
    actions.release("b")
    assert [(x.key, x.state) for x in queries.standings("V1")] == [("a", "posted"), ("b", "voided")]


@pytest.mark.parametrize("total", queries.TOTALS)
def test_a_total_that_was_tampered_with_is_found(books: None, total: str) -> None:
    actions.reserve_many(voucher("V1", 100_00))
    Account.objects.filter(code="firm/a").update(**{total: F(total) + 7})
    (difference,) = queries.recompute()
    assert (difference.code, difference.total) == ("firm/a", total)
    assert difference.stored_fen - difference.recomputed_fen == 7
    assert str(difference).startswith(f"firm/a {total}: ")
    Account.objects.filter(code="firm/a").update(**{total: F(total) - 7})


def test_books_whose_sides_differ_do_not_balance(books: None) -> None:
    Account.objects.filter(code="firm/a").update(credits_posted_fen=1)
    assert not queries.proof().balanced
    Account.objects.filter(code="firm/a").update(credits_posted_fen=0)
