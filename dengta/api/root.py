"""The API at /api/v1/: its routers, its one form of refusals, its OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.operation import Operation
from ninja.renderers import BaseRenderer
from ninja.responses import NinjaJSONEncoder

from dengta.api import (
    assessments,
    campaigns,
    diagnoses,
    instruments,
    ratings,
    records,
    samples,
)
from dengta.api.problems import ABSENT, handle, problem


class Readable(BaseRenderer):
    """JSON in which Chinese stays readable."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:
        """The document as text."""
        return json.dumps(data, cls=NinjaJSONEncoder, ensure_ascii=False)


class Api(NinjaAPI):
    """Operations are called as their functions are."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of the function."""
        name: str = operation.view_func.__name__
        return name


api = Api(
    title="灯塔 dengta",
    version="1",
    description=(
        "中小企业数字化转型服务平台的接口。The platform for programs: the same rules, the same "
        "rights and the same refusals as its pages."
    ),
    docs_url=None,
    urls_namespace="api",
    renderer=Readable(),
)
handle(api)
for module in (instruments, assessments, ratings, samples, diagnoses, campaigns, records):
    api.add_router("", module.router)


def absent(request: HttpRequest, rest: str) -> HttpResponse:
    """An address that the API does not have, in the one form of refusals."""
    return problem(404, ("", f"/{rest}"[:80], ABSENT))
