from __future__ import annotations

from dengta.accounts.actions import create_user, give_post
from dengta.accounts.models import Post
from dengta.registry.queries import actor_of, officials_for
from tests.cast import Cast


def test_the_same_desk_twice_is_one(db: None) -> None:
    user = create_user(username="li", password=None)
    first = give_post(user, role="county", region_code="420102", office="江岸区经信局")
    again = give_post(user, role="county", region_code="420102", office="江岸区经信局")
    assert first == again
    assert Post.objects.count() == 1


def test_whoever_has_a_post_acts_from_it(cast: Cast) -> None:
    acting = actor_of(cast.user(cast.county))
    assert acting == cast.county
    assert cast.county.organisation_id == 0


def test_whoever_has_neither_post_nor_organisation_acts_for_nobody(db: None) -> None:
    assert actor_of(create_user(username="li", password=None)) is None


def test_a_post_in_the_administration_comes_before_a_firm(cast: Cast) -> None:
    user = cast.user(cast.firm.actor)
    give_post(user, role="expert", region_code="420000", office="省专家库")
    acting = actor_of(user)
    assert acting is not None
    assert (acting.role, acting.organisation_id) == ("expert", 0)


def test_a_matter_finds_the_officials_of_its_region(cast: Cast) -> None:
    everybody = (cast.county, cast.next_county, cast.city, cast.next_city, cast.remote_office)
    assert len({cast.province.user_id, *(a.user_id for a in everybody)}) == 6
    assert officials_for("county", "420102") == [cast.county.user_id]
    assert officials_for("city", "420102") == [cast.city.user_id]
    assert officials_for("province", "420102") == [cast.province.user_id]


def test_where_there_are_no_counties_the_divisions_office_is_both(cast: Cast) -> None:
    office = cast.remote_office.user_id
    assert officials_for("county", "429004") == [office]
    assert officials_for("city", "429004") == [office]
