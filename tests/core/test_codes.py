from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.codes import (
    ALPHABET,
    SIZES,
    make_uscc,
    normal_uscc,
    organisation_check,
    size_class,
    uscc_check,
    uscc_fault,
)
from dengta.core.policy import shipped
from dengta.core.shapes import FactValue

POLICY = shipped()
KNOWN = ["914403001922038216", "91330100799655058B", "9144030071526726XG"]
SYNTHETIC = ["91420100MA4TE5T139", "91420502MA4TE5T13T", "91429004MA4TE5T13D"]


def why(code: str) -> str:
    fault = uscc_fault(code)
    assert fault is not None and fault.en
    return fault.zh


@pytest.mark.parametrize("code", KNOWN + SYNTHETIC)
def test_known_codes_are_valid(code: str) -> None:
    assert uscc_fault(code) is None


@pytest.mark.parametrize("code", [KNOWN[1], SYNTHETIC[0], SYNTHETIC[2]])
def test_every_change_of_one_character_is_found(code: str) -> None:
    for place in range(18):
        for letter in ALPHABET:
            if letter != code[place]:
                assert uscc_fault(code[:place] + letter + code[place + 1 :]) is not None


@pytest.mark.parametrize("code", KNOWN + SYNTHETIC)
def test_every_swap_of_neighbours_is_found(code: str) -> None:
    for place in range(17):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert swapped == code or uscc_fault(swapped) is not None


@pytest.mark.parametrize(
    "written",
    [
        "91420100ma4te5t139",
        " 9142 0100 MA4T E5T1 39 ",
        "９１４２０１００ＭＡ４ＴＥ５Ｔ１３９",
        "91420100-MA4TE5T1-39",
        "91420100\u3000MA4TE5T139\n",
    ],
)
def test_blanks_case_and_full_width_do_not_matter(written: str) -> None:
    assert normal_uscc(written) == "91420100MA4TE5T139"
    assert uscc_fault(written) is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "现为 0 位"),
        ("91420100MA4TE5T13", "现为 17 位"),
        ("420100000012345", "旧的工商注册号"),
        ("9142O100MA4TE5T139", "第 5 位的 O 不会出现在代码里，是否应为 0？"),
        ("91420100MA4TE5TI39", "是否应为 1？"),
        ("91420100MA4TESTI39", "第 14 位的 S 不会出现在代码里，是否应为 5？"),
        ("91420100MA4TZ5T139", "是否应为 2？"),
        ("91420100MA4TV5T139", "是否应为 U？"),
        ("9142*100MA4TE5T139", "第 5 位的 * 不会出现"),
        ("B1420100MA4TE5T139", "登记管理部门"),
        ("94420100MA4TE5T139", "只有 1、2、3"),
        ("Y2420100MA4TE5T139", "只有 1"),
        ("914201A0MA4TE5T139", "行政区划码"),
        ("91420100MA4TE5T239", "应为 1，现为 3"),
        ("91420100MA4TE5T138", "应为 9，现为 8"),
        ("91420101MA4TE5T139", "第 18 位"),
    ],
)
def test_an_invalid_code_says_why(code: str, said: str) -> None:
    assert said in why(code)


def test_the_check_characters_are_those_of_the_standards() -> None:
    for code in KNOWN:
        assert uscc_check(code[:17]) == code[17]
        assert organisation_check(code[8:16]) == code[16]
    # The first is 'X', the second '0': the two results that are not plain digits.
    assert organisation_check("71526726") == "X"
    assert organisation_check("00000000") == "0"


@given(st.integers(0, 31**6 - 1), st.sampled_from(["420100", "429004", "422822"]))
def test_made_up_codes_are_valid_and_carry_their_region(serial: int, region: str) -> None:
    code = make_uscc(region, serial)
    assert uscc_fault(code) is None
    assert code.startswith(f"91{region}XY")


def test_made_up_codes_differ_by_number_and_refuse_what_does_not_fit() -> None:
    assert len({make_uscc("420100", serial) for serial in range(2000)}) == 2000
    for region, serial in (("42010", 1), ("42010A", 1), ("420100", -1), ("420100", 31**6)):
        with pytest.raises(ValueError):
            make_uscc(region, serial)


@given(st.text(max_size=24))
def test_any_text_gets_an_answer(text: str) -> None:
    fault = uscc_fault(text)
    assert fault is None or (fault.zh and fault.en)


# The size table again (工信部联企业〔2011〕300号): a code of the row, people, money in 万元.
X, Y, Z = "employees", "revenue_fen", "assets_fen"
TABLE: list[tuple[str, str, dict[str, tuple[int, int, int]]]] = [
    ("agriculture", "0111", {Y: (20000, 500, 50)}),
    ("industry", "3670", {X: (1000, 300, 20), Y: (40000, 2000, 300)}),
    ("construction", "4710", {Y: (80000, 6000, 300), Z: (80000, 5000, 300)}),
    ("wholesale", "5111", {X: (200, 20, 5), Y: (40000, 5000, 1000)}),
    ("retail", "5211", {X: (300, 50, 10), Y: (20000, 500, 100)}),
    ("transport", "5431", {X: (1000, 300, 20), Y: (30000, 3000, 200)}),
    ("storage", "5951", {X: (200, 100, 20), Y: (30000, 1000, 100)}),
    ("post", "6010", {X: (1000, 300, 20), Y: (30000, 2000, 100)}),
    ("accommodation", "6110", {X: (300, 100, 10), Y: (10000, 2000, 100)}),
    ("catering", "6210", {X: (300, 100, 10), Y: (10000, 2000, 100)}),
    ("information", "6311", {X: (2000, 100, 10), Y: (100000, 1000, 100)}),
    ("software", "6513", {X: (300, 100, 10), Y: (10000, 1000, 50)}),
    ("real_estate", "7010", {Y: (200000, 1000, 100), Z: (10000, 5000, 2000)}),
    ("property", "7020", {X: (1000, 300, 100), Y: (5000, 1000, 500)}),
    ("leasing", "7211", {X: (300, 100, 10), Z: (120000, 8000, 100)}),
    ("other", "7310", {X: (300, 100, 10)}),
]
CLASSES = tuple(SIZES)
WAN = 1_000_000


def bound(indicator: str, bounds: tuple[int, int, int], place: int) -> int:
    return bounds[place] if indicator == X else bounds[place] * WAN


def classed(**facts: FactValue) -> str | None:
    return size_class(POLICY, facts).size_class


@pytest.mark.parametrize(("row", "code", "bounds"), TABLE, ids=[row for row, *_ in TABLE])
def test_each_row_of_the_size_table_holds_on_and_below_its_bounds(
    row: str, code: str, bounds: dict[str, tuple[int, int, int]]
) -> None:
    for place in range(3):
        on: dict[str, FactValue] = {i: bound(i, b, place) for i, b in bounds.items()}
        result = size_class(POLICY, {"industry_code": code, **on})
        assert result.row is not None and result.row.id == row
        assert result.size_class == CLASSES[place]
        for indicator, value in on.items():
            assert isinstance(value, int)
            below = classed(industry_code=code, **{**on, indicator: value - 1})
            assert below == CLASSES[place + 1], (row, place, indicator)


@given(st.data())
def test_the_class_is_the_lowest_that_any_indicator_gives(data: st.DataObject) -> None:
    _, code, bounds = data.draw(st.sampled_from(TABLE))
    facts: dict[str, FactValue] = {"industry_code": code}
    lowest = 0
    for indicator, b in bounds.items():
        edges = [bound(indicator, b, place) for place in range(3)]
        value = data.draw(st.sampled_from([v + d for v in edges for d in (-1, 0, 1)]))
        facts[indicator] = value
        lowest = max(lowest, sum(value < edge for edge in edges))
    assert classed(**facts) == CLASSES[lowest]


def test_every_division_has_its_row_or_is_said_to_be_outside() -> None:
    for division in POLICY.industries:
        result = size_class(POLICY, {"industry_code": division, X: 50, Y: 10**10, Z: 10**10})
        assert result.size_class or "不在划型标准" in result.reason.zh or division == "70"


@pytest.mark.parametrize("code", ["C3670", "c3670", "3670", "367", "36", "C36", "C", "３６７０"])
def test_an_industry_code_of_any_length_finds_its_row(code: str) -> None:
    result = size_class(POLICY, {"industry_code": code, X: 120, Y: 5000 * WAN})
    assert result.size_class == "small"
    assert result.row is not None and result.row.id == "industry"


def test_the_longest_prefix_decides() -> None:
    facts: dict[str, FactValue] = {X: 200, Y: 30_000 * WAN}
    assert classed(industry_code="5910", **facts) == "small"
    assert classed(industry_code="5920", **facts) == "large"
    plain = size_class(POLICY, {"industry_code": "59", **facts})
    assert plain.size_class == "large" and "591 属交通运输业" in plain.reason.zh


@pytest.mark.parametrize(("code", "wan"), [("70", 60), ("K", 60), ("F", 600), ("G", 60), ("I", 60)])
def test_a_code_too_short_to_tell_the_row_asks_for_more(code: str, wan: int) -> None:
    result = size_class(POLICY, {"industry_code": code, X: 100, Y: wan * WAN, Z: 10**12})
    assert result.size_class is None and result.missing == ("industry_code",)
    assert "太短" in result.reason.zh


def test_a_short_code_is_enough_when_all_its_rows_agree() -> None:
    assert classed(industry_code="F", employees=1, revenue_fen=1) == "micro"
    assert classed(industry_code="H", employees=300, revenue_fen=10_000 * WAN) == "large"


@pytest.mark.parametrize("code", ["66", "J6620", "83", "9121", "53", "704"])
def test_an_industry_outside_the_table_is_said_so(code: str) -> None:
    result = size_class(POLICY, {"industry_code": code, X: 10, Y: 1})
    assert result.size_class is None and not result.missing
    assert "不在划型标准" in result.reason.zh


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("98", "没有大类 98"),
        ("F3670", "大类 36 属于门类 C"),
        ("Z", "没有门类 Z"),
        ("3", "不是行业代码"),
        ("36七", "不是行业代码"),
        (" ", "还差所属行业"),
    ],
)
def test_a_code_that_is_no_industry_says_why(code: str, said: str) -> None:
    result = size_class(POLICY, {"industry_code": code, X: 10})
    assert result.size_class is None and said in result.reason.zh and result.reason.en


def test_missing_figures_leave_the_class_unknown_unless_it_is_micro_already() -> None:
    unknown = size_class(POLICY, {"industry_code": "36", X: 300})
    assert unknown.size_class is None and unknown.missing == (Y,)
    assert "还差营业收入" in unknown.reason.zh
    assert size_class(POLICY, {"industry_code": "36"}).missing == (X, Y)
    assert size_class(POLICY, {}).missing == ("industry_code",)
    assert classed(industry_code="36", employees=19) == "micro"
    assert classed(industry_code="36", revenue_fen=300 * WAN - 1, employees=None) == "micro"


def test_the_reason_names_the_row_the_figures_and_what_holds_the_class_down() -> None:
    reason = size_class(POLICY, {"industry_code": "36", X: 120, Y: 5000 * WAN}).reason
    assert "按工业划型" in reason.zh
    assert "从业人员 120 人，达到小型下限 20 人，不到中型下限 300 人" in reason.zh
    assert "从业人员较低，所以是小型" in reason.zh
    assert "employees is lower, so it is small" in reason.en
