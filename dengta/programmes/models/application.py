"""申报: what an applicant filled in, the papers, what was returned, and how far it has come."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.programmes.models.round import Round, days_of
from dengta.programmes.states import APPLICATION, LIVE_STATES, OPEN_STATES, PUBLIC_STATES
from dengta.registry.models import Organisation
from dengta.trail.models import Case, Document


class Application(Case):
    """申报: one application in one round.

    The applicant is an organisation, or a city or county (`organisation` is empty then and
    `applicant_code` its region). What decides quotas is kept as it was at submission: region,
    `sector` (division of GB/T 4754, or what the selection names instead).

    `verdict` and `findings` keep what the machine decided and saw at submission (each finding {id,
    ok, zh, en}); `exceptions` counts the findings that are not ok. `score` is the panel's exact
    fraction as text, `score_milli` thousandths of a point to show. `place` is what the list says:
    {rank, outcome, zh, en}. `publicity_until` is the last day on which objections are taken.
    """

    flow = APPLICATION
    desk_path = "/official/applications/"

    round = models.ForeignKey(
        Round, on_delete=models.PROTECT, related_name="applications", verbose_name=_("遴选批次")
    )
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("主体"),
    )
    applicant_code = models.CharField(_("申报单位代码"), max_length=18, db_index=True)
    applicant_name = models.CharField(_("申报单位"), max_length=120)
    title = models.CharField(_("申报名称"), max_length=120, blank=True)
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True)
    sector = models.CharField(_("名额行业"), max_length=40, blank=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    pledged_by = models.CharField(_("承诺人"), max_length=60, blank=True)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    verdict = models.JSONField(_("资格判定"), default=dict, blank=True)
    findings = models.JSONField(_("核对结果"), default=list, blank=True)
    exceptions = models.PositiveSmallIntegerField(_("核对异常数"), default=0)
    policy_digest = models.CharField(_("政策指纹"), max_length=64, blank=True)
    recommended_at = models.DateTimeField(_("推荐时间"), null=True, blank=True)
    score = models.CharField(_("评审得分"), max_length=80, blank=True)
    score_milli = models.PositiveIntegerField(_("评审得分（千分之一分）"), null=True, blank=True)
    marks = models.JSONField(_("分项得分"), default=dict, blank=True)
    to_discuss = models.BooleanField(_("是否需合议"), default=False)
    minutes = models.TextField(_("合议纪要"), max_length=5000, blank=True)
    discussed_at = models.DateTimeField(_("合议时间"), null=True, blank=True)
    visit_date = models.DateField(_("现场日期"), null=True, blank=True)
    visit_note = models.TextField(_("核查情况"), max_length=5000, blank=True)
    visit_report = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("核查报告"),
    )
    lot = models.CharField(_("签号"), max_length=64, blank=True)
    place = models.JSONField(_("名次和理由"), default=dict, blank=True)
    rank = models.PositiveIntegerField(_("名次"), null=True, blank=True)
    amount_fen = models.PositiveBigIntegerField(_("奖补金额"), null=True, blank=True)
    publicity_from = models.DateField(_("公示开始日期"), null=True, blank=True)
    publicity_until = models.DateField(_("公示截止日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("申报")
        verbose_name_plural = _("申报")
        ordering = ["-id"]
        indexes = [models.Index(fields=["round", "state", "id"], name="applications_of_round")]
        constraints = [
            models.CheckConstraint(
                name="application_on_its_way_was_submitted",
                condition=models.Q(state__in=(*OPEN_STATES, "withdrawn", "lapsed", "terminated"))
                | (models.Q(submitted_at__isnull=False) & ~models.Q(policy_digest="")),
            ),
            models.CheckConstraint(
                name="application_in_public_has_publicity",
                condition=~models.Q(state__in=PUBLIC_STATES)
                | models.Q(
                    publicity_from__isnull=False,
                    publicity_until__isnull=False,
                    rank__isnull=False,
                ),
            ),
            models.UniqueConstraint(
                fields=["round", "applicant_code", "title"],
                condition=models.Q(state__in=LIVE_STATES) & ~models.Q(title=""),
                name="one_live_application_of_a_title",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote, made of the round's year and the row."""
        return f"SB{self.created_at.year}-{self.pk or 0:06d}"

    @property
    def case_region(self) -> str:
        """The region of the applicant."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation that applies; 0 for a city or county."""
        return self.organisation_id or 0

    @property
    def case_title(self) -> str:
        """Number and applicant."""
        return f"{self.number} {self.applicant_name}"

    @property
    def case_days(self) -> Mapping[str, int]:
        """The selection's own working days by state."""
        return days_of(self.round.selection)


class Entry(models.Model):
    """填报内容: one field of an application as it stands, and how often it was written: whoever
    writes says which version they saw, so that nobody's words are lost unseen."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="entries", verbose_name=_("申报")
    )
    field = models.CharField(_("填报项"), max_length=60)
    value = models.JSONField(_("填报值"), null=True)
    version = models.PositiveIntegerField(_("填报版本"), default=1)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("填报人"),
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("填报内容")
        verbose_name_plural = _("填报内容")
        constraints = [
            models.UniqueConstraint(fields=["application", "field"], name="one_entry_per_field")
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.field}"


class Attachment(models.Model):
    """申报附件: a paper under one heading of the form. Taken away it stays as a record."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="attachments", verbose_name=_("申报")
    )
    slot = models.CharField(_("附件类别"), max_length=60)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", verbose_name=_("材料")
    )
    at = models.DateTimeField(_("时间"))
    removed_at = models.DateTimeField(_("移除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("申报附件")
        verbose_name_plural = _("申报附件")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "slot", "document"], name="a_paper_once_per_heading"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.slot}"


class Reopening(models.Model):
    """退回项: one field (or `slot:<id>`) that an office opened again, and why. All the rest stays
    closed. `before` is what the field said then."""

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="reopenings", verbose_name=_("申报")
    )
    item = models.CharField(_("退回填报项"), max_length=70)
    reason = models.CharField(_("退回理由"), max_length=500)
    before = models.JSONField(_("退回前的值"), null=True)
    office = models.CharField(_("退回环节"), max_length=12)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    at = models.DateTimeField(_("时间"))
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("退回项")
        verbose_name_plural = _("退回项")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "item"],
                condition=models.Q(answered_at=None),
                name="one_open_reopening_per_item",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.item}"
