"""主体: organisations, their yearly figures, the people who act for them, their titles; 一企一档
begins here."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Organisation(models.Model):
    """主体: an enterprise, a provider, by its unified social credit code (GB 32100-2015)."""

    class Kind(models.TextChoices):
        ENTERPRISE = "enterprise", _("企业")
        PROVIDER = "provider", _("数字化服务商")

    uscc = models.CharField(_("统一社会信用代码"), max_length=18, unique=True)
    name = models.CharField(_("名称"), max_length=120)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind.choices)
    region_code = models.CharField(_("所在地区"), max_length=6, db_index=True)
    industry_code = models.CharField(_("所属行业"), max_length=5, db_index=True)
    established_date = models.DateField(_("成立日期"), null=True, blank=True)
    legal_person = models.CharField(_("法定代表人"), max_length=60, blank=True)
    phone = models.CharField(_("电话"), max_length=20, blank=True)
    address = models.CharField(_("地址"), max_length=200, blank=True)
    size_class = models.CharField(_("企业规模"), max_length=8, blank=True, db_index=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("主体")
        verbose_name_plural = _("主体")

    def __str__(self) -> str:
        return self.name


class EnterpriseYear(models.Model):
    """年度数据: what an enterprise reported for one year. Money in 分."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="years", verbose_name=_("主体")
    )
    year = models.PositiveSmallIntegerField(_("年度"))
    employees = models.PositiveIntegerField(_("从业人员"))
    revenue_fen = models.PositiveBigIntegerField(_("营业收入"))
    assets_fen = models.PositiveBigIntegerField(_("资产总额"))

    class Meta:
        verbose_name = _("年度数据")
        verbose_name_plural = _("年度数据")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="one_row_per_year")
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}"


class StatedFact(models.Model):
    """填报事实: one fact of the vocabulary as an organisation stated it; the latest one counts."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="stated", verbose_name=_("主体")
    )
    fact = models.CharField(_("事实"), max_length=60)
    value = models.JSONField(_("事实值"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("填报人"),
    )
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("填报事实")
        verbose_name_plural = _("填报事实")
        indexes = [models.Index(fields=["organisation", "fact", "-id"], name="latest_fact")]

    def __str__(self) -> str:
        return f"{self.fact}={self.value}"


class Membership(models.Model):
    """成员: who may act for an organisation."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("用户"),
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="members", verbose_name=_("主体")
    )

    class Meta:
        verbose_name = _("成员")
        verbose_name_plural = _("成员")
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation"], name="one_membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.organisation}"


class Invite(models.Model):
    """邀请: lets a colleague act for an organisation, once and for some days. Only the SHA-256 of
    its code is kept."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="invites", verbose_name=_("主体")
    )
    name = models.CharField(_("姓名"), max_length=80)
    digest = models.CharField(_("邀请码指纹"), max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("邀请人"),
    )
    created_at = models.DateTimeField(_("创建时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("邀请")
        verbose_name_plural = _("邀请")
        constraints = [
            models.CheckConstraint(
                name="invite_is_used_or_taken_back",
                condition=models.Q(used_at=None) | models.Q(revoked_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.name}"


class Title(models.Model):
    """称号: a recognition that an organisation holds for a time (专精特新, “小灯塔”, 数字化工厂
    …)."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="titles", verbose_name=_("主体")
    )
    title = models.CharField(_("称号"), max_length=40, db_index=True)
    document = models.CharField(_("文号"), max_length=80)
    awarded_date = models.DateField(_("认定日期"))
    expires_date = models.DateField(_("有效期至"), null=True, blank=True)

    class Meta:
        verbose_name = _("称号")
        verbose_name_plural = _("称号")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "title", "awarded_date"], name="one_title_once"
            ),
            models.CheckConstraint(
                name="title_ends_after_it_begins",
                condition=models.Q(expires_date=None)
                | models.Q(expires_date__gte=models.F("awarded_date")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.title}"


class ExpertProfile(models.Model):
    """专家信息: where somebody of the expert pool works and what they know, so that conflicts can
    be checked. `fields` are divisions of GB/T 4754 ("36"); where they live decides who is near."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("用户"),
    )
    employer = models.CharField(_("工作单位"), max_length=120)
    employer_uscc = models.CharField(_("工作单位代码"), max_length=18, blank=True)
    professional_title = models.CharField(_("职称"), max_length=60, blank=True)
    region_code = models.CharField(_("所在地区"), max_length=6)
    fields = models.JSONField(_("专业领域"), default=list, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("专家信息")
        verbose_name_plural = _("专家信息")

    def __str__(self) -> str:
        return f"{self.user} {self.employer}"


class Tie(models.Model):
    """回避关系: what somebody has or had to do with an enterprise, as they declared it.

    An adviser stands aside for some years after `until_date` (see `practice.toml`); every other
    tie holds until that day, or for good where there is none. Taken back, it stays as a record.
    """

    class Kind(models.TextChoices):
        ADVISER = "adviser", _("担任顾问或提供服务")
        FAMILY = "family", _("亲属在该单位")
        STAKE = "stake", _("持股或投资")
        OTHER = "other", _("其他利害关系")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("用户"),
    )
    kind = models.CharField(_("关系类别"), max_length=8, choices=Kind.choices)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, db_index=True)
    name = models.CharField(_("名称"), max_length=120)
    until_date = models.DateField(_("截止日期"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=500, blank=True)
    at = models.DateTimeField(_("时间"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("回避关系")
        verbose_name_plural = _("回避关系")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "uscc"],
                condition=models.Q(withdrawn_at=None),
                name="one_live_tie_of_a_kind",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.kind} {self.name}"


class Sanction(models.Model):
    """惩戒: until `until_date` an organisation is refused in everything that asks for money or
    recognition (`registry.actions.refuse_sanctioned`). `source` and `source_id` name the matter
    that it was decided in; lifted, it stays as a record."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="sanctions", verbose_name=_("主体")
    )
    grounds = models.CharField(_("事由"), max_length=500)
    document_number = models.CharField(_("文号"), max_length=80)
    from_date = models.DateField(_("生效日期"))
    until_date = models.DateField(_("截止日期"))
    source = models.CharField(_("流程"), max_length=40)
    source_id = models.BigIntegerField(_("事项编号"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    at = models.DateTimeField(_("时间"))
    lifted_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    lifted_reason = models.CharField(_("解除理由"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("惩戒")
        verbose_name_plural = _("惩戒")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "source", "source_id"], name="one_sanction_per_matter"
            ),
            models.CheckConstraint(
                name="sanction_ends_after_it_begins",
                condition=models.Q(until_date__gte=models.F("from_date")),
            ),
            models.CheckConstraint(
                name="lifted_sanction_says_why",
                condition=models.Q(lifted_at=None) | ~models.Q(lifted_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.until_date}"


class ProviderRole(models.Model):
    """服务商角色: in which role a provider was admitted, by which award, until when."""

    class Role(models.TextChoices):
        GENERAL_CONTRACTOR = "general_contractor", _("数字化总承包商")
        SUBCONTRACTOR = "subcontractor", _("分包商")
        CONSULTANT = "consultant", _("咨询服务商")
        SUPERVISOR = "supervisor", _("监理单位")
        LAW_FIRM = "law_firm", _("律师事务所")
        CLOUD_VENDOR = "cloud_vendor", _("云服务商")
        PLATFORM = "platform", _("平台企业")

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="roles", verbose_name=_("主体")
    )
    role = models.CharField(_("服务商角色"), max_length=20, choices=Role.choices, db_index=True)
    award = models.CharField(_("认定编号"), max_length=40, blank=True)
    from_date = models.DateField(_("生效日期"))
    until_date = models.DateField(_("截止日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("服务商角色")
        verbose_name_plural = _("服务商角色")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "role", "from_date"], name="one_role_once"
            ),
            models.CheckConstraint(
                name="role_ends_after_it_begins",
                condition=models.Q(until_date=None)
                | models.Q(until_date__gte=models.F("from_date")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.role}"


class Prefix(models.Model):
    """标识前缀: a prefix of industrial identifiers and who owns it; `node` is where what stands
    under it is resolved, empty for our own."""

    class Scheme(models.TextChoices):
        HANDLE88 = "handle88", _("工业互联网标识（88）")
        HANDLE = "handle", _("Handle 标识")
        VAA = "vaa", _("VAA 标识")
        OID = "oid", _("OID 标识")

    scheme = models.CharField(_("标识体系"), max_length=8, choices=Scheme.choices)
    code = models.CharField(_("标识前缀"), max_length=80, unique=True)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("主体")
    )
    node = models.CharField(_("解析节点"), max_length=200, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("标识前缀")
        verbose_name_plural = _("标识前缀")

    def __str__(self) -> str:
        return self.code


class Identifier(models.Model):
    """工业标识: the code of one object of an organisation: itself, a product, a piece of equipment,
    a contract. `values` is what a resolver answers, each {index, type, value}."""

    class Thing(models.TextChoices):
        ENTERPRISE = "enterprise", _("企业")
        PRODUCT = "product", _("产品")
        EQUIPMENT = "equipment", _("设备")
        CONTRACT = "contract", _("合同")

    code = models.CharField(_("工业标识"), max_length=160, unique=True)
    prefix = models.ForeignKey(
        Prefix, on_delete=models.PROTECT, related_name="+", verbose_name=_("标识前缀")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", verbose_name=_("主体")
    )
    thing = models.CharField(_("标识对象"), max_length=10, choices=Thing.choices)
    name = models.CharField(_("名称"), max_length=120)
    values = models.JSONField(_("标识数据"), default=list, blank=True)
    public = models.BooleanField(_("公开解析"), default=True)
    at = models.DateTimeField(_("时间"))
    changed_at = models.DateTimeField(_("变更时间"))
    removed_at = models.DateTimeField(_("注销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("工业标识")
        verbose_name_plural = _("工业标识")
        indexes = [models.Index(fields=["organisation", "thing"], name="identifiers_of_one")]

    def __str__(self) -> str:
        return self.code
