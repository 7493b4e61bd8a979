"""How officials check the ratings of the demo province: a sample that was drawn, and what came of
it; one still to be drawn."""

from __future__ import annotations

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions import ratings, samples
from dengta.assessment.actions.rated_answers import Typed, keep_answers
from dengta.assessment.models import Rating
from dengta.demo.followed import CITY, Province


def fill(province: Province) -> None:
    """The counties check what was drawn; in 江岸区 it still waits."""
    if not Rating.objects.filter(state="submitted").exists():
        return
    city, instrument = province.officials["city", CITY], "miit-2024"
    start, last = timezone.localdate(province.at(40)), timezone.localdate(province.at(2))
    drawn = samples.commit(
        city, name="上月评定抽查（演示）", start=start, end=last, size=9, instrument=instrument,
        at=province.at(30),
    )  # fmt: skip
    samples.commit(
        city, name="本月评定抽查（演示）", start=province.today, end=province.today, size=5,
        instrument=instrument, at=province.at(1),
    )  # fmt: skip
    samples.draw(drawn, city, at=province.at(1))
    rows = drawn.drawn.select_related("rating__assessment__organisation")
    for row in rows.order_by("rating"):
        region = row.rating.case_region
        office = province.officials.get(("county", region))
        if office is not None:
            recheck = samples.recheck(row, office, at=province.at(1))
            if region != "420102":
                check(province, recheck, office)


def check(province: Province, recheck: Rating, office: Actor) -> None:
    """The county agrees but for a scenario or two."""
    assert recheck.checked is not None
    when, batch = province.at(1), []
    for answer in recheck.checked.answers.order_by("item"):
        lower = answer.value.isdecimal() and int(answer.value) and province.rng.random() < 0.15
        value = str(int(answer.value) - 1) if lower else answer.value
        batch.append(Typed(answer.item, value, answer.reason, "", when))
    keep_answers(recheck, office, batch, at=when)
    ratings.submit(recheck, office, at=when)
