"""Who may quote: providers that hold a role which practice names and are not under sanction. Nobody
else is kept out, and nobody is put in front."""

from __future__ import annotations

import datetime as dt

from django.db import models

from dengta.registry.models import Organisation, ProviderRole
from dengta.registry.queries import policy, roles_resting, sanctioned


def quoters(day: dt.date) -> models.QuerySet[Organisation]:
    """The providers that may quote on a day, in the order of their codes."""
    roles = ProviderRole.objects.filter(
        role__in=policy().practised_words("match_roles", day), from_date__lte=day
    ).filter(models.Q(until_date=None) | models.Q(until_date__gte=day))
    found = Organisation.objects.filter(
        pk__in=roles.values("organisation"), kind=Organisation.Kind.PROVIDER
    )
    return found.exclude(pk__in=sanctioned(day)).order_by("uscc")


def may_quote(organisation_id: int, day: dt.date) -> bool:
    """Whether a provider may quote on a day."""
    return quoters(day).filter(pk=organisation_id).exists()


def rests(organisation: Organisation, day: dt.date) -> bool:
    """Whether a provider may not quote because what it was admitted for is to be rectified."""
    wanted = policy().practised_words("match_roles", day)
    resting = any(one.role in wanted for one in roles_resting(organisation, day))
    return resting and not may_quote(organisation.pk, day)
