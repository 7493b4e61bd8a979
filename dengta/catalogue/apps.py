"""The catalogue app."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """资源池."""

    name = "dengta.catalogue"
    verbose_name = "资源池"
