"""Allot, return, shift, reserve, settle, release, pay, in any order: a model in memory says which
of it may go through, and where every 分 then is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from dengta.accounts.queries import Actor
from dengta.funding.actions import budgets
from dengta.funding.queries.budgets import fund_named
from dengta.funding.queries.fund_tree import trees, walked
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.trail.actions import StepRefused
from tests.cast import MOMENT
from tests.funding.budgets_cast import JIANGAN, PILOT, WUHAN

PROVINCE = "420000"
OFFICES = {
    PROVINCE: Actor(0, "省", "province", PROVINCE),
    WUHAN: Actor(0, "武汉", "city", WUHAN),
    "420500": Actor(0, "宜昌", "city", "420500"),
}
ABOVE = {WUHAN: PROVINCE, "420500": PROVINCE, JIANGAN: WUHAN}
PLACES = st.sampled_from(sorted(ABOVE))
PARTS = st.sampled_from(["enterprise", "public"])
AMOUNTS = st.integers(1, 9)
FIRM = "payable/91420102XY00001A26"
SPARE = 40
"""What is left to give, in 分, once the rest of the fund has gone to a place that nobody plays."""

At = tuple[str, str]


@dataclass
class Model:
    """Where money is, and what each city was allotted by part."""

    left: Counter[At] = field(default_factory=lambda: Counter({(PROVINCE, "all"): SPARE}))
    ever: Counter[At] = field(default_factory=Counter)
    held: dict[str, tuple[At, int]] = field(default_factory=dict)
    settled: Counter[At] = field(default_factory=Counter)
    owed: int = 0

    def try_move(self, moves: list[tuple[At, At, int]], ever: Counter[At]) -> bool:
        """Do all of it, unless something falls below zero or the share below four fifths."""
        left, total = self.left.copy(), self.ever.copy()
        for source, target, amount in moves:
            left[source] -= amount
            left[target] += amount
        total.update(ever)
        sound = min(left.values()) >= 0 and all(
            total[city, "enterprise"] * 2_000 >= total[city, "public"] * 8_000
            for city in (WUHAN, "420500")
        )
        if sound:
            self.left, self.ever = left, total
        return sound


class AnyOrder(RuleBasedStateMachine):
    """Every way that a budget's money goes."""

    @initialize()
    def begin(self) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.model, self.serial = Model(), 0
        fund = fund_named(PILOT)
        budgets.open_fund(fund, at=MOMENT)
        ledger.open_account(FIRM, "应付", at=MOMENT)
        rest = fund.pool_fen - SPARE
        self.order(PROVINCE, "allocate", "420600", {"enterprise": rest})
        for place in (*ABOVE,):
            budgets.open_place(fund, place, at=MOMENT)

    def teardown(self) -> None:
        if not hasattr(self, "transaction"):
            return
        try:
            assert books.recompute() == []
            assert books.proof().balanced
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def order(self, office: str, kind: str, place: str, parts: dict[str, int]) -> bool:
        """Whether an order went through."""
        self.serial += 1
        draft = budgets.Draft(kind, PILOT, place, sum(parts.values()), "1号", "试", parts)
        return went(lambda: budgets.order_now(OFFICES[office], draft, key=f"{self.serial}"))

    @rule(place=PLACES, enterprise=st.integers(0, 12), public=st.integers(0, 4))
    def allot(self, place: str, enterprise: int, public: int) -> None:
        self.up_or_down("allocate", place, {"enterprise": enterprise, "public": public})

    @rule(place=PLACES, enterprise=st.integers(0, 6), public=st.integers(0, 4))
    def give_back(self, place: str, enterprise: int, public: int) -> None:
        self.up_or_down("return", place, {"enterprise": enterprise, "public": public})

    def up_or_down(self, kind: str, place: str, parts: dict[str, int]) -> None:
        parts = {part: amount for part, amount in parts.items() if amount}
        if not parts:
            return
        above, sign = ABOVE[place], 1 if kind == "allocate" else -1
        moves, ever = [], Counter[At]()
        for part, amount in parts.items():
            ends = ((above, "all" if above == PROVINCE else part), (place, part))
            moves.append((*(ends if sign > 0 else ends[::-1]), amount))
            if above == PROVINCE:
                ever[place, part] += sign * amount
        expected = self.model.try_move(moves, ever)
        assert self.order(above, kind, place, parts) == expected

    @rule(place=PLACES, amount=AMOUNTS)
    def shift(self, place: str, amount: int) -> None:
        city = WUHAN if place == JIANGAN else place
        ever = Counter({(city, "enterprise"): amount, (city, "public"): -amount})
        moves = [((place, "public"), (place, "enterprise"), amount)]
        expected = self.model.try_move(moves, ever)
        office = city
        self.serial += 1
        draft = budgets.Draft("shift", PILOT, place, amount, "1号", "试")
        key = f"{self.serial}"
        assert went(lambda: budgets.order_now(OFFICES[office], draft, key=key)) == expected

    @rule(place=PLACES, part=PARTS, amount=AMOUNTS)
    def reserve(self, place: str, part: str, amount: int) -> None:
        self.serial += 1
        key = f"grant/{self.serial}"
        expected = self.model.left[place, part] >= amount
        entry = ledger.Entry(key, f"pool/{PILOT}/{place}/{part}", FIRM, amount)
        assert went(lambda: ledger.reserve(entry)) == expected
        if expected:
            self.model.left[place, part] -= amount
            self.model.held[key] = ((place, part), amount)

    @rule(data=st.data(), keep=st.integers(0, 9))
    def resolve(self, data: st.DataObject, keep: int) -> None:
        """Settle some of what is reserved and give the rest back, or give all of it back."""
        if not self.model.held:
            return
        key = data.draw(st.sampled_from(sorted(self.model.held)))
        at, amount = self.model.held.pop(key)
        keep = min(keep, amount)
        if keep:
            ledger.settle(key, keep)
        else:
            ledger.release(key)
        self.model.left[at] += amount - keep
        self.model.settled[at] += keep
        self.model.owed += keep

    @rule()
    def pay(self) -> None:
        """The bank pays whatever is owed."""
        if self.model.owed:
            self.serial += 1
            entry = ledger.Entry(f"pay/{self.serial}", FIRM, budgets.BANK, self.model.owed)
            ledger.post(entry)
            self.model.owed = 0

    @invariant()
    def every_fen_is_where_the_model_has_it(self) -> None:
        if not hasattr(self, "model"):
            return
        fund, model = fund_named(PILOT), self.model
        tree = trees([fund])[PILOT]
        assert tree.whole.available == fund.pool_fen
        reserved = Counter[At]()
        for at, amount in model.held.values():
            reserved[at] += amount
        for _, place in walked(tree):
            for part, sums in place.parts.items():
                at = (place.region, part)
                if place.region != "420600":
                    assert (sums.left, sums.reserved, sums.settled) == (
                        model.left[at], reserved[at], model.settled[at],
                    )  # fmt: skip
                assert min(sums.left, sums.reserved, sums.settled) >= 0
                kept = sums.allotted + sums.shifted - sums.returned - sums.passed
                assert kept == sums.available
            if place.ruled and place.net_fen:
                assert place.for_enterprises_fen == model.ever[place.region, "enterprise"] or (
                    place.region == "420600"
                )
                assert place.for_enterprises_fen * 10_000 >= place.net_fen * 8_000


def went(act: Callable[[], object]) -> bool:
    """Whether something went through or was refused."""
    try:
        act()
    except (StepRefused, ledger.Overspent):
        return False
    return True


@pytest.mark.django_db
def test_money_is_conserved_and_enterprises_keep_their_share_in_any_order() -> None:
    run(
        AnyOrder,
        settings=settings(
            max_examples=8,
            stateful_step_count=18,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
