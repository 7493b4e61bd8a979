"""Money that the bank had paid out and has again."""

from __future__ import annotations

import datetime as dt

from dengta.core.claim_keys import register_key
from dengta.core.shapes import Text
from dengta.funding.queries.budgets import payable_code
from dengta.funding.queries.vouchers import INCOMING
from dengta.ledger import actions as ledger
from dengta.trail.actions import StepRefused


def take_in(uscc: str, fen: int, *, slip: str, about: str, at: dt.datetime) -> None:
    """Book that what was paid to an organisation came back: the mirror of what paid it, so that it
    is owed again. `slip` proves it, and one slip proves one return. StepRefused for one that was
    used for another."""
    ledger.open_account(INCOMING, "退回资金", at=at)
    entry = ledger.Entry(
        key=f"refund/{register_key(slip)}", debit=INCOMING, credit=payable_code(uscc),
        amount_fen=fen, kind="refund", memo=slip[:200], about=about,
    )  # fmt: skip
    try:
        ledger.post(entry, at=at)
    except ledger.KeyReused as used:
        raise StepRefused(
            Text(
                f"凭证号 {slip} 已用于另一笔退回，同一凭证只能用一次。请核对后填写。",
                f"The slip {slip} proves another return already; it counts once. Check it.",
            )
        ) from used
