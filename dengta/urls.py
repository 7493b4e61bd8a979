"""Every address of the platform: pages at /, the API at /api/."""

from __future__ import annotations

from django.urls import include, path

from dengta.api.root import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("dengta.web.urls")),
]
