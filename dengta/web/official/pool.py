"""资金池: the voucher pool as the ledger has it, its statement, and the proof of the books."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.funding.queries import vouchers as queries
from dengta.ledger import queries as ledger
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk


@require_safe
@desk(*OFFICIAL)
def pool(request: HttpRequest, acting: Actor) -> HttpResponse:
    """This year's pool, the latest postings on it, and whether the books prove."""
    now = timezone.now()
    found = queries.pool(timezone.localdate(now).year)
    statement = (
        ledger.statement_of(
            [queries.pool_code(found.fund)], now - dt.timedelta(days=400), now, page=None, size=30
        )
        if found
        else None
    )
    context = {
        "pool": found,
        "money": {
            "title": found.fund.name,
            "paid": found.paid_fen,
            "reserved": found.held_fen,
            "available": found.left_fen,
            "cap": found.given_fen,
        }
        if found
        else None,
        "lines": statement.lines[::-1] if statement else [],
        "proved": ledger.last_reconciliation(),
        "breadcrumbs": crumbs((_("资金池"), "")),
    }
    return render(request, "official/pool.html", context)
