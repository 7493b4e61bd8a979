"""测评活动: an office asks a list of firms to assess themselves by a day, and sees who has not."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.assessment.states import CAMPAIGN
from dengta.registry.models import Organisation
from dengta.trail.models import Case


class Campaign(Case):
    """测评活动: a list, an instrument, a deadline. An assessment that a firm on the list submits
    between `opened_at` and the end of `due_date` answers it."""

    flow = CAMPAIGN

    class Basis(models.TextChoices):
        PILOT = "pilot", _("试点企业")
        ABOVE_SCALE = "above_scale", _("规上工业企业")
        TITLE = "title", _("有效称号")
        INDUSTRY = "industry", _("所属行业")
        LIST = "list", _("名单")

    name = models.CharField(_("名称"), max_length=120)
    region_code = models.CharField(_("地区"), max_length=6)
    instrument = models.CharField(_("评测指标"), max_length=40)
    basis = models.CharField(_("名单来源"), max_length=12, choices=Basis.choices)
    argument = models.CharField(_("名单条件"), max_length=200, blank=True)
    note = models.CharField(_("说明"), max_length=2000, blank=True)
    due_date = models.DateField(_("截止日期"))
    opened_at = models.DateTimeField(_("发布时间"))
    closed_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("测评活动")
        verbose_name_plural = _("测评活动")
        constraints = [
            models.CheckConstraint(
                name="closed_campaign_has_moment",
                condition=~models.Q(state="closed") | models.Q(closed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def case_region(self) -> str:
        """The territory of the office that opened it."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's: it is a matter of the office."""
        return 0

    @property
    def case_title(self) -> str:
        """Its name."""
        return self.name


class Invitation(models.Model):
    """受邀企业: one firm on the list of a campaign."""

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="invitations", verbose_name=_("测评活动")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    reminders = models.PositiveSmallIntegerField(_("提醒次数"), default=0)
    reminded_at = models.DateTimeField(_("最近提醒时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("受邀企业")
        verbose_name_plural = _("受邀企业")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "organisation"], name="one_invitation_per_campaign"
            )
        ]

    def __str__(self) -> str:
        return f"{self.campaign} {self.organisation}"
