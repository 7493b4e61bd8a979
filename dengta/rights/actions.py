"""Giving and revoking consent."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.rights.models import Consent
from dengta.rights.queries import PURPOSES


def give_consent(actor: Actor, purpose: str, *, at: dt.datetime | None = None) -> Consent:
    """Consent of the actor's organisation to one purpose for one year; given twice it is still one.

    KeyError for a purpose that is not on offer; ValueError when the actor speaks for no
    organisation.
    """
    PURPOSES[purpose]
    if not actor.organisation_id:
        raise ValueError("consent needs an organisation")
    now = at or timezone.now()
    today = timezone.localdate(now)
    with transaction.atomic():
        Consent.objects.filter(
            organisation_id=actor.organisation_id,
            purpose=purpose,
            revoked_at=None,
            until_date__lt=today,
        ).update(revoked_at=now)
        consent, _ = Consent.objects.get_or_create(
            organisation_id=actor.organisation_id,
            purpose=purpose,
            revoked_at=None,
            defaults={
                "user_id": actor.user_id or None,
                "given_at": now,
                "until_date": today + dt.timedelta(days=365),
            },
        )
    return consent


def revoke_consent(actor: Actor, purpose: str) -> int:
    """End a consent; later uses are refused at once. Returns how many ended (0 when there was
    none)."""
    return Consent.objects.filter(
        organisation_id=actor.organisation_id, purpose=purpose, revoked_at=None
    ).update(revoked_at=timezone.now())
