from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client

from dengta.cli import main as dengta
from dengta.core.draws import commitment_of
from dengta.programmes.actions.panels import cancel_draw, commit_draw, hold_draw
from dengta.programmes.models import Panelist, Round
from dengta.programmes.queries.experts import expert_number, pool_of
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Notice
from tests.cast import Cast
from tests.programmes import rounds_at
from tests.programmes.rounds_at import CLOSES


@pytest.fixture
def round(cast: Cast) -> Round:
    """A round whose deadline has passed, and six people to draw from, two of them of food."""
    rounds_at.experts(cast, 4)
    rounds_at.experts(cast, 2, fields=["13", "36"])
    return rounds_at.round_at(cast, "closed")


def test_the_pool_has_who_can_be_checked_and_has_no_part_in_the_round(
    cast: Cast, round: Round
) -> None:
    silent = cast.expert  # has not said where they work
    firm = cast.firm
    own = cast.pooled("own", employer=firm.organisation.name)
    rounds_at.application_at(cast, round, "county_check", firm)
    pool = pool_of(round)
    listed = {entry.id for entry in pool.entries}
    assert len(listed) == 6
    assert not {expert_number(silent.user_id), expert_number(own.user_id)} & listed
    assert (pool.unknown, pool.applicants, pool.drawn) == (1, 1, 0)
    assert pool.fields == {"36": 4, "13": 2}


def test_what_was_published_is_verified_offline_by_the_command(
    cast: Cast, round: Round, client: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = commit_draw(round, cast.province, 3, floors={"13": 1, "36": 0}, at=CLOSES)
    page = client.get(f"/rounds/{round.pk}/draw/").content.decode()
    assert draw.commitment in page
    assert draw.seed not in page
    hold_draw(draw, cast.province, at=CLOSES)
    files = {}
    for one in round.publications.all():
        address = f"/rounds/{round.pk}/publications/{one.digest}.json"
        assert address in client.get(f"/rounds/{round.pk}/draw/").content.decode()
        files[one.kind] = tmp_path / f"{one.kind}.json"
        files[one.kind].write_bytes(client.get(address).content)
    call = ["draw", "verify", str(files["draw"]), "--announced", str(files["announcement"])]
    assert dengta([*call, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["holds"] is True
    drawn = {t["id"] for t in json.loads(files["draw"].read_text("utf-8"))["tickets"] if t["drawn"]}
    users = round.panelists.values_list("user", flat=True)
    assert drawn == {expert_number(user) for user in users}
    assert len(drawn) == 3
    text = files["draw"].read_text("utf-8")
    files["draw"].write_text(text.replace('"count": 3', '"count": 4'), "utf-8")
    assert dengta(call) == 1


def test_no_published_file_and_no_public_page_names_an_expert(
    cast: Cast, round: Round, client: Client
) -> None:
    people = rounds_at.drawn(cast, round, 6)
    said = client.get(f"/rounds/{round.pk}/draw/").content.decode()
    said += "".join(one.text for one in round.publications.all())
    assert not [one.name for one in people if f">{one.name}<" in said or f'"{one.name}"' in said]


def test_a_draw_is_announced_once_and_held_once(cast: Cast, round: Round) -> None:
    draw = commit_draw(round, cast.province, 3, at=CLOSES)
    assert commit_draw(round, cast.province, 3, at=CLOSES) == draw
    with pytest.raises(Moved):
        commit_draw(round, cast.province, 4, at=CLOSES)
    hold_draw(draw, cast.province, at=CLOSES)
    with pytest.raises(Moved):
        hold_draw(draw, cast.province, at=CLOSES)
    assert Panelist.objects.filter(round=round).count() == 3
    assert Notice.objects.filter(link="/expert/reviews/").count() == 3


def test_a_second_draw_takes_others_and_a_cancelled_one_says_why(
    cast: Cast, round: Round, client: Client
) -> None:
    first = commit_draw(round, cast.province, 5, at=CLOSES)
    with pytest.raises(StepRefused, match="理由"):
        cancel_draw(first, cast.province, note=" ", at=CLOSES)
    cancel_draw(first, cast.province, note="人数有误，应抽四人", at=CLOSES)
    assert "人数有误" in client.get(f"/rounds/{round.pk}/draw/").content.decode()
    four = {actor.user_id for actor in rounds_at.drawn(cast, round, 4)}
    rest = pool_of(round)
    assert rest.drawn == 4
    hold_draw(commit_draw(round, cast.province, 2, at=CLOSES), cast.province, at=CLOSES)
    everybody = list(round.panelists.values_list("user", flat=True))
    assert len(everybody) == len(set(everybody)) == 6
    assert four < set(everybody)


def test_a_value_that_nobody_could_know_has_to_be_given(cast: Cast, round: Round) -> None:
    draw = commit_draw(round, cast.province, 2, public_source="福彩3D 第 2026100 期", at=CLOSES)
    with pytest.raises(StepRefused, match="公开值"):
        hold_draw(draw, cast.province, at=CLOSES)
    hold_draw(draw, cast.province, public="4-0-7", at=CLOSES)
    assert draw.record["public"] == "4-0-7"
    assert commitment_of(draw.seed) == draw.commitment


def test_only_the_organiser_draws_and_no_more_than_there_are(cast: Cast, round: Round) -> None:
    with pytest.raises(NotAllowed):
        commit_draw(round, cast.city, 3)
    with pytest.raises(StepRefused, match="从 6 个里抽 7 个"):
        commit_draw(round, cast.province, 7)
    with rounds_at.rule_as(steps=("publicity",)), pytest.raises(StepRefused, match="没有专家评审"):
        commit_draw(round, cast.province, 3)
