"""Ranking what is offered for a need: what must hold whatever is offered, and the reasons given."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.pairing import (
    Need,
    Offer,
    OfferLine,
    Pair,
    Wanted,
    Weights,
    dominates,
    pairs,
    unfit,
    weights_of,
)
from dengta.core.pairing_record import PairingError, read, record, verify
from dengta.core.policy import shipped
from dengta.core.shapes import Text

WEIGHTS = weights_of(shipped(), dt.date(2026, 3, 16))
SCENARIOS = ("s1", "s2", "s3")
WAN = 1_000_000


@st.composite
def needs(draw: st.DrawFn) -> Need:
    """Some scenarios that are to rise, with or without budget, days, trade and place."""
    chosen = draw(st.lists(st.sampled_from(SCENARIOS), min_size=1, unique=True))
    items = []
    for scenario in chosen:
        start = draw(st.integers(0, 3))
        standard = draw(st.one_of(st.none(), st.integers(1, 40 * WAN)))
        items.append(
            Wanted(scenario, draw(st.integers(start + 1, 4)), start, standard_fen=standard)
        )
    return Need(
        tuple(items),
        draw(st.sampled_from(("", "auto"))),
        draw(st.one_of(st.none(), st.integers(0, 50 * WAN))),
        draw(st.one_of(st.none(), st.integers(1, 200))),
        draw(st.sampled_from(("", "420100"))),
    )


def offer(id: str = "a") -> st.SearchStrategy[Offer]:
    """Anything that can be offered; small ranges, so that ties are common."""
    line = st.builds(OfferLine, st.sampled_from(("", *SCENARIOS)), st.integers(0, 4))
    return st.builds(
        Offer,
        st.just(id),
        st.lists(line, max_size=4).map(tuple),
        st.integers(0, 6).map(lambda n: n * 10 * WAN),
        st.integers(1, 4).map(lambda n: n * 30),
        st.integers(0, 3).map(lambda n: n * 5 * WAN),
        st.sampled_from((frozenset(), frozenset({"auto"}))),
        st.sampled_from(("420100", "420500")),
        st.one_of(st.none(), st.integers(0, 10_000)),
        st.integers(0, 8),
    )


many = st.integers(1, 6).flatmap(lambda n: st.tuples(*(offer(f"o{i}") for i in range(n))))


def order(found: tuple[Pair, ...]) -> list[str]:
    """The ids, the best first."""
    return [pair.offer.id for pair in found]


@settings(max_examples=60, deadline=None)
@given(needs(), many, offer("new"))
def test_a_further_offer_never_worsens_the_best_nor_moves_the_others(
    need: Need, offers: tuple[Offer, ...], new: Offer
) -> None:
    before, after = pairs(need, offers, WEIGHTS), pairs(need, (*offers, new), WEIGHTS)
    assert [id for id in order(after) if id != "new"] == order(before)
    if before:
        assert after[0].points >= before[0].points
    if before and dominates(need, new, before[0].offer, WEIGHTS):
        assert after[0].offer is new


@settings(max_examples=60, deadline=None)
@given(needs(), many, st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(
    need: Need, offers: tuple[Offer, ...], chance: object
) -> None:
    mixed = list(offers)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert pairs(need, mixed, WEIGHTS) == pairs(need, offers, WEIGHTS)


@settings(max_examples=80, deadline=None)
@given(needs(), offer("b"), offer("a"), st.data())
def test_a_dominated_offer_never_stands_before_the_one_that_dominates_it(
    need: Need, better: Offer, drawn: Offer, data: st.DataObject
) -> None:
    worse = replace(  # worse in what is drawn, else the same; its id would win a tie
        better,
        id="a",
        lines=better.lines[: data.draw(st.integers(0, len(better.lines)))],
        price_fen=better.price_fen + data.draw(st.sampled_from((0, 1, 10 * WAN))),
        days=better.days + data.draw(st.integers(0, 2)),
        similar=data.draw(st.integers(0, better.similar)),
        aid_fen=min(better.aid_fen, drawn.aid_fen),
    )
    found = pairs(need, (worse, better), WEIGHTS)
    if dominates(need, better, worse, WEIGHTS) and found:
        assert found[0].offer is better
    assert not dominates(need, worse, better, WEIGHTS)


@settings(max_examples=80, deadline=None)
@given(needs(), many, st.data())
def test_other_ids_change_nothing_but_the_last_of_all_ties(
    need: Need, offers: tuple[Offer, ...], data: st.DataObject
) -> None:
    names = data.draw(st.permutations([each.id for each in offers]))
    renamed = [replace(each, id=name) for each, name in zip(offers, names, strict=True)]
    back = dict(zip(names, offers, strict=True))

    def bare(found: tuple[Pair, ...], known: dict[str, Offer]) -> list[tuple[object, ...]]:
        return [(pair.points, replace(known[pair.offer.id], id="")) for pair in found]

    before = bare(pairs(need, offers, WEIGHTS), {each.id: each for each in offers})
    after = bare(pairs(need, renamed, WEIGHTS), back)
    assert [points for points, _ in after] == [points for points, _ in before]
    for (_, one), (_, other) in zip(before, after, strict=True):
        assert not dominates(need, one, other, WEIGHTS)  # type: ignore[arg-type]
        assert not dominates(need, other, one, WEIGHTS)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(needs(), many)
def test_a_record_gives_the_same_ranking_again_and_shows_what_was_changed(
    need: Need, offers: tuple[Offer, ...]
) -> None:
    made = record(need, offers, WEIGHTS, policy_digest="d")
    assert verify(made) == ()
    assert read(made)[0] == need
    bent = made | {"offers": [one | {"days": one["days"] + 1} for one in made["offers"]]}
    assert "record_digest" in verify(bent)


def small(id: str, price_wan: int = 20, **different: object) -> Offer:
    """An offer that lifts s1 to level 2."""
    base = Offer(id, (OfferLine("s1", 2),), price_wan * WAN, 60, region="420100")
    return replace(base, **different)  # type: ignore[arg-type]


NEED = Need(
    (Wanted("s1", 2, 1, Text("计划排程", "Planning")), Wanted("s2", 3, 1, Text("质量", "Quality"))),
    "auto", 15 * WAN, 45, "420100",
)  # fmt: skip


def test_each_pair_says_what_it_meets_what_is_missing_and_why() -> None:
    partly = small("a", lines=(OfferLine("s1", 2), OfferLine("s2", 2)), aid_fen=4 * WAN)
    (pair,) = pairs(NEED, [partly], WEIGHTS)
    assert [text.zh for text in pair.meets] == ["计划排程达到二级"]
    assert [text.zh for text in pair.missing] == [
        "质量只到二级，需要三级", "自付超出预算 1万元", "比希望的工期多 15 个工作日",
    ]  # fmt: skip
    parts = {part.criterion: part for part in pair.parts}
    assert parts["fit"].share == Fraction(3, 4)
    assert parts["price"].reason.zh == (
        "价格 20万元，预计补助 4万元，自付 16万元；所满足部分的标准价 20万元。"
    )
    assert parts["price"].share == Fraction(20, 36)
    assert parts["score"].reason.en == "No score yet; counted as middling."
    assert pair.points == sum(part.points for part in pair.parts)


def test_what_meets_nothing_is_named_and_not_ranked() -> None:
    off = small("x", lines=(OfferLine("s3", 4), OfferLine()))
    assert pairs(NEED, [off], WEIGHTS) == ()
    assert [one.offer.id for one in unfit(NEED, [off, small("a")])] == ["x"]


def test_needs_offers_and_weights_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="rise"):
        Need((Wanted("s1", 2, 2),))
    with pytest.raises(ValueError, match="once"):
        Need((Wanted("s1", 2), Wanted("s1", 3)))
    with pytest.raises(ValueError, match="id"):
        pairs(NEED, [small("a"), small("a")], WEIGHTS)
    with pytest.raises(ValueError, match="10000"):
        Weights(WEIGHTS.bps[1:], 6000, 1, 1, 1)
    with pytest.raises(PairingError, match="price_fen"):
        made = record(NEED, [small("a")], WEIGHTS)
        read(made | {"offers": [made["offers"][0] | {"price_fen": 1.5}]})
    with pytest.raises(PairingError, match="weights"):
        read({"need": made["need"], "offers": []})
