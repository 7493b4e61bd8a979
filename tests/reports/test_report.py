"""A report is everything that follows from one assessment, and asks only what it may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dengta.assessment.models import Assessment, DiagnosisGap, DiagnosisOrder
from dengta.core.shapes import FactValue
from dengta.funding.queries.vouchers import facts_of
from dengta.registry.actions import state_facts
from dengta.reports.queries import Report, outlook, programmes_of, report
from dengta.reports.queries.reading import lacking, ladder, sides, strip
from dengta.rights.actions import give_consent, revoke_consent
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.reports.conftest import Assess, best_answers

Submit = Callable[..., Assessment]


def made(assessment: Assessment, language: str = "zh-hans", day: dt.date = DAY) -> Report:
    assessment.refresh_from_db()
    return report(assessment, day, language)


def test_an_assessment_that_is_not_submitted_has_no_report(cast: Cast) -> None:
    with pytest.raises(ValueError, match="submitted"):
        report(cast.draft(cast.firm), DAY, "zh-hans")


def test_a_report_names_firm_edition_number_and_code(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "C", 3)
    told = made(done)
    assert told.number == f"CP2026-{done.pk:06d}"
    assert told.firm.name == cast.firm.organisation.name
    assert told.firm.region.zh == "武汉市江岸区"
    assert told.firm.size is not None and told.firm.size.zh == "小型"
    assert told.code == done.verify_code
    assert told.standing == (done.score_milli, done.level)
    assert told.result.score_text == done.result["score"]


def test_what_stands_is_the_rating_on_the_spot(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "C", 3)
    Assessment.objects.filter(pk=done.pk).update(on_site_level=1, on_site_score_milli=30_000)
    told = made(done)
    assert told.on_site
    assert told.standing == (30_000, 1)
    assert [
        rung.level
        for rung in ladder(told.instrument, told.result, told.standing.level)
        if rung.current
    ] == [1]


def test_programmes_are_only_matched_with_consent(cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    assert made(done).programmes is None
    give_consent(cast.firm.actor, "policy_matching", at=MOMENT)
    assert made(done).programmes
    revoke_consent(cast.firm.actor, "policy_matching")
    assert made(done).programmes is None


def test_programmes_come_with_the_best_news_first(cast: Cast) -> None:
    give_consent(cast.firm.actor, "policy_matching", at=MOMENT)
    state_facts(cast.firm.actor, {"cloud_depth": "business", "cloud_spend_fen": 10 * WAN})
    told = made(cast.assessed(cast.firm))
    assert told.programmes is not None
    voucher = next(each for each in told.programmes if each.id == "cloud_voucher")
    assert (voucher.stands, voucher.amount_fen) == ("now", 3 * WAN)
    assert not {"pilot_city", "pilot_county"} & {each.id for each in told.programmes}
    order = [("now", "later", "open").index(programme.stands) for programme in told.programmes]
    assert order == sorted(order)
    assert all(programme.missing for programme in told.programmes if programme.stands == "open")


def test_what_the_next_level_opens_is_told_apart() -> None:
    facts: dict[str, FactValue] = {
        "size_class": "small", "region_code": "420111", "abnormal_listed": False,
        "serious_violation": False, "major_incident_3y": False, "industry_code": "3670",
        "digital_level": 1, "smart_factory_tier": "basic", "workshop_accepted": False,
    }  # fmt: skip
    day = dt.date(2026, 6, 1)
    stands = {p.id: p.stands for p in programmes_of(facts, day, 2)}
    assert stands["digital_factory"] == "later"
    assert "digital_factory" not in {p.id for p in programmes_of(facts, day, None)}
    stands = {p.id: p.stands for p in programmes_of(facts | {"digital_level": 2}, day, 3)}
    assert stands["digital_factory"] == "now"


def test_the_way_on_starts_at_the_level_and_counts_vouchers_already_drawn(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "B", 2)
    fresh = outlook(done, DAY)
    assert fresh is not None and fresh.next is not None
    assert [way.level for way in fresh.ahead] == list(range(fresh.level + 1, 5))
    assert [benefit.left_fen(0) for benefit in fresh.benefits] == [20 * WAN]
    known = facts_of(cast.firm.organisation, DAY)
    drawn = outlook(done, DAY, known | {"vouchers_this_year_fen": 15 * WAN})
    assert drawn is not None
    assert [benefit.left_fen(0) for benefit in drawn.benefits] == [5 * WAN]
    net = [way.plan.net_fen for way in fresh.ahead if way.plan]
    assert net == sorted(net)
    cheaper = fresh.within(4, net[0] - 1)
    assert cheaper is None or cheaper.level <= fresh.level


def test_a_benefit_is_counted_only_when_the_firm_may_have_it(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "B", 2)
    plain = outlook(done, DAY)
    assert plain is not None
    stands = {each.benefit.id: each.outcome for each in plain.standings}
    assert stands == {"cloud_voucher": "yes", "wuhan_pilot": "no"}
    known = facts_of(cast.firm.organisation, DAY) | {
        "titles": frozenset({"pilot_firm"}), "abnormal_listed": False, "serious_violation": False,
    }  # fmt: skip
    pilot = outlook(done, DAY, known)
    assert pilot is not None
    assert {each.outcome for each in pilot.standings} == {"yes"}
    assert pilot.next is not None and plain.next is not None
    assert pilot.next.plan is not None and plain.next.plan is not None
    assert pilot.next.plan.net_fen <= plain.next.plan.net_fen
    paid = sum(payer.amount_fen for payer in pilot.payers(pilot.next.plan))
    assert paid == pilot.next.plan.subsidy_fen


def test_the_frontier_never_falls_and_ends_at_the_dearest_way(cast: Cast) -> None:
    found = outlook(cast.assessed(cast.firm, "B", 2), DAY)
    assert found is not None
    points = found.frontier()
    assert [point.net_fen for point in points] == sorted({point.net_fen for point in points})
    assert all(a.level <= b.level for a, b in pairwise(points))
    dearest = [way.plan.net_fen for way in found.ways if way.plan][-1]
    assert points[-1].net_fen == dearest


def test_a_slider_that_moves_asks_for_nothing_to_be_searched_again(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "C", 1)
    first = outlook(done, DAY)
    assert first is not None
    first.frontier()
    again = outlook(done, DAY)
    assert again is not None
    assert again.ways is first.ways
    assert again.frontier() is first.frontier()


def test_at_the_top_there_is_no_next_step(submitted: Submit) -> None:
    told = made(submitted(best_answers()))
    assert told.standing.level == 4
    assert told.outlook is not None and told.outlook.next is None
    assert told.result.gaps == ()
    assert lacking(told.instrument, told.result, 4) is None


def test_an_edition_without_prices_has_no_way_on(cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    done.instrument = "without-prices"
    assert outlook(done, DAY, {}) is None


def test_ladder_radar_and_strip_say_what_the_result_says(submitted: Submit) -> None:
    told = made(submitted(best_answers() | {"quality": 0}))
    rungs = ladder(told.instrument, told.result, told.standing.level)
    assert [rung.level for rung in rungs] == [4, 3, 2, 1]
    assert all(line.met for line in rungs[0].gates)
    cells = {c.id: c for row in strip(told.instrument, told.result, None) for c in row.cells}
    assert (cells["quality"].level, cells["finance"].level) == (0, 4)
    assert cells["quality"].binding
    spokes = sides(told.instrument, told.result, None)
    assert len(spokes) == 7
    assert {side.before for side in spokes} == {None}
    assert min(side.value for side in spokes) == 83


def test_the_last_time_stands_beside_this_time(cast: Cast) -> None:
    cast.assessed(cast.firm, "B", 1)
    told = made(cast.assessed(cast.firm, "C", 3, at=MOMENT + ONE_DAY), day=DAY + ONE_DAY)
    spokes = sides(told.instrument, told.result, told.changes.before)
    assert all(side.before is not None for side in spokes)
    rows = strip(told.instrument, told.result, told.changes.before)
    assert {(cell.before, cell.level) for row in rows for cell in row.cells} == {(1, 3)}


def test_as_many_queries_for_many_peers_and_results_as_for_few(cast: Cast, assess: Assess) -> None:
    give_consent(cast.firm.actor, "policy_matching", at=MOMENT)
    cast.assessed(cast.firm, "B", 2)
    second = cast.assessed(cast.firm, "C", 3, at=MOMENT + ONE_DAY)

    def asked(done: Assessment) -> int:
        loaded = Assessment.objects.select_related("organisation").get(pk=done.pk)
        with CaptureQueriesContext(connection) as captured:
            report(loaded, DAY + 10 * ONE_DAY, "zh-hans")
        return len(captured)

    asked(second)  # fills what is read once per process
    few = asked(second)
    for letter in "ABCDE":
        assess(letter, 3)
    last = cast.assessed(cast.firm, "D", 1, at=MOMENT + 2 * ONE_DAY)
    assert asked(last) == few <= 30


def test_gates_and_gaps_are_those_of_the_rating_on_the_spot(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "D", 3)
    own = made(done)
    cast.rate(cast.rating(done), q2="A", q3="A", quality=0)
    told = made(done)
    assert told.on_site and not own.on_site
    assert told.own_level == own.standing.level
    assert told.result.scenario_levels["quality"] == 0
    assert told.standing == (told.result.score_milli, told.result.level)
    assert told.outlook is not None and told.outlook.level == told.result.reached


def test_contradictions_of_the_firms_own_answers_stand_in_the_report(submitted: Submit) -> None:
    top = best_answers()
    plain = made(submitted(top))
    odd = made(submitted(top | {"q2": "A", "q3": "E"}, at=MOMENT + ONE_DAY))
    assert len(odd.contradictions) > len(plain.contradictions)
    assert all(len(each.sides) == 2 for each in odd.contradictions)


def test_gaps_of_an_accepted_diagnosis_join_the_report(cast: Cast) -> None:
    done = cast.assessed(cast.firm)
    assert made(done).diagnosed == ()
    order = DiagnosisOrder.objects.create(
        organisation=cast.firm.organisation, assessment=done, industry_code="36", scope="whole",
        provider=cast.supplier.organisation, ordered_at=MOMENT, state="accepted",
        state_since=MOMENT, accepted_at=MOMENT, satisfaction=5,
    )  # fmt: skip
    DiagnosisGap.objects.create(order=order, title="设备数据没有采集", advice="先接入关键设备")
    assert [gap.title for gap in made(done).diagnosed] == ["设备数据没有采集"]
