"""Industrial platforms in the demo province: half a year of monthly figures, one odd month that was
explained, one that waits; an evaluation that the platform can answer."""

from __future__ import annotations

import datetime as dt

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.accounts.queries import Actor
from dengta.catalogue.actions.platforms import confirm_month, doubt_month, report_month
from dengta.catalogue.models import Entry, PlatformMonth
from dengta.demo.followed import Province
from dengta.programmes.actions.evaluating import evaluate
from dengta.programmes.actions.proceedings import serve
from dengta.programmes.queries.awards import award_numbered
from dengta.registry.queries import policy
from dengta.trail.actions import keep_document
from dengta.trail.models import Document

MONTHS = 7
START = {
    "firms": 84, "smes": 71, "devices": 3_900, "models": 36, "apps": 22, "trade_wan": 310,
    "resolutions": 52_000, "incidents": 0,
}  # fmt: skip
"""What a platform reports of its first month; each month it is a twelfth more."""


def fill(province: Province) -> None:
    """Figures of every platform in the pool that somebody runs; of one that was awarded also an
    evaluation."""
    office = province.officials["province", "420000"]
    rows = Entry.objects.filter(kind="platform", state="published", sample=False)
    for entry in rows.exclude(organisation=None).order_by("id"):
        _months(province, entry, office)
        _evaluated(province, entry, office)


def _months(province: Province, entry: Entry, office: Actor) -> None:
    assert entry.organisation is not None
    actor = province.actor(entry.organisation)
    days = [province.today.replace(day=1)]
    for _ in range(MONTHS):
        days.append((days[-1] - dt.timedelta(days=1)).replace(day=1))
    for n, month in enumerate(reversed(days[1:])):
        figures = {one.id: START.get(one.id, 0) * (12 + n) // 12 for one in policy().pool.metrics}
        if n >= MONTHS - 2:
            figures["devices"] *= 3
        at = province.at((province.today - month).days - 35)
        paper = _paper(entry, month, actor)
        row = report_month(entry, month, figures, paper, actor, at=at)
        if n == MONTHS - 2:
            note = "连接设备数一个月增到三倍，请说明新增设备的来源。"
            doubt_month(row, office, note=note, at=at)
            report_month(
                entry, month, figures, paper, actor, at=at,
                explanation="并入了两家园区的设备，清单见佐证材料。",
            )  # fmt: skip
        if n < MONTHS - 1:
            confirm_month(PlatformMonth.objects.get(pk=row.pk), office, at=at)


def _paper(entry: Entry, month: dt.date, actor: Actor) -> Document:
    content = f"%PDF-1.4 {entry.slug} {month:%Y-%m}".encode()
    paper = SimpleUploadedFile(f"平台后台报表 {month:%Y-%m}.pdf", content, "application/pdf")
    return keep_document(paper, by=actor, types=("pdf",))


def _evaluated(province: Province, entry: Entry, office: Actor) -> None:
    award = award_numbered(entry.award)
    if award is None or award.state != "in_force":
        return
    last = province.today.replace(day=1) - dt.timedelta(days=1)
    case = evaluate(
        award, entry, office, first=last - dt.timedelta(days=150), last=last, result="qualified",
        grounds="按月上报，服务企业和接入设备增长；有一个月设备数变化较大，已说明来源。",
        key=f"demo/{entry.pk}", at=province.at(3),
    )  # fmt: skip
    serve(case, office, notice="拟评为合格，十个工作日内可以陈述申辩。", at=province.at(2))
