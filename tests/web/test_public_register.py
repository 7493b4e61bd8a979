"""Registration and sign-in: what is wrong is said beside its field, and nothing happens twice."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpResponse
from django.test import Client

from dengta.core.codes import make_uscc
from dengta.matching.queries.terms import own_sub_industry
from dengta.registry.models import EnterpriseYear, Organisation

pytestmark = pytest.mark.django_db

USCC = make_uscc("420102", 7)
FORM = {
    "uscc": USCC,
    "name": "武汉某某汽车零部件有限公司",
    "region_code": "420102",
    "established_date": "2012-03-05",
    "industry_code": "36",
    "employees": "180",
    "revenue_wan": "9000",
    "assets_wan": "7500.5",
    "legal_person": "",
    "phone": "027-87654321",
    "address": "",
    "username": "qicheling",
    "password": "yangtze-river-9",
    "password_again": "yangtze-river-9",
    "agreed": "on",
}


def register(client: Client, **changes: str) -> HttpResponse:
    response: HttpResponse = client.post("/register/", FORM | changes)
    return response


def problems(response: HttpResponse) -> str:
    """What the page complains of, beside its fields."""
    assert response.status_code == 422
    return " ".join(
        re.findall(r'class="field-error">.*?<span>(.*?)</span>', response.content.decode(), re.S)
    )


def test_a_firm_registers_is_signed_in_and_goes_on_to_consent(client: Client) -> None:
    response = register(client)
    assert (response.status_code, response["Location"]) == (302, "/enterprise/consent/")
    firm = Organisation.objects.get(uscc=USCC)
    assert (firm.size_class, firm.region_code, firm.kind) == ("small", "420102", "enterprise")
    year = EnterpriseYear.objects.get(organisation=firm)
    assert (year.employees, year.revenue_fen, year.assets_fen) == (
        180,
        9_000_000_000,
        7_500_500_000,
    )
    assert client.session["_auth_user_id"] == str(
        get_user_model().objects.get(username="qicheling").pk
    )


def test_sent_twice_it_registers_once_and_goes_on_the_same_way(client: Client) -> None:
    register(client)
    again = register(client)
    assert again["Location"] == "/enterprise/consent/"
    assert Organisation.objects.count() == 1
    assert get_user_model().objects.count() == 1


def test_a_code_that_is_registered_already_is_said_so_with_what_to_do(client: Client) -> None:
    register(client)
    other = register(Client(), username="another")
    assert f"统一社会信用代码 {USCC} 已经注册" in problems(other)
    assert "请联系所在区县经信部门" in problems(other)
    assert not get_user_model().objects.filter(username="another").exists()


def test_a_taken_sign_in_name_leaves_no_half_registered_firm(client: Client) -> None:
    register(client)
    other = make_uscc("420102", 8)
    assert "登录名“qicheling”已有人使用" in problems(register(Client(), uscc=other))
    assert not Organisation.objects.filter(uscc=other).exists()


def test_a_code_may_be_typed_with_blanks_and_in_small_letters(client: Client) -> None:
    typed = f"{USCC[:2]} {USCC[2:8]}-{USCC[8:]}".lower()
    assert register(client, uscc=typed).status_code == 302
    assert Organisation.objects.get().uscc == USCC


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("uscc", "", "请填写统一社会信用代码"),
        ("uscc", "420100123456789", "旧的工商注册号"),
        ("uscc", USCC[:-1] + ("0" if USCC[-1] != "0" else "1"), "第 18 位"),
        ("name", "", "请填写企业名称"),
        ("name", "长" * 121, "企业名称太长，最多 120 个字"),
        ("region_code", "", "请选择所在区县"),
        ("region_code", "420100", "所在区县没有“420100”这个选项"),
        ("established_date", "2999-01-01", "成立日期“2999-01-01”晚于"),
        ("established_date", "昨天", "成立日期“昨天”不是日期"),
        ("industry_code", "", "请选择主营行业"),
        ("employees", "", "请填写从业人员"),
        ("employees", "很多", "从业人员“很多”不是整数"),
        ("revenue_wan", "九千", "营业收入“九千”不是数字"),
        ("assets_wan", "-1", "资产总额不能是“-1”"),
        ("phone", "打我", "电话只用数字"),
        ("username", "a b", "登录名只能用字母"),
        ("password_again", "other", "两次输入的密码不一样"),
        ("agreed", "", "请先确认以上内容属实"),
    ],
)
def test_each_field_says_what_is_wrong_and_how_to_mend_it(
    client: Client, field: str, typed: str, words: str
) -> None:
    assert words in problems(register(client, **{field: typed}))
    assert not Organisation.objects.exists()


def test_a_firm_that_names_its_sub_industry_is_recommended_for_it(client: Client) -> None:
    assert register(client, industry_code="367").status_code == 302
    assert own_sub_industry(Organisation.objects.get()) == "auto_parts"


def test_a_password_like_the_sign_in_name_or_a_common_one_is_refused(client: Client) -> None:
    for weak in ("qicheling1", "password", "12345678"):
        assert problems(register(client, password=weak, password_again=weak))
    assert not Organisation.objects.exists()


def test_after_a_mistake_everything_but_the_passwords_is_still_there(client: Client) -> None:
    page = register(client, uscc="91").content.decode()
    assert 'value="武汉某某汽车零部件有限公司"' in page
    assert 'value="7500.5"' in page
    assert re.search(r'value="420102"\s+selected', page)
    assert "yangtze-river-9" not in page


def test_several_mistakes_are_said_at_once(client: Client) -> None:
    response = register(client, uscc="91", name="", employees="x")
    assert "有 3 处需要修改" in response.content.decode()


def check(client: Client, given: Mapping[str, str]) -> str:
    response = client.get("/register/check/", given)
    assert response.status_code == 200
    return response.content.decode()


def test_the_code_is_checked_while_typed_and_hints_at_the_region(client: Client) -> None:
    assert "两位校验码都正确" in check(client, {"uscc": USCC})
    assert "登记机关在武汉市江岸区" in check(client, {"uscc": USCC})
    assert "还差 14 位" in check(client, {"uscc": "9142"})
    assert "第 18 位" in check(client, {"uscc": USCC[:-1] + ("0" if USCC[-1] != "0" else "1")})
    assert "tone-" not in check(client, {"uscc": ""})


def test_the_size_class_is_explained_while_typed(client: Client) -> None:
    given = {"industry_code": "36", "employees": "180", "revenue_wan": "9000"}
    assert "小型" in check(client, given)
    assert "还差营业收入" in check(client, given | {"revenue_wan": ""})
    assert "小型" in check(client, given | {"assets_wan": "x"})


def test_someone_signed_in_is_not_asked_to_register_again(client: Client) -> None:
    register(client)
    assert client.get("/register/")["Location"] == "/desk/"
    other = register(client, uscc=make_uscc("420102", 9), username="second")
    assert other["Location"] == "/desk/"
    assert Organisation.objects.count() == 1


def sign_in(client: Client, password: str, **more: str) -> HttpResponse:
    form = {"login": "qicheling", "password": password} | more
    response: HttpResponse = client.post("/sign-in/", form)
    return response


def test_signing_in_leads_to_the_page_that_asked_for_it(client: Client) -> None:
    register(client)
    fresh = Client()
    assert fresh.get("/enterprise/vouchers/")["Location"].startswith("/sign-in/?next=")
    page = fresh.get("/sign-in/?next=/enterprise/vouchers/").content.decode()
    assert 'name="next" value="/enterprise/vouchers/"' in page
    response = sign_in(fresh, FORM["password"], next="/enterprise/vouchers/")
    assert response["Location"] == "/enterprise/vouchers/"


@pytest.mark.parametrize("away", ["https://example.org/", "//example.org/x", "javascript:alert(1)"])
def test_signing_in_never_leads_off_this_site(client: Client, away: str) -> None:
    register(client)
    assert sign_in(Client(), FORM["password"], next=away)["Location"] == "/desk/"


def test_a_wrong_password_does_not_say_which_of_the_two_was_wrong(client: Client) -> None:
    register(client)
    known = sign_in(Client(), "wrong").content.decode()
    unknown = Client().post("/sign-in/", {"login": "nobody", "password": "x"}).content.decode()
    assert "登录名或密码不对" in known
    assert "登录名或密码不对" in unknown


def test_five_failures_lock_the_name_for_a_while_even_with_the_right_password(
    client: Client,
) -> None:
    register(client)
    fresh = Client()
    for _attempt in range(4):
        assert sign_in(fresh, "wrong").status_code == 200
    locked = sign_in(fresh, "wrong")
    assert locked.status_code == 429
    assert "登录已暂时锁定" in locked.content.decode()
    assert sign_in(fresh, FORM["password"]).status_code == 429


def test_the_sign_in_page_shows_no_sign_ins(client: Client) -> None:
    page = client.get("/sign-in/").content.decode()
    assert "dengta-2026" not in page
