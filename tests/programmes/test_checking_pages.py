"""Officials' pages of rounds and applications: exceptions first, single fields returned each with
its reason, several passed at once, each for itself; what was typed stays."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import load_workbook

from dengta.programmes.actions.checking import check
from dengta.programmes.models import Application, Publication, QuotaCount, Round
from dengta.trail.actions import advance
from dengta.trail.models import Event
from tests.cast import Cast
from tests.programmes.desk import A_DAY, at_desk, handed_in, open_now, text_of

NEW = "/official/rounds/new/"
QUEUE = "/official/applications/"


@pytest.fixture
def county(cast: Cast) -> Client:
    return at_desk(cast, cast.county)


def step(made: Application) -> str:
    return f"/official/applications/{made.pk}/step/take/"


def notice(**different: str) -> dict[str, str]:
    opens = timezone.localtime() + A_DAY
    filled = {
        "key": "one",
        "selection": "scenario",
        "name": "2026 年优秀应用场景遴选",
        "document_number": "鄂经信〔2026〕9号",
        "opens_at": f"{opens:%Y-%m-%dT%H:%M}",
        "closes_at": f"{opens + 30 * A_DAY:%Y-%m-%dT%H:%M}",
        "places": "",
        "budget_fen": "5000",
        "notice": "请各地组织申报。",
    }
    return filled | different


def test_a_round_is_prepared_once_published_and_extended(cast: Cast) -> None:
    province = at_desk(cast, cast.province)
    assert "优秀应用场景遴选" in text_of(province.get(NEW))
    first, second = province.post(NEW, notice()), province.post(NEW, notice())
    made = Round.objects.get()
    assert first["Location"] == second["Location"] == f"/official/rounds/{made.pk}/"
    assert (made.state, made.budget_fen) == ("draft", 5_000 * 1_000_000)
    base = f"/official/rounds/{made.pk}/step/take/"
    assert "通知已发布" in text_of(province.post(base, {"step": "publish"}, follow=True))
    later = f"{timezone.localtime() + 90 * A_DAY:%Y-%m-%dT%H:%M}"
    refused = province.post(base, {"step": "extend", "closes_at": later, "note": ""})
    assert refused.status_code == 422 and later in text_of(refused)
    earlier = {"step": "extend", "closes_at": "2020-01-01T00:00", "note": "提前"}
    refused = province.post(base, earlier)
    assert refused.status_code == 422 and "不能提前" in text_of(refused)
    province.post(base, {"step": "extend", "closes_at": later, "note": "汛期顺延"})
    made.refresh_from_db()
    assert f"{timezone.localtime(made.closes_at):%Y-%m-%dT%H:%M}" == later
    assert "汛期顺延" in text_of(Client().get(f"/rounds/{made.pk}/"))
    assert province.post(base, {"step": "nonsense"}).status_code == 404


@pytest.mark.parametrize(
    ("different", "says"),
    [
        ({"name": ""}, "还没有填写名称"),
        ({"opens_at": "下周"}, "不是时间"),
        ({"closes_at": "2020-01-01T00:00"}, "要晚于开始时间"),
        ({"selection": ""}, "请选择这一批遴选什么"),
        ({"places": "很多"}, "不是整数"),
    ],
)
def test_what_cannot_be_of_a_round_is_said_and_stays(
    cast: Cast, different: dict[str, str], says: str
) -> None:
    answer = at_desk(cast, cast.province).post(NEW, notice(**different))
    page = text_of(answer)
    assert answer.status_code == 422 and says in page
    assert "请各地组织申报。" in page and "鄂经信〔2026〕9号" in page
    assert not Round.objects.exists()


def test_only_the_province_prepares_rounds(cast: Cast, county: Client) -> None:
    assert county.get(NEW).status_code == 403
    round = open_now(cast)
    answer = county.post(f"/official/rounds/{round.pk}/step/take/", {"step": "terminate"})
    assert answer.status_code == 422 and "没有这项权限" in text_of(answer)
    assert at_desk(cast, cast.firm.actor).get("/official/rounds/").status_code == 403


def test_single_fields_are_returned_each_with_its_reason(cast: Cast, county: Client) -> None:
    made = handed_in(cast, cast.firm)
    page = text_of(county.get(f"/official/applications/{made.pk}/"))
    assert 'name="why-scene_pain"' in page and 'name="why-slot:users_proof"' in page
    assert 'name="why-uscc"' not in page
    nothing = county.post(step(made), {"step": "return_county", "back_note": "总的说明"})
    assert nothing.status_code == 422
    assert "逐项写明理由" in text_of(nothing) and "总的说明" in text_of(nothing)
    long = county.post(step(made), {"step": "return_county", "why-scene_pain": "长" * 501})
    assert long.status_code == 422 and "长" * 501 in text_of(long)
    sent = {"step": "return_county", "why-scene_pain": "请补充数据", "why-slot:users_proof": " "}
    assert "退回修改" in text_of(county.post(step(made), sent, follow=True))
    assert list(made.reopenings.values_list("item", "reason")) == [("scene_pain", "请补充数据")]
    again = county.post(step(made), sent)
    assert again.status_code == 422 and "刚刚已由他人办理" in text_of(again)


def test_what_the_machine_marked_stands_first_and_asks_for_a_word(
    cast: Cast, county: Client
) -> None:
    made = handed_in(cast, cast.firm, employees=20)
    page = text_of(county.get(f"/official/applications/{made.pk}/"))
    assert page.index("机器核对有 1 项要看") < page.index("填报内容")
    refused = county.post(step(made), {"step": "pass_county"})
    assert refused.status_code == 422 and "请写明核对情况" in text_of(refused)
    county.post(step(made), {"step": "pass_county", "note": "社保清单核对无误"})
    made.refresh_from_db()
    assert made.state == "city_recommend"


def test_each_office_sees_and_does_its_own(cast: Cast, county: Client) -> None:
    made = handed_in(cast, cast.firm)
    address = f"/official/applications/{made.pk}/"
    assert at_desk(cast, cast.next_county).get(address).status_code == 404
    assert at_desk(cast, cast.firm.actor).get(address).status_code == 403
    city = at_desk(cast, cast.city)
    assert "初审通过" not in text_of(city.get(address))
    assert city.post(step(made), {"step": "pass_county"}).status_code == 422
    assert county.post(step(made), {"step": "award"}).status_code == 404
    for actor, says in ((cast.county, made.number), (cast.city, "现在没有要办的申报")):
        assert says in text_of(at_desk(cast, actor).get(QUEUE))
    paper = made.attachments.first()
    assert paper is not None
    address = f"/documents/{paper.document_id}/"
    assert b"".join(county.get(address).streaming_content)
    assert at_desk(cast, cast.next_county).get(address).status_code == 404


def test_recommending_shows_what_is_left_and_cannot_exceed_it(
    cast: Cast, several: Any, county: Client
) -> None:
    round = open_now(cast, several.id)
    made = [handed_in(cast, firm, round) for firm in (cast.firm, cast.enrol("b"), cast.enrol("c"))]
    city = at_desk(cast, cast.city)
    list_page = f"/official/rounds/{round.pk}/applications/"
    assert text_of(county.get(list_page)).count('name="chosen"') == 3
    chosen = {"chosen": [each.pk for each in made]}
    assert "已通过 3 件" in text_of(county.post(list_page, chosen, follow=True))
    assert "3 件已办过" in text_of(county.post(list_page, chosen, follow=True))
    assert "推荐名额还剩 2 个，共 2 个" in text_of(city.get(f"{QUEUE}{made[0].pk}/"))
    answer = text_of(city.post(list_page, chosen, follow=True))
    assert "已通过 2 件" in answer
    assert f"武汉市的推荐名额 2 个已用完，{made[2].number} 没有办理" in answer
    assert QuotaCount.objects.get(round=round, value="420100").used == 2


def test_what_was_marked_cannot_be_ticked(cast: Cast, county: Client) -> None:
    made = handed_in(cast, cast.firm, employees=20)
    address = f"/official/rounds/{made.round_id}/applications/"
    assert 'name="chosen"' not in text_of(county.get(address))
    assert made.number in text_of(county.get(f"{address}?odd=1&state=county_check"))
    assert made.number not in text_of(county.get(f"{address}?state=panel"))
    forced = county.post(address, {"chosen": made.pk}, follow=True)
    assert "项异常" in text_of(forced)
    sheet = io.BytesIO(b"".join(county.get(f"{address[:-1]}.xlsx?odd=1").streaming_content))
    rows = load_workbook(sheet).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == [made.number]


def test_a_visit_is_entered_with_its_day(cast: Cast) -> None:
    made = handed_in(cast, cast.firm)
    for actor, name in ((cast.county, "county"), (cast.city, "city"), (cast.province, "province")):
        check(made, actor, f"pass_{name}")
    advance(made, "finish_panel", by=cast.province)
    province = at_desk(cast, cast.province)
    today = timezone.localdate()
    far = {"step": "pass_visit", "visit_date": str(today + A_DAY), "visit_note": "属实"}
    for wrong in (far, far | {"visit_date": "昨天"}, far | {"visit_date": ""}):
        answer = province.post(step(made), wrong)
        assert answer.status_code == 422 and "属实" in text_of(answer)
    province.post(step(made), far | {"visit_date": str(today)})
    made.refresh_from_db()
    assert (made.state, made.visit_date, made.visit_note) == ("ranked", today, "属实")


def test_a_city_takes_its_letter_from_the_rounds_page(cast: Cast, county: Client) -> None:
    made = handed_in(cast, cast.firm)
    address = f"/official/rounds/{made.round_id}/"
    city = at_desk(cast, cast.city)
    assert "还没有推荐的申报" in text_of(city.post(f"{address}letter/", follow=True))
    check(made, cast.county, "pass_county")
    check(made, cast.city, "pass_city")
    for _ in range(2):
        assert "可以下载了" in text_of(city.post(f"{address}letter/", follow=True))
    letter = Publication.objects.get(kind="letter")
    for part in ("letter", "summary"):
        answer = city.get(f"/official/letters/{letter.pk}/{part}/")
        assert answer.content.startswith(b"%PDF")
    assert county.get(f"/official/letters/{letter.pk}/letter/").status_code == 404
    assert "没有这项权限" in text_of(county.post(f"{address}letter/", follow=True))


def test_lists_of_an_office_ask_as_much_for_many_as_for_few(
    cast: Cast, county: Client, several: Any
) -> None:
    round = open_now(cast, several.id)
    counts: list[list[int]] = []
    for firms in ((cast.firm,), (cast.enrol("b"), cast.enrol("c"), cast.enrol("d"))):
        for firm in firms:
            handed_in(cast, firm, round)
        counts.append([])
        page = f"/official/rounds/{round.pk}/"
        lists = (QUEUE, "/official/rounds/", page, f"{page}applications/", "/official/ageing/")
        for address in lists:
            with CaptureQueriesContext(connection) as asked:
                assert county.get(address).status_code == 200
            counts[-1].append(len(asked))
    assert counts[0] == counts[1]


def test_what_is_late_is_seen(cast: Cast, county: Client) -> None:
    made = handed_in(cast, cast.firm)
    long_ago = timezone.now() - dt.timedelta(days=60)
    Application.objects.filter(pk=made.pk).update(state_since=long_ago)
    assert "本页有 1 件已逾期" in text_of(county.get(QUEUE))
    page = text_of(at_desk(cast, cast.province).get("/official/ageing/"))
    assert "在办 1 件，其中 1 件已逾期" in page and "江岸区经信局" in page
    assert Event.objects.filter(flow="application").count() == 2
