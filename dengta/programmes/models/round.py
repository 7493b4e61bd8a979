"""批次: a round of a selection, how many of each it may take, and what of it is public."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.core.selection import Selection
from dengta.programmes.states import ROUND
from dengta.registry.queries import policy
from dengta.trail.models import Case


class Round(Case):
    """批次: one run of a selection, from its notice to the document that names who is selected.

    `selection` is the id of a selection's edition; `places` and `budget_fen` (分) narrow what the
    edition allows. `key` makes opening it twice one round.
    """

    flow = ROUND

    selection = models.CharField(_("遴选规则"), max_length=60, db_index=True)
    name = models.CharField(_("批次名称"), max_length=120)
    year = models.PositiveSmallIntegerField(_("年度"))
    region_code = models.CharField(_("组织地区"), max_length=6)
    document_number = models.CharField(_("通知文号"), max_length=80, blank=True)
    notice = models.TextField(_("通知正文"), max_length=20_000, blank=True)
    opens_at = models.DateTimeField(_("申报开始时间"))
    closes_at = models.DateTimeField(_("申报截止时间"))
    places = models.PositiveIntegerField(_("名额"), null=True, blank=True)
    budget_fen = models.PositiveBigIntegerField(_("预算金额"), null=True, blank=True)
    publicity_from = models.DateField(_("公示开始日期"), null=True, blank=True)
    publicity_until = models.DateField(_("公示截止日期"), null=True, blank=True)
    award_document = models.CharField(_("认定文号"), max_length=80, blank=True)
    award_date = models.DateField(_("认定日期"), null=True, blank=True)
    policy_digest = models.CharField(_("政策指纹"), max_length=64, blank=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("遴选批次")
        verbose_name_plural = _("遴选批次")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="round_closes_after_it_opens",
                condition=models.Q(closes_at__gt=models.F("opens_at")),
            ),
            models.CheckConstraint(
                name="round_in_publicity_has_its_days",
                condition=~models.Q(state__in=("publicity", "awarded"))
                | models.Q(publicity_from__isnull=False, publicity_until__isnull=False),
            ),
            models.CheckConstraint(
                name="awarded_round_has_document",
                condition=~models.Q(state="awarded")
                | (models.Q(award_date__isnull=False) & ~models.Q(award_document="")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """The number people quote, made of year and row."""
        return f"LX{self.year}-{self.pk or 0:04d}"

    @property
    def rule(self) -> Selection:
        """The edition of the selection that the round goes by."""
        return policy().selection(self.selection)

    @property
    def case_region(self) -> str:
        """The region whose office runs it."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's: a round belongs to the administration."""
        return 0

    @property
    def case_title(self) -> str:
        """Its name."""
        return self.name


class QuotaCount(models.Model):
    """名额: how many of one kind a round has taken, and may take. The database refuses one more.

    `by` and `value` as in the selection's quota: `round` with an empty value, `city` with a
    division, `industry` with a sector, `applicant` with a code.
    """

    round = models.ForeignKey(
        Round, on_delete=models.CASCADE, related_name="quotas", verbose_name=_("遴选批次")
    )
    by = models.CharField(_("名额口径"), max_length=12)
    value = models.CharField(_("口径取值"), max_length=40, blank=True)
    limit = models.PositiveIntegerField(_("名额上限"))
    used = models.PositiveIntegerField(_("已用名额"), default=0)

    class Meta:
        verbose_name = _("名额使用")
        verbose_name_plural = _("名额使用")
        constraints = [
            models.UniqueConstraint(fields=["round", "by", "value"], name="one_count_of_a_quota"),
            models.CheckConstraint(
                name="quota_is_never_exceeded", condition=models.Q(used__lte=models.F("limit"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.by} {self.value} {self.used}/{self.limit}"


class Publication(models.Model):
    """公开文件: a document that anybody may read and recompute, byte for byte as it was published:
    what was announced of a draw, its record, panels with their certificate, the list. Not public
    is the letter of what a city recommends."""

    class Kind(models.TextChoices):
        ANNOUNCEMENT = "announcement", _("抽取公告")
        DRAW = "draw", _("抽取记录")
        ASSIGNMENT = "assignment", _("专家分配记录")
        ALLOCATION = "allocation", _("名单记录")
        LETTER = "letter", _("推荐函")

    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, related_name="publications", verbose_name=_("遴选批次")
    )
    kind = models.CharField(_("文件类别"), max_length=12, choices=Kind.choices)
    text = models.TextField(_("文件内容"))
    digest = models.CharField(_("内容指纹"), max_length=64)
    public = models.BooleanField(_("是否公开"), default=False)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("公开文件")
        verbose_name_plural = _("公开文件")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "kind", "digest"], name="one_publication_of_a_content"
            )
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.kind}"


def days_of(selection: str) -> Mapping[str, int]:
    """Working days of each step where the selection sets its own."""
    return policy().selection(selection).days
