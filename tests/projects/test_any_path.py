"""Any steps in any order by anybody: what may not happen is refused, and what must hold holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from dengta.funding.actions import claims, claims_submitting
from dengta.funding.actions.claims_projects import begin_for
from dengta.funding.models import Claim
from dengta.projects.actions import acceptance, changes, ending, filing, milestones
from dengta.projects.actions.filing import Line
from dengta.projects.models import Change, Project
from dengta.projects.queries.acceptance import live
from dengta.trail.actions import StepRefused
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.projects import lives, stage

WHO = st.sampled_from(["firm", "supplier", "county", "city"])


class Life(RuleBasedStateMachine):
    """One project, a clock that only goes forward, and everybody who may try something."""

    def __init__(self, cast: Cast) -> None:
        super().__init__()
        self.cast = cast
        self.atom = transaction.atomic()
        self.atom.__enter__()
        self.now: dt.datetime = MOMENT

    @initialize()
    def begin(self) -> None:
        """A draft with everything in it."""
        self.project = stage.draft(self.cast, at=self.now)

    def by(self, who: str) -> Any:
        """Somebody's actor."""
        found = getattr(self.cast, who)
        return getattr(found, "actor", found)

    def attempt(self, act: Callable[[], object]) -> None:
        """Try something; refused it must leave nothing behind."""
        self.project = Project.objects.get(pk=self.project.pk)
        try:
            with transaction.atomic():
                act()
        except StepRefused:
            pass
        self.project = Project.objects.get(pk=self.project.pk)

    @rule(days=st.sampled_from([1, 8, 40]))
    def wait(self, days: int) -> None:
        """Time goes by, and the calendar does its part."""
        self.now += days * ONE_DAY
        acceptance.accept_due(self.now.date(), at=self.now)

    @rule(who=WHO, step=st.sampled_from(["file", "start", "return", "withdraw", "terminate",
                                         "annul", "resume"]))  # fmt: skip
    def step(self, who: str, step: str) -> None:
        """A step on the project itself."""
        actor, p, at = self.by(who), self.project, self.now
        acts: dict[str, Callable[[], object]] = {
            "file": lambda: filing.file(p, actor, agreed_by="王厂长", at=at),
            "start": lambda: filing.start(p, actor, at=at),
            "return": lambda: filing.send_back(p, actor, note="请补正。", at=at),
            "withdraw": lambda: filing.withdraw(p, actor, at=at),
            "terminate": lambda: ending.terminate(p, actor, note="停止。", at=at),
            "annul": lambda: ending.annul(p, actor, note="不实。", at=at),
            "resume": lambda: milestones.resume(p, actor, note="遗漏。", at=at),
        }
        if step in ("withdraw", "terminate", "annul") and self.now == MOMENT:
            return  # not before anything happened
        self.attempt(acts[step])

    @rule()
    def go_on(self) -> None:
        """Whatever comes next on the straight way, so that long ways are walked, too."""
        self.attempt(self._next)

    def _next(self) -> object:
        cast, p, at = self.cast, self.project, self.now
        firm, made = cast.firm.actor, live(p)
        if p.state in ("draft", "returned"):
            return filing.file(p, firm, agreed_by="王厂长", at=at)
        if p.state == "county_check":
            return filing.start(p, cast.county, at=at)
        if p.state == "under_way":
            stage.delivered(cast, p, at=at)
            return milestones.finish(p, firm, finished_date=at.date(), at=at)
        if p.state == "finished":
            stage.with_papers(p, cast.firm, at=at)
            return acceptance.ask(p, firm, summary=stage.SUMMARY, effects={"efficiency": 1}, at=at)
        if made is not None and made.state == "county_check":
            return acceptance.pass_papers(made, cast.county, answers=stage.answers(made), at=at)
        if made is not None and made.state == "on_site":
            acceptance.rate(made, firm, provider_stars=3, result_stars=3)
            rating = stage.rated(cast, cast.firm, at=at)
            visit = stage.visit(rating, at.date())
            return acceptance.record_visit(made, cast.city, visit, at=at)
        if made is not None and made.state == "visited":
            return acceptance.publish(made, cast.city, at=at)
        return acceptance.accept(made, cast.city, at=at) if made else None

    @rule(who=st.sampled_from(["firm", "supplier"]), fen=st.integers(1, 300 * WAN))
    def reprice(self, who: str, fen: int) -> None:
        """A change of the price, agreed and approved."""
        asking = self.by(who)
        other = self.by("supplier" if who == "firm" else "firm")

        def act() -> None:
            change: Change = changes.ask(
                self.project, asking, kind="price", reason="价款另行议定。", at=self.now,
                lines=[Line("生产执行系统", "software", fen)], discount_fen=fen // 7,
            )  # fmt: skip
            changes.agree(change, other, at=self.now)
            changes.approve(change, self.cast.county, at=self.now)

        self.attempt(act)

    @rule(who=st.sampled_from(["county", "city"]))
    def fail(self, who: str) -> None:
        """An office does not accept."""
        made = live(self.project)
        if made is not None:
            self.attempt(lambda: acceptance.fail(made, self.by(who), note="不符。", at=self.now))

    @rule()
    def claim(self) -> None:
        """The firm tries to be paid, and the city to approve what stands."""
        self.attempt(lambda: begin_for(self.project, self.cast.firm.actor, at=self.now))
        for one in Claim.objects.filter(project=self.project):
            self.attempt(
                lambda one=one: claims_submitting.submit(
                    one, self.cast.firm.actor, agreed_by="王厂长", at=self.now
                )
            )
            self.attempt(lambda one=one: claims.approve(one, self.cast.city, at=self.now))

    @invariant()
    def holds(self) -> None:
        """Parts make the price, no money without acceptance, list and log agree."""
        assert lives.faults() == []
        for one in Claim.objects.exclude(project=None):
            assert one.accepted_date is not None

    def teardown(self) -> None:
        """Leave the tables as they were."""
        transaction.set_rollback(True)
        self.atom.__exit__(None, None, None)


@pytest.mark.django_db
def test_in_any_order_nothing_is_paid_without_acceptance(cast: Cast) -> None:
    stage.listed(cast.firm)
    assert cast.county and cast.city and cast.supplier and cast.assessor
    run(
        lambda: Life(cast),
        settings=settings(
            max_examples=12, stateful_step_count=16, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
