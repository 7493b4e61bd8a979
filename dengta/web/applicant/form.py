"""Filling in an application: one section per screen, kept as one types, by several people at once;
papers; what an office returned comes first and the rest stays closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.core.filling import entry_text, json_entry
from dengta.core.shapes import Text
from dengta.programmes import queries
from dengta.programmes.actions import filling
from dengta.programmes.queries import Application
from dengta.programmes.queries.forms import Form, Section, form_of
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused
from dengta.web.entries import SectionForm, Seen, print_of, seen_by, seen_now, seen_text
from dengta.web.fields import faults
from dengta.web.frame import desk, said

APPLICANTS = ("enterprise", "provider", "city", "county")
PAPERS = "papers"


def find(acting: Actor, pk: int) -> Application:
    """One of the applicant's own applications, else 404."""
    try:
        found = queries.visible(acting, pk)
    except Application.DoesNotExist as gone:
        raise Http404 from gone
    if not queries.is_applicant(found, acting):
        raise Http404
    return found


@dataclass(frozen=True, slots=True)
class Stop:
    """One screen on the way: a section of the form, or the papers."""

    id: str
    text: Text
    url: str
    missing: int
    returned: int
    filled: int
    total: int


def stops(form: Form) -> list[Stop]:
    """Every screen of the form in its order; where something was returned, only the screens that
    hold it."""
    pk = form.application.pk
    found = [
        Stop(
            section.id,
            section.text,
            reverse("application_form", args=[pk, section.id]),
            section.missing,
            section.returned,
            sum(field.value is not None for field in section.fields),
            len(section.fields),
        )
        for section in form.sections
        if section.fields
    ]
    if form.slots:
        found.append(
            Stop(
                PAPERS,
                Text("附件", "Papers"),
                reverse("application_papers", args=[pk]),
                sum(slot.missing for slot in form.slots),
                sum(slot.returned for slot in form.slots),
                sum(bool(slot.papers) for slot in form.slots),
                len(form.slots),
            )
        )
    returned = [stop for stop in found if stop.returned]
    return returned or found


def step_of(form: Form, here: str) -> dict[str, Any]:
    """Where a screen stands on the way, as the step form wants it; empty where it is not on it."""
    way = stops(form)
    place = next((at for at, stop in enumerate(way) if stop.id == here), None)
    if place is None:
        return {}
    check = reverse("application_check", args=[form.application.pk])
    return {
        "index": place + 1,
        "total": len(way),
        "section": form.selection.name,
        "title": way[place].text,
        "action": way[place].url,
        "back": place > 0,
        "before": way[place - 1].url if place else "",
        "after": way[place + 1].url if place + 1 < len(way) else check,
        "exit": True,
        "stops": way,
        "here": here,
    }


def go_on(request: HttpRequest, application: Application, step: Mapping[str, Any]) -> HttpResponse:
    """To where `do` says, once a screen is kept: back, out, or on."""
    do = request.POST.get("do", "")
    if do == "exit":
        return redirect("application", application.pk)
    return redirect(step["before"] if do == "back" and step["before"] else step["after"])


@cache_control(no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@desk(*APPLICANTS)
def application_form(request: HttpRequest, acting: Actor, pk: int, section: str) -> HttpResponse:
    """One section of the form; `do` says where to go once it is kept."""
    application = find(acting, pk)
    form = form_of(application)
    step = step_of(form, section)
    if not step or section == PAPERS or not any(field.open for field in form.fields):
        return redirect("application", pk)
    screen = Screen(request, acting, form, step)
    if request.method == "POST":
        return screen.answered()
    return screen.shown(SectionForm(screen.section), seen_now(screen.section.fields))


class Screen:
    """One section: shown, or kept as it was sent and shown again where something is to be mended or
    a colleague was faster."""

    def __init__(
        self, request: HttpRequest, acting: Actor, form: Form, step: Mapping[str, Any]
    ) -> None:
        self.request, self.acting, self.form = request, acting, form
        self.application = form.application
        self.step = dict(step)
        here = step["here"]
        self.section: Section = next(each for each in form.sections if each.id == here)
        self.quietly = "X-Autosave" in request.headers

    def answered(self) -> HttpResponse:
        """Keep what was touched and go on; 409 where a colleague was faster, 422 where something is
        to be mended. All that is sound is kept in any case."""
        sent = SectionForm(self.section, self.request.POST)
        seen = seen_by(self.request.POST.get("seen", ""))
        changes = {
            id: change
            for id, change in sent.touched(seen).items()
            if self.request.POST.get(f"take-{id}") != "theirs"
        }
        clashes: tuple[filling.Clash, ...] = ()
        if changes:
            try:
                kept = filling.keep(self.application, self.acting, changes)
            except StepRefused as refused:
                sent.add_error(None, said(refused.text))
            else:
                clashes = kept.clashes
                for id, fault in kept.faults.items():
                    sent.add_error(id if id in sent.fields else None, self._fault(sent, id, fault))
                stuck = {*kept.faults, *(clash.field for clash in clashes)}
                seen |= {
                    id: Seen(kept.versions.get(id, 0), print_of(value))
                    for id, (value, _version) in changes.items()
                    if id not in stuck
                }
        if clashes:
            return self._overtaken(sent, seen, clashes)
        if sent.errors:
            return self._to_mend(sent, seen)
        if self.quietly:
            return JsonResponse({"seen": seen_text(seen)})
        return go_on(self.request, self.application, self.step)

    @staticmethod
    def _fault(sent: SectionForm, id: str, fault: Text) -> str:
        """What is wrong, without the name of the field that it stands beside."""
        label = str(sent.fields[id].label) if id in sent.fields else ""
        return said(fault).removeprefix(f"{label}：").removeprefix(f"{label}: ")

    def _to_mend(self, sent: SectionForm, seen: Mapping[str, Seen]) -> HttpResponse:
        if self.quietly:
            answer = {"text": " ".join(faults(sent)), "seen": seen_text(seen)}
            return JsonResponse(answer, status=422)
        return self.shown(sent, seen, status=422)

    def _overtaken(
        self, sent: SectionForm, seen: dict[str, Seen], clashes: tuple[filling.Clash, ...]
    ) -> HttpResponse:
        """Both values of each field; the screen then knows theirs, so that sending it again is a
        choice made knowingly."""
        latest = max(clashes, key=lambda clash: clash.at)
        name = latest.author or _("本单位的另一位同事")
        if latest.author == self.acting.name:
            name = _("您在另一个窗口或设备上")
        if self.quietly:
            at = f"{timezone.localtime(latest.at):%H:%M}"
            text = _("%(who)s在 %(at)s 改过同一项。点“保存并继续”，比较两份内容后再选。") % {
                "who": name,
                "at": at,
            }
            return JsonResponse({"text": text, "seen": seen_text(seen)}, status=409)
        seen |= {
            clash.field: Seen(clash.version, print_of(json_entry(clash.theirs)))
            for clash in clashes
        }
        rows = [self._both(sent, clash) for clash in clashes]
        clash = {"who": name, "at": latest.at, "rows": rows}
        return self.shown(sent, seen, {"clash": clash}, status=409)

    def _both(self, sent: SectionForm, clash: filling.Clash) -> dict[str, Any]:
        rule = next(field.rule for field in self.section.fields if field.rule.id == clash.field)
        fact, nothing = policy().facts.get(rule.fact), _("没有填写")
        return {
            "id": clash.field,
            "label": rule.text,
            "theirs": said(entry_text(rule, fact, clash.theirs)) or nothing,
            "mine": said(entry_text(rule, fact, clash.mine)) or nothing,
        }

    def shown(
        self,
        sent: SectionForm,
        seen: Mapping[str, Seen],
        more: Mapping[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The screen as it stands; after a clash nothing is saved until a choice was made."""
        saved = [field.at for field in self.section.fields if field.at]
        clash = (more or {}).get("clash")
        step = self.step | {
            "autosave": "" if clash else self.step["action"],
            "saved_at": max(saved, default=None),
            "seen": seen_text(seen) or "-",
            "body": "applicant/section_fields.html",
        }
        rows = [
            {"field": field, "bound": sent[field.rule.id] if field.open else None}
            for field in sorted(self.section.fields, key=lambda field: not field.returned)
        ]
        context = {
            "application": self.application,
            "form": sent,
            "step": step,
            "open_rows": [row for row in rows if row["bound"]],
            "closed_rows": [row for row in rows if not row["bound"]],
            "returned": bool(self.section.returned),
            "registry": self.application.organisation_id and self.acting.role == "enterprise",
        }
        page = "applicant/form.html"
        return render(self.request, page, context | dict(more or {}), status=status)
