"""The visit: level, finances and effects in one trip; publicity, objections, acceptance."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dengta.projects.actions import acceptance, disputes, ending
from dengta.projects.models import Acceptance, Dispute, Project
from dengta.projects.queries.acceptance import with_city
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.projects import stage

WORDS = "该企业并未使用这套系统，车间仍用纸质工单。"


def on_site(cast: Cast) -> tuple[Acceptance, Any]:
    """An acceptance that waits for its visit, rated by the firm."""
    made, now = stage.asked(cast)
    acceptance.pass_papers(made, cast.county, answers=stage.answers(made), at=now)
    acceptance.rate(made, cast.firm.actor, provider_stars=4, result_stars=5)
    return made, now + 5 * ONE_DAY


def object_to(made: Acceptance, at: Any, **different: Any) -> Dispute:
    """Somebody objects by name."""
    said = {"name": "赵明", "contact": "027-87230000", "text": WORDS, "key": "k"}
    return disputes.dispute(made, **(said | different), at=at)


def test_the_visit_keeps_all_three_results(cast: Cast) -> None:
    made, _ = stage.visited(cast)

    assert (made.level, made.eligible_fen, made.paid_fen) == (2, 18 * WAN, 18 * WAN)
    assert made.effects["efficiency"] == {"claimed": 12, "found": 11}
    assert made.visitors == ["刘科长", "陈工"] and made.real is True


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"visitors": ["刘科长"]}, "至少 2 人"),
        ({"visitors": ["刘科长", " 刘科长 "]}, "至少 2 人"),
        ({"real": False}, "内容不真实"),
        ({"minutes": "好"}, "现场记录"),
        ({"paid_fen": 19 * WAN}, "都不能超过开票"),
        ({"eligible_fen": -1}, "都不能超过开票"),
        ({"effects": {}}, "核实的成效"),
        ({"rating": 999_999}, "现场评定"),
    ],
)
def test_a_visit_that_lacks_something_is_not_recorded(
    cast: Cast, wrong: dict[str, Any], why: str
) -> None:
    made, there = on_site(cast)
    rating = stage.rated(cast, cast.firm, at=there)
    visit = stage.visit(rating, there.date())
    said = {name: getattr(visit, name) for name in visit.__slots__} | wrong

    with pytest.raises(StepRefused, match=why):
        acceptance.record_visit(made, cast.city, type(visit)(**said), at=there)
    assert made.state == "on_site" and made.level is None


def test_the_firm_rates_by_itself_before_the_visit_is_recorded(cast: Cast) -> None:
    made, now = stage.asked(cast)
    acceptance.pass_papers(made, cast.county, answers=stage.answers(made), at=now)
    rating = stage.rated(cast, cast.firm, at=now)

    with pytest.raises(StepRefused, match="企业先评分"):
        acceptance.record_visit(made, cast.city, stage.visit(rating, now.date()), at=now)
    with pytest.raises(NotAllowed):
        acceptance.rate(made, cast.supplier.actor, provider_stars=5, result_stars=5)
    with pytest.raises(StepRefused):
        acceptance.rate(made, cast.firm.actor, provider_stars=6, result_stars=5)


def test_a_level_rated_before_the_end_or_on_another_day_does_not_count(cast: Cast) -> None:
    early = stage.rated(cast, cast.firm, at=MOMENT)
    made, there = on_site(cast)

    with pytest.raises(StepRefused, match="没有完工"):
        acceptance.record_visit(made, cast.city, stage.visit(early, there.date()), at=there)
    other = stage.rated(cast, cast.firm, at=there)
    later = there + ONE_DAY
    with pytest.raises(StepRefused, match="同一次到场"):
        acceptance.record_visit(made, cast.city, stage.visit(other, later.date()), at=later)


def test_where_the_lot_falls_the_city_comes_along(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, there = on_site(cast)
    rating = stage.rated(cast, cast.firm, at=there)
    monkeypatch.setattr(acceptance, "with_city", lambda one: True)

    with pytest.raises(StepRefused, match="抽中市级到场"):
        acceptance.record_visit(made, cast.county, stage.visit(rating, there.date()), at=there)
    acceptance.record_visit(made, cast.city, stage.visit(rating, there.date()), at=there)
    assert with_city(made) in (True, False)


def test_a_level_below_the_programmes_is_not_published_but_failed_and_asked_again(
    cast: Cast,
) -> None:
    made, there = stage.visited(cast, level=1)

    with pytest.raises(StepRefused, match="至少 2 级"):
        acceptance.publish(made, cast.city, at=there)
    acceptance.fail(made, cast.city, note="等级未达到二级，请整改。", at=there)

    project = Project.objects.get()
    assert (made.state, project.state) == ("failed", "under_way")
    again = there + ONE_DAY
    stage.milestones.finish(project, cast.firm.actor, finished_date=again.date(), at=again)
    anew = acceptance.ask(
        project, cast.firm.actor, summary=stage.SUMMARY, effects={"efficiency": 5}, at=again
    )
    assert anew.pk != made.pk


def test_it_is_accepted_only_after_publicity(cast: Cast) -> None:
    made, there = stage.published(cast)
    assert made.publicity_until is not None

    with pytest.raises(StepRefused, match="公示到"):
        acceptance.accept(made, cast.city, at=there + ONE_DAY)
    for other in (cast.county, cast.next_city, cast.firm.actor):
        with pytest.raises(NotAllowed):
            acceptance.accept(made, other, at=there + 20 * ONE_DAY)


def test_the_calendar_accepts_what_nobody_objected_to_and_only_once(cast: Cast) -> None:
    made, there = stage.published(cast)
    over = there + 14 * ONE_DAY

    assert acceptance.accept_due(there.date()) == 0
    assert acceptance.accept_due(over.date(), at=over) == 1
    assert acceptance.accept_due(over.date(), at=over) == 0

    project = Project.objects.get()
    assert (project.state, project.accepted_date) == ("accepted", over.date())
    assert project.after["effects"]["efficiency"]["found"] == 11
    assert project.after["scenarios"] and project.after["days"] == 60
    last = Event.objects.filter(flow="acceptance", thing_id=made.pk).latest("id")
    assert (last.step, last.role) == ("accept", "system")


def test_an_objection_holds_it_until_it_is_dismissed(cast: Cast) -> None:
    made, there = stage.published(cast)
    one = object_to(made, there)
    assert object_to(made, there) == one
    over = there + 14 * ONE_DAY

    assert acceptance.accept_due(over.date(), at=over) == 0
    with pytest.raises(StepRefused, match="请先答复"):
        acceptance.accept(made, cast.city, at=over)
    disputes.answer(one, cast.city, False, "经现场复核，系统在用。", at=over)
    acceptance.accept(made, cast.city, at=over)


def test_upheld_it_cannot_pass_any_more(cast: Cast) -> None:
    made, there = stage.published(cast)
    one = object_to(made, there)
    with pytest.raises(NotAllowed):
        disputes.answer(one, cast.county, True, "经现场复核，情况属实。", at=there)
    disputes.answer(one, cast.city, True, "经现场复核，情况属实。", at=there)
    over = there + 14 * ONE_DAY

    with pytest.raises(StepRefused, match="不予通过"):
        acceptance.accept(made, cast.city, at=over)
    acceptance.fail(made, cast.city, note="异议成立。", at=over)
    assert made.state == "failed"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": "1"}, "真实姓名"),
        ({"contact": "找我"}, "电话或邮箱"),
        ({"text": "假的"}, "异议内容"),
    ],
)
def test_objections_are_by_name_and_say_what(cast: Cast, wrong: dict[str, str], why: str) -> None:
    made, there = stage.published(cast)

    with pytest.raises(StepRefused, match=why):
        object_to(made, there, **wrong)
    with pytest.raises(StepRefused, match="不在公示期"):
        object_to(made, there + 20 * ONE_DAY)


def test_an_acceptance_is_annulled_by_city_or_province_with_the_reason(cast: Cast) -> None:
    project, over = stage.accepted(cast)

    with pytest.raises(NotAllowed):
        ending.annul(project, cast.county, note="虚假。", at=over)
    with pytest.raises(StepRefused, match="理由"):
        ending.annul(project, cast.city, note=" ", at=over)
    ending.annul(project, cast.province, note="系统从未使用。", at=over)
    with pytest.raises(Moved):
        ending.annul(project, cast.province, note="再来一次。", at=over)


def test_no_state_stands_in_the_table_without_its_evidence(cast: Cast) -> None:
    made, _ = stage.asked(cast)
    for state in ("visited", "publicity", "accepted"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Acceptance.objects.filter(pk=made.pk).update(state=state)
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=made.project_id).update(state="accepted")
