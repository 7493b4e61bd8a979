"""Clawbacks in the demo province: of the claims that were paid, one in each state of a case, with a
sanction in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

from dengta.accounts.queries import Actor
from dengta.funding.actions import clawbacks, collecting
from dengta.funding.models import Claim, Clawback
from dengta.funding.queries.clawbacks import due_of, reclaimable_fen
from dengta.registry.models import Organisation
from dengta.registry.queries import division_of

STEPS: Mapping[str, tuple[str, ...]] = {
    "collecting": ("notice", "defend", "decide", "accept", "repay"),
    "decided": ("notice", "defend", "decide"),
    "noticed": ("notice",),
    "heard": ("notice", "defend"),
    "closed": ("notice", "defend", "decide", "accept", "repay_all"),
    "appealed": ("notice", "defend", "decide", "appeal"),
    "found": (),
    "dropped": ("notice", "defend", "drop"),
}
"""The way of each case, the most telling first where few claims were paid."""
EARLIEST = 7
"""Days ago by which a claim was paid that is looked into here."""


class Province(Protocol):
    """What is needed of the province under construction."""

    officials: dict[tuple[str, str], Actor]

    def at(self, days_ago: int) -> dt.datetime:
        """Ten in the morning, some days ago."""

    def actor(self, organisation: Organisation) -> Actor:
        """Somebody who acts for an organisation."""


def fill(province: Province, besides: Organisation | None = None) -> None:
    """One case for each paid claim, as long as there are both; nothing where nothing was paid. None
    of the firm that people sign in as (`besides`): under a sanction it could begin no project."""
    paid = Claim.objects.filter(instalments__paid_at__lt=province.at(EARLIEST)).distinct()
    if besides is not None:
        paid = paid.exclude(organisation=besides)
    for claim, (state, steps) in zip(paid.order_by("pk"), STEPS.items(), strict=False):
        _case(province, claim, state, steps)


def _case(province: Province, claim: Claim, state: str, steps: tuple[str, ...]) -> None:
    city = province.officials["city", division_of(claim.case_region)]
    finding = clawbacks.Finding(
        "audit", "事后核查发现，同一张发票已在另一项目中计入费用（演示）。", reclaimable_fen(claim)
    )
    case = clawbacks.open_clawback(claim, city, finding, key=f"demo/{state}", at=province.at(6))
    for days_ago, step in zip((5, 4, 3, 2, 1), steps, strict=False):
        _step(province, case, city, step, province.at(days_ago))


def _step(province: Province, case: Clawback, city: Actor, step: str, at: dt.datetime) -> None:
    party, chief = province.actor(case.organisation), province.officials["province", "420000"]
    match step:
        case "notice":
            clawbacks.notice(case, city, at=at)
        case "defend":
            clawbacks.defend(case, party, text="发票由供应商重复开具，我单位并不知情。", at=at)
        case "decide":
            number = f"鄂经信追〔{at.year}〕{case.pk}号"
            decision = clawbacks.Decision(
                "重复申领属实，申辩理由不成立，追回全部资金。", number, case.amount_fen,
                sanction_years=1 if case.key == "demo/collecting" else 0,
            )  # fmt: skip
            clawbacks.decide(case, chief, decision, at=at)
        case "accept":
            clawbacks.accept(case, party, at=at)
        case "appeal":
            clawbacks.appeal(case, party, text="只有一行费用重复，不应追回全部。", at=at)
        case "drop":
            clawbacks.drop(case, city, note="两张发票号码相近，并非同一张。", at=at)
        case "repay" | "repay_all":
            left = due_of(case, at.date()).left_fen
            fen = left if step == "repay_all" else left // 3
            slip = f"JK{at:%Y%m%d}{case.pk:04d}"
            collecting.repay(case, city, amount_fen=fen, slip=slip, at=at)
