"""Payments as every desk shows them: how one stands, and the way back to what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.urls import NoReverseMatch, reverse

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.queries import payment_trace as tracing
from dengta.funding.queries.budgets import scheme_name
from dengta.funding.queries.payment_trace import Traced
from dengta.funding.queries.payments import Payment
from dengta.web.cases import badge
from dengta.web.verdicts import stored_clauses

LINES = 20
"""Instalments on one page of a payment."""

CAUSES: Mapping[str, Text] = {
    "unknown": Text("没有这笔付款", "No such payment"),
    "amount": Text("金额不符", "Amount differs"),
    "account": Text("账户不符", "Account differs"),
    "again": Text("重复回单", "Answered before"),
    "late": Text("付款成功后又退回", "Sent back after it was paid"),
    "other": Text("结果与已登记的不同", "Contradicts what is recorded"),
}
"""Why a row of a result file does not match."""
MENDS: Mapping[str, Text] = {
    "unknown": Text(
        "编号不在本批次。请核对编号，或到所属批次登记。",
        "The number is not in this batch. Check it, or record it with its own batch.",
    ),
    "amount": Text(
        "与付款文件金额不一致，没有入账。请向银行核实实付金额。",
        "It differs from the payment file; nothing was booked. Ask the bank what was paid.",
    ),
    "account": Text(
        "与付款文件账户不一致，没有入账。请向银行核实收款账户。",
        "The account differs from the payment file; nothing was booked. Ask the bank.",
    ),
    "again": Text(
        "此前已登记同样的结果，不用再办。", "The same is recorded already; nothing to do."
    ),
    "late": Text(
        "银行付出后又退回。请凭退回款项的银行流水登记，款项重新列入应付。",
        "The bank paid it and sent it back. Record that with the slip of the returned money; it is"
        " owed again then.",
    ),
    "other": Text(
        "与此前登记的结果或凭证号不同，以先登记的为准。请向银行核实，看是否付了两次。",
        "The result or the bank's number differs from what was recorded first, which stands. Ask"
        " the bank whether it paid twice.",
    ),
}
"""What to do about it."""
RETURNED = Text(
    "退回已登记，款项已重新列入应付，不用再办。",
    "The return is recorded and the money owed again; nothing to do.",
)


ACCOUNTS: Mapping[str, Text] = {
    "treasury": Text("财政资金", "Treasury"),
    "pool": Text("预算资金", "Budget"),
    "payable": Text("应付收款单位", "Owed to the payee"),
    "receivable": Text("应缴回资金", "Owed back"),
    "bank": Text("银行账户", "Bank"),
}
"""What the first part of an account's code means to those who do not keep the books."""


def reach(name: str, pk: int) -> str:
    """The address of a matter's page; "" where the platform runs without such pages."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""


def trace_context(acting: Actor, payment: Payment, page: str | None) -> dict[str, Any]:
    """A payment and what it rests on, as the page shows it."""
    lines = tracing.own_lines(acting, payment)
    shown = Paginator(lines, LINES).get_page(page)
    entries = tracing.entries_of(payment, list(shown))
    official = acting.official
    return {
        "payment": payment,
        "badge": badge(payment.flow.state(payment.state), public=not official),
        "page": shown,
        "rows": [_row(acting, one) for one in tracing.traced(acting, list(shown))],
        "entries": [
            {
                "entry": one,
                "what": _booked(one.key),
                "debit": account_words(one.debit),
                "credit": account_words(one.credit),
                "debit_url": reverse("books_account", args=[one.debit]) if official else "",
                "credit_url": reverse("books_account", args=[one.credit]) if official else "",
            }
            for one in entries
        ],
        "results": tracing.results_of(payment) if official else [],
        "whole": sum(one.amount_fen for one in lines) == payment.amount_fen,
    }


def account_words(code: str) -> Text:
    """An account of the ledger as people call it, without its code."""
    kind, _, rest = code.partition("/")
    if kind == "voucher":
        return Text(f"服务券 {rest}", f"Voucher {rest}")
    return ACCOUNTS.get(kind, Text("资金账户", "Account of funds"))


def _booked(key: str) -> Text:
    return {
        "grant": Text("核定并列入应付", "Granted and owed"),
        "refund": Text("银行付款后退回", "Sent back after it was paid"),
        "setoff": Text("抵扣应缴回资金", "Kept against what is owed back"),
    }.get(key.split("/")[0], Text("银行付出", "Paid by the bank"))


def _row(acting: Actor, one: Traced) -> dict[str, Any]:
    claim, official = one.claim, acting.official
    mine = official or claim.organisation_id == acting.organisation_id
    award = claim.award if mine else None
    return {
        "line": one.line,
        "claim": claim,
        "scheme": scheme_name(claim.scheme),
        "claim_url": reach("official_claim" if official else "claim", claim.pk) if mine else "",
        "award": award,
        "award_url": reverse("official_award" if official else "own_award", args=[award.pk])
        if award
        else "",
        "application_url": reverse(
            "official_application" if official else "application", args=[award.application_id]
        )
        if award
        else "",
        "voucher": claim.voucher if mine else None,
        "voucher_url": reverse("case" if official else "voucher", args=[claim.voucher_id])
        if claim.voucher_id
        else "",
        "clauses": stored_clauses(one.verdict) if mine else [],
        "papers": one.papers,
        "hits": [
            {
                "hit": hit,
                "url": reach("hit", hit.pk),
                "badge": badge(hit.flow.state(hit.state), public=False),
            }
            for hit in one.hits
        ],
    }
