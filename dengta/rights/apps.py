"""The rights app (数据权益)."""

from django.apps import AppConfig


class RightsConfig(AppConfig):
    """数据权益"""

    name = "dengta.rights"
    label = "rights"
    verbose_name = "数据权益"
