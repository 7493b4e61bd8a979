"""A claim whose payment the bank sent back, and that nobody will be paid, is taken back."""

from __future__ import annotations

import pytest

from dengta.funding.actions import claims_acceptance, results
from dengta.funding.actions.late_returns import record_return
from dengta.funding.actions.vouchers_redeeming import redeem, reverse_redemption
from dengta.funding.models import Claim, Payment
from dengta.ledger import queries as books
from dengta.trail.actions import StepRefused
from tests.cast import MOMENT, WAN, Cast
from tests.funding.payments_cast import (
    answer,
    approved,
    bad,
    good,
    instalment,
    payments_of,
    sent,
)


def answered(cast: Cast, claim: Claim, *, paid: bool = False) -> Payment:
    """The payment of a claim that the bank sent back, or paid."""
    made = sent(cast, instalments=(instalment(claim).pk,))
    (payment,) = payments_of(made)
    row = good(payment) if paid else bad(payment, "账户已销户")
    results.record(made, cast.province, answer(row, by=cast.province), at=MOMENT)
    claim.refresh_from_db(), payment.refresh_from_db()
    return payment


def owed(claim: Claim) -> int:
    """What the books owe to its payee, in 分."""
    found = books.balance(f"payable/{claim.payee.uscc}")
    assert found is not None
    return found.credits_posted_fen - found.debits_posted_fen


@pytest.mark.parametrize("late", [False, True])
def test_what_bounced_for_good_goes_back_to_its_purse_and_nothing_is_owed(
    cast: Cast, late: bool
) -> None:
    claim = approved(cast, cast.firm)
    pool = books.balance("pool/scenario-2026")
    payment = answered(cast, claim, paid=late)
    if late:
        with pytest.raises(StepRefused):
            claims_acceptance.reverse(claim, cast.province, note="企业注销", at=MOMENT)
        record_return(payment, cast.province, slip="TH001", reason="账户已销户", at=MOMENT)
        claim.refresh_from_db()
    claims_acceptance.reverse(claim, cast.province, note="企业已注销，无法付款", at=MOMENT)
    after = books.balance("pool/scenario-2026")
    assert claim.state == "reversed" and owed(claim) == 0 and not books.recompute()
    assert pool is not None and after is not None
    assert (after.left_fen or 0) - (pool.left_fen or 0) == 50 * WAN
    assert instalment(claim).cancelled_at == MOMENT


def test_a_redemption_that_bounced_for_good_is_on_its_voucher_again(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    claim = redeem(voucher, cast.firm.actor, at=MOMENT)
    whole = claim.approved_fen
    Claim.objects.filter(pk=claim.pk).update(account_number="6222020001", bank_name="汉口银行")
    answered(cast, claim)
    reverse_redemption(claim, cast.province, note="账户已销户，企业不再领取", at=MOMENT)
    voucher.refresh_from_db()
    assert (claim.state, voucher.state, voucher.left_fen) == ("reversed", "issued", whole)
    assert owed(claim) == 0 and not books.recompute()
