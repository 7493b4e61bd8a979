"""A whole round through the actions, from the notice to the certificates; `bench.whole_round` does
the same with thousands."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench._round import Plan, WholeRound
from dengta.programmes.models import Application, Award
from dengta.registry.models import Title
from dengta.trail.models import Event

PLAN = Plan(
    "scenario",
    applications=60,
    experts=12,
    spare=6,
    certificates=1,
    places=18,
    regions=("420102", "420502", "429004"),
)


@pytest.mark.django_db
def test_a_round_goes_from_the_notice_to_the_certificates(tmp_path: Path) -> None:
    made = WholeRound(PLAN, tmp_path).run()
    counts = made["counts"]
    assert counts["handed in"] == counts["drafts"] == 60
    assert counts["kept out by a city's quota"] > 0
    assert counts["returned for one field and mended"] > 0
    assert counts["seats that became empty"] > 3
    assert counts["to be discussed"] > 0
    assert counts["promoted"] == 1
    assert set(made["verified"]) == {"draw", "assignment", "list"}
    assert counts["awards"] == Award.objects.count() == Title.objects.count()
    for award in Award.objects.select_related("application"):
        steps = Event.objects.filter(flow="application", thing_id=award.application_id)
        taken = list(steps.order_by("id").values_list("step", flat=True))
        assert taken[-1] == "award" and taken.index("submit") < taken.index("pass_city")
        assert {"pass_province", "finish_panel", "pass_visit"} < set(taken)
        assert {"propose", "promote"} & set(taken), "no award without publicity"
    ended = Application.objects.values_list("state", flat=True)
    assert set(ended) <= {"awarded", "not_selected", "reserve", "rejected", "withdrawn"}
