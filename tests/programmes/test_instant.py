"""免申即享: the list comes from facts, the firm confirms, the office signs the batch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from dengta.programmes.actions import instant as act
from dengta.programmes.actions.rounds import close_due
from dengta.programmes.actions.submitting import confirm
from dengta.programmes.models import Application, Award, Round
from dengta.programmes.queries import simulation as trial
from dengta.programmes.queries.instant import entitled, instant_of
from dengta.registry.actions import state_facts
from dengta.trail.actions import NotAllowed, StepRefused, begin
from dengta.trail.models import Event, Notice
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm
from tests.programmes import stage

GRANTED = {"cross_tier": "national", "cross_first_time": True}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is MOMENT, and nothing is kept from another test."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)
    trial._kept.cache_clear()
    yield
    trial._kept.cache_clear()


@pytest.fixture
def round(cast: Cast) -> Round:
    """A round of the award for cross-industry platforms; who fits, who lacks a fact, who does
    not."""
    state_facts(cast.firm.actor, GRANTED)
    state_facts(cast.rival.actor, {"cross_tier": "provincial"})
    state_facts(cast.giant.actor, GRANTED | {"cross_first_time": False})
    return stage.opened(cast, "cross_platform", name="2026 年“双跨”平台奖补")


def the_one(round: Round, firm: Firm) -> Application:
    return Application.objects.get(round=round, organisation=firm.organisation)


def confirmed(round: Round, firm: Firm) -> Application:
    application = the_one(round, firm)
    confirm(application, firm.actor, pledged_by="王厂长", at=MOMENT)
    return application


def test_those_whose_facts_say_yes_are_listed_and_asked_and_the_others_are_counted(
    cast: Cast, round: Round
) -> None:
    assert entitled(round, DAY) == [cast.firm.organisation.pk]
    made = act.compute_list(round, cast.province, at=MOMENT)
    assert (made.entitled, made.fresh) == (1, 1)
    application = the_one(round, cast.firm)
    assert application.state == "invited"
    assert application.verdict["eligible"] == "yes"
    notice = Notice.objects.get(user_id=cast.firm.actor.user_id)
    assert notice.link == f"/applications/{application.pk}/"
    stands = instant_of(round, DAY, "fact:cross_first_time")
    assert (stands.listed, stands.invited, stands.fresh) == (1, 1, 0)
    assert {(short.what, short.id): short.firms for short in stands.short} == {
        ("fact", "cross_first_time"): 1, ("clause", "first"): 1,
    }  # fmt: skip
    assert [firm.name for firm in stands.firms] == [cast.rival.organisation.name]


def test_computed_again_it_asks_nobody_twice_and_adds_who_has_come_to_fit(
    cast: Cast, round: Round
) -> None:
    act.compute_list(round, cast.province, at=MOMENT)
    assert act.compute_list(round, cast.province, at=MOMENT).fresh == 0
    state_facts(cast.rival.actor, GRANTED)
    assert act.compute_list(round, cast.province, at=MOMENT).fresh == 1
    assert Application.objects.filter(round=round).count() == 2


def test_one_click_of_the_firm_and_one_signature_bring_it_to_the_list(
    cast: Cast, round: Round
) -> None:
    state_facts(cast.rival.actor, GRANTED)
    act.compute_list(round, cast.province, at=MOMENT)
    for firm in (cast.firm, cast.rival):
        assert confirmed(round, firm).state == "formal_check"
    done = act.sign(round, cast.province, signed_by="周处长", at=MOMENT)
    assert (done.count, done.left) == (2, [])
    assert set(Application.objects.values_list("state", flat=True)) == {"ranked"}
    note = Event.objects.filter(flow="application", step="pass_province").first()
    assert note is not None and "周处长" in note.note
    with pytest.raises(StepRefused, match="没有等待签发"):
        act.sign(round, cast.province, signed_by="周处长", at=MOMENT)


def test_what_has_changed_since_stays_behind_with_the_reason(cast: Cast, round: Round) -> None:
    state_facts(cast.rival.actor, GRANTED)
    act.compute_list(round, cast.province, at=MOMENT)
    application = confirmed(round, cast.firm)
    confirmed(round, cast.rival)
    firm = cast.firm.organisation
    rival = cast.rival.organisation
    type(firm).objects.filter(pk=firm.pk).update(legal_person=rival.legal_person)
    done = act.sign(round, cast.province, signed_by="周处长", at=MOMENT)
    assert done.count == 0
    assert {left.pk for left, why in done.left if "逐件核对" in why.zh} == {
        application.pk, the_one(round, cast.rival).pk,
    }  # fmt: skip


def test_what_is_not_confirmed_by_the_deadline_lapses(cast: Cast, round: Round) -> None:
    act.compute_list(round, cast.province, at=MOMENT)
    with pytest.raises(NotAllowed):
        confirm(the_one(round, cast.firm), cast.rival.actor, pledged_by="别人", at=MOMENT)
    close_due(round.closes_at)
    with pytest.raises(StepRefused):
        confirm(the_one(round, cast.firm), cast.firm.actor, pledged_by="王", at=round.closes_at)
    round.refresh_from_db()
    with pytest.raises(StepRefused, match="不在确认期"):
        act.compute_list(round, cast.province, at=round.closes_at + ONE_DAY)


def test_who_had_it_in_this_round_is_not_listed_again(cast: Cast, round: Round) -> None:
    act.compute_list(round, cast.province, at=MOMENT)
    application = the_one(round, cast.firm)
    award = Award(
        application=application,
        organisation=cast.firm.organisation,
        programme="cross_platform",
        awarded_name="甲",
        holder_name="甲",
        document_number="鄂经信〔2026〕1号",
        award_date=DAY,
        number="RD-1",
        code="ABCDEFGHJKLM",
    )
    begin(award, by=cast.province, at=MOMENT)
    assert entitled(round, DAY) == []


def test_a_selection_that_is_applied_for_has_no_list_and_a_city_makes_none(
    cast: Cast, round: Round
) -> None:
    with pytest.raises(StepRefused, match="不是免申即享"):
        act.compute_list(stage.opened(cast), cast.province, at=MOMENT)
    with pytest.raises(NotAllowed):
        act.compute_list(round, cast.city, at=MOMENT)
    with pytest.raises(StepRefused, match="签发人姓名"):
        act.sign(round, cast.province, signed_by=" ", at=MOMENT)


def test_a_long_list_is_made_and_signed_behind_the_pages(
    cast: Cast, round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(act, "AT_ONCE", 0)
    made = act.compute_list(round, cast.province, at=MOMENT)
    assert made.job is not None
    act.list_instant.call(made.job.pk)
    confirmed(round, cast.firm)
    signed = act.sign(round, cast.province, signed_by="周处长", at=MOMENT)
    assert signed.job is not None
    act.sign_instant.call(signed.job.pk)
    signed.job.refresh_from_db()
    assert [line["count"] for line in signed.job.summary] == [1, 0]
    assert the_one(round, cast.firm).state == "ranked"
