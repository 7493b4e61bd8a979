"""申领: a request for money with the costs that it rests on, and the instalments it is paid in."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dengta.funding.states import CLAIM
from dengta.programmes.models import Award
from dengta.projects.models import Project
from dengta.registry.models import Organisation
from dengta.trail.models import Case, Document

OPEN_CLAIM = ("draft", "returned", "withdrawn")
DEAD_CLAIM = ("rejected", "withdrawn", "reversed")
GRANTED_CLAIM = ("approved", "paying", "paid")


class Claim(Case):
    """申领: what a firm asks to be paid by one scheme: a subsidy for its costs, the reward of an
    award, or the redemption of a voucher. Money in 分.

    `scheme` is the edition. `payee` gets the money: the firm, or the provider that set a voucher
    off. The lines come to `claimed_fen`; of these `counted_fen` counts, for which the rule gives
    `computed_fen` (`calculation` has each step, `verdict` the decision on eligibility, as they were
    at submission, `policy_digest` the policy); `approved_fen` is what the office gives.

    The price is shared three ways: `list_fen` = the firm's part + what the provider lets off
    (`discount_fen`) + public money. `paid_fen` is what the firm really paid. `terms` are the terms
    of sanction that `agreed_by` agreed to.
    """

    flow = CLAIM
    desk_path = "/official/claims/"

    scheme = models.CharField(_("补助办法"), max_length=60)
    programme = models.CharField(_("政策事项"), max_length=60, db_index=True)
    year = models.PositiveSmallIntegerField(_("年度"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    payee = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("收款单位")
    )
    supplier = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("数字化服务商"),
    )
    award = models.ForeignKey(
        Award,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("认定"),
    )
    project = models.ForeignKey(
        Project,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("改造项目"),
    )
    voucher = models.ForeignKey(
        "funding.Voucher",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="claims",
        verbose_name=_("上云服务券"),
    )
    title = models.CharField(_("项目名称"), max_length=120, blank=True)
    contract_number = models.CharField(_("合同编号"), max_length=60, blank=True)
    list_fen = models.PositiveBigIntegerField(_("合同总价"), default=0)
    discount_fen = models.PositiveBigIntegerField(_("服务商让利"), default=0)
    paid_fen = models.PositiveBigIntegerField(_("企业实付金额"), default=0)
    finished_date = models.DateField(_("完工日期"), null=True, blank=True)
    accepted_date = models.DateField(_("验收日期"), null=True, blank=True)
    facts = models.JSONField(_("申领事实"), default=dict, blank=True)
    account_name = models.CharField(_("账户名称"), max_length=120, blank=True)
    account_number = models.CharField(_("收款账户"), max_length=40, blank=True)
    bank_name = models.CharField(_("开户银行"), max_length=120, blank=True)
    claimed_fen = models.PositiveBigIntegerField(_("申领费用"), default=0)
    counted_fen = models.PositiveBigIntegerField(_("可计费用"), default=0)
    computed_fen = models.PositiveBigIntegerField(_("核定金额"), default=0)
    approved_fen = models.PositiveBigIntegerField(_("批准金额"), null=True, blank=True)
    calculation = models.JSONField(_("计算过程"), default=dict, blank=True)
    verdict = models.JSONField(_("资格判定"), default=dict, blank=True)
    findings = models.JSONField(_("核对结果"), default=list, blank=True)
    exceptions = models.PositiveSmallIntegerField(_("核对异常数"), default=0)
    policy_digest = models.CharField(_("政策指纹"), max_length=64, blank=True)
    terms = models.JSONField(_("惩戒条款"), default=list, blank=True)
    agreed_by = models.CharField(_("承诺人"), max_length=60, blank=True)
    agreed_at = models.DateTimeField(_("承诺时间"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    key = models.CharField(_("防重键"), max_length=120, unique=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("申领")
        verbose_name_plural = _("申领")
        ordering = ["-id"]
        indexes = [models.Index(fields=["programme", "year", "state"], name="claims_by_programme")]
        constraints = [
            models.CheckConstraint(
                name="claim_on_its_way_was_submitted",
                condition=Q(state__in=OPEN_CLAIM)
                | (Q(submitted_at__isnull=False, computed_fen__gt=0) & ~Q(policy_digest="")),
            ),
            models.CheckConstraint(
                name="submitted_claim_agreed_to_the_terms",
                condition=Q(state__in=OPEN_CLAIM) | (Q(agreed_at__isnull=False) & ~Q(agreed_by="")),
            ),
            models.CheckConstraint(
                name="approved_claim_has_amount",
                condition=~Q(state__in=GRANTED_CLAIM)
                | Q(approved_at__isnull=False, approved_fen__isnull=False, approved_fen__gt=0),
            ),
            models.CheckConstraint(
                name="approved_at_most_what_the_rule_gives",
                condition=Q(approved_fen=None) | Q(approved_fen__lte=F("computed_fen")),
            ),
            models.CheckConstraint(
                name="parts_make_the_price",
                condition=Q(list_fen=0)
                | Q(list_fen__gte=F("discount_fen") + F("approved_fen"))
                | Q(approved_fen=None, list_fen__gte=F("discount_fen")),
            ),
            models.UniqueConstraint(
                fields=["award"],
                condition=~Q(state__in=DEAD_CLAIM),
                name="an_award_is_claimed_once",
            ),
            models.UniqueConstraint(
                fields=["project", "programme"],
                condition=~Q(state__in=DEAD_CLAIM) & Q(project__isnull=False),
                name="a_project_is_claimed_once_per_scheme",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote, made of year and row."""
        return f"SL{self.year}-{self.pk or 0:06d}"

    @property
    def enterprise_fen(self) -> int:
        """What is left of the price for the firm itself, in 分; 0 without a price."""
        return max(self.list_fen - self.discount_fen - (self.approved_fen or 0), 0)

    @property
    def case_region(self) -> str:
        """The region of the enterprise."""
        return self.organisation.region_code

    @property
    def case_organisation_id(self) -> int:
        """The enterprise that claims."""
        return self.organisation_id

    @property
    def case_provider_id(self) -> int:
        """The provider, where it is the one who is paid."""
        return self.payee_id if self.payee_id != self.organisation_id else 0

    @property
    def case_title(self) -> str:
        """Number and enterprise."""
        return f"{self.number} {self.organisation.name}"


class CostLine(models.Model):
    """费用明细: one line of an invoice, with what was bought. `allowed_fen` is what an official
    left of it and `reason` why; `invoice_total_fen` is the total printed on the invoice."""

    claim = models.ForeignKey(
        Claim, on_delete=models.CASCADE, related_name="lines", verbose_name=_("申领")
    )
    ordinal = models.PositiveIntegerField(_("行号"))
    cost_class = models.CharField(_("费用类别"), max_length=40)
    text = models.CharField(_("费用内容"), max_length=200)
    invoice_code = models.CharField(_("发票代码"), max_length=12, blank=True)
    invoice_number = models.CharField(_("发票号码"), max_length=20)
    invoice_line = models.CharField(_("发票行"), max_length=6, blank=True)
    invoice_date = models.DateField(_("开票日期"))
    invoice_total_fen = models.PositiveBigIntegerField(_("发票总额"))
    amount_fen = models.PositiveBigIntegerField(_("金额"))
    serial = models.CharField(_("设备序列号"), max_length=60, blank=True)
    model = models.CharField(_("设备型号"), max_length=60, blank=True)
    allowed_fen = models.PositiveBigIntegerField(_("认可金额"), null=True, blank=True)
    reason = models.CharField(_("核减理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("费用明细")
        verbose_name_plural = _("费用明细")
        ordering = ["claim", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "ordinal"], name="one_line_of_an_ordinal"),
            models.CheckConstraint(
                name="line_within_its_invoice",
                condition=Q(amount_fen__gt=0, amount_fen__lte=F("invoice_total_fen")),
            ),
            models.CheckConstraint(
                name="line_cut_says_why",
                condition=Q(allowed_fen=None)
                | Q(allowed_fen=F("amount_fen"))
                | (Q(allowed_fen__lt=F("amount_fen")) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.ordinal}"


class BankFlow(models.Model):
    """付款流水: one payment of the firm to its supplier, by the bank's number."""

    claim = models.ForeignKey(
        Claim, on_delete=models.CASCADE, related_name="flows", verbose_name=_("申领")
    )
    number = models.CharField(_("银行流水号"), max_length=40)
    paid_date = models.DateField(_("付款日期"))
    amount_fen = models.PositiveBigIntegerField(_("金额"))

    class Meta:
        verbose_name = _("付款流水")
        verbose_name_plural = _("付款流水")
        constraints = [
            models.UniqueConstraint(fields=["claim", "number"], name="a_bank_flow_once_per_claim"),
            models.CheckConstraint(name="bank_flow_of_something", condition=Q(amount_fen__gt=0)),
        ]

    def __str__(self) -> str:
        return self.number


class ClaimPaper(models.Model):
    """申领材料: a paper under one heading of the scheme; taken away it stays as a record."""

    claim = models.ForeignKey(
        Claim, on_delete=models.CASCADE, related_name="papers", verbose_name=_("申领")
    )
    need = models.CharField(_("材料类别"), max_length=40)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", verbose_name=_("材料")
    )
    at = models.DateTimeField(_("时间"))
    removed_at = models.DateTimeField(_("移除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("申领材料")
        verbose_name_plural = _("申领材料")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "need", "document"], name="a_claim_paper_once_per_heading"
            )
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.need}"


class Instalment(models.Model):
    """分期: a part of an approved claim that is paid on its own. `ready_at`: it may be paid since;
    `payment`: it stands in a payment, and no other payment can take it."""

    claim = models.ForeignKey(
        Claim, on_delete=models.PROTECT, related_name="instalments", verbose_name=_("申领")
    )
    ordinal = models.PositiveSmallIntegerField(_("期次"))
    moment = models.CharField(_("拨付时点"), max_length=10)
    amount_fen = models.PositiveBigIntegerField(_("金额"))
    ready_at = models.DateTimeField(_("可付时间"), null=True, blank=True)
    payment = models.ForeignKey(
        "funding.Payment",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="instalments",
        verbose_name=_("付款"),
    )
    settled_at = models.DateTimeField(_("结算时间"), null=True, blank=True)
    paid_at = models.DateTimeField(_("拨付时间"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("分期")
        verbose_name_plural = _("分期")
        ordering = ["claim", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "ordinal"], name="one_instalment_of_an_ordinal"
            ),
            models.CheckConstraint(name="instalment_of_something", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="instalment_paid_by_a_payment",
                condition=Q(paid_at=None)
                | Q(payment__isnull=False, ready_at__isnull=False, settled_at__isnull=False),
            ),
            models.CheckConstraint(
                name="cancelled_instalment_is_not_paid",
                condition=Q(cancelled_at=None) | Q(paid_at=None, payment=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.ordinal}"
