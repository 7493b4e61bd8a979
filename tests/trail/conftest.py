"""A matter that shows every rule of the trail: an assessment can be handed in or given up."""

from __future__ import annotations

from typing import Any

import pytest

from dengta.assessment.models import Assessment
from dengta.trail.models import Event
from tests.cast import MOMENT, Cast


@pytest.fixture
def draft(cast: Cast) -> Assessment:
    """A draft of 江岸's firm."""
    return cast.draft(cast.firm)


def evidence(**different: Any) -> dict[str, Any]:
    """What an assessment must show to be submitted."""
    return {
        "submitted_at": MOMENT, "score_milli": 48_950, "level": 2, "verify_code": "23456789ABCD",
        "policy_digest": "0" * 64,
    } | different  # fmt: skip


def steps_of(thing: Any) -> list[tuple[str, str, str]]:
    """Step, old and new state of each event of a thing."""
    events = Event.objects.filter(flow=thing.flow.id, thing_id=thing.pk)
    return list(events.values_list("step", "from_state", "to_state"))
