"""要点: what a screen goes by of each claim, made from what the claim says and from nothing else.

The entries of the register and the pictures as numbers, the texts by their shingles and by what
stands for these (see `core.shingles`). The same claim gives the same gist wherever and whenever it
is made, so that one that was kept is as good as one made anew, as long as it is of the same claim
and made in the same way (`way_of`).
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from dengta.core.claim_keys import LINE
from dengta.core.claims import Rules
from dengta.core.near_text import plan
from dengta.core.pictures import prints_of
from dengta.core.shingles import WORDS, Sets, bitmaps, lengths, sets_of, signatures, sketches

__all__ = ["COLUMNS", "GIST", "Worded", "gist_of", "members", "way_of", "worded"]

_Array = np.ndarray[Any, Any]
_WORDS, _NUMBERS = pl.List(pl.String), pl.List(pl.UInt64)
COLUMNS = pl.Struct({
    "claimant": pl.String, "suppliers": _WORDS,
    "keys": pl.List(_WORDS), "texts": pl.List(_WORDS), "pictures": pl.List(_WORDS),
})  # fmt: skip
"""A claim as a row: of keys the kind and the key, of texts and pictures what they are, and each
perhaps with more behind it."""
GIST = pl.Schema({
    "content": pl.UInt64, "claimant": pl.String, "suppliers": _WORDS, "entries": _NUMBERS,
    "prints": _NUMBERS, "texts": _NUMBERS, "shingles": pl.List(pl.List(pl.UInt32)),
    "sketches": pl.List(_NUMBERS), "bitmaps": pl.List(_NUMBERS),
})  # fmt: skip
"""A gist as a row: a number for all that the claim says; its parties; a number for each entry and
picture; and of each text that tells something its signature, its shingles, its keys by band and its
bitmap by word."""
_MADE_AS = 1
"""Counted up when a gist is made in another way."""
_SURE = r"[A-Za-z\x{4e00}-\x{9fff}]"
"""Signs of which each is one of the wording, whatever stands around it."""


def way_of(rules: Rules, least_signs: int) -> str:
    """By which gists are known that are made in the same way, 16 hexadecimal digits."""
    what = (_MADE_AS, pl.__version__, *plan(rules.alike_bps), WORDS, least_signs)
    return hashlib.sha256(repr(what).encode()).hexdigest()[:16]


def gist_of(claims: pl.DataFrame, contents: _Array, rules: Rules, least_signs: int) -> pl.DataFrame:
    """Claims, as rows of COLUMNS, and of each a number for all that it says, as rows of GIST. Texts
    with fewer signs than so many tell nothing."""
    count = len(claims)
    owners, pictures = _each(claims, "pictures")
    holders, entries = _entries(claims)
    writers, sets = _texts(claims, least_signs)
    bands = sketches(sets, *plan(rules.alike_bps))
    found = {
        "content": pl.Series(contents, dtype=pl.UInt64),
        "claimant": claims["claimant"],
        "suppliers": claims["suppliers"],
        "entries": _lists(_ends(holders, count), pa.array(entries)),
        "prints": _lists(_ends(owners, count), pa.array(prints_of(pictures.to_list()))),
        "texts": _lists(_ends(writers, count), pa.array(signatures(sets))),
    }
    for name, each in (
        ("shingles", _listed(sets.starts, pa.array(sets.flat))),
        ("sketches", _even(bands)),
        ("bitmaps", _even(bitmaps(sets))),
    ):
        found[name] = _lists(_ends(writers, count), each)
    return pl.DataFrame(found, GIST)


class Worded(NamedTuple):
    """The texts of some gists: the row of each, its signature, its shingles, its keys as
    (text, band) and its bitmap as (text, word)."""

    owners: _Array
    signs: _Array
    sets: Sets
    keys: _Array
    maps: _Array


def worded(gists: pl.DataFrame) -> Worded:
    """The texts of some gists."""
    owners, signs = members(gists["texts"])
    each = gists["shingles"].explode(empty_as_null=False)
    _, flat = members(each)
    starts = np.concatenate(([0], np.cumsum(each.list.len().to_numpy(), dtype=np.int64)))
    keys, maps = (
        members(gists[name].explode(empty_as_null=False))[1].reshape(
            len(signs), -1 if len(signs) else 0
        )
        for name in ("sketches", "bitmaps")
    )
    return Worded(owners, signs, Sets(flat, starts), keys, maps)


def members(lists: pl.Series) -> tuple[_Array, _Array]:
    """All members of some lists, and the row of each."""
    sizes = lists.list.len().to_numpy()
    return np.repeat(np.arange(len(lists)), sizes), lists.explode(empty_as_null=False).to_numpy()


def _ends(rows: _Array, count: int) -> _Array:
    """Where the members of each of so many rows end, given the row of each member, in order."""
    return np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=count))))


def _listed(starts: _Array, values: Any) -> Any:
    return pa.LargeListArray.from_arrays(pa.array(starts.astype(np.int64)), values)


def _lists(starts: _Array, values: Any) -> pl.Series:
    found = pl.from_arrow(_listed(starts, values))
    assert isinstance(found, pl.Series)
    return found


def _even(of_each: _Array) -> Any:
    """Lists of one length each, from numbers as (place in the list, list)."""
    places, count = of_each.shape
    return _listed(np.arange(count + 1) * places, pa.array(np.ascontiguousarray(of_each.T).ravel()))


def _each(claims: pl.DataFrame, column: str) -> tuple[_Array, pl.Series]:
    """Of a list column the row of each member, and its first part, but for empty ones."""
    some = (
        claims.with_row_index("row").select("row", what=column).explode("what")
        .select("row", pl.col("what").list.get(0)).filter(pl.col("what") != "")
    )  # fmt: skip
    return some["row"].cast(pl.Int64).to_numpy(), some["what"]


def _entries(claims: pl.DataFrame) -> tuple[_Array, _Array]:
    """The row of each entry of the register, and a number for it; the lines of an invoice are
    found by the invoice."""
    kind, key = pl.col("what").list.get(0), pl.col("what").list.get(1)
    found_by = (
        pl.when(kind == "invoice")
        .then(key.str.splitn(LINE, 2).struct.field("field_0"))
        .otherwise(key)
    )
    some = (
        claims.with_row_index("row").select("row", what="keys").explode("what").drop_nulls()
        .filter(key != "")
        .select("row", entry=pl.concat_str(kind, found_by, separator="\0").hash())
    )  # fmt: skip
    return some["row"].cast(pl.Int64).to_numpy(), some["entry"].to_numpy()


def _texts(claims: pl.DataFrame, least_signs: int) -> tuple[_Array, Sets]:
    """The row of each text that tells something, and its shingles."""
    owners, texts = _each(claims, "texts")
    if least_signs:
        unsure = np.flatnonzero(texts.str.count_matches(_SURE) < least_signs)
        sizes = np.array(lengths(texts[unsure].to_list()), np.int64)
        telling = np.ones(len(texts), np.bool_)
        telling[unsure[sizes < least_signs]] = False
        owners, texts = owners[telling], texts.filter(pl.Series(telling))
    sets = sets_of(texts.to_list())
    some = np.flatnonzero(sets.sizes)
    if len(some) < len(sets):
        owners, sets = owners[some], sets.chosen(some)
    return owners, sets
