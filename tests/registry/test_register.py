from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dengta.accounts.models import User
from dengta.core.codes import make_uscc
from dengta.core.shapes import Region
from dengta.registry.actions import Refused, Registration, register
from dengta.registry.models import EnterpriseYear, Membership, Organisation
from dengta.registry.queries import actor_of, choosable_regions, people_of, policy
from tests.cast import PASSWORD, WAN, Cast


def enter(form: Registration, username: str = "wang") -> Organisation:
    return register(form, username=username, password=PASSWORD, person="王工", year=2025)[1]


def nothing_left(uscc: str) -> bool:
    return not (
        Organisation.objects.filter(uscc=uscc).exists()
        or EnterpriseYear.objects.filter(organisation__uscc=uscc).exists()
        or User.objects.filter(username="wang").exists()
        or Membership.objects.filter(user__username="wang").exists()
    )


def test_a_registration_makes_organisation_figures_user_and_membership(cast: Cast) -> None:
    form = cast.form()
    user, made = register(form, username="wang", password=PASSWORD, person="王工", year=2025)
    stored = Organisation.objects.get(uscc=form.uscc)
    assert (stored.pk, stored.name, stored.region_code) == (made.pk, form.name, "420102")
    assert list(stored.years.values_list("year", "employees", "revenue_fen", "assets_fen")) == [
        (2025, 180, 6_000 * WAN, 5_000 * WAN)
    ]
    assert people_of(made.pk) == [user.pk]
    acting = actor_of(user)
    assert acting is not None
    assert (acting.role, acting.organisation_id, acting.region) == ("enterprise", made.pk, "420102")
    assert (acting.name, user.check_password(PASSWORD)) == ("王工", True)


@pytest.mark.parametrize(
    ("employees", "revenue_fen", "size"),
    [
        (1_000, 40_000 * WAN, "large"),
        (999, 40_000 * WAN, "medium"),
        (300, 2_000 * WAN, "medium"),
        (20, 300 * WAN, "small"),
        (19, 300 * WAN, "micro"),
        (0, 0, "micro"),
    ],
)
def test_the_size_follows_from_industry_employees_and_revenue(
    cast: Cast, employees: int, revenue_fen: int, size: str
) -> None:
    made = enter(cast.form(employees=employees, revenue_fen=revenue_fen))
    assert made.size_class == size


def test_a_code_is_taken_as_typed_with_spaces_and_small_letters(cast: Cast) -> None:
    code = next(c for n in range(400, 500) if (c := make_uscc("420102", n))[17].isalpha())
    typed = f" {code[:8].lower()} {code[8:].lower()} "
    assert enter(cast.form(uscc=typed)).uscc == code


@pytest.mark.parametrize(
    "wrong", ["", "123", "9142010200000001A", "914201020000000000", "汉字" * 9]
)
def test_a_code_that_is_wrong_is_refused_and_leaves_nothing_behind(cast: Cast, wrong: str) -> None:
    with pytest.raises(Refused) as refused:
        enter(cast.form(uscc=wrong))
    assert refused.value.field == "uscc"
    assert refused.value.text.zh and refused.value.text.en
    assert (Organisation.objects.count(), User.objects.count()) == (0, 0)


def test_a_code_that_is_registered_is_refused_and_leaves_nothing_behind(cast: Cast) -> None:
    uscc = cast.firm.organisation.uscc
    with pytest.raises(Refused, match="已经注册") as refused:
        enter(cast.form(uscc=uscc, name="冒名有限公司"))
    assert refused.value.field == "uscc"
    assert Organisation.objects.get().name == cast.firm.organisation.name
    assert not User.objects.filter(username="wang").exists()


def test_a_sign_in_name_that_is_in_use_is_refused_and_the_code_stays_free(cast: Cast) -> None:
    assert cast.firm
    form = cast.form()
    with pytest.raises(Refused, match="已有人使用") as refused:
        enter(form, username="firm")
    assert refused.value.field == "username"
    assert nothing_left(form.uscc)
    assert enter(form, username="another").uscc == form.uscc


@pytest.mark.parametrize("region", ["", "420199", "110101", "４２０１０２", "420000", "420100"])
def test_a_region_that_is_no_county_of_the_province_is_refused(cast: Cast, region: str) -> None:
    form = cast.form(region_code=region)
    with pytest.raises(Refused) as refused:
        enter(form)
    assert refused.value.field == "region_code"
    assert nothing_left(form.uscc)


def test_every_region_on_offer_has_one_office_that_checks_and_one_that_reviews() -> None:
    regions = policy().regions
    parents = {r.parent for r in regions.values()}

    def lowest(region: Region) -> bool:
        return region.code not in parents

    assert {r.code for r in choosable_regions()} == {r.code for r in regions.values() if lowest(r)}
    assert all(regions[r.parent].level in ("city", "province") for r in choosable_regions())


@pytest.mark.parametrize("industry", ["", "C", "00", "99", "C36", "ab", "３６"])
def test_an_industry_outside_the_standard_is_refused(cast: Cast, industry: str) -> None:
    form = cast.form(industry_code=industry)
    with pytest.raises(Refused) as refused:
        enter(form)
    assert refused.value.field == "industry_code"
    assert nothing_left(form.uscc)


@pytest.mark.parametrize("wrong", [{"employees": -1}, {"revenue_fen": -1}, {"assets_fen": -1}])
def test_figures_below_nothing_are_never_written(cast: Cast, wrong: dict[str, Any]) -> None:
    form = cast.form(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        enter(form)
    assert not Organisation.objects.exists()


def test_the_day_of_establishment_may_be_unknown(cast: Cast) -> None:
    assert enter(cast.form(established_date=None)).established_date is None
    made = enter(cast.form(established_date=dt.date(2020, 2, 29)), "li")
    assert made.established_date == dt.date(2020, 2, 29)
