"""防重登记: what was claimed by whom, once over all programmes and years, and what looks alike."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dengta.funding.states import HIT
from dengta.registry.models import Organisation
from dengta.trail.models import Case


class Filing(models.Model):
    """登记件: a claim as it was handed in, whatever it is a claim for: the matter by its flow and
    id, and what it rests on.

    `content` is `core.claims.Claim` (see `queries.register`): entries, wordings, pictures,
    suppliers and amounts in 分, so that a hit can be judged anew from two filings alone. Handed in
    again after it was returned, `version` counts up; `screened_version` is the one that was held
    against all others, and until it is the same nothing is paid. `released_at`: withdrawn or
    refused, so that an honest firm can claim anew. `changed_at` is the server's clock at the last
    change of any of it, by which every process knows what others have filed. `signed_by`: the
    scheme by which its `ScreeningSign`s were made, 0 for none yet.
    """

    flow = models.CharField(_("流程"), max_length=40)
    thing_id = models.BigIntegerField(_("事项编号"))
    number = models.CharField(_("登记件编号"), max_length=40, unique=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    programme = models.CharField(_("政策事项"), max_length=60)
    year = models.PositiveSmallIntegerField(_("年度"))
    amount_fen = models.PositiveBigIntegerField(_("金额"))
    content = models.JSONField(_("登记内容"), default=dict)
    version = models.PositiveIntegerField(_("登记版本"), default=1)
    filed_at = models.DateTimeField(_("登记时间"))
    released_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    screened_version = models.PositiveIntegerField(_("已查重版本"), default=0)
    changed_at = models.DateTimeField(_("变动时间"), default=timezone.now, db_index=True)
    signed_by = models.PositiveIntegerField(_("特征码规则"), default=0)

    class Meta:
        verbose_name = _("登记件")
        verbose_name_plural = _("登记件")
        constraints = [
            models.UniqueConstraint(fields=["flow", "thing_id"], name="one_filing_per_matter")
        ]
        indexes = [
            models.Index(
                fields=["signed_by"], condition=models.Q(released_at=None), name="filings_signed_by"
            )
        ]

    def __str__(self) -> str:
        return self.number


class RegisterEntry(models.Model):
    """防重登记: an invoice line, contract, bank flow, serial number or matter of a reward that a
    live filing rests on; no second live filing can take it. Rejected, withdrawn and expired ones
    let go."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("发票")
        CONTRACT = "contract", _("合同")
        BANK_FLOW = "bank_flow", _("银行流水号")
        SERIAL = "serial", _("序列号")
        REWARD = "reward", _("奖补对象")

    filing = models.ForeignKey(
        Filing, on_delete=models.PROTECT, related_name="entries", verbose_name=_("登记件")
    )
    kind = models.CharField(_("类别"), max_length=12, choices=Kind.choices)
    key = models.CharField(_("登记号"), max_length=60)
    amount_fen = models.PositiveBigIntegerField(_("金额"), default=0)
    released_at = models.DateTimeField(_("解除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("防重登记")
        verbose_name_plural = _("防重登记")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=models.Q(released_at=None),
                name="nothing_claimed_twice",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class InvoiceCeiling(models.Model):
    """发票额度: the total printed on an invoice, and how much of it live filings claim, in 分."""

    key = models.CharField(_("登记号"), max_length=60, unique=True)
    total_fen = models.PositiveBigIntegerField(_("发票总额"))
    claimed_fen = models.BigIntegerField(_("已申领金额"), default=0)

    class Meta:
        verbose_name = _("发票额度")
        verbose_name_plural = _("发票额度")
        constraints = [
            models.CheckConstraint(
                name="invoice_never_claimed_beyond_its_total",
                condition=models.Q(claimed_fen__gte=0, claimed_fen__lte=models.F("total_fen")),
            )
        ]

    def __str__(self) -> str:
        return self.key


class Hit(Case):
    """重复线索: two filings that look like one cost claimed twice (one filing and itself: something
    wrong within). `filing` is the one that was registered later. While it is open, or when it is
    upheld, nothing is approved or paid on it; an official decides it with a reason. `path` explains
    it, each {zh, en}, firms by their codes; the score is in basis points; `amount_fen` is what
    would be paid twice. `ground` stands for all by which the nightly pass has found it (see
    `core.screening`), 0 for none yet: while that is the same, it need not be judged again."""

    flow = HIT
    desk_path = "/official/hits/"

    filing = models.ForeignKey(
        Filing, on_delete=models.PROTECT, related_name="hits", verbose_name=_("登记件")
    )
    other = models.ForeignKey(
        Filing, on_delete=models.PROTECT, related_name="+", verbose_name=_("另一登记件")
    )
    kind = models.CharField(_("线索类别"), max_length=12)
    path = models.JSONField(_("线索说明"), default=list)
    score_bps = models.PositiveIntegerField(_("相似度"))
    amount_fen = models.PositiveBigIntegerField(_("涉及金额"))
    ground = models.BigIntegerField(_("判断依据码"), default=0)
    found_at = models.DateTimeField(_("发现时间"))
    decision = models.TextField(_("判定理由"), max_length=2000, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("重复线索")
        verbose_name_plural = _("重复线索")
        ordering = ["-amount_fen", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["filing", "other", "kind"], name="one_hit_of_a_kind_between_two"
            ),
            models.CheckConstraint(
                name="decided_hit_says_why",
                condition=~models.Q(state__in=("dismissed", "upheld"))
                | (models.Q(decided_at__isnull=False) & ~models.Q(decision="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote, made of year and row."""
        return f"XS{self.found_at.year}-{self.pk or 0:06d}"

    @property
    def case_region(self) -> str:
        """The region of the claimant."""
        return self.filing.organisation.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's: the firm does not decide it."""
        return 0

    @property
    def case_title(self) -> str:
        """Its number and the two filings."""
        return f"{self.number} {self.filing.number} {self.other.number}"
