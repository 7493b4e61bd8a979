"""Claims in the demo province: pilot firms of Wuhan ask for their subsidy, each stands elsewhere on
its way; awards of scenarios have made rewards ready, the first is confirmed and approved."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Protocol

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from dengta.accounts.queries import Actor
from dengta.assessment.models import Rating
from dengta.funding.actions import claims, claims_filling, claims_submitting, rewards
from dengta.funding.actions.claims import Cut
from dengta.funding.actions.claims_filling import Flow, Line
from dengta.funding.actions.eligibility import NotEligible
from dengta.funding.models import Claim
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.claims_desk import claimable_schemes
from dengta.registry.actions import award_title
from dengta.registry.models import Organisation

WAN = 1_000_000
EDITION = "wuhan-pilot"
BOUGHT = (
    ("software", "生产执行系统软件许可（演示）", 42 * WAN),
    ("cloud", "工业互联网平台云服务一年（演示）", 12 * WAN),
    ("implementation", "部署和培训服务（演示）", 9 * WAN),
    ("machine", "数控车床（演示）", 20 * WAN),
)
STATED = {"diagnosis_done": True, "abnormal_listed": False, "serious_violation": False}


class Province(Protocol):
    """What is needed of the province under construction."""

    today: dt.date
    officials: dict[tuple[str, str], Actor]

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""

    def actor(self, organisation: Organisation) -> Actor:
        """Somebody who acts for an organisation."""


def fill(province: Province) -> None:
    """Subsidies first, then rewards; nothing where the policy has neither."""
    if EDITION in {one.edition for one in claimable_schemes(province.today)}:
        _subsidies(province)
    ready = rewards.due(at=province.at(6))
    for claim in ready[:2]:
        _confirm(province, claim)
    if ready:
        claims.approve(ready[0], province.officials["province", "420000"], at=province.at(3))


def _confirm(province: Province, claim: Claim) -> None:
    rewards.confirm(
        claim, province.actor(claim.organisation), account_number="6222020000000000001",
        bank_name="演示银行武汉分行", agreed_by="演示负责人", at=province.at(5),
    )  # fmt: skip


def _subsidies(province: Province) -> None:
    """One claim in each state of its way, as far as there are firms that were rated."""
    city = province.officials["city", "420100"]
    ways: Sequence[Callable[[Claim, Actor], None]] = (
        lambda claim, county: None,
        lambda claim, county: _returned(province, claim, county),
        lambda claim, county: _passed(province, claim, county),
        lambda claim, county: _approved(province, claim, county, city),
        lambda claim, county: _rejected(province, claim, county),
    )
    provider = Organisation.objects.filter(kind="provider").order_by("id").first()
    if provider is None:
        return
    turn = 0
    for firm in _rated():
        savepoint = transaction.savepoint()
        claim = _draft(province, firm, provider, whole=turn < 4)
        if turn == len(ways):
            return  # the last one stays a draft
        try:
            claims_submitting.submit(
                claim, province.actor(firm), agreed_by="演示负责人", at=province.at(9)
            )
        except NotEligible:  # a later check found a lower level
            transaction.savepoint_rollback(savepoint)
            continue
        ways[turn](claim, province.officials["county", firm.region_code])
        turn += 1


def _rated() -> list[Organisation]:
    """Firms of Wuhan that were rated on the spot at level 2 or above, on the pilot list from now
    on."""
    visits = Rating.objects.filter(
        kind="on_site", state="submitted", level__gte=2,
        assessment__organisation__region_code__startswith="4201",
        assessment__organisation__size_class__in=("medium", "small", "micro"),
    )  # fmt: skip
    rows = visits.select_related("assessment__organisation").order_by("assessment__organisation")
    by_id = {row.assessment.organisation_id: row.assessment.organisation for row in rows}
    firms = list(by_id.values())
    for firm in firms:
        if not firm.titles.filter(title="pilot_firm").exists():
            award_title(
                firm, "pilot_firm", document="演示武经信〔2025〕8号",
                awarded=dt.date(2025, 6, 1), expires=dt.date(2027, 12, 31),
            )  # fmt: skip
    return firms


def _draft(province: Province, firm: Organisation, provider: Organisation, whole: bool) -> Claim:
    """A claim with lines, payments and papers; with an ordinary machine among them unless `whole`
    is False."""
    actor = province.actor(firm)
    claim = claims_filling.begin_claim(actor, EDITION, key="demo", at=province.at(12))
    bought = BOUGHT if whole else BOUGHT[:3]
    day = province.at(60).date()
    lines = [
        Line(kind, words, f"2642{firm.pk:08d}{n:08d}", day, fen, fen, invoice_line="1")
        for n, (kind, words, fen) in enumerate(bought, 1)
    ]
    total = sum(fen for _, _, fen in bought)
    fields = {
        "title": "生产过程数字化改造（演示）", "supplier": provider, "facts": STATED,
        "contract_number": f"YS-{firm.pk:04d}", "list_fen": total + 5 * WAN,
        "discount_fen": 5 * WAN, "finished_date": province.at(45).date(),
        "accepted_date": province.at(20).date(), "account_name": firm.name,
        "account_number": f"62220200{firm.pk:012d}", "bank_name": "演示银行武汉分行",
    }  # fmt: skip
    paid = [Flow(f"YS{firm.pk:010d}", province.at(50).date(), total)]
    claims_filling.save(claim, actor, fields, lines=lines, flows=paid)
    for need in scheme_of(EDITION).needs:
        words = f"演示材料：{need.text.zh}，{firm.name}".encode()
        file = SimpleUploadedFile(f"{need.text.zh}.pdf", words, content_type="application/pdf")
        claims_filling.attach(claim, actor, need.id, file, at=province.at(11))
    return claim


def _returned(province: Province, claim: Claim, county: Actor) -> None:
    note = "第 2 行云服务请补充开通证明。"
    claims.take(claim, "return", county, note=note, at=province.at(7))


def _passed(province: Province, claim: Claim, county: Actor) -> None:
    cuts = {3: Cut(6 * WAN, "培训费与合同清单不符，按清单认可")}
    claims.take(claim, "pass", county, cuts=cuts, at=province.at(6))


def _approved(province: Province, claim: Claim, county: Actor, city: Actor) -> None:
    claims.take(claim, "pass", county, at=province.at(6))
    claims.approve(claim, city, at=province.at(4))


def _rejected(province: Province, claim: Claim, county: Actor) -> None:
    note = "改造内容与备案不符，不属于试点支持范围。"
    claims.take(claim, "reject", county, note=note, at=province.at(5))
