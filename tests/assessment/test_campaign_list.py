"""A pasted list of codes: good rows stand, bad ones are told by row."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dengta.assessment.queries.audience import read_list
from dengta.core.codes import make_uscc
from tests.cast import Cast, Firm


def code(firm: Firm) -> str:
    return firm.organisation.uscc


def test_rows_that_are_no_good_are_told_by_number_value_and_mend(cast: Cast) -> None:
    good, wrong = code(cast.firm), code(cast.rival)[:-1] + "?"
    stranger = make_uscc("420102", 88_888)
    listed = read_list(
        cast.city,
        "\n".join(["", good, "", wrong, stranger, code(cast.supplier), code(cast.remote), "武汉"]),
    )
    assert listed.firms == {cast.firm.organisation.pk: "420102"}
    assert listed.rows == 6
    found = {fault.row: (fault.value, fault.text.zh) for fault in listed.faults}
    assert list(found) == [4, 5, 6, 7, 8]
    assert found[4][0] == wrong
    assert found[5] == (stranger, "没有在平台注册。请核对代码，或请企业先注册。")
    assert "服务商" in found[6][1]
    assert "仙桃市" in found[7][1] and "不在本辖区" in found[7][1]
    assert found[8][0] == "武汉"
    assert all(fault.text.en for fault in listed.faults)


@pytest.mark.parametrize(
    "row",
    [
        "{code}", " {code} ", "{lower}", "{spaced}", "{code},江岸精工有限公司",
        "江岸精工有限公司\t{code}\t420102", "1；{code}；备注", "１,{wide}",
    ],
)  # fmt: skip
def test_a_code_is_found_however_the_row_is_written(cast: Cast, row: str) -> None:
    uscc = code(cast.firm)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in uscc)
    spaced = " ".join((uscc[:2], uscc[2:8], uscc[8:17], uscc[17:]))
    line = row.format(code=uscc, lower=uscc.lower(), spaced=spaced, wide=wide)
    assert list(read_list(cast.province, line).firms) == [cast.firm.organisation.pk]


def test_headings_are_passed_over_wherever_two_lists_were_joined(cast: Cast) -> None:
    one, other = code(cast.firm), code(cast.rival)
    rows = ["序号\t名称", one, "统一社会信用代码,企业名称", other, "企业名称"]
    listed = read_list(cast.province, "\n".join(rows))
    assert len(listed.firms) == 2
    assert [fault.row for fault in listed.faults] == [5]


def test_a_firm_named_twice_is_one_firm(cast: Cast) -> None:
    uscc = code(cast.firm)
    listed = read_list(cast.province, f"{uscc}\n{uscc.lower()}\n{uscc},再写一次")
    assert (len(listed.firms), listed.rows, listed.double, listed.faults) == (1, 3, 2, ())


def test_nothing_is_an_empty_list(cast: Cast) -> None:
    for text in ("", "\n \n", "统一社会信用代码"):
        listed = read_list(cast.province, text)
        assert (listed.firms, listed.rows, listed.faults) == ({}, 0, ())


def test_a_long_cell_is_shortened(cast: Cast) -> None:
    (fault,) = read_list(cast.province, "9" * 5000).faults
    assert len(fault.value) == 40


def test_a_long_list_is_looked_up_some_hundred_rows_at_a_time(cast: Cast) -> None:
    rows = [*(make_uscc("420102", 100_000 + n) for n in range(1_200)), code(cast.firm)]
    acting = cast.province
    with CaptureQueriesContext(connection) as captured:
        listed = read_list(acting, "\n".join(rows))
    assert len(captured) == 3
    assert (len(listed.firms), len(listed.faults)) == (1, 1_200)
