"""The steps of an assessment: one item per screen, kept as it is given, by any of the firm's
people, on any of their devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from dengta.accounts.queries import Actor
from dengta.assessment import actions, queries
from dengta.assessment.actions import evidence as filing
from dengta.assessment.queries import Assessment, editions
from dengta.assessment.queries.evidence import evidence_of, limits
from dengta.core.scoring import AnswerError
from dengta.core.shapes import Instrument, Question, Scenario, Text
from dengta.trail.actions import StepRefused
from dengta.web.enterprise.items import (
    Asked,
    ItemForm,
    Kept,
    asked_of,
    figures_of,
    in_words,
    on_screen,
    said_answer,
    said_back,
)
from dengta.web.frame import desk, said, tell

Rows = Mapping[str, Any]
Row = Mapping[str, str]


def find(acting: Actor, pk: int) -> Assessment:
    """One of the firm's own assessments, else 404."""
    try:
        return queries.mine(acting.organisation_id, pk)
    except Assessment.DoesNotExist as gone:
        raise Http404 from gone


class Screen:
    """One step: the draft, what it asks, where it stands, and what is on record of it."""

    def __init__(self, draft: Assessment, item: str) -> None:
        self.draft = draft
        self.instrument: Instrument = queries.instrument_of(draft)
        asked = asked_of(self.instrument, item)
        if asked is None:
            raise Http404
        self.asked: Asked = asked
        self.items = on_screen(asked)
        order = queries.item_ids(draft)
        place = order.index(item)
        self.place, self.total = place + 1, len(order)
        self.before = order[place - 1] if place else ""
        self.after = order[place + 1] if self.place < self.total else ""
        self.rows: Rows = {}

    def look(self) -> None:
        """Read what is on record of this screen; one query."""
        self.rows = queries.rows_of(self.draft, self.items)

    def kept(self) -> dict[str, Kept]:
        """What is on record, by item."""
        return {item: Kept(row.value, row.reason, row.remark) for item, row in self.rows.items()}

    def seen(self) -> str:
        """The versions on record, as the screen carries them: one number for each item."""
        return "-".join(str(self.rows[i].version if i in self.rows else 0) for i in self.items)

    def seen_by(self, text: str) -> dict[str, int]:
        """The versions that a screen says it was opened with; 0 for what it does not say."""
        numbers = text.split("-")
        if len(numbers) != len(self.items) or not all(n.isdecimal() for n in numbers):
            return dict.fromkeys(self.items, 0)
        return {item: int(n) for item, n in zip(self.items, numbers, strict=True)}

    def address(self, item: str = "") -> str:
        """Where a step stands; without an item this one."""
        return reverse("assessment_item", args=[self.draft.pk, item or self.asked.id])

    def form(self, *args: Any) -> ItemForm:
        """The form, filled with what is on record and what the firm's own record knows."""
        known: Mapping[str, str] = {}
        open_figures = [
            figure
            for figure in figures_of(self.instrument, self.asked)
            if figure.id not in self.rows
        ]
        if not args and open_figures:
            organisation = self.draft.organisation
            known = queries.known_figures(organisation, open_figures, timezone.localdate())
        return ItemForm(
            self.instrument,
            self.asked,
            *args,
            kept=self.kept(),
            known=known,
            accept=limits().types,
        )


@cache_control(no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@desk("enterprise")
def item(request: HttpRequest, acting: Actor, pk: int, item: str) -> HttpResponse:
    """One screen of the wizard; `do` says where to go once it is kept."""
    draft = find(acting, pk)
    if draft.flow.state(draft.state).final:
        return redirect("assessment_result", pk) if draft.submitted_at else redirect("assessment")
    screen = Screen(draft, item)
    if request.method == "POST":
        return _Sent(request, acting, screen).answered()
    screen.look()
    return show(request, screen, screen.form(), screen.seen())


class _Sent:
    """A screen that was sent: kept, or shown again with what is to be mended and all that was
    typed."""

    def __init__(self, request: HttpRequest, acting: Actor, screen: Screen) -> None:
        self.request, self.acting, self.screen = request, acting, screen
        self.form = screen.form(request.POST, request.FILES)
        self.seen = str(request.POST.get("seen", ""))
        self.quietly = "X-Autosave" in request.headers

    def answered(self) -> HttpResponse:
        """Keep it and go on; or the page again, 409 where a colleague was faster, else 422."""
        theirs: Sequence[Any] = ()
        if self.form.is_valid():
            try:
                self._keep()
            except actions.Changed as changed:
                theirs = changed.theirs
            except actions.NotKept as refused:
                self.form.add_error(refused.part, said(refused.text))
            except AnswerError as impossible:
                field = "answer" if "answer" in self.form.fields else None
                self.form.add_error(field, in_words(impossible))
            except StepRefused as refused:
                self.form.add_error(None, said(refused.text))
        if not self.quietly:
            self._keep_files()
        if theirs:
            return self._overtaken(theirs)
        if self.form.errors:
            return self._to_mend()
        return self._go_on()

    def _keep(self) -> None:
        """Keep the answers; the screen then knows their new versions."""
        draft, screen = self.screen.draft, self.screen
        given = self.form.given(screen.seen_by(self.seen))
        versions = actions.save_answers(draft, self.acting, given)
        self.seen = "-".join(str(versions.get(item, 0)) for item in screen.items)

    def _keep_files(self) -> None:
        """Keep every file that can be kept, whatever is to be mended above: a browser does not
        choose them again by itself."""
        draft, item = self.screen.draft, self.screen.asked.id
        for file in self.form.uploads():
            self._try(partial(filing.attach, draft, self.acting, item, file))
        word, _dash, number = str(self.request.POST.get("do", "")).rpartition("-")
        if word == "take-back" and number.isdecimal():
            self._try(partial(filing.take_back, draft, self.acting, int(number)))

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except StepRefused as refused:
            self.form.add_error("files", said(refused.text))

    def _go_on(self) -> HttpResponse:
        screen, do = self.screen, str(self.request.POST.get("do", ""))
        asked = screen.asked
        answer = self.form.led_to()
        led = said_back(asked, self.form.typed_figures(), answer)
        if self.quietly:
            note = said(led) if led else ""
            return JsonResponse({"seen": self.seen, "answer": answer, "note": note})
        if led and answer != self.form.answer():
            tell(self.request, _("按您填的数，%(led)s") % {"led": said(led)})
        if do == "exit":
            return redirect("assessment")
        if do == "back" and screen.before:
            return redirect(screen.address(screen.before))
        if do == "attach" or do.startswith("take-back-"):
            return redirect(screen.address() + "#evidence")
        if screen.after:
            return redirect(screen.address(screen.after))
        return redirect("assessment_check", screen.draft.pk)

    def _to_mend(self) -> HttpResponse:
        if self.quietly:
            return JsonResponse({"text": " ".join(self._faults())}, status=422)
        self.screen.look()
        return show(self.request, self.screen, self.form, self.seen, status=422)

    def _faults(self) -> Iterator[str]:
        """What is to be mended, each with the field it belongs to."""
        for name, errors in self.form.errors.items():
            label = self.form.fields[name].label if name in self.form.fields else ""
            between = _("：") if label else ""
            yield from (f"{label}{between}{error}" for error in errors)

    def _overtaken(self, theirs: Sequence[Any]) -> HttpResponse:
        screen = self.screen
        first = max(theirs, key=lambda row: row.at)
        own = first.user_id == self.acting.user_id
        name = _("您在另一个窗口或设备上") if own else str(first.user or _("本企业的另一位同事"))
        if self.quietly:
            who = {"who": name, "at": f"{timezone.localtime(first.at):%H:%M}"}
            text = _("%(who)s在 %(at)s 改过这一项。点“保存并继续”，比较两份答案后再选。") % who
            return JsonResponse({"text": text}, status=409)
        screen.look()
        context = {
            "clash": {
                "who": name,
                "own": own,
                "at": first.at,
                "rows": list(_both(screen, self.form, theirs)),
                "next": screen.address(screen.after)
                if screen.after
                else reverse("assessment_check", args=[screen.draft.pk]),
            }
        }
        return show(self.request, screen, self.form, screen.seen(), context, status=409)


def _both(screen: Screen, form: ItemForm, theirs: Sequence[Any]) -> Iterator[Row]:
    """What the colleague and what this screen says, for each part that differs."""
    asked, typed = screen.asked, form.typed_figures()
    figures = {figure.id: figure for figure in figures_of(screen.instrument, asked)}
    data = form.cleaned_data
    for row in theirs:
        if row.item in figures:
            nothing = _("没有填写")
            label = said(figures[row.item].text)
            yield {"label": label, "theirs": row.value or nothing,
                   "mine": typed.get(row.item) or nothing}  # fmt: skip
            continue
        mine = Kept(form.led_to(), data.get("reason", ""), data.get("remark", ""))
        kept = Kept(row.value, row.reason, row.remark)
        one, other = said_answer(asked, kept), said_answer(asked, mine)
        if one != other:
            yield {"label": _("答案"), "theirs": one, "mine": other}
        if kept.remark != mine.remark:
            nothing = _("没有填写")
            yield {"label": _("备注"), "theirs": kept.remark or nothing,
                   "mine": mine.remark or nothing}  # fmt: skip


def show(
    request: HttpRequest,
    screen: Screen,
    form: ItemForm,
    seen: str,
    more: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The screen as it stands."""
    draft, asked = screen.draft, screen.asked
    row = screen.rows.get(asked.id)
    figures = {f: screen.rows[f].value for f in screen.items if f in screen.rows}
    led = said_back(asked, figures, row.value if row else "")
    day = timezone.localdate()
    ended = editions.ended(draft, day)
    step = {
        "index": screen.place,
        "total": screen.total,
        "section": section_of(screen.instrument, asked),
        "title": asked.text,
        "help": help_of(asked),
        "action": screen.address(),
        "autosave": screen.address(),
        "back": bool(screen.before),
        "exit": True,
        "saved_at": row.at if row else None,
        "body": "enterprise/item_fields.html",
        "seen": seen,
    }
    context = {
        "form": form,
        "step": step,
        "asked": asked,
        "draft": draft,
        "led": led,
        "evidence": evidence_of(draft, asked.id),
        "limits": limits(),
        "ended": ended,
        "following": editions.following(draft.instrument, day) if ended else None,
        "instrument": screen.instrument,
    }
    return render(request, "enterprise/item.html", context | dict(more or {}), status=status)


def top_of(instrument: Instrument, asked: Asked) -> Text:
    """The part of the instrument that an item belongs to: its group, or the top of the tree."""
    if isinstance(asked, Scenario):
        return instrument.groups[asked.group]
    return next(node.text for node in instrument.nodes if node.id == asked.path[0])


def section_of(instrument: Instrument, asked: Asked) -> Text:
    """Where an item stands: its part, and within the tree its own branch."""
    top = top_of(instrument, asked)
    if isinstance(asked, Scenario) or len(asked.path) == 1:
        return top
    own = next(node.text for node in instrument.nodes if node.id == asked.path[-1])
    return Text(f"{top.zh} · {own.zh}", f"{top.en} · {own.en}")


def help_of(asked: Asked) -> Text:
    """What to heed in answering."""
    if isinstance(asked, Question):
        return asked.help
    if asked.binding:
        return Text(
            "约束性场景★，计入等级的第二道门槛。选择完全做到的最高一级。",
            "A binding scenario ★ that counts in the second gate. Choose the highest level"
            " fully met.",
        )
    return Text("选择完全做到的最高一级。", "Choose the highest level that is fully met.")
