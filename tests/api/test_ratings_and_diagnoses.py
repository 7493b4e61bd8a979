from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from dengta.assessment.models import Assessment
from dengta.registry.actions import award_title
from tests.api.conftest import Programs
from tests.cast import Cast, Firm


def lately(cast: Cast) -> Assessment:
    """An assessment that was submitted an hour ago, so that today is a day of visit."""
    return cast.assessed(cast.firm, at=timezone.localtime() - dt.timedelta(hours=1))


def error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["message"]["zh"]


# ---------------------------------------------------------------- ratings


def test_an_assessor_rates_by_program_and_the_result_becomes_the_assessments(
    cast: Cast, program: Programs
) -> None:
    assessment = lately(cast)
    rating = cast.rating(assessment, at=timezone.localtime())
    assessor = program(cast.assessor)
    assert [task["id"] for task in assessor.get("/ratings").json()] == [rating.pk]
    path = f"/ratings/{rating.pk}"
    answers = [{"item": item, "value": str(value)} for item, value in cast.answers("C").items()]
    kept = assessor.patch(f"{path}/answers", {"answers": answers}).json()
    assert len(kept["kept"]) == 31 and kept["refused"] == kept["newer"] == []
    without = assessor.post(f"{path}/submit", {})
    assert error(without)[0] == 422 and "现场评定的日期" in error(without)[1]
    today = timezone.localdate().isoformat()
    done = assessor.post(f"{path}/submit", {"visit_date": today, "remark": "属实"}).json()
    assert (done["state"], done["visit_date"]) == ("submitted", today)
    assert assessor.post(f"{path}/submit", {"visit_date": today}).status_code == 409
    shown = program(cast.firm.actor).get(f"/assessments/{assessment.pk}").json()
    assert shown["on_site_score"] == done["score"] != shown["score"]


def test_of_two_answers_the_one_typed_later_stands(cast: Cast, program: Programs) -> None:
    rating = cast.rating(lately(cast), at=timezone.localtime())
    assessor = program(cast.assessor)
    path = f"/ratings/{rating.pk}/answers"
    early, late = (timezone.localtime() - dt.timedelta(minutes=n) for n in (10, 5))
    assessor.patch(path, {"answers": [{"item": "q1", "value": "C", "typed_at": late}]})
    told = assessor.patch(
        path, {"answers": [{"item": "q1", "value": "B", "typed_at": early}]}
    ).json()
    assert told["kept"] == [] and told["newer"][0]["value"] == "C"
    bad = assessor.patch(path, {"answers": [{"item": "q2", "value": "Z"}]}).json()
    assert bad["refused"][0]["field"] == "q2" and "Z" in bad["refused"][0]["message"]["zh"]


def test_a_rating_is_its_assessors_alone(cast: Cast, program: Programs) -> None:
    rating = cast.rating(lately(cast), at=timezone.localtime())
    for acting in (cast.expert, cast.city, cast.province):
        assert program(acting).get(f"/ratings/{rating.pk}").status_code == 404
    declined = program(cast.assessor).post(f"/ratings/{rating.pk}/decline", {"note": "有业务往来"})
    assert declined.json()["state"] == "declined"


def test_offices_see_submitted_ratings_of_their_territory(cast: Cast, program: Programs) -> None:
    from dengta.rights.actions import give_consent

    give_consent(cast.firm.actor, "statistics")
    cast.rate(cast.rating(lately(cast), at=timezone.localtime()), at=timezone.localtime())
    counts = {
        acting.name: program(acting).get("/territory/ratings").json()["count"]
        for acting in (cast.city, cast.county, cast.next_city)
    }
    assert counts == {"city": 1, "county": 1, "next_city": 0}


# ---------------------------------------------------------------- diagnoses


@pytest.fixture
def diagnosers(cast: Cast) -> list[Firm]:
    made = []
    for n in range(3):
        provider = cast.enrol(f"diagnoser-{n}", kind="provider", industry_code="65")
        award_title(
            provider.organisation, "recommended_provider", document="鄂经信〔2026〕1号",
            awarded=dt.date(2024, 1, 1),
        )  # fmt: skip
        made.append(provider)
    return made


def test_a_diagnosis_goes_its_way_by_programs_of_both_sides(
    cast: Cast, program: Programs, diagnosers: list[Firm]
) -> None:
    firm = program(cast.firm.actor)
    order = firm.post("/diagnoses", {"scope": "whole", "wish": "看看车间"}).json()
    path = f"/diagnoses/{order['id']}"
    assert firm.post("/diagnoses", {"scope": "whole"}).json()["id"] == order["id"]
    offers = firm.get(f"{path}/offers").json()
    assert len(offers) == 3
    chosen = next(d for d in diagnosers if d.organisation.uscc == offers[0]["uscc"])
    provider = program(chosen.actor)
    assert provider.get(path).status_code == 404, "not yet its matter"

    def step(who: Any, name: str, **more: Any) -> Any:
        return who.post(f"{path}/steps", {"step": name, **more})

    assert error(step(firm, "choose", provider="914"))[0] == 422
    assert step(firm, "choose", provider=offers[0]["uscc"]).json()["state"] == "chosen"
    assert step(firm, "take").status_code == 403
    assert step(provider, "take").json()["state"] == "visiting"
    assert error(step(provider, "visit"))[1] == "请填写上门日期。"
    day = timezone.localdate().isoformat()
    assert step(provider, "visit", visit_date=day).json()["state"] == "drafting"
    assert error(step(provider, "send"))[0] == 422
    gaps = [{"title": "没有联网", "advice": "先联网", "cost_fen": 5_000_000}]
    report = {"findings": "基础薄弱", "gaps": gaps}
    assert provider.send("PUT", f"{path}/report", report).json()["gaps"][0]["severity"] == 2
    assert step(provider, "send").json()["state"] == "commenting"
    assert error(step(firm, "accept"))[1] == "请填写 1 至 5 的满意度。"
    done = step(firm, "accept", satisfaction=5).json()
    assert (done["state"], done["satisfaction"]) == ("accepted", 5)
    assert program(cast.city).get("/diagnoses").json()["count"] == 1
    assert program(cast.next_city).get(path).status_code == 404
    assert provider.get("/diagnoses").json()["items"][0]["id"] == order["id"]


def test_an_office_orders_for_a_firm_of_its_territory(cast: Cast, program: Programs) -> None:
    body = {"scope": "security", "uscc": cast.firm.organisation.uscc}
    assert program(cast.city).post("/diagnoses", body).status_code == 200
    other = program(cast.next_city).post("/diagnoses", body)
    assert error(other) == (422, "辖区内没有这个统一社会信用代码的企业。请核对后重填。")
    assert other.json()["error"]["field"] == "uscc"


# ---------------------------------------------------------------- campaigns


def test_an_office_sees_how_far_a_campaign_has_come(cast: Cast, program: Programs) -> None:
    campaign = cast.campaign(cast.firm, cast.rival, cast.remote)
    city = program(cast.city)
    assert [one["id"] for one in city.get("/campaigns").json()["items"]] == [campaign.pk]
    path = f"/campaigns/{campaign.pk}"
    assert city.get(path).json()["name"] == campaign.name
    covered = city.get(f"{path}/coverage", by="county").json()
    assert covered["total"]["asked"] == 2, "of its own territory"
    assert set(covered["groups"]) == {"420102", "420104"}
    assert program(cast.province).get(f"{path}/coverage").json()["total"]["asked"] == 3
    firms = city.get(f"{path}/firms", standing="waiting").json()
    assert {row["uscc"] for row in firms["items"]} == {
        cast.firm.organisation.uscc, cast.rival.organisation.uscc
    }  # fmt: skip
    wrong = city.get(f"{path}/coverage", by="colour")
    assert wrong.status_code == 422 and "division" in error(wrong)[1]


# ---------------------------------------------------------------- samples


def test_a_sample_is_committed_to_drawn_and_its_record_is_public(
    cast: Cast, program: Programs
) -> None:
    from dengta.core.draws import verify

    early = timezone.localtime() - dt.timedelta(days=40)
    done = cast.assessed(cast.firm, at=early)
    rating = cast.rate(cast.rating(done, at=early), at=early)
    day = timezone.localdate(early)
    city, anybody = program(cast.city), program(None)
    body = {"name": "春季抽查", "start": day, "end": day, "size": 1}
    sample = city.post("/samples", body).json()
    assert (sample["state"], sample["seed"]) == ("committed", None)
    assert anybody.get("/samples").json()["items"][0]["commitment"] == sample["commitment"]
    path = f"/samples/{sample['id']}"
    assert anybody.get(f"{path}/record").status_code == 404
    assert city.post(f"{path}/draw").json()["seed"]
    assert city.post(f"{path}/draw").status_code == 409
    assert verify(anybody.get(f"{path}/record").content) == []
    (drawn,) = city.get(f"{path}/drawn").json()
    assert (drawn["rating"], drawn["recheck"]) == (rating.pk, None)
    assert program(cast.next_city).get(f"{path}/drawn").status_code == 404
    taken = program(cast.county).post(f"/samples/drawn/{drawn['id']}/recheck")
    assert taken.json()["recheck"] in [t["id"] for t in program(cast.county).get("/ratings").json()]
    backwards = city.post("/samples", body | {"end": day - dt.timedelta(days=1)})
    assert error(backwards)[0] == 422 and "早于开始日期" in error(backwards)[1]
