from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dengta.core.granting import interest
from dengta.funding.actions import clawbacks as actions
from dengta.funding.queries import clawbacks as queries
from dengta.registry.queries import sanctions_of
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.clawback_cast import (
    FINAL,
    FINAL_DAY,
    LAST_OF_APPEAL,
    PAID_AT,
    RATE,
    clawback,
    colleague,
    decision,
    paid_claim,
)


def test_whoever_opened_a_case_decides_it_only_where_nobody_else_can(cast: Cast) -> None:
    alone = clawback(cast, "heard")
    actions.decide(alone, cast.city, decision(), at=MOMENT)
    other = colleague(cast)
    case = clawback(cast, "heard", paid_claim(cast))
    with pytest.raises(StepRefused, match="转交同事"):
        actions.decide(case, cast.city, decision(), at=MOMENT)
    actions.decide(case, other, decision(), at=MOMENT)
    assert case.decided_by_id == other.user_id


@pytest.mark.parametrize(
    "wrong",
    [
        {"fen": 0}, {"fen": 10 * WAN + 1}, {"text": ""}, {"number": " "},
        {"sanction_years": -1}, {"sanction_years": 4},
        {"parts": ((LAST_OF_APPEAL, 10 * WAN),)},
        {"parts": ((FINAL_DAY, 9 * WAN),)}, {"parts": ((FINAL_DAY, 11 * WAN), (FINAL_DAY, -WAN))},
        {"interest_from": DAY + ONE_DAY}, {"interest_from": PAID_AT.date() - ONE_DAY},
    ],
)  # fmt: skip
def test_a_decision_that_cannot_be_is_refused(cast: Cast, wrong: dict[str, Any]) -> None:
    case = clawback(cast, "heard")
    with pytest.raises(StepRefused):
        actions.decide(case, cast.province, decision(**wrong), at=MOMENT)
    case.refresh_from_db()
    assert case.state == "heard" and not case.repayments.exists()


def test_the_offices_decide_and_only_once(cast: Cast) -> None:
    case = clawback(cast, "heard")
    for actor in (cast.county, cast.next_city, cast.firm.actor):
        with pytest.raises(NotAllowed):
            actions.decide(case, actor, decision(), at=MOMENT)
    actions.decide(case, cast.province, decision(), at=MOMENT)
    with pytest.raises(Moved):
        actions.decide(case, cast.province, decision(), at=MOMENT)


def test_parts_fall_due_in_turn_and_the_interest_comes_last(cast: Cast) -> None:
    parts = ((FINAL_DAY + 30 * ONE_DAY, 4 * WAN), (FINAL_DAY + 60 * ONE_DAY, 6 * WAN))
    case = clawback(cast, "collecting", parts=parts)
    rows = list(case.repayments.order_by("ordinal"))
    assert [row.amount_fen for row in rows] == [4 * WAN, 6 * WAN, case.interest_fen]
    assert case.due_date == rows[-1].due_date == parts[-1][0]
    due = queries.due_of(case, FINAL_DAY + 31 * ONE_DAY)
    assert due.overdue_fen == 4 * WAN and due.late_fen > 0


def test_without_interest_or_from_another_day(cast: Cast) -> None:
    free = clawback(cast, "collecting", with_interest=False)
    assert (free.interest_bps, free.interest_fen) == (0, 0) and free.repayments.count() == 1
    later = clawback(cast, "collecting", paid_claim(cast), interest_from=DAY)
    assert later.interest_fen == interest(10 * WAN, RATE, (FINAL_DAY - DAY).days)


def test_a_sanction_begins_when_the_decision_is_final_and_not_before(cast: Cast) -> None:
    case = clawback(cast, "decided", sanction_years=3)
    firm = case.organisation
    assert not sanctions_of(firm, DAY).exists()
    actions.accept(case, cast.firm.actor, at=MOMENT)
    held = sanctions_of(firm, DAY).get()
    assert (held.document_number, held.until_date) == (case.decision_number, dt.date(2029, 3, 16))


def test_an_appeal_is_not_answered_by_whoever_decided(cast: Cast) -> None:
    case = clawback(cast, "appealed")
    with pytest.raises(StepRefused, match="由您决定"):
        actions.confirm(case, cast.province, answer="维持。", at=FINAL)
    with pytest.raises(StepRefused, match="由您决定"):
        actions.drop(case, cast.province, note="不追了。", at=FINAL)
    with pytest.raises(NotAllowed):
        actions.confirm(case, cast.city, answer="维持。", at=FINAL)
    chief = cast.official("chief", "province", "420000")
    with pytest.raises(StepRefused):
        actions.confirm(case, chief, answer="多追一些。", amount_fen=10 * WAN + 1, at=FINAL)
    actions.confirm(case, chief, answer="维持原决定。", at=FINAL)
    assert case.state == "collecting" and case.appeal_answer == "维持原决定。"


def test_an_appeal_may_lower_the_amount_which_is_cut_from_the_last_parts(cast: Cast) -> None:
    parts = tuple((FINAL_DAY + n * 30 * ONE_DAY, 5 * WAN) for n in (1, 2))
    case = clawback(cast, "appealed", parts=parts, with_interest=False)
    chief = cast.official("chief", "province", "420000")
    actions.confirm(case, chief, answer="核减一部分。", amount_fen=4 * WAN, at=FINAL)
    assert [row.amount_fen for row in case.repayments.all()] == [4 * WAN]
    assert case.decided_fen == 4 * WAN


@pytest.mark.parametrize("state", ["found", "noticed", "heard", "appealed"])
def test_a_case_may_be_dropped_with_a_reason(cast: Cast, state: str) -> None:
    case = clawback(cast, state)
    chief = cast.official("chief", "province", "420000")
    with pytest.raises(StepRefused):
        actions.drop(case, chief, note=" ", at=FINAL)
    actions.drop(case, chief, note="申辩属实。", at=FINAL)
    assert case.state == "dropped" and not queries.came_in(case)
    with pytest.raises(Moved):
        actions.drop(case, chief, note="再来一次", at=FINAL)
