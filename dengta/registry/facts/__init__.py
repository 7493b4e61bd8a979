"""What the registry knows of an organisation, as facts of the vocabulary."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max

from dengta.core.codes import size_class
from dengta.core.facts import FactError, read_fact, years_between
from dengta.core.shapes import FactValue
from dengta.registry.models import EnterpriseYear, Organisation, StatedFact
from dengta.registry.queries import policy, titles_on


def facts_of(organisation: Organisation, day: dt.date) -> dict[str, FactValue]:
    """Stated facts first, then what the registry itself holds, which counts more."""
    facts = stated(organisation)
    facts |= {
        "uscc": organisation.uscc,
        "region_code": organisation.region_code,
        "industry_code": organisation.industry_code,
        "titles": titles_on(organisation, day),
    }
    if organisation.established_date is not None:
        facts["established_date"] = organisation.established_date
        facts["years_established"] = years_between(organisation.established_date, day)
    year = EnterpriseYear.objects.filter(organisation=organisation).order_by("-year").first()
    if year is not None:
        facts |= {
            "employees": year.employees,
            "revenue_fen": year.revenue_fen,
            "assets_fen": year.assets_fen,
        }
    size = size_class(policy(), facts).size_class
    if size:
        facts["size_class"] = size
    return {fact: value for fact, value in facts.items() if fact in policy().facts}


def stated(organisation: Organisation) -> dict[str, FactValue]:
    """The latest statement of each fact. A statement that the vocabulary no longer allows is
    passed over."""
    latest = (
        StatedFact.objects.filter(organisation=organisation)
        .values("fact")
        .annotate(last=Max("id"))
        .values("last")
    )
    facts: dict[str, FactValue] = {}
    for fact, value in StatedFact.objects.filter(pk__in=latest).values_list("fact", "value"):
        try:
            facts[fact] = read_fact(policy(), fact, value)
        except FactError:
            continue
    return facts
