"""Real processes at one white list: `python -m tests.funding.finance_crowd`.

A firm takes its authorisation back in the moment in which the list is pushed; two officials push,
or make, one list; a firm asks on two devices. Every scenario but that of making is played again
with its guard taken away. Prints what was seen as JSON; the database is that of
DENGTA_DATABASE_URL.
"""

from __future__ import annotations

import json
import time
from typing import Any

import django

from tests.funding.crowd import careless_advance, together, without_constraint

ROUNDS = ((0.0, 0.0), (0.0, 0.05), (0.05, 0.0), (0.0, 0.0))
"""How long who pushes and who revokes wait before they act, in seconds."""


class Stage:
    """The cast and the scenarios that they play."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        assert self.cast.county and self.cast.city and self.cast.province
        self.serial = 0

    def firms(self, many: int) -> list[Any]:
        """New firms of 江岸区 of which is known that they fit."""
        from tests.funding.financing import fitting

        self.serial += many
        return [
            fitting(self.cast.enrol(f"firm-{n}")) for n in range(self.serial - many, self.serial)
        ]

    def draft(self) -> tuple[Any, list[Any]]:
        """A list of two firms that is not pushed, of a period of its own; and their grants."""
        from dengta.funding.models import WhiteList
        from dengta.funding.queries.finance import rows_of
        from tests.funding.financing import built, recommended

        WhiteList.objects.exclude(period__startswith="r").update(period=f"r{self.serial}")
        for firm in self.firms(2):
            recommended(self.cast, firm, None)  # type: ignore[arg-type]
        listed = built(self.cast, None)  # type: ignore[arg-type]
        return listed, [row.grant for row in rows_of(listed)]

    def revoked_while_pushed(self, pauses: tuple[float, float], drop: bool) -> dict[str, Any]:
        """One firm revokes while the list is pushed. `late` says that it is on the pushed list
        although it had revoked before."""
        from dengta.funding.actions.finance import revoke_authorisation
        from dengta.funding.actions.finance_lists import push_list
        from dengta.rights.actions import revoke_grant
        from dengta.rights.models import AccessLog

        listed, grants = self.draft()
        firm = self.actor_of(grants[0])
        revoke = revoke_authorisation if drop else revoke_grant

        def act(worker: int) -> None:
            time.sleep(pauses[worker])
            if worker:
                revoke(firm, grants[0].pk)
            else:
                push_list(listed, self.cast.province)

        outcomes = together(2, lambda n: True, act)
        listed.refresh_from_db()
        grants[0].refresh_from_db()
        on_it = listed.rows.filter(grant=grants[0]).exists()
        return {
            "outcomes": outcomes,
            "late": on_it and grants[0].revoked_at < listed.pushed_at,
            "logged": AccessLog.objects.filter(grant=grants[0]).exists() == on_it,
            "rows": listed.rows.count() in (1, 2) and listed.rows.filter(grant=grants[1]).exists(),
        }

    def actor_of(self, grant: Any) -> Any:
        """Who gave a grant."""
        from dengta.registry.queries import actor_of

        return actor_of(grant.user)

    def two_pushes(self) -> dict[str, Any]:
        """Two officials push one list, both having seen it as a draft."""
        from dengta.funding.actions.finance_lists import push_list
        from dengta.funding.models import WhiteList
        from dengta.rights.models import AccessLog

        listed, grants = self.draft()
        copies = [WhiteList.objects.get(pk=listed.pk) for _ in range(2)]
        outcomes = together(2, lambda n: True, lambda n: push_list(copies[n], self.cast.province))
        return {
            "outcomes": outcomes,
            "handed_out": AccessLog.objects.filter(grant__in=grants).count(),
        }

    def two_makers(self) -> dict[str, Any]:
        """Two officials make the same list at once."""
        from dengta.funding.actions.finance_lists import build_list
        from dengta.funding.models import WhiteList
        from tests.funding.financing import BANK, PRODUCT, recommended

        WhiteList.objects.exclude(period__startswith="r").update(period="rx")
        for firm in self.firms(2):
            recommended(self.cast, firm, None)  # type: ignore[arg-type]
        outcomes = together(
            2, lambda n: True, lambda n: build_list(self.cast.province, PRODUCT, BANK)
        )
        lists = WhiteList.objects.exclude(period__startswith="r")
        return {"outcomes": outcomes, "rows": [each.rows.count() for each in lists]}

    def two_devices(self) -> dict[str, Any]:
        """A firm asks for the same loan on two devices."""
        from dengta.funding.actions.finance import request_loan
        from dengta.funding.models import LoanRequest
        from dengta.rights.models import Grant
        from tests.funding.financing import ASKED, BANK, PRODUCT, scope

        (firm,) = self.firms(1)
        outcomes = together(
            2,
            lambda n: True,
            lambda n: request_loan(firm.actor, PRODUCT, BANK, ASKED, scope=scope(), months=12),
        )
        mine = {"organisation": firm.organisation}
        return {
            "outcomes": outcomes,
            "requests": LoanRequest.objects.filter(**mine).count(),
            "grants": Grant.objects.filter(**mine).count(),
        }


def trusting_hold(ids: Any, *, at: Any = None) -> Any:
    """`hold_grants` as it would be if the push believed what it had seen when the list was made."""
    from django.utils import timezone

    from dengta.rights.actions import Held
    from dengta.rights.models import Grant

    return Held(at or timezone.now(), Grant.objects.in_bulk(list(ids)))


def main() -> None:
    """Play every scenario, then every negative control, and print what was seen."""
    django.setup()
    from dengta.funding.actions import finance, finance_lists
    from dengta.funding.models import LoanRequest

    stage = Stage()
    seen: dict[str, Any] = {
        "revoked": [
            stage.revoked_while_pushed(pauses, drop) for pauses in ROUNDS for drop in (True, False)
        ],
        "two_pushes": stage.two_pushes(),
        "two_makers": stage.two_makers(),
        "two_devices": stage.two_devices(),
    }
    held = finance_lists.hold_grants
    finance_lists.hold_grants = trusting_hold
    control: dict[str, Any] = {"revoked": stage.revoked_while_pushed((0.3, 0.0), False)}
    finance_lists.hold_grants = held
    finance_lists.advance = careless_advance
    control["two_pushes"] = stage.two_pushes()
    without_constraint(LoanRequest, "one_live_request_per_product_and_bank")
    finance._under_way = lambda *asked: None  # type: ignore[assignment]
    control["two_devices"] = stage.two_devices()
    print(json.dumps({"seen": seen, "control": control}))


if __name__ == "__main__":
    main()
