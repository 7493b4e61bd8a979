"""测评诊断: one assessment of one organisation under one edition of an instrument, and its
answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.assessment.states import ASSESSMENT
from dengta.registry.models import Organisation
from dengta.trail.models import Case


class Assessment(Case):
    """测评: `result` is the whole scoring as stored at submission, `policy_digest` the policy it
    rests on.

    `score_milli` is the total in thousandths of a point (0 to 100,000), exact for every shipped
    instrument.
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

    class Meta:
        verbose_name = _("测评")
        verbose_name_plural = _("测评")
        constraints = [
            models.CheckConstraint(
                name="submitted_assessment_has_result",
                condition=~models.Q(state="submitted")
                | models.Q(
                    submitted_at__isnull=False, score_milli__isnull=False, level__isnull=False
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
    """答案: option letters of a question, or the level of a scenario, as text; the latest one
    stands."""

    assessment = models.ForeignKey(
        Assessment, on_delete=models.CASCADE, related_name="answers", verbose_name=_("测评")
    )
    item = models.CharField(_("评测项"), max_length=40)
    value = models.CharField(_("答案"), max_length=20)
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
