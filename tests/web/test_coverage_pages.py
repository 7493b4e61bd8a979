"""The coverage board: what is served, the holes, needs that nobody answers, in few queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dengta.catalogue.queries.coverage import coverage
from tests.catalogue.shelf import shelve, take_down

pytestmark = pytest.mark.django_db
QUALITY = ("auto_parts", "common", "quality", 2)
PRESS = ("auto_parts", "specific", "equipment", 3)


def cell(by: str, scenario: str, column: str, **asked: Any) -> Any:
    found = coverage(by, **asked)
    row = next(row for row in found.rows if row.scenario == scenario)
    return row.cells[[code for code, _ in found.columns].index(column)]


def test_a_package_of_a_place_serves_it_and_one_without_a_place_serves_all() -> None:
    shelve("质量场景", kind="scenario", uses=[QUALITY])
    local = shelve("襄阳包", kind="package", uses=[QUALITY], region="420602")
    assert cell("division", "quality", "420600").packages == 1
    hole = cell("division", "quality", "420100")
    assert (hole.packages, hole.hole) == (0, True)
    shelve("全省包", kind="package", uses=[QUALITY, PRESS])
    assert cell("division", "quality", "420600", sub_industry="auto_parts").packages == 2
    assert cell("division", "quality", "420100").packages == 1
    assert cell("division", "quality", "420100", sub_industry="garments").packages == 0
    assert not cell("division", "quality", "420100", sub_industry="garments").hole
    assert cell("sub_industry", "quality", "auto_parts").level == 2
    assert cell("sub_industry", "quality", "auto_parts", division="420100").packages == 1
    take_down(local)
    assert cell("division", "quality", "420600").packages == 1


def test_a_need_that_nobody_answers_marks_a_hole_even_where_no_scenario_is_written() -> None:
    open_ = {("garments", "420100", "energy"): 3, ("", "420100", "energy"): 1}
    found = cell("division", "energy", "420100", unanswered=open_)
    assert (found.unanswered, found.hole) == (4, True)
    assert cell("sub_industry", "energy", "garments", unanswered=open_).unanswered == 3
    elsewhere = {"unanswered": open_, "division": "420600"}
    assert cell("sub_industry", "energy", "garments", **elsewhere).unanswered == 0


def test_the_board_is_two_queries_whatever_is_offered(
    django_assert_num_queries: Callable[[int], Any], client: Client
) -> None:
    for length in (1, 6):
        for n in range(length):
            shelve(f"包{length}{n}", kind="package", uses=[QUALITY, PRESS])
        with django_assert_num_queries(2):
            coverage("sub_industry")
    page = client.get("/coverage/", {"by": "sub_industry", "division": "nonsense"})
    assert page.status_code == 200
    assert "覆盖看板" in page.content.decode()
