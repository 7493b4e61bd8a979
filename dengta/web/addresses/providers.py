"""Providers with their scores, for everybody; complaints, at each desk."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web import providers, shares

patterns: list[URLPattern] = [
    path("providers/", providers.providers, name="providers"),
    path("providers/shares/<str:field>/", shares.provider_shares, name="provider_shares"),
    path("providers/<str:uscc>/", providers.provider, name="provider"),
    path("desk/complaints/", providers.complaints, name="complaints"),
    path("desk/complaints/new/", providers.complaint_new, name="complaint_new"),
    path("desk/complaints/<int:pk>/", providers.complaint, name="complaint"),
]
