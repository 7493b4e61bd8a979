"""Reads of diagnoses: whom a firm can choose from, who sees which order, the gaps that were found.

Source: 行动方案 二（一）2 (diagnosis by industry and class);
at least three providers are shown and none is forced (`practice.toml`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.models import Assessment, DiagnosisGap
from dengta.assessment.models import DiagnosisOrder as DiagnosisOrder
from dengta.core import draws
from dengta.core.shapes import Text
from dengta.registry.models import Organisation
from dengta.registry.queries import (
    by_uscc,
    division_of,
    organisation_of,
    policy,
    providers_in,
    related,
    within,
)
from dengta.trail.models import Document

ENDED = ("accepted", "cancelled")


@dataclass(frozen=True, slots=True)
class Record:
    """What a provider's diagnoses say of it: done, in this industry, open now, mean satisfaction in
    tenths of a point (None before the first)."""

    done: int = 0
    in_industry: int = 0
    open: int = 0
    satisfaction_tenths: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One provider that a firm can choose, with its record."""

    provider: Organisation
    record: Record
    near: bool

    def as_json(self) -> dict[str, object]:
        """What is kept of an offer with the choice."""
        return {
            "uscc": self.provider.uscc,
            "name": self.provider.name,
            "done": self.record.done,
            "in_industry": self.record.in_industry,
            "open": self.record.open,
            "satisfaction_tenths": self.record.satisfaction_tenths,
        }


def diagnosers(day: dt.date) -> models.QuerySet[Organisation]:
    """The providers that may diagnose on a day: holders of a role that practice names, unless they
    are under sanction."""
    return providers_in(policy().practised_words("diagnosis_roles", day), day)


def offers_needed(day: dt.date) -> int:
    """How many providers have to be shown before a firm can choose."""
    return policy().practised("diagnosis_offers_least", day)


def offers(order: DiagnosisOrder, day: dt.date) -> list[Offer]:
    """Whom the firm can choose from, in an order that cannot be bought.

    Related parties and those who declined are left out. Those with fewer open orders come first;
    among equals a hash of order and code decides, so that nobody is first everywhere.
    """
    firm = order.organisation
    pool = [
        provider
        for provider in diagnosers(day)
        if provider.uscc not in order.declined and related(firm, provider) is None
    ]
    records = records_of(pool, order.industry_code)
    here = division_of(firm.region_code)
    found = [
        Offer(provider, records[provider.pk], division_of(provider.region_code) == here)
        for provider in pool
    ]
    return sorted(found, key=lambda offer: (offer.record.open, _ticket(order, offer.provider)))


def _ticket(order: DiagnosisOrder, provider: Organisation) -> str:
    return hashlib.sha256(f"{order.number}|{provider.uscc}".encode()).hexdigest()


def records_of(providers: Iterable[Organisation], industry_code: str) -> Mapping[int, Record]:
    """The record of each provider, in one query."""
    ids = [provider.pk for provider in providers]
    done = models.Q(state="accepted")
    rows = (
        DiagnosisOrder.objects.filter(provider__in=ids)
        .values("provider")
        .annotate(
            done=models.Count("id", filter=done),
            in_industry=models.Count(
                "id", filter=done & models.Q(industry_code__startswith=industry_code[:2])
            ),
            open=models.Count("id", filter=~models.Q(state__in=ENDED)),
            marks=models.Sum("satisfaction", filter=done),
        )
    )
    found = {
        row["provider"]: Record(
            row["done"],
            row["in_industry"],
            row["open"],
            (row["marks"] * 10 * 2 + row["done"]) // (row["done"] * 2) if row["done"] else None,
        )
        for row in rows
    }
    return {pk: found.get(pk, Record()) for pk in ids}


def _rows() -> models.QuerySet[DiagnosisOrder]:
    return DiagnosisOrder.objects.select_related("organisation", "provider", "report")


def orders_of(organisation_id: int) -> models.QuerySet[DiagnosisOrder]:
    """A firm's orders, newest first."""
    return _rows().filter(organisation_id=organisation_id).order_by("-id")


def orders_for(provider_id: int) -> models.QuerySet[DiagnosisOrder]:
    """The orders that a provider has, newest first."""
    return _rows().filter(provider_id=provider_id).order_by("-id")


def orders_in(actor: Actor) -> models.QuerySet[DiagnosisOrder]:
    """The orders of an official's territory, newest first; none for others."""
    if not actor.official:
        return _rows().none()
    firms = within(Organisation.objects.all(), actor.region).values("pk")
    return _rows().filter(organisation__in=firms).order_by("-id")


@dataclass(frozen=True, slots=True)
class QualitySample:
    """The orders of one month whose quality an office checks, drawn by lot: the month's seed is
    shown when the month is over, its commitment while it runs. `orders` are ids in the order drawn.
    """

    month: dt.date
    accepted: int
    orders: tuple[int, ...]
    seed: str
    commitment: str
    next_commitment: str


def quality_sample(actor: Actor, day: dt.date) -> QualitySample:
    """Last month's sample in an official's territory. Nobody chooses it: seeds follow from the
    platform's own key and the month, and anybody who has the list and the seed can draw it again.
    """
    first = (day.replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    rows = orders_in(actor).filter(
        accepted_at__date__gte=first, accepted_at__date__lt=day.replace(day=1)
    )
    numbers = {order.number: order.pk for order in rows}
    seed = _seed_of(first)
    commitment = draws.commitment_of(seed)
    drawn: tuple[str, ...] = ()
    if numbers:
        share = policy().practised("diagnosis_check_bps", day)
        many = max(1, -(-len(numbers) * share // 10_000))
        entries = [draws.Entry(number) for number in numbers]
        drawn = draws.draw(entries, draws.announce(entries, commitment, many), seed).sample
    return QualitySample(
        first,
        len(numbers),
        tuple(numbers[number] for number in drawn),
        seed,
        commitment,
        draws.commitment_of(_seed_of(day.replace(day=1))),
    )


def _seed_of(month: dt.date) -> str:
    """64 hex digits that only the platform's key and the month decide."""
    about = f"diagnosis-quality/{month:%Y-%m}"
    return hmac.new(settings.SECRET_KEY.encode(), about.encode(), hashlib.sha256).hexdigest()


def visible_order(actor: Actor, pk: int) -> DiagnosisOrder:
    """One order, if the actor may see it. DiagnosisOrder.DoesNotExist otherwise."""
    order = _rows().select_related("assessment__organisation").get(pk=pk)
    if actor.official and actor.covers(order.case_region):
        return order
    parties = (order.organisation_id, order.provider_id)
    if actor.organisation_id and actor.organisation_id in parties:
        return order
    raise DiagnosisOrder.DoesNotExist


def assessment_shown(order: DiagnosisOrder, actor: Actor) -> Assessment | None:
    """The assessment that comes with an order: to the provider only where the firm agreed."""
    if actor.role == "provider" and not order.shares_result:
        return None
    return order.assessment


def diagnosed(organisations: Iterable[int]) -> models.QuerySet[DiagnosisOrder, Any]:
    """Of some firms, by their ids, the ids of those whose diagnosis was accepted."""
    done = DiagnosisOrder.objects.filter(organisation__in=organisations, state="accepted")
    return done.values("organisation").distinct()


def open_order(organisation_id: int, scope: str) -> DiagnosisOrder | None:
    """The order of a scope that is still under way, if any: there is at most one."""
    rows = _rows().filter(organisation_id=organisation_id, scope=scope)
    return rows.exclude(state__in=ENDED).first()


def diagnosed_gaps(organisation_id: int) -> list[DiagnosisGap]:
    """The gaps that accepted diagnoses found, the gravest first; they join the assessment's."""
    rows = DiagnosisGap.objects.select_related("order__provider").filter(
        order__organisation=organisation_id, order__state="accepted"
    )
    return list(rows.order_by("-severity", "-order__accepted_at", "id"))


def diagnosis_document(actor: Actor, document_id: int) -> Document | None:
    """A report of a diagnosis, if the actor may see its order; else None."""
    for pk in DiagnosisOrder.objects.filter(report=document_id).values_list("pk", flat=True):
        try:
            visible_order(actor, pk)
        except DiagnosisOrder.DoesNotExist:
            continue
        return Document.objects.get(pk=document_id)
    return None


def item_names(order: DiagnosisOrder) -> dict[str, Text]:
    """The items that a gap can be tied to: those of the instrument of the firm's assessment."""
    if order.assessment is None:
        return {}
    instrument = policy().instruments[order.assessment.instrument]
    names = {scenario.id: scenario.text for scenario in instrument.scenarios}
    return names | {question.id: question.text for question in instrument.questions}


def wanted_firm(actor: Actor, uscc: str) -> Organisation | None:
    """An enterprise of an official's territory by its code; None if there is none."""
    found = by_uscc(uscc)
    if found is None or found.kind != Organisation.Kind.ENTERPRISE:
        return None
    return found if actor.covers(found.region_code) else None


def own_firm(actor: Actor) -> Organisation:
    """The enterprise the actor speaks for."""
    return organisation_of(actor)


def today() -> dt.date:
    """The date here."""
    return timezone.localdate()
