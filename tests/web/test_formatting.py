"""How amounts, days, codes and texts are written on pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.shapes import Text
from dengta.web import charts
from dengta.web.templatetags import dengta as tags


def test_an_exact_amount_stands_alone_and_a_rounded_one_opens_to_the_last_fen() -> None:
    assert tags.exact(2_000_000_000) == "2,000万元"
    assert tags.exact(123_456_789) == (
        '<details class="exact"><summary>123.46万元</summary><span>1,234,567.89 元</span></details>'
    )


def test_half_a_hundredth_of_a_wan_is_rounded_up_and_a_little_less_is_not() -> None:
    assert tags.at_a_glance(100_005_000) == "100.01万元"
    assert tags.at_a_glance(100_004_999) == "100.00万元"


WRITERS = (
    tags.yuan, tags.wan, tags.exact, tags.date_zh, tags.moment, tags.uscc, tags.percent,
    tags.number, tags.workdays,
)  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
def test_nothing_recorded_is_a_dash_and_never_a_zero(write: Callable[[None], str]) -> None:
    assert write(None) == "—"


def test_a_late_clock_counts_its_days_without_a_sign() -> None:
    assert tags.workdays(-3) == "3 个工作日"


def test_a_day_is_written_in_full_in_both_languages() -> None:
    assert tags.date_zh(dt.date(2026, 4, 1)) == "2026年4月1日"
    with translation.override("en"):
        assert tags.date_zh(dt.date(2026, 4, 1)) == "1 April 2026"


def test_a_moment_is_shown_in_the_time_of_the_office() -> None:
    assert tags.moment(dt.datetime(2026, 4, 1, 16, 5, tzinfo=dt.UTC)) == "2026年4月2日 00:05"


def test_a_text_speaks_the_language_of_the_page() -> None:
    text = Text("上云服务券", "Cloud voucher")
    assert tags.said(text) == "上云服务券"
    with translation.override("en"):
        assert tags.said(text) == "Cloud voucher"


def test_a_code_is_grouped_for_the_eye_without_a_character_more() -> None:
    written = tags.uscc("91420100MA4K2R3F5X")
    assert written == (
        '<span class="uscc"><span>91</span><span>420100</span><span>MA4K2R3F5</span>'
        "<span>X</span></span>"
    )


@pytest.mark.parametrize(
    ("name", "short"),
    [("武汉市", "武汉"), ("神农架林区", "神农架"), ("恩施土家族苗族自治州", "恩施")],
)
def test_a_tile_shows_the_everyday_name_of_a_division(name: str, short: str) -> None:
    assert tags.short_place(name) == short


@given(st.lists(st.integers(0, 10**12), max_size=5), st.integers(1, 10**12))
def test_the_parts_of_a_bar_never_run_over_its_end(parts: list[int], total: int) -> None:
    drawn = charts.share_bar([(part, "paid") for part in parts], total)
    ends = [
        float(piece.split('"')[0].rstrip("%")) + float(piece.split('width="')[1].split("%")[0])
        for piece in drawn.split(' x="')[1:]
    ]
    assert all(end <= 100 for end in ends)


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=5))
def test_the_scale_of_a_chart_holds_all_and_is_no_more_than_two_and_a_half_times_too_large(
    values: list[int],
) -> None:
    top = charts.ceiling_of(values)
    assert max(values) <= top <= max(1, max(values) * 5 // 2)


def test_a_label_cannot_smuggle_markup_into_a_picture() -> None:
    axes = [{"label": "<script>", "value": 1, "max": 2}] * 3
    drawn = tags.radar(axes, '"><script>')
    assert "<script>" not in drawn


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("数据采集", ["数据采集"]),
        ("产品生命周期数字化", ["产品生命周", "期数字化"]),
        ("Product life cycle", ["Product", "life cycle"]),
    ],
)
def test_a_long_label_of_a_radar_stands_in_two_lines(label: str, lines: list[str]) -> None:
    assert charts.label_lines(label) == lines
