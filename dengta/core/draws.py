"""Draws that anybody can repeat: who is drawn follows from a list and a seed fixed beforehand.

Before the draw two things are published: the list is frozen, its digest known; and of the seed only
a commitment, from which nobody can tell the seed. Afterwards the seed is published. Each entry has
the ticket SHA-256(seed, digest of the list, id); the lowest tickets are drawn. A floor per stratum
takes the lowest tickets of that stratum first, then the lowest of all others fill up.

Who keeps both the seed and the list could try out many before publishing. Where that must be ruled
out, the announcement names a public value that nobody can know yet (`public_source`, such as the
numbers of a lottery on a later day), and that value enters the tickets too.

All of it is plain text under SHA-256, so that `sha256sum` and `sort` are enough to check it (see
docs/how-to/verify-a-draw.md).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dengta.core.records import as_text, sha256, shown
from dengta.core.shapes import Text

__all__ = [
    "Announcement",
    "Draw",
    "DrawError",
    "Entry",
    "Ticket",
    "announce",
    "commitment_of",
    "digest_of",
    "draw",
    "entries_of",
    "read_announcement",
    "read_entries",
    "ticket_of",
    "verify",
]

FORMAT = "dengta-draw-1"
MOST_ENTRIES = 1_000_000
_COMMITMENT, _TICKET = "dengta-draw-seed", "dengta-draw-ticket"
_SEED = re.compile(r"[0-9A-Za-z_-]{32,128}")
_HEX = re.compile(r"[0-9a-f]{64}")


class DrawError(ValueError):
    """What cannot be drawn from, or with. `message` names the value and says how to mend it."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.message = Text(zh, en)


class Entry(NamedTuple):
    """One line of the list: an id, and the stratum it counts in (empty where there are none)."""

    id: str
    stratum: str = ""


class Ticket(NamedTuple):
    """An entry with its ticket, and whether it is drawn."""

    ticket: str
    id: str
    stratum: str
    drawn: bool


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is published before a draw. `floors` say how many of a stratum are drawn at least."""

    title: str
    commitment: str
    population_digest: str
    population_size: int
    count: int
    floors: Mapping[str, int]
    public_source: str = ""

    def as_json(self) -> dict[str, object]:
        """One JSON document. Schema: docs/reference/schemas/draw.schema.json."""
        return {
            "format": FORMAT,
            "title": self.title,
            "commitment": self.commitment,
            "population_digest": self.population_digest,
            "population_size": self.population_size,
            "count": self.count,
            "floors": dict(sorted(self.floors.items())),
            "public_source": self.public_source,
        }


@dataclass(frozen=True, slots=True)
class Draw:
    """A draw that was held: what was announced, the seed, the public value, and every ticket in the
    order of tickets."""

    announcement: Announcement
    seed: str
    public: str
    tickets: tuple[Ticket, ...]

    @property
    def sample(self) -> tuple[str, ...]:
        """The ids that are drawn, in the order of their tickets."""
        return tuple(ticket.id for ticket in self.tickets if ticket.drawn)

    def as_json(self) -> dict[str, object]:
        """The record. `record_digest` is over all the rest, as `as_text` writes it.

        Schema: docs/reference/schemas/draw.schema.json.
        """
        record = self.announcement.as_json() | {
            "seed": self.seed,
            "public": self.public,
            "tickets": [ticket._asdict() for ticket in self.tickets],
        }
        return record | {"record_digest": sha256(as_text(record))}


def commitment_of(seed: str) -> str:
    """What is published of a seed before the draw. DrawError for a seed that could be guessed."""
    if not _SEED.fullmatch(seed):
        raise DrawError(
            "种子应是 32 至 128 个英文字母、数字、下划线或连字符。请换一个随机的种子，"
            "例如 32 个随机字节写成十六进制。",
            "a seed is 32 to 128 letters, digits, underscores or hyphens. Take a random one, such "
            "as 32 random bytes in hexadecimal.",
        )
    return sha256(f"{_COMMITMENT}:{seed}")


def digest_of(entries: Iterable[Entry]) -> str:
    """The digest of a list: SHA-256 over its lines, sorted by their bytes."""
    return sha256(entries_of(entries))


def entries_of(entries: Iterable[Entry]) -> str:
    """A list as text, one line for each entry: its id, and after a tab the stratum if it has one.

    Sorted by code points, which is the order of bytes (`LC_ALL=C sort`).
    """
    return "".join(sorted(f"{e.id}\t{e.stratum}\n" if e.stratum else f"{e.id}\n" for e in entries))


def read_entries(text: str) -> tuple[Entry, ...]:
    """A list from its text, in whatever order; empty lines say nothing. DrawError for a line that
    cannot be."""
    entries = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        if not line:
            continue
        id, _, stratum = line.partition("\t")
        if not _plain(id) or (stratum and not _plain(stratum)) or line.endswith("\t"):
            raise DrawError(
                f"第 {number} 行“{line[:40]}”写法不对。每行一个编号，分层的在制表符后写层名，"
                "前后不留空格。",
                f"line {number}, “{line[:40]}”, is badly formed. Write an id per line, and after a "
                "tab its stratum if there are strata; no blanks around them.",
            )
        entries.append(Entry(id, stratum))
    return tuple(entries)


def ticket_of(seed: str, digest: str, id: str, public: str = "") -> str:
    """The ticket of one entry."""
    known = f"{public}:" if public else ""
    return sha256(f"{_TICKET}:{seed}:{known}{digest}:{id}")


def announce(
    entries: Iterable[Entry],
    commitment: str,
    count: int,
    floors: Mapping[str, int] | None = None,
    title: str = "",
    public_source: str = "",
) -> Announcement:
    """Freeze a list, and say how many are drawn. DrawError for what cannot be drawn."""
    listed, least = tuple(entries), dict(floors or {})
    _check(listed, count, least)
    for text in (title, public_source):
        if not text.isprintable():
            raise DrawError(
                f"“{shown(text)}”里有换行或控制字符。请写成一行。",
                f"{shown(text)} holds line ends or control characters. Write one line.",
            )
    if not _HEX.fullmatch(commitment):
        raise DrawError(
            f"承诺“{commitment[:70]}”应是 64 位十六进制小写字母和数字。请用 commit 重新生成。",
            f"the commitment “{commitment[:70]}” must be 64 lower-case hexadecimal digits. "
            "Make it anew with commit.",
        )
    return Announcement(
        title, commitment, digest_of(listed), len(listed), count, least, public_source
    )


def draw(entries: Iterable[Entry], announcement: Announcement, seed: str, public: str = "") -> Draw:
    """Hold the draw that was announced. DrawError when seed, list or public value are not those."""
    listed = tuple(entries)
    if commitment_of(seed) != announcement.commitment:
        raise DrawError(
            "种子与公布的承诺不符。请用公布承诺时的那个种子。",
            "the seed does not match the commitment. Use the seed that it was made from.",
        )
    if digest_of(listed) != announcement.population_digest:
        raise DrawError(
            "名单与公布的摘要不符。请用公布时冻结的那份名单。",
            "the list does not match the digest. Use the list that was frozen then.",
        )
    if bool(public) != bool(announcement.public_source) or (public and not _plain(public)):
        raise DrawError(
            f"公开值“{public[:40]}”与公布的来源“{announcement.public_source}”不符。"
            "公布了来源的填当时的值，没有公布的不填。",
            f"the public value “{public[:40]}” does not go with the source announced, "
            f"“{announcement.public_source}”. Give the value where a source was announced, "
            "none otherwise.",
        )
    if announcement.population_size != len(listed):
        raise DrawError(
            f"公布的名单有 {announcement.population_size} 个，这份有 {len(listed)} 个。"
            "请用公布时冻结的那份名单。",
            f"the list announced has {announcement.population_size} entries, this one "
            f"{len(listed)}. Use the list that was frozen then.",
        )
    _check(listed, announcement.count, announcement.floors)
    return Draw(announcement, seed, public, _drawn(listed, announcement, seed, public))


def _drawn(
    entries: Sequence[Entry], announcement: Announcement, seed: str, public: str
) -> tuple[Ticket, ...]:
    """Every ticket in order, the lowest of each floor and then the lowest of all drawn."""
    digest = announcement.population_digest
    ordered = sorted((ticket_of(seed, digest, e.id, public), *e) for e in entries)
    left = dict(announcement.floors)
    drawn: set[str] = set()
    for _, id, stratum in ordered:
        if left.get(stratum, 0) > 0:
            left[stratum] -= 1
            drawn.add(id)
    for _, id, _ in ordered:
        if len(drawn) < announcement.count:
            drawn.add(id)
    return tuple(Ticket(t, id, stratum, id in drawn) for t, id, stratum in ordered)


def _check(entries: Sequence[Entry], count: int, floors: Mapping[str, int]) -> None:
    """DrawError where a list or numbers make no draw."""
    sizes: dict[str, int] = {}
    seen: set[str] = set()
    for entry in entries:
        if not _plain(entry.id) or (entry.stratum and not _plain(entry.stratum)):
            raise DrawError(
                f"名单里的“{entry.id[:40]}”写法不对。编号和层名不能空，前后不留空格，不含制表符。",
                f"“{entry.id[:40]}” on the list is badly formed. Ids and strata are not empty and "
                "hold no tabs and no blanks around them.",
            )
        if entry.id in seen:
            raise DrawError(
                f"名单里“{entry.id[:40]}”出现不止一次。请只留一个。",
                f"“{entry.id[:40]}” is on the list more than once. Keep one.",
            )
        seen.add(entry.id)
        sizes[entry.stratum] = sizes.get(entry.stratum, 0) + 1
    if not 1 <= count <= len(entries) <= MOST_ENTRIES:
        raise DrawError(
            f"从 {len(entries)} 个里抽 {count} 个，做不到。请抽 1 至 {len(entries)} 个"
            f"（名单最多 {MOST_ENTRIES} 个）。",
            f"{count} cannot be drawn from {len(entries)}. Draw from 1 to {len(entries)} (a list "
            f"has at most {MOST_ENTRIES}).",
        )
    for stratum, least in floors.items():
        if not 0 <= least <= sizes.get(stratum, 0):
            raise DrawError(
                f"“{stratum}”层至少抽 {least} 个，而名单里有 {sizes.get(stratum, 0)} 个。"
                "请改小，或核对层名。",
                f"at least {least} are asked of “{stratum}”, and the list has "
                f"{sizes.get(stratum, 0)}. Ask for fewer, or check the name.",
            )
    if sum(floors.values()) > count:
        raise DrawError(
            f"各层至少数合计 {sum(floors.values())}，超过要抽的 {count} 个。请改小或多抽。",
            f"the floors add up to {sum(floors.values())}, more than the {count} to be drawn. "
            "Lower them or draw more.",
        )


def verify(record: object, announced: object = None) -> list[Text]:
    """What does not hold in a record, nothing when all does. Anything may be given.

    A record is a JSON document, or its bytes, which then must be those that `as_text` writes.
    Everything is computed again from the seed and the list in it. With the announcement that was
    published before, the record is held against that as well.
    """
    if not isinstance(record, bytes):
        return _verify(record, announced)
    try:
        document = json.loads(record.decode("utf-8"))
    except (ValueError, RecursionError):
        return [Text("这不是 UTF-8 的 JSON", "this is no JSON in UTF-8")]
    faults = _verify(document, announced)
    if not faults and as_text(document).encode("utf-8") != record:
        faults.append(
            Text(
                "内容相符，但写法与原文件不是逐字节相同：空格、换行或次序变了",
                "all holds, but the file is not the same byte for byte: blanks, line ends or "
                "the order have changed",
            )
        )
    return faults


def _verify(record: object, announced: object) -> list[Text]:
    try:
        held, entries = _read_record(record)
    except DrawError as error:
        return [error.message]
    assert isinstance(record, Mapping)
    faults = [] if announced is None else _against(held.announcement, announced)
    try:
        again = draw(entries, held.announcement, held.seed, held.public).as_json()
    except DrawError as error:
        return [*faults, error.message]
    for key, value in again.items():
        if key == "tickets":
            faults += _wrong_tickets(record[key], value)
        elif record[key] != value:
            faults.append(
                Text(
                    f"{key} 与重算的不同：记录为 {shown(record[key])}，重算为 {shown(value)}",
                    f"{key} differs: {shown(record[key])} in the record, "
                    f"{shown(value)} when computed again",
                )
            )
    if not faults and as_text(record) != as_text(again):
        faults.append(
            Text(
                "记录里各项的次序或写法与重算的不同",
                "the order or form of the record differs from what is computed again",
            )
        )
    return faults


def _wrong_tickets(given: object, again: object) -> list[Text]:
    """The first ticket that differs; the rest mostly follows from it."""
    assert isinstance(given, list)
    assert isinstance(again, list)
    for place, (one, other) in enumerate(zip(given, again, strict=True), 1):
        if one != other:
            return [
                Text(
                    f"第 {place} 张签与重算的不同：记录为 {shown(one)}，重算为 {shown(other)}",
                    f"ticket {place} differs: {shown(one)} in the record, "
                    f"{shown(other)} when computed again",
                )
            ]
    return []


def _against(held: Announcement, announced: object) -> list[Text]:
    try:
        before = read_announcement(announced).as_json()
    except DrawError as error:
        return [error.message]
    return [
        Text(
            f"{key} 与事前公布的不同：公布为 {shown(before[key])}，记录为 {shown(value)}",
            f"{key} differs from what was announced: {shown(before[key])} then, "
            f"{shown(value)} in the record",
        )
        for key, value in held.as_json().items()
        if before[key] != value
    ]


def read_announcement(document: object) -> Announcement:
    """An announcement from JSON, or from the record that holds it. DrawError for what is none."""
    texts = ("title", "commitment", "population_digest", "public_source")
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise DrawError(
            f'这不是抽取记录。请用 dengta draw 写出的、含 "format": "{FORMAT}" 的文件。',
            f'this is no record of a draw. Use a file that dengta draw wrote, with "format": '
            f'"{FORMAT}".',
        )
    for key in (*texts, "population_size", "count", "floors"):
        value = document.get(key)
        if key in texts:
            sound = isinstance(value, str) and value.isprintable()
        elif key == "floors":
            sound = isinstance(value, Mapping) and all(
                isinstance(name, str) and name.isprintable() and _whole(least)
                for name, least in value.items()
            )
        else:
            sound = _whole(value)
        if not sound:
            raise _misfit(key, value)
    return Announcement(
        title=document["title"],
        commitment=document["commitment"],
        population_digest=document["population_digest"],
        population_size=document["population_size"],
        count=document["count"],
        floors=dict(document["floors"]),
        public_source=document["public_source"],
    )


def _read_record(document: object) -> tuple[Draw, tuple[Entry, ...]]:
    announcement = read_announcement(document)
    assert isinstance(document, Mapping)
    for key in ("seed", "public", "record_digest"):
        if not isinstance(document.get(key), str):
            raise _misfit(key, document.get(key))
    tickets = document.get("tickets")
    if not isinstance(tickets, list) or not all(
        isinstance(one, Mapping) and all(isinstance(one.get(k), str) for k in ("id", "stratum"))
        for one in tickets
    ):
        raise _misfit("tickets", tickets)
    strangers = set(document) - {*announcement.as_json(), "seed", "public", "tickets"}
    for key in strangers - {"record_digest"}:
        raise _misfit(str(key), document[key])
    entries = tuple(Entry(one["id"], one["stratum"]) for one in tickets)
    return Draw(announcement, document["seed"], document["public"], ()), entries


def _misfit(key: str, value: object) -> DrawError:
    return DrawError(
        f"记录里的 {key} 不能是 {shown(value)}。请用原来公布的文件。",
        f"{key} cannot be {shown(value)} in a record. Use the file as it was published.",
    )


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _plain(text: str) -> bool:
    return bool(text) and text.isprintable() and text == text.strip()
