"""A diagnosis from order to satisfaction."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from dengta.assessment.actions import diagnosis as actions
from dengta.assessment.models import DiagnosisOrder
from dengta.assessment.queries import diagnosis as queries
from dengta.core import draws
from dengta.core.wording import said_day
from dengta.registry.actions import award_title
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Notice
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm

GAP = actions.Gap(
    "工单靠纸流转", "上线工单系统，扫码报工。", "production_control", 3, 8_000_000, 30
)


def diagnoser(cast: Cast, name: str, **different: object) -> Firm:
    made = cast.enrol(name, kind="provider", industry_code="65", region_code="420111", **different)
    award_title(
        made.organisation, "recommended_provider", document="名单", awarded=DAY - 30 * ONE_DAY
    )
    return made


@pytest.fixture
def pool(cast: Cast) -> list[Firm]:
    return [diagnoser(cast, f"diagnoser{n}") for n in range(4)]


def test_the_role_decides_who_may_diagnose_not_the_title(cast: Cast) -> None:
    for role in ("supervisor", "law_firm", "consultant"):
        made = cast.enrol(role, kind="provider", industry_code="74", name=f"汉江{role}有限公司")
        award_title(
            made.organisation, "recommended_provider", document="名单", awarded=DAY, role=role
        )
    assert [one.name for one in queries.diagnosers(DAY)] == ["汉江consultant有限公司"]
    assert not queries.diagnosers(DAY - ONE_DAY).exists()


def ordered(cast: Cast) -> DiagnosisOrder:
    firm = cast.firm
    return actions.order_diagnosis(firm.actor, firm.organisation, scope="whole", at=MOMENT)


def chosen(cast: Cast, provider: Firm) -> DiagnosisOrder:
    order = ordered(cast)
    actions.choose(order, cast.firm.actor, provider.organisation, reason="离得近", at=MOMENT)
    return order


def written(cast: Cast, provider: Firm) -> DiagnosisOrder:
    order = chosen(cast, provider)
    actions.take(order, provider.actor, at=MOMENT)
    actions.record_visit(order, provider.actor, DAY, at=MOMENT)
    actions.save_report(order, provider.actor, findings="车间靠人工传单。", gaps=[GAP])
    return order


def test_a_diagnosis_goes_from_order_to_satisfaction(cast: Cast, pool: list[Firm]) -> None:
    order, provider, firm = written(cast, pool[0]), pool[0].actor, cast.firm.actor
    actions.send_report(order, provider, at=MOMENT)
    actions.comment(order, firm, note="二车间已经有工单系统。", at=MOMENT)
    actions.save_report(order, provider, findings="一车间靠人工传单。", gaps=[GAP])
    actions.send_report(order, provider, at=MOMENT)
    actions.accept(order, firm, satisfaction=5, at=MOMENT)
    order.refresh_from_db()
    assert (order.state, order.satisfaction, order.comment) == (
        "accepted", 5, "二车间已经有工单系统。",
    )  # fmt: skip
    assert [gap.title for gap in queries.diagnosed_gaps(cast.firm.organisation.pk)] == [GAP.title]
    # Each side hears what the other did.
    assert Notice.objects.filter(user_id=provider.user_id).count() == 3
    assert Notice.objects.filter(user_id=firm.user_id).count() == 4


def test_what_was_shown_is_kept_and_is_at_least_three(cast: Cast, pool: list[Firm]) -> None:
    order = chosen(cast, pool[2])
    order.refresh_from_db()
    assert {offer["uscc"] for offer in order.shown} == {p.organisation.uscc for p in pool}
    assert len(order.shown) >= 3
    assert order.choice_reason == "离得近"


def test_with_fewer_than_three_nothing_can_be_chosen(cast: Cast) -> None:
    two = [diagnoser(cast, f"diagnoser{n}") for n in range(2)]
    order = ordered(cast)
    with pytest.raises(StepRefused, match="只有 2 家"):
        actions.choose(order, cast.firm.actor, two[0].organisation, at=MOMENT)
    order.refresh_from_db()
    assert (order.state, order.provider) == ("open", None)


def test_a_related_party_is_not_offered(cast: Cast, pool: list[Firm]) -> None:
    owner = cast.firm.organisation.legal_person
    kin = diagnoser(cast, "kin", legal_person=owner)
    order = ordered(cast)
    assert kin.organisation not in [o.provider for o in queries.offers(order, DAY)]
    with pytest.raises(StepRefused, match="不能承接"):
        actions.choose(order, cast.firm.actor, kin.organisation, at=MOMENT)


def test_a_provider_without_the_title_is_not_offered(cast: Cast, pool: list[Firm]) -> None:
    offered = [o.provider for o in queries.offers(ordered(cast), DAY)]
    assert cast.supplier.organisation not in offered
    assert len(offered) == 4


def test_who_has_less_to_do_comes_first_and_the_rest_by_lot(cast: Cast, pool: list[Firm]) -> None:
    chosen(cast, pool[0])
    rival = cast.rival
    order = actions.order_diagnosis(rival.actor, rival.organisation, scope="whole", at=MOMENT)
    first = [o.provider for o in queries.offers(order, DAY)]
    assert first[-1] == pool[0].organisation
    assert first == [o.provider for o in queries.offers(order, DAY)]


def test_who_declines_is_not_offered_again(cast: Cast, pool: list[Firm]) -> None:
    order = chosen(cast, pool[0])
    actions.decline(order, pool[0].actor, note="本月排满。", at=MOMENT)
    order.refresh_from_db()
    assert (order.state, order.provider) == ("open", None)
    left = [o.provider for o in queries.offers(order, DAY)]
    assert pool[0].organisation not in left
    assert len(left) == 3
    with pytest.raises(NotAllowed):
        actions.take(order, pool[0].actor, at=MOMENT)


def test_ordering_twice_is_one_order(cast: Cast) -> None:
    assert ordered(cast) == ordered(cast)
    other = actions.order_diagnosis(
        cast.firm.actor, cast.firm.organisation, scope="security", at=MOMENT
    )
    assert other != ordered(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        DiagnosisOrder.objects.create(
            organisation=cast.firm.organisation, industry_code="36", scope="whole",
            ordered_at=MOMENT, state="open", state_since=MOMENT,
        )  # fmt: skip


def test_an_office_orders_for_a_firm_of_its_territory_and_the_firm_chooses(
    cast: Cast, pool: list[Firm]
) -> None:
    firm = cast.firm.organisation
    order = actions.order_diagnosis(cast.county, firm, scope="whole", at=MOMENT)
    assert order.by_office
    assert Notice.objects.filter(user_id=cast.firm.actor.user_id).count() == 1
    with pytest.raises(NotAllowed):
        actions.choose(order, cast.county, pool[0].organisation, at=MOMENT)
    with pytest.raises(NotAllowed, match="管辖范围"):
        actions.order_diagnosis(cast.next_county, firm, scope="security", at=MOMENT)
    with pytest.raises(NotAllowed):
        actions.order_diagnosis(cast.rival.actor, firm, scope="security", at=MOMENT)


@pytest.mark.parametrize("day", [DAY - ONE_DAY, DAY + ONE_DAY])
def test_a_visit_is_between_the_order_and_today(cast: Cast, pool: list[Firm], day: dt.date) -> None:
    order = chosen(cast, pool[0])
    actions.take(order, pool[0].actor, at=MOMENT)
    with pytest.raises(StepRefused, match=said_day(day).zh):
        actions.record_visit(order, pool[0].actor, day, at=MOMENT)


def test_a_report_without_findings_or_gaps_is_not_sent(cast: Cast, pool: list[Firm]) -> None:
    order, provider = written(cast, pool[0]), pool[0].actor
    for findings, gaps in ((" ", [GAP]), ("有问题", [])):
        actions.save_report(order, provider, findings=findings, gaps=gaps)
        with pytest.raises(StepRefused, match="还缺内容"):
            actions.send_report(order, provider, at=MOMENT)


def test_what_is_sent_is_not_changed(cast: Cast, pool: list[Firm]) -> None:
    order, provider = written(cast, pool[0]), pool[0].actor
    actions.send_report(order, provider, at=MOMENT)
    with pytest.raises(Moved):
        actions.save_report(order, provider, findings="改了", gaps=[])
    assert order.gaps.count() == 1
    with pytest.raises(DiagnosisOrder.DoesNotExist):
        actions.save_report(order, pool[1].actor, findings="改了", gaps=[])


def test_only_the_parties_and_the_territory_see_an_order(cast: Cast, pool: list[Firm]) -> None:
    order = chosen(cast, pool[0])
    for acting in (cast.firm.actor, pool[0].actor, cast.county, cast.city, cast.province):
        assert queries.visible_order(acting, order.pk) == order
    for acting in (cast.rival.actor, pool[1].actor, cast.next_county, cast.next_city, cast.expert):
        with pytest.raises(DiagnosisOrder.DoesNotExist):
            queries.visible_order(acting, order.pk)


def test_the_provider_sees_the_assessment_only_where_the_firm_agreed(
    cast: Cast, pool: list[Firm]
) -> None:
    cast.assessed(cast.firm)
    order = chosen(cast, pool[0])
    assert queries.assessment_shown(order, pool[0].actor) is None
    assert queries.assessment_shown(order, cast.county) is not None
    actions.decline(order, pool[0].actor, note="排满。", at=MOMENT)
    actions.choose(order, cast.firm.actor, pool[1].organisation, shares_result=True, at=MOMENT)
    assert queries.assessment_shown(order, pool[1].actor) == order.assessment


def test_quality_is_marked_by_officials_after_acceptance_with_a_reason(
    cast: Cast, pool: list[Firm]
) -> None:
    order = written(cast, pool[0])
    actions.send_report(order, pool[0].actor, at=MOMENT)
    with pytest.raises(StepRefused, match="还没有完成"):
        actions.check_quality(order, cast.county, quality=4, note="抽看")
    actions.accept(order, cast.firm.actor, satisfaction=4, at=MOMENT)
    with pytest.raises(StepRefused, match="依据"):
        actions.check_quality(order, cast.county, quality=4, note=" ")
    with pytest.raises(StepRefused, match="1 至 5"):
        actions.check_quality(order, cast.county, quality=6, note="好")
    with pytest.raises(DiagnosisOrder.DoesNotExist):
        actions.check_quality(order, cast.next_county, quality=4, note="抽看")
    actions.check_quality(order, cast.county, quality=4, note="短板找得准。")
    assert (order.quality, order.quality_note) == (4, "短板找得准。")


def test_the_record_of_a_provider_counts_and_rounds_half_up(cast: Cast, pool: list[Firm]) -> None:
    marks = {cast.firm: 5, cast.rival: 4, cast.remote: 4}
    for firm, mark in marks.items():
        order = actions.order_diagnosis(firm.actor, firm.organisation, scope="whole", at=MOMENT)
        actions.choose(order, firm.actor, pool[0].organisation, at=MOMENT)
        actions.take(order, pool[0].actor, at=MOMENT)
        actions.record_visit(order, pool[0].actor, DAY, at=MOMENT)
        actions.save_report(order, pool[0].actor, findings="x", gaps=[GAP])
        actions.send_report(order, pool[0].actor, at=MOMENT)
        actions.accept(order, firm.actor, satisfaction=mark, at=MOMENT)
    record = queries.records_of([pool[0].organisation], "36")[pool[0].organisation.pk]
    assert record == queries.Record(done=3, in_industry=3, open=0, satisfaction_tenths=43)


def test_the_quality_of_last_month_is_checked_by_lot_that_can_be_drawn_again(
    cast: Cast, pool: list[Firm]
) -> None:
    order = written(cast, pool[0])
    actions.send_report(order, pool[0].actor, at=MOMENT)
    actions.accept(order, cast.firm.actor, satisfaction=4, at=MOMENT)
    sample = queries.quality_sample(cast.county, DAY + 31 * ONE_DAY)
    assert (sample.month, sample.accepted, sample.orders) == (dt.date(2026, 3, 1), 1, (order.pk,))
    assert sample.commitment == draws.commitment_of(sample.seed)
    # What was promised while the month ran is what was shown after it.
    assert queries.quality_sample(cast.county, DAY).next_commitment == sample.commitment
    assert queries.quality_sample(cast.next_county, DAY + 31 * ONE_DAY).accepted == 0
    assert queries.quality_sample(cast.county, DAY).orders == ()
