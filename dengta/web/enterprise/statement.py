"""资金明细: what a firm was granted, has redeemed and was paid, each line with its matter."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.funding.queries.budgets import payable_code
from dengta.funding.queries.vouchers import Money, money_of
from dengta.registry.queries import organisation_of
from dengta.web.books import Period, read, too_long, workbook
from dengta.web.cases import crumbs
from dengta.web.frame import desk


@require_safe
@desk("enterprise")
def statement(request: HttpRequest, acting: Actor) -> HttpResponseBase:
    """The firm's own money over a period, this year unless asked otherwise."""
    firm = organisation_of(acting)
    codes = [payable_code(firm.uscc)]
    period = Period.asked(request.GET)
    shown = read(acting, codes, period, request.GET.get("page"))
    if request.GET.get("take") == "xlsx" and not too_long(shown.statement):
        return workbook(codes, period, firm.uscc)
    year = timezone.localdate().year
    context = {
        "tiles": _tiles(money_of(firm.uscc, year), year),
        "shown": shown,
        "waiting": shown.statement.closing_fen + shown.statement.pending_fen,
        "pending": shown.statement.pending_fen,
        "page": shown.page,
        "period": period,
        "query": period.query,
        "too_long": too_long(shown.statement),
        "breadcrumbs": crumbs((_("工作台"), reverse("enterprise_home")), (_("资金明细"), "")),
    }
    return render(request, "enterprise/statement.html", context)


def _tiles(money: Money, year: int) -> list[dict[str, Any]]:
    """Granted, redeemed, paid, still to come, in the order in which money comes."""
    tiles: list[tuple[Text, int | None, Text | None]] = [
        (
            Text("已发放、还没有核销", "Granted, not redeemed yet"),
            money.open_fen,
            Text("在有效期内核销后转为应付", "Becomes payable when redeemed in time"),
        ),
        (Text("已核销或核定", "Redeemed or granted"), money.redeemed_fen, None),
        (Text("已拨付", "Paid"), money.paid_fen, None),
        (
            Text("等待拨付", "Waiting for payment"),
            money.due_fen,
            Text("已核销或核定，还没有到账", "Redeemed or granted, not paid yet"),
        ),
    ]
    if money.allowance_fen is not None:
        tiles.append(
            (Text(f"{year} 年还可申领", f"Left to claim in {year}"), money.allowance_fen, None)
        )
    return [{"label": label, "fen": fen, "note": note} for label, fen, note in tiles]
