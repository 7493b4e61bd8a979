from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dengta.core.allocation_record import verify
from dengta.programmes.actions import listing
from dengta.programmes.actions.checking import check
from dengta.programmes.models import Application, Publication
from tests.api.conftest import Program, Programs
from tests.api.test_assessments import error
from tests.api.test_schema import keeps, openapi
from tests.cast import MOMENT, Cast
from tests.programmes import ranked
from tests.programmes.given import awarded
from tests.programmes.stage import opened, paper, sound


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is MOMENT."""
    monkeypatch.setattr(timezone, "now", lambda: MOMENT)


def filled_in(firm: Program, pk: int, cast: Cast, round: Any) -> None:
    """Fill in everything that is not known and put the papers in, as a program does."""
    form = firm.get(f"/applications/{pk}/form").json()
    rules = {each.id: each for each in round.rule.fields}
    values = {
        field["field"]: {"value": sound(rules[field["field"]]), "seen": field["version"]}
        for field in form["fields"]
        if field["value"] is None
    }
    kept = firm.patch(f"/applications/{pk}/form", {"values": values}).json()
    assert kept["faults"] == {} and kept["clashes"] == []
    for slot in round.rule.slots:
        if slot.required:
            given = {"slot": slot.id, "file": paper(slot.types[0])}
            answer = firm.upload(f"/applications/{pk}/papers", **given)
            assert answer.status_code == 200, answer.content


def test_a_program_applies_from_the_draft_to_the_mended_field(
    cast: Cast, program: Programs
) -> None:
    round, firm = opened(cast), program(cast.firm.actor)
    listed = program(None).get("/rounds").json()["items"]
    assert [(one["id"], one["takes_applications"]) for one in listed] == [(round.pk, True)]
    wanted = {"round": round.pk, "key": "run-2026-0001"}
    draft = firm.post("/applications", wanted).json()
    assert firm.post("/applications", wanted).json()["id"] == draft["id"]
    pk = draft["id"]
    early = firm.post(f"/applications/{pk}/submit", {"pledged_by": "法人"})
    missing = [fault["field"] for fault in early.json()["errors"]]
    assert early.status_code == 422 and "scene_name" in missing and "slot:pictures" in missing
    filled_in(firm, pk, cast, round)
    assert firm.get(f"/applications/{pk}/form").json()["missing"] == []
    done = firm.post(f"/applications/{pk}/submit", {"pledged_by": "法人"}).json()
    again = firm.post(f"/applications/{pk}/submit", {"pledged_by": "法人"}).json()
    assert done["state"] == again["state"] == "county_check" and done["due"]
    one = Application.objects.get(pk=pk)
    check(one, cast.county, "return_county", reopen={"scene_users": "与合同对不上。"})
    field = {f["field"]: f for f in firm.get(f"/applications/{pk}/form").json()["fields"]}
    assert [f["field"] for f in field.values() if f["open"]] == ["scene_users"]
    seen = field["scene_users"]["version"]
    firm.patch(f"/applications/{pk}/form", {"values": {"scene_users": {"value": 9, "seen": seen}}})
    assert firm.post(f"/applications/{pk}/resubmit").json()["state"] == "county_check"
    assert firm.post(f"/applications/{pk}/withdraw").json()["state"] == "withdrawn"


def test_what_clashes_or_cannot_be_is_told_and_the_rest_is_kept(
    cast: Cast, program: Programs
) -> None:
    round, firm = opened(cast), program(cast.firm.actor)
    other = program(cast.colleague(cast.firm))
    pk = firm.post("/applications", {"round": round.pk, "key": "run-2026-0001"}).json()["id"]
    path = f"/applications/{pk}/form"
    other.patch(path, {"values": {"scene_name": {"value": "同事写的"}}})
    values = {
        "scene_name": {"value": "我写的"},
        "scene_users": {"value": -3},
        "scene_pain": {"value": "靠纸单流转"},
    }
    kept = firm.patch(path, {"values": values}).json()
    assert kept["versions"]["scene_pain"] == 1
    assert [(c["field"], c["theirs"], c["version"]) for c in kept["clashes"]] == [
        ("scene_name", "同事写的", 1)
    ]
    assert list(kept["faults"]) == ["scene_users"] and kept["faults"]["scene_users"]["en"]


def test_nobody_sees_or_touches_the_application_of_another(cast: Cast, program: Programs) -> None:
    round, firm = opened(cast), program(cast.firm.actor)
    pk = firm.post("/applications", {"round": round.pk, "key": "run-2026-0001"}).json()["id"]
    rival = program(cast.rival.actor)
    values = {"values": {"scene_name": {"value": "别人的"}}}
    assert error(rival.get(f"/applications/{pk}"))[0] == 404
    assert error(rival.patch(f"/applications/{pk}/form", values))[0] == 404
    assert error(program(cast.county).get(f"/applications/{pk}/form"))[0] == 404, "a draft"
    taken = rival.post("/applications", {"round": round.pk, "key": "run-2026-0001"}).json()
    assert taken["applicant_code"] == cast.rival.organisation.uscc, "keys are each one's own"


def test_lists_look_as_promised_and_ask_as_often_for_many_as_for_one(
    cast: Cast, program: Programs
) -> None:
    firm, document = program(cast.firm.actor), openapi()
    asked = []
    for n in range(3):
        round = opened(cast)
        pk = firm.post("/applications", {"round": round.pk, "key": f"run-2026-000{n}"}).json()["id"]
        awarded(cast, cast.firm, once_key=None)
        for path in ("/rounds", "/applications", "/awards", "/awards/own"):
            firm.get(path)
            with CaptureQueriesContext(connection) as queries:
                keeps(document, path, "get", firm.get(path))
            asked.append((path, len(queries)))
    assert len(set(asked)) == 4, asked
    keeps(document, "/applications/{pk}", "get", firm.get(f"/applications/{pk}"))
    keeps(document, "/applications/{pk}/form", "get", firm.get(f"/applications/{pk}/form"))
    keeps(document, "/rounds/{pk}", "get", firm.get(f"/rounds/{round.pk}"))
    told = firm.get(f"/rounds/{round.pk}/publicity")
    keeps(document, "/rounds/{pk}/publicity", "get", told)
    assert told.status_code == 404 and "还没有公示名单" in error(told)[2]


def test_a_published_list_is_that_of_the_page_and_its_record_can_be_recomputed(
    cast: Cast, program: Programs
) -> None:
    round = ranked.a_round(cast)
    rows = [ranked.reviewed(round, firm) for firm in (cast.firm, cast.rival)]
    listing.make_list(round, cast.province, at=MOMENT)
    anybody = program(None)
    assert anybody.get(f"/rounds/{round.pk}/publications").json() == []
    listing.announce(round, cast.province, at=MOMENT)
    told = anybody.get(f"/rounds/{round.pk}/publicity").json()
    assert [line["application"] for line in told["list"]] and told["open"]
    assert {line["number"] for line in told["list"]} == {row.number for row in rows}
    (record,) = anybody.get(f"/rounds/{round.pk}/publications").json()
    assert record["kind"] == Publication.Kind.ALLOCATION and not verify(record["text"].encode())
