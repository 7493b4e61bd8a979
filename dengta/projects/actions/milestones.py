"""里程碑: reported by the provider with proofs, confirmed by the firm; and the end of the work."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.projects.actions.holding import hold, only_firm, only_provider, tell
from dengta.projects.models import Milestone, Project
from dengta.projects.queries.projects import rule_of
from dengta.trail.actions import NotAllowed, StepRefused, advance
from dengta.trail.models import Event


def report(
    milestone: Milestone, actor: Actor, *, report: str, at: dt.datetime | None = None
) -> Event:
    """The provider reports a milestone as done, with its proofs attached. StepRefused names what is
    missing: what was done, a required heading, the day of a screenshot."""
    now, project = at or timezone.now(), milestone.project
    only_provider(project, actor)
    words = report.strip()
    if not 5 <= len(words) <= 1000:
        raise StepRefused(
            Text(
                f"完成情况现有 {len(words)} 个字，请写 5 至 1000 个字：做了什么、结果怎样。",
                f"Say in 5 to 1,000 signs what was done ({len(words)} now).",
            )
        )
    with transaction.atomic():
        hold(project, ("under_way",))
        _proved(milestone)
        event = advance(
            milestone, "report", by=actor, note=words, at=now,
            evidence={"report": words, "reported_at": now},
        )  # fmt: skip
        tell(project, event, milestone)
    return event


def _proved(milestone: Milestone) -> None:
    """Every required heading is there, each screenshot with its day and figures."""
    papers = rule_of(milestone.project).papers_at("milestone")
    proofs = list(milestone.proofs.filter(removed_at=None))
    there = {proof.need for proof in proofs}
    gaps = [paper.text for paper in papers if paper.required and paper.id not in there]
    dated = {paper.id: paper for paper in papers if paper.dated}
    for proof in proofs:
        paper = dated.get(proof.need)
        if paper is not None and (proof.taken_date is None or not proof.system):
            gaps.append(
                Text(
                    f"“{paper.text.zh}”的截取日期和系统名称",
                    f"day and system of “{paper.text.en}”",
                )
            )
    if gaps:
        zh, en = "、".join(gap.zh for gap in gaps), ", ".join(gap.en for gap in gaps)
        raise StepRefused(
            Text(f"还缺：{zh}。补上后再提交。", f"Missing: {en}. Add it, then report.")
        )


def confirm(
    milestone: Milestone, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """The firm confirms that a milestone was reached."""
    now, project = at or timezone.now(), milestone.project
    only_firm(project, actor)
    with transaction.atomic():
        hold(project, ("under_way",))
        event = advance(
            milestone, "confirm", by=actor, note=note, at=now, evidence={"confirmed_at": now}
        )
        tell(project, event, milestone)
    return event


def send_back(
    milestone: Milestone, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """Firm or county send a milestone back with the reason; its proofs stay and can be mended."""
    project = milestone.project
    with transaction.atomic():
        hold(project, ("under_way",))
        event = advance(
            milestone, "return", by=actor, note=note, at=at, evidence={"confirmed_at": None}
        )
        tell(project, event, milestone)
    return event


def finish(
    project: Project, actor: Actor, *, finished_date: dt.date, at: dt.datetime | None = None
) -> Event:
    """Firm or provider report the work as finished. StepRefused while a milestone is not confirmed
    or for a day that lies ahead or before the work began."""
    now = at or timezone.now()
    _one_of_both(project, actor)
    if finished_date > timezone.localdate(now):
        raise StepRefused(
            Text(
                f"完工日期 {said_day(finished_date).zh} 还没有到，请填写实际完工的日期。",
                f"The day of completion, {said_day(finished_date).en}, lies ahead. Give the"
                " day it took place.",
            )
        )
    began = max(filter(None, (project.contract_date, project.start_date)), default=None)
    if began is not None and finished_date < began:
        raise StepRefused(
            Text(
                f"完工日期 {said_day(finished_date).zh} 早于开工日期 {said_day(began).zh}，"
                "请填写实际完工的日期。",
                f"The day of completion, {said_day(finished_date).en}, is before the work"
                f" began, {said_day(began).en}. Give"
                " the day it took place.",
            )
        )
    with transaction.atomic():
        hold(project, ("under_way",))
        _all_confirmed(project)
        _no_open_change(project)
        event = advance(
            project, "finish", by=actor, at=now, evidence={"finished_date": finished_date}
        )
        tell(project, event)
    return event


def _one_of_both(project: Project, actor: Actor) -> None:
    if actor.organisation_id not in (project.organisation_id, project.provider_id):
        raise NotAllowed(
            Text("只有项目双方可以报告完工。", "Only the two sides may report the end.")
        )


def _all_confirmed(project: Project) -> None:
    """StepRefused with the milestones that are still open."""
    still = project.milestones.filter(state__in=("planned", "reported")).order_by("ordinal")
    names = list(still.values_list("title", flat=True))
    if names or not project.milestones.filter(state="confirmed").exists():
        listed, english = "、".join(names), ", ".join(names)
        raise StepRefused(
            Text(
                f"还有里程碑未确认：{listed}。请服务商提交、企业确认后再报告完工。",
                f"Not confirmed yet: {english}. The provider reports them, the firm confirms.",
            )
        )


def _no_open_change(project: Project) -> None:
    """StepRefused while a change waits for its answer."""
    if project.changes.filter(state__in=("asked", "agreed")).exists():
        raise StepRefused(
            Text(
                "还有一项变更没有办结，请先办结或撤回，再报告完工。",
                "A change is still open. Have it decided or withdraw it, then report the end.",
            )
        )


def resume(project: Project, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Go on with the work after it was reported as finished, with the reason."""
    with transaction.atomic():
        event = advance(project, "resume", by=actor, note=note, at=at)
        tell(project, event)
    return event
