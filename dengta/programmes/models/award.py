"""异议、认定、认定后处置."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.programmes.models.application import Application
from dengta.programmes.states import AWARD, OBJECTION, PROCEEDING
from dengta.registry.models import Organisation
from dengta.trail.models import Case, Document


class Objection(Case):
    """异议: somebody, by real name and with evidence, objects to a proposal in its publicity."""

    flow = OBJECTION

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="objections", verbose_name=_("申报")
    )
    name = models.CharField(_("异议人"), max_length=60)
    contact = models.CharField(_("联系方式"), max_length=80)
    unit = models.CharField(_("异议人单位"), max_length=120, blank=True)
    text = models.TextField(_("异议内容"), max_length=5000)
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
        verbose_name = _("异议")
        verbose_name_plural = _("异议")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="answered_objection_has_answer",
                condition=~models.Q(state__in=("upheld", "dismissed"))
                | (models.Q(answered_at__isnull=False) & ~models.Q(answer="")),
            ),
            models.CheckConstraint(
                name="filed_objection_has_a_name",
                condition=models.Q(filed_at__isnull=False)
                & ~(models.Q(state="filed") & (models.Q(name="") | models.Q(contact=""))),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"YY{self.filed_at.year}-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The region whose office runs the round."""
        return self.application.round.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's."""
        return 0

    @property
    def case_title(self) -> str:
        """Number and the applicant objected to."""
        return f"{self.number} {self.application.applicant_name}"


class Award(Case):
    """认定: what an application was given, for how long, by which document.

    `once_key` is unique: programme, applicant and (as the selection says) year or round, so that
    what is given once only cannot be given twice; empty where nothing forbids it. `holder_name`
    follows changes of name, `awarded_name` stays.
    """

    flow = AWARD

    application = models.OneToOneField(
        Application, on_delete=models.PROTECT, related_name="award", verbose_name=_("申报")
    )
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("主体"),
    )
    programme = models.CharField(_("政策事项"), max_length=60, db_index=True)
    awarded_name = models.CharField(_("认定时名称"), max_length=120)
    holder_name = models.CharField(_("现名称"), max_length=120)
    title = models.CharField(_("申报名称"), max_length=120, blank=True)
    document_number = models.CharField(_("认定文号"), max_length=80)
    award_date = models.DateField(_("认定日期"))
    expires_date = models.DateField(_("有效期至"), null=True, blank=True)
    amount_fen = models.PositiveBigIntegerField(_("奖补金额"), default=0)
    number = models.CharField(_("证书编号"), max_length=40, unique=True)
    code = models.CharField(_("验证码"), max_length=24, unique=True)
    once_key = models.CharField(
        _("只奖一次登记号"), max_length=120, unique=True, null=True, blank=True
    )
    rectify_until = models.DateField(_("整改期限"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("认定")
        verbose_name_plural = _("认定")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="award_ends_after_it_begins",
                condition=models.Q(expires_date=None)
                | models.Q(expires_date__gte=models.F("award_date")),
            ),
            models.CheckConstraint(
                name="revoked_award_has_moment",
                condition=~models.Q(state="revoked") | models.Q(revoked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="award_to_be_rectified_has_term",
                condition=~models.Q(state="rectifying") | models.Q(rectify_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def case_region(self) -> str:
        """The region of the holder."""
        return self.application.region_code

    @property
    def case_organisation_id(self) -> int:
        """The holder."""
        return self.organisation_id or 0

    @property
    def case_title(self) -> str:
        """Number and holder."""
        return f"{self.number} {self.holder_name}"


LIVE = ("opened", "noticed", "heard", "decided", "appealed")
"""States of a proceeding that is not over."""
STANDING = ("warning", "revocation", "rectification", "renewal")
"""Kinds of proceedings that decide whether and how long an award stands. They go one after the
other; an evaluation and a change of name run beside them and each other."""


class Proceeding(Case):
    """认定后处置: revocation, rectification, renewal, change of name or evaluation of one award,
    as a case with notice and defence. `terms` is what is asked or decided: {expires_date}, {name},
    {until}; of a warning or an evaluation in effect {shown_until}; of an evaluation see
    `actions.evaluating`."""

    flow = PROCEEDING

    class Kind(models.TextChoices):
        WARNING = "warning", _("警告")
        REVOCATION = "revocation", _("撤销认定")
        RECTIFICATION = "rectification", _("限期整改")
        RENEWAL = "renewal", _("续期")
        RENAMING = "renaming", _("名称变更")
        EVALUATION = "evaluation", _("跟踪评价")

    award = models.ForeignKey(
        Award, on_delete=models.PROTECT, related_name="proceedings", verbose_name=_("认定")
    )
    kind = models.CharField(_("处置类别"), max_length=16, choices=Kind.choices)
    grounds = models.TextField(_("事由"), max_length=5000)
    evidence = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("处置依据"),
    )
    terms = models.JSONField(_("处置内容"), default=dict, blank=True)
    defence = models.TextField(_("陈述申辩"), max_length=5000, blank=True)
    defence_file = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("申辩材料"),
    )
    decision = models.TextField(_("决定内容"), max_length=5000, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("发起人"),
    )
    opened_at = models.DateTimeField(_("立案时间"))
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("认定后处置")
        verbose_name_plural = _("认定后处置")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="opened_proceeding_has_grounds",
                condition=models.Q(opened_at__isnull=False)
                & ~(models.Q(state="opened") & models.Q(grounds="")),
            ),
            models.CheckConstraint(
                name="decided_proceeding_has_decision",
                condition=~models.Q(state__in=("decided", "appealed", "closed"))
                | (models.Q(decided_at__isnull=False) & ~models.Q(decision="")),
            ),
            models.UniqueConstraint(
                fields=["award", "kind"],
                condition=models.Q(state__in=LIVE),
                name="one_open_proceeding_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["award"],
                condition=models.Q(state__in=LIVE, kind__in=STANDING),
                name="one_open_proceeding_on_standing",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"CZ{self.opened_at.year}-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The region of the holder."""
        return self.award.case_region

    @property
    def case_organisation_id(self) -> int:
        """The holder."""
        return self.award.case_organisation_id

    @property
    def case_title(self) -> str:
        """Number and holder."""
        return f"{self.number} {self.award.holder_name}"
