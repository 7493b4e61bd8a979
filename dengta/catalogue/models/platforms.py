"""平台月度数据: what an industrial platform reports of itself, month by month."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from dengta.catalogue.models.entries import Entry
from dengta.catalogue.states import PLATFORM_MONTH
from dengta.trail.models import Case, Document


class PlatformMonth(Case):
    """平台月度数据: figures of one platform for one month with their evidence. `findings` are what
    the trend checks found when it was reported, each {id, zh, en}."""

    flow = PLATFORM_MONTH

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="months", verbose_name=_("资源池条目")
    )
    month = models.DateField(_("月份"))
    figures = models.JSONField(_("月度指标"), default=dict, blank=True)
    evidence = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("佐证材料"),
    )
    findings = models.JSONField(_("核对结果"), default=list, blank=True)
    explanation = models.CharField(_("情况说明"), max_length=1000, blank=True)
    reported_at = models.DateTimeField(_("上报时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("平台月度数据")
        verbose_name_plural = _("平台月度数据")
        ordering = ["entry", "-month"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "month"], name="one_report_per_month"),
            models.CheckConstraint(
                name="reported_month_has_evidence",
                condition=~Q(state__in=("reported", "confirmed"))
                | Q(reported_at__isnull=False, evidence__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry} {self.month:%Y-%m}"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.entry.case_region

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.entry.case_organisation_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.entry} {self.month:%Y-%m}"
