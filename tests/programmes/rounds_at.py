"""Rounds with applications, brought to a state by the steps of their flows.

What the applicant's pages fill in is put there directly, so that a test that is about something
later on the way need not go the whole of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

from dengta.accounts.queries import Actor
from dengta.core.filling import json_entry
from dengta.core.selection import Selection
from dengta.programmes.actions import assigning, panels, rounds, scoring, sheets
from dengta.programmes.actions.moving import move
from dengta.programmes.models import Application, Attachment, Entry, Review, Round
from dengta.programmes.queries import facts_of
from dengta.registry.models import Organisation
from dengta.registry.queries import actor_of, policy
from dengta.trail.actions import begin, keep_document
from tests.cast import MOMENT, ONE_DAY, Cast, Firm

OPENS, CLOSES = MOMENT, MOMENT + 30 * ONE_DAY
REVIEWED = CLOSES + 20 * ONE_DAY
"""The moment at which tests are in the review."""
WAY = ("county_check", "city_recommend", "formal_check", "panel", "site_visit", "ranked")
_serial = count(1)


@contextmanager
def rule_as(selection: str = "scenario", **different: Any) -> Iterator[Selection]:
    """A selection with other rules while the block lasts, such as `panel=PanelRule(size=3)`."""
    known, whole = policy(), policy().selections
    other = replace(known.selection(selection), **different)
    changed = tuple(other if one.id == selection else one for one in whole)
    object.__setattr__(known, "selections", changed)  # one policy per process, read once
    try:
        yield other
    finally:
        object.__setattr__(known, "selections", whole)


def round_at(cast: Cast, state: str = "open", selection: str = "scenario", **how: Any) -> Round:
    """A round in one of the states draft, open, closed (before review: bring applications first and
    call `to_review`)."""
    serial = next(_serial)
    made = rounds.open_round(
        cast.province,
        selection=selection,
        name=how.pop("name", f"2026 年优秀应用场景遴选第 {serial} 批"),
        opens_at=OPENS,
        closes_at=CLOSES,
        key=f"round-{serial}",
        at=OPENS - ONE_DAY,
        **how,
    )
    if state != "draft":
        rounds.publish(made, cast.province, at=OPENS)
    if state == "closed":
        close(made)
    return made


def close(round: Round) -> None:
    """Let the deadline pass."""
    rounds.close_due(CLOSES)
    round.refresh_from_db()


def to_review(cast: Cast, round: Round) -> None:
    """Close the round if need be and begin its review."""
    if round.state == "open":
        close(round)
    rounds.begin_review(round, cast.province, at=CLOSES + ONE_DAY)


def application_at(
    cast: Cast,
    round: Round,
    state: str = "panel",
    firm: Firm | None = None,
    *,
    entries: Mapping[str, object] | None = None,
    papers: Mapping[str, str] | None = None,
    **different: Any,
) -> Application:
    """An application of a firm of 江岸区 (a new one unless given) in any state of its way from
    draft to ranked. `entries` are form fields, `papers` slots with the words of a text file."""
    serial = next(_serial)
    firm = firm or cast.enrol(f"applicant-{serial}")
    made = _drafted(firm, round, serial, **different)
    facts = facts_of(firm.organisation, OPENS.date())
    known = {f.id: json_entry(facts.get(f.fact)) for f in round.rule.fields if f.fact}
    for field, value in (known | dict(entries or {})).items():
        Entry.objects.create(application=made, field=field, value=value, at=OPENS)
    for slot, words in (papers or {}).items():
        attach(made, firm, slot, words)
    if state != "draft":
        _bring(cast, made, firm.actor, state)
    return made


def _drafted(firm: Firm, round: Round, serial: int, **different: Any) -> Application:
    organisation: Organisation = firm.organisation
    filled: dict[str, Any] = {
        "round": round,
        "organisation": organisation,
        "applicant_code": organisation.uscc,
        "applicant_name": organisation.name,
        "title": f"质量追溯场景{serial}",
        "region_code": organisation.region_code,
        "sector": organisation.industry_code[:2],
        "key": f"application-{serial}",
        "created_at": OPENS,
    }
    made = Application(**(filled | different))
    begin(made, by=firm.actor, at=OPENS)
    return made


def attach(application: Application, firm: Firm, slot: str, words: str, name: str = "") -> None:
    """Put a paper with these words under a heading."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile(name or f"{slot}.txt", words.encode(), content_type="text/plain")
    document = keep_document(file, by=firm.actor)
    Attachment.objects.create(application=application, slot=slot, document=document, at=OPENS)


def _bring(cast: Cast, made: Application, applicant: Actor, state: str) -> None:
    at = OPENS + ONE_DAY
    handed_in = {"submitted_at": at, "policy_digest": policy().digest, "pledged_by": "王申报"}
    steps = (
        ("submit", applicant, handed_in),
        ("pass_county", cast.county, {}),
        ("pass_city", cast.city, {"recommended_at": at}),
        ("pass_province", cast.province, {}),
        ("finish_panel", cast.province, {}),
        ("pass_visit", cast.province, {}),
    )
    for (step, acting, evidence), reached in zip(steps, WAY, strict=True):
        move(made, step, acting, evidence=evidence, at=at)
        if reached == state:
            break


# ---------------------------------------------------------------------------- the panel


def experts(cast: Cast, number: int, **different: Any) -> list[Actor]:
    """So many people of the pool who have nothing to do with anybody."""
    return [
        cast.pooled(f"panel-{serial}", employer=f"评审单位{serial}", **different)
        for serial in (next(_serial) for _ in range(number))
    ]


def drawn(cast: Cast, round: Round, number: int) -> list[Actor]:
    """Draw so many experts for a round."""
    draw = panels.commit_draw(round, cast.province, number, at=CLOSES)
    panels.hold_draw(draw, cast.province, at=CLOSES)
    return [actor for one in draw.panelists.order_by("id") if (actor := actor_of(one.user))]


def assigned(cast: Cast, round: Round) -> list[Review]:
    """Give every application its experts; the sheets."""
    assigning.assign(round, cast.province, at=REVIEWED)
    return list(Review.objects.filter(application__round=round).order_by("id"))


def marked(review: Review, mark: int | Mapping[str, int], at: dt.datetime = REVIEWED) -> Review:
    """Lock a sheet with one mark for all criteria, or a mark for each."""
    criteria = review.application.round.rule.criteria
    marks = {c.id: mark for c in criteria} if isinstance(mark, int) else dict(mark)
    expert = actor_of(review.user)
    assert expert is not None
    sheets.lock(review, expert, marks, {}, "可以", review.version, pledged=True, at=at)
    return review


def reviewed(cast: Cast, round: Round, marks: Sequence[int] = (60, 70, 80, 90, 75)) -> None:
    """Lock every sheet, the experts of one application with these marks in turn, close and
    finish."""
    places: dict[int, int] = {}
    for review in assigned(cast, round):
        at = places[review.application_id] = places.get(review.application_id, -1) + 1
        marked(review, marks[at % len(marks)])
    scoring.close_sheets(round, cast.province)
    for application in round.applications.filter(state="panel", to_discuss=True):
        scoring.discuss(application, cast.province, "合议一致。", at=REVIEWED)
    scoring.finish(round, cast.province, at=REVIEWED)
