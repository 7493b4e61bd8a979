from __future__ import annotations

from typing import Any

import pytest

from dengta.funding.actions.finance_answers import import_answers
from dengta.funding.models import LoanRequest, WhiteList, WhiteListRow
from dengta.trail.actions import NotAllowed, StepRefused
from dengta.trail.models import Event, Job
from tests.cast import WAN, Cast
from tests.funding.financing import HEADING, answered, built, pushed, recommended
from tests.tables import read, uploaded, xlsx


@pytest.fixture
def listed(cast: Cast) -> WhiteList:
    """A pushed list of two firms."""
    return pushed(cast, cast.firm, cast.rival)


def line(listed: WhiteList, place: int, *cells: object) -> list[Any]:
    """A row of the bank's file about the firm at a place of the list."""
    request = list(listed.rows.order_by("id"))[place].request
    return [request.number, request.organisation.name, *cells]


def counts(job: Job) -> dict[str, int]:
    """What came of an import."""
    return {line["zh"]: line["count"] for line in job.summary}


def told(job: Job) -> list[tuple[int, str, str]]:
    """Where the faults are, and what they say."""
    return [(fault["row"], fault["column"], fault["zh"]) for fault in job.faults]


def test_answers_are_recorded_with_sum_rate_and_day(cast: Cast, listed: WhiteList) -> None:
    job = answered(
        cast, listed,
        line(listed, 0, "同意授信", 250, 3.45, "", "先用一半"),
        line(listed, 1, "未同意", "", "", "", "负债偏高"),
    )  # fmt: skip
    assert (job.failure, job.faults) == ({}, [])
    assert counts(job) == {"登记答复": 2, "已有且一致": 0, "未答复": 0, "退回": 0}
    first, second = WhiteListRow.objects.order_by("id")
    assert (first.answer, first.amount_fen, first.rate_bps) == ("offered", 250 * WAN, 345)
    assert (first.note, first.user_id) == ("先用一半", cast.province.user_id)
    assert (second.answer, second.amount_fen) == ("refused", None)
    assert list(LoanRequest.objects.order_by("id").values_list("state", flat=True)) == [
        "offered", "refused",
    ]  # fmt: skip
    listed.refresh_from_db()
    assert listed.state == "answered"
    event = Event.objects.get(flow="loan_request", step="offer")
    assert event.reasons["amount_fen"] == 250 * WAN and len(event.reasons["file"]) == 64


def test_the_same_file_again_is_the_same_job_and_changes_nothing(
    cast: Cast, listed: WhiteList
) -> None:
    row = line(listed, 0, "已放款", 100, 4, "", "")
    content = xlsx(答复=[HEADING, row])
    first = answered(cast, listed, row)
    before, events = list(WhiteListRow.objects.values()), Event.objects.count()
    again, new = import_answers(cast.province, listed, uploaded(content, "x.xlsx", cast.province))
    assert (again, new) == (first, False)
    other = answered(cast, listed, row, line(listed, 1, "", "", "", "", ""), name="b.xlsx")
    assert counts(other)["已有且一致"] == 1
    assert (list(WhiteListRow.objects.values()), Event.objects.count()) == (before, events)


def test_an_offer_may_become_a_loan_and_a_loan_stays_one(cast: Cast, listed: WhiteList) -> None:
    answered(cast, listed, line(listed, 0, "同意授信", 250, 3.45, "", ""))
    answered(cast, listed, line(listed, 0, "已放款", 200, 3.45, "", ""))
    row = WhiteListRow.objects.order_by("id")[0]
    assert (row.answer, row.amount_fen) == ("drawn", 200 * WAN)
    job = answered(cast, listed, line(listed, 0, "未同意", "", "", "", ""))
    assert [where[:2] for where in told(job)] == [(2, "C 银行答复")]
    assert "已登记为“已放款”" in told(job)[0][2]
    row.refresh_from_db()
    assert row.answer == "drawn"


@pytest.mark.parametrize(("cells", "column", "says"), [
    (("也许", "", "", "", ""), "C 银行答复", "不是银行答复"),
    (("已放款", "", "", "", ""), "D 金额（万元）", "没有填金额"),
    (("已放款", 1_001, "", "", ""), "D 金额（万元）", "超过产品上限"),
    (("已放款", "很多", "", "", ""), "D 金额（万元）", "不是数字"),
    (("已放款", 5, 0.0345, "", ""), "E 年利率（%）", "百分比格式"),
    (("未同意", 5, "", "", ""), "D 金额（万元）", "请清空"),
    (("已放款", 5, 3, "2020-01-01", ""), "F 答复日期", "推送日"),
    (("已放款", 5, 3, "三月一号", ""), "F 答复日期", "看不出"),
])  # fmt: skip
def test_a_cell_that_cannot_be_goes_back_and_the_good_rows_are_kept(
    cast: Cast, listed: WhiteList, cells: tuple[object, ...], column: str, says: str
) -> None:
    job = answered(cast, listed, line(listed, 0, *cells), line(listed, 1, "未同意", "", "", "", ""))
    ((row, where, why),) = told(job)
    assert (row, where) == (2, column) and says in why
    assert list(WhiteListRow.objects.order_by("id").values_list("answer", flat=True)) == [
        "none", "refused",
    ]  # fmt: skip
    assert job.rejected is not None
    (back,) = read(job.rejected).values()
    assert len(back) == 2 and says in back[1][-1]


def test_whose_row_it_is_must_be_certain(cast: Cast, listed: WhiteList) -> None:
    good = line(listed, 0, "未同意", "", "", "", "")
    job = answered(cast, listed, ["DK-999999", *good[1:]], good, good)
    assert [(row, column) for row, column, _ in told(job)] == [
        (2, "A 申请编号"), (4, "A 申请编号"),
    ]  # fmt: skip
    heading = [*HEADING, "统一社会信用代码"]
    slipped = [*line(listed, 1, "未同意", "", "", "", ""), cast.firm.organisation.uscc]
    job = answered(cast, listed, slipped, heading=heading)
    assert "串行" in told(job)[0][2]


def test_the_heading_says_whether_sums_are_in_yuan(cast: Cast, listed: WhiteList) -> None:
    heading = [title.replace("万元", "元") for title in HEADING]
    answered(cast, listed, line(listed, 0, "已放款", "1000000.50", "", "", ""), heading=heading)
    assert WhiteListRow.objects.order_by("id")[0].amount_fen == 100_000_050


def test_a_file_of_something_else_fails_and_says_which_column_is_missing(
    cast: Cast, listed: WhiteList
) -> None:
    job = answered(cast, listed, ["1"], heading=["企业"])
    assert "缺少列" in job.failure["zh"]


def test_only_the_province_imports_and_only_for_a_pushed_list(
    cast: Cast, listed: WhiteList
) -> None:
    source = uploaded(xlsx(答复=[HEADING]), "x.xlsx", cast.province)
    for who in (cast.city, cast.firm.actor):
        with pytest.raises(NotAllowed):
            import_answers(who, listed, source)


def test_before_the_push_there_are_no_answers(cast: Cast) -> None:
    recommended(cast, cast.firm)
    source = uploaded(xlsx(答复=[HEADING]), "x.xlsx", cast.province)
    with pytest.raises(StepRefused, match="还没有推送"):
        import_answers(cast.province, built(cast), source)
