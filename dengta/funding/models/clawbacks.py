"""追回: money taken back, and how it comes in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dengta.core.workdays import workdays_between
from dengta.funding.models.claims import Claim
from dengta.funding.models.payments import Payment
from dengta.funding.models.register import Hit
from dengta.funding.states import CLAWBACK
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.trail.models import Case, Document

BEFORE_FINAL = ("found", "noticed", "heard", "decided", "appealed")
DECIDED_CLAWBACK = ("decided", "appealed", "collecting", "closed")


class Clawback(Case):
    """资金追回: what is to be taken back of a claim that was paid, as a case. Money in 分.

    `amount_fen` is what the finding asks for, `decided_fen` what was decided, `interest_fen` what
    had accrued on it (`interest_bps` a year from `interest_from` on) when it became final.
    `sanction_until`: until then the party is refused everywhere (see `registry.Sanction`).
    """

    flow = CLAWBACK
    desk_path = "/official/clawbacks/"

    class Origin(models.TextChoices):
        AUDIT = "audit", _("审计发现")
        CHECK = "check", _("事后核查")
        HIT = "hit", _("重复线索")
        TIP = "tip", _("举报")
        OWN = "own", _("企业自查")

    claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="clawbacks", verbose_name=_("申领")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    origin = models.CharField(_("线索来源"), max_length=8, choices=Origin.choices)
    hit = models.ForeignKey(
        Hit,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("重复线索"),
    )
    grounds = models.TextField(_("事由"), max_length=5000)
    evidence = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("处置依据"),
    )
    amount_fen = models.PositiveBigIntegerField(_("拟追回金额"))
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
    decision_number = models.CharField(_("决定文号"), max_length=80, blank=True)
    decided_fen = models.PositiveBigIntegerField(_("决定追回金额"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("决定人"),
    )
    interest_bps = models.PositiveIntegerField(_("年利率"), default=0)
    interest_from = models.DateField(_("计息起始日期"), null=True, blank=True)
    interest_fen = models.PositiveBigIntegerField(_("利息金额"), default=0)
    due_date = models.DateField(_("缴回期限"), null=True, blank=True)
    sanction_until = models.DateField(_("限制申报至"), null=True, blank=True)
    appeal = models.TextField(_("申诉内容"), max_length=5000, blank=True)
    appeal_answer = models.TextField(_("申诉答复"), max_length=5000, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("发起人"),
    )
    key = models.CharField(_("防重键"), max_length=120, unique=True)
    opened_at = models.DateTimeField(_("立案时间"))
    noticed_at = models.DateTimeField(_("告知时间"), null=True, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("资金追回")
        verbose_name_plural = _("资金追回")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="clawback_of_something_for_a_reason",
                condition=Q(amount_fen__gt=0) & ~Q(grounds=""),
            ),
            models.CheckConstraint(
                name="noticed_before_decided",
                condition=~Q(state__in=("noticed", "heard", *DECIDED_CLAWBACK))
                | Q(noticed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="decided_clawback_has_decision",
                condition=~Q(state__in=DECIDED_CLAWBACK)
                | (
                    Q(decided_at__isnull=False, decided_fen__isnull=False, due_date__isnull=False)
                    & ~Q(decision="")
                    & ~Q(decision_number="")
                ),
            ),
            models.CheckConstraint(
                name="closed_clawback_has_moment",
                condition=~Q(state="closed") | Q(closed_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=~Q(state__in=("closed", "dropped")),
                name="one_open_clawback_per_claim",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"ZH{self.opened_at.year}-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The region of the claim: the office that paid takes back, wherever the party is."""
        return self.claim.case_region

    @property
    def case_organisation_id(self) -> int:
        """The party that has to pay back."""
        return self.organisation_id

    @property
    def case_days(self) -> Mapping[str, int]:
        """The days of appeal, which practice has as days of the calendar, in working days."""
        day = timezone.localdate(self.state_since)
        if self.state == "decided":
            over = day + dt.timedelta(days=policy().practised("clawback_appeal_days", day))
            return {"decided": workdays_between(day, over)}
        return {}

    @property
    def case_title(self) -> str:
        """Number and party."""
        return f"{self.number} {self.organisation.name}"


class Repayment(models.Model):
    """缴回分期: one instalment of what is to be paid back; paid by transfer or set off against a
    payment."""

    class How(models.TextChoices):
        TRANSFER = "transfer", _("缴款")
        SET_OFF = "set_off", _("抵扣")

    clawback = models.ForeignKey(
        Clawback, on_delete=models.PROTECT, related_name="repayments", verbose_name=_("资金追回")
    )
    ordinal = models.PositiveSmallIntegerField(_("期次"))
    due_date = models.DateField(_("缴回期限"))
    amount_fen = models.PositiveBigIntegerField(_("金额"))
    paid_fen = models.PositiveBigIntegerField(_("已缴金额"), default=0)
    how = models.CharField(_("缴回方式"), max_length=8, choices=How.choices, blank=True)
    reference = models.CharField(_("缴款凭证号"), max_length=60, blank=True)
    payment = models.ForeignKey(
        Payment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("付款"),
    )
    paid_at = models.DateTimeField(_("缴清时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("缴回分期")
        verbose_name_plural = _("缴回分期")
        ordering = ["clawback", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["clawback", "ordinal"], name="one_repayment_of_an_ordinal"
            ),
            models.CheckConstraint(
                name="repaid_at_most_what_is_due",
                condition=Q(amount_fen__gt=0, paid_fen__lte=models.F("amount_fen")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clawback} {self.ordinal}"
