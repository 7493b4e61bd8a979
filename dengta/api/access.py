"""Who may use an endpoint: a token or a signed-in session, a role, and not too often.

Every endpoint is declared with `**may(…)` or `**public(…)`; what it declares stands in the OpenAPI
document as `x-roles`, and a test holds every endpoint and role against each other.
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import APIKeyCookie, HttpBearer
from ninja.throttling import BaseThrottle
from ninja.utils import check_csrf

from dengta.accounts.actions import use_token
from dengta.accounts.queries import OFFICIAL_ROLES, Actor
from dengta.api.problems import Refusal
from dengta.core.shapes import Text
from dengta.registry.queries import actor_of

EVERYBODY = ("enterprise", "provider", "expert", *OFFICIAL_ROLES)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

_NOT_YOURS = Text(
    "您的岗位不能使用这个接口。请用有权限的账号，或查看接口文档中的“谁可以用”。",
    "Your role may not use this endpoint. See “who may” in the documentation.",
)
_NOBODY = Text(
    "这个账号还没有岗位或所属企业，不能使用接口。请联系管理员。",
    "This account has neither a post nor an organisation. Ask the administrator.",
)
_NO_TOKEN = Text(
    "令牌无效、已过期或已撤回。请在“接口令牌”页面新建一个。",
    "The token is unknown, expired or revoked. Make a new one on the page of tokens.",
)
_FORGED = Text(
    "缺少 CSRF 校验。用浏览器会话写入时请带 X-CSRFToken，程序请改用令牌。",
    "The CSRF check is missing. With a session send X-CSRFToken; programs use a token.",
)


class BearerToken(HttpBearer):
    """`Authorization: Bearer …`: a program acts as the person who made the token."""

    def __init__(self, *roles: str) -> None:
        self.roles = roles
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        """The actor behind a token. Refusal 401 for a token that does not live."""
        found = use_token(token)
        if found is None:
            raise Refusal(401, _NO_TOKEN)
        request.token_id = found.pk  # type: ignore[attr-defined]
        return _admitted(actor_of(found.user), self.roles)


class SessionCookie(APIKeyCookie):
    """The session of somebody who is signed in; what writes needs the CSRF header too."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, *roles: str) -> None:
        self.roles = roles
        super().__init__()

    def __call__(self, request: HttpRequest) -> Actor | None:
        """The actor of the session; None for nobody."""
        if "Authorization" in request.headers or not request.user.is_authenticated:
            return None
        if check_csrf(request):
            raise Refusal(403, _FORGED)
        return self.authenticate(request, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor:
        """The actor behind the session. Refusal 403 for a role that may not."""
        return _admitted(actor_of(request.user), self.roles)  # type: ignore[arg-type]


def _admitted(actor: Actor | None, roles: tuple[str, ...]) -> Actor:
    if actor is None:
        raise Refusal(403, _NOBODY)
    if actor.role not in roles:
        raise Refusal(403, _NOT_YOURS)
    return actor


class Rate(BaseThrottle):
    """So many requests in each window of time, by token, else by person, else by address.

    Counted in the cache: with one for each server process, the limit holds for each of them.
    """

    def __init__(self, setting: str) -> None:
        self.setting = setting

    def allow_request(self, request: HttpRequest) -> bool:
        """Whether this one is still within the rate."""
        most, seconds = self._rate()
        key = f"{self.setting}/{self._who(request)}/{int(time.time() // seconds)}"
        cache.add(key, 0, timeout=2 * seconds)
        try:
            return cache.incr(key) <= most
        except ValueError:  # dropped in between to make room: count from here
            cache.set(key, 1, timeout=2 * seconds)
            return True

    def wait(self) -> float:
        """Seconds until the next window begins."""
        _, seconds = self._rate()
        return seconds - time.time() % seconds

    def _rate(self) -> tuple[int, int]:
        count, _, unit = str(getattr(settings, self.setting)).partition("/")
        return int(count), _SECONDS[unit]

    def _who(self, request: HttpRequest) -> str:
        token = getattr(request, "token_id", None)
        if token is not None:
            return f"token-{token}"
        actor = getattr(request, "auth", None)
        if isinstance(actor, Actor):
            return f"user-{actor.user_id}"
        return f"address-{self.get_ident(request)}"


def may(title: str, *roles: str, gives: str = "") -> dict[str, Any]:
    """How an endpoint for some roles is declared: its Chinese title, who may, and the media type of
    the file it answers with, if it is one."""
    extra: dict[str, Any] = {"x-roles": list(roles)}
    if gives:
        file = {"schema": {"type": "string", "format": "binary"}}
        extra["responses"] = {200: {"content": {gives: file}}}
    return {
        "summary": title,
        "auth": [BearerToken(*roles), SessionCookie(*roles)],
        "throttle": [Rate("API_RATE")],
        "openapi_extra": extra,
    }


def public(title: str) -> dict[str, Any]:
    """How an endpoint for anybody is declared."""
    return {
        "summary": title,
        "auth": None,
        "throttle": [Rate("API_RATE_PUBLIC")],
        "openapi_extra": {"x-roles": ["public"]},
    }


def acting(request: HttpRequest) -> Actor:
    """The actor whom `may` has let in."""
    actor = getattr(request, "auth", None)
    if not isinstance(actor, Actor):
        raise AuthenticationError
    return actor
