from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.accounts.queries import Actor
from dengta.assessment.actions.rated_answers import Typed, attach, keep_answers
from dengta.assessment.actions.ratings import assign
from dengta.assessment.models import Evidence, Rating
from dengta.registry.actions import award_title
from tests.cast import DAY, MOMENT, ONE_DAY, Cast
from tests.pictures import photo, uploaded


def client_of(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def rating(cast: Cast) -> Rating:
    return cast.rating(cast.assessed(cast.firm))


@pytest.fixture
def tablet(cast: Cast, rating: Rating) -> Client:
    return client_of(cast, cast.assessor)


def address(rating: Rating, tail: str = "") -> str:
    return f"/expert/ratings/{rating.pk}/{tail}"


def send(client: Client, rating: Rating, *rows: dict[str, Any], **body: Any) -> Any:
    return client.post(
        address(rating, "answers/"), json.dumps(body or {"answers": rows}),
        content_type="application/json", headers={"X-Autosave": "1"},
    )  # fmt: skip


def opened(client: Client, where: str) -> int:
    """The status of a document, read to its end."""
    response = client.get(where)
    if response.streaming:
        assert b"".join(response)  # type: ignore[arg-type]
    return response.status_code


def row(item: str, value: str, **different: Any) -> dict[str, Any]:
    at = int(MOMENT.timestamp() * 1000)
    return {"item": item, "value": value, "reason": "", "remark": "", "at": at} | different


# ---------------------------------------------------------------------------- who sees it


def test_a_rating_is_its_assessors_alone(cast: Cast, rating: Rating, tablet: Client) -> None:
    assert tablet.get(address(rating)).status_code == 200
    for acting in (cast.other_assessor, cast.city):
        client = client_of(cast, acting)
        assert client.get(address(rating)).status_code == 404
        assert send(client, rating, row("q2", "B")).status_code == 404
    firm = client_of(cast, cast.firm.actor)
    assert firm.get(address(rating)).status_code == 403
    assert send(Client(), rating, row("q2", "B")).status_code == 401
    assert rating.answers.count() == 0


def test_an_assessment_is_seen_by_the_offices_of_its_territory(cast: Cast, rating: Rating) -> None:
    where = f"/official/assessments/{rating.assessment_id}/"
    for acting, status in ((cast.county, 200), (cast.city, 200), (cast.province, 200),
                           (cast.next_county, 404), (cast.next_city, 404),
                           (cast.assessor, 403), (cast.firm.actor, 403)):  # fmt: skip
        assert client_of(cast, acting).get(where).status_code == status
    draft = cast.draft(cast.rival)
    assert client_of(cast, cast.city).get(f"/official/assessments/{draft.pk}/").status_code == 404


# ---------------------------------------------------------------------------- from the tablet


def test_a_batch_says_what_became_of_each(rating: Rating, tablet: Client) -> None:
    said = send(tablet, rating, row("q2", "c"), row("q3", "Z"), row("quality", "3", remark="看过"))
    assert said.status_code == 200
    told = said.json()
    assert (sorted(told["kept"]), list(told["refused"]), told["done"]) == (
        ["q2", "quality"], ["q3"], 2,
    )  # fmt: skip
    assert "“Z”" in told["refused"]["q3"]
    older = send(tablet, rating, row("q2", "A", at=1)).json()
    assert older["newer"] == {"q2": {"value": "C", "reason": "", "remark": ""}}


@pytest.mark.parametrize(
    "body",
    ["", "[]", "nonsense", '{"answers": 7}', '{"answers": [7]}', '{"answers": [{}]}',
     '{"answers": [{"item": "q2", "value": "B", "at": "yesterday"}]}',
     '{"answers": [{"item": "q2", "value": ["B"], "at": 1}]}',
     '{"answers": [{"item": "q2", "value": "B", "at": 1e400}]}',
     '{"answers": [{"item": "q2", "value": "B", "at": 99999999999999999999}]}',
     json.dumps({"answers": [row("q2", "B")] * 501}), "\udcff"],
)  # fmt: skip
def test_what_is_no_batch_is_refused_in_a_sentence(
    rating: Rating, tablet: Client, body: str
) -> None:
    data = body.encode("utf-8", "surrogateescape")
    said = tablet.post(address(rating, "answers/"), data, content_type="application/json")
    assert said.status_code == 400
    assert "还留在这台设备上" in said.json()["error"]
    assert rating.answers.count() == 0


def test_a_closed_rating_says_so_and_keeps_nothing(
    cast: Cast, rating: Rating, tablet: Client
) -> None:
    cast.rate(rating)
    said = send(tablet, rating, row("q2", "A", at=int((MOMENT + ONE_DAY).timestamp() * 1000)))
    assert said.status_code == 409
    assert "还留在这台设备上" in said.json()["closed"]
    assert rating.answers.get(item="q2").value == "B"


def test_a_page_is_kept_for_offline_only_while_the_rating_is_open(
    cast: Cast, rating: Rating, tablet: Client
) -> None:
    assert tablet.get(address(rating)).headers["X-Keep"] == "offline"
    cast.rate(rating)
    assert "X-Keep" not in tablet.get(address(rating)).headers


def test_the_worker_is_a_script_of_ours() -> None:
    for desk in ("expert", "official"):
        worker = Client().get(f"/{desk}/ratings/worker.js")
        assert worker.headers["Content-Type"].startswith("text/javascript")
        assert b"dengta.js" in worker.content


def test_photos_arrive_once_and_large_ones_are_refused_by_name(
    rating: Rating, tablet: Client
) -> None:
    def upload(file: Any) -> Any:
        return tablet.post(address(rating, "evidence/"), {"item": "q4", "file": file})

    first, again = upload(uploaded(photo(1))), upload(uploaded(photo(1)))
    assert first.json() == again.json()
    assert opened(tablet, first.json()["url"]) == 200
    large = SimpleUploadedFile("全景.jpg", b"x" * (40 * 2**20), content_type="image/jpeg")
    said = upload(large)
    assert said.status_code == 422
    assert "全景.jpg" in said.json()["refused"]
    assert "40 MB" in said.json()["refused"]
    wrong = tablet.post(address(rating, "evidence/"), {"item": "q4"})
    assert wrong.status_code == 422
    assert Evidence.objects.filter(rating=rating).count() == 1


def test_evidence_of_a_rating_stays_with_it(cast: Cast, rating: Rating) -> None:
    kept = attach(rating, cast.assessor, "q4", uploaded(photo(2)))
    where = f"/documents/{kept.document_id}/"
    for acting, status in ((cast.assessor, 200), (cast.city, 200), (cast.other_assessor, 404),
                           (cast.rival.actor, 404), (cast.next_city, 404)):  # fmt: skip
        assert opened(client_of(cast, acting), where) == status


# ---------------------------------------------------------------------------- the plain form


def form_of(client: Client, rating: Rating) -> dict[str, Any]:
    """The fields of the page as a browser without scripts sends them."""
    sections = client.get(address(rating)).context["sections"]
    fields: dict[str, Any] = {}
    for section in sections:
        for one in section["items"]:
            fields[f"seen-{one['item'].id}"] = one["seen"]
            fields[f"remark-{one['item'].id}"] = one["remark"]
            for group in one["control"]:
                chosen = [option["value"] for option in group["options"] if option["checked"]]
                fields |= {group["name"]: chosen} if chosen else {}
    return fields


def test_the_form_keeps_what_was_changed_and_nothing_else(
    cast: Cast, rating: Rating, tablet: Client
) -> None:
    fields = form_of(tablet, rating)
    other = [Typed("q3", "D", "", "另一台", MOMENT)]
    keep_answers(rating, cast.assessor, other, at=MOMENT)
    said = tablet.post(address(rating), fields | {"a-q1": ["B", "C"], "a-q2": "E", "then": "save"})
    assert said.status_code == 302
    kept = {a.item: a.value for a in rating.answers.all()}
    assert kept == {"q1": "BC", "q2": "E", "q3": "D"}, "what came from elsewhere is left alone"


def test_a_scenario_that_does_not_apply_needs_its_reason_to_be_submitted(
    cast: Cast, rating: Rating, tablet: Client
) -> None:
    said = {a.item: a.value for a in rating.assessment.answers.all()} | {"warehousing": "NA"}
    batch = [Typed(item, value, "", "", MOMENT) for item, value in said.items()]
    keep_answers(rating, cast.assessor, batch, at=MOMENT)
    closing = {"then": "submit", "pledge": "yes", "visit": ""}
    page = tablet.post(address(rating), form_of(tablet, rating) | closing)
    assert page.status_code == 422
    assert "没有写理由" in page.content.decode()
    reason = {"reason-warehousing": "没有仓库，成品直接交货"}
    page = tablet.post(address(rating), form_of(tablet, rating) | closing | reason)
    assert "请填写现场评定的日期" in page.content.decode(), "the reason was kept on the way"
    assert rating.answers.get(item="warehousing").reason == "没有仓库，成品直接交货"


def test_what_was_refused_still_stands_in_the_form(
    cast: Cast, rating: Rating, tablet: Client
) -> None:
    long = "长" * 2001
    page = tablet.post(
        address(rating),
        form_of(tablet, rating) | {"remark-q2": long, "a-q3": "B", "then": "submit"},
    )
    assert page.status_code == 422
    assert long in page.content.decode()
    assert [a.item for a in rating.answers.all()] == ["q3"], "the rest was kept"


def test_the_day_of_the_visit_is_read_or_refused(
    cast: Cast, rating: Rating, tablet: Client
) -> None:
    said = rating.assessment.answers.values_list("item", "value")
    keep_answers(rating, cast.assessor, [Typed(i, v, "", "", MOMENT) for i, v in said], at=MOMENT)
    closing = {"then": "submit", "pledge": "yes", "visit": "上周三", "overall": "属实"}
    page = tablet.post(address(rating), form_of(tablet, rating) | closing)
    assert "“上周三”不是日期" in page.content.decode()
    assert "属实" in page.content.decode()


# ---------------------------------------------------------------------------- the official


def test_a_conflict_is_refused_with_others_to_ask(cast: Cast) -> None:
    from dengta.registry.actions import keep_profile

    own = cast.assessed(cast.firm)
    assert cast.other_assessor
    keep_profile(cast.assessor, employer=cast.firm.organisation.name, region_code="420100")
    client = client_of(cast, cast.city)
    where = f"/official/assessments/{own.pk}/assign/"
    fields = {"kind": "on_site", "assessor": str(cast.assessor.user_id), "note": "请看联网率"}
    page = client.post(where, fields)
    assert page.status_code == 422
    text = page.content.decode()
    assert "须回避" in text and "可以改派：other_assessor" in text
    assert "请看联网率" in text, "what was typed stays"
    for wrong, words in (({"assessor": "x"}, "专家库名单"), ({"due": "月底"}, "“月底”不是日期")):
        assert words in client.post(where, fields | wrong).content.decode()
    good = fields | {"assessor": str(cast.other_assessor.user_id)}
    assert client.post(where, good).status_code == 302
    assert own.ratings.get().assessor_id == cast.other_assessor.user_id


def test_the_same_photo_on_another_firm_is_flagged_to_the_official(
    cast: Cast, rating: Rating
) -> None:
    other = cast.rating(cast.assessed(cast.rival))
    for one in (rating, other):
        attach(one, cast.assessor, "q4", uploaded(photo(3)))
    cast.rate(rating)
    page = client_of(cast, cast.city).get(f"/official/assessments/{rating.assessment_id}/")
    assert f"也出现在{cast.rival.organisation.name}" in page.content.decode()


def test_a_pilot_is_told_that_only_a_visit_counts(cast: Cast) -> None:
    award_title(cast.firm.organisation, "pilot_firm", document="名单", awarded=DAY)
    own = cast.assessed(cast.firm)
    client = client_of(cast, cast.city)
    where = f"/official/assessments/{own.pk}/"
    assert "试点企业只认现场评定结果" in client.get(where).content.decode()
    page = client_of(cast, cast.firm.actor).get(f"/enterprise/assessment/{own.pk}/")
    assert "等级只认现场评定结果" in page.content.decode()
    cast.rate(cast.rating(own))
    assert "以现场评定结果为准" in client.get(where).content.decode()


def test_the_firm_sees_what_differs_but_not_who_sat_at_the_desk(cast: Cast) -> None:
    own = cast.assessed(cast.firm)
    rating = assign(own, cast.city, cast.other_assessor.user_id, "expert", at=MOMENT)
    client = client_of(cast, cast.firm.actor)
    where = f"/enterprise/assessment/{own.pk}/"
    assert "评定中" in client.get(where).content.decode()
    cast.rate(rating, cast.other_assessor, q2="A")
    text = client.get(where).content.decode()
    assert "31 项中有 1 项与企业自评不一致" in text
    assert "other_assessor" not in text


@pytest.mark.parametrize("page", ["official", "expert"])
def test_more_ratings_and_more_people_ask_no_more_queries(cast: Cast, page: str) -> None:
    own = cast.assessed(cast.firm)
    cast.rate(cast.rating(own))
    open_ = assign(own, cast.city, cast.other_assessor.user_id, "expert", at=MOMENT)
    client = client_of(cast, cast.city if page == "official" else cast.other_assessor)
    where = f"/official/assessments/{own.pk}/" if page == "official" else address(open_)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(where).status_code == 200
        return len(seen)

    few = 0
    for n in range(4):
        someone = cast.pooled(f"pool-{n}")
        at = MOMENT + (n + 1) * ONE_DAY
        visit = assign(own, cast.city, someone.user_id, "on_site", at=at)
        attach(visit, someone, "q4", uploaded(photo(n)))
        cast.rate(visit, someone, at=at, q2="A")
        few = few or queries()
    assert queries() == few
