"""The funding app (资金)."""

from django.apps import AppConfig


class FundingConfig(AppConfig):
    """资金"""

    name = "dengta.funding"
    label = "funding"
    verbose_name = "资金"
