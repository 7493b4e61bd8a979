"""Near-same texts: what is found is alike as much as is said, and nearly nothing is missed."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core import near_text
from dengta.core.near_text import near_pairs, plan
from dengta.core.rarest import May, pairs_by_the_rarest
from dengta.core.shingles import (
    Sets,
    alike_bps,
    differences,
    lengths,
    sets_of,
    signatures,
    sketches,
    wording,
)
from tests.core.screening_oracle import alike, jaccard_bps, plain_wording, shingles

FEW = st.text("云服务器租赁采购AB12 台、（x", max_size=12)
BMP = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs", "Cn"]), max_size=20)


def lines(count: int, seed: int) -> list[str]:
    """Seeded cost lines of 10 to 200 signs, of which a third are copies with something changed."""
    chance = random.Random(seed)
    signs = [chr(chance.randrange(0x4E00, 0x9000)) for _ in range(400)]
    words = ["".join(chance.choices(signs, k=chance.randint(2, 6))) for _ in range(300)]
    texts: list[str] = []
    while len(texts) < count:
        if texts and chance.random() < 0.35:
            text = list(chance.choice(texts))
            for _ in range(chance.randint(0, 1 + len(text) // 12)):
                place = chance.randrange(len(text))
                text[place : place + chance.randint(0, 2)] = chance.choices(signs, k=1)
            text = list(re.sub(r"\d+", lambda _: str(chance.randrange(99)), "".join(text)))
        else:
            text = list("、".join(chance.choices(words, k=chance.randint(3, 45))))
            text += f"，{chance.randrange(99)}台"
        if 10 <= len(text) <= 200:
            texts.append("".join(text))
    return texts


def found_among(texts: list[str], least_bps: int) -> dict[tuple[int, int], int]:
    """Pairs of texts by `near_pairs`; it fails where a pair of rows comes twice."""
    rows, near = near_pairs(texts, least_bps)
    members: dict[int, list[int]] = {}
    for at, row in enumerate(rows.tolist()):
        if row >= 0:
            members.setdefault(row, []).append(at)
    found = {pair: 10_000 for held in members.values() for pair in itertools.combinations(held, 2)}
    pairs = list(zip(near.left.tolist(), near.right.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs) and all(left < right for left, right in pairs)
    for (left, right), bps in zip(pairs, near.bps.tolist(), strict=True):
        for one, other in itertools.product(members[left], members[right]):
            found[min(one, other), max(one, other)] = bps
    return found


@pytest.mark.parametrize("least_bps", [6_000, 8_000])
def test_of_all_near_same_pairs_at_least_95_in_100_are_found_and_nothing_else(
    least_bps: int,
) -> None:
    texts = lines(500, seed=least_bps)
    true, found = alike(texts, least_bps), found_among(texts, least_bps)
    assert len(true) > 50
    assert found.items() <= true.items()
    assert len(found) >= 0.95 * len(true)


def test_pairs_that_are_just_alike_enough_are_found_in_95_of_100_cases() -> None:
    # Two texts of 36 shingles that share 32 of 40: exactly 80 in 100, many times over.
    chance = random.Random(7)
    texts = []
    for _ in range(600):
        stem = "".join(chr(sign) for sign in chance.sample(range(0x4E00, 0x9000), 33))
        for _ in range(2):
            texts.append(stem + "".join(map(chr, chance.sample(range(0x9000, 0x9F00), 4))))
    true = alike(texts[:40], 8_000)
    assert set(true.values()) == {8_000} and len(true) == 20
    found = found_among(texts, 8_000)
    assert set(found.values()) == {8_000} and 0.95 * 600 <= len(found) <= 600


@given(st.lists(FEW, max_size=12), st.integers(3_000, 10_000))
def test_what_is_found_is_as_much_alike_as_is_said(texts: list[str], least_bps: int) -> None:
    assert found_among(texts, least_bps).items() <= alike(texts, least_bps).items()


@given(st.one_of(BMP, st.text(max_size=20)), st.lists(BMP, max_size=3))
def test_a_text_is_read_the_same_alone_and_among_others(text: str, others: list[str]) -> None:
    alone = sets_of([text]).flat
    among = sets_of([*others, text, *others])
    assert among.of(len(others)).tolist() == alone.tolist()
    assert list(alone) == sorted(set(alone.tolist()))
    # 韩文 and marks that join are read as they stand in the text, whatever stands beside it.
    if all(sign <= "\uffff" for sign in text.upper()) and text.isascii():
        assert wording(text) == plain_wording(text) and len(alone) == len(shingles(text))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("华为 DL380 服务器（12台）", "华为DL0服务器0台"),
        ("ＤＬ３８０，机１２.5 台", "DL0机0台"),
        ("㎡ 与 ½ 和 ㈱", plain_wording("㎡ 与 ½ 和 ㈱")),
        ("ガ이각é", plain_wording("ガ이각é")),
        ("", ""), ("。", ""), ("a\0b", "AB"), ("𠀀ß", "𠀀SS"),
    ],
)  # fmt: skip
def test_the_wording_is_letters_and_characters_and_each_number_a_nought(
    written: str, read: str
) -> None:
    assert wording(written) == read


@given(FEW, FEW)
def test_likeness_is_that_of_sets_of_neighbours(one: str, other: str) -> None:
    sets = sets_of([one, other])
    assert alike_bps(sets.of(0), sets.of(1)) == jaccard_bps(one, other)
    same = signatures(sets).tolist()
    assert (same[0] == same[1]) == (shingles(one) == shingles(other))


def test_what_differs_is_said_in_words() -> None:
    one, other = "DL380 服务器 12台 SN2026AB00117", "DL360 服务器 15台 SN2026AB00118"
    assert [text.en for text in differences(one, other)] == [
        "numbers differ: 12台 against 15台",
        "models differ: DL380 against DL360",
        "serial numbers differ: SN2026AB00117 against SN2026AB00118",
    ]
    assert differences(one, one) == ()
    assert [text.zh for text in differences("软件 2年", "软件")] == [
        "数量、年份等数字不同：2年 与 无"
    ]


def test_a_house_style_with_a_name_in_it_is_searched_by_its_rarest_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(5)
    signs = [chr(chance.randrange(0x4E00, 0x9000)) for _ in range(2_000)]
    names = ["".join(chance.choices(signs, k=4)) for _ in range(600)]
    texts = [f"为{name}公司提供云服务器租赁及运维服务" for name in names]
    texts += [f"为{name[:3]}某公司提供云服务器租赁及运维服务" for name in names[:50]]
    plainly = found_among(texts, 8_000)
    searched = []

    def counted(sets: Sets, least_bps: int, may: May) -> Iterator[tuple[Any, Any]] | None:
        found = pairs_by_the_rarest(sets, least_bps, may)
        searched.append(len(sets) if found is not None else 0)
        return found

    monkeypatch.setattr(near_text, "_LARGE", 20)
    monkeypatch.setattr(near_text, "pairs_by_the_rarest", counted)
    assert found_among(texts, 8_000) == plainly
    assert max(searched) > 100
    assert len(plainly) >= 0.95 * len(alike(texts, 8_000))


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(2, 9), st.frozensets(st.integers(50, 75))),
             min_size=2, max_size=40),
    st.integers(4_000, 9_500),
)  # fmt: skip
def test_the_rarest_miss_no_pair_that_is_alike_enough(
    drawn: list[tuple[int, int, frozenset[int]]], least_bps: int
) -> None:
    # Some of what is common to the group, and something of one's own.
    sets = [sorted({*range(first, first + many), *rest}) for first, many, rest in drawn]
    flat = np.array([sign for one in sets for sign in one], np.uint32)
    held = Sets(flat, np.cumsum([0, *(len(one) for one in sets)]))
    pairs = pairs_by_the_rarest(held, least_bps, lambda one, other: np.ones(len(one), np.bool_))
    if pairs is None:
        return
    met = [pair for one, other in pairs for pair in zip(one.tolist(), other.tolist(), strict=True)]
    assert len(set(met)) == len(met) and all(one < other for one, other in met)
    for one, other in itertools.combinations(range(len(sets)), 2):
        both = len({*sets[one]} & {*sets[other]})
        if both * 10_000 >= least_bps * (len(sets[one]) + len(sets[other]) - both):
            assert (one, other) in met


@pytest.mark.parametrize("least_bps", [0, 999, 10_001])
def test_a_threshold_that_is_none_is_refused(least_bps: int) -> None:
    with pytest.raises(ValueError, match="basis points"):
        plan(least_bps)


@given(st.lists(st.text(max_size=12), max_size=6))
def test_the_length_of_many_wordings_is_that_of_each(texts: list[str]) -> None:
    assert lengths(texts) == [len(wording(text)) for text in texts]


def test_few_texts_and_many_have_the_same_keys() -> None:
    sets = sets_of(lines(300, 4))
    whole = sketches(sets, 8, 6)
    assert len(sets.flat) > 2_048 > max(sets.sizes)
    for row in range(len(sets)):
        assert (sketches(sets.one(row), 8, 6)[:, 0] == whole[:, row]).all()
