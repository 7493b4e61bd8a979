from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions import import_results, start_export
from dengta.assessment.queries.exports import Wanted, write_export
from dengta.assessment.queries.seen import Filters
from dengta.core.outgoing import guarded
from dengta.registry.models import Organisation
from dengta.rights.actions import give_consent, revoke_consent
from dengta.trail.actions import StepRefused
from tests.cast import Cast, Firm
from tests.tables import HEADING, columns, read, uploaded, xlsx
from tests.working import work


def shared(cast: Cast, firm: Firm, *how: Any, **more: Any) -> Any:
    done = cast.assessed(firm, *how, **more)
    give_consent(firm.actor, "statistics")
    return done


def as_csv(acting: Actor, folder: Path, wanted: Wanted) -> list[dict[str, str]]:
    path = folder / "out.csv"
    write_export(acting, wanted, path)
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def test_a_row_tells_the_firm_and_its_result(cast: Cast, tmp_path: Path) -> None:
    done = shared(cast, cast.firm)
    (row,) = as_csv(cast.city, tmp_path, Wanted("assessments", "csv"))
    firm = cast.firm.organisation
    assert row["统一社会信用代码"] == firm.uscc and row["企业名称"] == firm.name
    assert (row["地区"], row["行业"], row["企业规模"]) == ("江岸区", "汽车制造业", "小型")
    assert (row["等级"], row["核验码"]) == (str(done.level), done.verify_code)
    assert row["提交时间"] == timezone.localtime(done.submitted_at).strftime("%Y-%m-%d %H:%M")
    (row,) = as_csv(cast.city, tmp_path, Wanted("assessments", "csv", "en"))
    assert (row["Region"], row["Size class"]) == ("Jiang'an District", "small")


def test_each_takes_what_each_may_see(cast: Cast, tmp_path: Path) -> None:
    shared(cast, cast.firm)
    shared(cast, cast.rival)
    cast.assessed(cast.remote)
    wanted = Wanted("assessments", "csv")
    seen = {
        acting.name: {row["企业名称"] for row in as_csv(acting, tmp_path, wanted)}
        for acting in (cast.county, cast.city, cast.province, cast.next_city, cast.firm.actor)
    }
    firm, rival = cast.firm.organisation.name, cast.rival.organisation.name
    assert seen == {
        "county": {firm}, "city": {firm, rival}, "province": {firm, rival}, "next_city": set(),
        "firm": {firm},
    }  # fmt: skip
    revoke_consent(cast.rival.actor, "statistics")
    assert len(as_csv(cast.city, tmp_path, wanted)) == 1
    assert as_csv(cast.expert, tmp_path, wanted) == []


def test_answers_have_a_column_for_each_item(cast: Cast, tmp_path: Path) -> None:
    shared(cast, cast.firm, "C", 3)
    wanted = Wanted("answers", "csv", filters=Filters(instrument="miit-2024"))
    (row,) = as_csv(cast.city, tmp_path, wanted)
    given = {title.split(" ")[0]: value for title, value in row.items()}
    expected = {item: str(value) for item, value in cast.answers("C", 3).items()}
    assert given == given | expected


def test_ratings_stand_beside_what_the_firm_said(cast: Cast, tmp_path: Path) -> None:
    done = shared(cast, cast.firm)
    cast.rate(cast.rating(done), q1="C")
    (row,) = as_csv(cast.city, tmp_path, Wanted("ratings", "csv"))
    assert (row["评定方式"], row["企业自评等级"]) == ("现场评定", str(done.level))
    assert row["得分"] != "" and row["评定人"]
    assert as_csv(cast.firm.actor, tmp_path, Wanted("ratings", "csv")) == []


def test_what_was_imported_can_be_exported(cast: Cast, tmp_path: Path) -> None:
    firm = cast.firm.organisation
    line = [firm.uscc, firm.name, "miit-2022", dt.date(2023, 6, 30), 48.95, "", "+危险"]
    import_results(cast.city, uploaded(xlsx(表=[HEADING, line]), "a.xlsx", cast.city))
    work()
    (row,) = as_csv(cast.city, tmp_path, Wanted("recorded", "csv"))
    assert (row["测评日期"], row["得分"], row["等级"]) == ("2023-06-30", "48.95", "2")
    assert row["依据"] == "'+危险"
    later = Filters(since=dt.date(2024, 1, 1))
    assert as_csv(cast.city, tmp_path, Wanted("recorded", "csv", filters=later)) == []


def test_filters_survive_the_way_into_a_job() -> None:
    filters = Filters("420100", "36", "small", "miit-2024", 2, False, dt.date(2026, 1, 1), None)
    wanted = Wanted("answers", "csv", "en", filters)
    assert Wanted.of_json(wanted.as_json()) == wanted
    assert Wanted.of_json(Wanted("ratings").as_json()) == Wanted("ratings")


def test_a_large_export_is_a_job_whose_file_is_the_same(cast: Cast, tmp_path: Path) -> None:
    shared(cast, cast.firm)
    wanted = Wanted("assessments")
    job, new = start_export(cast.city, wanted, key="k")
    assert new and start_export(cast.city, wanted, key="k") == (job, False)
    assert start_export(cast.province, wanted, key="k")[1], "another person's key is another's"
    work()
    job.refresh_from_db()
    made = columns(read(job.result)["测评结果"])
    assert made[0]["统一社会信用代码"] == cast.firm.organisation.uscc
    assert job.summary == [{"zh": "导出的行数", "en": "rows exported", "count": 1}]
    path = tmp_path / "now.xlsx"
    write_export(cast.city, wanted, path)


@pytest.mark.parametrize(
    "wanted",
    [Wanted("answers"), Wanted("assessments", filters=Filters(instrument="nonsense"))],
)
def test_an_export_that_cannot_be_is_refused(cast: Cast, wanted: Wanted) -> None:
    with pytest.raises(StepRefused):
        start_export(cast.city, wanted, key="k")


# ---------------------------------------------------------------- formulas


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_name_becomes_a_formula(cast: Cast, tmp_path: Path, text: str, form: Any) -> None:
    shared(cast, cast.firm)
    Organisation.objects.filter(pk=cast.firm.organisation.pk).update(name=text)
    path = tmp_path / f"out.{form}"
    write_export(cast.city, Wanted("assessments", form), path)
    if form == "csv":
        (row,) = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
        assert row["企业名称"].startswith("'")
        return
    import zipfile

    with zipfile.ZipFile(path) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_what_is_no_formula_stays_as_it_is() -> None:
    assert [guarded(text) for text in ("精工=好", "1-2", "", " =1")] == [
        "精工=好",
        "1-2",
        "",
        " =1",
    ]


def test_an_export_asks_the_database_as_often_however_many_rows(cast: Cast, tmp_path: Path) -> None:
    asked, city = [], cast.city
    for firms in ((cast.firm,), (cast.rival, cast.giant)):
        for firm in firms:
            shared(cast, firm)
        for what in ("assessments", "answers"):
            wanted = Wanted(what, filters=Filters(instrument="miit-2024"))  # type: ignore[arg-type]
            with CaptureQueriesContext(connection) as queries:
                write_export(city, wanted, tmp_path / "out.xlsx")
            asked.append(len(queries))
    assert asked[:2] == asked[2:]
