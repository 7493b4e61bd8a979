"""Claims of the cast, each made by the actions that pages use: a firm on the pilot list that was
rated on the spot, its costs, and the money of its city."""

from __future__ import annotations

import datetime as dt
from hashlib import sha256
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.funding.actions import claims, claims_filling, claims_submitting, rewards
from dengta.funding.actions.claims_filling import Flow, Line
from dengta.funding.models import Budget, Claim
from dengta.funding.queries.budgets import budget_code, fund_for
from dengta.ledger import actions as ledger
from dengta.programmes.models import Award
from dengta.registry.actions import award_title
from dengta.registry.queries import province_code
from dengta.trail.actions import begin
from tests.cast import DAY, MOMENT, WAN, Cast, Firm
from tests.programmes import ranked

WUHAN_PILOT = "wuhan-pilot"
_invoices = count(26_421_000_000_000_000_000)
_flows = count(1)
_keys = count(1)


def pilot(cast: Cast, firm: Firm, *, level: int = 2, at: dt.datetime = MOMENT) -> Firm:
    """Put a firm on the pilot list and have it rated on the spot. Once per firm."""
    if firm.organisation.titles.filter(title="pilot_firm").exists():
        return firm
    award_title(
        firm.organisation, "pilot_firm", document="武经信〔2025〕8号",
        awarded=dt.date(2025, 6, 1), expires=dt.date(2027, 12, 31),
    )  # fmt: skip
    letter = {1: "B", 2: "C", 3: "E"}[level]
    assessed = cast.assessed(firm, letter=letter, level=level, at=at)
    cast.rate(cast.rating(assessed, at=at), at=at)
    return firm


def budget(
    programme: str = "pilot_city",
    *,
    fen: int = 3_000 * WAN,
    level: str = "city",
    region: str = "420100",
    part: str = "enterprise",
    year: int = 2026,
    guard: ledger.Guard = "credits",
    at: dt.datetime = MOMENT,
) -> Budget:
    """Money of a fund at one place, credited with so much more; without its guard only where a
    negative control asks for it."""
    fund = fund_for(programme, year)
    assert fund is not None
    common: dict[str, Any] = {"programme": programme, "year": year, "opened_at": at}
    top, _ = Budget.objects.get_or_create(
        fund=fund.id, region_code=province_code(), part="all",
        defaults=common | {"level": "province", "code": budget_code(fund.id)},
    )  # fmt: skip
    here = top
    if level != "province":
        here, _ = Budget.objects.get_or_create(
            fund=fund.id, region_code=region, part=part,
            defaults=common
            | {"level": level, "parent": top, "code": budget_code(fund.id, region, part)},
        )  # fmt: skip
    ledger.open_account("treasury/province", "省级财政专户", at=at)
    ledger.open_account(here.code, here.code, guard=guard, at=at)
    if fen:
        ledger.post(
            ledger.Entry(
                f"test/{here.code}/{next(_keys)}",
                "treasury/province",
                here.code,
                fen,
                "appropriate",
            ),
            at=at,
        )
    return here


def _words() -> str:
    """What was bought, told so that no two lines look alike to the screen."""
    drawn = sha256(str(next(_keys)).encode()).digest()
    signs = (drawn[n] << 8 | drawn[n + 1] for n in range(0, len(drawn), 2))
    return "系统软件" + "".join(chr(0x4E00 + sign % 20_000) for sign in signs)


def account_of(firm: Firm) -> str:
    """The account of a firm; two firms with one account would be related parties."""
    return f"62220212345{firm.organisation.pk:08d}"


def line(amount_fen: int = 10 * WAN, **different: Any) -> Line:
    """A cost line on an invoice of its own."""
    filled: dict[str, Any] = {
        "cost_class": "software",
        "text": _words(),
        "invoice_number": str(next(_invoices)),
        "invoice_date": DAY - dt.timedelta(days=40),
        "invoice_total_fen": amount_fen,
        "amount_fen": amount_fen,
    }
    return Line(**(filled | different))


def flow(amount_fen: int, **different: Any) -> Flow:
    """A payment with a number of its own."""
    filled: dict[str, Any] = {
        "number": f"LSH{next(_flows):012d}",
        "paid_date": DAY - dt.timedelta(days=30),
        "amount_fen": amount_fen,
    }
    return Flow(**(filled | different))


def paper(words: str) -> SimpleUploadedFile:
    """A PDF with these words in it."""
    return SimpleUploadedFile(f"{words[:40]}.pdf", words.encode(), content_type="application/pdf")


def draft_claim(
    cast: Cast,
    firm: Firm | None = None,
    *lines: Line,
    flows: list[Flow] | None = None,
    at: dt.datetime = MOMENT,
    **different: Any,
) -> Claim:
    """A draft with everything in it; one line of 100,000 yuan unless others are given."""
    firm = pilot(cast, firm or cast.firm, at=at)
    claim = claims_filling.begin_claim(firm.actor, WUHAN_PILOT, at=at)
    chosen = list(lines) or [line()]
    total = sum(one.amount_fen for one in chosen)
    fields: dict[str, Any] = {
        "title": "生产过程数字化改造",
        "supplier": cast.supplier.organisation,
        "contract_number": f"HT-{claim.pk}",
        "list_fen": total,
        "discount_fen": 0,
        "finished_date": DAY - dt.timedelta(days=20),
        "accepted_date": DAY - dt.timedelta(days=5),
        "facts": {
            "diagnosis_done": True, "abnormal_listed": False, "serious_violation": False,
        },
        "account_name": firm.organisation.name,
        "account_number": account_of(firm),
        "bank_name": "湖北银行江岸支行",
    }  # fmt: skip
    claims_filling.save(
        claim, firm.actor, fields | different, lines=chosen,
        flows=[flow(total)] if flows is None else flows,
    )  # fmt: skip
    for need in ("contract", "invoice", "payment", "acceptance", "report", "items"):
        claims_filling.attach(claim, firm.actor, need, paper(f"{need} {claim.pk}"), at=at)
    return claim


def submitted_claim(
    cast: Cast, firm: Firm | None = None, *lines: Line, at: dt.datetime = MOMENT, **different: Any
) -> Claim:
    """A claim that waits for the county."""
    firm = firm or cast.firm
    claim = draft_claim(cast, firm, *lines, at=at, **different)
    claims_submitting.submit(claim, firm.actor, agreed_by="王厂长", at=at)
    return claim


def checked_claim(
    cast: Cast, firm: Firm | None = None, *lines: Line, at: dt.datetime = MOMENT, **different: Any
) -> Claim:
    """A claim that waits for the city, which decides it."""
    claim = submitted_claim(cast, firm, *lines, at=at, **different)
    county = {"420102": cast.county, "420104": cast.next_county}
    claims.take(claim, "pass", county[claim.organisation.region_code], at=at)
    return claim


def approved_claim(
    cast: Cast, firm: Firm | None = None, amount: int = 3 * WAN, *, at: dt.datetime = MOMENT
) -> Claim:
    """A claim that is to be paid `amount` 分, out of the money of the city, which is allotted."""
    budget(fen=amount, at=at)
    claim = checked_claim(cast, firm, line(-(-amount * 10 // 3)), at=at)
    note = "" if claim.computed_fen == amount else "按预算核减。"
    claims.approve(claim, cast.city, amount_fen=amount, note=note, at=at)
    return claim


def award(
    cast: Cast, firm: Firm | None = None, programme: str = "scenario", **different: Any
) -> Award:
    """An award of 500,000 yuan, as a round gives it."""
    firm = firm or cast.firm
    made = ranked.a_round(cast, selection=programme)
    facts = different.pop("facts", {})
    verdict = {"eligible": "yes", "facts": facts, "clauses": []}
    application = ranked.reviewed(
        made, firm, state="awarded", verdict=verdict, rank=1,
        publicity_from=DAY - dt.timedelta(days=15), publicity_until=DAY - dt.timedelta(days=6),
    )  # fmt: skip
    filled: dict[str, Any] = {
        "organisation": firm.organisation,
        "programme": programme,
        "awarded_name": firm.organisation.name,
        "holder_name": firm.organisation.name,
        "title": application.title,
        "document_number": "鄂经信〔2026〕12号",
        "award_date": DAY - dt.timedelta(days=3),
        "amount_fen": 50 * WAN,
        "number": f"RD2026-{application.pk:06d}",
        "code": f"CODE{application.pk}",
    }
    given = Award(application=application, **(filled | different))
    begin(given, by=cast.province, at=MOMENT)
    return given


def reward(cast: Cast, firm: Firm | None = None, *, at: dt.datetime = MOMENT) -> Claim:
    """The reward of a scenario's award, ready for the firm to confirm."""
    given = award(cast, firm)
    rewards.due(at=at)
    return Claim.objects.get(award=given)


def approved_reward(cast: Cast, firm: Firm | None = None, *, at: dt.datetime = MOMENT) -> Claim:
    """A reward of 500,000 yuan that is to be paid, out of the province's money."""
    firm = firm or cast.firm
    budget("scenario", level="province", fen=50 * WAN, at=at)
    claim = reward(cast, firm, at=at)
    rewards.confirm(
        claim, firm.actor, account_number=account_of(firm), bank_name="湖北银行江岸支行",
        agreed_by="王厂长", at=at,
    )  # fmt: skip
    claims.approve(claim, cast.province, at=at)
    return claim
