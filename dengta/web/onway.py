"""The clock of one case's money, as `parts/money_clock.html` shows it on every desk."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dengta.funding.queries.claims import Claim
from dengta.funding.queries.onway_cases import money_clock
from dengta.funding.queries.vouchers import Voucher
from dengta.web.cases import office, role_name
from dengta.web.frame import OFFICIAL, said


def clock_of(thing: Claim | Voucher, *, public: bool) -> dict[str, Any] | None:
    """Who has it since when, the promised date, who had it how long; None before it was handed in.
    `public`: stages by the names that applicants see."""
    found = money_clock(thing, timezone.now())
    if found is None:
        return None
    region = thing.case_region

    def who(role: str) -> str:
        return office(role, region) if role in OFFICIAL else role_name(role)

    def stage(state: str) -> str:
        known = thing.flow.state(state)
        return said(known.public if public else known.name)

    return {
        "chip": {"holder": who(found.role), "left": found.left, "due": found.due}
        if found.role
        else None,
        "since": found.since,
        "promised": found.promised,
        "paid": found.paid,
        "stopped": found.stopped,
        "all_days": found.all_days,
        "office_days": found.office_days,
        "held": [
            {
                "who": who(one.holder), "stage": stage(one.state), "since": one.since,
                "until": one.until, "days": one.days,
            }
            for one in found.held
        ],
    }  # fmt: skip
