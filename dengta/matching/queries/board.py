"""Needs as an office sees them: unanswered first, how many quotes each gets, whom firms choose."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import models

from dengta.accounts.queries import Actor
from dengta.matching.models import Choice, Need, Quote
from dengta.matching.queries.needs import LIVE, listed_in
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, policy, within

FIRST = models.Case(
    models.When(state="unmatched", then=0),
    models.When(state="open", answers=0, then=1),
    models.When(state="open", then=2),
    default=3,
    output_field=models.IntegerField(),
)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what was chosen went to one provider. Shares in basis points, money in 分."""

    provider: Organisation
    chosen: int
    amount_fen: int
    share_bps: int
    high: bool


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region: needs published, those nobody answers, and quotes per need in hundredths."""

    region: str
    needs: int
    unanswered: int
    chosen: int
    quotes_hundredths: int


@dataclass(frozen=True, slots=True)
class Board:
    """The figures above the list. `quotes_hundredths` are quotes per published need, times 100."""

    needs: int
    unanswered: int
    chosen: int
    quotes_hundredths: int
    regions: tuple[RegionRow, ...]
    shares: tuple[Share, ...]


def rows(actor: Actor, state: str = "") -> models.QuerySet[Need]:
    """The needs of the territory, those that nobody answers first, then the longest open."""
    found = listed_in(actor)
    if state:
        found = found.filter(state=state)
    return found.annotate(first=FIRST).order_by("first", "published_at", "id")


def board(actor: Actor, day: dt.date) -> Board:
    """Figures of the territory, by division (by county within one) and by provider; a constant
    number of queries."""
    firms = within(Organisation.objects.all(), actor.region)
    mine = Need.objects.filter(organisation__in=firms, published_at__isnull=False)
    needs = list(mine.values_list("pk", "state", "organisation__region_code"))
    quotes = Quote.objects.filter(need__in=mine, state__in=LIVE)
    counts = dict(quotes.values("need").annotate(n=models.Count("pk")).values_list("need", "n"))
    grouped: dict[str, list[tuple[str, int]]] = {}
    for pk, state, region in needs:
        place = division_of(region) if actor.role == "province" else region
        grouped.setdefault(place, []).append((state, counts.get(pk, 0)))
    regions = tuple(_region(place, found) for place, found in sorted(grouped.items()))
    regions = tuple(sorted(regions, key=lambda row: (-row.unanswered, row.region)))
    whole = _region("", [pair for found in grouped.values() for pair in found])
    return Board(
        whole.needs, whole.unanswered, whole.chosen, whole.quotes_hundredths, regions,
        _shares(mine, day),
    )  # fmt: skip


def _region(place: str, found: list[tuple[str, int]]) -> RegionRow:
    """`found` are the state of each need and the number of its quotes."""
    count = len(found)
    quotes = sum(n for _, n in found)
    unanswered = sum(1 for state, n in found if state == "unmatched" or (state == "open" and not n))
    return RegionRow(
        place, count, unanswered, sum(1 for state, _ in found if state == "chosen"),
        (200 * quotes + count) // (2 * count) if count else 0,
    )  # fmt: skip


def _shares(mine: models.QuerySet[Need], day: dt.date) -> tuple[Share, ...]:
    """Who was chosen how often and for how much, the largest first."""
    price = models.F("quote__list_fen") - models.F("quote__discount_fen")
    found = list(
        Choice.objects.filter(need__in=mine, undone_at=None)
        .values("quote__provider")
        .annotate(chosen=models.Count("pk"), amount=models.Sum(price))
        .order_by("-amount", "quote__provider")
    )
    providers = Organisation.objects.in_bulk([row["quote__provider"] for row in found])
    total = sum(row["amount"] for row in found)
    limit = policy().practised("match_share_bps", day)
    enough = sum(row["chosen"] for row in found) >= policy().practised("match_offers_least", day)
    return tuple(
        Share(
            providers[row["quote__provider"]], row["chosen"], row["amount"],
            share := (20_000 * row["amount"] + total) // (2 * total) if total else 0,
            enough and share >= limit,
        )
        for row in found
    )  # fmt: skip
