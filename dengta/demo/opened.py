"""Openings in the demo province: one that takes tickets now, one that is still being planned."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from dengta.accounts.queries import Actor
from dengta.funding.actions import openings
from dengta.funding.actions.openings import Plan
from dengta.funding.queries.vouchers import voucher_schemes
from dengta.trail.actions import StepRefused

PROVINCE = "420000"


class Province(Protocol):
    """What is needed of the province under construction."""

    today: dt.date
    officials: dict[tuple[str, str], Actor]

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""


def fill(province: Province) -> None:
    """Plan both; nothing where no voucher goes to whoever comes first, or no money is open."""
    offered = [one for one in voucher_schemes(province.today) if one.granting == "first_come"]
    if not offered:
        return
    office, day = province.officials["province", PROVINCE], dt.timedelta(days=1)
    opens = province.at(2)
    running = Plan(offered[0].edition, "云上起步抵扣券（演示）", opens, opens + 9 * day)
    later = Plan(offered[0].edition, "年末上云抵扣券（演示）", opens + 20 * day, opens + 27 * day)
    try:
        openings.announce(
            openings.plan(office, running, at=province.at(4)), office, at=province.at(3)
        )
    except StepRefused:  # the year has no budget for it
        return
    openings.plan(office, later, at=province.at(1))
