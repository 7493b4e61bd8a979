"""The what-if page: a plain GET that keeps nothing; what cannot be is said where it stands."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dengta.assessment.models import Assessment
from tests.cast import MOMENT, Cast

PAGE = "/official/what-if/"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is MOMENT: consents run out, so the day matters."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)


@pytest.fixture
def client(cast: Cast) -> Client:
    made = Client()
    made.force_login(cast.user(cast.province), "django.contrib.auth.backends.ModelBackend")
    return made


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_nothing_turned_moves_nobody(cast: Cast, client: Client) -> None:
    cast.shares(cast.firm)
    cast.assessed(cast.firm, "C", 3)
    page = text_of(client.get(PAGE))
    assert "没有企业的等级会变化" in page and "合计 100%" in page


def test_a_turned_gate_moves_firms_and_names_them(cast: Cast, client: Client) -> None:
    cast.shares(cast.firm)
    done = cast.assessed(cast.firm, "C", 3)
    done.refresh_from_db()
    assert done.level is not None and done.score_milli is not None
    gate = f"g-{done.level + 1}-score"
    page = text_of(client.get(PAGE, {gate: str(done.score_milli // 1000)}))
    assert "1 家升级，0 家降级，其余 0 家不变" in page
    assert cast.firm.organisation.name in page and "江岸区" in page
    kept = Assessment.objects.get()
    assert kept.level == done.level


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"w-foundation": "60"}, "合计 110%，应为 100%"),
        ({"w-foundation": "六十"}, "数字化基础“六十”不是 0 至 100 的整数"),
        ({"w-foundation": "101"}, "不是 0 至 100 的整数"),
        ({"w-foundation": "-1"}, "不是 0 至 100 的整数"),
        ({"w-foundation": "1" * 5000}, "不是 0 至 100 的整数"),
        ({"g-2-score": "²"}, "得分“²”不是 0 至 1000 的整数"),
        ({"g-3-score": "30"}, "门槛应逐级提高"),
        ({"g-4-scenarios": "99"}, "99"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(
    cast: Cast, client: Client, query: dict[str, str], says: str
) -> None:
    response = client.get(PAGE, query)
    page = text_of(response)
    assert response.status_code == 200 and says in page
    (typed,) = query.values()
    assert f'value="{typed}"' in page


def test_the_address_after_a_plain_submit_says_only_what_was_turned(
    cast: Cast, client: Client
) -> None:
    whole = {"of": "miit-2024", "instrument": "miit-2024", "w-foundation": "40",
             "w-management": "40", "w-outcome": "20", "g-1-score": "20"}  # fmt: skip
    response = client.get(PAGE, whole)
    assert response.status_code == 302
    assert response["Location"] == f"{PAGE}?instrument=miit-2024&w-foundation=40&w-management=40"


def test_numbers_of_another_instrument_are_left_behind(cast: Cast, client: Client) -> None:
    response = client.get(
        PAGE, {"of": "miit-2024", "instrument": "eu-dma", "g-2-score": "40"}, follow=True
    )
    assert response.redirect_chain[0][0] == f"{PAGE}?instrument=eu-dma"
    assert "原为" not in text_of(response)


def test_while_typing_only_the_piece_comes_back_with_its_address(
    cast: Cast, client: Client
) -> None:
    query = {"of": "miit-2024", "instrument": "miit-2024", "g-1-score": "15"}
    response = client.get(PAGE, query, headers={"HX-Request": "true"})
    page = text_of(response)
    assert page.lstrip().startswith("<form") and "<html" not in page
    assert response["HX-Replace-Url"] == f"{PAGE}?instrument=miit-2024&g-1-score=15"
    broken = client.get(PAGE, query | {"g-1-score": "x"}, headers={"HX-Request": "true"})
    assert "HX-Replace-Url" not in broken


@pytest.mark.parametrize("instrument", ["gbt-39116-process", "eu-dma", "siri", "nonsense"])
def test_any_instrument_is_answered(cast: Cast, client: Client, instrument: str) -> None:
    page = client.get(PAGE, {"instrument": instrument})
    assert page.status_code == 200


def test_an_office_below_sees_its_own_territory(cast: Cast) -> None:
    cast.shares(cast.firm, cast.remote)
    cast.assessed(cast.firm, "C", 3)
    cast.assessed(cast.remote, "C", 3)
    client = Client()
    for acting, count in ((cast.county, 1), (cast.remote_office, 1), (cast.next_city, 0)):
        client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
        page = text_of(client.get(PAGE))
        assert f"{count} 家企业，" in page
    client.force_login(cast.user(cast.firm.actor), "django.contrib.auth.backends.ModelBackend")
    assert client.get(PAGE).status_code == 403
