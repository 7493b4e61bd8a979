"""The wording of short texts, and how alike two are.

The wording of a text is its letters and characters in capitals, without blanks and signs, each
number as a single 0: what was bought, whatever the quantity, the year or the serial number. Its
shingles are the pairs of neighbouring signs (of UTF-16 units; a lone sign is a shingle by itself).
Two texts are as alike as the Jaccard measure of their shingles says: those in both, by those in
either. Numbers do not count in it but are told apart in words (`differences`), because a line that
was copied is most often copied with another quantity or another model.

A single text and a million go through the same code, so that they cannot disagree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from dengta.core.bands import distinct
from dengta.core.shapes import Text

__all__ = [
    "Sets",
    "alike_bps",
    "bitmaps",
    "differences",
    "lengths",
    "sets_of",
    "signatures",
    "sketches",
    "wording",
]

_Array = np.ndarray[Any, Any]
_BETWEEN = "\0"
_DROP, _KEEP, _DIGIT, _END = range(4)
_AT_ONCE = 16_384
_BLOCK = 2_048
_HIGH = 0xD800 >> 10
_FEW = 2_048
WORDS = 2
"""64-bit words of a bitmap."""


def _signs() -> tuple[_Array, _Array, _Array]:
    """Of each UTF-16 unit: its kind, what it is compared as, and whether that can only be told from
    the text around it (marks and syllables that join, signs that stand for several, surrogates)."""
    kinds, plain = np.zeros(1 << 16, np.uint8), np.arange(1 << 16).astype(np.uint16)
    woven = np.zeros(1 << 16, np.bool_)
    for unit in range(1, 1 << 16):
        sign = chr(unit)
        alone = unicodedata.normalize("NFKC", sign).upper()
        woven[unit] = (
            len(alone) != 1
            or alone > "\uffff"
            or unicodedata.category(alone)[0] == "M"
            or "\u1100" <= alone <= "\u11ff"
            or "\ud800" <= sign <= "\udfff"
        )
        alone = sign if woven[unit] else alone
        if alone.isdecimal():
            kinds[unit], plain[unit] = _DIGIT, ord("0")
        elif alone.isalnum() or "\ud800" <= sign <= "\udfff":
            kinds[unit], plain[unit] = _KEEP, ord(alone)
    kinds[0] = _END
    return kinds, plain, woven


_KINDS, _PLAIN, _WOVEN = _signs()


class Sets(NamedTuple):
    """Sets of shingles, one behind the other: set n is `flat[starts[n] : starts[n + 1]]`, in
    order."""

    flat: _Array
    starts: _Array

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def sizes(self) -> _Array:
        """How many shingles each set has."""
        return np.diff(self.starts)

    def of(self, row: int) -> _Array:
        """One set."""
        return self.flat[self.starts[row] : self.starts[row + 1]]

    def one(self, row: int) -> Sets:
        """One set by itself."""
        flat = self.of(row)
        return Sets(flat, np.array([0, len(flat)]))

    def chosen(self, rows: _Array) -> Sets:
        """Some of the sets, in the order asked for."""
        begins, sizes = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(sizes)
        places = np.repeat(begins - ends + sizes, sizes) + np.arange(ends[-1] if len(ends) else 0)
        return Sets(self.flat[places], np.concatenate(([0], ends)))


def wording(text: str) -> str:
    """A text as it is compared: 华为 DL380 服务器（12台） is 华为DL0服务器0台."""
    return _units([text])[:-1].tobytes().decode("utf-16-le", "surrogatepass")


def lengths(texts: Sequence[str]) -> list[int]:
    """How many signs the wording of each text has."""
    if not texts:
        return []
    units = _units(texts)
    ends = np.flatnonzero(units == 0)
    counted = np.cumsum((units != 0) & (units >> np.uint16(10) != _HIGH))[ends]
    return [int(one) for one in np.diff(counted, prepend=0)]


def _units(texts: Sequence[str]) -> _Array:
    """The wordings as UTF-16 units, a zero behind each."""
    joined = _BETWEEN.join(texts)
    if joined.count(_BETWEEN) != len(texts) - 1:
        return _units([text.replace(_BETWEEN, "") for text in texts])
    units = _encoded(joined)
    woven = _WOVEN[units]
    if woven.any():
        whose = np.unique(np.cumsum(units == 0)[woven]).tolist()
        texts = list(texts)
        for one in whose:
            texts[one] = unicodedata.normalize("NFKC", texts[one]).upper()
        units = _encoded(_BETWEEN.join(texts))
    kinds = _KINDS[units]
    kept = kinds != _DROP
    units, kinds = _PLAIN[units[kept]], kinds[kept]
    digit = kinds == _DIGIT
    again = digit[1:] & digit[:-1]
    return np.asarray(units[np.concatenate(([True], ~again))])


def _encoded(text: str) -> _Array:
    return np.frombuffer((text + _BETWEEN).encode("utf-16-le", "surrogatepass"), np.uint16)


def sets_of(texts: Sequence[str]) -> Sets:
    """The shingles of each text; none for a text without letters, characters or digits."""
    flat, sizes = [np.empty(0, np.uint32)], [np.zeros(1, np.int64)]
    for at in range(0, len(texts), _AT_ONCE):
        some = texts[at : at + _AT_ONCE]
        units = _units(some).astype(np.uint64)
        end = units == 0
        behind = np.append(units[1:], np.uint64(0))
        fresh = np.concatenate(([True], end[:-1]))
        whole = ~end & ((behind != 0) | fresh)
        owner = (np.cumsum(end) - end).astype(np.uint64)
        found = owner[whole] << 32 | units[whole] << 16 | behind[whole]
        found = distinct(found)
        flat.append(found.astype(np.uint32))
        sizes.append(np.bincount((found >> 32).astype(np.int64), minlength=len(some)))
    return Sets(np.concatenate(flat), np.cumsum(np.concatenate(sizes)))


def alike_bps(one: _Array, other: _Array) -> int:
    """How alike two sets are, in basis points, rounded down; 0 where one is empty."""
    both = len(np.intersect1d(one, other, assume_unique=True))
    either = len(one) + len(other) - both
    return both * 10_000 // either if either else 0


# ---------------------------------------------------------------- what stands for a set


def _mixed(values: _Array) -> _Array:
    """32 bits stirred, one to one (the last steps of MurmurHash3)."""
    mixed = values ^ values >> np.uint32(16)
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return np.asarray(mixed)


def signatures(sets: Sets) -> _Array:
    """64 bits for each set, equal for equal sets; two different ones in 10^19 share them."""
    found = np.zeros(len(sets), np.uint64)
    for at, some in _blocks(sets):
        wide = _mixed(some.flat).astype(np.uint64) << np.uint64(32) | _mixed(~some.flat)
        wide ^= wide >> np.uint64(29)
        wide *= np.uint64(0xBF58476D1CE4E5B9)
        wide ^= wide >> np.uint64(32)
        sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(wide, dtype=np.uint64)))
        found[at : at + len(some)] = np.diff(sums[some.starts])
    return found


def bitmaps(sets: Sets) -> _Array:
    """128 bits for each set, as (word, set): each shingle turns one of them over. Two sets differ
    in at least as many shingles as their bitmaps in bits."""
    found = np.zeros((WORDS, len(sets)), np.uint64)
    for at, some in _blocks(sets):
        mixed = _mixed(some.flat ^ np.uint32(0x9E3779B9))
        bit = np.uint64(1) << (mixed >> np.uint32(26)).astype(np.uint64)
        filled = np.flatnonzero(some.sizes)
        starts = some.starts[filled]
        if len(filled):
            for word in range(WORDS):
                turned = np.where(mixed & np.uint32(WORDS - 1) == word, bit, np.uint64(0))
                found[word, at + filled] = np.bitwise_xor.reduceat(turned, starts)
    return found


def sketches(sets: Sets, bands: int, rows: int) -> _Array:
    """MinHash: for each band and set, the smallest shingles under so many orders, as one key of 64
    bits. No set may be empty."""
    keys = np.zeros((bands, len(sets)), np.uint64)
    seeds = _mixed(np.arange(1, 2 * bands * rows + 1, dtype=np.uint32)).reshape(bands, rows, 2)
    if 0 < len(sets.flat) <= _FEW:
        turns, factors = seeds[..., 0].reshape(-1, 1), seeds[..., 1].reshape(-1, 1) | np.uint32(1)
        mixed = (_mixed(sets.flat)[None] ^ turns) * factors
        least = np.minimum.reduceat(mixed, sets.starts[:-1], axis=1).reshape(bands, rows, -1)
        for row in range(rows):
            keys ^= least[:, row]
            keys *= np.uint64(0xBF58476D1CE4E5B9)
            keys ^= keys >> np.uint64(29)
        return keys
    for at, some in _blocks(sets):
        mixed = _mixed(some.flat)
        for band in range(bands):
            key = keys[band, at : at + len(some)]
            for turn, factor in seeds[band]:
                least = (mixed ^ turn) * (factor | np.uint32(1))
                key ^= np.minimum.reduceat(least, some.starts[:-1])
                key *= np.uint64(0xBF58476D1CE4E5B9)
                key ^= key >> np.uint64(29)
    return keys


def _blocks(sets: Sets) -> Iterator[tuple[int, Sets]]:
    """Some sets at a time, as many as a processor keeps at hand, and which is the first."""
    for at in range(0, len(sets), _BLOCK):
        starts = sets.starts[at : at + _BLOCK + 1]
        yield at, Sets(sets.flat[starts[0] : starts[-1]], starts - starts[0])


# ---------------------------------------------------------------- in words

_TOKEN = re.compile(r"[A-Z0-9]+(?:[-./:][A-Z0-9]+)*")
_UNITS = "台套个件组年月日天次人核块张只条批项份路点户端米吨小时GMKBTWV%"
_SERIAL_LENGTH = 10


@lru_cache(4_096)
def _tokens(text: str) -> tuple[list[str], list[str], list[str]]:
    """The quantities, models and serial numbers written in a text."""
    plain = unicodedata.normalize("NFKC", text).upper()
    kinds: tuple[list[str], list[str], list[str]] = ([], [], [])
    for token in _TOKEN.finditer(plain):
        word = token[0]
        if not any(sign.isdigit() for sign in word):
            continue
        behind = plain[token.end() : token.end() + 1]
        bare = word.replace(".", "").isdigit()
        if len(word) >= _SERIAL_LENGTH:
            kinds[2].append(word)
        elif bare or word.rstrip(_UNITS).replace(".", "").isdigit():
            kinds[0].append(word + (behind if behind and behind in _UNITS else ""))
        else:
            kinds[1].append(word)
    return kinds


def differences(one: str, other: str) -> tuple[Text, ...]:
    """What quantities, models and serial numbers of two texts differ; empty when all are the same.

    It goes by how they are written: digits, perhaps with a measure, are a quantity (or a year),
    letters with digits a model, ten signs or more a serial number.
    """
    words = (Text("数量、年份等数字不同", "numbers differ"), Text("型号不同", "models differ"),
             Text("编号或序列号不同", "serial numbers differ"))  # fmt: skip
    said = []
    for word, ours, theirs in zip(words, _tokens(one), _tokens(other), strict=True):
        if sorted(ours) != sorted(theirs):
            left = [token for token in ours if token not in theirs] or ours
            right = [token for token in theirs if token not in ours] or theirs
            zh = f"{'、'.join(left) or '无'} 与 {'、'.join(right) or '无'}"
            en = f"{', '.join(left) or 'none'} against {', '.join(right) or 'none'}"
            said.append(Text(f"{word.zh}：{zh}", f"{word.en}: {en}"))
    return tuple(said)
