"""Asking for acceptance: in time, with everything there; what the checks against false proofs see
is answered by officials, and decides nothing."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from dengta.projects.actions import acceptance, ending, papers
from dengta.projects.actions.filing import Incomplete
from dengta.projects.actions.papers import Seen
from dengta.projects.models import Acceptance, Project
from dengta.projects.queries.acceptance import ask_until
from dengta.projects.queries.flags import flags_of
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import ONE_DAY, Cast
from tests.projects import stage

EFFECTS = {"efficiency": 12}


def ask(project: Project, acting: Any, **different: Any) -> Acceptance:
    """Ask with a summary and the required effect."""
    said = {"summary": stage.SUMMARY, "effects": EFFECTS, "key": "k"}
    return acceptance.ask(project, acting, **(said | different))


def test_what_is_missing_is_said_at_once(cast: Cast) -> None:
    project, end = stage.finished(cast)

    with pytest.raises(Incomplete) as refused:
        ask(project, cast.firm.actor, summary="好", effects={}, at=end)

    names = {gap.zh for gap in refused.value.missing}
    assert {"发票", "付款凭证", "系统运行截图和使用数据", "生产效率提高"} <= names
    assert any("改造总结" in name for name in names)


def test_the_same_key_is_one_request(cast: Cast) -> None:
    made, now = stage.asked(cast)

    again = ask(made.project, cast.firm.actor, key="ask", at=now)

    assert again == made and Acceptance.objects.count() == 1
    with pytest.raises(Moved):
        ask(made.project, cast.firm.actor, key="other", at=now)


def test_the_window_of_the_programme_ends(cast: Cast) -> None:
    project, end = stage.finished(cast)
    stage.with_papers(project, cast.firm, at=end)
    last = ask_until(project)
    assert last is not None

    with pytest.raises(StepRefused, match="3 个月内"):
        ask(project, cast.firm.actor, at=end + ((last - end.date()).days + 1) * ONE_DAY)
    assert ask(project, cast.firm.actor, at=end + (last - end.date()).days * ONE_DAY).pk


def test_only_the_firm_asks_and_withdraws(cast: Cast) -> None:
    made, now = stage.asked(cast)

    for other in (cast.rival.actor, cast.supplier.actor, cast.county):
        with pytest.raises(NotAllowed):
            acceptance.withdraw(made, other, at=now)
    acceptance.withdraw(made, cast.firm.actor, at=now)
    made.project.refresh_from_db()
    assert (made.state, made.project.state) == ("withdrawn", "under_way")


def test_returned_it_is_mended_and_sent_again(cast: Cast) -> None:
    made, now = stage.asked(cast)
    acceptance.send_back(made, cast.county, note="请补付款凭证。", at=now)
    papers.attach(made.project, cast.firm.actor, "payment", stage.paper("又一张"), at=now)

    acceptance.ask_again(
        made, cast.firm.actor, summary=stage.SUMMARY, effects={"efficiency": 9}, at=now
    )

    assert (made.state, made.effects["efficiency"]["claimed"]) == ("county_check", 9)


def test_terminating_ends_the_acceptance_that_is_open(cast: Cast) -> None:
    made, now = stage.asked(cast)

    ending.terminate(made.project, cast.county, note="企业停产。", at=now)

    made.refresh_from_db()
    assert (made.state, made.project.state) == ("failed", "terminated")


# ---------------------------------------------------------------- false proofs


def picture(fmt: str = "PNG") -> SimpleUploadedFile:
    """A photo of a screen; saved in another format it looks the same and is another file."""
    made = Image.new("RGB", (360, 240), (40, 60, 80))
    draw = ImageDraw.Draw(made)
    for n in range(9):
        box = (n * 40, n * 20, n * 40 + 30, n * 20 + 90)
        draw.rectangle(box, fill=(200 - n * 20, 90, 60))
    out = io.BytesIO()
    made.save(out, fmt)
    return SimpleUploadedFile(f"屏幕.{fmt.lower()}", out.getvalue(), content_type="image/png")


def found(project: Project, day: Any) -> set[str]:
    """The kinds of flags on a project."""
    return {flag.id.split(":")[0] for flag in flags_of(project, day)}


def test_honest_proofs_raise_no_flag(cast: Cast) -> None:
    made, now = stage.asked(cast)
    other, _ = stage.asked(cast, cast.rival)

    assert found(made.project, now.date()) == set() == found(other.project, now.date())
    assert made.flags == []


def test_the_same_file_in_another_firms_project_is_seen(cast: Cast) -> None:
    stage.finished(cast)
    theirs, end = stage.finished(cast, cast.rival)
    file = stage.paper("截图 1")  # the file that the first firm's provider handed in
    papers.attach(theirs, cast.rival.actor, "invoice", file, at=end)
    ours = Project.objects.get(organisation=cast.firm.organisation)
    papers.attach(ours, cast.firm.actor, "invoice", stage.paper("截图 1"), at=end)

    (flag,) = flags_of(theirs, end.date())

    assert flag.id.startswith("file:")
    assert cast.firm.organisation.name in flag.text.zh and ours.number in flag.text.zh


def test_a_picture_that_looks_the_same_is_seen_and_one_firm_may_use_its_own_twice(
    cast: Cast,
) -> None:
    ours, end = stage.finished(cast)
    theirs, _ = stage.finished(cast, cast.rival)
    papers.attach(ours, cast.firm.actor, "invoice", picture(), at=end)
    papers.attach(theirs, cast.rival.actor, "invoice", picture(fmt="JPEG"), at=end)
    papers.attach(ours, cast.firm.actor, "payment", picture(), at=end)

    assert found(theirs, end.date()) == {"picture"} == found(ours, end.date())


@pytest.mark.parametrize("days", [-200, 30])
def test_a_screenshot_outside_the_projects_time_is_seen(cast: Cast, days: int) -> None:
    project, end = stage.finished(cast)
    taken = (end + days * ONE_DAY).date()
    late = end + max(days, 0) * ONE_DAY
    seen = Seen(taken, "精益MES", 900, 30)
    papers.attach(project, cast.firm.actor, "usage", stage.paper("运行"), seen=seen, at=late)

    assert found(project, end.date()) == {"time"}


def test_figures_that_are_missing_or_the_same_across_firms_are_seen(cast: Cast) -> None:
    ours, end = stage.finished(cast)
    theirs, _ = stage.finished(cast, cast.rival)
    stage.with_papers(ours, cast.firm, at=end, logins=777, users=33)
    stage.with_papers(theirs, cast.rival, at=end, logins=777, users=33)
    third = cast.enrol("third")
    bare, _ = stage.finished(cast, third)
    stage.with_papers(bare, third, at=end, logins=None, users=None)

    assert found(ours, end.date()) == found(theirs, end.date()) == {"usage"}
    assert found(bare, end.date()) == {"figures"}


def test_a_contract_dated_after_the_work_was_finished_is_seen(cast: Cast) -> None:
    project, end = stage.finished(cast)
    Project.objects.filter(pk=project.pk).update(contract_date=(end + ONE_DAY).date())
    project.refresh_from_db()

    assert "contract_after" in found(project, (end + 2 * ONE_DAY).date())


def test_every_flag_is_answered_before_the_visit_and_none_decides(cast: Cast) -> None:
    project, end = stage.finished(cast)
    stage.with_papers(project, cast.firm, at=end, logins=None, users=None)
    made = ask(project, cast.firm.actor, at=end)
    assert len(made.flags) == 1

    with pytest.raises(StepRefused, match="没有登录次数"):
        acceptance.pass_papers(made, cast.county, at=end)
    acceptance.pass_papers(made, cast.county, answers=stage.answers(made), at=end)

    assert made.state == "on_site" and made.flags[0]["answer"] == "已核实，情况属实。"
