"""The nightly proof: what was found is kept, and said."""

from __future__ import annotations

import pytest
from django.db.models import F

from dengta import platform
from dengta.ledger import queries
from dengta.ledger.actions import reconciling, reserve_many
from dengta.ledger.actions.reconciling import reconcile
from dengta.ledger.models import Account, Reconciliation
from tests.ledger.conftest import voucher


@pytest.fixture
def tampered(books: None) -> object:
    """Somebody has changed a total behind the ledger's back; put right afterwards."""
    wrong = Account.objects.filter(code="firm/a")
    wrong.update(credits_posted_fen=F("credits_posted_fen") + 7)
    yield wrong
    wrong.update(credits_posted_fen=F("credits_posted_fen") - 7)


def test_books_that_are_right_are_said_to_be_so(books: None) -> None:
    reserve_many(voucher("V1", 100_00))
    kept = reconcile()
    assert (kept.transfers, kept.accounts, kept.differences) == (5, 7, [])
    assert kept.right
    assert queries.last_reconciliation() == kept


def test_each_difference_is_kept_with_its_account(tampered: object) -> None:
    kept = reconcile()
    assert kept.difference_count == 1 and not kept.right
    assert kept.differences == [
        {
            "code": "firm/a", "total": "credits_posted_fen", "stored_fen": 7, "recomputed_fen": 0,
        },
    ]  # fmt: skip
    assert Account.objects.get(code="firm/a").credits_posted_fen == 7, "nothing is mended"


def test_old_results_go_unless_something_differed(
    books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "KEPT", 3)
    Account.objects.filter(code="firm/a").update(credits_posted_fen=7)
    wrong = reconcile()
    Account.objects.filter(code="firm/a").update(credits_posted_fen=0)
    right = [reconcile() for _ in range(5)]
    kept = Reconciliation.objects.order_by("id").values_list("pk", flat=True)
    assert list(kept) == [wrong.pk, *(one.pk for one in right[2:])]


def test_the_nightly_command_keeps_the_result_and_fails_on_a_difference(
    tampered: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert platform.run("tick", []) == 1
    assert "firm/a credits_posted_fen: 7 ≠ 0" in capsys.readouterr().err
    assert Reconciliation.objects.get().difference_count == 1
