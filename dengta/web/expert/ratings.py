"""The rating of one assessment on one page, made for a tablet with a poor line.

Everything is one form that works without scripts. With them, what is typed is kept in the browser
at once and sent to `answers` when the line allows; the page itself is kept by `worker`, so that it
opens without a line, too. The same views serve the expert's desk and the official's (re-checks).
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.actions import Incomplete, rated_answers
from dengta.assessment.actions import ratings as actions
from dengta.assessment.actions.rated_answers import Kept, Typed
from dengta.assessment.queries import contradictions_of, instrument_of
from dengta.assessment.queries import ratings as queries
from dengta.assessment.queries.evidence import limits
from dengta.assessment.queries.ratings import Rating
from dengta.core.shapes import Text
from dengta.trail.actions import Moved, StepRefused
from dengta.web.cases import badge, crumbs, events
from dengta.web.frame import DESKS, desk, said, tell
from dengta.web.rating_items import (
    Item,
    changed_in,
    column_name,
    figures_of,
    items_of,
    print_of,
    side_of,
    typed_from,
    without_id,
)

RATERS = ("expert", "county", "city", "province")
BATCH = 500
"""Entries of one batch at most; an instrument has a few dozen items."""
LAST_MOMENT = 4_102_444_800_000
"""The year 2100 in milliseconds: no clock is that far ahead."""


def _find(acting: Actor, pk: int) -> Rating:
    try:
        return queries.rating_of(acting, pk)
    except Rating.DoesNotExist as gone:
        raise Http404 from gone


def base_of(acting: Actor) -> str:
    """Where the ratings of a desk stand: /expert/ratings/ or /official/ratings/."""
    return "/expert/ratings/" if acting.role == "expert" else "/official/ratings/"


def address_of(acting: Actor, pk: int) -> str:
    """The page of one rating at a desk."""
    return f"{base_of(acting)}{pk}/"


# ---------------------------------------------------------------------------- the page


@require_http_methods(["GET", "HEAD", "POST"])
@desk(*RATERS)
def rating(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One rating: every item with what others answered, one's own answer, and the submission.

    POST is the whole form: it keeps what was changed, then does what the button says.
    """
    found = _find(acting, pk)
    if request.method != "POST":
        return _page(request, acting, found)
    try:
        refused = _keep_form(request, acting, found)
        if not refused:
            done = _button(request, acting, found)
            if done is not None:
                return done
        return _page(request, acting, found, refused=refused)
    except (Incomplete, actions.Reasonless) as open_items:
        return _page(request, acting, found, error=open_items.text, missing=open_items.items)
    except StepRefused as no:
        found.refresh_from_db()
        return _page(request, acting, found, error=no.text)


def _keep_form(request: HttpRequest, acting: Actor, found: Rating) -> dict[str, Text]:
    """Keep what the plain form changed and the files it brought; what was refused, by item."""
    now = timezone.now()
    items = items_of(instrument_of(found.assessment))
    posted = [item for item in items if f"seen-{item.id}" in request.POST]
    changed = changed_in(request.POST, posted, now)
    refused: dict[str, Text] = {}
    if changed:
        refused |= rated_answers.keep_answers(found, acting, changed, at=now).refused
    for item in items:
        for file in request.FILES.getlist(f"file-{item.id}"):
            assert isinstance(file, UploadedFile)
            try:
                rated_answers.attach(found, acting, item.id, file)
            except Moved:
                raise
            except StepRefused as no:
                refused[item.id] = no.text
    return refused


def _button(request: HttpRequest, acting: Actor, found: Rating) -> HttpResponse | None:
    """Do what the button that was pressed says; None to show the page again."""
    same, gone = request.POST.get("same", ""), request.POST.get("take_back", "")
    here = address_of(acting, found.pk)
    if same:
        rated_answers.as_the_firm_said(found, acting, same)
        return redirect(f"{here}#item-{same}")
    if gone.isdecimal():
        _take_back(acting, found, int(gone))
        return redirect(here)
    if request.POST.get("then") != "submit":
        tell(request, _("已保存。"))
        return redirect(here)
    if request.POST.get("pledge") != "yes":
        raise StepRefused(
            Text("请先勾选签名承诺，再提交评定。", "Tick the pledge first, then submit.")
        )
    actions.submit(found, acting, visit=_day(request), remark=request.POST.get("overall", ""))
    tell(request, _("已提交评定。"))
    return redirect(here)


def _take_back(acting: Actor, found: Rating, evidence_id: int) -> None:
    try:
        rated_answers.take_back(found, acting, evidence_id)
    except queries.Evidence.DoesNotExist as gone:
        raise Http404 from gone


def _day(request: HttpRequest) -> dt.date | None:
    typed = request.POST.get("visit", "").strip()
    if not typed:
        return None
    try:
        return dt.date.fromisoformat(typed.replace("/", "-").replace(".", "-"))
    except ValueError as unreadable:
        shown = typed[:20]
        raise StepRefused(
            Text(
                f"现场日期“{shown}”不是日期，请按 2026-03-16 的样子填写。",
                f"The visit “{shown}” is no date; write it like 2026-03-16.",
            )
        ) from unreadable


def _page(
    request: HttpRequest,
    acting: Actor,
    found: Rating,
    *,
    error: Text | None = None,
    missing: tuple[str, ...] = (),
    refused: dict[str, Text] | None = None,
) -> HttpResponse:
    open_ = not found.flow.state(found.state).final
    earlier = queries.before(found)
    board = queries.board(found.assessment, [*earlier, found])
    items = {item.id: item for item in items_of(board.instrument)}
    known = {item: why for item, why in (refused or {}).items() if item in items}
    texts = {item: without_id(items[item], why) for item, why in known.items()}
    shown = [
        _shown(items[row.item], row, [None, *earlier], request, texts.get(row.item))
        | {"figures": figures_of(items[row.item], board)}
        for row in board.rows
    ]
    story, most = events(found), limits()
    context = {
        "rating": found,
        "firm": found.assessment.organisation,
        "instrument": board.instrument,
        "kind": column_name(found),
        "open": open_,
        "sections": _sections(shown),
        "done": sum(bool(one["value"]) for one in shown),
        "total": len(shown),
        "missing": [(item, items[item].text) for item in missing],
        "error": said(error) if error else "",
        "refused": [(items[item].text, text, item) for item, text in texts.items()],
        "contradictions": contradictions_of(found.assessment, timezone.localdate()),
        "own_contradictions": queries.rated_contradictions(found, timezone.localdate()),
        "self_name": column_name(None),
        "posted": request.POST,
        "on_site": found.kind == "on_site",
        "due": queries.clock_of(found, timezone.localdate()),
        "badge": badge(found.flow.state(found.state), public=False),
        "events": story,
        "asked": story[-1]["why"] if story else "",
        "limits": most,
        "max_mb": most.bytes // 2**20,
        "now_ms": int(timezone.now().timestamp() * 1000),
        "today": timezone.localdate(),
        "base": base_of(acting),
        "breadcrumbs": crumbs(
            (_("工作台"), reverse(DESKS[acting.role])), (found.assessment.organisation.name, "")
        ),
    }
    response = render(request, "expert/rating.html", context, status=422 if error or texts else 200)
    if open_ and response.status_code == 200:
        response.headers["X-Keep"] = "offline"
    return response


def _shown(
    item: Item,
    row: queries.Row,
    others: list[Rating | None],
    request: HttpRequest,
    refused: Text | None,
) -> dict[str, Any]:
    """One item as the page shows it: the sides before one's own, and one's own in the control."""
    *before, own = row.readings
    value, reason, remark = own.value, own.reason, own.remark
    if refused is not None and f"seen-{item.id}" in request.POST:
        typed = typed_from(request.POST, item, timezone.now())
        value, reason, remark = typed.value, typed.reason, typed.remark
    sides = [
        side_of(item, reading, column_name(rating), str(rating.assessor) if rating else "")
        for reading, rating in zip(before, others, strict=True)
    ]
    return {
        "item": item,
        "value": value,
        "reason": reason,
        "remark": remark,
        "seen": print_of(own.value, own.reason, own.remark),
        "sides": sides,
        "firm_value": before[0].value,
        "firm_reason": before[0].reason,
        "control": _control(item, value, sides),
        "files": side_of(item, own, Text("", ""))["files"],
        "refused": refused,
    }


def _control(item: Item, value: str, sides: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The groups of choices of an item, each choice with the sides that made it."""
    if item.control != "grid":
        chosen = (lambda option: option in value) if item.control == "ticks" else value.__eq__
        return [_group(item, "", "", chosen, [(s["name"], s["value"]) for s in sides])]
    groups = []
    for place, (row, text) in enumerate(item.rows):
        sign = value[place : place + 1]
        marks = [(side["name"], side["value"][place : place + 1]) for side in sides]
        groups.append(_group(item, f"-{row}", said(text), sign.__eq__, marks))
    return groups


def _group(
    item: Item, tail: str, label: str, chosen: Any, marks: list[tuple[Text, str]]
) -> dict[str, Any]:
    ticks = item.control == "ticks"
    options = []
    for option, text in item.options:
        options.append(
            {
                "value": option,
                "label": said(text) if item.may_not_apply or label else f"{option}. {said(text)}",
                "checked": bool(chosen(option)),
                "alone": option in item.alone,
                "marks": [
                    name for name, value in marks if (option in value if ticks else option == value)
                ],
            }
        )
    return {"name": f"a-{item.id}{tail}", "label": label, "ticks": ticks, "options": options}


def _sections(shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    for one in shown:
        name = said(one["item"].section)
        sections.setdefault(name, {"name": name, "items": []})["items"].append(one)
    return list(sections.values())


# ---------------------------------------------------------------------------- from the tablet


@require_POST
@desk(*RATERS)
def answers(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """A batch from the browser as JSON: {"answers": [{item, value, reason, remark, at}]}, `at` in
    milliseconds by the clock of the platform. Says what became of each; sent twice, it is once."""
    found = _find(acting, pk)
    try:
        batch = _batch(request.body)
    except ValueError as unreadable:
        return JsonResponse({"error": str(unreadable)}, status=400)
    try:
        kept = rated_answers.keep_answers(found, acting, batch)
    except Moved as closed:
        return JsonResponse({"closed": said(closed.text), "now": _now()}, status=409)
    return JsonResponse(_said_of(kept) | {"now": _now(), "done": _done(found)})


def _now() -> int:
    return int(timezone.now().timestamp() * 1000)


def _done(found: Rating) -> int:
    return found.answers.exclude(value="").count()


def _batch(body: bytes) -> list[Typed]:
    """ValueError says in a sentence what is wrong with the batch."""
    wrong = _("内容读不出来，没有保存；它还留在这台设备上。请刷新页面后再发送。")
    try:
        rows = json.loads(body)["answers"]
        batch = [_entry(row) for row in rows]
    except (ValueError, TypeError, KeyError, OverflowError, AttributeError) as unreadable:
        raise ValueError(wrong) from unreadable
    if len(batch) > BATCH:
        raise ValueError(wrong)
    return batch


def _entry(row: dict[str, Any]) -> Typed:
    item, value, at = row["item"], row.get("value") or "", row["at"]
    reason, remark = row.get("reason") or "", row.get("remark") or ""
    if not all(isinstance(text, str) for text in (item, value, reason, remark)):
        raise TypeError
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at < LAST_MOMENT:
        raise TypeError
    second, milli = divmod(at, 1000)
    moment = dt.datetime.fromtimestamp(second, tz=dt.UTC) + dt.timedelta(milliseconds=milli)
    return Typed(item, value, reason, remark, moment)


def _said_of(kept: Kept) -> dict[str, Any]:
    return {
        "kept": list(kept.kept),
        "newer": {
            item: {"value": row.value, "reason": row.reason, "remark": row.remark}
            for item, row in kept.newer.items()
        },
        "refused": {item: said(text) for item, text in kept.refused.items()},
    }


@require_POST
@desk(*RATERS)
def evidence(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One photo or file from the browser's queue, with `item`; says where it is now."""
    found = _find(acting, pk)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        return JsonResponse({"refused": _("没有收到文件，请重新选择。")}, status=422)
    try:
        kept = rated_answers.attach(found, acting, request.POST.get("item", ""), file)
    except Moved as closed:
        return JsonResponse({"closed": said(closed.text)}, status=409)
    except StepRefused as no:
        return JsonResponse({"refused": said(no.text)}, status=422)
    url = reverse("document", args=[kept.document_id])
    return JsonResponse({"id": kept.pk, "name": kept.document.name, "url": url})


@require_POST
@desk("expert")
def decline(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Stand aside or give the task back, with the reason."""
    found = _find(acting, pk)
    try:
        actions.decline(found, acting, note=request.POST.get("note", ""))
    except StepRefused as no:
        found.refresh_from_db()
        return _page(request, acting, found, error=no.text)
    firm = found.assessment.organisation.name
    tell(request, _("已退回“%(firm)s”的评定任务，主管部门会另行安排。") % {"firm": firm})
    return redirect("expert_home")


@require_safe
def worker(request: HttpRequest) -> HttpResponseBase:
    """The script that keeps the rating pages of this folder for when there is no line."""
    response = render(request, "expert/worker.js", content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response
