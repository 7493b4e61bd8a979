"""Several at one campaign at the same moment: `python -m tests.assessment.campaign_crowd`.

All look first and act once all have looked; whoever marks the firms to be reminded reads, waits
and writes. Every scenario is run twice: as the platform is, and as a negative control without what
keeps it from being done twice. Prints what was seen as JSON. The database is that of
DENGTA_DATABASE_URL; nobody else may be in it.
"""

from __future__ import annotations

import contextlib
import json
import time
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import django

WINDOW = 0.4
"""Seconds between reading and writing."""
HANDS = 3


class Stage:
    """A province, some firms, and what is done at once."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        self.serial = 0
        self.acting = self.cast.province

    def firms(self) -> list[Any]:
        """Three firms of their own."""
        self.serial += 1
        return [self.cast.enrol(f"firm-{self.serial}-{n}") for n in range(3)]

    def one_opening(self) -> dict[str, Any]:
        """The same campaign is opened by several clicks, then told by as many workers."""
        from dengta.assessment.actions import campaigns
        from dengta.assessment.models import Campaign, Invitation
        from dengta.trail.models import Job, Notice
        from tests.cast import DAY, MOMENT, ONE_DAY
        from tests.funding.crowd import together

        firms, name = self.firms(), f"活动 {self.serial}"
        codes = "\n".join(firm.organisation.uscc for firm in firms)
        draft = campaigns.Draft(name, "miit-2024", DAY + 9 * ONE_DAY, "list", codes=codes)
        outcomes = together(
            HANDS,
            lambda n: not Campaign.objects.filter(name=name).exists(),
            lambda n: campaigns.open_campaign(self.acting, draft, at=MOMENT),
        )
        made = list(Campaign.objects.filter(name=name).values_list("pk", flat=True))
        jobs = [job.pk for job in Job.objects.all() if job.arguments["campaign"] in made]
        together(HANDS, lambda n: True, lambda n: campaigns.send_notices.call(jobs[0]))
        return {
            "outcomes": outcomes,
            "campaigns": len(made),
            "invitations": Invitation.objects.filter(campaign__name=name).count(),
            "jobs": len(jobs),
            "notices": Notice.objects.filter(event__thing_id__in=made).count(),
        }

    def one_reminder(self, by_tick: bool) -> dict[str, Any]:
        """Several remind of one campaign at once: officials, or ticks on a named day."""
        from dengta.assessment.actions import campaigns
        from dengta.assessment.models import Campaign, Invitation
        from dengta.trail.models import Event
        from tests.cast import DAY, MOMENT, ONE_DAY
        from tests.funding.crowd import together

        firms = self.firms()
        made = self.cast.campaign(
            *firms, by=self.acting, name=f"提醒 {self.serial}", due_date=DAY + 30 * ONE_DAY
        )
        at = MOMENT + 23 * ONE_DAY

        def act(n: int) -> Any:
            if by_tick:
                return campaigns.tick(at)
            return campaigns.remind(Campaign.objects.get(pk=made.pk), self.acting, at=at)

        outcomes = together(HANDS, lambda n: True, act)
        marked = Invitation.objects.filter(campaign=made).values_list("reminders", flat=True)
        events = Event.objects.filter(flow="campaign", thing_id=made.pk, step="remind")
        campaigns.close(Campaign.objects.get(pk=made.pk), self.acting, at=at)
        return {"outcomes": outcomes, "reminders": list(marked), "events": events.count()}


def slow_to_mark() -> None:
    """Let whoever has read which firms are due wait before marking them."""
    from django.db.models import F

    from dengta.assessment.actions import campaigns
    from dengta.assessment.models import Invitation

    def mark(due: Any, now: Any) -> int:
        ids = list(due.values_list("pk", flat=True))
        time.sleep(WINDOW)
        chosen = Invitation.objects.filter(pk__in=ids)
        return chosen.update(reminded_at=now, reminders=F("reminders") + 1)

    campaigns._mark = mark


def without_guards() -> None:
    """Take the unique key of rounds away, and what makes one transaction of a reminder."""
    from dengta.assessment.actions import campaigns

    enqueue = campaigns.enqueue_job

    def keyless(*args: Any, key: str, **rest: Any) -> Any:
        return enqueue(*args, key=f"{key[:40]}:{uuid4().hex}", **rest)

    campaigns.enqueue_job = keyless
    open_door = SimpleNamespace(atomic=contextlib.nullcontext, set_rollback=lambda rollback: None)
    campaigns.transaction = open_door  # type: ignore[assignment]


def main() -> None:
    """Play every scenario, then every negative control, and print what was seen."""
    django.setup()
    stage = Stage()
    slow_to_mark()

    def played() -> dict[str, Any]:
        return {
            "one_opening": stage.one_opening(),
            "by_hand": stage.one_reminder(by_tick=False),
            "by_tick": stage.one_reminder(by_tick=True),
        }

    seen = played()
    without_guards()
    print(json.dumps({"seen": seen, "control": played()}))


if __name__ == "__main__":
    main()
