"""Row A1: one enterprise, twenty programmes, every clause with what it saw, and every amount.

Ours hands out all of a policy calculator's answer: outcome, each clause's outcome, text, seen
values and what it asked, what is missing, derived results and the amount. zen-engine runs one
decision graph with its trace on (its form of reasons); rule-engine evaluates each clause and each
amount by itself.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import rule_engine
import zen

from bench import Side, compare
from bench.rules import DEPTHS, RATES, SIZES, TERMS, Terms, enterprises, policy
from dengta.core.rules import Rulebook
from dengta.core.shapes import Policy

AS_OF = dt.date(2026, 6, 1)
CASES = 200

Answer = dict[str, tuple[tuple[bool, ...], int]]
"""Per programme: which clauses hold, and the amount (0 when one does not)."""


def cases(count: int = CASES) -> list[dict[str, Any]]:
    """Seeded enterprises as facts."""
    columns = {name: values.tolist() for name, values in enterprises(count, seed=7).items()}
    columns["size"] = [SIZES[at] for at in columns["size"]]
    columns["depth"] = [DEPTHS[at] for at in columns["depth"]]
    columns["division"] = [f"{number:02d}" for number in columns["division"]]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(sql: str) -> str:
    """The forms that all three languages share; prefixes are left to each."""
    text = re.sub(r"(\w+) BETWEEN (\d+) AND (\d+)", r"(\1 >= \2 and \1 <= \3)", sql)
    text = re.sub(r"IN \(([^)]*)\)", r"in [\1]", text)
    text = re.sub(r"(?<![<>])=", "==", text)
    return text.replace(" AND ", " and ").replace(" OR ", " or ").replace("NOT ", "not ")


def _for_zen(sql: str) -> str:
    return _plain(sql).replace("STARTS_WITH", "startsWith")


def _for_rule_engine(sql: str) -> str:
    return re.sub(r"STARTS_WITH\((\w+), '(\d)'\)", r"(\1 =~ '\2.*')", _plain(sql))


Sum = Callable[[str], str]


def _amount(kind: int, t: Terms, least: Sum, greatest: Sum, floor: Sum) -> str:
    """The amount of a programme, from how a language writes min, max and the whole part."""

    def share(name: str, bps: object) -> str:
        return floor(f"({name} * {bps} + 5000) / 10000")

    if kind == 0:
        rate = f"(depth == 'resource' ? {RATES[0]} : (depth == 'business' ? {RATES[1]} : "
        rate += f"(depth == 'capability' ? {RATES[2]} : {RATES[3]})))"
        part = least(f"{share('spend_fen', rate)}, {t.cap_fen} - used_fen")
        return greatest(f"0, {part}")
    if kind == 1:
        return least(f"{share('rd_fen', t.share_bps)}, {t.cap_fen}")
    if kind == 2:
        more = least(f"{share('spend_fen', t.share_bps + 500)}, {t.cap_fen * 2}")
        less = least(f"{share('spend_fen', t.share_bps)}, {t.cap_fen}")
        return f"srdi ? {more} : {less}"
    next_ = f"level == 3 ? {t.cap_fen // 2} : {t.floor_fen}"
    return f"level == 4 ? {t.cap_fen} : ({next_})"


def _programmes(written: Policy) -> Iterator[tuple[str, list[str], int, Terms]]:
    for programme, (kind, n) in zip(
        written.programmes, itertools.product(range(4), range(len(TERMS))), strict=True
    ):
        yield programme.id, [clause.when for clause in programme.clauses], kind, TERMS[n]


class RuleEngine:
    """The peer rule-engine: a rule for each clause and each amount."""

    def __init__(self, written: Policy) -> None:
        def of(word: str) -> Sum:
            return lambda inner: f"{word}([{inner}])"

        self.rules = {
            id: (
                [rule_engine.Rule(_for_rule_engine(when)) for when in clauses],
                rule_engine.Rule(
                    _amount(kind, terms, of("$min"), of("$max"), lambda inner: f"({inner}).floor")
                ),
            )
            for id, clauses, kind, terms in _programmes(written)
        }

    def decide(self, case: Mapping[str, Any]) -> Answer:
        """Every clause of every programme."""
        out = {}
        for id, (clauses, amount) in self.rules.items():
            holds = tuple(bool(clause.evaluate(case)) for clause in clauses)
            out[id] = (holds, int(amount.evaluate(case)) if all(holds) else 0)
        return out


class Zen:
    """The peer zen-engine: one decision graph with an expression for each clause and amount."""

    def __init__(self, written: Policy) -> None:
        self.width = {id: len(clauses) for id, clauses, _, _ in _programmes(written)}
        expressions = []
        for id, clauses, kind, terms in _programmes(written):
            names = [f"{id}_{at}" for at in range(len(clauses))]
            expressions += [(n, _for_zen(when)) for n, when in zip(names, clauses, strict=True)]
            amount = _amount(
                kind,
                terms,
                lambda i: f"min([{i}])",
                lambda i: f"max([{i}])",
                lambda i: f"floor({i})",
            )
            every = " and ".join(f"$.{name}" for name in names)
            expressions.append((f"{id}_amount", f"({every}) ? ({amount}) : 0"))
        graph = {
            "nodes": [
                {"id": "in", "name": "in", "type": "inputNode"},
                {
                    "id": "all",
                    "name": "all",
                    "type": "expressionNode",
                    "content": {
                        "expressions": [
                            {"id": name, "key": name, "value": text} for name, text in expressions
                        ]
                    },
                },
                {"id": "out", "name": "out", "type": "outputNode"},
            ],
            "edges": [
                {"id": "1", "type": "edge", "sourceId": "in", "targetId": "all"},
                {"id": "2", "type": "edge", "sourceId": "all", "targetId": "out"},
            ],
        }
        self.decision = zen.ZenEngine().create_decision(json.dumps(graph))

    def decide(self, case: Mapping[str, Any]) -> Answer:
        """One evaluation with its trace."""
        result = self.decision.evaluate(dict(case), {"trace": True})["result"]
        return {
            id: (
                tuple(result[f"{id}_{at}"] for at in range(width)),
                int(result[f"{id}_amount"]),
            )
            for id, width in self.width.items()
        }


def _p50(decide: Callable[[dict[str, Any]], Any], firms: list[dict[str, Any]]) -> float:
    """The median time of one case in microseconds, its answer dropped as a request would."""
    taken = []
    for firm in firms * 5:
        start = time.perf_counter_ns()
        decide(firm)
        taken.append(time.perf_counter_ns() - start)
    return round(statistics.median(taken) / 1000, 1)


def run(rounds: int = 7) -> list[dict[str, Any]]:
    """Each peer in turn; seconds are those of all cases, `p50_microseconds` of one."""
    written, firms = policy(), cases()
    book = Rulebook(written, AS_OF)

    def one(firm: dict[str, Any]) -> list[Any]:
        return [
            (v.outcome, v.clauses, v.missing, v.derived, v.amount_fen) for v in book.decide(firm)
        ]

    def ours() -> list[Any]:
        return [one(firm) for firm in firms]

    def same(got: list[Any], peer: list[Answer]) -> dict[str, Any]:
        for verdicts, answer in zip(got, peer, strict=True):
            for id, (_, clauses, _, _, fen) in zip(book.rules, verdicts, strict=True):
                holds = tuple(clause.outcome == "yes" for clause in clauses)
                if (holds, fen) != answer[id]:
                    raise SystemExit(f"{id}: {holds}, {fen} against {answer[id]}")
        return {"clauses": "equal", "amounts": "equal"}

    lines = []
    for name, peer in (("zen-engine", Zen(written)), ("rule-engine", RuleEngine(written))):

        def theirs(peer: Zen | RuleEngine = peer) -> list[Answer]:
            return [peer.decide(firm) for firm in firms]

        line = compare(
            "A1",
            Side("Rulebook.decide with all reasons", ours),
            Side(name, theirs),
            same,
            size=len(firms),
            rounds=rounds,
        )
        line["p50_microseconds"] = {"ours": _p50(one, firms), "peer": _p50(peer.decide, firms)}
        lines.append(line)
    return lines
