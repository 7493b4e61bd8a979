"""推荐函 and 汇总表: what a city recommends in a round, on paper."""

from __future__ import annotations

from typing import Literal

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dengta.accounts.queries import Actor
from dengta.programmes.actions import papers as actions
from dengta.programmes.queries import papers
from dengta.trail.actions import StepRefused
from dengta.web.frame import OFFICIAL, desk, tell
from dengta.web.official.rounds import find
from dengta.web.pdfs import sent

PARTS: dict[str, Literal["letter", "summary"]] = {"letter": "letter", "summary": "summary"}


@require_POST
@desk(*OFFICIAL)
def issue(request: HttpRequest, acting: Actor, pk: int) -> HttpResponse:
    """Issue the letter of what the city recommends as it stands; unchanged it is the same one."""
    found = find(acting, pk)
    try:
        letter = actions.issue_letter(found, acting)
    except StepRefused as refused:
        tell(request, refused.text, good=False)
    else:
        said = papers.content(letter)
        tell(request, _("推荐函 %(number)s 可以下载了。") % {"number": said["number"]})
    return redirect("official_round", pk)


@require_safe
@desk(*OFFICIAL)
def letter(request: HttpRequest, acting: Actor, pk: int, part: str) -> HttpResponse:
    """A letter, or its summary sheet, as PDF; made anew each time from what was issued."""
    try:
        found = papers.letter_for(acting, pk)
    except ObjectDoesNotExist as gone:
        raise Http404 from gone
    if part not in PARTS:
        raise Http404
    language = get_language() or "zh-hans"
    made = actions.render(
        found, request.build_absolute_uri("/"), part=PARTS[part], language=language
    )
    name = actions.file_name(found, part)
    return sent(made, name)
