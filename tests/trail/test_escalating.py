"""督办: what an office keeps too long is told to the next higher one, once for each state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dengta.funding.actions import budgets
from dengta.funding.actions.budgets import Draft
from dengta.funding.models import PaymentBatch
from dengta.registry.queries import policy
from dengta.trail.actions import escalating
from dengta.trail.models import Notice
from dengta.trail.queries import late_below
from tests.cast import DAY, MOMENT, WAN, Cast
from tests.funding.budgets_cast import JIANGAN, PILOT, allotted
from tests.funding.onway_cast import claimed, midday
from tests.funding.payments_cast import approved, batch, colleague, sent
from tests.funding.test_onway import CHECK, REVIEW, ago
from tests.funding.test_public_spending import recorded
from tests.processes import bare_database, run_module

MOST = policy().practised("escalation_workdays", DAY)


def told() -> list[tuple[str, int]]:
    rows = Notice.objects.filter(event__flow__endswith="_late").order_by("id")
    return list(rows.values_list("link", "user_id"))


def test_the_city_is_told_once_of_what_its_county_keeps_and_not_before_its_time(
    cast: Cast,
) -> None:
    assert cast.county and cast.city and cast.province and cast.next_city
    claim = claimed(cast.firm.organisation, "county_check", ago(CHECK + MOST + 1))
    claimed(cast.firm.organisation, "county_check", ago(CHECK + MOST))
    assert [escalating.due(at=MOMENT), escalating.due(at=MOMENT)] == [1, 0]
    assert told() == [(f"/official/claims/{claim.pk}/", cast.city.user_id)]
    assert "逾期 6 个工作日" in Notice.objects.get().subject["zh"]


def test_the_province_is_told_of_a_city_that_has_it_now_and_each_sees_its_own(cast: Cast) -> None:
    assert cast.county and cast.city and cast.province
    claim = claimed(cast.firm.organisation, "county_check", ago(CHECK + MOST + 1))
    escalating.due(at=MOMENT)
    assert [one.thing for one in late_below(cast.city)] == [claim]
    claim.state, claim.state_since = "city_review", midday(ago(REVIEW + MOST + 1))
    claim.save()
    assert escalating.due(at=MOMENT) == 1
    assert told()[-1] == (f"/official/claims/{claim.pk}/", cast.province.user_id)
    assert [one.thing for one in late_below(cast.province)] == [claim]
    assert late_below(cast.city) == late_below(cast.county) == late_below(cast.firm.actor) == []


def test_the_province_is_told_of_orders_and_public_expenditure_that_a_city_leaves_lying(
    cast: Cast,
) -> None:
    assert cast.city and cast.province
    allotted(cast.province, 1_000 * WAN)
    colleague(cast, cast.city)
    expense = recorded(cast)
    draft = Draft("allocate", PILOT, JIANGAN, 100 * WAN, "武财指〔2026〕8号", "拨付到区")
    order = budgets.propose(cast.city, draft, key="k", at=MOMENT)[0]
    long_ago = midday(ago(60))
    for thing in (expense, order):
        thing.state_since = long_ago
        thing.save()
    assert [escalating.due(at=MOMENT), escalating.due(at=MOMENT)] == [2, 0]
    links = {
        f"/official/budgets/orders/{order.pk}/", f"/official/budgets/public/{expense.pk}/",
    }  # fmt: skip
    assert links == {link for link, user in told() if user == cast.province.user_id}
    client = Client()
    client.force_login(cast.user(cast.province), "django.contrib.auth.backends.ModelBackend")
    assert all(client.get(link).status_code == 200 for link in links)


def test_the_province_is_told_of_a_payment_batch_that_a_city_neither_sends_nor_reconciles(
    cast: Cast,
) -> None:
    assert cast.city and cast.province
    for firm in (cast.firm, cast.rival):
        approved(cast, firm, "pilot-advance", amount_fen=10 * WAN)
    waiting, at_bank = (
        make(cast, cast.city, payee=firm.organisation.pk) for make, firm in
        ((batch, cast.firm), (sent, cast.rival))
    )  # fmt: skip
    approved(cast, cast.firm)
    batch(cast, cast.province)  # has nobody above
    PaymentBatch.objects.update(state_since=midday(ago(60)))
    assert [escalating.due(at=MOMENT), escalating.due(at=MOMENT)] == [2, 0]
    links = {f"/official/payments/batches/{one.pk}/" for one in (waiting, at_bank)}
    assert links == {link for link, user in told() if user == cast.province.user_id}
    client = Client()
    client.force_login(cast.user(cast.province), "django.contrib.auth.backends.ModelBackend")
    late = client.get("/official/late/").content.decode()
    assert all(link in late and client.get(link).status_code == 200 for link in links)
    assert (
        "武汉市经信局" in client.get(f"/official/payments/batches/{waiting.pk}/").content.decode()
    )


def test_a_division_without_counties_is_told_on_to_the_province(cast: Cast) -> None:
    assert cast.remote_office and cast.province
    claimed(cast.remote.organisation, "county_check", ago(CHECK + MOST + 1))
    assert escalating.due(at=MOMENT) == 1
    assert [user for _, user in told()] == [cast.province.user_id]


def test_nobody_above_means_nobody_is_told_until_there_is_somebody(cast: Cast) -> None:
    claimed(cast.firm.organisation, "county_check", ago(CHECK + MOST + 1))
    assert escalating.due(at=MOMENT) == 0
    assert cast.province
    assert escalating.due(at=MOMENT) == 1


def test_the_page_of_work_leads_to_what_is_late_below_with_as_many_queries_for_any_number(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    assert cast.county and cast.city
    client = Client()
    client.force_login(cast.user(cast.city), "django.contrib.auth.backends.ModelBackend")
    for number in (1, 3):
        for _ in range(number):
            claim = claimed(cast.firm.organisation, "county_check", ago(CHECK + MOST + 1))
        escalating.due(at=MOMENT)
        with django_assert_max_num_queries(12):
            answer = client.get("/official/late/").content.decode()
        assert f"/official/claims/{claim.pk}/" in answer
    assert 'href="/official/late/"' in client.get("/official/").content.decode()


@pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def test_two_ticks_at_once_tell_once(engine: str, tmp_path: Path) -> None:
    with bare_database(engine, tmp_path) as url:
        ran = run_module("tests.trail.escalating_crowd", url, tmp_path)
    assert ran["seen"] == {"outcomes": ["done", "done"], "events": 2, "notices": 2}
    assert ran["control"]["events"] == 4  # were nobody to wait, each tick would tell
