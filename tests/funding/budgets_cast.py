"""Makers of budgets for tests: funds opened, money allotted, some of it drawn."""

from __future__ import annotations

import itertools

from dengta.accounts.queries import Actor
from dengta.funding.actions import budgets
from dengta.funding.models import Budget, BudgetOrder
from dengta.funding.queries.budgets import fund_named
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from tests.cast import MOMENT

CHECKED = "本单位只有一位经办人，由局长复核。"
PILOT = "pilot-city-2026"
COUNTIES = "pilot-county-2026"
WUHAN, JIANGAN, XIANTAO = "420100", "420102", "429004"
_serial = itertools.count(1)


def opened(fund: str = PILOT) -> Budget:
    """The province's budget of a fund with the money of the policy."""
    return budgets.open_fund(fund_named(fund), at=MOMENT)


def allotted(
    actor: Actor, amount_fen: int, region: str = WUHAN, fund: str = PILOT, **parts: int
) -> list[BudgetOrder]:
    """Money given to a place, divided by the rule unless parts are given."""
    opened(fund)
    return budgets.allocate(
        actor, fund, region, amount_fen, document_number="鄂财产发〔2026〕34号",
        reason="试点资金", key=f"test-{next(_serial)}", parts=parts, note=CHECKED, at=MOMENT,
    )  # fmt: skip


def left(region: str = "", part: str = "all", fund: str = PILOT) -> int:
    """What is still free in a budget, in 分; 0 where none was opened."""
    found = books.balance("/".join(filter(None, ("pool", fund, region, part.replace("all", "")))))
    return (found.left_fen or 0) if found else 0


def drawn(region: str, part: str, amount_fen: int, firm: str, fund: str = PILOT) -> str:
    """Set some of a budget aside for a firm, as an approved claim does; the key."""
    ledger.open_account(f"payable/{firm}", f"应付 {firm}", at=MOMENT)
    key = f"grant/test/{next(_serial)}"
    entry = ledger.Entry(key, f"pool/{fund}/{region}/{part}", f"payable/{firm}", amount_fen)
    ledger.reserve(entry, at=MOMENT)
    return key


def given_back(
    actor: Actor, amount_fen: int, region: str = WUHAN, fund: str = PILOT, **parts: int
) -> list[BudgetOrder]:
    """Money that a place gives back to where it came from."""
    draft = budgets.Draft(
        "return", fund, region, amount_fen, "武财企〔2026〕9号", "项目结余", parts
    )
    return budgets.order_now(actor, draft, key=f"test-{next(_serial)}", note=CHECKED, at=MOMENT)


def shifted(
    actor: Actor, amount_fen: int, region: str = WUHAN, fund: str = PILOT
) -> list[BudgetOrder]:
    """Public money of a place that is for enterprises from now on."""
    draft = budgets.Draft("shift", fund, region, amount_fen, "武财企〔2026〕10号", "用于企业")
    return budgets.order_now(actor, draft, key=f"test-{next(_serial)}", note=CHECKED, at=MOMENT)
