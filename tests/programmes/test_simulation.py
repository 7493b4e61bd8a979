"""Trying a round out: the numbers are those of deciding each firm by itself."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator

import pytest
from django.utils import timezone

from dengta.core.rules import Rulebook, Verdict
from dengta.core.selection import Selection
from dengta.core.shapes import Fact, FactValue
from dengta.programmes.queries import facts_of
from dengta.programmes.queries import simulation as trial
from dengta.programmes.queries.simulation import Simulation, dials, simulate
from dengta.registry.actions import award_title, state_facts
from dengta.registry.models import EnterpriseYear, Organisation, StatedFact
from dengta.registry.queries import division_of, policy
from dengta.trail.actions import StepRefused
from tests.cast import DAY, MOMENT, ONE_DAY, Cast

PROVINCE = "420000"
MOVES = {
    "lighthouse": {"min_level": 1, "min_copies": 2},
    "cloud_voucher": {"rate_bps.business": 4_500, "annual_cap_fen": 5_000_000},
    "digital_factory": {"min_level": 3},
    "scenario": {"award_fen": 30_000_000},
}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """It is MOMENT, and nothing is kept from another test."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)
    trial._kept.cache_clear()
    yield
    trial._kept.cache_clear()


def of(programme: str) -> Selection:
    """The scenario's selection, for another programme."""
    return dataclasses.replace(policy().selection("scenario"), programme=programme)


def value_for(fact: Fact, chance: random.Random) -> object:
    """A JSON value that a firm may state, good for the firm two times in three."""
    match fact.type:
        case "bool":
            return chance.random() < (0.2 if "incident" in fact.id or "vio" in fact.id else 0.8)
        case "text":
            return chance.choice(list(fact.values))
        case "set":
            return [each for each in fact.values if chance.random() < 0.5]
        case "date":
            return "2015-03-16"
    return (
        chance.choice([1, 2, 3, 500_000, 40_000_000])
        if fact.type == "fen"
        else chance.choice([1, 2, 3, 4])
    )


@pytest.fixture
def many(cast: Cast) -> list[Organisation]:
    """Two hundred firms with some of the facts that the programmes ask for, four of them
    assessed."""
    chance = random.Random(2026)
    book = Rulebook(policy(), DAY)
    asked = {fact.id: fact for id in MOVES for fact in book.rules[id].facts}
    skipped = {"region_code", "industry_code", "size_class", "titles"}
    stated = [fact for id, fact in asked.items() if id not in skipped]
    made = [firm.organisation for firm in (cast.firm, cast.rival, cast.remote, cast.giant)]
    for acting in (cast.firm, cast.rival):
        cast.shares(acting)
        cast.assessed(acting, "C", 3)
    for n in range(200):
        made.append(
            Organisation.objects.create(
                uscc=cast.form().uscc,
                name=f"试算{n}",
                kind="enterprise",
                region_code=chance.choice(["420102", "420104", "420502", "429004"]),
                industry_code=chance.choice(["36", "3670", "65", "13", "C3670", "51", "F"]),
                established_date=chance.choice([None, dt.date(2010, 5, 1), DAY + ONE_DAY]),
                created_at=MOMENT,
            )
        )
    rows = []
    for one in made:
        for year in chance.choice([(), (2025,), (2024, 2025)]):
            EnterpriseYear.objects.get_or_create(
                organisation=one,
                year=year,
                defaults={
                    "employees": chance.choice([8, 20, 299, 300, 1_200]),
                    "revenue_fen": chance.choice([29_999_999, 300_000_000, 50_000_000_000]),
                    "assets_fen": chance.choice([0, 10**9]),
                },
            )
        for fact in stated:
            for _ in range(chance.choice([0, 1, 1, 1, 1, 1, 1, 2])):
                value = value_for(fact, chance)
                rows.append(StatedFact(organisation=one, fact=fact.id, value=value, at=MOMENT))
    rows.append(
        StatedFact(organisation=made[9], fact="purpose", value="no such purpose", at=MOMENT)
    )
    StatedFact.objects.bulk_create(rows)
    award_title(made[4], "srdi", document="D", awarded=DAY - ONE_DAY)
    return made


Facts = dict[str, FactValue]


def one_by_one(programme: str, many: list[Facts], moves: dict[str, int]) -> list[Verdict]:
    """The one-case engine, firm by firm."""
    edited = trial.copied(policy(), programme, DAY, moves)
    chosen = edited.programme(programme, DAY)
    book = Rulebook(dataclasses.replace(edited, programmes=(chosen,)), DAY)
    return [book.decide(facts, programme)[0] for facts in many]


def test_the_numbers_are_those_of_deciding_each_firm_by_itself(many: list[Organisation]) -> None:
    known = [facts_of(one, DAY) for one in many]
    for programme, moves in MOVES.items():
        usual = one_by_one(programme, known, {})
        for changes in ({}, moves):
            found = simulate(of(programme), DAY, PROVINCE, changes)
            verdicts = one_by_one(programme, known, changes)
            agrees(found, many, usual, verdicts)
        assert {verdict.outcome for verdict in verdicts} == {"yes", "no", "unknown"}, programme


def agrees(
    found: Simulation, many: list[Organisation], usual: list[Verdict], verdicts: list[Verdict]
) -> None:
    """Every number of a trial against the verdicts."""
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    assert (found.firms, found.yes) == (len(many), outcomes["yes"])
    assert (found.no, found.unknown) == (outcomes["no"], outcomes["unknown"])
    pairs = Counter(
        (old.outcome == "yes", new.outcome == "yes")
        for old, new in zip(usual, verdicts, strict=True)
    )
    assert (found.gained, found.lost) == (pairs[False, True], pairs[True, False])
    paid = [verdict.amount_fen or 0 for verdict in verdicts if verdict.outcome == "yes"]
    if found.amount_fen is not None:
        assert found.amount_fen == sum(paid)
        assert found.bounded_fen == sum(sorted(paid)[-(found.places or 0) :])
    cities = Counter(
        division_of(one.region_code)
        for one, verdict in zip(many, verdicts, strict=True)
        if verdict.outcome == "yes"
    )
    assert {g.key: g.yes for g in found.cities if g.yes} == dict(cities)
    sizes = Counter(verdict.facts.get("size_class") or "" for verdict in verdicts)
    assert {g.key: g.firms for g in found.sizes} == dict(sizes)
    assert sum(g.firms for g in found.industries) == len(many)
    waiting = Counter(v.missing[0] for v in verdicts if len(v.missing) == 1)
    assert {s.id: s.firms for s in found.short if s.what == "fact"} == dict(waiting)
    failing = Counter(
        v.failed[0]
        for v in verdicts
        if len(v.failed) == 1 and all(c.outcome != "unknown" for c in v.clauses)
    )
    assert {s.id: s.firms for s in found.short if s.what == "clause"} == dict(failing)


def test_a_county_sees_its_own_firms_and_lists_name_them(
    cast: Cast, many: list[Organisation]
) -> None:
    found = simulate(of("scenario"), DAY, "420104", listing="yes")
    here = [one for one in many if one.region_code == "420104"]
    assert found.firms == len(here)
    verdicts = one_by_one("scenario", [facts_of(one, DAY) for one in here], {})
    fitting = [
        one.name for one, verdict in zip(here, verdicts, strict=True) if verdict.outcome == "yes"
    ]
    assert [firm.name for firm in found.listed] == fitting


def test_what_is_stated_later_counts_at_once(cast: Cast) -> None:
    assert simulate(of("scenario"), DAY, PROVINCE).yes == 0 == len(Organisation.objects.all())
    state_facts(cast.firm.actor, {"open_to_public": True})
    found = simulate(of("scenario"), DAY, PROVINCE, listing="fact:purpose")
    assert [(short.id, short.firms) for short in found.short] == [("purpose", 1)]
    assert [firm.organisation for firm in found.listed] == [cast.firm.organisation.pk]
    state_facts(cast.firm.actor, {"purpose": "service"})
    found = simulate(of("scenario"), DAY, PROVINCE)
    assert (found.yes, found.amount_fen) == (1, 50_000_000)


def test_levels_count_only_of_firms_that_let_their_results_be_summed_up(cast: Cast) -> None:
    for firm in (cast.firm, cast.rival):
        cast.assessed(firm, "D", 4)
    cast.shares(cast.firm)
    found = simulate(of("lighthouse"), DAY, PROVINCE, {"min_level": 0, "min_level_proven": 0})
    usual = simulate(of("lighthouse"), DAY, PROVINCE)
    assert (found.firms, usual.firms) == (2, 2)
    frame = trial.everybody(DAY).frame({"digital_level": "int64"})
    assert frame["digital_level"].null_count() == 1


def test_what_cannot_be_tried_out_says_why(cast: Cast) -> None:
    cities = dataclasses.replace(policy().selection("scenario"), applicant="city")
    with pytest.raises(StepRefused, match="由市州或区县申报"):
        simulate(cities, DAY, PROVINCE)
    with pytest.raises(StepRefused, match="没有有效的政策事项"):
        simulate(of("scenario"), dt.date(2020, 1, 1), PROVINCE)
    with pytest.raises(StepRefused, match="改动后的数不能用"):
        simulate(of("cloud_voucher"), DAY, PROVINCE, {"rate_bps.business": -1})


def test_the_dials_are_the_numbers_of_the_programme() -> None:
    found = {dial.id: dial for dial in dials(of("cloud_voucher"), DAY)}
    assert found["rate_bps.business"].amount == 3_000
    assert found["rate_bps.business"].text.zh == "补助比例（业务上云）"
    assert found["annual_cap_fen"].kind == "fen"
    assert [dial.id for dial in dials(of("scenario"), DAY)] == ["award_fen"]
