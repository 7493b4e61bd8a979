"""Who acts: the Actor that every write names."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models

from dengta.accounts.models import Token

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


def tokens_of(actor: Actor) -> models.QuerySet[Token]:
    """A person's tokens that were not revoked, newest first."""
    return Token.objects.filter(user_id=actor.user_id, revoked_at=None).order_by("-id")
