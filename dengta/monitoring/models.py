"""监测评估: figures that are reported from outside, kept with date and source."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Observation(models.Model):
    """观测值: a figure for one indicator and region on one day, where it cannot be counted from
    records."""

    indicator = models.CharField(_("指标"), max_length=60)
    region_code = models.CharField(_("地区"), max_length=6)
    observed_date = models.DateField(_("观测日期"))
    amount = models.PositiveBigIntegerField(_("数值"))
    source = models.CharField(_("来源"), max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("填报人"),
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("观测值")
        verbose_name_plural = _("观测值")
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "region_code", "observed_date"], name="one_observation_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.region_code} {self.observed_date}"
