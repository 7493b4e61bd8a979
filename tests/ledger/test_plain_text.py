"""The ledger as Beancount text: whatever was done before, it checks and its balances are ours."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dengta.core.beancount import account_name
from dengta.ledger import actions
from dengta.ledger.actions import Entry, Refused
from dengta.ledger.models import Account, Transfer
from dengta.ledger.queries.exporting import write_ledger
from tests.ledger import plain
from tests.ledger.conftest import draw, voucher
from tests.processes import bare_database, run_module

FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
KEYS = st.sampled_from([f"k{n}" for n in range(6)])
CODES = ("treasury", "pool", "pool/a", "pool/a/b", "pool-c", "cap_a/b-c", "payable/甲", "X/0x30-")
STEPS = st.tuples(
    st.sampled_from(["post", "reserve", "settle", "release", "reverse"]),
    KEYS,
    st.permutations(CODES),
    st.integers(1, 10**9),
    st.integers(0, 800),
    st.text(max_size=12).filter(lambda text: "\0" not in text),
)


def ours() -> dict[str, int]:
    """What each account comes to by our own totals, seen as the text sees it."""
    return {
        account_name(account.code): account.debits_posted_fen - account.credits_posted_fen
        for account in Account.objects.all()
    }


def written(folder: Path) -> str:
    path = folder / "ledger.beancount"
    assert write_ledger("beancount", path) == Transfer.objects.count()
    return path.read_text(encoding="utf-8")


def do(step: str, key: str, codes: list[str], fen: int, days: int, words: str) -> None:
    at = FIRST + dt.timedelta(days=days)
    entry = Entry(key, codes[0], codes[1], fen, kind="k", memo=words, about=words)
    try:
        match step:
            case "post":
                actions.post(entry, at=at)
            case "reserve":
                actions.reserve(entry, at=at)
            case "settle":
                actions.settle(key, fen if fen % 2 else None, at=at)
            case "release":
                actions.release(key, at=at)
            case _:
                actions.reverse(key, at=at)
    except Refused:
        pass


@pytest.mark.django_db
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, max_size=25))
def test_after_any_operations_the_text_adds_up_to_our_balances(
    steps: list[tuple[str, str, list[str], int, int, str]], tmp_path: Path
) -> None:
    with transaction.atomic():
        actions.open_accounts({code: f'“{code}" \\' for code in CODES}, at=FIRST)
        for step in steps:
            do(*step)
        found = plain.read(written(tmp_path))
        assert found.faults == []
        assert found.balances == ours()
        assert found.asserted == len(CODES)
        moved = Transfer.objects.filter(step__in=["post", "settle", "reverse"])
        assert sorted(found.transactions) == sorted(moved.values_list("key", flat=True))
        transaction.set_rollback(True)


def test_bean_check_accepts_the_text_and_finds_one_fen_that_is_wrong(
    books: None, tmp_path: Path
) -> None:
    if plain.bean_check() is None:
        pytest.skip("bean-check is not installed here")
    actions.reserve_many(voucher("V1", 100_00))
    actions.settle_many([("issue/V1", 70_00), ("cap/V1", 70_00)])
    actions.reverse("issue/V1")
    path = tmp_path / "ledger.beancount"
    write_ledger("beancount", path)
    assert plain.checked(path) == ""
    Account.objects.filter(code="firm/a").update(credits_posted_fen=F("credits_posted_fen") + 1)
    write_ledger("beancount", path)
    assert "Balance failed for 'Equity:Firm:A'" in plain.checked(path)
    Account.objects.filter(code="firm/a").update(credits_posted_fen=F("credits_posted_fen") - 1)


def test_a_total_that_was_tampered_with_fails_in_the_text(books: None, tmp_path: Path) -> None:
    Account.objects.filter(code="firm/a").update(credits_posted_fen=7)
    (fault,) = plain.read(written(tmp_path)).faults
    assert fault.startswith("Equity:Firm:A: -7 is asserted, 0 is there")
    Account.objects.filter(code="firm/a").update(credits_posted_fen=0)


def test_each_transaction_says_what_it_is_about_and_what_is_set_aside_is_a_comment(
    books: None, tmp_path: Path
) -> None:
    actions.reserve(draw("v", 200_00, about="V1", kind="voucher"))
    text = written(tmp_path)
    assert '"v" Equity:Pool Equity:Firm:A 200.00 CNY "V1"' in text
    assert "v" not in plain.read(text).transactions
    actions.settle("v", 50_00)
    settled = plain.read(written(tmp_path)).transactions["v#settle"]
    assert (settled["kind"], settled["about"], settled["of"]) == ("voucher", "V1", "v")


def test_an_empty_ledger_is_an_empty_text(db: None, tmp_path: Path) -> None:
    assert plain.read(written(tmp_path)) == plain.Plain()


def test_the_workbook_has_every_account_and_transfer(books: None, tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    path = tmp_path / "ledger.xlsx"
    count = write_ledger("xlsx", path)
    sheets = CalamineWorkbook.from_path(path)
    names, moves = (sheets.get_sheet_by_name(name).to_python() for name in ("账户", "转账"))
    assert [row[0] for row in names[1:]] == sorted(row[0] for row in names[1:])
    assert len(names) - 1 == Account.objects.count()
    assert len(moves) - 1 == count == Transfer.objects.count()
    assert (moves[1][1], moves[1][5]) == ("fund", 1000)


@pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def test_an_export_shows_one_moment_while_others_book(engine: str, tmp_path: Path) -> None:
    with bare_database(engine, tmp_path) as url:
        seen = run_module("tests.ledger.moment", url, tmp_path)
    assert seen["booked_meanwhile"] == [1, 1]
    assert seen["one_moment"] == []
    assert seen["many_moments"], "the control: without it the text does not add up"
