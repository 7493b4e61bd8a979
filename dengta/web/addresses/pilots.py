"""Pilots: the board for officials and for everybody, plans, lists, monthly reports."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.official import pilot_import, pilots
from dengta.web.public.pilots import public_pilots

patterns: list[URLPattern] = [
    path("pilots/", public_pilots, name="public_pilots"),
    path("official/pilots/", pilots.pilots, name="pilots"),
    path("official/pilots/new/", pilots.pilot_new, name="pilot_new"),
    path("official/pilots/<int:pk>/", pilots.pilot, name="pilot"),
    path("official/pilots/<int:pk>/edit/", pilots.pilot_edit, name="pilot_edit"),
    path("official/pilots/<int:pk>/step/", pilots.pilot_step, name="pilot_step"),
    path("official/pilots/<int:pk>/list/", pilots.pilot_list, name="pilot_list"),
    path("official/pilots/<int:pk>/import/", pilot_import.pilot_import, name="pilot_import"),
    path(
        "official/pilots/<int:pk>/import/template/",
        pilot_import.pilot_import_template,
        name="pilot_import_template",
    ),
    path(
        "official/pilots/<int:pk>/import/<int:file>/",
        pilot_import.pilot_import_seen,
        name="pilot_import_seen",
    ),
    path(
        "official/pilots/<int:pk>/firms/<int:firm>/",
        pilots.pilot_firm_step,
        name="pilot_firm_step",
    ),
    path("official/pilots/<int:pk>/months/<int:month>/", pilots.pilot_month, name="pilot_month"),
]
