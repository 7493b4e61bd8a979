"""Every address of the platform: pages at /, the API at /api/."""

from __future__ import annotations

from django.urls import include, path

from dengta.api.docs import docs
from dengta.api.root import absent, routes

urlpatterns = [
    path("api/", docs, name="api_docs"),
    path("api/v1/", routes()),
    path("api/v1/<path:rest>", absent, name="api_absent"),
    path("", include("dengta.web.urls")),
]
