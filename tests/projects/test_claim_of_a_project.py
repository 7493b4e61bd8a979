"""Money follows acceptance: the claim comes filled in from the project; nothing is paid before."""

from __future__ import annotations

import datetime as dt

import pytest

from dengta.funding.actions import claims, claims_filling, claims_submitting
from dengta.funding.actions.claims_projects import begin_for
from dengta.funding.actions.clawbacks import Finding, open_clawback
from dengta.funding.models import Claim
from dengta.funding.queries.claims_projects import unclaimed
from dengta.funding.queries.payments import stopped
from dengta.projects.actions import ending
from dengta.projects.models import Project
from dengta.trail.actions import NotAllowed, StepRefused
from tests.cast import WAN, Cast
from tests.funding import claims_cast
from tests.funding.paying import pay_claim
from tests.projects import stage


def claimed(cast: Cast, project: Project, *, submit: bool = True, at: dt.datetime) -> Claim:
    """The claim of an accepted project, completed by the firm and handed in."""
    claim = begin_for(project, cast.firm.actor, at=at)
    lines = []
    for row in claim.lines.order_by("ordinal"):
        lines.append(claims_cast.line(row.amount_fen, cost_class=row.cost_class, text=row.text))
    claims_filling.save(
        claim, cast.firm.actor,
        {
            "facts": {
                "diagnosis_done": True, "abnormal_listed": False, "serious_violation": False,
            },
            "account_number": claims_cast.account_of(cast.firm), "bank_name": "湖北银行江岸支行",
        },
        lines=lines, flows=[claims_cast.flow(18 * WAN)],
    )  # fmt: skip
    if submit:
        claims_submitting.submit(claim, cast.firm.actor, agreed_by="王厂长", at=at)
    return claim


def test_an_accepted_project_becomes_one_claim_filled_in(cast: Cast) -> None:
    project, over = stage.accepted(cast)
    assert list(unclaimed(over.date())) == [project]

    claim = begin_for(project, cast.firm.actor, at=over)
    again = begin_for(project, cast.firm.actor, at=over)

    assert again == claim
    assert (claim.list_fen, claim.discount_fen) == (20 * WAN, 2 * WAN)
    assert sum(line.amount_fen for line in claim.lines.all()) == 18 * WAN
    assert (claim.finished_date, claim.accepted_date) == (
        project.finished_date, project.accepted_date,
    )  # fmt: skip
    assert claim.supplier == project.provider
    assert {paper.need for paper in claim.papers.all()} == {
        "contract", "invoice", "payment", "acceptance", "report", "items",
    }  # fmt: skip
    assert list(unclaimed(over.date())) == []


def test_what_the_project_says_cannot_be_typed_over(cast: Cast) -> None:
    project, over = stage.accepted(cast)
    claim = begin_for(project, cast.firm.actor, at=over)

    claims_filling.save(claim, cast.firm.actor, {"list_fen": 99 * WAN, "accepted_date": None})

    assert (claim.list_fen, claim.accepted_date) == (20 * WAN, project.accepted_date)


def test_only_the_firm_claims_for_its_project(cast: Cast) -> None:
    project, over = stage.accepted(cast)

    for other in (cast.rival.actor, cast.supplier.actor, cast.county):
        with pytest.raises(NotAllowed):
            begin_for(project, other, at=over)


def test_before_acceptance_nothing_is_begun(cast: Cast) -> None:
    project, end = stage.finished(cast)

    with pytest.raises(StepRefused, match="验收后才能核定"):
        begin_for(project, cast.firm.actor, at=end)


def test_it_is_approved_and_paid_and_after_annulment_clawed_back(cast: Cast) -> None:
    project, over = stage.accepted(cast)
    claims_cast.budget(fen=100 * WAN, at=over)
    claim = claimed(cast, project, at=over)
    claims.take(claim, "pass", cast.county, at=over)
    claims.approve(claim, cast.city, at=over)
    assert claim.computed_fen == 5_400_000  # 30 % of the 180,000 that count
    pay_claim(claim, at=over)

    ending.annul(project, cast.city, note="回访发现系统从未使用。", at=over)
    opened = open_clawback(
        claim, cast.city, Finding("check", "验收已撤销", claim.approved_fen or 0),
        key="annulled", at=over,
    )  # fmt: skip

    assert opened.claim == claim


def test_an_annulled_project_stops_approval_and_payment(cast: Cast) -> None:
    project, over = stage.accepted(cast)
    claims_cast.budget(fen=100 * WAN, at=over)
    claim = claimed(cast, project, at=over)
    claims.take(claim, "pass", cast.county, at=over)
    ending.annul(project, cast.city, note="材料虚假。", at=over)

    with pytest.raises(StepRefused, match="已终止"):
        claims.approve(claim, cast.city, at=over)

    Claim.objects.filter(pk=claim.pk).update(project=None)
    claim.refresh_from_db()
    claims.approve(claim, cast.city, at=over)
    Claim.objects.filter(pk=claim.pk).update(project=project)
    ready = list(claim.instalments.select_related("claim"))
    assert "已终止" in stopped(ready, over.date())[ready[0].pk].zh


def test_a_claim_by_hand_waits_for_the_project_too(cast: Cast) -> None:
    """Typing the claim instead of taking it from the project does not get round acceptance."""
    claims_cast.budget(fen=100 * WAN)
    by_hand = claims_cast.checked_claim(cast)
    project, end = stage.finished(cast)

    with pytest.raises(StepRefused, match=project.number):
        claims.approve(by_hand, cast.city, at=end)
