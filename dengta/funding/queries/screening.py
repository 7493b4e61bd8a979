"""What screening goes by, and all that is filed held against each other at night.

One claim is looked up in the tables (see `queries.signs`). A `Night` reads the whole register once,
in pieces, as columns, and holds of each filing what it is met by. What stands on record by the same
ground is left as it is; of all else the claims are read again, some thousand at a time, and judged.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from dengta.core import claims
from dengta.core.claims import Rules
from dengta.core.gist import gist_of
from dengta.core.gists_kept import STAMP, Kept
from dengta.core.relations import KINDS
from dengta.core.screening import Screen
from dengta.core.shingles import lengths
from dengta.funding.models import Claim, Filing, Hit, Voucher
from dengta.funding.queries.register import claim_from, columns_from
from dengta.registry.queries import policy

__all__ = [
    "READ",
    "SLACK",
    "By",
    "Found",
    "Known",
    "Night",
    "Stamp",
    "Standing",
    "accounts_filed",
    "accounts_of",
    "by_size",
    "framed",
    "pages",
    "rules_on",
    "stamp_of",
    "standing",
    "today",
]

_SURE = re.compile(r"[A-Za-z\u4e00-\u9fff]")
"""Signs of which each is one of the wording, whatever stands around it."""
SLACK = dt.timedelta(seconds=20)
"""No transaction that files lasts as long, and no two servers' clocks differ as much."""
_FEW, _SOME, _MANY = 1_000, 5_000, 50_000
_Array = np.ndarray[Any, Any]
READ = ("pk", "number", "content", "version", "changed_at", "released_at")
"""What is read of a filing."""


class Stamp(NamedTuple):
    """By which it is known whether a filing is still the same."""

    version: int
    changed_at: dt.datetime
    released: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A hit between two filings, the later first, how both stood when it was found, and the ground
    of both if all were held against all."""

    filing_id: int
    other_id: int
    kind: str
    path: list[dict[str, str]]
    score_bps: int
    amount_fen: int
    stamps: Mapping[int, Stamp]
    ground: int = 0

    @property
    def key(self) -> tuple[int, int, str]:
        """One hit of a kind stands between two filings."""
        return self.filing_id, self.other_id, self.kind


class By(NamedTuple):
    """What counts: the rules of the screen, how long a description is at least to be compared, how
    strong each kind of link is in basis points, and how many parties may share what still links."""

    rules: Rules
    least_signs: int
    strength: dict[str, int]
    most: int

    def telling(self, some: Sequence[claims.Claim]) -> list[claims.Claim]:
        """Claims without descriptions that are too short to tell anything."""
        texts = [
            text for text in {line.text for claim in some for line in claim.texts}
            if len(_SURE.findall(text)) < self.least_signs
        ]  # fmt: skip
        sizes = zip(texts, lengths(texts), strict=True)
        short = {text for text, size in sizes if size < self.least_signs}
        if not short:
            return list(some)
        return [
            replace(claim, texts=tuple(line for line in claim.texts if line.text not in short))
            for claim in some
        ]


def rules_on(day: dt.date) -> By:
    """What counts on a day, by the policy."""
    number = policy().practised
    rules = Rules(
        alike_bps=number("screen_alike_bps", day),
        picture_bits=number("screen_picture_bits", day),
        furthest=number("screen_furthest", day),
        most=number("screen_most", day),
    )
    strength = {kind: number(f"link_{kind}_bps", day) for kind in KINDS}
    return By(rules, number("screen_least_signs", day), strength, number("link_most", day))


def today(at: dt.datetime) -> dt.date:
    """The day of a moment, here."""
    return timezone.localdate(at)


class Known:
    """Filings that were looked up, by number: which row each is, and how it stood."""

    def __init__(self, by: By) -> None:
        self.by = by
        self.ids: dict[str, int] = {}
        self._stamps: dict[int, Stamp] = {}

    def take(self, rows: Iterable[Any]) -> dict[str, claims.Claim]:
        """The claims of some filings, given as rows of what is READ."""
        found = []
        for pk, number, content, version, changed_at, released_at in rows:
            self.ids[number] = pk
            self._stamps[pk] = Stamp(version, changed_at, released_at is not None)
            found.append(claim_from(number, content))
        return {claim.id: claim for claim in self.by.telling(found)}

    def forget(self) -> None:
        """Let go of all that was looked up."""
        self.ids.clear()
        self._stamps.clear()

    def found(self, hit: claims.Hit) -> Found:
        """A hit between two of them, by their rows."""
        later, earlier = sorted((self.ids[hit.claim], self.ids[hit.other]), reverse=True)
        return Found(
            later, earlier, hit.kind, [said._asdict() for said in hit.path],
            hit.score_bps, hit.amount_fen, {pk: self._stamps[pk] for pk in (later, earlier)},
        )  # fmt: skip


class Standing(NamedTuple):
    """The hits on record as columns: their ids, the two filings, by which ground the pass has found
    each (0 for none), and whether it is gone, or may lapse."""

    pk: _Array
    filing: _Array
    other: _Array
    ground: _Array
    gone: _Array
    lapses: _Array


def standing() -> Standing:
    """All hits there are."""
    lapses = Hit.flow.step("lapse").sources
    line = _STANDING.replace("{lapses}", ", ".join(["%s"] * len(lapses)))
    found = [framed(lines, _STOOD) for _, lines in pages(line, "funding_hit", *lapses)]
    whole = pl.concat([pl.DataFrame(schema=_STOOD), *found])
    pk, filing, other, ground, way = (column.to_numpy() for column in whole.iter_columns())
    return Standing(pk, filing, other, ground, way == _GONE, way == _LAPSES)


_LAPSES, _GONE = 1, 2
_STANDING = """id || {tab} || filing_id || {tab} || other_id || {tab} || ground || {tab} ||
CASE WHEN state IN ({lapses}) THEN 1 WHEN state = 'gone' THEN 2 ELSE 0 END"""
_STOOD = pl.Schema(dict.fromkeys(("id", "filing", "other", "ground", "way"), pl.Int64()))


class Night:
    """All that is filed at one moment, held against each other."""

    def __init__(
        self, by: By, ties: Iterable[tuple[str, str, str]], kept: Kept | None = None
    ) -> None:
        """Gists that are `kept` are not made again, which changes no answer."""
        self._known, self._by, self._kept = Known(by), by, kept
        self._screen = Screen(
            by.rules, ties, by.strength, by.most, least_signs=by.least_signs
        )  # fmt: skip
        self._ids = self._versions = self._marks = self._live = np.empty(0, np.int64)
        self._pairs = self._grounds = np.empty(0, np.int64)
        self.waiting: list[tuple[int, int]] = []
        self.settled = 0
        self.unsettled = np.empty(0, np.int64)

    @property
    def live(self) -> int:
        """How many filings are held."""
        return len(self._screen)

    def read(self) -> None:
        """Read the whole register; `waiting` are the live ones, by id and version, that were not
        screened as they stand."""
        parts: list[tuple[_Array, _Array, _Array, _Array]] = []
        with ThreadPoolExecutor(1) as beside:
            taken: Future[Any] | None = None
            for piece, (whole, lines) in enumerate(pages(_WHOLE, "funding_filing")):
                if taken:
                    parts.append(taken.result())  # no more than two pieces at once
                taken = beside.submit(self._take, piece, lines, whole=whole)
            if taken:
                parts.append(taken.result())
        none = np.empty(0, np.int64)
        self._ids, self._versions, self._marks, self._live = (
            np.concatenate([none, *some]) for some in zip(*parts, strict=True)
        ) if parts else (none,) * 4  # fmt: skip

    def _take(
        self, piece: int, lines: Sequence[str], *, whole: bool
    ) -> tuple[_Array, _Array, _Array, _Array]:
        """Hold the contents of some filings, but for those that are released; gives ids, versions
        and marks, and the ids of the live ones. Asks the database for nothing: it goes on beside
        the reading of the next ones."""
        read = framed(lines, _READ).with_columns(changed=_moments())
        live = read.filter(pl.col("released") == 0)
        late = live.filter(pl.col("screened") < pl.col("version"))
        self.waiting += late.select("id", "version").iter_rows()
        claims = live.select(*STAMP.names(), "said", content=pl.col("said").hash())
        if self._kept:
            gists = self._kept.gists(piece, claims, self._gists, keep=whole)
        else:
            gists = self._gists(claims)
        self._screen.hold(gists)
        mark = read.select(pl.col("changed") * 2 + pl.col("released")).to_series()
        return (
            read["id"].to_numpy(), read["version"].to_numpy(), mark.to_numpy(),
            live["id"].to_numpy(),
        )  # fmt: skip

    def _gists(self, claims: pl.DataFrame) -> pl.DataFrame:
        said, contents = columns_from(claims["said"]), claims["content"].to_numpy()
        return gist_of(said, contents, self._by.rules, self._by.least_signs)

    def hold_against(self, stood: Standing) -> None:
        """Find whom to hold against whom, and which of the hits on record stand as they are:
        `settled` of them, since all that judging them goes by is what it was. `unsettled` are
        those of the others that lapse unless they are found."""
        self._pairs, self._grounds = self._screen.pairs()
        later, earlier = self._row(stood.filing), self._row(stood.other)
        key = later << 32 | earlier
        place = np.minimum(np.searchsorted(self._pairs, key), max(len(self._pairs) - 1, 0))
        there = (later >= 0) & (earlier >= 0) & ~stood.gone
        there &= self._pairs[place] == key if len(self._pairs) else False
        count = np.bincount(place[there], minlength=len(self._pairs))
        same = np.zeros(len(place), np.bool_)
        same[there] = stood.ground[there] == (self._grounds + count)[place[there]]
        alike = np.bincount(place[same], minlength=len(self._pairs))
        settled = (count > 0) & (alike == count)
        mine = np.zeros(len(place), np.bool_)
        mine[there] = settled[place[there]]
        self.settled, self.unsettled = int(mine.sum()), stood.pk[stood.lapses & ~mine]
        self._pairs, self._grounds = self._pairs[~settled], self._grounds[~settled]

    def find_all(self) -> Iterator[Found]:
        """All hits of those that do not stand as they are."""
        for some in self._screen.judged(self._pairs, self._look_up):
            pairs = np.array([one.later << 32 | one.earlier for one in some], np.int64)
            each, count = np.unique(pairs, return_counts=True)
            ground = self._grounds[np.searchsorted(self._pairs, each)] + count
            of = dict(zip(each.tolist(), ground.tolist(), strict=True))
            for later, earlier, hit in some:
                yield replace(self._known.found(hit), ground=of[later << 32 | earlier])

    def _look_up(self, rows: Collection[int]) -> Mapping[int, claims.Claim]:
        """The claims of some rows, as they stand; those released since are not among them."""
        self._known.forget()
        row_of = {int(self._live[row]): row for row in rows}
        found: dict[int, claims.Claim] = {}
        for some in by_size(_SOME, row_of):
            live = Filing.objects.filter(pk__in=some, released_at=None).order_by()
            for number, claim in self._known.take(live.values_list(*READ)).items():
                found[row_of[self._known.ids[number]]] = claim
        return found

    def _row(self, filing_ids: _Array) -> _Array:
        """The rows of some filings; -1 for one that is not held."""
        place = np.searchsorted(self._live, filing_ids)
        there = np.append(self._live, 0)[place] == filing_ids
        return np.where(there, place, -1)

    def same(self, filing_id: int, stamp: Stamp) -> bool:
        """Whether a filing was read as it stood by this stamp."""
        place = int(np.searchsorted(self._ids, filing_id))
        return bool(
            place < len(self._ids)
            and self._ids[place] == filing_id
            and self._versions[place] == stamp.version
            and self._marks[place] == _mark(stamp.changed_at, released=stamp.released)
        )


_WHOLE = """id || {tab} || version || {tab} || screened_version || {tab} || {changed} || {tab} ||
CASE WHEN released_at IS NULL THEN 0 ELSE 1 END || {tab} ||
CASE WHEN released_at IS NULL THEN content{text} ELSE '' END"""
_READ = pl.Schema({
    "id": pl.Int64, "version": pl.Int64, "screened": pl.Int64, "changed": pl.String,
    "released": pl.Int64, "said": pl.String,
})  # fmt: skip
_PAGE = """
SELECT MAX(id), {gathered} FROM (
    SELECT id, {line} AS line FROM {table} WHERE id > %s ORDER BY id LIMIT %s
) AS page"""
_ENGINES = {
    "sqlite": {"tab": "char(9)", "gathered": "group_concat(line, char(10))", "text": "",
               "changed": "changed_at"},
    "postgresql": {"tab": "chr(9)", "gathered": "string_agg(line, chr(10))", "text": "::text",
                   "changed": "(extract(epoch FROM changed_at) * 1000000)::bigint"},
}  # fmt: skip
"""How each engine gathers rows into lines. JSON and numbers hold no tab and no line's end."""


def pages(line: str, table: str, *values: str) -> Iterator[tuple[bool, list[str]]]:
    """A table as lines, in the order of its ids, some rows at a time, and whether these are as many
    as come at once. The database makes one text of some hundred rows: to make each value a thing of
    Python takes longer than to read it."""
    engine = _ENGINES[connection.vendor]
    page = _PAGE.replace("{line}", line).replace("{table}", table).format(**engine)
    last, more = 0, True
    while more:
        lines: list[str] = []
        with connection.cursor() as cursor:
            while more and len(lines) < _MANY // _FEW:
                cursor.execute(page, (*values, last, _FEW))
                ((end, some),) = cursor.fetchall()
                more = end is not None
                if more:
                    last = end
                    lines.append(some)
        if lines:
            yield more, lines


def framed(lines: Sequence[str], schema: pl.Schema) -> pl.DataFrame:
    """Lines as columns, in the order of their ids."""
    return pl.read_csv(
        "\n".join(lines).encode(), has_header=False, separator="\t", quote_char=None,
        schema=schema,
    ).sort("id")  # fmt: skip


def _moments() -> pl.Expr:
    """Moments as the database gives them, in microseconds."""
    if connection.vendor == "postgresql":
        return pl.col("changed").cast(pl.Int64)
    return pl.col("changed").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us").to_physical()


def _mark(changed_at: dt.datetime, *, released: bool) -> int:
    """Moment in microseconds, and whether it is released, in one number."""
    since = changed_at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return since // dt.timedelta(microseconds=1) * 2 + released


def stamp_of(filing: Filing) -> Stamp:
    """How a filing stands."""
    return Stamp(filing.version, filing.changed_at, filing.released_at is not None)


_ACCOUNTS: tuple[tuple[type[Voucher | Claim], str, str], ...] = (
    (Voucher, "organisation__uscc", "bank_account"), (Claim, "payee__uscc", "account_number"),
)  # fmt: skip
"""Where a matter says whose account the money is to go to, by code, and its number."""


def accounts_of(filings: Iterable[Filing]) -> dict[int, tuple[str, str]]:
    """For some filings, by id: whose account the money is to go to, by code, and its number."""
    by_matter = {(one.flow, one.thing_id): one.pk for one in filings}
    found: dict[int, tuple[str, str]] = {}
    for model, owner, number in _ACCOUNTS:
        ids = [thing for flow, thing in by_matter if flow == model.flow.id]
        rows: Any = model._default_manager.filter(pk__in=ids) if ids else ()
        for pk, uscc, account in rows.values_list("pk", owner, number) if ids else ():
            if account:
                found[by_matter[model.flow.id, pk]] = (uscc, account)
    return found


def accounts_filed() -> Iterator[tuple[str, str]]:
    """The same of all live filings, each account once for each whose it is."""
    for model, owner, number in _ACCOUNTS:
        live = Filing.objects.filter(
            flow=model.flow.id, thing_id=OuterRef("pk"), released_at=None
        )  # fmt: skip
        rows = model._default_manager.filter(Exists(live)).exclude(**{number: ""})
        yield from rows.order_by().values_list(owner, number).distinct().iterator(chunk_size=_SOME)


def by_size(size: int, things: Iterable[Any]) -> Iterator[list[Any]]:
    """Things in pieces of a size, the last perhaps smaller."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some
