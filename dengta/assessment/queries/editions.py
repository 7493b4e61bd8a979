"""Editions side by side: which one a firm fills in today, which one follows an ended one, and what
old answers say under it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dengta.assessment.models import Assessment
from dengta.assessment.queries import answers_of, instrument_of, scorer
from dengta.core.editions import applicable, carried, mapping
from dengta.core.scoring import Answer, Result
from dengta.core.shapes import Instrument
from dengta.registry.models import Organisation
from dengta.registry.queries import policy


def offered(
    organisation: Organisation, day: dt.date, purpose: str = "self"
) -> tuple[Instrument, ...]:
    """What a firm can fill in on a day: in force, with questions, and meant for it. The one that
    makes the firm's level comes first."""
    able = applicable(policy(), day, organisation.industry_code, purpose)
    levels = policy().practised_words("level_instruments", day)
    rank = {id: place for place, id in enumerate(levels)}
    with_questions = (one for one in able if not one.recorded_only)
    return tuple(sorted(with_questions, key=lambda one: rank.get(one.id, len(rank))))


def ended(assessment: Assessment, day: dt.date) -> bool:
    """Whether the edition of an assessment is not in force on a day."""
    return not instrument_of(assessment).in_force.holds(day)


def following(instrument_id: str, day: dt.date) -> Instrument | None:
    """The edition in force on a day that takes up the answers of an earlier one, if there is one:
    itself where it still holds, else the latest that carries from it."""
    every = policy().instruments
    old = every[instrument_id]
    if old.in_force.holds(day):
        return old
    heirs = [heir for heir in every.values() if heir.in_force.holds(day) and mapping(heir, old)]
    return max(heirs, key=lambda heir: heir.in_force.start or dt.date.min, default=None)


def reads(instrument: Instrument, origin: str) -> bool:
    """Whether an instrument reads the answers of another one (or its own)."""
    return bool(mapping(instrument, policy().instruments[origin]))


def rescored(
    assessment: Assessment, instrument: Instrument, answers: Mapping[str, Answer] | None = None
) -> Result | None:
    """What the answers of an assessment say under another edition; None where that one does not
    read them. Items that do not map are unanswered, so the level is a floor."""
    if not reads(instrument, assessment.instrument):
        return None
    given = answers_of(assessment) if answers is None else answers
    one = scorer(instrument.id)
    return one.score(carried(instrument, instrument_of(assessment), given, one))
