"""资金: what is granted, claimed, paid and taken back, and the register of what was claimed."""

from dengta.funding.models.budgets import Budget, BudgetOrder, PublicExpense, Tranche
from dengta.funding.models.claims import (
    DEAD_CLAIM,
    GRANTED_CLAIM,
    OPEN_CLAIM,
    BankFlow,
    Claim,
    ClaimPaper,
    CostLine,
    Instalment,
)
from dengta.funding.models.clawbacks import DECIDED_CLAWBACK, Clawback, Repayment
from dengta.funding.models.finance import FundProject, LoanRequest, WhiteList, WhiteListRow
from dengta.funding.models.openings import Issuance, Opening, Ticket
from dengta.funding.models.payments import BankResult, Payment, PaymentBatch
from dengta.funding.models.register import Filing, Hit, InvoiceCeiling, RegisterEntry
from dengta.funding.models.screening import PartyTie, ScreeningSign
from dengta.funding.models.voucher import (
    ENDED_STATES,
    GRANTED_STATES,
    OPEN_STATES,
    Invoice,
    Voucher,
)

__all__ = [
    "DEAD_CLAIM", "DECIDED_CLAWBACK", "ENDED_STATES", "GRANTED_CLAIM", "GRANTED_STATES",
    "OPEN_CLAIM", "OPEN_STATES", "BankFlow", "BankResult", "Budget", "BudgetOrder", "Claim",
    "ClaimPaper", "Clawback", "CostLine", "Filing", "FundProject", "Hit", "Instalment",
    "Invoice", "InvoiceCeiling", "Issuance", "LoanRequest", "Opening", "PartyTie", "Payment",
    "PaymentBatch", "PublicExpense", "RegisterEntry", "Repayment", "ScreeningSign", "Ticket",
    "Tranche", "Voucher", "WhiteList", "WhiteListRow",
]  # fmt: skip
