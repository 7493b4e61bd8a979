"""Points and stars of providers: a better fact never lowers them, order does not matter, a record
gives the same points again."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.policy import check, shipped
from dengta.core.provider_scores import (
    FULL_MILLI,
    ProjectFact,
    ScoreFacts,
    as_record,
    mean_bps,
    replay,
    score,
)

RULE = shipped().score_rule(dt.date(2026, 3, 16))
PERFECT = ProjectFact("P", True, True, 5, "in_use", "in_use", 90, 100)
USE = (None, "unused", "partly", "in_use")

facts_of_a_project = st.builds(
    ProjectFact,
    number=st.uuids().map(str),
    on_time=st.none() | st.booleans(),
    first_try=st.none() | st.booleans(),
    stars=st.none() | st.integers(1, 5),
    usage_6=st.sampled_from(USE),
    usage_12=st.sampled_from(USE),
    price_fen=st.none() | st.integers(1, 10**12),
    standard_fen=st.none() | st.integers(1, 10**12),
)
all_facts = st.builds(
    ScoreFacts,
    st.lists(facts_of_a_project, min_size=1, max_size=8).map(tuple),
    st.lists(st.uuids().map(str), max_size=4).map(tuple),
)


def points(facts: ScoreFacts) -> int:
    """Points, where too few facts are the least that there is."""
    found = score(RULE, facts).points_milli
    return -1 if found is None else found


def better(one: ProjectFact, name: str) -> ProjectFact:
    """The same project with one known fact as good as it can be."""
    value = getattr(one, "standard_fen" if name == "price_fen" else name)
    known = getattr(one, name) is not None and value is not None
    best = {"price_fen": 1}.get(name, getattr(PERFECT, name))
    return replace(one, **{name: best}) if known else one


@settings(deadline=None)
@given(all_facts, st.data())
def test_a_better_fact_never_lowers_the_points(facts: ScoreFacts, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(facts.projects) - 1))
    name = data.draw(
        st.sampled_from(("on_time", "first_try", "stars", "usage_6", "usage_12", "price_fen"))
    )
    projects = list(facts.projects)
    projects[at] = better(projects[at], name)

    after = score(RULE, replace(facts, projects=tuple(projects)))

    assert (after.points_milli or -1) >= points(facts) or points(facts) == 0
    assert (after.stars or 0) >= (score(RULE, facts).stars or 0)


@given(all_facts)
def test_a_perfect_project_more_or_a_complaint_less_never_lowers_the_points(
    facts: ScoreFacts,
) -> None:
    assert points(replace(facts, projects=(*facts.projects, PERFECT))) >= points(facts)
    assert points(replace(facts, complaints=facts.complaints[1:])) >= points(facts)


@given(all_facts, st.randoms())
def test_the_order_of_facts_does_not_matter_and_the_record_gives_the_same(
    facts: ScoreFacts, random: object
) -> None:
    shuffled = list(facts.projects)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = score(RULE, facts), score(RULE, replace(facts, projects=tuple(shuffled)))
    assert one == other

    kept = json.loads(json.dumps(as_record(RULE, facts, one)))

    assert replay(kept) == one
    assert kept == json.loads(json.dumps(as_record(RULE, replace(facts, projects=tuple(shuffled)),
                                                   other)))  # fmt: skip


def test_with_too_few_accepted_projects_there_is_no_score() -> None:
    few = ScoreFacts((PERFECT,) * (RULE.least_projects - 1))
    assert score(RULE, few).points_milli is None
    assert score(RULE, few).stars is None

    enough = score(RULE, ScoreFacts((PERFECT,) * RULE.least_projects))

    assert (enough.points_milli, enough.stars) == (FULL_MILLI, 5)


def test_the_points_are_those_that_one_computes_by_hand() -> None:
    late = ProjectFact("A", False, True, 3, "partly", None, 115, 100)
    good = ProjectFact("B", True, True, 5, "in_use", None, 100, 100)
    bad = ProjectFact("C", True, False, 1, "unused", None, 130, 100)

    found = score(RULE, ScoreFacts((late, good, bad), ("TS1",)))

    parts = {part.id: part.points_milli for part in found.parts}
    assert parts == {
        "delivery": 66_666, "first_try": 66_666, "satisfaction": 50_000, "usage_6": 50_000,
        "usage_12": None, "complaints": 0, "price": 50_000,
    }  # fmt: skip
    weighed = 20 * 66_666 + 15 * 66_666 + 20 * 50_000 + 10 * 50_000 + 10 * 0 + 10 * 50_000
    assert found.points_milli == weighed // 85
    assert found.stars == 1
    assert mean_bps((late, good, bad)) == 11_500


def test_weights_that_do_not_add_up_are_named_with_their_line(tmp_path: Path) -> None:
    hubei = Path("dengta/policies/hubei")
    there = tmp_path / "hubei"
    for file in hubei.rglob("*.toml"):
        copy = there / file.relative_to(hubei)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    scores = there / "provider_scores.toml"
    scores.write_text(scores.read_text().replace("delivery = 20", "delivery = 21"))

    (fault,) = check(there)

    assert "101" in str(fault) and "provider_scores.toml" in str(fault)
