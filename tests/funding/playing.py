"""A play of offices, payees and banks in any order: within a transaction that is taken back, and
with books that agree at its end."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from dengta.ledger import queries as books
from dengta.trail.actions import StepRefused


class Play(RuleBasedStateMachine):
    """What all plays share; `enter` comes first."""

    def enter(self) -> None:
        """Whatever is done from now on is taken back at the end."""
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def attempt(self, act: Any, *arguments: Any, **more: Any) -> bool:
        """Whether it was done; a refusal leaves no trace."""
        try:
            with transaction.atomic():
                act(*arguments, **more)
        except StepRefused:
            return False
        return True

    def one(self, rows: Any, pick: int) -> Any:
        """One of some rows, None where there are none."""
        rows = rows.order_by("pk")
        return rows[pick % rows.count()] if rows else None

    def teardown(self) -> None:
        """The books agree."""
        if hasattr(self, "transaction"):
            assert books.recompute() == []
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)


def play(machine: type[Play], examples: int, steps: int) -> None:
    """Play so many examples of so many steps."""
    how = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=how)
