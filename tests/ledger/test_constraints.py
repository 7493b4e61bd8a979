"""What the database refuses by itself, whoever writes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import F

from dengta.ledger import actions
from dengta.ledger.models import Account, Transfer
from tests.ledger.conftest import CAP_FEN, POOL_FEN, draw


def refused(name: str, write: object) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        write()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("code", "change", "name"),
    [
        ("pool", {"debits_posted_fen": POOL_FEN + 1}, "ledger_guard_holds"),
        ("pool", {"debits_pending_fen": POOL_FEN + 1}, "ledger_guard_holds"),
        ("room/b", {"credits_pending_fen": CAP_FEN + 1}, "ledger_guard_holds"),
        ("room/b", {"debits_posted_fen": 0, "credits_posted_fen": 1}, "ledger_guard_holds"),
        ("firm/a", {"credits_posted_fen": F("credits_posted_fen") - 1}, "ledger_totals_not_neg"),
        ("firm/a", {"credits_pending_fen": -1}, "ledger_totals_not_negative"),
        ("firm/a", {"guard": "often"}, "ledger_account_is_named"),
        ("firm/a", {"code": ""}, "ledger_account_is_named"),
    ],
)
def test_an_account_cannot_be_written_wrong(
    books: None, code: str, change: dict[str, object], name: str
) -> None:
    refused(name, lambda: Account.objects.filter(code=code).update(**change))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"amount_fen": 0}, "ledger_moves_something"),
        ({"key": ""}, "ledger_moves_something"),
        ({"step": "settle"}, "ledger_step_names_its_origin"),
        ({"step": "vanish"}, "ledger_step_names_its_origin"),
    ],
)
def test_a_transfer_cannot_be_written_wrong(
    books: None, change: dict[str, object], name: str
) -> None:
    refused(name, lambda: Transfer.objects.create(**{**_right(), **change}))


def test_a_transfer_needs_two_accounts(books: None) -> None:
    same = {**_right(), "credit": Account.objects.get(code="pool")}
    refused("ledger_between_two_accounts", lambda: Transfer.objects.create(**same))


def test_a_key_cannot_be_written_twice(books: None) -> None:
    actions.post(draw("one", 1))
    refused("key", lambda: Transfer.objects.create(**_right()))


def test_a_second_resolution_cannot_be_written(held: str) -> None:
    actions.settle(held)
    origin = Transfer.objects.get(key=held)
    second = {**_right(), "step": "release", "of": origin}
    refused("of_id|ledger_resolved_once", lambda: Transfer.objects.create(**second))


def test_an_account_with_transfers_cannot_be_deleted(books: None) -> None:
    with pytest.raises(models.ProtectedError):
        Account.objects.filter(code="pool").delete()


def _right() -> dict[str, object]:
    return {
        "key": "one",
        "step": "post",
        "debit": Account.objects.get(code="pool"),
        "credit": Account.objects.get(code="firm/a"),
        "amount_fen": 1,
        "booked_at": dt.datetime(2026, 4, 1, tzinfo=dt.UTC),
    }
