"""What goes before and follows from the assessments of the demo province: earlier results, ratings,
diagnoses, a campaign."""

from __future__ import annotations

import datetime as dt
import io
import random
from typing import Protocol

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment import actions as assessing
from dengta.assessment.actions import diagnosis, ratings
from dengta.assessment.actions.campaigns import Draft, open_campaign
from dengta.assessment.actions.importing import record_results
from dengta.assessment.actions.rated_answers import Typed, keep_answers
from dengta.assessment.models import Assessment
from dengta.assessment.queries.diagnosis import DiagnosisOrder, offers, offers_needed
from dengta.core.codes import make_uscc
from dengta.core.outgoing import FORMS, Workbook
from dengta.core.recorded import COLUMNS
from dengta.core.shapes import Region
from dengta.registry.actions import award_title, keep_profile
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of
from dengta.trail.actions import keep_document

CITY = "420100"
STAGES = ("accepted", "commenting", "drafting", "visiting", "chosen", "open")
GAPS = (
    diagnosis.Gap(
        "工单靠纸流转，进度说不清",
        "上线轻量的工单系统，扫码报工；先做一个车间，三个月后推广。",
        "production_control",
        3,
        12_000_000,
        45,
    ),
    diagnosis.Gap(
        "检验记录手写",
        "关键工序用平板录入，自动统计不良率。",
        "quality",
        2,
        3_000_000,
        20,
    ),
)


class Province(Protocol):
    """What is needed of the province under construction."""

    rng: random.Random
    today: dt.date
    counties: list[Region]
    officials: dict[tuple[str, str], Actor]
    experts: list[Actor]

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""

    def actor(self, organisation: Organisation) -> Actor:
        """Somebody who acts for an organisation."""


def fill(province: Province, firms: list[Organisation]) -> None:
    """A past, pilot firms, ratings, diagnoses at every stage, and a campaign that is under way."""
    history(province, firms)
    know_experts(province)
    done = Assessment.objects.filter(
        state="submitted", organisation__region_code__startswith=CITY[:4]
    ).select_related("organisation")
    here = list(done.order_by("id")[:24])
    name_pilots(province, here)
    rate(province, here)
    diagnose(province, [assessment.organisation for assessment in here[:12]])
    ask(province)


def know_experts(province: Province) -> None:
    """Where the experts work and what they know."""
    trades = ("36", "34", "13", "17", "26", "39")
    for n, expert in enumerate(province.experts):
        place = province.counties[n * 7 % len(province.counties)].code if n else "420102"
        keep_profile(
            expert,
            employer=f"演示{('大学', '研究院', '评测中心')[n % 3]}",
            professional_title=("教授", "研究员", "高级工程师")[n % 3],
            region_code=place,
            fields=[trades[n % len(trades)], trades[n * 5 % len(trades)]],
            at=province.at(280),
        )


def name_pilots(province: Province, here: list[Assessment]) -> None:
    """Every second one is a pilot enterprise, which counts with an on-site result only."""
    for assessment in here[::2]:
        award_title(
            assessment.organisation,
            "pilot_firm",
            document="演示名单（城市试点企业）",
            awarded=province.today - dt.timedelta(days=200),
        )


def rate(province: Province, here: list[Assessment]) -> None:
    """Visits that were made, one reading at the desk, and what waits for `expert`."""
    city = province.officials["city", CITY]
    for n, assessment in enumerate(here[:9]):
        if n % 3 != 1:
            visit(province, assessment, province.experts[n % len(province.experts)], 12 - n)
    if len(here) < 2:
        return
    ratings.assign(here[0], city, province.experts[0].user_id, "expert", at=province.at(3))
    ratings.assign(
        here[1],
        city,
        province.experts[0].user_id,
        "on_site",
        note="请重点核对设备联网率。",
        at=province.at(2),
    )


def visit(province: Province, assessment: Assessment, expert: Actor, days: int) -> None:
    """Somebody goes there, agrees with most of what the firm said, and less with the rest."""
    when, city = province.at(days), province.officials["city", CITY]
    rating = ratings.assign(assessment, city, expert.user_id, "on_site", at=when)
    batch = []
    for answer in assessment.answers.order_by("item"):
        lower = answer.value.isdecimal() and int(answer.value) and province.rng.random() < 0.25
        value = str(int(answer.value) - 1) if lower else answer.value
        remark = "现场演示与自评描述不符，按实际使用情况评定。" if lower else ""
        batch.append(Typed(answer.item, value, answer.reason, remark, when))
    keep_answers(rating, expert, batch, at=when)
    visited = timezone.localdate(when)
    ratings.submit(rating, expert, visit=visited, remark="材料齐全，系统在用。", at=when)


def diagnose(province: Province, firms: list[Organisation]) -> None:
    """Orders at every stage, where there are providers enough to choose from."""
    for n, firm in enumerate(firms):
        acting, days = province.actor(firm), 40 - 2 * n
        when = province.at(days)
        order = diagnosis.order_diagnosis(
            acting, firm, scope="whole", wish="交期说不清，想先把车间管起来。", at=when
        )
        day = timezone.localdate(when)
        found = offers(order, day)
        if len(found) >= offers_needed(day):
            # Who can be signed in as was made first, and has a report to write.
            stage = STAGES[n % len(STAGES)]
            first = min(found, key=lambda offer: offer.provider.pk)
            chosen = first if stage == "drafting" else found[0]
            walk(province, order, acting, chosen.provider, stage, days)


def walk(
    province: Province,
    order: DiagnosisOrder,
    firm: Actor,
    chosen: Organisation,
    end: str,
    days: int,
) -> None:
    """Take one order as far as `end`."""
    if end == "open":
        return
    provider = province.actor(chosen)
    diagnosis.choose(
        order, firm, chosen, reason="做过同行业的诊断。", shares_result=True, at=province.at(days)
    )
    if end == "chosen":
        return
    diagnosis.take(order, provider, at=province.at(days - 1))
    if end == "visiting":
        return
    visited = timezone.localdate(province.at(days - 3))
    diagnosis.record_visit(order, provider, visited, at=province.at(days - 3))
    diagnosis.save_report(
        order, provider, findings="生产靠人工传单，进度每天下班才汇总一次。", gaps=GAPS
    )
    if end == "drafting":
        return
    diagnosis.send_report(order, provider, at=province.at(days - 6))
    if end == "accepted":
        diagnosis.accept(
            order, firm, satisfaction=4 + days % 2, note="讲得明白。", at=province.at(days - 8)
        )


def ask(province: Province) -> None:
    """The province asks its pilot enterprises to assess themselves within a month."""
    office = province.officials["province", "420000"]
    draft = Draft(
        name="试点企业年度数字化水平测评",
        instrument="miit-2024",
        basis="pilot",
        due_date=province.today + dt.timedelta(days=30),
        note="请在截止前完成测评，结果用于安排下一步的诊断和改造。",
    )
    open_campaign(office, draft, at=province.at(10))


def history(province: Province, firms: list[Organisation]) -> None:
    """What the city had on paper of the edition before, handed in as a spreadsheet; two rows
    went back."""
    chance, city = random.Random(2022), province.officials["city", "420100"]
    file = io.BytesIO()
    book = Workbook(file)
    table = book.sheet("2022年版结果", [column.names[0] for column in COLUMNS])
    basis = "演示：上一轮全市测评"
    for firm in firms:
        if division_of(firm.region_code) == "420100" and chance.random() < 0.6:
            day = province.today - dt.timedelta(days=chance.randrange(380, 720))
            score = chance.randrange(8, 78)
            table.row((firm.uscc, firm.name, "miit-2022", day, score, "", basis))
    table.row((firms[0].uscc, firms[0].name, "miit-2022", "去年春天", 45, "", basis))
    code = make_uscc("420102", 999_999)
    table.row((code, "查无此企业有限公司（演示）", "miit-2022", province.today, 45, "", basis))
    book.close()
    upload = SimpleUploadedFile("上一轮测评结果（演示）.xlsx", file.getvalue(), FORMS["xlsx"])
    job, _ = assessing.import_results(city, keep_document(upload, by=city))
    record_results.call(job.pk)
