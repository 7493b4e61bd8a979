"""The coverage board of the resource pool."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.official.coverage import official_coverage
from dengta.web.public.coverage import coverage

patterns: list[URLPattern] = [
    path("coverage/", coverage, name="coverage"),
    path("official/coverage/", official_coverage, name="official_coverage"),
]
