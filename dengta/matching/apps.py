"""The matching app."""

from django.apps import AppConfig


class MatchingConfig(AppConfig):
    """供需对接."""

    name = "dengta.matching"
    verbose_name = "供需对接"
