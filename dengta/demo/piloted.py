"""Pilots in the demo province: four cities with a plan in force, one that applies, lists with their
log, last month's report; a prefix of identifiers with what stands under it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.accounts.queries import Actor
from dengta.monitoring.actions import pilot_months
from dengta.projects.actions import pilots
from dengta.projects.models import PilotPlan
from dengta.projects.queries.pilots import TITLE
from dengta.registry.actions.identifiers import keep_prefix, register_identifier
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, holders, policy, region_name
from dengta.trail.actions import keep_document

FILED, APPLYING = ("420100", "420200", "420300", "420500"), "420600"
MONEY_FEN = 3_000_000_000
LISTED = 6
PREFIX = "88.118.2026"


class Province(Protocol):
    """What is needed of the province under construction."""

    today: dt.date
    officials: dict[tuple[str, str], Actor]

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""

    def actor(self, organisation: Organisation) -> Actor:
        """Somebody who acts for an organisation."""


def promise(province: Province) -> None:
    """Plans: of the cities that get money in force, of one with the province."""
    office = province.officials["province", "420000"]
    for region in FILED:
        plan = _plan(province, region)
        pilots.file_plan(plan, office, note="同意备案。", at=province.at(200))
    _plan(province, APPLYING)


def fill(province: Province, firms: Sequence[Organisation]) -> None:
    """Lists, reports; identifiers of the first firm."""
    office = province.officials["province", "420000"]
    pilot = set(holders([TITLE], province.today).values_list("organisation", flat=True))
    known = [one for one in firms if one.pk in pilot]
    for plan in PilotPlan.objects.filter(state="in_force").order_by("region_code"):
        place = plan.region_code
        _list(province, plan, [one for one in known if division_of(one.region_code) == place])
    pilot_months(province.today)
    _identifiers(province, firms[0], office)


def _plan(province: Province, region: str) -> PilotPlan:
    city = province.officials["city", region]
    name = region_name(region).zh
    paper = SimpleUploadedFile("实施方案.pdf", f"%PDF-1.4 {region}".encode(), "application/pdf")
    start = province.at(210).date()
    plan = pilots.draft_plan(
        city, "pilot_city", region, key=f"demo/{region}", at=province.at(220),
        title=f"{name}试点实施方案（演示）", from_date=start,
        until_date=start + dt.timedelta(days=730),
        industries=list(policy().sub_industries)[:3],
        targets={"firms": 200, "level_2_firms": 200, "cases": 20, "trained": 200},
        money_fen=MONEY_FEN, document=keep_document(paper, by=city, types=("pdf",)),
    )  # fmt: skip
    pilots.submit_plan(plan, city, at=province.at(215))
    return plan


def _list(province: Province, plan: PilotPlan, firms: Sequence[Organisation]) -> None:
    """Some firms are listed; one left, one was replaced."""
    city = province.officials["city", plan.region_code]
    document = "演经信〔2026〕12号"
    listed = [
        pilots.list_firm(
            plan, one, city, reason="首批名单公示无异议。", document_number=document,
            at=province.at(190),
        )
        for one in firms[:LISTED]
    ]  # fmt: skip
    if len(firms) > LISTED + 1 and len(listed) == LISTED:
        pilots.withdraw_firm(listed[-1], city, reason="企业搬迁，自愿退出。", at=province.at(60))
        pilots.replace_firm(
            listed[-2], plan, firms[LISTED], city, reason="停产半年，由同行业企业替换。",
            at=province.at(50),
        )  # fmt: skip


def _identifiers(province: Province, firm: Organisation, office: Actor) -> None:
    keep_prefix(office, PREFIX, firm, at=province.at(150))
    acting = province.actor(firm)
    for code, thing, name in (
        (f"{PREFIX}/QY", "enterprise", firm.name),
        (f"{PREFIX}/ZB-0001", "equipment", "一号数控冲床（演示）"),
        (f"{PREFIX}/CP-BS6", "product", "六速变速箱壳体（演示）"),
    ):
        register_identifier(acting, code, thing=thing, name=name, at=province.at(140))
