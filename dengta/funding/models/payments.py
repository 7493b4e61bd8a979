"""拨付: batches of payments that go to the bank, and what the bank answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dengta.funding.states import BATCH, PAYMENT
from dengta.registry.models import Organisation
from dengta.trail.models import Case, Document


class PaymentBatch(Case):
    """拨付批次: the payments that one office sends to the bank together. `by_vendor`: a settlement
    of vouchers, one payment per vendor. `file_sha256` is that of the file sent."""

    flow = BATCH
    desk_path = "/official/payments/batches/"

    title = models.CharField(_("批次名称"), max_length=120)
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True)
    by_vendor = models.BooleanField(_("按服务商结算"), default=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    file = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("付款文件"),
    )
    file_sha256 = models.CharField(_("付款文件指纹"), max_length=64, blank=True)
    key = models.CharField(_("防重键"), max_length=120, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    sent_at = models.DateTimeField(_("送交时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("拨付批次")
        verbose_name_plural = _("拨付批次")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="sent_batch_has_file",
                condition=~Q(state__in=("sent", "closed"))
                | (Q(sent_at__isnull=False) & ~Q(file_sha256="")),
            ),
            models.CheckConstraint(
                name="closed_batch_has_moment",
                condition=~Q(state="closed") | Q(closed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"PC{self.created_at.year}-{self.pk or 0:05d}"

    @property
    def case_owner(self) -> str:
        """The office that pays: the province, or a city what it decides."""
        owner = super().case_owner
        return "city" if owner and not self.region_code.endswith("0000") else owner

    @property
    def case_region(self) -> str:
        """The region whose office pays."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's."""
        return 0

    @property
    def case_title(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title}"


class Payment(Case):
    """付款: one transfer of a batch to one account, for one or more instalments. `amount_fen` is
    what is due; of that `set_off_fen` is kept against money to be taken back."""

    flow = PAYMENT

    batch = models.ForeignKey(
        PaymentBatch, on_delete=models.PROTECT, related_name="payments", verbose_name=_("拨付批次")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("收款单位")
    )
    account_name = models.CharField(_("账户名称"), max_length=120)
    account_number = models.CharField(_("收款账户"), max_length=40)
    bank_name = models.CharField(_("开户银行"), max_length=120)
    amount_fen = models.PositiveBigIntegerField(_("金额"))
    set_off_fen = models.PositiveBigIntegerField(_("抵扣追回金额"), default=0)
    bank_reference = models.CharField(_("拨付凭证号"), max_length=60, blank=True)
    bounce_reason = models.CharField(_("退回原因"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("创建时间"))
    paid_at = models.DateTimeField(_("拨付时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("付款")
        verbose_name_plural = _("付款")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="payment_of_something",
                condition=Q(amount_fen__gt=0, set_off_fen__lte=F("amount_fen")),
            ),
            models.CheckConstraint(
                name="paid_payment_has_proof",
                condition=~Q(state="paid") | (Q(paid_at__isnull=False) & ~Q(bank_reference="")),
            ),
            models.CheckConstraint(
                name="bounced_payment_says_why",
                condition=~Q(state="bounced") | ~Q(bounce_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people and banks quote."""
        return f"ZF{self.created_at.year}-{self.pk or 0:07d}"

    @property
    def transfer_fen(self) -> int:
        """What the bank transfers, in 分."""
        return self.amount_fen - self.set_off_fen

    @property
    def case_region(self) -> str:
        """The region whose office pays."""
        return self.batch.region_code

    @property
    def case_organisation_id(self) -> int:
        """Who is paid."""
        return self.organisation_id

    @property
    def case_title(self) -> str:
        """Number and payee."""
        return f"{self.number} {self.organisation.name}"


class BankResult(models.Model):
    """银行回单行: one row of a file that the bank sent back, and what became of it. `cause` is
    empty where it was taken, else why it does not match."""

    class Cause(models.TextChoices):
        UNKNOWN = "unknown", _("没有这笔付款")
        AMOUNT = "amount", _("金额不符")
        ACCOUNT = "account", _("账户不符")
        AGAIN = "again", _("重复回单")
        LATE = "late", _("付款成功后又退回")
        OTHER = "other", _("结果与已登记的不同")

    batch = models.ForeignKey(
        PaymentBatch, on_delete=models.PROTECT, related_name="results", verbose_name=_("拨付批次")
    )
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", verbose_name=_("回单文件")
    )
    row = models.PositiveIntegerField(_("行号"))
    number = models.CharField(_("付款编号"), max_length=40)
    amount_fen = models.PositiveBigIntegerField(_("金额"))
    succeeded = models.BooleanField(_("付款成功"))
    reference = models.CharField(_("拨付凭证号"), max_length=60, blank=True)
    reason = models.CharField(_("退回原因"), max_length=200, blank=True)
    cause = models.CharField(_("不符原因"), max_length=8, choices=Cause.choices, blank=True)
    payment = models.ForeignKey(
        Payment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="results",
        verbose_name=_("付款"),
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("银行回单行")
        verbose_name_plural = _("银行回单行")
        ordering = ["document", "row"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "document", "row"], name="one_result_per_row")
        ]

    def __str__(self) -> str:
        return f"{self.document_id}:{self.row}"
