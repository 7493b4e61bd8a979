"""What a firm may apply for now, what one more fact would decide, and what the next level opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dengta.core.rules import Verdict
from dengta.core.shapes import FactValue, Source, Text
from dengta.registry.queries import policy, rulebook


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme for one firm: `now` it fits, it is `open` until `missing` is known, or it fits
    `later`, once the next level is reached. Amounts in 分."""

    id: str
    name: Text
    stands: Literal["now", "open", "later"]
    amount_fen: int | None
    computation: Text | None
    missing: tuple[Text, ...]
    source: Source


def programmes_of(
    facts: Mapping[str, FactValue], day: dt.date, next_level: int | None
) -> tuple[Programme, ...]:
    """Every programme in force that fits, may fit, or would fit at `next_level`; best news
    first."""
    book = rulebook(day.toordinal())
    verdicts = [each for each in book.decide(facts) if _for_firms(each, day)]
    now = [_told(verdict, "now", day) for verdict in verdicts if verdict.outcome == "yes"]
    asked = [_told(verdict, "open", day) for verdict in verdicts if verdict.outcome == "unknown"]
    asked.sort(key=lambda programme: len(programme.missing))
    later = []
    if next_level is not None:
        refused = {verdict.programme for verdict in verdicts if verdict.outcome == "no"}
        risen = book.decide({**facts, "digital_level": next_level})
        later = [
            _told(verdict, "later", day)
            for verdict in risen
            if verdict.programme in refused and verdict.outcome == "yes"
        ]
    return (*now, *later, *asked)


def _for_firms(verdict: Verdict, day: dt.date) -> bool:
    """Whether firms apply; cities and counties apply for pilots."""
    return policy().programme(verdict.programme, day).applicant in ("enterprise", "provider")


def _told(verdict: Verdict, stands: Literal["now", "open", "later"], day: dt.date) -> Programme:
    programme = policy().programme(verdict.programme, day)
    fits = verdict.outcome == "yes"
    return Programme(
        verdict.programme,
        programme.name,
        stands,
        verdict.amount_fen if fits else None,
        verdict.computation if fits else None,
        tuple(policy().facts[fact].term for fact in verdict.missing),
        programme.source,
    )
