"""验收: an advance becomes final by what was reached and really paid."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from dengta.funding.actions import claims, claims_acceptance, claims_filling, claims_submitting
from dengta.funding.models import Claim
from dengta.funding.queries import budgets
from dengta.ledger import queries as books
from dengta.registry.queries import policy
from dengta.trail.actions import NotAllowed, StepRefused
from tests.cast import DAY, MOMENT, WAN, Cast
from tests.funding import claims_cast
from tests.funding.conftest import money

FUND = "pool/pilot-advance-2026"


@pytest.fixture
def advance(cast: Cast, monkeypatch: Any) -> Claim:
    """A claim by the advance scheme (taken as in force): 30 % of 1,000,000 yuan planned, seven
    tenths at once, three once accepted; shared by province, city and county."""
    schemes = tuple(replace(one, sample=False) for one in policy().schemes)
    changed = replace(policy(), schemes=schemes)
    monkeypatch.setattr(budgets, "policy", lambda: changed)
    for level, region in (("province", ""), ("city", "420100"), ("county", "420102")):
        claims_cast.budget(
            "pilot_advance", level=level, region=region, part="all", fen=100 * WAN
        )  # fmt: skip
    firm = claims_cast.pilot(cast, cast.firm)
    claim = claims_filling.begin_claim(firm.actor, "pilot-advance", at=MOMENT)
    planned = claims_cast.line(100 * WAN, invoice_number="")
    fields = {
        "title": "产线改造", "supplier": cast.supplier.organisation, "contract_number": "YF-1",
        "list_fen": 100 * WAN, "account_number": "622202", "bank_name": "湖北银行",
        "facts": {"diagnosis_done": True, "digital_project_filed": True,
                  "abnormal_listed": False, "serious_violation": False},
    }  # fmt: skip
    claims_filling.save(claim, firm.actor, fields, lines=[planned], flows=[])
    claims_filling.attach(claim, firm.actor, "contract", claims_cast.paper("合同"), at=MOMENT)
    claims_submitting.submit(claim, firm.actor, agreed_by="王厂长", at=MOMENT)
    claims.take(claim, "pass", cast.county, at=MOMENT)
    claims.approve(claim, cast.city, at=MOMENT)
    return claim


def parts(claim: Claim) -> list[tuple[int, bool, bool]]:
    """Of each instalment its amount, whether it may be paid, and whether it was cancelled."""
    return [
        (one.amount_fen, one.ready_at is not None, one.cancelled_at is not None)
        for one in claim.instalments.order_by("ordinal")
    ]


def proved(cast: Cast, claim: Claim, fen: int) -> None:
    """The firm hands in what it really spent and paid."""
    claims_acceptance.supplement(
        claim, cast.firm.actor, lines=[claims_cast.line(fen)], flows=[claims_cast.flow(fen)],
        at=MOMENT,
    )  # fmt: skip


def accept(cast: Cast, claim: Claim, **different: Any) -> None:
    """The county records the acceptance."""
    given: dict[str, Any] = {"accepted_date": DAY, "at": MOMENT}
    claims_acceptance.accept(claim, cast.county, **(given | different))


def test_seven_tenths_may_be_paid_at_once_and_three_wait(cast: Cast, advance: Claim) -> None:
    assert advance.approved_fen == 30 * WAN
    assert parts(advance) == [(21 * WAN, True, False), (9 * WAN, False, False)]
    assert money(cast.firm.organisation).owed_pending == 30 * WAN


def test_acceptance_as_planned_makes_the_rest_ready(cast: Cast, advance: Claim) -> None:
    proved(cast, advance, 100 * WAN)
    accept(cast, advance)
    assert parts(advance) == [(21 * WAN, True, False), (9 * WAN, True, False)]
    with pytest.raises(NotAllowed):
        accept(cast, advance)


def test_less_spent_makes_the_last_instalment_less_and_gives_money_back(
    cast: Cast, advance: Claim
) -> None:
    proved(cast, advance, 80 * WAN)
    accept(cast, advance)
    assert (advance.approved_fen, advance.computed_fen) == (24 * WAN, 24 * WAN)
    assert parts(advance) == [(21 * WAN, True, False), (3 * WAN, True, False)]
    assert money(cast.firm.organisation).owed_pending == 24 * WAN
    halves = books.balance(FUND)
    assert halves is not None and halves.left_fen == 100 * WAN - 12 * WAN
    assert advance.calculation["final"] == {
        "before_fen": 30 * WAN, "final_fen": 24 * WAN, "over_fen": 0,
    }  # fmt: skip


def test_much_less_cancels_the_last_instalment_and_lowers_the_first(
    cast: Cast, advance: Claim
) -> None:
    proved(cast, advance, 50 * WAN)
    accept(cast, advance)
    assert parts(advance) == [(15 * WAN, True, False), (9 * WAN, False, True)]
    assert money(cast.firm.organisation).owed_pending == advance.approved_fen == 15 * WAN


def test_public_money_ends_at_what_the_firm_really_paid(cast: Cast, advance: Claim) -> None:
    claims_acceptance.supplement(
        advance, cast.firm.actor, lines=[claims_cast.line(100 * WAN)],
        flows=[claims_cast.flow(5 * WAN)], at=MOMENT,
    )  # fmt: skip
    accept(cast, advance)
    assert advance.approved_fen == 5 * WAN
    assert advance.calculation["now"]["split"]["public_fen"] == 5 * WAN


def test_nothing_reached_is_reversed_and_all_money_returns(cast: Cast, advance: Claim) -> None:
    claims_acceptance.supplement(
        advance, cast.firm.actor, lines=[claims_cast.line(WAN, cost_class="machine")],
        flows=[claims_cast.flow(WAN)], at=MOMENT,
    )  # fmt: skip
    with pytest.raises(StepRefused, match="没有可补的金额"):
        accept(cast, advance)
    assert advance.accepted_date is None
    claims_acceptance.reverse(advance, cast.city, note="改造没有完成", at=MOMENT)
    assert advance.state == "reversed"
    assert money(cast.firm.organisation).owed_pending == 0


def test_acceptance_lies_not_ahead_nor_before_the_work_was_finished(
    cast: Cast, advance: Claim
) -> None:
    with pytest.raises(StepRefused, match="还没有到"):
        accept(cast, advance, accepted_date=DAY + dt.timedelta(days=1))
    advance.finished_date = DAY - dt.timedelta(days=3)
    advance.save()
    with pytest.raises(StepRefused, match="早于完工日期"):
        accept(cast, advance, accepted_date=DAY - dt.timedelta(days=4))
