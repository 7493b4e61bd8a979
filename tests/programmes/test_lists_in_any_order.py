"""Whatever officials, firms and the public do after the list is made, and in whichever order: its
limits hold, nothing is awarded but through publicity, and one that is held holds no other."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dengta.core.allocation_record import verify
from dengta.core.selection import Floor, Quota
from dengta.programmes.actions import objections
from dengta.programmes.actions.awarding import award
from dengta.programmes.actions.listing import announce, drop, make_list, promote
from dengta.programmes.models import Application, Award, Objection, Publication, Round
from dengta.programmes.states import PUBLIC_STATES
from dengta.registry.queries import division_of
from dengta.trail.actions import StepRefused, advance
from dengta.trail.models import Event
from tests.cast import MOMENT, ONE_DAY, WAN, Cast, Firm
from tests.programmes.ranked import a_round, reviewed, with_rule
from tests.programmes.test_objections import objected

REGIONS = ("420102", "420104", "420502", "429004")
ACTS = ("file", "accept", "refuse", "uphold", "dismiss", "drop", "promote", "withdraw", "award",
        "night")  # fmt: skip
LIST = st.fixed_dictionaries(
    {
        "scores": st.lists(st.integers(59, 64), min_size=5, max_size=7),
        "places": st.integers(1, 3),
        "budget": st.none() | st.integers(1, 5),
        "city": st.integers(1, 3),
        "floor": st.sampled_from(("", "420500", "429004")),
        "reserve": st.sampled_from((10_000, 0)),
    }
)
DEEDS = st.lists(
    st.tuples(st.sampled_from((*ACTS, "promote", "award", "night")), st.integers(0, 6)),
    min_size=8, max_size=16,
)  # fmt: skip


class Player:
    """Plays what Hypothesis thinks of, and looks at what came of it after each deed."""

    def __init__(self, cast: Cast, firms: list[Firm], round: Round, plan: dict[str, Any]) -> None:
        self.cast, self.firms, self.round, self.plan = cast, firms, round, plan
        self.now = MOMENT
        self.rows = [
            reviewed(round, firms[n % len(firms)], str(score), title=f"场景 {n}")
            for n, score in enumerate(plan["scores"])
        ]
        make_list(round, cast.province, at=self.now)
        announce(round, cast.province, at=self.now)
        self.limits_hold()
        self.floor_holds()

    def deed(self, act: str, which: int) -> None:
        """One deed; what is refused changes nothing."""
        row = self.target(act, which)
        filed = row.objections.order_by("-id").first()
        by, at = self.cast.province, self.now
        with suppress(StepRefused), transaction.atomic():
            match act:
                case "night":
                    self.now += 3 * ONE_DAY
                case "file":
                    objected(row, at=at)
                case "drop":
                    drop(row, by, note="材料失实", at=at)
                case "promote":
                    promote(row, by, note="递补", at=at)
                case "withdraw":
                    advance(row, "withdraw", by=self.firm_of(row).actor, at=at)
                case "award":
                    self.award()
                case _ if filed is not None:
                    self.answer(filed, act)

    def target(self, act: str, which: int) -> Application:
        """One for whom the deed may make sense, where there is any; else whoever comes."""
        rows = self.round.applications.order_by("id")
        fit = {
            "file": rows.filter(state__in=("proposed", "held")),
            "accept": rows.filter(objections__state="filed").distinct(),
            "refuse": rows.filter(objections__state="filed").distinct(),
            "uphold": rows.filter(objections__state="inquiry").distinct(),
            "dismiss": rows.filter(objections__state="inquiry").distinct(),
            "drop": rows.filter(state__in=("proposed", "held")),
            "promote": rows.filter(state="reserve"),
        }
        found = list(fit.get(act, rows)) or list(rows)
        return found[which % len(found)]

    def answer(self, filed: Objection, act: str) -> None:
        """What the office does with an objection."""
        by, at = self.cast.province, self.now
        if act == "accept":
            objections.accept(filed, by, at=at)
        elif act == "refuse":
            objections.refuse(filed, by, note="与申报无关", at=at)
        else:
            objections.answer(filed, by, act == "uphold", "经过核实，结论如前所述。", at=at)

    def award(self) -> None:
        """A document goes out: nobody who is through stays behind, whoever else is held."""
        today = self.now.date()
        award(self.round, self.cast.province, document="1号", day=today, at=self.now)
        left = self.round.applications.filter(state="proposed", publicity_until__lt=today)
        open_ = Objection.objects.filter(state__in=("filed", "inquiry")).values("application")
        assert not left.exclude(pk__in=open_).exists()
        fresh = Award.objects.filter(state_since=self.now, application__in=open_)
        assert not fresh.exists()

    def firm_of(self, row: Application) -> Firm:
        return next(f for f in self.firms if f.organisation.pk == row.organisation_id)

    def limits_hold(self) -> None:
        """Places, quota of a city, budget, one for a firm; every record can be computed again."""
        rows = list(self.round.applications.filter(state__in=PUBLIC_STATES))
        cities = Counter(division_of(row.region_code) for row in rows)
        firms = Counter(row.applicant_code for row in rows)
        assert len(rows) <= self.plan["places"]
        assert max(cities.values(), default=0) <= self.plan["city"]
        assert max(firms.values(), default=0) <= 1
        if self.plan["budget"] is not None:
            spent = sum(row.amount_fen or 0 for row in rows)
            assert spent <= self.plan["budget"] * 50 * WAN
        for kept in Publication.objects.filter(round=self.round):
            assert verify(kept.text.encode()) == ()

    def floor_holds(self) -> None:
        """Where somebody of the floor's city could have a place, one has."""
        city = self.plan["floor"]
        rows = [row for row in self.rows if division_of(row.region_code) == city]
        if any(int(row.score) >= 60 for row in rows):
            listed = Application.objects.filter(pk__in=[r.pk for r in rows], state="proposed")
            assert listed.exists()

    def only_through_publicity(self) -> None:
        """Each award came after its application's publicity, by a document of a later day."""
        for one in Award.objects.filter(application__round=self.round):
            events = Event.objects.filter(flow="application", thing_id=one.application_id)
            steps = list(events.order_by("id").values_list("step", flat=True))
            assert "propose" in steps or "promote" in steps
            until = one.application.publicity_until
            assert until is not None and until < one.award_date
            assert events.get(step="award").at.date() > until


@given(plan=LIST, deeds=DEEDS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_of_deeds_breaks_a_limit_or_passes_publicity_by(
    cast: Cast, plan: dict[str, Any], deeds: list[tuple[str, int]]
) -> None:
    if not hasattr(cast, "four"):
        four = [cast.enrol(f"of-{region}", region_code=region) for region in REGIONS]
        cast.four = four  # type: ignore[attr-defined]
        assert cast.province
    with pytest.MonkeyPatch.context() as patch, transaction.atomic():
        round = a_round(
            cast,
            places=plan["places"],
            budget_fen=plan["budget"] and plan["budget"] * 50 * WAN,
        )
        floors = (Floor("city", 1, (plan["floor"],)),) if plan["floor"] else ()
        with_rule(
            patch, round, floors=floors, reserve_bps=plan["reserve"],
            quotas=(Quota("city", plan["city"], "award"),),
        )  # fmt: skip
        player = Player(cast, cast.four, round, plan)  # type: ignore[attr-defined]
        for act, which in deeds:
            player.deed(act, which)
            player.limits_hold()
        player.now += 30 * ONE_DAY
        player.deed("award", 0)
        player.only_through_publicity()
        transaction.set_rollback(True)
