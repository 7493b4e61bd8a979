from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.funding.actions import tranches as actions
from dengta.funding.models import BudgetOrder, Tranche
from dengta.funding.queries import tranches as queries
from dengta.funding.queries.budgets import fund_named
from dengta.ledger import actions as ledger
from dengta.projects.actions import pilots
from dengta.trail.actions import Moved, NotAllowed, StepRefused, keep_document
from dengta.trail.models import Notice
from tests.cast import MOMENT, WAN, Cast
from tests.funding.budgets_cast import CHECKED, COUNTIES, JIANGAN, PILOT, WUHAN, drawn, left
from tests.funding.payments_cast import colleague
from tests.projects.test_pilot_list import filed


def planned(cast: Cast, amount_fen: int | None = None) -> list[Tranche]:
    return actions.plan(cast.province, PILOT, WUHAN, amount_fen=amount_fen, at=MOMENT)


def asked(cast: Cast, tranche: Tranche) -> Tranche:
    if queries.without_contract(tranche):
        filed(cast, fund_named(tranche.fund).programme, tranche.region_code)
    actions.ask(tranche, cast.city, request="实施方案已备案。", at=MOMENT)
    return tranche


def evaluated(cast: Cast, tranche: Tranche) -> Tranche:
    asked(cast, tranche)
    actions.evaluate(tranche, cast.province, score=82, opinion="合格。", at=MOMENT)
    return tranche


def released(cast: Cast, tranche: Tranche, **different: Any) -> list[BudgetOrder]:
    evaluated(cast, tranche)
    return actions.release(
        tranche,
        cast.province,
        document_number="鄂财〔2026〕7号",
        note=CHECKED,
        at=MOMENT,
        **different,
    )


def test_the_portions_add_up_to_what_the_place_gets(cast: Cast) -> None:
    assert [t.amount_fen for t in planned(cast)] == [1_200 * WAN, 900 * WAN, 900 * WAN]
    assert planned(cast, 1) == list(Tranche.objects.all())  # once planned it stays
    odd = actions.plan(cast.province, PILOT, "420500", amount_fen=11, at=MOMENT)
    assert sum(t.amount_fen for t in odd) == 11


def test_no_place_gets_more_than_the_fund_gives_to_each(cast: Cast) -> None:
    with pytest.raises(StepRefused, match=r"至 30,000,000\.00 元"):
        planned(cast, 3_000 * WAN + 1)
    with pytest.raises(StepRefused, match="没有规定分批比例"):
        actions.plan(cast.province, "scenario-2026", WUHAN, at=MOMENT)
    with pytest.raises(NotAllowed):
        actions.plan(cast.city, PILOT, WUHAN, at=MOMENT)


def test_a_tranche_goes_from_the_request_to_the_books(cast: Cast) -> None:
    first, *_ = planned(cast)
    cast.province, cast.city  # noqa: B018 - both offices are there to be told
    orders = released(cast, first)
    assert first.state == "released"
    assert [o.tranche_id for o in orders] == [first.pk] * 2
    assert (left(WUHAN, "enterprise"), left(WUHAN, "public")) == (960 * WAN, 240 * WAN)
    assert Notice.objects.filter(link=f"/official/tranches/{first.pk}/").count() == 3


def test_what_the_books_said_is_kept_with_each_request(cast: Cast) -> None:
    first, second, _ = planned(cast)
    released(cast, first)
    ledger.settle(drawn(WUHAN, "enterprise", 500 * WAN, cast.firm.organisation.uscc), at=MOMENT)
    evaluated(cast, second)
    drawn(WUHAN, "enterprise", 100 * WAN, cast.firm.organisation.uscc)
    figures = queries.kept(second.figures["asked"])
    assert (figures.allotted_fen, figures.committed_fen) == (1_200 * WAN, 500 * WAN)
    assert (figures.share_bps, figures.spent_share_bps) == (8_000, 10_000)


def test_no_money_without_a_target_contract(cast: Cast) -> None:
    first, *_ = planned(cast)
    with pytest.raises(StepRefused, match=r"没有备案生效（现在：没有填报）.*请先在“城市试点”"):
        actions.ask(first, cast.city, request="方案齐备。", at=MOMENT)
    assert first.state == "planned"
    plan = filed(cast)
    evaluated(cast, first)
    pilots.close_plan(plan, cast.province, note="提前结束试点。", at=MOMENT)
    with pytest.raises(StepRefused, match="没有备案生效"):
        actions.release(first, cast.province, document_number="7号", note=CHECKED, at=MOMENT)
    assert not BudgetOrder.objects.filter(tranche=first).exists()


def test_tranches_go_one_after_the_other(cast: Cast) -> None:
    first, second, _ = planned(cast)
    with pytest.raises(StepRefused, match="第 1 批还没有下达"):
        asked(cast, second)
    evaluated(cast, first)
    actions.refuse(first, cast.province, note="方案未备案。", at=MOMENT)
    with pytest.raises(StepRefused, match="第 1 批还没有下达"):
        asked(cast, second)


def test_points_below_the_least_do_not_pass_and_it_goes_back_with_a_reason(cast: Cast) -> None:
    first, *_ = planned(cast)
    asked(cast, first)
    for score in (59, 101):
        with pytest.raises(StepRefused, match="60 分至 100 分"):
            actions.evaluate(first, cast.province, score=score, opinion="差。", at=MOMENT)
    actions.give_back(first, cast.province, note="缺备案文件。", at=MOMENT)
    assert first.state == "planned"
    asked(cast, first)


def test_spending_on_public_service_first_holds_the_next_tranche_back(cast: Cast) -> None:
    first, second, _ = planned(cast)
    released(cast, first)
    drawn(WUHAN, "public", 100 * WAN, cast.firm.organisation.uscc)
    drawn(WUHAN, "enterprise", 399 * WAN, cast.firm.organisation.uscc)
    evaluated(cast, second)
    with pytest.raises(StepRefused, match=r"占 79\.95 %，低于 80 %"):
        actions.release(second, cast.province, note=CHECKED, document_number="8号", at=MOMENT)
    drawn(WUHAN, "enterprise", WAN, cast.firm.organisation.uscc)
    actions.release(second, cast.province, note=CHECKED, document_number="8号", at=MOMENT)


def test_whoever_evaluated_it_does_not_release_it_where_a_colleague_could(cast: Cast) -> None:
    first, *_ = planned(cast)
    evaluated(cast, first)
    with pytest.raises(StepRefused, match="只有您一位"):
        actions.release(first, cast.province, document_number="7号", at=MOMENT)
    other = colleague(cast, cast.province)
    first.refresh_from_db()
    with pytest.raises(StepRefused, match="不相容岗位"):
        actions.release(first, cast.province, note=CHECKED, document_number="7号", at=MOMENT)
    first.refresh_from_db()
    assert (first.state, left(WUHAN, "enterprise")) == ("evaluated", 0)
    actions.release(first, other, document_number="7号", at=MOMENT)
    assert left(WUHAN, "enterprise") == 960 * WAN


def test_two_officials_release_it_and_the_money_goes_once(cast: Cast) -> None:
    first, *_ = planned(cast)
    evaluated(cast, first)
    other = Tranche.objects.get(pk=first.pk)
    actions.release(first, cast.province, note=CHECKED, document_number="7号", at=MOMENT)
    with pytest.raises(Moved):
        actions.release(other, cast.province, note=CHECKED, document_number="7号", at=MOMENT)
    assert left(WUHAN, "enterprise") == 960 * WAN


def test_a_release_that_is_refused_leaves_the_tranche_as_it_was(cast: Cast) -> None:
    first, *_ = planned(cast)
    evaluated(cast, first)
    for wrong in ({"document_number": ""}, {"document_number": "7号", "public_fen": 241 * WAN}):
        with pytest.raises(StepRefused):
            actions.release(first, cast.province, note=CHECKED, at=MOMENT, **wrong)
    assert Tranche.objects.get(pk=first.pk).state == "evaluated"
    assert not BudgetOrder.objects.exists()


def test_only_the_city_asks_and_only_the_province_decides(cast: Cast) -> None:
    first, *_ = planned(cast)
    filed(cast)
    for actor in (cast.next_city, cast.county, cast.province):
        with pytest.raises(NotAllowed):
            actions.ask(first, actor, request="请下达。", at=MOMENT)
    with pytest.raises(StepRefused, match="完成情况"):
        actions.ask(first, cast.city, request=" ", at=MOMENT)
    asked(cast, first)
    with pytest.raises(NotAllowed):
        actions.evaluate(first, cast.city, score=90, opinion="好。", at=MOMENT)


def test_a_pilot_county_is_asked_for_by_its_city_and_given_by_the_province(cast: Cast) -> None:
    first, *_ = actions.plan(cast.province, COUNTIES, JIANGAN, at=MOMENT)
    released(cast, first)
    assert left(JIANGAN, "enterprise", COUNTIES) == 256 * WAN


def test_the_report_is_for_the_offices_that_see_the_tranche(cast: Cast) -> None:
    first, *_ = planned(cast)
    file = SimpleUploadedFile("绩效报告.pdf", b"%PDF-1.4 report", content_type="application/pdf")
    report = keep_document(file, by=cast.city)
    filed(cast)
    actions.ask(first, cast.city, request="已备案。", report=report, at=MOMENT)
    assert queries.report_for(cast.province, report.pk) == report
    assert queries.report_for(cast.next_city, report.pk) is None
    assert queries.report_for(cast.firm.actor, report.pk) is None
