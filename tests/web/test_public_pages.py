"""Home, plan and programmes: what they say comes from the policy and the books."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.core.codes import make_uscc
from dengta.registry.actions import Registration, award_title, register
from dengta.registry.models import Organisation
from dengta.registry.queries import policy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_day_in_summer(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the editions in force do not depend on the day the tests run."""
    monkeypatch.setattr(timezone, "localdate", lambda: dt.date(2026, 6, 1))


def firm(serial: int, region: str = "420102") -> Organisation:
    form = Registration(
        uscc=make_uscc(region, serial),
        name=f"试验企业{serial}",
        region_code=region,
        industry_code="36",
        employees=100,
        revenue_fen=5_000_000_000,
        assets_fen=5_000_000_000,
    )
    return register(form, username=f"u{serial}", password=None, year=2025)[1]


def lighthouse(serial: int, region: str = "420102") -> None:
    award_title(firm(serial, region), "lighthouse", document="文", awarded=timezone.localdate())


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def queries_for(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, address)
    return len(captured)


def test_home_shows_every_target_of_both_plans_with_its_light(client: Client) -> None:
    home = page(client, "/")
    for target in policy().targets:
        assert target.name.zh in home
    assert home.count('class="light ') >= len(policy().targets)


def test_a_lighthouse_that_was_awarded_moves_the_figure_on_home(client: Client) -> None:
    lighthouse(1)
    row = page(client, "/").split("“小灯塔”企业</th>")[1].split("</tr>")[0]
    assert "<strong>1</strong>" in row
    assert "明显落后" in row


def test_the_map_counts_by_division_and_says_where_most_are(client: Client) -> None:
    for serial, region in enumerate(("420102", "420103", "420502"), 1):
        lighthouse(serial, region)
    home = page(client, "/?indicator=lighthouses")
    assert "全省 3 家，武汉市最多，2 家" in home
    assert len(re.findall(r'class="tile-col-', home)) == 17
    assert re.search(r'<th scope="row">宜昌市</th><td class="num">1</td>', home)


def test_an_indicator_that_does_not_exist_falls_back_to_one_that_does(client: Client) -> None:
    assert 'aria-current="true"' in page(client, "/?indicator=nonsense")


def test_htmx_gets_the_map_alone(client: Client) -> None:
    response = client.get("/?indicator=assessed", headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert 'id="home-map"' in response.content.decode()


def test_home_and_plan_cost_the_same_with_one_firm_and_with_twenty(client: Client) -> None:
    lighthouse(1)
    before = [queries_for(client, "/"), queries_for(client, "/plan/")]
    for serial in range(2, 21):
        lighthouse(serial, "420502")
    assert [queries_for(client, "/"), queries_for(client, "/plan/")] == before
    assert max(before) <= 40


def test_the_plan_page_has_every_measure_its_units_and_its_money(client: Client) -> None:
    plan = page(client, "/plan/")
    for each in policy().plans:
        for measure in each.measures:
            assert measure.name.zh in plan
            assert "、".join(measure.units) in plan
    assert "3,000万元" in plan


def test_the_list_has_every_programme_in_force_and_no_other(client: Client) -> None:
    listed = set(re.findall(r'href="/programmes/([a-z_]+)/"', page(client, "/programmes/")))
    assert listed == {p.id for p in policy().in_force(timezone.localdate())}


@pytest.mark.parametrize("programme", sorted({p.id for p in policy().programmes}))
def test_each_programme_page_has_its_conditions_numbers_sources_and_editions(
    client: Client, programme: str
) -> None:
    shown = page(client, f"/programmes/{programme}/")
    current = policy().programme(programme, timezone.localdate())
    for clause in current.clauses:
        assert clause.text.zh in shown
    for value in current.values:
        assert value.text.zh in shown
        assert value.source.document in shown
    for edition in policy().programmes:
        if edition.id == programme and edition.in_force.end:
            assert f"至{_day(edition.in_force.end)}" in shown


def test_a_sample_of_another_place_says_so_and_offers_nothing(client: Client) -> None:
    samples = policy().samples(timezone.localdate())
    assert samples
    for sample in samples:
        shown = page(client, f"/programmes/{sample.id}/")
        assert "样例，不是现行政策" in shown and "算一算我符不符合" not in shown
    assert "算一算我符不符合" in page(client, "/programmes/cloud_voucher/")


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def test_the_voucher_page_shows_the_ladder_and_the_cap(client: Client) -> None:
    shown = re.sub(r"<[^>]+>", "", page(client, "/programmes/cloud_voucher/"))
    for rung in ("资源上云 20 %", "业务上云 30 %", "能力上云 40 %", "生态上云 50 %", "20万元"):
        assert rung in shown


def test_an_edition_that_has_ended_is_shown_as_such(client: Client) -> None:
    shown = page(client, "/programmes/srdi/")
    assert "现行" in shown
    assert "已不再受理" in shown


def test_a_programme_that_no_policy_knows_is_not_found(client: Client) -> None:
    assert client.get("/programmes/nonsense/").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/", "/calculator/", "/plan/", "/programmes/", "/register/", "/sign-in/", "/accessibility/"],
)
def test_public_pages_need_no_sign_in_and_hold_no_script_or_style(
    client: Client, address: str
) -> None:
    shown = page(client, address)
    assert not re.search(r"<[^>]+\s(?:style|on[a-z]+)=", shown)
    assert "<style" not in shown
    assert shown.count("<h1") == 1
