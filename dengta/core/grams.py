"""Search that is exact for Chinese, whatever the length of a word: texts as signs and words, the
terms they are found by, and packed lists of where each term occurs. Pure.

A text is read as tokens. A Chinese sign (also kana and hangul) is a token by itself; letters and
digits that stand together are one (`MES`, `5g`). Width, case and composition make no difference.
Anything else separates. A query is the words between its separators; a text contains a word when
the word's tokens stand in it one after the other with nothing between. So 设备 finds 设备管理 and
数控设备, 5G工厂 finds 建成5G工厂, and `ERP` does not find `interpreter`.

Terms are the single tokens and the pairs of neighbours. A word of one or two tokens is one term; a
longer one is several, and where they occur shows whether they stand together. Occurrences are
sorted arrays of 32 bits: 14 of the entry within its block, 2 of the field, 16 of the place.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

__all__ = [
    "BLOCK",
    "FIELDS",
    "Occurrences",
    "contains",
    "found_in",
    "normal",
    "occurrences",
    "pieces",
    "terms_of",
    "tokens",
    "words",
]

Occurrences = np.ndarray[Any, np.dtype[np.uint32]]
"""Where a term occurs, sorted: `entry << 18 | field << 16 | place`."""

BLOCK = 1 << 14
"""How many entries one block holds."""
FIELDS = 4
"""How many fields of an entry are told apart."""
PLACES = 1 << 16
FIELD_BITS, ENTRY_BITS = 16, 18
LONGEST = 64
"""Tokens longer than this stand in the index as their SHA-256."""

_SIGN = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_TOKEN = re.compile(f"[{_SIGN}]|(?:(?![{_SIGN}_])\\w)+")
_PLAIN = re.compile(r"[\x00-\x7f\u3000-\u303f\u4e00-\u9fff]*")
_WIDE_SPACE = str.maketrans({"\u3000": " "})


def normal(text: str) -> str:
    """A text without differences of width, case and composition."""
    if _PLAIN.fullmatch(text):
        return text.translate(_WIDE_SPACE).casefold()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return unicodedata.normalize("NFKC", folded)


def tokens(text: str) -> list[tuple[str, int]]:
    """The tokens of a text with their places. Places follow each other (+1) where nothing stands
    between two tokens; a separator takes one place of its own. What lies beyond the last place
    (65,000 tokens) is left out."""
    found: list[tuple[str, int]] = []
    place, end = 0, 0
    for match in _TOKEN.finditer(normal(text)):
        if match.start() > end:
            place += 1
        if place >= PLACES - LONGEST:
            break
        found.append((match.group(), place))
        place, end = place + 1, match.end()
    return found


def words(query: str) -> list[tuple[str, ...]]:
    """The words of a query, each as its tokens; the same word once, in the order written."""
    found: dict[tuple[str, ...], None] = {}
    run: list[str] = []
    last = -2
    for token, place in tokens(query):
        if place != last + 1 and run:
            found[tuple(run)] = None
            run = []
        run.append(token)
        last = place
    if run:
        found[tuple(run)] = None
    return list(found)


def contains(text: str, query: str) -> bool:
    """Whether a text contains every word of a query: what a search finds, by definition."""
    stands = tokens(text)
    signs = [token for token, _ in stands]
    places = [place for _, place in stands]

    def has(word: tuple[str, ...]) -> bool:
        size = len(word)
        return any(
            tuple(signs[at : at + size]) == word and places[at + size - 1] - places[at] == size - 1
            for at in range(len(signs) - size + 1)
        )

    return all(has(word) for word in words(query))


def _term(token: str, following: str = "") -> str:
    term = token + following
    if len(term) > LONGEST:
        # No token holds "#", so that no text can stand for the digest of another. Of a pair each
        # half counts by itself: where one ends belongs to what it is.
        whole = f"{len(token)}:{term}"
        return "#" + hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:48]
    return term


def pieces(word: Sequence[str]) -> list[tuple[int, str]]:
    """The terms that a word is looked up by, each with how far it stands from the word's first
    token. One for one or two tokens; pairs that cover the word for more."""
    if len(word) == 1:
        return [(0, _term(word[0]))]
    starts = [*range(0, len(word) - 1, 2)]
    if len(word) % 2:
        starts.append(len(word) - 2)
    return [(at, _term(word[at], word[at + 1])) for at in starts]


def occurrences(entry: int, fields: Sequence[str]) -> dict[str, list[int]]:
    """Where each term of an entry occurs, packed and sorted. `entry` is its number within its
    block, `fields` its texts, the weightiest first. A single token counts once in each field, at
    its first place; a pair wherever it stands.

    ValueError for a number that no block holds or for more fields than are told apart.
    """
    if not 0 <= entry < BLOCK or len(fields) > FIELDS:
        raise ValueError(f"entry {entry}, {len(fields)} fields")
    found: dict[str, list[int]] = {}
    for number, text in enumerate(fields):
        base = entry << ENTRY_BITS | number << FIELD_BITS
        before, last = "", -2
        seen: set[str] = set()
        for token, place in tokens(text):
            if token not in seen:
                seen.add(token)
                found.setdefault(_term(token), []).append(base | place)
            if place == last + 1:
                found.setdefault(_term(before, token), []).append(base | last)
            before, last = token, place
    return {term: sorted(set(places)) for term, places in found.items()}


def terms_of(query: str) -> set[str]:
    """All terms that a query needs to be looked up."""
    return {term for word in words(query) for _, term in pieces(word)}


def found_in(word: Sequence[str], lists: Mapping[str, Occurrences]) -> Occurrences:
    """Where a word begins in the entries of one block, sorted, from the lists of its terms (an
    absent list is empty). Terms that do not stand together are not the word and are left out."""
    begins: Occurrences | None = None
    asked = [(at, lists.get(term)) for at, term in pieces(word)]
    if any(found is None or not len(found) for _, found in asked):
        return np.empty(0, np.uint32)
    # The rarest first: what is left after it is all that the others are asked about.
    for at, found in sorted(asked, key=lambda pair: len(pair[1])):  # type: ignore[arg-type]
        assert found is not None
        if begins is None:
            # A place below `at` would turn into another field's: no word can begin before its text.
            begins = found if not at else found[found & np.uint32(PLACES - 1) >= at] - np.uint32(at)
            continue
        wanted = begins + np.uint32(at)
        where = np.searchsorted(found, wanted)
        where[where == len(found)] = 0
        begins = begins[found[where] == wanted]
        if not len(begins):
            break
    assert begins is not None
    return begins


def merged(lists: Iterable[Occurrences]) -> Occurrences:
    """Several lists of different entries as one."""
    whole = np.concatenate([np.empty(0, np.uint32), *lists])
    whole.sort()
    return whole


def without(found: Occurrences, entries: Iterable[int]) -> Occurrences:
    """A list less what it says of some entries."""
    gone = np.fromiter(entries, np.uint32)
    return found[~np.isin(found >> np.uint32(ENTRY_BITS), gone)]
