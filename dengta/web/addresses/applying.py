"""Filling in, handing in, checking and recommending."""

from __future__ import annotations

from django.urls import URLPattern

patterns: list[URLPattern] = []
