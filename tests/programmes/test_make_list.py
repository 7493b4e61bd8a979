"""Making the list: by the rules of the selection, kept so that anybody can compute it again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dengta.__main__ import main
from dengta.core.draws import ticket_of
from dengta.core.selection import Floor, Quota
from dengta.programmes.actions.listing import announce, drop, make_list, promote, redo
from dengta.programmes.models import Application, PanelDraw, Publication
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance
from tests.cast import MOMENT, WAN, Cast
from tests.programmes.ranked import a_round, reviewed, states, with_rule


def recomputed(publication: Publication, folder: Path) -> str:
    """What `dengta allocate` makes of a publication, from a file that holds nothing else."""
    given, again = folder / "list.json", folder / "again.json"
    given.write_bytes(publication.text.encode())
    assert main(["allocate", str(given), "--out", str(again)]) == 0
    return again.read_bytes().decode()


def test_what_is_kept_of_a_list_is_computed_again_byte_for_byte_at_the_command_line(
    cast: Cast, tmp_path: Path
) -> None:
    round = a_round(cast, places=2, budget_fen=120 * WAN)
    rows = [reviewed(round, cast.enrol(f"f{n}"), score) for n, score in enumerate(
        ("251/3", "90", "251/3", "59"))]  # fmt: skip
    kept = make_list(round, cast.province, at=MOMENT)
    assert recomputed(kept, tmp_path) == kept.text
    round.refresh_from_db()
    assert round.state == "listed" and not kept.public
    for row in rows:
        row.refresh_from_db()
    best, first, second, last = rows[1], *sorted(rows[::2], key=lambda row: row.lot), rows[3]
    assert [row.rank for row in (best, first, second, last)] == [1, 2, 3, 4]
    assert [row.place["outcome"] for row in (best, first, second, last)] == [
        "award", "award", "none", "none",
    ]  # fmt: skip
    assert [row.amount_fen for row in (best, first, second, last)] == [50 * WAN, 50 * WAN, 0, 0]
    assert "2 个名额已满" in second.place["zh"] and "未达到最低得分" in last.place["zh"]
    assert cast.firm.organisation.uscc not in kept.text
    assert rows[0].applicant_code not in kept.text and rows[0].applicant_name not in kept.text


def test_equals_are_ordered_by_the_seed_that_was_published_with_the_draw_of_experts(
    cast: Cast,
) -> None:
    round = a_round(cast)
    rows = [reviewed(round, cast.enrol(f"f{n}")) for n in range(5)]
    seed, digest = "a" * 32, "b" * 64
    PanelDraw.objects.create(
        round=round, state="drawn", state_since=MOMENT, count=5, commitment="c", seed=seed,
        announcement={"population_digest": digest}, record={"public": "123"},
        committed_at=MOMENT, drawn_at=MOMENT,
    )  # fmt: skip
    make_list(round, cast.province, at=MOMENT)
    found = Application.objects.filter(round=round).order_by("rank")
    numbers = sorted((row.number for row in rows), key=lambda n: ticket_of(seed, digest, n, "123"))
    assert [row.number for row in found] == numbers


def test_a_list_is_made_once_by_its_organiser_and_taken_back_with_a_reason(cast: Cast) -> None:
    round = a_round(cast)
    row = reviewed(round, cast.firm)
    with pytest.raises(NotAllowed):
        make_list(round, cast.city, at=MOMENT)
    kept = make_list(round, cast.province, at=MOMENT)
    with pytest.raises(Moved):
        make_list(round, cast.province, at=MOMENT)
    with pytest.raises(StepRefused, match="理由"):
        redo(round, cast.province, note=" ", at=MOMENT)
    redo(round, cast.province, note="名额核错", at=MOMENT)
    row.refresh_from_db()
    assert (row.state, row.rank, row.place) == ("ranked", None, {})
    again = make_list(round, cast.province, at=MOMENT)
    assert again.pk == kept.pk and Publication.objects.count() == 1


def test_no_list_is_made_while_an_application_is_not_through_or_has_no_score(cast: Cast) -> None:
    round = a_round(cast)
    with pytest.raises(StepRefused, match="没有可以列入名单的"):
        make_list(round, cast.province, at=MOMENT)
    row = reviewed(round, cast.firm, score="")
    with pytest.raises(StepRefused, match=f"{row.number}.*没有评审得分"):
        make_list(round, cast.province, at=MOMENT)
    reviewed(round, cast.rival, state="site_visit")
    with pytest.raises(StepRefused, match="还有 1 件"):
        make_list(round, cast.province, at=MOMENT)


def test_what_is_given_once_goes_to_one_application_of_a_firm(cast: Cast) -> None:
    round = a_round(cast)
    two = [reviewed(round, cast.firm, score) for score in ("70", "90")]
    reviewed(round, cast.rival, "65")
    make_list(round, cast.province, at=MOMENT)
    two = list(Application.objects.filter(pk__in=[row.pk for row in two]).order_by("pk"))
    assert [row.place["outcome"] for row in two] == ["none", "award"]
    assert "同一申报主体最多 1 个" in two[0].place["zh"]


def test_quotas_and_floors_of_the_selection_are_kept_and_said(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    round = a_round(cast, places=2)
    with_rule(
        monkeypatch, round,
        quotas=(Quota("city", 1, "award"),), floors=(Floor("city", 1, ("429004",)),),
    )  # fmt: skip
    best, second = reviewed(round, cast.firm, "90"), reviewed(round, cast.rival, "85")
    far = reviewed(round, cast.remote, "61")
    make_list(round, cast.province, at=MOMENT)
    for row in (best, second, far):
        row.refresh_from_db()
    assert [row.place["outcome"] for row in (best, second, far)] == ["award", "none", "award"]
    assert "武汉市名额 1 个已满" in second.place["zh"]


def test_other_rounds_of_the_year_take_from_the_yearly_quota(cast: Cast) -> None:
    first, second = a_round(cast), a_round(cast)
    row = reviewed(first, cast.firm, "90")
    make_list(first, cast.province, at=MOMENT)
    announce(first, cast.province, at=MOMENT)
    assert states([row]) == ["proposed"]
    reviewed(second, cast.rival, "90")
    kept = make_list(second, cast.province, at=MOMENT)
    assert json.loads(kept.text)["rules"]["places"] == 99


def test_who_withdrew_from_a_list_has_it_made_anew_before_it_is_published(cast: Cast) -> None:
    round = a_round(cast)
    row = reviewed(round, cast.firm)
    reviewed(round, cast.rival, "70")
    make_list(round, cast.province, at=MOMENT)
    row.refresh_from_db()
    advance(row, "withdraw", by=cast.firm.actor, at=MOMENT)
    with pytest.raises(StepRefused, match=f"{row.applicant_name}.*退回重拟"):
        announce(round, cast.province, at=MOMENT)
    round.refresh_from_db()
    assert round.state == "listed"


def test_the_reserve_moves_up_by_the_rules_only_with_a_record_and_publicity_of_its_own(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    round = a_round(cast, places=2)
    with_rule(monkeypatch, round, reserve_bps=10_000)
    rows = [reviewed(round, cast.enrol(f"f{n}"), str(90 - n)) for n in range(4)]
    make_list(round, cast.province, at=MOMENT)
    announce(round, cast.province, at=MOMENT)
    rows = list(Application.objects.filter(round=round).order_by("pk"))
    assert [row.state for row in rows] == ["proposed", "proposed", "reserve", "reserve"]
    with pytest.raises(StepRefused, match="没有空出的名额"):
        promote(rows[2], cast.province, note="递补", at=MOMENT)
    drop(rows[0], cast.province, note="材料失实", at=MOMENT)
    with pytest.raises(StepRefused, match=f"应由 {rows[2].number} 递补"):
        promote(rows[3], cast.province, note="递补", at=MOMENT)
    promote(rows[2], cast.province, note="第 1 名取消资格", at=MOMENT.replace(day=25))
    assert rows[2].state == "proposed" and rows[2].amount_fen == 50 * WAN
    assert rows[2].publicity_from == MOMENT.replace(day=25).date()
    kept = Publication.objects.order_by("-at").first()
    assert kept is not None and kept.public
    assert recomputed(kept, tmp_path) == kept.text
    with pytest.raises(StepRefused, match="没有空出的名额"):
        promote(rows[3], cast.province, note="递补", at=MOMENT)
