"""The pages of a diagnosis, from the firm's order to the office's mark."""

from __future__ import annotations

import pytest
from django.test import Client

from dengta.assessment.actions import diagnosis as actions
from dengta.assessment.models import DiagnosisOrder
from dengta.trail.models import Event
from tests.assessment.test_diagnosis import diagnoser, written
from tests.cast import Cast, Firm


@pytest.fixture
def pool(cast: Cast) -> list[Firm]:
    return [diagnoser(cast, f"diagnoser{n}") for n in range(3)]


def client(username: str) -> Client:
    signed_in = Client()
    assert signed_in.login(username=username, password="Jiang-An-1861")
    return signed_in


@pytest.fixture(autouse=True)
def plain_sign_in(settings: object) -> None:
    backends = ["django.contrib.auth.backends.ModelBackend"]
    settings.AUTHENTICATION_BACKENDS = backends  # type: ignore[attr-defined]


def test_a_firm_orders_twice_by_a_double_click_and_gets_one_order(cast: Cast) -> None:
    firm = client(cast.user(cast.firm.actor).username)
    for _ in range(2):
        answer = firm.post("/enterprise/diagnosis/", {"scope": "whole", "wish": "交期说不清"})
        assert answer.status_code == 302
    order = DiagnosisOrder.objects.get()
    assert answer["Location"] == f"/enterprise/diagnosis/{order.pk}/"


def test_a_wish_that_is_too_long_is_said_and_kept(cast: Cast) -> None:
    firm = client(cast.user(cast.firm.actor).username)
    wish = "长" * 2001
    answer = firm.post("/enterprise/diagnosis/", {"scope": "whole", "wish": wish})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "最多 2000 字，现在有 2001 字" in page
    assert wish in page
    assert not DiagnosisOrder.objects.exists()


def test_choosing_without_a_choice_says_what_to_do(cast: Cast, pool: list[Firm]) -> None:
    firm = client(cast.user(cast.firm.actor).username)
    firm.post("/enterprise/diagnosis/", {"scope": "whole"})
    order = DiagnosisOrder.objects.get()
    answer = firm.post(f"/enterprise/diagnosis/{order.pk}/choose/", {"reason": "离得近"})
    assert answer.status_code == 422
    assert "请先选一家机构" in answer.content.decode()
    assert "离得近" in answer.content.decode()
    uscc = pool[1].organisation.uscc
    answer = firm.post(f"/enterprise/diagnosis/{order.pk}/choose/", {"provider": uscc})
    assert answer.status_code == 302
    again = firm.post(f"/enterprise/diagnosis/{order.pk}/choose/", {"provider": uscc})
    assert again.status_code == 422
    assert Event.objects.filter(flow="diagnosis", step="choose").count() == 1


def gaps_typed(**different: str) -> dict[str, str]:
    return {
        "findings": "车间靠人工传单。", "gap-TOTAL_FORMS": "2", "gap-INITIAL_FORMS": "0",
        "gap-0-title": "工单靠纸", "gap-0-advice": "上线工单系统", "gap-0-severity": "3",
        "gap-0-item": "", "gap-0-cost_fen": "12.5", "gap-0-days": "30", "gap-1-title": "",
        "gap-1-advice": "", "gap-1-severity": "2", "gap-1-item": "", "gap-1-cost_fen": "",
        "gap-1-days": "", "do": "send",
    } | different  # fmt: skip


def test_a_report_is_written_and_sent(cast: Cast, pool: list[Firm]) -> None:
    order = written(cast, pool[0])
    provider = client(cast.user(pool[0].actor).username)
    answer = provider.post(f"/provider/diagnosis/{order.pk}/report/", gaps_typed())
    assert answer.status_code == 302
    order.refresh_from_db()
    gap = order.gaps.get()
    assert (order.state, gap.title, gap.cost_fen, gap.days) == (
        "commenting", "工单靠纸", 12_500_000, 30,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"gap-0-advice": ""}, "请写改进建议"),
        ({"gap-0-title": ""}, "请写明短板是什么"),
        ({"gap-0-cost_fen": "很多"}, "不是数字"),
        ({"findings": "长" * 5001}, "最多 5000 字"),
    ],
)
def test_what_is_wrong_in_a_report_is_said_and_nothing_typed_is_lost(
    cast: Cast, pool: list[Firm], wrong: dict[str, str], said: str
) -> None:
    order = written(cast, pool[0])
    provider = client(cast.user(pool[0].actor).username)
    answer = provider.post(f"/provider/diagnosis/{order.pk}/report/", gaps_typed(**wrong))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert said in page
    for typed in (gaps_typed() | wrong).values():
        assert typed in page
    order.refresh_from_db()
    assert order.state == "drafting"


def test_strangers_find_nothing(cast: Cast, pool: list[Firm]) -> None:
    order = written(cast, pool[0])
    for username, address in (
        (cast.user(cast.rival.actor).username, f"/enterprise/diagnosis/{order.pk}/"),
        (cast.user(pool[1].actor).username, f"/provider/diagnosis/{order.pk}/"),
        (cast.user(pool[1].actor).username, f"/provider/diagnosis/{order.pk}/report/"),
        (cast.user(cast.next_county).username, f"/official/diagnosis/{order.pk}/"),
    ):
        assert client(username).get(address).status_code == 404


def test_lists_ask_the_same_however_long(
    cast: Cast, pool: list[Firm], django_assert_max_num_queries: object
) -> None:
    for firm in (cast.firm, cast.rival, cast.remote):
        order = actions.order_diagnosis(firm.actor, firm.organisation, scope="whole")
        actions.choose(order, firm.actor, pool[0].organisation)
    official, provider = client("province" if cast.province else ""), client("diagnoser0")
    for who, address in ((official, "/official/diagnosis/"), (provider, "/provider/diagnosis/")):
        who.get(address)
        with django_assert_max_num_queries(9):  # type: ignore[operator]
            page = who.get(address).content.decode()
        assert page.count("ZD20") == 3
