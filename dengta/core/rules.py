"""Eligibility of one case: the programmes in force on a date, compiled once, decided with every
reason.

A verdict is `no` if one clause is false, else `unknown` if one is unknown, else `yes`; missing
facts never become a silent yes or no. What a person reads (what was asked, what is missing, the
sum) is worded when it is asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, NamedTuple

from dengta.core import wording
from dengta.core.compiling import Decided, Function, Trees, compile_programmes
from dengta.core.facts import FactError, completed, read_fact, read_facts
from dengta.core.language import (
    Scope,
    derived_of,
    parse,
    parse_amount,
    parse_condition,
    value_of,
)
from dengta.core.meaning import Meaning
from dengta.core.refusals import ClauseError, refuse
from dengta.core.shapes import Clause, Fact, FactValue, Policy, Programme, Text
from dengta.core.tree import Named, Node, facts_in, names_in

MOST_CLAUSES = 30
"""So that the failed and the unknown clauses fit one integer each, a bit per clause."""

ONE_DAY = dt.timedelta(days=1)
_NOTHING: Mapping[str, FactValue] = MappingProxyType({})
_OUTCOMES = {True: "yes", False: "no", None: "unknown"}


class RuleFault(NamedTuple):
    """A part of a programme that cannot be read: `clause open`, `amount`, …, as of the first day it
    happens."""

    part: str
    error: ClauseError
    as_of: dt.date


@dataclass(frozen=True)
class Rule:
    """One edition of a programme as of a date: its texts as typed trees."""

    programme: Programme
    clauses: tuple[tuple[Clause, Node], ...]
    derived: tuple[Named, ...]
    amount: Node | None

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact that the programme asks for, in the order of its clauses."""
        return facts_in(*self.nodes)

    @cached_property
    def asked(self) -> tuple[Fact, ...]:
        """The facts of the clauses alone: those that a verdict can wait for."""
        return facts_in(*(node for _, node in self.clauses))

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All trees of the programme: clauses, derived results, amount."""
        clauses = tuple(node for _, node in self.clauses)
        return (*clauses, *self.derived, *(() if self.amount is None else (self.amount,)))

    @property
    def trees(self) -> Trees:
        """What is compiled."""
        return Trees(tuple(node for _, node in self.clauses), self.derived, self.amount)

    @cached_property
    def function(self) -> Function:
        """The programme compiled by itself."""
        return compile_programmes([self.trees])

    @cached_property
    def needed(self) -> tuple[Text, ...]:
        """What each clause asks, in words."""
        return tuple(wording.needed(node) for _, node in self.clauses)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the clauses."""
        return tuple(clause.id for clause, _ in self.clauses)

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        """The clauses in the policy's own words."""
        return tuple(clause.text for clause, _ in self.clauses)


def read_programme(programme: Programme, facts: Mapping[str, Fact], as_of: dt.date) -> Rule:
    """A programme's texts with the values in force on a date. ClauseError for the first that cannot
    be read."""
    rule, faults = _read(programme, facts, as_of)
    if faults:
        raise faults[0].error
    return rule


def programme_faults(programme: Programme, facts: Mapping[str, Fact]) -> list[RuleFault]:
    """Every part that cannot be read on any day of the programme's period, each part once."""
    found: dict[str, RuleFault] = {}
    for day in _change_days(programme):
        for fault in _read(programme, facts, day)[1]:
            found.setdefault(fault.part, fault)
    return list(found.values())


def _change_days(programme: Programme) -> list[dt.date]:
    """The days on which the values of a programme change, the first day included."""
    first = programme.in_force.start or dt.date(2000, 1, 1)
    days = {first}
    for value in programme.values:
        days |= {value.in_force.start or first}
        if value.in_force.end is not None and value.in_force.end < dt.date.max:
            days.add(value.in_force.end + ONE_DAY)
    return sorted(day for day in days if programme.in_force.holds(day))


def _read(
    programme: Programme, facts: Mapping[str, Fact], as_of: dt.date
) -> tuple[Rule, list[RuleFault]]:
    """Read every part, going on after a fault; parts that name a lost one are faults, too."""
    faults: list[RuleFault] = []
    scope = Scope.of(facts)
    derived: list[Named] = []
    clauses: list[tuple[Clause, Node]] = []
    amount: Node | None = None
    for value in programme.values:
        if value.in_force.holds(as_of):
            try:
                scope = scope.plus(value_of(value, scope))
            except ClauseError as error:
                faults.append(RuleFault(f"value {value.id}", error, as_of))
    for each in programme.derived:
        try:
            named = derived_of(each, scope)
            scope = scope.plus(named)
            derived.append(named)
        except ClauseError as error:
            faults.append(RuleFault(f"derive {each.id}", error, as_of))
    for clause in programme.clauses:
        try:
            clauses.append((clause, parse_condition(clause.when, scope)))
        except ClauseError as error:
            faults.append(RuleFault(f"clause {clause.id}", error, as_of))
    if programme.amount is not None:
        try:
            amount = parse_amount(programme.amount.expression, scope)
        except ClauseError as error:
            faults.append(RuleFault("amount", error, as_of))
    faults.extend(_counted(programme, as_of))
    return Rule(programme, tuple(clauses), tuple(derived), amount), faults


def _counted(programme: Programme, as_of: dt.date) -> Iterator[RuleFault]:
    if not 0 < len(programme.clauses) <= MOST_CLAUSES:
        error = refuse(
            f"有 {len(programme.clauses)} 个条件",
            f"there are {len(programme.clauses)} clauses",
            f"请写 1 至 {MOST_CLAUSES} 个，多的用 AND 合并",
            f"write 1 to {MOST_CLAUSES}, joining some by AND",
        )
        yield RuleFault("clauses", error, as_of)


class ClauseResult(NamedTuple):
    """One clause of a verdict: its outcome (`yes`, `no`, `unknown`), what was seen, and what was
    asked."""

    id: str
    text: Text
    outcome: str
    seen: Mapping[str, FactValue]
    needed: Text


# The calculator asks for some hundred of them while a person types: made in C, not field by field.
_clause_result = partial(tuple.__new__, ClauseResult)


class Verdict:
    """What one programme says of one case, with its reasons. Immutable; texts are made when asked
    for."""

    __slots__ = ("_decided", "_rule", "as_of", "facts", "policy_digest")

    def __init__(
        self,
        rule: Rule,
        facts: Mapping[str, FactValue],
        decided: Decided,
        as_of: dt.date,
        policy_digest: str,
    ) -> None:
        self._rule = rule
        self._decided = decided
        self.facts = facts
        self.as_of = as_of
        self.policy_digest = policy_digest

    def __repr__(self) -> str:
        return f"<Verdict {self.edition}: {self.outcome}>"

    @property
    def programme(self) -> str:
        """The programme's id."""
        return self._rule.programme.id

    @property
    def edition(self) -> str:
        """The edition that was in force."""
        return self._rule.programme.edition

    @property
    def name(self) -> Text:
        """The programme's name."""
        return self._rule.programme.name

    @property
    def outcome(self) -> str:
        """`yes`, `no` or `unknown`."""
        return _OUTCOMES[self._decided[0]]

    @property
    def clauses(self) -> tuple[ClauseResult, ...]:
        """Each clause with its outcome and reason, in the order of the policy."""
        rule = self._rule
        _, holds, seen, _, _ = self._decided
        outcomes = map(_OUTCOMES.__getitem__, holds)
        # Of one length by construction; strict=True would double the time.
        rows = zip(rule.ids, rule.texts, outcomes, seen, rule.needed)  # noqa: B905
        return tuple(map(_clause_result, rows))

    @property
    def failed(self) -> tuple[str, ...]:
        """Ids of the clauses that are false."""
        rows = zip(self._rule.programme.clauses, self._decided[1], strict=True)
        return tuple(clause.id for clause, holds in rows if holds is False)

    @property
    def missing(self) -> tuple[str, ...]:
        """The absent facts that would decide an unknown verdict; empty for a decided one."""
        if self._decided[0] is not None:
            return ()
        meaning, found = Meaning(self.facts), dict[str, None]()
        for (_, node), holds in zip(self._rule.clauses, self._decided[1], strict=True):
            if holds is None:
                found |= meaning.missing(node)
        return tuple(found)

    def seen_text(self, name: str) -> tuple[Text, Text]:
        """A fact or derived result that a clause saw: its term, and its value in words."""
        for named, value in zip(self._rule.derived, self._decided[3], strict=True):
            if named.id == name:
                return Text(named.zh, named.en), wording.derived_text(named, value)
        fact = next(fact for fact in self._rule.facts if fact.id == name)
        return fact.term, wording.value_text(fact, self.facts.get(name))

    @property
    def derived(self) -> Mapping[str, FactValue]:
        """The programme's derived results, such as points, by id."""
        if not self._rule.derived:
            return _NOTHING
        return {n.id: v for n, v in zip(self._rule.derived, self._decided[3], strict=True)}

    @property
    def amount_fen(self) -> int | None:
        """What the enterprise may get, in 分: 0 when not eligible, None when unknown or when no
        money is involved."""
        return self._decided[4]

    @property
    def computation(self) -> Text | None:
        """The sum written out for an eligible case, or what it waits for. None when there is no
        sum."""
        if self._decided[0] is not True or self._rule.amount is None:
            return None
        return wording.computation(self._rule.amount, Meaning(self.facts))

    def as_json(self, lang: str = "zh") -> dict[str, Any]:
        """The verdict as docs/reference/schemas/eligible.schema.json describes it."""
        sum_ = self.computation
        return {
            "programme": self.programme,
            "edition": self.edition,
            "name": self.name.said(lang),
            "eligible": self.outcome,
            "clauses": [
                {
                    "id": clause.id,
                    "text": clause.text.said(lang),
                    "outcome": clause.outcome,
                    "seen": {name: json_value(value) for name, value in clause.seen.items()},
                    "needed": clause.needed.said(lang),
                }
                for clause in self.clauses
            ],
            "failed": list(self.failed),
            "missing": list(self.missing),
            "amount_fen": self.amount_fen,
            "computation": None if sum_ is None else sum_.said(lang),
            "derived": {name: json_value(value) for name, value in self.derived.items()},
            "facts": {f.id: json_value(self.facts.get(f.id)) for f in self._rule.facts},
            "policy_digest": self.policy_digest,
            "as_of": self.as_of.isoformat(),
        }


def json_value(value: FactValue) -> object:
    """A fact as JSON: dates as ISO text, sets as sorted lists."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value


def unchanged_since(policy: Policy, day: dt.date) -> dt.date:
    """The first day since which the programmes and their values have been what they are on `day`:
    a rulebook of any day in between reads the same."""
    periods = [programme.in_force for programme in policy.programmes]
    periods += [value.in_force for programme in policy.programmes for value in programme.values]
    changes = {period.start for period in periods if period.start is not None}
    changes |= {p.end + ONE_DAY for p in periods if p.end is not None and p.end < dt.date.max}
    return max((change for change in changes if change <= day), default=dt.date.min)


class Rulebook:
    """The programmes of a policy in force on a date, ready to decide.

    Building it reads and compiles every programme; keep one per policy and date. ClauseError if a
    programme cannot be read, which a checked policy rules out.
    """

    def __init__(self, policy: Policy, as_of: dt.date) -> None:
        self.policy = policy
        self.as_of = as_of
        self.rules = {
            programme.id: read_programme(programme, policy.facts, as_of)
            for programme in policy.in_force(as_of)
        }
        self._all = tuple(self.rules.values())
        self._samples = {
            programme.id: read_programme(programme, policy.facts, as_of)
            for programme in policy.samples(as_of)
        }
        self._decide = compile_programmes([rule.trees for rule in self._all])

    def on(self, day: dt.date) -> Rulebook:
        """The same rules for another day on which they are in force (`unchanged_since`): nothing is
        read or compiled again."""
        other = copy(self)
        other.as_of = day
        return other

    def rule(self, programme: str) -> Rule | None:
        """One programme's rule, a sample's too; None when it is not in force."""
        return self._samples.get(programme) or self.rules.get(programme)

    def decide(self, facts: Mapping[str, FactValue], programme: str | None = None) -> list[Verdict]:
        """Verdicts on one case, for every programme in the order of their ids, or for one. Samples
        are decided only when named.

        `facts` as `read_facts` gives them; absent ones are unknown. KeyError for a programme that
        is not in force.
        """
        case = completed(self.policy, facts, self.as_of)
        as_of, digest = self.as_of, self.policy.digest
        if programme is not None:
            rule = self._samples.get(programme) or self.rules[programme]
            (decided,) = rule.function(case.get)
            return [Verdict(rule, case, decided, as_of, digest)]
        rows = zip(self._all, self._decide(case.get), strict=True)
        return [Verdict(rule, case, decided, as_of, digest) for rule, decided in rows]


__all__ = [
    "ClauseError",
    "ClauseResult",
    "FactError",
    "Rule",
    "RuleFault",
    "Rulebook",
    "Scope",
    "Verdict",
    "json_value",
    "names_in",
    "parse",
    "programme_faults",
    "read_fact",
    "read_facts",
    "read_programme",
    "unchanged_since",
]
