"""One clawback at an office's desk: its story, and a form for each step that needs one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.money import largest_remainder, yuan
from dengta.core.wording import said_day
from dengta.funding.actions import clawbacks as actions
from dengta.funding.actions import collecting
from dengta.funding.queries import clawbacks as queries
from dengta.funding.queries.clawbacks import Clawback
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.web.cases import crumbs
from dengta.web.clawbacks import YuanField, paper, shown
from dengta.web.fields import DayField
from dengta.web.frame import OFFICIAL, desk, said, tell

MONTH = dt.timedelta(days=30)


class StepForm(forms.Form):
    """A form of one step of a case."""

    use_required_attribute = False

    def __init__(self, case: Clawback, *args: Any, **kwargs: Any) -> None:
        self.case = case
        super().__init__(*args, **kwargs)

    def act(self, acting: Actor) -> None:
        """Take the step with what was typed. StepRefused as the action says."""
        raise AssertionError(type(self).__name__)


class DecisionForm(StepForm):
    """The decision: reasons, document, amount, plan, interest, sanction."""

    text = forms.CharField(
        label=gettext_lazy("决定和理由"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("写明采纳了哪些申辩、没有采纳的为什么。"),
        error_messages={"required": gettext_lazy("请写明决定和理由，对方会看到。")},
    )
    number = forms.CharField(
        label=gettext_lazy("决定文号"),
        max_length=80,
        error_messages={"required": gettext_lazy("请填写决定文号。")},
    )

    def __init__(self, case: Clawback, *args: Any, **kwargs: Any) -> None:
        super().__init__(case, *args, **kwargs)
        day = timezone.localdate()
        first = queries.pay_until(queries.appeal_until(day))
        most = policy().practised("sanction_years", day)
        wanted = yuan(case.amount_fen).replace(",", "")
        self.fields["amount"] = YuanField(label=_("决定追回金额"), initial=wanted)
        self.fields["due"] = DayField(
            label=_("首期缴回期限"),
            initial=first.isoformat(),
            help_text=_("要晚于申诉期满日 %(day)s。")
            % {"day": said(said_day(queries.appeal_until(day)))},
        )
        self.fields["count"] = forms.IntegerField(
            label=_("分几期缴回"), min_value=1, max_value=12, initial=1,
            help_text=_("每期相隔 30 天，金额平均；利息随最后一期。"),
        )  # fmt: skip
        self.fields["years"] = forms.ChoiceField(
            label=_("限制申报"),
            choices=[
                (0, _("不限制")),
                *((n, _("%(n)s 年") % {"n": n}) for n in range(1, most + 1)),
            ],
            initial=most,
            help_text=_("决定生效时开始。限制的同时，这件申领未付的分期取消。"),
        )
        self.fields["interest"] = forms.BooleanField(
            label=_("自付款之日起计息"), required=False, initial=True
        )
        self.fields["set_off"] = forms.BooleanField(
            label=_("从今后的应付款中抵扣，不必等到逾期"), required=False
        )

    def act(self, acting: Actor) -> None:
        """Decide."""
        typed = self.cleaned_data
        fens = largest_remainder(typed["amount"], [1] * typed["count"])
        decision = actions.Decision(
            typed["text"],
            typed["number"],
            typed["amount"],
            parts=tuple((typed["due"] + n * MONTH, fen) for n, fen in enumerate(fens)),
            with_interest=typed["interest"],
            sanction_years=int(typed["years"]),
            set_off=typed["set_off"],
        )
        actions.decide(self.case, acting, decision)


class AnswerForm(StepForm):
    """The answer to an appeal."""

    answer = forms.CharField(
        label=gettext_lazy("答复和理由"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("请写明答复和理由，对方会看到。")},
    )
    amount = YuanField(
        label=gettext_lazy("变更后的金额"),
        required=False,
        help_text=gettext_lazy("维持原决定的留空。"),
    )

    def act(self, acting: Actor) -> None:
        """Confirm or change."""
        typed = self.cleaned_data
        actions.confirm(self.case, acting, answer=typed["answer"], amount_fen=typed["amount"])


class SlipForm(StepForm):
    """What came in, by its slip."""

    amount = YuanField(label=gettext_lazy("到账金额"))
    slip = forms.CharField(
        label=gettext_lazy("缴款凭证号"),
        max_length=60,
        help_text=gettext_lazy("同一凭证只入账一次。"),
        error_messages={"required": gettext_lazy("请填写缴款凭证号。")},
    )

    def __init__(self, case: Clawback, *args: Any, **kwargs: Any) -> None:
        super().__init__(case, *args, **kwargs)
        today = timezone.localdate().isoformat()
        self.fields["day"] = DayField(label=_("到账日期"), initial=today)

    def act(self, acting: Actor) -> None:
        """Record it."""
        typed = self.cleaned_data
        collecting.repay(
            self.case, acting, amount_fen=typed["amount"], slip=typed["slip"], day=typed["day"]
        )


class UndoForm(StepForm):
    """A slip that was recorded by mistake."""

    note = forms.CharField(
        label=gettext_lazy("撤销理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": gettext_lazy("请写明为什么撤销这笔入账。")},
    )

    def __init__(self, case: Clawback, *args: Any, **kwargs: Any) -> None:
        super().__init__(case, *args, **kwargs)
        slips = [one for one in queries.came_in(case) if one.kind == "repay"]
        self.fields["entry"] = forms.ChoiceField(
            label=_("撤销哪一笔"),
            choices=[
                (one.key, f"{said(said_day(one.day))} · {one.reference} · {yuan(one.fen)} 元")
                for one in slips
            ],
        )

    def act(self, acting: Actor) -> None:
        """Take it back."""
        typed = self.cleaned_data
        collecting.undo(self.case, acting, key=typed["entry"], note=typed["note"])


class RefundForm(StepForm):
    """What was paid back to the party after a decision was overturned."""

    slip = forms.CharField(
        label=gettext_lazy("退款凭证号"),
        max_length=60,
        error_messages={"required": gettext_lazy("请填写退款凭证号。")},
    )

    def act(self, acting: Actor) -> None:
        """Record it."""
        collecting.refund(self.case, acting, slip=self.cleaned_data["slip"])


FORMS: dict[str, type[StepForm]] = {
    "decide": DecisionForm,
    "confirm": AnswerForm,
    "repay": SlipForm,
    "refund": RefundForm,
    "undo": UndoForm,
}


def _find(acting: Actor, pk: int) -> Clawback:
    try:
        return queries.visible(acting, pk)
    except Clawback.DoesNotExist as gone:
        raise Http404 from gone


@require_safe
@desk(*OFFICIAL)
def clawback(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One case with its story, its money and what may be done."""
    return _page(request, acting, _find(acting, pk))


def _page(
    request: HttpRequest,
    acting: Actor,
    case: Clawback,
    error: str = "",
    tried: StepForm | None = None,
) -> HttpResponse:
    told = shown(case, acting, without=FORMS)
    forms = []
    for id, kind in FORMS.items():
        if id in told["allowed"]:
            typed = tried if isinstance(tried, kind) else kind(case, auto_id=f"{id}_%s")
            forms.append((told["allowed"][id], typed))
    context = told | {
        "forms": forms,
        "error": error,
        "note": request.POST.get("note", ""),
        "breadcrumbs": crumbs((_("资金追回"), reverse("official_clawbacks")), (case.number, "")),
    }
    wrong = bool(error) or (tried is not None and bool(tried.errors))
    return render(request, "official/clawback.html", context, status=422 if wrong else 200)


@require_POST
@desk(*OFFICIAL)
def clawback_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Take one step, named by the address or by the button. Two officials at once: the second is
    told."""
    case, chosen = _find(acting, pk), request.POST.get("step") or step
    form, note = None, request.POST.get("note", "")
    try:
        if chosen in FORMS:
            form = FORMS[chosen](case, request.POST, auto_id=f"{chosen}_%s")
            if not form.is_valid():
                return _page(request, acting, case, tried=form)
            form.act(acting)
        else:
            _take(case, acting, chosen, note)
    except StepRefused as refused:
        return _page(request, acting, _find(acting, pk), said(refused.text), form)
    name = said(case.flow.step(chosen).name)
    tell(request, _("%(number)s：已办理“%(step)s”。") % {"number": case.number, "step": name})
    return redirect("official_clawback", pk)


def _take(case: Clawback, acting: Actor, step: str, note: str) -> None:
    if step == "notice":
        actions.notice(case, acting, note=note)
    elif step == "drop":
        actions.drop(case, acting, note=note)
    elif step == "overturn":
        collecting.overturn(case, acting, note=note)
    else:
        raise Http404


@require_safe
@desk(*OFFICIAL)
def clawback_letter(request: HttpRequest, acting: Actor, pk: int, part: str) -> HttpResponse:
    """The notice or the decision, on paper, as the party has it."""
    return paper(_find(acting, pk), part)
