"""What an award brings into the resource pool, and what becomes of it when the award ends or lasts
longer. The pool never holds an award up: what does not fit an entry is left out of it."""

from __future__ import annotations

import datetime as dt

from dengta.catalogue.actions import entries
from dengta.catalogue.models import Entry
from dengta.core.filling import json_entry
from dengta.core.shapes import FactValue
from dengta.programmes.models import Award
from dengta.programmes.queries.forms import form_of

OFFICE = "省经信厅"
"""Who selects, as it stands on an entry: awards are the province's."""


def enrol_award(award: Award, *, at: dt.datetime) -> Entry | None:
    """Put what was awarded into the pool where its selection says so; once, however often asked."""
    rule = award.application.round.rule
    if rule.pool is None or rule.pool.kind not in Entry.Kind.values:
        return None
    values = form_of(award.application, award.award_date).values
    content = {field: json_entry(values.get(source)) for field, source in rule.pool.content.items()}
    return entries.enrol(
        rule.pool.kind,
        award.organisation,
        _line(values.get(rule.pool.name)) or award.title or f"{award.holder_name}{rule.name.zh}",
        summary=_line(values.get(rule.pool.summary)),
        content=content | dict(rule.pool.values),
        award=award.number,
        selected_by=OFFICE,
        selected_in=award.application.round.name,
        expires=award.expires_date,
        region=award.application.region_code,
        key=f"award:{award.number}",
        at=at,
    )


def _line(value: FactValue) -> str:
    """A value as words on one line."""
    return " ".join(str(value or "").split())
