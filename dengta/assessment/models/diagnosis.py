"""诊断: a diagnosis by a third party, ordered by a firm or an office, from choice to its rating."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dengta.assessment.models.assessment import Assessment
from dengta.assessment.states import DIAGNOSIS
from dengta.registry.models import Organisation
from dengta.trail.models import Case, Document


class DiagnosisOrder(Case):
    """诊断订单: `shown` keeps the providers that were offered (three or more) and in what order, so
    that nobody can say one was forced; `choice_reason` why the firm took the one it took;
    `declined` the codes of those who did not take the order. The provider sees the assessment only
    where the firm agreed (`shares_result`).

    `satisfaction` and the official's `quality` go from 1 to 5.
    """

    flow = DIAGNOSIS

    class Scope(models.TextChoices):
        WHOLE = "whole", _("综合诊断")
        SCENARIO = "scenario", _("场景诊断")
        SECURITY = "security", _("网络和数据安全诊断")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    assessment = models.ForeignKey(
        Assessment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("测评"),
    )
    by_office = models.BooleanField(_("由主管部门发起"), default=False)
    industry_code = models.CharField(_("所属行业"), max_length=5)
    scope = models.CharField(_("诊断类别"), max_length=12, choices=Scope.choices)
    wish = models.CharField(_("诊断需求"), max_length=2000, blank=True)
    shown = models.JSONField(_("展示的服务商"), default=list, blank=True)
    provider = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("数字化服务商"),
    )
    choice_reason = models.CharField(_("选择理由"), max_length=500, blank=True)
    shares_result = models.BooleanField(_("同意提供测评结果"), default=False)
    declined = models.JSONField(_("未接单的服务商"), default=list, blank=True)
    visit_date = models.DateField(_("现场日期"), null=True, blank=True)
    findings = models.CharField(_("诊断结论"), max_length=5000, blank=True)
    report = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("诊断报告"),
    )
    comment = models.CharField(_("企业意见"), max_length=2000, blank=True)
    satisfaction = models.PositiveSmallIntegerField(_("满意度"), null=True, blank=True)
    quality = models.PositiveSmallIntegerField(_("质量评分"), null=True, blank=True)
    quality_note = models.CharField(_("质量意见"), max_length=2000, blank=True)
    ordered_at = models.DateTimeField(_("下单时间"))
    accepted_at = models.DateTimeField(_("验收时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("诊断订单")
        verbose_name_plural = _("诊断订单")
        constraints = [
            models.CheckConstraint(
                name="chosen_diagnosis_has_provider",
                condition=models.Q(state__in=("open", "cancelled"))
                | models.Q(provider__isnull=False),
            ),
            models.CheckConstraint(
                name="accepted_diagnosis_has_satisfaction",
                condition=~models.Q(state="accepted")
                | models.Q(
                    accepted_at__isnull=False,
                    satisfaction__isnull=False,
                    satisfaction__gte=1,
                    satisfaction__lte=5,
                ),
            ),
            models.UniqueConstraint(
                fields=["organisation", "scope"],
                condition=~models.Q(state__in=("accepted", "cancelled")),
                name="one_open_diagnosis_per_scope",
            ),
            models.CheckConstraint(
                name="diagnosis_quality_one_to_five",
                condition=models.Q(quality=None) | models.Q(quality__gte=1, quality__lte=5),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"ZD{timezone.localdate(self.ordered_at).year}-{self.pk or 0:06d}"

    @property
    def case_region(self) -> str:
        """The region of the enterprise."""
        return self.organisation.region_code

    @property
    def case_organisation_id(self) -> int:
        """The enterprise that is diagnosed."""
        return self.organisation_id

    @property
    def case_provider_id(self) -> int:
        """The provider that was chosen; 0 before."""
        return self.provider_id or 0

    @property
    def case_title(self) -> str:
        """Number and enterprise."""
        return f"{self.number} {self.organisation.name}"


class DiagnosisGap(models.Model):
    """诊断短板: one gap that the diagnosis found; it joins those of the assessment. Money in 分,
    days are working days."""

    order = models.ForeignKey(
        DiagnosisOrder, on_delete=models.CASCADE, related_name="gaps", verbose_name=_("诊断订单")
    )
    item = models.CharField(_("评测项"), max_length=40, blank=True)
    title = models.CharField(_("短板"), max_length=120)
    advice = models.CharField(_("改进建议"), max_length=1000)
    severity = models.PositiveSmallIntegerField(_("严重程度"), default=2)
    cost_fen = models.PositiveBigIntegerField(_("预计费用"), null=True, blank=True)
    days = models.PositiveIntegerField(_("预计工期"), null=True, blank=True)

    class Meta:
        verbose_name = _("诊断短板")
        verbose_name_plural = _("诊断短板")
        constraints = [
            models.CheckConstraint(
                name="gap_severity_one_to_three",
                condition=models.Q(severity__gte=1, severity__lte=3),
            )
        ]

    def __str__(self) -> str:
        return self.title
