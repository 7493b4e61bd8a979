"""What entries say, read, compared and changed: pure rules."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.entry_values import changes, compare, fingerprint, read_field, value_text
from dengta.core.filling import EntryError
from dengta.core.policy import shipped
from dengta.core.sub_industries import sub_industry_of

KINDS = shipped().entry_kinds
PACKAGE, PLATFORM = KINDS["package"], KINDS["platform"]

contents = st.fixed_dictionaries(
    {},
    optional={
        "price_from_fen": st.integers(0, 10**9),
        "deploy_days": st.integers(1, 720),
        "fit_bps": st.integers(0, 10_000),
        "problem": st.text("检验追溯", min_size=1, max_size=8),
    },
)


def test_every_quality_is_measured_by_what_solutions_products_and_packages_say() -> None:
    qualities = set(shipped().pool.qualities)
    for kind in ("solution", "product", "package"):
        measured = {field.quality for field in KINDS[kind].fields if field.quality}
        assert measured == qualities == {"small", "fast", "light", "precise"}


def test_several_choices_are_kept_in_the_order_of_the_policy_and_said_in_words() -> None:
    field = PLATFORM.asks("functions")
    assert read_field(field, ["safety", "design"]) == ["design", "safety"]
    assert value_text(field, ["design", "safety"]).zh == "研发、安全"
    assert read_field(field, []) is None
    with pytest.raises(EntryError, match="功能领域"):
        read_field(field, ["moon"])


def test_the_longest_prefix_decides_the_sub_industry() -> None:
    known = shipped().sub_industries.values()
    found = sub_industry_of(known, "C3670")
    assert found is not None and found.id == "auto_parts"
    assert sub_industry_of(known, "36") is None


@given(st.lists(contents, min_size=1, max_size=4))
def test_a_comparison_marks_the_same_entries_in_whatever_order(found: list[dict[str, Any]]) -> None:
    rows = compare([PACKAGE] * len(found), found)
    turned = compare([PACKAGE] * len(found), found[::-1])
    last = len(found) - 1
    for row, other in zip(rows, turned, strict=True):
        assert row.cells == other.cells[::-1]
        assert row.best == {last - place for place in other.best}
        values = [content.get(row.field.id) for content in found]
        better = min if row.field.better == "low" else max
        numbers = [value for value in values if isinstance(value, int)]
        assert all(values[place] == better(numbers) for place in row.best)
        assert len(row.best) < len(numbers) or not row.best


@given(contents, contents)
def test_changes_are_found_where_and_only_where_contents_differ(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    differing = {id for id in before | after if before.get(id) != after.get(id)}
    assert len(changes(PACKAGE, before, after)) == len(differing)
    same = fingerprint("a", "", before, (), ()) == fingerprint("a", "", after, (), ())
    assert same is (before == after)
