"""The registry app (主体)."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """主体"""

    name = "dengta.registry"
    label = "registry"
    verbose_name = "主体"
