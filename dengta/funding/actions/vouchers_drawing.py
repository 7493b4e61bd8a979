"""A claim draws on a voucher: the running total goes up by compare-and-swap, and never above what
was issued."""

from __future__ import annotations

import datetime as dt

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.actions.vouchers import tell
from dengta.funding.models import Claim, Voucher
from dengta.trail.actions import Moved, StepRefused, advance

TAKEN = Text(
    "这张券刚刚已在别处核销，金额已变化。请刷新页面，核对剩余金额后再办理。",
    "This voucher has just been redeemed elsewhere. Reload the page and look at what is left.",
)


def draw(claim: Claim, *, at: dt.datetime) -> None:
    """A claim on a voucher is approved: draw what was approved on the voucher. Called in the
    transaction that approves it, before its money is reserved. StepRefused with what is left."""
    assert claim.voucher_id is not None
    voucher = Voucher.objects.get(pk=claim.voucher_id)
    check_part(claim.approved_fen or 0, voucher.left_fen)
    take(voucher, claim.approved_fen or 0, SYSTEM, at, seen=voucher.redeemed_fen)


def check_part(amount: int, left: int) -> None:
    """StepRefused for nothing, or for more than is left, with what is left, in 分."""
    if not 0 < amount <= left:
        raise StepRefused(
            Text(
                f"核销金额须在 0.01 元至 {yuan(left)} 元之间。",
                f"The amount must lie between 0.01 and {yuan(left)} yuan.",
            )
            if left
            else Text(
                "这张券没有可核销的余额。", "Nothing is left on this voucher to be redeemed."
            ),
            "amount_fen",
        )


def check_day(voucher: Voucher, day: dt.date) -> None:
    """StepRefused after the last day on which a voucher can be redeemed."""
    if voucher.expires_date and day > voucher.expires_date:
        raise StepRefused(
            Text(
                f"服务券已于 {said_day(voucher.expires_date).zh} 过期，不能核销；"
                f"额度已退回资金池。",
                f"The voucher expired on {said_day(voucher.expires_date).en} and cannot be"
                f" redeemed.",
            )
        )


def take(voucher: Voucher, amount: int, by: Actor, at: dt.datetime, *, seen: int) -> None:
    """Raise the running total by compare-and-swap, which takes the row, and move the state."""
    mine = Voucher.objects.filter(pk=voucher.pk, state="issued", redeemed_fen=seen)
    if not mine.update(redeemed_fen=seen + amount):
        raise Moved(TAKEN)
    whole = seen + amount == voucher.granted_fen
    event = advance(voucher, "redeem" if whole else "part", by=by, at=at)
    tell(voucher, event)
