"""特征码: numbers by which a claim is found in a table, 64 bits each.

Two claims are held against each other when they have a sign in common: for an entry of the
register, for a claimant, for a wording or a picture that is the very same, and for each band of a
wording or a picture, so that what is near the same is met as in `core.screening`. Beside a sign
stand a mark and a size, by which most that only seem near are turned away without reading the
claim: of a wording 64 bits, each turned over by some of its shingles, and how many shingles it has;
of a picture its print.

Signs of other rules are other numbers: `scheme` says which rules some signs were written by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from dengta.core.claim_keys import invoice_of
from dengta.core.claims import Claim, Key, Rules
from dengta.core.near_text import plan
from dengta.core.pictures import BITS, bands_of, bits_of
from dengta.core.shingles import Sets, bitmaps, sets_of, signatures, sketches

__all__ = ["ALL", "Looks", "Row", "Sought", "Worded", "named_sign", "scheme", "signs_of", "sought"]

_Array = np.ndarray[Any, Any]
ALL = (1 << 64) - 1
"""64 bits; a mark with a sign before it is taken for what they say without it."""
_STIR = 0xBF58476D1CE4E5B9


class Row(NamedTuple):
    """One sign of a claim with what stands beside it, each within 64 bits with a sign."""

    sign: int
    mark: int
    size: int


class Worded(NamedTuple):
    """A text that is looked for: the sign of its wording, and of its bands."""

    text: str
    exact: int
    bands: tuple[int, ...]
    mark: int
    size: int

    def sizes(self, least_bps: int) -> tuple[int, int]:
        """The least and the most shingles of a wording that may be alike enough."""
        return -(-self.size * least_bps // 10_000), self.size * 10_000 // least_bps

    def may_be_near(self, mark: int, size: int, least_bps: int) -> bool:
        """Whether a wording of such mark and size may be alike enough (see `near_text`)."""
        differ = max(((self.mark ^ mark) & ALL).bit_count(), abs(self.size - size))
        return differ * (10_000 + least_bps) <= (self.size + size) * (10_000 - least_bps)


class Looks(NamedTuple):
    """A picture that is looked for: the sign of its print, of its bands, and of the bands with one
    bit turned over as well."""

    picture: str
    exact: int
    bands: tuple[int, ...]
    tried: tuple[int, ...]
    print: int


class Sought(NamedTuple):
    """All that one claim is found by, and looks for."""

    claimant: int
    entries: tuple[int, ...]
    texts: tuple[Worded, ...]
    pictures: tuple[Looks, ...]

    def rows(self) -> Iterator[Row]:
        """Its signs as a table keeps them, each once."""
        found = {Row(sign, 0, 0) for sign in (self.claimant, *self.entries)}
        for text in self.texts:
            found.update(Row(sign, text.mark, text.size) for sign in (text.exact, *text.bands))
        for look in self.pictures:
            mark = _signed(look.print)
            found.update(Row(sign, mark, 0) for sign in (look.exact, *look.bands))
        return iter(sorted(found))


def scheme(rules: Rules, least_signs: int) -> int:
    """A number for the rules that signs are written by, from 1 on; 31 bits."""
    what = f"2/{rules.alike_bps}/{rules.picture_bits}/{least_signs}"
    return _hashed(what) % ((1 << 31) - 1) + 1


def named_sign(kind: str, *values: str) -> int:
    """The sign of something that is known by a name: an entry, a claimant, an account."""
    return _signed(_hashed("\0".join((kind, *values))))


def sought(claim: Claim, rules: Rules) -> Sought:
    """What one claim is found by."""
    return Sought(
        named_sign("claimant", claim.claimant),
        tuple(sorted({_entry(key) for key in claim.keys if key.key})),
        tuple(_worded(sorted({line.text for line in claim.texts}), rules)),
        tuple(
            _looks(picture, rules.picture_bits)
            for picture in sorted({photo.picture for photo in claim.pictures if photo.picture})
        ),
    )


def signs_of(claims: Sequence[Claim], rules: Rules) -> Iterator[tuple[int, Row]]:
    """The signs of many claims, each with the place of its claim; `sought` gives the same."""
    texts = sorted({line.text for claim in claims for line in claim.texts})
    words = {one.text: one for one in _worded(texts, rules)}
    for place, claim in enumerate(claims):
        own = sorted({line.text for line in claim.texts} & words.keys())
        found = Sought(
            named_sign("claimant", claim.claimant),
            tuple({_entry(key) for key in claim.keys if key.key}),
            tuple(words[text] for text in own),
            tuple(
                _looks(picture, rules.picture_bits, tried=False)
                for picture in {photo.picture for photo in claim.pictures if photo.picture}
            ),
        )
        for row in found.rows():
            yield place, row


def _entry(key: Key) -> int:
    """The lines of an invoice are found by the invoice."""
    return named_sign(key.kind, invoice_of(key.key) if key.kind == "invoice" else key.key)


def _worded(texts: Sequence[str], rules: Rules) -> Iterator[Worded]:
    """What the texts are found by, but for those without any shingle."""
    sets = sets_of(texts)
    some = np.flatnonzero(sets.sizes)
    if not len(some):
        return
    sets = sets.chosen(some)
    bands, orders = plan(rules.alike_bps)
    exact = _stirred(signatures(sets)[None], f"wording/{bands}/{orders}")[0]
    near = _stirred(sketches(sets, bands, orders), f"words/{bands}/{orders}").T
    for at, own, keys, mark, size in zip(
        some.tolist(), exact.tolist(), near.tolist(), _marks(sets).tolist(), sets.sizes.tolist(),
        strict=True,
    ):  # fmt: skip
        yield Worded(texts[at], own, tuple(keys), mark, size)


def _marks(sets: Sets) -> _Array:
    return np.asarray(np.bitwise_xor.reduce(bitmaps(sets)).view(np.int64))


def _stirred(keys: _Array, what: str) -> _Array:
    """Keys by band, each band with numbers of its own."""
    mixed = (keys ^ _seeds(what, len(keys))) * np.uint64(_STIR)
    return np.asarray((mixed ^ mixed >> np.uint64(29)).view(np.int64))


def _looks(picture: str, most_bits: int, *, tried: bool = True) -> Looks:
    print_ = bits_of(picture)
    bands, turned = [], []
    for band, mask in enumerate(bands_of(most_bits)):
        seed, value = _seed(most_bits, band), print_ & mask
        bands.append(_mixed(value ^ seed))
        if tried:
            turned += [_mixed(value ^ seed ^ bit) for bit in _bits(mask)]
    exact = _mixed(print_ ^ _seed(most_bits, BITS))
    return Looks(picture, exact, tuple(bands), (*bands, *turned), print_)


@cache
def _seeds(what: str, bands: int) -> _Array:
    return np.array([[_hashed(f"{what}/{band}")] for band in range(bands)], np.uint64)


@cache
def _seed(most_bits: int, band: int) -> int:
    return _hashed(f"picture/{most_bits}/{band}")


@cache
def _bits(mask: int) -> tuple[int, ...]:
    return tuple(1 << bit for bit in range(BITS) if mask >> bit & 1)


def _mixed(value: int) -> int:
    mixed = value * _STIR & ALL
    return _signed(mixed ^ mixed >> 29)


def _hashed(what: str) -> int:
    return int.from_bytes(hashlib.blake2b(what.encode(), digest_size=8).digest(), "big")


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
