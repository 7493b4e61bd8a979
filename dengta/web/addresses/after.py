"""What comes after acceptance: before and after, checks of use, cases."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.enterprise import after as own
from dengta.web.official import after as official

patterns: list[URLPattern] = [
    path("enterprise/projects/<int:pk>/results/", own.project_results, name="project_results"),
    path("enterprise/projects/<int:pk>/case/", own.project_case, name="project_case"),
    path("enterprise/usage/<int:pk>/", own.usage_report, name="usage_report"),
    path("official/usage/", official.official_usage, name="official_usage"),
    path("official/usage/<int:pk>/", official.usage_decide, name="usage_decide"),
    path(
        "official/projects/<int:pk>/results/",
        official.official_project_results,
        name="official_project_results",
    ),
]
