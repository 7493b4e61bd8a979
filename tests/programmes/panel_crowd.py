"""Real processes at one draw, one assignment, one sheet: `python -m tests.programmes.panel_crowd`.

Every scenario is run as the platform is, and as a negative control with the guard taken away.
Prints what was seen as JSON; the database is that of DENGTA_DATABASE_URL and must be empty.
"""

from __future__ import annotations

import json
import time
from typing import Any

import django

from tests.assessment.rating_crowd import careless_advance, slow
from tests.funding.crowd import together, without_constraint


class Stage:
    """The cast, and rounds of two applications with panels of three."""

    def __init__(self) -> None:
        from tests.cast import Cast
        from tests.programmes import rounds_at

        self.cast, self.at = Cast(), rounds_at
        assert self.cast.county and self.cast.city and self.cast.province
        self.second = self.cast.official("second", "province", "420000")
        rounds_at.experts(self.cast, 4)

    def round(self) -> Any:
        """A round in its review whose four experts have been drawn."""
        made = self.at.round_at(self.cast)
        for _ in range(2):
            self.at.application_at(self.cast, made)
        self.at.to_review(self.cast, made)
        self.at.drawn(self.cast, made, 4)
        return made

    def sheet(self) -> tuple[Any, Any]:
        """A sheet that waits, and its expert."""
        from dengta.registry.queries import actor_of

        review = self.at.assigned(self.cast, self.round())[0]
        return review, actor_of(review.user)

    def two_draws(self) -> dict[str, Any]:
        """Two officials hold the same draw at once."""
        from dengta.programmes.actions import panels
        from dengta.programmes.models import PanelDraw
        from tests.programmes.rounds_at import CLOSES

        made = self.at.round_at(self.cast, "closed")
        draw = panels.commit_draw(made, self.cast.province, 3, at=CLOSES)
        copies = [PanelDraw.objects.get(pk=draw.pk) for _ in range(2)]
        who = [self.cast.province, self.second]
        outcomes = together(
            2,
            lambda n: PanelDraw.objects.get(pk=draw.pk).state == "committed",
            lambda n: panels.hold_draw(copies[n], who[n], at=CLOSES),
        )
        return {"outcomes": outcomes, "experts": made.panelists.count()}

    def two_assignments(self) -> dict[str, Any]:
        """Two officials assign the same round at once, both having seen no sheet."""
        from dengta.programmes.actions import assigning
        from dengta.programmes.models import Review, Round
        from tests.programmes.rounds_at import REVIEWED

        made = self.round()
        copies = [Round.objects.get(pk=made.pk) for _ in range(2)]
        who = [self.cast.province, self.second]
        outcomes = together(
            2,
            lambda n: not Review.objects.filter(application__round=made).exists(),
            lambda n: assigning.assign(copies[n], who[n], at=REVIEWED),
        )
        sheets = Review.objects.filter(application__round=made)
        return {"outcomes": outcomes, "sheets": sheets.count()}

    def two_devices(self) -> dict[str, Any]:
        """One expert writes different marks on two devices that saw the same sheet."""
        from dengta.programmes.actions import sheets

        review, expert = self.sheet()
        outcomes = together(
            4,
            lambda n: True,
            lambda n: sheets.keep(review, expert, {"need": 50 + n}, {}, "", 0),
        )
        review.refresh_from_db()
        return {"outcomes": outcomes, "version": review.version}

    def lock_and_withdraw(self) -> dict[str, Any]:
        """An expert locks a sheet on one device and stands aside on another."""
        from dengta.programmes.actions import sheets
        from dengta.trail.models import Event
        from tests.programmes.rounds_at import REVIEWED

        outcomes, ends = [], []
        for _ in range(3):
            review, expert = self.sheet()
            marks = {one.id: 80 for one in review.application.round.rule.criteria}

            def act(n: int, review: Any = review, expert: Any = expert, marks: Any = marks) -> None:
                if n:
                    time.sleep(0.15)  # into the middle of the signature
                    sheets.withdraw(review, expert, "有合作", at=REVIEWED)
                else:
                    sheets.lock(review, expert, marks, {}, "", 0, pledged=True, at=REVIEWED)

            outcomes += together(2, lambda n: True, act)
            steps = Event.objects.filter(flow="review", thing_id=review.pk).exclude(step="begin")
            ends.append(steps.count())
        return {"outcomes": sorted(outcomes), "ends": ends}


def main() -> None:
    """Play every scenario, then every negative control, and print what was seen."""
    django.setup()
    from dengta.core.selection import PanelRule
    from dengta.programmes.actions import assigning, panels, sheets
    from dengta.programmes.models import Panelist, Review

    stage = Stage()
    slow(sheets, "advance", 0.3)
    slow(assigning, "begin_many", 0.2)
    slow(panels, "advance", 0.2)
    with stage.at.rule_as(panel=PanelRule(size=3)):
        names = ("two_draws", "two_assignments", "two_devices", "lock_and_withdraw")
        seen = {name: getattr(stage, name)() for name in names}
        assigning._live = lambda round: Review.objects.none()
        without_constraint(Review, "one_live_review_per_expert")
        control: dict[str, Any] = {"two_assignments": stage.two_assignments()}

        def careless_keep(review: Any, actor: Any, marks: Any, *rest: Any) -> None:
            review.marks, review.version = marks, review.version + 1
            time.sleep(0.1)
            review.save()

        sheets.keep = careless_keep  # type: ignore[assignment]
        control["two_devices"] = stage.two_devices()
        sheets.advance = careless_advance  # type: ignore[assignment]
        slow(sheets, "advance", 0.3)
        control["lock_and_withdraw"] = stage.lock_and_withdraw()
        panels.advance = careless_advance  # type: ignore[assignment]
        without_constraint(Panelist, "an_expert_once_per_round")
        control["two_draws"] = stage.two_draws()
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


if __name__ == "__main__":
    main()
