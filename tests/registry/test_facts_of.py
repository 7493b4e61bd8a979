from __future__ import annotations

import datetime as dt

import pytest

from dengta.registry.actions import award_title, state_facts
from dengta.registry.facts import facts_of
from dengta.registry.models import EnterpriseYear, Organisation, StatedFact
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast


def organisation(cast: Cast) -> Organisation:
    return Organisation.objects.get(pk=cast.firm.organisation.pk)


def test_the_registry_supplies_what_it_holds(cast: Cast) -> None:
    facts = facts_of(organisation(cast), DAY)
    assert facts["region_code"] == "420102"
    assert facts["employees"] == 180
    assert facts["revenue_fen"] == 6_000 * WAN
    assert facts["years_established"] == 15
    assert facts["size_class"] == "small"
    assert facts["titles"] == frozenset()


def test_the_latest_years_figures_count(cast: Cast) -> None:
    EnterpriseYear.objects.create(
        organisation=cast.firm.organisation, year=2026, employees=400,
        revenue_fen=9_000 * WAN, assets_fen=1,
    )  # fmt: skip
    facts = facts_of(organisation(cast), DAY)
    assert (facts["employees"], facts["size_class"]) == (400, "medium")


def test_what_nobody_has_stated_is_unknown_and_not_false(cast: Cast) -> None:
    assert "legal_entity" not in facts_of(organisation(cast), DAY)


def test_the_latest_statement_of_a_fact_counts(cast: Cast) -> None:
    acting = cast.firm.actor
    assert state_facts(acting, {"legal_entity": False, "rd_fen": 5 * WAN}) == 2
    state_facts(acting, {"legal_entity": True})
    facts = facts_of(organisation(cast), DAY)
    assert (facts["legal_entity"], facts["rd_fen"]) == (True, 5 * WAN)
    assert StatedFact.objects.filter(fact="legal_entity").count() == 2, "the record keeps both"


def test_statements_never_outweigh_what_the_registry_holds(cast: Cast) -> None:
    state_facts(cast.firm.actor, {"employees": 1, "size_class": "micro", "titles": ["srdi"]})
    facts = facts_of(organisation(cast), DAY)
    assert (facts["employees"], facts["size_class"]) == (180, "small")
    assert facts["titles"] == frozenset()


def test_nobodys_statements_reach_another_firm(cast: Cast) -> None:
    state_facts(cast.rival.actor, {"legal_entity": True})
    assert "legal_entity" not in facts_of(organisation(cast), DAY)


@pytest.mark.parametrize(
    ("fact", "value"),
    [("no_such_fact", 1), ("legal_entity", "yes"), ("cloud_depth", "abyss"), ("rd_fen", 1.5)],
)
def test_a_statement_that_the_vocabulary_no_longer_allows_is_passed_over(
    cast: Cast, fact: str, value: object
) -> None:
    state_facts(cast.firm.actor, {"abnormal_listed": False, fact: value})
    facts = facts_of(organisation(cast), DAY)
    assert fact not in facts
    assert facts["abnormal_listed"] is False


def test_a_title_counts_from_its_first_to_its_last_day(cast: Cast) -> None:
    award_title(
        cast.firm.organisation, "srdi", document="鄂经信〔2026〕1号", awarded=DAY,
        expires=DAY + ONE_DAY,
    )  # fmt: skip

    def titles(day: dt.date) -> object:
        return facts_of(organisation(cast), day)["titles"]

    days = [DAY - ONE_DAY, DAY, DAY + ONE_DAY, DAY + 2 * ONE_DAY]
    assert [bool(titles(day)) for day in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("day", "years"), [("2026-04-30", 15), ("2026-05-01", 16), ("2010-05-01", 0)]
)
def test_a_firm_is_a_year_older_on_the_day_it_was_established(
    cast: Cast, day: str, years: int
) -> None:
    facts = facts_of(organisation(cast), dt.date.fromisoformat(day))
    assert facts["years_established"] == years


def test_a_firm_established_tomorrow_has_no_age(cast: Cast) -> None:
    made = cast.enrol("unborn", established_date=DAY + ONE_DAY).organisation
    assert facts_of(made, DAY).get("years_established") is None


def test_statements_keep_who_and_when(cast: Cast) -> None:
    state_facts(cast.firm.actor, {"legal_entity": True})
    row = StatedFact.objects.get()
    assert row.user_id == cast.firm.actor.user_id
    assert row.at > MOMENT - 3650 * ONE_DAY
