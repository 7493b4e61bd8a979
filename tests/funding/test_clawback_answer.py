from __future__ import annotations

import pytest

from dengta.core.wording import said_day
from dengta.core.workdays import add_workdays
from dengta.funding.actions import clawbacks as actions
from dengta.funding.actions import finality
from dengta.funding.queries import clawbacks as queries
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Notice
from dengta.trail.queries import clock
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.funding.clawback_cast import LAST_OF_APPEAL, clawback, decision


def test_the_notice_reaches_the_party_with_its_last_day_and_counts_once(cast: Cast) -> None:
    case = clawback(cast, "noticed")
    told = Notice.objects.get(user_id=cast.firm.actor.user_id)
    last = add_workdays(DAY, 5)
    assert queries.defence_until(case) == last and said_day(last).zh in told.body["zh"]
    running = clock(case, MOMENT)
    assert running is not None and running.due == last
    with pytest.raises(Moved):
        actions.notice(case, cast.city, at=MOMENT)


def test_a_defence_is_heard_and_can_be_added_to_until_the_decision(cast: Cast) -> None:
    case = clawback(cast, "heard")
    actions.defend(case, cast.firm.actor, text="补交情况说明。", at=MOMENT + ONE_DAY)
    assert (
        case.defence.startswith("发票被供应商重复使用。") and "2026年3月17日 补充：" in case.defence
    )
    with pytest.raises(StepRefused):
        actions.defend(case, cast.firm.actor, text=" ", at=MOMENT)
    actions.decide(case, cast.province, decision(), at=MOMENT + ONE_DAY)
    with pytest.raises(Moved):
        actions.defend(case, cast.firm.actor, text="太晚了。", at=MOMENT + ONE_DAY)


def test_without_a_defence_the_calendar_goes_on_and_a_late_one_is_still_recorded(
    cast: Cast,
) -> None:
    case = clawback(cast, "noticed")
    last = add_workdays(DAY, 5)
    assert finality.due(last).undefended == 0
    assert finality.due(last + ONE_DAY).undefended == 1
    assert finality.due(last + ONE_DAY).undefended == 0
    case.refresh_from_db()
    assert case.state == "heard" and not case.defence
    actions.defend(case, cast.firm.actor, text="迟到的说明。", at=MOMENT + 20 * ONE_DAY)
    assert case.defence == "迟到的说明。"


def test_an_appeal_is_heard_on_the_last_day_and_not_after(cast: Cast) -> None:
    case = clawback(cast, "decided")
    with pytest.raises(StepRefused, match=said_day(LAST_OF_APPEAL).zh):
        late = MOMENT + (LAST_OF_APPEAL - DAY) + ONE_DAY
        actions.appeal(case, cast.firm.actor, text="不服。", at=late)
    actions.appeal(case, cast.firm.actor, text="不服。", at=MOMENT + (LAST_OF_APPEAL - DAY))
    assert case.state == "appealed" and case.appeal == "不服。"
    assert finality.due(LAST_OF_APPEAL + 9 * ONE_DAY).final == 0


def test_a_decision_that_is_accepted_is_final_at_once_and_interest_ends(cast: Cast) -> None:
    case = clawback(cast, "decided")
    with pytest.raises(type(case).DoesNotExist):
        actions.accept(case, cast.rival.actor, at=MOMENT)
    actions.accept(case, cast.firm.actor, at=MOMENT)
    assert case.state == "collecting"
    assert case.interest_fen == queries.interest_on(case, DAY) > 0
    with pytest.raises(Moved):
        actions.accept(case, cast.firm.actor, at=MOMENT)


def test_officials_cannot_answer_for_the_party(cast: Cast) -> None:
    case = clawback(cast, "noticed")
    for actor in (cast.city, cast.province):
        with pytest.raises((NotAllowed, type(case).DoesNotExist)):
            actions.defend(case, actor, text="代为申辩。", at=MOMENT)


def test_whoever_is_overdue_is_reminded_once(cast: Cast) -> None:
    case = clawback(cast, "collecting")
    assert case.due_date is not None
    assert finality.due(case.due_date).reminded == 0
    assert finality.due(case.due_date + ONE_DAY).reminded == 1
    assert finality.due(case.due_date + 2 * ONE_DAY).reminded == 0
    latest = Notice.objects.filter(user_id=cast.firm.actor.user_id).order_by("-id").first()
    assert latest is not None and "逾期" in latest.body["zh"]
