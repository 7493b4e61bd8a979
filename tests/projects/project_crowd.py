"""Real processes at one project: `python -m tests.projects.project_crowd`.

Many file the same contract at once, many ask for the same acceptance, and officials decide the same
acceptance in opposite ways. Everybody looks first and acts once all have looked. The negative
control lets everybody believe what they saw. Prints what was seen as JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import django

WORKERS = 6


class Stage:
    """The cast, and projects as far as a scenario needs them."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        assert self.cast.city and self.cast.county and self.cast.firm and self.cast.supplier

    def double_submit(self) -> dict[str, Any]:
        """One draft is filed by all at once."""
        from dengta.projects.actions import filing
        from dengta.trail.models import Event
        from tests.cast import MOMENT
        from tests.funding.crowd import together
        from tests.projects import stage

        made = stage.draft(self.cast)
        act = partial(filing.file, made, self.cast.firm.actor, agreed_by="王厂长", at=MOMENT)
        outcomes = together(WORKERS, lambda n: True, lambda n: act())
        events = Event.objects.filter(flow="project", thing_id=made.pk, step="file")
        return {"outcomes": outcomes, "filed": events.count()}

    def same_contract(self) -> dict[str, Any]:
        """As many drafts get the same contract's number at once."""
        from dengta.projects.actions import filing
        from dengta.projects.models import Project
        from tests.funding.crowd import together
        from tests.projects import stage

        drafts = [stage.draft(self.cast) for _ in range(WORKERS)]
        actor, number = self.cast.firm.actor, f"SAME-{drafts[0].pk}"
        outcomes = together(
            WORKERS, lambda n: True,
            lambda n: filing.save(drafts[n], actor, {"contract_number": number}),
        )  # fmt: skip
        return {
            "outcomes": outcomes,
            "with_it": Project.objects.filter(contract_number=number).count(),
        }

    def two_deciders(self) -> dict[str, Any]:
        """Half accept an acceptance after its publicity, half fail it."""
        from dengta.projects.actions import acceptance
        from dengta.projects.models import Project
        from dengta.trail.models import Event
        from tests.cast import ONE_DAY
        from tests.funding.crowd import together
        from tests.projects import stage

        made, there = stage.published(self.cast)
        over, city = there + 14 * ONE_DAY, self.cast.city
        acts: list[Callable[[], object]] = [
            partial(acceptance.accept, made, city, at=over),
            partial(acceptance.fail, made, city, note="材料不实。", at=over),
        ]
        outcomes = together(WORKERS, lambda n: True, lambda n: acts[n % 2]())
        made.refresh_from_db()
        events = Event.objects.filter(flow="acceptance", thing_id=made.pk)
        project = Project.objects.get(pk=made.project_id)
        return {
            "outcomes": outcomes,
            "decided": events.filter(step__in=("accept", "fail")).count(),
            "agree": (made.state, project.state)
            in {("accepted", "accepted"), ("failed", "under_way")},
        }


def believing() -> None:
    """Take away what holds: the lock on the row, the swap of the state, the once of a contract."""
    from dengta.projects.actions import acceptance, filing
    from dengta.projects.models import Project
    from tests.funding.crowd import careless_advance, without_constraint

    without_constraint(Project, "one_project_per_contract")
    for module in (acceptance, filing):
        module.hold = lambda project, states: None  # type: ignore[attr-defined]
        module.advance = careless_advance  # type: ignore[attr-defined]
    acceptance._lock = lambda made: None
    filing._filed_already = lambda project: None


def main() -> None:
    """Play every scenario, then the negative control, and print what was seen."""
    django.setup()
    stage = Stage()
    scenarios = {
        "double_submit": stage.double_submit,
        "same_contract": stage.same_contract,
        "two_deciders": stage.two_deciders,
    }
    seen = {name: scene() for name, scene in scenarios.items()}
    believing()
    control = {name: scene() for name, scene in scenarios.items()}
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


if __name__ == "__main__":
    main()
