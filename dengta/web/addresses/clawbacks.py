"""Clawbacks at every desk, and the public list of sanctions."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.enterprise import clawbacks as own
from dengta.web.official import clawback_cases as cases
from dengta.web.official import clawbacks as official
from dengta.web.public import sanctions as public

patterns: list[URLPattern] = [
    path("sanctions/", public.sanctions, name="sanctions"),
    path("enterprise/clawbacks/", own.own_clawbacks, name="own_clawbacks"),
    path("enterprise/clawbacks/<int:pk>/", own.own_clawback, name="own_clawback"),
    path(
        "enterprise/clawbacks/<int:pk>/letters/<slug:part>/",
        own.own_clawback_letter,
        name="own_clawback_letter",
    ),
    path("enterprise/clawbacks/<int:pk>/<slug:step>/", own.answer, name="answer_clawback"),
    path("official/clawbacks/", official.clawbacks, name="official_clawbacks"),
    path("official/clawbacks/new/", official.clawback_new, name="clawback_new"),
    path("official/clawbacks/<int:pk>/", cases.clawback, name="official_clawback"),
    path(
        "official/clawbacks/<int:pk>/letters/<slug:part>/",
        cases.clawback_letter,
        name="clawback_letter",
    ),
    path("official/clawbacks/<int:pk>/<slug:step>/", cases.clawback_step, name="clawback_step"),
    path("official/sanctions/<int:pk>/lift/", official.lift, name="lift_sanction"),
]
