"""Before and after, the case that a firm agrees to, and who else took its package up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dengta.catalogue.actions import entries
from dengta.catalogue.models import Entry
from dengta.matching.models import Quote
from dengta.projects.actions import cases, usage
from dengta.projects.actions.ending import annul
from dengta.projects.models import Project, UsageCheck
from dengta.projects.queries.beforeafter import compared, copies, lighthouses, replications
from dengta.registry.actions import award_title
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import DAY, ONE_DAY, Cast
from tests.catalogue.test_entries import shown
from tests.matching.market import Market
from tests.projects import stage


def quoted(cast: Cast, market: Market | None = None) -> tuple[Project, Entry]:
    """An accepted project whose contract came from a package of the pool."""
    entry, market = shown(cast), market or Market(cast)
    quote = market.quote(market.need(), market.provider("p1"))
    project, _over = stage.accepted(cast)
    Quote.objects.filter(pk=quote.pk).update(entry=entry)
    Project.objects.filter(pk=project.pk).update(quote=quote)
    return Project.objects.get(pk=project.pk), entry


def test_a_project_is_compared_in_level_effects_money_and_time(cast: Cast) -> None:
    project, _over = stage.accepted(cast)
    found = compared(project, DAY)
    assert found.level[1] == 2 and found.scenarios
    assert [(one.claimed, one.found) for one in found.effects] == [(12, 11)]
    assert found.paid_fen == project.after["paid_fen"] and found.days == 60
    assert (found.copies, found.lighthouse) == (0, False)


def test_a_firm_agrees_and_the_case_is_public_and_points_to_its_package(cast: Cast) -> None:
    project, package = quoted(cast)
    cases.agree(project, cast.firm.actor, agreed_by="王厂长")
    again = cases.agree(project, cast.firm.actor, agreed_by="王厂长")

    entry = Entry.objects.get(kind="case")
    assert again.case_slug == entry.slug and entry.state == "published"
    assert [link.target_id for link in entry.links.all()] == [package.pk]
    page = Client().get(f"/catalogue/{entry.slug}/").content.decode()
    assert "改造后等级" in page and package.name in page and stage.SUMMARY[:12] in page


def test_taken_back_it_is_off_the_shelf_and_comes_back_at_the_same_address(cast: Cast) -> None:
    project, _package = quoted(cast)
    cases.agree(project, cast.firm.actor, agreed_by="王厂长")
    slug = project.case_slug
    assert cases.take_back(project, cast.firm.actor) is not None
    assert cases.take_back(project, cast.firm.actor) is None
    assert Entry.objects.get(slug=slug).state == "removed" and project.case_agreed_at is None

    cases.agree(project, cast.firm.actor, agreed_by="李经理")
    assert Entry.objects.get(kind="case").state == "published" and project.case_slug == slug


def test_only_the_firm_of_an_accepted_project_agrees_by_name(cast: Cast) -> None:
    made, _there = stage.published(cast)
    with pytest.raises(Moved):
        cases.agree(made.project, cast.firm.actor, agreed_by="王厂长")
    with pytest.raises(StepRefused, match="姓名"):
        cases.agree(made.project, cast.firm.actor, agreed_by=" ")
    for other in (cast.rival.actor, cast.supplier.actor, cast.county):
        with pytest.raises(NotAllowed):
            cases.agree(made.project, other, agreed_by="王厂长")


@pytest.mark.parametrize("why", ["unused", "annulled"])
def test_a_case_does_not_outlive_its_project(cast: Cast, why: str) -> None:
    project, over = stage.accepted(cast)
    cases.agree(project, cast.firm.actor, agreed_by="王厂长")
    if why == "unused":
        usage.create_due(over.date() + 200 * ONE_DAY)
        usage.decide(UsageCheck.objects.get(), cast.county, "unused", "现场看到系统已停用。")
    else:
        annul(project, cast.city, note="发票为虚开，撤销验收。")

    assert Entry.objects.get(kind="case").state == "removed"
    with pytest.raises(StepRefused):
        cases.agree(project, cast.firm.actor, agreed_by="王厂长")


def test_what_the_province_took_down_the_firm_does_not_put_back(cast: Cast) -> None:
    project, _over = stage.accepted(cast)
    cases.agree(project, cast.firm.actor, agreed_by="王厂长")
    entries.remove(Entry.objects.get(kind="case"), cast.province, "内容与事实不符。")
    cases.take_back(project, cast.firm.actor)
    with pytest.raises(StepRefused, match="内容与事实不符"):
        cases.agree(project, cast.firm.actor, agreed_by="王厂长")


def test_a_package_is_copied_by_other_firms_not_by_the_same(cast: Cast) -> None:
    market = Market(cast)
    project, package = quoted(cast, market)
    award_title(
        cast.firm.organisation, "lighthouse", document="鄂经信〔2025〕1号",
        awarded=DAY - ONE_DAY, expires=None,
    )  # fmt: skip
    other, _over = stage.accepted(cast, cast.rival)
    assert copies(package.pk, project.organisation_id) == 0
    second = market.quote(market.need(firm=cast.rival), market.provider("p2"))
    Quote.objects.filter(pk=second.pk).update(entry=package)
    Project.objects.filter(pk=other.pk).update(quote=second)

    found = compared(Project.objects.get(pk=project.pk), DAY)
    assert (found.copies, found.lighthouse) == (1, True)
    (lamp,) = lighthouses(cast.province, DAY)
    assert (lamp.firm, lamp.projects, lamp.copies) == (cast.firm.organisation, 1, 1)


def test_everybody_sees_how_many_took_the_package_of_a_case_up(
    cast: Cast, django_assert_num_queries: Callable[[int], Any]
) -> None:
    market = Market(cast)
    project, package = quoted(cast, market)
    other, _over = stage.accepted(cast, cast.rival)
    cases.agree(project, cast.firm.actor, agreed_by="王厂长")
    project.refresh_from_db()
    page = f"/catalogue/{project.case_slug}/"
    assert "还没有其他企业用同一服务包" in Client().get(page).content.decode()

    second = market.quote(market.need(firm=cast.rival), market.provider("p2"))
    Quote.objects.filter(pk=second.pk).update(entry=package)
    Project.objects.filter(pk=other.pk).update(quote=second)
    cases.agree(other, cast.rival.actor, agreed_by="李经理")
    other.refresh_from_db()
    for address in (page, f"/catalogue/{other.case_slug}/", "/catalogue/?kind=case"):
        assert "已有 1 家其他企业用同一服务包" in Client().get(address).content.decode()
    for slugs in ([project.case_slug], [project.case_slug, other.case_slug]):
        with django_assert_num_queries(2):
            assert replications(slugs) == dict.fromkeys(slugs, 1)
    with django_assert_num_queries(0):
        assert replications([]) == {}


def test_a_case_whose_contract_came_from_no_package_says_so(cast: Cast) -> None:
    project, _over = stage.accepted(cast)
    cases.agree(project, cast.firm.actor, agreed_by="王厂长")
    project.refresh_from_db()
    page = Client().get(f"/catalogue/{project.case_slug}/").content.decode()
    assert "没有可以统计的复制数" in page
