"""What every record of a policy is made of: a text in two languages, a source, a period."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, NamedTuple

Confidence = Literal["found", "recalled-high", "recalled-medium", "recalled-low", "default"]


class Text(NamedTuple):
    """One text in both languages; `zh` is the official one."""

    zh: str
    en: str

    def said(self, language: str) -> str:
        """The text for a language code such as `zh-hans` or `en`."""
        return self.en if language.startswith("en") else self.zh


@dataclass(frozen=True, slots=True)
class Source:
    """Where a number or a rule comes from, and how far that is confirmed."""

    document: str
    number: str = ""
    item: str = ""
    date: dt.date | None = None
    confidence: Confidence = "default"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """From one day to another, both included; None means open on that side."""

    start: dt.date | None = None
    end: dt.date | None = None

    def holds(self, day: dt.date) -> bool:
        """Whether `day` lies within."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)
