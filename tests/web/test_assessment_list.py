"""The officials' list of assessments: what the address says is what is shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.cast import MOMENT, Cast

PAGE = "/official/assessments/"


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


def test_nothing_says_what_will_appear(client: Client) -> None:
    assert "没有符合条件的测评" in text_of(client.get(PAGE))


def test_rows_link_to_the_assessment_and_sums_stand_above(cast: Cast, client: Client) -> None:
    cast.shares(cast.firm)
    done = cast.assessed(cast.firm, "C", 3)
    page = text_of(client.get(PAGE))
    assert f'href="/official/assessments/{done.pk}/"' in page
    assert cast.firm.organisation.uscc in page and "得分中位数" in page
    assert "的最多，1 家" in page


def test_the_export_takes_the_same_list(cast: Cast, client: Client) -> None:
    page = text_of(client.get(PAGE, {"region": "420102", "level": "2", "every": "1"}))
    assert (
        'href="/official/export/?region=420102&amp;level=2&amp;instrument=miit-2024&amp;every=on'
        '&amp;what=assessments"'
    ) in page


@pytest.mark.parametrize(
    "query",
    ["?level=²", "?region=x&industry=%00&size=y", "?instrument=nonsense&rated=z&sort=q", "?page=-1",
     "?words=" + "长" * 5000, "?instrument=all&every=1&conflicting=1&repeated=1"],
)  # fmt: skip
def test_odd_addresses_are_answered(cast: Cast, client: Client, query: str) -> None:
    cast.shares(cast.firm)
    cast.assessed(cast.firm)
    assert client.get(PAGE + query).status_code == 200


def test_the_page_costs_as_many_queries_for_two_rows_as_for_eight(
    cast: Cast, client: Client
) -> None:
    counted = []
    for many in (2, 8):
        for n in range(many):
            firm = cast.enrol(f"row-{many}-{n}")
            cast.shares(firm)
            cast.assessed(firm)
        with CaptureQueriesContext(connection) as captured:
            client.get(PAGE)
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_only_offices_see_it(cast: Cast) -> None:
    client = Client()
    for acting in (cast.firm.actor, cast.supplier.actor, cast.expert):
        client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
        assert client.get(PAGE).status_code == 403
