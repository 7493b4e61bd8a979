from __future__ import annotations

import datetime as dt

import pytest

from dengta.monitoring.actions import observe
from dengta.monitoring.models import Observation
from dengta.monitoring.queries import indicators as queries
from dengta.registry.actions import award_title
from dengta.registry.queries import divisions, policy
from dengta.rights.actions import give_consent, revoke_consent
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm
from tests.funding.paying import pay_claim

COUNTED = ["title:srdi", "cloud_enterprises", "assessed", "level:1", "level:3"]


def award(firm: Firm, title: str, days: int = 30) -> None:
    award_title(
        firm.organisation, title, document="鄂经信〔2026〕7号", awarded=DAY,
        expires=DAY + days * ONE_DAY,
    )  # fmt: skip


def assess(cast: Cast, firm: Firm, letter: str = "B", level: int = 2) -> int:
    """Assess a firm that has agreed to statistics; returns the level."""
    give_consent(firm.actor, "statistics", at=MOMENT)
    reached = cast.assessed(firm, letter, level).level
    assert reached is not None
    return reached


@pytest.fixture
def populated(cast: Cast) -> Cast:
    """Firms in two divisions that count for each indicator in another way."""
    award(cast.firm, "srdi")
    award(cast.rival, "srdi")
    award(cast.remote, "cloud_enterprise")
    cast.paid_voucher(cast.rival)
    cast.voucher("redeemed", cast.firm)
    assess(cast, cast.firm, "E", 4)
    assess(cast, cast.remote, "B", 0)
    return cast


@pytest.mark.parametrize("indicator", COUNTED)
def test_the_list_behind_a_number_has_as_many_entries(populated: Cast, indicator: str) -> None:
    listed = queries.listed(indicator, "420000", DAY)
    assert listed is not None
    assert listed.count() == len({o.pk for o in listed}) == queries.total(indicator, DAY)
    for division, count in queries.by_division(indicator, DAY).items():
        part = queries.listed(indicator, division, DAY)
        assert part is not None
        assert part.count() == count


@pytest.mark.parametrize("indicator", COUNTED)
def test_the_divisions_sum_up_to_the_province(populated: Cast, indicator: str) -> None:
    whole = queries.total(indicator, DAY)
    assert sum(queries.by_division(indicator, DAY).values()) == whole
    assert sum(row.count for row in queries.division_rows(indicator, DAY)) == whole


def test_each_indicator_counts_what_it_says(populated: Cast) -> None:
    assert {i: queries.by_division(i, DAY) for i in COUNTED} == {
        "title:srdi": {"420100": 2},
        "cloud_enterprises": {"420100": 1, "429004": 1},
        "assessed": {"420100": 1, "429004": 1},
        "level:1": {"420100": 1},
        "level:3": {"420100": 1},
    }


def test_a_paid_voucher_moves_the_cloud_enterprises_by_one(cast: Cast) -> None:
    voucher = cast.voucher("redeemed")
    assert queries.total("cloud_enterprises", DAY) == 0
    pay_claim(voucher.claims.get(), at=MOMENT)
    assert queries.total("cloud_enterprises", DAY - ONE_DAY) == 0, "not before it was paid"
    assert queries.total("cloud_enterprises", DAY) == 1
    listed = queries.listed("cloud_enterprises", "420100", DAY)
    assert listed is not None and listed.get() == cast.firm.organisation


def test_an_enterprise_counts_once_however_often_it_is_paid_or_titled(cast: Cast) -> None:
    for _ in range(2):
        cast.paid_voucher()
    award(cast.firm, "cloud_enterprise")
    assert queries.total("cloud_enterprises", DAY) == 1


def test_a_title_counts_until_it_runs_out(cast: Cast) -> None:
    award(cast.firm, "lighthouse", days=10)
    days = [DAY - ONE_DAY, DAY, DAY + 10 * ONE_DAY, DAY + 11 * ONE_DAY]
    assert [queries.total("title:lighthouse", day) for day in days] == [0, 1, 1, 0]


def test_only_the_latest_assessment_of_a_firm_counts(cast: Cast) -> None:
    assert assess(cast, cast.firm, "E", 4) == 3
    cast.assessed(cast.firm, "A", 0, at=MOMENT + ONE_DAY)
    assert queries.total("level:1", DAY) == 1
    assert queries.total("level:1", DAY + ONE_DAY) == 0
    assert queries.total("assessed", DAY + ONE_DAY) == 1
    assert queries.level_distribution(DAY + ONE_DAY) == {0: 1, 1: 0, 2: 0, 3: 0, 4: 0}


def test_assessments_count_only_where_the_firm_agreed_to_statistics(cast: Cast) -> None:
    assess(cast, cast.firm, "E", 4)
    cast.assessed(cast.rival, "E", 4)
    assert queries.total("assessed", DAY) == queries.total("level:3", DAY) == 1
    assert queries.level_distribution(DAY)[3] == 1
    revoke_consent(cast.firm.actor, "statistics")
    assert queries.total("assessed", DAY) == 0
    assert sum(queries.level_distribution(DAY).values()) == 0


def test_drafts_count_for_nothing(cast: Cast) -> None:
    cast.draft(cast.firm)
    cast.voucher("draft")
    assert queries.total("assessed", DAY) == queries.total("cloud_enterprises", DAY) == 0


def test_a_figure_that_nobody_reported_is_unknown_and_its_light_grey(cast: Cast) -> None:
    assert queries.total("base_stations", DAY) is None
    assert queries.listed("base_stations", "420000", DAY) is None
    board = {row.target.id: row for row in queries.board(DAY)}
    assert (board["base_stations"].actual, board["base_stations"].light) == (None, "grey")


def test_a_reported_figure_holds_from_its_day_until_the_next(cast: Cast) -> None:
    for days, amount in ((0, 100), (10, 120)):
        observe(
            cast.province, "base_stations", "420000", day=DAY + days * ONE_DAY, amount=amount,
            source="统计公报",
        )  # fmt: skip
    days = [DAY - ONE_DAY, DAY, DAY + 9 * ONE_DAY, DAY + 10 * ONE_DAY]
    assert [queries.total("base_stations", day) for day in days] == [None, 100, 100, 120]


def test_a_second_report_of_a_day_corrects_the_first(cast: Cast) -> None:
    for amount in (100, 101):
        kept = observe(
            cast.province, "base_stations", "420000", day=DAY, amount=amount, source="统计公报"
        )
    assert (Observation.objects.get(), kept.amount) == (kept, 101)
    assert kept.user_id == cast.province.user_id


def test_figures_of_divisions_sum_up_unless_the_province_has_one_of_its_own(cast: Cast) -> None:
    for region, amount in (("420100", 60), ("429004", 5)):
        observe(cast.city, "base_stations", region, day=DAY, amount=amount, source="上报")
    assert queries.total("base_stations", DAY) == 65
    assert queries.by_division("base_stations", DAY) == {"420100": 60, "429004": 5}
    observe(cast.province, "base_stations", "420000", day=DAY, amount=70, source="公报")
    assert queries.total("base_stations", DAY) == 70


def test_the_board_has_every_target_of_every_plan(cast: Cast) -> None:
    assert [row.target for row in queries.board(DAY)] == list(policy().targets)


def test_a_provinces_target_is_shared_out_over_the_divisions_to_the_last_one(cast: Cast) -> None:
    assert cast.firm and cast.rival and cast.remote
    promised = queries.target("lighthouses")
    rows = queries.division_rows("title:lighthouse", dt.date(2026, 1, 1), promised)
    assert [row.code for row in rows] == [region.code for region in divisions()]
    parts = {row.code: row.expected for row in rows if row.expected}
    assert sum(parts.values()) == promised.amount
    assert parts == {"420100": 67, "429004": 33}, "two firms of three are in Wuhan"
    lights = {row.code: row.light for row in rows}
    assert (lights["420100"], lights["420500"]) == ("red", "green")


def test_a_target_that_no_plan_has_is_a_mistake(cast: Cast) -> None:
    with pytest.raises(KeyError):
        queries.target("nonsense")
