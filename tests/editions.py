"""A province in which the instrument of 2024 ended and another edition took its place."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.test import override_settings

from dengta.assessment.queries import scorer
from dengta.registry.queries import policy, rulebook

POLICIES = Path(settings.BASE_DIR) / "dengta" / "policies"
CHANGE = dt.date(2026, 7, 1)
"""The first day of the new edition; the old one ends the day before."""

DROPPED = "q15"
"""The one item that the new edition asks anew; it reads all others of the old one."""


@contextlib.contextmanager
def new_edition(folder: Path) -> Iterator[None]:
    """`miit-2026` follows `miit-2024` on the day of CHANGE, and reads its answers but one."""
    for name in ("national", "hubei"):
        shutil.copytree(POLICIES / name, folder / name)
    instruments = folder / "national" / "instruments"
    old = (instruments / "miit-2024.toml").read_text("utf-8")
    start = "in_force = { from = 2024-09-04 }"
    assert start in old
    until = f"in_force = {{ from = 2024-09-04, until = {CHANGE - dt.timedelta(days=1)} }}"
    (instruments / "miit-2024.toml").write_text(old.replace(start, until), "utf-8")
    ids = re.findall(r'^\[\[(?:question|scenario|figure)\]\]\nid = "(\w+)"', old, re.MULTILINE)
    carried = ", ".join(f'{id} = "{id}"' for id in ids if id != DROPPED)
    new = old.replace(start, f"in_force = {{ from = {CHANGE} }}").replace("2024年版", "2026年版")
    new = f'{new}\n[[carry]]\nfrom = "miit-2024"\nitems = {{ {carried} }}\n'
    (instruments / "miit-2026.toml").write_text(
        new.replace("2024 edition", "2026 edition"), "utf-8"
    )
    practice = folder / "national" / "practice.toml"
    words = practice.read_text("utf-8")
    assert "miit-2024 miit-2022" in words
    practice.write_text(words.replace("miit-2024 miit-2022", "miit-2026 miit-2024 miit-2022"))
    with override_settings(POLICY_DIR=str(folder / "hubei")):
        _forget()
        try:
            yield
        finally:
            _forget()


def _forget() -> None:
    for kept in (policy, scorer, rulebook):
        kept.cache_clear()
