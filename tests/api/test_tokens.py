from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from dengta.accounts.actions import create_token, revoke_token
from dengta.accounts.models import Token
from tests.api.conftest import Programs
from tests.cast import PASSWORD, Cast

JOBS = "/api/v1/jobs"


def bearer(secret: str) -> Client:
    return Client(headers={"authorization": f"Bearer {secret}"})


def test_a_token_lets_its_program_in_as_the_person(cast: Cast) -> None:
    _, secret = create_token(cast.firm.actor, "夜间同步", 30)
    assert bearer(secret).get(JOBS).status_code == 200
    token = Token.objects.get()
    assert token.used_at is not None
    assert secret not in str(Token.objects.values())


@pytest.mark.parametrize("secret", ["", "dengta_wrong", "令牌"])
def test_any_other_secret_is_refused_with_what_to_do(cast: Cast, secret: str) -> None:
    answer = Client().get(JOBS, headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "新建一个" in answer.json()["error"]["message"]["zh"]


def test_a_token_that_was_revoked_is_refused_at_once(cast: Cast) -> None:
    token, secret = create_token(cast.firm.actor, "夜间同步", 30)
    client = bearer(secret)
    assert client.get(JOBS).status_code == 200
    assert revoke_token(cast.firm.actor, token.pk)
    assert client.get(JOBS).status_code == 401


def test_a_token_that_has_expired_is_refused(cast: Cast) -> None:
    past = timezone.now() - dt.timedelta(days=31)
    _, secret = create_token(cast.firm.actor, "夜间同步", 30, at=past)
    assert bearer(secret).get(JOBS).status_code == 401


def test_a_person_who_may_no_longer_sign_in_has_no_programs(cast: Cast) -> None:
    _, secret = create_token(cast.firm.actor, "夜间同步", 30)
    user = cast.user(cast.firm.actor)
    user.is_active = False
    user.save()
    assert bearer(secret).get(JOBS).status_code == 401


def test_a_session_reads_and_writes_with_its_csrf_header(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.post("/sign-in/", {"login": cast.firm.actor.name, "password": PASSWORD})
    client.force_login(cast.user(cast.firm.actor), "django.contrib.auth.backends.ModelBackend")
    assert client.get(JOBS).status_code == 200
    body = {"instrument": "miit-2024", "cases": [{"answers": {"q1": "B"}}]}
    many = "/api/v1/score/many"
    forged = client.post(many, body, content_type="application/json")
    assert forged.status_code == 403
    assert "X-CSRFToken" in forged.json()["error"]["message"]["zh"]
    client.get("/sign-in/")
    key = client.cookies["csrftoken"].value
    sent = client.post(many, body, content_type="application/json", headers={"x-csrftoken": key})
    assert sent.status_code == 200


def test_a_session_does_not_help_a_wrong_token(cast: Cast) -> None:
    client = bearer("dengta_wrong")
    client.force_login(cast.user(cast.firm.actor), "django.contrib.auth.backends.ModelBackend")
    assert client.get(JOBS).status_code == 401


def test_too_many_requests_are_told_to_wait(
    cast: Cast, program: Programs, settings: object
) -> None:
    settings.API_RATE = "3/h"  # type: ignore[attr-defined]
    mine, other = program(cast.firm.actor), program(cast.rival.actor)
    assert [mine.get("/jobs").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = mine.get("/jobs")
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    assert "秒后再试" in refused.json()["error"]["message"]["zh"]
    assert other.get("/jobs").status_code == 200, "each token has a rate of its own"


def test_the_public_has_a_rate_by_address(settings: object, db: None) -> None:
    settings.API_RATE_PUBLIC = "2/h"  # type: ignore[attr-defined]
    client = Client()
    asked = [
        client.get("/api/v1/verify/AAAA", headers={"x-forwarded-for": f"10.0.0.{n}"}).status_code
        for n in range(3)
    ]
    assert asked == [404, 404, 429], "an address that anybody can write counts for nothing"
