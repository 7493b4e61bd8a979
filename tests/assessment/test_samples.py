from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dengta.__main__ import main as dengta
from dengta.assessment.actions.ratings import Conflicted, cancel
from dengta.assessment.actions.samples import commit, draw, recheck
from dengta.assessment.models import Rating, Sample, SampledRating
from dengta.assessment.queries.ratings import assessor_records, before, compare
from dengta.assessment.queries.samples import (
    checked_record,
    drawn_of,
    population,
    sample_for,
)
from dengta.core import draws
from dengta.registry.actions import declare_tie
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event
from tests.cast import DAY, MOMENT, ONE_DAY, Cast

AFTER = MOMENT + ONE_DAY


def promised(cast: Cast, **different: Any) -> Sample:
    asked: dict[str, Any] = {
        "name": "一季度评定抽查", "start": DAY - 30 * ONE_DAY, "end": DAY, "size": 2,
        "instrument": "miit-2024", "at": MOMENT,
    }  # fmt: skip
    return commit(cast.city, **(asked | different))


@pytest.fixture
def rated(cast: Cast) -> list[Rating]:
    """Three ratings in 武汉: two on the spot, one at the desk."""
    firms = [cast.firm, cast.rival, cast.giant]
    made = [cast.rating(cast.assessed(firm), kind) for firm, kind in
            zip(firms, ("on_site", "expert", "on_site"), strict=True)]  # fmt: skip
    return [cast.rate(rating) for rating in made]


# ---------------------------------------------------------------------------- commitment


def test_the_commitment_comes_first_and_hides_the_seed(cast: Cast, client: Client) -> None:
    sample = promised(cast)
    assert (sample.state, sample.record) == ("committed", {})
    assert draws.commitment_of(sample.seed) == sample.commitment
    assert len(sample.seed) == 64
    for address in ("/samples/", f"/samples/{sample.pk}/"):
        page = client.get(address).content.decode()
        assert sample.commitment in page
        assert sample.seed not in page
    assert client.get(f"/samples/{sample.pk}/record.json").status_code == 404
    client.force_login(cast.user(cast.city), "django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/official/samples/{sample.pk}/").content.decode()
    assert sample.commitment in page
    assert sample.seed not in page


def test_every_seed_is_another(cast: Cast) -> None:
    assert promised(cast).seed != promised(cast, name="另一次").seed


def test_the_same_again_is_the_same_sample(cast: Cast) -> None:
    assert promised(cast) == promised(cast)
    assert Event.objects.filter(flow="sample").count() == 1


@pytest.mark.parametrize(
    ("different", "words"),
    [
        ({"name": " "}, "请填写抽查名称"),
        ({"end": DAY - 31 * ONE_DAY}, "早于开始日期"),
        ({"size": 0}, "1 或更大"),
        ({"instrument": "nonsense"}, "从列表中选择"),
    ],
)
def test_what_cannot_be_is_said(cast: Cast, different: dict[str, Any], words: str) -> None:
    with pytest.raises(StepRefused, match=words):
        promised(cast, **different)


def test_only_offices_commit_and_draw(cast: Cast, rated: list[Rating]) -> None:
    with pytest.raises(NotAllowed):
        commit(cast.firm.actor, name="x", start=DAY, end=DAY, size=1, instrument="miit-2024")
    sample = promised(cast)
    for acting in (cast.county, cast.next_city, cast.assessor):
        with pytest.raises(NotAllowed):
            draw(sample, acting, at=AFTER)
    assert draw(sample, cast.province, at=AFTER)


# ---------------------------------------------------------------------------- draw


def test_the_draw_waits_until_the_list_can_no_longer_change(
    cast: Cast, rated: list[Rating]
) -> None:
    sample = promised(cast)
    with pytest.raises(StepRefused, match="次日起才能抽取"):
        draw(sample, cast.city, at=MOMENT)
    assert draw(sample, cast.city, at=AFTER)


def test_a_draw_is_replayed_from_its_record(
    cast: Cast, rated: list[Rating], client: Client, tmp_path: Path
) -> None:
    sample = promised(cast)
    draw(sample, cast.city, at=AFTER)
    assert sample.population == [rating.pk for rating in rated]
    text = client.get(f"/samples/{sample.pk}/record.json").content
    assert draws.verify(text) == []
    told = json.loads(text)
    assert told["title"].startswith(sample.number)
    assert (told["seed"], told["commitment"]) == (sample.seed, sample.commitment)
    chosen = [row.rating.number for row in sample.drawn.order_by("id")]
    assert [ticket["id"] for ticket in told["tickets"] if ticket["drawn"]] == chosen
    assert len(chosen) == 2
    for key, other in (("seed", "0" * 64), ("tickets", told["tickets"][::-1]), ("count", 1)):
        assert draws.verify(told | {key: other}) != [], key
    assert checked_record(sample) == []
    path = tmp_path / "record.json"
    path.write_bytes(text)
    assert dengta(["draw", "verify", str(path)]) == 0
    page = client.get(f"/samples/{sample.pk}/").content.decode()
    assert sample.seed in page and "都一致" in page
    for rating in rated:
        assert rating.number in page
        assert rating.assessment.organisation.name not in page
        assert str(rating.assessor) not in page


def test_a_draw_that_was_tampered_with_is_found_out(cast: Cast, rated: list[Rating]) -> None:
    sample = promised(cast)
    draw(sample, cast.city, at=AFTER)
    left = next(r for r in rated if r.pk not in {row.rating_id for row in sample.drawn.all()})
    row = sample.drawn.order_by("id")[0]
    SampledRating.objects.filter(pk=row.pk).update(rating=left)
    assert [fault.zh for fault in checked_record(sample)] == ["复核的不是抽中的那些评定"]
    seed = "f" * 64
    sample.seed, sample.commitment = seed, draws.commitment_of(seed)
    assert any("事先公布" in fault.zh for fault in checked_record(sample))


def test_only_what_was_submitted_here_in_the_period_is_drawn_from(
    cast: Cast, rated: list[Rating]
) -> None:
    def found(region: str = "420100", start: Any = DAY, end: Any = DAY) -> list[int]:
        return [rating.pk for rating in population(region, "miit-2024", start, end)]

    everything = [rating.pk for rating in rated]
    assert found() == found("420000") == everything
    assert found("420102") == [rated[0].pk, rated[2].pk]
    assert found("420500") == found(start=DAY + ONE_DAY, end=AFTER.date()) == []
    cast.rating(cast.assessed(cast.firm, at=AFTER), at=AFTER)  # open: not submitted
    assert found(end=AFTER.date()) == everything


def test_with_nothing_to_draw_from_it_stays_open(cast: Cast) -> None:
    sample = promised(cast)
    with pytest.raises(StepRefused, match="没有可以抽取的"):
        draw(sample, cast.city, at=AFTER)
    sample.refresh_from_db()
    assert sample.state == "committed"


def test_it_is_drawn_once(cast: Cast, rated: list[Rating]) -> None:
    sample = promised(cast, size=9)
    stale = Sample.objects.get(pk=sample.pk)
    draw(sample, cast.city, at=AFTER)
    with pytest.raises(Moved):
        draw(stale, cast.province, at=AFTER)
    assert sample.drawn.count() == 3, "all there were"


# ---------------------------------------------------------------------------- re-check


@pytest.fixture
def drawn(cast: Cast, rated: list[Rating]) -> list[SampledRating]:
    sample = promised(cast, size=3)
    draw(sample, cast.city, at=AFTER)
    by_rating = {row.rating_id: row for row in sample.drawn.all()}
    return [by_rating[rating.pk] for rating in rated]


def test_who_gave_a_rating_out_does_not_check_it(cast: Cast, drawn: list[SampledRating]) -> None:
    with pytest.raises(Conflicted, match="本人派出"):
        recheck(drawn[0], cast.city, at=AFTER)
    checked = recheck(drawn[0], cast.county, at=AFTER)
    assert (checked.kind, checked.checked_id) == ("recheck", drawn[0].rating_id)
    assert recheck(drawn[0], cast.county, at=AFTER) == checked, "taken twice it is one"
    with pytest.raises(Moved, match="已由county"):
        recheck(drawn[0], cast.province, at=AFTER)


def test_officials_of_another_place_or_with_a_tie_stand_aside(
    cast: Cast, drawn: list[SampledRating]
) -> None:
    for acting in (cast.next_county, cast.next_city, cast.assessor):
        with pytest.raises(NotAllowed):
            recheck(drawn[0], acting, at=AFTER)
    declare_tie(cast.county, kind="family", uscc=cast.firm.organisation.uscc, note="配偶在财务部")
    with pytest.raises(Conflicted, match="配偶在财务部"):
        recheck(drawn[0], cast.county, at=AFTER)


def test_a_withdrawn_check_may_be_taken_by_another(cast: Cast, drawn: list[SampledRating]) -> None:
    cancel(recheck(drawn[0], cast.county, at=AFTER), cast.city, note="休假", at=AFTER)
    assert recheck(drawn[0], cast.province, at=AFTER).assessor_id == cast.province.user_id


def test_a_check_is_made_without_sight_of_what_it_checks(
    cast: Cast, drawn: list[SampledRating]
) -> None:
    checking = recheck(drawn[0], cast.county, at=AFTER)
    assert before(checking) == []
    cast.rate(checking, cast.county, at=AFTER)
    assert before(checking) == [drawn[0].rating]


def test_the_rate_of_disagreement_counts_items_and_levels(
    cast: Cast, drawn: list[SampledRating]
) -> None:
    def records() -> dict[str, tuple[Any, ...]]:
        return {
            r.name: (r.submitted, r.rechecked, r.compared, r.differing, r.levels_differing,
                     r.rate_bps)
            for r in assessor_records("420100")
        }  # fmt: skip

    assert records() == {"assessor": (3, 0, 0, 0, 0, None)}
    cast.rate(recheck(drawn[0], cast.county, at=AFTER), cast.county, at=AFTER)
    assert records() == {"assessor": (3, 1, 31, 0, 0, 0)}
    again = recheck(drawn[2], cast.county, at=AFTER)
    cast.rate(again, cast.county, at=AFTER, q2="A", q5="A", quality=0, safety=0)
    level = drawn[2].rating.level != again.level
    assert records() == {"assessor": (3, 2, 62, 4, int(level), 645)}
    assert [len(one.found.differing) if one.found else None
            for one in drawn_of(drawn[0].sample)].count(4) == 1  # fmt: skip
    assert assessor_records("420500") == []


def test_disagreement_is_the_same_from_either_side_and_adds_up() -> None:
    chance = random.Random(31)
    items = [f"i{n}" for n in range(12)]
    for _ in range(300):
        one, other, third = (
            {item: chance.choice(["", "A", "B", "C"]) for item in items if chance.random() < 0.9}
            for _ in range(3)
        )
        there, back = compare(one, other, (1, 2)), compare(other, one, (2, 1))
        assert there == back
        assert compare(one, one, (1, 1)).differing == ()
        assert len(there.differing) <= there.compared <= len(items)
        whole = {item for item in items if one.get(item) and other.get(item) and third.get(item)}
        cut = [{i: side[i] for i in whole} for side in (one, other, third)]
        ab, bc, ac = (len(compare(x, y, (1, 1)).differing) for x, y in
                      ((cut[0], cut[1]), (cut[1], cut[2]), (cut[0], cut[2])))  # fmt: skip
        assert ac <= ab + bc, "who differs from the one agrees with the other, or differs, too"


def test_more_ratings_ask_no_more_queries(cast: Cast, drawn: list[SampledRating]) -> None:
    def queries() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as records:
            assert assessor_records("420100")
        with CaptureQueriesContext(connection) as rows:
            assert drawn_of(drawn[0].sample)
        return len(records), len(rows)

    cast.rate(recheck(drawn[0], cast.county, at=AFTER), cast.county, at=AFTER)
    few = queries()
    cast.rate(recheck(drawn[2], cast.county, at=AFTER), cast.county, at=AFTER)
    cast.rate(recheck(drawn[1], cast.next_county, at=AFTER), cast.next_county, at=AFTER)
    assert queries() == few == (2, 2)


def test_a_sample_is_seen_where_it_draws(cast: Cast, rated: list[Rating]) -> None:
    sample = promised(cast)
    for acting in (cast.city, cast.county, cast.province):
        assert sample_for(acting, sample.pk) == sample
    with pytest.raises(Sample.DoesNotExist):
        sample_for(cast.next_city, sample.pk)
