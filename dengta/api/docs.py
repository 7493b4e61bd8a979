"""The page that explains the API to people, made from its OpenAPI document; no foreign script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.api.root import api
from dengta.core.shapes import Text

Json = Mapping[str, Any]

GROUPS: Mapping[str, Text] = {
    "instruments": Text("评测指标和试算", "Instruments and scoring"),
    "assessments": Text("测评", "Assessments"),
    "ratings": Text("评定", "Ratings"),
    "samples": Text("抽查", "Samples"),
    "diagnoses": Text("诊断", "Diagnoses"),
    "campaigns": Text("测评活动", "Campaigns"),
    "selections": Text("遴选和认定", "Selections and awards"),
    "identifiers": Text("工业标识", "Industrial identifiers"),
    "catalogue": Text("资源池", "Resource pool"),
    "matching": Text("供需对接", "Matching"),
    "projects": Text("改造项目", "Transformation projects"),
    "records": Text("历史结果、导出和后台任务", "Earlier results, exports and jobs"),
}


ROLES: Mapping[str, Text] = {
    "public": Text("任何人", "anybody"),
    "enterprise": Text("企业", "enterprises"),
    "provider": Text("服务商", "providers"),
    "expert": Text("专家", "experts"),
    "county": Text("区县经信部门", "county offices"),
    "city": Text("市州经信部门", "city offices"),
    "province": Text("省经信厅", "the province"),
}


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Every endpoint with who may use it, what it takes and what it gives."""
    english = (get_language() or "").startswith("en")
    groups: dict[str, list[dict[str, Any]]] = {tag: [] for tag in GROUPS}
    for endpoint in _endpoints():
        groups[endpoint["tag"]].append(endpoint)
    context = {
        "groups": [(GROUPS[tag], rows) for tag, rows in groups.items() if rows],
        "english": english,
        "base": request.build_absolute_uri("/api/v1/"),
        "breadcrumbs": [{"label": _("接口文档"), "url": ""}],
    }
    return render(request, "api.html", context)


@lru_cache(maxsize=1)
def _endpoints() -> tuple[dict[str, Any], ...]:
    schema: Json = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    return tuple(_told(schema, path, method, operation)
                 for path, methods in schema["paths"].items()
                 for method, operation in methods.items())  # fmt: skip


def _told(schema: Json, path: str, method: str, operation: Json) -> dict[str, Any]:
    return {
        "id": operation["operationId"],
        "tag": operation["tags"][0],
        "method": method.upper(),
        "path": path,
        "title": operation["summary"],
        "text": operation.get("description", ""),
        "roles": [ROLES[role] for role in operation["x-roles"]],
        "parameters": [
            {
                "name": one["name"],
                "in": one["in"],
                "required": one["required"],
                "kind": kind_of(schema, one["schema"]),
                "text": one.get("description", ""),
            }
            for one in operation.get("parameters", [])
        ],
        "fields": list(_fields(schema, operation)),
        "gives": _gives(operation),
    }


def _fields(schema: Json, operation: Json) -> Iterator[dict[str, Any]]:
    """What the body holds, one line for each field."""
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        body = _resolved(schema, content["schema"])
        required = body.get("required", ())
        for name, one in body.get("properties", {}).items():
            yield {
                "name": name,
                "in": "JSON" if "json" in kind else "form",
                "required": name in required,
                "kind": kind_of(schema, one),
                "text": _resolved(schema, one).get("description", "").split("\\n\\n")[0],
            }


def _gives(operation: Json) -> str:
    good = [(status, one) for status, one in operation["responses"].items() if status < "300"]
    for status, one in good:
        for kind, content in one.get("content", {}).items():
            name = kind if "json" not in kind else kind_of({}, content.get("schema", {}))
            return f"{status} {name}"
        return f"{status}"
    return ""


def _resolved(schema: Json, one: Json) -> Json:
    reference: str = one.get("$ref", "")
    if not reference and one.get("allOf"):
        reference = one["allOf"][0].get("$ref", "")
    if not reference:
        return one
    found: Json = schema["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return found


def kind_of(schema: Json, one: Json) -> str:
    """A type in a few words: `integer`, `string (date)`, `AnswerOut[]`, `a | b`, `text…`."""
    if "$ref" in one:
        return str(one["$ref"]).rsplit("/", 1)[1]
    if "anyOf" in one:
        return " | ".join(dict.fromkeys(kind_of(schema, each) for each in one["anyOf"]))
    if "enum" in one:
        return " | ".join(json.dumps(each) for each in one["enum"])
    if one.get("type") == "array":
        return f"{kind_of(schema, one.get('items', {}))}[]"
    extra = one.get("additionalProperties")
    if one.get("type") == "object" and isinstance(extra, Mapping) and extra:
        return f"{{…: {kind_of(schema, extra)}}}"
    form = f" ({one['format']})" if "format" in one else ""
    return f"{one.get('type', 'JSON')}{form}"
