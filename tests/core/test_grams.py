"""Search terms: a query finds exactly the texts that contain it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dengta.core import grams

FEW = st.text("设备管理工厂", max_size=12)
MIXED = st.text("设备管ab5Ａ ，-_é", max_size=14)


def found_by_terms(fields: list[str], query: str) -> bool:
    """Whether the packed lists of an entry alone find every word of a query."""
    lists = {
        term: np.asarray(places, np.uint32) for term, places in grams.occurrences(7, fields).items()
    }
    asked = grams.words(query)
    return all(len(grams.found_in(word, lists)) for word in asked)


@given(FEW, FEW)
@example("设备备管", "设备管")
@example("设备设备管", "设备管")
def test_a_chinese_text_is_found_by_exactly_what_stands_in_it(text: str, query: str) -> None:
    assert grams.contains(text, query) == (query in text)
    assert found_by_terms([text], query) == (query in text)


@given(st.lists(MIXED, min_size=1, max_size=4), MIXED)
@example(["ab", "", "5"], "设")
@example(["设备", "管"], "设备管")
@example(["设ab备"], "ab备")
@example(["设 备管ab"], "设备")
def test_letters_stand_for_whole_words_and_fields_do_not_run_together(
    fields: list[str], query: str
) -> None:
    def stands(word: str) -> bool:
        # Independent of tokens: the word in the text, no letter going on at either end.
        letters = "[0-9a-zé]"
        before = f"(?<!{letters})" if re.match(letters, word) else ""
        after = f"(?!{letters})" if re.match(letters, word[-1]) else ""
        return any(re.search(before + re.escape(word) + after, plain(one)) for one in fields)

    def plain(text: str) -> str:
        return text.replace("Ａ", "a").casefold()

    asked = [word for word in re.split("[ ，_-]+", plain(query)) if word]
    assert found_by_terms(fields, query) == all(map(stands, asked))


def test_width_case_and_composition_make_no_difference() -> None:
    assert grams.contains("建成５Ｇ工厂，用 ＭＥＳ 管生产", "5g工厂 mes")
    assert grams.contains("Cafe\u0301", "CAFÉ")
    assert not grams.contains("interpreter", "ERP")


def test_words_longer_than_the_index_holds_are_still_told_apart() -> None:
    long = "x" * 90
    assert found_by_terms([f"前{long}后"], f"前{long}后")
    assert not found_by_terms([f"前{long}后"], f"前{long}y后")
    assert all(len(term) <= grams.LONGEST for term in grams.terms_of(f"前{long}后"))


def test_an_entry_is_taken_out_of_a_list_and_put_in_again() -> None:
    one = np.asarray(grams.occurrences(1, ["设备 设备"])["设备"], np.uint32)
    two = np.asarray(grams.occurrences(2, ["设备"])["设备"], np.uint32)
    both = grams.merged([two, one])
    assert both.tolist() == [*one.tolist(), *two.tolist()]
    assert grams.without(both, [1]).tolist() == two.tolist()


def test_a_text_longer_than_the_places_is_read_as_far_as_they_go() -> None:
    places = grams.occurrences(0, ["设" * 70_000 + "备"])
    assert "备" not in places
    assert max(places["设设"]) < grams.PLACES


@pytest.mark.parametrize("entry", [-1, grams.BLOCK])
def test_a_number_that_no_block_holds_is_refused(entry: int) -> None:
    with pytest.raises(ValueError, match="entry"):
        grams.occurrences(entry, ["设备"])
