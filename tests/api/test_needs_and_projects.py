"""What is open to quote for, and what was accepted, for programs without a token."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.matching.actions.needs import Item
from dengta.projects.models import Acceptance
from tests.api.conftest import Programs
from tests.cast import MOMENT, ONE_DAY, Cast
from tests.matching.market import Market
from tests.projects import stage


def items(program: Programs, path: str, **query: Any) -> list[dict[str, Any]]:
    answer = program(None).get(path, **query)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.fixture
def market(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Market:
    """A market on the day that the cast lives on."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)
    return Market(cast)


def test_open_needs_are_listed_without_saying_whose_they_are(
    market: Market, program: Programs
) -> None:
    made = market.provider("one")
    need = market.need(sub_industry="auto_parts", text="我厂在江岸，想连两个系统。")
    market.quote(need, made)
    market.need(made, public=False)
    market.draft()
    other = market.need(sub_industry="garments", items=(Item("energy", 3),))
    (first, second) = items(program, "/needs/")
    assert first == {
        "number": need.number, "sub_industry": "auto_parts", "division": "420100",
        "items": [{"scenario": "procurement", "from_level": 1, "to_level": 2},
                  {"scenario": "quality", "from_level": 1, "to_level": 2}],
        "finish_by": None, "published_at": first["published_at"],
        "answer_by": str(need.answer_by), "quotes": 1,
    }  # fmt: skip
    assert second["number"] == other.number
    shown = str([first, second])
    for secret in (market.cast.firm.organisation.name, need.title, "江岸"):
        assert secret not in shown


def test_needs_are_narrowed_and_leave_when_they_close(
    market: Market, program: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    need = market.need(sub_industry="auto_parts")
    assert items(program, "/needs/", sub_industry="auto_parts", scenario="quality")
    assert items(program, "/needs/", division="420100")
    assert not items(program, "/needs/", division="420500")
    assert not items(program, "/needs/", scenario="energy")
    assert not items(program, "/needs/", page=2)
    after = MOMENT + 90 * ONE_DAY
    monkeypatch.setattr(timezone, "now", lambda: after)
    assert need.answer_by is not None and need.answer_by < after.date()
    assert not items(program, "/needs/")


def test_projects_are_listed_from_their_publicity_on(
    cast: Cast, program: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.under_way(cast)
    in_public, there = stage.published(cast, cast.enrol("one"))
    done, _over = stage.accepted(cast, cast.enrol("two"))
    monkeypatch.setattr(timezone, "now", lambda: there)
    latest, earlier = items(program, "/projects/")
    assert (latest["number"], latest["state"]) == (done.number, "accepted")
    assert latest["accepted_date"] and latest["effects"] == {"efficiency": 11}
    assert (earlier["acceptance"], earlier["state"]) == (in_public.number, "publicity")
    assert latest["provider_code"] == cast.supplier.organisation.uscc
    (one,) = items(program, "/projects/", state="publicity")
    assert one["number"] == in_public.project.number
    assert not items(program, "/projects/", state="draft")
    assert not items(program, "/projects/", region="420500")
    assert len(items(program, "/projects/", region="420100", provider=one["provider_code"])) == 2
    assert Acceptance.objects.count() == 2


def test_longer_lists_take_no_more_queries(market: Market, program: Programs) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            items(program, "/needs/")
            items(program, "/projects/")
        return len(queries)

    made = market.provider("one")
    market.quote(market.need(), made)
    few = asked()
    for _ in range(3):
        market.quote(market.need(), made)
    assert asked() == few
