"""The policy's own worked examples, decided by `rules` and `scoring` and held to what they expect.

Only what a case expects is compared. Lists of ids are compared as sets: their order is no promise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dengta.core.answers import AnswerError
from dengta.core.contradictions import contradictions
from dengta.core.facts import sized
from dengta.core.proof_programmes import day_for
from dengta.core.results import said
from dengta.core.rules import Rulebook, Verdict
from dengta.core.scoring import Scorer
from dengta.core.shapes import Case, Policy

Expected = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Difference:
    """One expectation that is not met; both values are ready for JSON."""

    key: str
    expected: object
    got: object


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case, the day it was decided on (None for an instrument), and where it differs."""

    case: Case
    as_of: dt.date | None
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether everything came about as expected."""
        return not self.differences


def run(policy: Policy) -> list[CaseResult]:
    """Every case of the policy, in the order of the files."""
    books: dict[dt.date, Rulebook] = {}
    scorers = {id: Scorer(instrument) for id, instrument in policy.instruments.items()}
    results = []
    for case in policy.cases:
        if case.instrument:
            results.append(_score(policy, case, scorers[case.instrument]))
            continue
        family = [each for each in policy.programmes if each.id == case.programme]
        day = day_for(case, family)
        if day not in books:
            books[day] = Rulebook(policy, day)
        verdicts = books[day].decide(sized(policy, case.facts), case.programme)
        got = _of_verdict(verdicts[0]) if verdicts else {"eligible": None}
        results.append(CaseResult(case, day, tuple(_differences(case.expect, got))))
    return results


def _score(policy: Policy, case: Case, scorer: Scorer) -> CaseResult:
    try:
        result = scorer.score(case.answers)
    except AnswerError as refused:
        return CaseResult(case, None, (Difference("answers", None, str(refused)),))
    got: dict[str, object] = {
        "score": result.score_text,
        "score_text": result.score_text,
        "level": result.level,
        "missing": list(result.missing),
        "not_applicable": list(result.not_applicable),
        "nodes": {node: said(value) for node, value in result.exact_nodes.items()},
        "bands": dict(result.bands),
    }
    if "contradictions" in case.expect:
        found = contradictions(policy, scorer.instrument, case.answers, case.facts)
        got["contradictions"] = [each.id for each in found]
    return CaseResult(case, None, tuple(_differences(case.expect, got)))


def _of_verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "eligible": verdict.outcome,
        "failed": [clause.id for clause in verdict.clauses if clause.outcome == "no"],
        "unknown": [clause.id for clause in verdict.clauses if clause.outcome == "unknown"],
        "missing": list(verdict.missing),
        "amount_fen": verdict.amount_fen,
        "derived": dict(verdict.derived),
    }


def _differences(expected: Expected, got: Expected) -> Iterable[Difference]:
    for key, wanted in expected.items():
        found = got.get(key)
        if isinstance(wanted, list):
            names = found if isinstance(found, list) else []
            if set(wanted) != set(names):
                yield Difference(key, sorted(wanted), sorted(names))
        elif isinstance(wanted, Mapping):
            inner = found if isinstance(found, Mapping) else {}
            for each in _differences(wanted, inner):
                yield Difference(f"{key}.{each.key}", each.expected, each.got)
        elif found != wanted or type(found) is not type(wanted):
            yield Difference(key, wanted, found)
