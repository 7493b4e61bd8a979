"""Duplicates: hits, the register, the clues for audit."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.official import hits, register

patterns: list[URLPattern] = [
    path("official/hits/", hits.hits, name="hits"),
    path("official/hits/<int:pk>/", hits.hit, name="hit"),
    path("official/hits/<int:pk>/step/", hits.hit_step, name="hit_step"),
    path("official/register/", register.register_search, name="register_search"),
    path("official/register/firm/<slug:uscc>/", register.register_firm, name="register_firm"),
    path("official/register/invoice/<int:pk>/", register.register_invoice, name="register_invoice"),
]
