from __future__ import annotations

from dengta.registry.models import Organisation
from dengta.registry.queries import choosable_regions, division_of, divisions, region_name, within
from tests.cast import Cast


def test_the_province_has_seventeen_divisions_and_every_region_lies_in_one() -> None:
    codes = {r.code for r in divisions()}
    assert len(codes) == 17
    assert {division_of(r.code) for r in choosable_regions()} == codes


def test_a_county_lies_in_its_division_and_a_division_in_itself() -> None:
    assert division_of("420102") == "420100"
    assert division_of("420100") == "420100"
    assert division_of("429004") == "429004"
    assert division_of("999999") == "999999", "a code that the policy does not know stays itself"


def test_a_region_has_its_name_and_an_unknown_one_its_code() -> None:
    assert region_name("420102").zh == "江岸区"
    assert region_name("999999").zh == "999999"


def test_organisations_are_found_by_county_city_and_province(cast: Cast) -> None:
    jiangan, qiaokou, xiantao = (firm.organisation for firm in (cast.firm, cast.rival, cast.remote))
    everybody = Organisation.objects.order_by("pk")
    assert list(within(everybody, "420102")) == [jiangan]
    assert list(within(everybody, "420100")) == [jiangan, qiaokou]
    assert list(within(everybody, "429004")) == [xiantao]
    assert list(within(everybody, "420000")) == [jiangan, qiaokou, xiantao]
    assert not within(everybody, "420500").exists()


def test_narrowing_by_the_codes_prefix_finds_the_same_as_the_policys_own_tree(cast: Cast) -> None:
    for region in choosable_regions():
        cast.enrol(f"at-{region.code}", region_code=region.code)
    for division in divisions():
        found = within(Organisation.objects.all(), division.code)
        assert {o.region_code for o in found} == {
            r.code for r in choosable_regions() if division_of(r.code) == division.code
        }
