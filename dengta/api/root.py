"""The API at /api/v1/: its routers, its one form of refusals, its OpenAPI document."""

from __future__ import annotations

from ninja import NinjaAPI

from dengta.api import instruments
from dengta.api.problems import handle

api = NinjaAPI(
    title="灯塔 dengta",
    version="1",
    description=(
        "中小企业数字化转型服务平台的接口。The platform for programs: the same rules, the same "
        "rights and the same refusals as its pages."
    ),
    docs_url=None,
    urls_namespace="api",
)
handle(api)
api.add_router("", instruments.router)
