"""发券: many vouchers at once, and days on which they go to whoever comes first."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dengta.funding.states import OPENING
from dengta.registry.models import Organisation
from dengta.trail.models import Case


class Issuance(models.Model):
    """批量发放: vouchers issued together, from one list or in one opening (its key names which).
    `failures` are the first rows that got none, each {row, uscc, zh, en}."""

    scheme = models.CharField(_("补助办法"), max_length=60)
    programme = models.CharField(_("政策事项"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年度"))
    title = models.CharField(_("批次名称"), max_length=120)
    reason = models.CharField(_("事由"), max_length=500)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    asked = models.PositiveIntegerField(_("名单家数"), default=0)
    issued = models.PositiveIntegerField(_("已发家数"), default=0)
    issued_fen = models.PositiveBigIntegerField(_("发放金额"), default=0)
    failures = models.JSONField(_("未发明细"), default=list, blank=True)
    key = models.CharField(_("防重键"), max_length=120, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("批量发放")
        verbose_name_plural = _("批量发放")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="issued_at_most_what_was_asked", condition=Q(issued__lte=F("asked"))
            )
        ]

    def __str__(self) -> str:
        return self.title


class Opening(Case):
    """发券场次: from `opens_at` on vouchers of a scheme go to whoever comes first, until the money
    or the time is over."""

    flow = OPENING

    scheme = models.CharField(_("补助办法"), max_length=60)
    programme = models.CharField(_("政策事项"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年度"))
    title = models.CharField(_("场次名称"), max_length=120)
    region_code = models.CharField(_("所在地区"), max_length=6)
    opens_at = models.DateTimeField(_("开放时间"))
    closes_at = models.DateTimeField(_("结束时间"))
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("发券场次")
        verbose_name_plural = _("发券场次")
        ordering = ["-opens_at"]
        constraints = [
            models.CheckConstraint(
                name="opening_ends_after_it_begins", condition=Q(closes_at__gt=F("opens_at"))
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def case_region(self) -> str:
        """The region whose office gives."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's."""
        return 0

    @property
    def case_title(self) -> str:
        """The title."""
        return self.title


class Ticket(models.Model):
    """排队号: a firm's place in the queue of an opening, and what came of it. The row number is the
    order: who came first is served first. `verdict` is what was decided when it was taken,
    `agreed_by` who agreed to the terms, `note` why nothing was given, {zh, en}."""

    class Outcome(models.TextChoices):
        GRANTED = "granted", _("已领到")
        EMPTY = "empty", _("已领完")
        REFUSED = "refused", _("不符合条件")

    opening = models.ForeignKey(
        Opening, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("发券场次")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    facts = models.JSONField(_("申领事实"), default=dict, blank=True)
    asked_fen = models.PositiveBigIntegerField(_("申请金额"))
    verdict = models.JSONField(_("资格判定"), default=dict, blank=True)
    agreed_by = models.CharField(_("承诺人"), max_length=60, blank=True)
    at = models.DateTimeField(_("时间"))
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    outcome = models.CharField(_("领取结果"), max_length=8, choices=Outcome.choices, blank=True)
    note = models.JSONField(_("说明"), default=dict, blank=True)
    voucher = models.OneToOneField(
        "funding.Voucher",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ticket",
        verbose_name=_("上云服务券"),
    )

    class Meta:
        verbose_name = _("排队号")
        verbose_name_plural = _("排队号")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["opening", "id"], condition=Q(answered_at=None), name="tickets_waiting"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["opening", "organisation"], name="one_ticket_per_firm"),
            models.CheckConstraint(
                name="answered_ticket_has_outcome",
                condition=Q(answered_at=None, outcome="")
                | (Q(answered_at__isnull=False) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="granted_ticket_has_voucher",
                condition=~Q(outcome="granted") | Q(voucher__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opening} {self.pk}"
