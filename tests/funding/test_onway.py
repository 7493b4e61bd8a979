"""What waits, with whom and for how long; the funnel, what expires, and the forecast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from dengta.core.forecasting import LEAST
from dengta.core.workdays import add_workdays, workdays_between
from dengta.funding.actions import claims, results
from dengta.funding.queries import onway, onway_forecast, onway_funnel
from dengta.funding.queries.onway import Asked
from dengta.funding.queries.onway_cases import money_clock
from dengta.registry.queries import policy
from tests.cast import DAY, MOMENT, WAN, Cast
from tests.funding import payments_cast
from tests.funding.claims_cast import checked_claim, submitted_claim
from tests.funding.onway_cast import claimed, drawn, issued, midday

PROMISE = policy().practised("payment_workdays", DAY)
CHECK = policy().practised("claim_check_workdays", DAY)
REVIEW = policy().practised("claim_review_workdays", DAY)


def ago(workdays: int, day: dt.date = DAY) -> dt.date:
    """A day since which so many working days have passed."""
    start = day
    while workdays_between(start, day) < workdays:
        start -= dt.timedelta(days=1)
    return start


def ahead(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


# ---------------------------------------------------------------- who has what


def test_offices_are_seen_with_what_they_have_and_how_late_they_are(cast: Cast) -> None:
    firm, rival = cast.firm.organisation, cast.rival.organisation
    claimed(firm, "county_check", ago(CHECK), fen=WAN)
    claimed(firm, "county_check", ago(CHECK + 1), fen=2 * WAN)
    claimed(rival, "city_review", ago(3), fen=4 * WAN)
    claimed(firm, "approved", ago(PROMISE + 40), ready=ago(PROMISE + 2), fen=8 * WAN)
    found = onway.offices(onway.waiting(cast.province, Asked(), DAY))
    assert [(one.role, one.region, one.count, one.late, one.longest) for one in found] == [
        ("province", "420000", 1, 1, PROMISE + 2),
        ("county", "420102", 2, 1, CHECK + 1),
        ("city", "420100", 1, 0, 3),
    ]
    assert (found[1].fen, found[1].late_fen, found[1].median) == (3 * WAN, 2 * WAN, CHECK)


def test_an_advance_that_waits_for_acceptance_is_late_with_nobody(cast: Cast) -> None:
    claim = claimed(cast.firm.organisation, "approved", ago(PROMISE + 40))
    claim.instalments.update(ready_at=None)
    assert onway.waiting(cast.province, Asked(), DAY) == []


def test_a_city_sees_its_own_and_cannot_ask_for_another(cast: Cast) -> None:
    claimed(cast.firm.organisation, "county_check", DAY)
    claimed(cast.remote.organisation, "county_check", DAY)
    assert len(onway.waiting(cast.province, Asked(), DAY)) == 2
    assert len(onway.waiting(cast.city, Asked(), DAY)) == 1
    assert len(onway.waiting(cast.city, Asked(region="429004"), DAY)) == 1
    assert len(onway.waiting(cast.next_county, Asked(), DAY)) == 0
    assert onway.waiting(cast.firm.actor, Asked(), DAY) == []
    assert onway.waiting(cast.province, Asked(region="429004"), DAY)[0].role == "city"


def test_ageing_has_every_case_and_its_money_in_one_cell(cast: Cast) -> None:
    for days in (0, 5, 6, 21, 61, 200):
        claimed(cast.firm.organisation, "city_review", ago(days), fen=WAN)
    rows = onway.waiting(cast.province, Asked(), DAY)
    (aged,) = onway.ageing(rows, "stage")
    assert aged.key == "claim:city_review"
    assert aged.counts == (2, 1, 0, 1, 0, 2)
    assert aged.fens == tuple(count * WAN for count in aged.counts)
    assert len(onway.picked(rows, stage=aged.key, band=5)) == 2
    assert [one.key for one in onway.ageing(rows, "city")] == ["420100"]


def test_the_promise_runs_from_when_it_could_be_paid_until_the_bank_paid(cast: Cast) -> None:
    at = midday(ago(7))
    payments_cast.approved(cast, cast.firm, at=at)
    made = payments_cast.sent(cast)
    (payment,) = payments_cast.payments_of(made)
    answer = payments_cast.answer(payments_cast.good(payment), by=cast.province)
    results.record(made, cast.province, answer, at=MOMENT)
    whole, city = onway.payment_times(DAY - dt.timedelta(days=365), DAY)
    assert (whole.region, city.region) == ("", "420100")
    assert (whole.count, whole.median, whole.in_time_bps) == (1, 7, 10_000)
    assert onway.payment_times(DAY - dt.timedelta(days=9), DAY - dt.timedelta(days=1)) == []


# ---------------------------------------------------------------- one case


def test_a_claims_clock_says_who_had_it_how_long_and_when_it_is_paid(cast: Cast) -> None:
    claim = submitted_claim(cast, at=midday(ago(12)))
    claims.take(claim, "return", cast.county, note="请补合同。", at=midday(ago(9)))
    found = money_clock(claim, MOMENT)
    assert found is not None
    assert found.days == {"county": 3, "enterprise": 9}
    assert (found.role, found.office_days, found.promised) == ("enterprise", 3, None)


def test_before_it_is_approved_the_promise_is_the_sum_of_what_is_still_to_come(cast: Cast) -> None:
    claim = checked_claim(cast)
    found = money_clock(claim, MOMENT)
    assert found is not None and found.due == add_workdays(DAY, REVIEW)
    assert found.promised == add_workdays(found.due, PROMISE)
    assert (found.role, found.office, found.left) == ("city", "420100", REVIEW)


def test_a_draft_has_no_clock_and_a_paid_claim_none_that_runs(cast: Cast) -> None:
    voucher = cast.application(cast.firm)
    assert money_clock(voucher, MOMENT) is None
    claim = payments_cast.approved(cast, cast.firm, at=midday(ago(4)))
    made = payments_cast.sent(cast)
    (payment,) = payments_cast.payments_of(made)
    answer = payments_cast.answer(payments_cast.good(payment), by=cast.province)
    results.record(made, cast.province, answer, at=MOMENT)
    claim.refresh_from_db()
    found = money_clock(claim, MOMENT + dt.timedelta(days=90))
    assert found is not None and (found.role, found.left, found.paid) == ("", None, DAY)
    assert found.days["province"] == 4


# ---------------------------------------------------------------- funnel


def test_the_funnel_counts_firms_cases_and_money_from_the_registry_to_the_bank(cast: Cast) -> None:
    assert cast.rival and cast.giant and cast.remote
    cast.voucher("draft", cast.rival)
    cast.paid_voucher(cast.firm)
    (found,) = onway_funnel.funnels(cast.province, Asked(programme="cloud_voucher"), DAY)
    stages = {stage.id: (stage.firms, stage.cases, stage.fen) for stage in found.stages}
    assert stages["eligible"] == (3, None, None)  # the large firm is not
    assert stages["began"] == (2, 2, None)
    assert stages["submitted"] == stages["paid"] == (1, 1, 3 * WAN)
    assert found.eligible is not None and found.eligible.all == 4
    (here,) = onway_funnel.funnels(cast.next_city, Asked(programme="cloud_voucher"), DAY)
    assert [stage.firms for stage in here.stages] == [0] * len(here.stages)


def test_the_reasons_for_which_cases_are_sent_back_are_counted_by_their_first_sentence(
    cast: Cast,
) -> None:
    for note in ("合同没有盖章。请补第三页。", "合同没有盖章。", "发票模糊。"):
        claims.take(submitted_claim(cast), "return", cast.county, note=note, at=MOMENT)
    (found,) = onway_funnel.funnels(cast.province, Asked(programme="wuhan_pilot"), DAY)
    (lost,) = found.lost
    assert (lost.step, lost.count) == ("claim:return", 3)
    assert [(one.text, one.count) for one in lost.reasons] == [("合同没有盖章", 2), ("发票模糊", 1)]


# ---------------------------------------------------------------- expiry and forecast


def test_what_expires_soon_is_summed_by_city_and_programme(cast: Cast) -> None:
    days = policy().practised("expiry_warning_days", DAY)
    firm = cast.firm.organisation
    issued(firm, DAY, valid=days, redeemed=WAN)
    issued(firm, DAY, valid=days + 1)
    issued(firm, DAY, valid=5, redeemed=3 * WAN)  # nothing is left of it
    issued(cast.remote.organisation, DAY, valid=0)
    found = onway_forecast.expiring(cast.province, Asked(), DAY)
    assert [(one.region, one.count, one.fen) for one in found] == [
        ("429004", 1, 3 * WAN), ("420100", 1, 2 * WAN),
    ]  # fmt: skip
    assert onway_forecast.expiring(cast.city, Asked(), DAY) == found[1:]


def test_a_forecast_rests_on_what_became_of_earlier_vouchers(cast: Cast) -> None:
    firm = cast.firm.organisation
    assert onway_forecast.outlook(cast.province, Asked(), DAY).forecast is None
    issued(firm, DAY, valid=90)
    short = onway_forecast.outlook(cast.province, Asked(), DAY).forecast
    assert short is not None and not short.enough and short.middle.unknown_fen == 3 * WAN
    for n in range(2 * LEAST):
        old = issued(firm, DAY - dt.timedelta(days=300), valid=120, state="expired")
        if n % 2:
            drawn(old, DAY - dt.timedelta(days=300 - 30), 3 * WAN)
    found = onway_forecast.outlook(cast.province, Asked(), DAY).forecast
    assert found is not None and found.enough and found.open_fen == 3 * WAN
    assert abs(found.middle.redeemed_fen - 3 * WAN // 2) <= 1
    assert found.middle.unknown_fen == 0
    assert [week for week, fen in enumerate(found.weeks) if fen] == [4]


def test_a_redemption_taken_back_is_no_history(cast: Cast) -> None:
    voucher = cast.voucher("issued")
    claim = drawn(voucher, DAY, WAN)
    claim.state = "reversed"
    claim.save()
    found = onway_forecast.outlook(cast.province, Asked(), DAY).forecast
    assert found is not None and found.open_fen == 3 * WAN


def test_the_end_of_the_year_shows_what_is_left_open_owed_and_paid(cast: Cast) -> None:
    cast.voucher("issued", cast.rival)
    cast.paid_voucher(cast.firm)
    asked = Asked(programme="cloud_voucher")
    (fund,) = onway_forecast.outlook(cast.province, asked, DAY).year_end
    assert (fund.open, fund.paid, fund.owed, fund.redeemed) == (3 * WAN, 3 * WAN, 0, None)
    assert fund.left == fund.unused > 0


# ---------------------------------------------------------------- however many


@pytest.mark.parametrize(
    "read",
    [
        lambda cast: onway.listed(onway.waiting(cast.province, Asked(), DAY)),
        lambda cast: onway_forecast.expiring(cast.province, Asked(), DAY),
        lambda cast: onway_forecast.outlook(cast.province, Asked(), DAY),
        lambda cast: onway_funnel.funnels(cast.province, Asked(programme="scenario"), DAY),
    ],
    ids=["waiting", "expiring", "outlook", "funnel"],
)
def test_any_number_takes_the_same_few_queries(
    cast: Cast, read: Callable[[Cast], Any], django_assert_max_num_queries: Any
) -> None:
    firms = [cast.firm.organisation, cast.rival.organisation]

    def add(many: int) -> None:
        for n in range(many):
            claimed(firms[n % 2], "city_review", ago(n))
            claimed(firms[n % 2], "approved", ago(n))
            drawn(issued(firms[n % 2], DAY, valid=9, redeemed=WAN), DAY, WAN)

    assert cast.province
    add(1)
    read(cast)  # what is kept between requests
    with django_assert_max_num_queries(100) as few:
        read(cast)
    add(9)
    with django_assert_max_num_queries(len(few.captured_queries)):
        read(cast)
