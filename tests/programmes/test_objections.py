"""Objections: by real name, with evidence, inside publicity, answered before the document."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.programmes.actions import objections
from dengta.programmes.actions.awarding import award
from dengta.programmes.actions.listing import announce, make_list
from dengta.programmes.models import Application, Objection, Round
from dengta.programmes.queries.lists import (
    objection_by,
    objection_document,
    objection_for,
    publicity_of,
)
from dengta.trail.actions import FileRefused, Moved, NotAllowed, StepRefused
from dengta.trail.models import Notice
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.programmes.ranked import AFTER, a_round, reviewed, states


def in_public(cast: Cast, *firms: Any, at: dt.datetime = MOMENT) -> tuple[Round, list[Application]]:
    """A round in publicity with one proposed application for each firm."""
    round = a_round(cast)
    rows = [reviewed(round, firm) for firm in firms]
    make_list(round, cast.province, at=at)
    announce(round, cast.province, at=at)
    for row in rows:
        row.refresh_from_db()
    return round, rows


def evidence(name: str = "证明.pdf") -> SimpleUploadedFile:
    """A file as a citizen uploads it."""
    return SimpleUploadedFile(name, b"%PDF-1.4 evidence", content_type="application/pdf")


def objected(application: Application, *, at: dt.datetime = MOMENT, **different: Any) -> Objection:
    """An objection as somebody writes it."""
    written: dict[str, Any] = {
        "name": "王建国",
        "contact": "027-87230000",
        "text": "该场景的使用单位证明系伪造，我单位从未使用过。",
        "evidence": evidence(),
        "key": f"objection-{Objection.objects.count()}",
    }
    return objections.file(application, at=at, **(written | different))


def test_an_objection_is_filed_under_a_real_name_and_found_again_by_its_code(cast: Cast) -> None:
    assert cast.province
    _, (row,) = in_public(cast, cast.firm)
    filed = objected(row, key="mine")
    assert objected(row, key="mine").pk == filed.pk and Objection.objects.count() == 1
    assert objection_by(filed.code.lower()) == filed and objection_by("ABC") is None
    assert filed.state == "filed" and states([row]) == ["proposed"]
    told = Notice.objects.get(event__flow="objection")
    assert told.user_id == cast.province.user_id and "王建国" not in str(told.body)
    assert filed.evidence is not None
    assert objection_document(cast.province, filed.evidence_id) == filed.evidence
    assert objection_document(cast.city, filed.evidence_id) is None
    with pytest.raises(Objection.DoesNotExist):
        objection_for(cast.firm.actor, filed.pk)


@pytest.mark.parametrize(
    ("different", "field"),
    [
        ({"name": "某"}, "name"),
        ({"name": "用户123"}, "name"),
        ({"contact": "门口"}, "contact"),
        ({"text": "不实"}, "text"),
        ({"evidence": None}, "evidence"),
    ],
)
def test_who_does_not_say_who_they_are_or_shows_nothing_is_told_what_to_add(
    cast: Cast, different: dict[str, Any], field: str
) -> None:
    _, (row,) = in_public(cast, cast.firm)
    with pytest.raises(objections.Misfit) as refused:
        objected(row, **different)
    assert refused.value.field == field and Objection.objects.count() == 0


def test_evidence_is_a_file_of_a_kind_that_can_be_opened(cast: Cast) -> None:
    _, (row,) = in_public(cast, cast.firm)
    with pytest.raises(FileRefused, match="格式"):
        objected(row, evidence=evidence("证明.exe"))
    assert Objection.objects.count() == 0


def test_objections_are_taken_from_the_first_day_of_publicity_to_the_last(cast: Cast) -> None:
    _, (row,) = in_public(cast, cast.firm)
    until = row.publicity_until
    assert until == dt.date(2026, 3, 23)  # five working days after Monday the 16th
    last = dt.datetime.combine(until, dt.time(23, 59), tzinfo=MOMENT.tzinfo)
    assert objected(row, at=last).state == "filed"
    with pytest.raises(StepRefused, match="已经结束"):
        objected(row, at=last + dt.timedelta(minutes=1))
    other = reviewed(a_round(cast), cast.rival)
    with pytest.raises(StepRefused, match="不在公示期"):
        objected(other)


def test_publicity_counts_working_days_and_warns_where_the_calendar_is_unknown(cast: Cast) -> None:
    eve = dt.datetime(2026, 4, 30, 9, tzinfo=MOMENT.tzinfo)  # before the holidays of May
    round, _ = in_public(cast, cast.firm, at=eve)
    shown = publicity_of(round, eve.date())
    assert shown is not None and shown.until == dt.date(2026, 5, 11) and shown.doubt is None
    assert (shown.left, shown.open) == (5, True)
    late = dt.datetime(2089, 12, 28, 9, tzinfo=MOMENT.tzinfo)
    far, _ = in_public(cast, cast.rival, at=late)
    shown = publicity_of(far, late.date())
    assert shown is not None and shown.doubt is not None
    assert "2089、2090 年的放假安排尚未收录" in shown.doubt.zh


def test_one_that_is_taken_up_holds_its_application_and_no_other(cast: Cast) -> None:
    round, (one, other) = in_public(cast, cast.firm, cast.rival)
    filed = objected(one)
    with pytest.raises(NotAllowed):
        objections.accept(filed, cast.city, at=MOMENT)
    objections.accept(filed, cast.province, at=MOMENT)
    assert states([one, other]) == ["held", "proposed"]
    done = award(round, cast.province, document="鄂经信〔2026〕1号", day=AFTER.date(), at=AFTER)
    assert done.count == 1 and states([one, other]) == ["held", "awarded"]
    objections.answer(filed, cast.province, False, "经走访核实，使用证明属实。", at=AFTER)
    assert states([one]) == ["proposed"]
    with pytest.raises(Moved):
        objections.answer(filed, cast.province, True, "经走访核实，使用证明不实。", at=AFTER)
    later = AFTER + ONE_DAY
    done = award(round, cast.province, document="鄂经信〔2026〕2号", day=later.date(), at=later)
    assert done.count == 1 and states([one]) == ["awarded"]
    row = Application.objects.get(pk=one.pk)
    assert row.award.document_number == "鄂经信〔2026〕2号"


def test_one_that_is_upheld_drops_its_application(cast: Cast) -> None:
    _, (row,) = in_public(cast, cast.firm)
    filed = objected(row)
    objections.accept(filed, cast.province, at=MOMENT)
    with pytest.raises(objections.Misfit, match="答复"):
        objections.answer(filed, cast.province, True, "成立", at=MOMENT)
    objections.answer(filed, cast.province, True, "经核实，使用证明系伪造。", at=MOMENT)
    filed.refresh_from_db()
    assert (filed.state, states([row])) == ("upheld", ["not_selected"])
    assert filed.answer and filed.answered_at


def test_of_two_that_are_looked_into_the_second_answer_lets_the_application_go_on(
    cast: Cast,
) -> None:
    _, (row,) = in_public(cast, cast.firm)
    two = [objected(row, key=key) for key in "ab"]
    for one in two:
        objections.accept(one, cast.province, at=MOMENT)
    objections.answer(two[0], cast.province, False, "经核实，申报内容属实。", at=MOMENT)
    assert states([row]) == ["held"]
    objections.answer(two[1], cast.province, False, "经核实，申报内容属实。", at=MOMENT)
    assert states([row]) == ["proposed"]


def test_one_that_waits_for_its_answer_keeps_its_application_from_the_document(
    cast: Cast,
) -> None:
    round, (row,) = in_public(cast, cast.firm)
    filed = objected(row)
    with pytest.raises(StepRefused, match="有异议未答复 1 件"):
        award(round, cast.province, document="1号", day=AFTER.date(), at=AFTER)
    with pytest.raises(StepRefused, match="理由"):
        objections.refuse(filed, cast.province, note="", at=AFTER)
    objections.refuse(filed, cast.province, note="与本申报无关，请向信访部门反映。", at=AFTER)
    filed.refresh_from_db()
    assert filed.state == "not_accepted" and "信访" in filed.answer
    assert award(round, cast.province, document="1号", day=AFTER.date(), at=AFTER).count == 1
