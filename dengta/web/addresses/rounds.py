"""Rounds, their notices, and trying one out before it is opened."""

from __future__ import annotations

from django.urls import URLPattern

patterns: list[URLPattern] = []
