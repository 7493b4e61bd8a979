"""The form of an application as it stands: what is filled in and by whom, what is known from
一企一档, what is open, what was returned and why, what is missing, which papers lie there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from django.utils import timezone

from dengta.core.codes import size_class
from dengta.core.filling import EntryError, entry_text, read_entry
from dengta.core.selection import FormField, Selection, Slot
from dengta.core.shapes import FactValue, Text
from dengta.programmes.models import Application, Attachment, Entry, Reopening
from dengta.programmes.queries import facts_of
from dengta.programmes.states import MENDING_STATES, OPEN_STATES
from dengta.registry.queries import policy

HELD = frozenset({"uscc", "region_code", "size_class"})
"""Who the applicant is, and what follows from its figures: the registry's, mended there."""

Origin = Literal["own", "registry", ""]


class Missing(NamedTuple):
    """A required item that is empty: the section it is in ("" for papers), its id (`slot:<id>` for
    papers) and name."""

    section: str
    item: str
    text: Text


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it stands. `origin` says whose the value is: typed by the applicant (`author`,
    `at`), known from 一企一档, or nobody's. `open` is whether it can be changed now; `reason` and
    `before` say why an office reopened it and what it said then."""

    rule: FormField
    value: FactValue
    shown: Text
    version: int
    origin: Origin
    open: bool
    author: str = ""
    at: dt.datetime | None = None
    reason: str = ""
    before: Text = Text("", "")

    @property
    def missing(self) -> bool:
        """Whether it is required and empty."""
        return self.rule.required and self.value is None

    @property
    def returned(self) -> bool:
        """Whether an office waits for it to be mended."""
        return bool(self.reason)


@dataclass(frozen=True, slots=True)
class Papers:
    """One heading of attachments with what lies there, the first given first."""

    rule: Slot
    papers: tuple[Attachment, ...]
    open: bool
    reason: str = ""

    @property
    def room(self) -> int:
        """How many more files it takes."""
        return max(self.rule.most - len(self.papers), 0)

    @property
    def missing(self) -> bool:
        """Whether it is required and empty."""
        return self.rule.required and not self.papers

    @property
    def returned(self) -> bool:
        """Whether an office waits for it to be mended."""
        return bool(self.reason)


@dataclass(frozen=True, slots=True)
class Section:
    """One screen of the form."""

    id: str
    text: Text
    fields: tuple[Field, ...]

    @property
    def missing(self) -> int:
        """How many required fields are empty."""
        return sum(field.missing for field in self.fields)

    @property
    def returned(self) -> int:
        """How many fields an office waits for."""
        return sum(field.returned for field in self.fields)


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form of one application."""

    application: Application
    selection: Selection
    sections: tuple[Section, ...]
    slots: tuple[Papers, ...]
    known: Mapping[str, FactValue]

    @property
    def fields(self) -> Iterable[Field]:
        """Every field, in the order of the form."""
        return (field for section in self.sections for field in section.fields)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Every required item that is empty, in the order of the form."""
        fields = (
            Missing(field.rule.section, field.rule.id, field.rule.text)
            for field in self.fields
            if field.missing
        )
        papers = (
            Missing("", f"slot:{slot.rule.id}", slot.rule.text)
            for slot in self.slots
            if slot.missing
        )
        return (*fields, *papers)

    @property
    def values(self) -> dict[str, FactValue]:
        """Value by field."""
        return {field.rule.id: field.value for field in self.fields}

    @property
    def facts(self) -> dict[str, FactValue]:
        """What the rules are asked with: what is known, and what the form says instead."""
        said = {field.rule.fact: field for field in self.fields if field.rule.fact}
        facts = dict(self.known) | {fact: field.value for fact, field in said.items()}
        differs = {fact for fact, field in said.items() if self.known.get(fact) != field.value}
        if "established_date" in differs and "years_established" not in said:
            facts.pop("years_established", None)  # follows from the day
        if differs and "size_class" not in differs:
            found = size_class(policy(), facts).size_class
            if found:
                facts["size_class"] = found
        return facts


def form_of(application: Application, day: dt.date | None = None) -> Form:
    """The form of an application. As many queries for 200 fields and 50 papers as for one of each.

    Until it is handed in, what the applicant has not typed is what is known on `day`; from then on
    the form says what it said at that moment.
    """
    rule = application.round.rule
    state = application.state
    entries = {
        entry.field: entry for entry in application.entries.select_related("user").order_by("id")
    }
    reopened = {each.item: each for each in application.reopenings.filter(answered_at=None)}
    papers: dict[str, list[Attachment]] = {}
    for paper in application.attachments.filter(removed_at=None).select_related("document"):
        papers.setdefault(paper.slot, []).append(paper)
    known = known_of(application, day or timezone.localdate())
    free = known if state in OPEN_STATES else {}
    fields = [_field(field, entries, free, known, reopened, state) for field in rule.fields]
    return Form(
        application,
        rule,
        tuple(
            Section(id, text, tuple(each for each in fields if each.rule.section == id))
            for id, text in rule.sections.items()
        ),
        tuple(
            Papers(
                slot,
                tuple(papers.get(slot.id, ())),
                is_open(state, f"slot:{slot.id}", reopened),
                reopened[f"slot:{slot.id}"].reason if f"slot:{slot.id}" in reopened else "",
            )
            for slot in rule.slots
        ),
        known,
    )


def known_of(application: Application, day: dt.date) -> dict[str, FactValue]:
    """What is known of the applicant: 一企一档, or the region of a city or county."""
    if application.organisation is None:
        return {"region_code": application.region_code}
    return facts_of(application.organisation, day)


def is_open(state: str, item: str, reopened: Iterable[str]) -> bool:
    """Whether an item (a field, or `slot:<id>`) can be changed in a state."""
    return state == "draft" or (state in MENDING_STATES and item in reopened)


def _field(
    field: FormField,
    entries: Mapping[str, Entry],
    free: Mapping[str, FactValue],
    known: Mapping[str, FactValue],
    reopened: Mapping[str, Reopening],
    state: str,
) -> Field:
    fact = policy().facts.get(field.fact)
    entry, again = entries.get(field.id), reopened.get(field.id)
    fixed = field.fact in HELD and known.get(field.fact) is not None
    value: FactValue
    origin: Origin
    if entry is not None and not (fixed and free):
        value, origin = value_of(field, entry.value), "own" if entry.user_id else "registry"
    else:
        value = free.get(field.fact) if field.fact else None
        origin = "" if value is None else "registry"
    return Field(
        rule=field,
        value=value,
        shown=entry_text(field, fact, value),
        version=entry.version if entry else 0,
        origin=origin,
        open=is_open(state, field.id, reopened) and not fixed,
        author=str(entry.user) if entry and entry.user else "",
        at=entry.at if entry and entry.user_id else None,
        reason=again.reason if again else "",
        before=entry_text(field, fact, value_of(field, again.before)) if again else Text("", ""),
    )


def value_of(field: FormField, stored: object) -> FactValue:
    """A stored value as the form reads it today; None where the form does not allow it any more."""
    try:
        return read_entry(field, policy().facts.get(field.fact), stored)
    except EntryError:
        return None
