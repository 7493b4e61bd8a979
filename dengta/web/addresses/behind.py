"""The lists behind the numbers of pilots and cases."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.official import behind

patterns: list[URLPattern] = [
    path(
        "official/pilots/<int:pk>/counted/<slug:what>/",
        behind.pilot_counted,
        name="pilot_counted",
    ),
    path(
        "official/pilots/<int:pk>/months/<int:month>/counted/<slug:what>/",
        behind.pilot_month_counted,
        name="pilot_month_counted",
    ),
    path("official/copies/<str:uscc>/", behind.official_copies, name="official_copies"),
]
