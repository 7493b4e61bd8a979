"""Statements: of one account or several, page by page; they close where the account stands."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from dengta.ledger import actions, queries
from dengta.ledger.actions import Entry
from tests.ledger.conftest import POOL_FEN, draw

DAY = dt.timedelta(days=1)
FIRST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
BOTH = ("pool", "firm/a")


def drawn(count: int) -> None:
    for n in range(count):
        actions.post(draw(f"d{n}", n + 1), at=FIRST + n % 3 * DAY)


def stands_at(code: str) -> int:
    found = queries.balance(code)
    assert found is not None
    return found.credits_posted_fen - found.debits_posted_fen


def test_pages_follow_on_one_another_and_the_last_closes_where_the_account_stands(
    books: None,
) -> None:
    drawn(7)
    pages = [
        queries.statement_of(["pool"], FIRST, FIRST + 9 * DAY, page=n, size=3) for n in (1, 2, 3)
    ]
    lines = [line for page in pages for line in page.lines]
    assert [len(page.lines) for page in pages] == [3, 3, 1]
    assert pages[0].opening_fen == POOL_FEN
    for before, line in zip([POOL_FEN, *(x.balance_fen for x in lines)], lines, strict=False):
        assert line.balance_fen == before + line.credit_fen - line.debit_fen
    assert {page.closing_fen for page in pages} == {lines[-1].balance_fen, stands_at("pool")}
    whole = queries.statement("pool", FIRST, FIRST + 9 * DAY)
    assert whole is not None and list(whole.lines) == lines


@pytest.mark.parametrize(("page", "shown"), [(0, "d0"), (-3, "d0"), (99, "d3")])
def test_a_page_that_is_not_there_is_the_nearest(books: None, page: int, shown: str) -> None:
    for n in range(4):
        actions.post(draw(f"d{n}", 1), at=FIRST)
    found = queries.statement_of(["pool"], FIRST, FIRST + DAY, page=page, size=3)
    assert found.lines[0].key == shown


@pytest.mark.parametrize("count", [2, 5])
def test_the_latest_are_the_end_of_the_whole(books: None, count: int) -> None:
    drawn(count)
    whole = queries.statement("pool", FIRST, FIRST + 9 * DAY)
    latest = queries.statement_of(["pool"], FIRST, FIRST + 9 * DAY, page=None, size=3)
    assert whole is not None and latest.lines == whole.lines[-3:]


def test_a_transfer_between_two_accounts_of_one_statement_stands_on_both(books: None) -> None:
    actions.post(draw("d", 5_00), at=FIRST)
    found = queries.statement_of(BOTH, FIRST, FIRST + DAY)
    assert [(x.account, x.debit_fen, x.credit_fen) for x in found.lines] == [
        ("pool", 5_00, 0), ("firm/a", 0, 5_00),
    ]  # fmt: skip
    assert found.count == 1
    assert found.opening_fen == found.closing_fen == POOL_FEN


def test_what_is_set_aside_is_carried_beside_the_balance(books: None) -> None:
    actions.reserve(draw("r", 8_00), at=FIRST)
    actions.settle("r", 3_00, at=FIRST + DAY)
    actions.reserve(draw("s", 1_00), at=FIRST + DAY)
    first, second = (
        queries.statement_of(["firm/a"], FIRST, FIRST + n * DAY).positions[0] for n in (1, 2)
    )
    assert (first.closing_fen, first.closing_pending_fen) == (0, 8_00)
    assert (second.closing_fen, second.closing_pending_fen) == (3_00, 1_00)


def test_accounts_nobody_opened_are_left_out(books: None) -> None:
    found = queries.statement_of(["nobody", "pool"], FIRST, FIRST + DAY)
    assert [one.code for one in found.positions] == ["pool"]
    assert queries.statement_of([], FIRST, FIRST + DAY) == queries.Statement((), 0, ())


def test_the_accounts_of_a_holder_are_those_with_its_whole_code(books: None) -> None:
    actions.open_accounts(dict.fromkeys(("payable/91A", "cap/2026/91A", "91A/x"), "甲"))
    actions.open_accounts(dict.fromkeys(("payable/91AB", "payable/91a", "cap/91A/2026"), "乙"))
    assert queries.codes_of("91A") == ["cap/2026/91A", "cap/91A/2026", "payable/91A"]
    assert queries.codes_of("") == queries.codes_of("%") == []


@pytest.mark.parametrize("count", [4, 12])
def test_a_statement_takes_the_same_queries_whatever_its_length(
    books: None, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    drawn(count)
    with django_assert_num_queries(9):
        queries.statement_of(BOTH, FIRST, FIRST + 9 * DAY, page=2, size=3)


AMOUNTS = st.tuples(st.integers(1, 100), st.integers(0, 5), st.booleans())


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(posts=st.lists(AMOUNTS, max_size=12), cut=st.integers(0, 6), size=st.integers(1, 5))
def test_any_period_closes_where_the_next_one_opens(
    posts: list[tuple[int, int, bool]], cut: int, size: int
) -> None:
    from django.db import transaction

    with transaction.atomic():
        actions.open_accounts({"pool": "池", "firm/a": "甲"})
        for n, (fen, day, back) in enumerate(posts):
            debit, credit = BOTH[::-1] if back else BOTH
            actions.post(Entry(f"k{n}", debit, credit, fen), at=FIRST + day * DAY)
        now = FIRST + cut * DAY
        before = queries.statement_of(BOTH, LONG_AGO, now, page=99, size=size)
        after = queries.statement_of(BOTH, now, FIRST + 99 * DAY, page=99, size=size)
        for one, other in zip(before.positions, after.positions, strict=True):
            assert one.opening_fen == 0 and one.closing_fen == other.opening_fen
            assert other.closing_fen == stands_at(other.code)
        for line in after.lines[-2:]:
            assert line.balance_fen == stands_at(line.account)
        transaction.set_rollback(True)
