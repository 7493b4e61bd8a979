"""融资: a firm's requests for loans, the white lists they go out on with what the bank answered,
and the projects that the fund looks at. No money moves here."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dengta.funding.states import FUND_PROJECT, LOAN_REQUEST, WHITE_LIST
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.rights.models import Grant
from dengta.trail.models import Case, Document

LIVE_REQUESTS = ("county_review", "returned", "city_review", "recommended", "listed", "offered")
LIVE_PROJECTS = ("registered", "screened", "diligence", "decided")
PUSHED = ("pushed", "answered")


class LoanRequest(Case):
    """贷款申请: a firm asks to stand on the white list of a product at a bank. Money in 分.

    `verdict` keeps how the product's conditions were decided when it was handed in. Which grant
    lets the bank see the firm's data is looked for when a list is made, not kept here.
    """

    flow = LOAN_REQUEST
    desk_path = "/official/loans/requests/"

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    product = models.CharField(_("金融产品"), max_length=60)
    bank = models.CharField(_("银行编号"), max_length=40)
    bank_name = models.CharField(_("银行"), max_length=120)
    asked_fen = models.PositiveBigIntegerField(_("申请金额"))
    use = models.CharField(_("贷款用途"), max_length=300)
    contract_number = models.CharField(_("合同编号"), max_length=60, blank=True)
    contract_key = models.CharField(_("合同登记号"), max_length=60, blank=True, db_index=True)
    verdict = models.JSONField(_("资格判定"), default=dict, blank=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("贷款申请")
        verbose_name_plural = _("贷款申请")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "product", "bank"],
                condition=models.Q(state__in=LIVE_REQUESTS),
                name="one_live_request_per_product_and_bank",
            ),
            models.CheckConstraint(
                name="loan_request_asks_for_something", condition=models.Q(asked_fen__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"DK-{self.pk or 0:06d}"

    @property
    def case_region(self) -> str:
        """The region of the enterprise."""
        return self.organisation.region_code

    @property
    def case_organisation_id(self) -> int:
        """The enterprise that asks."""
        return self.organisation_id

    @property
    def case_days(self) -> Mapping[str, int]:
        """The days that the product gives the offices."""
        try:
            product = policy().loan(self.product)
        except KeyError:
            return {}
        days = {"county_review": product.county_days, "city_review": product.city_days}
        return {state: many for state, many in days.items() if many is not None}

    @property
    def case_title(self) -> str:
        """Number and enterprise."""
        return f"{self.number} {self.organisation.name}"


class WhiteList(Case):
    """贷款白名单: the firms recommended to one bank for one product in one period.

    `sha256` is that of the record of its rows when it was pushed, `file` what was
    handed over, with whoever allowed it at `file_at`.
    """

    flow = WHITE_LIST

    product = models.CharField(_("金融产品"), max_length=60)
    bank = models.CharField(_("银行编号"), max_length=40)
    bank_name = models.CharField(_("银行"), max_length=120)
    period = models.CharField(_("期次"), max_length=10)
    sha256 = models.CharField(_("名单指纹"), max_length=64, blank=True)
    file = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("名单文件"),
    )
    file_at = models.DateTimeField(_("文件时间"), null=True, blank=True)
    pushed_at = models.DateTimeField(_("推送时间"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("贷款白名单")
        verbose_name_plural = _("贷款白名单")
        constraints = [
            models.UniqueConstraint(
                fields=["product", "bank", "period"], name="one_white_list_per_period"
            ),
            models.CheckConstraint(
                name="pushed_list_has_hash_file_and_moment",
                condition=~models.Q(state__in=PUSHED)
                | (
                    models.Q(pushed_at__isnull=False, file__isnull=False, file_at__isnull=False)
                    & ~models.Q(sha256="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"BMD-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The province's: lists are made there."""
        return next(c for c, region in policy().regions.items() if region.level == "province")

    @property
    def case_organisation_id(self) -> int:
        """No organisation acts for it."""
        return 0

    @property
    def case_title(self) -> str:
        """Number, bank and period."""
        return f"{self.number} {self.bank_name} {self.period}"


class WhiteListRow(models.Model):
    """白名单企业: one request on a list, with the facts as they were, frozen as text with its
    SHA-256, and what the bank answered. Money in 分, the rate in basis points a year."""

    class Answer(models.TextChoices):
        NONE = "none", _("未答复")
        OFFERED = "offered", _("同意授信")
        DRAWN = "drawn", _("已放款")
        REFUSED = "refused", _("未同意")

    white_list = models.ForeignKey(
        WhiteList, on_delete=models.CASCADE, related_name="rows", verbose_name=_("贷款白名单")
    )
    request = models.OneToOneField(
        LoanRequest, on_delete=models.PROTECT, related_name="row", verbose_name=_("贷款申请")
    )
    grant = models.ForeignKey(
        Grant, on_delete=models.PROTECT, related_name="+", verbose_name=_("授权书")
    )
    snapshot = models.TextField(_("数据快照"))
    sha256 = models.CharField(_("指纹"), max_length=64)
    answer = models.CharField(
        _("银行答复"), max_length=8, choices=Answer.choices, default=Answer.NONE
    )
    amount_fen = models.PositiveBigIntegerField(_("授信或放款金额"), null=True, blank=True)
    rate_bps = models.PositiveIntegerField(_("年利率"), null=True, blank=True)
    answered_date = models.DateField(_("答复日期"), null=True, blank=True)
    answered_at = models.DateTimeField(_("答复登记时间"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("登记人"),
    )

    class Meta:
        verbose_name = _("白名单企业")
        verbose_name_plural = _("白名单企业")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="answer_and_amount_belong_together",
                condition=models.Q(answer__in=("offered", "drawn"), amount_fen__gt=0)
                | models.Q(answer__in=("none", "refused"), amount_fen=None, rate_bps=None),
            ),
            models.CheckConstraint(
                name="answer_has_its_day",
                condition=models.Q(answer="none", answered_date=None, answered_at=None)
                | (
                    ~models.Q(answer="none")
                    & models.Q(answered_date__isnull=False, answered_at__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.white_list_id}/{self.request_id}"

    @property
    def ended(self) -> bool:
        """Whether the firm has taken its authorisation back since."""
        return self.grant.revoked_at is not None


class FundProject(Case):
    """基金项目: a project that the fund looks at. Money in 分: what is asked and what was
    decided; no money moves here."""

    flow = FUND_PROJECT

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    product = models.CharField(_("金融产品"), max_length=60)
    name = models.CharField(_("项目名称"), max_length=120)
    summary = models.CharField(_("项目简介"), max_length=1000)
    unit = models.CharField(_("责任单位"), max_length=80)
    asked_fen = models.PositiveBigIntegerField(_("申请金额"))
    decided_fen = models.PositiveBigIntegerField(_("决定金额"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("基金项目")
        verbose_name_plural = _("基金项目")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "product", "name"],
                condition=models.Q(state__in=LIVE_PROJECTS),
                name="one_live_project_of_a_name",
            ),
            models.CheckConstraint(
                name="fund_project_asks_for_something", condition=models.Q(asked_fen__gt=0)
            ),
            models.CheckConstraint(
                name="decided_project_has_its_sum",
                condition=~models.Q(state__in=("decided", "invested"))
                | models.Q(decided_fen__isnull=False, decided_fen__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"JJ-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The region of the enterprise."""
        return self.organisation.region_code

    @property
    def case_organisation_id(self) -> int:
        """The enterprise whose project it is."""
        return self.organisation_id

    @property
    def case_title(self) -> str:
        """Number and project."""
        return f"{self.number} {self.name}"
