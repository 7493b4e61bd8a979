"""The ledger app (账本)."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """账本"""

    name = "dengta.ledger"
    label = "ledger"
    verbose_name = "账本"
