from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from dengta.accounts.queries import SYSTEM
from dengta.assessment.models import Assessment
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, allowed_steps, begin
from dengta.trail.models import Event
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.trail.conftest import evidence, steps_of


def test_a_step_moves_the_state_and_writes_who_what_when_and_why(
    cast: Cast, draft: Assessment
) -> None:
    acting, later = cast.firm.actor, MOMENT + ONE_DAY
    event = advance(
        draft, "submit", by=acting, at=later, note=" 属实 ", reasons={"level": 2},
        evidence=evidence(),
    )  # fmt: skip
    assert (draft.state, draft.state_since, draft.level) == ("submitted", later, 2)
    stored = Event.objects.get(pk=event.pk)
    assert (stored.user_id, stored.role, stored.actor_name) == (
        acting.user_id, "enterprise", acting.name,
    )  # fmt: skip
    assert (stored.note, stored.reasons, stored.at) == ("属实", {"level": 2}, later)
    assert steps_of(draft) == [("begin", "", "draft"), ("submit", "draft", "submitted")]


def test_a_thing_begins_in_the_first_state_with_its_event(cast: Cast) -> None:
    thing = Assessment(
        organisation=cast.firm.organisation, instrument="miit-2024", started_at=MOMENT, state="?"
    )
    begin(thing, by=cast.firm.actor, at=MOMENT)
    thing.refresh_from_db()
    assert (thing.state, thing.state_since) == ("draft", MOMENT)
    assert steps_of(thing) == [("begin", "", "draft")]


def test_a_thing_that_cannot_be_saved_leaves_no_event(cast: Cast, draft: Assessment) -> None:
    second = Assessment(
        organisation=cast.firm.organisation, instrument="miit-2024", started_at=MOMENT
    )
    before = Event.objects.count()
    with pytest.raises(IntegrityError), transaction.atomic():
        begin(second, by=cast.firm.actor, at=MOMENT)
    assert Event.objects.count() == before


def test_a_role_that_may_not_take_the_step_is_refused(cast: Cast, draft: Assessment) -> None:
    for acting in (cast.county, cast.city, cast.province, cast.expert, cast.supplier.actor, SYSTEM):
        assert allowed_steps(draft, acting) == ()
        with pytest.raises(NotAllowed, match="不在您的岗位权限内"):
            advance(draft, "submit", by=acting, evidence=evidence())
    assert steps_of(draft) == [("begin", "", "draft")]


def test_another_firm_is_refused_though_its_role_is_right(cast: Cast, draft: Assessment) -> None:
    with pytest.raises(NotAllowed):
        advance(draft, "submit", by=cast.rival.actor, evidence=evidence())
    assert steps_of(draft) == [("begin", "", "draft")]


def test_an_office_of_another_territory_is_refused(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    for acting in (cast.next_county, cast.remote_office, cast.next_city):
        assert allowed_steps(voucher, acting) == ()
        with pytest.raises(NotAllowed):
            advance(voucher, "pass", by=acting)
    assert {s.id for s in allowed_steps(voucher, cast.county)} == {"pass", "return", "reject"}


@pytest.mark.parametrize("note", ["", "  \n\t "])
def test_a_step_that_needs_a_reason_is_refused_without_one(cast: Cast, note: str) -> None:
    voucher = cast.voucher("district_check")
    for step in ("return", "reject"):
        with pytest.raises(StepRefused, match="需要写明理由"):
            advance(voucher, step, by=cast.county, note=note)
    voucher.refresh_from_db()
    assert voucher.state == "district_check"


def test_of_two_stale_copies_the_second_finds_the_state_moved(
    cast: Cast, draft: Assessment
) -> None:
    phone, desk = (Assessment.objects.get(pk=draft.pk) for _ in range(2))
    advance(phone, "discard", by=cast.firm.actor)
    with pytest.raises(Moved, match="请刷新页面"):
        advance(desk, "submit", by=cast.firm.actor, evidence=evidence())
    desk.refresh_from_db()
    assert (desk.state, desk.level) == ("discarded", None)
    assert steps_of(draft) == [("begin", "", "draft"), ("discard", "draft", "discarded")]


def test_a_step_that_does_not_leave_from_here_is_refused(cast: Cast, draft: Assessment) -> None:
    advance(draft, "discard", by=cast.firm.actor)
    with pytest.raises(Moved):
        advance(draft, "submit", by=cast.firm.actor, evidence=evidence())
    assert len(steps_of(draft)) == 2


def test_a_step_that_the_flow_does_not_know_is_a_mistake_of_the_program(
    cast: Cast, draft: Assessment
) -> None:
    with pytest.raises(KeyError):
        advance(draft, "frobnicate", by=cast.firm.actor)


@pytest.mark.parametrize("missing", ["submitted_at", "verify_code", "policy_digest"])
def test_without_its_evidence_there_is_neither_step_nor_event(
    cast: Cast, draft: Assessment, missing: str
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        advance(draft, "submit", by=cast.firm.actor, evidence=evidence(**{missing: None}))
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert steps_of(draft) == [("begin", "", "draft")]


def test_what_fails_after_the_step_takes_step_and_event_back(cast: Cast, draft: Assessment) -> None:
    with pytest.raises(RuntimeError, match="afterwards"), transaction.atomic():
        advance(draft, "discard", by=cast.firm.actor)
        raise RuntimeError("afterwards")
    draft.refresh_from_db()
    assert draft.state == "draft"
    assert steps_of(draft) == [("begin", "", "draft")]
