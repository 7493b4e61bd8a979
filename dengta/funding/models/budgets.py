"""预算资金: where the money of a fund stands, what moves it, and what cities are given."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.funding.states import ORDER, PUBLIC_EXPENSE, TRANCHE
from dengta.trail.models import Case, Document


class Budget(models.Model):
    """资金账户: the money of one fund at one place. `code` is its account in the ledger, which is
    guarded: nothing can be drawn that is not there.

    What a city or county is given for pilots is kept apart by `part`, so that the share meant for
    enterprises cannot be spent on anything else.
    """

    class Level(models.TextChoices):
        PROVINCE = "province", _("省级")
        CITY = "city", _("市州")
        COUNTY = "county", _("区县")

    class Part(models.TextChoices):
        ALL = "all", _("不分用途")
        ENTERPRISE = "enterprise", _("直接补助企业")
        PUBLIC = "public", _("公共服务")

    fund = models.CharField(_("资金池"), max_length=60)
    programme = models.CharField(_("政策事项"), max_length=60, db_index=True)
    plan = models.CharField(_("所属方案"), max_length=40, blank=True)
    year = models.PositiveSmallIntegerField(_("年度"))
    level = models.CharField(_("预算级次"), max_length=8, choices=Level.choices)
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True)
    part = models.CharField(_("资金用途"), max_length=10, choices=Part.choices, default=Part.ALL)
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("上级资金账户"),
    )
    code = models.CharField(_("账户编码"), max_length=120, unique=True)
    opened_at = models.DateTimeField(_("开设时间"))

    class Meta:
        verbose_name = _("资金账户")
        verbose_name_plural = _("资金账户")
        ordering = ["fund", "region_code", "part"]
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "region_code", "part"], name="one_budget_per_place_and_part"
            ),
            models.CheckConstraint(
                name="province_holds_the_top_budget",
                condition=models.Q(level="province", parent=None)
                | (~models.Q(level="province") & models.Q(parent__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Tranche(Case):
    """城市试点分批资金: one portion of what a city or county is given, asked for and released after
    its evaluation. `figures` is what the books said when it was asked for and evaluated."""

    flow = TRANCHE

    fund = models.CharField(_("资金池"), max_length=60)
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True)
    ordinal = models.PositiveSmallIntegerField(_("批次序号"))
    after = models.JSONField(_("下达条件"), default=dict)
    amount_fen = models.PositiveBigIntegerField(_("金额"))
    figures = models.JSONField(_("申请时数据"), default=dict, blank=True)
    request = models.TextField(_("申请说明"), max_length=5000, blank=True)
    report = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("绩效报告"),
    )
    score = models.PositiveSmallIntegerField(_("绩效评价得分"), null=True, blank=True)
    opinion = models.TextField(_("评价意见"), max_length=5000, blank=True)
    created_at = models.DateTimeField(_("创建时间"))
    asked_at = models.DateTimeField(_("申请时间"), null=True, blank=True)
    evaluated_at = models.DateTimeField(_("评价时间"), null=True, blank=True)
    released_at = models.DateTimeField(_("下达时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("城市试点分批资金")
        verbose_name_plural = _("城市试点分批资金")
        ordering = ["fund", "region_code", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["fund", "region_code", "ordinal"], name="one_tranche_of_an_ordinal"
            ),
            models.CheckConstraint(
                name="tranche_of_something", condition=models.Q(amount_fen__gt=0)
            ),
            models.CheckConstraint(
                name="tranche_released_after_evaluation",
                condition=~models.Q(state__in=("evaluated", "released"))
                | models.Q(asked_at__isnull=False, evaluated_at__isnull=False, score__isnull=False),
            ),
            models.CheckConstraint(
                name="released_tranche_has_moment",
                condition=~models.Q(state="released") | models.Q(released_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund}/{self.region_code}/{self.ordinal}"

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"FP{self.created_at.year}-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The city or county that is given the money."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's."""
        return 0

    @property
    def case_title(self) -> str:
        """Number and place."""
        return f"{self.number} {self.region_code}"


class BudgetOrder(Case):
    """资金指标文: an appropriation, an allocation downwards, a return, or a move between the parts
    of one place. `source` is empty for an appropriation, which comes from the treasury."""

    flow = ORDER
    desk_path = "/official/budgets/orders/"

    class Kind(models.TextChoices):
        APPROPRIATE = "appropriate", _("预算安排")
        ALLOCATE = "allocate", _("下达")
        RETURN = "return", _("收回")
        SHIFT = "shift", _("调整用途")

    kind = models.CharField(_("指标类型"), max_length=12, choices=Kind.choices)
    source = models.ForeignKey(
        Budget,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("转出账户"),
    )
    target = models.ForeignKey(
        Budget, on_delete=models.PROTECT, related_name="+", verbose_name=_("转入账户")
    )
    tranche = models.ForeignKey(
        Tranche,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="orders",
        verbose_name=_("城市试点分批资金"),
    )
    amount_fen = models.PositiveBigIntegerField(_("金额"))
    document_number = models.CharField(_("文号"), max_length=80)
    reason = models.CharField(_("事由"), max_length=500)
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    key = models.CharField(_("防重键"), max_length=120, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    booked_at = models.DateTimeField(_("记账时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("资金指标文")
        verbose_name_plural = _("资金指标文")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="order_moves_something",
                condition=models.Q(amount_fen__gt=0)
                & (models.Q(source=None) | ~models.Q(source=models.F("target"))),
            ),
            models.CheckConstraint(
                name="appropriation_comes_from_the_treasury",
                condition=models.Q(kind="appropriate", source=None)
                | (~models.Q(kind="appropriate") & models.Q(source__isnull=False)),
            ),
            models.CheckConstraint(
                name="booked_order_has_moment",
                condition=~models.Q(state="booked")
                | (models.Q(booked_at__isnull=False) & ~models.Q(document_number="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"ZB{self.created_at.year}-{self.pk or 0:05d}"

    @property
    def case_owner(self) -> str:
        """The office that orders: the province, or a city what it passes on."""
        owner = super().case_owner
        return "city" if owner and not self.region_code.endswith("0000") else owner

    @property
    def case_region(self) -> str:
        """The region whose office orders."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's."""
        return 0

    @property
    def case_title(self) -> str:
        """The number."""
        return self.number


class PublicExpense(Case):
    """公共服务支出: what a pilot place paid out of the part of its money for public service.

    `invoice` is the invoice as the register knows it; one that was not refused is recorded once.
    """

    flow = PUBLIC_EXPENSE
    desk_path = "/official/budgets/public/"

    budget = models.ForeignKey(
        Budget, on_delete=models.PROTECT, related_name="expenses", verbose_name=_("转出账户")
    )
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True)
    purpose = models.CharField(_("支出用途"), max_length=200)
    payee_name = models.CharField(_("收款单位"), max_length=120)
    payee_uscc = models.CharField(_("统一社会信用代码"), max_length=18)
    contract_number = models.CharField(_("合同编号"), max_length=60, blank=True)
    invoice = models.CharField(_("登记号"), max_length=60)
    spent_date = models.DateField(_("付款日期"))
    amount_fen = models.PositiveBigIntegerField(_("金额"))
    evidence = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", verbose_name=_("合同和发票")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    key = models.CharField(_("防重键"), max_length=120, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    booked_at = models.DateTimeField(_("记账时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("公共服务支出")
        verbose_name_plural = _("公共服务支出")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"],
                condition=~models.Q(state="refused"),
                name="public_invoice_recorded_once",
            ),
            models.CheckConstraint(
                name="public_expense_of_something", condition=models.Q(amount_fen__gt=0)
            ),
            models.CheckConstraint(
                name="booked_public_expense_has_moment",
                condition=~models.Q(state="booked") | models.Q(booked_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"GF{self.created_at.year}-{self.pk or 0:05d}"

    @property
    def case_owner(self) -> str:
        """The office of the place that spends, a city or a county."""
        owner = super().case_owner
        return "county" if owner and not self.region_code.endswith("00") else owner

    @property
    def case_region(self) -> str:
        """The place whose office spends."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """Nobody's."""
        return 0

    @property
    def case_title(self) -> str:
        """Number and purpose."""
        return f"{self.number} {self.purpose}"
