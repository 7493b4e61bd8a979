"""Real processes at nine o'clock, and at midnight: `python -m tests.funding.rush`.

Firms come twice at once, servers die in the middle, a voucher expires while it is redeemed. Each is
played as the platform is, and as a negative control with its guard taken away. Prints what was seen
as JSON. The database is that of DENGTA_DATABASE_URL; nobody else may be in it.
"""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import django

from tests.funding.crowd import WAN, careless_advance, fork, together, without_constraint

FIRMS = 12
COUPONS = 5
WORKERS = 6


class Stage:
    """The cast, and what they play."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        self.firms = [self.cast.enrol(f"rush-{n}") for n in range(FIRMS)]
        assert self.cast.supplier and self.cast.county and self.cast.city and self.cast.province

    def standing(self, opening: Any) -> dict[str, Any]:
        """What came of an opening, as the database has it."""
        from dengta.funding.models import Voucher
        from dengta.ledger import queries as books
        from tests.funding.rush_cast import FACE, POOL

        tickets = list(opening.tickets.order_by("id"))
        holders = Counter(
            Voucher.objects.filter(issuance__key=f"opening/{opening.pk}").values_list(
                "organisation", flat=True
            )
        )
        pool = books.balance(POOL)
        assert pool is not None and pool.left_fen is not None
        return {
            "outcomes": dict(Counter(ticket.outcome for ticket in tickets)),
            "vouchers": sum(holders.values()),
            "most": max(holders.values(), default=0),
            "left": pool.left_fen / FACE,
        }

    def rush(self) -> dict[str, Any]:
        """Every firm clicks in two processes at once, and again afterwards."""
        from tests.funding.rush_cast import announced, take

        opening = announced(self.cast, coupons=COUPONS)

        def click(worker: int) -> None:
            mine = [firm for n, firm in enumerate(self.firms) if n % (WORKERS // 2) == worker // 2]
            for firm in [*mine, *mine] if worker % 2 else [*reversed(mine), *mine]:
                take(opening, firm)

        outcomes = together(WORKERS, lambda worker: True, click)
        return {"errors": [o for o in outcomes if o != "done"], **self.standing(opening)}

    def _queued(self, firms: Sequence[Any]) -> Any:
        """An opening with some firms waiting and nobody serving."""
        from dengta.funding.actions import openings
        from tests.funding.rush_cast import announced, take

        opening = announced(self.cast, coupons=COUPONS)
        serve = openings.serve
        openings.serve = lambda opening, at=None: 0  # type: ignore[assignment]
        for firm in firms:
            take(opening, firm)
        openings.serve = serve  # type: ignore[assignment]
        return opening

    def killed(self) -> dict[str, Any]:
        """A server is killed after it has posted the money; then two others serve at once."""
        from django.db import connections

        from dengta.funding.actions import openings, vouchers_granting
        from tests.funding.rush_cast import NINE

        opening = self._queued(self.firms)

        def dies(*given: Any, **how: Any) -> Any:
            os.kill(os.getpid(), signal.SIGKILL)

        def server() -> None:
            connections.close_all()
            vouchers_granting.advance_many = dies  # type: ignore[assignment]
            openings.serve(opening, at=NINE)

        connections.close_all()
        victim = fork.Process(target=server)
        victim.start()
        victim.join()
        before = self.standing(opening)
        outcomes = together(2, lambda n: True, lambda n: openings.serve(opening, at=NINE))
        return {
            "died": victim.exitcode == -signal.SIGKILL,
            "before": before,
            "servers": outcomes,
            "after": self.standing(opening),
        }

    def careless(self) -> dict[str, Any]:
        """Two servers look at the queue, and each serves what it has seen."""
        from django.db import transaction

        from dengta.accounts.queries import SYSTEM
        from dengta.funding.actions import openings
        from dengta.funding.actions.vouchers_money import Purses
        from dengta.funding.models import Issuance
        from dengta.funding.queries.budgets import scheme_of
        from tests.funding.rush_cast import NINE

        opening = self._queued([self.cast.enrol("late-1"), self.cast.enrol("late-2")])
        seen: list[Any] = []

        def look(worker: int) -> bool:
            seen.extend(opening.tickets.filter(answered_at=None).order_by("id")[:2])
            return True

        def serve(worker: int) -> None:
            purses = Purses(scheme_of(opening.scheme), opening.year)
            issuance = Issuance.objects.get(key=f"opening/{opening.pk}")
            wants = [openings._want(ticket) for ticket in seen]
            openings.prepare(purses, wants, NINE)
            with transaction.atomic():
                openings.grant_all(purses, issuance, wants, SYSTEM, at=NINE)

        outcomes = together(2, look, serve)
        return {"servers": outcomes, "most": self.standing(opening)["most"]}

    def midnight(self, control: bool) -> dict[str, Any]:
        """A voucher is redeemed while the night expires it; whoever looked saw it issued."""
        from dengta.funding.actions import vouchers_redeeming as redeeming
        from dengta.funding.models import Voucher
        from dengta.ledger import queries as books
        from dengta.ledger.models import Account
        from tests.cast import DAY, MOMENT, ONE_DAY

        found: list[Any] = []
        for firm in self.firms[:3]:
            voucher = self.cast.voucher("issued", firm)
            code = f"voucher/{voucher.number}"
            if control:
                Account.objects.filter(code=code).update(guard="none")
            copies = [Voucher.objects.get(pk=voucher.pk) for _ in range(2)]
            acts: list[Callable[[], object]] = [
                partial(redeeming.redeem, copies[0], firm.actor, at=MOMENT),
                partial(redeeming.expire_due, DAY + 366 * ONE_DAY),
            ]
            if control:
                acts = [
                    partial(careless_redeem, copies[0], firm.actor, MOMENT),
                    partial(careless_expire, copies[1], MOMENT),
                ]
            outcomes = together(
                2,
                lambda n, pk=voucher.pk: (  # type: ignore[misc]
                    Voucher.objects.get(pk=pk).state == "issued"
                ),
                lambda n, acts=acts: acts[n](),  # type: ignore[misc]
            )
            voucher.refresh_from_db()
            balance = books.balance(code)
            assert balance is not None
            left = (
                balance.credits_posted_fen - balance.debits_posted_fen - balance.debits_pending_fen
            )
            found.append([left // (3 * WAN), voucher.state in ("redeemed", "expired"), outcomes])
        return {"left": [one[0] for one in found], "ended": all(one[1] for one in found),
                "outcomes": [one[2] for one in found]}  # fmt: skip


def careless_redeem(voucher: Any, actor: Any, at: Any) -> None:
    """Redeem what the copy remembers, whatever has become of it."""
    from django.db import transaction

    from dengta.funding.actions import vouchers_redeeming as redeeming
    from dengta.funding.models import Voucher

    amount = voucher.left_fen
    with transaction.atomic():
        Voucher.objects.filter(pk=voucher.pk).update(redeemed_fen=amount)
        careless_advance(voucher, "redeem", by=actor, at=at)
        claim = redeeming._claim(voucher, actor, amount, f"careless/{voucher.pk}", at)
        redeeming.carry(claim, amount, agreed_by="张经理", at=at)


def careless_expire(voucher: Any, at: Any) -> None:
    """Give back what the copy remembers, whatever has become of it."""
    from django.db import transaction

    from dengta.accounts.queries import SYSTEM
    from dengta.funding.actions.vouchers_money import give_back

    left = voucher.left_fen
    with transaction.atomic():
        careless_advance(voucher, "expire", by=SYSTEM, at=at)
        give_back([(voucher, left)], "expire", at=at)


def main() -> None:
    """Play it as it is, then the negative controls, and print what was seen."""
    django.setup()
    from dengta.funding.models import Voucher
    from dengta.ledger import queries as books

    stage = Stage()
    seen: dict[str, Any] = {
        "rush": stage.rush(),
        "killed": stage.killed(),
        "midnight": stage.midnight(control=False),
        "differences": [str(one) for one in books.recompute()],
    }
    without_constraint(Voucher, "one_voucher_per_firm_and_list")
    control = {"careless": stage.careless(), "midnight": stage.midnight(control=True)}
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


if __name__ == "__main__":
    main()
