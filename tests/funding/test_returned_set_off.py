"""A claim on a voucher about its last day: handed in on it, sent back after it, mended in time or
too late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from dengta.core.wording import said_day
from dengta.core.workdays import add_workdays
from dengta.funding.actions import claims, claims_filling, claims_submitting
from dengta.funding.actions.vouchers_redeeming import expire_due, start_redemption
from dengta.funding.models import Claim, Voucher
from dengta.funding.queries.claims import mend_until
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from tests.cast import ONE_DAY, Cast
from tests.funding.claims_cast import line, paper
from tests.funding.conftest import money
from tests.funding.rush_cast import FACE, NINE, announced, take

DAYS = policy().practised("claim_return_workdays", NINE.date())


@pytest.fixture
def bill(cast: Cast) -> Claim:
    """The supplier's claim for a coupon's whole face, filled in and not handed in."""
    voucher = take(announced(cast), cast.firm).voucher
    assert voucher is not None
    supplier = cast.supplier.actor
    claim = start_redemption(voucher, supplier, FACE, key="a", at=NINE)
    fields = {
        "contract_number": "HT-1", "list_fen": 2 * FACE, "account_number": "622202",
        "bank_name": "湖北银行",
    }  # fmt: skip
    costs = [line(2 * FACE, cost_class="cloud", invoice_date=NINE.date())]
    claims_filling.save(claim, supplier, fields, lines=costs)
    for need in ("contract", "invoice", "payment"):
        claims_filling.attach(claim, supplier, need, paper(need), at=NINE)
    return Claim.objects.select_related("voucher").get(pk=claim.pk)


@pytest.fixture
def hand_in(cast: Cast) -> Callable[[Claim, dt.datetime], object]:
    """The supplier hands its claim in."""
    return lambda claim, at: claims_submitting.submit(
        claim, cast.supplier.actor, agreed_by="李经理", at=at
    )


def last_day(claim: Claim) -> dt.datetime:
    """Nine o'clock of the last day of a claim's voucher."""
    assert claim.voucher is not None and claim.voucher.expires_date is not None
    return NINE + (claim.voucher.expires_date - NINE.date())


def test_it_is_handed_in_on_the_last_day_and_decided_afterwards(
    cast: Cast, bill: Claim, hand_in: Callable[[Claim, dt.datetime], object]
) -> None:
    last = last_day(bill)
    hand_in(bill, last)
    assert expire_due(last.date() + 40 * ONE_DAY) == 0
    claims.take(bill, "pass", cast.county, at=last + 40 * ONE_DAY)
    claims.approve(bill, cast.city, at=last + 40 * ONE_DAY)
    assert Voucher.objects.get().state == "redeemed"
    assert money(cast.supplier.organisation).owed_pending == FACE


def test_the_day_after_a_draft_is_told_that_its_voucher_is_over(
    cast: Cast, bill: Claim, hand_in: Callable[[Claim, dt.datetime], object]
) -> None:
    with pytest.raises(StepRefused, match="不能核销，额度已退回"):
        hand_in(bill, last_day(bill) + ONE_DAY)
    assert expire_due(last_day(bill).date() + ONE_DAY) == 1


def test_sent_back_it_keeps_the_voucher_for_the_days_of_the_return_and_no_longer(
    cast: Cast, bill: Claim, hand_in: Callable[[Claim, dt.datetime], object]
) -> None:
    last = last_day(bill)
    hand_in(bill, last)
    claims.take(bill, "return", cast.county, note="请补发票", at=last)
    until = mend_until(bill)
    assert until == add_workdays(last.date(), DAYS) > last.date()
    assert expire_due(until) == 0
    after = last + (until - last.date()) + ONE_DAY
    assert expire_due(after.date()) == 1
    assert Voucher.objects.get().state == "expired"
    with pytest.raises(StepRefused, match=f"补正的期限也已于 {said_day(until).zh} 届满"):
        hand_in(Claim.objects.get(pk=bill.pk), after)
    client = Client()
    client.force_login(cast.user(cast.supplier.actor), "django.contrib.auth.backends.ModelBackend")
    Voucher.objects.update(expires_date=NINE.date() - ONE_DAY)  # pages know today alone
    for page in ("claim_edit", "claim"):
        shown = client.get(reverse(page, args=[bill.pk])).content.decode()
        assert "额度已退回资金池" in shown, page
    claims_submitting.withdraw(Claim.objects.get(pk=bill.pk), cast.firm.actor, at=after)


def test_mended_in_time_it_is_decided_though_the_voucher_is_past_its_day(
    cast: Cast, bill: Claim, hand_in: Callable[[Claim, dt.datetime], object]
) -> None:
    last = last_day(bill)
    hand_in(bill, last)
    claims.take(bill, "return", cast.county, note="请补发票", at=last)
    in_time = last + (mend_until(bill) - last.date())
    assert expire_due(in_time.date()) == 0
    hand_in(bill, in_time)
    claims.take(bill, "pass", cast.county, at=in_time)
    claims.approve(bill, cast.city, at=in_time)
    assert Voucher.objects.get().state == "redeemed"
