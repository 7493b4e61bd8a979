"""Claims that were paid, and clawbacks on them, for tests: each taken along its way by the actions
that pages use."""

from __future__ import annotations

import datetime as dt
from typing import Any

from dengta.accounts.queries import Actor
from dengta.core.money import largest_remainder
from dengta.funding.actions import clawbacks as actions
from dengta.funding.actions import finality
from dengta.funding.models import Claim, Clawback, Instalment, Payment, PaymentBatch
from dengta.funding.queries.budgets import payable_code, scheme_of
from dengta.funding.queries.clawbacks import appeal_until
from dengta.ledger import actions as ledger
from dengta.ledger import queries as books
from dengta.registry.queries import policy
from dengta.trail.actions import begin
from tests.cast import DAY, MOMENT, WAN, Cast, Firm

PAID_AT = MOMENT - dt.timedelta(days=100)
POOLS = {
    "pool/pilot-advance-2026": 5_000,
    "pool/pilot-advance-2026/420100": 3_000,
    "pool/pilot-advance-2026/420102": 2_000,
}
"""The budgets of province, city and county, and the share (basis points) that each pays."""
POOL_FEN = 1_000 * WAN
RATE = policy().practised("clawback_interest_bps", DAY)
"""Yearly interest in basis points, as practice has it."""
LAST_OF_APPEAL = appeal_until(DAY)
FINAL_DAY = LAST_OF_APPEAL + dt.timedelta(days=1)
FINAL = MOMENT + (FINAL_DAY - DAY)


def fill_pools() -> None:
    """Open the three budgets with the same money each."""
    for account in ("treasury/province", "bank/outgoing"):
        ledger.open_account(account, account)
    for code in POOLS:
        ledger.open_account(code, code, guard="credits")
        ledger.post(ledger.Entry(f"open/{code}", "treasury/province", code, POOL_FEN))


def paid_claim(
    cast: Cast, firm: Firm | None = None, fen: int = 10 * WAN, *, payee: Firm | None = None,
    paid: tuple[int, ...] = (1, 2), at: dt.datetime = PAID_AT,
) -> Claim:  # fmt: skip
    """A claim of 100,000 yuan, granted and paid in two instalments (70 and 30 of a hundred) out of
    three purses; only those named in `paid` have been paid."""
    firm = firm or cast.firm
    fill_pools()
    scheme = scheme_of("pilot-advance")
    claim = Claim(
        scheme=scheme.edition, programme=scheme.programme, year=2026,
        organisation=firm.organisation, payee=(payee or firm).organisation, title="产线改造",
        list_fen=2 * fen, claimed_fen=2 * fen, counted_fen=2 * fen, computed_fen=fen,
        policy_digest="0" * 64, terms=[term._asdict() for term in scheme.sanction],
        agreed_by="王法人", agreed_at=at, submitted_at=at, approved_fen=fen, approved_at=at,
        key=f"claim-{Claim.objects.count()}", created_at=at,
    )  # fmt: skip
    begin(claim, by=firm.actor, at=at)
    state = "paid" if paid == (1, 2) else "approved"
    Claim.objects.filter(pk=claim.pk).update(state=state)
    claim.refresh_from_db()
    for ordinal, part in enumerate(largest_remainder(fen, [7, 3]), start=1):
        row = Instalment.objects.create(
            claim=claim, ordinal=ordinal, moment="approved", amount_fen=part
        )
        _grant(row, at)
        if ordinal in paid:
            _pay(row, cast.province, at)
    return claim


def _grant(row: Instalment, at: dt.datetime) -> None:
    payable = payable_code(row.claim.payee.uscc)
    ledger.open_account(payable, payable)
    parts = largest_remainder(row.amount_fen, [*POOLS.values()])
    ledger.reserve_many(
        [
            ledger.Entry(
                f"grant/{row.claim.number}/{row.ordinal}/{purse}", code, payable, part,
                "subsidy", "", row.claim.number,
            )
            for (code, part), purse in zip(
                zip(POOLS, parts, strict=True), ("province", "city", "county"), strict=True
            )
            if part
        ],
        at=at,
    )  # fmt: skip


def payment(row: Instalment, by: Actor, set_off_fen: int = 0, at: dt.datetime = MOMENT) -> Payment:
    """A payment of one instalment in a batch of its own, not sent."""
    batch = PaymentBatch(
        title="拨付", region_code="420000", key=f"batch-{PaymentBatch.objects.count()}",
        created_at=at,
    )  # fmt: skip
    begin(batch, by=by, at=at)
    made = Payment(
        batch=batch, organisation=row.claim.payee, account_name="甲", account_number="6200",
        bank_name="乙", amount_fen=row.amount_fen, set_off_fen=set_off_fen, created_at=at,
    )  # fmt: skip
    begin(made, by=by, at=at)
    Instalment.objects.filter(pk=row.pk).update(payment=made, ready_at=at)
    return made


def settle(row: Instalment, at: dt.datetime = MOMENT) -> None:
    """What was reserved for an instalment is owed now."""
    prefix = f"grant/{row.claim.number}/{row.ordinal}/"
    own = [one.key for one in books.standings(row.claim.number) if one.key.startswith(prefix)]
    ledger.settle_many([(key, None) for key in own], at=at)
    Instalment.objects.filter(pk=row.pk).update(settled_at=at)


def _pay(row: Instalment, by: Actor, at: dt.datetime) -> None:
    made = payment(row, by, at=at)
    settle(row, at)
    payable = payable_code(row.claim.payee.uscc)
    entry = ledger.Entry(
        f"pay/{made.number}", payable, "bank/outgoing", row.amount_fen, "pay", "", made.number
    )
    ledger.post(entry, at=at)
    Instalment.objects.filter(pk=row.pk).update(paid_at=at)


def colleague(cast: Cast) -> Actor:
    """A second official of 武汉市经信局."""
    return cast.official(f"second-{cast.city.user_id}", "city", "420100")


def finding(fen: int = 10 * WAN, **different: Any) -> actions.Finding:
    """What an audit found."""
    return actions.Finding(**{
        "origin": "audit", "grounds": "同一发票在两个项目中重复申领。", "amount_fen": fen
    } | different)  # fmt: skip


def decision(fen: int = 10 * WAN, **different: Any) -> actions.Decision:
    """What is decided of it."""
    return actions.Decision(**{
        "text": "重复申领属实，全部追回。", "number": "武经信追〔2026〕3号", "amount_fen": fen
    } | different)  # fmt: skip


def clawback(
    cast: Cast, state: str = "found", claim: Claim | None = None, fen: int = 10 * WAN,
    *, asked: int | None = None, at: dt.datetime = MOMENT, **different: Any,
) -> Clawback:  # fmt: skip
    """A case of 100,000 yuan taken along its way up to `state`; `different` of the decision."""
    claim = claim or paid_claim(cast)
    key = f"case-{Clawback.objects.count()}"
    case = actions.open_clawback(claim, cast.city, finding(asked or fen), key=key, at=at)
    party = cast.firm.actor if claim.payee_id == cast.firm.organisation.pk else None
    owner = party or Actor(0, "对方", claim.payee.kind, organisation_id=claim.payee_id)
    final = at + (appeal_until(at.date()) - at.date()) + dt.timedelta(days=1)
    way = {
        "noticed": lambda: actions.notice(case, cast.city, at=at),
        "heard": lambda: actions.defend(case, owner, text="发票被供应商重复使用。", at=at),
        "decided": lambda: actions.decide(case, cast.province, decision(fen, **different), at=at),
        "appealed": lambda: actions.appeal(case, owner, text="金额计算有误。", at=at),
        "collecting": lambda: finality.due(final.date()),
    }
    steps = list(way)
    if state == "collecting":
        steps.remove("appealed")
    for step in steps[: steps.index(state) + 1] if state in steps else ():
        way[step]()
        case.refresh_from_db()
    assert case.state == state
    return case


def pools() -> dict[str, int | None]:
    """What each budget has left, in 分."""
    return {code: (there.left_fen if (there := books.balance(code)) else None) for code in POOLS}


def left(code: str) -> int | None:
    """What an account may still give or take under its guard, in 分."""
    there = books.balance(code)
    return there.left_fen if there else None
