"""Openings in the demo province: one that is over, with its queue answered, and one to come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.funding.actions import openings
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.vouchers import terms_of, voucher_schemes
from dengta.registry.models import Organisation
from dengta.trail.actions import StepRefused

DEPTHS = ("resource", "business", "capability")


class Province(Protocol):
    """What is needed of the province under construction."""

    today: dt.date
    funded: dt.date
    officials: dict[tuple[str, str], Actor]

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""

    def actor(self, organisation: Organisation) -> Actor:
        """Somebody who acts for an organisation."""


def fill(province: Province, firms: Sequence[Organisation]) -> None:
    """Both openings; nothing where the policy has no scheme for them, or no money this year."""
    schemes = [one for one in voucher_schemes(province.today) if one.granting == "first_come"]
    if not schemes or province.funded.year != province.today.year:
        return
    office, edition = province.officials["province", "420000"], schemes[0].edition
    if province.at(9).year == province.today.year:
        _past(province, office, edition, firms)
    nine = dt.datetime.combine(province.today + dt.timedelta(days=1), dt.time(9))
    opens = timezone.make_aware(nine)
    wanted = openings.Plan(
        edition, "上云抵扣券第二场（演示）", opens, opens + dt.timedelta(hours=8)
    )
    if opens.year == province.today.year:
        openings.announce(openings.plan(office, wanted), office)


def _past(province: Province, office: Actor, edition: str, firms: Sequence[Organisation]) -> None:
    """A dozen firms come; whoever fits is granted."""
    opens = province.at(8)
    wanted = openings.Plan(
        edition, "上云抵扣券第一场（演示）", opens, opens + dt.timedelta(hours=4)
    )
    opening = openings.plan(office, wanted, at=province.at(9))
    openings.announce(opening, office, at=province.at(9))
    terms = terms_of(scheme_of(edition))
    for n, firm in enumerate(firms[1:13]):
        facts = {"cloud_depth": DEPTHS[n % len(DEPTHS)]}
        acting, at = province.actor(firm), opens + dt.timedelta(seconds=n)
        try:
            openings.take_ticket(
                opening, acting, facts, terms=terms, agreed_by=acting.name[:60], at=at
            )
        except StepRefused:
            continue
    openings.close(opening, office, at=opens + dt.timedelta(hours=4))
