"""使用回访: whether the firm still uses what was accepted. The calendar asks, the firm answers, the
county finds; a system that stands still is told to the province, where money is claimed back."""

from __future__ import annotations

import datetime as dt

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.assessment.queries.evidence import limits
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.core.workdays import months_after
from dengta.projects.actions import cases
from dengta.projects.models import UsageCheck
from dengta.projects.queries.flags import of_usage
from dengta.projects.queries.usage import since, unasked
from dengta.registry.queries import officials_for, people_of, province_code
from dengta.trail.actions import StepRefused, advance, begin, keep_document, notify
from dengta.trail.models import Event

LEAST, MOST = 5, 1000
"""So many signs the firm says, and the office finds."""
MOST_FIGURE = 2_000_000_000
FOUND = {"in_use": "find_used", "partly": "find_partly", "unused": "find_unused"}
"""The step of the flow for what was found."""


def create_due(day: dt.date, *, at: dt.datetime | None = None) -> int:
    """The checks of use whose day has come, as each project's rule has its months; how many. The
    firm is told. Idempotent, also when two run at once."""
    count = 0
    for project, months in unasked(day):
        accepted = project.accepted_date
        assert accepted is not None  # an accepted project has its day
        check = UsageCheck(project=project, months=months, due_date=months_after(accepted, months))
        try:
            with transaction.atomic():
                event = begin(check, by=SYSTEM, at=at)
                _ask(check, event)
        except IntegrityError:
            continue
        count += 1
    return count


def _ask(check: UsageCheck, event: Event) -> None:
    project, months = check.project, check.months
    notify(
        event,
        people_of(project.organisation_id),
        subject=Text(
            f"{project.number} 验收已满 {months} 个月，请填报使用情况",
            f"{project.number}: {months} months since acceptance, please report its use",
        ),
        body=Text(
            "写明登录次数、使用人数，附运行截图。区县核查后作出结论。",
            "State sign-ins and users with a screenshot; the county then decides.",
        ),
        link=f"/enterprise/projects/{project.pk}/results/",
    )


def report(
    check: UsageCheck,
    actor: Actor,
    *,
    logins: int | None,
    users: int | None,
    text: str,
    file: UploadedFile[bytes] | None,
    taken_date: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """The firm says how much it uses the system, with a screenshot of the day `taken_date`.
    NotAllowed for others; StepRefused for figures that cannot be, nothing said, use without a
    proof, or a proof without a day of the time that the check is about."""
    now, said = at or timezone.now(), text.strip()
    _figures(logins, users)
    if not LEAST <= len(said) <= MOST:
        raise StepRefused(
            Text(
                f"使用情况现有 {len(said)} 个字，请写 {LEAST} 至 {MOST} 个字："
                "哪些部门在用、做什么。",
                f"Say in {LEAST} to {MOST} signs who uses it for what ({len(said)} now).",
            )
        )
    if logins and file is None:
        raise StepRefused(
            Text(
                f"填写了登录 {logins} 次，请附一份能看到日期的运行截图或登录记录。",
                f"{logins} sign-ins are stated; add a dated screenshot or the log of sign-ins.",
            )
        )
    taken = None if file is None else _taken(check, taken_date, timezone.localdate(now))
    most = limits()
    with transaction.atomic():
        kept = None
        if file is not None:
            kept = keep_document(file, by=actor, types=most.types, most_bytes=most.bytes)
        event = advance(
            check, "report", by=actor, at=now,
            evidence={
                "logins": logins, "users": users, "text": said, "evidence": kept,
                "taken_date": taken, "reported_at": now,
            },
        )  # fmt: skip
        project = check.project
        notify(
            event,
            officials_for("county", project.region_code),
            subject=Text(
                f"{project.number} 填报了验收后 {check.months} 个月的使用情况",
                f"{project.number} reported its use after {check.months} months",
            ),
            body=Text(said, said),
            link=f"/official/projects/{project.pk}/results/",
        )
    return event


def _taken(check: UsageCheck, taken: dt.date | None, today: dt.date) -> dt.date:
    """The day that stands on the proof. StepRefused for none, or one outside the check's time."""
    first = since(check)
    if taken is not None and first <= taken <= today:
        return taken
    if taken is None:
        wrong = Text("请填写截图或记录上的日期", "give the day that stands on it")
    elif taken > today:
        wrong = Text(f"{taken} 还没有到", f"{taken} lies ahead")
    else:
        wrong = Text(f"{taken} 早于这次回访的时段", f"{taken} is before the time of this check")
    raise StepRefused(
        Text(
            f"截取日期：{wrong.zh}。本次回访看 {said_day(first).zh} 至 {said_day(today).zh} "
            "的使用情况，"
            "请附这段时间的截图或记录。",
            f"Day of the screenshot: {wrong.en}. This check is about {said_day(first).en} to"
            f" {said_day(today).en}; add one of"
            " that time.",
        )
    )


def _figures(logins: int | None, users: int | None) -> None:
    wrong: Text | None = None
    if logins is None or users is None:
        wrong = Text(
            "请填写登录次数和使用人数，没有使用的填 0",
            "give sign-ins and users, 0 if there were none",
        )
    elif not (0 <= logins <= MOST_FIGURE and 0 <= users <= MOST_FIGURE):
        wrong = Text("登录次数和使用人数应不小于 0", "sign-ins and users are not below 0")
    elif users > logins:
        wrong = Text(
            f"使用人数 {users} 多于登录次数 {logins}，请核对",
            f"{users} users are more than {logins} sign-ins, check them",
        )
    if wrong is not None:
        raise StepRefused(Text(f"使用回访：{wrong.zh}。", f"Check of use: {wrong.en}."))


def decide(
    check: UsageCheck, actor: Actor, found: str, finding: str, *, at: dt.datetime | None = None
) -> Event:
    """The office finds the system `in_use`, `partly` in use or `unused`. What it found is said,
    but for a reported one in use of which nothing was flagged; an unused one is told to the
    province and is no case any more. StepRefused where nothing is said, NotAllowed for others than
    the county or city."""
    now, said = at or timezone.now(), finding.strip()
    if found not in FOUND:
        raise StepRefused(Text("请选择核查结论。", "Choose what was found."))
    seen = of_usage(check)
    needed = found != "in_use" or check.state == "due" or bool(seen)
    if len(said) > MOST or (needed and len(said) < LEAST):
        raise StepRefused(
            Text(
                f"核查意见现有 {len(said)} 个字，请写 {LEAST} 至 {MOST} 个字：怎样核查、看到什么。",
                f"Say in {LEAST} to {MOST} signs how it was checked and what was seen"
                f" ({len(said)} now).",
            )
        )
    with transaction.atomic():
        event = advance(
            check, FOUND[found], by=actor, note=said, at=now,
            evidence={"finding": said, "decided_at": now},
            reasons={"flags": [one.zh for one in seen]},
        )  # fmt: skip
        _tell_found(check, event, said)
        if found == "unused":
            words = f"验收后 {check.months} 个月回访：系统已停用。"
            cases.take_down(check.project, SYSTEM, words, at=now)
    return event


def _tell_found(check: UsageCheck, event: Event, said: str) -> None:
    project, state = check.project, check.flow.state(check.state)
    subject = Text(
        f"{project.number} 使用回访（{check.months} 个月）：{state.name.zh}",
        f"{project.number} check of use after {check.months} months: {state.name.en}",
    )
    body = Text(said, said)
    own = f"/enterprise/projects/{project.pk}/results/"
    notify(event, people_of(project.organisation_id), subject=subject, body=body, link=own)
    if check.state == "unused":
        people = officials_for("province", province_code())
        link = f"/official/projects/{project.pk}/results/"
        notify(event, people, subject=subject, body=body, link=link)
