from __future__ import annotations

import pytest

from dengta.accounts.queries import Actor
from dengta.funding.actions.finance import (
    Asked,
    authorise,
    request_loan,
    resubmit,
    review,
    revoke_authorisation,
)
from dengta.funding.models import LoanRequest, WhiteListRow
from dengta.funding.queries.finance import (
    fitting as decided,
)
from dengta.funding.queries.finance import (
    pledged_elsewhere,
    request_for,
    request_list,
    request_queue,
)
from dengta.registry.actions import state_facts
from dengta.rights.models import Grant
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.queries import clock
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.financing import (
    ASKED,
    BANK,
    OTHER_BANK,
    PRODUCT,
    built,
    fitting,
    recommended,
    requested,
    scope,
)  # fmt: skip


def test_a_request_comes_with_its_authorisation_and_waits_for_the_county(cast: Cast) -> None:
    request = requested(cast.firm)
    grant = Grant.objects.get()
    assert (request.state, request.asked_fen) == ("county_review", 300 * WAN)
    assert (grant.recipient, grant.purpose) == (BANK, f"loan/{PRODUCT}")
    assert set(grant.scope) == set(scope())
    assert grant.until_date == DAY.replace(year=2027)
    assert request.verdict["eligible"] == "yes"
    running = clock(request, MOMENT)
    assert running is not None and (running.owner, running.left) == ("county", 10)


def test_the_same_request_twice_is_one(cast: Cast) -> None:
    first = requested(cast.firm)
    again, new = request_loan(
        cast.firm.actor, PRODUCT, BANK, ASKED, scope=scope(), months=12, at=MOMENT
    )
    assert (again, new, Grant.objects.count()) == (first, False, 1)
    with pytest.raises(StepRefused, match=first.number):
        requested(cast.firm, asked=Asked(1, "别的"))


def test_a_firm_that_does_not_fit_is_told_the_condition_and_nothing_is_released(
    cast: Cast,
) -> None:
    state_facts(cast.giant.actor, {"abnormal_listed": False, "serious_violation": False})
    for firm, condition in ((cast.giant, "中型、小型或微型企业"), (cast.firm, "经营异常")):
        with pytest.raises(StepRefused, match=condition):
            request_loan(firm.actor, PRODUCT, BANK, ASKED, scope=scope(), months=12, at=MOMENT)
    assert not Grant.objects.exists() and not LoanRequest.objects.exists()
    assert decided(cast.firm.organisation, DAY)[PRODUCT].outcome == "unknown"


def test_without_an_authorisation_there_is_no_request(cast: Cast) -> None:
    with pytest.raises(StepRefused, match="先授权"):
        request_loan(fitting(cast.firm).actor, PRODUCT, BANK, ASKED, at=MOMENT)
    authorise(cast.firm.actor, PRODUCT, BANK, scope=scope(), months=3, at=MOMENT)
    assert request_loan(cast.firm.actor, PRODUCT, BANK, ASKED, at=MOMENT)[1]


@pytest.mark.parametrize("wrong", [
    {"product": "nothing"}, {"product": "digital_economy_fund"}, {"bank": "nobody"},
    {"asked": Asked(1_001 * WAN, "太多")}, {"months": 13}, {"months": 0},
    {"scope": ("revenue_fen",)}, {"scope": ("uscc", "purpose")},
])  # fmt: skip
def test_what_the_product_does_not_offer_is_refused(cast: Cast, wrong: dict[str, object]) -> None:
    with pytest.raises(StepRefused):
        requested(cast.firm, **wrong)
    assert not Grant.objects.exists()


def test_only_a_firm_asks(cast: Cast) -> None:
    for who in (cast.supplier.actor, cast.county):
        with pytest.raises(NotAllowed):
            request_loan(who, PRODUCT, BANK, ASKED, scope=scope(), months=12)


def test_county_and_city_each_take_their_own_step_once(cast: Cast) -> None:
    request = requested(cast.firm)
    for who in (cast.next_county, cast.city, cast.firm.actor):
        with pytest.raises(NotAllowed):
            review(request, "pass", who)
    stale = LoanRequest.objects.get()
    review(request, "pass", cast.county, at=MOMENT)
    with pytest.raises(Moved):
        review(stale, "pass", cast.county)
    review(request, "recommend", cast.city, at=MOMENT)
    assert request.state == "recommended"
    with pytest.raises(ValueError, match="action of its own"):
        review(request, "list", cast.province)


def test_a_division_without_counties_does_both(cast: Cast) -> None:
    request = requested(cast.remote)
    assert list(request_queue(cast.remote_office)) == [request]
    review(request, "pass", cast.remote_office, at=MOMENT)
    review(request, "recommend", cast.remote_office, at=MOMENT)
    assert request.state == "recommended"


def test_what_is_returned_needs_a_reason_and_comes_back_mended(cast: Cast) -> None:
    request = requested(cast.firm)
    with pytest.raises(StepRefused, match="理由"):
        review(request, "return", cast.county)
    review(request, "return", cast.county, note="请写明用途。", at=MOMENT)
    with pytest.raises(StepRefused, match="范围"):
        resubmit(request, cast.firm.actor, Asked(2_000 * WAN, "设备"), at=MOMENT)
    resubmit(request, cast.firm.actor, Asked(200 * WAN, "设备"), at=MOMENT)
    assert (request.state, request.asked_fen, request.use) == (
        "county_review", 200 * WAN, "设备",
    )  # fmt: skip


def test_an_office_sees_its_territory_and_a_firm_its_own(cast: Cast) -> None:
    request = requested(cast.firm)
    offices: list[tuple[Actor, bool]] = [
        (cast.county, True), (cast.city, True), (cast.province, True),
        (cast.next_county, False), (cast.next_city, False),
    ]  # fmt: skip
    assert [request in request_list(who) for who, _ in offices] == [sees for _, sees in offices]
    assert request_for(cast.firm.actor, request.pk) == request
    with pytest.raises(LoanRequest.DoesNotExist):
        request_for(cast.rival.actor, request.pk)


def test_revoking_drops_the_firm_from_a_list_that_is_not_pushed(cast: Cast) -> None:
    recommended(cast, cast.firm)
    recommended(cast, cast.rival)
    listed = built(cast)
    assert listed.rows.count() == 2
    grant = Grant.objects.get(organisation=cast.firm.organisation)
    assert revoke_authorisation(cast.firm.actor, grant.pk, at=MOMENT + ONE_DAY)
    assert not revoke_authorisation(cast.firm.actor, grant.pk)
    assert [row.request.organisation for row in listed.rows.all()] == [cast.rival.organisation]


def test_withdrawing_drops_the_firm_from_a_list_that_is_not_pushed(cast: Cast) -> None:
    request = recommended(cast, cast.firm)
    built(cast)
    review(request, "withdraw", cast.firm.actor, at=MOMENT)
    assert not WhiteListRow.objects.exists()


def test_the_same_contract_at_two_banks_is_pointed_out(cast: Cast) -> None:
    here = requested(cast.firm)
    there = requested(cast.firm, bank=OTHER_BANK, asked=Asked(WAN, "再贷", "ht 2026—01"))
    other_firm = requested(cast.rival, bank=OTHER_BANK)
    unnamed = requested(cast.firm, bank="ccb-hubei", asked=Asked(WAN, "流动资金"))
    found = pledged_elsewhere([here, there, other_firm, unnamed])
    assert [one.number for one in found[here.pk]] == [there.number]
    assert [one.bank_name for one in found[there.pk]] == ["湖北银行"]
    assert found[other_firm.pk] == found[unnamed.pk] == []
    review(there, "withdraw", cast.firm.actor)
    assert pledged_elsewhere([here]) == {here.pk: []}


def test_an_authorisation_of_somebody_else_cannot_be_revoked(cast: Cast) -> None:
    requested(cast.firm)
    with pytest.raises(Grant.DoesNotExist):
        revoke_authorisation(cast.rival.actor, Grant.objects.get().pk)
