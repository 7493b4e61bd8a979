"""What came of an entry of the pool: accepted projects, without names and only among enough."""

from __future__ import annotations

from django.test import Client

from dengta.catalogue.actions import entries
from dengta.catalogue.models import EntryLink
from dengta.matching.models import Quote
from dengta.projects.models import Project
from dengta.projects.queries.outcomes import of_entry
from tests.cast import DAY, Cast
from tests.catalogue.test_entries import shown
from tests.matching.market import Market
from tests.projects import stage


def test_what_firms_got_is_listed_without_names_once_they_are_enough(cast: Cast) -> None:
    entry = shown(cast)
    assert of_entry(entry.pk, DAY) is None
    market = Market(cast)
    quote = market.quote(market.need(), market.provider("p1"))
    project, _over = stage.accepted(cast)
    Quote.objects.filter(pk=quote.pk).update(entry=entry)
    Project.objects.filter(pk=project.pk).update(quote=quote)
    few, enough = of_entry(entry.pk, DAY), of_entry(entry.pk, DAY, least=1)
    assert few is not None and (few.count, few.firms) == (1, ())
    assert enough is not None
    (one,) = enough.firms
    assert one.after == 2 and one.fen > 0 and one.rating is not None and one.days is not None
    page = Client().get(f"/catalogue/{entry.slug}/").content.decode()
    assert "已有 1 家企业" in page and project.organisation.name not in page


def test_what_a_package_brought_stands_also_at_what_it_contains(cast: Cast) -> None:
    package = shown(cast)
    inside = entries.draft("product", "扫码枪", actor=cast.supplier.actor, key="inside").entry
    EntryLink.objects.create(source=package, target=inside, kind="contains")
    market = Market(cast)
    quote = market.quote(market.need(), market.provider("p1"))
    project, _over = stage.accepted(cast)
    Quote.objects.filter(pk=quote.pk).update(entry=package)
    Project.objects.filter(pk=project.pk).update(quote=quote)
    for entry in (package, inside):
        found = of_entry(entry.pk, DAY)
        assert found is not None and found.count == 1
    EntryLink.objects.update(kind="shows")
    assert of_entry(inside.pk, DAY) is None
