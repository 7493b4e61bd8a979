"""资金的状态流转."""

from dengta.funding.states.finance import FUND_PROJECT, LOAN_REQUEST, WHITE_LIST
from dengta.funding.states.vouchers import VOUCHER

__all__ = ["FUND_PROJECT", "LOAN_REQUEST", "VOUCHER", "WHITE_LIST"]
