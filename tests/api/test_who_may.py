"""Every endpoint for every role: let in or kept out as declared, and none forgotten here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.test import Client

from dengta.accounts.actions import create_user
from dengta.accounts.queries import Actor
from tests.api.conftest import Programs
from tests.cast import Cast

OFFICES = frozenset({"county", "city", "province"})
ALL = OFFICES | {"enterprise", "provider", "expert"}
SEE = OFFICES | {"enterprise"}
PARTIES = OFFICES | {"enterprise", "provider"}
APPLICANTS = PARTIES - {"province"}
ASSESSORS = OFFICES | {"expert"}
FIRM = frozenset({"enterprise"})
ANYBODY = frozenset({"public"})

# What the house has decided; the code is held against it, not the other way round.
MAY: Mapping[str, frozenset[str]] = {
    "instruments": ANYBODY, "one_instrument": ANYBODY, "score": ANYBODY, "verify_code": ANYBODY,
    "score_many": ALL,
    "list_assessments": SEE, "get_assessment": SEE, "get_answers": SEE, "list_evidence": SEE,
    "check_assessment": SEE, "get_contradictions": SEE, "get_result": SEE, "get_roadmap": SEE,
    "get_report": SEE,
    "list_drafts": FIRM, "start_assessment": FIRM, "patch_answers": FIRM, "add_evidence": FIRM,
    "remove_evidence": FIRM, "submit_assessment": FIRM, "discard_assessment": FIRM,
    "get_own_data": FIRM,
    "list_tasks": ASSESSORS, "get_rating": ASSESSORS, "patch_rating": ASSESSORS,
    "submit_rating": ASSESSORS, "decline_rating": frozenset({"expert"}),
    "list_territory": OFFICES,
    "list_diagnoses": PARTIES, "get_diagnosis": PARTIES, "take_step": PARTIES,
    "order_diagnosis": SEE, "list_offers": FIRM, "write_report": frozenset({"provider"}),
    "list_campaigns": OFFICES, "get_campaign": OFFICES, "get_coverage": OFFICES,
    "list_asked": OFFICES,
    "list_recorded": SEE, "record_one": OFFICES, "import_recorded": OFFICES,
    "start_export": SEE,
    "resolve_identifier": ANYBODY,
    "list_samples": ANYBODY, "get_record": ANYBODY, "commit_sample": OFFICES,
    "draw_sample": OFFICES, "list_drawn": OFFICES, "take_recheck": OFFICES,
    "list_rounds": ANYBODY, "get_round": ANYBODY, "get_publicity": ANYBODY,
    "list_publications": ANYBODY, "list_awards": ANYBODY,
    "get_application": PARTIES, "get_form": PARTIES,
    "list_applications": APPLICANTS, "start_application": APPLICANTS, "patch_form": APPLICANTS,
    "add_paper": APPLICANTS, "remove_paper": APPLICANTS, "submit_application": APPLICANTS,
    "resubmit_application": APPLICANTS, "withdraw_application": APPLICANTS,
    "list_own_awards": APPLICANTS,
    "list_catalogue": ANYBODY, "get_catalogue_entry": ANYBODY,
    "list_needs": ANYBODY, "list_projects": ANYBODY,
    "list_jobs": ALL, "get_job": ALL, "get_file": ALL, "get_document": ALL,
}  # fmt: skip


def operations() -> dict[str, tuple[str, str, Any]]:
    """Every operation of the OpenAPI document: its method, an address, what it says of itself."""
    schema = Client().get("/api/v1/openapi.json").json()
    return {
        operation["operationId"]: (method.upper(), _filled(path), operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


def _filled(path: str) -> str:
    for name, value in (("pk", "999999"), ("evidence", "1"), ("paper", "1"), ("kind", "result"),
                        ("instrument", "miit-2024"), ("code", "AAAABBBBCCCC")):  # fmt: skip
        path = path.replace(f"{{{name}}}", value)
    return path.removeprefix("/api/v1")


def test_no_endpoint_is_forgotten() -> None:
    assert {name: frozenset(told["x-roles"]) for name, (_, _, told) in operations().items()} == MAY


def people(cast: Cast) -> dict[str, Actor | None]:
    return {
        "public": None,
        "enterprise": cast.firm.actor,
        "provider": cast.supplier.actor,
        "expert": cast.expert,
        "county": cast.county,
        "city": cast.city,
        "province": cast.province,
    }


def test_each_role_is_let_in_or_kept_out(cast: Cast, program: Programs) -> None:
    everybody = people(cast)
    found = [
        f"{name} for {role}: {wrong}"
        for name, (method, address, _) in operations().items()
        for role, acting in everybody.items()
        if (wrong := _wrong(program(acting).send(method, address), role, MAY[name]))
    ]
    assert found == []


def _wrong(answer: HttpResponse, role: str, roles: frozenset[str]) -> str:
    """What is not as decided about an answer; empty when all is well."""
    status = answer.status_code
    if status >= 500:
        return f"{status}"
    if status >= 400 and not answer.json()["error"]["message"]["zh"]:
        return f"{status} without a word"
    if "public" in roles or role in roles:
        return f"kept out with {status}" if status in (401, 403) else ""
    expected = 401 if role == "public" else 403
    return "" if status == expected else f"{status}, not {expected}"


def test_every_operation_says_who_what_and_which_answers() -> None:
    for name, (_, _, told) in operations().items():
        assert any("\u4e00" <= sign <= "\u9fff" for sign in told["summary"]), name
        assert told["description"].isascii() or "分" in told["description"], name
        assert told["tags"] and told["x-roles"], name
        public = told["x-roles"] == ["public"]
        assert public or {"401", "403", "404", "409", "422", "429"} <= told["responses"].keys()
        assert bool(told.get("security")) is not public, name


def test_a_token_of_somebody_without_post_or_organisation_does_nothing(
    cast: Cast, program: Programs
) -> None:
    user = create_user(username="nobody", password=None)
    nobody = Actor(user.pk, "nobody", "enterprise")
    answer = program(nobody).get("/jobs")
    assert answer.status_code == 403
    assert "还没有岗位" in answer.json()["error"]["message"]["zh"]
