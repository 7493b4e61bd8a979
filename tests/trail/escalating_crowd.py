"""Two ticks at once tell of the same late matters: `python -m tests.trail.escalating_crowd`.

Run as the platform is, and as a negative control in which nobody waits for anybody. Both ticks take
long to tell, which is the widest the race can be. Prints what was seen as JSON.
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
    """Two claims late at a county, two ticks; how often the city was told of each."""
    from django.db.models import QuerySet
    from django.utils import timezone

    from dengta.trail.actions import escalating
    from dengta.trail.models import Event, Notice
    from tests.cast import ONE_DAY, Cast
    from tests.funding.onway_cast import claimed

    cast, today = Cast(), timezone.localdate()
    assert cast.county and cast.city
    for _ in range(2):
        claimed(cast.firm.organisation, "county_check", today - 60 * ONE_DAY)

    def seen() -> dict[str, Any]:
        outcomes = together(2, lambda worker: True, lambda worker: escalating.due())
        told = Event.objects.filter(flow="claim_late")
        notices = Notice.objects.filter(event__in=told).count()
        return {"outcomes": outcomes, "events": told.count(), "notices": notices}

    look_up = escalating.office_above

    def slowly(role: str, region: str) -> Any:
        time.sleep(0.5)
        return look_up(role, region)

    escalating.office_above = slowly
    guarded = seen()
    Notice.objects.all().delete()
    Event.objects.filter(flow="claim_late").delete()
    QuerySet.select_for_update = lambda rows, **how: rows  # type: ignore[method-assign]
    escalating.__dict__["transaction"] = SimpleNamespace(atomic=nullcontext)
    return {"seen": guarded, "control": seen()}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(run()))
