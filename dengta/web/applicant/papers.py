"""Papers of an application: one heading after another, uploaded as they are chosen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.assessment.queries.evidence import limits
from dengta.programmes.actions import filling
from dengta.programmes.queries.forms import Form, Papers, form_of
from dengta.trail.actions import StepRefused
from dengta.web.applicant.form import APPLICANTS, PAPERS, find, go_on, step_of
from dengta.web.enterprise.items import FilesField
from dengta.web.frame import desk, said

PICTURES = frozenset({"jpg", "jpeg", "png"})


class PapersForm(forms.Form):
    """Files by heading; photos by camera where a heading takes pictures."""

    use_required_attribute = False
    prefix = "p"

    def __init__(self, form: Form, *args: Any) -> None:
        super().__init__(*args)
        for slot in form.slots:
            if not slot.open:
                continue
            label = said(slot.rule.text)
            for kind in ("files", "photo"):
                made = FilesField(label=label, required=False)
                made.open = slot.rule.required  # type: ignore[attr-defined]
                self.fields[f"{kind}-{slot.rule.id}"] = made
            accept = ",".join(f".{ending}" for ending in slot.rule.types)
            self.fields[f"files-{slot.rule.id}"].widget.attrs["accept"] = accept
            photo = {"accept": "image/*", "capture": "environment"}
            self.fields[f"photo-{slot.rule.id}"].widget.attrs |= photo


@cache_control(no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@desk(*APPLICANTS)
def application_papers(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Every heading with what lies there; what is chosen is uploaded at once."""
    application = find(acting, pk)
    form = form_of(application)
    step = step_of(form, PAPERS)
    if not step or not any(slot.open for slot in form.slots):
        return redirect("application", pk)
    if request.method != "POST":
        return _page(request, form, step, PapersForm(form))
    sent = PapersForm(form, request.POST, request.FILES)
    sent.is_valid()
    for slot in form.slots:
        for kind in ("photo", "files"):
            for file in sent.cleaned_data.get(f"{kind}-{slot.rule.id}") or []:
                try:
                    filling.attach(application, acting, slot.rule.id, file)
                except StepRefused as refused:
                    sent.add_error(f"files-{slot.rule.id}", said(refused.text))
    word, _dash, number = request.POST.get("do", "").partition("-")
    if word == "detach" and number.isdecimal():
        try:
            filling.detach(application, acting, int(number))
        except StepRefused as refused:
            sent.add_error(None, said(refused.text))
    if sent.errors:
        return _page(request, form_of(application), step, sent, status=422)
    if word in ("attach", "detach"):
        return redirect(f"{step['action']}#slot-{_place(form, word, number)}")
    return go_on(request, application, step)


def _place(form: Form, word: str, number: str) -> str:
    """The heading that somebody was at."""
    if word == "attach":
        return next((s.rule.id for s in form.slots if s.rule.id == number), "")
    held = (s.rule.id for s in form.slots if any(str(p.pk) == number for p in s.papers))
    return next(held, "")


def _page(
    request: HttpRequest, form: Form, step: dict[str, Any], sent: PapersForm, status: int = 200
) -> HttpResponse:
    rows = [_row(slot, sent) for slot in sorted(form.slots, key=lambda slot: not slot.returned)]
    context = {
        "application": form.application,
        "form": sent,
        "step": step | {"body": "applicant/papers_fields.html"},
        "open_rows": [row for row in rows if row["slot"].open],
        "closed_rows": [row for row in rows if not row["slot"].open],
        "returned": any(slot.returned for slot in form.slots),
        "limits": limits(),
    }
    return render(request, "applicant/papers.html", context, status=status)


def _row(slot: Papers, sent: PapersForm) -> dict[str, Any]:
    id = slot.rule.id
    return {
        "slot": slot,
        "files": sent[f"files-{id}"] if slot.open else None,
        "photo": sent[f"photo-{id}"] if slot.open and PICTURES & {*slot.rule.types} else None,
        "types": _("、").join(ending.upper() for ending in slot.rule.types),
    }
