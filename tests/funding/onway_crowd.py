"""Two ticks at once remind of the same cases: `python -m tests.funding.onway_crowd`.

Run as the platform is, and as a negative control in which nobody waits for anybody. Both ticks look
long at what was told, which is the widest the race can be. Prints what was seen as JSON.
"""

from __future__ import annotations

import json
import time
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import django

from tests.funding.crowd import together


def run() -> dict[str, Any]:
    """Two late claims and a voucher about to expire; two ticks; how often each was told of."""
    from django.utils import timezone

    from dengta.funding.actions import reminders
    from dengta.funding.models import Claim
    from dengta.trail.models import Event, Notice
    from tests.cast import ONE_DAY, Cast
    from tests.funding.onway_cast import claimed, issued

    cast, today = Cast(), timezone.localdate()
    assert cast.county and cast.firm

    def case() -> None:
        Event.objects.filter(flow__endswith="_reminder", notices=None).delete()
        for _ in range(2):
            claimed(cast.firm.organisation, "county_check", today - 60 * ONE_DAY)
        issued(cast.firm.organisation, today, valid=5)

    def seen() -> dict[str, int]:
        told = Event.objects.filter(flow__endswith="_reminder")
        return {"events": told.count(), "notices": Notice.objects.filter(event__in=told).count()}

    look_up = reminders._told

    def slowly(kind: Any, things: Any) -> set[tuple[int, str]]:
        found = look_up(kind, things)
        time.sleep(0.5)
        return found

    def loosely(kind: Any, ids: Any) -> Any:
        rows = reminders.MODELS[kind].objects.filter(pk__in=ids).select_related("organisation")
        return {row.pk: row for row in rows}

    reminders._told = slowly
    case()
    outcomes = together(2, lambda worker: True, lambda worker: reminders.due(today))
    guarded = {"outcomes": outcomes, **seen()}
    Notice.objects.all().delete()
    Event.objects.filter(flow__endswith="_reminder").delete()
    reminders._held = loosely
    reminders.transaction = SimpleNamespace(atomic=nullcontext)  # type: ignore[assignment]
    outcomes = together(2, lambda worker: True, lambda worker: reminders.due(today))
    control = {"outcomes": outcomes, **seen()}
    assert Claim.objects.filter(state="county_check").count() == 2
    return {"seen": guarded, "control": control}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(run()))
