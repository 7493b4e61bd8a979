from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.assessment.models import RecordedResult
from dengta.rights.actions import give_consent
from tests.api.conftest import Programs
from tests.cast import Cast
from tests.tables import HEADING, comma_separated, xlsx
from tests.working import work


def one(cast: Cast, **different: Any) -> dict[str, Any]:
    firm = cast.firm.organisation
    sound = {"uscc": firm.uscc, "instrument": "miit-2022", "day": "2023-06-30", "score": 48.95}
    return sound | different


def test_one_result_is_recorded_once(cast: Cast, program: Programs) -> None:
    city = program(cast.city)
    for _ in range(2):
        answer = city.post("/recorded-results", one(cast))
        assert answer.status_code == 200
    told = answer.json()
    assert (told["score"], told["level"], told["uscc"]) == ("48.95", 2, cast.firm.organisation.uscc)
    assert RecordedResult.objects.count() == 1
    assert program(cast.firm.actor).get("/recorded-results").json()["count"] == 1
    assert program(cast.rival.actor).get("/recorded-results").json()["count"] == 0
    assert program(cast.next_city).get("/recorded-results").json()["count"] == 0


@pytest.mark.parametrize(
    ("different", "field", "said"),
    [
        ({"uscc": "914"}, "uscc", "应为 18 位"),
        ({"instrument": "国标"}, "instrument", "不是本平台的评测指标"),
        ({"day": "2999-01-01"}, "day", "还没有到"),
        ({"score": 101}, "score", "不在 0 至 100 之间"),
        ({"score": None}, "score", "得分和等级都没有填"),
        ({"level": "三级"}, "level", "与得分矛盾"),
        ({"name": "别的公司"}, "name", "不一致"),
        ({"day": "昨天"}, "day", "日期请写成"),
    ],
)
def test_a_result_that_cannot_be_is_refused_by_field(
    cast: Cast, program: Programs, different: dict[str, Any], field: str, said: str
) -> None:
    answer = program(cast.city).post("/recorded-results", one(cast, **different))
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == field
    assert said in answer.json()["error"]["message"]["zh"]
    assert not RecordedResult.objects.exists()


def test_another_result_of_the_same_day_replaces_only_when_asked(
    cast: Cast, program: Programs
) -> None:
    city = program(cast.city)
    city.post("/recorded-results", one(cast))
    refused = city.post("/recorded-results", one(cast, score=60))
    assert refused.status_code == 422 and "已有不同的记录" in refused.content.decode()
    assert city.post("/recorded-results", one(cast, score=60, correct=True)).json()["level"] == 3
    outside = program(cast.next_city).post("/recorded-results", one(cast))
    assert "不在宜昌市辖区内" in outside.json()["error"]["message"]["zh"]


def test_a_table_is_imported_as_a_job_with_its_files(cast: Cast, program: Programs) -> None:
    city = program(cast.city)
    firm = cast.firm.organisation
    rows = [
        [firm.uscc, firm.name, "miit-2022", "2023-06-30", 50, "", ""],
        [firm.uscc, firm.name, "miit-2022", "六月", 50, "", ""],
    ]
    file = SimpleUploadedFile("结果.xlsx", xlsx(结果=[HEADING, *rows]))
    begun = city.upload("/recorded-results/import", file=file)
    assert (begun.status_code, begun.json()["state"]) == (202, "waiting")
    work()
    job = city.get(f"/jobs/{begun.json()['id']}").json()
    assert (job["state"], job["fault_count"]) == ("done", 1)
    (fault,) = job["faults"]
    assert (fault["sheet"], fault["row"], fault["column"]) == ("结果", 3, "D 测评日期")
    assert [file["kind"] for file in job["files"]] == ["rejected", "source"]
    back = city.get(f"/jobs/{job['id']}/files/rejected")
    assert b"".join(back)[:2] == b"PK"  # type: ignore[arg-type]
    assert city.get(f"/jobs/{job['id']}/files/result").status_code == 404
    assert city.get(f"/jobs/{job['id']}/files/password").status_code == 404
    assert program(cast.next_city).get(f"/jobs/{job['id']}").status_code == 404
    assert city.get("/jobs").json()["count"] == 1


def test_a_table_for_one_instrument_needs_no_column_of_it(cast: Cast, program: Programs) -> None:
    firm = cast.firm.organisation
    rows = [["统一社会信用代码", "测评日期", "得分"], [firm.uscc, "2023-06-30", 50]]
    city = program(cast.city)
    file = SimpleUploadedFile("结果.csv", comma_separated(rows, "gb18030"))
    begun = city.upload("/recorded-results/import", file=file, instrument="miit-2022")
    work()
    assert city.get(f"/jobs/{begun.json()['id']}").json()["fault_count"] == 0
    assert RecordedResult.objects.get().level == 2


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("a.exe", b"MZ", "a.exe"), ("空.csv", b"", "空文件")],
)
def test_a_file_that_cannot_be_is_refused(
    cast: Cast, program: Programs, name: str, content: bytes, said: str
) -> None:
    file = SimpleUploadedFile(name, content)
    answer = program(cast.city).upload("/recorded-results/import", file=file)
    assert answer.status_code == 422
    assert said in answer.json()["error"]["message"]["zh"]
    without = program(cast.city).upload("/recorded-results/import")
    assert (without.status_code, without.json()["error"]["field"]) == (422, "file")


def test_an_export_is_made_and_fetched(cast: Cast, program: Programs) -> None:
    cast.assessed(cast.firm)
    give_consent(cast.firm.actor, "statistics")
    city = program(cast.city)
    body = {"what": "answers", "form": "csv", "filters": {"instrument": "miit-2024"}, "key": "k1"}
    first, again = (city.post("/exports", body).json()["id"] for _ in range(2))
    assert first == again
    work()
    job = city.get(f"/jobs/{first}").json()
    assert job["state"] == "done" and job["summary"][0]["count"] == 1
    made = b"".join(city.get(f"/jobs/{first}/files/result"))  # type: ignore[arg-type]
    text = made.decode("utf-8-sig")
    assert cast.firm.organisation.uscc in text and "q1 " in text
    mine = program(cast.firm.actor).post("/exports", {"what": "assessments"}).json()["id"]
    work()
    assert program(cast.firm.actor).get(f"/jobs/{mine}").json()["summary"][0]["count"] == 1
    refused = city.post("/exports", {"what": "answers"})
    assert refused.status_code == 422 and "请先选定评测指标" in refused.content.decode()
    strange = city.post("/exports", {"what": "passwords"})
    assert (strange.status_code, strange.json()["error"]["field"]) == (422, "what")


def test_a_firm_takes_all_its_data(cast: Cast, program: Programs) -> None:
    cast.assessed(cast.firm)
    data = program(cast.firm.actor).get("/own-data").json()
    assert data["organisation"]["uscc"] == cast.firm.organisation.uscc
    assert len(data["assessments"]) == 1
