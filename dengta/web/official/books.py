"""账本: when the books were last proved, statements of accounts, firms and programmes, exports.

Every office sees that the books are right and the accounts of its own enterprises; the accounts of
pools and the ledger as a whole are for the province.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.queries.budgets import budget_codes, budget_seen
from dengta.funding.queries.vouchers import firms_like, holder_of, pool_codes, programmes_with_money
from dengta.ledger import queries as ledger
from dengta.ledger.actions.exporting import file_name, start_ledger_export
from dengta.ledger.actions.reconciling import reconcile
from dengta.ledger.queries.exporting import FORMS, Form, transfer_count, write_ledger
from dengta.registry.queries import policy
from dengta.web.books import Period, account_name, language, read, too_long, workbook
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.taken_away import made_now

WHOLE = ("province",)
"""Who may see accounts that are no enterprise's, and take the whole ledger away."""

TOTALS = {
    "debits_pending_fen": Text("借方预留", "Debits pending"),
    "debits_posted_fen": Text("借方入账", "Debits posted"),
    "credits_pending_fen": Text("贷方预留", "Credits pending"),
    "credits_posted_fen": Text("贷方入账", "Credits posted"),
}

FOUND = 20
"""Firms listed by a search, at most."""


@require_safe
@desk(*OFFICIAL)
def books(request: HttpRequest, acting: Actor) -> HttpResponse:
    """When the books were proved and what came of it; the way to each statement and to exports."""
    words = request.GET.get("q", "").strip()[:120]
    firms = firms_like(words, acting, FOUND)
    if len(firms) == 1:
        return redirect("books_firm", firms[0].uscc)
    whole = acting.role in WHOLE
    kept = ledger.reconciliations()
    context = {
        "last": kept[0] if kept else None,
        "kept": kept[1:15],
        "differences": _differences(kept[0]) if kept and whole else [],
        "words": words,
        "firms": firms,
        "most": FOUND if len(firms) == FOUND else 0,
        "whole": whole,
        "at_once": transfer_count() <= _most() if whole else False,
        "key": secrets.token_hex(16),
        "programmes": _programmes() if whole else [],
        "breadcrumbs": crumbs((_("资金池"), reverse("pool")), (_("账本"), "")),
    }
    return render(request, "official/books.html", context)


def _differences(last: ledger.Reconciliation) -> list[dict[str, Any]]:
    """Each difference, with its total in words."""
    return [one | {"total": said(TOTALS[one["total"]])} for one in last.differences]


def _most() -> int:
    return policy().practised("export_rows_at_once", timezone.localdate())


def _programmes() -> list[dict[str, Any]]:
    """Each programme that has money, with the accounts of its pools."""
    return [
        {
            "id": id,
            "name": policy().programme(id, timezone.localdate()).name,
            "pools": [one for one in map(ledger.balance, pool_codes(id)) if one],
        }
        for id in programmes_with_money()
    ]


@require_POST
@desk(*WHOLE)
def prove(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Add every transfer up anew, now."""
    found = reconcile()
    if found.right:
        tell(request, _("已重新核对全部转账，各账户没有差异。"))
    else:
        tell(request, _("核对发现差异，请立即停止拨付并核查。"), good=False)
    return redirect("books")


@require_safe
@desk(*OFFICIAL)
def statement(
    request: HttpRequest, acting: Actor, *, account: str = "", uscc: str = "", programme: str = ""
) -> HttpResponseBase:
    """One account, all accounts of a firm, or the pools of a programme, over a period."""
    codes, title, lead = _meant(acting, account, uscc, programme)
    period = Period.asked(request.GET)
    shown = read(acting, codes, period, request.GET.get("page"))
    if request.GET.get("take") == "xlsx" and not too_long(shown.statement):
        return workbook(codes, period, account or uscc or programme)
    context = {
        "title": title,
        "lead": lead,
        "shown": shown,
        "page": shown.page,
        "period": period,
        "query": period.query,
        "too_long": too_long(shown.statement),
        "several": len(codes) > 1,
        "breadcrumbs": crumbs((_("账本"), reverse("books")), (title, "")),
    }
    return render(request, "official/statement.html", context)


def _meant(acting: Actor, account: str, uscc: str, programme: str) -> tuple[list[str], str, str]:
    """The accounts, a title and a line below it; Http404 for what is not there or not for this
    office."""
    if account:
        known = ledger.balance(account)
        mine = holder_of(account, acting) or budget_seen(account, acting)
        if known is None or not (acting.role in WHOLE or mine):
            raise Http404
        return [account], said(account_name(account, known.name)), account
    if uscc:
        firm = holder_of(uscc, acting)
        if firm is None:
            raise Http404
        return ledger.codes_of(uscc), firm.name, uscc
    if acting.role not in WHOLE or programme not in programmes_with_money():
        raise Http404
    name = policy().programme(programme, timezone.localdate()).name
    codes = [*dict.fromkeys([*pool_codes(programme), *budget_codes(programme)])]
    return codes, said(name), _("历年资金池和各地资金账户")


@require_safe
@desk(*WHOLE)
def export(request: HttpRequest, acting: Actor, form: str) -> HttpResponseBase:
    """The whole ledger, now; one that is too long for that is made by a job instead."""
    wanted = _form(form)
    if transfer_count() > _most():
        return redirect("books")
    tongue = language()
    return made_now(
        file_name(wanted, tongue), FORMS[wanted], lambda path: write_ledger(wanted, path, tongue)
    )


@require_POST
@desk(*WHOLE)
def export_job(request: HttpRequest, acting: Actor, form: str) -> HttpResponse:
    """Have the whole ledger written behind the pages."""
    key = request.POST.get("key", "")[:64] or secrets.token_hex(16)
    job, _new = start_ledger_export(acting, _form(form), language(), key=key)
    return redirect("job", job.pk)


def _form(typed: str) -> Form:
    if typed == "beancount":
        return "beancount"
    if typed == "xlsx":
        return "xlsx"
    raise Http404
