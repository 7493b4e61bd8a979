"""Which column of a table means what: the heading row is looked for, titles above it are passed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dengta.core.cells import written
from dengta.core.shapes import Text
from dengta.core.sheets import Cell, blank_row, column_name

SEARCHED = 20
"""The heading row is among so many first rows."""

_ASIDE = re.compile(r"[（(【\[].*?[)）】\]]|[*＊※：:]|\s")


class HeadingError(ValueError):
    """A sheet whose columns are not what is asked for; `message` names those missing and those
    found. `known` is how many were recognised; `bare` a sheet with nothing in it."""

    def __init__(self, message: Text, known: int, *, bare: bool = False) -> None:
        super().__init__(message.zh)
        self.message, self.known, self.bare = message, known, bare


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is asked for: its names in any language, the first being the official one."""

    id: str
    names: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading found: `places` gives the place of each column by id, `titles` all headings as
    written, `row` the number of the (last) heading row."""

    row: int
    places: Mapping[str, int]
    titles: tuple[str, ...]


def normal(title: Cell) -> str:
    """A heading reduced to what it says: half-width, lower case, without blanks and asides."""
    return _reduced(written(title))


@lru_cache(maxsize=4096)
def _reduced(text: str) -> str:
    return _ASIDE.sub("", unicodedata.normalize("NFKC", text)).lower()


def find_heading(
    rows: Iterator[tuple[int, list[Cell]]], columns: Sequence[Column]
) -> tuple[Heading, list[tuple[int, list[Cell]]]]:
    """The heading among the first rows, and the rows below it that were read while looking.

    A heading of two rows (a merged one above its parts) is read as one. HeadingError says what is
    missing in the row that comes nearest.
    """
    names = {normal(name): column.id for column in columns for name in column.names}
    read: list[tuple[int, list[Cell]]] = []
    best: tuple[int, list[Cell]] = (0, [])
    for number, cells in rows:
        read.append((number, cells))
        for depth in (1, 2):
            candidate = _joined([row for _, row in read[-depth:]])
            places = _places(candidate, names)
            if len(places) > best[0]:
                best = len(places), candidate
            if all(column.id in places for column in columns if column.required):
                below = _two_rows(rows, places, names, candidate)
                if below is None:
                    return Heading(number, places, _titles(candidate)), []
                return below
        if len(read) >= SEARCHED:
            break
    bare = all(blank_row(cells) for _, cells in read)
    raise HeadingError(_missing(best[1], names, columns), best[0], bare=bare)


def _two_rows(
    rows: Iterator[tuple[int, list[Cell]]],
    places: Mapping[str, int],
    names: Mapping[str, str],
    above: list[Cell],
) -> tuple[Heading, list[tuple[int, list[Cell]]]] | None:
    """The heading with the row below it, when that row is heading too: it names more columns and
    holds nothing else."""
    following = next(rows, None)
    if following is None:
        return None
    number, cells = following
    joined = _joined([above, cells])
    more = _places(joined, names)
    only_names = all(blank_row([cell]) or normal(cell) in names for cell in cells)
    if only_names and not blank_row(cells):
        return Heading(number, {**places, **more}, _titles(joined)), []
    return Heading(number - 1, places, _titles(above)), [following]


def _joined(rows: Sequence[list[Cell]]) -> list[Cell]:
    """Rows on top of each other: the lowest that is not blank stands."""
    width = max((len(row) for row in rows), default=0)
    joined: list[Cell] = [""] * width
    for row in rows:
        for place, cell in enumerate(row):
            if not blank_row([cell]):
                joined[place] = cell
    return joined


def _places(cells: Sequence[Cell], names: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = names.get(normal(cell))
        if column is not None:
            found.setdefault(column, place)
    return found


def _titles(cells: Iterable[Cell]) -> tuple[str, ...]:
    return tuple(written(cell).strip() for cell in cells)


def _missing(cells: Sequence[Cell], names: Mapping[str, str], columns: Sequence[Column]) -> Text:
    there = _places(cells, names)
    lacking = [column.names for column in columns if column.required and column.id not in there]
    zh = "、".join(f"“{column[0]}”" for column in lacking)
    en = ", ".join(f"“{column[-1]}”" for column in lacking)
    seen = [
        f"{column_name(place)}“{title[:20]}”" for place, title in enumerate(_titles(cells)) if title
    ]
    found = "、".join(seen[:15]) or "无"
    found_en = ", ".join(seen[:15]) or "none"
    return Text(
        f"缺少列 {zh}。读到的列：{found}。请按模板补上缺少的列，或改正列名。",
        f"missing column {en}. Columns found: {found_en}. Add it as in the template, or mend the "
        "heading.",
    )
