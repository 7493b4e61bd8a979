"""Rounds whose applications are reviewed and wait for the list, made for tests of what follows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from dengta.accounts.queries import SYSTEM
from dengta.core.selection import Selection
from dengta.programmes.actions import rounds
from dengta.programmes.models import Application, Round
from dengta.registry.queries import policy
from dengta.trail.actions import advance
from tests.cast import MOMENT, WAN, Cast, Firm

AFTER = MOMENT + dt.timedelta(days=40)
_serial = count(1)


def a_round(cast: Cast, *, selection: str = "scenario", **different: Any) -> Round:
    """A round whose applications are all in, and under review."""
    serial = next(_serial)
    filled: dict[str, Any] = {
        "selection": selection,
        "name": f"2026 年优秀应用场景遴选（第 {serial} 批）",
        "opens_at": MOMENT - dt.timedelta(days=30),
        "closes_at": MOMENT - dt.timedelta(days=1),
        "key": f"round-{serial}",
        "at": MOMENT - dt.timedelta(days=31),
    }
    made = rounds.open_round(cast.province, **(filled | different))
    rounds.publish(made, cast.province, at=MOMENT - dt.timedelta(days=31))
    advance(made, "close", by=SYSTEM, at=MOMENT - dt.timedelta(hours=20))
    rounds.begin_review(made, cast.province, at=MOMENT - dt.timedelta(hours=19))
    return made


def reviewed(round: Round, firm: Firm, score: str = "80", **different: Any) -> Application:
    """One application that came through everything, with its panel's score."""
    organisation, serial = firm.organisation, next(_serial)
    filled: dict[str, Any] = {
        "state": "ranked",
        "state_since": MOMENT,
        "organisation": organisation,
        "applicant_code": organisation.uscc,
        "applicant_name": organisation.name,
        "title": f"质量追溯场景 {serial}",
        "region_code": organisation.region_code,
        "sector": organisation.industry_code[:2],
        "key": f"application-{serial}",
        "created_at": MOMENT - dt.timedelta(days=20),
        "submitted_at": MOMENT - dt.timedelta(days=10),
        "policy_digest": "0" * 64,
        "verdict": {"eligible": "yes", "amount_fen": 50 * WAN},
        "score": score,
        "score_milli": 80_000,
    }
    return Application.objects.create(round=round, **(filled | different))


def with_rule(monkeypatch: Any, round: Round, **different: Any) -> Selection:
    """Let the round go by its selection with some things otherwise."""
    rule = replace(policy().selection(round.selection), **different)
    changed = replace(
        policy(),
        selections=tuple(rule if each.id == rule.id else each for each in policy().selections),
    )
    for place in ("dengta.programmes.models.round", "dengta.programmes.queries.drafting"):
        monkeypatch.setattr(f"{place}.policy", lambda: changed)
    return rule


def states(rows: Sequence[Application]) -> list[str]:
    """The states as the database has them, in the order given."""
    found = dict(Application.objects.filter(pk__in=[r.pk for r in rows]).values_list("pk", "state"))
    return [found[row.pk] for row in rows]
