from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from dengta.platform import run
from tests.cast import MOMENT, ONE_DAY, Cast

LATER = MOMENT + 366 * ONE_DAY


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year and a day after MOMENT."""

    def now() -> dt.datetime:
        return LATER

    monkeypatch.setattr(timezone, "now", now)


def test_a_tick_expires_what_is_due_and_proves_the_books(
    cast: Cast, late: None, capsys: pytest.CaptureFixture[str]
) -> None:
    voucher = cast.voucher("issued", at=MOMENT)
    assert run("tick", []) == 0
    voucher.refresh_from_db()
    assert (voucher.state, voucher.state_since) == ("expired", LATER)
    said = capsys.readouterr().out
    assert "expired vouchers: 1\n" in said
    assert "differences in the books: 0\n" in said


def test_a_second_tick_finds_nothing_to_do(
    cast: Cast, late: None, capsys: pytest.CaptureFixture[str]
) -> None:
    cast.voucher("issued", at=MOMENT)
    run("tick", [])
    capsys.readouterr()
    assert run("tick", []) == 0
    assert "expired vouchers: 0\n" in capsys.readouterr().out


def test_a_tick_before_the_day_leaves_a_voucher_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = cast.voucher("issued", at=MOMENT)
    monkeypatch.setattr(timezone, "now", lambda: MOMENT + 365 * ONE_DAY)
    assert run("tick", []) == 0
    voucher.refresh_from_db()
    assert voucher.state == "issued"


def test_a_tick_that_finds_the_books_wrong_says_where_and_fails(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    cast.paid_voucher()
    with connection.cursor() as cursor:  # past the ledger, as only a damaged database could be
        cursor.execute(
            "UPDATE ledger_account SET debits_posted_fen = debits_posted_fen - 1"
            " WHERE code = 'treasury/province'"
        )
    assert run("tick", []) == 1
    found = capsys.readouterr()
    assert "differences in the books: 1\n" in found.out
    assert "treasury/province" in found.err


def test_a_tick_takes_no_arguments(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("tick", ["--fast"]) == 2
    assert "takes no arguments" in capsys.readouterr().err
