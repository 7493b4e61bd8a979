"""Verdicts as people read them: the card of a programme, its clauses in words, what to do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dengta.core.facts import FactError, read_fact
from dengta.core.money import rate, wan
from dengta.core.rules import ClauseResult, Verdict
from dengta.core.shapes import Fact, FactValue, Programme, Text
from dengta.core.wording import value_text
from dengta.registry.queries import industry_name, policy, region_name

ORDER: Mapping[str, int] = {"yes": 0, "unknown": 1, "no": 2}
"""Best news first."""

APPLY: Mapping[str, tuple[Any, str]] = {"cloud_voucher": (_("申请服务券"), "vouchers")}
"""Programmes that are applied for here: what the button says, and the page behind it."""


def shown(fact: Fact, value: FactValue) -> Text:
    """A fact's value as people read it: money in 万元 where that is exact, codes by their names."""
    if value is None:
        return Text("待补充", "not given yet")
    if fact.type == "fen" and isinstance(value, int):
        return wan(value)
    if fact.type == "bps" and isinstance(value, int):
        if fact.unit.zh not in ("", "基点"):
            points = rate(value).removesuffix(" %")
            return Text(f"{points} 分", f"{points} points")
        return Text(rate(value), rate(value))
    if fact.codes == "region":
        return region_name(str(value))
    if fact.codes == "industry":
        name = industry_name(str(value))
        return Text(f"{value} {name.zh}", f"{value} {name.en}")
    if fact.type == "set" and not value:
        return Text("没有", "none")
    return value_text(fact, value)


def seen(result: ClauseResult, programme: Programme) -> Text | None:
    """What was seen for a clause: each fact with its value, derived results where known."""
    names = {derived.id: derived.text for derived in programme.derived}
    parts: list[Text] = []
    for id, value in result.seen.items():
        fact = policy().facts.get(id)
        if fact is not None:
            said = shown(fact, value)
            parts.append(Text(f"{fact.term.zh} {said.zh}", f"{fact.term.en} {said.en}"))
        elif value is not None:
            said = plain("", value)
            parts.append(Text(f"{names[id].zh} {said.zh}", f"{names[id].en} {said.en}"))
    if not parts:
        return None
    return Text("，".join(p.zh for p in parts), ", ".join(p.en for p in parts))


def stored_clauses(verdict: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The clauses of a verdict as it was stored, what was seen in words; a fact that the policy
    has no more, or not in that form, is left out. Words that the policy still has are given in
    both languages, others as they were stored."""
    known = {
        (clause.id, clause.text.zh): clause.text
        for programme in policy().programmes
        if programme.id == verdict.get("programme")
        for clause in programme.clauses
    }
    return [
        {
            **clause,
            "text": known.get((clause["id"], clause["text"]), clause["text"]),
            "seen": _stored_seen(clause.get("seen") or {}),
        }
        for clause in verdict.get("clauses", ())
    ]


def _stored_seen(values: Mapping[str, object]) -> Text | None:
    parts: list[Text] = []
    for id, value in values.items():
        with suppress(FactError):
            typed = read_fact(policy(), id, value)
            fact = policy().facts[id]
            said, term = shown(fact, typed), fact.term
            parts.append(Text(f"{term.zh} {said.zh}", f"{term.en} {said.en}"))
    if not parts:
        return None
    return Text("，".join(p.zh for p in parts), ", ".join(p.en for p in parts))


def plain(kind: str, value: FactValue) -> Text:
    """A value by its type alone, as a policy's own numbers have it."""
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if kind == "fen" and isinstance(value, int):
        return wan(value)
    if kind == "bps" and isinstance(value, int):
        return Text(rate(value), rate(value))
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return Text(text, text)


def change(verdict: Verdict, programme: Programme) -> Text | None:
    """What would have to be otherwise for a `no` to be looked at again."""
    unmet = [clause.text for clause in programme.clauses if clause.id in verdict.failed]
    if not unmet:
        return None
    return Text(
        f"未满足：{'；'.join(text.zh for text in unmet)}。情况有变化后可以重新判断。",
        f"Not met: {'; '.join(text.en for text in unmet)}. Ask again once this has changed.",
    )


def card(verdict: Verdict, day: dt.date, fact_url: Callable[[str], str]) -> dict[str, Any]:
    """A verdict as the verdict card wants it; `fact_url` says where a fact, by its id, is given."""
    programme = policy().programme(verdict.programme, day)
    facts = policy().facts
    fits = verdict.outcome == "yes"
    label, page = APPLY.get(verdict.programme, ("", ""))
    return {
        "id": verdict.programme,
        "name": programme.name,
        "summary": programme.summary,
        "outcome": verdict.outcome,
        "amount_fen": verdict.amount_fen if fits else None,
        "computation": verdict.computation,
        "quota": programme.quota_per_year,
        "clauses": [
            {
                "id": result.id,
                "text": result.text,
                "outcome": result.outcome,
                "seen": seen(result, programme),
                "needed": result.needed,
            }
            for result in verdict.clauses
        ],
        "missing": [{"term": facts[id].term, "url": fact_url(id)} for id in verdict.missing],
        "change": change(verdict, programme),
        "source": programme.source,
        "url": reverse("programme", args=[verdict.programme]),
        "action": {"label": label, "url": reverse(page)} if fits and page else None,
        "edition": verdict.edition,
        "digest": verdict.policy_digest,
    }
