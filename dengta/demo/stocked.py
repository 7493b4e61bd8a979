"""The content that comes with the policy, in the demo province: each package is offered by one of
its providers, so that divisions differ on the coverage board."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from dengta.catalogue.actions.seeding import seed
from dengta.core import policy as policies
from dengta.demo.followed import Province
from dengta.registry.models import Organisation
from dengta.registry.queries import policy


def fill(province: Province) -> None:
    """All entries of the policy's files; every third package serves the whole province."""
    folder = Path(settings.POLICY_DIR) if settings.POLICY_DIR else policies.SHIPPED / policy().id
    providers = list(Organisation.objects.filter(kind="provider").order_by("id"))
    packages = [one.id for one in policies.content(folder) if one.kind == "package"]
    offered = {
        id: providers[n % len(providers)] for n, id in enumerate(packages) if providers and n % 3
    }
    seed(offered_by=offered, at=province.at(40))
