"""The API at /api/v1/: its routers, its one form of refusals, its OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.renderers import BaseRenderer
from ninja.responses import NinjaJSONEncoder

from dengta.api import (
    assessments,
    campaigns,
    catalogue,
    diagnoses,
    handles,
    instruments,
    needs,
    projects,
    ratings,
    records,
    samples,
    selections,
)
from dengta.api.problems import ABSENT, handle, problem
from dengta.core.shapes import Text


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

    @cache  # noqa: B019, there is one of these for as long as the process lives
    def document(self) -> OpenAPISchema:
        """The OpenAPI document, made once: it takes a quarter of a second and never changes."""
        return super().get_openapi_schema()

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The document; our addresses have no prefix but their own."""
        return self.document()


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
for module in (
    instruments,
    assessments,
    ratings,
    samples,
    diagnoses,
    campaigns,
    selections,
    catalogue,
    needs,
    projects,
    records,
    handles,
):
    api.add_router("", module.router)


NOT_THAT_WAY = Text(
    "这个地址不支持这种方法。可用的方法见 Allow 请求头和接口文档。",
    "This address does not take that method. The header Allow and the documentation say which.",
)


def routes() -> tuple[list[Any], str, str]:
    """The addresses of the API; a method that one does not take is refused in the one form, too."""
    patterns, app, namespace = api.urls
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = _in_form(pattern.callback)
    return patterns, app, namespace


def _in_form(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        given = view(request, *args, **kwargs)
        if given.status_code != 405:
            return given
        told = problem(405, ("", request.method or "", NOT_THAT_WAY))
        told.headers["Allow"] = given.headers["Allow"]
        return told

    return answer


def absent(request: HttpRequest, rest: str) -> HttpResponse:
    """An address that the API does not have, in the one form of refusals."""
    return problem(404, ("", f"/{rest}"[:80], ABSENT))
