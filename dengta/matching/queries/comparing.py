"""Quotes side by side: line by line against standard prices, what is missing, what the firm would
pay after public money, and the ranking with its reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dengta.core import pairing
from dengta.core.pairing import Offer, OfferLine, Pair
from dengta.core.pairing_record import record
from dengta.core.records import as_text, sha256
from dengta.core.shapes import Text
from dengta.core.workdays import workdays_between
from dengta.matching.models import Need, Quote, QuoteLine
from dengta.matching.queries.choices import chosen_by_similar
from dengta.matching.queries.money import Cost, Outside, Paid, Purse, purse_of
from dengta.matching.queries.quoters import quoters
from dengta.matching.queries.recommending import Item, need_of
from dengta.registry.queries import division_of, policy, related


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a quote against its standard: deviation in basis points, None without one."""

    line: QuoteLine
    deviation_bps: int | None
    far: bool


@dataclass(frozen=True, slots=True)
class Quoted:
    """One quote in the comparison. `pair` is None where it meets nothing of what can be ranked;
    `dropped` are the standard items of its package that it leaves out. `able`: its provider may
    take on new work on the day."""

    quote: Quote
    pair: Pair | None
    lines: tuple[Line, ...]
    dropped: tuple[str, ...]
    paid: tuple[Paid, ...]
    related: Text | None
    chose: int
    standard_fen: int | None
    deviation_bps: int | None
    able: bool = True

    @property
    def aid_fen(self) -> int:
        """All public money that is estimated for it."""
        return sum(each.amount_fen for each in self.paid)

    @property
    def net_fen(self) -> int:
        """What is left to the firm."""
        return max(0, self.quote.price_fen - self.aid_fen)


@dataclass(frozen=True, slots=True)
class Compared:
    """All standing quotes of a need, the best first, and the record by which they are ranked
    again."""

    quotes: tuple[Quoted, ...]
    record: dict[str, Any]
    purse: Purse

    @property
    def seen(self) -> str:
        """What tells this comparison from any other: whoever chooses says which one they saw."""
        return str(self.record.get("record_digest", ""))

    @property
    def first(self) -> Quote | None:
        """The first of the ranking that can be chosen, None where nothing is ranked."""
        best = next((each for each in self.quotes if each.pair is not None and each.able), None)
        return best.quote if best else None


def items_of(need: Need) -> list[Item]:
    """The items of a need as (scenario, level now, level wanted)."""
    return [(item.scenario, item.from_level, item.to_level) for item in need.items.all()]


def compare(
    need: Need, day: dt.date, outside: Outside | None = None, states: Sequence[str] = ("sent",)
) -> Compared:
    """The quotes of a need in some states compared and ranked, in a constant number of queries.

    A need in words alone names no scenario, so nothing is ranked: the cheapest stands first.
    """
    outside = outside or Outside()
    rows = need.quotes.filter(state__in=states).select_related("provider", "entry__current")
    rows = rows.prefetch_related("lines", "entry__current__lines", "entry__current__uses").order_by(
        "id"
    )
    quotes, items = list(rows), items_of(need)
    purse = purse_of(need.organisation, day, outside.facts)
    level = max((to for _, _, to in items), default=1)
    paid = {quote.pk: purse.pays(_costs(quote), level, quote.discount_fen) for quote in quotes}
    ranked: dict[int, Pair] = {}
    made: dict[str, Any] = {}
    offers = [_offer(quote, paid[quote.pk], outside) for quote in quotes]
    if items:
        days = None
        if need.finish_by is not None and need.finish_by > day:
            days = max(1, workdays_between(day, need.finish_by))
        asked = need_of(
            need.organisation, items, day,
            sub_industry=need.sub_industry, budget_fen=need.budget_fen, days=days,
        )  # fmt: skip
        weights = pairing.weights_of(policy(), day)
        ranked = {int(pair.offer.id): pair for pair in pairing.pairs(asked, offers, weights)}
        made = record(asked, offers, weights, policy_digest=policy().digest)
    else:
        made = _unranked(offers)
    chose = chosen_by_similar(need.organisation.industry_code)
    far = policy().practised("match_deviation_bps", day)
    able = set(quoters(day).values_list("pk", flat=True))
    found = [
        replace(
            _quoted(need, quote, ranked.get(quote.pk), paid[quote.pk], chose, far),
            able=quote.provider_id in able,
        )
        for quote in quotes
    ]
    found.sort(key=lambda each: (_place(each), each.net_fen, each.quote.pk))
    return Compared(tuple(found), made, purse)


def _place(quoted: Quoted) -> int:
    return quoted.pair.place if quoted.pair else 10**6


def _unranked(offers: Sequence[Offer]) -> dict[str, Any]:
    """What is kept where nothing can be ranked: the offers as they stood."""
    shown = [
        {"id": offer.id, "price_fen": offer.price_fen, "aid_fen": offer.aid_fen, "days": offer.days}
        for offer in offers
    ]
    document: dict[str, Any] = {"format": "dengta-offers-1", "offers": shown}
    return document | {"record_digest": sha256(as_text(document))}


def _costs(quote: Quote) -> list[Cost]:
    return [Cost(line.cost_class, line.amount_fen) for line in quote.lines.all()]


def _offer(quote: Quote, paid: Sequence[Paid], outside: Outside) -> Offer:
    lines = tuple(
        OfferLine(line.scenario, line.level or 0) for line in quote.lines.all() if line.scenario
    )
    uses = quote.entry.current.uses.all() if quote.entry and quote.entry.current else ()
    return Offer(
        str(quote.pk).zfill(10),
        tuple(dict.fromkeys(lines)),
        quote.price_fen,
        quote.days,
        sum(each.amount_fen for each in paid),
        frozenset(use.sub_industry for use in uses),
        division_of(quote.provider.region_code),
        outside.scores.get(quote.provider_id),
        outside.accepted.get(quote.provider_id, 0),
    )


def deviation(price_fen: int, standard_fen: int | None) -> int | None:
    """How far a price is from its standard, in basis points, half up; None without a standard."""
    if not standard_fen:
        return None
    return (2 * (price_fen - standard_fen) * 10_000 + standard_fen) // (2 * standard_fen)


def _quoted(
    need: Need, quote: Quote, pair: Pair | None, paid: tuple[Paid, ...], chose: dict[int, int],
    far: int,
) -> Quoted:  # fmt: skip
    lines = []
    standard, priced = 0, 0
    for line in quote.lines.all():
        off = deviation(line.price_fen, line.standard_fen)
        lines.append(Line(line, off, off is not None and off > far))
        if line.standard_fen:
            standard += line.standard_fen * line.quantity
            priced += line.amount_fen
    answered = {each.line.package_line_id for each in lines}
    package = quote.entry.current if quote.entry else None
    dropped = [
        line.text for line in (package.lines.all() if package else ()) if line.pk not in answered
    ]
    return Quoted(
        quote, pair, tuple(lines), tuple(dropped), paid, related(need.organisation, quote.provider),
        chose.get(quote.provider_id, 0), standard or None, deviation(priced, standard or None),
    )  # fmt: skip
