"""Selections of other shapes than the shipped ones, put beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from dengta.core import policy as policies
from dengta.core.selection import Quota, Selection
from dengta.registry.queries import policy

Beside = Callable[..., Selection]


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    """`beside(id, **changes)` puts a changed copy of `scenario` beside the shipped selections."""

    def put(id: str, **changes: Any) -> Selection:
        now = policy()
        made = replace(now.selection("scenario"), id=id, **changes)
        grown = replace(now, selections=(*now.selections, made))
        monkeypatch.setattr(policies, "shipped", lambda: grown)
        policy.cache_clear()
        return made

    yield put
    monkeypatch.undo()
    policy.cache_clear()


@pytest.fixture
def several(beside: Beside) -> Selection:
    """`several`: an applicant may hand in three, and a city may recommend two."""
    quotas = (Quota("city", 2, "recommend"), Quota("applicant", 3, "recommend"))
    return beside("several", quotas=quotas)
