"""One TOML file, read with its lines, so that each fault names the line a person has to change.

A `Table` hands out typed values, writes down what is wrong and goes on with a harmless stand-in, so
that one run reports all faults of a file. Nothing here raises for bad input.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dengta.core.places import Place, lines_of
from dengta.core.shapes import Text

INT64 = 2**63 - 1
LARGEST_FILE = 4_000_000
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
STEM = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong at one line of one file, and how to mend it."""

    file: str
    line: int
    message: Text
    mend: Text

    def said(self, language: str) -> str:
        """`file:line: what, and how to mend it` in one language."""
        if language.startswith("en"):
            return f"{self.file}:{self.line}: {self.message.en}; {self.mend.en}"
        return f"{self.file}:{self.line}: {self.message.zh}；{self.mend.zh}"

    def __str__(self) -> str:
        return self.said("zh")

    def as_json(self) -> dict[str, object]:
        """File and line, message and mend in both languages."""
        return {
            "file": self.file,
            "line": self.line,
            "message": self.message._asdict(),
            "mend": self.mend._asdict(),
        }


class FloatText(str):
    """A number with a point, kept as it was written: no float ever enters money or scores."""


class Sheet:
    """One file of a policy. `root` is its table, empty when it cannot be read (`lost`)."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.path, self.name, self.stem = path, plain(str(path)), path.stem
        self.faults = faults
        self.raw = b""
        self.text = ""
        self.lost = False
        self.tables: list[Table] = []
        self._lines: dict[Place, int] | None = None
        self.root = Table(self, (), self._read())

    def line(self, place: Place) -> int:
        """The line of a path, or of the nearest thing around it that the file does hold."""
        if self._lines is None:
            self._lines = lines_of(self.text)
        while place:
            if place in self._lines:
                return self._lines[place]
            place = place[:-1]
        return 1

    def fault(self, line: int, message: Text, mend: Text) -> None:
        """Write a fault down; what a terminal could not show is replaced."""
        self.faults.append(
            Fault(self.name, line, Text(*map(plain, message)), Text(*map(plain, mend)))
        )

    def close(self) -> None:
        """Report the keys that nobody asked for. Call it once, when everything has been read."""
        for table in self.tables:
            table.report_strangers()

    def _lose(self, line: int, message: Text, mend: Text) -> dict[str, object]:
        self.lost = True
        self.fault(line, message, mend)
        return {}

    def _read(self) -> dict[str, object]:
        try:
            # Opening a pipe or a device would wait for ever.
            if not stat.S_ISREG(self.path.stat().st_mode):
                return self._lose(
                    1,
                    Text("这里应当是一个文件", "this should be a file"),
                    Text("请换成 TOML 文件或移走", "replace it by a TOML file or move it away"),
                )
            with self.path.open("rb") as file:
                self.raw = file.read(LARGEST_FILE + 1)
        except (OSError, ValueError) as trouble:
            why = getattr(trouble, "strerror", None) or "?"
            return self._lose(
                1,
                Text(f"文件打不开（{why}）", f"the file cannot be opened ({why})"),
                Text("请核对文件和读取权限", "check the file and the right to read it"),
            )
        if len(self.raw) > LARGEST_FILE:
            return self._lose(
                1,
                Text("文件超过 4 MB", "the file is larger than 4 MB"),
                Text("请分成几个文件", "split it into several files"),
            )
        return self._parse()

    def _parse(self) -> dict[str, object]:
        try:
            # Windows editors put a byte order mark in front; it says nothing.
            self.text = self.raw.decode("utf-8-sig")
            return tomllib.loads(self.text, parse_float=FloatText)
        except UnicodeDecodeError as trouble:
            return self._lose(
                self.raw.count(b"\n", 0, trouble.start) + 1,
                Text("不是 UTF-8 文本", "not UTF-8 text"),
                Text("请另存为 UTF-8", "save the file as UTF-8"),
            )
        except RecursionError:
            return self._lose(
                1,
                Text("括号嵌套过深", "brackets are nested too deeply"),
                Text("请拆开嵌套", "take the nesting apart"),
            )
        except ValueError as trouble:
            return self._lose(*_syntax(str(trouble), self.text))


def _syntax(said: str, text: str) -> tuple[int, Text, Text]:
    """Line, message and mend for a complaint of tomllib."""
    found = re.search(r"\(at line (\d+), column \d+\)", said)
    last = text.count("\n") + 1
    line = int(found.group(1)) if found else last if "end of document" in said else 1
    what = re.sub(r"\s*\(at .*\)$", "", said)
    if what.startswith("Exceeds the limit"):
        longest = re.search(r"[0-9_]{4300,}", text)
        return (
            text.count("\n", 0, longest.start()) + 1 if longest else 1,
            Text("整数的位数太多", "an integer has too many digits"),
            Text("请写 64 位以内的整数", "write integers of at most 64 bits"),
        )
    twice = re.match(r"Cannot (?:declare|overwrite)", what)
    if twice:
        return (
            line,
            Text(f"同一个名称写了两次（{what}）", f"the same name is written twice ({what})"),
            Text("请删去其中一处或改名", "remove or rename one of them"),
        )
    return (
        line,
        Text(f"TOML 语法不对（{what}）", f"not valid TOML ({what})"),
        Text("请检查引号、括号和等号", "check the quotes, brackets and equals signs"),
    )


def plain(text: str) -> str:
    """The text without control characters or halves of characters, fit for any terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def shown(value: object) -> str:
    """A value as a fault shows it: short, on one line, never an error itself."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) <= INT64 else "超过 64 位的整数 (beyond 64 bits)"
    if isinstance(value, list):
        return f"[…]×{len(value)}"
    if isinstance(value, dict):
        return "{…}"
    text = str(value) if isinstance(value, (FloatText, dt.date, dt.time)) else f'"{value}"'
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:39] + "…"


def nearest(word: str, known: Sequence[str]) -> Text:
    """The mend for an unknown name: the one probably meant, else some of those there are."""
    close = difflib.get_close_matches(word, known, n=1)
    if close:
        return Text(f"是否应为 {close[0]}", f"did you mean {close[0]}")
    if not known:
        return Text("请先定义它", "define it first")
    few = "、".join(known[:8]) + ("……" if len(known) > 8 else "")
    few_en = ", ".join(known[:8]) + (", ..." if len(known) > 8 else "")
    return Text(f"请改为已有的名称：{few}", f"use one that exists: {few_en}")


class Table:
    """One table of a sheet. A getter returns a value of its type, or writes a fault and stands in.

    `sound` turns false with the first fault, so that sums over several tables can be left out when
    one of them is already known to be wrong.
    """

    def __init__(self, sheet: Sheet, path: Place, data: Mapping[str, object]) -> None:
        self.sheet, self.path, self.data = sheet, path, data
        self.asked: dict[str, None] = {}
        self.sound = True
        self._rows: dict[str, list[Table]] = {}
        self._inner: dict[str, Table] = {}
        sheet.tables.append(self)

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def line(self, *place: str | int) -> int:
        """The line of a key below this table (or of the table itself)."""
        return self.sheet.line((*self.path, *place))

    def fault(self, place: str | Place, message: Text, mend: Text, down: int = 0) -> None:
        """Write a fault down at a key (or a path) of this table, `down` lines into its text."""
        self.sound = False
        steps = (place,) if isinstance(place, str) else place
        self.sheet.fault(self.line(*steps) + down, message, mend)

    def raw(self, key: str) -> object:
        """The value as TOML gave it, None when absent."""
        self.asked[key] = None
        return self.data.get(key)

    def names(self) -> list[str]:
        """The keys, where the keys themselves are ids; nothing is strange then."""
        self.asked.update(dict.fromkeys(self.data))
        return list(self.data)

    def missing(self, key: str, example: str) -> None:
        """A key that must be there is not."""
        self.fault(
            (),
            Text(f"缺少 {key}", f"{key} is missing"),
            Text(f"请补一行 {example}", f"add a line {example}"),
        )

    def wrong(self, place: str | Place, kind: Text, value: object, example: str) -> None:
        """A value of another type than the key takes."""
        key = place if isinstance(place, str) else ".".join(str(step) for step in place)
        mend = Text(f"请写成 {example}", f"write {example}")
        if isinstance(value, FloatText):
            mend = Text(
                "请改为整数：金额以分、比率以基点（1% = 100）、权重以百分数计",
                "write an integer: money in fen, rates in basis points, weights in per cent",
            )
        message = Text(
            f"{key} 应为{kind.zh}，现为 {shown(value)}",
            f"{key} must be {kind.en}, not {shown(value)}",
        )
        self.fault(place, message, mend)

    def word(
        self, key: str, default: str | None = None, pattern: re.Pattern[str] | None = None
    ) -> str:
        """A text that is not blank; `pattern` if it is an id or a code."""
        value = self.raw(key)
        example = f'{key} = "…"'
        if value is None:
            if default is None:
                self.missing(key, example)
            return default or ""
        if type(value) is not str or not value.strip():
            self.wrong(key, Text("非空文字", "a text that is not blank"), value, example)
            return ""
        if _CONTROL.search(value):
            self.fault(
                key,
                Text(f"{key} 里有控制字符", f"{key} holds control characters"),
                Text("请删去，只留文字和换行", "remove them; keep text and line ends"),
            )
            return ""
        if pattern is not None and not pattern.fullmatch(value):
            self.fault(
                key,
                Text(f"{key} 的写法不对：{shown(value)}", f"{key} is badly formed: {shown(value)}"),
                Text(f"应符合 {pattern.pattern}", f"it must match {pattern.pattern}"),
            )
            return ""
        return value

    def text(self, key: str, required: bool = True) -> Text:
        """A text in both languages, `key` and `key_en`; one without the other is a fault."""
        english = key + "_en"
        self.asked[english] = None
        if not required and key not in self.data and english not in self.data:
            self.asked[key] = None
            return Text("", "")
        return Text(self.word(key), self.word(english))

    def texts(self, key: str) -> tuple[Text, ...]:
        """Two lists of texts of the same length, `key` and `key_en`."""
        chinese, english = self.words(key), self.words(key + "_en")
        if len(chinese) != len(english) and self.sound:
            self.fault(
                key + "_en",
                Text(
                    f"{key} 有 {len(chinese)} 条，{key}_en 有 {len(english)} 条",
                    f"{key} has {len(chinese)} entries and {key}_en has {len(english)}",
                ),
                Text("请使两者一一对应", "give each entry its counterpart"),
            )
        return tuple(Text(zh, en) for zh, en in zip(chinese, english, strict=False))

    def words(self, key: str) -> tuple[str, ...]:
        """A list of at least one text."""
        value = self.raw(key)
        example = f'{key} = ["…", "…"]'
        kind = Text("文字列表", "a list of texts")
        if value is None:
            self.missing(key, example)
            return ()
        if type(value) is not list or not value:
            self.wrong(key, kind, value, example)
            return ()
        for index, element in enumerate(value):
            if type(element) is not str or not element.strip():
                self.wrong(
                    (key, index), Text("非空文字", "a text that is not blank"), element, '"…"'
                )
                return ()
        return tuple(value)

    def integer(self, key: str, low: int = 0, high: int = INT64, default: int | None = None) -> int:
        """An integer within bounds, both included."""
        if default is not None and key not in self.data:
            self.asked[key] = None
            return default
        return self.counted(key, self.raw(key), low, high)

    def maybe(self, key: str, low: int = 0, high: int = INT64) -> int | None:
        """An integer within bounds, or None when the key is absent."""
        value = self.raw(key)
        return None if value is None else self.counted(key, value, low, high)

    def counted(self, place: str | Place, value: object, low: int, high: int) -> int:
        """Hold one value to be an integer within bounds; the lower bound stands in for it."""
        key = place if isinstance(place, str) else ".".join(str(step) for step in place)
        if value is None:
            self.missing(key, f"{key} = {max(low, 1)}")
        elif type(value) is not int:
            self.wrong(place, Text("整数", "an integer"), value, f"{key} = {max(low, 1)}")
        elif not low <= value <= high:
            self.fault(
                place,
                Text(f"{key} 超出范围：{shown(value)}", f"{key} is out of range: {shown(value)}"),
                Text(f"应在 {low} 至 {high} 之间", f"it must lie between {low} and {high}"),
            )
        else:
            return value
        return low

    def integers(self, key: str, count: int) -> tuple[int, ...]:
        """A list of exactly `count` integers, none negative; empty after a fault."""
        value = self.raw(key)
        if type(value) is not list or len(value) != count:
            example = f"{key} = [{', '.join('1' * count)}]"
            self.wrong(key, Text(f" {count} 个整数", f"{count} integers"), value, example)
            return ()
        found = tuple(self.counted((key, i), each, 0, INT64) for i, each in enumerate(value))
        return found if self.sound else ()

    def flag(self, key: str, default: bool | None = False) -> bool:
        """true or false; `default=None` when it must be said."""
        value = self.raw(key)
        if value is None and default is None:
            self.missing(key, f"{key} = true")
        elif value is not None and type(value) is not bool:
            self.wrong(key, Text(" true 或 false", "true or false"), value, f"{key} = true")
        elif value is not None:
            return bool(value)
        return bool(default)

    def day(self, key: str) -> dt.date | None:
        """A date, or None when the key is absent."""
        value = self.raw(key)
        if value is None or type(value) is dt.date:
            return value
        self.wrong(key, Text("日期", "a date"), value, f"{key} = 2026-01-31")
        return None

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One word of a closed list; empty after a fault."""
        value = self.word(key, default)
        if value and value not in allowed:
            every = "、".join(allowed)
            self.fault(
                key,
                Text(f"{key} 不能是 {shown(value)}", f"{key} cannot be {shown(value)}"),
                Text(f"请从中选一个：{every}", f"choose one of: {', '.join(allowed)}"),
            )
            return ""
        return value

    def table(self, key: str, required: bool = False) -> Table | None:
        """A table below this one."""
        value = self.raw(key)
        if key in self._inner:
            return self._inner[key]
        if value is None:
            if required:
                self.missing(key, f"{key} = {{ … }}")
            return None
        if not isinstance(value, dict):
            self.wrong(key, Text("表", "a table"), value, f"[{key}]")
            return None
        return self._inner.setdefault(key, Table(self.sheet, (*self.path, key), value))

    def rows(self, key: str) -> list[Table]:
        """An array of tables, the same objects each time; what is no table in it is left out."""
        value = self.raw(key)
        if key in self._rows or value is None:
            return self._rows.setdefault(key, [])
        rows = self._rows[key] = []
        if not isinstance(value, list):
            self.wrong(key, Text("表的列表", "an array of tables"), value, f"[[{key}]]")
            return rows
        for index, element in enumerate(value):
            if isinstance(element, dict):
                rows.append(Table(self.sheet, (*self.path, key, index), element))
            else:
                self.wrong((key, index), Text("表", "a table"), element, f"[[{key}]]")
        return rows

    def report_strangers(self) -> None:
        """Fault each key that nobody asked for, naming the one that was probably meant."""
        for key in self.data:
            if key not in self.asked:
                self.fault(
                    key,
                    Text(f"不认识的键 {shown(key)}", f"unknown key {shown(key)}"),
                    nearest(key, list(self.asked)),
                )
