"""Awards, certificates, proceedings, what is given without an application."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.applicant import awards as own
from dengta.web.official import awards as official
from dengta.web.official import instant
from dengta.web.public import awards as public

patterns: list[URLPattern] = [
    path("awards/", public.awards, name="awards"),
    path("awards/list/<slug:language>/", public.awards_file, name="awards_file"),
    path("awards/<slug:code>/", public.award, name="award"),
    path("applications/awards/", own.own_awards, name="own_awards"),
    path("applications/awards/<int:pk>/", own.own_award, name="own_award"),
    path("applications/awards/<int:pk>/ask/<slug:kind>/", own.ask, name="ask_award"),
    path(
        "applications/awards/<int:pk>/certificate/<slug:language>/",
        own.own_certificate,
        name="own_certificate",
    ),
    path("applications/proceedings/<int:pk>/<slug:step>/", own.answer, name="answer_proceeding"),
    path("official/awards/", official.official_awards, name="official_awards"),
    path("official/awards/<int:pk>/", official.official_award, name="official_award"),
    path("official/awards/<int:pk>/restore/", official.restore_award, name="restore_award"),
    path(
        "official/awards/<int:pk>/certificate/<slug:language>/",
        official.official_certificate,
        name="official_certificate",
    ),
    path(
        "official/proceedings/<int:pk>/", official.official_proceeding, name="official_proceeding"
    ),
    path(
        "official/proceedings/<int:pk>/<slug:step>/",
        official.proceeding_step,
        name="proceeding_step",
    ),
    path("official/rounds/<int:pk>/instant/", instant.round_instant, name="round_instant"),
    path(
        "official/rounds/<int:pk>/instant/<slug:step>/", instant.instant_step, name="instant_step"
    ),
]
