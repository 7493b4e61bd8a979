"""名额 as they stand: which ones an application counts in, and how many are left."""

from __future__ import annotations

from typing import Literal, NamedTuple

from dengta.core.selection import Quota, Selection
from dengta.core.shapes import Text
from dengta.programmes.models import Application, QuotaCount
from dengta.registry.queries import division_of, industry_name, region_name


class Kind(NamedTuple):
    """One quota that an application counts in."""

    by: str
    value: str
    limit: int


def recommending_state(selection: Selection) -> str:
    """The check that recommends: the city's, else the last one that the selection has before its
    panel; "" where handing in is all it takes."""
    for state in ("city_recommend", "formal_check", "county_check"):
        if state in selection.steps:
            return state
    return ""


def value_for(application: Application, by: str) -> str:
    """What a quota counts an application under."""
    return {
        "round": "",
        "city": division_of(application.region_code),
        "industry": application.sector,
        "applicant": application.applicant_code,
    }[by]


def counted_at(application: Application, at: Literal["submit", "recommend"]) -> list[Kind]:
    """The quotas that an application counts in when it is handed in (its applicant's) or when it
    is recommended (the others), in one order for all, so that nobody waits in a circle."""
    return sorted(
        _kind(application, quota)
        for quota in application.round.rule.quotas
        if quota.at == "recommend" and (quota.by == "applicant") == (at == "submit")
    )


def _kind(application: Application, quota: Quota) -> Kind:
    value = value_for(application, quota.by)
    return Kind(quota.by, value, quota.of(value))


def quotas_for(application: Application) -> list[QuotaCount]:
    """The counts that recommending an application would raise, as the database has them now. Two
    queries at most; a count that nobody has touched yet is not saved."""
    kinds = counted_at(application, "recommend")
    rows = {(row.by, row.value): row for row in application.round.quotas.all()}
    return [
        rows.get((kind.by, kind.value))
        or QuotaCount(round=application.round, by=kind.by, value=kind.value, limit=kind.limit)
        for kind in kinds
    ]


def label(count: QuotaCount) -> Text:
    """What a count is called."""
    if count.by == "city":
        name = region_name(count.value)
        return Text(f"{name.zh}的推荐名额", f"the places of {name.en}")
    if count.by == "industry":
        name = industry_name(count.value) if count.value[:1].isdigit() else _sector(count)
        return Text(f"“{name.zh}”的推荐名额", f"the places for “{name.en}”")
    if count.by == "applicant":
        return Text("每家的申报名额", "the places of each applicant")
    return Text("本批次的推荐名额", "the places of this round")


def _sector(count: QuotaCount) -> Text:
    rule = count.round.rule
    for field in rule.fields:
        if field.id == rule.sector and count.value in field.values:
            return field.values[count.value]
    return Text(count.value, count.value)
