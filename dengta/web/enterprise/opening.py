"""领券: one opening as a firm sees it: when it opens, taking a place, the place in the queue, the
answer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.core.money import wan
from dengta.core.schemes import Scheme
from dengta.funding.actions.openings import take_ticket
from dengta.funding.queries import openings as queries
from dengta.funding.queries.vouchers import edition, terms_of
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, crumbs
from dengta.web.frame import desk, said

SOON = dt.timedelta(minutes=2)


class TicketForm(forms.Form):
    """What the value goes by, and the terms."""

    use_required_attribute = False

    agree = forms.BooleanField(
        label=gettext_lazy("已阅读并同意以上承诺"),
        error_messages={"required": gettext_lazy("请阅读承诺条款，同意后勾选再领取。")},
    )
    agreed_by = forms.CharField(
        label=gettext_lazy("承诺人姓名"),
        max_length=60,
        error_messages={"required": gettext_lazy("还没有填写，请填写法定代表人或经办人姓名。")},
    )

    def __init__(self, scheme: Scheme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        table = scheme.fixed or scheme.cap
        self.by = table.by if table is not None else ""
        if table is not None and self.by:
            self.fields[self.by] = forms.ChoiceField(
                label=said(policy().facts[self.by].term),
                widget=forms.RadioSelect,
                choices=[
                    (row, _("%(what)s，%(amount)s")
                     % {"what": said(table.words[row]), "amount": said(wan(fen))})
                    for row, fen in table.rows.items()
                ],
                error_messages={"required": _("还没有选择，请选择后再领取。")},
            )  # fmt: skip
            self.order_fields([self.by, "agree", "agreed_by"])


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def opening(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """See when it opens, take a place, wait, read the answer. Asked for by htmx, only what moves;
    a click more is the same place."""
    found = queries.public().filter(pk=pk).first()
    if found is None:
        raise Http404
    scheme = edition(found.scheme)
    form = TicketForm(scheme, request.POST if request.method == "POST" else None)
    error = ""
    if request.method == "POST" and form.is_valid():
        facts = {form.by: form.cleaned_data[form.by]} if form.by else {}
        try:
            take_ticket(
                found,
                acting,
                facts,
                terms=terms_of(scheme),
                agreed_by=form.cleaned_data["agreed_by"],
            )
            return redirect("opening", pk)
        except StepRefused as refused:
            error = said(refused.text)
    context = {**_standing(found, acting), "form": form, "error": error, "scheme": scheme}
    context["breadcrumbs"] = crumbs((_("发券场次"), reverse("openings")), (found.title, ""))
    live = bool(getattr(request, "htmx", False)) and request.method == "GET"
    template = "enterprise/_opening.html" if live else "enterprise/opening.html"
    return render(request, template, context, status=422 if error or form.errors else 200)


def _standing(found: queries.Opening, acting: Actor) -> dict[str, Any]:
    """Where the opening and the firm's ticket stand, and in how many seconds to look again."""
    now = timezone.now()
    ticket = queries.ticket_of(found, acting.organisation_id)
    over = found.flow.state(found.state).final or now >= found.closes_at
    ahead = found.opens_at - now
    waits = ticket is not None and ticket.answered_at is None
    again = 2 if waits else 0
    if ticket is None and not over and ahead > dt.timedelta():
        again = 5 if ahead < SOON else 30
    return {
        "opening": found,
        "badge": badge(found.flow.state(found.state), public=True),
        "ticket": ticket,
        "before": queries.position(ticket) if ticket else 0,
        "granted": ticket is not None and ticket.voucher_id is not None,
        "over": over,
        "open": not over and ahead <= dt.timedelta(),
        "ahead": _ahead(ahead),
        "again": again,
    }


def _ahead(left: dt.timedelta) -> str:
    """How long it still takes, in words."""
    minutes, seconds = divmod(max(int(left.total_seconds()), 0), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [
        ngettext("%(n)s 天", "%(n)s 天", days) % {"n": days} if days else "",
        ngettext("%(n)s 小时", "%(n)s 小时", hours) % {"n": hours} if hours else "",
        ngettext("%(n)s 分钟", "%(n)s 分钟", minutes) % {"n": minutes}
        if minutes and not days
        else "",
        ngettext("%(n)s 秒", "%(n)s 秒", seconds) % {"n": seconds}
        if not days and not hours and not minutes
        else "",
    ]
    return " ".join(part for part in parts if part)
