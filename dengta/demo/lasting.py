"""What came of projects that were accepted last year, in the demo province: checks of use after six
and twelve months, a case that others took up, complaints about providers at each step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.accounts.queries import Actor
from dengta.assessment import actions as assessing
from dengta.assessment.actions import ratings
from dengta.assessment.actions.rated_answers import Typed, keep_answers
from dengta.assessment.models import Assessment, Rating
from dengta.catalogue.actions import entries
from dengta.catalogue.models import Entry
from dengta.demo import papers, undertaken
from dengta.demo.followed import Province
from dengta.demo.packaged import Deal, chosen
from dengta.matching.actions.needs import Item, Wish
from dengta.matching.models import Quote
from dengta.projects.actions import cases, complaints, filing, parties, usage
from dengta.projects.models import Project, UsageCheck
from dengta.registry.actions import award_title
from dengta.registry.actions.identifiers import register_identifier
from dengta.registry.models import Organisation, ProviderRole
from dengta.registry.queries import policy, prefixes, sanctioned

WAN = 1_000_000
WAY = 90
"""So many days lie between the first assessment and the visit."""
VISITS = (385, 205, 245)
"""Days ago of the visits: of the firm that can be signed in as, so that its second check of use is
due now; of one whose first was reported; of one that is late."""
WHOLE = 430
"""Days ago of the visit of one whose second check of use was answered long ago, so that the
provider's score knows everything that is scored; where there is a further firm."""
NAME = "车间报工起步包（演示）"
SEEN = "到车间看过，报工和排产都在系统内办理（演示）。"
WISH = "车间报工上系统（演示）"
LINES = (
    entries.Line("报工和排产软件（首年）", "software", "套", 1, 18 * WAN, 15, "scheduling", 2),
    entries.Line("扫码终端", "data_gear", "台", 4, 2 * WAN, 5),
    entries.Line("部署和培训", "implementation", "项", 1, 6 * WAN, 15),
)


class Done(NamedTuple):
    """A firm's accepted project and whoever acts for the firm."""

    project: Project
    actor: Actor


def fill(province: Province) -> None:
    """Nothing where a policy knows no packages, or its instrument is younger than the projects."""
    instrument = policy().instruments.get("miit-2024")
    first = province.today - dt.timedelta(days=WHOLE + WAY)
    firms, provider = makers(province), _provider(province)
    if (
        instrument is None or not instrument.in_force.holds(first) or not policy().entry_kinds
        or len(firms) < len(VISITS) or provider is None
    ):  # fmt: skip
        return
    package = _package(province, provider)
    done = [
        accepted(province, firm, provider, ago, package if n < 2 else None)
        for n, (firm, ago) in enumerate(zip(firms, (*VISITS, WHOLE), strict=False))
    ]
    award_title(
        firms[1], "lighthouse", document="演示名单（“小灯塔”企业）",
        awarded=province.today - dt.timedelta(days=60),
    )  # fmt: skip
    cases.agree(done[0].project, done[0].actor, agreed_by="演示负责人", at=province.at(300))
    _use(province, done)
    for one in done[len(VISITS) :]:
        used(province, one, {6: "in_use", 12: "in_use"})
    _complain(province, done, provider)
    _named(province, done[0])


def makers(province: Province) -> list[Organisation]:
    """Makers of Wuhan that were assessed and have no project: the one that is printed, then those
    of its county."""
    free = Organisation.objects.exclude(pk__in=sanctioned(province.today)).order_by("id")
    home = free.filter(kind="enterprise").first()
    busy = Project.objects.values("organisation")
    rows = free.filter(kind="enterprise", region_code__startswith="4201").exclude(pk__in=busy)
    rows = rows.filter(industry_code__gte="13", industry_code__lte="43")
    rows = rows.filter(pk__in=Assessment.objects.filter(state="submitted").values("organisation"))
    if home is None:
        return []
    others = sorted(rows.exclude(pk=home.pk), key=lambda o: o.region_code != home.region_code)
    return [home, *others]


def _provider(province: Province) -> Organisation | None:
    free = Organisation.objects.exclude(pk__in=sanctioned(province.today))
    return free.filter(kind="provider").order_by("id").first()


def _package(province: Province, provider: Organisation) -> Entry:
    """A package of the provider, shown long ago."""
    version = entries.draft(
        "package", NAME, actor=province.actor(provider), key="demo:lasting",
        summary="先让工序报工进系统，三十五个工作日用起来，进度当天可查。",
        content={
            "problem": "工序进度靠口头和纸单，交期说不清。",
            "way": "扫码报工、自动汇总，先做一个车间，够用再推开。",
            "price_from_fen": 32 * WAN, "deploy_days": 35, "staff_days": 14, "modules": 2,
            "machines_touched": 0, "fit_bps": 8_800, "requirements": 18,
            "effect": "样本企业三个月后，查一张订单的进度从半天降到一分钟（演示数据）。",
            "local_users": 5, "warranty_months": 12, "open_standard": True,
            "contact_name": "客户服务岗", "contact_phone": "027-8000 0000",
        },
        uses=(entries.Use("auto_parts", "scheduling", 2, "common"),),
        lines=LINES, at=province.at(520),
    )  # fmt: skip
    entries.submit(version, province.actor(provider), at=province.at(518))
    entries.publish(version, province.officials["province", "420000"], at=province.at(515))
    return Entry.objects.get(pk=version.entry_id)


# ---------------------------------------------------------------- accepted last year


class Course(NamedTuple):
    """How the work went: the contract's lines (None: those of the quote), in how many days it was
    due, the stars of the firm for the provider."""

    lines: tuple[filing.Line, ...] | None = undertaken.BOUGHT
    due: int = 75
    stars: int = 4


def accepted(
    province: Province, firm: Organisation, provider: Organisation, ago: int,
    package: Entry | None = None, course: Course | None = None,
) -> Done:  # fmt: skip
    """A project from a level below to the visit so many days ago, accepted after its publicity; by
    a package of the pool, or by hand."""
    actor, went = province.actor(firm), course or Course(None if package else undertaken.BOUGHT)
    _assessed(province, actor, 35, ago + WAY)
    began = ago + 80
    if package is None:
        project = filing.begin_project(actor, provider, key="demo-last-year", at=province.at(began))
    else:
        quote = _quoted(province, firm, package, began + 5)
        project = filing.begin_from_quote(quote, actor, at=province.at(began))
    more = {"title": project.title or "生产过程数字化改造（演示）"}
    undertaken.file_contract(province, project, province.at(began), went.due, went.lines, more)
    after = _assessed(province, actor, 60, ago)
    rating = _rated(province, after, ago)
    undertaken.to_the_end(province, project, rating, accept=True, stars=went.stars)
    return Done(project, actor)


def _assessed(province: Province, actor: Actor, share: int, ago: int) -> Assessment:
    """An assessment of so many days ago, answered at so many per cent of the best."""
    instrument = policy().instruments["miit-2024"]
    given: dict[str, str | int | None] = {}
    for question in instrument.questions:
        open_ones = [one.id for one in question.options if not one.exclusive]
        if question.kind == "multi":
            given[question.id] = "".join(open_ones[: max(1, len(open_ones) * share // 100)])
        else:
            options = question.options
            given[question.id] = options[round((len(options) - 1) * share / 100)].id
    given |= {scenario.id: round(4 * share / 100) for scenario in instrument.scenarios}
    draft = assessing.start(actor, instrument=instrument.id, at=province.at(ago))
    assessing.save_answers(draft, actor, given)
    assessing.submit(draft, actor, at=province.at(ago))
    draft.refresh_from_db()
    return draft


def _rated(province: Province, assessment: Assessment, ago: int) -> Rating:
    """Somebody of the pool went there and found what the firm said."""
    at, city = province.at(ago), province.officials["city", "420100"]
    expert = province.experts[ago % len(province.experts)]
    rating = ratings.assign(assessment, city, expert.user_id, "on_site", at=at)
    rows = assessment.answers.order_by("item")
    keep_answers(rating, expert, [Typed(a.item, a.value, a.reason, "", at) for a in rows], at=at)
    ratings.submit(rating, expert, visit=at.date(), remark="系统在用，与自评一致。", at=at)
    rating.refresh_from_db()
    return rating


def _quoted(province: Province, firm: Organisation, package: Entry, ago: int) -> Quote:
    """The firm's need, answered from the package, and chosen."""
    wish = Wish(
        WISH, "车间进度靠问，交期说不清，想先把报工管起来。", (Item("scheduling", 2, 1),),
        sub_industry="auto_parts", budget_fen=40 * WAN,
        finish_by=province.today - dt.timedelta(days=ago - 120),
    )  # fmt: skip
    deal = Deal(wish, "价格合适，半天就能装好。", "含一年质保。", 2 * WAN, 35)
    return chosen(province, firm, package, deal, (ago, ago - 1, ago - 3))


# ---------------------------------------------------------------- afterwards


def _named(province: Province, done: Done) -> None:
    """The firm's equipment has a code, and the work it has going on has a subcontractor."""
    firm, actor, at = done.project.organisation, done.actor, province.at(150)
    own = prefixes(firm.pk).first()
    if own is not None:
        register_identifier(
            actor, f"{own.code}/SB-0901", thing="equipment", name="报工终端（演示）", at=at,
            values=[{"type": "PROJECT", "value": done.project.number}],
        )  # fmt: skip
    running = Project.objects.filter(organisation=firm, state="under_way").first()
    day = province.today
    able = ProviderRole.objects.filter(role="subcontractor", from_date__lte=day)
    able = able.exclude(organisation__in=sanctioned(day)).order_by("organisation", "id")
    if running is None:
        return
    for role in able.select_related("organisation"):
        if role.organisation_id not in (running.provider_id, running.supervisor_id):
            parties.join(running, actor, role.organisation, role.role, share_fen=5 * WAN)
            return


def _use(province: Province, done: list[Done]) -> None:
    """Of the first project six months were found in use and twelve are to be reported; the second
    reported the very same figures, which is flagged, and waits for its county; the third is
    late."""
    usage.create_due(province.today, at=province.at(0))
    for one, ago in ((done[0], 190), (done[1], 4)):
        check = UsageCheck.objects.filter(project=one.project, months=6).first()
        if check is None:
            continue
        usage.report(
            check, one.actor, logins=2_316, users=41, at=province.at(ago),
            text="三个班组每天报工，排产员按系统数据排产（演示）。",
            file=SimpleUploadedFile(f"登录记录（演示）-{ago}.jpg", papers.workshop(ago)),
            taken_date=province.at(ago).date(),
        )  # fmt: skip
    first = UsageCheck.objects.filter(project=done[0].project, months=6, state="reported").first()
    if first is not None:
        usage.decide(first, _county(province, done[0].project), "in_use", SEEN, at=province.at(186))


def used(province: Province, one: Done, found: Mapping[int, str]) -> None:
    """The checks of use after so many months, each reported in its days and found so."""
    figures = {"in_use": (2_980, 38), "partly": (412, 9)}
    for check in UsageCheck.objects.filter(project=one.project, months__in=found, state="due"):
        result, day = found[check.months], (province.today - check.due_date).days
        (logins, people), picture = figures[result], papers.workshop(700 + check.pk)
        usage.report(
            check, one.actor, logins=logins + check.pk, users=people + check.months,
            text="班组报工、质量记录和排产在系统里办理（演示）。", at=province.at(day - 3),
            taken_date=province.at(day - 3).date(),
            file=SimpleUploadedFile(f"运行截图（演示）-{check.pk}.jpg", picture),
        )  # fmt: skip
        seen = SEEN if result == "in_use" else "到现场看过，只有一个车间在用（演示）。"
        usage.decide(check, _county(province, one.project), result, seen, at=province.at(day - 6))


def _county(province: Province, project: Project) -> Actor:
    return province.officials["county", project.region_code]


def _complain(province: Province, done: list[Done], provider: Organisation) -> None:
    """One that the provider has to answer, one that the city has to decide, one that was upheld."""
    told = (
        (done[1], "报工终端坏了两台，报修一周没有人来（演示）。", 1),
        (done[0], "合同约定每月回访一次，近两个月没有回访（演示）。", 12),
        (done[2], "约定的数据导出接口至今没有交付（演示）。", 30),
    )
    for n, (one, text, ago) in enumerate(told):
        made = complaints.file_complaint(
            one.actor, provider, text=text, key=f"demo-{n}", project=one.project,
            at=province.at(ago),
        )  # fmt: skip
        if n:
            complaints.answer_complaint(
                made, province.actor(provider), at=province.at(ago - 3),
                text="已安排工程师上门，今后每月回访并请企业签字确认（演示）。",
            )  # fmt: skip
        if n == 2:
            note = "经核实，接口晚交两个月，服务商已补交（演示）。"
            city = province.officials["city", "420100"]
            complaints.decide_complaint(made, city, upheld=True, note=note, at=province.at(ago - 8))
