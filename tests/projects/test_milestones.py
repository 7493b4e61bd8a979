"""Milestones: reported with proofs by the provider, confirmed by the firm; the end of the work."""

from __future__ import annotations

import datetime as dt

import pytest

from dengta.core.wording import said_day
from dengta.projects.actions import milestones, papers
from dengta.projects.actions.papers import Seen
from dengta.projects.models import Milestone, Project
from dengta.projects.queries import delays
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.projects import stage


def proved(cast: Cast, project: Project, **stated: object) -> Milestone:
    """A milestone with its screenshot."""
    one = project.milestones.get()
    seen = {"taken_date": DAY, "system": "精益MES", "logins": 310, "users": 25} | stated
    papers.attach(
        project, cast.supplier.actor, "screenshot", stage.paper("截图"),
        seen=Seen(**seen), milestone=one, at=MOMENT,  # type: ignore[arg-type]
    )  # fmt: skip
    return one


def test_without_its_screenshot_a_milestone_is_not_reported(cast: Cast) -> None:
    one = stage.under_way(cast).milestones.get()

    with pytest.raises(StepRefused, match="系统截图"):
        milestones.report(one, cast.supplier.actor, report="系统已上线。", at=MOMENT)


def test_a_screenshot_without_day_or_system_is_asked_for(cast: Cast) -> None:
    one = proved(cast, stage.under_way(cast), system="")

    with pytest.raises(StepRefused, match="截取日期和系统名称"):
        milestones.report(one, cast.supplier.actor, report="系统已上线。", at=MOMENT)


def test_sent_back_it_is_mended_and_confirmed(cast: Cast) -> None:
    project = stage.under_way(cast)
    one = proved(cast, project)
    milestones.report(one, cast.supplier.actor, report="系统已上线。", at=MOMENT)
    with pytest.raises(Moved, match="已提交"):
        proved(cast, project)
    milestones.send_back(one, cast.firm.actor, note="缺少质检模块。", at=MOMENT)
    milestones.report(one, cast.supplier.actor, report="质检模块已补齐。", at=MOMENT)
    milestones.confirm(one, cast.firm.actor, at=MOMENT)

    assert (one.state, one.report) == ("confirmed", "质检模块已补齐。")


def test_nobody_reports_or_confirms_for_the_other_side(cast: Cast) -> None:
    one = proved(cast, stage.under_way(cast))

    with pytest.raises(NotAllowed):
        milestones.report(one, cast.firm.actor, report="系统已上线。", at=MOMENT)
    milestones.report(one, cast.supplier.actor, report="系统已上线。", at=MOMENT)
    for other in (cast.supplier.actor, cast.rival.actor, cast.county):
        with pytest.raises(NotAllowed):
            milestones.confirm(one, other, at=MOMENT)


def test_the_work_is_not_finished_while_a_milestone_is_open_or_the_day_lies_ahead(
    cast: Cast,
) -> None:
    project = stage.under_way(cast)

    with pytest.raises(StepRefused, match="系统上线"):
        milestones.finish(project, cast.firm.actor, finished_date=DAY, at=MOMENT)
    stage.delivered(cast, project, at=MOMENT)
    with pytest.raises(StepRefused, match="还没有到"):
        milestones.finish(project, cast.firm.actor, finished_date=DAY + ONE_DAY, at=MOMENT)
    with pytest.raises(StepRefused, match=f"早于开工日期 {said_day(DAY).zh}"):
        milestones.finish(project, cast.firm.actor, finished_date=DAY - ONE_DAY, at=MOMENT)
    milestones.finish(project, cast.supplier.actor, finished_date=DAY, at=MOMENT)
    milestones.resume(project, cast.firm.actor, note="发现遗漏。", at=MOMENT)

    assert project.state == "under_way"


@pytest.mark.parametrize(
    ("due", "done", "day", "light"),
    [
        (10, None, 1, "green"), (10, None, 5, "yellow"), (10, None, 10, "yellow"),
        (10, None, 11, "red"), (10, 10, 20, "green"), (10, 12, 20, "yellow"),
    ],
)  # fmt: skip
def test_a_light_says_how_it_stands(due: int, done: int | None, day: int, light: str) -> None:
    """Caught up later it turns yellow, not green."""

    def on(n: int) -> dt.date:
        return dt.date(2026, 3, n)

    found = delays.light(on(due), on(done) if done else None, on(day), 7)

    assert found.light == light


def test_a_project_shows_its_worst_light(cast: Cast) -> None:
    project = stage.under_way(cast)
    steps = list(project.milestones.all())

    assert delays.of_project(project, steps, DAY).light == "green"
    assert delays.of_project(project, steps, DAY + 61 * ONE_DAY).light == "red"
