"""What the machine sees on an application: eligibility clause by clause, the register, earlier
awards, papers seen elsewhere, related parties. It accuses nobody; officials begin with what is not
as expected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dengta.core.codes import SIZES
from dengta.core.filling import entry_text
from dengta.core.rules import Verdict, read_facts
from dengta.core.shapes import Text
from dengta.programmes.models import Application
from dengta.programmes.queries.crossing import alike, awarded_before, relations
from dengta.programmes.queries.forms import Form, form_of
from dengta.registry.queries import policy, rulebook


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the machine checked: `ok`, or an exception that an official should look at."""

    id: str
    ok: bool
    text: Text

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the application."""
        return {"id": self.id, "ok": self.ok, **self.text._asdict()}


def findings(application: Application, day: dt.date, *, form: Form | None = None) -> list[Finding]:
    """Everything the machine sees on an application as it stands, exceptions first.

    A constant number of queries. `form` saves reading it again.
    """
    form = form or form_of(application, day)
    found = [
        *_eligibility(verdict_of(form, day)),
        *_register(form),
        *_differences(form),
        *(Finding(*each) for each in awarded_before(application, day)),
        *(Finding(*each) for each in alike(form)),
        *(Finding(*each) for each in relations(application)),
    ]
    return sorted(found, key=lambda finding: finding.ok)


def stored(application: Application) -> list[Finding]:
    """What the machine saw when the application was last handed in; asks nothing."""
    return [
        Finding(each["id"], each["ok"], Text(each["zh"], each["en"]))
        for each in application.findings
    ]


def exceptions(application: Application) -> list[Finding]:
    """What was not as expected when it was last handed in; asks nothing."""
    return [finding for finding in stored(application) if not finding.ok]


def verdict_of(form: Form, day: dt.date) -> Verdict | None:
    """The selection's programme, decided with what is known and what the form says; None when it
    is not in force on the day."""
    try:
        return rulebook(day.toordinal()).decide(form.facts, form.selection.programme)[0]
    except KeyError:
        return None


def replayed(application: Application) -> Verdict | None:
    """The verdict of an application, decided again from the facts it saw.

    None before it is handed in, and when the policy has changed since: then only the stored words
    stand.
    """
    kept = application.verdict
    if not kept or kept["policy_digest"] != policy().digest:
        return None
    day = dt.date.fromisoformat(kept["as_of"])
    facts = read_facts(policy(), kept["facts"])
    return rulebook(day.toordinal()).decide(facts, kept["programme"])[0]


def _eligibility(verdict: Verdict | None) -> Iterator[Finding]:
    if verdict is None:
        yield Finding(
            "eligibility",
            False,
            Text(
                "本事项今天没有生效的申报条件，请核对政策文件",
                "No conditions of this programme are in force today; check the policy",
            ),
        )
        return
    for clause in verdict.clauses:
        seen = [verdict.seen_text(name) for name in clause.seen]
        zh = "；".join(f"{term.zh} {value.zh}" for term, value in seen)
        en = "; ".join(f"{term.en} {value.en}" for term, value in seen)
        head = {
            "yes": Text("符合", "Met"),
            "no": Text("不符合", "Not met"),
            "unknown": Text("缺少资料，无法判断", "Cannot be decided yet"),
        }[clause.outcome]
        yield Finding(
            f"clause:{clause.id}",
            clause.outcome == "yes",
            Text(f"{head.zh}：{clause.text.zh}（{zh}）", f"{head.en}: {clause.text.en} ({en})"),
        )


def _register(form: Form) -> Iterator[Finding]:
    """Standing and size class as the register has them."""
    if form.application.organisation is None:
        return
    facts = form.facts
    for fact in ("serious_violation", "abnormal_listed"):
        if facts.get(fact) is True:
            term = policy().facts[fact].term
            yield Finding(f"standing:{fact}", False, Text(f"{term.zh}：是", f"{term.en}: yes"))
    bad = any(facts.get(fact) is True for fact in ("serious_violation", "abnormal_listed"))
    if not bad:
        known = all(facts.get(fact) is False for fact in ("serious_violation", "abnormal_listed"))
        yield Finding(
            "standing",
            True,
            Text(
                "在本平台登记，未见经营异常和严重失信"
                + ("" if known else "（企业没有填报，审核时请查信用中国）"),
                "Registered here, no record of irregular operation or serious dishonesty"
                + ("" if known else " (not stated; look it up)"),
            ),
        )
    size = form.known.get("size_class")
    word = SIZES.get(str(size), Text("不能确定", "unknown"))
    yield Finding(
        "size",
        size is not None,
        Text(f"按登记数据划型：{word.zh}", f"Size class by the register: {word.en}"),
    )


def _differences(form: Form) -> Iterator[Finding]:
    """Fields that say something else than the register."""
    differs = [
        field
        for field in form.fields
        if field.rule.fact
        and field.rule.fact in form.known
        and form.known[field.rule.fact] != field.value
    ]
    for field in differs:
        fact = policy().facts[field.rule.fact]
        there = entry_text(field.rule, fact, form.known[field.rule.fact])
        yield Finding(
            f"differs:{field.rule.id}",
            False,
            Text(
                f"{field.rule.text.zh}填报为 {field.shown.zh or '空'}，一企一档为 {there.zh}",
                f"{field.rule.text.en} is {field.shown.en or 'empty'} in the form, {there.en} in"
                " the register",
            ),
        )
    if not differs:
        yield Finding(
            "differs",
            True,
            Text("填报内容与一企一档一致", "The form agrees with the register"),
        )


def as_stored(found: list[Finding]) -> Mapping[str, Any]:
    """The fields of an application that keep findings."""
    return {
        "findings": [finding.as_json() for finding in found],
        "exceptions": sum(not finding.ok for finding in found),
    }
