"""A firm complains about its provider: answered, decided with a reason, counted when upheld."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from dengta.accounts.queries import Actor
from dengta.projects.actions import complaints
from dengta.projects.models import Complaint
from dengta.projects.queries.providers import facts_of
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import MOMENT, Cast
from tests.projects import stage

WORDS = "系统上线两个月后停机三次，电话报修一周无人到场。"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(MOMENT + dt.timedelta(days=1), tick=False):
        yield


def desk(cast: Cast, acting: Actor) -> Client:
    client = Client()
    client.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_complaint_goes_from_the_firm_to_the_decision_by_the_pages(cast: Cast) -> None:
    stage.under_way(cast)
    supplier = cast.supplier.organisation
    firm, provider = desk(cast, cast.firm.actor), desk(cast, cast.supplier.actor)
    city = desk(cast, cast.city)
    short = {"provider": supplier.pk, "text": "不好", "key": "k"}
    refused = firm.post("/desk/complaints/new/", short)
    assert (refused.status_code, "不好" in refused.content.decode()) == (422, True)
    for key in ("k", "k", "gone-back"):
        sent = {"provider": supplier.pk, "text": WORDS, "key": key}
        assert firm.post("/desk/complaints/new/", sent).status_code == 302
    made = Complaint.objects.get()
    page = f"/desk/complaints/{made.pk}/"
    assert desk(cast, cast.rival.actor).get(page).status_code == 404
    assert provider.post(page, {"step": "answer", "note": " "}).status_code == 422
    assert provider.post(page, {"step": "answer", "note": "已更换服务器。"}).status_code == 302
    assert city.post(page, {"step": "uphold", "note": ""}).status_code == 422
    assert city.post(page, {"step": "uphold", "note": "停机属实。"}).status_code == 302
    assert "停机属实" in firm.get(page).content.decode()
    facts = facts_of([supplier.pk], timezone_day())[supplier.pk]
    assert facts.complaints == (made.number,)


def timezone_day() -> dt.date:
    return (MOMENT + dt.timedelta(days=1)).date()


def test_who_decided_first_has_decided(cast: Cast) -> None:
    stage.under_way(cast)
    made = complaints.file_complaint(
        cast.firm.actor, cast.supplier.organisation, text=WORDS, key="one", at=MOMENT
    )
    stale = Complaint.objects.get(pk=made.pk)
    complaints.decide_complaint(made, cast.city, upheld=False, note="已当场修复。", at=MOMENT)
    with pytest.raises(Moved):
        complaints.decide_complaint(stale, cast.city, upheld=True, note="属实", at=MOMENT)
    with pytest.raises(NotAllowed):
        complaints.file_complaint(
            cast.supplier.actor, cast.supplier.organisation, text=WORDS, key="two"
        )


def test_a_complaint_that_was_taken_back_is_not_answered(cast: Cast) -> None:
    stage.under_way(cast)
    made = complaints.file_complaint(
        cast.firm.actor, cast.supplier.organisation, text=WORDS, key="one", at=MOMENT
    )
    complaints.withdraw_complaint(made, cast.firm.actor, at=MOMENT)
    with pytest.raises(StepRefused):
        complaints.answer_complaint(made, cast.supplier.actor, text="已修。", at=MOMENT)
