"""Monthly figures of industrial platforms, at their own desk and at the offices'."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web import platforms
from dengta.web.official import platform_record

patterns: list[URLPattern] = [
    path("desk/platforms/", platforms.platforms, name="platforms"),
    path("desk/platforms/<int:pk>/", platforms.platform, name="platform"),
    path("official/platforms/", platforms.official_platforms, name="official_platforms"),
    path("official/platforms/<int:pk>/", platforms.official_platform, name="official_platform"),
    path(
        "official/platforms/<int:pk>/record/",
        platform_record.platform_record,
        name="platform_record",
    ),
    path(
        "official/platforms/<int:pk>/record/evaluate/",
        platform_record.platform_evaluate,
        name="platform_evaluate",
    ),
    path(
        "official/platforms/<int:pk>/record/exit/",
        platform_record.platform_exit,
        name="platform_exit",
    ),
]
