"""Transformation projects in the demo province: one waits for its county, one is under way with a
supervisor, and where a firm was rated on the spot one is in publicity and one accepted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.models import Rating
from dengta.core.workdays import add_workdays
from dengta.funding.models import Claim
from dengta.matching.queries.quoters import quoters
from dengta.projects.actions import (
    acceptance,
    changes,
    filing,
    milestones,
    papers,
    supervision,
)
from dengta.projects.actions.acceptance import Visit
from dengta.projects.actions.filing import Line, Planned
from dengta.projects.actions.papers import Seen
from dengta.projects.models import Acceptance, Project
from dengta.projects.queries.acceptance import ratings_for
from dengta.projects.queries.projects import choosable
from dengta.registry.models import Organisation
from dengta.registry.queries import sanctioned

WAN = 1_000_000
DAY = dt.timedelta(days=1)
BOUGHT = (
    Line("生产执行系统软件许可（演示）", "software", 30 * WAN, standard_fen=32 * WAN),
    Line("设备数据采集网关（演示）", "data_gear", 2 * WAN, quantity=4, unit="台"),
    Line("部署和培训（演示）", "implementation", 6 * WAN),
)


class Province(Protocol):
    """What is needed of the province under construction."""

    today: dt.date
    officials: dict[tuple[str, str], Actor]

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""

    def actor(self, organisation: Organisation) -> Actor:
        """Somebody who acts for an organisation."""


def fill(province: Province) -> None:
    """Nothing where nobody delivers or supervises, or there is no rule for projects."""
    begun = province.at(40)
    free = Organisation.objects.exclude(pk__in=sanctioned(province.today)).order_by("id")
    providers = list(free.filter(pk__in=quoters(begun.date()))[:2])
    supervisor = free.filter(roles__role="supervisor").first()
    home = free.filter(kind="enterprise").first()
    if len(providers) < 2 or supervisor is None or home is None:
        return
    if not choosable(home, province.today):
        return
    running = _filed(province, home, providers[0], begun, 120, supervisor=supervisor)
    start(province, running, begun)
    _half_done(province, running)
    later = _rated(province, home)
    for turn, rating in enumerate(later[:2]):
        filed_at = moment_of(rating) - 80 * DAY
        project = _filed(province, rating.assessment.organisation, providers[0], filed_at, 75)
        to_the_end(province, project, rating, accept=turn == 0)
    _filed(province, home, providers[1], province.at(2), 60)


def _rated(province: Province, home: Organisation) -> list[Rating]:
    """On-site ratings at level 2 or above long enough ago, of firms that have claimed nothing, one
    of each firm."""
    rows = Rating.objects.filter(
        kind="on_site", state="submitted", level__gte=2, visit_date__lte=province.today - DAY,
        assessment__organisation__region_code__startswith="4201",
    )  # fmt: skip
    barred = sanctioned(province.today)
    rows = rows.exclude(assessment__organisation=home).exclude(assessment__organisation__in=barred)
    claimed = set(Claim.objects.exclude(project=None).values_list("organisation_id", flat=True))
    found = {
        row.assessment.organisation_id: row
        for row in rows.select_related("assessment__organisation").order_by("-id")
    }
    return [row for pk, row in found.items() if pk not in claimed]


def _filed(
    province: Province,
    firm: Organisation,
    provider: Organisation,
    at: dt.datetime,
    days: int,
    supervisor: Organisation | None = None,
) -> Project:
    """A project of 440,000 yuan of which the provider lets off 40,000, filed on a day."""
    key = f"demo-{provider.pk}"
    made = filing.begin_project(province.actor(firm), provider, key=key, at=at)
    fields = {"title": "生产过程数字化改造（演示）", "discount_fen": 4 * WAN}
    file_contract(province, made, at, days, BOUGHT, fields | {"supervisor": supervisor})
    return made


def file_contract(
    province: Province,
    project: Project,
    at: dt.datetime,
    days: int,
    lines: Sequence[Line] | None = None,
    different: Mapping[str, Any] | None = None,
) -> None:
    """Everything that a filing asks for, due in so many days, and filed."""
    actor, day = province.actor(project.organisation), timezone.localdate(at)
    fields: dict[str, Any] = {
        "goal_level": 2, "contract_date": day - 3 * DAY, "due_date": day + days * DAY,
        "contract_number": f"YSXM-{project.organisation_id:04d}-{project.pk}",
    }  # fmt: skip
    steps = [
        Planned("设备联网、数据采集（演示）", day + days // 2 * DAY),
        Planned("系统上线试运行（演示）", day + days * DAY),
    ]
    fields |= different or {}
    filing.save(project, actor, fields, lines=lines, milestones=steps, at=at)
    papers.attach(project, actor, "contract", paper("合同", project), at=at)
    filing.file(project, actor, agreed_by="演示负责人", at=at)


def paper(words: str, project: Project, turn: int = 0) -> SimpleUploadedFile:
    """A file with words of its own."""
    said = f"演示材料：{words}，{project.number}，{turn}"
    return SimpleUploadedFile(f"{words}.pdf", said.encode(), content_type="application/pdf")


def start(province: Province, project: Project, at: dt.datetime) -> None:
    """The office agrees the day after."""
    regions = province.officials
    office = regions.get(("county", project.region_code)) or regions["city", project.region_code]
    filing.start(project, office, at=at + DAY)


def _delivered(
    province: Province, project: Project, one: Any, provider: Organisation, at: dt.datetime
) -> None:
    """A milestone with its screenshot, reported."""
    actor = province.actor(provider)
    stated = Seen(timezone.localdate(at), "楚云 MES（演示）", 180 + 17 * one.pk, 12)
    file = paper("系统截图", project, one.ordinal)
    papers.attach(project, actor, "screenshot", file, seen=stated, milestone=one, at=at)
    milestones.report(one, actor, report="本步内容已完成并投入使用（演示）。", at=at)


def _half_done(province: Province, project: Project) -> None:
    """The first milestone is reported, the supervisor was there, the provider asks for time."""
    at, provider, supervisor = province.at(5), project.provider, project.supervisor
    assert supervisor is not None
    _delivered(province, project, project.milestones.get(ordinal=1), provider, at)
    supervision.log(
        project, province.actor(supervisor), kind="midway", seen_date=timezone.localdate(at),
        text="设备已联网，数据连续上传，进度符合合同约定（演示）。", progress_bps=5_000, at=at,
        key="demo",
    )  # fmt: skip
    assert project.due_date is not None
    changes.ask(
        project, province.actor(provider), kind="due", due_date=project.due_date + 15 * DAY,
        reason="一台设备的接口板到货推迟（演示）。", key="demo", at=province.at(3),
    )  # fmt: skip


def moment_of(rating: Rating) -> dt.datetime:
    """Ten in the morning of the day of a visit."""
    assert rating.visit_date is not None
    return timezone.make_aware(dt.datetime.combine(rating.visit_date, dt.time(10)))


def to_the_end(
    province: Province, project: Project, rating: Rating, *, accept: bool, stars: int = 4
) -> None:
    """From a filing to the visit that was that of the rating, the provider rated with so many
    stars: in publicity since today, or accepted when its days are over."""
    moment, provider = moment_of(rating), project.provider
    actor = province.actor(project.organisation)
    start(province, project, moment - 80 * DAY)
    end = moment - 6 * DAY
    for one in project.milestones.order_by("ordinal"):
        _delivered(province, project, one, provider, end)
        milestones.confirm(one, actor, at=end)
    milestones.finish(project, actor, finished_date=timezone.localdate(end), at=end)
    asked = _asked(project, actor, moment - 4 * DAY)
    _visited(province, asked, actor, rating, moment, stars)
    city = province.officials["city", "420100"]
    acceptance.publish(asked, city, at=moment if accept else province.at(0))
    over = add_workdays(moment.date(), 7)
    if accept and over <= province.today:
        acceptance.accept(asked, city, at=moment + (over - moment.date()))
        project.refresh_from_db()


def _asked(project: Project, actor: Actor, at: dt.datetime) -> Acceptance:
    stated = Seen(timezone.localdate(at), "楚云 MES（演示）", 900 + project.pk, 21)
    papers.attach(project, actor, "usage", paper("运行截图", project), seen=stated, at=at)
    for need, words in (("invoice", "发票"), ("payment", "付款凭证")):
        papers.attach(project, actor, need, paper(words, project), at=at)
    return acceptance.ask(
        project, actor, key="demo", at=at, effects={"efficiency": 15, "cost": 8},
        summary="设备联网、排产和质量追溯全部在系统内办理，车间停用纸质工单（演示）。",
    )  # fmt: skip


def _visited(
    province: Province, asked: Acceptance, actor: Actor, rating: Rating, at: dt.datetime, stars: int
) -> None:
    city = province.officials["city", "420100"]
    county = province.officials["county", asked.project.region_code]
    answers = {flag["id"]: "已核实，情况属实（演示）。" for flag in asked.flags}
    acceptance.pass_papers(asked, county, answers=answers, at=at - 2 * DAY)
    said = "响应及时（演示）。" if stars > 3 else "能用，交得晚，报修等得久（演示）。"
    acceptance.rate(asked, actor, provider_stars=stars, result_stars=stars, remark=said)
    fen = asked.project.list_fen - asked.project.discount_fen
    chosen = next(one for one in ratings_for(asked) if one.pk == rating.pk)
    visit = Visit(
        timezone.localdate(at), ("刘科长（演示）", "陈工程师（演示）"), chosen.pk, fen, fen, fen,
        "查看系统运行，听取企业和服务商说明，核对发票和回单（演示）。",
        effects={"efficiency": 13, "cost": 8},
    )  # fmt: skip
    acceptance.record_visit(asked, city, visit, at=at)
