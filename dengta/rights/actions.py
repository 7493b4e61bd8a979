"""Giving and revoking consent and grants; handing data out under a grant, which is written down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.registry.queries import policy
from dengta.rights.models import AccessLog, Consent, Grant
from dengta.rights.queries import PURPOSES
from dengta.trail.actions import NotAllowed, StepRefused


def give_consent(actor: Actor, purpose: str, *, at: dt.datetime | None = None) -> Consent:
    """Consent of the actor's organisation to one purpose for the days of practice; given twice it
    is still one.

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
                "until_date": today + dt.timedelta(days=policy().practised("consent_days", today)),
            },
        )
    return consent


def revoke_consent(actor: Actor, purpose: str) -> int:
    """End a consent; later uses are refused at once. Returns how many ended (0 when there was
    none)."""
    return Consent.objects.filter(
        organisation_id=actor.organisation_id, purpose=purpose, revoked_at=None
    ).update(revoked_at=timezone.now())


# ---------------------------------------------------------------- grants to a recipient


def give_grant(
    actor: Actor,
    *,
    recipient: str,
    recipient_name: str,
    purpose: str,
    scope: Sequence[str],
    until: dt.date,
    at: dt.datetime | None = None,
) -> Grant:
    """Let a recipient see some facts of the actor's organisation for a purpose, from today until a
    day (included). The same again is the same grant.

    NotAllowed for anybody who speaks for no organisation; StepRefused for a scope or term that
    cannot be, and while another grant for the same recipient and purpose is in force.
    """
    if not actor.organisation_id:
        raise NotAllowed(
            Text(
                "只有企业自己能授权使用自己的数据。请用企业账号登录。",
                "Only a firm can release its own data. Sign in as the firm.",
            )
        )
    now = at or timezone.now()
    today = timezone.localdate(now)
    facts = _fit(scope, until, today)
    same = Grant.objects.filter(
        organisation_id=actor.organisation_id, recipient=recipient, purpose=purpose
    )
    with transaction.atomic():
        same.filter(revoked_at=None, until_date__lt=today).update(revoked_at=now)
        grant, new = same.get_or_create(
            revoked_at=None,
            defaults={
                "organisation_id": actor.organisation_id,
                "recipient": recipient,
                "purpose": purpose,
                "recipient_name": recipient_name,
                "scope": facts,
                "from_date": today,
                "until_date": until,
                "user_id": actor.user_id or None,
                "given_at": now,
            },
        )
    if not new and (grant.scope, grant.until_date) != (facts, until):
        raise StepRefused(
            Text(
                f"给{recipient_name}的授权 {grant.number} 还在有效期内（至"
                f" {said_day(grant.until_date).zh}）。"
                "要改变范围或期限，请先撤回它，再重新授权。",
                f"Authorisation {grant.number} for {recipient_name} is in force until"
                f" {said_day(grant.until_date).en}. Revoke it first, then give a new one.",
            )
        )
    return grant


def _fit(scope: Sequence[str], until: dt.date, today: dt.date) -> list[str]:
    """The scope in the order of the vocabulary. StepRefused for nothing, strangers, a day gone."""
    known = policy().facts
    strange = [fact for fact in scope if fact not in known]
    if strange or not scope:
        named = "、".join(strange[:3])
        raise StepRefused(
            Text(
                f"没有这些数据项：{named}。请从页面列出的数据项中选。"
                if strange
                else "没有选择任何数据项，授权书不能是空的。请至少选一项。",
                f"There are no such facts: {', '.join(strange[:3])}. Choose from the list."
                if strange
                else "Nothing is released. Choose at least one fact.",
            )
        )
    if until < today:
        raise StepRefused(
            Text(
                f"期限 {said_day(until).zh} 已经过去。请选今天或以后的日子。",
                f"The term ends on {said_day(until).en}, which has passed. Choose today or later.",
            )
        )
    chosen = set(scope)
    return [fact for fact in known if fact in chosen]


def revoke_grant(actor: Actor, pk: int, *, at: dt.datetime | None = None) -> Grant | None:
    """End a grant of the actor's organisation at once; None when it had ended before.

    Grant.DoesNotExist for a grant of somebody else. Its row is taken first and the moment read
    after that, so that it lies after every handing out that came before.
    """
    mine = Grant.objects.filter(pk=pk, organisation_id=actor.organisation_id)
    with transaction.atomic():
        held = mine.filter(revoked_at=None).update(purpose=models.F("purpose"))
        grant = mine.get()
        if not held:
            return None
        grant.revoked_at = at or timezone.now()
        grant.save(update_fields=["revoked_at"])
    return grant


@dataclass(frozen=True, slots=True)
class Held:
    """Grants that are in force at a moment, and cannot end before the transaction does."""

    at: dt.datetime
    live: dict[int, Grant]


def hold_grants(ids: Iterable[int], *, at: dt.datetime | None = None) -> Held:
    """Take the rows of some grants, so that nobody revokes them until this transaction is over, and
    see which of them are in force. To be called inside a transaction.

    The moment is read after the rows were taken: what was revoked before it is not among them.
    """
    asked = Grant.objects.filter(pk__in=sorted(ids))
    asked.update(purpose=models.F("purpose"))
    now = at or timezone.now()
    day = timezone.localdate(now)
    return Held(now, {grant.pk: grant for grant in asked if grant.live_on(day)})


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What goes out under one grant: fact ids, and the SHA-256 of exactly what is handed over."""

    grant: Grant
    facts: Sequence[str]
    sha256: str


def log_access(held: Held, rows: Sequence[HandedOut], by: Actor, *, about: str) -> int:
    """Write down what is handed out under grants that are held. Returns how many rows.

    StepRefused, and nothing written, for a grant that is not in force or a fact beyond its scope:
    the caller must not hand anything out then.
    """
    for row in rows:
        if row.grant.pk not in held.live:
            raise StepRefused(
                Text(
                    f"授权 {row.grant.number} 已撤回或到期，不能再提供数据。",
                    f"Authorisation {row.grant.number} has ended; nothing more may be handed out.",
                )
            )
        beyond = [fact for fact in row.facts if fact not in held.live[row.grant.pk].scope]
        if beyond:
            raise StepRefused(
                Text(
                    f"{'、'.join(beyond[:3])} 不在授权 {row.grant.number} 的范围内，不能提供。",
                    f"{', '.join(beyond[:3])} is beyond authorisation {row.grant.number}.",
                )
            )
    made = AccessLog.objects.bulk_create(
        [
            AccessLog(
                grant=row.grant,
                facts=list(row.facts),
                recipient_name=row.grant.recipient_name,
                sha256=row.sha256,
                about=about,
                user_id=by.user_id or None,
                actor_name=by.name,
                at=held.at,
            )
            for row in rows
        ],
        batch_size=500,
    )
    return len(made)
