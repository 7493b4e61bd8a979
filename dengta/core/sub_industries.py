"""细分行业: the narrow industries that scenarios and packages are written for. Pure data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dengta.core.sources import Source, Text

__all__ = ["SubIndustry", "sub_industry_of"]


@dataclass(frozen=True, slots=True)
class SubIndustry:
    """One sub-industry: `codes` are prefixes of GB/T 4754 (2 to 4 digits), `chain` the industry
    chain that it belongs to. A `sample` is invented content that shows how it is done."""

    id: str
    name: Text
    codes: tuple[str, ...]
    chain: Text
    source: Source
    sample: bool = False


def sub_industry_of(industries: Iterable[SubIndustry], code: str) -> SubIndustry | None:
    """The sub-industry that an industry code lies in, the longest prefix first; None if in none.

    A code that is shorter than every prefix (a division alone) belongs to none: it could be any.
    """
    digits = code.lstrip("ABCDEFGHIJKLMNOPQRST")
    found = [
        (len(prefix), each) for each in industries for prefix in each.codes
        if digits.startswith(prefix)
    ]  # fmt: skip
    return max(found, key=lambda pair: (pair[0], pair[1].id))[1] if found else None
