"""资金追回 at the party's desk: what is alleged, the terms agreed to, answer, plan to pay."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.funding.actions import clawbacks as actions
from dengta.funding.queries import clawbacks as queries
from dengta.funding.queries.clawbacks import Clawback
from dengta.trail.actions import StepRefused
from dengta.web.awards import WordsForm
from dengta.web.cases import crumbs
from dengta.web.clawbacks import paper, row, shown
from dengta.web.frame import desk, said, tell

PARTY = ("enterprise", "provider")
FORMED = ("defend", "appeal")


def _find(acting: Actor, pk: int) -> Clawback:
    try:
        return queries.visible(acting, pk)
    except Clawback.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*PARTY)
def own_clawbacks(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Every case that the organisation was told of."""
    page = Paginator(queries.within_reach(acting), 20).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [row(case, public=True) for case in page],
        "breadcrumbs": crumbs((_("资金追回"), "")),
    }
    return render(request, "enterprise/clawbacks.html", context)


@require_safe
@desk(*PARTY)
def own_clawback(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One case: what was found, what can be answered, what is to be paid."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest,
    acting: Actor,
    case: Clawback,
    error: str = "",
    tried: WordsForm | None = None,
    step: str = "",
) -> HttpResponse:
    labels = {"defend": _("陈述和申辩"), "appeal": _("申诉理由")}
    told = shown(case, acting, without=FORMED)
    forms = [
        (
            told["allowed"][id],
            tried
            if tried is not None and id == step
            else WordsForm(label, auto_id=f"{id}_%s", with_file=id == "defend"),
        )
        for id, label in labels.items()
        if id in told["allowed"]
    ]
    context = told | {
        "forms": forms,
        "error": error,
        "breadcrumbs": crumbs((_("资金追回"), reverse("own_clawbacks")), (case.number, "")),
    }
    wrong = bool(error) or (tried is not None and bool(tried.errors))
    return render(request, "enterprise/clawback.html", context, status=422 if wrong else 200)


@require_POST
@desk(*PARTY)
def answer(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Defend, appeal or accept."""
    case, chosen = _find(acting, pk), request.POST.get("step") or step
    form = None
    try:
        if chosen == "accept":
            actions.accept(case, acting)
        elif chosen in FORMED:
            label = _("陈述和申辩") if chosen == "defend" else _("申诉理由")
            form = WordsForm(
                label, request.POST, request.FILES, auto_id=f"{chosen}_%s",
                with_file=chosen == "defend",
            )  # fmt: skip
            if not form.is_valid():
                return _page(request, acting, case, tried=form, step=chosen)
            _answered(case, acting, chosen, form)
        else:
            raise Http404
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), said(refused.text), form, chosen)
    tell(request, _("“%(step)s”已办理。") % {"step": said(case.flow.step(chosen).name)})
    return redirect("own_clawback", pk)


def _answered(case: Clawback, acting: Actor, step: str, form: WordsForm) -> None:
    typed = form.cleaned_data
    if step == "defend":
        actions.defend(case, acting, text=typed["text"], file=typed["file"])
    else:
        actions.appeal(case, acting, text=typed["text"])


@require_safe
@desk(*PARTY)
def own_clawback_letter(request: HttpRequest, acting: Actor, pk: int, part: str) -> HttpResponse:
    """The notice or the decision, on paper."""
    return paper(_find(acting, pk), part)
