"""From a round's notice to handing in, by its pages: a click counts once, what is missing is listed
with its place, an office applies by the same pages as a firm."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.programmes.actions.checking import check
from dengta.programmes.actions.rounds import open_round
from dengta.programmes.models import Application, Round
from dengta.rights.actions import give_consent
from dengta.trail.models import Event
from tests.cast import Cast
from tests.programmes.conftest import Beside
from tests.programmes.desk import (
    A_DAY,
    at_desk,
    draft_now,
    handed_in,
    open_now,
    text_of,
    whole_now,
)


@pytest.fixture
def firm(cast: Cast) -> Client:
    return at_desk(cast, cast.firm.actor)


def check_page(draft: Application) -> str:
    return f"/applications/{draft.pk}/check/"


def pledged(**different: str) -> dict[str, str]:
    return {"step": "submit", "pledge": "yes", "pledged_by": "张三"} | different


def test_a_round_says_who_may_apply_and_what_is_asked(cast: Cast, firm: Client) -> None:
    round = open_now(cast, document_number="鄂经信〔2026〕9号")
    open_now(cast, opens_at=timezone.now() + A_DAY, closes_at=timezone.now() + 9 * A_DAY)
    page = text_of(Client().get(f"/rounds/{round.pk}/"))
    for words in (
        "登录后申报",
        "鄂经信〔2026〕9号",
        "评分标准",
        "场景名称",
        "每个申报单位最多 1 个",
    ):
        assert words in page
    mine = text_of(firm.get(f"/rounds/{round.pk}/"))
    assert "开始申报" in mine and "请同意用企业档案比对政策" in mine
    give_consent(cast.firm.actor, "policy_matching")
    assert "待补充后判断" in text_of(firm.get(f"/rounds/{round.pk}/"))
    supplier = at_desk(cast, cast.supplier.actor)
    assert "您现在的身份不能申报" in text_of(supplier.get(f"/rounds/{round.pk}/"))
    listed = text_of(Client().get("/rounds/?show=open"))
    assert listed.count("queue-row") == 2 and "还没有符合" not in listed


def test_a_notice_that_is_not_published_is_nobodys_yet(cast: Cast) -> None:
    now = timezone.now()
    made = open_round(cast.province, selection="scenario", name="未发布", opens_at=now,
                      closes_at=now + A_DAY, key="hidden")  # fmt: skip
    assert Client().get(f"/rounds/{made.pk}/").status_code == 404
    assert "未发布" not in text_of(Client().get("/rounds/"))
    assert at_desk(cast, cast.city).get(f"/official/rounds/{made.pk}/").status_code == 404
    assert at_desk(cast, cast.province).get(f"/official/rounds/{made.pk}/").status_code == 200


def test_starting_twice_is_one_application(cast: Cast, firm: Client) -> None:
    round = open_now(cast)
    start = f"/rounds/{round.pk}/start/"
    first, second = (firm.post(start, {"key": "a"}) for _ in range(2))
    made = Application.objects.get()
    assert first["Location"] == second["Location"] == f"/applications/{made.pk}/form/firm/"
    refused = firm.post(start, {"key": "b"}, follow=True)
    assert "每家最多申报 1 个" in text_of(refused) and Application.objects.count() == 1
    strange = at_desk(cast, cast.supplier.actor).post(start, {"key": "c"}, follow=True)
    assert "您的身份不能申报" in text_of(strange)


def test_what_is_missing_is_listed_with_its_place(cast: Cast, firm: Client) -> None:
    draft = draft_now(cast, cast.firm)
    page = text_of(firm.get(check_page(draft)))
    for place in ("form/scene/#id_f-scene_name_field", "papers/#slot-users_proof"):
        assert f'href="/applications/{draft.pk}/{place}"' in page
    sent = firm.post(check_page(draft), pledged())
    assert sent.status_code == 422 and "没有填" in text_of(sent) and "张三" in text_of(sent)
    draft.refresh_from_db()
    assert draft.submitted_at is None


def test_handing_in_needs_the_pledge_and_counts_once(cast: Cast, firm: Client) -> None:
    draft = whole_now(cast, cast.firm)
    page = text_of(firm.get(check_page(draft)))
    assert "如有虚假，接受取消资格" in page and "以前没有获得同一认定" in page
    unpledged = firm.post(check_page(draft), pledged(pledge=""))
    assert unpledged.status_code == 422 and "请先勾选承诺" in text_of(unpledged)
    for _ in range(2):
        done = firm.post(check_page(draft), pledged(), follow=True)
        assert done.redirect_chain[-1][0] == f"/applications/{draft.pk}/"
        assert "已提交" in text_of(done)
    assert Event.objects.filter(flow="application", step="submit").count() == 1
    assert firm.get(check_page(draft))["Location"] == f"/applications/{draft.pk}/"


def test_past_the_deadline_it_is_said_and_nothing_is_lost(cast: Cast, firm: Client) -> None:
    draft = whole_now(cast, cast.firm)
    Round.objects.update(closes_at=timezone.now() - dt.timedelta(seconds=1))
    late = firm.post(check_page(draft), pledged())
    assert late.status_code == 422 and "以服务器时间为准" in text_of(late)


def test_what_was_returned_stands_first_and_goes_back_to_who_asked(
    cast: Cast, firm: Client
) -> None:
    made = handed_in(cast, cast.firm)
    reopen = {"scene_pain": "请补充数据", "slot:users_proof": "看不清"}
    check(made, cast.county, "return_county", reopen=reopen)
    page = text_of(firm.get(f"/applications/{made.pk}/"))
    assert page.index("请补充数据") < page.index("填报内容")
    assert f"/applications/{made.pk}/papers/#slot-users_proof" in page
    same = firm.post(check_page(made), {"step": "resubmit_county"})
    assert same.status_code == 422 and "还没有改" in text_of(same)
    for _ in range(2):
        done = firm.post(check_page(made), {"step": "resubmit_county", "note": "数据在附件里"},
                         follow=True)  # fmt: skip
        assert "已提交" in text_of(done)
    made.refresh_from_db()
    assert made.state == "county_check"


def test_withdrawing_is_one_click_and_ends_it(cast: Cast, firm: Client) -> None:
    made = handed_in(cast, cast.firm)
    base = f"/applications/{made.pk}/step"
    assert firm.post(f"{base}/nonsense/").status_code == 404
    assert "已撤回" in text_of(firm.post(f"{base}/withdraw/", {"step": "withdraw"}, follow=True))
    made.refresh_from_db()
    assert made.state == "withdrawn"


def test_an_earlier_application_is_taken_into_a_new_draft(cast: Cast, firm: Client) -> None:
    earlier = handed_in(cast, cast.firm, scene_name="去年的场景")
    draft = draft_now(cast, cast.firm)
    assert earlier.number in text_of(firm.get(f"/applications/{draft.pk}/"))
    for says in ("请逐部分核对", "没有再带入"):
        assert says in text_of(firm.post(f"/applications/{draft.pk}/carry/", follow=True))
    assert draft.entries.get(field="scene_name").value == "去年的场景"


def test_a_city_applies_by_the_same_pages(cast: Cast, beside: Beside) -> None:
    beside("pilot", applicant="city", steps=("formal_check", "publicity"), quotas=())
    round = open_now(cast, "pilot")
    city = at_desk(cast, cast.city)
    assert "开始申报" in text_of(city.get(f"/rounds/{round.pk}/"))
    answer = city.post(f"/rounds/{round.pk}/start/", {"key": "a", "title": "城市试点"})
    made = Application.objects.get()
    assert answer["Location"] == f"/applications/{made.pk}/form/firm/"
    assert city.get(answer["Location"]).status_code == 200
    assert "城市试点" in text_of(city.get("/applications/"))
    assert at_desk(cast, cast.next_city).get(f"/applications/{made.pk}/").status_code == 404


def test_lists_ask_as_much_for_many_as_for_few(cast: Cast, firm: Client, several: Any) -> None:
    counts: list[list[int]] = []
    for more in (1, 3):
        for _ in range(more):
            draft_now(cast, cast.firm, open_now(cast, several.id))
        counts.append([])
        for address in ("/applications/", "/rounds/"):
            with CaptureQueriesContext(connection) as asked:
                assert firm.get(address).status_code == 200
            counts[-1].append(len(asked))
    assert counts[0] == counts[1]
