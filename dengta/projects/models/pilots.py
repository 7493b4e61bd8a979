"""城市试点和服务商评价: plans, lists of firms, monthly reports; complaints and scores."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dengta.projects.models.projects import Project
from dengta.projects.states import COMPLAINT, PILOT_FIRM, PILOT_PLAN
from dengta.registry.models import Organisation
from dengta.trail.models import Case, Document


class PilotPlan(Case):
    """试点实施方案: what a pilot city or county promised; filed it is the target contract.

    `award_id` is the award of the selection that it follows from. `industries` are sub-industries,
    `targets` {firms, level_2_firms, level_2_share_bps, cases, trained}; `money_fen` the award
    money, of which `firms_bps` at least goes to firms."""

    flow = PILOT_PLAN

    programme = models.CharField(_("政策事项"), max_length=60, db_index=True)
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True)
    award_id = models.PositiveBigIntegerField(_("认定编号"), null=True, blank=True)
    edition = models.PositiveSmallIntegerField(_("版本号"), default=1)
    title = models.CharField(_("方案名称"), max_length=120)
    from_date = models.DateField(_("开始日期"))
    until_date = models.DateField(_("截止日期"))
    industries = models.JSONField(_("试点行业"), default=list, blank=True)
    targets = models.JSONField(_("目标合同"), default=dict, blank=True)
    money_fen = models.PositiveBigIntegerField(_("试点资金"))
    firms_bps = models.PositiveSmallIntegerField(_("企业占比"))
    document = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("方案文本"),
    )
    policy_digest = models.CharField(_("政策指纹"), max_length=64, blank=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    filed_at = models.DateTimeField(_("备案时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("试点实施方案")
        verbose_name_plural = _("试点实施方案")
        ordering = ["region_code", "-edition"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "region_code"],
                condition=Q(state="in_force"),
                name="one_plan_in_force_per_pilot",
            ),
            models.UniqueConstraint(
                fields=["programme", "region_code", "edition"], name="one_plan_of_an_edition"
            ),
            models.CheckConstraint(
                name="filed_plan_has_its_contract",
                condition=~Q(state__in=("in_force", "superseded", "closed"))
                | (Q(filed_at__isnull=False, document__isnull=False) & ~Q(policy_digest="")),
            ),
            models.CheckConstraint(
                name="plan_ends_after_it_begins", condition=Q(until_date__gt=F("from_date"))
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return 0

    @property
    def case_title(self) -> str:
        """What people call it."""
        return self.title


class PilotFirm(Case):
    """试点企业: a firm on the list of a pilot. What happened to its place is in `PilotChange`."""

    flow = PILOT_FIRM

    programme = models.CharField(_("政策事项"), max_length=60, db_index=True)
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    sub_industry = models.CharField(_("细分行业"), max_length=40, blank=True)
    since_date = models.DateField(_("列入日期"))

    class Meta:
        verbose_name = _("试点企业")
        verbose_name_plural = _("试点企业")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "organisation"], name="a_firm_once_on_the_list_of_a_pilot"
            )
        ]

    def __str__(self) -> str:
        return self.organisation.name

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.organisation_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return self.organisation.name


class PilotChange(models.Model):
    """名单变更: one entry of the log of a pilot's list, with its reason; played from the first
    on, the log gives the list."""

    class Kind(models.TextChoices):
        ADD = "add", _("列入")
        WITHDRAW = "withdraw", _("退出")
        REPLACE = "replace", _("替换")
        RELIST = "relist", _("重新列入")
        LAPSE = "lapse", _("期满未完成")

    firm = models.ForeignKey(
        PilotFirm, on_delete=models.PROTECT, related_name="changes", verbose_name=_("试点企业")
    )
    kind = models.CharField(_("变更类别"), max_length=16, choices=Kind.choices)
    by_firm = models.ForeignKey(
        PilotFirm,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("替换企业"),
    )
    reason = models.CharField(_("变更理由"), max_length=500)
    document_number = models.CharField(_("文号"), max_length=80, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("名单变更")
        verbose_name_plural = _("名单变更")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="list_change_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="replacement_names_the_other",
                condition=~Q(kind="replace") | Q(by_firm__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.firm} {self.kind}"


class PilotMonth(models.Model):
    """试点月报: figures of a pilot composed from facts at the end of a month and frozen, with what
    they counted: `lists` are ids by figure, of organisations, for `late` of projects. `digest` is
    the SHA-256 of figures and lists. `note` is what the city adds in words."""

    plan = models.ForeignKey(
        PilotPlan, on_delete=models.PROTECT, related_name="months", verbose_name=_("试点实施方案")
    )
    month = models.DateField(_("月份"))
    figures = models.JSONField(_("月度指标"), default=dict, blank=True)
    lists = models.JSONField(_("指标名单"), default=dict, blank=True)
    digest = models.CharField(_("内容指纹"), max_length=64)
    note = models.TextField(_("情况说明"), max_length=5000, blank=True)
    sent_at = models.DateTimeField(_("上报时间"), null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("上报人"),
    )
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("试点月报")
        verbose_name_plural = _("试点月报")
        ordering = ["plan", "-month"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "month"], name="one_pilot_report_per_month")
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.month:%Y-%m}"


class Complaint(Case):
    """投诉: a firm complains about a provider; upheld it counts in the provider's score."""

    flow = COMPLAINT

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("数字化服务商")
    )
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="complaints",
        verbose_name=_("改造项目"),
    )
    text = models.TextField(_("投诉内容"), max_length=5000, blank=True)
    evidence = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("佐证材料"),
    )
    answer = models.TextField(_("答复内容"), max_length=5000, blank=True)
    decision = models.TextField(_("决定内容"), max_length=5000, blank=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    filed_at = models.DateTimeField(_("提出时间"))
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("投诉")
        verbose_name_plural = _("投诉")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="filed_complaint_says_what",
                condition=Q(filed_at__isnull=False) & ~(Q(state="filed") & Q(text="")),
            ),
            models.CheckConstraint(
                name="answered_complaint_has_answer",
                condition=~Q(state="answered") | (Q(answered_at__isnull=False) & ~Q(answer="")),
            ),
            models.CheckConstraint(
                name="decided_complaint_has_decision",
                condition=~Q(state__in=("upheld", "dismissed"))
                | (Q(decided_at__isnull=False) & ~Q(decision="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"TS{self.filed_at.year}-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.organisation.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.organisation_id

    @property
    def case_provider_id(self) -> int:
        """The provider."""
        return self.provider_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.number} {self.provider.name}"


class ProviderScore(models.Model):
    """服务商评价: what a provider's score was on a day and how it was computed (`record`: facts,
    parts, weights), so that it can be computed again. `points_milli` is None where too little is
    known."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("数字化服务商")
    )
    as_of = models.DateField(_("评价日期"))
    points_milli = models.PositiveIntegerField(_("得分"), null=True, blank=True)
    stars = models.PositiveSmallIntegerField(_("星级"), null=True, blank=True)
    record = models.JSONField(_("计算过程"), default=dict, blank=True)
    policy_digest = models.CharField(_("政策指纹"), max_length=64)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("服务商评价")
        verbose_name_plural = _("服务商评价")
        ordering = ["organisation", "-as_of"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "as_of"], name="one_score_per_day"),
            models.CheckConstraint(
                name="stars_go_with_points",
                condition=Q(points_milli=None, stars=None)
                | Q(points_milli__isnull=False, stars__gte=1, stars__lte=5),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.as_of}"
