"""Awards, certificates, proceedings, what is given without an application."""

from __future__ import annotations

from django.urls import URLPattern

patterns: list[URLPattern] = []
