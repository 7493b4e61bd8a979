"""What a project became, as the firm and its offices see it: the comparison, the checks of use, the
case."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.queries import clawbacks
from dengta.funding.queries.claims_projects import of_project as claims_of
from dengta.projects.queries import beforeafter, usage
from dengta.projects.queries.flags import of_usage
from dengta.projects.queries.projects import Project
from dengta.trail.actions import allowed_steps
from dengta.web.cases import badge


def check_shown(check: usage.UsageCheck, acting: Actor) -> dict[str, Any]:
    """One check of use with its badge, light and what may be done."""
    today = timezone.localdate()
    late = usage.late(check, today)
    until = usage.report_until(check)
    over = (today - until).days
    return {
        "row": check,
        "badge": badge(check.flow.state(check.state), public=not acting.official),
        "until": until,
        "since": usage.since(check),
        "late": late,
        "late_word": Text(f"企业逾期 {over} 天未填报", f"Not reported, {over} days late"),
        "allowed": {step.id: step for step in allowed_steps(check, acting)},
    }


def results(project: Project, acting: Actor) -> dict[str, Any]:
    """The context of the page of one project before and after."""
    found = beforeafter.compared(project, timezone.localdate())
    before, after = found.level
    claims = claims_of(acting, project)
    return {
        "project": project,
        "claims": claims,
        "paid_fen": sum(clawbacks.paid_fen(one) for one in claims),
        "may_agree": beforeafter.may_agree(project),
        "found": found,
        "climbed": (after or 0) - before if before is not None and after is not None else None,
        "lifted": [one for one in found.scenarios if (one.after or 0) > (one.before or 0)],
        "checks": [
            check_shown(one, acting) | {"flags": of_usage(one) if acting.official else []}
            for one in usage.of_project(project)
        ],
        "badge": badge(project.flow.state(project.state), public=not acting.official),
        "today_iso": timezone.localdate().isoformat(),
    }
