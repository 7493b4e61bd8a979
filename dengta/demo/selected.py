"""Selections in the demo province: rounds that are awarded, one in publicity, one before its panel,
and one that still takes applications."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.selection import FormField
from dengta.core.shapes import FactValue
from dengta.demo.papers import workshop
from dengta.programmes.actions import awarding, listing, objections, rounds, scoring, sheets
from dengta.programmes.actions.assigning import assign
from dengta.programmes.actions.checking import check, visit
from dengta.programmes.actions.filling import attach, keep, start
from dengta.programmes.actions.panels import commit_draw, hold_draw
from dengta.programmes.actions.sheets import leave
from dengta.programmes.actions.submitting import submit
from dengta.programmes.models import Application, Review, Round
from dengta.programmes.queries.experts import pool_of
from dengta.programmes.queries.forms import form_of
from dengta.registry.models import Organisation, Title
from dengta.registry.queries import division_of, policy

ENOUGH = 9
"""Experts that a panel of five needs around it."""
PANEL = 7
"""Experts who stay for the review after the draw."""
STANDING = ("abnormal_listed", "serious_violation", "major_incident_3y")
"""What has to be false of a sound firm."""
AT_LEAST: Mapping[str, object] = {
    "digital_level": 2,
    "smart_factory_tier": "basic",
    "purpose": "service",
    "case_running_months": 14,
    "replicable_packages": 2,
    "copies_made": 3,
    "platform_devices": 860,
    "security_grade": 2,
    "provider_kind": "general_contractor",
}
"""What firms here state of themselves, where it is asked."""
WORDS = (
    "原来靠纸单流转，进度要到下班才汇总。",
    "改用扫码报工后，每道工序的进度当天可见，交期平均缩短六天。",
    "检验数据自动汇总，不良率从千分之九降到千分之四，依据见附件。",
    "做法已整理成操作手册，同行企业可以照着做。",
)
THINGS = ("质量追溯", "扫码报工", "设备联网", "能耗监测", "智能排产", "仓储配送")


class Province(Protocol):
    """What is needed of the province under construction."""

    today: dt.date
    officials: dict[tuple[str, str], Actor]
    experts: list[Actor]

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""

    def actor(self, organisation: Organisation) -> Actor:
        """Somebody who acts for an organisation."""


@dataclass(frozen=True, slots=True)
class Way:
    """One round: which selection, how many days ago it opened and closed, and for how many; what
    comes after its review lies so many days earlier than that of the others."""

    selection: str
    name: str
    opened: int
    closed: int
    places: int
    earlier: int = 0


AWARDED = Way("digital_factory", "数字化工厂认定（演示）", 90, 62, 3)
PLATFORM = Way("platform_enterprise", "企业级工业互联网平台遴选（演示）", 90, 62, 1)
PUBLIC = Way("lighthouse", "“小灯塔”企业遴选（演示）", 60, 40, 3)
REVIEWED = Way("typical_case", "典型案例征集（演示）", 40, 20, 10)
OPEN = Way("scenario", "优秀应用场景遴选（演示）", 10, -20, 100)


def fill(province: Province, firms: Sequence[Organisation]) -> None:
    """Each round as far as the policy and the pool of experts allow on this day."""
    demo = Selecting(province, firms)
    if len(province.experts) >= ENOUGH:
        for way, count in ((AWARDED, 4), (PLATFORM, 1)):
            demo.awarded(way, demo._chosen(way.selection, count))
        demo.in_publicity()
        demo.in_review()
    demo.open()


class Selecting:
    """The rounds, the earliest first."""

    def __init__(self, province: Province, firms: Sequence[Organisation], given: int = 0) -> None:
        self.province = province
        self.office = province.officials["province", "420000"]
        self.firms = firms
        self.rng = random.Random(20260701)
        self.given = given

    # ------------------------------------------------------------------------ the rounds

    def awarded(self, way: Way, applicants: Sequence[Organisation]) -> None:
        """Over: the best are awarded."""
        made = self._before_panel(way, applicants)
        if made is None:
            return
        self._marked(made, way.closed - 20)

        def at(days: int) -> dt.datetime:
            return self.province.at(days + way.earlier)

        for application in made.applications.filter(state="site_visit").order_by("id"):
            day = timezone.localdate(at(38))
            note = "现场查看了系统和设备，与所填一致。"
            visit(application, self.office, visit_date=day, note=note, passed=True, at=at(38))
        listing.make_list(made, self.office, at=at(36))
        listing.announce(made, self.office, at=at(35))
        day = timezone.localdate(at(8))
        document = f"演示文号〔{day.year}〕{18 + made.pk}号"
        awarding.award(made, self.office, document=document, day=day, at=at(8))

    def in_publicity(self) -> None:
        """A list that everybody can see, with an objection that is being looked into."""
        made = self._before_panel(PUBLIC, self._chosen("lighthouse", 5)[1:])
        if made is None:
            return
        self._marked(made, PUBLIC.closed - 20)
        at = self.province.at
        for application in made.applications.filter(state="site_visit").order_by("id"):
            day = timezone.localdate(at(9))
            visit(application, self.office, visit_date=day, note="属实。", passed=True, at=at(9))
        listing.make_list(made, self.office, at=at(4))
        listing.announce(made, self.office, at=at(2))
        last = made.applications.filter(state="proposed").order_by("-rank").first()
        if last is None:
            return
        filed = objections.file(
            last,
            name="周先生（演示）",
            contact="027-00000000",
            unit="演示配套厂",
            text="申报材料称已有三家企业照此改造，据我了解其中一家没有上线，请核实。",
            evidence=self._paper(("pdf",), "异议说明（演示）"),
            key="demo-objection",
            at=at(1),
        )
        objections.accept(filed, self.office, at=at(1))

    def in_review(self) -> None:
        """Before its panel: most sheets are in, those of the printed expert wait."""
        made = self._before_panel(REVIEWED, self._chosen("typical_case", 5))
        if made is not None:
            self._marked(made, REVIEWED.closed - 12, waiting=self.province.experts[0])

    def open(self) -> None:
        """Drafts, and applications with each office; the printed firm has one to mend."""
        made, firms = self._published(OPEN), self._chosen("scenario", 9)
        if made is None or len(firms) < 4:
            return
        at, county = self.province.at, self.province.officials["county", "420102"]
        draft = [start(made, self.province.actor(firm), key=f"demo-draft-{firm.uscc}", at=at(4))
                 for firm in firms[1:3]]  # fmt: skip
        self._filled(draft[0], 0, at(3))
        stands = ("county_check", "county_check", "city_recommend", "formal_check", "formal_check")
        for n, (firm, state) in enumerate(zip(firms[3:], stands, strict=False)):
            if n == 1:  # the very papers of the firm before, which the machine marks
                self.given -= sum(slot.required for slot in made.rule.slots)
            self._passed(self._handed_in(made, firm, at(5)), state, 4)
        returned = self._handed_in(made, firms[0], at(6))
        reopen = {"scene_users": "使用单位数与所附合同对不上，请按合同核对后重填。"}
        check(returned, county, "return_county", reopen=reopen, at=at(2))

    # ------------------------------------------------------------------------ steps in common

    def _chosen(self, selection: str, count: int) -> list[Organisation]:
        """Firms that can apply: the printed one first, then those of its city."""
        held = set(Title.objects.filter(title=selection).values_list("organisation", flat=True))
        able = [
            firm
            for firm in self.firms
            if firm.size_class in ("medium", "small", "micro")
            and firm.pk not in held
            and firm.industry_code[:1] in ("1", "2", "3")
        ]
        near = [firm for firm in able if division_of(firm.region_code) == "420100"]
        near.sort(key=lambda firm: firm.region_code != "420102")
        far = [firm for firm in able if division_of(firm.region_code) != "420100"]
        return [*near[: max(count - 1, 1)], *far][:count]

    def _published(self, way: Way) -> Round | None:
        """A round whose notice is out; None where the selection was not in force on that day."""
        at = self.province.at(way.opened)
        if way.selection not in {s.id for s in policy().selections_on(timezone.localdate(at))}:
            return None
        closes = self.province.at(0) - dt.timedelta(days=way.closed)
        made = rounds.open_round(
            self.office,
            selection=way.selection,
            name=f"{at.year} 年{way.name}",
            opens_at=at,
            closes_at=closes.replace(hour=10, minute=0, second=0, microsecond=0),
            key=f"demo-{way.selection}",
            places=way.places,
            document_number=f"演示文号〔{at.year}〕{way.opened}号",
            notice="请符合条件的单位在截止时间前填报并提交。各市州、县市区按时限审核推荐。",
            at=at,
        )
        rounds.publish(made, self.office, at=at)
        return made

    def _before_panel(self, way: Way, firms: Sequence[Organisation]) -> Round | None:
        """A round that is closed, with everything checked and experts assigned."""
        made = self._published(way)
        if made is None or not firms:
            return None
        at, days = self.province.at, way.closed
        handed_in = [self._handed_in(made, firm, at(days + 4)) for firm in firms]
        rounds.close_due(made.closes_at)
        for application in handed_in:
            self._passed(application, "panel", days - 1)
        made.refresh_from_db()
        rounds.begin_review(made, self.office, at=at(days - 6))
        # All of the pool: so that it is the same people each time, whatever the seed.
        count = len(pool_of(made).entries)
        drawn = commit_draw(made, self.office, count, at=at(days - 7))
        hold_draw(drawn, self.office, at=at(days - 8))
        for panelist in made.panelists.order_by("user")[PANEL:]:
            leave(panelist, self.office, "评审期间另有任务，不能参加（演示）。", at=at(days - 8))
        assign(made, self.office, at=at(days - 8))
        return made

    def _handed_in(self, round: Round, firm: Organisation, at: dt.datetime) -> Application:
        made = start(round, self.province.actor(firm), key=f"demo-{round.pk}-{firm.uscc}", at=at)
        self._filled(made, 9, at)
        submit(made, self.province.actor(firm), pledged_by="法定代表人（演示）", at=at)
        return made

    def _filled(self, application: Application, papers: int, at: dt.datetime) -> None:
        """Fill in what is not known, and put some papers in."""
        assert application.organisation is not None
        actor, rule = self.province.actor(application.organisation), application.round.rule
        values = {
            field.rule.id: (self._value(field.rule), 0)
            for field in form_of(application, timezone.localdate(at)).fields
            if field.value is None or _too_little(field.rule, field.value)
        }
        kept = keep(application, actor, values, at=at)
        assert not kept.faults, kept.faults
        for slot in [slot for slot in rule.slots if slot.required][:papers]:
            paper = self._paper(slot.types, slot.text.zh[:20])
            attach(application, actor, slot.id, paper, at=at)

    def _value(self, field: FormField) -> object:
        if field.fact in STANDING:
            return False
        if field.fact in AT_LEAST:
            return AT_LEAST[field.fact]
        if field.type == "choice" and field.values:
            return self.rng.choice(list(field.values))
        thing = self.rng.choice(THINGS)
        texts = {
            "contact_name": "经办人（演示）",
            "platform_name": "车间协同平台（演示）",
            "contact_phone": f"027-0000{self.rng.randrange(10_000):04d}",
        }
        return {
            "text": texts.get(field.id, f"车间{thing}"),
            "long_text": f"{thing}：{''.join(self.rng.sample(WORDS, 3))}"[: field.most or 400],
            "integer": max(field.low or 0, self.rng.randrange(6, 60)),
            "fen": max(field.low or 0, self.rng.randrange(30, 400) * 1_000_000),
            "bps": max(field.low or 0, self.rng.randrange(800, 4_000)),
            "date": f"{self.province.today.year - 1}-0{self.rng.randrange(1, 10)}-15",
            "bool": True,
        }[field.type]

    def _paper(self, types: Sequence[str], name: str) -> SimpleUploadedFile:
        """A file like no other."""
        self.given += 1
        if "pdf" in types:
            return SimpleUploadedFile(f"{name}.pdf", _page(self.given), "application/pdf")
        return SimpleUploadedFile(f"{name}.jpg", workshop(1_000 + self.given), "image/jpeg")

    def _passed(self, application: Application, upto: str, days: int) -> None:
        """Let the offices check, one day after the other, until it is in `upto`."""
        region = application.region_code
        city = self.province.officials["city", division_of(region)]
        offices = {
            "county_check": ("pass_county", self.province.officials.get(("county", region), city)),
            "city_recommend": ("pass_city", city),
            "formal_check": ("pass_province", self.office),
        }
        while application.state != upto:
            step, actor = offices[application.state]
            note = "已与申报单位核对，属实。" if application.exceptions else ""
            check(application, actor, step, note=note, at=self.province.at(max(days, 1)))
            days -= 1

    def _marked(self, round: Round, days: int, waiting: Actor | None = None) -> None:
        """Experts mark and lock; unless somebody's sheets wait, the review is finished."""
        at = self.province.at
        means: dict[int, int] = {}
        experts = {expert.user_id: expert for expert in self.province.experts}
        rows = Review.objects.filter(application__round=round, state="assigned")
        for sheet in rows.select_related("application__round").order_by("application_id", "id"):
            mean = means.setdefault(sheet.application_id, 84 - 4 * len(means))
            marks = {
                one.id: min(max(mean + self.rng.randrange(-5, 6), 0), 100)
                for one in round.rule.criteria
            }
            if waiting and (sheet.user_id == waiting.user_id or self.rng.random() < 0.2):
                continue
            sheets.lock(
                sheet,
                experts[sheet.user_id],
                marks,
                {},
                "做法可行，成效有数据支撑。",
                0,
                pledged=True,
                at=at(days),
            )
        if waiting is None:
            scoring.close_sheets(round, self.office)
            scoring.finish(round, self.office, at=at(days - 1))


def _too_little(field: FormField, value: FactValue) -> bool:
    """Whether what is known of a firm is below what the rules ask."""
    least = AT_LEAST.get(field.fact)
    return isinstance(least, int) and isinstance(value, int) and value < least


def _page(number: int) -> bytes:
    """A page of paper as PDF that says it is a demonstration, with a number of its own."""
    shown = f"BT /F1 18 Tf 72 720 Td (Demonstration paper No. {number}) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for at, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (at, body)
    table = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n"
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table
    return bytes(out)
