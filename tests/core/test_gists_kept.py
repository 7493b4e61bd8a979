"""Gists that were kept stand for claims exactly as those made anew do, whatever happened since."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core import gists_kept
from dengta.core.claims import Claim
from dengta.core.gist import gist_of, way_of
from dengta.core.gists_kept import STAMP, Kept
from dengta.core.screening import Screen
from tests.core.test_screening import CLAIM, LINKS, RULES, STRENGTH, columns

PIECE = 3
STEP = st.tuples(
    st.sampled_from(["enter", "change", "release", "enter again"]), st.integers(0, 7), CLAIM
)
NIGHT = st.lists(STEP, min_size=1, max_size=4)


class Register:
    """Claims in the order in which they came; None for one that is released."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, Claim | None]] = []
        self.moment = 0

    def take(self, step: str, place: int, claim: Claim) -> None:
        self.moment += 1
        if step == "enter" or place >= len(self.rows):
            self.rows.append((1, self.moment, claim))
        else:
            version, _, _ = self.rows[place]
            self.rows[place] = (
                version + (step != "release"), self.moment, None if step == "release" else claim
            )  # fmt: skip

    def screen(self, kept: Kept | None) -> Screen:
        screen = Screen(RULES, LINKS, STRENGTH, 3)
        for piece, at in enumerate(range(0, len(self.rows), PIECE)):
            live = [
                (at + place, version, moment, claim)
                for place, (version, moment, claim) in enumerate(self.rows[at : at + PIECE])
                if claim
            ]
            whole = pl.DataFrame([row[:3] for row in live], STAMP, orient="row").with_columns(
                content=pl.Series([number(row[3]) for row in live], dtype=pl.UInt64)
            )

            def make(some: pl.DataFrame, rows: Any = live) -> pl.DataFrame:
                said = {pk: claim for pk, _, _, claim in rows}
                claims = columns([said[pk] for pk in some["id"]])
                return gist_of(claims, some["content"].to_numpy(), RULES, 0)

            full = at + PIECE <= len(self.rows)
            screen.hold(kept.gists(piece, whole, make, keep=full) if kept else make(whole))
        return screen


def number(claim: Claim) -> int:
    return zlib.crc32(repr(replace(claim, id="")).encode())


def passed(nights: list[list[tuple[str, int, Claim]]], folder: Path) -> int:
    """Each night held against a pass that keeps nothing; gives how many pieces were kept."""
    register, spared = Register(), 0
    for night, steps in enumerate(nights):
        for step in steps:
            register.take(*step)
        kept = Kept(folder, way_of(RULES, 0), night + 10)
        pairs = register.screen(kept).pairs(), register.screen(None).pairs()
        for mine, whole in zip(*pairs, strict=True):
            assert np.array_equal(mine, whole)
        spared += sum(1 for _ in folder.glob("*.arrow"))
    return spared


@settings(max_examples=60, deadline=None)
@given(st.lists(NIGHT, min_size=2, max_size=4))
def test_in_whatever_order_claims_come_change_and_go_what_was_kept_changes_nothing(
    nights: list[list[tuple[str, int, Claim]]],
) -> None:
    with TemporaryDirectory() as folder:
        passed(nights, Path(folder) / "kept")


SAME, OTHER = (
    Claim("", "甲", 5, (), (), (), ()),
    Claim("", "丁", 5, ("丁",), (), (), ()),
)
CHANGED = [[("enter", 9, SAME)] * 3, [("change", 0, OTHER)]]


def test_a_pass_that_took_a_gist_for_another_version_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert passed(CHANGED, tmp_path / "right")
    monkeypatch.setattr(gists_kept, "_SAME", ["id"])
    with pytest.raises(AssertionError):
        passed(CHANGED, tmp_path / "wrong")


@pytest.mark.parametrize("broken", [b"", b"ARROW1 and no more"])
def test_a_file_that_cannot_be_read_is_made_anew(tmp_path: Path, broken: bytes) -> None:
    passed(CHANGED, tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    for wrong in (broken, whole[: len(whole) // 2]):
        file.write_bytes(wrong)
        passed(CHANGED, tmp_path)


def test_what_was_made_in_another_way_goes(tmp_path: Path) -> None:
    passed(CHANGED, tmp_path)
    other = tmp_path / "0123456789abcdef-0.arrow"
    other.write_bytes(b"")
    passed([[("enter", 9, OTHER)] * 3], tmp_path)
    assert not other.exists()
