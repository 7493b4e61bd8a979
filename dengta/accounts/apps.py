"""The accounts app (账号)."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """账号"""

    name = "dengta.accounts"
    label = "accounts"
    verbose_name = "账号"
