"""No loan and no fund for whoever is under a sanction."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dengta.funding.actions.finance import Asked, resubmit, review
from dengta.funding.actions.finance_fund import Project, register_project
from dengta.funding.models import FundProject, LoanRequest
from dengta.registry.models import Sanction
from dengta.rights.models import Grant
from dengta.trail.actions import StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast, Firm
from tests.funding.financing import built, recommended, requested

PROJECT = Project("扩产", "新建产线", "省数字经济基金管理公司", 3_000 * WAN)


def bar(firm: Firm) -> Sanction:
    """Put a firm under a sanction that ends tomorrow."""
    return Sanction.objects.create(
        organisation=firm.organisation, grounds="虚报冒领", document_number="鄂经信罚〔2026〕1号",
        from_date=DAY, until_date=DAY + ONE_DAY, source="clawback", source_id=1, at=MOMENT,
    )  # fmt: skip


def refused(act: Callable[[], object]) -> None:
    """It is refused with the document of the sanction."""
    with pytest.raises(StepRefused, match="鄂经信罚〔2026〕1号"):
        act()


def test_it_can_ask_for_no_loan_until_the_sanction_has_ended(cast: Cast) -> None:
    bar(cast.firm)
    refused(lambda: requested(cast.firm))
    assert not LoanRequest.objects.exists() and not Grant.objects.exists()
    assert requested(cast.rival).state == "county_review"
    assert requested(cast.firm, at=MOMENT + 2 * ONE_DAY).state == "county_review"


def test_a_request_that_was_sent_back_is_not_handed_in_again(cast: Cast) -> None:
    request = requested(cast.firm)
    review(request, "return", cast.county, note="请写明用途。", at=MOMENT)
    bar(cast.firm)
    refused(lambda: resubmit(request, cast.firm.actor, Asked(WAN, "设备"), at=MOMENT))
    request.refresh_from_db()
    assert request.state == "returned"


def test_it_stands_on_no_list_that_goes_to_a_bank(cast: Cast) -> None:
    recommended(cast, cast.firm), recommended(cast, cast.rival)
    held = bar(cast.firm)
    made = built(cast)
    assert [row.request.organisation for row in made.rows.all()] == [cast.rival.organisation]
    held.delete()


def test_no_project_of_it_goes_to_a_fund(cast: Cast) -> None:
    bar(cast.firm)
    code = cast.firm.organisation.uscc
    refused(lambda: register_project(cast.city, "digital_economy_fund", code, PROJECT, at=MOMENT))
    assert not FundProject.objects.exists()
