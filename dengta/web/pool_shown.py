"""How entries of the pool are shown, the same to everybody: a line of a list, the whole, what has
changed, and the metadata that programs read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from dengta.catalogue.queries import describing
from dengta.catalogue.queries.describing import Described
from dengta.catalogue.queries.platforms import confirmed_months
from dengta.catalogue.queries.pool import Entry, EntryVersion
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.registry.queries import division_of, policy, region_name

FEW = 3
"""So many sub-industries stand in a line of a list; of more their number is said."""
TREND = 6
"""So many months of a platform stand side by side."""
SAMPLE = Text("样例内容", "Sample content")
TYPES: Mapping[str, str] = {
    "solution": "Service", "product": "Product", "scenario": "Service", "package": "Service",
    "platform": "WebApplication", "app": "SoftwareApplication", "cloud_service": "Service",
    "case": "Article", "policy": "Legislation",
}  # fmt: skip
"""What each kind is called in the vocabulary of schema.org."""


def card(entry: Entry) -> dict[str, Any]:
    """One line of a list; `entry.current` and its uses have been read along."""
    industries = describing.industries_of(entry)
    kinds = policy().entry_kinds
    version = entry.current
    return {
        "entry": entry,
        "kind": kinds[entry.kind].name,
        "summary": version.summary if version else "",
        "measures": describing.at_a_glance(entry),
        "industries": industries[:FEW],
        "more_industries": max(len(industries) - FEW, 0),
        "division": region_name(division_of(entry.region_code)) if entry.region_code else None,
    }


def whole(described: Described) -> dict[str, Any]:
    """What the body of an entry's page shows."""
    version = described.version
    return {
        "entry": version.entry,
        "version": version,
        "kind": described.kind,
        "described": described,
        "costs": policy().pool.costs,
        "lines": [
            {
                "line": line,
                "class": policy().pool.costs.get(line.cost_class, Text(line.cost_class, "")),
                "sum_fen": line.quantity * line.price_fen,
            }
            for line in described.lines
        ],
    }


def months(entry: Entry) -> dict[str, Any]:
    """What the page of a platform says of its months: those that were confirmed, by metric. Nothing
    for entries of other kinds."""
    if entry.kind != Entry.Kind.PLATFORM:
        return {"months": [], "trend": []}
    found = confirmed_months(entry, TREND)
    return {
        "months": found,
        "trend": [
            (metric, [one.figures.get(metric.id) for one in found])
            for metric in policy().pool.metrics
        ],
    }


def metadata(request: HttpRequest, entry: Entry, described: Described) -> SafeString:
    """The entry as JSON-LD in the vocabulary of schema.org, safe to stand in a page."""
    version = described.version
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": TYPES.get(entry.kind, "Thing"),
        "@id": request.build_absolute_uri(reverse("catalogue_entry", args=[entry.slug])),
        "identifier": entry.slug,
        "name": version.name,
        "description": version.summary,
        "category": described.kind.name.zh,
        "inLanguage": "zh-Hans",
        "version": str(version.number),
    }
    document["url"] = document["@id"]
    if version.published_at:
        document["dateModified"] = version.published_at.date().isoformat()
    if entry.expires_date:
        document["expires"] = entry.expires_date.isoformat()
    if entry.organisation is not None:
        document["provider"] = {"@type": "Organization", "name": entry.organisation.name}
    price = _price_fen(version)
    if price is not None:
        document["offers"] = {
            "@type": "Offer", "price": yuan(price).replace(",", ""), "priceCurrency": "CNY",
        }  # fmt: skip
    if properties := _properties(described):
        document["additionalProperty"] = properties
    if document["@type"] == "Article":
        document["headline"] = version.name
    if entry.award:
        document["award"] = f"{entry.selected_in} {entry.award}".strip()
    text = json.dumps(document, ensure_ascii=False)
    for sign, written in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, written)
    return mark_safe(text)


def _properties(described: Described) -> list[dict[str, str]]:
    """What is measured, what is stated in short, and which scenario of which sub-industry is lifted
    to which level, as name and value. People to call are left to the page."""
    stated = [one for quality in described.qualities for one in quality.stated]
    people = policy().pool.sections.get("contact")
    stated += [one for name, facts, _texts in described.sections if name != people for one in facts]
    pairs = [(one.field.text.zh, one.value.zh) for one in stated]
    for use in described.uses:
        for scenario, level in use.scenarios:
            pairs.append((f"{use.sub_industry.zh} {use.nature.zh} {scenario.zh}", level.zh))
    return [{"@type": "PropertyValue", "name": name, "value": value} for name, value in pairs]


def _price_fen(version: EntryVersion) -> int | None:
    """The price from which it can be had, whatever its kind calls it."""
    for field in ("price_from_fen", "app_price_fen"):
        value = version.content.get(field)
        if isinstance(value, int):
            return value
    return None
