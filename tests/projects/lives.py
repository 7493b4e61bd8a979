"""Many projects through the actions, and what must hold of them afterwards whatever happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from dengta.funding.actions import claims, claims_filling, claims_submitting
from dengta.funding.actions.claims_projects import begin_for
from dengta.funding.models import Claim
from dengta.projects.actions import acceptance, ending
from dengta.projects.models import Acceptance, Project
from dengta.trail.models import Event
from tests.cast import MOMENT, ONE_DAY, WAN, Cast, Firm
from tests.funding import claims_cast
from tests.funding.paying import pay_claim
from tests.projects import stage

WAYS = ("draft", "filed", "under_way", "finished", "asked", "failed", "published", "accepted",
        "claimed", "paid", "annulled", "terminated")  # fmt: skip


def live(cast: Cast, firm: Firm, way: str, fen: int, at: dt.datetime = MOMENT) -> Project:
    """One project of a firm taken along one way."""
    asked = {"fen": fen, "discount_fen": fen // 10, "at": at}
    match way:
        case "draft":
            return stage.draft(cast, firm, **asked)  # type: ignore[arg-type]
        case "filed":
            return stage.filed(cast, firm, **asked)
        case "under_way":
            return stage.under_way(cast, firm, **asked)
        case "finished":
            return stage.finished(cast, firm, **asked)[0]
        case "asked":
            return stage.asked(cast, firm, **asked)[0].project
        case "terminated":
            project = stage.under_way(cast, firm, **asked)
            ending.terminate(project, firm.actor, note="企业搬迁，停止改造。", at=at)
            return project
        case "failed":
            made, there = stage.visited(cast, firm, **asked)
            acceptance.fail(made, cast.city, note="成效与合同不符。", at=there)
            return made.project
        case "published":
            return stage.published(cast, firm, **asked)[0].project
    project, over = stage.accepted(cast, firm, **asked)
    if way in ("claimed", "paid", "annulled"):
        _claim(cast, firm, project, over, pay=way != "claimed")
    if way == "annulled":
        ending.annul(project, cast.city, note="回访发现系统未使用。", at=over)
    return project


def _claim(cast: Cast, firm: Firm, project: Project, at: dt.datetime, *, pay: bool) -> None:
    claim = begin_for(project, firm.actor, at=at)
    lines = [
        claims_cast.line(row.amount_fen, cost_class=row.cost_class)
        for row in claim.lines.order_by("ordinal")
    ]
    stated = {"diagnosis_done": True, "abnormal_listed": False, "serious_violation": False}
    account = {"account_number": claims_cast.account_of(firm), "bank_name": "湖北银行江岸支行"}
    net = project.list_fen - project.discount_fen
    claims_filling.save(
        claim, firm.actor, {"facts": stated, **account}, lines=lines, flows=[claims_cast.flow(net)]
    )
    if not pay:
        return
    claims_submitting.submit(claim, firm.actor, agreed_by="王厂长", at=at)
    claims.take(claim, "pass", cast.county, at=at)
    claims.approve(claim, cast.city, at=at)
    pay_claim(claim, at=at)


def faults() -> list[str]:
    """What does not hold: parts make the price, no money without acceptance, list and log agree,
    no state without its evidence."""
    found = []
    last = _last_states("project")
    for one in Project.objects.prefetch_related("lines"):
        price = sum(line.amount_fen for line in one.lines.all())
        parts = one.enterprise_fen + one.discount_fen + one.public_fen
        if not price == one.list_fen == parts or one.enterprise_fen < 0:
            found.append(f"{one.number}: {price} ≠ {one.list_fen} ≠ {parts}")
        if last.get(one.pk) != one.state:
            found.append(f"{one.number} is {one.state}, its log says {last.get(one.pk)}")
        if one.state == "accepted" and not (one.after and one.accepted_date):
            found.append(f"{one.number} is accepted without its evidence")
    said = _last_states("acceptance")
    for made in Acceptance.objects.select_related("project"):
        if said.get(made.pk) != made.state:
            found.append(f"{made.number} is {made.state}, its log says {said.get(made.pk)}")
        if made.project.state == "accepted" and made.state not in ("accepted", "failed"):
            found.append(f"{made.project.number} is accepted, {made.number} is {made.state}")
    return found + _unfounded()


def _last_states(flow: str) -> dict[int, str]:
    """The state that the last event of each thing led to."""
    rows = Event.objects.filter(flow=flow).order_by("id").values_list("thing_id", "to_state")
    return dict(rows)


def _unfounded() -> list[str]:
    """Claims that were approved or paid for a project that was never accepted."""
    ever = set(
        Event.objects.filter(flow="project", step="accept").values_list("thing_id", flat=True)
    )
    granted = Claim.objects.exclude(project=None).filter(approved_at__isnull=False)
    return [f"{one.number}: no acceptance" for one in granted if one.project_id not in ever]


def play(cast: Cast, count: int, firms: Sequence[Firm], *, fen: int = 20 * WAN) -> list[str]:
    """So many projects, each of one firm and along one way in turn; what does not hold afterwards.
    A firm's later projects begin some days after its earlier ones."""
    claims_cast.budget(fen=20_000 * WAN)
    for n in range(count):
        firm = firms[n % len(firms)]
        at = MOMENT + (n // len(firms)) * ONE_DAY
        live(cast, firm, WAYS[n % len(WAYS)], fen + n * 700, at)
    return faults()
