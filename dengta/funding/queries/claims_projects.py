"""Between projects and claims: what an accepted project is still to be paid, which project a claim
waits for, and which payments a project stops."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models

from dengta.accounts.queries import Actor
from dengta.core.schemes import Scheme
from dengta.core.shapes import Text
from dengta.funding.models import DEAD_CLAIM, Claim, Instalment
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.claims import seen
from dengta.projects.models import DEAD_PROJECT, OPEN_PROJECT, Project
from dengta.projects.queries.projects import payable, scheme_by

NOT_STARTED = (*OPEN_PROJECT, "county_check")
FIXED = frozenset(
    {
        "supplier", "contract_number", "list_fen", "discount_fen", "finished_date", "accepted_date",
    }
)  # fmt: skip
"""What a project says of its claim, so that nobody types it anew."""


def on_acceptance(scheme: Scheme) -> bool:
    """Whether a scheme pays nothing before acceptance."""
    return {one.when for one in scheme.instalments} == {"accepted"}


def unclaimed(day: dt.date, region: str = "") -> models.QuerySet[Project]:
    """Accepted projects whose subsidy nobody has claimed yet, the oldest first."""
    live = Claim.objects.filter(project=models.OuterRef("pk")).exclude(state__in=DEAD_CLAIM)
    return payable(day, region).filter(~models.Exists(live))


def of_project(actor: Actor, project: Project) -> list[Claim]:
    """The claims of a project that somebody may see, newest first."""
    return list(seen(actor).filter(project=project).order_by("-id"))


def unaccepted(claim: Claim) -> Project | None:
    """The project that has to be accepted before a claim may be approved; None where none has.

    A claim that names its project waits for that one. One typed by hand waits for a live project of
    the firm under the same scheme with the same contract, or else with the same provider.
    """
    scheme = scheme_of(claim.scheme)
    if claim.project is not None:
        ended = claim.project.state in DEAD_PROJECT
        late = on_acceptance(scheme) and claim.project.state != "accepted"
        return claim.project if ended or late else None
    if not on_acceptance(scheme) or claim.award_id is not None or claim.voucher_id is not None:
        return None
    rows = Project.objects.filter(organisation=claim.organisation_id, scheme=claim.scheme)
    live = list(rows.exclude(state__in=(*NOT_STARTED, *DEAD_PROJECT)).order_by("id"))
    number = "".join(claim.contract_number.upper().split())
    same = [one for one in live if one.contract_number == number]
    served = [one for one in live if one.provider_id == claim.supplier_id]
    return next((one for one in same or served if one.state != "accepted"), None)


def why_unaccepted(project: Project) -> Text:
    """What to say of a claim that waits for a project."""
    state = project.flow.state(project.state)
    if project.state in DEAD_PROJECT:
        return Text(
            f"改造项目 {project.number} 的状态是“{state.name.zh}”，不能按它拨付。已经核定的请冲回，"
            "已经拨付的请办理追回。",
            f"The project {project.number} is “{state.name.en}”; nothing is paid for it. Reverse"
            " what was approved, claim back what was paid.",
        )
    return Text(
        f"本办法验收后才能核定：改造项目 {project.number} 的状态是“{state.name.zh}”。"
        "请待验收通过后再办理。",
        f"This scheme pays on acceptance: the project {project.number} is “{state.name.en}”."
        " Approve once it is accepted.",
    )


def stopped_by_project(instalments: Iterable[Instalment]) -> dict[int, Text]:
    """Claims among these whose project is not accepted (or ended), by id, and why; no query where
    no claim names a project."""
    named = {one.claim_id: one.claim for one in instalments if one.claim.project_id}
    if not named:
        return {}
    waiting = Project.objects.filter(pk__in=[claim.project_id for claim in named.values()])
    bad = {one.pk: one for one in waiting.exclude(state="accepted")}
    found = {}
    for pk, claim in named.items():
        project = bad.get(claim.project_id or 0)
        if project is None:
            continue
        if project.state in DEAD_PROJECT or on_acceptance(scheme_of(claim.scheme)):
            found[pk] = why_unaccepted(project)
    return found


def claimable_project(project: Project) -> bool:
    """Whether the firm may begin a claim for a project now: its scheme pays, and nothing stands."""
    scheme = scheme_by(project.scheme)
    if scheme is None or scheme.kind != "subsidy" or project.filed_at is None:
        return False
    if project.state not in ("under_way", "finished", "in_acceptance", "accepted"):
        return False
    if on_acceptance(scheme) and project.state != "accepted":
        return False
    return not Claim.objects.filter(project=project).exclude(state__in=DEAD_CLAIM).exists()
