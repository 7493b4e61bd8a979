"""Who decides a hit, what that stops and frees, and that nothing is decided unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dengta.funding.actions import hits
from dengta.funding.models import Hit
from dengta.funding.queries import hits as queries
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event, Notice
from tests.cast import MOMENT, ONE_DAY, WAN, Cast
from tests.funding.register_cast import SERVER, alike, file, matter

WHY = "两家各买一台，合同和付款都不同。"


def test_an_open_hit_stops_the_later_claim_and_names_itself(cast: Cast) -> None:
    hit = alike(cast)
    later, earlier = queries.matter_of(hit.filing), queries.matter_of(hit.other)
    assert later is not None and earlier is not None
    with pytest.raises(hits.Stopped) as stopped:
        hits.stop_if_open(later)
    assert stopped.value.hits == (hit,)
    assert f"{hit.number}（{hit.filing.number} 与 {hit.other.number}，描述相近）" in str(
        stopped.value
    )
    hits.stop_if_open(earlier)


def test_the_earlier_is_stopped_too_once_it_was_handed_in_after_the_later(cast: Cast) -> None:
    hit = alike(cast)
    earlier = queries.matter_of(hit.other)
    assert earlier is not None
    file(earlier, texts=(SERVER,), at=MOMENT + ONE_DAY)  # type: ignore[arg-type]
    with pytest.raises(hits.Stopped):
        hits.stop_if_open(earlier)


def test_dismissed_it_goes_on_and_upheld_it_does_not(cast: Cast) -> None:
    hit = alike(cast)
    thing = queries.matter_of(hit.filing)
    assert thing is not None
    hits.dismiss(hit, cast.county, reason=WHY, at=MOMENT)
    hits.stop_if_open(thing)
    hits.uphold(Hit.objects.get(), cast.province, reason="发票原件相同。", at=MOMENT + ONE_DAY)
    with pytest.raises(hits.Stopped, match="已判定重复"):
        hits.stop_if_open(thing)
    steps = Event.objects.filter(flow="hit").values_list("step", "note", "actor_name")
    assert list(steps) == [
        ("begin", "", "系统"), ("dismiss", WHY, "county"), ("uphold", "发票原件相同。", "province")
    ]  # fmt: skip


def test_only_an_office_that_covers_the_claimant_decides_and_only_with_a_reason(
    cast: Cast,
) -> None:
    hit = alike(cast)
    for acting in (cast.next_county, cast.next_city, cast.firm.actor, cast.expert):
        with pytest.raises(NotAllowed):
            hits.dismiss(hit, acting, reason=WHY)
    with pytest.raises(StepRefused, match="需要写明理由"):
        hits.uphold(hit, cast.city, reason="  ")
    hit.refresh_from_db()
    assert hit.state == "open"


def test_of_two_officials_who_saw_it_open_the_second_is_told(cast: Cast) -> None:
    hit = alike(cast)
    copy = Hit.objects.get(pk=hit.pk)
    hits.dismiss(hit, cast.county, reason=WHY)
    with pytest.raises(Moved):
        hits.uphold(copy, cast.city, reason="相同。")
    with pytest.raises(Moved):
        hits.dismiss(Hit.objects.get(), cast.county, reason=WHY)
    assert Event.objects.filter(flow="hit").count() == 2


def test_nobody_decides_on_a_ground_that_has_changed_under_them(cast: Cast) -> None:
    hit = alike(cast)
    seen = hits.ground_of(hit)
    Hit.objects.update(amount_fen=1)
    with pytest.raises(Moved, match="已有新的判定或依据"):
        hits.dismiss(hit, cast.county, reason=WHY, seen=seen)
    assert Hit.objects.get().state == "open"


def test_nobody_undoes_a_decision_that_they_have_not_read(cast: Cast) -> None:
    """A page that was opened before somebody decided, or that the back button brings again."""
    hit = alike(cast)
    seen = hits.ground_of(hit)
    hits.dismiss(hit, cast.county, reason=WHY, seen=seen)
    now = Hit.objects.get()
    with pytest.raises(Moved, match="已有新的判定"):
        hits.uphold(now, cast.city, reason="相同。", seen=seen)
    now = Hit.objects.get()
    assert now.state == "dismissed"
    hits.uphold(now, cast.city, reason="相同。", seen=hits.ground_of(now))


def test_upholding_tells_those_who_have_the_case(cast: Cast) -> None:
    lines = [replace(cast.invoice(), service=SERVER) for _ in range(2)]
    voucher = cast.voucher("district_check", cast.rival, lines[0])
    assert cast.county
    cast.voucher("joint_review", cast.firm, lines[1])
    hit = Hit.objects.filter(kind="text").get()
    hits.uphold(hit, cast.province, reason="同一项服务。", at=MOMENT)
    told = Notice.objects.filter(event__flow="hit", event__step="uphold")
    assert set(told.values_list("user_id", flat=True)) == {cast.next_county.user_id,
                                                           cast.city.user_id}  # fmt: skip
    assert told[0].link == f"/official/hits/{hit.pk}/"
    assert voucher.number in told[0].body["zh"]


def test_a_list_is_by_weight_and_an_office_sees_its_territory_only(cast: Cast) -> None:
    alike(cast)
    file(matter(cast.remote), texts=(SERVER,))
    file(matter(cast.firm), texts=(SERVER[:-2],))
    rows = list(queries.hits_within(cast.province))
    weights = [hit.amount_fen * hit.score_bps for hit in rows]
    assert len(rows) == 6 and weights == sorted(weights, reverse=True)
    assert queries.at_stake_fen(queries.hits_within(cast.province)) == 30 * WAN
    assert queries.hits_within(cast.remote_office).count() == 3
    assert not queries.hits_within(cast.next_city).exists()
    assert not queries.hits_within(cast.firm.actor).exists()
    with pytest.raises(Hit.DoesNotExist):
        queries.hit_for(cast.next_city, rows[0].pk)
