"""Vouchers in any order of issuing, redeeming, paying, bouncing, taking back, revoking and expiry:
money is neither made nor lost, each redemption counts once, no cap or purse is ever crossed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dengta.accounts.queries import SYSTEM
from dengta.funding.actions import reserving
from dengta.funding.actions import vouchers_redeeming as redeeming
from dengta.funding.actions.vouchers_granting import Want, grant_all, prepare
from dengta.funding.actions.vouchers_money import Purses, open_fund
from dengta.funding.models import ENDED_STATES, Budget, Claim, Issuance, Voucher
from dengta.funding.queries.budgets import ceiling_code, scheme_of, voucher_code, yearly_code
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.trail.actions import StepRefused
from tests.cast import MOMENT, Cast, Firm
from tests.funding.paying import pay_claim
from tests.funding.rush_cast import leave

SCHEME = "cloud-service"
CAP, CEILING = 5_000_000, 8_000_000
PLACES = {"province": "", "city": "420100", "county": "420102"}
POOL_FEN = 4_000_000
ROUND = 7
"""Amounts are odd, so that shares never come out even."""


def pools() -> dict[str, str]:
    """The purses of the shared scheme, by level."""
    fund = "pool/cloud-service-2026"
    return {level: "/".join(filter(None, (fund, place))) for level, place in PLACES.items()}


class Vouchers(RuleBasedStateMachine):
    """Two firms of one county, a scheme paid by province, city and county, small purses."""

    cast: Cast
    neighbour: Firm

    @initialize()
    def begin(self) -> None:
        """Purses opened and filled; caps beside a model of what should stand."""
        self.example = transaction.atomic()
        self.example.__enter__()
        self.at = MOMENT
        self.redeemed: dict[int, int] = {}
        scheme = replace(scheme_of(SCHEME), yearly_cap_fen=CAP, ceiling_fen=CEILING)
        self.purses = Purses(scheme, 2026)
        self.firms = (self.cast.firm, self.neighbour)
        for code in pools().values():
            leave(POOL_FEN, code)
        self.start = {code: self.left(code) for code in pools().values()}

    def left(self, code: str) -> int:
        balance = books.balance(code)
        return (balance.left_fen or 0) if balance else 0

    def tried(self, act: Callable[[], object]) -> bool:
        """Whether it was done; refused it leaves no trace (the invariants look)."""
        try:
            with transaction.atomic():
                act()
            return True
        except StepRefused:
            return False

    @rule(n=st.integers(0, 1), amount=st.integers(1, 600_000))
    def grant(self, n: int, amount: int) -> None:
        """A voucher, if purses and cap reach."""
        firm = self.firms[n].organisation
        fen = amount * ROUND
        issuance = Issuance.objects.create(
            scheme=SCHEME, programme="cloud_service", year=2026, title="批", reason="机",
            key=f"machine/{Issuance.objects.count()}", created_at=self.at,
        )  # fmt: skip
        want = Want(firm, fen, {}, {"policy_digest": "x"}, "张经理")
        prepare(self.purses, [want], self.at)
        drawn = dict(self.purses.shares(firm.region_code, fen).values())
        drawn |= dict.fromkeys(self.purses.bounds(firm.uscc, firm.region_code), fen)
        room = [self.left(code) >= part for code, part in drawn.items()]
        with transaction.atomic():
            (answer,) = grant_all(self.purses, issuance, [want], SYSTEM, at=self.at)
        assert isinstance(answer, Voucher) == all(room)
        if isinstance(answer, Voucher):
            self.redeemed[answer.pk] = 0

    def chosen(self, n: int) -> Voucher:
        ids = sorted(self.redeemed)
        return Voucher.objects.select_related("organisation").get(pk=ids[n % len(ids)])

    @precondition(lambda self: self.redeemed)
    @rule(n=st.integers(0, 9), part=st.integers(1, 100), twice=st.booleans())
    def redeem(self, n: int, part: int, twice: bool) -> None:
        """A part, by the firm, perhaps clicked twice."""
        voucher = self.chosen(n)
        amount = max(voucher.left_fen * part // 100, 1)
        firm = next(f for f in self.firms if f.organisation == voucher.organisation)
        turn = voucher.claims.count()
        assert voucher.expires_date is not None
        may = voucher.state == "issued" and self.at.date() <= voucher.expires_date
        done = self.tried(
            lambda: redeeming.redeem(voucher, firm.actor, amount_fen=amount, turn=turn, at=self.at)
        )
        assert done == may
        if done:
            self.redeemed[voucher.pk] += amount
            if twice:
                again = Voucher.objects.get(pk=voucher.pk)
                redeeming.redeem(again, firm.actor, amount_fen=amount, turn=turn, at=self.at)

    def claims(self, *states: str) -> list[Claim]:
        return list(Claim.objects.filter(voucher__in=self.redeemed, state__in=states))

    @precondition(lambda self: self.claims("approved"))
    @rule(n=st.integers(0, 9))
    def pay(self, n: int) -> None:
        """What was redeemed is paid."""
        found = self.claims("approved")
        pay_claim(found[n % len(found)], at=self.at)

    @precondition(lambda self: self.claims("approved"))
    @rule(n=st.integers(0, 9))
    def bounce(self, n: int) -> None:
        """What was sent to the bank came back: it is owed, and stands in no payment."""
        found = self.claims("approved")
        parts = list(found[n % len(found)].instalments.select_related("claim"))
        reserving.settle_all(parts, at=self.at)
        found[n % len(found)].instalments.update(settled_at=self.at)

    @precondition(lambda self: self.claims("approved", "paid"))
    @rule(n=st.integers(0, 9))
    def reverse(self, n: int) -> None:
        """A redemption is taken back, once."""
        found = self.claims("approved", "paid")
        claim = found[n % len(found)]
        stale = Claim.objects.get(pk=claim.pk)
        redeeming.reverse_redemption(
            claim, self.cast.province, note="退款", slip=f"TK{claim.pk}", at=self.at
        )
        assert not self.tried(
            lambda: redeeming.reverse_redemption(
                stale, self.cast.province, note="退款", slip=f"TK{claim.pk}", at=self.at
            )
        )
        assert claim.voucher_id is not None
        self.redeemed[claim.voucher_id] -= claim.approved_fen or 0

    @precondition(lambda self: self.redeemed)
    @rule(n=st.integers(0, 9))
    def revoke(self, n: int) -> None:
        """What is left goes back."""
        voucher = self.chosen(n)
        self.tried(lambda: redeeming.revoke(voucher, self.cast.province, note="停", at=self.at))

    @rule(days=st.sampled_from([1, 100, 400]))
    def night(self, days: int) -> None:
        """Time goes by, and what is due expires, once."""
        self.at += dt.timedelta(days=days)
        day = self.at.date()
        redeeming.expire_due(day, at=self.at)
        assert redeeming.expire_due(day, at=self.at) == 0

    @invariant()
    def adds_up(self) -> None:
        """Every fen is where the model says, by voucher, by firm and by purse."""
        if not hasattr(self, "start"):
            return
        out: dict[str, int] = dict.fromkeys(self.start, 0)
        used = {firm.organisation.pk: 0 for firm in self.firms}
        vouchers = list(Voucher.objects.filter(pk__in=self.redeemed))
        caps = {
            firm.organisation.pk: yearly_code("cloud_service", 2026, firm.organisation.uscc)
            for firm in self.firms
        }
        ceiling = ceiling_code("cloud_service", 2026)
        codes = [voucher_code(voucher.number) for voucher in vouchers]
        there = books.balances([*codes, *self.start, *caps.values(), ceiling])
        left = {code: balance.left_fen or 0 for code, balance in there.items()}
        for voucher, code in zip(vouchers, codes, strict=True):
            granted, drawn = voucher.granted_fen or 0, self.redeemed[voucher.pk]
            holds = left.get(code, 0)
            assert voucher.redeemed_fen == drawn <= granted
            assert holds == (0 if voucher.state in ENDED_STATES else granted - drawn)
            used[voucher.organisation_id] += holds + drawn
        for one in books.posted_about([voucher.number for voucher in vouchers]):
            for code in out:
                out[code] += one.amount_fen * ((one.debit == code) - (one.credit == code))
        for code, start in self.start.items():
            assert 0 <= left[code] == start - out[code]
        assert sum(out.values()) == sum(used.values())
        for pk, code in caps.items():
            assert left.get(code, 0) == (CAP - used[pk] if code in there else 0)
        filled = CEILING - sum(used.values())
        assert left.get(ceiling, 0) == (filled if ceiling in there else 0)
        assert books.proof().balanced

    def teardown(self) -> None:
        """Each example leaves the tables as it found them, so that a failing one can be shrunk."""
        if not hasattr(self, "example"):
            return
        try:
            self.undo_everything()
        finally:
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def undo_everything(self) -> None:
        """Everything undone leaves every purse, cap and account as it was found."""
        for claim in self.claims("approved", "paid"):
            redeeming.reverse_redemption(
                claim, self.cast.province, note="退款", slip=f"TK{claim.pk}", at=self.at
            )
        for voucher in Voucher.objects.filter(pk__in=self.redeemed, state="issued"):
            redeeming.revoke(voucher, self.cast.province, note="停", at=self.at)
        self.redeemed = dict.fromkeys(self.redeemed, 0)
        self.adds_up()
        assert [self.left(code) for code in self.start] == list(self.start.values())
        assert books.recompute() == []


@pytest.mark.django_db
def test_vouchers_in_any_order_neither_make_nor_lose_money(cast: Cast) -> None:
    open_fund(2026, "cloud_service", at=MOMENT)
    top = Budget.objects.get(fund="cloud-service-2026")
    for level, code in pools().items():
        if PLACES[level]:
            ledger.open_account(code, code, "credits", at=MOMENT)
            Budget.objects.create(
                fund=top.fund, programme=top.programme, year=2026, level=level, parent=top,
                region_code=PLACES[level], code=code, opened_at=MOMENT,
            )  # fmt: skip
    assert cast.province and cast.firm  # made here, not in an example, which is undone
    Vouchers.cast, Vouchers.neighbour = cast, cast.enrol("neighbour")
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Vouchers,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
