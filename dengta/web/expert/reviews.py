"""专家评审 at the expert's desk: the sheets that wait, and one sheet: papers, rubric, signature.

A sheet is one form that works without scripts; with them it is kept after each change. What an
expert may see of it, blind or not, is decided by `queries.panels.sheet_of`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from django.core.paginator import Paginator
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.core.panel import BEST
from dengta.core.shapes import Text
from dengta.programmes.actions import sheets as actions
from dengta.programmes.queries import panels as queries
from dengta.programmes.queries.panels import Review, Sheet
from dengta.programmes.queries.scores import total_of
from dengta.registry.queries import profile_of
from dengta.trail.actions import StepRefused, allowed_steps
from dengta.web.cases import badge, clock_chip, crumbs, events
from dengta.web.frame import desk, said, tell
from dengta.web.shared import INLINE


def _row(review: Review) -> dict[str, Any]:
    """One sheet in a list; on a blind one neither applicant nor title."""
    application, rule = review.application, review.application.round.rule
    blind = rule.panel.blind
    marked = len(review.marks)
    return {
        "review": review,
        "url": reverse("expert_review", args=[review.pk]),
        "name": review.number if blind else application.title or application.applicant_name,
        "who": "" if blind else application.applicant_name,
        "round": application.round.name,
        "marked": marked,
        "total": len(rule.criteria),
        "clock": clock_chip(review),
        "badge": badge(review.flow.state(review.state), public=False),
    }


@require_safe
@desk("expert")
def reviews(request: HttpRequest, acting: Actor) -> HttpResponse:
    """What waits, the oldest first; what is discussed; what was done; the panels one is on."""
    page = Paginator(queries.done_reviews_of(acting), 20).get_page(request.GET.get("page"))
    waiting = [_row(review) for review in queries.reviews_of(acting)]
    context = {
        "waiting": waiting,
        "discussed": [_row(review) for review in queries.to_be_discussed(acting)],
        "done": [_row(review) for review in page],
        "panels": queries.panels_of(acting),
        "page": page,
        "profile": profile_of(acting),
        "breadcrumbs": crumbs((_("工作台"), reverse("expert_home")), (_("专家评审"), "")),
    }
    return render(request, "expert/reviews.html", context)


# ---------------------------------------------------------------------------- one sheet


def _find(acting: Actor, pk: int) -> Sheet:
    try:
        return queries.sheet_of(acting, pk)
    except Review.DoesNotExist as gone:
        raise Http404 from gone


class _Typed:
    """What a form of a sheet says. StepRefused for a mark that is no whole number."""

    def __init__(self, posted: QueryDict, sheet: Sheet) -> None:
        self.marks: dict[str, int] = {}
        self.comments: dict[str, str] = {}
        self.wrong: Text | None = None
        for criterion in sheet.rule.criteria:
            text = posted.get(f"mark-{criterion.id}", "").strip()
            self.comments[criterion.id] = posted.get(f"comment-{criterion.id}", "")
            if text.isascii() and text.isdigit() and len(text) < 6:
                self.marks[criterion.id] = int(text)
            elif text:
                name = criterion.text
                self.wrong = Text(
                    f"“{name.zh}”的评分是“{text[:20]}”，请填 0 至 {BEST} 的整数。",
                    f"The mark for “{name.en}” is “{text[:20]}”. Write a whole number from 0 to"
                    f" {BEST}.",
                )
        self.opinion = posted.get("opinion", "").replace("\r\n", "\n")
        self.comments = {id: text.replace("\r\n", "\n") for id, text in self.comments.items()}
        seen = posted.get("seen", "")
        self.version = int(seen) if seen.isdecimal() and len(seen) < 9 else -1

    def checked(self) -> _Typed:
        """Itself, or the refusal."""
        if self.wrong is not None:
            raise StepRefused(self.wrong)
        return self


@cache_control(no_store=True)
@require_http_methods(["GET", "HEAD", "POST"])
@desk("expert")
def review(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """One sheet; POST keeps what is written, then locks it if that button was pressed."""
    sheet = _find(acting, pk)
    if request.method != "POST":
        return _page(request, acting, sheet)
    typed = _Typed(request.POST, sheet)
    try:
        typed.checked()
        if request.POST.get("then") == "lock":
            actions.lock(
                sheet.review,
                acting,
                typed.marks,
                typed.comments,
                typed.opinion,
                typed.version,
                pledged=request.POST.get("pledge") == "yes",
            )
            tell(request, _("已签名锁定。评审结束前，您看不到其他专家的评分，他们也看不到您的。"))
            return redirect("expert_reviews")
        actions.keep(
            sheet.review, acting, typed.marks, typed.comments, typed.opinion, typed.version
        )
    except actions.Clash as clash:
        return _page(request, acting, _find(acting, pk), typed=typed, clash=clash)
    except actions.NotMarked as open_:
        ids = [one.id for one in open_.criteria]
        return _page(request, acting, _find(acting, pk), typed=typed, error=open_.text, open_=ids)
    except StepRefused as no:
        return _page(request, acting, _find(acting, pk), typed=typed, error=no.text)
    tell(request, _("已保存，可以随时接着评。"))
    return redirect("expert_review", pk)


@require_POST
@desk("expert")
def keep(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Keep the sheet while it is written; says the new version, or why it was not kept."""
    sheet = _find(acting, pk)
    try:
        typed = _Typed(request.POST, sheet).checked()
        version = actions.keep(
            sheet.review, acting, typed.marks, typed.comments, typed.opinion, typed.version
        )
    except actions.Clash as clash:
        return JsonResponse({"text": said(clash.text)}, status=409)
    except StepRefused as no:
        return JsonResponse({"text": said(no.text)}, status=422)
    return JsonResponse({"seen": str(version)})


def _page(
    request: HttpRequest,
    acting: Actor,
    sheet: Sheet,
    *,
    typed: _Typed | None = None,
    clash: actions.Clash | None = None,
    error: Text | None = None,
    open_: list[str] | None = None,
    correction: dict[str, str] | None = None,
) -> HttpResponse:
    review = sheet.review
    opinion = typed.opinion if typed and sheet.to_write else review.opinion
    criteria = [_criterion(sheet, one, typed, clash, open_ or []) for one in sheet.rule.criteria]
    for one, after in pairwise(criteria):
        one["next"] = after["id"]
    context = {
        "sheet": sheet,
        "review": review,
        "criteria": criteria,
        "done": sum(bool(one["mark"] != "") for one in criteria),
        "total": len(criteria),
        "best": BEST,
        "opinion": opinion,
        "opinion_there": review.opinion if clash and opinion.strip() != review.opinion else "",
        "seen": review.version if typed is None or clash else typed.version,
        "clash": said(clash.text) if clash else "",
        "error": said(error) if error else "",
        "missing": [one for one in criteria if one["id"] in (open_ or [])],
        "can_withdraw": any(s.id == "withdraw" for s in allowed_steps(review, acting)),
        "to_write": sheet.to_write,
        "points": _points(sheet),
        "others": _others(sheet),
        "key": get_random_string(24),
        "correction": correction or {},
        "clock": clock_chip(review) if sheet.to_write else None,
        "badge": badge(review.flow.state(review.state), public=False),
        "events": events(review),
        "breadcrumbs": crumbs(
            (_("工作台"), reverse("expert_home")),
            (_("专家评审"), reverse("expert_reviews")),
            (review.number, ""),
        ),
    }
    status = 409 if clash else 422 if error else 200
    return render(request, "expert/review.html", context, status=status)


def _criterion(
    sheet: Sheet,
    one: Any,
    typed: _Typed | None,
    clash: actions.Clash | None,
    open_: list[str],
) -> dict[str, Any]:
    """One criterion with its anchors, what is marked here, and what another device says."""
    stored_mark, stored_comment = sheet.marks.get(one.id), sheet.review.comments.get(one.id, "")
    mark = typed.marks.get(one.id) if typed and sheet.to_write else stored_mark
    comment = typed.comments.get(one.id, "") if typed and sheet.to_write else stored_comment
    there = {}
    if clash and (mark, comment.strip()) != (stored_mark, stored_comment):
        there = {"mark": stored_mark, "comment": stored_comment}
    name, _colon, more = said(one.text).partition("：" if "：" in said(one.text) else ": ")
    return {
        "id": one.id,
        "name": name,
        "more": more,
        "weight": one.weight,
        "anchors": one.anchors,
        "mark": "" if mark is None else mark,
        "comment": comment,
        "there": there,
        "missing": one.id in open_,
        "before": sheet.review.marks.get(one.id) if sheet.corrections else None,
    }


def _points(sheet: Sheet) -> str:
    """The points of a whole sheet as they stand; empty while a criterion is open."""
    if any(one.id not in sheet.marks for one in sheet.rule.criteria):
        return ""
    return two_places(total_of(sheet.rule, sheet.marks))


def two_places(points: Any) -> str:
    """Points to be shown: two places, half up, without needless zeros."""
    hundredths = (points.numerator * 200 + points.denominator) // (2 * points.denominator)
    return f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")


def _others(sheet: Sheet) -> list[dict[str, Any]]:
    return [
        {
            "label": other.label,
            "own": other.own,
            "total": two_places(other.total),
            "opinion": other.opinion,
            "marks": [
                {
                    "name": said(one.text).partition("：")[0].partition(": ")[0],
                    "mark": other.marks.get(one.id),
                    "comment": other.comments.get(one.id, ""),
                }
                for one in sheet.rule.criteria
            ],
        }
        for other in sheet.others
    ]


@require_safe
@desk("expert")
def paper(request: HttpRequest, acting: Actor, pk: int, item: int) -> HttpResponseBase:
    """One paper of a sheet, under the name that the sheet gives it: a blind one names nobody."""
    try:
        found = queries.paper_of(acting, pk, item)
    except Review.DoesNotExist as gone:
        raise Http404 from gone
    inline = found.document.media_type in INLINE
    response = FileResponse(
        found.document.content.open("rb"),
        as_attachment=not inline,
        filename=found.name,
        content_type=found.document.media_type if inline else "application/octet-stream",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox"
    return response


@require_POST
@desk("expert")
def withdraw(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Stand aside from one application, with the reason."""
    sheet = _find(acting, pk)
    try:
        actions.withdraw(sheet.review, acting, request.POST.get("note", ""))
    except StepRefused as no:
        return _page(request, acting, _find(acting, pk), error=no.text)
    tell(
        request,
        _("已退出 %(number)s 的评审，主管部门会另行安排。") % {"number": sheet.review.number},
    )
    return redirect("expert_reviews")


@require_POST
@desk("expert")
def correct(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Correct the marks of a locked sheet, with the reason."""
    sheet = _find(acting, pk)
    reason, key = request.POST.get("reason", ""), request.POST.get("key", "")[:60]
    typed = _Typed(request.POST, sheet)
    try:
        typed.checked()
        actions.correct(sheet.review, acting, typed.marks, reason, f"{pk}-{key}")
    except StepRefused as no:
        kept = {"reason": reason}
        return _page(request, acting, _find(acting, pk), error=no.text, correction=kept)
    tell(request, _("更正已记录，原来的评审表照旧保留。"))
    return redirect("expert_review", pk)


@require_POST
@desk("expert")
def leave(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Leave a round's panel altogether, with the reason."""
    panelist = queries.panels_of(acting).filter(pk=pk).first()
    if panelist is None:
        raise Http404
    try:
        actions.leave(panelist, acting, request.POST.get("note", ""))
    except StepRefused as no:
        tell(request, no.text, good=False)
        return redirect("expert_reviews")
    tell(
        request,
        _("已退出“%(round)s”的评审，已锁定的评审表仍然有效。") % {"round": panelist.round.name},
    )
    return redirect("expert_reviews")
