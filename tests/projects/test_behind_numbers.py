"""Behind each number that offices see there is the list of what was counted, as long as it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dengta.matching.models import Quote
from dengta.monitoring.actions import pilot_months
from dengta.monitoring.queries import indicators
from dengta.monitoring.queries.pilots import COUNTED, counted_in, figures_of
from dengta.projects.actions import pilots
from dengta.projects.models import PilotFirm, PilotMonth, PilotPlan, Project
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.matching.market import Market
from tests.projects import stage
from tests.projects.test_cases import quoted
from tests.projects.test_pilot_list import filed
from tests.projects.test_project_pages import ago, signed_in


def pilot(cast: Cast) -> PilotPlan:
    """A pilot with one firm that is late, one that was accepted, one that left."""
    plan = filed(cast)
    for firm in (cast.firm, cast.rival):
        pilots.list_firm(plan, firm.organisation, cast.city, reason="首批", at=MOMENT)
    gone = cast.enrol("gone", name="武汉离开有限公司")
    left = pilots.list_firm(plan, gone.organisation, cast.city, reason="首批", at=MOMENT)
    pilots.withdraw_firm(left, cast.city, reason="停产", at=MOMENT)
    stage.under_way(cast)
    stage.accepted(cast, cast.rival)
    return plan


def test_each_figure_of_a_pilot_is_as_large_as_its_list(cast: Cast) -> None:
    plan, day = pilot(cast), DAY + 120 * ONE_DAY
    figures = figures_of(plan, day)
    lists = {what: list(counted_in(plan, what, day)) for what in COUNTED}
    assert {what: len(rows) for what, rows in lists.items()} == {
        what: getattr(figures, what) for what in COUNTED
    }
    assert (figures.late, figures.accepted, figures.filed, figures.withdrawn) == (1, 1, 2, 1)
    assert lists["accepted"] == [cast.rival.organisation]
    with pytest.raises(KeyError):
        counted_in(plan, "allotted_fen", day)


def test_a_frozen_month_keeps_whom_it_counted_whatever_becomes_of_them(cast: Cast) -> None:
    plan = pilot(cast)
    Project.objects.filter(state="under_way").update(due_date=DAY - ONE_DAY)
    over = dt.date(2026, 10, 1)
    assert (pilot_months(over), pilot_months(over)) == (1, 0)
    month = PilotMonth.objects.get()
    assert {what: len(month.lists[what]) for what in COUNTED} == {
        what: month.figures[what] for what in COUNTED
    }
    assert (month.figures["listed"], month.figures["late"]) == (2, 1)
    firm = plan_firm(cast)
    pilots.withdraw_firm(firm, cast.city, reason="停产", at=MOMENT)
    city = signed_in(cast, cast.city)
    shown = city.get(reverse("pilot_month", args=[plan.pk, month.pk])).content.decode()
    for what, name in (("listed", cast.firm.organisation.name), ("late", "XM2026-")):
        link = reverse("pilot_month_counted", args=[plan.pk, month.pk, what])
        assert link in shown and name in city.get(link).content.decode()
    now = city.get(reverse("pilot_counted", args=[plan.pk, "listed"])).content.decode()
    assert cast.firm.organisation.name not in now
    for wrong in ((month.pk, "allotted_fen"), (month.pk + 1, "listed")):
        link = reverse("pilot_month_counted", args=[plan.pk, *wrong])
        assert city.get(link).status_code == 404
    PilotMonth.objects.update(lists={})
    old = city.get(reverse("pilot_month", args=[plan.pk, month.pk]))
    assert (old.status_code, "counted" in old.content.decode()) == (200, False)


def plan_firm(cast: Cast) -> PilotFirm:
    return PilotFirm.objects.get(organisation=cast.firm.organisation)


def test_the_number_leads_to_its_list_and_the_list_to_a_table(
    cast: Cast, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    plan = pilot(cast)
    Project.objects.filter(state="under_way").update(due_date=timezone.localdate() - ONE_DAY)
    city = signed_in(cast, cast.city)
    link = reverse("pilot_counted", args=[plan.pk, "late"])
    assert link in city.get(reverse("pilot", args=[plan.pk])).content.decode()
    with django_assert_max_num_queries(7):
        page = city.get(link).content.decode()
    late = Project.objects.get(state="under_way")
    assert late.number in page and cast.firm.organisation.uscc in page
    table = b"".join(city.get(link, {"form": "csv"})).decode("utf-8-sig")  # type: ignore[arg-type]
    assert late.number in table and cast.firm.organisation.name in table
    assert city.get(link, {"form": "exe"}).status_code == 404
    assert city.get(reverse("pilot_counted", args=[plan.pk, "nonsense"])).status_code == 404
    assert signed_in(cast, cast.firm.actor).get(link).status_code == 403
    assert Client().get(link).status_code == 302


def test_who_took_a_package_up_is_listed_behind_the_count(cast: Cast) -> None:
    market = Market(cast)
    project, package = quoted(cast, market)
    other, _over = stage.accepted(cast, cast.rival)
    second = market.quote(market.need(firm=cast.rival), market.provider("p2"))
    Quote.objects.filter(pk=second.pk).update(entry=package)
    Project.objects.filter(pk=other.pk).update(quote=second)
    county = signed_in(cast, cast.county)
    page = county.get(reverse("official_project_results", args=[project.pk])).content.decode()
    link = reverse("official_copies", args=[cast.firm.organisation.uscc])
    assert f"{link}?project={project.pk}" in page
    for address in (link, f"{link}?project={project.pk}"):
        listed = county.get(address).content.decode()
        assert cast.rival.organisation.uscc in listed
        assert f"<td>{cast.firm.organisation.uscc}" not in listed
    assert cast.rival.organisation.uscc not in county.get(f"{link}?project=99").content.decode()


def test_the_firms_at_a_level_and_the_unclaimed_are_listed(cast: Cast) -> None:
    project, _over = stage.accepted(cast, at=ago(100))
    province = signed_in(cast, cast.province)
    day = timezone.localdate()
    for level, count in indicators.level_distribution(day).items():
        found = indicators.listed(f"at:{level}", indicators.whole(), day)
        assert found is not None and found.count() == count
        address = reverse("indicator_members", args=[f"at-{level}", indicators.whole()])
        assert province.get(address).status_code == 200
    listed = province.get(reverse("official_projects"), {"state": "unclaimed"}).content.decode()
    assert project.number in listed
