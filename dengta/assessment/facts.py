"""What assessments say of an organisation, as facts of the vocabulary."""

from __future__ import annotations

from dengta.assessment.queries import latest_of
from dengta.core.shapes import FactValue
from dengta.registry.models import Organisation
from dengta.registry.queries import policy


def facts_of(organisation: Organisation) -> dict[str, FactValue]:
    """Level and score of the latest submitted assessment; nothing (unknown) where there is none."""
    latest = latest_of(organisation.pk)
    if latest is None or latest.score_milli is None:
        return {}
    facts: dict[str, FactValue] = {
        "digital_level": latest.level,
        "digital_score_bps": latest.score_milli // 10,
    }
    return {fact: value for fact, value in facts.items() if fact in policy().facts}
