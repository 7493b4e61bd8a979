"""The reports app (测评报告)."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    """测评报告"""

    name = "dengta.reports"
    label = "reports"
    verbose_name = "测评报告"
