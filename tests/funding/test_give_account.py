"""An approved claim without an account is completed by its payee, once, and can be paid then."""

from __future__ import annotations

import pytest

from dengta.funding.actions.payments import give_account
from dengta.funding.models import Claim
from dengta.trail.actions import StepRefused
from tests.cast import Cast
from tests.funding.claims_cast import approved_claim
from tests.funding.test_claim_pages import signed_in

RIGHT = {"account_number": "6222 0200 0000 0001", "bank_name": "建设银行武汉光谷支行"}


@pytest.fixture
def bare(cast: Cast) -> Claim:
    """An approved claim whose payee never gave an account."""
    claim = approved_claim(cast)
    Claim.objects.filter(pk=claim.pk).update(account_number="", bank_name="")
    claim.refresh_from_db()
    return claim


def test_the_payee_gives_it_on_the_page_and_a_wrong_one_is_named(cast: Cast, bare: Claim) -> None:
    client, page = signed_in(cast, cast.firm.actor), f"/enterprise/claims/{bare.pk}/"
    assert "补齐收款账户" in client.get(page).content.decode()
    wrong = client.post(f"{page}account/", RIGHT | {"account_number": "12a"})
    assert wrong.status_code == 422 and "应为 8 至 32 位数字" in wrong.content.decode()
    assert client.post(f"{page}account/", RIGHT).status_code == 302
    bare.refresh_from_db()
    assert (bare.account_name, bare.account_number, bare.bank_name) == (
        cast.firm.organisation.name, "6222020000000001", RIGHT["bank_name"],
    )  # fmt: skip
    assert "补齐收款账户" not in client.get(page).content.decode()
    again = client.post(f"{page}account/", RIGHT | {"account_number": "99999999"})
    assert again.status_code == 422 and "已经齐全" in again.content.decode()


def test_nobody_else_gives_it_and_it_is_given_once(cast: Cast, bare: Claim) -> None:
    with pytest.raises(Claim.DoesNotExist):
        give_account(bare, cast.rival.actor, **RIGHT)
    give_account(bare, cast.firm.actor, **RIGHT)
    with pytest.raises(StepRefused, match="已经齐全"):
        give_account(bare, cast.firm.actor, **RIGHT)
