"""A voucher set off against a bill goes through review, and is drawn on once it is approved."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from dengta.funding.actions import claims, claims_filling, claims_submitting
from dengta.funding.actions.vouchers_redeeming import reverse_redemption, start_redemption
from dengta.funding.models import Claim, Filing, Voucher
from dengta.funding.queries.vouchers import by_redemption_code, redemption_code
from dengta.trail.actions import NotAllowed, StepRefused
from dengta.trail.models import Notice
from tests.cast import Cast
from tests.funding.claims_cast import line, paper
from tests.funding.conftest import money
from tests.funding.rush_cast import FACE, NINE, announced, take


@pytest.fixture
def bill(cast: Cast) -> Claim:
    """The supplier's claim for a coupon's whole face, with its bill of twice as much."""
    voucher = take(announced(cast), cast.firm).voucher
    assert voucher is not None
    claim = start_redemption(voucher, cast.supplier.actor, FACE, key="a", at=NINE)
    supplier = cast.supplier.actor
    fields = {
        "contract_number": "HT-1", "list_fen": 2 * FACE, "account_number": "622202",
        "bank_name": "湖北银行",
    }  # fmt: skip
    day = NINE.date()
    costs = [line(2 * FACE, cost_class="cloud", invoice_date=day)]
    claims_filling.save(claim, supplier, fields, lines=costs)
    for need in ("contract", "invoice", "payment"):
        claims_filling.attach(claim, supplier, need, paper(need), at=NINE)
    return claim


def test_it_is_checked_and_decided_and_the_supplier_is_owed(cast: Cast, bill: Claim) -> None:
    claims_submitting.submit(bill, cast.supplier.actor, agreed_by="李经理", at=NINE)
    assert (bill.state, bill.computed_fen) == ("county_check", FACE)
    claims.take(bill, "pass", cast.county, at=NINE)
    claims.approve(bill, cast.city, at=NINE)
    voucher = Voucher.objects.get()
    assert (voucher.state, voucher.redeemed_fen) == ("redeemed", FACE)
    assert money(cast.supplier.organisation).owed_pending == FACE
    (only,) = bill.instalments.all()
    assert only.amount_fen == FACE and only.ready_at is not None
    reverse_redemption(bill, cast.province, note="退订服务", at=NINE)
    assert not Filing.objects.get(flow="claim").entries.filter(released_at=None).exists()


def test_the_supplier_finds_what_it_began_and_the_firm_is_told_of_it(
    cast: Cast, bill: Claim, client: Client
) -> None:
    told = Notice.objects.filter(user=cast.firm.actor.user_id, event__flow="claim").get()
    assert "要用您的服务券抵扣" in told.subject["zh"]
    client.force_login(cast.user(cast.supplier.actor), "django.contrib.auth.backends.ModelBackend")
    assert bill.number in client.get(reverse("claims")).content.decode()
    assert client.get(reverse("claim_edit", args=[bill.pk])).status_code == 200


def test_what_does_not_count_of_the_bill_is_not_set_off(cast: Cast, bill: Claim) -> None:
    costs = [line(2 * FACE, cost_class="other", invoice_date=NINE.date())]
    claims_filling.save(bill, cast.supplier.actor, {}, lines=costs)
    with pytest.raises(StepRefused, match="没有可补的金额"):
        claims_submitting.submit(bill, cast.supplier.actor, agreed_by="李经理", at=NINE)


def test_nobody_else_may_hand_it_in(cast: Cast, bill: Claim) -> None:
    with pytest.raises(NotAllowed):
        claims_submitting.submit(bill, cast.rival.actor, agreed_by="李经理", at=NINE)


def test_a_supplier_needs_the_code_that_the_holder_says_and_not_a_number_to_guess(
    bill: Claim,
) -> None:
    voucher = bill.voucher
    assert voucher is not None
    code = redemption_code(voucher)
    assert by_redemption_code(f" {code.lower()} ") == voucher
    wrong = "0" if code[-1] != "0" else "1"
    for guessed in (voucher.number, f"{code[:-1]}{wrong}", "YQ2026-999999-00000000", ""):
        assert by_redemption_code(guessed) is None, guessed
