"""Whoever does whatever in whatever order: nobody leaves out a check or publicity, and no quota is
exceeded or forgotten."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dengta.accounts.queries import Actor
from dengta.core.selection import STEPS, Quota
from dengta.programmes.actions import checking, filling, submitting
from dengta.programmes.models import Application, QuotaCount, Round
from dengta.programmes.queries.forms import form_of
from dengta.programmes.queries.papers import RETURNED
from dengta.programmes.queries.quotas import recommending_state
from dengta.programmes.states import APPLICATION, CHECKS, MENDING_STATES
from dengta.trail.actions import StepRefused, advance
from dengta.trail.models import Event
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm
from tests.programmes import stage
from tests.programmes.conftest import Beside

LATER = {"panel": "finish_panel", "site_visit": "pass_visit"}
SHAPES: dict[str, tuple[Any, ...]] = {
    "all": STEPS,
    "short": ("county_check", "formal_check", "panel", "publicity"),
    "bare": ("formal_check", "publicity"),
    "cities": ("city_recommend", "formal_check", "site_visit", "publicity"),
}
RAW = ("finish_panel", "propose", "put_on_reserve", "promote", "hold", "resume", "drop", "award",
       "not_select", "pass_over_county", "pass_over_panel", "invite", "lapse",
       "terminate")  # fmt: skip
STEP_IDS = sorted(step.id for step in APPLICATION.steps)
PUBLICITY = {"publicity_from": DAY, "publicity_until": DAY + 7 * ONE_DAY, "rank": 1}


@dataclass
class World:
    """Who there is: three firms of one city, their offices, and people who have no business."""

    cast: Cast
    firms: list[Firm]
    actors: list[Actor]
    county: dict[str, Actor]


class AnyPath(RuleBasedStateMachine):
    """Random steps by random people on three applications of one round."""

    world: ClassVar[World]

    @initialize(shape=st.sampled_from(sorted(SHAPES)))
    def begin(self, shape: str) -> None:
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.round: Round = stage.opened(self.world.cast, shape)
        self.ids = []
        for firm in self.world.firms:
            application = stage.begun(self.round, firm)
            filling.keep(application, firm.actor, {"scene_name": ("质量追溯", 0)}, at=MOMENT)
            self.ids.append(application.pk)

    def teardown(self) -> None:
        if hasattr(self, "transaction"):
            transaction.set_rollback(True)
            self.transaction.__exit__(None, None, None)

    def application(self, n: int) -> Application:
        return Application.objects.select_related("round", "organisation").get(pk=self.ids[n])

    @rule(n=st.integers(0, 2), many=st.integers(1, 8))
    def forward(self, n: int, many: int) -> None:
        """Those whose turn it is do what is usual."""
        for _ in range(many):
            application, firm = self.application(n), self.world.firms[n]
            state = application.state
            office = CHECKS[state][0] if state in CHECKS else ""
            usual = {
                "draft": "submit",
                **dict.fromkeys(CHECKS, f"pass_{office}"),
                **LATER,
                "ranked": "propose",
                "proposed": "award",
                "returned": "resubmit_county",
                "supplement": "resubmit_county",
            }.get(state)
            if usual is None:
                return
            mine = state in ("draft", *MENDING_STATES)
            actor = firm.actor if mine else self.official(office, application)
            self.attempt(application, usual, actor)

    def official(self, office: str, application: Application) -> Actor:
        if office == "county":
            return self.world.county[application.region_code]
        return self.world.cast.city if office == "city" else self.world.cast.province

    @rule(n=st.integers(0, 2), step=st.sampled_from(STEP_IDS), who=st.integers(0, 9))
    def anything(self, n: int, step: str, who: int) -> None:
        """Anybody tries anything."""
        actor = self.world.actors[who % len(self.world.actors)]
        self.attempt(self.application(n), step, actor)

    @rule(n=st.integers(0, 2), kind=st.sampled_from(["return", "supplement"]), mend=st.booleans())
    def back(self, n: int, kind: str, mend: bool) -> None:
        """The office whose turn it is returns a field, and mostly it is mended."""
        application, firm = self.application(n), self.world.firms[n]
        if application.state not in CHECKS:
            return
        office = CHECKS[application.state][0]
        self.attempt(application, f"{kind}_{office}", self.official(office, application))
        if mend:
            version = application.entries.get(field="scene_name").version
            filling.keep(application, firm.actor, {"scene_name": (f"第{version}版", version)})
            self.attempt(self.application(n), f"resubmit_{office}", firm.actor)

    def attempt(self, application: Application, step: str, actor: Actor) -> None:
        """Whatever action a page would call for this step."""
        kind, _, office = step.partition("_")
        try:
            with transaction.atomic():
                if step in ("submit", "confirm"):
                    getattr(submitting, step)(application, actor, pledged_by="某人", at=MOMENT)
                elif kind == "resubmit":
                    submitting.resubmit(application, actor, at=MOMENT)
                elif step == "withdraw":
                    submitting.withdraw(application, actor, at=MOMENT)
                elif kind in checking.KINDS and office in checking.OFFICES:
                    reopen = {"scene_name": "不清楚"} if kind in ("return", "supplement") else {}
                    checking.check(application, actor, step, note="看过", reopen=reopen, at=MOMENT)
                elif step in ("pass_visit", "fail_visit"):
                    checking.visit(
                        application, actor, visit_date=DAY, note="看过",
                        passed=step == "pass_visit", at=MOMENT,
                    )  # fmt: skip
                elif step in RAW:
                    publicity = PUBLICITY if step in ("propose", "promote") else {}
                    advance(
                        application, step, by=actor, note="按规定", evidence=publicity, at=MOMENT
                    )
        except StepRefused:
            return

    @rule(n=st.integers(0, 2))
    def withdraw(self, n: int) -> None:
        """An applicant thinks better of it."""
        self.attempt(self.application(n), "withdraw", self.world.firms[n].actor)

    @invariant()
    def all_is_right(self) -> None:
        """Quotas and ways, looked at once for both."""
        if not hasattr(self, "round"):
            return
        rows = list(Application.objects.filter(pk__in=self.ids))
        self.quotas(rows)
        events: dict[int, list[Event]] = defaultdict(list)
        for event in Event.objects.filter(flow="application", thing_id__in=self.ids).order_by("id"):
            events[event.thing_id].append(event)
        for row in rows:
            self.way(row, events[row.pk][1:])

    def quotas(self, rows: list[Application]) -> None:
        """What is counted is what holds a place, and never more than there are. What is terminated
        holds its place, as nothing goes on in its round."""
        held: Counter[tuple[str, str]] = Counter()
        for row in rows:
            if row.state == "terminated" or row.state not in RETURNED:
                held["city", "420100"] += row.recommended_at is not None
                held["applicant", row.applicant_code] += row.submitted_at is not None
        counts = list(QuotaCount.objects.filter(round=self.round))
        assert all(count.used <= count.limit for count in counts)
        assert {(c.by, c.value): c.used for c in counts if c.used} == dict(+held)

    def way(self, row: Application, events: list[Event]) -> None:
        """Every step is by somebody of the office, what is passed over is what the selection lacks,
        and nobody is selected but from publicity."""
        steps, state, done = self.round.rule.steps, "draft", set()
        for event in events:
            assert event.from_state == state
            if event.step.startswith("pass_over_"):
                assert state not in steps and event.role == "system"
            elif state in CHECKS and event.step.startswith("pass_"):
                assert state in steps and event.role == CHECKS[state][0]
                done.add(state)
            elif event.step in LATER.values():
                assert state in steps and event.role == "province"
                done.add(state)
            state = event.to_state
            if state in ("ranked", "proposed", "reserve", "awarded"):
                assert done >= set(steps) - {"publicity"}
            if state == "awarded":
                assert event.from_state == "proposed" and row.publicity_until
        assert row.state == state
        assert (row.recommended_at is not None) == (recommending_state(self.round.rule) in done)


@pytest.fixture
def world(cast: Cast, beside: Beside) -> Iterator[World]:
    """The people, and selections of four shapes with one place for the city."""
    quotas = (Quota("city", 1, "recommend"), Quota("applicant", 1, "recommend"))
    field = next(each for each in stage.rule_of("scenario").fields if each.id == "scene_name")
    for id, steps in SHAPES.items():
        beside(id, steps=steps, quotas=quotas, fields=(field,), slots=())
    firms = [cast.firm, cast.rival, cast.enrol("third")]
    officials = [cast.county, cast.next_county, cast.city, cast.province]
    strangers = [cast.next_city, cast.expert, cast.supplier.actor]
    AnyPath.world = World(
        cast, firms, [*officials, *strangers, *(firm.actor for firm in firms)],
        {"420102": cast.county, "420104": cast.next_county},
    )  # fmt: skip
    yield AnyPath.world


def test_no_way_skips_a_check_or_publicity_and_no_quota_is_exceeded(world: World) -> None:
    run_state_machine_as_test(
        AnyPath,
        settings=settings(
            max_examples=8, stateful_step_count=15, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_a_careless_count_would_be_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name, withdrawn in ((checking, "take", 0), (submitting, "give_back", 1)):
        machine = AnyPath()
        machine.begin("all")
        try:
            with monkeypatch.context() as careless:
                careless.setattr(module, name, lambda application: None)
                machine.forward(0, 3)
                for _ in range(withdrawn):
                    machine.withdraw(0)
                with pytest.raises(AssertionError):
                    machine.all_is_right()
        finally:
            machine.teardown()


def test_the_paths_go_all_the_way(world: World) -> None:
    """The machine is worth something: with the usual steps an application is awarded."""
    machine = AnyPath()
    machine.begin("all")
    machine.forward(0, 8)
    try:
        assert machine.application(0).state == "awarded"
        assert not form_of(machine.application(0)).missing
        machine.all_is_right()
    finally:
        machine.teardown()
