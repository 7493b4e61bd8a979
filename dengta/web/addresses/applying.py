"""Filling in, handing in, checking and recommending."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.applicant import applications, check, form, papers
from dengta.web.official import ageing
from dengta.web.official import applications as official

patterns: list[URLPattern] = [
    path("rounds/<int:pk>/start/", applications.start, name="application_start"),
    path("applications/", applications.applications, name="applications"),
    path("applications/<int:pk>/", applications.application, name="application"),
    path(
        "applications/<int:pk>/form/<slug:section>/",
        form.application_form,
        name="application_form",
    ),
    path("applications/<int:pk>/papers/", papers.application_papers, name="application_papers"),
    path("applications/<int:pk>/check/", check.application_check, name="application_check"),
    path("applications/<int:pk>/step/<slug:step>/", applications.step, name="application_step"),
    path("applications/<int:pk>/carry/", applications.carry, name="application_carry"),
    path("official/applications/", official.applications, name="official_applications"),
    path("official/applications/<int:pk>/", official.application, name="official_application"),
    path(
        "official/applications/<int:pk>/step/<slug:step>/",
        official.step,
        name="official_application_step",
    ),
    path("official/ageing/", ageing.ageing, name="official_ageing"),
]
