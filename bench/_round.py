"""A whole round of a selection driven through the actions, from the notice to the certificates.

Everybody in it is made up from one seed: firms of uneven quality, experts of uneven severity, an
applicant who is late, fields that are returned, an expert who leaves, sheets that differ widely,
objections that hold and that do not. `bench.whole_round` runs it with thousands, a test with some
dozens. Whatever is published is verified as anybody outside would: by `dengta draw verify` and
`dengta allocate` in a process that knows no database.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.accounts.actions import create_user, give_post
from dengta.accounts.queries import Actor
from dengta.core.assignment_record import verify as verify_assignment
from dengta.core.codes import make_uscc
from dengta.core.selection import FormField
from dengta.programmes.actions import awarding, listing
from dengta.programmes.actions.assigning import assign, repair
from dengta.programmes.actions.certificates import certificate
from dengta.programmes.actions.checking import check, check_many, visit
from dengta.programmes.actions.filling import attach, keep, start
from dengta.programmes.actions.objections import accept, answer, file, refuse
from dengta.programmes.actions.panels import commit_draw, hold_draw
from dengta.programmes.actions.papers import issue_letter
from dengta.programmes.actions.quotas import QuotaUsedUp
from dengta.programmes.actions.rounds import begin_review, close_due, open_round, publish
from dengta.programmes.actions.scoring import close_sheets, discuss, finish
from dengta.programmes.actions.sheets import correct, leave, lock
from dengta.programmes.actions.sheets import keep as keep_sheet
from dengta.programmes.actions.sheets import withdraw as stand_aside
from dengta.programmes.actions.submitting import TooLate, resubmit, submit, withdraw
from dengta.programmes.models import Application, Award, Objection, Publication, Review, Round
from dengta.programmes.queries.drafting import next_in_line
from dengta.programmes.queries.experts import papers_of
from dengta.programmes.queries.queues import queue
from dengta.registry.actions import Registration, keep_profile, register
from dengta.registry.queries import choosable_regions, division_of
from tests.cast import MOMENT, WUHAN
from tests.pictures import photo, uploaded

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
CLOSES = MOMENT + 30 * DAY
TRADES = ("36", "34", "35", "13", "17", "26", "30", "33", "38", "39")
SITE = "https://dengta.example"
GIVEN = ("uscc", "region_code", "industry_code", "established_date", "size_class",
         "employees", "revenue_fen", "assets_fen")  # fmt: skip
"""Fields that are known of a firm from the day it registered."""


@dataclass(frozen=True)
class Plan:
    """How large the round is. `regions` narrows where the firms are; `spare` experts of the pool
    are not drawn; so many `certificates` are printed; `places` are fewer than the selection's own;
    with `told` each stage is named on stderr when it is through."""

    selection: str
    applications: int
    experts: int
    seed: int = 2026
    spare: int = 40
    certificates: int = 20
    places: int | None = None
    regions: tuple[str, ...] = ()
    told: bool = False


@dataclass
class Clock:
    """The time of the platform while the round runs."""

    now: dt.datetime = MOMENT - DAY

    def __call__(self) -> dt.datetime:
        """In place of `timezone.now`."""
        return self.now

    def to(self, moment: dt.datetime) -> None:
        """Go on to a later moment."""
        assert moment >= self.now, "time goes on"
        self.now = moment

    def day(self, date: dt.date) -> None:
        """Go on to ten in the morning of a day."""
        self.to(dt.datetime.combine(date, dt.time(10), WUHAN))


@dataclass
class Figures:
    """What happened, and how long each stage took."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    verified: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage."""
        begun = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - begun, 2)


class WholeRound:
    """One run. Every method is a stage and takes the round on from where the last one left it."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.folder = folder
        self.rng = random.Random(plan.seed)
        self.clock = Clock()
        self.figures = Figures()
        self.counts = self.figures.counts
        self.firms: list[Actor] = []
        self.acting: dict[int, Actor] = {}
        self.quality: dict[int, float] = {}
        self.offices: dict[tuple[str, str], Actor] = {}
        self.experts: dict[int, Actor] = {}
        self.round: Round

    def run(self) -> dict[str, Any]:
        """From the notice to the certificates. AssertionError where something does not hold."""
        stages = (
            "people", "notice", "fill_in", "hand_in", "close", "counties", "cities", "formal_check",
            "draw", "assign_experts", "withdrawals", "review", "discuss_and_finish", "visits",
            "make_list", "publicity", "awards", "certificates",
        )  # fmt: skip
        with mock.patch("django.utils.timezone.now", self.clock):
            for name in stages:
                with self.figures.stage(name):
                    getattr(self, name)()
                if self.plan.told:
                    print(name, self.figures.seconds[name], file=sys.stderr, flush=True)
        return {
            "selection": self.plan.selection,
            "counts": dict(sorted(self.counts.items())),
            "seconds": self.figures.seconds,
            "verified": self.figures.verified,
        }

    # ------------------------------------------------------------------------ who takes part

    def people(self) -> None:
        """Offices, the pool of experts, and the firms."""
        self.province = self._office("province", "420000")
        regions = self.plan.regions or tuple(region.code for region in choosable_regions())
        for region in regions:
            city = division_of(region)
            self._office("city", city)
            if city != region:
                self._office("county", region)
        for n in range(self.plan.experts + self.plan.spare):
            expert = self._official(f"expert-{n}", "expert", "420000")
            fields = self.rng.sample(TRADES, self.rng.randint(1, 3))
            where = self.rng.choice(regions)
            keep_profile(expert, employer=f"第{n % 60}研究院", region_code=where, fields=fields)
            self.experts[expert.user_id] = expert
        for n in range(self.plan.applications):
            self.firms.append(self._firm(n, self.rng.choice(regions)))

    def _office(self, role: str, region: str) -> Actor:
        if (role, region) not in self.offices:
            self.offices[role, region] = self._official(f"{role}-{region}", role, region)
        return self.offices[role, region]

    def _official(self, name: str, role: str, region: str) -> Actor:
        user = create_user(username=name, password=None, display_name=name)
        give_post(user, role=role, region_code=region, office=name)
        return Actor(user.pk, name, role, region)

    def _firm(self, n: int, region: str) -> Actor:
        form = Registration(
            uscc=make_uscc(region, 700_000 + n),
            name=f"整批试运行第{n}有限公司",
            region_code=region,
            industry_code=self.rng.choice(TRADES),
            employees=self.rng.choice((12, 60, 150, 290)),
            revenue_fen=self.rng.randint(400, 30_000) * 1_000_000,
            assets_fen=self.rng.randint(400, 30_000) * 1_000_000,
            established_date=dt.date(self.rng.randint(1998, 2020), 5, 1),
            legal_person=f"法人{n if n % 50 else 1}",
            phone=f"1380000{n:04d}",
            address=f"试运行路{n}号",
        )
        user, firm = register(form, username=f"firm-{n}", password=None, year=2025)
        return Actor(user.pk, f"firm-{n}", firm.kind, region, firm.pk)

    # ------------------------------------------------------------------------ notice and forms

    def notice(self) -> None:
        """The round is prepared and its notice published."""
        self.round = open_round(
            self.province,
            selection=self.plan.selection,
            name="整批试运行",
            opens_at=MOMENT,
            closes_at=CLOSES,
            places=self.plan.places,
            key=f"whole-{self.plan.seed}",
            document_number="鄂经信数字〔2026〕3号",
            notice="请符合条件的单位按期申报。",
        )
        publish(self.round, self.province)
        self.rule = self.round.rule
        self.clock.to(MOMENT + HOUR)

    def fill_in(self) -> None:
        """Every firm fills in a form, field by field, and puts papers in."""
        for n, actor in enumerate(self.firms):
            draft = start(self.round, actor, key=f"whole-{self.plan.seed}-{n}", title="")
            self.acting[draft.pk] = actor
            self.quality[draft.pk] = self.rng.betavariate(4, 2.5)
            kept = keep(draft, actor, self._values(n))
            assert not kept.faults and not kept.clashes, kept
            self.counts["fields kept"] += len(kept.versions)
            for slot in self.rule.slots:
                if slot.required:
                    attach(draft, actor, slot.id, _paper(slot.types, f"{n} {slot.id}"))
                    self.counts["papers"] += 1
        self.counts["drafts"] = len(self.firms)

    def _values(self, n: int) -> dict[str, tuple[object, int]]:
        values = {each.id: _sound(each, n) for each in self.rule.fields if each.fact not in GIVEN}
        if self.rng.random() < 0.04:  # one in twenty-five does not fit
            for field_, bad in (("digital_level", 1), ("open_to_public", False)):
                if field_ in values:
                    values[field_] = bad
        return {id: (value, 0) for id, value in values.items()}

    def hand_in(self) -> None:
        """Most hand in, some twice after a lost reply, one when it is too late, some take it
        back."""
        drafts = list(self._all())
        self.clock.to(CLOSES - HOUR)
        for n, draft in enumerate(drafts):
            if n % 97 == 96:
                continue  # never handed in: lapses at the deadline
            event = submit(draft, self.acting[draft.pk], pledged_by="法人")
            if n % 40 == 0:
                again = submit(draft, self.acting[draft.pk], pledged_by="法人")
                assert again.pk == event.pk
                self.counts["handed in twice, counted once"] += 1
            if n % 101 == 100:
                withdraw(draft, self.acting[draft.pk], note="另有安排")
                self.counts["withdrawn"] += 1
        self.counts["handed in"] = self._all().exclude(submitted_at=None).count()
        self.counts["with exceptions found by machine"] = self._all(exceptions__gt=0).count()

    def close(self) -> None:
        """The server's clock closes the round; what comes later is refused."""
        self.clock.to(CLOSES)
        for draft in self._all(state="draft")[:3]:
            try:
                submit(draft, self.acting[draft.pk], pledged_by="法人")
            except TooLate:
                self.counts["refused as too late"] += 1
        assert close_due(self.clock.now) == 1
        self.clock.to(CLOSES + HOUR)  # what was on its way at the deadline has come in by now
        assert close_due(self.clock.now) == 0
        assert not self._all(state="draft").exists()
        self.counts["lapsed"] = self._all(state="lapsed").count()
        self.round.refresh_from_db()

    # ------------------------------------------------------------------------ checks

    def counties(self) -> None:
        """Counties pass what is clean in one go, look at the rest, and return single fields."""
        self.clock.to(CLOSES + DAY)
        for office in self._offices("county", "city"):
            waiting = list(queue(office).filter(state="county_check"))
            clean = []
            for application in waiting:
                if self.rng.random() < 0.04:
                    self._return_and_mend(application, office)
                if application.verdict.get("eligible") == "no":
                    check(application, office, "reject_county", note="不符合申报条件。")
                    self.counts["not passed by a county"] += 1
                elif application.exceptions:
                    note = "已与申报单位核对，情况属实。"
                    check(application, office, "pass_county", note=note)
                    self.counts["passed with exceptions"] += 1
                else:
                    clean.append(application)
            for done in check_many(clean, office, "pass_county"):
                assert done.event is not None, done.refusal
            self.counts["passed by counties in one go"] += len(clean)

    def _return_and_mend(self, application: Application, office: Actor) -> None:
        reopen = {"contact_phone": "电话打不通，请核对后重填。"}
        check(application, office, "return_county", reopen=reopen)
        actor = self.acting[application.pk]
        fixed = keep(application, actor, {"contact_phone": ("027-87654321", 1)})
        assert not fixed.faults, fixed
        resubmit(application, actor)
        application.refresh_from_db()
        self.counts["returned for one field and mended"] += 1

    def cities(self) -> None:
        """Cities recommend the best as far as their quota goes, with a sealed letter."""
        self.clock.to(CLOSES + 3 * DAY)
        for office in self._offices("city"):
            waiting = list(queue(office).filter(state="city_recommend"))
            waiting.sort(key=lambda each: -self.quality[each.pk])
            for application in waiting:
                note = "已核对。" if application.exceptions else ""
                try:
                    check(application, office, "pass_city", note=note)
                    self.counts["recommended"] += 1
                except QuotaUsedUp:
                    self.counts["kept out by a city's quota"] += 1
                    check(application, office, "reject_city", note="推荐名额已用完，择优推荐。")
            if self._recommended(office).exists():
                issue_letter(self.round, office)
                self.counts["letters"] += 1
        for count in self.round.quotas.all():
            assert count.used <= count.limit
        by_city = Counter(
            division_of(code) for code in self._all(state="formal_check").values_list(
                "region_code", flat=True
            )
        )  # fmt: skip
        used = {q.value: q.used for q in self.round.quotas.filter(by="city") if q.used}
        assert used == dict(by_city), "the counts of quotas are those of the applications"

    def _recommended(self, office: Actor) -> Any:
        prefix = office.region if office.region[:3] == "429" else office.region[:4]
        return self._all(recommended_at__isnull=False, region_code__startswith=prefix)

    def formal_check(self) -> None:
        """The province passes what is in order, and the review begins."""
        self.clock.to(CLOSES + 5 * DAY)
        waiting = list(queue(self.province).filter(state="formal_check"))
        clean = [each for each in waiting if not each.exceptions]
        for done in check_many(clean, self.province, "pass_province"):
            assert done.event is not None, done.refusal
        for application in waiting:
            if application.exceptions:
                check(application, self.province, "pass_province", note="已复核。")
        begin_review(self.round, self.province)
        self.counts["before the panel"] = papers_of(self.round).count()

    # ------------------------------------------------------------------------ the panel

    def draw(self) -> None:
        """Experts are drawn by a seed that was committed to; anybody can draw again."""
        self.clock.to(CLOSES + 6 * DAY)
        drawn = commit_draw(self.round, self.province, self.plan.experts)
        self.clock.to(CLOSES + 7 * DAY)
        hold_draw(drawn, self.province)
        announced = self._published(Publication.Kind.ANNOUNCEMENT, "announcement.json")
        record = self._published(Publication.Kind.DRAW, "draw.json")
        self.figures.verified["draw"] = _offline(
            "draw", "verify", str(record), "--announced", str(announced)
        )
        self.counts["experts drawn"] = self.round.panelists.count()
        assert self.counts["experts drawn"] == self.plan.experts

    def assign_experts(self) -> None:
        """Panels at least cost, with a certificate."""
        made = assign(self.round, self.province)
        self._certified(made)
        self.counts["sheets"] = self._sheets(state="assigned").count()

    def _certified(self, made: Publication) -> None:
        faults = verify_assignment(made.text.encode())
        assert not faults, faults
        self.figures.verified["assignment"] = "optimal, by its own certificate"

    def withdrawals(self) -> None:
        """One expert leaves, some stand aside from single applications; the gaps are filled."""
        self.clock.to(CLOSES + 8 * DAY)
        gone = self.round.panelists.order_by("user")[0]
        ended = leave(gone, self.experts[gone.user_id], "因公出国，不能参加。")
        others = list(self._sheets(state="assigned").order_by("id")[:3])
        for sheet in others:
            stand_aside(sheet, self.experts[sheet.user_id], "与申报单位有合作。")
        before = set(self._sheets(state="assigned").values_list("pk", flat=True))
        self._certified(repair(self.round, self.province))
        after = set(self._sheets(state="assigned").values_list("pk", flat=True))
        self.counts["seats that became empty"] = ended + len(others)
        self.counts["sheets that changed hands to fill them"] = len(before - after)
        assert len(after) == self.counts["sheets"]

    def review(self) -> None:
        """Every expert marks on their own; some keep in between, one sends twice."""
        self.clock.to(CLOSES + 15 * DAY)
        severity = {user: self.rng.gauss(0, 4) for user in self.experts}
        for n, sheet in enumerate(self._sheets(state="assigned").order_by("id")):
            mean = 40 + 55 * self.quality[sheet.application_id] + severity[sheet.user_id]
            if n % 150 == 149:
                mean -= 45  # one who sees it quite differently
            marks = {
                one.id: min(max(round(self.rng.gauss(mean, 6)), 0), 100)
                for one in self.rule.criteria
            }
            expert, version = self.experts[sheet.user_id], 0
            if n % 10 == 0:
                half = dict(list(marks.items())[:2])
                version = keep_sheet(sheet, expert, half, {}, "", 0)
            event = lock(sheet, expert, marks, {}, "同意。", version, pledged=True)
            if n % 500 == 0:
                again = lock(sheet, expert, marks, {}, "同意。", version, pledged=True)
                assert again.pk == event.pk
        self.counts["locked"] = self._sheets(state="locked").count()

    def discuss_and_finish(self) -> None:
        """What experts see very differently is discussed, then the review ends."""
        self.clock.to(CLOSES + 20 * DAY)
        self.counts["to be discussed"] = close_sheets(self.round, self.province)
        for n, application in enumerate(papers_of(self.round).filter(to_discuss=True)):
            sheets = application.reviews.filter(state="locked")
            odd = min(sheets, key=lambda sheet: sum(sheet.marks.values()))
            marks = {id: min(mark + 15, 100) for id, mark in odd.marks.items()}
            expert = self.experts[odd.user_id]
            correct(odd, expert, marks, "合议后按材料重新评定。", key=f"whole-{n}-{odd.pk}")
            discuss(application, self.province, "已就分差合议，意见一致。")
        finished = finish(self.round, self.province)
        assert finished == self.counts["before the panel"]
        assert finish(self.round, self.province) == 0

    def visits(self) -> None:
        """Site visits, where the selection has them; a few are not passed."""
        self.clock.to(CLOSES + 25 * DAY)
        day = self.clock.now.date()
        for application in self._all(state="site_visit").select_related("round").order_by("id"):
            passed = self.rng.random() > 0.02
            note = "现场与材料一致。" if passed else "现场没有找到所填系统。"
            visit(application, self.province, visit_date=day, note=note, passed=passed)
            self.counts["visits" if passed else "visits not passed"] += 1

    # ------------------------------------------------------------------------ list and awards

    def make_list(self) -> None:
        """Rank, give places, and have the record recomputed byte for byte."""
        self.clock.to(CLOSES + 27 * DAY)
        made = listing.make_list(self.round, self.province)
        record = self._published(Publication.Kind.ALLOCATION, "list.json")
        self.figures.verified["list"] = _offline("allocate", str(record))
        again = self.folder / "again.json"
        _offline("allocate", str(record), "--out", str(again))
        assert again.read_bytes() == made.text.encode(), "ranking and amounts, byte for byte"
        outcomes = Counter(row["outcome"] for row in self._all(state="ranked").values_list(
            "place", flat=True
        ))  # fmt: skip
        self.counts.update({f"listed: {outcome}": n for outcome, n in outcomes.items()})

    def publicity(self) -> None:
        """The list is public; three object; one is held, one dropped and the reserve moves up."""
        self.clock.to(CLOSES + 28 * DAY)
        job = listing.announce(self.round, self.province)
        if job is not None:
            listing.settle_list.call(job.pk)
        self.round.refresh_from_db()
        self.clock.to(self.clock.now + DAY)
        first, second, third = self._all(state="proposed").order_by("rank")[:3]
        refuse(self._objection(first), self.province, note="没有提供可核实的线索。")
        dropped = self._objection(second)
        accept(dropped, self.province)
        answer(dropped, self.province, True, "经核实，所填成效与事实不符，取消入选资格。")
        self.held = self._objection(third)
        accept(self.held, self.province)
        place, _text = next_in_line(self.round)
        if place is not None:
            reserve = next(one for one in self._all(state="reserve") if one.number == place.id)
            listing.promote(reserve, self.province, note="有一家取消资格，依次递补。")
            self.counts["promoted"] += 1

    def _objection(self, application: Application) -> Objection:
        self.counts["objections"] += 1
        return file(
            application,
            name="周正",
            contact="13900000000",
            text="该单位所填成效与我了解的情况不一致，请核实其使用记录。",
            evidence=_paper(("pdf",), f"异议 {application.pk}"),
            key=f"whole-objection-{application.pk}",
        )

    def awards(self) -> None:
        """Awards by document once publicity is over; what was held follows by the same action."""
        assert self.round.publicity_until is not None
        self.clock.day(self.round.publicity_until + DAY)
        listed = self._all(state="proposed").count()
        self._award("鄂经信数字〔2026〕18号")
        first = Award.objects.filter(application__round=self.round).count()
        assert first + self._all(state="proposed").count() == listed
        answer(self.held, self.province, False, "经核实，所填成效有使用记录，异议不成立。")
        self.clock.to(self.clock.now + 10 * DAY)
        self._award("鄂经信数字〔2026〕21号")
        assert not self._all(state__in=("proposed", "held")).exists()
        rows = Award.objects.filter(application__round=self.round)
        self.counts["awards"] = rows.count()
        assert rows.count() == self.counts["listed: award"] - 1 + self.counts["promoted"]
        for row in rows.select_related("application"):
            assert row.amount_fen == (row.application.amount_fen or 0)
            assert row.holder_name == row.application.applicant_name
        self.counts["awarded, in 分"] = sum(rows.values_list("amount_fen", flat=True))

    def _award(self, document: str) -> None:
        day = self.clock.now.date()
        done = awarding.award(self.round, self.province, document=document, day=day)
        if done.job is not None:
            awarding.award_listed.call(done.job.pk)
        assert not done.refused, done.refused
        self.round.refresh_from_db()

    def certificates(self) -> None:
        """Certificates, the same bytes each time."""
        day = self.clock.now.date()
        rows = Award.objects.filter(application__round=self.round).order_by("number")
        for row in rows[: self.plan.certificates]:
            made = certificate(row, SITE, "zh-hans", day)
            assert made.startswith(b"%PDF") and made == certificate(row, SITE, "zh-hans", day)
            self.counts["certificates"] += 1

    # ------------------------------------------------------------------------ in common

    def _all(self, **narrowed: Any) -> Any:
        return self.round.applications.filter(**narrowed).order_by("id")

    def _sheets(self, **narrowed: Any) -> Any:
        rows = Review.objects.filter(application__round=self.round, **narrowed)
        return rows.select_related("application__round", "application__organisation")

    def _offices(self, *roles: str) -> list[Actor]:
        return [self.offices[key] for key in sorted(self.offices) if key[0] in roles]

    def _published(self, kind: str, name: str) -> Path:
        """What is published of a kind, as a file that anybody may fetch."""
        path = self.folder / name
        path.write_bytes(self.round.publications.filter(kind=kind).latest("id").text.encode())
        return path


def _offline(*arguments: str) -> str:
    """Run `dengta …` in a process without database or settings. The last line that it says."""
    bare = {name: value for name, value in os.environ.items() if "DENGTA" not in name}
    bare.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-m", "dengta", *arguments], capture_output=True, text=True, env=bare
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


def _sound(field_: FormField, n: int) -> object:
    """Something that fits a field, in JSON; of facts, what makes a firm eligible."""
    if field_.fact in ("abnormal_listed", "serious_violation", "major_incident_3y"):
        return False
    if field_.fact == "smart_factory_tier":
        return "basic"
    if field_.fact == "digital_level":
        return 2 + n % 2
    if field_.fact == "purpose":
        return "service"
    if field_.type == "choice" and field_.values:
        return next(iter(field_.values))
    return {
        "text": f"试运行{n}",
        "long_text": f"第{n}家：{field_.text.zh}，按申报通知逐项说明，附件可以核对。",
        "integer": max(field_.low or 0, 12),
        "fen": max(field_.low or 0, 30_000_000),
        "bps": max(field_.low or 0, 1_500),
        "date": "2025-06-01",
        "bool": True,
    }[field_.type]


def _paper(types: tuple[str, ...], words: str) -> SimpleUploadedFile:
    """A file like no other."""
    if "pdf" in types:
        content = f"%PDF-1.4 {words}".encode()
        return SimpleUploadedFile(f"{words}.pdf", content, "application/pdf")
    made = photo(zlib.crc32(words.encode()), (160, 120))
    return uploaded(made, f"{words}.jpg", "JPEG")
