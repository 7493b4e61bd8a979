"""The fixed cast of the platform's tests: people and organisations known by name.

Everybody is made on first mention, by the same actions that pages use. Time stands still at MOMENT
(a Monday morning in Wuhan) so that no test depends on the day it runs.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.accounts.actions import create_user, give_post
from dengta.accounts.models import User
from dengta.accounts.queries import Actor
from dengta.assessment import actions as assessing
from dengta.assessment.actions import campaigns as asking
from dengta.assessment.actions import ratings as rating_actions
from dengta.assessment.actions.rated_answers import Typed, keep_answers
from dengta.assessment.models import Assessment, Campaign, Rating
from dengta.core.codes import make_uscc
from dengta.funding.actions import vouchers as funding
from dengta.funding.actions import vouchers_redeeming as redeeming
from dengta.funding.models import Voucher
from dengta.funding.queries.vouchers import edition, terms_of
from dengta.registry.actions import Registration, award_title, keep_profile, register
from dengta.registry.models import Membership, Organisation
from dengta.registry.queries import actor_of, policy
from dengta.rights.actions import give_consent
from dengta.trail.actions import keep_document
from dengta.trail.models import Document, Notice
from tests.funding.paying import pay_claim

WUHAN = ZoneInfo("Asia/Shanghai")
MOMENT = dt.datetime(2026, 3, 16, 10, tzinfo=WUHAN)
DAY = MOMENT.date()
ONE_DAY = dt.timedelta(days=1)
PASSWORD = "Jiang-An-1861"
WAN = 1_000_000
"""一万元 in 分."""
PAPERS = {
    "contract": "合同",
    "invoice_file": "发票",
    "payment_proof": "付款凭证",
    "item_list": "清单",
}


@dataclass(frozen=True, slots=True)
class Firm:
    """An organisation and the person who acts for it."""

    organisation: Organisation
    actor: Actor


def send(job_id: int) -> int:
    """Let a worker send a campaign's round of notices; how many came of it."""
    before = Notice.objects.count()
    asking.send_notices.call(job_id)
    return Notice.objects.count() - before


class Cast:
    """Who is who. Officials are Actors, organisations are Firms."""

    def __init__(self) -> None:
        self._serial = count(1)
        self._invoice = count(26_420_000_000_000_000_000)

    # ------------------------------------------------------------------ organisations

    def form(self, **different: Any) -> Registration:
        """What a small machine works in 江岸区 writes into the registration form."""
        serial = next(self._serial)
        filled: dict[str, Any] = {
            "uscc": make_uscc("420102", serial),
            "name": f"江岸精工{serial:02d}有限公司",
            "region_code": "420102",
            "industry_code": "36",
            "employees": 180,
            "revenue_fen": 6_000 * WAN,
            "assets_fen": 5_000 * WAN,
            "established_date": dt.date(2010, 5, 1),
            "legal_person": f"法人{serial:02d}",
            "phone": f"027-8200{serial:04d}",
            "address": f"解放大道 {serial} 号",
        }
        return Registration(**(filled | different))

    def enrol(self, username: str, **different: Any) -> Firm:
        """Register an organisation; its person signs in as `username`."""
        user, organisation = register(
            self.form(**different), username=username, password=PASSWORD, person=username, year=2025
        )
        acting = actor_of(user)
        assert acting is not None
        return Firm(organisation, acting)

    @cached_property
    def firm(self) -> Firm:
        """A small firm in 江岸区, 武汉市."""
        return self.enrol("firm")

    def colleague(self, firm: Firm) -> Actor:
        """A second person who acts for the same organisation."""
        name = f"colleague-{firm.organisation.pk}"
        user = create_user(username=name, password=PASSWORD, display_name="李同事")
        Membership.objects.create(user=user, organisation=firm.organisation)
        acting = actor_of(user)
        assert acting is not None
        return acting

    @cached_property
    def rival(self) -> Firm:
        """A small firm in 硚口区, the county next door in the same city."""
        return self.enrol("rival", region_code="420104")

    @cached_property
    def remote(self) -> Firm:
        """A small firm in 仙桃市, a division that has no counties."""
        return self.enrol("remote", region_code="429004")

    @cached_property
    def giant(self) -> Firm:
        """A large firm in 江岸区."""
        return self.enrol("giant", employees=3_000, revenue_fen=500_000 * WAN)

    @cached_property
    def supplier(self) -> Firm:
        """A provider on this year's list of cloud suppliers."""
        made = self.enrol("supplier", kind="provider", industry_code="65", region_code="420111")
        self.list_supplier(made)
        return made

    def list_supplier(self, made: Firm, year: int = 2026) -> None:
        """Put a provider on the list of cloud suppliers of a year."""
        award_title(
            made.organisation, "cloud_supplier", document=f"鄂经信软件〔{year}〕1号",
            awarded=dt.date(year, 1, 10), expires=dt.date(year, 12, 31),
        )  # fmt: skip

    # ------------------------------------------------------------------ officials

    def official(self, username: str, role: str, region: str) -> Actor:
        """Somebody at a desk of the administration."""
        user = create_user(username=username, password=PASSWORD, display_name=username)
        give_post(user, role=role, region_code=region, office=f"{region} {role}")
        return Actor(user.pk, username, role, region)

    @cached_property
    def county(self) -> Actor:
        """江岸区经信局."""
        return self.official("county", "county", "420102")

    @cached_property
    def next_county(self) -> Actor:
        """硚口区经信局."""
        return self.official("next_county", "county", "420104")

    @cached_property
    def city(self) -> Actor:
        """武汉市经信局."""
        return self.official("city", "city", "420100")

    @cached_property
    def next_city(self) -> Actor:
        """宜昌市经信局."""
        return self.official("next_city", "city", "420500")

    @cached_property
    def remote_office(self) -> Actor:
        """仙桃市经信局, which does the county's work too."""
        return self.official("remote_office", "city", "429004")

    @cached_property
    def province(self) -> Actor:
        """省经信厅."""
        return self.official("province", "province", "420000")

    @cached_property
    def expert(self) -> Actor:
        """Somebody of the province's expert pool."""
        return self.official("expert", "expert", "420000")

    def pooled(self, username: str, **different: Any) -> Actor:
        """Somebody of the province's pool who has said where they work."""
        acting = self.official(username, "expert", "420000")
        stated: dict[str, Any] = {
            "employer": "江汉大学", "region_code": "420100", "fields": ["36"],
        }  # fmt: skip
        keep_profile(acting, **(stated | different), at=MOMENT)
        return acting

    @cached_property
    def assessor(self) -> Actor:
        """Somebody of the pool who knows the trade of the firms here."""
        return self.pooled("assessor")

    @cached_property
    def other_assessor(self) -> Actor:
        """Somebody of the pool who knows another trade."""
        return self.pooled("other_assessor", employer="宜昌研究院", fields=["13"])

    def rating(
        self,
        assessment: Assessment,
        kind: str = "on_site",
        assessor: Actor | None = None,
        at: dt.datetime = MOMENT,
    ) -> Rating:
        """A rating that the city has asked somebody of the pool for."""
        asked = assessor or self.assessor
        return rating_actions.assign(assessment, self.city, asked.user_id, kind, at=at)

    def rate(
        self,
        rating: Rating,
        assessor: Actor | None = None,
        at: dt.datetime = MOMENT,
        **different: str | int,
    ) -> Rating:
        """Answer a rating as the firm did but for `different`, and submit it."""
        acting = assessor or self.assessor
        said = {a.item: a.value for a in rating.assessment.answers.all()}
        said |= {item: str(value) for item, value in different.items()}
        batch = [Typed(item, value, "没有这项业务", "", at) for item, value in said.items()]
        keep_answers(rating, acting, batch, at=at)
        visit = at.date() if rating.kind == "on_site" else None
        rating_actions.submit(rating, acting, visit=visit, at=at)
        return rating

    def user(self, acting: Actor) -> User:
        """The user behind an actor."""
        return User.objects.get(pk=acting.user_id)

    # ------------------------------------------------------------------ assessments

    def answers(self, letter: str = "B", level: int = 2) -> dict[str, str | int | None]:
        """The same letter for every question (its last where it has fewer), one level for all."""
        instrument = policy().instruments["miit-2024"]
        questions: dict[str, str | int | None] = {
            q.id: min(letter, q.options[-1].id) for q in instrument.questions
        }
        return questions | {scenario.id: level for scenario in instrument.scenarios}

    def draft(self, firm: Firm, at: dt.datetime = MOMENT) -> Assessment:
        """An assessment that has been begun, consent given."""
        give_consent(firm.actor, "assessment", at=at)
        return assessing.start(firm.actor, at=at)

    def assessed(
        self, firm: Firm, letter: str = "B", level: int = 2, at: dt.datetime = MOMENT
    ) -> Assessment:
        """An assessment that has been submitted."""
        draft = self.draft(firm, at)
        assessing.save_answers(draft, firm.actor, self.answers(letter, level))
        assessing.submit(draft, firm.actor, at=at)
        return draft

    def shares(self, *firms: Firm, at: dt.datetime = MOMENT) -> None:
        """These firms let their results be summed up."""
        for firm in firms:
            give_consent(firm.actor, "statistics", at=at)

    # ------------------------------------------------------------------ campaigns

    def campaign(self, *firms: Firm, at: dt.datetime = MOMENT, **different: Any) -> Campaign:
        """The province asks these firms by their codes; two weeks unless said otherwise."""
        acting = different.pop("by", self.province)
        filled: dict[str, Any] = {
            "name": "2026 年度数字化水平测评",
            "instrument": "miit-2024",
            "due_date": at.date() + 14 * ONE_DAY,
            "basis": "list",
            "codes": "\n".join(firm.organisation.uscc for firm in firms),
        }
        opened, new = asking.open_campaign(acting, asking.Draft(**filled | different), at=at)
        assert new
        return opened

    # ------------------------------------------------------------------ vouchers

    def paper(self, firm: Firm, words: str) -> Document:
        """An uploaded file with these words in it."""
        file = SimpleUploadedFile(f"{words[:20]}.txt", words.encode(), content_type="text/plain")
        return keep_document(file, by=firm.actor)

    def invoice(
        self, amount_fen: int = 10 * WAN, *, code: str = "", number: str = "", day: dt.date = DAY
    ) -> funding.InvoiceLine:
        """One row of an item list; a number of its own unless one is given."""
        number = number or str(next(self._invoice))
        return funding.InvoiceLine(code, number, day, "云上生产管理系统年费", amount_fen)

    def application(
        self,
        firm: Firm,
        *lines: funding.InvoiceLine,
        at: dt.datetime = MOMENT,
        **different: Any,
    ) -> Voucher:
        """A draft with all papers; one invoice of 100,000 yuan at 30 % unless others are given."""
        voucher = funding.begin_voucher(firm.actor, at=at)
        chosen = list(lines) or [self.invoice()]
        fields: dict[str, Any] = {
            "supplier": self.supplier.organisation,
            "depth": "business",
            "contract_number": f"HT-{voucher.pk}",
            "bank_flow": f"LS{voucher.pk:010d}",
            "bank_account": f"62{firm.organisation.pk:014d}",
            "bank_name": "建设银行武汉光谷支行",
            "paid_by_firm_fen": sum(line.amount_fen for line in chosen),
            "agreed_by": "张经理",
            "terms": terms_of(edition(voucher.scheme)),
        }
        fields |= {
            field: self.paper(firm, f"{name} {voucher.pk} {firm.organisation.uscc}")
            for field, name in PAPERS.items()
            if field not in different
        }
        funding.save_draft(voucher, firm.actor, fields | different, chosen)
        return voucher

    def voucher(
        self,
        state: str,
        firm: Firm | None = None,
        *lines: funding.InvoiceLine,
        at: dt.datetime = MOMENT,
        **different: Any,
    ) -> Voucher:
        """A voucher of 30,000 yuan (unless said otherwise) taken along its way up to `state`."""
        firm = firm or self.firm
        voucher = self.application(firm, *lines, at=at, **different)
        remote = firm.organisation.region_code == "429004"
        county = self.remote_office if remote else self._county_of(firm)
        city = self.remote_office if remote else self.city
        way = {
            "district_check": lambda: funding.submit(voucher, firm.actor, at=at),
            "joint_review": lambda: funding.take(voucher, "pass", county, at=at),
            "approved": lambda: funding.take(voucher, "approve", city, at=at),
            "issued": lambda: self._issue(voucher, at),
            "redeemed": lambda: redeeming.redeem(voucher, firm.actor, at=at),
        }
        if state == "returned":
            funding.submit(voucher, firm.actor, at=at)
            funding.take(voucher, "return", county, note="请补付款日期。", at=at)
            return voucher
        for step in list(way)[: [*way].index(state) + 1] if state != "draft" else ():
            way[step]()
        voucher.refresh_from_db()
        assert voucher.state == state
        return voucher

    def paid_voucher(
        self, firm: Firm | None = None, *lines: funding.InvoiceLine, at: dt.datetime = MOMENT
    ) -> Voucher:
        """A voucher redeemed as a whole, and its claim paid."""
        voucher = self.voucher("redeemed", firm, *lines, at=at)
        for claim in voucher.claims.all():
            pay_claim(claim, at=at)
        return voucher

    def _issue(self, voucher: Voucher, at: dt.datetime) -> None:
        funding.open_fund(voucher.year, at=at)
        funding.issue(voucher, self.province, at=at)

    def _county_of(self, firm: Firm) -> Actor:
        return {"420102": self.county, "420104": self.next_county}[firm.organisation.region_code]
