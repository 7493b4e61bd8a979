"""The books of every test here must be right at its end, whatever happened before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from django.db.models import QuerySet

from dengta.funding.models import RegisterEntry, Voucher
from dengta.funding.queries.budgets import payable_code, voucher_code
from dengta.funding.queries.vouchers import cap_code
from dengta.ledger import queries as ledger
from dengta.registry.models import Organisation
from dengta.trail.models import Event, Notice
from tests.cast import WAN

POOL = "pool/cloud-voucher-2026"
POOL_FEN = 5_000 * WAN
CAP_FEN = 20 * WAN


class Money(NamedTuple):
    """Where the money of one firm stands, in 分."""

    pool_left: int
    cap_left: int
    in_vouchers: int
    owed_pending: int
    owed: int
    paid: int


@pytest.fixture(autouse=True)
def books(db: None) -> Iterator[None]:
    yield
    assert ledger.recompute() == []
    assert ledger.proof().balanced


def money(organisation: Organisation, year: int = 2026) -> Money:
    """The pool, the firm's cap, what its vouchers hold, what is reserved and owed to it, and what
    has left the bank."""

    def of(code: str, field: str) -> int:
        found = ledger.balance(code)
        return getattr(found, field) if found else 0

    payable = payable_code(organisation.uscc)
    vouchers = Voucher.objects.filter(organisation=organisation)
    return Money(
        of(POOL, "left_fen"),
        of(cap_code(year, organisation.uscc), "left_fen"),
        sum(of(voucher_code(one.number), "left_fen") for one in vouchers),
        of(payable, "credits_pending_fen"),
        of(payable, "credits_posted_fen") - of(payable, "debits_posted_fen"),
        of(payable, "debits_posted_fen"),
    )


def entries_of(voucher: Voucher) -> QuerySet[RegisterEntry]:
    """Every entry of the register that a voucher holds or held."""
    return RegisterEntry.objects.filter(filing__flow="voucher", filing__thing_id=voucher.pk)


def steps_of(voucher: Voucher) -> list[str]:
    """The steps that a voucher has taken."""
    events = Event.objects.filter(flow="voucher", thing_id=voucher.pk)
    return list(events.values_list("step", flat=True))


def told(voucher: Voucher, step: str) -> list[int]:
    """Who got a notice of a step, once for each notice."""
    notices = Notice.objects.filter(
        event__flow="voucher", event__thing_id=voucher.pk, event__step=step
    )
    return sorted(notices.values_list("user_id", flat=True))


def twice(step: Callable[[], object], error: type[Exception]) -> None:
    """A double click: the second is refused by this error."""
    step()
    with pytest.raises(error):
        step()
