"""评定: what somebody else than the firm found, side by side with its own answers; and the samples
by which officials check the assessors."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.assessment.models.assessment import Assessment
from dengta.assessment.states import RATING, SAMPLE
from dengta.trail.models import Case


class Rating(Case):
    """评定: one person's reading of one assessment: at the desk (`expert`), on the spot
    (`on_site`), or by an official who checks a rating (`recheck`).

    `conflicts` keeps what was checked when the person was assigned; `result` is the scoring as
    stored at submission, as in Assessment.
    """

    flow = RATING

    class Kind(models.TextChoices):
        EXPERT = "expert", _("专家评定")
        ON_SITE = "on_site", _("现场评定")
        RECHECK = "recheck", _("抽查复核")

    assessment = models.ForeignKey(
        Assessment, on_delete=models.PROTECT, related_name="ratings", verbose_name=_("测评")
    )
    kind = models.CharField(_("评定方式"), max_length=12, choices=Kind.choices)
    assessor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("评定人"),
    )
    checked = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rechecks",
        verbose_name=_("被复核的评定"),
    )
    conflicts = models.JSONField(_("回避核查"), default=dict, blank=True)
    assigned_at = models.DateTimeField(_("派单时间"))
    due_date = models.DateField(_("截止日期"), null=True, blank=True)
    visit_date = models.DateField(_("现场日期"), null=True, blank=True)
    remark = models.CharField(_("评定意见"), max_length=2000, blank=True)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    score_milli = models.PositiveIntegerField(_("得分"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("等级"), null=True, blank=True)
    result = models.JSONField(_("评定结果"), default=dict, blank=True)
    policy_digest = models.CharField(_("政策指纹"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("评定")
        verbose_name_plural = _("评定")
        constraints = [
            models.CheckConstraint(
                name="submitted_rating_has_result",
                condition=~models.Q(state="submitted")
                | (models.Q(submitted_at__isnull=False) & ~models.Q(policy_digest="")),
            ),
            models.CheckConstraint(
                name="assigned_rating_has_moment",
                condition=~models.Q(state="assigned") | models.Q(assigned_at__isnull=False),
            ),
            models.CheckConstraint(
                name="on_site_rating_has_visit",
                condition=~models.Q(state="submitted", kind="on_site")
                | models.Q(visit_date__isnull=False),
            ),
            models.CheckConstraint(
                name="recheck_names_what_it_checks",
                condition=~models.Q(kind="recheck") | models.Q(checked__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["assessment", "kind", "assessor"],
                condition=models.Q(state="assigned"),
                name="one_open_rating_per_assessor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment} {self.kind}"

    @property
    def number(self) -> str:
        """The number by which it stands in a public draw; it names neither firm nor assessor."""
        return f"PD{self.assigned_at.year}-{self.pk or 0:06d}"

    @property
    def case_region(self) -> str:
        """The region of the organisation that is rated."""
        return self.assessment.organisation.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation that is rated."""
        return self.assessment.organisation_id

    @property
    def case_user_id(self) -> int:
        """The assessor."""
        return self.assessor_id

    @property
    def case_title(self) -> str:
        """The organisation's name."""
        return self.assessment.organisation.name


class RatedAnswer(models.Model):
    """评定答案: an assessor's answer to one item, with a remark. A tablet may send it long after it
    was typed: the one typed last stands (`typed_at`), sent once or twice."""

    rating = models.ForeignKey(
        Rating, on_delete=models.CASCADE, related_name="answers", verbose_name=_("评定")
    )
    item = models.CharField(_("评测项"), max_length=40)
    value = models.CharField(_("答案"), max_length=60, blank=True)
    reason = models.CharField(_("不适用的理由"), max_length=500, blank=True)
    remark = models.CharField(_("备注"), max_length=2000, blank=True)
    typed_at = models.DateTimeField(_("填写时间"))
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("评定答案")
        verbose_name_plural = _("评定答案")
        constraints = [
            models.UniqueConstraint(fields=["rating", "item"], name="one_rated_answer_per_item")
        ]

    def __str__(self) -> str:
        return f"{self.item}={self.value}"


class Sample(Case):
    """抽查: a random sample of the ratings submitted between two days, to be checked by officials.

    `commitment` is published before the draw, `seed` after it; `record` is the record of
    `core.draws`, from which anybody can recompute who was drawn. `population` are the ids of the
    ratings that could have been.
    """

    flow = SAMPLE

    name = models.CharField(_("名称"), max_length=120)
    region_code = models.CharField(_("地区"), max_length=6)
    instrument = models.CharField(_("评测指标"), max_length=40)
    start_date = models.DateField(_("开始日期"))
    end_date = models.DateField(_("结束日期"))
    size = models.PositiveIntegerField(_("抽取数"))
    population = models.JSONField(_("抽取总体"), default=list)
    commitment = models.CharField(_("种子承诺"), max_length=64)
    seed = models.CharField(_("种子"), max_length=64)
    record = models.JSONField(_("抽取记录"), default=dict, blank=True)
    committed_at = models.DateTimeField(_("承诺时间"))
    drawn_at = models.DateTimeField(_("抽取时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("抽查")
        verbose_name_plural = _("抽查")
        constraints = [
            models.CheckConstraint(
                name="drawn_sample_has_moment",
                condition=~models.Q(state="drawn") | models.Q(drawn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="sample_ends_after_it_begins",
                condition=models.Q(end_date__gte=models.F("start_date")),
            ),
            models.CheckConstraint(
                name="committed_sample_has_commitment",
                condition=~models.Q(state="committed")
                | (models.Q(committed_at__isnull=False) & ~models.Q(commitment="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"CC{self.committed_at.year}-{self.pk or 0:06d}"

    @property
    def case_region(self) -> str:
        """The territory it draws from."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's: it is a matter of the offices."""
        return 0

    @property
    def case_title(self) -> str:
        """Its name."""
        return self.name


class SampledRating(models.Model):
    """抽中评定: one rating that was drawn, and the re-check of it once there is one."""

    sample = models.ForeignKey(
        Sample, on_delete=models.PROTECT, related_name="drawn", verbose_name=_("抽查")
    )
    rating = models.ForeignKey(
        Rating, on_delete=models.PROTECT, related_name="+", verbose_name=_("评定")
    )
    recheck = models.ForeignKey(
        Rating,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("抽查复核"),
    )

    class Meta:
        verbose_name = _("抽中评定")
        verbose_name_plural = _("抽中评定")
        constraints = [
            models.UniqueConstraint(fields=["sample", "rating"], name="one_rating_once_per_sample")
        ]

    def __str__(self) -> str:
        return f"{self.sample} {self.rating}"
