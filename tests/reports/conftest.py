"""Firms with results, and PDFs read by a program that is not ours."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from dengta.assessment import actions
from dengta.assessment.models import Assessment
from dengta.assessment.queries import scorer
from dengta.rights.actions import give_consent
from tests.cast import MOMENT, Cast, Firm

REQUIRED = os.environ.get("DENGTA_REQUIRE_BROWSER") == "1"
"""Where the browser is required the reader of PDFs is, too: CI installs both."""

Assess = Callable[..., Firm]


@pytest.fixture
def assess(cast: Cast) -> Assess:
    """Enrol a firm and assess it: `assess("B", 2, industry_code="36")`; with consent to statistics
    unless `counted=False`."""
    made = iter(range(1_000))

    def enrolled(
        letter: str = "B", level: int = 2, *, counted: bool = True, **different: Any
    ) -> Firm:
        firm = cast.enrol(f"peer{next(made):03d}", **different)
        if counted:
            give_consent(firm.actor, "statistics", at=MOMENT)
        cast.assessed(firm, letter, level)
        return firm

    return enrolled


def pdf_text(made: bytes) -> str:
    """What a PDF says, blanks left out; skipped without pdftotext unless it is required."""
    program = shutil.which("pdftotext")
    if program is None:
        reason = "pdftotext (poppler-utils) is not installed here"
        pytest.fail(reason) if REQUIRED else pytest.skip(reason)
    read = subprocess.run(
        [program, "-layout", "-", "-"], input=made, capture_output=True, check=True
    )
    return "".join(read.stdout.decode().split())


@pytest.fixture
def submitted(cast: Cast) -> Callable[..., Assessment]:
    """A submitted assessment of the firm (or another) with these answers of its own."""

    def submit(
        answers: dict[str, Any], firm: Firm | None = None, at: dt.datetime = MOMENT
    ) -> Assessment:
        firm = firm or cast.firm
        draft = cast.draft(firm, at)
        actions.save_answers(draft, firm.actor, answers)
        actions.submit(draft, firm.actor, at=at)
        draft.refresh_from_db()
        return draft

    return submit


def best_answers() -> dict[str, Any]:
    """Every question at its best, every scenario at the top."""
    known = scorer("miit-2024")
    best = {item: weighed.best for item, weighed in known.weighed.items()}
    return best | {item: len(scenario.criteria) for item, scenario in known.scenarios.items()}
