"""Contracts of claims from before contracts were held against public expenditure.

A claim draws on its contract when it is entered into the register; those entered before the day on
which that began do not, and a place could pay by the same contract out of public money. The nightly
round draws for them, once each. It is no migration of the database: what a contract is known by is
worked out by the rules of the domain, under their locks, while pages go on filing; and where a
place has paid by the contract already somebody has to be told.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from dengta.core.claim_keys import contract_key
from dengta.funding.actions.register import draw_contracts
from dengta.funding.models import Claim, Filing, RegisterEntry
from dengta.trail.actions import StepRefused

log = logging.getLogger("dengta.register")

HELD_SINCE = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
"""What was entered or changed after this moment draws on its contracts by itself."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Held:
    """How many claims now hold their contract, and of which a place has paid by it meanwhile."""

    held: int
    clashing: tuple[str, ...]


def hold_earlier() -> Held:
    """Draw on the contracts of live claims that do not yet; once for each, however often and by
    however many it is called. Claims that clash with a public expenditure stay as they are, are
    named every time, and wait for somebody to settle which of the two counts."""
    held, clashing, last = 0, [], 0
    entries = RegisterEntry.objects.filter(
        kind=RegisterEntry.Kind.CONTRACT, released_at=None, filing__released_at=None,
        filing__flow=Claim.flow.id, filing__changed_at__lt=HELD_SINCE,
    )  # fmt: skip
    while ids := list(
        entries.filter(filing__gt=last)
        .order_by("filing")
        .values_list("filing", flat=True)
        .distinct()[:_AT_ONCE]
    ):
        last = ids[-1]
        for pk in ids:
            try:
                held += _hold(pk)
            except StepRefused as paid:
                number = Filing.objects.values_list("number", flat=True).get(pk=pk)
                clashing.append(number)
                log.warning("%s: %s", number, paid.text.zh)
    return Held(held, tuple(clashing))


def _hold(pk: int) -> bool:
    """Draw on the contracts of one filing; whether it had not yet."""
    with transaction.atomic():
        filing = Filing.objects.select_for_update(no_key=True).get(pk=pk)
        if filing.released_at is not None or filing.changed_at >= HELD_SINCE:
            return False
        content = filing.content
        number = Claim.objects.values_list("contract_number", flat=True).get(pk=filing.thing_id)
        contracts = [contract_key(number, [one]) for one in content["suppliers"]]
        new = "contracts" not in content and any(contracts)
        if new:
            draw_contracts(contracts)
            content = content | {"contracts": contracts}
        Filing.objects.filter(pk=pk).update(content=content, changed_at=timezone.now())
    return new
