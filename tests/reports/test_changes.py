"""From the first result to this one: own assessments and recorded ones, and what moved."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

from django.db import connection
from django.test.utils import CaptureQueriesContext

from dengta.assessment import actions
from dengta.assessment.models import Assessment, RecordedResult
from dengta.assessment.queries import result_of
from dengta.reports.queries import Changes, changes_of
from dengta.rights.actions import give_consent
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.editions import CHANGE, new_edition


def record(cast: Cast, day: dt.date, score: int | None, level: int | None) -> None:
    RecordedResult.objects.create(
        organisation=cast.firm.organisation, instrument="miit-2022", assessed_date=day,
        score_milli=score, level=level, basis="2022 年版测评报告", at=MOMENT,
    )  # fmt: skip


def changes(assessment: Assessment) -> Changes:
    assessment.refresh_from_db()
    return changes_of(assessment, result_of(assessment))


def test_the_first_result_stands_alone(cast: Cast) -> None:
    found = changes(cast.assessed(cast.firm))
    assert [point.label for point in found.points] == ["T0"]
    assert (found.moves, found.before, found.since) == ((), None, None)


def test_recorded_and_own_results_stand_in_the_order_of_their_days(cast: Cast) -> None:
    record(cast, dt.date(2023, 5, 1), 41_500, 2)
    record(cast, dt.date(2024, 5, 1), None, None)
    cast.assessed(cast.firm, "B", 2)
    last = cast.assessed(cast.firm, "C", 3, at=MOMENT + 90 * ONE_DAY)
    points = changes(last).points
    assert [(p.label, p.basis, p.comparable) for p in points] == [
        ("T0", "recorded", False),
        ("T1", "recorded", False),
        ("T2", "self", True),
        ("T3", "self", True),
    ]
    assert (points[0].score, points[0].level, points[0].day) == (
        Decimal("41.5"), 2, dt.date(2023, 5, 1),
    )  # fmt: skip
    assert points[1].score is None and points[1].level_name is None
    assert points[3].score == result_of(last).score


def test_what_moved_is_told_scenario_by_scenario_and_side_by_side(cast: Cast) -> None:
    cast.assessed(cast.firm, "B", 2)
    draft = cast.draft(cast.firm, at=MOMENT + 90 * ONE_DAY)
    answers = cast.answers("B", 2) | {"quality": 3, "finance": 1, "q1": "BC"}
    actions.save_answers(draft, cast.firm.actor, answers)
    actions.submit(draft, cast.firm.actor, at=MOMENT + 90 * ONE_DAY)
    found = changes(draft)
    moved = {move.item: (move.before, move.now, move.better) for move in found.moves}
    assert moved["quality"] == ("2", "3", True)
    assert moved["finance"] == ("2", "1", False)
    assert moved["foundation"][2]
    assert set(moved) == {"quality", "finance", "foundation"}
    assert found.since == MOMENT.date()


def test_an_earlier_report_does_not_know_of_later_results(cast: Cast) -> None:
    first = cast.assessed(cast.firm, "B", 2)
    cast.assessed(cast.firm, "C", 3, at=MOMENT + 90 * ONE_DAY)
    assert [point.label for point in changes(first).points] == ["T0"]


def test_the_rating_on_the_spot_stands_in_the_row_of_its_assessment(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "B", 2)
    Assessment.objects.filter(pk=done.pk).update(on_site_level=1, on_site_score_milli=30_250)
    point = changes(done).points[0]
    assert (point.basis, point.level, point.score) == ("on_site", 1, Decimal("30.25"))


def test_as_many_queries_for_many_earlier_results_as_for_one(cast: Cast) -> None:
    cast.assessed(cast.firm, "B", 2)

    def asked(last: Assessment) -> int:
        with CaptureQueriesContext(connection) as captured:
            changes_of(last, result)
        return len(captured)

    second = cast.assessed(cast.firm, "C", 3, at=MOMENT + ONE_DAY)
    result = result_of(second)
    few = asked(second)
    for days in range(2, 6):
        last = cast.assessed(cast.firm, "C", 3, at=MOMENT + days * ONE_DAY)
        record(cast, dt.date(2020 + days, 1, 1), 1, 0)
    last.refresh_from_db()
    assert asked(last) == few


def test_a_result_of_the_edition_before_is_scored_anew_and_compared(
    cast: Cast, tmp_path: Path
) -> None:
    with new_edition(tmp_path):
        cast.assessed(cast.firm, "B", 2)
        later = dt.datetime.combine(CHANGE, dt.time(10), MOMENT.tzinfo)
        give_consent(cast.firm.actor, "assessment", at=later)
        draft = actions.start(cast.firm.actor, instrument="miit-2026", at=later)
        actions.save_answers(draft, cast.firm.actor, cast.answers("B", 2) | {"quality": 3})
        actions.submit(draft, cast.firm.actor, at=later)
        found = changes(draft)
    assert [point.comparable for point in found.points] == [False, True]
    assert found.recast and found.since == MOMENT.date()
    assert found.before is not None
    assert found.before.instrument == "miit-2026"
    assert {move.item for move in found.moves if move.kind == "scenario"} == {"quality"}
