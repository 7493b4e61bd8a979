"""Tables of enterprises from files: CSV or Parquet, typed by the vocabulary of facts, with every
misfit named.

One row per enterprise, one column per fact. An empty cell is unknown. Codes stay text. A set fact
is one text column (`srdi|hightech`, `none` for the empty set) or one yes/no column for each element
(`titles__srdi`). A row with a misfit is left out and reported; the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from dengta.core.codes import size_class
from dengta.core.facts import FactError, code_pattern, fact_value
from dengta.core.shapes import Fact, Policy, Text

MOST_FAULTS = 10_000
"""So many misfits are described; all are counted."""

_TRUTH = {
    "true": True, "1": True, "yes": True, "是": True,
    "false": False, "0": False, "no": False, "否": False,
}  # fmt: skip
_EMPTY_SET = ("none", "无")
_NUMERIC = ("integer", "fen", "bps")
_DTYPES: dict[str, Any] = {"bool": pl.Boolean, "date": pl.Date, "text": pl.String}


class TableError(ValueError):
    """A file that is no table of facts as a whole; the message names file, column and mend."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.zh)
        self.message = message


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that cannot be the fact of its column. Rows count as a spreadsheet shows them (a CSV's
    header is 1)."""

    row: int
    column: str
    value: str
    message: Text
    mend: Text


@dataclass(frozen=True, slots=True)
class Intake:
    """A file as read: sound rows typed (with their number as `row`), the misfits, and columns that
    are no facts."""

    frame: pl.DataFrame
    rows: int
    faulty_rows: int
    fault_count: int
    faults: tuple[CellFault, ...]
    unused: tuple[str, ...]


def read_table(path: Path, policy: Policy) -> Intake:
    """Read `.csv` (UTF-8) or `.parquet`. TableError if the file as a whole cannot be read."""
    raw, first = _load(path)
    facts = policy.facts
    cells: dict[str, pl.Series] = {}
    bad: list[tuple[str, Fact, pl.Series, pl.Series]] = []
    unused: list[str] = []
    for name in raw.columns:
        base, _, element = name.partition("__")
        fact = facts.get(name) or (facts.get(base) if element else None)
        if fact is None or (element and element not in fact.values):
            unused.append(name)
            continue
        for column, series, misfit in _column(path, name, element, fact, raw[name]):
            cells[column] = series
            if misfit is not None and misfit.any():
                bad.append((name, fact, raw[name], misfit))
    if not cells:
        raise TableError(_no_facts(path, unused))
    numbers = pl.int_range(first, first + raw.height, eager=True, dtype=pl.Int64)
    frame = pl.DataFrame({"row": numbers, **cells})
    spoilt = _any(raw.height, (misfit for *_, misfit in bad))
    faults = tuple(_describe(bad, first))
    count = sum(int(misfit.sum()) for *_, misfit in bad)
    frame = _encoded(policy, _with_sizes(policy, frame.filter(~spoilt)))
    return Intake(frame, raw.height, int(spoilt.sum()), count, faults, tuple(unused))


def _load(path: Path) -> tuple[pl.DataFrame, int]:
    """The file's columns as they are, and the number of its first row."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            with path.open("rb") as file:
                return pl.read_parquet(file), 1
        with path.open("rb") as file:
            text = file.read()
        text.decode("utf-8-sig")
        head = pl.read_csv(text, has_header=False, n_rows=1, infer_schema=False).row(0)
        twice = sorted({str(name) for name in head if head.count(name) > 1})
        if twice:
            raise _unreadable(path, f"列名重复：{'、'.join(twice)}", f"columns twice: {twice}")
        return pl.read_csv(text, infer_schema=False, null_values=[""]), 2
    except OSError as fault:
        why = fault.strerror or "I/O"
        raise TableError(
            Text(
                f"{path}：打不开（{why}）。请核对文件名后重试。",
                f"{path}: cannot be opened ({why}). Check the name and try again.",
            )
        ) from fault
    except UnicodeDecodeError as fault:
        raise _unreadable(path, "不是 UTF-8 编码", "not in UTF-8") from fault
    except pl.exceptions.PolarsError as fault:
        why = " ".join(str(fault).split())[:100]
        raise _unreadable(path, why, why) from fault


def _unreadable(path: Path, zh: str, en: str) -> TableError:
    return TableError(
        Text(
            f"{path}：不是完整的表格（{zh}）。CSV 请另存为 UTF-8，第一行为列名，各行列数一致。",
            f"{path}: not a sound table ({en}). Save CSV as UTF-8, with a first row of "
            "column names and all rows of one length.",
        )
    )


def _no_facts(path: Path, unused: list[str]) -> Text:
    shown = "、".join(unused[:8])
    return Text(
        f"{path}：没有一列是事实（现有：{shown}）。列名请用事实的标识，如 employees。",
        f"{path}: no column is a fact (found: {shown}). Name columns by facts, such as employees.",
    )


def _any(height: int, masks: Iterable[pl.Series]) -> pl.Series:
    spoilt = pl.repeat(False, height, eager=True)
    for mask in masks:
        spoilt |= mask
    return spoilt


Typed = tuple[str, pl.Series, pl.Series | None]
"""A column's name, its typed cells, and which cells do not fit."""


def _column(path: Path, name: str, element: str, fact: Fact, raw: pl.Series) -> Iterator[Typed]:
    """A file's column as the columns of its fact. TableError for a type that cannot hold it."""
    if raw.dtype == pl.Null:
        raw = raw.cast(pl.String)
    if isinstance(raw.dtype, pl.Categorical | pl.Enum):
        raw = raw.cast(pl.String)
    if element:
        yield (name, *_cells(path, name, "bool", raw))
    elif fact.type == "set":
        yield from _elements(path, fact, raw)
    else:
        series, misfit = _cells(path, name, fact.type, raw)
        yield name, series, misfit | _outside(fact, series)


def _cells(path: Path, name: str, kind: str, raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Typed cells, and which of the given ones could not be read."""
    if raw.dtype == pl.String:
        text = raw.str.strip_chars()
        text = text.set(text == "", None)
        series = _from_text(kind, text)
        return series, (text.is_not_null() & series.is_null())
    fits = {"bool": raw.dtype == pl.Boolean, "date": raw.dtype == pl.Date, "text": False}
    if not fits.get(kind, raw.dtype.is_integer()):
        wanted = {"text": "string", "bool": "boolean", "date": "date"}.get(kind, "int64")
        raise TableError(
            Text(
                f"{path}：列 {name} 的类型是 {raw.dtype}，应为 {wanted}。"
                "代码存为文本，金额存为以分计的整数，日期不带时间。",
                f"{path}: column {name} is {raw.dtype} and should be {wanted}. "
                "Store codes as text, money as whole fen, dates without time.",
            )
        )
    series = raw.cast(_DTYPES.get(kind, pl.Int64), strict=False)
    return series, (raw.is_not_null() & series.is_null())


def _from_text(kind: str, text: pl.Series) -> pl.Series:
    """Cells of a text column; what cannot be read becomes null."""
    if kind == "bool":
        return text.str.to_lowercase().replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean)
    if kind == "date":
        whole = text.set(~text.str.contains(r"^\d{4}-\d{2}-\d{2}$").fill_null(True), None)
        return whole.str.to_date("%Y-%m-%d", strict=False)
    if kind in _NUMERIC:
        whole = text.set(~text.str.contains(r"^[+-]?[0-9]{1,19}$").fill_null(True), None)
        return whole.cast(pl.Int64, strict=False)
    return text


def _outside(fact: Fact, series: pl.Series) -> pl.Series:
    """Which cells are of the fact's type but not among what it may be."""
    out = pl.repeat(False, series.len(), eager=True)
    if fact.low is not None:
        out |= (series < fact.low).fill_null(False)
    if fact.high is not None:
        out |= (series > fact.high).fill_null(False)
    if fact.type == "text" and fact.values:
        out |= ~series.is_in(list(fact.values)).fill_null(True)
    if fact.type == "text" and fact.codes:
        out |= ~series.str.contains(f"^(?:{code_pattern(fact)})$").fill_null(True)
    return out


def _elements(path: Path, fact: Fact, raw: pl.Series) -> Iterator[Typed]:
    """A text column `a|b` (or a list column) as one yes/no column for each element."""
    if raw.dtype == pl.String:
        text = raw.str.strip_chars()
        text = text.set(text == "", None)
        lists = text.set(text.is_in(_EMPTY_SET), "").str.split("|")
        lists = lists.list.eval(pl.element().str.strip_chars().filter(pl.element() != ""))
    elif raw.dtype == pl.List(pl.String):
        lists = raw
    else:
        _cells(path, fact.id, "text", raw)
        raise AssertionError("a set column is text or a list of texts")
    strange = lists.list.eval(~pl.element().is_in(list(fact.values))).list.any()
    misfit: pl.Series | None = strange.fill_null(False)
    for element in fact.values:
        yield f"{fact.id}__{element}", lists.list.contains(element), misfit
        misfit = None


def _describe(bad: list[tuple[str, Fact, pl.Series, pl.Series]], first: int) -> Iterator[CellFault]:
    """The misfits in words, in the order of the rows, at most MOST_FAULTS."""
    places = sorted(
        (at, order)
        for order, (*_, misfit) in enumerate(bad)
        for at in misfit.arg_true().head(MOST_FAULTS).to_list()
    )
    for at, order in places[:MOST_FAULTS]:
        name, fact, raw, _ = bad[order]
        value = raw[at]
        try:
            fact_value(fact, _asked(fact, name, value))
        except FactError as error:
            message, mend = error.message, error.mend
        else:
            message = Text("不是这个事实的值", "not a value of this fact")
            mend = Text("请填 true 或 false", "give true or false")
        yield CellFault(first + at, name, str(value), message, mend)


def _asked(fact: Fact, name: str, value: Any) -> object:
    """A cell as the fact's reader would be given it, to have the misfit described."""
    if isinstance(value, pl.Series):
        return value.to_list()
    if fact.type == "set" and name == fact.id:
        return [part.strip() for part in str(value).split("|")]
    if fact.type in _NUMERIC and isinstance(value, str):
        text = value.strip()
        return int(text) if text.removeprefix("-").isdecimal() and len(text) < 25 else value
    return value


def _encoded(policy: Policy, frame: pl.DataFrame) -> pl.DataFrame:
    """Choices and codes as dictionaries: a clause then tests each choice once, not each row."""
    facts = (fact for fact in policy.facts.values() if fact.values or fact.codes)
    names = [f.id for f in facts if f.type == "text" and f.id in frame.columns]
    return frame.with_columns(pl.col(names).cast(pl.Categorical)) if names else frame


def _with_sizes(policy: Policy, frame: pl.DataFrame) -> pl.DataFrame:
    """Size classes where none is given. Rows alike in industry and between the same bounds share
    one answer."""
    if "size_class" not in policy.facts or "industry_code" not in frame.columns:
        return frame
    indicators = [n for n in ("employees", "revenue_fen", "assets_fen") if n in frame.columns]
    bands = [_band(policy, name) for name in indicators]
    keyed = frame.with_columns(bands)
    keys = ["industry_code", *(f"{name}__band" for name in indicators)]
    found = keyed.unique(keys, keep="first").select([*keys, *indicators])
    sizes = [size_class(policy, row).size_class for row in found.iter_rows(named=True)]
    found = found.select(keys).with_columns(pl.Series("size__found", sizes, pl.String))
    keyed = keyed.join(found, on=keys, how="left", nulls_equal=True, maintain_order="left")
    given = pl.col("size_class") if "size_class" in frame.columns else pl.lit(None, pl.String)
    sized = keyed.with_columns(pl.coalesce(given, pl.col("size__found")).alias("size_class"))
    return sized.drop([*keys[1:], "size__found"])


def _band(policy: Policy, name: str) -> pl.Expr:
    """Between which of all bounds of the size table an indicator lies: how many it reaches, null if
    unknown."""
    limits = sorted({bound for row in policy.size_rows for bound in row.bounds.get(name, ())})
    reached = [(pl.col(name) >= limit).cast(pl.Int16) for limit in limits]
    return pl.sum_horizontal(reached, ignore_nulls=False).alias(f"{name}__band")
