"""Changes: one side asks, the other agrees, the county approves; price, shares and days follow."""

from __future__ import annotations

from typing import Any

import pytest

from dengta.projects.actions import changes, ending, milestones
from dengta.projects.actions.filing import Line
from dengta.projects.models import Change, Project
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.projects import stage

LATER = DAY + 120 * ONE_DAY
WHY = "设备到货延迟两周。"


def asked(cast: Cast, project: Project, **different: Any) -> Change:
    """The provider asks for more time."""
    said: dict[str, Any] = {"kind": "due", "due_date": LATER, "reason": WHY, "at": MOMENT}
    return changes.ask(project, cast.supplier.actor, **(said | different))


def test_a_due_date_moves_only_when_all_three_agree(cast: Cast) -> None:
    project = stage.under_way(cast)
    change = asked(cast, project, milestones={1: DAY + 100 * ONE_DAY})
    before = project.due_date

    with pytest.raises(NotAllowed):
        changes.agree(change, cast.supplier.actor, at=MOMENT)
    with pytest.raises(Moved):
        changes.approve(change, cast.county, at=MOMENT)
    changes.agree(change, cast.firm.actor, at=MOMENT)
    project.refresh_from_db()
    assert project.due_date == before
    changes.approve(change, cast.county, at=MOMENT)

    project.refresh_from_db()
    assert project.due_date == LATER
    assert project.milestones.get().due_date == DAY + 100 * ONE_DAY


def test_a_higher_price_never_raises_public_money_above_the_cap(cast: Cast) -> None:
    project = stage.under_way(cast)
    dear = [Line("生产执行系统（MES）", "software", 500 * WAN)]
    change = asked(cast, project, kind="price", due_date=None, lines=dear, discount_fen=5 * WAN)
    changes.agree(change, cast.firm.actor, at=MOMENT)
    changes.approve(change, cast.county, at=MOMENT)

    project.refresh_from_db()
    assert project.public_fen == 30 * WAN
    assert (project.list_fen, project.discount_fen) == (500 * WAN, 5 * WAN)
    assert project.enterprise_fen + project.discount_fen + project.public_fen == project.list_fen


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"due_date": None}, "没有改动"),
        ({"kind": "content", "due_date": None, "lines": [Line("x", "software", 1)]}, "合同总价"),
        ({"kind": "price", "due_date": None, "discount_fen": 99 * WAN}, "让利"),
        ({"reason": "改"}, "理由"),
        ({"due_date": DAY - 30 * ONE_DAY}, "早于签订日期"),
        ({"kind": "whim"}, "变更类别"),
        ({"discount_fen": WAN}, "不属于"),
    ],
)
def test_a_change_that_cannot_be_is_refused(cast: Cast, wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(StepRefused, match=why):
        asked(cast, stage.under_way(cast), **wrong)


def test_one_change_is_open_at_a_time_and_the_same_key_is_the_same(cast: Cast) -> None:
    project = stage.under_way(cast)
    first = asked(cast, project, key="k")

    assert asked(cast, project, key="k") == first
    with pytest.raises(StepRefused, match="没有办结"):
        asked(cast, project, due_date=LATER + ONE_DAY)
    changes.withdraw(first, cast.supplier.actor, at=MOMENT)
    assert asked(cast, project).state == "asked"


def test_strangers_do_not_ask_agree_or_refuse(cast: Cast) -> None:
    project = stage.under_way(cast)
    with pytest.raises(NotAllowed):
        changes.ask(project, cast.rival.actor, kind="due", reason=WHY, due_date=LATER)
    change = asked(cast, project)
    for other in (cast.rival.actor, cast.next_county):
        with pytest.raises(NotAllowed):
            changes.refuse(change, other, note="不行。", at=MOMENT)


def test_work_does_not_end_while_a_change_is_open_and_ending_it_ends_the_change(
    cast: Cast,
) -> None:
    project = stage.under_way(cast)
    stage.delivered(cast, project, at=MOMENT)
    change = asked(cast, project)
    with pytest.raises(StepRefused, match="没有办结"):
        milestones.finish(project, cast.firm.actor, finished_date=DAY, at=MOMENT)

    ending.terminate(project, cast.firm.actor, note="企业搬迁。", at=MOMENT)

    change.refresh_from_db()
    assert (project.state, change.state) == ("terminated", "refused")
