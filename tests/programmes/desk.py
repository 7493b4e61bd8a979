"""Browsers without a browser: who is signed in, and a round that takes applications right now,
since pages go by the clock."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.test import Client
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.programmes.actions.submitting import submit
from dengta.programmes.models import Application, Round
from tests.cast import Cast, Firm
from tests.programmes.stage import begun, fill, opened

A_DAY = dt.timedelta(days=1)


def at_desk(cast: Cast, acting: Actor) -> Client:
    """A client at which somebody has signed in."""
    made = Client()
    made.force_login(cast.user(acting), "django.contrib.auth.backends.ModelBackend")
    return made


def open_now(cast: Cast, selection: str = "scenario", **different: Any) -> Round:
    """A round that was opened yesterday and takes applications for a month."""
    now = timezone.now()
    times = {"opens_at": now - A_DAY, "closes_at": now + 30 * A_DAY}
    return opened(cast, selection, **times | different)


def draft_now(cast: Cast, firm: Firm, round: Round | None = None) -> Application:
    """A draft of today in which nothing is filled in yet."""
    return begun(round or open_now(cast), firm, at=timezone.now())


def whole_now(cast: Cast, firm: Firm, round: Round | None = None) -> Application:
    """A draft of today that is complete."""
    application = draft_now(cast, firm, round)
    fill(application, firm)
    return application


def handed_in(
    cast: Cast, firm: Firm, round: Round | None = None, **different: object
) -> Application:
    """Handed in today."""
    application = draft_now(cast, firm, round)
    fill(application, firm, **different)
    submit(application, firm.actor, pledged_by="法人")
    return application


def text_of(response: Any) -> str:
    """What a page says."""
    return str(response.content.decode())
