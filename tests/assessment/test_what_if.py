"""What-if: every firm's level under a copy is what the one-case engine says of its answers."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.assessment.models import Assessment
from dengta.assessment.queries import answers_of
from dengta.assessment.queries.what_if import LISTED, WhatIf, choices, what_if
from dengta.core.editions import InstrumentFault, reweighted
from dengta.core.scoring import Scorer
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, policy
from tests.cast import MOMENT, ONE_DAY, Cast

BASE = policy().instruments["miit-2024"]
TRIES: list[tuple[dict[str, int], dict[int, dict[str, Any]]]] = [
    ({}, {}),
    ({"foundation": 20, "management": 30, "outcome": 50}, {}),
    ({}, {n: {"score": 10 * n, "scenarios": 4, "binding": 2} for n in (1, 2)}),
    ({"foundation": 100, "management": 0, "outcome": 0}, {4: {"score": 95}}),
]


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is MOMENT: consents run out, so the day matters."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)


@pytest.fixture
def many(cast: Cast) -> list[Assessment]:
    """Thirty firms of all kinds, some assessed twice."""
    rng = random.Random(11)
    latest = []
    for n in range(30):
        region = rng.choice(["420102", "420104", "420502", "429004"])
        firm = cast.enrol(f"many-{n}", region_code=region, employees=rng.choice([8, 90, 400]))
        cast.shares(firm)
        if rng.random() < 0.3:
            cast.assessed(firm, "B", 1, at=MOMENT - ONE_DAY)
        draft = cast.draft(firm)
        latest.append(cast.assessed(firm, rng.choice("BCDE"), rng.randrange(5)) or draft)
    return latest


def one_by_one(
    many: list[Assessment], prefix: str, weights: dict[str, int], gates: dict[int, dict[str, Any]]
) -> dict[int, tuple[int, int]]:
    """Per organisation its level as it is and under the copy, case by case."""
    now, then = Scorer(BASE), Scorer(reweighted(BASE, weights, gates))
    return {
        each.organisation_id: (
            now.score(answers_of(each)).level or 0, then.score(answers_of(each)).level or 0
        )
        for each in many
        if each.organisation.region_code.startswith(prefix)
    }  # fmt: skip


REGIONS = {"420000": "42", "420100": "4201", "420102": "420102", "429004": "429004"}


def test_every_number_is_what_case_by_case_gives(many: list[Assessment]) -> None:
    for weights, gates in TRIES:
        whole = one_by_one(many, "", weights, gates)
        for region, prefix in REGIONS.items():
            inside = {
                each.organisation_id for each in many
                if each.organisation.region_code.startswith(prefix)
            }  # fmt: skip
            hand = {firm: pair for firm, pair in whole.items() if firm in inside}
            compare(what_if(BASE, region, weights, gates), hand, region)


def compare(found: WhatIf, hand: dict[int, tuple[int, int]], region: str) -> None:
    assert found.firms == len(hand)
    assert Counter(b for b, _ in hand.values()) == Counter(
        {level: n for level, n in found.before.items() if n}
    )
    assert Counter(a for _, a in hand.values()) == Counter(
        {level: n for level, n in found.after.items() if n}
    )
    moved = {firm: pair for firm, pair in hand.items() if pair[0] != pair[1]}
    assert {m.organisation: (m.before, m.after) for m in found.movers} == moved
    assert found.up == sum(a > b for b, a in moved.values())
    assert found.down == sum(a < b for b, a in moved.values())
    organisations = {o.pk: o for o in Organisation.objects.all()}
    by_size = Counter(organisations[firm].size_class for firm in hand)
    assert {group.key: group.firms for group in found.sizes} == by_size
    name = division_of if region == "420000" else str
    up = Counter(name(organisations[f].region_code) for f, (b, a) in moved.items() if a > b)
    assert Counter({g.key: g.up for g in found.divisions if g.up}) == up


def test_something_moves_in_the_tries(many: list[Assessment]) -> None:
    found = [what_if(BASE, "420000", *each) for each in TRIES]
    assert (found[0].up, found[0].down) == (0, 0) and found[0].before == found[0].after
    assert all(each.up or each.down for each in found[1:])
    steps = [abs(m.after - m.before) for m in found[2].movers]
    assert steps == sorted(steps, reverse=True)


def test_what_makes_no_sense_is_said_with_its_mend(cast: Cast) -> None:
    for weights, gates in (
        ({"foundation": 50, "management": 30, "outcome": 30}, {}),
        ({"nonsense": 10}, {}),
        ({}, {2: {"score": 90}, 3: {"score": 60}}),
    ):
        with pytest.raises(InstrumentFault) as fault:
            what_if(BASE, "420000", weights, gates)
        assert fault.value.message.zh and fault.value.mend.zh


def test_nobody_has_answered_yet(cast: Cast) -> None:
    found = what_if(BASE, "420000", {"foundation": 60, "management": 20, "outcome": 20}, {})
    assert (found.firms, found.up, found.down, found.movers) == (0, 0, 0, ())
    assert set(found.before.values()) == {0}


def test_another_try_costs_the_scoring_only(many: list[Assessment]) -> None:
    what_if(BASE, "420000", {}, {})
    counted = []
    for weights, gates in TRIES[1:]:
        with CaptureQueriesContext(connection) as captured:
            found = what_if(BASE, "420000", weights, gates)
        counted.append(len(captured))
        assert found.movers
    assert counted == [4, 4, 4], "three to see that nothing is new, one for the names"


def test_nothing_is_kept(many: list[Assessment]) -> None:
    before = list(Assessment.objects.order_by("pk").values())
    what_if(BASE, "420000", *TRIES[1])
    assert list(Assessment.objects.order_by("pk").values()) == before
    assert policy().instruments["miit-2024"] is BASE


def test_at_most_a_hundred_are_listed() -> None:
    assert LISTED == 100 and WhatIf.__doc__


def test_only_instruments_with_questions_and_levels_are_tried() -> None:
    tried = {one.id for one in choices()}
    assert "miit-2024" in tried
    assert not {"siri", "miit-2022"} & tried
