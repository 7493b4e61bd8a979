"""A ranking of offers as one JSON document: the need, the offers, the weights and what came out, so
that anybody can rank them again and see the same.

Points are exact fractions (`251/3`), money is integer 分. Names of providers are no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from dengta.core.pairing import Need, Offer, OfferLine, Pair, Wanted, Weights, pairs
from dengta.core.records import as_text, sha256
from dengta.core.sources import Text

__all__ = ["FORMAT", "PairingError", "read", "record", "verify"]

FORMAT = "dengta-pairing-1"
_MOST = 10**15


class PairingError(ValueError):
    """A document that is no ranking; `message` names the place and the mend."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.zh)
        self.message = message


def record(
    need: Need, offers: Sequence[Offer], weights: Weights, *, policy_digest: str = ""
) -> dict[str, Any]:
    """The record of a ranking, with the SHA-256 of it."""
    ordered = sorted(offers, key=lambda offer: offer.id)
    document: dict[str, Any] = {
        "format": FORMAT,
        "policy_digest": policy_digest,
        "weights": {
            "bps": dict(weights.bps),
            "unknown_score_bps": weights.unknown_score_bps,
            "level_fen": weights.level_fen,
            "term_days": weights.term_days,
            "similar_enough": weights.similar_enough,
        },
        "need": {
            "items": [
                {
                    "scenario": item.scenario,
                    "from_level": item.from_level,
                    "to_level": item.to_level,
                    "name": item.name._asdict(),
                    "standard_fen": item.standard_fen,
                }
                for item in need.items
            ],
            "sub_industry": need.sub_industry,
            "budget_fen": need.budget_fen,
            "days": need.days,
            "region": need.region,
        },
        "offers": [_offer(offer) for offer in ordered],
        "result": [_pair(pair) for pair in pairs(need, ordered, weights)],
    }
    return document | {"record_digest": sha256(as_text(document))}


def _offer(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.id,
        "lines": [{"scenario": line.scenario, "level": line.level} for line in offer.lines],
        "price_fen": offer.price_fen,
        "aid_fen": offer.aid_fen,
        "days": offer.days,
        "sub_industries": sorted(offer.sub_industries),
        "region": offer.region,
        "score_bps": offer.score_bps,
        "similar": offer.similar,
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "place": pair.place,
        "offer": pair.offer.id,
        "points": _fraction(pair.points),
        "net_fen": pair.offer.net_fen,
        "parts": {part.criterion: _fraction(part.share) for part in pair.parts},
        "missing": [text._asdict() for text in pair.missing],
    }


def _fraction(number: Fraction) -> str:
    return f"{number.numerator}/{number.denominator}"


def verify(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts of a record (`result`, `record_digest`) that ranking again does not give; empty
    when it holds. PairingError for what is no record."""
    need, offers, weights = read(document)
    again = record(need, offers, weights, policy_digest=str(document.get("policy_digest", "")))
    return tuple(name for name in ("result", "record_digest") if document.get(name) != again[name])


def read(document: Mapping[str, Any]) -> tuple[Need, tuple[Offer, ...], Weights]:
    """The inputs of a record, or of a file that gives need, offers and weights only."""
    try:
        return _need(document["need"]), _offers(document["offers"]), _weights(document["weights"])
    except PairingError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        said = str(wrong)[:80]
        raise PairingError(
            Text(
                f"不是可以排序的文件：{said}。需要 need、offers、weights 三部分，数字是整数，"
                "每个报价编号不同，权重合计 10000。",
                f"This cannot be ranked: {said}. It needs need, offers and weights, with whole"
                " numbers, an id of its own for each offer, and weights of 10000 in all.",
            )
        ) from wrong


def _need(given: Mapping[str, Any]) -> Need:
    items = tuple(
        Wanted(
            str(item["scenario"]),
            _whole(item["to_level"], "to_level"),
            _whole(item.get("from_level", 0), "from_level"),
            _text(item.get("name")),
            _maybe(item.get("standard_fen"), "standard_fen"),
        )
        for item in given["items"]
    )
    return Need(
        items,
        str(given.get("sub_industry", "")),
        _maybe(given.get("budget_fen"), "budget_fen"),
        _maybe(given.get("days"), "days"),
        str(given.get("region", "")),
    )


def _offers(given: Sequence[Mapping[str, Any]]) -> tuple[Offer, ...]:
    found = tuple(
        Offer(
            str(one["id"]),
            tuple(
                OfferLine(str(line["scenario"]), _whole(line["level"], "level"))
                for line in one["lines"]
            ),
            _whole(one["price_fen"], "price_fen"),
            _whole(one["days"], "days"),
            _whole(one.get("aid_fen", 0), "aid_fen"),
            frozenset(str(each) for each in one.get("sub_industries", ())),
            str(one.get("region", "")),
            _maybe(one.get("score_bps"), "score_bps"),
            _whole(one.get("similar", 0), "similar"),
        )
        for one in given
    )
    if len({one.id for one in found}) < len(found):
        raise ValueError("offers.id")
    return found


def _weights(given: Mapping[str, Any]) -> Weights:
    return Weights(
        tuple((str(name), _whole(bps, name)) for name, bps in given["bps"].items()),
        _whole(given["unknown_score_bps"], "unknown_score_bps"),
        _whole(given["level_fen"], "level_fen"),
        _whole(given["term_days"], "term_days"),
        _whole(given["similar_enough"], "similar_enough"),
    )


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise PairingError(
            Text(
                f"{name} 的值 {str(value)[:40]} 不是 0 至 {_MOST} 的整数，请改正。",
                f"{name} is {str(value)[:40]}; write a whole number from 0 to {_MOST}.",
            )
        )
    return value


def _maybe(value: object, name: str) -> int | None:
    return None if value is None else _whole(value, name)


def _text(value: Any) -> Text:
    return Text(str(value["zh"]), str(value["en"])) if value else Text("", "")
