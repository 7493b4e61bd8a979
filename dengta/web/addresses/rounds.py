"""Rounds, their notices, and trying one out before it is opened."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.official import simulation

patterns: list[URLPattern] = [
    path("official/simulation/", simulation.page, name="simulation"),
]
