"""上云服务券: applied for or given, and the invoices an application rests on."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.funding.models.openings import Issuance
from dengta.funding.states import VOUCHER
from dengta.registry.models import Organisation
from dengta.trail.models import Case, Document

OPEN_STATES = ("draft", "returned", "withdrawn")
GRANTED_STATES = ("issued", "redeemed", "expired", "revoked")
ENDED_STATES = ("expired", "revoked")


class Voucher(Case):
    """上云服务券: money in 分. `amount_fen` is what the rule gives, `granted_fen` what was issued,
    `redeemed_fen` how much of that claims have drawn so far.

    One that nobody applied for has an `issuance`: a list, or an opening. `scheme` is the edition.
    `verdict` and `exceptions` keep what was decided and found at submission, `policy_digest`
    the policy; `terms` are the terms of sanction that `agreed_by` agreed to.
    """

    flow = VOUCHER
    desk_path = "/official/vouchers/"

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    scheme = models.CharField(_("补助办法"), max_length=60, default="cloud-voucher")
    programme = models.CharField(_("政策事项"), max_length=60, default="cloud_voucher")
    year = models.PositiveSmallIntegerField(_("年度"))
    issuance = models.ForeignKey(
        Issuance,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="vouchers",
        verbose_name=_("批量发放"),
    )
    supplier = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("云服务供应商"),
    )
    depth = models.CharField(_("上云深度"), max_length=12, blank=True)
    contract_number = models.CharField(_("合同编号"), max_length=60, blank=True)
    contract = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("合同"),
    )
    invoice_file = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("发票"),
    )
    payment_proof = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("付款凭证"),
    )
    item_list = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("清单"),
    )
    bank_flow = models.CharField(_("银行流水号"), max_length=40, blank=True)
    paid_by_firm_fen = models.PositiveBigIntegerField(_("企业实付金额"), default=0)
    bank_account = models.CharField(_("收款账户"), max_length=40, blank=True)
    bank_name = models.CharField(_("开户银行"), max_length=120, blank=True)
    spend_fen = models.PositiveBigIntegerField(_("上云支出"), default=0)
    amount_fen = models.PositiveBigIntegerField(_("核定金额"), default=0)
    verdict = models.JSONField(_("资格判定"), default=dict, blank=True)
    policy_digest = models.CharField(_("政策指纹"), max_length=64, blank=True)
    exceptions = models.JSONField(_("核对异常"), default=list, blank=True)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    terms = models.JSONField(_("惩戒条款"), default=list, blank=True)
    agreed_by = models.CharField(_("承诺人"), max_length=60, blank=True)
    granted_fen = models.PositiveBigIntegerField(_("发放金额"), null=True, blank=True)
    expires_date = models.DateField(_("有效期至"), null=True, blank=True)
    redeemed_fen = models.PositiveBigIntegerField(_("核销金额"), default=0)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("上云服务券")
        verbose_name_plural = _("上云服务券")
        constraints = [
            models.CheckConstraint(
                name="submitted_voucher_has_papers",
                condition=models.Q(state__in=OPEN_STATES)
                | models.Q(issuance__isnull=False, submitted_at__isnull=False, amount_fen__gt=0)
                | models.Q(
                    submitted_at__isnull=False,
                    supplier__isnull=False,
                    contract__isnull=False,
                    invoice_file__isnull=False,
                    payment_proof__isnull=False,
                    item_list__isnull=False,
                    spend_fen__gt=0,
                    amount_fen__gt=0,
                ),
            ),
            models.CheckConstraint(
                name="issued_voucher_has_amount_and_term",
                condition=~models.Q(state__in=GRANTED_STATES)
                | models.Q(
                    granted_fen__isnull=False, granted_fen__gt=0, expires_date__isnull=False
                ),
            ),
            models.CheckConstraint(
                name="voucher_never_more_than_the_rule_gives",
                condition=models.Q(granted_fen=None)
                | models.Q(granted_fen__lte=models.F("amount_fen")),
            ),
            models.CheckConstraint(
                name="redeemed_at_most_what_was_issued",
                condition=models.Q(redeemed_fen=0)
                | models.Q(granted_fen__isnull=False, redeemed_fen__lte=models.F("granted_fen")),
            ),
            models.CheckConstraint(
                name="redeemed_voucher_has_nothing_left",
                condition=~models.Q(state="redeemed")
                | models.Q(redeemed_fen=models.F("granted_fen")),
            ),
            models.UniqueConstraint(
                fields=["issuance", "organisation"],
                condition=models.Q(issuance__isnull=False),
                name="one_voucher_per_firm_and_list",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote, made of year and row."""
        return f"YQ{self.year}-{self.pk or 0:06d}"

    @property
    def left_fen(self) -> int:
        """What can still be redeemed, in 分; 0 before it is issued and after it has ended."""
        if self.state in ENDED_STATES:
            return 0
        return (self.granted_fen or 0) - self.redeemed_fen

    @property
    def case_region(self) -> str:
        """The region of the enterprise."""
        return self.organisation.region_code

    @property
    def case_organisation_id(self) -> int:
        """The enterprise that applied."""
        return self.organisation_id

    @property
    def case_provider_id(self) -> int:
        """Nobody's: a supplier draws on it by a claim of its own."""
        return 0

    @property
    def case_title(self) -> str:
        """Number and enterprise."""
        return f"{self.number} {self.organisation.name}"


class Invoice(models.Model):
    """发票: one row of a voucher's item list. `code` is empty for fully digital invoices of 20
    digits."""

    voucher = models.ForeignKey(
        Voucher, on_delete=models.CASCADE, related_name="invoices", verbose_name=_("上云服务券")
    )
    code = models.CharField(_("发票代码"), max_length=12, blank=True)
    number = models.CharField(_("发票号码"), max_length=20)
    invoice_date = models.DateField(_("开票日期"))
    service = models.CharField(_("服务内容"), max_length=200)
    amount_fen = models.PositiveBigIntegerField(_("金额"))

    class Meta:
        verbose_name = _("发票")
        verbose_name_plural = _("发票")
        constraints = [
            models.UniqueConstraint(
                fields=["voucher", "code", "number"], name="invoice_once_per_voucher"
            ),
            models.CheckConstraint(
                name="invoice_amount_positive", condition=models.Q(amount_fen__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}{self.number}"
