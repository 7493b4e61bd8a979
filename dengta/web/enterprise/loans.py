"""融资: which products fit the firm and why, authorise a bank and ask, what the bank answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.loans import LoanProduct
from dengta.core.shapes import Text
from dengta.funding.actions import finance as actions
from dengta.funding.queries import finance as queries
from dengta.funding.queries.finance import LoanRequest
from dengta.funding.queries.vouchers import facts_of, today
from dengta.registry.queries import organisation_of, policy
from dengta.rights.queries import Grant, allowed
from dengta.trail.actions import StepRefused
from dengta.web.cases import badge, case_context, crumbs
from dengta.web.enterprise.policies import fact_card
from dengta.web.fields import WAN, NumberField
from dengta.web.frame import desk, said, tell
from dengta.web.loans import answer_of, bank_name, in_figures, request_row
from dengta.web.verdicts import shown

TERMS = (3, 6, 12, 24, 36)
"""Terms of an authorisation that are offered, in months, as far as the product allows them."""
WHOSE = "uscc"
"""The fact that always goes with a request."""


class AskForm(forms.Form):
    """How much, what for, on which contract."""

    use_required_attribute = False

    def __init__(self, product: LoanProduct, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        low, high = product.least_fen or 1, product.most_fen or 10**13
        self.fields["asked_fen"] = NumberField(WAN, low, high, label=_("申请金额"))
        self.fields["use"] = forms.CharField(
            label=_("贷款用途"),
            max_length=300,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("写清买什么、做什么改造。贷款不能挪作他用。"),
            error_messages={"required": _("还没有填写用途，补上后再提交。")},
        )
        self.fields["contract_number"] = forms.CharField(
            label=_("合同编号"),
            max_length=60,
            required=False,
            help_text=_(
                "贷款用于某份改造合同的，填合同编号。同一合同向两家银行申请会提示审核部门。"
            ),
        )

    def asked(self) -> actions.Asked:
        """What was written, once it is valid."""
        data = self.cleaned_data
        return actions.Asked(data["asked_fen"], data["use"].strip(), data["contract_number"])


class RequestForm(AskForm):
    """To which bank, what it may see and until when, and the request itself."""

    def __init__(self, product: LoanProduct, facts: list[tuple[str, str]], *args: Any) -> None:
        super().__init__(product, *args)
        banks = [(bank.id, said(bank.name)) for bank in product.banks]
        wrong = {"required": _("还没有选择。请选一项后再提交。")}
        self.fields["bank"] = forms.ChoiceField(
            label=_("向哪家银行申请"),
            choices=banks,
            widget=forms.RadioSelect,
            error_messages=wrong,
        )
        self.fields["scope"] = forms.MultipleChoiceField(
            label=_("银行可以看到的数据"),
            choices=facts,
            initial=[id for id, _label in facts],
            widget=forms.CheckboxSelectMultiple,
            required=False,
            help_text=_(
                "企业名称和统一社会信用代码必须提供，其余可以去掉；"
                "去掉的项目银行看不到，可能影响授信。"
            ),
        )
        self.fields["scope"].open = True  # type: ignore[attr-defined]  # a choice, not an extra
        terms = [months for months in TERMS if months <= product.grant_months]
        self.fields["months"] = forms.TypedChoiceField(
            label=_("授权多久"),
            choices=[(months, _("%(n)s 个月") % {"n": months}) for months in terms],
            coerce=int,
            initial=terms[-1],
            widget=forms.RadioSelect,
            error_messages=wrong,
        )
        self.fields["agree"] = forms.BooleanField(
            label=_("本企业授权所选银行在期限内查看以上数据，只用于审核这项贷款；可随时撤回。"),
            error_messages={"required": _("没有授权，银行无从审核。同意的请勾选后再提交。")},
        )
        self.order_fields(
            ["bank", "asked_fen", "use", "contract_number", "scope", "months", "agree"]
        )


def _product(id: str) -> LoanProduct:
    try:
        return queries.open_product(id, today(), "loan")
    except KeyError as unknown:
        raise Http404 from unknown


def _find(acting: Actor, pk: int) -> LoanRequest:
    try:
        return queries.request_for(acting, pk)
    except LoanRequest.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk("enterprise")
def loans(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The firm's requests and projects, and every product with whether it fits."""
    day, firm = today(), organisation_of(acting)
    consented = allowed(firm.pk, "policy_matching", day)
    verdicts = queries.fitting(firm, day) if consented else {}
    products = []
    for product in queries.products_on(day):
        verdict = verdicts.get(product.id)
        made = fact_card(verdict, day) if verdict else None
        if made is not None:
            label = _("授权并申请") if made["outcome"] == "yes" else _("查看")
            url = reverse("enterprise_loan", args=[product.id])
            made |= {"name": product.name, "action": {"label": label, "url": url}}
        products.append(in_figures(product) | {"card": made})
    page = Paginator(queries.requests_of(firm.pk), 20).get_page(request.GET.get("page"))
    context = {
        "consented": consented,
        "products": products,
        "page": page,
        "rows": [request_row(one, public=True) for one in page],
        "projects": [
            (one, badge(one.flow.state(one.state), public=True))
            for one in queries.fund_projects_of(firm.pk)
        ],
        "breadcrumbs": crumbs((_("工作台"), reverse("enterprise_home")), (_("融资"), "")),
    }
    return render(request, "enterprise/loans.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def loan(request: HttpRequest, acting: Actor, product: str) -> HttpResponse:
    """One product: does it fit, what the bank would see, authorise and ask in one go."""
    offered, firm = _product(product), organisation_of(acting)
    known = facts_of(firm, today())
    terms = policy().facts
    facts = [
        (fact, said(terms[fact].term) + _("：") + said(shown(terms[fact], known.get(fact))))
        for fact in offered.scope
        if fact != WHOSE
    ]
    form = RequestForm(offered, facts, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made, new = actions.request_loan(
                acting,
                product,
                data["bank"],
                form.asked(),
                scope=(WHOSE, *data["scope"]),
                months=data["months"],
            )
        except StepRefused as refused:
            form.add_error(None, said(refused.text))
        else:
            tell(request, _("已授权并提交，由区县审核。") if new else _("这份申请已经提交过了。"))
            return redirect("enterprise_loan_request", made.pk)
    verdict = queries.fitting(firm, today()).get(product)
    context = in_figures(offered) | {
        "form": form,
        "firm": firm,
        "card": fact_card(verdict, today()) if verdict else None,
        "breadcrumbs": crumbs((_("融资"), reverse("enterprise_loans")), (offered.name, "")),
    }
    wrong = request.method == "POST"
    return render(request, "enterprise/loan.html", context, status=422 if wrong else 200)


@require_safe
@desk("enterprise")
def loan_request(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One request: where it stands, who has it, what the bank sees and has answered."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest,
    acting: Actor,
    found: LoanRequest,
    error: Text | None = None,
    form: AskForm | None = None,
) -> HttpResponse:
    context = case_context(found, acting, without=("resubmit",))
    grant = queries.grant_of(found.organisation_id, found.product, found.bank, today())
    row = getattr(found, "row", None)
    if form is None and "resubmit" in context["allowed"]:
        try:
            form = AskForm(
                policy().loan(found.product),
                initial={
                    "asked_fen": found.asked_fen,
                    "use": found.use,
                    "contract_number": found.contract_number,
                },
            )
        except KeyError:
            form = None
    context |= {
        "loan": found,
        "product": queries.product_name(found.product),
        "bank": bank_name(found),
        "grant": grant,
        "answer": answer_of(row) if row is not None else None,
        "form": form,
        "error": said(error) if error else "",
        "breadcrumbs": crumbs((_("融资"), reverse("enterprise_loans")), (found.number, "")),
    }
    wrong = error is not None or bool(form and form.errors)
    return render(request, "enterprise/loan_request.html", context, status=422 if wrong else 200)


@require_POST
@desk("enterprise")
def request_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Hand in again, or withdraw; a second click finds the state moved and changes nothing."""
    found = _find(acting, pk)
    chosen = request.POST.get("step") or step
    form: AskForm | None = None
    try:
        if chosen == "resubmit":
            form = AskForm(policy().loan(found.product), request.POST)
            if not form.is_valid():
                return _page(request, acting, found, form=form)
            actions.resubmit(found, acting, form.asked())
            tell(request, _("已重新提交，由区县审核。"))
        elif chosen == "withdraw":
            actions.review(found, "withdraw", acting, note=request.POST.get("note", ""))
            tell(request, _("申请已撤回。对银行的授权还在，不需要的请一并撤回。"))
        else:
            raise Http404
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), refused.text, form)
    return redirect("enterprise_loan_request", pk)


@require_POST
@desk("enterprise")
def revoke(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Take an authorisation back, from whichever page."""
    try:
        ended = actions.revoke_authorisation(acting, pk)
    except Grant.DoesNotExist as gone:
        raise Http404 from gone
    if ended:
        tell(request, _("授权已撤回，即时生效：还没推送的名单已去掉本企业，以后不再提供数据。"))
    return redirect("grants")
