from __future__ import annotations

import datetime as dt

import pytest

from dengta.core.policy import shipped
from dengta.core.scoring import Scorer

INSTRUMENT = shipped().instruments["miit-2022"]


def test_it_is_recorded_only_and_has_no_questions() -> None:
    assert INSTRUMENT.recorded_only
    assert not INSTRUMENT.questions and not INSTRUMENT.scenarios
    assert INSTRUMENT.source.number == "工信厅企业〔2022〕32号"
    assert "未能取得" in INSTRUMENT.source.note


def test_it_ends_the_day_before_the_2024_edition_begins() -> None:
    following = shipped().instruments["miit-2024"].in_force.start
    assert following is not None and INSTRUMENT.in_force.end is not None
    assert INSTRUMENT.in_force.end + dt.timedelta(days=1) == following


@pytest.mark.parametrize(
    ("total", "level"),
    [("19.99", 0), ("20", 1), ("39.99", 1), ("40", 2), ("59.9", 2), ("60", 3), ("80", 4)],
)
def test_a_recorded_total_falls_into_its_band(total: str, level: int) -> None:
    assert Scorer(INSTRUMENT).score({"total": total}).level == level
