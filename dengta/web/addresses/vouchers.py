"""Openings, batches of vouchers, and vouchers that are set off at a supplier."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web.enterprise import opening as own
from dengta.web.official import issuances
from dengta.web.official import openings as official
from dengta.web.provider import vouchers as supplier
from dengta.web.public import openings as public

patterns: list[URLPattern] = [
    path("openings/", public.openings, name="openings"),
    path("enterprise/openings/<int:pk>/", own.opening, name="opening"),
    path("official/openings/", official.openings, name="official_openings"),
    path("official/openings/<int:pk>/", official.opening, name="official_opening"),
    path("official/openings/<int:pk>/<slug:step>/", official.step, name="official_opening_step"),
    path("official/issuances/", issuances.issuances, name="issuances"),
    path("provider/vouchers/", supplier.redeem, name="provider_redeem"),
]
