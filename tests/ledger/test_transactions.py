"""Entries outside any transaction, where on PostgreSQL one statement is the whole of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from dengta.ledger import actions, queries
from dengta.ledger.actions import Entry, KeyReused, Overspent, UnknownAccount
from tests.ledger.conftest import CAP_FEN, POOL_FEN, draw, left, totals, voucher

postgresql_only = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite lets one writer in at a time"
)


@pytest.fixture(params=[False, True], ids=["direct", "pooled"])
def alone(request: pytest.FixtureRequest, transactional_db: None, books: None) -> Iterator[None]:
    """No transaction around the test; once as behind a pooler that keeps no prepared statement."""
    assert connection.get_autocommit()
    before = connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS", False)
    connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = request.param
    yield
    connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = before


def test_entries_are_written_repeated_and_refused_the_same(alone: None) -> None:
    for turn in range(8):
        first = actions.post(draw(f"one/{turn}", 10_00, about="V1"))
        assert actions.post(draw(f"one/{turn}", 10_00, about="V1")) == first
    with pytest.raises(KeyReused):
        actions.post(draw("one/0", 11_00, about="V1"))
    with pytest.raises(UnknownAccount):
        actions.post(draw("two", 1, "firm/z"))
    with pytest.raises(Overspent) as refused:
        actions.reserve(draw("two", POOL_FEN))
    assert refused.value.left_fen == left() == POOL_FEN - 80_00


def test_a_chain_is_written_repeated_and_refused_the_same(alone: None) -> None:
    first = actions.reserve_many(voucher("V1", 100_00))
    assert actions.reserve_many(voucher("V1", 100_00)) == first
    with pytest.raises(Overspent):
        actions.reserve_many(voucher("V2", CAP_FEN))
    with pytest.raises(KeyReused):
        actions.reserve_many([*voucher("V2", 1), *voucher("V1", 100_00)])
    actions.settle_many([("issue/V1", 60_00), ("cap/V1", 60_00)])
    assert totals("pool")[:2] == totals("cap/a")[:2] == (0, 60_00)


def test_entries_within_a_transaction_are_written_the_same(alone: None) -> None:
    with transaction.atomic():
        actions.post_many(voucher("V1", 100_00))
        with pytest.raises(Overspent):
            actions.post_many(voucher("V2", CAP_FEN))
        actions.post(draw("one", 10_00))
    assert left() == POOL_FEN - 110_00


@postgresql_only
def test_the_connection_keeps_its_own_rule_for_the_disk(alone: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = local")
        actions.post(draw("one", 10_00))
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("local",)
        cursor.execute("RESET synchronous_commit")


@postgresql_only
def test_a_chain_whose_key_is_taken_while_it_waits_is_refused_whole(alone: None) -> None:
    """Another transaction, over other accounts, writes one of the two keys and commits late."""
    actions.open_accounts({"x": "甲账户", "y": "乙账户"})
    answers: list[object] = []

    def chain() -> None:
        try:
            answers.append(actions.post_many(voucher("V1", 100_00)))
        except KeyReused as refused:
            answers.append(refused)
        finally:
            connection.close()

    other = threading.Thread(target=chain)
    with transaction.atomic(), connection.cursor() as cursor:
        actions.post(Entry("cap/V1", "x", "y", 5))
        other.start()
        waiting = 0
        while not waiting and other.is_alive():
            time.sleep(0.01)
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            waiting = cursor.fetchone()[0]
    other.join()
    assert [type(answer) for answer in answers] == [KeyReused]
    assert left() == POOL_FEN
    assert queries.standing("issue/V1") is None
