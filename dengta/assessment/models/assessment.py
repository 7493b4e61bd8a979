"""测评诊断: one assessment of one organisation under one edition of an instrument, and its
answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.assessment.states import ASSESSMENT
from dengta.registry.models import Organisation
from dengta.trail.models import Case, Document, Job


class Assessment(Case):
    """测评: `result` is the whole scoring as stored at submission, `policy_digest` the policy it
    rests on.

    `score_milli` is the total in thousandths of a point, half-up; null where the instrument has no
    total, and `level` where it has no levels. The on-site figures are those of the last rating on
    the spot; for pilot enterprises only they count (see `queries.counted`). By `verify_code`
    anybody can see that a report is genuine.
    """

    flow = ASSESSMENT

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    instrument = models.CharField(_("评测指标"), max_length=40)
    started_at = models.DateTimeField(_("开始时间"))
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    score_milli = models.PositiveIntegerField(_("得分"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"), null=True, blank=True, db_index=True)
    result = models.JSONField(_("测评结果"), default=dict, blank=True)
    policy_digest = models.CharField(_("政策指纹"), max_length=64, blank=True)
    on_site_score_milli = models.PositiveIntegerField(_("现场评定得分"), null=True, blank=True)
    on_site_level = models.PositiveSmallIntegerField(
        _("现场评定等级"), null=True, blank=True, db_index=True
    )
    verify_code = models.CharField(_("核验码"), max_length=16, null=True, blank=True, unique=True)

    class Meta:
        verbose_name = _("测评")
        verbose_name_plural = _("测评")
        constraints = [
            models.CheckConstraint(
                name="submitted_assessment_has_result",
                condition=~models.Q(state="submitted")
                | (
                    models.Q(submitted_at__isnull=False, verify_code__isnull=False)
                    & ~models.Q(policy_digest="")
                ),
            ),
            models.UniqueConstraint(
                fields=["organisation", "instrument"],
                condition=models.Q(state="draft"),
                name="one_draft_per_instrument",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.instrument}"

    @property
    def case_region(self) -> str:
        """The region of the organisation."""
        return self.organisation.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation that is assessed."""
        return self.organisation_id

    @property
    def case_title(self) -> str:
        """The organisation's name."""
        return self.organisation.name


class Answer(models.Model):
    """答案: the firm's own answer to one item as text (letters, a level, one sign per row, a
    figure); the latest one stands. `reason` says why a scenario does not apply (value `NA`).

    `version` rises with each change, so that a screen opened before somebody else's change is
    told so instead of undoing it.
    """

    assessment = models.ForeignKey(
        Assessment, on_delete=models.CASCADE, related_name="answers", verbose_name=_("测评")
    )
    item = models.CharField(_("评测项"), max_length=40)
    value = models.CharField(_("答案"), max_length=60)
    reason = models.CharField(_("不适用的理由"), max_length=500, blank=True)
    remark = models.CharField(_("备注"), max_length=2000, blank=True)
    version = models.PositiveIntegerField(_("版本"), default=1)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("填报人"),
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("答案")
        verbose_name_plural = _("答案")
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="one_answer_per_item")
        ]

    def __str__(self) -> str:
        return f"{self.item}={self.value}"


class Evidence(models.Model):
    """佐证材料: a photo, file or screenshot that one item's answer rests on. Taken back, it stays
    as a record (`withdrawn_at`)."""

    assessment = models.ForeignKey(
        Assessment, on_delete=models.CASCADE, related_name="evidence", verbose_name=_("测评")
    )
    rating = models.ForeignKey(
        "assessment.Rating",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="evidence",
        verbose_name=_("评定"),
    )
    item = models.CharField(_("评测项"), max_length=40)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", verbose_name=_("材料")
    )
    note = models.CharField(_("说明"), max_length=500, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("上传人"),
    )
    at = models.DateTimeField(_("时间"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("佐证材料")
        verbose_name_plural = _("佐证材料")
        indexes = [models.Index(fields=["assessment", "item"], name="evidence_of_item")]

    def __str__(self) -> str:
        return f"{self.item} {self.document}"


class RecordedResult(models.Model):
    """历史结果: a result of an earlier assessment that was made elsewhere, recorded or imported.

    Only its total and level are known. Money and quotas never rest on it; it shows where a firm
    comes from. One per firm, instrument and day.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    instrument = models.CharField(_("评测指标"), max_length=40)
    assessed_date = models.DateField(_("测评日期"))
    score_milli = models.PositiveIntegerField(_("得分"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"), null=True, blank=True)
    basis = models.CharField(_("依据"), max_length=200, blank=True)
    job = models.ForeignKey(
        Job,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("后台任务"),
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("历史结果")
        verbose_name_plural = _("历史结果")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "instrument", "assessed_date"],
                name="one_recorded_result_per_day",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.instrument} {self.assessed_date}"
