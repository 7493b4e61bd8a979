from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.assessment.models import Assessment
from dengta.rights.actions import give_consent
from tests.api.conftest import Program, Programs
from tests.cast import Cast
from tests.pictures import encoded, photo


@pytest.fixture
def firm(cast: Cast, program: Programs) -> Program:
    give_consent(cast.firm.actor, "assessment")
    return program(cast.firm.actor)


def begun(firm: Program) -> int:
    answer = firm.post("/assessments", {"instrument": "miit-2024"})
    assert answer.status_code == 200
    pk: int = answer.json()["id"]
    return pk


def error(answer: Any) -> tuple[int, str, str]:
    told = answer.json()["error"]
    return answer.status_code, told["field"], told["message"]["zh"]


def test_a_firm_fills_in_checks_submits_and_takes_its_report(
    cast: Cast, firm: Program, program: Programs
) -> None:
    pk = begun(firm)
    assert begun(firm) == pk, "a draft that is open is resumed"
    versions = firm.patch(f"/assessments/{pk}/answers", {"answers": cast.answers()}).json()
    assert versions["versions"]["q1"] == 1
    check = firm.get(f"/assessments/{pk}/check").json()
    assert check["complete"] and check["missing"] == []
    submitted = firm.post(f"/assessments/{pk}/submit", {"pledge": True}).json()
    assert (submitted["state"], submitted["score"]) == ("submitted", check["score"])
    result = firm.get(f"/assessments/{pk}/result", lang="en").json()
    assert result["level"] == submitted["level"] and result["gaps"]
    report = firm.get(f"/assessments/{pk}/report")
    assert report.headers["Content-Type"] == "application/pdf" and report.content[:5] == b"%PDF-"
    road = firm.get(f"/assessments/{pk}/roadmap", target=4).json()
    assert [way["level"] for way in road["ways"]] == sorted(way["level"] for way in road["ways"])
    verified = program(None).get(f"/verify/{submitted['verify_code']}").json()
    assert verified["firm"] == cast.firm.organisation.name and verified["latest"]


def test_incomplete_answers_are_refused_item_by_item(firm: Program) -> None:
    pk = begun(firm)
    answer = firm.post(f"/assessments/{pk}/submit", {"pledge": True})
    assert error(answer) == (422, "q1", "还有 31 项没有作答，答完即可提交。")
    assert len(answer.json()["errors"]) == 31
    assert error(firm.post(f"/assessments/{pk}/submit", {"pledge": False}))[:2] == (422, "pledge")
    assert error(firm.get(f"/assessments/{pk}/result"))[0] == 409


def test_an_impossible_answer_keeps_nothing_and_names_the_item(firm: Program) -> None:
    pk = begun(firm)
    answer = firm.patch(f"/assessments/{pk}/answers", {"answers": {"q1": "B", "q2": "Z"}})
    assert error(answer)[:2] == (422, "q2") and "“Z”" in error(answer)[2]
    assert firm.get(f"/assessments/{pk}/answers").json() == []
    reasonless = firm.patch(f"/assessments/{pk}/answers", {"answers": {"warehousing": "NA"}})
    assert error(reasonless)[:2] == (422, "warehousing.reason")


def test_a_change_that_somebody_overtook_is_told_and_not_lost(firm: Program) -> None:
    pk = begun(firm)
    path = f"/assessments/{pk}/answers"
    firm.patch(path, {"answers": {"q1": "B"}})
    firm.patch(path, {"answers": {"q1": {"value": "C", "seen": 1}}})
    answer = firm.patch(path, {"answers": {"q1": {"value": "D", "seen": 1}}})
    assert error(answer)[:2] == (409, "q1")
    assert answer.json()["error"]["value"] == "C", "what the other wrote"
    assert firm.get(path).json()[0]["value"] == "C"


def test_evidence_is_laid_beside_an_item_and_taken_back(
    cast: Cast, firm: Program, program: Programs
) -> None:
    pk = begun(firm)
    path = f"/assessments/{pk}/evidence"
    taken = encoded(photo(1))
    file = SimpleUploadedFile("车间.jpg", taken, content_type="image/jpeg")
    kept = firm.upload(path, item="q1", file=file, note="车间网络").json()
    assert (kept["item"], kept["name"], kept["note"]) == ("q1", "车间.jpg", "车间网络")
    assert [one["id"] for one in firm.get(path).json()] == [kept["id"]]
    document = f"/documents/{kept['document']}"
    assert b"".join(firm.get(document)) == taken  # type: ignore[arg-type]
    assert program(cast.rival.actor).get(document).status_code == 404
    gone = firm.send("DELETE", f"{path}/{kept['id']}")
    assert (gone.status_code, firm.get(path).json()) == (204, [])
    bad = firm.upload(path, item="q1", file=SimpleUploadedFile("程序.exe", b"MZ"))
    assert error(bad)[0] == 422 and "不能作为材料" in error(bad)[2]
    strange = firm.upload(path, item="q99", file=SimpleUploadedFile("a.jpg", encoded(photo(2))))
    assert error(strange)[0] == 422


def test_each_sees_what_is_theirs(cast: Cast, program: Programs) -> None:
    for each in (cast.firm, cast.rival, cast.remote):
        cast.assessed(each)
        give_consent(each.actor, "statistics")
    silent = cast.enrol("silent")
    cast.assessed(silent)
    acting = {
        "firm": cast.firm.actor, "county": cast.county, "city": cast.city,
        "next_city": cast.next_city, "province": cast.province,
    }  # fmt: skip
    lists = {name: program(who).get("/assessments").json() for name, who in acting.items()}
    seen = {
        name: {row["organisation"]["uscc"] for row in listed["items"]}
        for name, listed in lists.items()
    }
    firm, rival, remote = (f.organisation.uscc for f in (cast.firm, cast.rival, cast.remote))
    assert seen == {
        "firm": {firm}, "county": {firm}, "city": {firm, rival}, "next_city": set(),
        "province": {firm, rival, remote},
    }  # fmt: skip
    other = Assessment.objects.get(organisation=cast.remote.organisation).pk
    mute = Assessment.objects.get(organisation=silent.organisation).pk
    for path in ("", "/answers", "/result", "/check", "/evidence", "/roadmap", "/report"):
        for who, pk in ((cast.firm.actor, other), (cast.city, other), (cast.province, mute)):
            assert program(who).get(f"/assessments/{pk}{path}").status_code == 404
    assert program(cast.city).post(f"/assessments/{other}/submit").status_code == 403


def test_lists_are_narrowed_and_paged(cast: Cast, program: Programs) -> None:
    early = timezone.now() - dt.timedelta(days=400)
    for at in (early, timezone.now()):
        cast.assessed(cast.firm, at=at)
    assert cast.assessed(cast.rival, "A", 0, at=timezone.now()).level == 0
    for each in (cast.firm, cast.rival):
        give_consent(each.actor, "statistics")
    city = program(cast.city)

    def count(**query: Any) -> int:
        found: int = city.get("/assessments", **query).json()["count"]
        return found

    assert (count(), count(latest=False)) == (2, 3)
    assert count(region="420104") == count(level=0) == 1
    assert count(instrument="siri") == count(industry="65") == count(size_class="large") == 0
    assert count(industry="36", size_class="small") == 2
    today = timezone.localdate()
    assert count(latest=False, until=today - dt.timedelta(days=30)) == 1
    assert count(latest=False, since=today - dt.timedelta(days=30)) == 2
    page = city.get("/assessments", size=1, page=2).json()
    assert (page["count"], page["page"], len(page["items"])) == (2, 2, 1)
    assert city.get("/assessments", page=99).json()["items"] == []
    assert error(city.get("/assessments", size=0))[:2] == (422, "size")
    assert error(city.get("/assessments", since="昨天"))[:2] == (422, "since")


def test_an_instrument_that_the_firm_cannot_fill_in_is_refused(firm: Program) -> None:
    answer = firm.post("/assessments", {"instrument": "miit-2022"})
    assert error(answer)[0] == 422 and "现在不能填报" in error(answer)[2]


def test_without_consent_nothing_is_begun(cast: Cast, program: Programs) -> None:
    answer = program(cast.rival.actor).post("/assessments", {})
    assert error(answer)[0] == 422 and "授权" in error(answer)[2]


def test_lists_ask_the_database_as_often_however_long(cast: Cast, program: Programs) -> None:
    lists = ("/assessments", "/recorded-results", "/diagnoses", "/territory/ratings", "/campaigns")
    city = program(cast.city)
    asked: list[dict[str, int]] = []
    for firms in ([cast.firm], [cast.rival, cast.giant, cast.enrol("fourth")]):
        for firm in firms:
            done = cast.assessed(firm)
            give_consent(firm.actor, "statistics")
            cast.rate(cast.rating(done))
            uscc = firm.organisation.uscc
            city.post("/diagnoses", {"scope": "whole", "uscc": uscc})
            record = {"uscc": uscc, "instrument": "miit-2022", "day": "2023-06-30", "score": 50}
            assert city.post("/recorded-results", record).status_code == 200
            cast.campaign(firm, name=f"{firm.organisation.name}的测评")
        counted = {}
        for path in lists:
            city.get(path)
            with CaptureQueriesContext(connection) as queries:
                assert city.get(path).json()["count"]
            counted[path] = len(queries)
        asked.append(counted)
    assert asked[0] == asked[1]
