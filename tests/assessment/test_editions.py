"""Editions side by side: what is offered, what becomes of a draft whose edition ended, what an old
result says under the new one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from dengta.assessment.actions import (
    EditionEnded,
    Given,
    NotOffered,
    discard,
    save_answers,
    start,
    submit,
)
from dengta.assessment.actions.editions import NothingFollows, carry_over
from dengta.assessment.actions.evidence import attach, take_back
from dengta.assessment.models import Assessment
from dengta.assessment.queries import answers_of, draft_of
from dengta.assessment.queries.editions import ended, following, offered, rescored
from dengta.assessment.queries.evidence import evidence_of
from dengta.registry.queries import policy
from dengta.rights.actions import give_consent
from dengta.trail.models import Event
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.editions import CHANGE, DROPPED, new_edition
from tests.pictures import photo, uploaded

AFTER = MOMENT.replace(month=8)


@pytest.fixture
def editions(tmp_path: Path) -> Iterator[None]:
    with new_edition(tmp_path):
        yield


def test_the_instrument_that_makes_the_level_is_offered_first(cast: Cast) -> None:
    able = [one.id for one in offered(cast.firm.organisation, DAY)]
    assert able[0] == "miit-2024"
    assert {"eu-dma", "siri", "gbt-39116-discrete", "gbt-39116-process"} <= set(able)
    assert "miit-2022" not in able, "it only records earlier results"
    assert offered(cast.firm.organisation, dt.date(2024, 9, 3))[0].id != "miit-2024"


def test_what_is_meant_for_manufacturing_is_offered_to_manufacturing(cast: Cast) -> None:
    shop = cast.enrol("shop", industry_code="51")
    able = {one.id for one in offered(shop.organisation, DAY)}
    assert able == {"miit-2024", "eu-dma"}
    give_consent(shop.actor, "assessment", at=MOMENT)
    with pytest.raises(NotOffered, match=r"SIRI）现在不能填报.*可以选：.*2024年版"):
        start(shop.actor, instrument="siri", at=MOMENT)


@pytest.mark.parametrize("wrong", ["miit-2022", "nonsense", "x" * 300])
def test_an_instrument_that_cannot_be_filled_in_says_which_can(cast: Cast, wrong: str) -> None:
    give_consent(cast.firm.actor, "assessment", at=MOMENT)
    with pytest.raises(NotOffered, match="可以选：中小企业数字化水平评测指标（2024年版）"):
        start(cast.firm.actor, instrument=wrong, at=MOMENT)
    assert not Assessment.objects.exists()


def test_each_instrument_has_a_draft_of_its_own(cast: Cast) -> None:
    national = cast.draft(cast.firm)
    siri = start(cast.firm.actor, instrument="siri", at=MOMENT)
    assert siri.pk != national.pk
    assert start(cast.firm.actor, instrument="siri", at=MOMENT) == siri
    assert start(cast.firm.actor, at=MOMENT) == national
    assert draft_of(cast.firm.organisation.pk, "siri") == siri


@pytest.mark.parametrize("instrument", ["siri", "eu-dma", "gbt-39116-discrete"])
def test_every_kind_of_instrument_is_submitted_whole(cast: Cast, instrument: str) -> None:
    give_consent(cast.firm.actor, "assessment", at=MOMENT)
    draft = start(cast.firm.actor, instrument=instrument, at=MOMENT)
    answers = {
        q.id: q.columns[-1].id * (len(q.rows) or 1) if q.columns else q.options[1].id
        for q in policy().instruments[instrument].questions
    }
    save_answers(draft, cast.firm.actor, answers)
    submit(draft, cast.firm.actor, at=MOMENT)
    draft.refresh_from_db()
    levels = {"siri": (None,), "eu-dma": (2, 3), "gbt-39116-discrete": (5,)}
    assert draft.level in levels[instrument]
    assert (draft.score_milli is None) == (instrument == "siri")


def test_the_new_edition_is_begun_once_it_is_in_force(cast: Cast, editions: None) -> None:
    firm = cast.firm.actor
    for at in (MOMENT, AFTER):
        give_consent(firm, "assessment", at=at)
    assert start(firm, at=MOMENT).instrument == "miit-2024"
    assert start(firm, at=AFTER).instrument == "miit-2026"


def test_answers_for_an_ended_edition_are_refused_with_the_way_out(
    cast: Cast, editions: None
) -> None:
    draft = cast.draft(cast.firm)
    save_answers(draft, cast.firm.actor, cast.answers())
    assert not ended(draft, CHANGE - ONE_DAY)
    assert ended(draft, CHANGE)
    with pytest.raises(
        EditionEnded, match=r"已于 2026年6月30日 停用.*点“换到新版”.*2026年版"
    ) as refused:
        submit(draft, cast.firm.actor, at=AFTER)
    assert refused.value.following == policy().instruments["miit-2026"]
    assert len(answers_of(draft)) == 31, "nothing that was typed is lost"
    save_answers(draft, cast.firm.actor, {"q1": "BCD"})
    assert answers_of(draft)["q1"] == "BCD", "and what is being typed is kept, too"


def test_one_click_carries_all_that_was_typed_into_the_new_edition(
    cast: Cast, editions: None
) -> None:
    draft, firm = cast.draft(cast.firm), cast.firm.actor
    give_consent(firm, "assessment", at=AFTER)
    save_answers(draft, firm, cast.answers() | {
        "energy": Given("NA", reason="没有独立能耗计量", remark="租用厂房"), "q8": None,
        "q9": Given(None, remark="等办公室回复"), "machines_total": "300",
    })  # fmt: skip
    kept = attach(draft, firm, "q2", uploaded(photo(1)))
    take_back(draft, firm, attach(draft, firm, "q2", uploaded(photo(2))).pk)
    new, came, still_open = carry_over(draft, firm, at=AFTER)
    assert (new.instrument, came, still_open) == ("miit-2026", 28, 3)
    assert answers_of(new) == {k: v for k, v in answers_of(draft).items() if k != DROPPED}
    energy, q9 = new.answers.get(item="energy"), new.answers.get(item="q9")
    assert (energy.value, energy.reason, energy.remark) == ("NA", "没有独立能耗计量", "租用厂房")
    assert (q9.value, q9.remark) == ("", "等办公室回复")
    assert [one.document for one in evidence_of(new)] == [kept.document]
    draft.refresh_from_db()
    assert draft.state == "discarded"
    event = Event.objects.get(flow="assessment", thing_id=draft.pk, step="discard")
    assert event.reasons["to"] == new.pk
    assert "2026年版" in event.note


def test_carrying_over_twice_is_the_same_as_once(cast: Cast, editions: None) -> None:
    draft, firm = cast.draft(cast.firm), cast.firm.actor
    give_consent(firm, "assessment", at=AFTER)
    save_answers(draft, firm, cast.answers())
    stale = Assessment.objects.get(pk=draft.pk)
    first = carry_over(draft, firm, at=AFTER)
    save_answers(first.draft, firm, {"q1": "BCD"})
    again = carry_over(stale, firm, at=AFTER)
    assert again.draft == first.draft
    assert answers_of(first.draft)["q1"] == "BCD", "what was answered since stands"
    assert Assessment.objects.filter(state="draft").count() == 1


def test_what_was_answered_under_the_new_edition_already_stands(cast: Cast, editions: None) -> None:
    old, firm = cast.draft(cast.firm), cast.firm.actor
    give_consent(firm, "assessment", at=AFTER)
    save_answers(old, firm, {"q1": "B", "q2": "B"})
    new = start(firm, at=AFTER)
    save_answers(new, firm, {"q1": "CD"})
    carry_over(old, firm, at=AFTER)
    assert answers_of(new) == {"q1": "CD", "q2": "B"}


def test_there_is_nothing_to_carry_while_an_edition_is_in_force(cast: Cast) -> None:
    draft = cast.draft(cast.firm)
    with pytest.raises(NothingFollows, match="没有可以接着填的新版"):
        carry_over(draft, cast.firm.actor, at=MOMENT)
    with pytest.raises(Assessment.DoesNotExist):
        carry_over(draft, cast.rival.actor, at=MOMENT)
    discard(draft, cast.firm.actor)


def test_an_old_result_is_scored_under_the_new_edition_and_stays_as_it_was(
    cast: Cast, editions: None
) -> None:
    done = cast.assessed(cast.firm, "C", 3)
    under = rescored(done, policy().instruments["miit-2026"])
    assert under is not None
    assert under.missing == (DROPPED,)
    assert under.instrument == "miit-2026"
    done.refresh_from_db()
    assert done.instrument == "miit-2024"
    assert under.level == done.level
    assert rescored(done, policy().instruments["siri"]) is None, "which reads none of its answers"
    assert following("miit-2024", CHANGE) == policy().instruments["miit-2026"]
    assert following("siri", CHANGE) == policy().instruments["siri"]
