"""Addresses of pages, one module per matter."""

import importlib
import pkgutil

from django.urls import URLPattern

patterns: list[URLPattern] = [
    pattern
    for module in sorted(found.name for found in pkgutil.iter_modules(__path__))
    for pattern in importlib.import_module(f"{__name__}.{module}").patterns
]
"""Those of every module here, in the order of their names."""
