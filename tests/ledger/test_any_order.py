"""Whatever is called, in any order and however often: a model in memory says what must hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dengta.ledger import actions, queries
from dengta.ledger.actions import Entry, Overspent, Receipt, Refused

GUARDS: dict[str, actions.Guard] = {
    "source": "none", "pool": "credits", "branch": "credits", "firm": "none", "room": "debits",
}  # fmt: skip
ACCOUNTS = st.sampled_from(sorted(GUARDS))
AMOUNTS = st.integers(1, 12)
KEYS = st.sampled_from([f"k{n}" for n in range(12)])


@dataclass
class Known:
    """An entry as the model remembers it."""

    entry: Entry
    step: str
    state: str
    posted: int = 0


@dataclass
class Model:
    """The ledger in a few lines: what was booked, and the totals that follow."""

    known: dict[str, Known] = field(default_factory=dict)
    totals: dict[str, list[int]] = field(default_factory=lambda: {a: [0] * 4 for a in GUARDS})

    def move(self, entry: Entry, pending: int, posted: int, *, mirrored: bool = False) -> bool:
        """Add to the totals of both sides if both guards allow it."""
        debit, credit = (entry.credit, entry.debit) if mirrored else (entry.debit, entry.credit)
        after = {name: list(totals) for name, totals in self.totals.items()}
        for name, at in ((debit, 0), (credit, 2)):
            after[name][at] += pending
            after[name][at + 1] += posted
        if all(self.allowed(name, after[name]) for name in after):
            self.totals = after
            return True
        return False

    @staticmethod
    def allowed(name: str, totals: list[int]) -> bool:
        """Whether the guard of the account lets it stand so."""
        debits_pending, debits, credits_pending, credits = totals
        if GUARDS[name] == "credits":
            return debits_pending + debits <= credits
        return GUARDS[name] == "none" or credits_pending + credits <= debits


class AnyOrder(RuleBasedStateMachine):
    """Every public action against the model."""

    @initialize(fund=st.integers(0, 30), room=st.integers(0, 20))
    def begin(self, fund: int, room: int) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.model = Model()
        for code, guard in GUARDS.items():
            actions.open_account(code, code, guard)
        if fund:
            self.enter("post", Entry("fund", "source", "pool", fund))
        if room:
            self.enter("post", Entry("room", "room", "source", room))

    def teardown(self) -> None:
        if not hasattr(self, "transaction"):
            return
        try:
            for key, known in self.model.known.items():
                standing = queries.standing(key)
                assert standing is not None
                assert (standing.state, standing.posted_fen) == (known.state, known.posted)
            assert queries.recompute() == []
            assert queries.proof().balanced
        finally:
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def expect(self, step: str, entry: Entry) -> bool:
        """What the model says to an entry, and its effect on the model."""
        before = self.model.known.get(entry.key)
        if before is not None:
            return (before.entry, before.step) == (entry, step)
        pending, posted = (entry.amount_fen, 0) if step == "reserve" else (0, entry.amount_fen)
        if not self.model.move(entry, pending, posted):
            return False
        state = "pending" if step == "reserve" else "posted"
        self.model.known[entry.key] = Known(entry, step, state, posted)
        return True

    def enter(self, step: str, entry: Entry) -> None:
        answer = _answer(getattr(actions, step), entry)
        assert isinstance(answer, Receipt) == self.expect(step, entry)

    @rule(step=st.sampled_from(["post", "reserve"]), key=KEYS, debit=ACCOUNTS, credit=ACCOUNTS,
          amount=AMOUNTS)  # fmt: skip
    def one(self, step: str, key: str, debit: str, credit: str, amount: int) -> None:
        if debit != credit:
            self.enter(step, Entry(key, debit, credit, amount))

    @rule(step=st.sampled_from(["post_each", "reserve_each"]), data=st.data())
    def each(self, step: str, data: st.DataObject) -> None:
        pairs = st.lists(st.tuples(KEYS, ACCOUNTS, ACCOUNTS, AMOUNTS), max_size=6)
        entries = [Entry(*row) for row in data.draw(pairs) if row[1] != row[2]]
        answers = getattr(actions, step)(entries)
        for entry, answer in zip(entries, answers, strict=True):
            expected = self.expect(step.removesuffix("_each"), entry)
            assert isinstance(answer, Receipt) == expected

    @rule(key=KEYS, amount=AMOUNTS)
    def linked(self, key: str, amount: int) -> None:
        """A pair of new keys: money of the pool, and room; all or none."""
        names = [f"{key}+1", f"{key}+2"]
        if names[0] in self.model.known:
            return
        pair = [Entry(names[0], "pool", "firm", amount), Entry(names[1], "source", "room", amount)]
        before = {name: list(totals) for name, totals in self.model.totals.items()}
        fits = all(self.model.move(entry, amount, 0) for entry in pair)
        answer = _answer(actions.reserve_many, pair)
        assert isinstance(answer, Refused) != fits
        if not fits:
            assert isinstance(answer, Overspent)
            self.model.totals = before
            return
        for entry in pair:
            self.model.known[entry.key] = Known(entry, "reserve", "pending")
        assert actions.reserve_many(pair) == answer

    def target(self, data: st.DataObject) -> str:
        """Mostly a key that is known, sometimes one that is not."""
        return data.draw(st.sampled_from([*self.model.known, "nobody"]))

    @rule(data=st.data(), part=st.none() | AMOUNTS)
    def settle(self, data: st.DataObject, part: int | None) -> None:
        known = self.model.known.get(key := self.target(data))
        fits = known is not None and known.step == "reserve" and known.state == "pending"
        amount = 0
        if known is not None:
            amount = known.entry.amount_fen if part is None else part
            same = known.step == "reserve" and known.posted == amount
            repeat = same and known.state in ("posted", "reversed")
            fits = (fits and amount <= known.entry.amount_fen) or repeat
            if fits and not repeat:
                assert self.model.move(known.entry, -known.entry.amount_fen, amount)
                known.state, known.posted = "posted", amount
        assert isinstance(_answer(actions.settle, key, part), Receipt) == fits

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        known = self.model.known.get(key := self.target(data))
        fits = (
            known is not None and known.step == "reserve" and known.state in ("pending", "voided")
        )
        if known is not None and fits and known.state == "pending":
            assert self.model.move(known.entry, -known.entry.amount_fen, 0)
            known.state = "voided"
        assert isinstance(_answer(actions.release, key), Receipt) == fits

    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        known = self.model.known.get(key := self.target(data))
        fits = known is not None and known.state == "reversed"
        if known is not None and known.state == "posted":
            fits = self.model.move(known.entry, 0, known.posted, mirrored=True)
            known.state = "reversed" if fits else "posted"
        answer = _answer(actions.reverse, key)
        assert isinstance(answer, Receipt) == fits
        if isinstance(answer, Receipt) and known is not None:
            assert (answer.debit, answer.credit) == (known.entry.credit, known.entry.debit)
            assert answer.amount_fen == known.posted

    @invariant()
    def the_ledger_stands_where_the_model_stands(self) -> None:
        if not hasattr(self, "model"):
            return
        for code, totals in self.model.totals.items():
            found = queries.balance(code)
            assert found is not None
            assert [getattr(found, total) for total in queries.TOTALS] == totals
            assert found.left_fen is None or found.left_fen >= 0


def _answer(action: Any, *arguments: Any) -> Any:
    try:
        return action(*arguments)
    except Refused as refused:
        return refused


@pytest.mark.django_db
def test_money_is_conserved_and_guards_hold_in_any_order() -> None:
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
