"""The projects app."""

from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    """改造项目."""

    name = "dengta.projects"
    verbose_name = "改造项目"
