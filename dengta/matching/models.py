"""对接: what firms need, who was asked, what was offered, what was chosen and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dengta.catalogue.models import Entry, PackageLine
from dengta.matching.states import NEED, QUOTE
from dengta.registry.models import Organisation
from dengta.trail.models import Case


class Need(Case):
    """需求: what a firm wants to reach, from the gaps of its assessment or in its own words.

    `assessment_id` is the assessment whose gaps it comes from. Asked openly (`public`) any listed
    provider may quote; otherwise only who is asked. `answer_by` is the last day for quotes."""

    flow = NEED

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    title = models.CharField(_("需求名称"), max_length=120)
    text = models.TextField(_("需求说明"), max_length=5000, blank=True)
    sub_industry = models.CharField(_("细分行业"), max_length=40, db_index=True, blank=True)
    assessment_id = models.PositiveBigIntegerField(_("测评编号"), null=True, blank=True)
    budget_fen = models.PositiveBigIntegerField(_("预算"), null=True, blank=True)
    finish_by = models.DateField(_("希望完成日期"), null=True, blank=True)
    answer_by = models.DateField(_("报价截止日期"), null=True, blank=True)
    public = models.BooleanField(_("公开征集"), default=True)
    office_note = models.CharField(_("协助情况"), max_length=1000, blank=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("改造需求")
        verbose_name_plural = _("改造需求")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="open_need_was_published",
                condition=~Q(state__in=("open", "unmatched", "chosen"))
                | Q(published_at__isnull=False, answer_by__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"XQ{self.created_at.year}-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.organisation.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.organisation_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.number} {self.title}"


class NeedItem(models.Model):
    """需求明细: one scenario that is to rise to a level."""

    need = models.ForeignKey(
        Need, on_delete=models.CASCADE, related_name="items", verbose_name=_("改造需求")
    )
    ordinal = models.PositiveSmallIntegerField(_("行号"))
    scenario = models.CharField(_("应用场景"), max_length=40)
    from_level = models.PositiveSmallIntegerField(_("现有等级"), null=True, blank=True)
    to_level = models.PositiveSmallIntegerField(_("目标等级"))
    note = models.CharField(_("补充说明"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("需求明细")
        verbose_name_plural = _("需求明细")
        ordering = ["need", "ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["need", "scenario"], name="a_scenario_once_per_need"),
            models.CheckConstraint(
                name="need_item_rises",
                condition=Q(to_level__gte=1, to_level__lte=4)
                & (Q(from_level=None) | Q(from_level__lt=F("to_level"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.need} {self.scenario}"


class QuoteRequest(models.Model):
    """询价: a provider that was asked to quote for a need, perhaps by a certain package."""

    need = models.ForeignKey(
        Need, on_delete=models.CASCADE, related_name="requests", verbose_name=_("改造需求")
    )
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("数字化服务商")
    )
    entry = models.ForeignKey(
        Entry,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("资源池条目"),
    )
    asked_at = models.DateTimeField(_("询价时间"))
    declined_at = models.DateTimeField(_("谢绝时间"), null=True, blank=True)
    declined_reason = models.CharField(_("谢绝理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("询价")
        verbose_name_plural = _("询价")
        constraints = [
            models.UniqueConstraint(fields=["need", "provider"], name="a_provider_asked_once")
        ]

    def __str__(self) -> str:
        return f"{self.need} {self.provider}"


class Quote(Case):
    """报价: one provider's offer for one need, line by line. `list_fen` is the sum of its lines,
    `discount_fen` what the provider lets off of it; `level` is what it promises to reach."""

    flow = QUOTE

    need = models.ForeignKey(
        Need, on_delete=models.PROTECT, related_name="quotes", verbose_name=_("改造需求")
    )
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("数字化服务商")
    )
    entry = models.ForeignKey(
        Entry,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("资源池条目"),
    )
    list_fen = models.PositiveBigIntegerField(_("报价总额"), default=0)
    discount_fen = models.PositiveBigIntegerField(_("服务商让利"), default=0)
    days = models.PositiveSmallIntegerField(_("工期"), default=0)
    valid_until = models.DateField(_("报价有效期"), null=True, blank=True)
    text = models.TextField(_("服务说明"), max_length=5000, blank=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    sent_at = models.DateTimeField(_("提交时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("报价")
        verbose_name_plural = _("报价")
        ordering = ["need", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["need", "provider"],
                condition=~Q(state__in=("withdrawn", "lapsed")),
                name="one_live_quote_per_provider",
            ),
            models.UniqueConstraint(
                fields=["need"], condition=Q(state="chosen"), name="one_quote_chosen_per_need"
            ),
            models.CheckConstraint(
                name="sent_quote_has_price_and_term",
                condition=~Q(state__in=("sent", "chosen", "passed_over"))
                | Q(sent_at__isnull=False, valid_until__isnull=False, list_fen__gt=0, days__gt=0),
            ),
            models.CheckConstraint(
                name="discount_within_the_price", condition=Q(discount_fen__lte=F("list_fen"))
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def price_fen(self) -> int:
        """What the firm is to pay before public money, in 分."""
        return self.list_fen - self.discount_fen

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"BJ{self.created_at.year}-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.need.case_region

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.need.organisation_id

    @property
    def case_provider_id(self) -> int:
        """The provider."""
        return self.provider_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.number} {self.provider}"


class QuoteLine(models.Model):
    """报价明细: one item of a quote; `package_line` is the standard item it is compared with,
    `standard_fen` that item's unit price when it was quoted."""

    quote = models.ForeignKey(
        Quote, on_delete=models.CASCADE, related_name="lines", verbose_name=_("报价")
    )
    ordinal = models.PositiveSmallIntegerField(_("行号"))
    text = models.CharField(_("服务内容"), max_length=200)
    cost_class = models.CharField(_("费用类别"), max_length=40)
    unit = models.CharField(_("单位"), max_length=20)
    quantity = models.PositiveIntegerField(_("数量"), default=1)
    price_fen = models.PositiveBigIntegerField(_("单价"))
    days = models.PositiveSmallIntegerField(_("工期"), default=0)
    scenario = models.CharField(_("应用场景"), max_length=40, blank=True)
    level = models.PositiveSmallIntegerField(_("达到等级"), null=True, blank=True)
    package_line = models.ForeignKey(
        PackageLine,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("服务包明细"),
    )
    standard_fen = models.PositiveBigIntegerField(_("标准单价"), null=True, blank=True)

    class Meta:
        verbose_name = _("报价明细")
        verbose_name_plural = _("报价明细")
        ordering = ["quote", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["quote", "ordinal"], name="one_quote_line_of_an_ordinal"
            ),
            models.CheckConstraint(name="quote_line_of_something", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quote} {self.ordinal}"

    @property
    def amount_fen(self) -> int:
        """Quantity times price, in 分."""
        return self.quantity * self.price_fen


class Choice(models.Model):
    """选定: which quote a firm took and why. `compared` is the ranking as it was shown, with its
    inputs, so that it can be computed again; undone it stays as a record."""

    need = models.ForeignKey(
        Need, on_delete=models.PROTECT, related_name="choices", verbose_name=_("改造需求")
    )
    quote = models.ForeignKey(
        Quote, on_delete=models.PROTECT, related_name="+", verbose_name=_("报价")
    )
    reason = models.CharField(_("选择理由"), max_length=1000)
    compared = models.JSONField(_("比选记录"), default=dict, blank=True)
    policy_digest = models.CharField(_("政策指纹"), max_length=64)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    at = models.DateTimeField(_("时间"))
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    undone_reason = models.CharField(_("撤销理由"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("选定")
        verbose_name_plural = _("选定")
        constraints = [
            models.UniqueConstraint(
                fields=["need"], condition=Q(undone_at=None), name="one_choice_per_need"
            ),
            models.CheckConstraint(name="choice_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.need} {self.quote}"
