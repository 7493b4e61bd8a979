"""What an endpoint answers when something cannot be: one form, in both languages, with a mend.

    {"error": {"field": "q1", "value": "Z", "message": {"zh": "…", "en": "…"}}, "errors": […]}

`errors` lists all of them when there are several; `error` is the first.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from dengta.assessment.actions import Changed, NotKept
from dengta.core.answers import AnswerError, shown
from dengta.core.shapes import Text
from dengta.registry.actions import Refused
from dengta.trail.actions import Moved, NotAllowed, StepRefused

log = logging.getLogger("dengta.api")


class Message(Schema):
    """One sentence in both languages: what is wrong and how to mend it."""

    zh: str
    en: str


class Fault(Schema):
    """One thing that cannot be: which field, what was sent, and what to do."""

    field: str = ""
    value: str = ""
    message: Message


class Problem(Schema):
    """The answer to a request that cannot be met."""

    error: Fault
    errors: list[Fault] = []


PROBLEMS: Mapping[int, Any] = dict.fromkeys((401, 403, 404, 409, 422, 429), Problem)
"""The answers besides the good one that every endpoint for signed-in people may give."""


class Refusal(Exception):
    """A request that cannot be met: a status, a sentence, and where it lies."""

    def __init__(self, status: int, text: Text, *, field: str = "", value: object = "") -> None:
        super().__init__(text.zh)
        self.status, self.text, self.field, self.value = status, text, field, value


def problem(status: int, *faults: tuple[str, object, Text]) -> HttpResponse:
    """An answer in the one form."""
    told = [
        {
            "field": field,
            "value": value if isinstance(value, str) else shown(value),
            "message": text._asdict(),
        }
        for field, value, text in faults
    ]
    answer = JsonResponse(
        {"error": told[0], "errors": told},
        status=status,
        json_dumps_params={"ensure_ascii": False},
    )
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def handle(api: NinjaAPI) -> None:
    """Answer every refusal of the domain, and every failure, in the one form."""
    api.add_exception_handler(Refusal, _refusal)
    api.add_exception_handler(StepRefused, _step)
    api.add_exception_handler(Changed, _changed)
    api.add_exception_handler(NotKept, _not_kept)
    api.add_exception_handler(AnswerError, _answer)
    api.add_exception_handler(Refused, _field)
    api.add_exception_handler(ObjectDoesNotExist, _absent)
    api.add_exception_handler(Http404, _absent)
    api.add_exception_handler(AuthenticationError, _stranger)
    api.add_exception_handler(Throttled, _throttled)
    api.add_exception_handler(HttpError, _http)
    api.add_exception_handler(RequestDataTooBig, _too_big)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(Exception, _broken)


def _refusal(request: HttpRequest, exc: Any) -> HttpResponse:
    return problem(exc.status, (exc.field, exc.value, exc.text))


def _step(request: HttpRequest, exc: Any) -> HttpResponse:
    status = 403 if isinstance(exc, NotAllowed) else 409 if isinstance(exc, Moved) else 422
    missing = [each.item for each in getattr(exc, "missing", ())]
    items: Iterable[str] = getattr(exc, "items", missing)
    return problem(status, *[(item, "", exc.text) for item in items] or [("", "", exc.text)])


def _changed(request: HttpRequest, exc: Any) -> HttpResponse:
    """What the others have written since stands beside each item."""
    return problem(409, *[(row.item, row.value, exc.text) for row in exc.theirs])


def _not_kept(request: HttpRequest, exc: Any) -> HttpResponse:
    return problem(422, (f"{exc.item}.{exc.part}", "", exc.text))


def _too_big(request: HttpRequest, exc: Any) -> HttpResponse:
    most = (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0) >> 20
    return problem(
        413,
        (
            "",
            "",
            Text(
                f"一次请求最多 {most} MB。请分几次发送，成批的表格请用导入接口。",
                f"A request has {most} MB at most. Send it in parts; tables go by the import.",
            ),
        ),
    )


def _answer(request: HttpRequest, exc: Any) -> HttpResponse:
    return problem(422, (exc.item, exc.value, exc.message))


def _field(request: HttpRequest, exc: Any) -> HttpResponse:
    return problem(422, (exc.field, "", exc.text))


def _absent(request: HttpRequest, exc: Any) -> HttpResponse:
    return problem(404, ("", "", ABSENT))


ABSENT = Text(
    "没有这一项，或者您的账号看不到它。请核对编号。",
    "There is no such thing, or your account does not see it. Check the number.",
)
_STRANGER = Text(
    "需要登录。程序请在请求头写 Authorization: Bearer 令牌；令牌在“接口令牌”页面新建。",
    "Sign in first. Programs send Authorization: Bearer with a token from the page of tokens.",
)


def _stranger(request: HttpRequest, exc: Any) -> HttpResponse:
    return problem(401, ("", "", _STRANGER))


def _throttled(request: HttpRequest, exc: Any) -> HttpResponse:
    seconds = max(1, round(exc.wait or 1))
    return problem(
        429,
        (
            "",
            "",
            Text(
                f"请求太频繁，请在 {seconds} 秒后再试。成批的数据请用批量接口或导出。",
                f"Too many requests; try again in {seconds} seconds. Use the batch endpoints.",
            ),
        ),
    )


def _http(request: HttpRequest, exc: Any) -> HttpResponse:
    text = Text(
        "请求的内容读不懂。请核对格式，JSON 用 UTF-8 编码。",
        "The request cannot be read. Check its form; JSON is UTF-8.",
    )
    return problem(422 if exc.status_code == 400 else exc.status_code, ("", "", text))


def _invalid(request: HttpRequest, exc: Any) -> HttpResponse:
    """Every finding of the schema, one for each field."""
    told: dict[str, tuple[str, object, Text]] = {}
    for error in exc.errors:
        field, value = _place(request, [str(part) for part in error["loc"]])
        if field in told and error["type"].endswith("_type"):
            told[field] = (field, value, _named(field, _OTHER_KIND, {}))
        else:
            told.setdefault(field, (field, value, _named(field, _finding(error), error)))
    return problem(422, *told.values())


def _place(request: HttpRequest, place: list[str]) -> tuple[str, object]:
    """The field a finding is about and what was sent for it: the path as far as it leads into the
    body, without the kinds that were tried."""
    source, *path = place
    here: object = {"query": request.GET, "form": request.POST}.get(source)
    if source == "body":
        with suppress(ValueError, RecursionError):
            here = json.loads(request.body)
        path = path[1:]
    named: list[str] = []
    for step in path:
        if isinstance(here, Mapping) and step in here:
            here = here[step]
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            if isinstance(here, Mapping) and step not in _KINDS:
                return ".".join([*named, step]), ""
            break
        named.append(step)
    return ".".join(named or path[:1]), "" if isinstance(here, Mapping) and not named else here


_KINDS = frozenset({"str", "int", "GivenIn", "function-plain[_cast_inputs()]"})


def _finding(error: Mapping[str, Any]) -> tuple[str, str]:
    return _SAID.get(error["type"], ("不符合接口文档的要求。", "is not as documented."))


def _named(field: str, said: tuple[str, str], error: Mapping[str, Any]) -> Text:
    limits = _Blank({name: str(limit) for name, limit in error.get("ctx", {}).items()})
    zh, en = said[0].format_map(limits), said[1].format_map(limits)
    return Text(f"{field}：{zh}", f"{field}: {en}")


class _Blank(dict[str, str]):
    """Limits by name; one that the finding does not give is left out."""

    def __missing__(self, key: str) -> str:
        return "…"


_OTHER_KIND = (
    "类型不对。可用哪些类型见接口文档。",
    "is of the wrong type. The documentation says which may be.",
)
_WHOLE = ("不是整数。请写整数。", "is no whole number. Write one.")
_TEXT = ("不是文本。请写带引号的文本。", "is no text. Write it in quotes.")
_SAID: Mapping[str, tuple[str, str]] = {
    "missing": ("没有填写。请补上。", "is missing. Add it."),
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "string_type": _TEXT,
    "bool_type": ("只能是 true 或 false。", "is true or false only."),
    "bool_parsing": ("只能是 true 或 false。", "is true or false only."),
    "dict_type": ("应为对象 {{…}}。", "should be an object {{…}}."),
    "list_type": ("应为列表 […]。", "should be a list […]."),
    "literal_error": ("只能是 {expected}。", "is one of {expected}."),
    "enum": ("只能是 {expected}。", "is one of {expected}."),
    "greater_than_equal": ("不能小于 {ge}。", "is at least {ge}."),
    "less_than_equal": ("不能大于 {le}。", "is at most {le}."),
    "string_too_long": ("最多 {max_length} 个字。", "has {max_length} characters at most."),
    "string_too_short": ("至少 {min_length} 个字。", "has {min_length} characters at least."),
    "too_long": ("最多 {max_length} 项，请分批。", "has {max_length} entries at most; part them."),
    "too_short": ("至少 {min_length} 项。", "has {min_length} entries at least."),
    "date_from_datetime_parsing": ("日期请写成 2026-03-16。", "is a date such as 2026-03-16."),
    "date_parsing": ("日期请写成 2026-03-16。", "is a date such as 2026-03-16."),
    "extra_forbidden": ("接口没有这一项。请核对名称。", "is unknown here. Check the name."),
}


def _broken(request: HttpRequest, exc: Any) -> HttpResponse:
    log.exception("%s %s", request.method, request.path, exc_info=exc)
    return problem(
        500,
        (
            "",
            "",
            Text(
                "平台出错，已记录。没有写入的内容不受影响，请稍后再试。",
                "The platform failed; it has been noted. Try again later.",
            ),
        ),
    )
