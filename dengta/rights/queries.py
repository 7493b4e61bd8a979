"""What may be done with whose data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import models

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.rights.models import AccessLog as AccessLog
from dengta.rights.models import Consent
from dengta.rights.models import Grant as Grant

PURPOSES: Mapping[str, Text] = {
    "assessment": Text(
        "用企业填报的数据开展数字化水平测评，并向企业反馈结果",
        "Use what the enterprise states to assess its digital level and give it the result",
    ),
    "policy_matching": Text(
        "用企业档案比对各项政策的条件，告知符合哪些、还差什么",
        "Compare the enterprise's record with programme conditions and say what fits and what"
        " is missing",
    ),
    "statistics": Text(
        "把结果汇总成地区和行业的统计数字；公开的只有数字，名单只有主管部门能看到",
        "Sum results up into figures by region and industry; only figures are public, and only the"
        " responsible offices see the names",
    ),
}


def consents_of(organisation_id: int, day: dt.date) -> dict[str, Consent]:
    """The consents in force on a day, by purpose."""
    live = Consent.objects.filter(
        organisation_id=organisation_id, revoked_at=None, until_date__gte=day
    )
    return {consent.purpose: consent for consent in live}


def agreed(purpose: str, day: dt.date) -> models.QuerySet[Consent, Any]:
    """Ids of the organisations that allow a purpose on a day, as a subquery."""
    live = Consent.objects.filter(purpose=purpose, revoked_at=None, until_date__gte=day)
    return live.values("organisation")


def allowed(organisation_id: int, purpose: str, day: dt.date) -> bool:
    """Whether an organisation's data may be used for a purpose on a day."""
    return purpose in consents_of(organisation_id, day)


def grants_of(actor: Actor) -> models.QuerySet[Grant]:
    """The grants that the actor's organisation has given, newest first, each with what was handed
    out under it."""
    mine = Grant.objects.filter(organisation_id=actor.organisation_id)
    return mine.prefetch_related("handed_out").order_by("-id")


def grant_for(organisation_id: int, recipient: str, purpose: str, day: dt.date) -> Grant | None:
    """The grant in force on a day for a recipient and a purpose, if there is one."""
    live = Grant.objects.filter(
        organisation_id=organisation_id,
        recipient=recipient,
        purpose=purpose,
        revoked_at=None,
        from_date__lte=day,
        until_date__gte=day,
    )
    return live.first()
