from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dengta.accounts.queries import Actor
from dengta.assessment.actions import import_results
from dengta.assessment.models import RecordedResult
from dengta.registry.actions import register
from dengta.trail.actions import NotAllowed
from dengta.trail.models import Job
from tests.cast import Cast, Firm
from tests.tables import HEADING, columns, comma_separated, read, uploaded, xlsx
from tests.working import work


def row(firm: Firm, **different: Any) -> list[Any]:
    """A sound row of a firm, but for what is said to be different."""
    filled = {
        "uscc": firm.organisation.uscc,
        "name": firm.organisation.name,
        "instrument": "miit-2024",
        "day": dt.date(2025, 6, 30),
        "score": 48.95,
        "level": "二级",
        "basis": "市里的测评",
    }
    return list((filled | different).values())


def imported(acting: Actor, content: bytes, name: str = "结果.xlsx", **how: Any) -> Job:
    """The job of an import that has been worked through."""
    job, _ = import_results(acting, uploaded(content, name, acting), **how)
    work()
    job.refresh_from_db()
    return job


def faults(job: Job) -> list[tuple[str, int, str, str]]:
    """Where the faults are, and what they say."""
    return [(f["sheet"], f["row"], f["column"].split(" ")[0], f["zh"]) for f in job.faults]


def counts(job: Job) -> dict[str, int]:
    """What came of an import."""
    return {line["zh"]: line["count"] for line in job.summary}


def test_sound_rows_are_recorded(cast: Cast) -> None:
    job = imported(
        cast.city, xlsx(结果=[HEADING, row(cast.firm), row(cast.rival, score=81, level=4)])
    )
    assert job.failure == {}
    assert (job.faults, counts(job)["新记录"], job.rejected) == ([], 2, None)
    first, second = RecordedResult.objects.order_by("id")
    assert (first.organisation, first.instrument) == (cast.firm.organisation, "miit-2024")
    assert (first.assessed_date, first.score_milli, first.level) == (dt.date(2025, 6, 30), 48950, 2)
    assert (first.basis, first.job) == ("市里的测评", job)
    assert (second.score_milli, second.level) == (81000, 4)
    assert (job.done, job.total) == (3, 3)


def test_the_same_file_again_is_the_same_job(cast: Cast) -> None:
    content = xlsx(结果=[HEADING, row(cast.firm)])
    first = imported(cast.city, content)
    again, new = import_results(cast.city, uploaded(content, "另一个名字.xlsx", cast.city))
    assert (again, new) == (first, False)
    assert RecordedResult.objects.count() == 1


def test_the_same_rows_in_another_file_change_nothing(cast: Cast) -> None:
    imported(cast.city, xlsx(结果=[HEADING, row(cast.firm)]))
    before = list(RecordedResult.objects.values())
    job = imported(cast.city, comma_separated([HEADING, row(cast.firm)]), "结果.csv")
    assert counts(job) == {"新记录": 0, "已有且一致": 1, "更正": 0, "退回": 0}
    assert list(RecordedResult.objects.values()) == before


def test_faults_name_sheet_row_column_and_mend_and_good_rows_are_kept(cast: Cast) -> None:
    job = imported(
        cast.city,
        xlsx(
            好=[HEADING, row(cast.firm)],
            坏=[
                HEADING,
                row(cast.firm, day="2025年13月1日"),
                row(cast.rival, score="约四十"),
                row(cast.rival, level="六级"),
                row(cast.rival, day=dt.date(2025, 7, 1)),
            ],
        ),
    )
    assert faults(job) == [
        ("坏", 2, "D", "“2025年13月1日”没有这一天。请核对年月日。"),
        ("坏", 3, "E", "“约四十”不是数字。请只写数字，如 48.95。"),
        ("坏", 4, "F", job.faults[2]["zh"]),
    ]
    assert "不是这套指标的等级" in job.faults[2]["zh"]
    assert job.faults[0]["column"] == "D 测评日期"
    assert job.faults[0]["value"] == "2025年13月1日"
    assert RecordedResult.objects.count() == 2
    assert counts(job)["退回"] == 3


def test_rows_that_went_back_are_taken_once_they_are_mended(cast: Cast) -> None:
    job = imported(cast.city, xlsx(结果=[HEADING, row(cast.firm), row(cast.rival, level="六级")]))
    (sheet,) = read(job.rejected).items()
    assert sheet[0] == "结果"
    (back,) = columns(sheet[1])
    assert back["统一社会信用代码"] == cast.rival.organisation.uscc
    assert back["原行号"] == 3
    assert back["退回原因"].startswith("F 等级：“六级”不是这套指标的等级")
    heading, mended = sheet[1]
    mended[5] = "二级"
    job = imported(cast.city, xlsx(结果=[heading, mended]), "修改后.xlsx")
    assert (job.faults, counts(job)["新记录"]) == ([], 1)
    assert RecordedResult.objects.count() == 2


def test_firms_that_are_not_registered_are_listed_to_be_registered(cast: Cast) -> None:
    form = cast.form(region_code="420102")
    missing = [form.uscc, form.name, "miit-2024", "2025-06-30", 50, "", ""]
    job = imported(cast.city, xlsx(结果=[HEADING, row(cast.firm), missing]))
    assert "还没有注册" in job.faults[0]["zh"]
    (listed,) = columns(read(job.result)["未注册企业"])
    assert listed == {
        "统一社会信用代码": form.uscc, "企业名称": form.name, "出现的行": "结果 3"
    }  # fmt: skip
    register(form, username="late", password=None, year=2025)
    job = imported(cast.city, xlsx(结果=[HEADING, row(cast.firm), missing]))
    assert counts(job) == {"新记录": 1, "已有且一致": 1, "更正": 0, "退回": 0}


def test_rows_of_another_territory_are_refused_with_the_reason(cast: Cast) -> None:
    job = imported(cast.county, xlsx(结果=[HEADING, row(cast.rival), row(cast.firm)]))
    assert faults(job) == [("结果", 2, "A", job.faults[0]["zh"])]
    assert "不在江岸区辖区内" in job.faults[0]["zh"]
    assert RecordedResult.objects.count() == 1


def test_a_name_that_belongs_to_another_firm_is_refused(cast: Cast) -> None:
    job = imported(
        cast.city, xlsx(结果=[HEADING, row(cast.firm, name=cast.rival.organisation.name)])
    )
    assert "与登记的名称" in job.faults[0]["zh"]
    assert not RecordedResult.objects.exists()


def test_only_offices_import(cast: Cast) -> None:
    for acting in (cast.firm.actor, cast.supplier.actor, cast.expert):
        with pytest.raises(NotAllowed):
            import_results(acting, uploaded(b"x", "x.csv", acting))
    assert not Job.objects.exists()


# ---------------------------------------------------------------- twice, otherwise, again


def test_a_second_row_of_the_same_day_that_says_something_else_is_told(cast: Cast) -> None:
    again = row(cast.firm)
    other = row(cast.firm, score=60, level="三级")
    job = imported(cast.city, xlsx(结果=[HEADING, row(cast.firm), again, other]))
    assert counts(job) == {"新记录": 1, "已有且一致": 1, "更正": 0, "退回": 1}
    assert "在“结果”第 2 行已有不同的结果（48.95 分、2 级）" in job.faults[0]["zh"]
    assert RecordedResult.objects.get().score_milli == 48_950


def test_what_differs_from_a_record_goes_back_unless_it_is_to_correct_it(cast: Cast) -> None:
    imported(cast.city, xlsx(结果=[HEADING, row(cast.firm)]))
    better = xlsx(结果=[HEADING, row(cast.firm, score=61.5, level="三级", basis="复核后")])
    job = imported(cast.city, better)
    assert "已有不同的记录（48.95 分、2 级" in job.faults[0]["zh"]
    assert "更正已有记录" in job.faults[0]["zh"]
    assert RecordedResult.objects.get().level == 2
    job = imported(cast.city, better, correct=True)
    assert counts(job) == {"新记录": 0, "已有且一致": 0, "更正": 1, "退回": 0}
    kept = RecordedResult.objects.get()
    assert (kept.score_milli, kept.level, kept.basis, kept.job) == (61_500, 3, "复核后", job)


def test_a_file_whose_rows_went_back_can_be_handed_in_again(cast: Cast) -> None:
    form = cast.form()
    content = xlsx(结果=[HEADING, [form.uscc, "", "miit-2024", "2025-06-30", 50, "", ""]])
    first = imported(cast.city, content)
    assert first.fault_count == 1
    register(form, username="late", password=None, year=2025)
    second = imported(cast.city, content)
    assert second != first
    assert (second.fault_count, counts(second)["新记录"]) == (0, 1)
    assert imported(cast.city, content) == second


def test_the_same_file_of_another_office_is_another_job(cast: Cast) -> None:
    content = xlsx(结果=[HEADING, row(cast.firm)])
    assert imported(cast.city, content) != imported(cast.province, content)
    assert RecordedResult.objects.count() == 1


# ---------------------------------------------------------------- what people hand in


def test_errors_of_the_spreadsheet_are_told_and_never_taken_for_empty(cast: Cast) -> None:
    job = imported(
        cast.city,
        xlsx(结果=[HEADING, row(cast.firm, score="=A1+#REF!|#REF!", level=""),
                 row(cast.rival, level="=1/0|#DIV/0!")]),
    )  # fmt: skip
    assert [(f["row"], f["column"][0], f["value"]) for f in job.faults] == [
        (2, "E", "#REF!"), (3, "F", "#DIV/0!")
    ]  # fmt: skip
    assert not RecordedResult.objects.exists()


def test_titles_merged_cells_blank_rows_and_other_sheets_are_no_hindrance(cast: Cast) -> None:
    title = ["武汉市2025年汇总表", "", "", "", "", "", ""]
    job = imported(
        cast.city,
        xlsx(
            说明=[["这里写怎样填"], ["每行一家"]],
            结果=[title, [], HEADING, [], row(cast.firm), ["  "], row(cast.rival)],
        ),
    )
    assert (job.faults, counts(job)["新记录"]) == ([], 2)


def test_a_sheet_that_lacks_a_column_is_told_beside_the_sound_ones(cast: Cast) -> None:
    lacking = [HEADING[:3], row(cast.rival)[:3]]
    job = imported(cast.city, xlsx(好=[HEADING, row(cast.firm)], 缺=lacking))
    assert counts(job)["新记录"] == 1
    (fault,) = job.faults
    assert (fault["sheet"], fault["row"]) == ("缺", None)
    assert "缺少列 “测评日期”" in fault["zh"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (xlsx(表=[["甲", "乙"], [1, 2]]), "别的.xlsx", "缺少列 “统一社会信用代码”、“评测指标”"),
        (xlsx(表=[[]]), "空白.xlsx", "里没有数据"),
        (comma_separated([HEADING]), "表头.csv", "只有表头，没有数据行"),
        (b"\x89PNG\r\n", "图.xlsx", "内容不是表格"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_of_results_is_told_as_a_whole(
    cast: Cast, content: bytes, name: str, said: str
) -> None:
    job = imported(cast.city, content, name)
    assert said in job.failure["zh"] and job.failure["en"]
    assert job.finished and not RecordedResult.objects.exists()


def test_too_many_rows_are_refused_before_any_is_recorded(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dengta.core.shapes.Policy.practised", lambda *_: 2)
    job = imported(cast.city, xlsx(结果=[HEADING, row(cast.firm), row(cast.rival)]))
    assert "表格有 3 行，一次最多导入 2 行" in job.failure["zh"]
    assert not RecordedResult.objects.exists()


def test_the_example_of_the_template_is_no_row(cast: Cast) -> None:
    example = row(cast.rival, name="（示例，导入前请删去这一行）")
    job = imported(cast.city, xlsx(结果=[HEADING, example, row(cast.firm)]))
    assert counts(job) == {"新记录": 1, "已有且一致": 0, "更正": 0, "退回": 0}


def test_more_rows_than_are_looked_at_together_keep_their_numbers(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dengta.assessment.actions.importing.ROWS_AT_ONCE", 3)
    days = [dt.date(2025, 1, n) for n in range(1, 12)]
    rows = [
        row(cast.firm, day=day, level="六级" if n % 5 == 4 else "") for n, day in enumerate(days)
    ]
    job = imported(cast.city, xlsx(结果=[HEADING, *rows]))
    assert [fault["row"] for fault in job.faults] == [6, 11]
    back = columns(read(job.rejected)["结果"])
    assert [line["原行号"] for line in back] == [6, 11]
    assert counts(job)["新记录"] == 9


def test_a_chunk_asks_the_database_as_often_however_many_rows(cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    asked = []
    for year, many in ((2024, 2), (2025, 60)):
        days = [dt.date(year, 10, 1) + dt.timedelta(days=n) for n in range(many)]
        content = xlsx(结果=[HEADING, *(row(cast.firm, day=day) for day in days)])
        import_results(cast.city, uploaded(content, f"{year}.xlsx", cast.city))
        with CaptureQueriesContext(connection) as queries:
            work()
        asked.append(len(queries))
    assert asked[0] == asked[1]


# ---------------------------------------------------------------- whole answer sets


def test_answers_are_scored_and_recorded(cast: Cast) -> None:
    answers = cast.answers("C", 3)
    heading = [*HEADING[:4], *(f"{item} 题目" for item in answers)]
    sound = [*row(cast.firm)[:4], *answers.values()]
    bad = [*row(cast.rival)[:4], *(answers | {"q2": "Z"}).values()]
    job = imported(cast.city, xlsx(答案=[heading, sound, bad]))
    assert [(f["row"], f["column"]) for f in job.faults] == [(3, "F q2 题目")]
    kept = RecordedResult.objects.get()
    expected = cast.assessed(cast.firm, "C", 3)
    assert (kept.score_milli, kept.level) == (expected.score_milli, expected.level)
    (back,) = columns(read(job.rejected)["答案"])
    assert back["q2 题目"] == "Z" and back["原行号"] == 3
