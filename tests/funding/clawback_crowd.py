"""Real processes at one clawback: `python -m tests.funding.clawback_crowd`.

A transfer is recorded and a payment sent from which the same money is kept, at once; and many
record transfers of which a part would do. Everybody looks first and acts once all have looked. The
negative control takes the guards of the accounts and the limit of the rows away, and lets everybody
believe what they saw. Prints what was seen as JSON.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import django

WORKERS = 6


class Stage:
    """Cases that are final, each with a party that is paid by other claims."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        self.turn = 0
        assert self.cast.city and self.cast.province and self.cast.firm and self.cast.county

    def case(self) -> Any:
        """A case of 60,000 yuan, without interest, to be set off."""
        from tests.cast import WAN
        from tests.funding.clawback_cast import clawback, paid_claim

        return clawback(self.cast, "collecting", paid_claim(self.cast), 6 * WAN,
                        with_interest=False, set_off=True)  # fmt: skip

    def at_once(self) -> dict[str, Any]:
        """Half record transfers of all of it, half keep all of it from payments."""
        from dengta.funding.actions import collecting
        from tests.cast import WAN
        from tests.funding.clawback_cast import FINAL, paid_claim, payment
        from tests.funding.crowd import together

        case, firm = self.case(), self.cast.firm.organisation
        acts: list[Callable[[], object]] = []
        for n in range(WORKERS):
            self.turn += 1
            if n % 2:
                pay = partial(collecting.repay, amount_fen=6 * WAN, slip=f"S{self.turn}")
                acts.append(partial(pay, case, self.cast.city, at=FINAL))
            else:
                row = paid_claim(self.cast, paid=()).instalments.get(ordinal=1)
                sent = payment(row, self.cast.province, 6 * WAN, FINAL)
                acts.append(partial(collecting.set_off_many, [sent], at=FINAL))
        assert firm
        return self.seen(case, together(WORKERS, lambda n: True, lambda n: acts[n]()))

    def one_slip(self) -> dict[str, Any]:
        """All record the same slip of a part."""
        from dengta.funding.actions import collecting
        from tests.cast import WAN
        from tests.funding.clawback_cast import FINAL
        from tests.funding.crowd import together

        case = self.case()
        self.turn += 1
        act = partial(collecting.repay, amount_fen=WAN, slip=f"S{self.turn}", at=FINAL)
        outcomes = together(WORKERS, lambda n: True, lambda n: act(case, self.cast.city))
        seen = self.seen(case, outcomes)
        seen["done"] = "done" in seen.pop("outcomes")
        return seen

    def many_slips(self) -> dict[str, Any]:
        """The same where a slip is known by who records it, and not by its number."""
        from dengta.funding.actions import collecting

        known = collecting._slip_key
        collecting._slip_key = lambda slip: f"{known(slip)}/{os.getpid()}"
        seen = self.one_slip()
        collecting._slip_key = known
        return seen

    def seen(self, case: Any, outcomes: list[str]) -> dict[str, Any]:
        """What came of it: outcomes, what was due and what came in by the ledger, in 万元."""
        from dengta.funding.queries import clawbacks as queries
        from tests.cast import WAN

        came = sum(one.fen for one in queries.came_in(case))
        return {"outcomes": outcomes, "due": 6, "came": came // WAN}


def believing() -> None:
    """Take away what holds: the guards, the limit of a row, the hold on the case and the reading
    anew after it."""
    from dengta.funding.actions import collecting
    from dengta.funding.models import Repayment
    from dengta.ledger import actions as ledger
    from tests.funding.crowd import careless_advance, without_constraint

    without_constraint(Repayment, "repaid_at_most_what_is_due")
    whole = ledger.open_accounts

    def unguarded(names: Any, guard: Any = "none", *, at: Any = None) -> None:
        loose = any(name.startswith(("receivable/", "clawback/")) for name in names)
        whole(names, "none" if loose else guard, at=at)

    ledger.open_accounts = unguarded  # type: ignore[assignment]

    def unguarded_one(code: str, name: str, guard: Any = "none", *, at: Any = None) -> None:
        unguarded({code: name}, guard, at=at)

    ledger.open_account = unguarded_one  # type: ignore[assignment]
    collecting.advance = careless_advance  # type: ignore[assignment]
    seen: dict[int, Any] = {}
    looking = collecting._held

    def remembered(clawback: Any) -> Any:
        fresh = looking(clawback)
        for row in fresh.rows:
            row.paid_fen = 0
        fresh.lacking = dict.fromkeys(fresh.lacking, 10**12)
        return seen.setdefault(id(fresh), fresh)

    collecting._held = remembered


def main() -> None:
    """Play every scenario, then the negative control, and print what was seen."""
    django.setup()
    from dengta.ledger import queries as books

    stage = Stage()
    seen: dict[str, Any] = {"at_once": [stage.at_once() for _ in range(3)]}
    seen["one_slip"] = stage.one_slip()
    seen["differences"] = [str(difference) for difference in books.recompute()]
    control: dict[str, Any] = {"one_slip": stage.many_slips()}
    believing()
    stage.cast.firm = stage.cast.enrol("other-firm")  # accounts that are not open yet
    control["at_once"] = stage.at_once()
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


if __name__ == "__main__":
    main()
