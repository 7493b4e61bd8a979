"""Transformation projects at every desk, and the public list of acceptances."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.enterprise import project_edit as editing
from dengta.web.enterprise import projects as own
from dengta.web.official import projects as official
from dengta.web.provider import projects as delivering
from dengta.web.public import acceptances as public

patterns: list[URLPattern] = [
    path("acceptances/", public.acceptances, name="acceptances"),
    path("acceptances/<int:pk>/", public.acceptance, name="acceptance"),
    path("acceptances/objections/<slug:code>/", public.dispute, name="dispute"),
    path("enterprise/projects/", own.projects, name="projects"),
    path("enterprise/projects/new/", own.project_new, name="project_new"),
    path("enterprise/projects/<int:pk>/", own.project, name="project"),
    path("enterprise/projects/<int:pk>/edit/", editing.project_edit, name="project_edit"),
    path("enterprise/projects/<int:pk>/split/", editing.project_split, name="project_split"),
    path("enterprise/projects/<int:pk>/claim/", own.project_claim, name="project_claim"),
    path("enterprise/projects/<int:pk>/<slug:step>/", own.project_step, name="project_step"),
    path("provider/projects/", delivering.provider_projects, name="provider_projects"),
    path("provider/projects/<int:pk>/", delivering.provider_project, name="provider_project"),
    path(
        "provider/projects/<int:pk>/<slug:step>/",
        delivering.provider_project_step,
        name="provider_project_step",
    ),
    path("official/projects/", official.official_projects, name="official_projects"),
    path("official/projects/<int:pk>/", official.official_project, name="official_project"),
    path(
        "official/projects/<int:pk>/<slug:step>/",
        official.official_project_step,
        name="official_project_step",
    ),
]
