"""A small synthetic province, made through the same actions that pages use. Seeded: the same
every time.

No enterprise, provider or person in it exists; every name ends in （演示）.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from dengta.accounts.actions import create_user, give_post
from dengta.accounts.models import User
from dengta.accounts.queries import Actor
from dengta.assessment import actions as assessing
from dengta.core.codes import make_uscc
from dengta.core.shapes import Instrument, Region
from dengta.demo import (
    budgeted,
    claimed,
    clawed,
    financed,
    followed,
    judged,
    lasting,
    matched,
    opened,
    packaged,
    paid,
    papers,
    piloted,
    platformed,
    pooled,
    sampled,
    screened,
    selected,
    stocked,
    undertaken,
)
from dengta.funding.actions import vouchers as funding
from dengta.funding.actions.eligibility import NotEligible
from dengta.funding.actions.vouchers_redeeming import redeem
from dengta.funding.models import Voucher
from dengta.funding.queries.vouchers import edition, fund_of, terms_of
from dengta.ledger.actions.reconciling import reconcile
from dengta.monitoring.actions import observe
from dengta.registry.actions import Registration, award_title, register, state_facts
from dengta.registry.models import Organisation
from dengta.registry.queries import actor_of, choosable_regions, division_of, policy, suppliers
from dengta.rights.actions import give_consent
from dengta.trail.actions import keep_document

PASSWORD = "dengta-2026"
HOME_COUNTY = "420102"
ENTERPRISES, PROVIDERS, EXPERTS = 300, 40, 20
WEIGHTS = {"420100": 60, "420500": 30, "420600": 32, "421000": 22, "421100": 20, "420200": 18}
TRADES: tuple[tuple[tuple[str, str], ...], ...] = (
    (("3670", "汽车零部件"),) * 6 + (("3630", "专用汽车"), ("3660", "挂车")),
    (("3425", "机床功能部件"), ("3484", "机械零部件"), ("3421", "数控机床"), ("3489", "通用零件")),
    (("3516", "冶金设备"), ("3584", "医疗器械"), ("3523", "塑料机械")),
    (
        ("1361", "水产食品"),
        ("1331", "油脂"),
        ("1369", "小龙虾"),
        ("1311", "米业"),
        ("1353", "肉食品"),
    ),
    (("1431", "面食品"), ("1453", "罐头食品"), ("1512", "酒业"), ("1530", "茶业")),
    (("1711", "棉纺"), ("1713", "印染"), ("1712", "棉织"), ("1781", "无纺")),
    (("1811", "服饰"), ("1819", "服装")),
    (("2622", "磷肥"), ("2661", "助剂"), ("2624", "复合肥"), ("2641", "涂料")),
    (("2710", "原料药"), ("2720", "制药"), ("2740", "中成药")),
    (("3021", "水泥制品"), ("3022", "预制构件"), ("3032", "石材"), ("3011", "水泥")),
    (("3311", "金属结构"), ("3391", "铸造"), ("3393", "锻造")),
    (("3823", "配电设备"), ("3831", "电缆"), ("3812", "电机")),
    (("3976", "光电子"), ("3921", "光通信"), ("3974", "显示器件")),
    (("6513", "软件"),),
    (("5179", "商贸"),),
    (("5920", "仓储"),),
)
"""Groups of trades, each as likely as another, by classes of GB/T 4754 (2017) with what a firm of
it is called; within a group the firms go round. Most lie in sub-industries that the policy knows,
some in none, as in a real province."""
BRANDS = [
    "楚",
    "汉",
    "江",
    "云",
    "鄂",
    "荆",
    "湘",
    "澜",
    "峡",
    "川",
    "岭",
    "泽",
    "禾",
    "晟",
    "拓",
    "睿",
    "启",
    "远",
    "恒",
    "捷",
    "锦",
    "泰",
    "航",
    "朗",
]


@dataclass(frozen=True, slots=True)
class SignIn:
    """One printed sign-in."""

    role: str
    username: str
    note: str


SIGN_INS = (
    SignIn(
        "企业 enterprise", "firm", "有测评结果和一张已核销的服务券 assessed, one voucher redeemed"
    ),
    SignIn("服务商 provider", "provider", "云服务供应商 cloud supplier"),
    SignIn("专家 expert", "expert", ""),
    SignIn("区县 county", "county", "武汉市江岸区 Jiang'an"),
    SignIn("市州 city", "city", "武汉市 Wuhan"),
    SignIn("省级 province", "province", "湖北省 Hubei"),
    SignIn(
        "省级财务 province",
        "province-pay",
        "复核下达、送交银行 checks and sends what province made",
    ),
)


PRINTED = frozenset(each.username for each in SIGN_INS)
"""Who signs in with the password; all others are there to act in the story only."""


def sign_ins() -> str:
    """What `make run` prints: one sign-in per role, and codes that are free to register with."""
    lines = [f"  登录名 sign-in (密码 password: {PASSWORD})"]
    lines += [f"    {s.username:<13} {s.role:<18} {s.note}" for s in SIGN_INS]
    free = [make_uscc("420102", 900_000 + n) for n in range(3)]
    lines.append("  可用于新注册的演示代码 free codes to register with: " + ", ".join(free))
    return "\n".join(lines) + "\n"


def populate() -> bool:
    """Fill an empty database; False (and nothing done) when there are users already."""
    if User.objects.exists():
        return False
    with transaction.atomic():
        Province(random.Random(20260101)).build()
        reconcile()
    return True


class Province:
    """One run of the builder; `rng` is the only source of chance."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.today = timezone.localdate()
        # Vouchers are drawn in the latest year that the policy has money for.
        years = (year for year in range(self.today.year, 2000, -1) if fund_of(year))
        self.funded = min(self.today, dt.date(next(years, self.today.year), 12, 31))
        self.counties = choosable_regions()
        self.instrument: Instrument = policy().instruments["miit-2024"]
        self.officials: dict[tuple[str, str], Actor] = {}
        self.experts: list[Actor] = []
        self.serial = 0

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""
        day = dt.datetime.combine(self.today - dt.timedelta(days=days_ago), dt.time(10))
        return min(timezone.make_aware(day), timezone.now())

    def new_year(self) -> dt.date:
        """The first day of the year that vouchers are drawn in."""
        return self.funded.replace(month=1, day=1)

    def build(self) -> None:
        """Everything, from officials to redeemed vouchers."""
        self.build_officials()
        self.build_providers()
        firms = [self.build_firm(n) for n in range(ENTERPRISES)]
        self.assess(firms)
        self.award(firms)
        piloted.promise(self)
        budgeted.fill(self)
        if fund_of(self.funded.year):
            self.vouchers(firms)
            screened.fill(self, firms)
            opened.fill(self, firms)
        self.report()
        followed.fill(self, firms)
        sampled.fill(self)
        selected.fill(self, firms)
        claimed.fill(self)
        paid.fill(self)
        financed.fill(self, firms)
        clawed.fill(self, firms[0])
        pooled.fill(self)
        matched.fill(self, firms)
        stocked.fill(self)
        piloted.fill(self, firms)
        platformed.fill(self)
        undertaken.fill(self)
        lasting.fill(self)
        judged.fill(self, firms)
        packaged.fill(self)

    def official(self, username: str, role: str, region: Region, office: str) -> Actor:
        """One official; only those that are printed can sign in with the password."""
        user = create_user(
            username=username,
            password=PASSWORD if username in PRINTED else None,
            display_name=f"{office}（演示）",
        )
        give_post(user, role=role, region_code=region.code, office=office)
        return Actor(user.pk, str(user), role, region.code)

    def payer(self) -> Actor:
        """The province's second official, who from now on checks and sends what the first makes."""
        region = policy().regions["420000"]
        return self.official("province-pay", "province", region, f"{region.name.zh}经信厅财务处")

    def build_officials(self) -> None:
        """An office in every county, every division and the province; experts beside them."""
        for region in policy().regions.values():
            name = region.name.zh
            if region.level == "province":
                username, office = "province", f"{name}经信厅"
            elif region.level == "city":
                username = "city" if region.code == "420100" else f"city-{region.code}"
                office = f"{name}经信局"
            else:
                username = "county" if region.code == HOME_COUNTY else f"county-{region.code}"
                office = f"{name}经信局"
            made = self.official(username, region.level, region, office)
            self.officials[region.level, region.code] = made
        for n in range(EXPERTS):
            username = "expert" if n == 0 else f"expert-{n:02d}"
            user = create_user(
                username=username,
                password=PASSWORD if username in PRINTED else None,
                display_name=f"专家{n + 1:02d}（演示）",
            )
            give_post(user, role="expert", region_code="420000", office="省专家库")
            self.experts.append(Actor(user.pk, str(user), "expert", "420000"))

    def organisation(
        self, kind: str, region: Region, trade: tuple[str, str], username: str, scale: int
    ) -> Organisation:
        """Register one organisation with figures around `scale` employees."""
        rng = self.rng
        self.serial += 1
        place = policy().regions[division_of(region.code)].name.zh.removesuffix("市")[:4]
        brand = "".join(rng.sample(BRANDS, 2))
        employees = max(3, scale + rng.randrange(-scale // 3, scale // 3 + 1))
        revenue = employees * rng.randrange(200_000, 900_000) * 100
        _, organisation = register(
            Registration(
                uscc=make_uscc(region.code, self.serial),
                name=f"{place}{brand}{trade[1]}有限公司（演示）",
                kind=kind,
                region_code=region.code,
                industry_code=trade[0],
                employees=employees,
                revenue_fen=revenue,
                assets_fen=revenue * rng.randrange(6, 16) // 10,
                established_date=dt.date(rng.randrange(1996, 2023), rng.randrange(1, 13), 15),
                legal_person=f"法人{self.serial:03d}",
                address=f"{region.name.zh}演示路 {self.serial} 号",
            ),
            username=username,
            password=PASSWORD if username in PRINTED else None,
            person=f"经办人{self.serial:03d}（演示）",
            year=self.today.year - 1,
        )
        return organisation

    def state(self, firm: Organisation, ripe: bool) -> None:
        """What a firm has stated about itself, so that some programmes can be decided."""
        year = firm.years.latest("year")
        rd = year.revenue_fen * self.rng.randrange(1, 9) // 100
        main = year.revenue_fen * self.rng.randrange(60, 98) // 100
        state_facts(
            self.actor(firm),
            {
                "legal_entity": True,
                "abnormal_listed": False,
                "serious_violation": False,
                "major_incident_3y": False,
                "prohibited_product": False,
                "rd_fen": rd,
                "main_revenue_fen": main,
                "main_revenue_prev_fen": main * 100 // self.rng.randrange(94, 125),
                "debt_fen": year.assets_fen * self.rng.randrange(25, 85) // 100,
                "adopted_items": 2 if ripe else 0,
                "use_evidence_12m": ripe,
            },
        )

    def build_providers(self) -> None:
        """Providers: of four two are general contractors, one has a solution, one supervises;
        every third is on the list of cloud suppliers."""
        for n in range(PROVIDERS):
            region = self.rng.choice(self.counties)
            username = "provider" if n == 0 else f"provider-{n:02d}"
            watches = n % 4 == 3
            trade = ("7482", "工程监理") if watches else ("6513", "数字科技")
            made = self.organisation("provider", region, trade, username, 120)
            if n % 4 == 1:
                award_title(
                    made,
                    "solution",
                    document="演示名单（“小快轻准”解决方案）",
                    awarded=dt.date(self.today.year, 2, 20),
                )
            if n % 2 == 0 or watches:
                award_title(
                    made,
                    "recommended_provider",
                    document="演示名单（数字化服务商）",
                    awarded=self.today - dt.timedelta(days=540),
                    role="supervisor" if watches else "",
                )
            if n % 3 == 0 and not watches:
                award_title(
                    made,
                    "cloud_supplier",
                    document="演示名单（云服务供应商）",
                    awarded=self.new_year(),
                    expires=dt.date(self.today.year, 12, 31),
                )

    def build_firm(self, n: int) -> Organisation:
        """One enterprise: the first in the county that is printed, at least one in every
        division."""
        first = {division_of(r.code): r for r in reversed(self.counties)}
        if n == 0:
            region = policy().regions[HOME_COUNTY]
        elif n <= len(first):
            region = sorted(first.values(), key=lambda r: r.code)[n - 1]
        else:
            weights = [WEIGHTS.get(division_of(r.code), 8) for r in self.counties]
            region = self.rng.choices(self.counties, weights)[0]
        scale = self.rng.choice((8, 25, 60, 120, 240, 480, 1500))
        group = TRADES[0] if n == 0 else self.rng.choice(TRADES)
        trade = group[n % len(group)]
        name = "firm" if n == 0 else f"firm-{n:03d}"
        return self.organisation("enterprise", region, trade, name, 180 if n == 0 else scale)

    def actor(self, organisation: Organisation) -> Actor:
        """The first person who acts for an organisation."""
        member = organisation.members.select_related("user").order_by("id")[0]
        acting = actor_of(member.user)
        assert acting is not None
        return acting

    def assess(self, firms: list[Organisation]) -> None:
        """Three in four consent and assess themselves, at maturities that differ."""
        for n, firm in enumerate(firms):
            acting = self.actor(firm)
            if n % 4 == 3:
                continue
            when = self.at(self.rng.randrange(20, 260))
            for purpose in ("assessment", "policy_matching", "statistics"):
                give_consent(acting, purpose, at=when)
            ripeness = 0.55 if n == 0 else self.rng.betavariate(2, 2.4)
            draft = assessing.start(acting, at=when)
            assessing.save_answers(draft, acting, self.answers(ripeness))
            papers.lay(draft, acting, n)
            assessing.submit(draft, acting, at=when)
            self.state(firm, ripe=n == 0 or ripeness > 0.5)

    def answers(self, ripeness: float) -> dict[str, str | int | None]:
        """Plausible answers of a firm whose ripeness lies between 0 and 1."""
        rng = self.rng
        answers: dict[str, str | int | None] = {}
        for question in self.instrument.questions:
            if question.kind != "multi":
                spread = ripeness * (len(question.options) - 1) + rng.gauss(0, 0.7)
                index = min(max(round(spread), 0), len(question.options) - 1)
                answers[question.id] = question.options[index].id
            else:
                chosen = [
                    o.id for o in question.options if not o.exclusive and rng.random() < ripeness
                ]
                none = next(o.id for o in question.options if o.exclusive)
                answers[question.id] = "".join(chosen) or none
        for scenario in self.instrument.scenarios:
            lift = 0.35 if scenario.binding else 0.0
            answers[scenario.id] = min(max(round(ripeness * 3.6 + lift + rng.gauss(0, 0.7)), 0), 4)
        return answers

    def award(self, firms: list[Organisation]) -> None:
        """Titles, so that each indicator has a list behind it."""
        chances = {
            "innovative": 0.30,
            "srdi": 0.15,
            "adopter": 0.25,
            "cloud_enterprise": 0.35,
            "digital_factory": 0.08,
            "lighthouse": 0.04,
            "scenario": 0.05,
            "transforming": 0.5,
            "excellence_factory": 0.02,
        }
        for firm in firms[1:]:
            for title, chance in chances.items():
                if self.rng.random() < chance:
                    awarded = self.today - dt.timedelta(days=self.rng.randrange(30, 600))
                    award_title(
                        firm,
                        title,
                        document=f"演示文号〔{awarded.year}〕",
                        awarded=awarded,
                        expires=awarded + dt.timedelta(days=3 * 365),
                    )

    def vouchers(self, firms: list[Organisation]) -> None:
        """Applications that stand at every step, some redeemed, some late, one returned."""
        ends = ("whole", "part", "issued", "joint_review", "district_check", "returned", "draft")
        count = 0
        for firm in [firms[0], *self.rng.sample(firms[1:], min(110, len(firms) - 1))]:
            done = self.voucher(firm, "whole" if count == 0 else ends[count % len(ends)])
            count += done

    def voucher(self, firm: Organisation, end: str) -> bool:
        """One application taken as far as `end`; False if the firm is not eligible."""
        rng, acting = self.rng, self.actor(firm)
        days = (
            rng.randrange(45, 120) if end in ("whole", "part", "issued") else rng.randrange(1, 12)
        )
        days = min(days, (self.funded - self.new_year()).days) + (self.today - self.funded).days
        when = self.at(days)
        savepoint = transaction.savepoint()
        voucher = funding.begin_voucher(acting, at=when)
        amount = rng.randrange(3_000_000, 60_000_000)
        papers = {
            field: keep_document(
                SimpleUploadedFile(
                    f"{title}.txt",
                    f"{title} {voucher.number} {firm.uscc}\n演示材料\n".encode(),
                    content_type="text/plain",
                ),
                by=acting,
            )
            for field, title in (
                ("contract", "合同"),
                ("invoice_file", "发票"),
                ("payment_proof", "付款凭证"),
                ("item_list", "清单"),
            )
        }
        issued_on = max(
            timezone.localdate(when) - dt.timedelta(days=9), dt.date(voucher.year, 1, 1)
        )
        funding.save_draft(
            voucher,
            acting,
            {
                **papers,
                "supplier": rng.choice(list(suppliers(self.funded).order_by("uscc"))),
                "depth": rng.choice(("resource", "business", "capability", "ecosystem")),
                "contract_number": f"HT-{voucher.year}-{voucher.pk:05d}",
                "bank_flow": f"{voucher.year}{rng.randrange(10**12):012d}",
                "paid_by_firm_fen": amount,
                "bank_account": f"6200{rng.randrange(10**12):012d}",
                "bank_name": "演示银行武汉分行",
                "agreed_by": f"经办人{voucher.pk:03d}",
                "terms": terms_of(edition(voucher.scheme)),
            },
            [
                funding.InvoiceLine(
                    "",
                    f"{26420000000000000000 + voucher.pk}",
                    issued_on,
                    "云上生产管理系统年费",
                    amount,
                )
            ],
        )
        if end != "draft":
            try:
                funding.submit(voucher, acting, at=when)
            except NotEligible:
                transaction.savepoint_rollback(savepoint)
                return False
            self.walk(voucher, acting, end, days)
        return True

    def walk(self, voucher: Voucher, acting: Actor, end: str, days: int) -> None:
        """Let the responsible officials take the steps up to `end`."""
        region = voucher.organisation.region_code
        division = division_of(region)
        city = self.officials["city", division]
        county = self.officials.get(("county", region), city)
        province = self.officials["province", "420000"]
        if end == "returned":
            funding.take(
                voucher,
                "return",
                county,
                note="付款凭证看不清付款日期，请重新上传。",
                at=self.at(days - 1),
            )
        if end in ("district_check", "returned"):
            return
        funding.take(voucher, "pass", county, at=self.at(days - 1))
        if end == "joint_review":
            return
        funding.take(voucher, "approve", city, at=self.at(days - 6))
        funding.issue(voucher, province, at=self.at(days - 9))
        if end == "issued":
            return
        part = (voucher.granted_fen or 0) // 2 if end == "part" else None
        redeem(voucher, acting, amount_fen=part, at=self.at(days - 20))

    def report(self) -> None:
        """Figures that come from outside the platform, with where they come from."""
        observe(
            self.officials["province", "420000"],
            "base_stations",
            "420000",
            day=dt.date(2025, 12, 31),
            amount=182_500,
            source="公开报道的全省 5G 基站数",
        )
