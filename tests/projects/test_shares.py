"""Who and what has how much of each trade and city, with the lists behind the numbers."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.catalogue.models import ScenarioUse
from dengta.catalogue.queries.alike import offered
from dengta.projects.models import Project
from dengta.projects.queries.shares import by_field, trades_of
from tests.cast import Cast, Firm
from tests.matching.market import Market
from tests.projects import stage


def _project(cast: Cast, market: Market, firm: Firm, package_of: Firm) -> Project:
    """A project under way that rests on a quote from a package."""
    made = stage.under_way(cast, firm)
    quote = market.quote(market.need(firm=firm), package_of)
    Project.objects.filter(pk=made.pk).update(quote=quote, sub_industry="auto_parts")
    return made


def test_the_greatest_provider_and_package_of_a_trade_and_a_city_are_seen(cast: Cast) -> None:
    market = Market(cast)
    often, once = market.provider("p1"), market.provider("p2")
    for name in ("one", "two"):
        _project(cast, market, cast.enrol(name), often)
    _project(cast, market, cast.enrol("three"), once)
    bare = stage.under_way(cast)
    Project.objects.filter(pk=bare.pk).update(sub_industry="auto_parts")
    trade = by_field()["sub_industry"]["auto_parts"]
    assert [(one.projects, one.of, one.bps) for one in trade.packages] == [
        (2, 4, 5_000), (1, 4, 2_500),
    ]  # fmt: skip
    assert trade.packages[0].what.organisation == often.organisation
    city = by_field()["division"]["420100"]
    assert [(one.what, one.bps) for one in city.providers] == [(cast.supplier.organisation, 10_000)]

    page = Client().get("/providers/shares/auto_parts/").content.decode()
    assert "2 / 4" in page and "50%" in page and trade.packages[1].what.name in page
    assert cast.firm.organisation.name not in page
    listed = Client().get("/providers/").content.decode()
    assert "/providers/shares/420100/" in listed and trade.packages[0].what.name in listed


def test_packages_that_several_offer_alike_are_named_together(cast: Cast) -> None:
    market = Market(cast)
    first = market.provider("p1")
    assert not offered()["auto_parts"].same
    market.package(first)
    assert not offered()["auto_parts"].same, "two of one provider are no sameness among several"
    market.provider("p2")
    another = market.package(market.provider("p3"))
    ScenarioUse.objects.filter(version__entry=another, scenario="quality").update(level=3)

    found = offered()["auto_parts"]
    assert (found.packages, len(found.first.packages), found.first.providers) == (5, 4, 3)
    assert found.bps == 8_000
    assert found.first.covers == (("procurement", 2), ("quality", 2))
    page = Client().get("/providers/shares/auto_parts/").content.decode()
    assert "80%" in page and "3 家" in page and another.name in page
    assert "5 个中 4 个，来自 3 家" in Client().get("/providers/").content.decode()


def test_a_place_without_projects_says_what_will_stand_there_and_a_wrong_one_is_not_found(
    cast: Cast,
) -> None:
    empty = Client().get("/providers/shares/421000/")
    assert empty.status_code == 200 and "还没有开工的项目" in empty.content.decode()
    assert Client().get("/providers/shares/nonsense/").status_code == 404


def test_providers_are_narrowed_by_the_trade_that_they_serve(cast: Cast) -> None:
    market = Market(cast)
    offers, other = market.provider("p1"), market.provider("p2")
    ScenarioUse.objects.filter(version__entry__organisation=other.organisation).update(
        sub_industry="garments"
    )
    done = stage.under_way(cast)
    Project.objects.filter(pk=done.pk).update(sub_industry="auto_parts")
    trades = trades_of()
    assert trades[offers.organisation.pk] == {"auto_parts"}
    assert "auto_parts" in trades[cast.supplier.organisation.pk]

    def found(query: str) -> str:
        return Client().get(f"/providers/?{query}").content.decode()

    page = found("sub_industry=auto_parts")
    assert offers.organisation.name in page and other.organisation.name not in page
    assert cast.supplier.organisation.name in page
    assert "没有符合条件" in found("sub_industry=auto_parts&q=没有这家")


def test_more_projects_and_packages_are_no_more_queries(cast: Cast) -> None:
    market = Market(cast)
    _project(cast, market, cast.enrol("one"), market.provider("p1"))

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert Client().get("/providers/").status_code == 200
            assert Client().get("/providers/shares/auto_parts/").status_code == 200
        return len(queries)

    few = asked()
    for n in range(3):
        _project(cast, market, cast.enrol(f"more-{n}"), market.provider(f"more-p{n}"))
    assert asked() == few
