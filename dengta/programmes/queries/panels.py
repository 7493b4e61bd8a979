"""Reads of a review: a sheet as its expert may see it, what waits for an expert, and how far the
panel of a round has come."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from django.db import models

from dengta.accounts.queries import Actor
from dengta.core.panel import PanelScore
from dengta.core.selection import Selection
from dengta.core.shapes import Text
from dengta.programmes.models import Application, Round
from dengta.programmes.models import PanelDraw as PanelDraw
from dengta.programmes.models import Panelist as Panelist
from dengta.programmes.models import Publication as Publication
from dengta.programmes.models import Recusal as Recusal
from dengta.programmes.models import Review as Review
from dengta.programmes.queries import rounds, rounds_of
from dengta.programmes.queries.blinding import Veil, veil_of
from dengta.programmes.queries.experts import expert_number, papers_of
from dengta.programmes.queries.forms import Field, Papers, form_of
from dengta.programmes.queries.scores import Counted, counted, outstanding, sheets_of, total_of
from dengta.registry.models import ExpertProfile
from dengta.registry.queries import industry_name, region_name
from dengta.trail.models import Document

LIVE = ("assigned", "locked")


@dataclass(frozen=True, slots=True)
class Shown:
    """One field as an expert reads it; `masked` ones have no value."""

    label: Text
    value: Text
    long: bool
    masked: bool


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper under the number by which the expert opens it, and the name it is given."""

    number: int
    slot: Text
    name: str
    document: Document


@dataclass(frozen=True, slots=True)
class Other:
    """What another expert of the panel marked, for a discussion; `label` names nobody."""

    label: Text
    total: Fraction
    marks: Mapping[str, int]
    comments: Mapping[str, str]
    opinion: str
    own: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One review sheet as its expert may see it. `heading` is what is reviewed, `applicant` who
    applies (empty on a blind sheet); `others` is empty until all sheets are in and this application
    is discussed. `marks` are those that count, with the latest correction."""

    review: Review
    round: Round
    rule: Selection
    blind: bool
    heading: Text
    applicant: str
    region_code: str
    sections: tuple[tuple[Text, tuple[Shown, ...]], ...]
    papers: tuple[Paper, ...]
    marks: Mapping[str, int]
    corrections: tuple[Mapping[str, object], ...]
    others: tuple[Other, ...]
    to_write: bool
    to_correct: bool


def sheet_of(actor: Actor, pk: int) -> Sheet:
    """One sheet, for its expert, blind where the selection says so. Review.DoesNotExist for anybody
    else. As many queries for 200 fields and 50 papers as for one of each."""
    review = _own(actor).get(pk=pk)
    application, round = review.application, review.application.round
    rule, form = round.rule, form_of(application)
    blind = rule.panel.blind
    veil = veil_of(application, form) if blind else None
    sections = tuple(
        (
            section.text,
            tuple(_shown(field, veil) for field in section.fields),
        )
        for section in form.sections
    )
    title = application.title
    heading = _veiled(Text(title, title), veil) if title else rule.name
    mine = next((one for one in _counted(review) if one.review.pk == review.pk), None)
    before_panel = application.state == "panel"
    return Sheet(
        review=review,
        round=round,
        rule=rule,
        blind=blind,
        heading=heading,
        applicant="" if blind else application.applicant_name,
        region_code="" if blind else application.region_code,
        sections=sections,
        papers=_papers(form.slots, veil),
        marks=mine.marks if mine else review.marks,
        corrections=tuple(
            {"reason": one.reason, "at": one.at} for one in (mine.corrections if mine else ())
        ),
        others=_others(review, veil),
        to_write=before_panel and review.state == "assigned",
        to_correct=before_panel and review.state == "locked" and application.discussed_at is None,
    )


def _shown(field: Field, veil: Veil | None) -> Shown:
    """One field as the expert reads it, behind the veil of a blind sheet."""
    masked = veil is not None and field.rule.masked
    value = Text("", "") if masked else _veiled(_in_words(field), veil)
    return Shown(field.rule.text, value, field.rule.type == "long_text", masked)


def _own(actor: Actor) -> models.QuerySet[Review]:
    return Review.objects.filter(user=actor.user_id or -1).select_related(
        "application__round", "application__organisation", "user"
    )


def _in_words(field: Field) -> Text:
    """A field's value; places and industries by their names."""
    if isinstance(field.value, str) and field.rule.fact == "region_code":
        return region_name(field.value)
    if isinstance(field.value, str) and field.rule.fact == "industry_code":
        return industry_name(field.value)
    return field.shown


def _veiled(text: Text, veil: Veil | None) -> Text:
    return veil.both(text) if veil else text


def _papers(slots: tuple[Papers, ...], veil: Veil | None) -> tuple[Paper, ...]:
    """The papers in the order of the form; on a blind sheet under a name that says only which."""
    found: list[Paper] = []
    for slot in slots:
        for attachment in slot.papers:
            number, document = len(found) + 1, attachment.document
            name = document.name
            if veil:
                ending = name.rpartition(".")[2].lower()
                ending = f".{ending}" if ending.isalnum() and len(ending) < 6 else ""
                name = f"{number:02d}{ending}"
            found.append(Paper(number, slot.rule.text, name, document))
    return tuple(found)


def _counted(review: Review) -> list[Counted]:
    return sheets_of([review.application])[review.application_id]


def _others(review: Review, veil: Veil | None) -> tuple[Other, ...]:
    """The panel's sheets, once all are in and only where they are discussed."""
    application = review.application
    if not (application.score and application.to_discuss) or review.state != "locked":
        return ()
    rule, found = application.round.rule, []
    for place, one in enumerate(_counted(review)):
        own = one.review.pk == review.pk
        letter = chr(ord("A") + place % 26)
        hide = veil.text if veil else str
        found.append(
            Other(
                Text("本人", "You") if own else Text(f"专家{letter}", f"Expert {letter}"),
                total_of(rule, one.marks),
                one.marks,
                {id: hide(text) for id, text in one.review.comments.items()},
                hide(one.review.opinion),
                own,
            )
        )
    return tuple(found)


def paper_of(actor: Actor, pk: int, number: int) -> Paper:
    """One paper of an expert's sheet under the name that the sheet gives it. Review.DoesNotExist
    for anybody else and for a number that is not there."""
    for paper in sheet_of(actor, pk).papers:
        if paper.number == number:
            return paper
    raise Review.DoesNotExist


# ---------------------------------------------------------------------------- an expert's list


def reviews_of(actor: Actor) -> models.QuerySet[Review]:
    """The sheets that wait for an expert, the oldest first."""
    return (
        _own(actor)
        .filter(state="assigned", application__state="panel")
        .order_by("state_since", "id")
    )


def to_be_discussed(actor: Actor) -> models.QuerySet[Review]:
    """The expert's locked sheets whose application is being discussed."""
    return _own(actor).filter(
        state="locked",
        application__state="panel",
        application__to_discuss=True,
        application__discussed_at=None,
    )


def done_reviews_of(actor: Actor) -> models.QuerySet[Review]:
    """The sheets that an expert has done or given back, newest first."""
    open_ = models.Q(state="assigned", application__state="panel")
    return _own(actor).exclude(open_).order_by("-state_since", "-id")


def panels_of(actor: Actor) -> models.QuerySet[Panelist]:
    """The rounds that an expert is on the panel of and that are still being reviewed."""
    return (
        Panelist.objects.filter(user=actor.user_id or -1, left_at=None)
        .filter(round__state__in=("open", "closed", "review"))
        .select_related("round")
        .order_by("id")
    )


# ---------------------------------------------------------------------------- a round's panel


@dataclass(frozen=True, slots=True)
class Load:
    """One expert of a round and what they have."""

    panelist: Panelist
    number: str
    name: str
    employer: str
    fields: tuple[str, ...]
    region_code: str
    open: int
    locked: int
    withdrawn: int
    since: dt.datetime | None

    @property
    def total(self) -> int:
        """Sheets that are theirs."""
        return self.open + self.locked


def load_of(round: Round) -> list[Load]:
    """The experts of a round in the order drawn, with their sheets. Three queries."""
    panelists = list(round.panelists.select_related("user").order_by("id"))
    users = [one.user_id for one in panelists]
    profiles = {p.user_id: p for p in ExpertProfile.objects.filter(user__in=users)}
    counts: Counter[tuple[int, str]] = Counter()
    oldest: dict[int, dt.datetime] = {}
    sheets = Review.objects.filter(application__round=round).order_by()
    grouped = sheets.values_list("user", "state").annotate(
        n=models.Count("pk"), since=models.Min("state_since")
    )
    for user, state, number, since in grouped:
        counts[user, state] = number
        if state == "assigned":
            oldest[user] = since
    return [
        Load(
            panelist=one,
            number=expert_number(one.user_id),
            name=str(one.user),
            employer=profile.employer if (profile := profiles.get(one.user_id)) else "",
            fields=tuple(profile.fields) if profile else (),
            region_code=profile.region_code if profile else "",
            open=counts[one.user_id, "assigned"],
            locked=counts[one.user_id, "locked"],
            withdrawn=counts[one.user_id, "withdrawn"],
            since=oldest.get(one.user_id),
        )
        for one in panelists
    ]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a round's review has come: applications before the panel, seats, sheets locked and
    open, seats that nobody has; how many are counted, to be discussed, discussed."""

    papers: int
    seats: int
    locked: int
    open: int
    empty: int
    counted: int
    to_discuss: int
    discussed: int

    @property
    def assigned(self) -> bool:
        """Whether sheets have been given out."""
        return self.locked + self.open > 0

    @property
    def all_in(self) -> bool:
        """Whether every seat has a locked sheet."""
        return self.papers > 0 and not self.open and not self.empty

    @property
    def waiting(self) -> int:
        """Discussions that are not on record yet."""
        return self.to_discuss - self.discussed


def progress(round: Round) -> Progress:
    """How far the review of a round has come. Three queries."""
    waiting = papers_of(round).order_by()
    seen = waiting.aggregate(
        papers=models.Count("pk"),
        counted=models.Count("pk", filter=~models.Q(score="")),
        to_discuss=models.Count("pk", filter=models.Q(to_discuss=True)),
        discussed=models.Count("pk", filter=models.Q(discussed_at__isnull=False)),
    )
    open_, empty = outstanding(round)
    locked = Review.objects.filter(
        application__round=round, application__state="panel", state="locked"
    ).count()
    return Progress(
        papers=seen["papers"],
        seats=seen["papers"] * round.rule.panel.size,
        locked=locked,
        open=open_,
        empty=empty,
        counted=seen["counted"],
        to_discuss=seen["to_discuss"],
        discussed=seen["discussed"],
    )


@dataclass(frozen=True, slots=True)
class Discussed:
    """One application with a large spread: its score now, and each expert's sheet."""

    application: Application
    score: PanelScore
    sheets: tuple[tuple[Counted, Fraction], ...]


def discussions(round: Round) -> list[Discussed]:
    """The applications of a round that are to be discussed, those not on record yet first. Three
    queries for any number."""
    rows = list(
        papers_of(round)
        .filter(to_discuss=True)
        .order_by(models.F("discussed_at").asc(nulls_first=True), "id")
    )
    sheets, rule = sheets_of(rows), round.rule
    for row in rows:
        row.round = round
    return [
        Discussed(
            row,
            counted(rule, sheets[row.pk]),
            tuple((one, total_of(rule, one.marks)) for one in sheets[row.pk]),
        )
        for row in rows
    ]


def organised_by(actor: Actor, pk: int) -> Round:
    """One round, for the office that runs it. Round.DoesNotExist otherwise."""
    found = rounds_of(actor).get(pk=pk)
    if actor.role != "province" or not actor.covers(found.region_code):
        raise Round.DoesNotExist
    return found


def panelist_of(actor: Actor, pk: int) -> Panelist:
    """An expert of a round, for themself or the organiser. Panelist.DoesNotExist otherwise."""
    found = Panelist.objects.select_related("round", "user").get(pk=pk)
    organises = actor.role == "province" and actor.covers(found.round.region_code)
    if not organises and actor.user_id != found.user_id:
        raise Panelist.DoesNotExist
    return found


def recusal_in(round: Round, pk: int) -> Recusal:
    """One recusal of a round. Recusal.DoesNotExist for another round's."""
    found = Recusal.objects.select_related("application__round", "user")
    return found.get(pk=pk, application__round=round)


def publication_of(actor: Actor | None, pk: int, digest: str) -> Publication:
    """A published document of a round, by its digest; those not public yet only for the organiser.
    Publication.DoesNotExist otherwise."""
    found = Publication.objects.select_related("round").filter(round=pk, digest=digest).first()
    if found is None:
        raise Publication.DoesNotExist
    organises = actor is not None and actor.role == "province"
    if not found.public and not (
        organises and actor is not None and actor.covers(found.round.region_code)
    ):
        raise Publication.DoesNotExist
    return found


def publications_of(round: Round) -> list[Publication]:
    """The public documents of a round, newest first."""
    return list(round.publications.filter(public=True).order_by("-id"))


def public_round(pk: int) -> Round:
    """One round whose notice is published. Round.DoesNotExist otherwise."""
    return rounds().get(pk=pk)
