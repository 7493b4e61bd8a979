from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from dengta.accounts.queries import Actor
from dengta.funding.actions.finance_fund import (
    Project,
    decide_project,
    move_project,
    register_project,
)  # fmt: skip
from dengta.funding.models import FundProject
from dengta.funding.queries.finance import fund_projects, pipeline
from dengta.ledger.models import Transfer
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from tests.cast import MOMENT, WAN, Cast

FUND = "digital_economy_fund"
PROJECT = Project("柔性产线", "改造三条产线。", "武汉市经信局", 5_000 * WAN)


def registered(cast: Cast, who: Actor | None = None) -> FundProject:
    """A project of the firm in the pipeline."""
    uscc = cast.firm.organisation.uscc
    return register_project(who or cast.city, FUND, uscc, PROJECT, at=MOMENT)[0]


def test_a_project_goes_through_the_pipeline_and_no_money_moves(cast: Cast) -> None:
    project = registered(cast)
    for step in ("screen", "examine"):
        move_project(project, step, cast.province, at=MOMENT)
    decide_project(project, cast.province, decided_fen=3_000 * WAN, at=MOMENT)
    assert pipeline(cast.city) == {"decided": (1, 3_000 * WAN)}
    move_project(project, "invest", cast.province, at=MOMENT)
    assert (project.state, project.decided_fen) == ("invested", 3_000 * WAN)
    assert not Transfer.objects.exists()


def test_registered_twice_it_is_one(cast: Cast) -> None:
    first = registered(cast)
    assert register_project(cast.county, FUND, cast.firm.organisation.uscc, PROJECT, at=MOMENT) == (
        first,
        False,
    )


def test_an_office_registers_and_sees_its_own_territory(cast: Cast) -> None:
    for who in (cast.next_county, cast.next_city, cast.firm.actor):
        with pytest.raises(NotAllowed):
            registered(cast, who)
    project = registered(cast, cast.county)
    assert list(fund_projects(cast.province)) == [project]
    assert not fund_projects(cast.next_city) and not fund_projects(cast.firm.actor)


def test_unknown_firm_and_fund_are_refused(cast: Cast) -> None:
    with pytest.raises(StepRefused, match="先注册"):
        register_project(cast.city, FUND, "91420102XY00001A26", PROJECT)
    with pytest.raises(StepRefused, match="没有在办的基金"):
        register_project(cast.city, "commercial_credit", cast.firm.organisation.uscc, PROJECT)


def test_only_the_province_decides_once_and_with_a_sum(cast: Cast) -> None:
    project = registered(cast)
    with pytest.raises(NotAllowed):
        move_project(project, "screen", cast.city)
    for step in ("screen", "examine"):
        move_project(project, step, cast.province, at=MOMENT)
    stale = FundProject.objects.get()
    with pytest.raises(StepRefused, match="大于 0"):
        decide_project(project, cast.province, decided_fen=0)
    with pytest.raises(StepRefused, match="理由"):
        decide_project(project, cast.province, decided_fen=6_000 * WAN)
    decide_project(project, cast.province, decided_fen=WAN, at=MOMENT)
    with pytest.raises(Moved):
        decide_project(stale, cast.province, decided_fen=2 * WAN)
    with pytest.raises(ValueError, match="action of its own"):
        move_project(project, "decide", cast.province)


def test_declining_and_withdrawing_need_a_reason_and_the_name_is_free_again(cast: Cast) -> None:
    project = registered(cast)
    for step in ("decline", "withdraw"):
        with pytest.raises(StepRefused, match="理由"):
            move_project(project, step, cast.province)
    move_project(project, "withdraw", cast.county, note="企业改变计划。", at=MOMENT)
    assert registered(cast) != project


def test_decided_without_a_sum_cannot_be_written(cast: Cast) -> None:
    registered(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        FundProject.objects.update(state="decided")
