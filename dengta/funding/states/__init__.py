"""资金的状态流转: vouchers, claims, hits, payments, budgets, openings, clawbacks."""

from dengta.funding.states.budgets import ORDER, PUBLIC_EXPENSE, TRANCHE
from dengta.funding.states.claims import CLAIM, HIT
from dengta.funding.states.clawbacks import CLAWBACK
from dengta.funding.states.finance import FUND_PROJECT, LOAN_REQUEST, WHITE_LIST
from dengta.funding.states.openings import OPENING
from dengta.funding.states.payments import BATCH, PAYMENT
from dengta.funding.states.vouchers import VOUCHER

__all__ = [
    "BATCH",
    "CLAIM",
    "CLAWBACK",
    "FUND_PROJECT",
    "HIT",
    "LOAN_REQUEST",
    "OPENING",
    "ORDER",
    "PAYMENT",
    "PUBLIC_EXPENSE",
    "TRANCHE",
    "VOUCHER",
    "WHITE_LIST",
]
