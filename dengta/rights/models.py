"""数据权益: what an organisation has allowed to be done with its data, for what, until when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.registry.models import Organisation


class Consent(models.Model):
    """授权: one purpose, one term. Revoking ends it; the row stays as the record."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", verbose_name=_("主体")
    )
    purpose = models.CharField(_("用途"), max_length=40)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("授权人"),
    )
    given_at = models.DateTimeField(_("授权时间"))
    until_date = models.DateField(_("期限"))
    revoked_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("授权")
        verbose_name_plural = _("授权")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "purpose"],
                condition=models.Q(revoked_at=None),
                name="one_live_consent_per_purpose",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.purpose}"
