"""典型案例: a firm agrees that its accepted project is shown, and takes that back. What is shown is
composed from what the office verified, not typed."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.catalogue.actions import entries, publishing
from dengta.catalogue.actions.writing import Use
from dengta.catalogue.models import Entry, EntryVersion
from dengta.catalogue.queries.names import kind_of, scenario_name, scenarios
from dengta.core.entries import EntryKind
from dengta.core.shapes import Text
from dengta.core.workdays import months_after, workdays_between
from dengta.projects.actions.holding import hold, only_firm, refuse_barred
from dengta.projects.models import Acceptance, Project
from dengta.projects.queries.beforeafter import CASE, effects_of, levels_of, whole
from dengta.registry.queries import industry_name, policy
from dengta.trail.actions import StepRefused, write_down
from dengta.trail.models import Event

TAKEN_BACK = "企业收回了推广授权。"
"""Why a case is off the shelf that its firm may put back itself."""
EVENTS = "project_case"
"""The name under which agreeing and taking back stand in the trail."""


def agree(
    project: Project, actor: Actor, *, agreed_by: str, at: dt.datetime | None = None
) -> Project:
    """The firm agrees to be shown as a case, which is published at once; twice is once.

    NotAllowed for others than the firm; StepRefused without the name of whoever agrees, for a
    project that is not accepted or whose system was found unused.
    """
    now, by = at or timezone.now(), agreed_by.strip()
    only_firm(project, actor)
    if not 2 <= len(by) <= 60 or not by.isprintable():
        raise StepRefused(
            Text(
                "请填写同意推广的人的姓名，2 至 60 个字。",
                "Give the name of whoever agrees, in 2 to 60 signs.",
            )
        )
    with transaction.atomic():
        hold(project, ("accepted",))
        if project.case_agreed_at is not None:
            return project
        refuse_barred(project, now)
        _refuse_unused(project)
        entry = _publish(project, actor, now)
        Project.objects.filter(pk=project.pk).update(
            case_agreed_at=now, case_agreed_by=by, case_slug=entry.slug
        )
        write_down(EVENTS, project.pk, "agree", by=actor, note=by, at=now)
    project.refresh_from_db()
    return project


def _refuse_unused(project: Project) -> None:
    if project.usage_checks.filter(state="unused").exists():
        raise StepRefused(
            Text(
                f"{project.number} 的使用回访核定为已停用，不能作为案例推广。",
                f"{project.number} was found unused; it cannot be shown as a case.",
            )
        )


def _publish(project: Project, actor: Actor, now: dt.datetime) -> Entry:
    """The case as it is now: a new entry, or the next version of the one that was taken down."""
    name, summary, content = _content(project)
    said = {"summary": summary, "content": content, "uses": _uses(project)}
    found = Entry.objects.filter(slug=project.case_slug).first() if project.case_slug else None
    if found is not None and found.state == "removed" and found.removed_reason != TAKEN_BACK:
        raise StepRefused(
            Text(
                f"这个案例已被下架，理由：{found.removed_reason} 请联系主管部门重新发布。",
                f"This case was taken down: {found.removed_reason} Ask the responsible office.",
            )
        )
    version: EntryVersion
    if found is None:
        key = f"project-case/{project.pk}"
        version = entries.draft(
            CASE, name, actor=actor, key=key, at=now, **said  # type: ignore[arg-type]
        )  # fmt: skip
    else:
        version = entries.revise(found, actor, at=now)
        entries.save(version, actor, name=name, **said)  # type: ignore[arg-type]
    entries.save(version, actor, links=_links(project))
    rules: EntryKind = policy().entry_kinds[CASE]
    months = rules.valid_months
    until = months_after(timezone.localdate(now), months) if months else None
    note = f"{project.number} 验收通过，企业同意推广"
    publishing.show(version, SYSTEM, at=now, expires=until, note=note)
    return version.entry


def take_back(project: Project, actor: Actor, *, at: dt.datetime | None = None) -> Event | None:
    """The firm does not want to be shown any more: the case is taken down. None where it is not
    shown. NotAllowed for others than the firm."""
    only_firm(project, actor)
    return take_down(project, actor, TAKEN_BACK, at=at)


def take_down(
    project: Project, actor: Actor, reason: str, *, at: dt.datetime | None = None
) -> Event | None:
    """End the agreement and take the case off the shelf, with the reason; None where none is."""
    with transaction.atomic():
        agreed = Project.objects.filter(pk=project.pk, case_agreed_at__isnull=False)
        if not agreed.update(case_agreed_at=None, case_agreed_by=""):
            return None
        project.refresh_from_db()
        entry = Entry.objects.filter(slug=project.case_slug).first()
        if entry is not None and entry.state in ("published", "expired"):
            entries.remove(entry, SYSTEM, reason, at=at)
        return write_down(EVENTS, project.pk, "take_back", by=actor, note=reason, at=at)


# ---------------------------------------------------------------- what a case says


def _name(project: Project) -> str:
    """What a case is called: the firm and what was done."""
    return f"{project.organisation.name}：{project.title or '数字化改造'}"[:120]


def _content(project: Project) -> tuple[str, str, dict[str, object]]:
    """Name, introduction and fields of the case of an accepted project, all from what was filed
    and verified; a field that nobody knows is left out."""
    now, was = project.after, project.before
    acceptance = (
        Acceptance.objects.filter(project=project, state="accepted").order_by("-id").first()
    )
    start, end = project.start_date or project.contract_date, project.finished_date
    firm = project.organisation
    size = policy().facts["size_class"].values.get(firm.size_class)
    profile = f"{industry_name(firm.industry_code).zh}{'，' + size.zh if size else ''}"
    before, after = whole(was.get("level")), whole(now.get("level"))
    climbed = f"从 {before} 级到 {after} 级" if before is not None else f"达到 {after} 级"
    gains = "；".join(
        f"{one.name.zh} {one.found if one.found is not None else one.claimed} {one.unit.zh}"
        for one in effects_of(project)
        if one.found is not None or one.claimed is not None
    )
    weak = [scenario_name(name).zh for name, at in levels_of(was).items() if at <= 1]
    level = "未评级" if before is None else f"数字化水平 {before} 级"
    content: dict[str, object] = {
        "background": f"改造前{level}" + (f"，薄弱环节：{'、'.join(weak[:8])}。" if weak else "。"),
        "case_way": ((acceptance.summary if acceptance else "") or project.title)[:2000],
        "firm_profile": profile[:200],
        "level_before": before,
        "level_after": after,
        "spend_fen": whole(now.get("paid_fen")) or 0,
        "case_days": max(workdays_between(start, end), 1) if start and end else None,
        "effect_text": f"数字化水平{climbed}，现场评定。{gains + '，现场核实。' if gains else ''}",
    }
    summary = f"{profile}，数字化水平{climbed}。{gains}"[:300]
    known = {field.id for field in kind_of(CASE).fields}
    content = {id: value for id, value in content.items() if id in known and value is not None}
    return _name(project), summary, content


def _uses(project: Project) -> tuple[Use, ...]:
    """The scenarios that the project lifted, in its sub-industry; none where that is not known."""
    if project.sub_industry not in policy().sub_industries:
        return ()
    before, known = levels_of(project.before), scenarios()
    return tuple(
        Use(project.sub_industry, name, level)
        for name, level in levels_of(project.after).items()
        if name in known and 1 <= level <= 4 and level > before.get(name, 0)
    )


def _links(project: Project) -> list[tuple[str, str]]:
    """What the case shows: the package that the contract came from, where there is one."""
    entry = project.quote.entry if project.quote else None
    if entry is None or entry.current_id is None:
        return []
    return [("shows", entry.slug)] if entry.kind in kind_of(CASE).links.get("shows", ()) else []
