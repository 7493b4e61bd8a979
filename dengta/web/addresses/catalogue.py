"""The resource pool: its list, its entries, comparison; entries of their owners; the review."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.applicant import own_entries as own
from dengta.web.official import catalogue as official
from dengta.web.public import catalogue as public

patterns: list[URLPattern] = [
    path("catalogue/", public.catalogue, name="catalogue"),
    path("catalogue/compare/", public.catalogue_compare, name="catalogue_compare"),
    path("catalogue/<slug:slug>/", public.catalogue_entry, name="catalogue_entry"),
    path("entries/", own.own_entries, name="own_entries"),
    path("entries/new/", own.own_entry_new, name="own_entry_new"),
    path("entries/<int:pk>/", own.own_entry, name="own_entry"),
    path("entries/<int:pk>/edit/", own.own_entry_edit, name="own_entry_edit"),
    path("entries/<int:pk>/<slug:step>/", own.own_entry_step, name="own_entry_step"),
    path("official/catalogue/", official.official_catalogue, name="official_catalogue"),
    path("official/catalogue/<int:pk>/", official.official_entry, name="official_entry"),
    path(
        "official/catalogue/<int:pk>/<slug:step>/",
        official.official_entry_step,
        name="official_entry_step",
    ),
]
