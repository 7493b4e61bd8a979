"""Notices about entries: to the people of the organisation that offers them, and to the province
that reviews them."""

from __future__ import annotations

from dengta.catalogue.models import Entry, EntryVersion
from dengta.core.shapes import Text
from dengta.registry.queries import officials_for, people_of
from dengta.trail.actions import notify
from dengta.trail.models import Event


def tell_office(version: EntryVersion, event: Event) -> None:
    """Tell the province that a version waits for its review."""
    notify(
        event,
        officials_for("province", version.case_region),
        subject=Text(
            f"资源池待审核：{version.name}", f"To be reviewed for the pool: {version.name}"
        ),
        body=Text(event.note, event.note),
        link=f"/official/catalogue/{version.entry_id}/",
    )


def tell_owner(version: EntryVersion, event: Event) -> None:
    """Tell the owner how a version fared."""
    state = version.flow.state(version.state).public
    _tell(version.entry, event, Text(f"“{version.name}”{state.zh}", f"{version.name}: {state.en}"))


def tell_owner_of(entry: Entry, event: Event) -> None:
    """Tell the owner how the entry itself stands."""
    state = entry.flow.state(entry.state).public
    _tell(entry, event, Text(f"“{entry.name}”{state.zh}", f"{entry.name}: {state.en}"))


def _tell(entry: Entry, event: Event, subject: Text) -> None:
    if not entry.organisation_id:
        return
    until = entry.expires_date
    term = Text(f"有效期至 {until}。", f" Shown until {until}.") if until else Text("", "")
    notify(
        event,
        people_of(entry.organisation_id),
        subject=subject,
        body=Text(f"{event.note}{term.zh}", f"{event.note}{term.en}"),
        link=f"/entries/{entry.pk}/",
    )
