"""Monthly figures of platforms: what is odd is found, what grows as it should is left alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dengta.core.shapes import Text
from dengta.core.trends import Metric, trend_findings

METRICS = (
    Metric("firms", Text("服务企业数", "firms"), Text("家", ""), total=True, most_rise_bps=5_000),
    Metric("smes", Text("其中中小企业", "SMEs"), Text("家", ""), total=True, at_most="firms"),
    Metric("orders", Text("当月交易额", "orders"), Text("万元", "")),
)


def checks(now: dict[str, int], *before: dict[str, int]) -> list[tuple[str, str]]:
    return [(one.metric, one.check) for one in trend_findings(METRICS, now, before)]


def test_each_oddity_is_found_by_its_own_check() -> None:
    last = {"firms": 100, "smes": 80, "orders": 50}
    assert checks({"firms": 90, "smes": 80, "orders": 50}, last) == [("firms", "fell")]
    assert checks({"firms": 151, "smes": 80, "orders": 60}, last) == [("firms", "jump")]
    assert checks({"firms": 150, "smes": 80, "orders": 60}, last) == []
    assert checks({"firms": 100, "smes": 101, "orders": 60}, last) == [("smes", "bound")]
    assert checks({"firms": 110, "smes": 80, "orders": 0}, last) == [("orders", "nothing")]
    assert checks({"firms": 110, "orders": 51}, last) == [("smes", "absent")]
    assert checks(last, last, last) == [("", "alike")]
    assert checks(last, last) == []


def test_the_first_month_has_nothing_to_be_compared_with() -> None:
    assert checks({"firms": 10**9, "smes": 1, "orders": 0}) == []


@given(st.lists(st.integers(1, 10**6), min_size=2, max_size=6), st.integers(1, 4_999))
def test_a_steady_rise_within_the_limit_is_never_found(values: list[int], rise: int) -> None:
    start = values[0]
    rows = [start]
    for _ in values:
        rows.append(rows[-1] + max(rows[-1] * rise // 10_000, 0))
    months = [{"firms": one, "smes": one // 2, "orders": n + 1} for n, one in enumerate(rows)]
    for n in range(1, len(months)):
        assert not trend_findings(METRICS, months[n], months[n - 1 :: -1])
