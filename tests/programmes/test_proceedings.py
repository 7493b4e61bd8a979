"""Proceedings on awards: charged, heard, decided, appealed; asked for, granted, refused."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.core.workdays import add_workdays
from dengta.programmes.actions import award_days
from dengta.programmes.actions import proceedings as act
from dengta.programmes.actions.effects import restore
from dengta.programmes.models import Award, Proceeding
from dengta.programmes.queries.awards import award_document, proceeding_steps, proceedings_of
from dengta.registry.queries import titles_on
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event, Notice
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.programmes import stage
from tests.programmes.given import awarded


def charged(cast: Cast, award: Award, kind: str = "revocation") -> Proceeding:
    return act.open_proceeding(
        award, cast.province, kind, grounds="现场核查发现场景已停止开放。", key="k1", at=MOMENT
    )


def asked(cast: Cast, award: Award, kind: str, **terms: Any) -> Proceeding:
    filled: dict[str, Any] = {"grounds": "请予办理。", "key": "k2", "at": MOMENT}
    return act.open_proceeding(award, cast.firm.actor, kind, **(filled | terms))


def decided(cast: Cast, award: Award, kind: str = "revocation", **terms: dt.date) -> Proceeding:
    case = charged(cast, award, kind)
    act.serve(case, cast.province, notice="拟撤销认定，可在 10 个工作日内申辩。", at=MOMENT)
    act.defend(case, cast.firm.actor, text="场景正在升级，下月恢复开放。", at=MOMENT)
    act.decide(case, cast.province, decision="申辩理由不成立。", at=MOMENT, **terms)
    return case


def titles(cast: Cast, day: dt.date) -> frozenset[str]:
    return titles_on(cast.firm.organisation, day)


def test_a_revocation_takes_effect_when_the_days_of_appeal_are_over(cast: Cast) -> None:
    award = awarded(cast)
    case = decided(cast, award)
    last = add_workdays(DAY, 15)
    assert award_days.due(last) == award_days.Passed()
    award.refresh_from_db()
    assert award.state == "in_force"
    after = last + ONE_DAY
    assert award_days.due(after).in_effect == 1
    assert award_days.due(after) == award_days.Passed()
    award.refresh_from_db()
    case.refresh_from_db()
    assert (award.state, case.state) == ("revoked", "closed")
    assert award.revoked_at is not None
    assert "scenario" in titles(cast, last)
    assert "scenario" not in titles(cast, after)
    done = Event.objects.get(flow="award", thing_id=award.pk, step="revoke")
    assert (done.user_id, done.note) == (cast.province.user_id, "申辩理由不成立。")


def test_the_register_of_what_is_given_once_outlives_a_revocation(cast: Cast) -> None:
    award = awarded(cast, once_key="scenario/91/ever")
    decided(cast, award)
    award_days.due(DAY + 60 * ONE_DAY)
    award.refresh_from_db()
    assert (award.state, award.once_key) == ("revoked", "scenario/91/ever")


def test_a_decision_that_is_confirmed_on_appeal_takes_effect_at_once(cast: Cast) -> None:
    award = awarded(cast)
    case = decided(cast, award)
    act.appeal(case, cast.firm.actor, text="没有考虑升级方案。", at=MOMENT)
    assert award_days.due(DAY + 60 * ONE_DAY).in_effect == 0
    act.confirm(case, cast.province, note="复核维持。", at=MOMENT)
    award.refresh_from_db()
    assert (award.state, case.state) == ("revoked", "closed")


def test_a_decision_that_is_overturned_never_takes_effect(cast: Cast) -> None:
    award = awarded(cast)
    case = decided(cast, award)
    act.appeal(case, cast.firm.actor, text="没有考虑升级方案。", at=MOMENT)
    act.overturn(case, cast.province, note="原决定事实不清。", at=MOMENT)
    assert award_days.due(DAY + 90 * ONE_DAY) == award_days.Passed()
    award.refresh_from_db()
    assert (award.state, case.state) == ("in_force", "dismissed")


def test_an_appeal_after_its_days_is_refused_though_the_clock_was_not_there_yet(cast: Cast) -> None:
    case = decided(cast, awarded(cast))
    late = MOMENT + 40 * ONE_DAY
    with pytest.raises(StepRefused, match="行政复议"):
        act.appeal(case, cast.firm.actor, text="晚了。", at=late)


def test_who_does_not_answer_a_charge_is_heard_without_an_answer(cast: Cast) -> None:
    case = charged(cast, awarded(cast))
    act.serve(case, cast.province, notice="拟撤销认定。", at=MOMENT)
    with pytest.raises(NotAllowed):
        act.decide(case, cast.firm.actor, decision="不撤销。", at=MOMENT)
    with pytest.raises(Moved):  # nobody decides before the other side could speak
        act.decide(case, cast.province, decision="撤销。", at=MOMENT)
    last = add_workdays(DAY, 10)
    assert award_days.due(last).undefended == 0
    assert award_days.due(last + ONE_DAY).undefended == 1
    case.refresh_from_db()
    assert case.state == "heard"


def test_the_holder_does_not_see_a_charge_before_it_is_served(cast: Cast) -> None:
    award = awarded(cast)
    case = charged(cast, award)
    assert proceedings_of(award, cast.firm.actor) == []
    assert proceedings_of(award, cast.province) == [case]
    assert not Notice.objects.filter(user_id=cast.firm.actor.user_id).exists()
    act.serve(case, cast.province, notice="拟撤销认定。", at=MOMENT)
    assert proceedings_of(award, cast.firm.actor) == [case]
    notice = Notice.objects.get(user_id=cast.firm.actor.user_id)
    assert f"{add_workdays(DAY, 10)}" in notice.body["zh"]


def test_only_the_holder_answers_and_appeals_not_an_office_that_covers_it(cast: Cast) -> None:
    case = charged(cast, awarded(cast))
    act.serve(case, cast.province, notice="拟撤销认定。", at=MOMENT)
    for actor in (cast.city, cast.rival.actor, cast.province):
        with pytest.raises(NotAllowed):
            act.defend(case, actor, text="代为申辩。", at=MOMENT)
    assert [step.id for step in proceeding_steps(case, cast.firm.actor)] == ["defend"]
    assert proceeding_steps(case, cast.city) == ()


def test_a_second_proceeding_waits_and_the_same_key_is_the_same_one(cast: Cast) -> None:
    award = awarded(cast)
    first = charged(cast, award)
    assert charged(cast, award) == first
    with pytest.raises(StepRefused, match=first.number):
        act.open_proceeding(
            award, cast.province, "rectification", grounds="另案。", key="k9", at=MOMENT
        )


def test_what_is_to_be_rectified_has_a_day_after_the_appeal_and_can_be_restored(
    cast: Cast,
) -> None:
    award = awarded(cast)
    case = charged(cast, award, "rectification")
    act.serve(case, cast.province, notice="拟责令整改。", at=MOMENT)
    act.defend(case, cast.firm.actor, text="愿意整改。", at=MOMENT)
    with pytest.raises(StepRefused, match="复核期满日"):
        act.decide(case, cast.province, decision="限期整改。", until=DAY + ONE_DAY, at=MOMENT)
    until = DAY + 60 * ONE_DAY
    act.decide(case, cast.province, decision="限期整改。", until=until, at=MOMENT)
    award_days.due(DAY + 30 * ONE_DAY)
    award.refresh_from_db()
    assert (award.state, award.rectify_until) == ("rectifying", until)
    assert "scenario" in titles(cast, DAY + 30 * ONE_DAY)
    assert award_days.due(until).overdue == 0
    assert award_days.due(until + ONE_DAY).overdue == 1
    assert award_days.due(until + 2 * ONE_DAY).overdue == 0
    restore(award, cast.province, note="现场核查合格。", at=MOMENT)
    assert (award.state, award.rectify_until) == ("in_force", None)


def test_a_renewal_is_asked_near_the_end_and_takes_effect_with_the_decision(cast: Cast) -> None:
    award = awarded(cast)
    assert award.expires_date == dt.date(2029, 3, 15)
    with pytest.raises(StepRefused, match="2028年12月15日 起"):
        asked(cast, award, "renewal")
    near = dt.datetime(2029, 1, 10, 10, tzinfo=MOMENT.tzinfo)
    case = asked(cast, award, "renewal", at=near)
    with pytest.raises(StepRefused, match="先受理"):
        act.serve(case, cast.province, notice="拟续期。", at=near)
    act.take_up(case, cast.province, at=near)
    act.decide(case, cast.province, decision="复核合格，准予续期。", at=near)
    award.refresh_from_db()
    assert (award.state, award.expires_date) == ("in_force", dt.date(2032, 3, 15))
    assert case.state == "closed"
    assert "scenario" in titles(cast, dt.date(2032, 3, 15))
    assert "scenario" not in titles(cast, dt.date(2032, 3, 16))


def test_an_award_expires_once_its_last_day_is_over_and_can_still_be_renewed(cast: Cast) -> None:
    award = awarded(cast)
    last = dt.date(2029, 3, 15)
    assert award_days.due(last - 100 * ONE_DAY) == award_days.Passed()
    assert award_days.due(last - 90 * ONE_DAY).reminded == 1
    assert award_days.due(last).reminded == 0
    assert award_days.due(last).expired == 0
    assert award_days.due(last + ONE_DAY).expired == 1
    assert award_days.due(last + ONE_DAY) == award_days.Passed()
    award.refresh_from_db()
    assert award.state == "expired"
    later = dt.datetime(2029, 5, 1, 10, tzinfo=MOMENT.tzinfo)
    case = asked(cast, award, "renewal", at=later)
    act.take_up(case, cast.province, at=later)
    act.decide(case, cast.province, decision="准予续期。", at=later)
    award.refresh_from_db()
    assert (award.state, award.expires_date) == ("in_force", dt.date(2032, 5, 1))


def test_a_request_can_be_taken_back_or_refused_with_reasons(cast: Cast) -> None:
    award = awarded(cast, expires_date=DAY + 30 * ONE_DAY)
    case = asked(cast, award, "renewal")
    act.withdraw(case, cast.firm.actor, at=MOMENT)
    again = act.open_proceeding(
        award, cast.firm.actor, "renewal", grounds="再次申请。", key="k3", at=MOMENT
    )
    with pytest.raises(StepRefused, match="理由"):
        act.dismiss(again, cast.province, note=" ", at=MOMENT)
    act.dismiss(again, cast.province, note="场景已停用。", at=MOMENT)
    assert (case.state, again.state) == ("withdrawn", "dismissed")


def test_a_new_name_in_the_registry_is_followed_by_a_proceeding(cast: Cast) -> None:
    award = awarded(cast)
    former = award.holder_name
    firm = cast.firm.organisation
    firm.name = "江岸智造股份有限公司"
    firm.save()
    assert award_days.due(DAY).renamed == 1
    assert award_days.due(DAY).renamed == 0
    case = award.proceedings.get()
    assert case.terms == {"name": firm.name, "former": former}
    act.take_up(case, cast.province, at=MOMENT)
    act.decide(case, cast.province, decision="同意变更。", at=MOMENT)
    award.refresh_from_db()
    assert (award.holder_name, award.awarded_name) == (firm.name, former)
    assert award_days.due(DAY + ONE_DAY).renamed == 0


def test_a_name_that_the_registry_lacks_needs_proof_and_reaches_the_registry(cast: Cast) -> None:
    award = awarded(cast)
    with pytest.raises(StepRefused, match="变更后的名称"):
        asked(cast, award, "renaming", name=award.holder_name)
    with pytest.raises(StepRefused, match="变更通知书"):
        asked(cast, award, "renaming", name="江岸智造股份有限公司")
    new, proof = "江岸智造股份有限公司", stage.paper("pdf", "准予变更登记通知书")
    with pytest.raises(StepRefused, match="格式"):
        asked(cast, award, "renaming", name=new, file=SimpleUploadedFile("通知书.exe", b"x"))
    case = asked(cast, award, "renaming", name=new, file=proof)
    assert award_document(cast.firm.actor, case.evidence_id) == case.evidence
    assert award_document(cast.rival.actor, case.evidence_id) is None
    act.take_up(case, cast.province, at=MOMENT)
    act.decide(case, cast.province, decision="同意变更。", at=MOMENT)
    cast.firm.organisation.refresh_from_db()
    award.refresh_from_db()
    assert award.holder_name == cast.firm.organisation.name == "江岸智造股份有限公司"


def test_a_city_office_does_not_open_a_revocation(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        act.open_proceeding(
            awarded(cast), cast.city, "revocation", grounds="不符。", key="k1", at=MOMENT
        )


def test_what_cannot_be_done_any_more_is_not_done_when_the_decision_takes_effect(
    cast: Cast,
) -> None:
    award = awarded(cast, expires_date=DAY + 10 * ONE_DAY)
    decided(cast, award, "rectification", until=DAY + 90 * ONE_DAY)
    assert award_days.due(DAY + 11 * ONE_DAY).expired == 1
    assert award_days.due(DAY + 40 * ONE_DAY).in_effect == 1
    award.refresh_from_db()
    assert award.state == "expired"
