"""Loans and the fund in the demo province: firms authorise banks and ask, one list is pushed and
answered, one is being made; three projects of the fund."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.outgoing import FORMS, Workbook
from dengta.demo.followed import Province
from dengta.funding.actions.finance import Asked, request_loan, review, revoke_authorisation
from dengta.funding.actions.finance_answers import import_answers, record_answers
from dengta.funding.actions.finance_fund import (
    Project,
    decide_project,
    move_project,
    register_project,
)
from dengta.funding.actions.finance_lists import build_list, push_list
from dengta.funding.models import LoanRequest, WhiteList
from dengta.funding.queries.finance import fitting, grant_of, open_product
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of, policy
from dengta.trail.actions import keep_document

CREDIT, INNOVATION, FUND = "commercial_credit", "innovation_loan", "digital_economy_fund"
PUSHED_TO, MADE_FOR, ASKED_AT = "hubei-bank", "hankou-bank", "ccb-hubei"
WAN = 1_000_000
ANSWERS = (
    ("同意授信", "300", "3.45", "额度有效期一年"),
    ("已放款", "200", "3.65", ""),
    ("未同意", "", "", "负债偏高"),
)
"""What the bank answers to the first of its list, as it writes it."""


def fill(province: Province, firms: list[Organisation]) -> None:
    """Everything, as far as the policy had these products forty days ago."""
    first = timezone.localdate(province.at(40))
    try:
        for id, kind in ((CREDIT, "loan"), (INNOVATION, "loan"), (FUND, "fund")):
            open_product(id, first, kind)
    except KeyError:
        return
    fit = [firm for firm in firms[:60] if _fits(firm, province)]
    for n, firm in enumerate(fit[:5]):
        ask(province, firm, CREDIT, PUSHED_TO, 300 - 40 * n, "HT-2026-0088" if n == 0 else "")
    pushed(province, fit[:5])
    for n, firm in enumerate(fit[5:7]):
        ask(province, firm, CREDIT, MADE_FOR, 150 + 50 * n, "")
    if len(fit) > 5:
        office = province.officials["province", "420000"]
        build_list(office, CREDIT, MADE_FOR, at=province.at(3))
    if fit:  # the contract of the first, at a second bank
        ask(province, fit[0], INNOVATION, ASKED_AT, 200, "HT-2026-0088", upto="asked")
    for n, firm in enumerate(fit[7:9]):
        ask(province, firm, CREDIT, ASKED_AT, 100, "", upto=("returned", "passed")[n])
    projects(province, firms)


def _fits(firm: Organisation, province: Province) -> bool:
    decided = fitting(firm, timezone.localdate(province.at(40)))
    return decided[CREDIT].outcome == decided[INNOVATION].outcome == "yes"


def _office(province: Province, role: str, firm: Organisation) -> Actor:
    """The office of a firm: the county's, or the division's where it has no counties."""
    code = division_of(firm.region_code) if role == "city" else firm.region_code
    found = province.officials.get((role, code))
    return found or province.officials["city", division_of(firm.region_code)]


def ask(
    province: Province,
    firm: Organisation,
    product: str,
    bank: str,
    wan: int,
    contract: str,
    *,
    upto: str = "recommended",
) -> LoanRequest:
    """A request with its authorisation, taken along its way."""
    county, city = _office(province, "county", firm), _office(province, "city", firm)
    days = {"recommended": 40, "returned": 8, "passed": 6, "asked": 2}[upto]
    request, _ = request_loan(
        province.actor(firm),
        product,
        bank,
        Asked(wan * WAN, "购买生产管理系统和数据采集设备", contract),
        scope=policy().loan(product).scope,
        months=12,
        at=province.at(days),
    )
    if upto == "returned":
        note = "请写明设备清单对应的合同编号。"
        review(request, "return", county, note=note, at=province.at(days - 2))
    elif upto != "asked":
        review(request, "pass", county, at=province.at(days - 4))
    if upto == "recommended":
        review(request, "recommend", city, at=province.at(days - 8))
    return request


def pushed(province: Province, firms: list[Organisation]) -> None:
    """The list of one bank is pushed; one firm revokes afterwards; most have their answer."""
    if not firms:
        return
    office = province.officials["province", "420000"]
    listed, _ = build_list(office, CREDIT, PUSHED_TO, at=province.at(25))
    push_list(listed, office, at=province.at(24))
    if len(firms) > 4:
        grant = grant_of(firms[4].pk, CREDIT, PUSHED_TO, province.today)
        if grant is not None:
            revoke_authorisation(province.actor(firms[4]), grant.pk, at=province.at(10))
    answered(province, listed, office)


def answered(province: Province, listed: WhiteList, office: Actor) -> None:
    """The bank's file comes back and is imported."""
    day = timezone.localdate(province.at(15))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answers.xlsx"
        book = Workbook(path)
        table = book.sheet(
            "白名单",
            ("申请编号", "企业名称", "银行答复", "金额（万元）", "年利率（%）", "答复日期", "说明"),
        )
        rows = listed.rows.select_related("request__organisation").order_by("id")
        for row, (answer, amount, rate, note) in zip(rows, ANSWERS, strict=False):
            name = row.request.organisation.name
            table.row((row.request.number, name, answer, amount, rate, day.isoformat(), note))
        book.close()
        file = SimpleUploadedFile(
            f"{listed.number}-答复.xlsx", path.read_bytes(), content_type=FORMS["xlsx"]
        )
    job, _ = import_answers(office, listed, keep_document(file, by=office))
    record_answers.call(job.pk)


def projects(province: Province, firms: list[Organisation]) -> None:
    """Three projects of the fund, at three stages."""
    office = province.officials["province", "420000"]
    named = (
        ("汽车零部件柔性产线数字化改造（演示）", 5_000, ()),
        ("工业视觉质检平台（演示）", 3_000, ("screen", "examine")),
        ("产业链协同采购平台（演示）", 8_000, ("screen", "examine", "decide")),
    )
    for firm, (name, wan, steps) in zip(firms[:3], named, strict=False):
        city = _office(province, "city", firm)
        unit = policy().regions[division_of(firm.region_code)].name.zh
        project, _ = register_project(
            city,
            FUND,
            firm.uscc,
            Project(name, "用于产线改造和系统建设，建成后向同行开放。", f"{unit}经信局", wan * WAN),
            at=province.at(30),
        )
        for n, step in enumerate(steps):
            when = province.at(25 - 7 * n)
            if step == "decide":
                decide_project(project, office, decided_fen=wan * WAN * 4 // 5, at=when)
            else:
                move_project(project, step, office, at=when)
