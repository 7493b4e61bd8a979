"""The fixed cast of the ledger's tests: a treasury, a pool under guard, two firms, a yearly cap."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dengta.ledger import actions, queries
from dengta.ledger.actions import Entry

POOL_FEN = 1_000_00
CAP_FEN = 300_00


@pytest.fixture
def books(db: None) -> Iterator[None]:
    """Open accounts with money in the pool; afterwards the books must still be right."""
    actions.open_accounts(
        {"treasury": "财政专户", "firm/a": "甲企业", "firm/b": "乙企业", "used": "已用额度"}
    )
    actions.open_accounts({"pool": "资金池", "cap/a": "甲企业年度额度"}, "credits")
    actions.open_account("room/b", "乙企业可用额度", "debits")
    actions.post(Entry("fund", "treasury", "pool", POOL_FEN))
    actions.post(Entry("cap", "treasury", "cap/a", CAP_FEN))
    actions.post(Entry("room", "room/b", "treasury", CAP_FEN))
    yield
    assert queries.recompute() == []
    assert queries.proof().balanced


@pytest.fixture
def held(books: None) -> str:
    """The key of a reservation of 200 yuan from the pool for firm a."""
    actions.reserve(draw("held", 200_00))
    return "held"


def draw(key: str, amount_fen: int, firm: str = "firm/a", **more: str) -> Entry:
    """From the pool to a firm."""
    return Entry(key, "pool", firm, amount_fen, **more)


def voucher(key: str, amount_fen: int) -> list[Entry]:
    """What a voucher takes at once: money of the pool and room under the firm's yearly cap."""
    return [draw(f"issue/{key}", amount_fen), Entry(f"cap/{key}", "cap/a", "used", amount_fen)]


def left(code: str = "pool") -> int | None:
    """What an account has left under its guard, in 分."""
    found = queries.balance(code)
    assert found is not None
    return found.left_fen


def totals(code: str = "pool") -> tuple[int, int, int, int]:
    """Debits pending and posted, credits pending and posted."""
    found = queries.balance(code)
    assert found is not None
    return (
        found.debits_pending_fen, found.debits_posted_fen,
        found.credits_pending_fen, found.credits_posted_fen,
    )  # fmt: skip
