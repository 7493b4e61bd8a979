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
