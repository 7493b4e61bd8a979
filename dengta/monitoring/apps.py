"""The monitoring app (监测评估)."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """监测评估"""

    name = "dengta.monitoring"
    label = "monitoring"
    verbose_name = "监测评估"
