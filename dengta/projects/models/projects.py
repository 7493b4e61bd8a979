"""改造项目: filing with contract, parties, milestones, supervision, changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dengta.matching.models import Quote
from dengta.projects.states import CHANGE, MILESTONE, PROJECT
from dengta.registry.models import Organisation
from dengta.trail.models import Case, Document

OPEN_PROJECT = ("draft", "returned", "withdrawn")
DEAD_PROJECT = ("rejected", "terminated", "withdrawn")


class Project(Case):
    """改造项目: one firm's transformation under one contract. Money in 分.

    The price is shared three ways: `list_fen` = the firm's part + what the provider lets off
    (`discount_fen`) + public money (`public_fen`, an estimate by the scheme `scheme` until it is
    paid). `before` is what the firm was at filing {assessment, score_milli, level, scenarios,
    figures}; `terms` are the clauses agreed to. `quote` is where the contract comes from."""

    flow = PROJECT

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    provider = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("数字化服务商")
    )
    supervisor = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("监理单位"),
    )
    quote = models.OneToOneField(
        Quote,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("报价"),
    )
    title = models.CharField(_("项目名称"), max_length=120)
    programme = models.CharField(_("政策事项"), max_length=60, db_index=True)
    scheme = models.CharField(_("补助办法"), max_length=60, blank=True)
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True)
    sub_industry = models.CharField(_("细分行业"), max_length=40, blank=True)
    goal_level = models.PositiveSmallIntegerField(_("目标等级"), null=True, blank=True)
    list_fen = models.PositiveBigIntegerField(_("合同总价"), default=0)
    discount_fen = models.PositiveBigIntegerField(_("服务商让利"), default=0)
    public_fen = models.PositiveBigIntegerField(_("政府补助估算"), default=0)
    contract_number = models.CharField(_("合同编号"), max_length=60, blank=True)
    contract_date = models.DateField(_("签订日期"), null=True, blank=True)
    contract = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("合同文本"),
    )
    start_date = models.DateField(_("开工日期"), null=True, blank=True)
    due_date = models.DateField(_("约定完工日期"), null=True, blank=True)
    finished_date = models.DateField(_("完工日期"), null=True, blank=True)
    accepted_date = models.DateField(_("验收日期"), null=True, blank=True)
    before = models.JSONField(_("改造前情况"), default=dict, blank=True)
    after = models.JSONField(_("改造后情况"), default=dict, blank=True)
    terms = models.JSONField(_("合同条款"), default=list, blank=True)
    agreed_by = models.CharField(_("承诺人"), max_length=60, blank=True)
    agreed_at = models.DateTimeField(_("承诺时间"), null=True, blank=True)
    policy_digest = models.CharField(_("政策指纹"), max_length=64, blank=True)
    case_agreed_at = models.DateTimeField(_("同意推广时间"), null=True, blank=True)
    case_agreed_by = models.CharField(_("同意推广人"), max_length=60, blank=True)
    case_slug = models.CharField(_("案例地址标识"), max_length=80, blank=True)
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    filed_at = models.DateTimeField(_("备案时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("改造项目")
        verbose_name_plural = _("改造项目")
        ordering = ["-id"]
        indexes = [models.Index(fields=["programme", "state"], name="projects_by_programme")]
        constraints = [
            models.CheckConstraint(
                name="filed_project_has_contract",
                condition=Q(state__in=OPEN_PROJECT)
                | (
                    Q(filed_at__isnull=False, contract_date__isnull=False, due_date__isnull=False)
                    & Q(agreed_at__isnull=False, list_fen__gt=0)
                    & ~Q(contract_number="")
                    & ~Q(policy_digest="")
                ),
            ),
            models.CheckConstraint(
                name="finished_project_has_date",
                condition=~Q(state__in=("finished", "in_acceptance", "accepted"))
                | Q(finished_date__isnull=False),
            ),
            models.CheckConstraint(
                name="accepted_project_has_date",
                condition=~Q(state="accepted") | Q(accepted_date__isnull=False),
            ),
            models.CheckConstraint(
                name="project_parts_within_the_price",
                condition=Q(list_fen__gte=F("discount_fen") + F("public_fen")),
            ),
            models.UniqueConstraint(
                fields=["organisation", "contract_number"],
                condition=~Q(state__in=DEAD_PROJECT) & ~Q(contract_number=""),
                name="one_project_per_contract",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def enterprise_fen(self) -> int:
        """What is left of the price for the firm itself, in 分."""
        return self.list_fen - self.discount_fen - self.public_fen

    @property
    def number(self) -> str:
        """The number people quote."""
        return f"XM{self.created_at.year}-{self.pk or 0:05d}"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.organisation_id

    @property
    def case_provider_id(self) -> int:
        """The provider."""
        return self.provider_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.number} {self.organisation.name}"


class Party(models.Model):
    """参与单位: who takes part in a project beside the firm, and in which role."""

    class Role(models.TextChoices):
        GENERAL_CONTRACTOR = "general_contractor", _("数字化总承包商")
        SUBCONTRACTOR = "subcontractor", _("分包商")
        CONSULTANT = "consultant", _("咨询服务商")
        SUPERVISOR = "supervisor", _("监理单位")
        LAW_FIRM = "law_firm", _("律师事务所")
        CLOUD_VENDOR = "cloud_vendor", _("云服务商")
        PLATFORM = "platform", _("平台企业")

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="parties", verbose_name=_("改造项目")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    role = models.CharField(_("参与角色"), max_length=20, choices=Role.choices)
    share_fen = models.PositiveBigIntegerField(_("承担金额"), default=0)

    class Meta:
        verbose_name = _("参与单位")
        verbose_name_plural = _("参与单位")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "organisation", "role"], name="a_party_once_per_role"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.role}"


class ContractLine(models.Model):
    """合同明细: one item of the contract with its price; `standard_fen` is the standard unit price
    that the quote was compared with."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="lines", verbose_name=_("改造项目")
    )
    ordinal = models.PositiveSmallIntegerField(_("行号"))
    text = models.CharField(_("服务内容"), max_length=200)
    cost_class = models.CharField(_("费用类别"), max_length=40)
    unit = models.CharField(_("单位"), max_length=20)
    quantity = models.PositiveIntegerField(_("数量"), default=1)
    price_fen = models.PositiveBigIntegerField(_("单价"))
    standard_fen = models.PositiveBigIntegerField(_("标准单价"), null=True, blank=True)
    scenario = models.CharField(_("应用场景"), max_length=40, blank=True)
    level = models.PositiveSmallIntegerField(_("达到等级"), null=True, blank=True)

    class Meta:
        verbose_name = _("合同明细")
        verbose_name_plural = _("合同明细")
        ordering = ["project", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "ordinal"], name="one_contract_line_of_an_ordinal"
            ),
            models.CheckConstraint(name="contract_line_of_something", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.ordinal}"

    @property
    def amount_fen(self) -> int:
        """Quantity times price, in 分."""
        return self.quantity * self.price_fen


class Milestone(Case):
    """里程碑: a step of the work with its day and proof."""

    flow = MILESTONE

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="milestones", verbose_name=_("改造项目")
    )
    ordinal = models.PositiveSmallIntegerField(_("序号"))
    title = models.CharField(_("里程碑名称"), max_length=120)
    due_date = models.DateField(_("约定日期"))
    report = models.CharField(_("完成情况"), max_length=1000, blank=True)
    reported_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("确认时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("里程碑")
        verbose_name_plural = _("里程碑")
        ordering = ["project", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "ordinal"], name="one_milestone_of_an_ordinal"
            ),
            models.CheckConstraint(
                name="milestone_done_has_moment",
                condition=(~Q(state__in=("reported", "confirmed")) | Q(reported_at__isnull=False))
                & (~Q(state="confirmed") | Q(confirmed_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.title}"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.project.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.project.organisation_id

    @property
    def case_provider_id(self) -> int:
        """The provider."""
        return self.project.provider_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.project.number} {self.title}"


class Proof(models.Model):
    """佐证: a file that shows that something was done: a screenshot of the running system with its
    day, figures of sign-ins and use, an invoice. Taken away it stays as a record."""

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="proofs", verbose_name=_("改造项目")
    )
    milestone = models.ForeignKey(
        Milestone,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="proofs",
        verbose_name=_("里程碑"),
    )
    need = models.CharField(_("材料类别"), max_length=40)
    document = models.ForeignKey(
        Document, on_delete=models.PROTECT, related_name="+", verbose_name=_("材料")
    )
    taken_date = models.DateField(_("截取日期"), null=True, blank=True)
    system = models.CharField(_("系统名称"), max_length=120, blank=True)
    logins = models.PositiveIntegerField(_("登录次数"), null=True, blank=True)
    users = models.PositiveIntegerField(_("使用人数"), null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("上传人"),
    )
    at = models.DateTimeField(_("时间"))
    removed_at = models.DateTimeField(_("移除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("项目佐证")
        verbose_name_plural = _("项目佐证")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "need", "document"], name="a_proof_once_per_heading"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.need}"


class SupervisionEntry(models.Model):
    """监理日志: what the supervisor saw on a day; never changed, corrected by a further entry."""

    class Kind(models.TextChoices):
        START = "start", _("开工检查")
        MIDWAY = "midway", _("过程检查")
        CHANGE = "change", _("变更核查")
        COMPLETION = "completion", _("完工检查")

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="log", verbose_name=_("改造项目")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("监理单位")
    )
    kind = models.CharField(_("监理阶段"), max_length=12, choices=Kind.choices)
    seen_date = models.DateField(_("查看日期"))
    text = models.CharField(_("监理情况"), max_length=2000)
    progress_bps = models.PositiveSmallIntegerField(_("完成比例"))
    problem = models.BooleanField(_("发现问题"), default=False)
    document = models.ForeignKey(
        Document,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("材料"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("填报人"),
    )
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("监理日志")
        verbose_name_plural = _("监理日志")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="progress_within_the_whole", condition=Q(progress_bps__lte=10_000)
            ),
            models.CheckConstraint(name="log_entry_says_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.seen_date}"


class Change(Case):
    """变更: what firm and provider want to change of a filed project. `before` and `after` have the
    fields that differ: {due_date}, {discount_fen}, {lines}, {provider}."""

    flow = CHANGE

    class Kind(models.TextChoices):
        DUE = "due", _("延期")
        CONTENT = "content", _("内容调整")
        PRICE = "price", _("价款调整")

    project = models.ForeignKey(
        Project, on_delete=models.CASCADE, related_name="changes", verbose_name=_("改造项目")
    )
    kind = models.CharField(_("变更类别"), max_length=8, choices=Kind.choices)
    before = models.JSONField(_("变更前"), default=dict, blank=True)
    after = models.JSONField(_("变更后"), default=dict, blank=True)
    reason = models.CharField(_("变更理由"), max_length=1000)
    asked_by = models.CharField(_("申请方"), max_length=12)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("申请人"),
    )
    key = models.CharField(_("防重键"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("项目变更")
        verbose_name_plural = _("项目变更")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state__in=("asked", "agreed")),
                name="one_open_change_per_project",
            ),
            models.CheckConstraint(name="change_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="approved_change_has_moment",
                condition=~Q(state="approved") | Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.kind}"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.project.region_code

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.project.organisation_id

    @property
    def case_provider_id(self) -> int:
        """The provider."""
        return self.project.provider_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.project.number} {self.get_kind_display()}"
