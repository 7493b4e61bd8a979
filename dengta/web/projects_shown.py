"""A project as every desk shows it: parts of the price, contract, milestones with their lights and
proofs, the supervisor's log, changes, acceptance."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dengta.accounts.queries import Actor
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.queries.claims_projects import of_project as claims_of
from dengta.projects.queries import acceptance as accepting
from dengta.projects.queries import delays
from dengta.projects.queries import projects as queries
from dengta.projects.queries.costs import ThreeWay
from dengta.projects.queries.projects import Project
from dengta.registry.queries import THINGS, identifiers_saying, prefixes
from dengta.trail.actions import allowed_steps
from dengta.trail.queries import timeline
from dengta.web.cases import badge, events
from dengta.web.frame import said
from dengta.web.project_steps import PROJECT_TIE, TIED

DESK = {"enterprise": "project", "provider": "provider_project"}


def page_name(acting: Actor) -> str:
    """The name of the page of one project at somebody's desk."""
    return DESK.get(acting.role, "official_project")


def bar(total: int, public: int, provider: int) -> dict[str, Any] | None:
    """The three parts of a price as the bar wants them; None without a price."""
    if not total:
        return None
    return {
        "total": total,
        "parts": [
            {"amount": public, "tone": "paid", "label": _("政府补助（估算）")},
            {"amount": provider, "tone": "held", "label": _("服务商让利")},
            {"amount": total - public - provider, "tone": "free", "label": _("企业承担")},
        ],
    }


def bar_of(parts: ThreeWay) -> dict[str, Any] | None:
    """The same of an estimate."""
    return bar(parts.list_fen, parts.public_fen, parts.provider_fen)


def rows_of(rows: Any, acting: Actor) -> list[dict[str, Any]]:
    """A list of projects: state, light and where the acceptance is. No query of its own."""
    today = timezone.localdate()
    shown = []
    for one in rows:
        delay = delays.of_project(one, one.milestones.all(), today)
        live = next((a for a in one.acceptances.all() if not _dead(a)), None)
        shown.append(
            {
                "project": one,
                "url": reverse(page_name(acting), args=[one.pk]),
                "badge": badge(one.flow.state(one.state), public=not acting.official),
                "delay": delay,
                "acceptance": live
                and badge(live.flow.state(live.state), public=not acting.official),
            }
        )
    return shown


def _dead(acceptance: Any) -> bool:
    return acceptance.state in accepting.DEAD_ACCEPTANCE


def shown(project: Project, acting: Actor, typed: QueryDict) -> dict[str, Any]:
    """What all views of one project have in common. A constant number of queries but for the steps
    of its milestones and changes."""
    today = timezone.localdate()
    steps = list(project.milestones.order_by("ordinal"))
    proofs = list(queries.proofs_of(project))
    rule = queries.rule_of(project)
    acceptance = _acceptance(project, acting, typed)
    names = {paper.id: paper.text for paper in rule.papers}
    scheme = queries.scheme_of(project)
    classes = {one.id: one.text for one in scheme.costs} if scheme else {}
    return {
        "project": project,
        "rule": rule,
        "scheme": scheme,
        "split": bar(project.list_fen, project.public_fen, project.discount_fen),
        "delay": delays.of_project(project, steps, today),
        "lines": [
            {"row": row, "class": classes.get(row.cost_class)}
            for row in project.lines.order_by("ordinal")
        ],
        "parties": list(project.parties.select_related("organisation").order_by("id")),
        "party_roles": [
            (role, queries.party_name(role))
            for role in queries.party_roles(project, acting)
            if project.state in queries.PARTIES_CHANGE
        ],
        **_identified(project, acting),
        "milestones": [_milestone(one, project, acting, proofs, names, today) for one in steps],
        "log": list(project.log.select_related("document").order_by("-seen_date", "-id")),
        "changes": [_change(one, acting) for one in project.changes.order_by("-id")],
        "papers": papers(proofs, names),
        "acceptance": acceptance,
        "effect_fields": _effect_fields(rule.effects, acceptance, acting, typed),
        "claims": [
            {
                "claim": one,
                "badge": badge(one.flow.state(one.state), public=not acting.official),
                "url": reverse("official_claim" if acting.official else "claim", args=[one.pk]),
            }
            for one in claims_of(acting, project)
        ],
        "paper_headings": rule.papers_at("milestone"),
        "today_iso": today.isoformat(),
        "ask_until": accepting.ask_until(project),
        "typed": typed,
    }


def _identified(project: Project, acting: Actor) -> dict[str, Any]:
    """The codes of equipment and contract of a project; for its firm whether it can give one."""
    own = acting.role == "enterprise"
    names = dict(THINGS)
    return {
        "identifiers": identifiers_saying(project.organisation_id, PROJECT_TIE, project.number),
        "own_prefixes": list(prefixes(project.organisation_id)) if own else [],
        "identifies": own,
        "tied": [(thing, names[thing]) for thing in TIED],
    }


def _files(proofs: list[Any], names: dict[str, Text]) -> list[dict[str, Any]]:
    return [
        {
            "pk": one.pk,
            "need": said(names.get(one.need, Text(one.need, one.need))),
            "name": one.document.name,
            "url": reverse("document", args=[one.document_id]),
            "row": one,
        }
        for one in proofs
    ]


def papers(proofs: list[Any], names: dict[str, Text]) -> list[dict[str, Any]]:
    """The papers of the project itself, in the order they came."""
    return _files([one for one in proofs if one.milestone_id is None], names)


def _milestone(
    one: Any, project: Project, acting: Actor, proofs: list[Any], names: dict[str, Text],
    today: dt.date,
) -> dict[str, Any]:  # fmt: skip
    own = [proof for proof in proofs if proof.milestone_id == one.pk]
    return {
        "row": one,
        "prefix": f"m{one.pk}",
        "badge": badge(one.flow.state(one.state), public=not acting.official),
        "delay": delays.of_milestone(one, project, today),
        "files": _files(own, names),
        "allowed": {step.id: step for step in allowed_steps(one, acting)}
        if project.state == "under_way"
        else {},
    }


def _change(one: Any, acting: Actor) -> dict[str, Any]:
    allowed = {step.id: step for step in allowed_steps(one, acting)}
    mine = acting.role == one.asked_by
    if not acting.official:
        allowed.pop("agree" if mine else "withdraw", None)
        if mine:
            allowed.pop("refuse", None)
    return {
        "row": one,
        "badge": badge(one.flow.state(one.state), public=not acting.official),
        "rows": _differences(one),
        "allowed": allowed,
    }


def _day(kept: str | None) -> str:
    """A day as a change keeps it, in words."""
    return said(said_day(dt.date.fromisoformat(kept) if kept else None))


def _differences(one: Any) -> list[dict[str, str]]:
    """Before and after of a change, in words."""
    found = []
    if "due_date" in one.after:
        found.append(
            {
                "label": _("约定完工日期"),
                "before": _day(one.before.get("due_date")),
                "after": _day(one.after["due_date"]),
            }
        )
    for ordinal, day in one.after.get("milestones", {}).items():
        label = _("第 %(n)s 个里程碑") % {"n": ordinal}
        before = one.before.get("milestones", {}).get(ordinal)
        found.append({"label": label, "before": _day(before), "after": _day(day)})
    if "lines" in one.after:
        sums = [
            sum(int(line["quantity"]) * int(line["price_fen"]) for line in side.get("lines", ()))
            for side in (one.before, one.after)
        ]
        texts = ["；".join(line["text"] for line in s["lines"]) for s in (one.before, one.after)]
        found.append(
            {
                "label": _("合同明细"),
                "before": f"{texts[0]}（{yuan(sums[0])}）",
                "after": f"{texts[1]}（{yuan(sums[1])}）",
            }
        )
    if "discount_fen" in one.after:
        found.append(
            {
                "label": _("服务商让利"),
                "before": yuan(one.before["discount_fen"]),
                "after": yuan(one.after["discount_fen"]),
            }
        )
    return found


def _effect_fields(
    effects: Any, acceptance: dict[str, Any] | None, acting: Actor, typed: QueryDict
) -> list[tuple[Any, Any]]:
    """Each effect with what stands in its field: what was typed, for the firm else what it claimed
    before. What is found on the spot is written there, and not taken over from the claim."""
    claimed: dict[str, Any] = {}
    if acceptance is not None and acceptance["live"] and not acting.official:
        claimed = {one["id"]: one.get("claimed") for one in acceptance["effects"]}
    return [(one, typed.get(f"effect_{one.id}", claimed.get(one.id))) for one in effects]


def _acceptance(project: Project, acting: Actor, typed: QueryDict) -> dict[str, Any] | None:
    """The acceptance that stands, or the last one that did not go through."""
    every = list(project.acceptances.order_by("-id"))
    one = next((a for a in every if not _dead(a)), every[0] if every else None)
    if one is None:
        return None
    rule = queries.rule_of(project)
    names = {effect.id: effect for effect in rule.effects}
    return {
        "row": one,
        "badge": badge(one.flow.state(one.state), public=not acting.official),
        "allowed": {step.id: step for step in allowed_steps(one, acting)},
        "live": not _dead(one),
        "flags": [
            flag | {"typed": typed.get(f"flag_{flag['id']}", flag["answer"])}
            for flag in one.flags
        ],
        "effects": [
            {
                "id": name,
                "name": names[name].text if name in names else Text(name, name),
                "unit": names[name].unit if name in names else Text("", ""),
                **value,
            }
            for name, value in one.effects.items()
        ],
        "ratings": accepting.ratings_for(one) if acting.official else [],
        "with_city": accepting.with_city(one),
        "disputes": [
            {"row": each, "badge": badge(each.flow.state(each.state), public=False),
             "allowed": {step.id: step for step in allowed_steps(each, acting)}}
            for each in one.disputes.select_related("evidence").order_by("id")
        ] if acting.official else [],
        "events": events(one, timeline(one)),
    }  # fmt: skip
