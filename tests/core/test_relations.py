"""Who belongs together is found over every way there is, the best one is told, and agents do not
count."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.relations import Relations, components, linked
from tests.core.screening_oracle import ways

STRENGTH = {"legal_person": 9_000, "phone": 6_000, "address": 6_000}
LINKS = st.lists(
    st.tuples(
        st.sampled_from("甲乙丙丁戊己"),
        st.sampled_from(["legal_person", "phone", "address", "employer"]),
        st.sampled_from(["", "A", "B", "C"]),
    ),
    max_size=14,
)


def relations(links: list[tuple[str, str, str]], most: int = 3) -> Relations:
    one = Relations(STRENGTH, most)
    for link in links:
        one.add(*link)
    return one


@settings(max_examples=60)
@given(LINKS, st.integers(2, 4), st.integers(1, 3))
def test_the_way_told_is_the_best_of_the_shortest(
    links: list[tuple[str, str, str]], most: int, furthest: int
) -> None:
    one = relations(links, most)
    true = ways(links, STRENGTH, most, furthest)
    for party in "甲乙丙丁戊己":
        near = one.within(party, furthest)
        found = {other: (party, *(hop.other for hop in way.hops)) for other, way in near.items()}
        assert found == {ends[1]: way for ends, way in true.items() if ends[0] == party}
        for other, way in near.items():
            back = one.path(other, party, furthest)
            assert back is not None and back.bps == pytest.approx(way.bps, abs=2)
            for hop in way.hops:
                assert hop.bps == max(STRENGTH[kind] for kind, _ in hop.shared)
                assert all((hop.one, *link) in links and (hop.other, *link) in links
                           for link in hop.shared)  # fmt: skip


@given(LINKS, LINKS, st.randoms(use_true_random=False))
def test_what_came_and_went_leaves_nothing_behind_and_order_does_not_matter(
    links: list[tuple[str, str, str]], passing: list[tuple[str, str, str]], chance: object
) -> None:
    plain = relations(links)
    other = relations([*passing, *links])
    for link in sorted(set(passing) - set(links)):
        other.remove(*link)
    for party in "甲乙丙丁戊己":
        assert other.within(party, 3) == plain.within(party, 3)
        assert other.common(party) == plain.common(party)
    assert other.groups() == plain.groups()


@given(LINKS)
def test_groups_are_those_whom_some_way_joins(links: list[tuple[str, str, str]]) -> None:
    one = relations(links)
    joined = {
        frozenset({party, *near}) for party in "甲乙丙丁戊己" if (near := one.within(party, 9))
    }
    assert {frozenset(group) for group in one.groups()} == joined
    assert len(one.groups()) == len(joined)


@given(st.lists(st.tuples(st.integers(0, 8), st.sampled_from(["", "a", "b", "c", "d"]))),
       st.integers(2, 5))  # fmt: skip
def test_links_of_a_whole_table_join_the_same_as_one_by_one(
    rows: list[tuple[int, str]], most: int
) -> None:
    held: dict[str, set[int]] = {}
    for owner, value in rows:
        held.setdefault(value, set()).add(owner)
    first, other = linked([owner for owner, _ in rows], [value for _, value in rows], most)
    pairs = list(zip(first.tolist(), other.tolist(), strict=True))
    assert pairs == sorted({
        (min(owners), owner)
        for value, owners in held.items()
        if value and 1 < len(owners) <= most
        for owner in owners - {min(owners)}
    })  # fmt: skip
    label = list(range(9))
    for _, (one, two) in itertools.product(range(9), pairs):
        label[one] = label[two] = min(label[one], label[two])
    assert components(9, first, other).tolist() == label


def test_a_long_chain_is_one_component() -> None:
    places = np.random.default_rng(1).permutation(5_000)
    assert set(components(5_000, places[1:], places[:-1]).tolist()) == {0}


def test_the_way_is_told_in_words_with_all_that_is_shared() -> None:
    one = relations([
        ("甲", "legal_person", "张三"), ("乙", "legal_person", "张三"),
        ("乙", "phone", "+86 13800138000"), ("丙", "phone", "138-0013-8000"),
        ("乙", "address", "光谷大道 1 号"), ("丙", "address", "光谷大道1号"),
    ])  # fmt: skip
    way = one.path("甲", "丙", 2)
    assert way is not None and way.bps == 5_400
    assert [text.zh for text in way.said(lambda party: f"{party}公司")] == [
        "甲公司 与 乙公司 的法定代表人相同（张三）",
        "乙公司 与 丙公司 的地址相同（光谷大道1号）、电话相同（13800138000）",
    ]
    assert way.said()[1].en == (
        "乙 and 丙 share the address 光谷大道1号 and the phone number 13800138000"
    )
    assert one.path("甲", "丙", 1) is None


def test_of_two_ways_of_equal_length_the_stronger_is_told() -> None:
    one = relations([
        ("甲", "phone", "1"), ("乙", "phone", "1"), ("乙", "phone", "2"), ("丁", "phone", "2"),
        ("甲", "legal_person", "3"), ("己", "legal_person", "3"),
        ("己", "address", "4"), ("丁", "address", "4"),
    ])  # fmt: skip
    way = one.path("甲", "丁", 2)
    assert way is not None and way.bps == 5_400
    assert [hop.other for hop in way.hops] == ["己", "丁"]


def test_the_phone_of_an_agent_links_nobody_and_is_said() -> None:
    one = relations([(f"企业{n}", "phone", "02787654321") for n in range(500)], most=20)
    assert one.within("企业1", 3) == {} and one.groups() == ()
    (common,) = one.common("企业1")
    assert (common.kind, common.value, common.count) == ("phone", "02787654321", 500)
    assert common.said.en.endswith("used by 500 parties, more than 20; it does not count as a link")
    for n in range(20, 500):
        one.remove(f"企业{n}", "phone", "027-87654321")
    assert len(one.within("企业1", 1)) == 19 and one.common("企业1") == ()


def test_a_kind_or_strength_that_is_none_is_refused() -> None:
    for strength, most in (({"dog": 1}, 5), ({"phone": 0}, 5), ({"phone": 1}, 1)):
        with pytest.raises(ValueError, match=r"legal_person|strength"):
            Relations(strength, most)
