"""What was typed and refused stands in its form again, at every desk of a project; a proof of use
that was seen elsewhere is flagged."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dengta.core.wording import said_day
from dengta.projects.actions import acceptance, disputes, usage
from dengta.projects.actions.papers import Seen, attach
from dengta.projects.models import UsageCheck
from dengta.projects.queries.flags import flags_of, of_usage
from dengta.trail.actions import StepRefused
from dengta.trail.models import Event
from tests.cast import ONE_DAY, Cast
from tests.projects import stage
from tests.projects.test_project_pages import ago, signed_in


def refused(client: Client, address: str, typed: dict[str, Any]) -> str:
    """The page that answers what cannot be."""
    answer = client.post(address, typed)
    assert answer.status_code == 422
    return answer.content.decode()


def test_a_screenshot_with_a_wrong_day_keeps_its_other_fields_in_its_form(cast: Cast) -> None:
    project = stage.under_way(cast, at=ago(30))
    one = project.milestones.get()
    step = reverse("provider_project_step", args=[project.pk, "prove"])
    typed = {
        "on": str(one.pk), "need": "screenshot", "system": "精益系统", "logins": "777",
        "users": "77", "taken_date": (timezone.localdate() + ONE_DAY).isoformat(),
        "file": stage.paper("截图"),
    }  # fmt: skip
    page = refused(signed_in(cast, cast.supplier.actor), step, typed)
    for kept in ('value="精益系统"', 'value="777"', 'value="77"'):
        assert page.count(kept) == 1


def test_a_paper_of_acceptance_without_its_file_keeps_what_was_typed(cast: Cast) -> None:
    project, _end = stage.finished(cast, at=ago(75))
    step = reverse("project_step", args=[project.pk, "attach"])
    page = refused(signed_in(cast, cast.firm.actor), step, {"need": "usage", "system": "精益系统"})
    assert page.count('value="精益系统"') == 1


def test_answers_ratings_and_effects_that_were_refused_stand_there_again(cast: Cast) -> None:
    made, now = stage.asked(cast, at=ago(75))
    made.flags = [{"id": f"x:{n}", "zh": "提示", "en": "flag", "answer": ""} for n in (1, 2)]
    made.save()
    project, county = made.project, signed_in(cast, cast.county)
    office = [project.pk]
    step = reverse("official_project_step", args=[*office, "pass"])
    page = refused(county, step, {"flag_x:1": "到现场看过原件"})
    assert ">到现场看过原件</textarea>" in page
    firm = signed_in(cast, cast.firm.actor)
    step = reverse("project_step", args=[project.pk, "rate"])
    page = refused(firm, step, {"provider_stars": "9", "result_stars": "4", "remark": "响应及时"})
    assert 'value="9"' in page and ">响应及时</textarea>" in page
    acceptance.pass_papers(made, cast.county, answers=stage.answers(made) | {
        "x:1": "属实。", "x:2": "属实。"}, at=now)  # fmt: skip
    city = signed_in(cast, cast.city)
    shown = city.get(reverse("official_project", args=office)).content.decode()
    assert 'id="v_effect_efficiency" name="effect_efficiency" inputmode="numeric" value=""' in shown
    visit = {"visit_date": "x", "visitors": "刘科长", "effect_efficiency": "9"}
    page = refused(city, reverse("official_project_step", args=[*office, "visit"]), visit)
    assert 'name="effect_efficiency" inputmode="numeric" value="9"' in page


def test_an_answer_to_an_objection_that_is_too_short_stays_with_it(cast: Cast) -> None:
    made, _there = stage.published(cast, at=ago(75))
    told = disputes.dispute(
        made, name="张三", contact="027-87230000", text="发票金额与实际不符，设备未到。", key="k"
    )
    step = reverse("official_project_step", args=[made.project_id, "dismiss"])
    page = refused(signed_in(cast, cast.city), step, {"on": str(told.pk), "note": "已核"})
    assert '>已核</textarea></div><div class="cluster"><button class="btn btn-primary' in page


def checks(cast: Cast) -> list[UsageCheck]:
    """The first check of use of two firms."""
    _mine, over = stage.accepted(cast, at=ago(290))
    stage.accepted(cast, cast.rival, at=ago(290))
    usage.create_due(over.date() + 190 * ONE_DAY)
    return list(UsageCheck.objects.filter(months=6).order_by("project__organisation"))


def test_the_same_proof_or_figures_of_use_across_firms_are_flagged_and_answered(
    cast: Cast,
) -> None:
    both = {one.project.organisation_id: one for one in checks(cast)}
    mine, theirs = (both[firm.organisation.pk] for firm in (cast.firm, cast.rival))
    for check, actor, days in ((mine, cast.firm.actor, 3), (theirs, cast.rival.actor, 1)):
        usage.report(
            check, actor, logins=1200, users=31, text="车间每天在用。",
            file=stage.paper("同一张登录记录"), taken_date=ago(days).date(),
        )  # fmt: skip
    found = of_usage(theirs)
    assert [cast.firm.organisation.name in one.zh for one in found] == [True, True]
    page = reverse("official_project_results", args=[theirs.project_id])
    shown = signed_in(cast, cast.next_county).get(page).content.decode()
    assert "同一文件或同一张图" in shown and "完全相同" in shown
    assert (
        f"那一份写的截取日期是 {said_day(ago(3).date()).zh}，这一份是 {said_day(ago(1).date()).zh}"
        in shown
    )
    own = reverse("project_results", args=[theirs.project_id])
    assert "完全相同" not in signed_in(cast, cast.rival.actor).get(own).content.decode()
    with pytest.raises(StepRefused, match="核查意见"):
        usage.decide(theirs, cast.next_county, "in_use", "")
    usage.decide(theirs, cast.next_county, "in_use", "到现场看过，确为本企业系统。")
    event = Event.objects.filter(flow="usage_check", thing_id=theirs.pk).order_by("-id")[0]
    assert len(event.reasons["flags"]) == 2


def test_a_proof_of_use_that_was_handed_in_before_is_flagged_and_an_honest_one_is_not(
    cast: Cast,
) -> None:
    check = next(one for one in checks(cast) if one.project.organisation == cast.firm.organisation)
    old = stage.paper(f"运行截图 {check.project_id}")
    usage.report(check, cast.firm.actor, logins=55, users=5, text="车间每天在用。", file=old,
                 taken_date=ago(1).date())  # fmt: skip
    (flag,) = of_usage(check)
    assert "本项目以前" in flag.zh
    check.evidence = None
    assert of_usage(check) == []


def test_acceptance_flags_what_another_firm_gave_as_proof_of_use(cast: Cast) -> None:
    check = next(one for one in checks(cast) if one.project.organisation == cast.rival.organisation)
    usage.report(
        check, cast.rival.actor, logins=55, users=5, text="车间每天在用。",
        file=stage.paper("别家的登录记录"), taken_date=ago(1).date(),
    )  # fmt: skip
    project, end = stage.finished(cast, at=ago(75))
    attach(
        project, cast.firm.actor, "usage", stage.paper("别家的登录记录"), at=end,
        seen=Seen(end.date(), "精益MES", 321, 12),
    )  # fmt: skip
    found = [one.id for one in flags_of(project, end.date())]
    assert len(found) == 1 and found[0].startswith("file:")
