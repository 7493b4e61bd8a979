"""Searching the pool: exact for short Chinese words, ranked, counted by facet, up to date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dengta.catalogue.actions.indexing import index, index_many, rebuild
from dengta.catalogue.models import Entry, IndexedText, SearchTerm
from dengta.catalogue.queries.search import search
from dengta.core.grams import contains
from tests.cast import DAY
from tests.catalogue.shelf import shelve, take_down

pytestmark = pytest.mark.django_db
AUTO = ("auto_parts", "common", "quality", 2)
FOOD = ("grain_oil", "specific", "equipment", 3)


def named(text: str, **more: Any) -> list[str]:
    ids = search(text, at=DAY, **more).ids
    names = dict(Entry.objects.filter(pk__in=ids).values_list("pk", "name"))
    return [names[pk] for pk in ids]


def test_a_word_of_one_or_two_signs_finds_what_contains_it() -> None:
    shelve("冲压设备联网")
    shelve("备料管理", "设计备选方案")
    assert named("设备") == ["冲压设备联网"]
    assert named("备") == ["备料管理", "冲压设备联网"]
    assert named("压设备联") == ["冲压设备联网"]
    assert named("联网设备") == []
    assert named("！？") == []


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(*[st.text("设备管a ", max_size=8)] * 2), min_size=1, max_size=5),
    st.text("设备管a ", min_size=1, max_size=5),
)
def test_exactly_the_entries_that_contain_the_words_are_found(
    said: list[tuple[str, str]], query: str
) -> None:
    Entry.objects.update(state="removed", removed_reason="换一批")
    index_many(Entry.objects.values_list("pk", flat=True))
    entries = [shelve(name, summary, kind="policy") for name, summary in said]
    for text in ("设", "备管", query):
        expected = {
            entry.pk
            for entry, (name, summary) in zip(entries, said, strict=True)
            # A line end separates, so that no word runs from one field into the next.
            if contains(f"{name}\n{summary}\n政策", text)
        }
        assert set(search(text, at=DAY).ids) == expected


def test_the_name_goes_before_the_summary_and_the_summary_before_the_rest() -> None:
    shelve("甲", "质量追溯", content={"problem": "无"})
    shelve("乙", "无", content={"problem": "质量追溯"})
    shelve("食品质量追溯", "无")
    shelve("质量追溯一期", "无")
    shelve("质量追溯二期", "无")
    assert named("质量") == ["质量追溯二期", "质量追溯一期", "食品质量追溯", "甲", "乙"]
    # Of several words the one that fits worst decides: none begins with both.
    assert named("追溯 质量") == ["质量追溯二期", "质量追溯一期", "食品质量追溯", "甲", "乙"]
    assert named("质量 无") == ["质量追溯二期", "质量追溯一期", "食品质量追溯", "乙", "甲"]


def test_scenario_region_and_kind_are_words_to_find_by_too() -> None:
    shelve("甲", uses=[AUTO], region="420602", kind="package")
    assert named("质量管理") == named("襄阳") == named("服务包") == named("Quality") == ["甲"]


def test_facets_narrow_and_each_counts_with_its_own_choice_set_aside() -> None:
    shelve("甲设备", uses=[AUTO], region="420102")
    shelve("乙设备", uses=[AUTO, FOOD], kind="package", region="420602")
    shelve("丙设备", uses=[FOOD], kind="package")
    found = search("设备", facets={"sub_industry": "grain_oil"}, at=DAY)
    assert found.total == 2
    assert found.counts["sub_industry"] == {"auto_parts": 2, "grain_oil": 2}
    assert found.counts["kind"] == {"package": 2}
    assert found.counts["division"] == {"420600": 1}
    both = search("设备", kind="package", facets={"scenario": ["quality", "safety"]}, at=DAY)
    assert both.total == 1
    assert both.counts["kind"] == {"package": 1, "solution": 1}
    assert search("设备", facets={"level": "4"}, at=DAY).total == 0
    assert search("设备", facets={"": "", "level": ""}, at=DAY).total == 3


def test_pages_follow_one_another_and_the_last_stands_for_those_beyond() -> None:
    entries = [shelve(f"设备{n}").pk for n in range(5)]
    pages = [search("设备", at=DAY, page=n, per_page=2) for n in (1, 2, 3, 9, -1)]
    assert [one.page for one in pages] == [1, 2, 3, 3, 1]
    assert [pk for one in pages[:3] for pk in one.ids] == entries[::-1]
    assert {one.total for one in pages} == {5}


def test_what_expired_was_removed_or_changed_is_found_no_longer() -> None:
    old = shelve("设备甲", expires=DAY)
    gone, changed = shelve("设备乙"), shelve("设备丙")
    assert set(named("设备")) == {"设备甲", "设备乙", "设备丙"}
    assert old.pk not in search("设备", at=DAY + dt.timedelta(days=1)).ids
    take_down(gone)
    assert changed.current is not None
    Entry.objects.filter(pk=changed.pk).update(name="仓储丙")
    index(changed)
    assert named("设备") == ["设备甲"]
    assert named("仓储") == ["仓储丙"]
    take_down(old)
    take_down(changed)
    assert search("", at=DAY).total == 0
    assert not SearchTerm.objects.exists()
    assert not IndexedText.objects.exists()


def test_the_index_can_be_made_anew_and_says_the_same() -> None:
    for n in range(6):
        shelve(f"设备{n}号", uses=[AUTO, FOOD][: n % 3], kind="case" if n % 2 else "app")
    before = search("设备", facets={"kind": "app"}, at=DAY)
    lists = list(SearchTerm.objects.order_by("term").values_list("term", "places"))
    assert rebuild() == 6
    assert search("设备", facets={"kind": "app"}, at=DAY) == before
    after = SearchTerm.objects.order_by("term").values_list("term", "places")
    assert [(t, bytes(p)) for t, p in after] == [(t, bytes(p)) for t, p in lists]


def test_a_search_is_three_queries_and_two_when_nothing_changed(
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    # On PostgreSQL the lists are read as bytes, by a cursor that Django does not count.
    own = connection.vendor == "postgresql"
    for n in range(2):
        shelve(f"设备{n}", uses=[AUTO])
    with django_assert_num_queries(3 - own):
        search("设备管理 设备", facets={"level": "2"}, at=DAY)
    for n in range(9):
        shelve(f"设备管理{n}", uses=[FOOD], region="420602")
    with django_assert_num_queries(3 - own):
        search("设备管理 设备", facets={"level": "2"}, at=DAY)
    with django_assert_num_queries(2 - own):
        search("设备", at=DAY)
