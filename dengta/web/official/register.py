"""防重登记: who holds an invoice, contract, bank flow or serial number; what a firm holds; a total
of an invoice put right."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from dengta.accounts.queries import Actor
from dengta.funding.actions import register as actions
from dengta.funding.queries import register as queries
from dengta.funding.queries.budgets import place_name, programme_name
from dengta.funding.queries.hits import KINDS
from dengta.funding.queries.register import InvoiceCeiling, Organisation, RegisterEntry
from dengta.registry.queries import division_of, region_name
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, crumbs, role_name
from dengta.web.fields import YUAN, NumberField
from dengta.web.frame import OFFICIAL, desk, said, tell
from dengta.web.official.hits import MATTERS

_MOST_FEN = 10**14


class TotalForm(forms.Form):
    """What is printed on an invoice, and what that rests on."""

    use_required_attribute = False

    reason = forms.CharField(
        label=gettext_lazy("更正依据"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("核对了什么，如“已看发票原件，价税合计 12,000 元”。"),
        error_messages={"required": gettext_lazy("请写明更正依据，会留痕。")},
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        total = NumberField(YUAN, 1, _MOST_FEN, label=_("发票总额（价税合计）"))
        self.fields = {"total": total, **self.fields}


def _entry(entry: RegisterEntry, acting: Actor) -> dict[str, Any]:
    filing = entry.filing
    firm = filing.organisation
    mine = acting.covers(firm.region_code)
    return {
        "entry": entry,
        "kind": KINDS[entry.kind],
        "filing": filing,
        "firm": firm,
        "mine": mine,
        "url": MATTERS[filing.flow].format(filing.thing_id)
        if mine and filing.flow in MATTERS
        else "",
        "programme": programme_name(filing.programme),
        "place": region_name(division_of(firm.region_code)),
        "live": entry.released_at is None,
    }


@require_safe
@desk(*OFFICIAL)
def register_search(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Who holds a number, or held it."""
    words = request.GET.get("q", "").strip()[:120]
    page = Paginator(queries.entries_found(words), 30).get_page(request.GET.get("page"))
    entries = list(page)
    context = {
        "words": words,
        "page": page,
        "rows": [_entry(entry, acting) for entry in entries],
        "invoices": queries.ceilings_of(entries),
        "public": [
            {
                "expense": one,
                "place": place_name(one.budget),
                "url": reverse("public_expense", args=[one.pk])
                if acting.covers(one.region_code)
                else "",
                "badge": badge(one.flow.state(one.state), public=False),
            }
            for one in queries.public_found(words)
        ],
        "query": f"{urlencode({'q': words})}&",
        "breadcrumbs": crumbs((_("重复线索"), reverse("hits")), (_("防重登记"), "")),
    }
    return render(request, "official/register_search.html", context)


@require_safe
@desk(*OFFICIAL)
def register_firm(request: HttpRequest, acting: Actor, uscc: str) -> HttpResponse:
    """All that a firm of the territory holds or held."""
    try:
        firm = queries.firm_for(acting, uscc)
    except Organisation.DoesNotExist as gone:
        raise Http404 from gone
    page = Paginator(queries.entries_held(firm), 30).get_page(request.GET.get("page"))
    for entry in page:
        entry.filing.organisation = firm
    context = {
        "firm": firm,
        "page": page,
        "rows": [_entry(entry, acting) for entry in page],
        "held_fen": queries.held_fen(firm),
        "breadcrumbs": crumbs(
            (_("重复线索"), reverse("hits")),
            (_("防重登记"), reverse("register_search")),
            (firm.name, ""),
        ),
    }
    return render(request, "official/register_firm.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*OFFICIAL)
def register_invoice(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Who draws on an invoice and how its total was put right; POST puts it right."""
    try:
        found = queries.ceiling(pk)
    except InvoiceCeiling.DoesNotExist as gone:
        raise Http404 from gone
    form = TotalForm(
        request.POST or None, initial={"total": found.total_fen, "seen": found.total_fen}
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            actions.correct_total(
                found, acting, typed["total"], seen_fen=typed["seen"], reason=typed["reason"]
            )
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            tell(request, _("发票总额已更正，依据已留痕。"))
            return redirect("register_invoice", pk)
    context = {
        "invoice": found,
        "left_fen": found.total_fen - found.claimed_fen,
        "rows": [_entry(entry, acting) for entry in queries.claimants_of(found)],
        "mine": queries.may_correct(found, acting),
        "corrected": [(event, role_name(event.role)) for event in queries.corrections(found)],
        "form": form,
        "breadcrumbs": crumbs(
            (_("重复线索"), reverse("hits")),
            (_("防重登记"), reverse("register_search")),
            (found.key, ""),
        ),
    }
    status = 422 if form.errors else 200
    return render(request, "official/register_invoice.html", context, status=status)
