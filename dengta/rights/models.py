"""数据权益: what an organisation has allowed to be done with its data, for what, until when, and
what was handed out on the strength of it."""

from __future__ import annotations

import datetime as dt

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


class Grant(models.Model):
    """授权书: an organisation lets one recipient see some of its facts, for one purpose and a term.

    The platform operates, the recipient uses, the organisation holds (三权分置). Ending it stops
    every later handing out; the row stays as the record. `scope` are ids of facts.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    recipient = models.CharField(_("接收方编号"), max_length=40)
    recipient_name = models.CharField(_("接收方"), max_length=120)
    purpose = models.CharField(_("用途"), max_length=60)
    scope = models.JSONField(_("授权范围"))
    from_date = models.DateField(_("开始日期"))
    until_date = models.DateField(_("期限"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("授权人"),
    )
    given_at = models.DateTimeField(_("授权时间"))
    revoked_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("授权书")
        verbose_name_plural = _("授权书")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "recipient", "purpose"],
                condition=models.Q(revoked_at=None),
                name="one_live_grant_per_recipient_and_purpose",
            ),
            models.CheckConstraint(
                name="grant_ends_after_it_begins",
                condition=models.Q(until_date__gte=models.F("from_date")),
            ),
            models.CheckConstraint(
                name="grant_revoked_after_it_was_given",
                condition=models.Q(revoked_at=None)
                | models.Q(revoked_at__gte=models.F("given_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} → {self.recipient_name}"

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"SQ-{self.pk or 0:06d}"

    def live_on(self, day: dt.date) -> bool:
        """Whether it allows handing out on a day."""
        return self.revoked_at is None and self.from_date <= day <= self.until_date


class AccessLog(models.Model):
    """取用记录: one handing out under a grant: which facts, to whom, the SHA-256 of exactly what
    was handed out. Written with the handing out, never changed."""

    grant = models.ForeignKey(
        Grant, on_delete=models.PROTECT, related_name="handed_out", verbose_name=_("授权书")
    )
    facts = models.JSONField(_("取用的事实"))
    recipient_name = models.CharField(_("接收方"), max_length=120)
    sha256 = models.CharField(_("指纹"), max_length=64)
    about = models.CharField(_("事由"), max_length=120)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    actor_name = models.CharField(_("经办人姓名"), max_length=120)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("取用记录")
        verbose_name_plural = _("取用记录")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.grant_id} {self.about}"
