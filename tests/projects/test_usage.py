"""Checks of use: asked for by the calendar, reported by the firm, found by the county."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from dengta.accounts.queries import SYSTEM
from dengta.core.workdays import months_after
from dengta.projects.actions import usage
from dengta.projects.models import Project, UsageCheck
from dengta.projects.queries.usage import late, listed, since
from dengta.trail.actions import Moved, NotAllowed, StepRefused, begin
from dengta.trail.models import Notice
from tests.cast import ONE_DAY, Cast, Firm
from tests.projects import stage


def asked(cast: Cast) -> tuple[UsageCheck, dt.datetime]:
    """The first check of an accepted project, on the day it is due."""
    project, over = stage.accepted(cast)
    now = over + (months_after(over.date(), 6) - over.date())
    assert usage.create_due(timezone.localdate(now), at=now) == 1
    return UsageCheck.objects.get(project=project), now


def told(check: UsageCheck, firm: Firm, at: dt.datetime, **different: Any) -> None:
    """The firm's report."""
    said: dict[str, Any] = {
        "logins": 1200, "users": 31, "text": "车间和质量部每天在用。", "at": at,
        "file": stage.paper("登录记录"), "taken_date": timezone.localdate(at),
    }  # fmt: skip
    usage.report(check, firm.actor, **(said | different))


def test_the_calendar_asks_once_per_term_and_not_a_day_early(cast: Cast) -> None:
    project, over = stage.accepted(cast)
    accepted = timezone.localdate(over)
    first, second = months_after(accepted, 6), months_after(accepted, 12)

    assert usage.create_due(first - ONE_DAY) == 0
    assert [usage.create_due(first), usage.create_due(first)] == [1, 0]
    assert usage.create_due(second) == 1

    rows = UsageCheck.objects.filter(project=project).values_list("months", "due_date")
    assert list(rows) == [(6, first), (12, second)]
    people = Notice.objects.filter(event__flow="usage_check").values_list("user_id", flat=True)
    assert set(people) == {cast.firm.actor.user_id}


def test_a_project_that_is_not_accepted_is_never_asked(cast: Cast) -> None:
    made, there = stage.published(cast)
    assert usage.create_due(months_after(there.date(), 24)) == 0
    assert made.project.state == "in_acceptance"


def test_what_is_reported_waits_first_and_is_found_in_use(cast: Cast) -> None:
    check, now = asked(cast)
    today = timezone.localdate(now)
    assert not late(check, today + 15 * ONE_DAY) and late(check, today + 16 * ONE_DAY)
    told(check, cast.firm, now)
    other = UsageCheck(project=check.project, months=12, due_date=today - 99 * ONE_DAY)
    begin(other, by=SYSTEM, at=now)

    assert [one.pk for one in listed(cast.county)] == [check.pk, other.pk]
    assert not listed(cast.next_county).exists()
    usage.decide(check, cast.county, "in_use", "", at=now)

    assert check.state == "in_use" and check.decided_at == now
    with pytest.raises(Moved):
        told(UsageCheck(pk=check.pk, project=check.project, months=6, state="due"), cast.firm, now)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"logins": None}, "没有使用的填 0"),
        ({"users": 1201}, "多于登录次数"),
        ({"logins": -1, "users": -1}, "不小于 0"),
        ({"text": "在用"}, "使用情况"),
        ({"file": None}, "运行截图"),
        ({"taken_date": None}, "请填写截图或记录上的日期"),
    ],
)
def test_a_report_that_cannot_be_is_refused(cast: Cast, wrong: dict[str, Any], why: str) -> None:
    check, now = asked(cast)
    with pytest.raises(StepRefused, match=why):
        told(check, cast.firm, now, **wrong)


def test_the_screenshot_is_of_the_time_that_the_check_is_about(cast: Cast) -> None:
    check, now = asked(cast)
    accepted, today = check.project.accepted_date, timezone.localdate(now)
    assert accepted is not None
    for day, why in ((today + ONE_DAY, "还没有到"), (accepted - ONE_DAY, "早于这次回访的时段")):
        with pytest.raises(StepRefused, match=why):
            told(check, cast.firm, now, taken_date=day)
    later = UsageCheck(project=check.project, months=12, due_date=months_after(accepted, 12))
    half = months_after(accepted, 6)
    assert (since(check), since(later)) == (accepted, half)
    told(check, cast.firm, now, taken_date=accepted)
    assert check.taken_date == accepted


def test_only_the_firm_reports_and_only_its_offices_find(cast: Cast) -> None:
    check, now = asked(cast)
    with pytest.raises(NotAllowed):
        told(check, cast.rival, now)
    for other in (cast.next_county, cast.firm.actor):
        with pytest.raises(NotAllowed):
            usage.decide(check, other, "unused", "现场看到系统已停。", at=now)


def test_nothing_is_found_without_saying_why(cast: Cast) -> None:
    check, now = asked(cast)
    for found in ("in_use", "partly", "unused"):  # nothing was reported yet
        with pytest.raises(StepRefused, match="核查意见"):
            usage.decide(check, cast.county, found, "好", at=now)
    told(check, cast.firm, now)
    with pytest.raises(StepRefused, match="核查意见"):
        usage.decide(check, cast.county, "partly", "", at=now)


def test_one_that_stands_still_is_told_to_the_province(cast: Cast) -> None:
    check, now = asked(cast)
    reader = cast.province.user_id
    usage.decide(check, cast.county, "unused", "现场看到系统已停用三个月。", at=now)

    subjects = Notice.objects.filter(user_id=reader, event__flow="usage_check")
    (one,) = subjects
    assert "已停用" in one.subject["zh"] and f"/{check.project_id}/" in one.link
    assert Project.objects.get(pk=check.project_id).state == "accepted"
