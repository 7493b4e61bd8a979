"""Entries of the pool from draft to publication and off the shelf: what their owners write, what
the province decides, what an award brings in, what time ends."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.catalogue.actions import publishing, telling, writing
from dengta.catalogue.actions.writing import Line, Use
from dengta.catalogue.models import Entry, EntryVersion
from dengta.catalogue.queries.names import kind_of
from dengta.core.entries import EntryKind
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin

__all__ = [
    "Line",
    "Use",
    "award_extended",
    "award_over",
    "draft",
    "drop",
    "enrol",
    "expire_due",
    "publish",
    "remove",
    "renew",
    "revise",
    "save",
    "send_back",
    "submit",
]

OPEN = ("draft", "returned")
"""The states in which a version can be written to."""
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def draft(
    kind: str,
    name: str,
    *,
    actor: Actor,
    key: str,
    summary: str = "",
    content: Mapping[str, object] | None = None,
    uses: Sequence[Use] = (),
    lines: Sequence[Line] = (),
    at: dt.datetime | None = None,
) -> EntryVersion:
    """Begin an entry of a kind with its first version; the same `key` twice is one entry.

    NotAllowed where the actor's role drafts none of the kind; StepRefused naming what is wrong.
    """
    rules = _kind(kind)
    if actor.role not in rules.authors:
        raise NotAllowed(
            Text(
                f"“{rules.name.zh}”不由您的岗位起草，请联系主管部门。",
                f"A “{rules.name.en}” is not drafted by your post. Ask the responsible office.",
            )
        )
    said = _read(rules, None, name, summary, content or {}, uses, lines)
    organisation_id = actor.organisation_id or None
    entry = Entry(
        kind=kind,
        slug=_slug(kind, key),
        name=said.name,
        organisation_id=organisation_id,
        region_code=actor.region,
        key=key,
        created_at=at or timezone.now(),
    )
    try:
        with transaction.atomic():
            begin(entry, by=actor, at=at)
            return _begin_version(entry, 1, said, actor, at)
    except IntegrityError:
        found = Entry.objects.filter(key=key).first()
        if found is None:
            raise
        if found.organisation_id != organisation_id:
            raise Moved(_TAKEN) from None
        return found.versions.get(number=1)


_TAKEN = Text(
    "这一次提交已经办理过，请回到“我的条目”查看。",
    "This was already sent; look at your entries.",
)


def revise(entry: Entry, actor: Actor, *, at: dt.datetime | None = None) -> EntryVersion:
    """The open version of an entry, begun as a copy of what is shown if there is none; at most one
    is open, whoever asks. NotAllowed for others than its owner."""
    _own(entry, actor)
    found = entry.versions.filter(state__in=(*OPEN, "review")).first()
    if found is not None:
        return found
    last = entry.current or entry.versions.order_by("-number").first()
    assert last is not None  # an entry begins with a version
    number = max(entry.versions.values_list("number", flat=True)) + 1
    try:
        with transaction.atomic():
            return _begin_version(entry, number, writing.said_by(last), actor, at)
    except IntegrityError:
        return entry.versions.get(state__in=(*OPEN, "review"))


def save(
    version: EntryVersion,
    actor: Actor,
    *,
    name: str | None = None,
    summary: str | None = None,
    content: Mapping[str, object] | None = None,
    uses: Sequence[Use] | None = None,
    lines: Sequence[Line] | None = None,
    links: Sequence[tuple[str, str]] | None = None,
    note: str | None = None,
    seen: str | None = None,
) -> EntryVersion:
    """Keep what is given and leave the rest as it is. `content` replaces the fields that it names.

    `seen` is the digest that the page was opened with: Moved if somebody wrote in between.
    StepRefused naming what does not fit; nothing is kept then.
    """
    _own(version.entry, actor)
    rules = kind_of(version.entry.kind)
    with transaction.atomic():
        held = EntryVersion.objects.select_for_update().get(pk=version.pk)
        if held.state not in OPEN:
            raise Moved(_CLOSED)
        was = writing.said_by(held)
        merged = dict(was.content) | dict.fromkeys(content or {})
        merged |= writing.read_content(rules, content or {})
        if links is not None:
            merged[writing.LINKS] = writing.read_links(version.entry, rules, links)
        said = writing.Said(
            was.name if name is None else writing.read_name(name),
            was.summary if summary is None else writing.read_summary(summary),
            {id: value for id, value in merged.items() if value not in (None, [])},
            was.uses if uses is None else writing.read_uses(rules, uses),
            was.lines if lines is None else writing.read_lines(rules, lines),
        )
        values: dict[str, object] = {
            "name": said.name,
            "summary": said.summary,
            "content": said.content,
            "digest": said.digest,
        }
        if note is not None:
            values["note"] = " ".join(note.split())[:500]
        rows = EntryVersion.objects.filter(pk=version.pk, state__in=OPEN)
        rows = rows.filter(digest=was.digest if seen is None else seen)
        if not rows.update(**values):
            raise Moved(_CHANGED)
        writing.write_rows(version, said.uses, said.lines)
        if version.number == 1:
            Entry.objects.filter(pk=version.entry_id, current=None).update(name=said.name)
    version.refresh_from_db()
    return version


_CLOSED = Text(
    "这一版正在审核或已经发布，不能再改。请等审核结果，或另起一版。",
    "This version is being reviewed or is published. Wait for the review, or begin a new version.",
)
_CHANGED = Text(
    "同事刚刚改过这一条目，您的修改没有保存。请刷新页面，在最新内容上再改。",
    "A colleague has just changed this entry; yours was not kept. Reload the page and change it"
    " anew.",
)


def submit(version: EntryVersion, actor: Actor, *, at: dt.datetime | None = None) -> None:
    """Hand a version in for review. StepRefused listing what is missing, or when it says the same
    as what is shown; Sanctioned for an organisation under sanction."""
    now = at or timezone.now()
    _own(version.entry, actor)
    with transaction.atomic():
        EntryVersion.objects.select_for_update().get(pk=version.pk)  # nobody writes meanwhile
        version.refresh_from_db()
        if version.entry.organisation is not None:
            refuse_sanctioned(version.entry.organisation, timezone.localdate(now))
        publishing.refuse_unfinished(version)
        _refuse_unchanged(version)
        event = advance(version, "submit", by=actor, note=version.note, at=now)
        telling.tell_office(version, event)


def _refuse_unchanged(version: EntryVersion) -> None:
    current = version.entry.current
    if current is not None and writing.said_by(version).digest == current.digest:
        raise StepRefused(
            Text(
                "这一版和现在公开的内容完全一样，没有需要审核的。请修改后再提交，或放弃这一版。",
                "This version says the same as the one that is shown. Change something, or drop"
                " it.",
            )
        )


def send_back(
    version: EntryVersion, actor: Actor, reason: str, *, at: dt.datetime | None = None
) -> None:
    """Return a version with the reason, for its owner to mend. StepRefused without a reason."""
    with transaction.atomic():
        event = advance(version, "return", by=actor, note=reason, at=at)
        telling.tell_owner(version, event)


def publish(
    version: EntryVersion,
    actor: Actor,
    *,
    expires: dt.date | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Show a version from now on, until `expires` (else for the term of its kind, or of its award).

    StepRefused listing what is missing, for a day that is over, or for an owner under sanction.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    with transaction.atomic():
        version.refresh_from_db()
        entry = version.entry
        if entry.organisation is not None:
            refuse_sanctioned(entry.organisation, day)
        publishing.refuse_unfinished(version)
        _refuse_past(expires, day)
        until = expires or _term(entry, day)
        event = publishing.show(version, actor, at=now, expires=until, note=note)
        telling.tell_owner(version, event)


def drop(version: EntryVersion, actor: Actor, *, at: dt.datetime | None = None) -> None:
    """Give a version up; what is shown stays."""
    _own(version.entry, actor)
    advance(version, "drop", by=actor, at=at)


def remove(entry: Entry, actor: Actor, reason: str, *, at: dt.datetime | None = None) -> None:
    """Take an entry off the shelf; its page says so and why. StepRefused without a reason."""
    reason = " ".join(reason.split())[:500]
    with transaction.atomic():
        event = advance(
            entry, "remove", by=actor, note=reason, at=at, evidence={"removed_reason": reason}
        )
        publishing.refresh(entry)
        telling.tell_owner_of(entry, event)


def renew(
    entry: Entry,
    actor: Actor,
    *,
    expires: dt.date | None = None,
    note: str = "",
    at: dt.datetime | None = None,
) -> None:
    """Show an entry for another term, also one that is past its term or was taken down."""
    now = at or timezone.now()
    day = timezone.localdate(now)
    with transaction.atomic():
        if entry.current is None:
            raise StepRefused(_NEVER_SHOWN)
        if entry.organisation is not None:
            refuse_sanctioned(entry.organisation, day)
        _refuse_past(expires, day)
        until = expires or _months_on(day, kind_of(entry.kind).valid_months)
        _show_until(entry, until, actor, note, now)


def _show_until(
    entry: Entry, until: dt.date | None, actor: Actor, note: str, at: dt.datetime, **more: str
) -> None:
    """Show an entry until a day, whether it stands in the pool now or not."""
    step = "renew" if entry.state == "published" else "publish"
    evidence = {"expires_date": until, "removed_reason": "", **more}
    event = advance(entry, step, by=actor, note=note, at=at, evidence=evidence)
    publishing.refresh(entry)
    telling.tell_owner_of(entry, event)


_NEVER_SHOWN = Text(
    "这一条目还没有发布过，请先审核发布它的版本。",
    "This entry was never published. Review and publish its version first.",
)


def enrol(
    kind: str,
    organisation: Organisation | None,
    name: str,
    *,
    key: str,
    summary: str = "",
    content: Mapping[str, object] | None = None,
    uses: Sequence[Use] = (),
    lines: Sequence[Line] = (),
    award: str = "",
    selected_by: str = "",
    selected_in: str = "",
    expires: dt.date | None = None,
    region: str = "",
    slug: str = "",
    sample: bool = False,
    at: dt.datetime | None = None,
) -> Entry:
    """Put what was selected into the pool at once, by the system; the same `key` twice is one.

    What the organisation already shows under this name is marked as selected instead of being
    entered again. Values that do not fit their fields are left out: the owner completes the entry.
    `slug` and `sample` are for content that is shipped. StepRefused for an unknown kind or a name
    that cannot be one.
    """
    now, rules = at or timezone.now(), _kind(kind)
    done = Entry.objects.filter(key=key).first()
    if done is not None:
        return done
    said = writing.Said(
        writing.read_name(name[:120]),
        writing.read_summary(summary[:300]),
        writing.read_content(rules, content or {}, drop=True),
        writing.read_uses(rules, uses),
        writing.read_lines(rules, lines),
    )
    chosen = {"award": award, "selected_by": selected_by, "selected_in": selected_in}
    until = expires or _months_on(timezone.localdate(now), rules.valid_months)
    with transaction.atomic():
        known = _shown_as(kind, organisation, said.name)
        if known is not None:
            _show_until(known, until, SYSTEM, selected_in, now, **chosen)
            return known
        entry = Entry(
            kind=kind, slug=slug or _slug(kind, key), name=said.name, organisation=organisation,
            region_code=organisation.region_code if organisation else region, sample=sample,
            key=key, created_at=now, **chosen,
        )  # fmt: skip
        try:
            with transaction.atomic():
                begin(entry, by=SYSTEM, at=now)
        except IntegrityError:
            found = Entry.objects.filter(key=key).first()
            if found is None:
                raise
            return found
        version = _begin_version(entry, 1, said, SYSTEM, now)
        event = publishing.show(version, SYSTEM, at=now, expires=until, note=selected_in)
        if not sample:
            telling.tell_enrolled(version, event)
    entry.refresh_from_db()
    return entry


def _shown_as(kind: str, organisation: Organisation | None, name: str) -> Entry | None:
    """What an organisation shows of a kind under a name, if it is not selected yet."""
    if organisation is None:
        return None
    same = Entry.objects.filter(kind=kind, organisation=organisation, name=name, award="")
    return same.filter(state__in=("published", "expired")).first()


def award_over(number: str, reason: str, *, at: dt.datetime | None = None) -> int:
    """Take down what an award brought in, once the award is withdrawn; how many that were."""
    count = 0
    for entry in Entry.objects.filter(award=number, state__in=("published", "expired")):
        remove(entry, SYSTEM, reason, at=at)
        count += 1
    return count


def award_extended(number: str, until: dt.date, *, at: dt.datetime | None = None) -> int:
    """Show what an award brought in for as long as the award now holds; how many that were."""
    count = 0
    for entry in Entry.objects.filter(award=number, state__in=("published", "expired")):
        with transaction.atomic():
            _show_until(entry, until, SYSTEM, "", at or timezone.now())
        count += 1
    return count


def expire_due(day: dt.date, *, at: dt.datetime | None = None) -> int:
    """Entries whose last day is before `day` are past their term; how many. Idempotent."""
    count = 0
    for entry in Entry.objects.filter(state="published", expires_date__lt=day).order_by("id"):
        try:
            with transaction.atomic():
                event = advance(entry, "expire", by=SYSTEM, at=at)
                publishing.refresh(entry)
                telling.tell_owner_of(entry, event)
        except Moved:
            continue
        count += 1
    return count


# ------------------------------------------------------------------ what they share


def _kind(kind: str) -> EntryKind:
    rules = policy().entry_kinds.get(kind)
    if rules is None or kind not in Entry.Kind.values:
        names = "、".join(each.name.zh for each in policy().entry_kinds.values())
        raise StepRefused(
            Text(
                f"资源池没有“{kind[:40]}”这一类，请从中选：{names}。",
                f"The pool has no kind “{kind[:40]}”; choose one of the list.",
            )
        )
    return rules


def _read(
    rules: EntryKind, entry: Entry | None, name: str, summary: str,
    content: Mapping[str, object], uses: Sequence[Use], lines: Sequence[Line],
) -> writing.Said:  # fmt: skip
    return writing.Said(
        writing.read_name(name),
        writing.read_summary(summary),
        writing.read_content(rules, content),
        writing.read_uses(rules, uses),
        writing.read_lines(rules, lines),
    )


def _begin_version(
    entry: Entry, number: int, said: writing.Said, actor: Actor, at: dt.datetime | None
) -> EntryVersion:
    version = EntryVersion(
        entry=entry,
        number=number,
        name=said.name,
        summary=said.summary,
        content=dict(said.content),
        digest=said.digest,
        user_id=actor.user_id or None,
        created_at=at or timezone.now(),
    )
    begin(version, by=actor, at=at)
    writing.write_rows(version, said.uses, said.lines)
    return version


def _own(entry: Entry, actor: Actor) -> None:
    """NotAllowed for anybody but the people of the entry's organisation, or of the province where
    it belongs to none."""
    mine = bool(entry.organisation_id) and actor.organisation_id == entry.organisation_id
    province = not entry.organisation_id and actor.role == "province"
    if not mine and not (province and actor.covers(entry.case_region)):
        raise NotAllowed(
            Text(
                "这一条目属于别的单位，您不能修改。",
                "This entry belongs to somebody else; you cannot change it.",
            )
        )


def _slug(kind: str, key: str) -> str:
    """An address that says the kind and is its own for good: 10 digits of the key's SHA-256."""
    return f"{kind.replace('_', '-')}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def _refuse_past(expires: dt.date | None, day: dt.date) -> None:
    if expires is not None and expires < day:
        raise StepRefused(
            Text(
                f"有效期至 {said_day(expires).zh} 已经过去，请填 {said_day(day).zh} 以后的日期。",
                f"{said_day(expires).en} is over; give a day from {said_day(day).en} on.",
            )
        )


def _term(entry: Entry, day: dt.date) -> dt.date | None:
    """Until when a version that is published on a day is shown: as long as its award where one
    holds, else for the term of its kind."""
    if entry.award and entry.expires_date and entry.expires_date >= day:
        return entry.expires_date
    return _months_on(day, kind_of(entry.kind).valid_months)


def _months_on(day: dt.date, months: int | None) -> dt.date | None:
    """The last day of a term of so many months that begins on a day."""
    if months is None:
        return None
    count = day.year * 12 + day.month - 1 + months
    first = dt.date(count // 12, count % 12 + 1, 1)
    following = dt.date((count + 1) // 12, (count + 1) % 12 + 1, 1)
    length = (following - first).days
    return first.replace(day=min(day.day, length)) - dt.timedelta(days=1)
