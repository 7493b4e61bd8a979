"""What a decision does to an award, and to the title in the registry that goes with it. The
register of what is given once only stays as it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.catalogue.actions import entries
from dengta.core.shapes import Text
from dengta.programmes.actions.moving import applicants_of
from dengta.programmes.models import Award, Proceeding
from dengta.registry.actions import (
    change_name,
    end_title,
    extend_title,
    pause_role,
    resume_role,
)
from dengta.registry.queries import policy
from dengta.trail.actions import NotAllowed, advance, notify
from dengta.trail.models import Event

Effect = Callable[[Award, Proceeding, Actor, dt.datetime], Event]


def only_issuer(award: Award, actor: Actor) -> None:
    """NotAllowed for anybody but the office that gave the award."""
    if not (actor.role == "province" and actor.covers(award.application.round.region_code)):
        raise NotAllowed(
            Text(
                f"{award.number} 由认定机关办理，您的岗位没有这项权限。",
                f"{award.number} is a matter of the office that gave it; your post cannot do this.",
            )
        )


def take_effect(proceeding: Proceeding, by: Actor, at: dt.datetime) -> Event | None:
    """Do to the award what was decided; None where it no longer stands so that it could be done
    (an award that has expired meanwhile cannot be rectified)."""
    award = Award.objects.select_related("application__round", "organisation").get(
        pk=proceeding.award_id
    )
    step, effect = EFFECTS[proceeding.kind]
    if award.state not in award.flow.step(step).sources and not _judged(award, proceeding):
        return None
    return effect(award, proceeding, by, at)


def _judged(award: Award, proceeding: Proceeding) -> bool:
    """An evaluation stands though the award is to be rectified meanwhile."""
    return proceeding.kind == "evaluation" and award.state == "rectifying"


def _warn(award: Award, proceeding: Proceeding, by: Actor, at: dt.datetime) -> Event:
    """A mark that everybody sees for the days of practice; the award itself stays as it is."""
    day = timezone.localdate(at)
    until = day + dt.timedelta(days=policy().practised("warning_shown_days", day))
    terms = proceeding.terms | {"shown_until": until.isoformat()}
    Proceeding.objects.filter(pk=proceeding.pk).update(terms=terms)
    proceeding.terms = terms
    return advance(
        award,
        "warn",
        by=by,
        note=proceeding.decision,
        reasons={"proceeding": proceeding.number, "shown_until": until.isoformat()},
        at=at,
    )


def _evaluate(award: Award, proceeding: Proceeding, by: Actor, at: dt.datetime) -> Event:
    """The result stands; shown to everybody for the days of practice, to nobody when these are
    0."""
    day = timezone.localdate(at)
    days = policy().practised("evaluation_shown_days", day)
    if days:
        until = day + dt.timedelta(days=days)
        proceeding.terms = proceeding.terms | {"shown_until": until.isoformat()}
        Proceeding.objects.filter(pk=proceeding.pk).update(terms=proceeding.terms)
    reasons = {name: proceeding.terms[name] for name in ("from", "until_month", "result")}
    step = "evaluate_rectifying" if award.state == "rectifying" else "evaluate"
    return advance(
        award, step, by=by, note=proceeding.decision, at=at,
        reasons=reasons | {"proceeding": proceeding.number},
    )  # fmt: skip


def _revoke(award: Award, proceeding: Proceeding, by: Actor, at: dt.datetime) -> Event:
    event = advance(
        award, "revoke", by=by, note=proceeding.decision, evidence={"revoked_at": at}, at=at
    )
    _end_title(award, timezone.localdate(at))
    entries.award_over(award.number, proceeding.decision, at=at)
    return event


def _rectify(award: Award, proceeding: Proceeding, by: Actor, at: dt.datetime) -> Event:
    """No new business in the role that the award admits to, until it is restored."""
    until = dt.date.fromisoformat(proceeding.terms["until"])
    event = advance(
        award, "rectify", by=by, note=proceeding.decision, evidence={"rectify_until": until}, at=at
    )
    title, day = _title(award), timezone.localdate(at)
    if award.organisation is not None and title:
        pause_role(award.organisation, title, awarded=award.award_date, day=day)
    return event


def _renew(award: Award, proceeding: Proceeding, by: Actor, at: dt.datetime) -> Event:
    until = dt.date.fromisoformat(proceeding.terms["expires_date"])
    event = advance(
        award,
        "renew",
        by=by,
        note=proceeding.decision,
        evidence={"expires_date": until, "rectify_until": None},
        at=at,
    )
    title = _title(award)
    if award.organisation is not None and title:
        extend_title(award.organisation, title, awarded=award.award_date, expires=until)
    entries.award_extended(award.number, until, at=at)
    return event


def _rename(award: Award, proceeding: Proceeding, by: Actor, at: dt.datetime) -> Event:
    name = proceeding.terms["name"]
    event = advance(
        award,
        "rename",
        by=by,
        note=proceeding.decision,
        reasons={"former": award.holder_name, "name": name},
        evidence={"holder_name": name},
        at=at,
    )
    if award.organisation is not None:
        change_name(award.organisation, name)
    return event


EFFECTS: Mapping[str, tuple[str, Effect]] = {
    "warning": ("warn", _warn),
    "revocation": ("revoke", _revoke),
    "rectification": ("rectify", _rectify),
    "renewal": ("renew", _renew),
    "renaming": ("rename", _rename),
    "evaluation": ("evaluate", _evaluate),
}
"""Kind of proceeding -> the award's step, and what does it."""


def restore(award: Award, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """What was to be rectified has been: the award is in force again. Raises as `advance`."""
    only_issuer(award, actor)
    with transaction.atomic():
        event = advance(
            award, "restore", by=actor, note=note, evidence={"rectify_until": None}, at=at
        )
        title = _title(award)
        if award.organisation is not None and title:
            resume_role(
                award.organisation, title, awarded=award.award_date, expires=award.expires_date
            )
    tell_holder(
        award,
        event,
        Text(f"{award.number}：整改合格", f"{award.number}: rectified"),
        Text(
            note.strip() or "整改经核查合格，认定继续有效。",
            note.strip() or "The rectification has been checked; the award is in force.",
        ),
    )
    return event


def tell_holder(award: Award, event: Event, subject: Text, body: Text) -> None:
    """A notice to those who act for the holder, leading to their page of the award."""
    notify(
        event,
        applicants_of(award.application),
        subject=subject,
        body=body,
        link=f"/applications/awards/{award.pk}/",
    )


def _title(award: Award) -> str:
    return award.application.round.rule.title


def _end_title(award: Award, day: dt.date) -> None:
    title = _title(award)
    if award.organisation is not None and title:
        end_title(award.organisation, title, awarded=award.award_date, day=day)
