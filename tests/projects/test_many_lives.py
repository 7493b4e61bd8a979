"""Twenty projects along every way there is; the bench runs two thousand."""

from __future__ import annotations

from dengta.projects.models import Project
from tests.cast import Cast
from tests.projects import lives


def test_whatever_became_of_them_sums_money_and_logs_hold(cast: Cast) -> None:
    firms = [cast.enrol(f"firm-{n}") for n in range(20)]

    assert lives.play(cast, 20, firms) == []

    assert Project.objects.count() == 20
    assert set(Project.objects.values_list("state", flat=True)) >= {
        "draft", "county_check", "under_way", "finished", "in_acceptance", "accepted",
        "terminated",
    }  # fmt: skip
