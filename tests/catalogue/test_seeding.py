"""The content that comes with the policy enters the pool at once, and once only."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dengta.catalogue.actions.entries import remove
from dengta.catalogue.actions.seeding import seed
from dengta.catalogue.models import Entry, EntryLink, EntryVersion
from dengta.catalogue.queries.search import search
from dengta.core.policy import SHIPPED, PolicyFaults, content
from dengta.registry.queries import policy
from dengta.trail.models import Event
from tests.cast import DAY, MOMENT, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def province(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A province of one's own, small enough to read quickly again and again."""
    shutil.copytree(SHIPPED, tmp_path / "policies")
    folder = tmp_path / "policies" / "hubei"
    for file in (folder / "pool").iterdir():
        if file.name != "garments.toml":
            file.unlink()
    settings.POLICY_DIR = str(folder)
    policy.cache_clear()
    yield folder
    policy.cache_clear()


def test_all_entries_come_in_shown_linked_and_found_and_a_second_time_nothing_changes() -> None:
    entries = content(SHIPPED / "hubei")
    first = seed(at=MOMENT)
    assert (first.entered, first.renewed, first.unchanged) == (len(entries), 0, 0)
    events = Event.objects.count()
    assert seed(at=MOMENT) == (0, 0, len(entries))
    assert Event.objects.count() == events
    assert Entry.objects.filter(state="published", sample=True).count() == len(entries)
    package = Entry.objects.get(slug="auto-parts-press-start")
    assert package.current is not None
    assert package.current.content["price_from_fen"] == sum(
        line.quantity * line.price_fen for line in package.current.lines.all()
    )
    assert {link.target.slug for link in EntryLink.objects.filter(source=package)} == {
        "auto-parts-work-orders",
        "auto-parts-press-line",
    }
    assert package.pk in search("停机", kind="package", at=DAY).ids
    found = search("", facets={"sub_industry": "auto_parts", "scenario": "equipment"}, at=DAY)
    assert package.pk in found.ids


def test_seeding_is_a_few_statements_whatever_comes_in(
    province: Path, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    with django_assert_max_num_queries(90):
        assert seed(at=MOMENT).entered == 12


def test_a_changed_file_renews_its_entry_and_one_that_was_taken_down_stays_down(
    province: Path, cast: Cast
) -> None:
    seed(at=MOMENT)
    remove(Entry.objects.get(slug="garments-cut-pack"), cast.province, "停止服务", at=MOMENT)
    file = province / "pool" / "garments.toml"
    text = file.read_text("utf-8").replace("余布余料不入账", "余料都不入账")
    text = text.replace("面料利用率多两个点。", "面料利用率提高。")
    file.write_text(text, "utf-8")
    assert seed(at=MOMENT) == (0, 1, 11)
    assert seed(at=MOMENT) == (0, 0, 12)
    version = EntryVersion.objects.get(entry__slug="garments-fabric-store", state="published")
    assert version.number == 2
    assert search("余料都不入账", at=DAY).total == 1
    assert search("余布余料", at=DAY).total == 0
    assert Entry.objects.get(slug="garments-cut-pack").state == "removed"


def test_a_wrong_file_writes_nothing(province: Path) -> None:
    file = province / "pool" / "garments.toml"
    file.write_text(file.read_text("utf-8").replace('"scheduling"', '"schedule"'), "utf-8")
    with pytest.raises(PolicyFaults, match="schedule"):
        seed(at=MOMENT)
    assert not Entry.objects.exists()


def test_the_demo_names_who_offers_what(cast: Cast, province: Path) -> None:
    provider = cast.supplier.organisation
    seed(offered_by={"garments-cut-pack": provider}, at=MOMENT)
    entry = Entry.objects.get(slug="garments-cut-pack")
    assert (entry.organisation, entry.region_code) == (provider, provider.region_code)
    assert entry.facets.filter(facet="division").exists()
