"""用户: people who sign in, and the posts (岗位) they hold."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in."""

    display_name = models.CharField(_("姓名"), max_length=80, blank=True)
    phone = models.CharField(_("电话"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")

    def __str__(self) -> str:
        return self.display_name or self.username


class Post(models.Model):
    """岗位: a desk in the administration, or a seat in the expert pool."""

    class Role(models.TextChoices):
        COUNTY = "county", _("区县经信部门")
        CITY = "city", _("市州经信部门")
        PROVINCE = "province", _("省经信厅")
        EXPERT = "expert", _("专家")

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="posts", verbose_name=_("用户")
    )
    role = models.CharField(_("角色"), max_length=12, choices=Role.choices)
    region_code = models.CharField(_("地区"), max_length=6)
    office = models.CharField(_("单位"), max_length=120)

    class Meta:
        verbose_name = _("岗位")
        verbose_name_plural = _("岗位")
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "region_code"], name="one_post_once")
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.get_role_display()}"


class Token(models.Model):
    """接口令牌: lets a program act as its user. Only the SHA-256 of the secret is kept."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="tokens", verbose_name=_("用户")
    )
    name = models.CharField(_("名称"), max_length=80)
    digest = models.CharField(_("令牌指纹"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("创建时间"))
    expires_at = models.DateTimeField(_("有效期至"))
    used_at = models.DateTimeField(_("最近使用时间"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = _("接口令牌")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                condition=models.Q(revoked_at=None),
                name="one_live_token_per_name",
            ),
            models.CheckConstraint(
                name="token_expires_after_it_begins",
                condition=models.Q(expires_at__gt=models.F("created_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
