"""What fits a firm: for each gap the packages of the pool that close it, who offers them, at what
price after public money, ranked with reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dengta.assessment.queries import Assessment, latest_of, result_of
from dengta.catalogue.models import Entry, PackageLine, ScenarioUse
from dengta.core import pairing
from dengta.core.pairing import Need, Offer, OfferLine, Pair
from dengta.core.results import Gap
from dengta.core.shapes import Text
from dengta.matching.queries.choices import chosen_by_similar
from dengta.matching.queries.money import Cost, Outside, Paid, Purse, purse_of
from dengta.matching.queries.quoters import quoters
from dengta.matching.queries.terms import own_sub_industry, scenarios, wanted_of
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, policy, related

Item = tuple[str, int | None, int]
"""(scenario, level now or None, level wanted)."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """A package and its provider at its place, with what it costs and who pays a part of it.

    `related` says what firm and provider share; `chose` how many similar firms chose the provider.
    """

    pair: Pair
    entry: Entry
    provider: Organisation
    lines: tuple[PackageLine, ...]
    paid: tuple[Paid, ...]
    related: Text | None
    chose: int


@dataclass(frozen=True, slots=True)
class Recommendation:
    """All that is recommended for some gaps; `unmet` are the scenarios that no package lifts."""

    need: Need
    found: tuple[Recommended, ...]
    unmet: tuple[Text, ...]
    purse: Purse

    @property
    def providers(self) -> tuple[Organisation, ...]:
        """The providers, each once, the best first."""
        return tuple({one.provider.pk: one.provider for one in self.found}.values())


def gaps_of(assessment: Assessment, day: dt.date) -> tuple[Gap, ...]:
    """The scenario gaps of an assessment, the most useful first."""
    known = scenarios(day)
    found = result_of(assessment).gaps
    return tuple(gap for gap in found if gap.kind == "scenario" and gap.item in known)


def items_of(gaps: Iterable[Gap]) -> list[Item]:
    """Gaps as items of a need."""
    return [(gap.item, int(gap.have), int(gap.want)) for gap in gaps]


def last_gaps(organisation: Organisation, day: dt.date) -> tuple[Assessment | None, list[Gap]]:
    """The firm's last assessment and its scenario gaps."""
    found = latest_of(organisation.pk)
    return (found, list(gaps_of(found, day))) if found else (None, [])


def packages(wanted: Iterable[str]) -> list[Entry]:
    """Published packages that lift any of some scenarios and have a provider, with lines and
    uses."""
    uses = ScenarioUse.objects.filter(scenario__in=list(wanted))
    found = Entry.objects.filter(
        kind=Entry.Kind.PACKAGE, state="published", current__in=uses.values("version"),
        organisation__isnull=False,
    )  # fmt: skip
    found = found.select_related("current", "organisation").order_by("id")
    return list(found.prefetch_related("current__lines", "current__uses"))


def need_of(
    organisation: Organisation,
    items: Sequence[Item],
    day: dt.date,
    *,
    sub_industry: str = "",
    budget_fen: int | None = None,
    days: int | None = None,
) -> Need:
    """What a firm wants, as pairing takes it."""
    return Need(
        wanted_of(items, day),
        sub_industry or own_sub_industry(organisation),
        budget_fen,
        days,
        division_of(organisation.region_code),
    )


def recommend(
    organisation: Organisation,
    items: Sequence[Item],
    day: dt.date,
    *,
    outside: Outside | None = None,
    sub_industry: str = "",
) -> Recommendation:
    """The packages that fit some wanted rises, the best first; a constant number of queries.

    Only packages of providers that may quote on the day are shown.
    """
    need = need_of(organisation, items, day, sub_industry=sub_industry)
    outside = outside or Outside()
    purse = purse_of(organisation, day, outside.facts)
    level = max(item.to_level for item in need.items)
    listed = set(quoters(day).values_list("pk", flat=True))
    entries = {
        str(entry.pk).zfill(10): entry
        for entry in packages(item.scenario for item in need.items)
        if entry.organisation_id in listed
    }
    paid = {id: purse.pays(_costs(entry), level) for id, entry in entries.items()}
    offers = [offer_of(id, entry, paid[id], outside) for id, entry in entries.items()]
    weights = pairing.weights_of(policy(), day)
    chose = chosen_by_similar(organisation.industry_code)
    found = []
    for pair in pairing.pairs(need, offers, weights):
        entry = entries[pair.offer.id]
        provider = entry.organisation
        assert provider is not None
        found.append(
            Recommended(
                pair, entry, provider, _lines(entry), paid[pair.offer.id],
                related(organisation, provider), chose.get(provider.pk, 0),
            )
        )  # fmt: skip
    return Recommendation(need, tuple(found), _unmet(need, offers), purse)


def offer_of(id: str, entry: Entry, paid: Iterable[Paid], outside: Outside) -> Offer:
    """A package as pairing takes it."""
    provider, version = entry.organisation, entry.current
    assert provider is not None
    assert version is not None
    lines, uses = _lines(entry), list(version.uses.all())
    reach = [OfferLine(line.scenario, line.level or 0) for line in lines if line.scenario]
    reach += [OfferLine(use.scenario, use.level) for use in uses]
    return Offer(
        id,
        tuple(dict.fromkeys(reach)),
        sum(line.quantity * line.price_fen for line in lines),
        sum(line.days for line in lines),
        sum(each.amount_fen for each in paid),
        frozenset(use.sub_industry for use in uses),
        division_of(provider.region_code),
        outside.scores.get(provider.pk),
        outside.accepted.get(provider.pk, 0),
    )


def _lines(entry: Entry) -> tuple[PackageLine, ...]:
    return tuple(entry.current.lines.all()) if entry.current else ()


def _costs(entry: Entry) -> list[Cost]:
    return [Cost(line.cost_class, line.quantity * line.price_fen) for line in _lines(entry)]


def _unmet(need: Need, offers: Sequence[Offer]) -> tuple[Text, ...]:
    """The wanted scenarios that no offer lifts to the wanted level."""
    best: Mapping[str, int] = {
        item.scenario: max((offer.reaches(item.scenario) for offer in offers), default=0)
        for item in need.items
    }
    return tuple(item.name for item in need.items if best[item.scenario] < item.to_level)
