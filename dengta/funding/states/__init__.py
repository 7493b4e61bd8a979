"""资金的状态流转."""

from dengta.funding.states.vouchers import VOUCHER

__all__ = ["VOUCHER"]
