"""Projects of the cast, each made by the actions that pages use, taken along their way as far as a
test asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.assessment import actions as assessing
from dengta.projects.actions import acceptance, filing, milestones, papers, supervision
from dengta.projects.actions.acceptance import Visit
from dengta.projects.actions.filing import Line, Planned
from dengta.projects.actions.papers import Seen
from dengta.projects.models import Acceptance, Project
from dengta.registry.actions import award_title
from dengta.registry.models import Organisation
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast, Firm

SUMMARY = "完成生产执行系统上线，设备数据自动采集，排产和质量追溯都在系统内办理。"
MINUTES = "到车间查看系统运行，听取企业和服务商说明，核对发票和回单。"
_serial = count(1)


def paper(words: str, name: str = "") -> SimpleUploadedFile:
    """A PDF with these words in it."""
    return SimpleUploadedFile(
        f"{name or words[:40]}.pdf", words.encode(), content_type="application/pdf"
    )


def lines(fen: int = 20 * WAN) -> list[Line]:
    """A contract of one system and its implementation; at 10 to 1 with what is given."""
    return [
        Line("生产执行系统（MES）", "software", fen * 4 // 5, standard_fen=fen),
        Line("部署和培训", "implementation", fen - fen * 4 // 5),
    ]


def listed(firm: Firm) -> Firm:
    """A firm on the list of a pilot."""
    if not firm.organisation.titles.filter(title="pilot_firm").exists():
        award_title(
            firm.organisation, "pilot_firm", document="武经信〔2025〕8号",
            awarded=dt.date(2025, 6, 1), expires=dt.date(2027, 12, 31),
        )  # fmt: skip
    return firm


def supervisor(cast: Cast) -> Firm:
    """A provider that supervises others' work."""
    there = Organisation.objects.filter(name="汉江监理咨询有限公司").first()
    if there is not None:
        raise AssertionError("keep the supervisor that was made first")
    made = cast.enrol(
        "supervisor", kind="provider", industry_code="74", name="汉江监理咨询有限公司"
    )
    admit(made, "supervisor")
    return made


def admit(provider: Firm, role: str) -> None:
    """A provider was admitted in a role a year ago."""
    award_title(
        provider.organisation, "recommended_provider", document="鄂经信〔2025〕12号", role=role,
        awarded=DAY - 365 * ONE_DAY,
    )  # fmt: skip


def draft(
    cast: Cast,
    firm: Firm | None = None,
    *,
    supervised_by: Firm | None = None,
    fen: int = 20 * WAN,
    discount_fen: int = 2 * WAN,
    at: dt.datetime = MOMENT,
    steps: Sequence[Planned] | None = None,
    **different: Any,
) -> Project:
    """A draft with everything in it: 200,000 yuan, of which the provider lets off 20,000."""
    firm = listed(firm or cast.firm)
    number = next(_serial)
    day = at.date()
    made = filing.begin_project(
        firm.actor, cast.supplier.organisation, programme="wuhan_pilot", key=f"made-{number}", at=at
    )
    fields: dict[str, Any] = {
        "title": "生产过程数字化改造",
        "goal_level": 2,
        "contract_number": f"XM-HT-{number}",
        "contract_date": day - ONE_DAY,
        "due_date": day + 90 * ONE_DAY,
        "discount_fen": discount_fen,
        "supervisor": supervised_by.organisation if supervised_by else None,
    }
    planned = [Planned("系统上线", day + 60 * ONE_DAY)] if steps is None else steps
    filing.save(made, firm.actor, fields | different, lines=lines(fen), milestones=planned, at=at)
    papers.attach(made, firm.actor, "contract", paper(f"合同 {made.pk} {number}"), at=at)
    return made


def filed(cast: Cast, firm: Firm | None = None, **different: Any) -> Project:
    """A project that waits for the county."""
    made = draft(cast, firm, **different)
    filing.file(made, (firm or cast.firm).actor, agreed_by="王厂长", at=different.get("at", MOMENT))
    return made


def under_way(cast: Cast, firm: Firm | None = None, **different: Any) -> Project:
    """A project that the county agreed to."""
    made = filed(cast, firm, **different)
    county = {"420102": cast.county, "420104": cast.next_county}[made.region_code]
    filing.start(made, county, at=different.get("at", MOMENT))
    return made


def delivered(
    cast: Cast, project: Project, firm: Firm | None = None, *, at: dt.datetime, logins: int = 0
) -> None:
    """Every planned milestone reported with a screenshot, and confirmed."""
    for one in project.milestones.filter(state="planned"):
        stated = Seen(at.date(), "精益MES", logins or 300 + 7 * one.pk, 25)
        file = paper(f"截图 {one.pk}")
        papers.attach(
            project, cast.supplier.actor, "screenshot", file, seen=stated, milestone=one, at=at
        )
        milestones.report(one, cast.supplier.actor, report="系统已上线并稳定运行。", at=at)
        milestones.confirm(one, (firm or cast.firm).actor, at=at)


def finished(
    cast: Cast, firm: Firm | None = None, *, supervised_by: Firm | None = None, **different: Any
) -> tuple[Project, dt.datetime]:
    """A project whose work was finished sixty days after it was filed, and that moment."""
    made = under_way(cast, firm, supervised_by=supervised_by, **different)
    end = different.get("at", MOMENT) + 60 * ONE_DAY
    delivered(cast, made, firm, at=end)
    milestones.finish(made, (firm or cast.firm).actor, finished_date=end.date(), at=end)
    if supervised_by is not None:
        supervision.log(
            made, supervised_by.actor, kind="completion", seen_date=end.date(),
            text="合同内容全部完成，系统运行正常。", progress_bps=10_000, at=end,
        )  # fmt: skip
    return made, end


def with_papers(project: Project, firm: Firm, *, at: dt.datetime, **stated: Any) -> None:
    """The papers that acceptance asks for."""
    used = {"taken_date": at.date(), "system": "精益MES", "logins": 900 + project.pk, "users": 30}
    papers.attach(
        project, firm.actor, "usage", paper(f"运行截图 {project.pk}"),
        seen=Seen(**(used | stated)), at=at,
    )  # fmt: skip
    papers.attach(project, firm.actor, "invoice", paper(f"发票 {project.pk}"), at=at)
    papers.attach(project, firm.actor, "payment", paper(f"回单 {project.pk}"), at=at)


def asked(cast: Cast, firm: Firm | None = None, **different: Any) -> tuple[Acceptance, dt.datetime]:
    """A request for acceptance that waits for the county, five days after the end."""
    firm = firm or cast.firm
    project, end = finished(cast, firm, **different)
    now = end + 5 * ONE_DAY
    with_papers(project, firm, at=now)
    made = acceptance.ask(
        project, firm.actor, summary=SUMMARY, effects={"efficiency": 12}, key="ask", at=now
    )
    return made, now


def rated(cast: Cast, firm: Firm, *, level: int = 2, at: dt.datetime) -> int:
    """The level rated on the spot, of a new assessment; the rating's id."""
    letter = {1: "B", 2: "C", 3: "E"}[level]
    made = cast.draft(firm, at)
    assessing.save_answers(made, firm.actor, cast.answers(letter, level))
    assessing.submit(made, firm.actor, at=at)
    return cast.rate(cast.rating(made, at=at), at=at).pk


def visit(rating: int, day: dt.date, fen: int = 18 * WAN, **different: Any) -> Visit:
    """What two officials found on the spot."""
    filled: dict[str, Any] = {
        "visit_date": day, "visitors": ["刘科长", "陈工"], "rating": rating, "invoiced_fen": fen,
        "paid_fen": fen, "eligible_fen": fen, "minutes": MINUTES, "effects": {"efficiency": 11},
    }  # fmt: skip
    return Visit(**(filled | different))


def visited(
    cast: Cast, firm: Firm | None = None, *, level: int = 2, **different: Any
) -> tuple[Acceptance, dt.datetime]:
    """An acceptance whose visit was recorded ten days after it was asked for."""
    firm = firm or cast.firm
    made, now = asked(cast, firm, **different)
    there = now + 10 * ONE_DAY
    county = {"420102": cast.county, "420104": cast.next_county}[made.project.region_code]
    acceptance.pass_papers(made, county, answers=answers(made), at=now)
    acceptance.rate(made, firm.actor, provider_stars=4, result_stars=5)
    rating = rated(cast, firm, level=level, at=there)
    acceptance.record_visit(made, cast.city, visit(rating, there.date()), at=there)
    return made, there


def answers(made: Acceptance) -> dict[str, str]:
    """An answer to every flag."""
    return {flag["id"]: "已核实，情况属实。" for flag in made.flags}


def published(
    cast: Cast, firm: Firm | None = None, **different: Any
) -> tuple[Acceptance, dt.datetime]:
    """An acceptance in publicity."""
    made, there = visited(cast, firm, **different)
    acceptance.publish(made, cast.city, at=there)
    return made, there


def accepted(cast: Cast, firm: Firm | None = None, **different: Any) -> tuple[Project, dt.datetime]:
    """A project that was accepted two weeks after its publicity began."""
    made, there = published(cast, firm, **different)
    over = there + 14 * ONE_DAY
    acceptance.accept(made, cast.city, at=over)
    project = Project.objects.get(pk=made.project_id)
    return project, over
