from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from dengta.registry.actions import award_title, end_title, pause_role, resume_role
from dengta.registry.models import Title
from dengta.registry.queries import roles_of, roles_resting, suppliers, titles_on
from tests.cast import DAY, ONE_DAY, Cast


def test_a_title_recorded_twice_on_a_day_is_one(cast: Cast) -> None:
    firm = cast.firm.organisation
    first = award_title(firm, "srdi", document="甲号", awarded=DAY)
    assert award_title(firm, "srdi", document="乙号", awarded=DAY) == first
    assert Title.objects.get().document == "甲号"


def test_a_title_is_awarded_again_after_it_ran_out(cast: Cast) -> None:
    firm = cast.firm.organisation
    award_title(firm, "srdi", document="甲号", awarded=DAY - 1100 * ONE_DAY, expires=DAY)
    award_title(firm, "srdi", document="乙号", awarded=DAY)
    assert Title.objects.count() == 2


def test_a_title_cannot_end_before_it_begins(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="title_ends_after_it_begins"), transaction.atomic():
        award_title(
            cast.firm.organisation, "srdi", document="甲号", awarded=DAY, expires=DAY - ONE_DAY
        )
    assert not Title.objects.exists()


def test_only_providers_on_this_years_list_can_be_chosen_as_suppliers(cast: Cast) -> None:
    listed = cast.supplier.organisation
    former = cast.enrol("former", kind="provider", industry_code="65")
    cast.list_supplier(former, year=2025)
    cast.list_supplier(cast.firm)
    assert list(suppliers(DAY)) == [listed]
    assert list(suppliers(DAY.replace(year=2025))) == [former.organisation]


def test_a_title_that_admits_a_provider_gives_its_role_until_it_ends(cast: Cast) -> None:
    supplier, day = cast.supplier.organisation, dt.date(2026, 1, 5)
    for _ in range(2):
        award_title(supplier, "recommended_provider", document="鄂经信〔2026〕1号", awarded=day)
    role = supplier.roles.get(role="general_contractor", from_date=day)
    assert role.until_date is None
    last = dt.date(2026, 6, 1)
    end_title(supplier, "recommended_provider", awarded=day, day=last)
    role.refresh_from_db()
    assert role.until_date == last - dt.timedelta(days=1)
    award_title(cast.firm.organisation, "pilot_firm", document="武经信〔2026〕1号", awarded=day)
    assert not cast.firm.organisation.roles.exists()


def test_the_role_is_the_one_the_form_asked_for_and_rests_while_it_is_rectified(
    cast: Cast,
) -> None:
    day = dt.date(2026, 3, 1)
    lawyers = cast.enrol("lawyers", kind="provider").organisation
    award_title(lawyers, "recommended_provider", document="一号", awarded=day, role="law_firm")
    award_title(lawyers, "cloud_supplier", document="二号", awarded=day)
    today = day + dt.timedelta(days=30)
    assert {one.role for one in roles_of(lawyers, today)} == {"law_firm", "cloud_vendor"}

    pause_role(lawyers, "recommended_provider", awarded=day, day=today)
    assert [one.role for one in roles_of(lawyers, today)] == ["cloud_vendor"]
    assert [one.role for one in roles_resting(lawyers, today)] == ["law_firm"]
    assert titles_on(lawyers, today) >= {"recommended_provider"}, "the title stands"

    resume_role(lawyers, "recommended_provider", awarded=day, expires=None)
    assert roles_resting(lawyers, today) == [] and len(roles_of(lawyers, today)) == 2
    end_title(lawyers, "recommended_provider", awarded=day, day=today)
    assert roles_resting(lawyers, today) == [], "what ended does not rest"
    assert [one.role for one in roles_of(lawyers, today)] == ["cloud_vendor"]


def test_a_role_nobody_knows_is_that_of_the_practice(cast: Cast) -> None:
    day = dt.date(2026, 3, 1)
    made = cast.enrol("p", kind="provider").organisation
    award_title(made, "recommended_provider", document="一号", awarded=day, role="wizard")
    assert [one.role for one in roles_of(made, day)] == ["general_contractor"]
