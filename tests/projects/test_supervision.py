"""The supervisor's log: by the supervisor only, added and never changed, complete before
acceptance."""

from __future__ import annotations

from typing import Any

import pytest

from dengta.projects.actions import acceptance, supervision
from dengta.projects.actions.filing import Incomplete
from dengta.projects.models import Project, SupervisionEntry
from dengta.trail.actions import NotAllowed, StepRefused
from dengta.trail.models import Notice
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.projects import stage


def log(cast: Cast, project: Project, acting: Any, **different: Any) -> SupervisionEntry:
    """An entry midway."""
    said: dict[str, Any] = {
        "kind": "midway", "seen_date": DAY, "text": "设备已联网，进度正常。", "progress_bps": 4_000,
    }  # fmt: skip
    return supervision.log(project, acting, **({"at": MOMENT} | said | different))


def test_the_same_key_is_one_entry_and_a_problem_is_told(cast: Cast) -> None:
    boss = stage.supervisor(cast)
    project = stage.under_way(cast, supervised_by=boss)

    first = log(cast, project, boss.actor, key="k", problem=True)
    again = log(cast, project, boss.actor, key="k", problem=True)

    assert first == again and SupervisionEntry.objects.count() == 1
    told = Notice.objects.filter(event__flow="supervision").values_list("user_id", flat=True)
    assert cast.firm.actor.user_id in told


def test_nobody_else_writes_the_log(cast: Cast) -> None:
    project = stage.under_way(cast, supervised_by=stage.supervisor(cast))

    for other in (cast.supplier.actor, cast.firm.actor, cast.county):
        with pytest.raises(NotAllowed):
            log(cast, project, other)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"kind": "party"}, "监理阶段"),
        ({"seen_date": DAY + ONE_DAY}, "还没有到"),
        ({"text": "好"}, "监理情况"),
        ({"progress_bps": 10_001}, "完成比例"),
        ({"kind": "completion", "progress_bps": 9_000}, "100 %"),
    ],
)
def test_an_entry_that_cannot_be_is_refused(cast: Cast, wrong: dict[str, Any], why: str) -> None:
    boss = stage.supervisor(cast)
    project = stage.under_way(cast, supervised_by=boss)

    with pytest.raises(StepRefused, match=why):
        log(cast, project, boss.actor, **wrong)


def test_acceptance_waits_for_the_supervisors_entry_on_completion(cast: Cast) -> None:
    boss = stage.supervisor(cast)
    project = stage.under_way(cast, supervised_by=boss)
    end = MOMENT + 60 * ONE_DAY
    stage.delivered(cast, project, at=end)
    stage.milestones.finish(project, cast.firm.actor, finished_date=end.date(), at=end)
    stage.with_papers(project, cast.firm, at=end)
    asked: dict[str, Any] = {"summary": stage.SUMMARY, "effects": {"efficiency": 3}, "at": end}

    with pytest.raises(Incomplete, match="监理单位的完工检查记录"):
        acceptance.ask(project, cast.firm.actor, **asked)
    log(
        cast, project, boss.actor, kind="completion", progress_bps=10_000, at=end,
        seen_date=end.date(),
    )  # fmt: skip

    assert acceptance.ask(project, cast.firm.actor, **asked).state == "county_check"
