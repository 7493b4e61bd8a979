"""The OpenAPI document is true: what it promises is kept, whatever is sent; nothing breaks."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import jsonschema
import pytest
from django.core.cache import cache
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.api.root import api
from dengta.core.policy import shipped
from dengta.core.scoring import Scorer
from tests.api.conftest import Programs
from tests.cast import Cast

INSTRUMENTS = shipped().instruments
ITEMS = sorted({item for one in INSTRUMENTS.values() for item in Scorer(one).items})


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    """The document, asked for once."""
    found: dict[str, Any] = Client().get("/api/v1/openapi.json").json()
    return found


@pytest.fixture
def document() -> dict[str, Any]:
    return openapi()


def promised(document: dict[str, Any], path: str, method: str, status: int) -> dict[str, Any]:
    """The schema of an answer, with what it refers to."""
    answer = document["paths"][f"/api/v1{path}"][method]["responses"][str(status)]
    schema = answer["content"]["application/json"]["schema"]
    return {**schema, "components": document["components"]}


def keeps(document: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """The answer is one of those promised, and looks as promised."""
    schema = promised(document, path, method, answer.status_code)
    jsonschema.Draft202012Validator(schema).validate(json.loads(answer.content))


def test_it_is_openapi_3_1_and_its_schemas_are_sound(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert {"BearerToken", "SessionCookie"} == set(document["components"]["securitySchemes"])
    names = [o["operationId"] for methods in document["paths"].values() for o in methods.values()]
    assert len(names) == len(set(names))


LETTERS = st.text("ABCDEFGHabc,、 Ａ", max_size=6)
ANSWER = st.one_of(
    st.none(), st.integers(-1, 6), LETTERS, st.just("NA"), st.text("01258-", max_size=12),
    st.text(max_size=8),
)  # fmt: skip
BODY = st.fixed_dictionaries(
    {
        "instrument": st.one_of(st.sampled_from(sorted(INSTRUMENTS)), st.text(max_size=12)),
        "answers": st.dictionaries(
            st.one_of(st.sampled_from(ITEMS), st.text(max_size=6)), ANSWER, max_size=12
        ),
    }
)


@settings(max_examples=150, deadline=None)
@given(body=BODY, lang=st.sampled_from(["zh", "en"]))
def test_any_answer_set_is_scored_or_refused_as_promised(body: dict[str, Any], lang: str) -> None:
    cache.clear()
    client = Client(raise_request_exception=False)
    answer = client.post(f"/api/v1/score?lang={lang}", body, content_type="application/json")
    assert answer.status_code in (200, 422)
    keeps(openapi(), "/score", "post", answer)
    if answer.status_code == 200:
        told = answer.json()
        assert told == Scorer(INSTRUMENTS[body["instrument"]]).score(body["answers"]).as_json(lang)


JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=8)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(
    body=st.one_of(
        JSON.map(json.dumps).map(str.encode),
        st.binary(max_size=40),
        st.fixed_dictionaries({"instrument": JSON, "answers": JSON})
        .map(json.dumps)
        .map(str.encode),
    )
)
def test_whatever_is_sent_is_answered_in_the_one_form(body: bytes) -> None:
    cache.clear()
    client = Client(raise_request_exception=False)
    answer = client.generic("POST", "/api/v1/score", body, "application/json")
    assert answer.status_code in (200, 422), answer.content
    keeps(openapi(), "/score", "post", answer)
    if answer.status_code == 422:
        for fault in answer.json()["errors"]:
            assert fault["message"]["zh"] and fault["message"]["en"]


def test_many_cases_are_scored_as_one_by_one_and_a_bad_one_spoils_none(
    cast: Cast, program: Programs, document: dict[str, Any]
) -> None:
    cases = [
        {"id": "a", "answers": cast.answers("B", 2)},
        {"id": "b", "answers": {"q1": "Z"}},
        {"id": "c", "answers": cast.answers("C", 4)},
    ]
    answer = program(cast.expert).post("/score/many", {"instrument": "miit-2024", "cases": cases})
    keeps(document, "/score/many", "post", answer)
    first, second, third = answer.json()["results"]
    scorer = Scorer(INSTRUMENTS["miit-2024"])
    assert first["score"] == scorer.score(cast.answers("B", 2)).score_text
    assert second["error"]["field"] == "q1" and second["score"] is None
    assert (third["level"], third["complete"]) == (scorer.score(cast.answers("C", 4)).level, True)
    most = [{"answers": {}}] * 1001
    refused = program(cast.expert).post("/score/many", {"instrument": "siri", "cases": most})
    assert refused.status_code == 422 and "最多 1000 项" in refused.content.decode()


def test_the_document_is_made_once_however_often_it_is_asked_for(db: None) -> None:
    openapi()
    assert api.get_openapi_schema() is api.get_openapi_schema()


def test_lists_and_single_things_look_as_promised(
    cast: Cast, program: Programs, document: dict[str, Any]
) -> None:
    done = cast.assessed(cast.firm)
    firm = program(cast.firm.actor)
    for path in (
        "/instruments",
        "/assessments",
        "/drafts",
        "/recorded-results",
        "/jobs",
        "/diagnoses",
    ):
        keeps(document, path, "get", firm.get(path))
    for path in ("", "/answers", "/check", "/result", "/roadmap", "/contradictions", "/evidence"):
        answer = firm.get(f"/assessments/{done.pk}{path}")
        keeps(document, f"/assessments/{{pk}}{path}", "get", answer)
    for id in INSTRUMENTS:
        keeps(document, "/instruments/{instrument}", "get", firm.get(f"/instruments/{id}"))
    verified = firm.get(f"/verify/{done.verify_code}")
    keeps(document, "/verify/{code}", "get", verified)


def test_a_request_too_large_is_told(db: None) -> None:
    body = json.dumps({"instrument": "siri", "answers": {"q": "x" * (6 << 20)}})
    answer = Client(raise_request_exception=False).generic(
        "POST", "/api/v1/score", body, "application/json"
    )
    assert answer.status_code == 413
    assert "最多 5 MB" in answer.json()["error"]["message"]["zh"]


def test_an_address_that_is_none_is_answered_in_json(db: None) -> None:
    answer = Client().get("/api/v1/nowhere/at/all")
    assert answer.status_code == 404 and answer.json()["error"]["message"]["en"]


def test_a_method_that_an_address_does_not_take_is_told(db: None) -> None:
    answer = Client().delete("/api/v1/instruments")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert answer.json()["error"]["value"] == "DELETE"


def test_a_failure_is_told_and_logged(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(code: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("dengta.api.records.verify", broken)
    answer = Client(raise_request_exception=False).get("/api/v1/verify/AAAA")
    assert answer.status_code == 500
    assert "平台出错，已记录" in answer.json()["error"]["message"]["zh"]
    assert any("ZeroDivisionError" in (record.exc_text or "") for record in caplog.records)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_for_people_names_every_endpoint_and_loads_nothing_foreign(
    document: dict[str, Any], language: str
) -> None:
    client = Client()
    client.cookies["django_language"] = language
    page = client.get("/api/").content.decode()
    for methods in document["paths"].values():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page
    assert "cdn" not in page and "swagger" not in page.lower()
