from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dengta.core.granting import interest
from dengta.funding.actions import batches, collecting, finality
from dengta.funding.models import Claim, Clawback, Instalment, Payment
from dengta.funding.queries import clawbacks as queries
from dengta.funding.queries.budgets import payable_code
from dengta.funding.queries.payments import Choice
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.actions import Sanctioned, refuse_sanctioned
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.clawback_cast import (
    FINAL,
    FINAL_DAY,
    PAID_AT,
    POOL_FEN,
    RATE,
    clawback,
    left,
    paid_claim,
    payment,
    pools,
    settle,
)

INTEREST = interest(10 * WAN, RATE, (FINAL_DAY - PAID_AT.date()).days)


def receivable(case: Clawback) -> int | None:
    return left(queries.receivable_code(case.organisation.uscc))


def test_when_final_the_amount_and_its_interest_are_due_and_no_budget_has_anything_yet(
    cast: Cast,
) -> None:
    case = clawback(cast, "collecting")
    assert case.interest_fen == INTEREST > 0
    assert receivable(case) == 10 * WAN + INTEREST
    assert sum(map(int, (v or 0 for v in pools().values()))) == 3 * POOL_FEN - 10 * WAN
    due = queries.due_of(case, FINAL_DAY)
    assert (due.total_fen, due.left_fen, due.overdue_fen) == (10 * WAN + INTEREST,) * 2 + (0,)


def test_paid_in_parts_each_budget_gets_its_share_and_the_treasury_the_interest(cast: Cast) -> None:
    before = None
    case = clawback(cast, "collecting")
    treasury = books.balance("treasury/province")
    assert treasury is not None
    before = treasury.credits_posted_fen
    collecting.repay(case, cast.city, amount_fen=4 * WAN, slip="S1", at=FINAL)
    assert list(pools().values()) == [
        POOL_FEN - 3 * WAN, POOL_FEN - 18 * WAN // 10, POOL_FEN - 12 * WAN // 10,
    ]  # fmt: skip
    collecting.repay(case, cast.city, amount_fen=6 * WAN + INTEREST, slip="S2", at=FINAL)
    assert set(pools().values()) == {POOL_FEN}
    after = books.balance("treasury/province")
    assert after is not None and after.credits_posted_fen - before == INTEREST
    case.refresh_from_db()
    assert case.state == "closed" and case.closed_at == FINAL
    assert receivable(case) == 0


def test_a_slip_counts_once_and_for_one_case_and_amount(cast: Cast) -> None:
    case = clawback(cast, "collecting")
    first = collecting.repay(case, cast.city, amount_fen=WAN, slip="S1", at=FINAL)
    assert collecting.repay(case, cast.city, amount_fen=WAN, slip="S1", at=FINAL) == first
    with pytest.raises(StepRefused, match="S1 已经在"):
        collecting.repay(case, cast.city, amount_fen=2 * WAN, slip="S1", at=FINAL)
    assert queries.due_of(case, FINAL_DAY).paid_fen == WAN


@pytest.mark.parametrize(
    ("fen", "slip", "day"),
    [(0, "S1", None), (-5, "S1", None), (WAN, " ", None), (WAN, "a/b", None),
     (10 * WAN + INTEREST + 1, "S1", None), (WAN, "S1", FINAL_DAY + ONE_DAY),
     (WAN, "S1", DAY - ONE_DAY)],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_booked(
    cast: Cast, fen: int, slip: str, day: dt.date | None
) -> None:
    case = clawback(cast, "collecting")
    with pytest.raises(StepRefused):
        collecting.repay(case, cast.city, amount_fen=fen, slip=slip, day=day, at=FINAL)
    case.refresh_from_db()
    assert receivable(case) == 10 * WAN + INTEREST
    assert not Event.objects.filter(flow="clawback", step="repay").exists()


def test_only_the_offices_record_what_came_in_and_only_while_it_is_collected(cast: Cast) -> None:
    case = clawback(cast, "collecting")
    for actor in (cast.county, cast.next_city, cast.firm.actor):
        with pytest.raises(NotAllowed):
            collecting.repay(case, actor, amount_fen=WAN, slip="S1", at=FINAL)
    other = clawback(cast, "decided", paid_claim(cast, cast.rival))
    with pytest.raises(Moved):
        collecting.repay(other, cast.city, amount_fen=WAN, slip="S9", at=MOMENT)


def test_whoever_is_late_owes_interest_for_the_days_on_what_was_late(cast: Cast) -> None:
    case = clawback(cast, "collecting", with_interest=True)
    assert case.due_date is not None
    late = FINAL + (case.due_date - FINAL_DAY) + 30 * ONE_DAY
    owed = queries.due_of(case, late.date())
    assert owed.late_fen == interest(10 * WAN, RATE, 30) and owed.overdue_fen == owed.left_fen
    collecting.repay(case, cast.city, amount_fen=owed.left_fen, slip="S1", at=late)
    case.refresh_from_db()
    assert case.state == "collecting" and queries.due_of(case, late.date()).left_fen == (
        owed.late_fen
    )
    collecting.repay(case, cast.city, amount_fen=owed.late_fen, slip="S2", at=late + ONE_DAY)
    case.refresh_from_db()
    assert case.state == "closed" and receivable(case) == 0


def test_the_last_payment_may_bring_the_interest_for_being_late_along(cast: Cast) -> None:
    case = clawback(cast, "collecting")
    assert case.due_date is not None
    late = FINAL + (case.due_date - FINAL_DAY) + 7 * ONE_DAY
    owed = queries.due_of(case, late.date())
    whole = owed.left_fen + owed.late_fen
    with pytest.raises(StepRefused):
        collecting.repay(case, cast.city, amount_fen=whole + 1, slip="S1", at=late)
    case.refresh_from_db()
    collecting.repay(case, cast.city, amount_fen=whole, slip="S1", at=late)
    assert case.state == "closed" and set(pools().values()) == {POOL_FEN}


def test_what_is_overdue_or_was_so_decided_is_kept_back_from_the_next_payment(cast: Cast) -> None:
    case = clawback(cast, "collecting")
    firm = case.organisation
    assert queries.set_off_due(firm, FINAL_DAY) == 0
    assert case.due_date is not None
    assert queries.set_off_due(firm, case.due_date + ONE_DAY) == 10 * WAN + INTEREST
    agreed = clawback(cast, "collecting", paid_claim(cast), 2 * WAN, set_off=True,
                      with_interest=False)  # fmt: skip
    assert queries.set_off_due(firm, FINAL_DAY) == 2 * WAN
    assert queries.set_off_due(agreed.organisation, FINAL_DAY) == 2 * WAN


def at_the_bank(cast: Cast, fen: int) -> Payment:
    """A payment that is sent, from which something is to be kept."""
    row = paid_claim(cast, paid=()).instalments.get(ordinal=1)
    made = payment(row, cast.province, fen, FINAL)
    settle(row, FINAL)
    Payment.objects.filter(pk=made.pk).update(state="sent")
    made.refresh_from_db()
    return made


def owed(case: Clawback) -> int:
    payable = books.balance(payable_code(case.organisation.uscc))
    assert payable is not None
    return payable.credits_posted_fen - payable.debits_posted_fen


def test_set_off_moves_what_is_owed_to_the_firm_to_what_it_owes_once(cast: Cast) -> None:
    case = clawback(cast, "collecting", set_off=True)
    made = at_the_bank(cast, 5 * WAN)
    before = owed(case)
    assert collecting.set_off(made, at=FINAL) == 5 * WAN
    assert collecting.set_off(made, at=FINAL) == 0  # done already
    assert owed(case) == before - 5 * WAN
    case.refresh_from_db()
    assert queries.due_of(case, FINAL_DAY).paid_fen == 5 * WAN
    assert case.repayments.get(ordinal=1).payment == made
    with pytest.raises(StepRefused, match="没有这笔入账"):
        key = queries.came_in(case)[0].key
        collecting.undo(case, cast.city, key=key, note="不想抵扣。", at=FINAL)


def test_each_of_two_ways_says_what_came_in_by_it_and_what_it_still_owes(cast: Cast) -> None:
    case = clawback(cast, "collecting", set_off=True, with_interest=False, parts=(
        (FINAL_DAY + ONE_DAY * 30, 6 * WAN), (FINAL_DAY + ONE_DAY * 60, 4 * WAN),
    ))  # fmt: skip
    case.repayments.filter(ordinal=2).update(how="")
    collecting.set_off(at_the_bank(cast, 5 * WAN), at=FINAL)
    collecting.repay(case, cast.city, amount_fen=3 * WAN, slip="S1", at=FINAL)

    def ways(day: Any) -> list[tuple[str, int, int, int]]:
        found = queries.ways_of(case.repayments.order_by("ordinal"), queries.came_in(case), day)
        return [(one.how, one.came_fen, one.left_fen, one.overdue_fen) for one in found]

    late = FINAL_DAY + ONE_DAY * 61
    assert ways(FINAL_DAY) == [("set_off", 5 * WAN, 0, 0), ("transfer", 3 * WAN, 2 * WAN, 0)]
    assert ways(late)[1] == ("transfer", 3 * WAN, 2 * WAN, 2 * WAN)
    left_fen = queries.due_of(case, FINAL_DAY).left_fen
    assert sum(one[2] for one in ways(FINAL_DAY)) == left_fen


def test_a_payment_that_bounced_kept_nothing_though_a_budget_has_granted_the_money_again(
    cast: Cast,
) -> None:
    case = clawback(cast, "collecting", fen=3 * WAN, set_off=True, with_interest=False)
    made = at_the_bank(cast, 3 * WAN)
    before = owed(case)
    collecting.set_off(made, at=FINAL)
    with_budgets = pools()
    chief = cast.official("chief", "province", "420000")
    case.refresh_from_db()
    with pytest.raises(StepRefused, match="银行结果"):
        collecting.overturn(case, chief, note="撤销", at=FINAL)
    for code, fen in with_budgets.items():
        ledger.open_account("elsewhere", "他处", at=FINAL)
        ledger.post(ledger.Entry(f"spent/{code}", code, "elsewhere", fen or 1), at=FINAL)
    Payment.objects.filter(pk=made.pk).update(state="bounced", bounce_reason="户名不符")
    assert collecting.undo_set_off(made, at=FINAL) == 3 * WAN
    assert collecting.undo_set_off(made, at=FINAL) == 0
    case.refresh_from_db()
    assert case.state == "collecting" and receivable(case) == 3 * WAN and owed(case) == before
    collecting.repay(case, cast.city, amount_fen=3 * WAN, slip="S1", at=FINAL)
    assert case.state == "closed" and set(pools().values()) == {0}  # the treasury stood in


def test_more_than_is_due_by_now_is_not_kept_back(cast: Cast) -> None:
    case = clawback(cast, "collecting", set_off=True, fen=2 * WAN, with_interest=False)
    made = at_the_bank(cast, 2 * WAN)
    collecting.repay(case, cast.city, amount_fen=WAN, slip="S1", at=FINAL)
    with pytest.raises(StepRefused, match="重新送交"):
        collecting.set_off(made, at=FINAL)
    case.refresh_from_db()
    assert receivable(case) == WAN


def test_several_payments_pay_several_cases_the_oldest_first(cast: Cast) -> None:
    first = clawback(cast, "collecting", fen=2 * WAN, set_off=True, with_interest=False)
    second = clawback(cast, "collecting", paid_claim(cast), 3 * WAN, set_off=True,
                      with_interest=False)  # fmt: skip
    made = [at_the_bank(cast, 2 * WAN) for _ in range(2)]
    assert collecting.set_off_many(made, at=FINAL) == 4 * WAN
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("closed", "collecting")
    assert queries.due_of(second, FINAL_DAY).left_fen == WAN


def test_a_slip_recorded_by_mistake_is_taken_back_and_can_be_recorded_anew(cast: Cast) -> None:
    case = clawback(cast, "collecting", with_interest=False)
    collecting.repay(case, cast.city, amount_fen=10 * WAN, slip="S1", at=FINAL)
    assert case.state == "closed"
    with pytest.raises(StepRefused):
        collecting.undo(case, cast.city, key="slip/S1", note=" ", at=FINAL)
    collecting.undo(case, cast.city, key="slip/S1", note="录错了企业。", at=FINAL)
    assert case.state == "collecting" and case.closed_at is None
    assert receivable(case) == 10 * WAN and queries.due_of(case, FINAL_DAY).paid_fen == 0
    with pytest.raises(StepRefused):
        collecting.undo(case, cast.city, key="slip/S1", note="再撤一次", at=FINAL)
    case.refresh_from_db()
    collecting.repay(case, cast.city, amount_fen=3 * WAN, slip="S1", at=FINAL)
    assert [one.key for one in queries.came_in(case)] == ["slip/S1/2"]
    assert receivable(case) == 7 * WAN


def test_overturned_after_the_money_came_in_it_is_owed_back_and_the_bar_is_lifted(
    cast: Cast,
) -> None:
    case = clawback(cast, "collecting", sanction_years=3)
    firm = case.organisation
    with pytest.raises(Sanctioned):
        refuse_sanctioned(firm, FINAL_DAY)
    before = pools()
    collecting.repay(case, cast.city, amount_fen=4 * WAN, slip="S1", at=FINAL)
    chief = cast.official("chief", "province", "420000")
    with pytest.raises(StepRefused, match="由您决定"):
        collecting.overturn(case, cast.province, note="复议撤销。", at=FINAL)
    with pytest.raises(NotAllowed):
        collecting.overturn(case, cast.city, note="复议撤销。", at=FINAL)
    collecting.overturn(case, chief, note="复议撤销。", at=FINAL)
    refuse_sanctioned(firm, FINAL_DAY)
    assert pools() == before and receivable(case) == 0
    assert queries.refund_due(case) == 4 * WAN
    collecting.refund(case, cast.city, slip="T1", at=FINAL)
    assert case.state == "dropped"
    payable = books.balance(payable_code(firm.uscc))
    assert payable is not None and payable.credits_posted_fen == payable.debits_posted_fen
    with pytest.raises(Moved):
        collecting.refund(case, cast.city, slip="T1", at=FINAL)


def test_overturned_before_anything_came_in_nothing_is_owed(cast: Cast) -> None:
    case = clawback(cast, "collecting")
    collecting.overturn(case, cast.official("chief", "province", "420000"), note="撤销", at=FINAL)
    case.refresh_from_db()
    assert case.state == "dropped" and receivable(case) == 0 and queries.refund_due(case) == 0


def test_what_is_unpaid_of_the_claim_is_cancelled_with_a_sanction_and_free_without(
    cast: Cast,
) -> None:
    barred = paid_claim(cast, paid=(1,))
    case = clawback(cast, "decided", barred, 7 * WAN, sanction_years=1)
    stopped = Claim.objects.filter(pk__in=queries.stopped_claims())
    assert list(stopped) == [barred]
    finality.due(FINAL_DAY)
    case.refresh_from_db()
    assert not stopped.all().exists()
    rest = barred.instalments.get(ordinal=2)
    assert rest.cancelled_at is not None
    states = {o.key: o.state for o in books.standings(barred.number) if "/2/" in o.key}
    assert set(states.values()) == {"voided"}
    mild = paid_claim(cast, cast.rival, paid=(1,))
    clawback(cast, "collecting", mild, 7 * WAN)
    assert Instalment.objects.get(claim=mild, ordinal=2).cancelled_at is None


def test_what_stood_in_a_batch_when_the_sanction_came_is_cancelled_when_it_is_let_go(
    cast: Cast,
) -> None:
    for number, how in enumerate(("drop", "cancel")):
        firm = (cast.firm, cast.rival)[number]
        claim = paid_claim(cast, firm, paid=(1,))
        claim.instalments.filter(ordinal=2).update(ready_at=MOMENT)
        Claim.objects.filter(pk=claim.pk).update(
            account_name="甲", account_number="622202", bank_name="湖北银行"
        )
        rest = claim.instalments.get(ordinal=2)
        made = batches.make(
            cast.city, Choice(instalments=(rest.pk,)), title="", key=how, at=MOMENT
        ).batch
        clawback(cast, "collecting", claim, 7 * WAN, sanction_years=1)
        rest.refresh_from_db()
        assert rest.payment is not None and rest.cancelled_at is None
        if how == "drop":
            batches.drop(rest.payment, cast.city, note="在惩戒期内", at=FINAL)
        else:
            batches.cancel(made, cast.city, note="在惩戒期内", at=FINAL)
        rest.refresh_from_db()
        assert (rest.payment, rest.cancelled_at) == (None, FINAL), how
        states = {one.state for one in books.standings(claim.number) if "/2/" in one.key}
        assert states == {"voided"} and not books.recompute()
