"""A claim of which the rest was cancelled is over."""

from __future__ import annotations

from typing import Any

from dengta.core.granting import Granted
from dengta.core.shapes import Text
from dengta.funding.actions import claims_acceptance, reserving, results
from dengta.funding.actions.paid_claims import finish
from dengta.funding.actions.vouchers_redeeming import redeem
from dengta.funding.models import Claim
from dengta.funding.queries.budgets import bounds_of, scheme_of
from dengta.funding.queries.claims_amounts import Calculated
from dengta.ledger import queries as books
from dengta.trail.models import Event, Notice
from tests.cast import DAY, MOMENT, WAN, Cast
from tests.funding.clawback_cast import clawback
from tests.funding.payments_cast import answer, approved, good, instalment, payments_of, sent

FIRST, REST = 140_000, 60_000
"""What of a coupon of 2,000 yuan is paid, and what is not, in 分."""


def half_paid(cast: Cast) -> Claim:
    """A claim that draws on the firm's and the programme's year, the first part of it paid."""
    claim = approved(cast, cast.firm, "cloud-coupon", amount_fen=FIRST + REST)
    reserving.split(instalment(claim), FIRST, at=MOMENT)
    made = sent(cast, cast.city, instalments=(instalment(claim).pk,))
    (payment,) = payments_of(made)
    results.record(made, cast.city, answer(good(payment), by=cast.city), at=MOMENT)
    claim.refresh_from_db()
    assert claim.state == "approved"
    return claim


def left(claim: Claim) -> dict[str, int]:
    """What the purses and bounds of a claim still give, in 分."""
    codes = {one.debit for one in books.standings(claim.number)}
    return {code: one.left_fen or 0 for code, one in books.balances(codes).items()}


def test_a_sanction_that_cancels_the_rest_ends_the_claim_and_frees_purses_and_caps(
    cast: Cast,
) -> None:
    claim = half_paid(cast)
    scheme, uscc = scheme_of(claim.scheme), claim.organisation.uscc
    bounds, before = bounds_of(scheme, claim.year, uscc, claim.case_region), left(claim)
    assert len(bounds) == 2 and set(bounds) < set(before)
    clawback(cast, "collecting", claim, FIRST, sanction_years=1, with_interest=False)
    claim.refresh_from_db()
    assert (claim.state, instalment(claim, 2).cancelled_at is not None) == ("paid", True)
    freed = {code: fen - before[code] for code, fen in left(claim).items()}
    assert freed == dict.fromkeys(before, REST) and not books.recompute()
    event = Event.objects.get(flow="claim", step="finish")
    assert "未付的 600.00 元取消" in event.note
    assert Notice.objects.filter(event=event, user=cast.firm.actor.user_id).exists()
    assert finish(claim, Text("again", "again"), at=MOMENT) is None


def test_without_a_sanction_the_rest_is_still_to_come_and_the_claim_waits_for_it(
    cast: Cast,
) -> None:
    claim = half_paid(cast)
    clawback(cast, "collecting", claim, FIRST, with_interest=False)
    claim.refresh_from_db()
    assert (claim.state, instalment(claim, 2).cancelled_at) == ("approved", None)


def test_an_acceptance_that_leaves_nothing_to_be_paid_ends_it_too(
    cast: Cast, monkeypatch: Any
) -> None:
    claim = approved(cast, cast.firm, "pilot-advance", amount_fen=10 * WAN)
    made = sent(cast, cast.city)
    (payment,) = payments_of(made)
    results.record(made, cast.city, answer(good(payment), by=cast.city), at=MOMENT)
    claim.refresh_from_db()
    less = Calculated(0, None, Granted(6 * WAN, ()), None, None)  # less was done than planned
    monkeypatch.setattr(claims_acceptance, "calculate", lambda *given: less)
    claims_acceptance.accept(claim, cast.city, accepted_date=DAY, at=MOMENT)
    claim.refresh_from_db()
    assert claim.state == "paid" and instalment(claim, 2).cancelled_at is not None
    assert claim.calculation["final"]["over_fen"] == WAN


def test_what_is_cancelled_of_a_redemption_goes_back_to_its_voucher(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    claim = redeem(voucher, cast.firm.actor, at=MOMENT)
    whole = claim.approved_fen or 0
    Claim.objects.filter(pk=claim.pk).update(account_number="6222020001", bank_name="汉口银行")
    reserving.split(instalment(claim), FIRST, at=MOMENT)
    made = sent(cast, cast.province, instalments=(instalment(claim).pk,))
    (payment,) = payments_of(made)
    results.record(made, cast.province, answer(good(payment), by=cast.province), at=MOMENT)
    clawback(cast, "collecting", claim, FIRST, sanction_years=1, with_interest=False)
    voucher.refresh_from_db(), claim.refresh_from_db()
    assert (claim.state, voucher.state, voucher.left_fen) == ("paid", "issued", whole - FIRST)
    own = books.balance(f"voucher/{voucher.number}")
    assert own is not None and own.left_fen == voucher.left_fen and not books.recompute()
