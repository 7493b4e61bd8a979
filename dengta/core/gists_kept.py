"""Gists that were made on a night before, kept in files, so that the next need not make them again.

A gist is taken from a file only for the very claim that it was made of: the same row in the same
version, changed at the same moment, whose content gives the same number. Whatever else a file says,
or if there is none, it is made anew; so the folder may be emptied at any time. Each night a
thirtieth of the pieces is made anew all the same, so that nothing wrong lasts.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import polars as pl

from dengta.core.gist import GIST

__all__ = ["STAMP", "Kept"]

STAMP = pl.Schema({"id": pl.Int64, "version": pl.Int64, "changed": pl.Int64})
"""By which a claim is known: its row, its version, and when it changed, in microseconds."""
_SAME = [*STAMP.names(), "content"]
_WHOLE = pl.Schema({**STAMP, **GIST})
_NIGHTS = 30


class Kept:
    """The gists in a folder, made in one way (see `gist.way_of`), by pieces that are numbered."""

    def __init__(self, folder: Path, way: str, night: int) -> None:
        """`night` counts on by one from each night to the next."""
        self._folder, self._way, self._night = folder, way, night

    def gists(
        self, piece: int, claims: pl.DataFrame, make: Callable[[pl.DataFrame], pl.DataFrame], *,
        keep: bool,
    ) -> pl.DataFrame:  # fmt: skip
        """The gists of some claims, given as rows of STAMP and `content`, in order of their ids;
        `make` makes those of some of these rows. With `keep` they are there the next time."""
        there = self._there(piece)
        at = claims.join(
            there.select(*_SAME, at=pl.int_range(pl.len())), on=_SAME, how="left",
            maintain_order="left",
        )["at"]  # fmt: skip
        lacking = at.is_null()
        if not lacking.any():
            whole = there if len(there) == len(at) else there[at]
        else:
            fresh = claims.filter(lacking)
            made = pl.concat([fresh.select(STAMP.names()), make(fresh)], how="horizontal")
            whole = pl.concat([there[at.drop_nulls()], made]).sort("id")
        if keep and len(whole) and (lacking.any() or len(whole) != len(there)):
            with contextlib.suppress(OSError, pl.exceptions.PolarsError):
                self._write(piece, whole)
        return whole.select(GIST.names())

    def _there(self, piece: int) -> pl.DataFrame:
        if piece % _NIGHTS != self._night % _NIGHTS:
            with contextlib.suppress(OSError, pl.exceptions.PolarsError):
                found = pl.read_ipc(self._path(piece))
                if found.schema == _WHOLE and found["id"].is_sorted():
                    return found
        return pl.DataFrame(schema=_WHOLE)

    def _write(self, piece: int, gists: pl.DataFrame) -> None:
        """Put in place at once, so that nobody reads a part; those made in other ways go."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for other in self._folder.iterdir():
            if not other.name.startswith(self._way):
                other.unlink(missing_ok=True)
        path = self._path(piece)
        fresh = path.with_suffix(f".{os.getpid()}")
        gists.write_ipc(fresh, compression="uncompressed")
        fresh.replace(path)

    def _path(self, piece: int) -> Path:
        return self._folder / f"{self._way}-{piece}.arrow"
