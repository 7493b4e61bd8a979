from __future__ import annotations

import pytest

from dengta.ledger import actions, queries
from dengta.ledger.actions import AccountDiffers

pytestmark = pytest.mark.django_db


def test_a_new_account_stands_at_zero() -> None:
    actions.open_account("pool/2026", "2026 年资金池", "credits")
    found = queries.balance("pool/2026")
    assert found is not None
    assert (found.name, found.guard, found.left_fen) == ("2026 年资金池", "credits", 0)


def test_opening_an_account_twice_leaves_it_as_it_is() -> None:
    actions.open_account("pool", "资金池", "credits")
    actions.open_account("pool", "另一个名称", "credits")
    found = queries.balance("pool")
    assert found is not None and found.name == "资金池"


def test_an_open_account_does_not_change_its_guard() -> None:
    actions.open_accounts({"a": "甲", "b": "乙"})
    with pytest.raises(AccountDiffers) as refused:
        actions.open_accounts({"b": "乙", "c": "丙"}, "credits")
    assert refused.value.code == "b"
    assert queries.balance("c") is None, "all of a call or nothing"


def test_opening_no_account_is_nothing() -> None:
    actions.open_accounts({})
