"""验收: acceptance with its visit, objections to it, checks of use afterwards."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dengta.projects.models.projects import Project
from dengta.projects.states import ACCEPTANCE, DISPUTE, USAGE
from dengta.trail.models import Case, Document


class Acceptance(Case):
    """验收: one request for acceptance. The visit brings three results in one trip: the level
    (`level`, `score_milli`, from the on-site rating `rating_id`), the finances (`eligible_fen`,
    `paid_fen`, `invoiced_fen`) and the effects (`effects` {id: {claimed, found}}), and the firm's
    rating of provider and result (1 to 5). `flags` are what the checks against false proofs found,
    each {id, zh, en}."""

    flow = ACCEPTANCE

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="acceptances", verbose_name=_("改造项目")
    )
    finished_date = models.DateField(_("完工日期"))
    summary = models.TextField(_("改造总结"), max_length=5000, blank=True)
    effects = models.JSONField(_("改造成效"), default=dict, blank=True)
    flags = models.JSONField(_("核对结果"), default=list, blank=True)
    visit_date = models.DateField(_("现场日期"), null=True, blank=True)
    visitors = models.JSONField(_("现场人员"), default=list, blank=True)
    rating_id = models.PositiveBigIntegerField(_("评定编号"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"), null=True, blank=True)
    score_milli = models.PositiveIntegerField(_("得分"), null=True, blank=True)
    invoiced_fen = models.PositiveBigIntegerField(_("开票金额"), null=True, blank=True)
    paid_fen = models.PositiveBigIntegerField(_("企业实付金额"), null=True, blank=True)
    eligible_fen = models.PositiveBigIntegerField(_("合规投入"), null=True, blank=True)
    real = models.BooleanField(_("内容真实"), null=True, blank=True)
    minutes = models.TextField(_("现场记录"), max_length=5000, blank=True)
    provider_stars = models.PositiveSmallIntegerField(_("对服务商评分"), null=True, blank=True)
    result_stars = models.PositiveSmallIntegerField(_("对成效评分"), null=True, blank=True)
    remark = models.CharField(_("企业意见"), max_length=1000, blank=True)
    publicity_from = models.DateField(_("公示开始日期"), null=True, blank=True)
    publicity_until = models.DateField(_("公示截止日期"), null=True, blank=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    asked_at = models.DateTimeField(_("申请时间"))
    accepted_at = models.DateTimeField(_("通过时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("项目验收")
        verbose_name_plural = _("项目验收")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=~Q(state__in=("failed", "withdrawn")),
                name="one_live_acceptance_per_project",
            ),
            models.CheckConstraint(
                name="visited_acceptance_has_three_results",
                condition=~Q(state__in=("visited", "publicity", "accepted"))
                | Q(
                    visit_date__isnull=False,
                    level__isnull=False,
                    paid_fen__isnull=False,
                    eligible_fen__isnull=False,
                    real=True,
                    provider_stars__gte=1,
                    provider_stars__lte=5,
                    result_stars__gte=1,
                    result_stars__lte=5,
                ),
            ),
            models.CheckConstraint(
                name="accepted_after_publicity",
                condition=~Q(state="accepted")
                | Q(accepted_at__isnull=False, publicity_until__isnull=False),
            ),
            models.CheckConstraint(
                name="publicity_has_its_term",
                condition=~Q(state__in=("publicity", "accepted"))
                | Q(publicity_from__isnull=False, publicity_until__gte=F("publicity_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"YS{self.asked_at.year}-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.project.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.project.organisation_id

    @property
    def case_provider_id(self) -> int:
        """The provider."""
        return self.project.provider_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.number} {self.project.organisation.name}"


class Dispute(Case):
    """验收异议: somebody objects by real name to an acceptance in its publicity."""

    flow = DISPUTE

    acceptance = models.ForeignKey(
        Acceptance, on_delete=models.PROTECT, related_name="disputes", verbose_name=_("项目验收")
    )
    name = models.CharField(_("异议人"), max_length=60)
    contact = models.CharField(_("联系方式"), max_length=80)
    text = models.TextField(_("异议内容"), max_length=5000, blank=True)
    evidence = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("异议证据"),
    )
    answer = models.TextField(_("答复内容"), max_length=5000, blank=True)
    code = models.CharField(_("查询码"), max_length=24, unique=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    filed_at = models.DateTimeField(_("提出时间"))
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("验收异议")
        verbose_name_plural = _("验收异议")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="filed_dispute_has_a_name",
                condition=Q(filed_at__isnull=False) & ~(Q(state="filed") & Q(name="")),
            ),
            models.CheckConstraint(
                name="answered_dispute_has_answer",
                condition=~Q(state__in=("upheld", "dismissed"))
                | (Q(answered_at__isnull=False) & ~Q(answer="")),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.acceptance.case_region

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return 0

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.acceptance.number} {self.name}"


class UsageCheck(Case):
    """回访: whether the firm still uses what was accepted, so many months after (`months`)."""

    flow = USAGE

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="usage_checks", verbose_name=_("改造项目")
    )
    months = models.PositiveSmallIntegerField(_("回访月数"))
    due_date = models.DateField(_("应回访日期"))
    logins = models.PositiveIntegerField(_("登录次数"), null=True, blank=True)
    users = models.PositiveIntegerField(_("使用人数"), null=True, blank=True)
    text = models.CharField(_("使用情况"), max_length=1000, blank=True)
    evidence = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("佐证材料"),
    )
    taken_date = models.DateField(_("截取日期"), null=True, blank=True)
    finding = models.CharField(_("核查意见"), max_length=1000, blank=True)
    reported_at = models.DateTimeField(_("填报时间"), null=True, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("使用回访")
        verbose_name_plural = _("使用回访")
        ordering = ["due_date", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "months"], name="one_usage_check_per_term"),
            models.CheckConstraint(
                name="reported_usage_has_moment",
                condition=~Q(state="reported") | Q(reported_at__isnull=False),
            ),
            models.CheckConstraint(
                name="decided_usage_has_moment",
                condition=~Q(state__in=("in_use", "partly", "unused"))
                | Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.months}"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.project.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.project.organisation_id

    @property
    def case_provider_id(self) -> int:
        """The provider."""
        return self.project.provider_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.project.number} {self.months}"
