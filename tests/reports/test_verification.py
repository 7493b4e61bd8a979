"""What anybody may see of a report, and how a code is read."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from dengta.assessment.models import Assessment
from dengta.reports.queries import read_code, verify, written
from tests.cast import MOMENT, ONE_DAY, Cast


def code_of(assessment: Assessment) -> str:
    assessment.refresh_from_db()
    assert assessment.verify_code
    return assessment.verify_code


def test_a_code_shows_firm_edition_level_day_and_basis_and_nothing_else(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "C", 3)
    found = verify(code_of(done))
    assert found is not None
    assert (found.firm, found.level, found.day) == (
        cast.firm.organisation.name, done.level, MOMENT.date(),
    )  # fmt: skip
    assert found.edition.zh == "中小企业数字化水平评测指标（2024年版）"
    assert not found.on_site
    assert found.latest
    assert set(asdict(found)) == {
        "code", "firm", "region", "edition", "level", "title", "day", "on_site", "latest",
    }  # fmt: skip


def test_what_counts_is_the_rating_on_the_spot(cast: Cast) -> None:
    done = cast.assessed(cast.firm, "C", 3)
    Assessment.objects.filter(pk=done.pk).update(on_site_level=1, on_site_score_milli=30_000)
    found = verify(code_of(done))
    assert found is not None
    assert (found.level, found.on_site) == (1, True)
    assert found.title is not None
    assert found.title.zh == "一级（初始级）"


def test_an_older_report_says_that_there_is_a_later_one(cast: Cast) -> None:
    first = cast.assessed(cast.firm, "B", 2)
    second = cast.assessed(cast.firm, "C", 3, at=MOMENT + 90 * ONE_DAY)
    old, new = verify(code_of(first)), verify(code_of(second))
    assert old is not None and new is not None
    assert (old.latest, new.latest) == (False, True)


def test_a_draft_and_a_made_up_code_belong_to_nothing(cast: Cast) -> None:
    cast.draft(cast.firm)
    assert verify("ABCDEFGHJKLM") is None
    assert verify("") is None


@pytest.mark.parametrize(
    "typed", ["WB9Z-238D-MQBU", "wb9z238dmqbu", " ＷＢ９Ｚ 238D－MQBU ", "WB9Z.238D.MQBU"]
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_code(typed) == "WB9Z238DMQBU"
    assert written(read_code(typed)) == "WB9Z-238D-MQBU"


@pytest.mark.parametrize("typed", ["", "——", "核验码", "\x00\n", "１２" * 400])
def test_what_is_no_code_is_read_without_harm(typed: str) -> None:
    assert set(read_code(typed)) <= set("12")
