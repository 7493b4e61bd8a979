"""Industrial identifiers: one's own, the register of prefixes, looking one up."""

from __future__ import annotations

from django.urls import URLPattern, path

from dengta.web import identifiers

patterns: list[URLPattern] = [
    path("identifiers/", identifiers.identifier, name="identifier_search"),
    path("identifiers/<path:code>/", identifiers.identifier, name="identifier"),
    path("desk/identifiers/", identifiers.identifiers, name="identifiers"),
    path("desk/identifiers/<int:pk>/end/", identifiers.identifier_end, name="identifier_end"),
    path("official/prefixes/", identifiers.identifier_prefixes, name="identifier_prefixes"),
]
