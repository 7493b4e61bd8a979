"""资源池: entries with their versions, itemised prices, uses and facets."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dengta.catalogue.states import ENTRY, ENTRY_VERSION
from dengta.registry.models import Organisation
from dengta.registry.queries import province_code
from dengta.trail.models import Case


class Entry(Case):
    """条目: one thing in the pool, at a stable address (`slug`), whatever its version.

    `current` is what is shown; `selected_by`, `selected_in` say who chose it and in which round
    (`award` is the number of the award). `removed_reason` is shown after it was taken down."""

    flow = ENTRY

    class Kind(models.TextChoices):
        SOLUTION = "solution", _("小快轻准解决方案")
        PRODUCT = "product", _("小快轻准产品")
        SCENARIO = "scenario", _("应用场景")
        PACKAGE = "package", _("场景服务包")
        PLATFORM = "platform", _("工业互联网平台")
        APP = "app", _("工业应用程序")
        CLOUD_SERVICE = "cloud_service", _("云服务")
        CASE = "case", _("典型案例")
        POLICY = "policy", _("政策")

    kind = models.CharField(_("条目类别"), max_length=16, choices=Kind.choices, db_index=True)
    slug = models.CharField(_("地址标识"), max_length=80, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    organisation = models.ForeignKey(
        Organisation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("提供单位"),
    )
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True, blank=True)
    current = models.OneToOneField(
        "catalogue.EntryVersion",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("现行版本"),
    )
    selected_by = models.CharField(_("遴选单位"), max_length=120, blank=True)
    selected_in = models.CharField(_("遴选批次"), max_length=120, blank=True)
    award = models.CharField(_("认定编号"), max_length=40, db_index=True, blank=True)
    expires_date = models.DateField(_("有效期至"), null=True, blank=True)
    sample = models.BooleanField(_("样例"), default=False)
    removed_reason = models.CharField(_("下架理由"), max_length=500, blank=True)
    key = models.CharField(_("防重键"), max_length=120, unique=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("资源池条目")
        verbose_name_plural = _("资源池条目")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                name="published_entry_has_a_version",
                condition=~Q(state="published") | Q(current__isnull=False),
            ),
            models.CheckConstraint(
                name="removed_entry_says_why",
                condition=~Q(state="removed") | ~Q(removed_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def taken_down(self) -> bool:
        """Whether it was taken off the shelf."""
        return self.state == "removed"

    @property
    def past_term(self) -> bool:
        """Whether it is past its term."""
        return self.state == "expired"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.region_code or province_code()

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.organisation_id or 0

    @property
    def case_title(self) -> str:
        """What people call it."""
        return self.name


class EntryVersion(Case):
    """条目版本: what an entry says since a day. `content` has the fields of its kind
    (`entries.toml`), `digest` is the SHA-256 of what is shown. Published it never changes."""

    flow = ENTRY_VERSION

    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="versions", verbose_name=_("资源池条目")
    )
    number = models.PositiveSmallIntegerField(_("版本号"))
    name = models.CharField(_("名称"), max_length=120)
    summary = models.CharField(_("简介"), max_length=300, blank=True)
    content = models.JSONField(_("条目内容"), default=dict, blank=True)
    digest = models.CharField(_("内容指纹"), max_length=64, blank=True)
    note = models.CharField(_("修改说明"), max_length=500, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("起草人"),
    )
    created_at = models.DateTimeField(_("创建时间"))
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("条目版本")
        verbose_name_plural = _("条目版本")
        ordering = ["entry", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "number"], name="one_version_of_a_number"),
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(state__in=("draft", "review", "returned")),
                name="one_open_version_per_entry",
            ),
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(state="published"),
                name="one_published_version_per_entry",
            ),
            models.CheckConstraint(
                name="published_version_is_fixed",
                condition=~Q(state__in=("published", "superseded"))
                | (Q(published_at__isnull=False) & ~Q(digest="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry} v{self.number}"

    @property
    def case_region(self) -> str:
        """The region whose offices deal with it."""
        return self.entry.case_region

    @property
    def case_organisation_id(self) -> int:
        """The organisation whose people act for it."""
        return self.entry.case_organisation_id

    @property
    def case_title(self) -> str:
        """What people call it."""
        return f"{self.name} v{self.number}"


class PackageLine(models.Model):
    """服务包明细: one item of a package with its standard price and working days; `scenario` and
    `level` are what it contributes to."""

    version = models.ForeignKey(
        EntryVersion, on_delete=models.CASCADE, related_name="lines", verbose_name=_("条目版本")
    )
    ordinal = models.PositiveSmallIntegerField(_("行号"))
    text = models.CharField(_("服务内容"), max_length=200)
    cost_class = models.CharField(_("费用类别"), max_length=40)
    unit = models.CharField(_("单位"), max_length=20)
    quantity = models.PositiveIntegerField(_("数量"), default=1)
    price_fen = models.PositiveBigIntegerField(_("标准单价"))
    days = models.PositiveSmallIntegerField(_("工期"))
    scenario = models.CharField(_("应用场景"), max_length=40, blank=True)
    level = models.PositiveSmallIntegerField(_("达到等级"), null=True, blank=True)

    class Meta:
        verbose_name = _("服务包明细")
        verbose_name_plural = _("服务包明细")
        ordering = ["version", "ordinal"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "ordinal"], name="one_package_line_of_an_ordinal"
            ),
            models.CheckConstraint(name="package_line_of_something", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.ordinal}"


class ScenarioUse(models.Model):
    """场景用途: in which sub-industry an entry serves, as a common (N) or a specific (X)
    scenario, and which scenario of the instrument it lifts to which level."""

    class Kind(models.TextChoices):
        COMMON = "common", _("共性场景")
        SPECIFIC = "specific", _("个性场景")

    version = models.ForeignKey(
        EntryVersion, on_delete=models.CASCADE, related_name="uses", verbose_name=_("条目版本")
    )
    sub_industry = models.CharField(_("细分行业"), max_length=40, db_index=True)
    kind = models.CharField(_("场景性质"), max_length=8, choices=Kind.choices)
    scenario = models.CharField(_("应用场景"), max_length=40, db_index=True)
    level = models.PositiveSmallIntegerField(_("达到等级"))

    class Meta:
        verbose_name = _("场景用途")
        verbose_name_plural = _("场景用途")
        constraints = [
            models.UniqueConstraint(
                fields=["version", "sub_industry", "scenario", "level"], name="one_use_once"
            ),
            models.CheckConstraint(
                name="use_reaches_a_level", condition=Q(level__gte=1, level__lte=4)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sub_industry} {self.scenario} {self.level}"


class EntryLink(models.Model):
    """条目关联: what one entry has to do with another: a package contains a scenario, a case shows
    a package, an app runs on a platform."""

    class Kind(models.TextChoices):
        CONTAINS = "contains", _("包含")
        SHOWS = "shows", _("展示")
        RUNS_ON = "runs_on", _("运行于")
        EXPLAINS = "explains", _("说明")

    source = models.ForeignKey(
        Entry, on_delete=models.CASCADE, related_name="links", verbose_name=_("来源条目")
    )
    target = models.ForeignKey(
        Entry, on_delete=models.CASCADE, related_name="linked", verbose_name=_("关联条目")
    )
    kind = models.CharField(_("关联性质"), max_length=12, choices=Kind.choices)

    class Meta:
        verbose_name = _("条目关联")
        verbose_name_plural = _("条目关联")
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], name="one_link_once"),
            models.CheckConstraint(name="no_link_to_itself", condition=~Q(source=F("target"))),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.target}"


class EntryFacet(models.Model):
    """条目标签: a value by which published entries are found: sub-industry, division, scenario,
    level, function. Written anew with each published version."""

    entry = models.ForeignKey(
        Entry, on_delete=models.CASCADE, related_name="facets", verbose_name=_("资源池条目")
    )
    facet = models.CharField(_("分面"), max_length=20)
    value = models.CharField(_("分面值"), max_length=40)

    class Meta:
        verbose_name = _("条目标签")
        verbose_name_plural = _("条目标签")
        constraints = [
            models.UniqueConstraint(fields=["entry", "facet", "value"], name="one_facet_value_once")
        ]
        indexes = [models.Index(fields=["facet", "value", "entry"], name="entries_by_facet")]

    def __str__(self) -> str:
        return f"{self.facet}={self.value}"
