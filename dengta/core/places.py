"""Where each key of a TOML file stands.

tomllib says what a file holds but not where. `lines_of` walks a text that tomllib has accepted and
notes the line of each key, table and array element; it may trust the text to be well formed.
"""

from __future__ import annotations

import bisect
import contextlib
import re
import tomllib

Place = tuple[str | int, ...]

_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]+")
_STRINGS = (
    re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*"""(?:"{0,2})', re.DOTALL),
    re.compile(r"'''(?:[^']|'(?!''))*'''(?:'{0,2})"),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


class _Walk:
    """One pass over a valid TOML text; `lines` maps the path of each key or element to its line."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.ends = [m.start() for m in re.finditer("\n", text)]
        self.lines: dict[Place, int] = {}
        self.counts: dict[Place, int] = {}

    def here(self) -> int:
        """The line of the present position."""
        return bisect.bisect_left(self.ends, self.at) + 1

    def gap(self) -> str:
        """Skip blanks, newlines and comments; the next character, empty at the end."""
        found = _GAP.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def key(self) -> list[str]:
        """A dotted key."""
        parts: list[str] = []
        while True:
            self.gap()
            found = _BARE.match(self.text, self.at)
            if found:
                self.at = found.end()
                parts.append(found.group())
            else:
                parts.append(str(tomllib.loads("k = " + self.quoted())["k"]))
            if self.gap() != ".":
                return parts
            self.at += 1

    def quoted(self) -> str:
        """A quoted string of any of the four kinds, with its quotes."""
        for pattern in _STRINGS:
            found = pattern.match(self.text, self.at)
            if found:
                self.at = found.end()
                return found.group()
        raise ValueError(f"no string at {self.at}")

    def document(self) -> None:
        """Walk all statements."""
        base: Place = ()
        while sign := self.gap():
            line = self.here()
            if sign != "[":
                self.pair(base)
                continue
            many = self.text.startswith("[[", self.at)
            self.at += 2 if many else 1
            base = self.heading(self.key(), many, line)
            self.gap()
            self.at += 2 if many else 1

    def heading(self, parts: list[str], many: bool, line: int) -> Place:
        """The path that a `[table]` or `[[array of tables]]` heading stands for."""
        path: Place = ()
        for part in parts[:-1]:
            path = (*path, part)
            self.lines.setdefault(path, line)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
        path = (*path, parts[-1])
        if not many:
            self.lines[path] = line
            return path
        self.lines.setdefault(path, line)
        self.counts[path] = self.counts.get(path, 0) + 1
        path = (*path, self.counts[path] - 1)
        self.lines[path] = line
        return path

    def pair(self, base: Place) -> None:
        """`key = value` below `base`."""
        line, path = self.here(), base
        for part in self.key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self.at += 1
        self.value(path)

    def value(self, path: Place) -> None:
        """One value; arrays and inline tables note what they hold."""
        sign = self.gap()
        if sign == "[":
            self.inside(path, "]")
        elif sign == "{":
            self.inside(path, "}")
        elif sign in ('"', "'"):
            line = self.here()
            whole = self.quoted()
            # A text that begins after its opening line: clauses count their own lines from there.
            if whole[:4] in ('"""\n', "'''\n") or whole[:5] in ('"""\r\n', "'''\r\n"):
                line += 1
            self.lines[(*path, "")] = line
        else:
            found = _SCALAR.match(self.text, self.at)
            if not found:
                raise ValueError(f"no value at {self.at}")
            self.at = found.end()

    def inside(self, path: Place, closing: str) -> None:
        """The elements of an array or the pairs of an inline table."""
        self.at += 1
        index = 0
        while (sign := self.gap()) != closing:
            if not sign:
                raise ValueError("text ends within brackets")
            if sign == ",":
                self.at += 1
            elif closing == "}":
                self.pair(path)
            else:
                self.lines[(*path, index)] = self.here()
                self.value((*path, index))
                index += 1
        self.at += 1


def lines_of(text: str) -> dict[Place, int]:
    """The line of every key, table and element of a TOML text that tomllib accepts.

    A path is made of keys and list indexes, `("clause", 0, "when")`; a text value also has
    `(*path, "")`, the line on which its content begins. Lines count from 1. Should the walk lose
    its way, what was found so far is returned.
    """
    walk = _Walk(text)
    with contextlib.suppress(ValueError, RecursionError):
        walk.document()
    return walk.lines
