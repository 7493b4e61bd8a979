"""Notices about entries: to the people of the organisation that offers them, and to the province
that reviews them."""

from __future__ import annotations

from dengta.catalogue.models import Entry, EntryVersion
from dengta.catalogue.queries.desk import missing_of
from dengta.core.shapes import Text
from dengta.core.wording import said_day
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


def tell_enrolled(version: EntryVersion, event: Event) -> None:
    """Tell the owner what an award brought into the pool, and what it still has to say so that
    firms find it."""
    entry = version.entry
    if not entry.organisation_id:
        return
    missing = missing_of(version)
    zh, en = "、".join(each.zh for each in missing), ", ".join(each.en for each in missing)
    more = Text(
        f"还可以补充：{zh}。补充后企业才能按差距找到它。" if missing else "",
        f" Still to be said: {en}. Firms find it by this." if missing else "",
    )
    notify(
        event,
        people_of(entry.organisation_id),
        subject=Text(f"“{version.name}”已进入资源池", f"{version.name} is in the resource pool"),
        body=Text(f"凭认定入库。{more.zh}", f"Brought in by the award.{more.en}"),
        link=f"/entries/{entry.pk}/",
    )


def tell_owner_of(entry: Entry, event: Event) -> None:
    """Tell the owner how the entry itself stands."""
    state = entry.flow.state(entry.state).public
    _tell(entry, event, Text(f"“{entry.name}”{state.zh}", f"{entry.name}: {state.en}"))


def _tell(entry: Entry, event: Event, subject: Text) -> None:
    if not entry.organisation_id:
        return
    until = entry.expires_date
    term = (
        Text(f"有效期至 {said_day(until).zh}。", f" Shown until {said_day(until).en}.")
        if until
        else Text("", "")
    )
    notify(
        event,
        people_of(entry.organisation_id),
        subject=subject,
        body=Text(f"{event.note}{term.zh}", f"{event.note}{term.en}"),
        link=f"/entries/{entry.pk}/",
    )
