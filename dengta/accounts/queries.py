"""Who acts: the Actor that every write names."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from dengta.accounts.models import Post, Token

OFFICIAL_ROLES = ("county", "city", "province")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which role, for which region or organisation. Plain data; made at sign-in.

    Zero ids stand for nobody (the system) and no organisation.
    `role` is enterprise, provider, expert, county, city, province or system. `region` is a GB/T
    2260 code.
    """

    user_id: int
    name: str
    role: str
    region: str = ""
    organisation_id: int = 0

    @property
    def official(self) -> bool:
        """Whether this is somebody of the administration."""
        return self.role in OFFICIAL_ROLES

    def covers(self, region: str) -> bool:
        """Whether an official's territory includes `region`; trailing zeros of a code mean `all
        below`."""
        return region.startswith(territory(self.region)) if self.official else False

    def roles_for(self, region: str) -> frozenset[str]:
        """The roles this actor plays in a matter of `region`.

        Divisions without counties (仙桃, 潜江, 天门, 神农架) have their own office do the
        county's work too.
        """
        if not self.official:
            return frozenset({self.role})
        if not self.covers(region):
            return frozenset()
        if self.role == "city" and region == self.region:
            return frozenset({"city", "county"})
        return frozenset({self.role})


SYSTEM = Actor(user_id=0, name="系统", role="system")


def territory(region: str) -> str:
    """The prefix shared by all codes within a region: 420000 -> 42, 420100 -> 4201, 429004 ->
    429004."""
    while region.endswith("00"):
        region = region[:-2]
    return region


def officials_for(role: str, region: str) -> list[int]:
    """Ids of the officials who hold a role for a region (the division's own office where it has
    no county)."""
    return [post.user_id for post in _posts(region) if role in _actor(post).roles_for(region)]


@dataclass(frozen=True, slots=True)
class Office:
    """An office of the administration with the ids of its people."""

    role: str
    region: str
    users: tuple[int, ...]


def office_above(role: str, region: str) -> Office | None:
    """The next higher office over whoever holds a role for a region: a county's city, a city's
    province, for a division without counties the province; None where nobody is above."""
    posts = _posts(region)
    own = {post.user_id for post in posts if role in _actor(post).roles_for(region)}
    for higher in OFFICIAL_ROLES[OFFICIAL_ROLES.index(role) + 1 :]:
        held = [post for post in posts if post.role == higher and post.user_id not in own]
        if held:
            return Office(higher, held[0].region_code, tuple(post.user_id for post in held))
    return None


def _posts(region: str) -> list[Post]:
    """The posts in whose territory a region can lie."""
    above = {region, f"{region[:4]}00", f"{region[:2]}0000"}
    posts = Post.objects.filter(role__in=OFFICIAL_ROLES, region_code__in=above).order_by("id")
    return [post for post in posts if _actor(post).covers(region)]


def _actor(post: Post) -> Actor:
    return Actor(post.user_id, "", post.role, post.region_code)


def tokens_of(actor: Actor) -> models.QuerySet[Token]:
    """A person's tokens that were not revoked, newest first."""
    return Token.objects.filter(user_id=actor.user_id, revoked_at=None).order_by("-id")
