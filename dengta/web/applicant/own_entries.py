"""我的条目: what an organisation (or the province) has in the pool, beginning an entry, its editor,
its steps."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.catalogue.actions import entries as actions
from dengta.catalogue.actions.writing import LINKS, said_by
from dengta.catalogue.queries import describing
from dengta.catalogue.queries import desk as queries
from dengta.catalogue.queries.pool import Entry, EntryVersion
from dengta.core.entries import EntryKind
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, StepRefused, allowed_steps
from dengta.web.cases import badge, clock_chip, crumbs, events
from dengta.web.entry_form import EntryForm, LineForm, LinkForm, UseForm, how_name
from dengta.web.frame import desk, said, tell
from dengta.web.pool_shown import whole

AUTHORS = ("enterprise", "provider", "province")


def find(acting: Actor, pk: int) -> Entry:
    """One entry of the actor's. Http404 for any other."""
    try:
        return queries.own_entry(acting, pk)
    except Entry.DoesNotExist:
        raise Http404 from None


def _kind(entry: Entry) -> EntryKind:
    return policy().entry_kinds[entry.kind]


def _way(*more: tuple[str, str]) -> list[dict[str, str]]:
    return crumbs((_("我的条目"), reverse("own_entries") if more else ""), *more)


@require_safe
@desk(*AUTHORS)
def own_entries(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The actor's entries, the latest first."""
    page = Paginator(queries.own_entries(acting), 20).get_page(request.GET.get("page"))
    rows = []
    for entry in page:
        version = queries.open_version(entry)
        rows.append(
            {
                "entry": entry,
                "kind": _kind(entry).name,
                "badge": badge(entry.flow.state(entry.state), public=True),
                "open": version,
                "open_badge": badge(version.flow.state(version.state), public=True)
                if version
                else None,
                "clock": clock_chip(version) if version else None,
            }
        )
    context = {
        "page": page,
        "rows": rows,
        "can_begin": bool(queries.kinds_for(acting.role)),
        "breadcrumbs": _way(),
    }
    return render(request, "applicant/own_entries.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*AUTHORS)
def own_entry_new(request: HttpRequest, acting: Actor) -> HttpResponse:
    """Choose a kind, give a name, begin; the same form sent twice begins one."""
    error = ""
    if request.method == "POST":
        try:
            version = actions.draft(
                request.POST.get("kind", ""),
                request.POST.get("name", ""),
                actor=acting,
                key=f"{acting.user_id}:{request.POST.get('key', '')}"[:120],
            )
        except StepRefused as refused:
            error = said(refused.text)
        else:
            return redirect("own_entry_edit", version.entry_id)
    context = {
        "kinds": queries.kinds_for(acting.role),
        "chosen": request.POST.get("kind") or request.GET.get("kind", ""),
        "name": request.POST.get("name", ""),
        "key": request.POST.get("key") or uuid.uuid4().hex,
        "error": error,
        "breadcrumbs": _way((_("新建条目"), "")),
    }
    return render(request, "applicant/own_entry_new.html", context, status=422 if error else 200)


@require_safe
@desk(*AUTHORS)
def own_entry(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One entry of one's own: how it stands, what to do next, what was said of it."""
    return page_of(request, acting, find(acting, pk))


def page_of(request: HttpRequest, acting: Actor, entry: Entry, error: str = "") -> HttpResponse:
    """The page of one entry, as it is after any step."""
    version = queries.open_version(entry)
    latest = version or entry.current or entry.versions.order_by("-number").first()
    assert latest is not None  # an entry begins with a version
    latest.entry = entry
    allowed = {step.id: step for step in allowed_steps(version, acting)} if version else {}
    current = entry.current
    context: dict[str, Any] = whole(describing.describe(latest)) | {
        "entry": entry,
        "badge": badge(entry.flow.state(entry.state), public=True),
        "open": version,
        "open_badge": badge(version.flow.state(version.state), public=True) if version else None,
        "clock": clock_chip(version) if version else None,
        "missing": queries.missing_of(version) if version and "submit" in allowed else [],
        "submit": allowed.get("submit"),
        "drop": allowed.get("drop"),
        "changes": describing.between(_kind(entry), current, version)
        if version and current
        else [],
        "events": events(latest),
        "error": error,
        "breadcrumbs": _way((entry.name, "")),
    }
    return render(request, "applicant/own_entry.html", context, status=422 if error else 200)


@require_POST
@desk(*AUTHORS)
def own_entry_step(request: HttpRequest, acting: Actor, pk: int, step: str) -> HttpResponse:
    """Hand the open version in, drop it, or begin the next one."""
    entry = find(acting, pk)
    version = queries.open_version(entry)
    try:
        if step == "revise":
            actions.revise(entry, acting)
            return redirect("own_entry_edit", pk)
        if version is None or step not in ("submit", "drop"):
            raise Http404
        if step == "submit":
            actions.submit(version, acting)
            tell(request, _("已提交，由省经信厅审核。结果会通知您。"))
        else:
            actions.drop(version, acting)
            tell(request, _("这一版已放弃，公开的内容没有变。"))
    except StepRefused as refused:
        return page_of(request, acting, find(acting, pk), said(refused.text))
    return redirect("own_entry", pk)


class _Desk:
    """One request to the editor: what is kept of it, what is wrong, where it goes on."""

    def __init__(self, request: HttpRequest, acting: Actor, version: EntryVersion) -> None:
        self.request, self.acting, self.version = request, acting, version
        self.kind = _kind(version.entry)
        self.error, self.place, self.clash = "", "", False
        typed = request.POST if request.method == "POST" else None
        self.form = EntryForm(
            self.kind, typed, content=version.content, name=version.name,
            summary=version.summary, note=version.note,
        )  # fmt: skip
        self.use, self.line, self.link = UseForm(typed), LineForm(typed), LinkForm(self.kind, typed)
        self.quietly = "X-Autosave" in request.headers

    def keep(self) -> bool:
        """Keep whatever can be kept; False when something has to be mended."""
        sound = self.form.is_valid()
        given = self.form.sound()
        if not self.quietly:
            sound = self._parts(given) and sound
        try:
            self.version = actions.save(
                self.version, self.acting, seen=self.request.POST.get("seen") or None, **given
            )
        except StepRefused as refused:
            self.error, self.clash = said(refused.text), isinstance(refused, Moved)
            return False
        return sound

    def _parts(self, given: dict[str, Any]) -> bool:
        """The rows that came along or are to be taken away."""
        do, _sign, which = self.request.POST.get("do", "").partition(":")
        was, sound = said_by(self.version), True
        uses, lines = list(was.uses), list(was.lines)
        links = [(kind, slug) for kind, slug in self.version.content.get(LINKS, [])]
        if self.kind.uses and self.use.typed and (sound := self.use.is_valid()):
            use = self.use.use()
            uses = [each for each in uses if each[:3] != use[:3]] + [use]
            self.use, self.place = UseForm(), "#uses"
        if self.kind.lines and self.line.typed and self.line.is_valid():
            lines.append(self.line.line())
            self.line, self.place = LineForm(), "#lines"
        elif self.kind.lines and self.line.typed:
            sound = False
        if self.kind.links and self.link.typed and self.link.is_valid():
            links.append(self.link.link())
            self.link, self.place = LinkForm(self.kind), "#links"
        elif self.kind.links and self.link.typed:
            sound = False
        at = int(which) if which.isdecimal() else -1
        for name, rows in (("use", uses), ("line", lines), ("link", links)):
            if do == f"drop_{name}" and 0 <= at < len(rows):
                del rows[at]
                self.place = f"#{name}s"
        given |= {"uses": uses, "lines": lines, "links": links}
        return sound

    def quiet_answer(self, sound: bool) -> HttpResponse:
        """The answer to a form that saves itself."""
        seen = self.version.digest
        if sound:
            return JsonResponse({"seen": seen})
        faults = [self.error] if self.error else [
            f"{self.form.fields[name].label}：{error}" if name in self.form.fields else str(error)
            for name, errors in self.form.errors.items() for error in errors
        ]  # fmt: skip
        answer = {"text": " ".join(faults)}
        if not self.error:
            answer["seen"] = seen
        return JsonResponse(answer, status=409 if self.clash else 422)

    def page(self) -> HttpResponse:
        """The editor as it stands."""
        version, entry = self.version, self.version.entry
        described = describing.describe(version)
        was = said_by(version)
        wrong = bool(self.error or self.form.errors or self.use.errors or self.line.errors
                     or self.link.errors)  # fmt: skip
        context = whole(described) | {
            "form": self.form,
            "sections": list(self.form.sections()),
            "use": self.use,
            "line": self.line,
            "link": self.link,
            "uses": [describing.use_in_words(*use) for use in was.uses],
            "links": [
                (how_name(kind), slug) for kind, slug in version.content.get(LINKS, [])
            ],
            "error": self.error,
            "missing": queries.missing_of(version),
            "seen": self.request.POST.get("seen", "") if self.clash else version.digest,
            "returned": [each for each in events(version) if each["why"]][:1],
            "breadcrumbs": _way(
                (entry.name, reverse("own_entry", args=[entry.pk])), (_("编辑"), "")
            ),
        }  # fmt: skip
        return render(
            self.request, "applicant/own_entry_edit.html", context, status=422 if wrong else 200
        )


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*AUTHORS)
def own_entry_edit(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """The editor: whatever is sent is kept, then `submit` hands the version in."""
    entry = find(acting, pk)
    version = queries.open_version(entry)
    if version is None or "submit" not in {step.id for step in allowed_steps(version, acting)}:
        return redirect("own_entry", pk)
    desk_ = _Desk(request, acting, version)
    if request.method != "POST":
        return desk_.page()
    sound = desk_.keep()
    if desk_.quietly:
        return desk_.quiet_answer(sound)
    if not sound:
        return desk_.page()
    if request.POST.get("do") == "submit":
        try:
            actions.submit(desk_.version, acting)
        except StepRefused as refused:
            desk_.error = said(refused.text)
            return desk_.page()
        tell(request, _("已提交，由省经信厅审核。结果会通知您。"))
        return redirect("own_entry", pk)
    if not desk_.place:
        tell(request, _("草稿已保存，可以随时回来接着填。"))
    return redirect(reverse("own_entry_edit", args=[pk]) + desk_.place)
