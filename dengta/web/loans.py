"""What every desk shows of finance alike: a product in figures, a request, a bank's answer."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from dengta.core.loans import LoanProduct
from dengta.core.money import rate, wan
from dengta.core.shapes import Text
from dengta.funding.queries.finance import LoanRequest, WhiteListRow, product_name
from dengta.registry.queries import policy
from dengta.web.cases import badge, clock_chip
from dengta.web.frame import said

RHYTHMS = {
    "daily": Text("每天一批", "each day"),
    "monthly": Text("每月一批", "each month"),
    "quarterly": Text("每季一批", "each quarter"),
}


def sum_of(product: LoanProduct) -> str:
    """How much a product gives, in words; empty where the text gives no number."""
    if product.pool_fen is not None:
        return _("总规模 %(sum)s") % {"sum": said(wan(product.pool_fen))}
    if product.most_fen is None:
        return ""
    most = said(wan(product.most_fen))
    if product.least_fen is None:
        return _("最高 %(most)s") % {"most": most}
    return _("%(least)s 至 %(most)s") % {"least": said(wan(product.least_fen)), "most": most}


def in_figures(product: LoanProduct) -> dict[str, Any]:
    """A product as its card and its page want it."""
    return {
        "product": product,
        "sum": sum_of(product),
        "banks": [bank.name for bank in product.banks],
        "rhythm": RHYTHMS[product.rhythm] if product.banks else None,
        "scope": [policy().facts[fact].term for fact in product.scope],
    }


def bank_called(product: str, bank: str, written: str) -> str:
    """A bank's name in the language of the page, as the policy has it; else as it was written."""
    try:
        return said(policy().loan(product).bank(bank).name)
    except KeyError:
        return written


def bank_name(request: LoanRequest) -> str:
    """The bank of a request, see `bank_called`."""
    return bank_called(request.product, request.bank, request.bank_name)


def request_row(request: LoanRequest, *, public: bool) -> dict[str, Any]:
    """A request as a line of a list."""
    return {
        "request": request,
        "product": product_name(request.product),
        "bank": bank_name(request),
        "badge": badge(request.flow.state(request.state), public=public),
        "clock": clock_chip(request),
    }


def answer_of(row: WhiteListRow) -> dict[str, Any]:
    """What the bank answered, in words."""
    return {
        "row": row,
        "given": row.answered_at is not None,
        "name": row.get_answer_display(),
        "rate": None if row.rate_bps is None else rate(row.rate_bps),
        "tone": {"none": "wait", "refused": "bad"}.get(row.answer, "good"),
    }


def clauses_of(request: LoanRequest) -> list[dict[str, Any]]:
    """The conditions as they were decided when the request was handed in, in words of the policy
    where it still has them."""
    texts = {
        clause.id: clause.text
        for programme in policy().programmes
        if programme.id == request.verdict.get("programme")
        for clause in programme.clauses
    }
    return [
        {
            "text": texts.get(clause["id"], Text(clause["text"], clause["text"])),
            "outcome": clause["outcome"],
        }
        for clause in request.verdict.get("clauses", [])
    ]
