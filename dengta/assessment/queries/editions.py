"""Editions side by side: which one a firm fills in today, which one follows an ended one, and what
old answers say under it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dengta.assessment.models import Assessment
from dengta.assessment.queries import answers_of, instrument_of, scorer
from dengta.core.scoring import Result
from dengta.core.shapes import Carry, Instrument
from dengta.registry.models import Organisation
from dengta.registry.queries import policy


def applies(instrument: Instrument, organisation: Organisation, purpose: str = "self") -> bool:
    """Whether an instrument is for this firm's industry (section letter, or first digits) and for
    this purpose; an instrument that says nothing is for all."""
    to = instrument.applies_to
    code = organisation.industry_code.lstrip("ABCDEFGHIJKLMNOPQRST")
    industry = policy().industries.get(code[:2])
    section = industry.section if industry else ""
    suits = not to.industries or any(
        section == wanted or (wanted.isdecimal() and code.startswith(wanted))
        for wanted in to.industries
    )
    return suits and (not to.purposes or purpose in to.purposes)


def offered(
    organisation: Organisation, day: dt.date, purpose: str = "self"
) -> tuple[Instrument, ...]:
    """What a firm can fill in on a day: in force, with questions, and meant for it. The one that
    makes the firm's level comes first."""
    levels = policy().practised_words("level_instruments", day)
    able = [
        instrument
        for instrument in policy().instruments.values()
        if instrument.in_force.holds(day)
        and not instrument.recorded_only
        and applies(instrument, organisation, purpose)
    ]
    rank = {id: place for place, id in enumerate(levels)}
    return tuple(sorted(able, key=lambda one: rank.get(one.id, len(rank))))


def ended(assessment: Assessment, day: dt.date) -> bool:
    """Whether the edition of an assessment is not in force on a day."""
    return not instrument_of(assessment).in_force.holds(day)


def following(instrument_id: str, day: dt.date) -> Instrument | None:
    """The edition in force on a day that takes up the answers of an earlier one, if there is one:
    itself where it still holds, else the latest that carries from it."""
    every = policy().instruments
    if every[instrument_id].in_force.holds(day):
        return every[instrument_id]
    heirs = [
        heir
        for heir in every.values()
        if heir.in_force.holds(day) and carry_of(heir, instrument_id) is not None
    ]
    return max(heirs, key=lambda heir: heir.in_force.start or dt.date.min, default=None)


def carry_of(instrument: Instrument, origin: str) -> Carry | None:
    """How an instrument reads the answers of another one."""
    return next((carry for carry in instrument.carries if carry.origin == origin), None)


def old_item(instrument: Instrument, origin: str, item: str) -> str | None:
    """The item of another instrument that an item (or figure) of this one is read from."""
    carry = carry_of(instrument, origin)
    if carry is None:
        return None
    return item if carry.same else carry.items.get(item)


def rescored(
    assessment: Assessment,
    instrument: Instrument,
    answers: Mapping[str, str | int | None] | None = None,
) -> Result | None:
    """What the answers of an assessment say under another edition; None where that one does not
    read them. Items that do not map are unanswered, so the level is a floor."""
    given = answers_of(assessment) if answers is None else answers
    if instrument.id != assessment.instrument:
        if carry_of(instrument, assessment.instrument) is None:
            return None
        given = carried(instrument, instrument_of(assessment), given)
    return scorer(instrument.id).score(given)


def carried(
    instrument: Instrument, old: Instrument, answers: Mapping[str, str | int | None]
) -> dict[str, str | int | None]:
    """The answers of another edition as this one reads them."""
    found: dict[str, str | int | None] = {}
    for item in (*scorer(instrument.id).items, *(f.id for f in instrument.figures)):
        origin = old_item(instrument, old.id, item)
        if origin is not None and origin in answers:
            found[item] = answers[origin]
    return found
