"""Selections in words, the same on every desk: who applies, which way a round goes, what its
quotas say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from dengta.core.selection import Quota, Selection
from dengta.core.shapes import Text
from dengta.core.sources import Period
from dengta.core.workdays import workdays_between
from dengta.programmes.queries import Application, Round, takes_applications
from dengta.registry.queries import industry_name, policy, region_name
from dengta.web.frame import said

APPLICANTS: Mapping[str, Text] = {
    "enterprise": Text("企业", "Enterprises"),
    "provider": Text("数字化服务商", "Service providers"),
    "city": Text("市州", "Divisions"),
    "county": Text("县（市、区）", "Counties"),
}
STEP_NAMES: Mapping[str, Text] = {
    "county_check": Text("区县初审", "Check by the county"),
    "city_recommend": Text("市州推荐", "Recommendation by the division"),
    "formal_check": Text("省级形式审查", "Formal check by the province"),
    "panel": Text("专家评审", "Review by experts"),
    "site_visit": Text("现场核查", "Site visit"),
    "publicity": Text("公示", "Publicity"),
}
BEFORE: Mapping[str, tuple[str, ...]] = {
    "open": (),
    "closed": ("apply",),
    "review": ("apply", "county_check", "city_recommend", "formal_check"),
    "listed": ("apply", "county_check", "city_recommend", "formal_check", "panel", "site_visit"),
}
"""What lies behind a round, by its state; from publicity on, all but the publicity itself."""
NOW: Mapping[str, tuple[str, ...]] = {
    "open": ("apply",),
    "closed": ("county_check", "city_recommend", "formal_check"),
    "review": ("panel", "site_visit"),
    "listed": (),
    "publicity": ("publicity",),
}


def deadline(round: Round, now: dt.datetime) -> dict[str, Any] | None:
    """How long applications are still taken, as the clock chip has it; None when they are not."""
    if not takes_applications(round, now):
        return None
    day, last = timezone.localdate(now), timezone.localdate(round.closes_at)
    who = said(APPLICANTS[round.rule.applicant])
    holder = _("%(who)s申报") % {"who": who}
    return {"holder": holder, "left": workdays_between(day, last), "due": last}


def way(round: Round) -> list[dict[str, Any]]:
    """The steps of a round in their order, each with its working days, and where it stands now."""
    rule = round.rule
    behind, at = BEFORE.get(round.state), NOW.get(round.state, ())
    ended = round.flow.state(round.state).final
    names = ["apply", *rule.steps, "award"]
    steps = []
    for step in names:
        over = step in behind if behind is not None else step not in ("publicity", "award")
        if ended:
            over = round.award_date is not None
        tone = "good" if over else "river" if step in at else "quiet"
        steps.append(_step(round, rule, step) | {"tone": tone, "now": step in at})
    return steps


def _step(round: Round, rule: Selection, step: str) -> dict[str, Any]:
    if step == "apply":
        name = _("填报提交")
        return {"name": name, "from": round.opens_at, "until": round.closes_at}
    if step == "award":
        return {"name": _("发文认定"), "day": round.award_date}
    if step == "publicity":
        period = {"from": round.publicity_from, "until": round.publicity_until}
        return {"name": STEP_NAMES[step], "days": rule.publicity_workdays} | period
    return {"name": STEP_NAMES[step], "days": days_of(rule, step)}


def days_of(rule: Selection, step: str) -> int | None:
    """The working days that an office has for one application in a step."""
    own, id = rule.days.get(step), Application.flow.state(step).days
    return own if own or not id else policy().practised(id, timezone.localdate())


def quota_words(quota: Quota) -> Text:
    """A quota in one sentence; a table's values are listed beside it by `quota_table`."""
    n = quota.limit
    others = bool(quota.table)
    match quota.by:
        case "round":
            return Text(f"全省共 {n} 个", f"{n} in the whole province")
        case "city" if others:
            return Text(f"市州推荐名额，未列出的各 {n} 个", f"per division; {n} for the others")
        case "city":
            return Text(f"每个市州最多推荐 {n} 个", f"at most {n} per division")
        case "industry" if others:
            return Text(f"分行业名额，未列出的各 {n} 个", f"per industry; {n} for the others")
        case "industry":
            return Text(f"每个行业最多 {n} 个", f"at most {n} per industry")
    return Text(f"每个申报单位最多 {n} 个", f"at most {n} per applicant")


def quota_table(quota: Quota) -> list[tuple[str, int]]:
    """The values that a quota names, each by its name."""
    return [(quota_value(quota.by, value), n) for value, n in quota.table.items()]


def quota_value(by: str, value: str) -> str:
    """What a quota counts, by name: a division, an industry or the round itself."""
    if by == "city":
        return said(region_name(value))
    if by == "industry":
        return said(sector_name(value))
    return value or _("全省")


def sector_name(value: str) -> Text:
    """An industry by name, or a choice of the selection's own form as it is."""
    return industry_name(value) if value in policy().industries else Text(value, value)


def per_applicant(rule: Selection) -> int | None:
    """How many applications one applicant may hand in; None without a limit."""
    return next((quota.limit for quota in rule.quotas if quota.by == "applicant"), None)


def places(round: Round) -> int | None:
    """How many may be selected: the round's own number, else the selection's."""
    whole = next((q.limit for q in round.rule.quotas if q.by == "round"), None)
    return whole if round.places is None else round.places


def asked(rule: Selection) -> Iterator[dict[str, Any]]:
    """The form at a glance: its sections, each with its fields by name."""
    for section, text in rule.sections.items():
        fields = [field for field in rule.fields if field.section == section]
        yield {"id": section, "text": text, "fields": fields}


def document(round: Round, published: dt.datetime | None) -> dict[str, Any]:
    """The head of a notice as a public document."""
    opens, closes = timezone.localdate(round.opens_at), timezone.localdate(round.closes_at)
    return {
        "index_number": round.number,
        "body": Text("省经济和信息化主管部门", "Provincial department of economy and IT"),
        "topic": round.rule.name,
        "number": round.document_number,
        "issued": published,
        "in_force": Period(opens, closes),
    }
