"""The trail app (留痕)."""

from django.apps import AppConfig


class TrailConfig(AppConfig):
    """留痕"""

    name = "dengta.trail"
    label = "trail"
    verbose_name = "留痕"
