"""Pages of campaigns: nothing typed is lost, what is seen is what is sent, a click counts once."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from python_calamine import load_workbook

from dengta.accounts.queries import Actor
from dengta.assessment.models import Campaign
from dengta.core.outgoing import Workbook
from dengta.trail.models import Event
from tests.cast import Cast

NEW = "/official/campaigns/new/"


@pytest.fixture
def client(cast: Cast) -> Client:
    return at_desk(cast, cast.province)


def at_desk(cast: Cast, acting: Actor) -> Client:
    made = Client()
    made.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return made


def typed(**different: Any) -> dict[str, Any]:
    filled = {
        "name": "年度测评",
        "instrument": "miit-2024",
        "due_date": (timezone.localdate() + dt.timedelta(days=20)).isoformat(),
        "basis": "list",
        "title": "",
        "industry": "",
        "codes": "",
        "note": "请如实填写。",
        "go": "look",
    }
    return filled | different


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_a_list_is_looked_at_first_and_nothing_is_sent(cast: Cast, client: Client) -> None:
    codes = f"{cast.firm.organisation.uscc}\n不是代码"
    response = client.post(NEW, typed(codes=codes))
    page = text_of(response)
    assert response.status_code == 200
    assert "将邀请 1 家企业" in page and "名单里有 1 行不能邀请" in page
    assert codes in page and "请如实填写。" in page
    assert Campaign.objects.count() == 0


def test_what_was_seen_is_what_is_sent_and_a_second_click_sends_nothing(
    cast: Cast, client: Client
) -> None:
    form = typed(codes=cast.firm.organisation.uscc, go="open", seen="1")
    first, second = client.post(NEW, form), client.post(NEW, form, follow=True)
    made = Campaign.objects.get()
    assert first["Location"] == f"/official/campaigns/{made.pk}/"
    assert "没有重复发送" in text_of(second)
    assert made.invitations.count() == 1


def test_a_list_that_changed_since_is_shown_again(cast: Cast, client: Client) -> None:
    both = f"{cast.firm.organisation.uscc}\n{cast.rival.organisation.uscc}"
    response = client.post(NEW, typed(codes=both, go="open", seen="1"))
    assert "将邀请 2 家企业" in text_of(response)
    assert Campaign.objects.count() == 0


@pytest.mark.parametrize(
    ("different", "says"),
    [
        ({"name": ""}, "还没有填写名称"),
        ({"due_date": "明天"}, "不是日期"),
        ({"due_date": "2020-01-01", "go": "open", "seen": "1"}, "应晚于今天"),
        ({"basis": ""}, "请选择按什么确定名单"),
        ({"basis": "title"}, "还没有选择"),
        ({"basis": "pilot"}, "没有可以邀请的企业"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    cast: Cast, client: Client, different: dict[str, str], says: str
) -> None:
    uscc = cast.firm.organisation.uscc
    response = client.post(NEW, typed(codes=uscc) | different)
    assert response.status_code == 422
    page = text_of(response)
    assert says in page and uscc in page and "请如实填写。" in page
    assert Campaign.objects.count() == 0


def test_reminding_and_closing_from_the_page(cast: Cast, client: Client) -> None:
    now = timezone.now()
    made = cast.campaign(cast.firm, cast.rival, at=now)
    base = f"/official/campaigns/{made.pk}"
    response = client.post(f"{base}/remind/", {"note": "快了"}, follow=True)
    assert "正在提醒 2 家" in text_of(response)
    again = client.post(f"{base}/remind/", {"note": "再来一次"})
    assert again.status_code == 422
    assert "都已提醒过" in text_of(again) and "再来一次" in text_of(again)
    response = client.post(f"{base}/take/", {"step": "close"}, follow=True)
    assert "活动已结束" in text_of(response)
    steps = Event.objects.filter(flow="campaign").order_by("pk").values_list("step", flat=True)
    assert list(steps) == ["begin", "remind", "close"]
    assert client.post(f"{base}/nonsense/").status_code == 404


def test_an_office_below_begins_with_its_own_part_and_has_no_buttons(cast: Cast) -> None:
    made = cast.campaign(cast.firm, cast.rival, cast.remote, at=timezone.now())
    client = at_desk(cast, cast.county)
    page = text_of(client.get(f"/official/campaigns/{made.pk}/"))
    assert "1 家企业中" in page and "只看江岸区" in page
    assert "提醒未完成的企业" not in page
    whole = text_of(client.get(f"/official/campaigns/{made.pk}/?area=420000"))
    assert "3 家企业中" in whole
    own = text_of(client.get(f"/official/campaigns/{made.pk}/firms/"))
    assert cast.firm.organisation.phone in own
    others = text_of(client.get(f"/official/campaigns/{made.pk}/firms/?region=420000"))
    assert cast.rival.organisation.phone not in others and "****" in others
    refused = client.post(f"/official/campaigns/{made.pk}/remind/")
    assert refused.status_code == 422 and "不在您的岗位权限内" in text_of(refused)


def test_a_campaign_out_of_sight_is_not_there(cast: Cast) -> None:
    made = cast.campaign(cast.firm, by=cast.city, at=timezone.now())
    client = at_desk(cast, cast.next_city)
    for address in ("", "firms/"):
        assert client.get(f"/official/campaigns/{made.pk}/{address}").status_code == 404
    assert client.post(f"/official/campaigns/{made.pk}/close/").status_code == 404


@pytest.mark.parametrize("query", ["?then=x&now=²", "?area=nonsense", "?page=999", "?move=no"])
def test_odd_addresses_are_answered(cast: Cast, client: Client, query: str) -> None:
    made = cast.campaign(cast.firm, at=timezone.now())
    for address in ("", "firms/"):
        page = client.get(f"/official/campaigns/{made.pk}/{address}{query}")
        assert page.status_code == 200


def test_pages_cost_as_many_queries_for_two_firms_as_for_twelve(cast: Cast, client: Client) -> None:
    firms = [cast.enrol(f"one-{n}") for n in range(12)]
    few = cast.campaign(*firms[:2], at=timezone.now(), name="少")
    many = cast.campaign(*firms, at=timezone.now(), name="多")
    for address in ("", "firms/"):
        counted = []
        for made in (few, many):
            with CaptureQueriesContext(connection) as captured:
                client.get(f"/official/campaigns/{made.pk}/{address}")
            counted.append(len(captured))
        assert counted[0] == counted[1], address


def test_the_firm_finds_the_call_on_its_desk_and_starts_from_it(cast: Cast) -> None:
    cast.campaign(cast.firm, at=timezone.now())
    client = at_desk(cast, cast.firm.actor)
    for address in ("/enterprise/", "/enterprise/assessment/"):
        page = text_of(client.get(address))
        assert "省经信厅请您在" in page and "还剩" in page
        assert 'name="instrument" value="miit-2024"' in page


def test_an_uploaded_list_joins_the_pasted_one_and_stays_without_the_file(
    cast: Cast, client: Client
) -> None:
    one, other = cast.firm.organisation, cast.rival.organisation
    rows = f"统一社会信用代码,名称\r\n{other.uscc},{other.name}\r\n错,\r\n".encode("gb18030")
    file = SimpleUploadedFile("名单.csv", rows)
    page = text_of(client.post(NEW, typed(codes=one.uscc, file=file)))
    assert "将邀请 2 家企业" in page and "名单里有 1 行不能邀请" in page
    assert other.uscc in page and one.uscc in page


def test_a_workbook_is_read_and_a_picture_refused_with_what_to_do(
    cast: Cast, client: Client, tmp_path: Path
) -> None:
    book = Workbook(tmp_path / "a.xlsx")
    book.sheet("名单", ["信用代码", "名称"]).row([cast.firm.organisation.uscc, "江岸精工"])
    book.close()
    file = SimpleUploadedFile("名单.xlsx", (tmp_path / "a.xlsx").read_bytes())
    assert "将邀请 1 家企业" in text_of(client.post(NEW, typed(basis="pilot", file=file)))
    wrong = SimpleUploadedFile("名单.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    response = client.post(NEW, typed(codes="手工填的", file=wrong))
    page = text_of(response)
    assert response.status_code == 422
    assert "内容不是表格" in page and "手工填的" in page


def test_the_list_is_taken_away_as_it_is_shown(cast: Cast, client: Client) -> None:
    made = cast.campaign(cast.firm, cast.rival, at=timezone.now())
    firm = cast.firm.organisation
    response = client.get(f"/official/campaigns/{made.pk}/firms.xlsx?region=420102")
    assert response["Content-Disposition"].startswith("attachment")
    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    heads, row = book.get_sheet_by_index(0).to_python()
    assert heads[:2] == ["统一社会信用代码", "企业名称"]
    assert row[:3] == [firm.uscc, firm.name, "江岸区"]
    assert row[5] == "未开始" and row[-1] == firm.phone
    other = at_desk(cast, cast.next_city)
    hidden = other.get(f"/official/campaigns/{made.pk}/firms.xlsx?region=420102")
    rows = load_workbook(BytesIO(b"".join(hidden.streaming_content))).get_sheet_by_index(0)
    assert "****" in rows.to_python()[1][-1]
