"""资金: what is granted, claimed and paid, and the register that lets nothing be claimed twice."""

from dengta.funding.models.finance import FundProject, LoanRequest, WhiteList, WhiteListRow
from dengta.funding.models.voucher import (
    GRANTED_STATES,
    OPEN_STATES,
    REDEEMED_STATES,
    ClaimKey,
    Invoice,
    Voucher,
)

__all__ = [
    "GRANTED_STATES",
    "OPEN_STATES",
    "REDEEMED_STATES",
    "ClaimKey",
    "FundProject",
    "Invoice",
    "LoanRequest",
    "Voucher",
    "WhiteList",
    "WhiteListRow",
]
