"""用户: people who sign in, the posts (岗位) they hold, and the Actor that every write names."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

OFFICIAL_ROLES = ("county", "city", "province")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which role, for which region or organisation. Plain data; made at sign-in.

    `role` is enterprise, provider, expert, county, city, province or system. `region` is a GB/T 2260 code.
    """

    user_id: int | None
    name: str
    role: str
    region: str = ""
    organisation_id: int | None = None

    @property
    def official(self) -> bool:
        """Whether this is somebody of the administration."""
        return self.role in OFFICIAL_ROLES

    def covers(self, region: str) -> bool:
        """Whether an official's territory includes `region`; trailing zeros of a code mean `all below`."""
        return region.startswith(territory(self.region)) if self.official else False

    def roles_for(self, region: str) -> frozenset[str]:
        """The roles this actor plays in a matter of `region`.

        Divisions without counties (仙桃, 潜江, 天门, 神农架) have their own office do the county's work too.
        """
        if not self.official:
            return frozenset({self.role})
        if not self.covers(region):
            return frozenset()
        if self.role == "city" and region == self.region:
            return frozenset({"city", "county"})
        return frozenset({self.role})


SYSTEM = Actor(user_id=None, name="系统", role="system")


def territory(region: str) -> str:
    """The prefix shared by all codes within a region: 420000 -> 42, 420100 -> 4201, 429004 -> 429004."""
    while region.endswith("00"):
        region = region[:-2]
    return region


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
