"""Budgets in the demo province: every fund of the year, pilot money of some cities, one return."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.accounts.queries import Actor
from dengta.core.codes import make_uscc
from dengta.core.shapes import Fund
from dengta.demo.papers import workshop
from dengta.demo.piloted import FILED
from dengta.funding.actions import budgets, public_spending, tranches
from dengta.funding.models import Tranche
from dengta.funding.queries.tranches import funds_in_portions
from dengta.registry.queries import policy
from dengta.trail.actions import keep_document

WAN = 1_000_000
CHECKED = "本单位只有一位经办人，由分管负责人复核（演示）。"


class Province(Protocol):
    """What is needed of the province under construction."""

    today: dt.date
    funded: dt.date
    officials: dict[tuple[str, str], Actor]

    def new_year(self) -> dt.date:
        """The first day of the year that vouchers are drawn in."""

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""


def fill(province: Province) -> None:
    """Open the funds; give pilots their first portion; let the first ask for its second."""
    year = province.funded.year
    # Before anything is drawn from them: no statement ever shows a pool below zero.
    opened = max(100, (province.today - province.new_year()).days)
    budgets.open_funds(year, at=province.at(opened))
    regions = policy().regions
    for fund in funds_in_portions():
        to_cities = all(
            programme.applicant == "city"
            for programme in policy().programmes
            if programme.id == fund.programme
        )
        if fund.year == year and to_cities and "420100" in regions:
            _pilots(province, fund)


def _pilots(province: Province, fund: Fund) -> None:
    office, at = province.officials["province", "420000"], province.at
    for turn, region in enumerate(FILED):
        city = province.officials["city", region]
        first, second, *_ = tranches.plan(office, fund.id, region, at=at(95))
        _asked(first, city, at(90 - turn))
        tranches.evaluate(
            first, office, score=86 - turn, opinion="实施方案已备案，任务清单完整。", at=at(80)
        )
        number = f"演示财企〔{fund.year}〕{21 + turn}号"
        tranches.release(first, office, document_number=number, note=CHECKED, at=at(75))
        if turn < 2:
            _asked(second, city, at(12 - turn))
        if turn == 1:
            tranches.evaluate(
                second, office, score=78, opinion="中期目标完成，兑付偏慢，请加快。", at=at(5)
            )
    _given_on(province, fund, FILED[0])
    _given_back(province, fund, FILED[-1])
    _spent(province, fund, FILED[0])
    draft = budgets.Draft("allocate", fund.id, FILED[-1], 100 * WAN, reason="追加改造任务（演示）")
    budgets.propose(office, draft, key=f"demo/{fund.id}/more", at=at(2))


def _asked(tranche: Tranche, city: Actor, at: dt.datetime) -> None:
    words = f"{tranche.after['zh']}，进度和成效见任务清单（演示）。"
    tranches.ask(tranche, city, request=words, at=at)


def _given_on(province: Province, fund: Fund, region: str) -> None:
    """The first city gives some on to one of its counties."""
    counties = [r.code for r in policy().regions.values() if r.parent == region]
    if counties:
        budgets.allocate(
            province.officials["city", region], fund.id, counties[0], 200 * WAN,
            document_number=f"演示武财企〔{fund.year}〕3号", reason="区级试点企业补助（演示）",
            key=f"demo/{fund.id}/county", parts={"enterprise": 200 * WAN}, note=CHECKED,
            at=province.at(60),
        )  # fmt: skip


def _spent(province: Province, fund: Fund, region: str) -> None:
    """The first city spends on public service: once booked, once to be checked."""
    city, at = province.officials["city", region], province.at
    bought = (("数字化转型公共服务平台（演示）", 50), ("诊断培训服务（演示）", 2))
    for turn, (purpose, days) in enumerate(bought):
        proof = SimpleUploadedFile(f"合同和发票{turn + 1}.jpg", workshop(turn + 900))
        spent = public_spending.Spent(
            purpose, "江城数服有限公司（演示）", make_uscc("420102", 9_900),
            f"2642{9_000 + turn:016d}",
            at(days).date(), (60 + 15 * turn) * WAN, keep_document(proof, by=city),
            contract_number=f"GF-{fund.year}-{turn + 1}",
        )  # fmt: skip
        key = f"demo/{fund.id}/public/{turn}"
        expense = public_spending.record(city, fund.id, spent, key=key, at=at(days))
        if not turn:
            public_spending.book(expense, city, note=CHECKED, at=at(days - 1))


def _given_back(province: Province, fund: Fund, region: str) -> None:
    """The last one gives back public money that it does not need."""
    draft = budgets.Draft(
        "return", fund.id, region, 50 * WAN, f"演示财企〔{fund.year}〕5号",
        "公共服务平台项目结余（演示）", {"public": 50 * WAN},
    )  # fmt: skip
    city = province.officials["city", region]
    key = f"demo/{fund.id}/back"
    budgets.order_now(city, draft, key=key, note=CHECKED, at=province.at(30))
