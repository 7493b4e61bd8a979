"""The cheapest moves are the cheapest: held against every set of moves, tried out here."""

from __future__ import annotations

import itertools
import random
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.climbing import Climber, Gain, Move, Slope, _Search
from dengta.core.paying import Payers


class Hill(NamedTuple):
    """Moves, what each gains (points, or scenarios), what is needed, shares, and what is left."""

    moves: list[Move]
    gains: list[Gain]
    need: tuple[Gain, Gain]
    shares: list[tuple[int, ...]]
    left: tuple[int, ...]

    @property
    def slopes(self) -> list[tuple[Slope, Gain]]:
        kinds = ({at: g for at, g in enumerate(self.gains) if len(g) == n} for n in (2, 1))
        return [
            (Slope(self.moves, gains, need), need)
            for gains, need in zip(kinds, self.need, strict=True)
        ]


def hill(chance: random.Random, count: int, benefits: int) -> Hill:
    """Up to `count` moves; a move may need earlier ones of its kind; shares are of a price."""
    moves: list[Move] = []
    gains: list[Gain] = []
    shares: list[tuple[int, ...]] = []
    rates = [chance.choice([20, 30, 40, 50, 100]) for _ in range(benefits)]
    for at in range(chance.randint(0, count)):
        gain: Gain = (chance.randint(0, 4),)
        if chance.random() < 0.5:
            first = chance.randint(0, 1)
            gain = (first, first * chance.randint(0, 1))
        alike = [one for one in range(at) if len(gains[one]) == len(gain)]
        needs = chance.sample(alike, min(len(alike), chance.choice([0, 0, 0, 1, 1, 2])))
        price = chance.choice([chance.randint(0, 60), 10 * chance.randint(0, 6)])
        moves.append(Move(price, chance.randint(0, 9), tuple(sorted(needs))))
        gains.append(gain)
        shares.append(tuple(price * r // 100 * (chance.random() < 0.7) for r in rates))
    need = (chance.randint(0, 3), chance.randint(0, 1)), (chance.randint(0, 8),)
    left = tuple(chance.choice([0, chance.randint(0, 60), 1000]) for _ in rates)
    return Hill(moves, gains, need, shares, left)


def brute(case: Hill) -> int | None:
    """The least net cost over every set of moves and every way to put costs to benefits."""
    least: int | None = None
    for chosen in itertools.product((False, True), repeat=len(case.moves)):
        taken = [at for at, yes in enumerate(chosen) if yes]
        if not all(chosen[need] for at in taken for need in case.moves[at].needs):
            continue
        if not all(
            sum(case.gains[at][part] for at in taken if len(case.gains[at]) == len(need)) >= asked
            for need in case.need
            for part, asked in enumerate(need)
        ):
            continue
        reached = {(0,) * len(case.left)}
        for at in taken:
            reached |= {
                tuple(
                    min(most, have + part * (one == put))
                    for one, (have, part, most) in enumerate(
                        zip(state, case.shares[at], case.left, strict=True)
                    )
                )
                for state in reached
                for put in range(len(case.left))
            }
        cost = sum(case.moves[at].price for at in taken) - max(map(sum, reached))
        least = cost if least is None else min(least, cost)
    return least


def hold(case: Hill) -> None:
    """The climb found costs what the best of all costs, and is what it says."""
    climber = Climber(case.moves, Payers(case.shares, case.left))
    climb = climber.cheapest(case.slopes)
    assert (None if climb is None else climb.net) == brute(case)
    if climb is not None:
        for at in climb.moves:
            assert set(case.moves[at].needs) <= set(climb.moves)
        assert climb.price == sum(case.moves[at].price for at in climb.moves)
        assert set(climb.by) <= set(climb.moves)
        only = [case.moves[at] for at in climb.moves]
        assert climb.days == sum(move.days for move in only)


@settings(max_examples=150, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 3))
def test_the_cheapest_moves_are_what_trying_everything_finds(
    chance: random.Random, benefits: int
) -> None:
    hold(hill(chance, 8, benefits))


def test_it_holds_where_the_floor_leaves_a_gap_and_moves_are_looked_at_one_by_one() -> None:
    chance = random.Random(2026)
    gaps = 0
    for _ in range(2500):
        case = hill(chance, 9, chance.randint(1, 3))
        search = _Search(Climber(case.moves, Payers(case.shares, case.left)), case.slopes)
        if not search.raise_floor():
            gaps += 1
            hold(case)
    assert gaps > 20


def test_of_equally_cheap_ways_the_lower_price_and_then_fewer_days_are_taken() -> None:
    moves = [Move(10, 5, ()), Move(10, 3, ()), Move(20, 1, ())]
    slope = Slope(moves, dict.fromkeys(range(3), (1,)), (1,))
    climb = Climber(moves, Payers([(0,), (0,), (10,)], (100,))).cheapest([(slope, (1,))])
    assert climb is not None
    assert climb.moves == (1,)
