"""Real processes at one budget, one form, one order: `python -m tests.funding.budget_crowd`.

As in `tests.funding.crowd`: everybody looks first and acts once all have looked; each scenario is
played as the platform is, and again as a negative control with the guards taken away.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import django

from tests.funding.crowd import WAN, careless_advance, together

OFFICES = 20
AFFORDED = 10
"""How many of the offices' allotments the fund can pay."""
EACH = 100 * WAN


class Stage:
    """A fund with little left, and the offices that draw on it."""

    def __init__(self, year: int) -> None:
        from dengta.accounts.queries import Actor
        from dengta.funding.actions import budgets
        from dengta.funding.queries.budgets import fund_named
        from dengta.registry.queries import divisions

        self.fund = fund_named(f"pilot-city-{year}")
        self.office = Actor(0, "省", "province", "420000")
        budgets.open_fund(self.fund)
        self.places = [region.code for region in divisions()]
        spare = self.fund.pool_fen - AFFORDED * EACH
        self.allot("first", "429021", spare, enterprise=spare)
        for place in self.places:
            budgets.open_place(self.fund, place)

    def allot(self, key: str, place: str, amount: int, **parts: int) -> list[Any]:
        from dengta.funding.actions import budgets

        return budgets.allocate(
            self.office, self.fund.id, place, amount, document_number="1号", reason="试",
            key=f"{self.fund.id}/{key}",
            parts=parts,
        )  # fmt: skip

    def left(self, code: str = "") -> int:
        from dengta.ledger import queries as books

        found = books.balance("/".join(filter(None, ("pool", self.fund.id, code))))
        assert found is not None
        return found.credits_posted_fen - found.debits_posted_fen - found.debits_pending_fen

    def one_budget(self) -> dict[str, Any]:
        """As many allotments at once as there are offices, from a fund that holds half of it."""
        outcomes = together(
            OFFICES,
            lambda n: self.left() >= EACH,
            lambda n: self.allot(f"each-{n}", self.places[n % len(self.places)], EACH),
        )
        return {"outcomes": outcomes, "left": self.left() // EACH}

    def one_form(self) -> dict[str, Any]:
        """The same form sent by many at once."""
        from dengta.funding.actions import budgets
        from dengta.funding.models import BudgetOrder

        draft = budgets.Draft("appropriate", self.fund.id, "420000", EACH, "2号", "追加")
        before = self.left()
        outcomes = together(
            8, lambda n: True, lambda n: budgets.order_now(self.office, draft, key="one-form")
        )
        made = BudgetOrder.objects.filter(key__startswith="one-form/")
        return {"outcomes": outcomes, "orders": made.count(), "more": self.left() - before}

    def one_order(self) -> dict[str, Any]:
        """Two officials book the same order at once, both having seen it proposed."""
        from dengta.funding.actions import budgets
        from dengta.funding.models import BudgetOrder
        from dengta.trail.models import Event

        draft = budgets.Draft("appropriate", self.fund.id, "420000", EACH, "3号", "追加")
        (order,) = budgets.propose(self.office, draft, key=f"{self.fund.id}/one-order")
        copies = [BudgetOrder.objects.get(pk=order.pk) for _ in range(2)]
        before = self.left()
        outcomes = together(2, lambda n: True, lambda n: budgets.book(copies[n], self.office))
        booked = Event.objects.filter(flow="budget_order", thing_id=order.pk, step="book")
        return {"outcomes": outcomes, "more": self.left() - before, "events": booked.count()}

    def one_rise(self) -> dict[str, Any]:
        """The policy gives more, and eight processes that saw what was there find it at once, while
        an official appropriates as much besides."""
        from dengta.funding.actions import budgets
        from dengta.ledger import queries as books

        raised = replace(self.fund, pool_fen=self.fund.pool_fen + EACH)
        before, read = self.left(), books.posted
        seen = books.posted(budgets.TREASURY, [f"pool/{self.fund.id}"], about=self.fund.id)
        books.posted = lambda *what, **how: seen
        draft = budgets.Draft("appropriate", self.fund.id, "420000", EACH, "5号", "追加")
        key = f"{self.fund.id}/rise"

        def act(worker: int) -> object:
            if worker:
                return budgets.open_fund(raised)
            order = budgets.propose(self.office, draft, key=key)[0]
            return budgets.book(order, self.office)

        outcomes = together(9, lambda n: True, act)
        books.posted = read
        return {"outcomes": outcomes, "more": (self.left() - before) // EACH}

    def one_share(self) -> dict[str, Any]:
        """Two offices allot public money at once to a place whose share has room for one."""
        from dengta.funding.queries.fund_tree import place_in, trees

        place = self.places[0]
        enterprise, public = 400, 60
        self.allot("share", place, enterprise, enterprise=enterprise)

        def room(worker: int) -> bool:
            found = place_in(trees([self.fund])[self.fund.id], place)
            assert found is not None
            return found.for_enterprises_fen * 10_000 >= (found.net_fen + public) * 8_000

        outcomes = together(
            2, room, lambda n: self.allot(f"share-{n}", place, public, public=public)
        )
        found = place_in(trees([self.fund])[self.fund.id], place)
        assert found is not None and found.share_bps is not None
        return {"outcomes": outcomes, "kept": found.share_bps >= 8_000}


def played(stage: Stage) -> dict[str, Any]:
    """Every scenario on one fund; the share first, while there is money."""
    return {
        "one_share": stage.one_share(),
        "one_form": stage.one_form(),
        "one_order": stage.one_order(),
        "one_rise": stage.one_rise(),
    }


def without_guards() -> None:
    """Accounts that are opened from now on may be overdrawn."""
    from dengta.ledger import actions as ledger

    careful = ledger.open_account

    def careless(code: str, name: str, guard: str = "none", **how: Any) -> None:
        careful(code, name, **how)

    ledger.open_account = careless


def keys_of_their_own() -> None:
    """What is posted alone goes by a key that nobody else has."""
    from dengta.ledger import actions as ledger

    careful = ledger.post
    ledger.post = lambda entry, **how: careful(
        replace(entry, key=f"{entry.key}/{os.getpid()}"), **how
    )


def main() -> None:
    """Play every scenario, then every negative control, and print what was seen."""
    django.setup()
    from dengta.funding.actions import budgets
    from dengta.ledger import queries as books

    stage = Stage(2026)
    seen = {"one_budget": stage.one_budget(), **played(_afresh(stage))}
    seen["differences"] = [str(difference) for difference in books.recompute()]
    without_guards()
    careless = Stage(2025)
    control = {"one_budget": careless.one_budget(), "one_share": careless.one_share()}
    budgets.advance = careless_advance  # type: ignore[attr-defined]
    keys_of_their_own()
    control["one_rise"] = careless.one_rise()
    control["one_order"] = careless.one_order()
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


def _afresh(stage: Stage) -> Stage:
    """The same fund with some money again."""
    from dengta.funding.actions import budgets

    budgets.appropriate(
        stage.office, stage.fund.id, EACH, document_number="4号", reason="追加", key="afresh"
    )
    return stage


if __name__ == "__main__":
    main()
