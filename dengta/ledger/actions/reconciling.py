"""账目核对: add every transfer up anew, compare, and keep what was found."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils import timezone

from dengta.ledger.models import Reconciliation
from dengta.ledger.queries.proving import recomputed

KEPT: Final = 90
"""So many results without a difference are kept; those with one are kept for good."""

LISTED: Final = 1000
"""So many differences are listed; all are counted."""


def reconcile(*, at: dt.datetime | None = None) -> Reconciliation:
    """Prove the books from the transfers up and keep the result; moves and mends nothing."""
    started = at or timezone.now()
    found = recomputed()
    listed = [
        {
            "code": one.code,
            "total": one.total,
            "stored_fen": one.stored_fen,
            "recomputed_fen": one.recomputed_fen,
        }
        for one in found.differences[:LISTED]
    ]
    with transaction.atomic():
        kept = Reconciliation.objects.create(
            started_at=started,
            finished_at=max(started, timezone.now()),
            transfers=found.transfers,
            accounts=found.accounts,
            differences=listed,
            difference_count=len(found.differences),
        )
        right = Reconciliation.objects.filter(difference_count=0).order_by("-id")
        oldest = list(right.values_list("pk", flat=True)[KEPT : KEPT + 1])
        if oldest:
            right.filter(pk__lte=oldest[0]).delete()
    return kept
