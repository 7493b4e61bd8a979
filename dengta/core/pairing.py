"""供需匹配: one need and what is offered for it, ranked with reasons. Exact, in integers and
fractions; the same whatever the order of the input.

Every criterion looks at one offer and the need alone, never at the other offers, and never falls
when the offer gets better. Hence a further offer leaves the order of the others as it is, and an
offer that is at least as good in everything and better in something stands before the other. Of
equals the first id stands first. What somebody pays, and what a provider says of itself without
evidence, is no part of an offer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from dengta.core.money import wan
from dengta.core.results import level_text
from dengta.core.sources import Text

if TYPE_CHECKING:
    from dengta.core.shapes import Policy

__all__ = [
    "CRITERIA",
    "Need",
    "Offer",
    "OfferLine",
    "Pair",
    "Part",
    "Unfit",
    "Wanted",
    "Weights",
    "dominates",
    "pairs",
    "unfit",
    "weights_of",
]

WHOLE_BPS = 10_000
CRITERIA: dict[str, Text] = {
    "fit": Text("满足需求", "Meets the need"),
    "price": Text("补助后价格", "Price after public money"),
    "days": Text("工期", "Working days"),
    "score": Text("服务商评分", "Provider's score"),
    "similar": Text("同行成效", "Similar firms"),
    "made_for": Text("行业适用", "Made for the trade"),
    "near": Text("本地服务", "Near"),
}
"""What is weighed, in the order of reading; see `practice.toml` for the weights."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One scenario that is to rise from a level (0 where it is not known) to a higher one.

    `standard_fen` is the standard price of that rise, None where the pool has none."""

    scenario: str
    to_level: int
    from_level: int = 0
    name: Text = Text("", "")
    standard_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What a firm wants. ValueError when it wants nothing, or something that is no rise."""

    items: tuple[Wanted, ...]
    sub_industry: str = ""
    budget_fen: int | None = None
    days: int | None = None
    region: str = ""

    def __post_init__(self) -> None:
        if not self.items or any(one.from_level >= one.to_level for one in self.items):
            raise ValueError("a need wants at least one scenario to rise")
        if len({one.scenario for one in self.items}) < len(self.items):
            raise ValueError("a need names each scenario once")


@dataclass(frozen=True, slots=True)
class OfferLine:
    """One item of an offer: which scenario it lifts to which level; empty for what lifts none."""

    scenario: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """A package or a quote with the facts of its provider.

    `price_fen` is what the firm would pay without public money, `aid_fen` the subsidy and voucher
    that it may count on (from outside); `score_bps` the provider's score computed from facts, None
    before there are any; `similar` the firms of the same trade that accepted its work. `id` is
    stable and breaks ties.
    """

    id: str
    lines: tuple[OfferLine, ...]
    price_fen: int
    days: int
    aid_fen: int = 0
    sub_industries: frozenset[str] = frozenset()
    region: str = ""
    score_bps: int | None = None
    similar: int = 0

    @property
    def net_fen(self) -> int:
        """What is left to the firm after public money."""
        return max(0, self.price_fen - self.aid_fen)

    def reaches(self, scenario: str) -> int:
        """The level that it lifts a scenario to; 0 where it does not."""
        return max((line.level for line in self.lines if line.scenario == scenario), default=0)


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights in basis points by criterion, 10,000 together, and what stands in for the unknown:
    `unknown_score_bps` for a provider without a score, `level_fen` for the rise by a level that has
    no standard price, `term_days` where the need says no days. More than `similar_enough` firms
    count no more. ValueError when the weights do not add up."""

    bps: tuple[tuple[str, int], ...]
    unknown_score_bps: int
    level_fen: int
    term_days: int
    similar_enough: int

    def __post_init__(self) -> None:
        named = dict(self.bps)
        sound = set(named) == set(CRITERIA) and min(named.values(), default=0) >= 0
        if not sound or sum(named.values()) != WHOLE_BPS:
            raise ValueError("the weights of pairing name each criterion and add up to 10000")
        if min(self.level_fen, self.term_days, self.similar_enough) < 1:
            raise ValueError("standard price, term and number of firms are positive")


def weights_of(policy: Policy, day: dt.date) -> Weights:
    """The weights of a day (`practice.toml`, `pairing_…`). KeyError where one is missing."""
    return Weights(
        tuple((name, policy.practised(f"pairing_{name}_bps", day)) for name in CRITERIA),
        policy.practised("pairing_unknown_score_bps", day),
        policy.practised("pairing_level_fen", day),
        policy.practised("pairing_term_days", day),
        policy.practised("pairing_similar_enough", day),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One criterion: how much of it is reached (0 to 1), its weight, and why in words."""

    criterion: str
    share: Fraction
    weight_bps: int
    reason: Text

    @property
    def name(self) -> Text:
        """The criterion in words."""
        return CRITERIA[self.criterion]

    @property
    def points(self) -> Fraction:
        """Of 100."""
        return self.share * self.weight_bps / 100


@dataclass(frozen=True, slots=True)
class Pair:
    """An offer at its place, with what it scores, what it meets and what is missing."""

    place: int
    offer: Offer
    parts: tuple[Part, ...]
    meets: tuple[Text, ...]
    missing: tuple[Text, ...]

    @property
    def points(self) -> Fraction:
        """Of 100, exact."""
        return sum((part.points for part in self.parts), Fraction(0))

    @property
    def shown(self) -> str:
        """The points with one decimal, half up."""
        tenths = int(self.points * 10 + Fraction(1, 2))
        return f"{tenths // 10}.{tenths % 10}"

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class Unfit:
    """An offer that meets nothing of the need, and why."""

    offer: Offer
    reason: Text


def pairs(need: Need, offers: Iterable[Offer], weights: Weights) -> tuple[Pair, ...]:
    """The offers that meet anything of the need, the best first. ValueError for an id twice."""
    given = sorted(offers, key=lambda offer: offer.id)
    if len({offer.id for offer in given}) < len(given):
        raise ValueError("each offer has an id of its own")
    found = [(offer, _parts(need, offer, weights)) for offer in given if _covered(need, offer)]
    found.sort(key=lambda each: _rank(need, each[0], each[1], weights))
    return tuple(
        Pair(place, offer, parts, *_said(need, offer))
        for place, (offer, parts) in enumerate(found, 1)
    )


def unfit(need: Need, offers: Iterable[Offer]) -> tuple[Unfit, ...]:
    """The offers that meet nothing of the need, in the order of their ids."""
    none = Text(
        "没有一项达到需求中的场景和等级。", "It lifts none of the wanted scenarios any higher."
    )
    left = [offer for offer in offers if not _covered(need, offer)]
    return tuple(Unfit(offer, none) for offer in sorted(left, key=lambda offer: offer.id))


def dominates(need: Need, one: Offer, other: Offer, weights: Weights) -> bool:
    """Whether one offer is at least as good as another in everything and better in something."""
    mine, theirs = _merits(need, one, weights), _merits(need, other, weights)
    return mine != theirs and all(a >= b for a, b in zip(mine, theirs, strict=True))


def _merits(need: Need, offer: Offer, weights: Weights) -> tuple[Fraction | int, ...]:
    """All that counts of an offer, each the more the better; what it lifts item by item first."""
    return (
        *(_lifted(item, offer) for item in need.items),
        -offer.net_fen,
        -offer.days,
        _score(offer, weights),
        offer.similar,
        int(_made_for(need, offer)),
        int(_near(need, offer)),
    )


def _rank(
    need: Need, offer: Offer, parts: Sequence[Part], weights: Weights
) -> tuple[Fraction | int | str, ...]:
    """Points first; of equals whoever lifts more, then every merit in turn, then the id."""
    points = sum((part.points for part in parts), Fraction(0))
    merits = _merits(need, offer, weights)[len(need.items) :]
    return (-points, -_covered(need, offer), *(-merit for merit in merits), offer.id)


def _lifted(item: Wanted, offer: Offer) -> Fraction:
    """Which share of the wanted rise an offer brings, 0 to 1."""
    to = min(offer.reaches(item.scenario), item.to_level)
    return Fraction(max(0, to - item.from_level), item.to_level - item.from_level)


def _covered(need: Need, offer: Offer) -> Fraction:
    """The share of the whole need that an offer meets: each wanted scenario counts the same."""
    return sum((_lifted(item, offer) for item in need.items), Fraction(0)) / len(need.items)


def _standard(item: Wanted, weights: Weights) -> int:
    """The standard price of one wanted rise."""
    if item.standard_fen:
        return item.standard_fen
    return weights.level_fen * (item.to_level - item.from_level)


def _score(offer: Offer, weights: Weights) -> int:
    return weights.unknown_score_bps if offer.score_bps is None else offer.score_bps


def _made_for(need: Need, offer: Offer) -> bool:
    return bool(need.sub_industry) and need.sub_industry in offer.sub_industries


def _near(need: Need, offer: Offer) -> bool:
    return bool(need.region) and need.region == offer.region


def _parts(need: Need, offer: Offer, weights: Weights) -> tuple[Part, ...]:
    """What an offer scores by each criterion."""
    standard = sum(
        (_lifted(item, offer) * _standard(item, weights) for item in need.items), Fraction(0)
    )
    term = need.days or weights.term_days
    enough = weights.similar_enough
    shares = {
        "fit": _covered(need, offer),
        # The standard price scores one half, nothing to pay the whole; it never quite falls to 0.
        "price": standard / (standard + offer.net_fen),
        "days": Fraction(term, term + offer.days),
        "score": Fraction(min(WHOLE_BPS, max(0, _score(offer, weights))), WHOLE_BPS),
        "similar": Fraction(min(offer.similar, enough), enough),
        "made_for": Fraction(_made_for(need, offer)),
        "near": Fraction(_near(need, offer)),
    }
    reasons = _reasons(need, offer, int(standard))
    return tuple(Part(name, shares[name], bps, reasons[name]) for name, bps in weights.bps)


def _reasons(need: Need, offer: Offer, standard: int) -> dict[str, Text]:
    """Why each criterion scores as it does."""
    done = sum(1 for item in need.items if _lifted(item, offer) == 1)
    net, price, aid, usual = map(wan, (offer.net_fen, offer.price_fen, offer.aid_fen, standard))
    score = None if offer.score_bps is None else f"{offer.score_bps // 100}"
    asked = (
        Text("", "")
        if need.days is None
        else Text(f"，希望 {need.days} 天内", f"; {need.days} were wished for")
    )
    return {
        "fit": Text(
            f"{len(need.items)} 项需求中，{done} 项能达到目标等级。",
            f"{done} of {len(need.items)} wanted scenarios reach their level.",
        ),
        "price": Text(
            f"价格 {price.zh}，预计补助 {aid.zh}，自付 {net.zh}；所满足部分的标准价 {usual.zh}。",
            f"{price.en}, public money {aid.en}, left to pay {net.en}; the standard price of what"
            f" it meets is {usual.en}.",
        ),
        "days": Text(f"{offer.days} 个工作日{asked.zh}。", f"{offer.days} working days{asked.en}."),
        "score": Text("还没有评分，按中间值计。", "No score yet; counted as middling.")
        if score is None
        else Text(f"按履约事实计 {score} 分。", f"{score} of 100, computed from facts."),
        "similar": Text(
            f"{offer.similar} 家同行企业用过并通过验收。",
            f"{offer.similar} similar firms accepted its work.",
        ),
        "made_for": Text("为本细分行业设计。", "Made for this trade.")
        if _made_for(need, offer)
        else Text("没有注明适用本细分行业。", "Not said to be made for this trade."),
        "near": Text("在同一市州。", "In the same division.")
        if _near(need, offer)
        else Text("不在同一市州。", "Not in the same division."),
    }


def _said(need: Need, offer: Offer) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
    """What an offer meets of the need, and what is missing, in words."""
    meets, missing = [], []
    for item in need.items:
        name = item.name if item.name.zh else Text(item.scenario, item.scenario)
        to, lifted = level_text(item.to_level), _lifted(item, offer)
        if lifted == 1:
            meets.append(Text(f"{name.zh}达到{to.zh}", f"{name.en} reaches {to.en}"))
        elif lifted:
            have = level_text(offer.reaches(item.scenario))
            missing.append(
                Text(
                    f"{name.zh}只到{have.zh}，需要{to.zh}",
                    f"{name.en} only reaches {have.en}; {to.en} is wanted",
                )
            )
        else:
            missing.append(Text(f"不含{name.zh}", f"{name.en} is not part of it"))
    if need.sub_industry and offer.sub_industries and not _made_for(need, offer):
        missing.append(
            Text(
                "写明用于其他细分行业，先问清能否适用",
                "Made for other trades: ask if it fits yours",
            )
        )
    if need.budget_fen is not None and offer.net_fen > need.budget_fen:
        over = wan(offer.net_fen - need.budget_fen)
        missing.append(Text(f"自付超出预算 {over.zh}", f"{over.en} over the budget"))
    if need.days is not None and offer.days > need.days:
        late = offer.days - need.days
        missing.append(
            Text(f"比希望的工期多 {late} 个工作日", f"{late} working days longer than wished")
        )
    return tuple(meets), tuple(missing)
