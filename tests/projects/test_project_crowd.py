"""Real processes that file and decide the same project at once, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes import bare_database, run_module


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.database)]
)
def crowd(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    """What the crowd saw on one engine."""
    folder = tmp_path_factory.mktemp("project_crowd")
    with bare_database(request.param, folder) as url:
        yield run_module("tests.projects.project_crowd", url, folder)


def test_filed_by_all_at_once_it_is_filed_once(crowd: dict[str, Any]) -> None:
    assert crowd["seen"]["double_submit"]["filed"] == 1


def test_one_of_many_gets_the_contract(crowd: dict[str, Any]) -> None:
    seen = crowd["seen"]["same_contract"]
    assert seen["with_it"] == 1 and seen["outcomes"].count("done") == 1


def test_an_acceptance_is_decided_once_and_project_and_acceptance_agree(
    crowd: dict[str, Any],
) -> None:
    seen = crowd["seen"]["two_deciders"]
    assert seen["decided"] == 1 and seen["outcomes"].count("done") == 1 and seen["agree"]


def test_without_what_holds_all_of_it_would_happen_more_than_once(crowd: dict[str, Any]) -> None:
    control = crowd["control"]
    assert control["double_submit"]["filed"] > 1
    assert control["same_contract"]["with_it"] > 1
    assert control["two_deciders"]["decided"] > 1
