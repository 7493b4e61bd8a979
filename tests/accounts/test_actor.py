from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.accounts.queries import SYSTEM, Actor, territory
from dengta.core.policy import shipped

REGIONS = shipped().regions
CODES = st.sampled_from(sorted(REGIONS))


def official(role: str, region: str) -> Actor:
    return Actor(1, "某人", role, region)


@pytest.mark.parametrize(
    ("region", "prefix"),
    [("420000", "42"), ("420100", "4201"), ("420102", "420102"), ("429004", "429004")],
)
def test_a_territory_is_the_prefix_of_all_codes_within(region: str, prefix: str) -> None:
    assert territory(region) == prefix


@given(CODES, CODES)
def test_an_office_covers_exactly_its_region_and_what_lies_below(own: str, other: str) -> None:
    above, here = set(), REGIONS[other]
    while True:
        above.add(here.code)
        if here.parent not in REGIONS:
            break
        here = REGIONS[here.parent]
    assert official("city", own).covers(other) == (own in above)


@pytest.mark.parametrize("role", ["enterprise", "provider", "expert", "system"])
def test_who_is_no_official_covers_nothing(role: str) -> None:
    acting = Actor(1, "某人", role, "420000", 7)
    assert not acting.official
    assert not acting.covers("420102")


def test_an_official_plays_no_role_outside_the_territory() -> None:
    assert official("county", "420104").roles_for("420102") == frozenset()
    assert official("city", "420500").roles_for("420102") == frozenset()


def test_inside_the_territory_an_official_plays_the_role_of_the_post_and_no_other() -> None:
    assert official("county", "420102").roles_for("420102") == {"county"}
    assert official("city", "420100").roles_for("420102") == {"city"}
    assert official("province", "420000").roles_for("420102") == {"province"}


def test_the_office_of_a_division_without_counties_does_the_countys_work_too() -> None:
    assert official("city", "429004").roles_for("429004") == {"city", "county"}


def test_the_system_is_nobody_and_plays_its_own_role_only() -> None:
    assert (SYSTEM.user_id, SYSTEM.organisation_id) == (0, 0)
    assert SYSTEM.roles_for("420102") == {"system"}
