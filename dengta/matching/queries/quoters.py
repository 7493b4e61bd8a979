"""Who may quote: providers that hold a role which practice names and are not under sanction. Nobody
else is kept out, and nobody is put in front."""

from __future__ import annotations

import datetime as dt

from django.db import models

from dengta.registry.models import Organisation
from dengta.registry.queries import policy, providers_in, roles_resting


def quoters(day: dt.date) -> models.QuerySet[Organisation]:
    """The providers that may quote on a day, in the order of their codes."""
    return providers_in(policy().practised_words("match_roles", day), day)


def may_quote(organisation_id: int, day: dt.date) -> bool:
    """Whether a provider may quote on a day."""
    return quoters(day).filter(pk=organisation_id).exists()


def rests(organisation: Organisation, day: dt.date) -> bool:
    """Whether a provider may not quote because what it was admitted for is to be rectified."""
    wanted = policy().practised_words("match_roles", day)
    resting = any(one.role in wanted for one in roles_resting(organisation, day))
    return resting and not may_quote(organisation.pk, day)
