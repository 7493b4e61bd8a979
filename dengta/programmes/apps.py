"""The programmes app."""

from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    """遴选."""

    name = "dengta.programmes"
    verbose_name = "遴选"
