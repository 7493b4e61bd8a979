"""Programs that speak to the API, each with the token of somebody of the cast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from dengta.accounts.actions import create_token
from dengta.accounts.queries import Actor

BASE = "/api/v1"


class Program:
    """A client that sends JSON and a token."""

    def __init__(self, acting: Actor | None) -> None:
        headers = {}
        if acting is not None:
            _, secret = create_token(acting, "tests", 30)
            headers["authorization"] = f"Bearer {secret}"
        self.client = Client(headers=headers, raise_request_exception=False)

    def get(self, path: str, **query: Any) -> HttpResponse:
        return self.client.get(BASE + path, query)

    def send(self, method: str, path: str, body: Any = None) -> HttpResponse:
        kind = "application/json"
        return self.client.generic(method, BASE + path, _json(body), kind)

    def post(self, path: str, body: Any = None) -> HttpResponse:
        return self.send("POST", path, body)

    def patch(self, path: str, body: Any = None) -> HttpResponse:
        return self.send("PATCH", path, body)

    def upload(self, path: str, **fields: Any) -> HttpResponse:
        return self.client.post(BASE + path, fields)


def _json(body: Any) -> str:
    import json

    return json.dumps({} if body is None else body, default=str)


Programs = Callable[[Actor | None], Program]


@pytest.fixture
def program() -> Programs:
    """`program(actor)`: one program for each actor; `program(None)` has no token."""
    known: dict[int, Program] = {}

    def of(acting: Actor | None) -> Program:
        key = 0 if acting is None else acting.user_id
        if key not in known:
            known[key] = Program(acting)
        return known[key]

    return of


@pytest.fixture(autouse=True)
def _nobody_has_asked_yet() -> None:
    cache.clear()
