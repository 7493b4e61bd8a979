"""Real processes at one rating, one sample: `python -m tests.assessment.rating_crowd`.

Every scenario is run as the platform is, and as a negative control with the lock taken away. The
window of each race is widened in both. Prints what was seen as JSON; the database is that of
DENGTA_DATABASE_URL; nobody else may be in it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import django

from tests.funding.crowd import together, without_constraint

ROUNDS = 4


class Stage:
    """The cast, with everybody made before they are copied into processes."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        made = (
            self.cast.assessor, self.cast.other_assessor, self.cast.county, self.cast.city,
            self.cast.province, self.cast.next_county,
        )  # fmt: skip
        assert all(made)
        self.count = 0

    def assessed(self) -> Any:
        """A new firm's submitted assessment."""
        self.count += 1
        return self.cast.assessed(self.cast.enrol(f"crowd-{self.count}"))

    def two_officials(self) -> dict[str, Any]:
        """County and city ask different people to rate the same firm, both having seen nobody."""
        from dengta.assessment.actions import ratings
        from dengta.assessment.models import Rating
        from tests.cast import MOMENT

        own = self.assessed()
        who = [(self.cast.county, self.cast.assessor), (self.cast.city, self.cast.other_assessor)]
        outcomes = together(
            2,
            lambda n: not own.ratings.exists(),
            lambda n: ratings.assign(own, who[n][0], who[n][1].user_id, "on_site", at=MOMENT),
        )
        return {"outcomes": outcomes, "open": Rating.objects.filter(assessment=own).count()}

    def same_person(self) -> dict[str, Any]:
        """County and city ask the same person at once."""
        from dengta.assessment.actions import ratings
        from dengta.assessment.models import Rating
        from dengta.trail.models import Notice
        from tests.cast import MOMENT

        own = self.assessed()
        asked = self.cast.assessor.user_id
        before = Notice.objects.filter(user_id=asked).count()
        outcomes = together(
            2,
            lambda n: not own.ratings.exists(),
            lambda n: ratings.assign(
                own, [self.cast.county, self.cast.city][n], asked, "on_site", at=MOMENT
            ),
        )
        told = Notice.objects.filter(user_id=asked).count() - before
        return {
            "outcomes": outcomes,
            "open": Rating.objects.filter(assessment=own).count(),
            "told": told,
        }

    def late_batch(self) -> dict[str, Any]:
        """A second tablet's batch arrives while the first submits: whatever stands was scored."""
        from dengta.assessment.actions import rated_answers, ratings
        from dengta.assessment.actions.rated_answers import Typed
        from dengta.assessment.queries.ratings import result_of_rating
        from tests.cast import DAY, MOMENT, ONE_DAY

        whole, outcomes = [], []
        for _ in range(ROUNDS):
            rating = self.cast.rating(self.assessed())
            acting = self.cast.assessor
            said = rating.assessment.answers.values_list("item", "value")
            batch = [Typed(item, value, "", "", MOMENT) for item, value in said]
            rated_answers.keep_answers(rating, acting, batch, at=MOMENT)
            late = [Typed("q2", "A", "", "", MOMENT + ONE_DAY / 2)]

            def act(n: int, rating: Any = rating, late: Any = late, acting: Any = acting) -> None:
                if n:
                    time.sleep(0.15)  # into the middle of the submission
                    rated_answers.keep_answers(rating, acting, late, at=MOMENT + ONE_DAY)
                else:
                    ratings.submit(rating, acting, visit=DAY, at=MOMENT)

            outcomes += together(2, lambda n: True, act)
            rating.refresh_from_db()
            again = json.loads(json.dumps(result_of_rating(rating).as_json("zh-hans")))
            whole.append(rating.result == again)
        return {"whole": whole, "outcomes": sorted(outcomes)}

    def sent_twice(self) -> dict[str, Any]:
        """One batch arrives four times at once, two older ones beside it: the last typed stands."""
        from dengta.assessment.actions import rated_answers
        from dengta.assessment.actions.rated_answers import Typed
        from tests.cast import MOMENT, ONE_DAY

        rating = self.cast.rating(self.assessed())
        moments = [MOMENT, MOMENT + ONE_DAY / 8, *[MOMENT + ONE_DAY / 4] * 4]
        letters = "ABCCCC"
        batches = [
            [Typed("q2", letter, "", letter, at), Typed("q3", letter, "", "", at)]
            for letter, at in zip(letters, moments, strict=True)
        ]
        outcomes = together(
            6,
            lambda n: True,
            lambda n: rated_answers.keep_answers(
                rating, self.cast.assessor, batches[n], at=MOMENT + ONE_DAY
            ),
        )
        rows = rating.answers.order_by("item").values_list("item", "value", "remark")
        return {"outcomes": outcomes, "rows": [list(row) for row in rows]}

    def drawn(self) -> Any:
        """A sample of three new ratings, committed to and not drawn yet."""
        from dengta.assessment.actions import samples
        from tests.cast import DAY, MOMENT, ONE_DAY

        at = MOMENT + 10 * self.count * ONE_DAY
        day = DAY + 10 * self.count * ONE_DAY
        for _ in range(3):
            own = self.assessed()
            self.cast.rate(self.cast.rating(own, at=at), at=at)
        sample = samples.commit(
            self.cast.city, name=f"抽查{self.count}", start=day, end=day, size=2,
            instrument="miit-2024", at=at,
        )  # fmt: skip
        return sample, at + ONE_DAY

    def two_draws(self) -> dict[str, Any]:
        """City and province draw the same sample at once."""
        from dengta.assessment.actions import samples
        from dengta.assessment.models import Sample
        from dengta.trail.models import Event

        sample, at = self.drawn()
        copies = [Sample.objects.get(pk=sample.pk) for _ in range(2)]
        outcomes = together(
            2,
            lambda n: Sample.objects.get(pk=sample.pk).drawn_at is None,
            lambda n: samples.draw(copies[n], [self.cast.city, self.cast.province][n], at=at),
        )
        events = Event.objects.filter(flow="sample", thing_id=sample.pk, step="draw")
        return {"outcomes": outcomes, "drawn": sample.drawn.count(), "events": events.count()}

    def two_checks(self) -> dict[str, Any]:
        """County and province take the same re-check at once."""
        from dengta.assessment.actions import samples
        from dengta.assessment.models import Rating

        sample, at = self.drawn()
        samples.draw(sample, self.cast.city, at=at)
        row = sample.drawn.select_related("rating__assessment__organisation").first()
        outcomes = together(
            2,
            lambda n: row.recheck_id is None,
            lambda n: samples.recheck(row, [self.cast.county, self.cast.province][n], at=at),
        )
        begun = Rating.objects.filter(kind="recheck", checked=row.rating).count()
        return {"outcomes": outcomes, "begun": begun}


def slow(module: Any, name: str, delay: float) -> None:
    """Let whoever calls a function of a module wait first: the window of a race."""
    call: Callable[..., Any] = getattr(module, name)

    def waits(*args: Any, **how: Any) -> Any:
        time.sleep(delay)
        return call(*args, **how)

    setattr(module, name, waits)


def careless_advance(thing: Any, step: str, **how: Any) -> Any:
    """`advance` as it would be without its comparison: what the copy remembers is believed."""
    from dengta.trail.actions import _write

    way, old, at = thing.flow.step(step), thing.state, how["at"]
    values = dict(how.get("evidence") or {})
    type(thing).objects.filter(pk=thing.pk).update(state=way.target, state_since=at, **values)
    thing.refresh_from_db()
    return _write(thing, step, old, how["by"], how.get("note", ""), {}, at)


def main() -> None:
    """Play every scenario, then every negative control, and print what was seen."""
    django.setup()
    from dengta.assessment.actions import rated_answers, ratings, samples
    from dengta.assessment.models import Rating

    stage = Stage()
    slow(ratings, "advance", 0.4)
    slow(ratings, "begin", 0.2)
    slow(samples, "begin", 0.2)
    seen = {name: getattr(stage, name)() for name in (
        "two_officials", "same_person", "late_batch", "sent_twice", "two_draws", "two_checks",
    )}  # fmt: skip
    for module in (rated_answers, ratings):
        module.hold = lambda rating: None  # type: ignore[assignment]
    control: dict[str, Any] = {"late_batch": stage.late_batch()}
    for other in (ratings, samples):  # nobody looks again once they have the lock
        other.standing_of = lambda assessment, kind: None  # type: ignore[assignment]
    samples.check_of = lambda sampled: None  # type: ignore[assignment]
    without_constraint(Rating, "one_open_rating_per_assessor")
    control |= {"two_officials": stage.two_officials(), "two_checks": stage.two_checks()}
    samples.advance = careless_advance  # type: ignore[assignment]
    control["two_draws"] = stage.two_draws()
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


if __name__ == "__main__":
    main()
