"""Money of clawbacks is conserved in any order of what can happen to them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dengta.core.granting import interest
from dengta.funding.actions import clawbacks, collecting
from dengta.funding.models import Clawback, Payment
from dengta.funding.queries import clawbacks as queries
from dengta.ledger import queries as books
from dengta.trail.actions import StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.clawback_cast import clawback, left, paid_claim, payment, pools

DAYS = st.integers(0, 400)
AMOUNTS = st.integers(1, 5 * WAN)


@given(
    parts=st.lists(st.tuples(st.integers(0, 300), AMOUNTS), min_size=1, max_size=5),
    came=st.lists(st.tuples(DAYS, AMOUNTS), max_size=6),
    rate=st.integers(0, 2_400),
)
def test_being_late_costs_no_more_than_everything_from_the_first_day_and_nothing_in_time(
    parts: list[tuple[int, int]], came: list[tuple[int, int]], rate: int
) -> None:
    plan = sorted((DAY + n * ONE_DAY, fen) for n, fen in parts)
    coming = sorted((DAY + n * ONE_DAY, fen) for n, fen in came)
    principal = sum(fen for _, fen in plan)
    cost = queries.late_interest(plan, principal, coming, rate)
    worst = max(((day - plan[0][0]).days for day, _ in coming), default=0)
    # Every piece is rounded by itself: half a 分 each at most.
    assert 0 <= cost <= interest(principal, rate, max(worst, 0)) + len(plan) * len(coming)
    in_time = [(plan[0][0], fen) for _, fen in coming]
    assert queries.late_interest(plan, principal, in_time, rate) == 0
    assert queries.late_interest(plan, 0, coming, rate) == 0  # interest bears none
    once = [(plan[-1][0] + 30 * ONE_DAY, principal)]
    by_hand = sum(interest(fen, rate, (once[0][0] - due).days) for due, fen in plan)
    assert queries.late_interest(plan, principal, once, rate) == by_hand


class Money(RuleBasedStateMachine):
    """One case that is final, its party paid by other claims meanwhile. Each run is rolled back."""

    def __init__(self) -> None:
        super().__init__()
        self.around = transaction.atomic()
        self.around.__enter__()

    def teardown(self) -> None:
        """Leave nothing to the next run."""
        transaction.set_rollback(True)
        self.around.__exit__(None, None, None)

    @initialize(fen=st.integers(1, 10 * WAN), parts=st.integers(1, 4), lent=st.booleans())
    def final(self, fen: int, parts: int, lent: bool) -> None:
        self.cast, self.slips, self.sent, self.undone = Cast(), 0, list[Payment](), False
        self.fronted = 0
        self.now = MOMENT
        plan = ()
        if fen >= parts:
            last = queries.appeal_until(DAY)
            amounts = [fen // parts] * (parts - 1) + [fen - fen // parts * (parts - 1)]
            plan = tuple((last + 20 * n * ONE_DAY, each) for n, each in enumerate(amounts, 1))
        self.case = clawback(self.cast, "decided", fen=fen, asked=10 * WAN, parts=plan,
                             with_interest=lent)  # fmt: skip
        clawbacks.accept(self.case, self.cast.firm.actor, at=MOMENT)
        self.chief = self.cast.official("chief", "province", "420000")
        self.before = pools()

    def attempt(self, act: Any) -> None:
        """What is refused leaves nothing behind."""
        was = [(row.ordinal, row.paid_fen) for row in self.case.repayments.all()]
        try:
            with transaction.atomic():
                act()
        except StepRefused:
            self.case.refresh_from_db()
            assert was == [(row.ordinal, row.paid_fen) for row in self.case.repayments.all()]

    @rule(fen=AMOUNTS, again=st.booleans())
    def repay(self, fen: int, again: bool) -> None:
        self.slips += 0 if again else 1
        slip = f"S{self.slips}"
        self.attempt(lambda: collecting.repay(
            self.case, self.cast.city, amount_fen=fen, slip=slip, at=self.now
        ))  # fmt: skip

    @rule()
    def repay_all(self) -> None:
        due = queries.due_of(self.case, self.now.date())
        self.repay(due.left_fen + due.late_fen, again=False)

    @rule(fen=st.integers(1, 5 * WAN), twice=st.booleans())
    def send(self, fen: int, twice: bool) -> None:
        """A payment goes to the bank; something is kept from it where something is due."""
        firm = self.case.organisation
        fen = min(fen, queries.set_off_due(firm, self.now.date()) or fen)
        row = paid_claim(self.cast, paid=(), at=self.now).instalments.get(ordinal=1)
        sent = payment(row, self.cast.province, fen, self.now)
        Payment.objects.filter(pk=sent.pk).update(state="sent")
        self.sent.append(sent)
        self.attempt(lambda: collecting.set_off(sent, at=self.now))
        if twice and collecting.kept_on_way(self.case):
            self.attempt(lambda: collecting.set_off(sent, at=self.now))
        self.case.refresh_from_db()

    @rule(pays=st.booleans())
    def bank_answers(self, pays: bool) -> None:
        """It pays the first payment on its way, or sends it back."""
        if not self.sent:
            return
        sent, rows = self.sent.pop(0), Payment.objects
        if pays:
            proof = {"bank_reference": "B1", "paid_at": self.now}
            rows.filter(pk=sent.pk).update(state="paid", **proof)
        else:
            rows.filter(pk=sent.pk).update(state="bounced", bounce_reason="户名不符")
            self.fronted += collecting.undo_set_off(sent, at=self.now)
            assert collecting.undo_set_off(sent, at=self.now) == 0
        self.case.refresh_from_db()

    @rule(pick=st.integers(0, 9))
    def undo(self, pick: int) -> None:
        came = [one for one in queries.came_in(self.case) if one.kind == "repay"]
        if came:
            key, self.undone = came[pick % len(came)].key, True
            self.attempt(lambda: collecting.undo(
                self.case, self.cast.city, key=key, note="录错了。", at=self.now
            ))  # fmt: skip

    @rule(days=st.integers(1, 60))
    def time_passes(self, days: int) -> None:
        self.now += dt.timedelta(days=days)

    @rule(sure=st.integers(0, 5))
    def overturn(self, sure: int) -> None:
        if sure == 0:
            self.attempt(lambda: collecting.overturn(
                self.case, self.chief, note="复议撤销。", at=self.now
            ))  # fmt: skip
            self.case.refresh_from_db()

    @invariant()
    def what_is_due_has_come_in_or_is_outstanding(self) -> None:
        case = Clawback.objects.get(pk=self.case.pk)
        came, due = queries.came_in(case), queries.due_of(case, self.now.date())
        code = queries.receivable_code(case.organisation.uscc)
        drawn = sum(fen for fen in self.granted().values())
        if case.state in ("overturned", "dropped"):
            assert left(code) == due.paid_fen == 0
            assert pools() == {c: (self.before[c] or 0) - self.granted()[c] for c in pools()}
            return
        assert left(code) == due.left_fen >= 0
        assert sum(one.fen for one in came) == due.paid_fen
        principal = min(due.paid_fen, case.decided_fen or 0)
        returned = sum(map(int, (v or 0 for v in pools().values()))) - (
            sum(map(int, (v or 0 for v in self.before.values()))) - drawn
        )
        # An entry undone in the middle leaves what came later where it went, and the treasury
        # stands in for what bounced; the end is the same.
        assert returned == principal or self.undone or self.fronted
        assert 0 <= returned <= min(due.paid_fen + self.fronted, case.decided_fen or 0)
        if case.state == "closed":
            assert returned == case.decided_fen
        assert case.state == ("closed" if not due.left_fen else "collecting")
        assert books.proof().balanced

    def granted(self) -> dict[str, int]:
        """What other claims have reserved of each budget since."""
        own = dict.fromkeys(pools(), 0)
        for code in own:
            there = books.balance(code)
            assert there is not None
            own[code] = there.debits_pending_fen
        return own


@pytest.mark.django_db
def test_what_was_decided_is_collected_or_outstanding_in_any_order() -> None:
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=10,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )
