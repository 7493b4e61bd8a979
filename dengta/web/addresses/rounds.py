"""Rounds, their notices, and trying one out before it is opened."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.official import letters, round_applications, round_new
from dengta.web.official import rounds as official
from dengta.web.public import rounds

patterns: list[URLPattern] = [
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/<int:pk>/", rounds.round, name="round"),
    path("official/rounds/", official.rounds, name="official_rounds"),
    path("official/rounds/new/", round_new.round_new, name="official_round_new"),
    path("official/rounds/<int:pk>/", official.round, name="official_round"),
    path("official/rounds/<int:pk>/step/<slug:step>/", official.step, name="official_round_step"),
    path("official/rounds/<int:pk>/letter/", letters.issue, name="official_letter_issue"),
    path("official/letters/<int:pk>/<slug:part>/", letters.letter, name="official_letter"),
    path(
        "official/rounds/<int:pk>/applications/",
        round_applications.applications,
        name="round_applications",
    ),
    path(
        "official/rounds/<int:pk>/applications.xlsx",
        round_applications.export,
        name="round_applications_export",
    ),
]
