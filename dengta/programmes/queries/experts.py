"""Who reviews: the pool a round draws from, who stands aside from what, and the whole as a task of
assignment."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import models
from django.utils import timezone

from dengta.accounts.models import Post, User
from dengta.assessment.queries.conflicts import conflicts_among, pool_for, ratings_in_hand
from dengta.core.assignment import AssignmentRule, Expert, Paper, Task
from dengta.core.draws import Entry
from dengta.core.shapes import Text
from dengta.programmes.models import (
    Application,
    PanelDraw,
    Panelist,
    Publication,
    Recusal,
    Review,
    Round,
)
from dengta.programmes.states import OPEN_STATES
from dengta.registry.models import ExpertProfile, Organisation
from dengta.registry.queries import division_of, industry_name, policy

STATED = ("adviser", "declared", "withdrew")
"""Recusals that the expert stated; an office cannot lift them."""
LOCKED = ":locked"
"""Ends the id under which an expert's locked sheets stand in a task: what is locked stays."""
GONE = ("withdrawn", "lapsed", "not_accepted", "rejected", "terminated")

RECUSALS: Mapping[str, Text] = {
    "employer": Text("工作单位", "Employer"),
    "adviser": Text("顾问或服务", "Adviser or provider"),
    "declared": Text("本人申报", "Declared"),
    "legal_person": Text("法定代表人", "Legal person"),
    "phone": Text("电话相同", "Same phone"),
    "member": Text("单位成员", "Member"),
    "diagnosed": Text("诊断服务商", "Diagnosed it"),
    "applicant": Text("同批申报单位", "Applicant of the same round"),
    "office": Text("申报地区的主管部门", "Of the applicant's office"),
    "withdrew": Text("本人退出", "Stood aside"),
}
"""The kinds of recusal, in a word."""


def expert_number(user: int) -> str:
    """The number under which an expert stands in published files, which name nobody."""
    return f"ZJ{user:06d}"


def user_of(number: str) -> int:
    """The id behind an expert's number."""
    return int(number.removesuffix(LOCKED)[2:])


@dataclass(frozen=True, slots=True)
class Pool:
    """Who may be drawn for a round, and who of the pool may not: `unknown` have not said where they
    work, `applicants` belong to an applicant of the round, `drawn` are in it already."""

    entries: tuple[Entry, ...]
    unknown: int
    applicants: int
    drawn: int

    @property
    def fields(self) -> Counter[str]:
        """How many can be drawn by their main field."""
        return Counter(entry.stratum for entry in self.entries)


def pool_of(round: Round) -> Pool:
    """The pool that a round draws from, each with the main field. Seven queries for any number."""
    users = pool_for(round.region_code)
    profiles = {p.user_id: p for p in ExpertProfile.objects.filter(user__in=users)}
    drawn = set(round.panelists.values_list("user", flat=True))
    barred = set(_applying(round, profiles))
    free = [user for user in users if user in profiles and user not in drawn | barred]
    return Pool(
        tuple(Entry(expert_number(user), _main_field(profiles[user])) for user in free),
        unknown=sum(user not in profiles for user in users),
        applicants=len(barred - drawn),
        drawn=len(drawn.intersection(users)),
    )


@dataclass(frozen=True, slots=True)
class Pooled:
    """One of the pool: what they stated, and their load: sheets and ratings in hand, sheets locked
    since a day, rounds they were drawn for, sheets given back."""

    user: User
    profile: ExpertProfile | None
    in_hand: int
    locked: int
    rounds: int
    withdrawn: int

    @property
    def number(self) -> str:
        """Their number in published files."""
        return expert_number(self.user.pk)


def roster(region: str, since: dt.date, *, field: str = "") -> list[Pooled]:
    """The pool of a region, by name; `field` narrows it to a division of GB/T 4754. Six queries for
    any number."""
    users = pool_for(region)
    profiles = {p.user_id: p for p in ExpertProfile.objects.filter(user__in=users)}
    sheets = Review.objects.filter(user__in=users).order_by()
    states: Counter[tuple[int, str]] = Counter()
    for user, state, n in sheets.values_list("user", "state").annotate(n=models.Count("pk")):
        states[user, state] = n
    lately = sheets.filter(state="locked", locked_at__date__gte=since)
    locked = dict(lately.values_list("user").annotate(n=models.Count("pk")))
    drawn = Panelist.objects.filter(user__in=users).order_by()
    rounds = dict(drawn.values_list("user").annotate(n=models.Count("pk")))
    ratings = ratings_in_hand(users)
    return [
        Pooled(
            user=user,
            profile=profiles.get(user.pk),
            in_hand=states[user.pk, "assigned"] + ratings[user.pk],
            locked=locked.get(user.pk, 0),
            rounds=rounds.get(user.pk, 0),
            withdrawn=states[user.pk, "withdrawn"],
        )
        for user in User.objects.filter(pk__in=users).order_by("display_name", "pk")
        if not field or (user.pk in profiles and field in profiles[user.pk].fields)
    ]


def _main_field(profile: ExpertProfile) -> str:
    return str(profile.fields[0]) if profile.fields else ""


def _applying(round: Round, users: Iterable[int]) -> dict[int, Organisation]:
    """Which of some experts belong to an applicant of a round, and to which."""
    handed_in = round.applications.exclude(state__in=(*OPEN_STATES, *GONE))
    firms = list(Organisation.objects.filter(pk__in=handed_in.values("organisation")))
    by_id = {firm.pk: firm for firm in firms}
    found: dict[int, Organisation] = {}
    among = conflicts_among(list(users), firms, timezone.localdate(round.opens_at))
    for (user, firm), reasons in sorted(among.items()):
        if {"employer", "member"}.intersection(one.kind for one in reasons):
            found.setdefault(user, by_id[firm])
    return found


def found_recusals(round: Round, day: dt.date) -> list[Recusal]:
    """Every reason why an expert of a round does not review an application of it, not saved.
    Sixteen queries for any number of either."""
    users = list(round.panelists.filter(left_at=None).values_list("user", flat=True))
    applications = list(papers_of(round))
    of_firm: dict[int, list[Application]] = {}
    of_office: dict[str, list[Application]] = {}
    for one in applications:
        if one.organisation_id:
            of_firm.setdefault(one.organisation_id, []).append(one)
        else:
            of_office.setdefault(one.applicant_code, []).append(one)
    firms = {a.organisation_id: a.organisation for a in applications if a.organisation is not None}
    found: list[Recusal] = []
    for (user, firm), reasons in conflicts_among(users, list(firms.values()), day).items():
        for reason in reasons:
            found += [_recusal(one, user, reason.kind, reason.text) for one in of_firm[firm]]
    for user, own in _applying(round, users).items():
        text = Text(
            f"所在单位{own.name}也在本批申报", f"Is of {own.name}, which applies in the same round"
        )
        others = [one for one in applications if one.organisation_id != own.pk]
        found += [_recusal(one, user, "applicant", text) for one in others]
    posts = Post.objects.filter(user__in=users, region_code__in=of_office).exclude(role="expert")
    for user, region in posts.values_list("user", "region_code"):
        text = Text("在申报地区的主管部门任职", "Holds a post at the applicant's office")
        found += [_recusal(one, user, "office", text) for one in of_office[region]]
    return found


def _recusal(application: Application, user: int, kind: str, text: Text) -> Recusal:
    return Recusal(application=application, user_id=user, kind=kind, reason=text._asdict())


def papers_of(round: Round) -> models.QuerySet[Application]:
    """The applications of a round that are before the panel, in the order of their numbers."""
    return round.applications.filter(state="panel").select_related("organisation").order_by("id")


def recusals_of(round: Round) -> models.QuerySet[Recusal]:
    """The recusals of a round's applications that are before the panel, the lifted ones last."""
    rows = Recusal.objects.filter(application__round=round, application__state="panel")
    return rows.select_related("application", "user").order_by(
        models.F("lifted_at").asc(nulls_first=True), "application", "id"
    )


def task_of(round: Round, load: int | None = None) -> Task:
    """The assignment that a round needs: applications before the panel, experts who are still
    there, recusals that were not lifted. `load` stands in for the rule's. Four queries."""
    rule = round.rule.panel
    panelists = list(round.panelists.filter(left_at=None).order_by("user"))
    profiles = {
        profile.user_id: profile
        for profile in ExpertProfile.objects.filter(user__in=[one.user_id for one in panelists])
    }
    conflicts, fixed = _barred(round)
    return Task(
        tuple(_paper(application) for application in papers_of(round)),
        tuple(_expert(panelist, profiles.get(panelist.user_id)) for panelist in panelists),
        frozenset(conflicts - fixed),
        AssignmentRule(size=rule.size, load=rule.load if load is None else load),
        frozenset(fixed),
    )


def _barred(round: Round) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    conflicts: set[tuple[str, str]] = set()
    fixed: set[tuple[str, str]] = set()
    rows = Recusal.objects.filter(
        application__round=round, application__state="panel", lifted_at=None
    ).select_related("application")
    for row in rows:
        pair = row.application.number, expert_number(row.user_id)
        (fixed if row.kind in STATED else conflicts).add(pair)
    return conflicts, fixed


def _paper(application: Application) -> Paper:
    sector, firm = application.sector, application.organisation
    if sector not in policy().industries:
        sector = "" if firm is None else firm.industry_code.lstrip("ABCDEFGHIJKLMNOPQRST")[:2]
    fields = (sector,) if sector else ()
    return Paper(application.number, fields, division_of(application.region_code))


def _expert(panelist: Panelist, profile: ExpertProfile | None) -> Expert:
    return Expert(
        expert_number(panelist.user_id),
        frozenset(profile.fields if profile else ()),
        division_of(profile.region_code) if profile else "",
        panelist.load,
    )


def draws_of(round: Round) -> list[PanelDraw]:
    """The draws of a round, oldest first."""
    return list(round.draws.order_by("id"))


def assignment_of(round: Round) -> Publication | None:
    """The assignment that holds now, as it was written; None before."""
    kind = Publication.Kind.ASSIGNMENT
    return round.publications.filter(kind=kind).order_by("-id").first()


def field_name(field: str) -> Text:
    """A field of the pool in words."""
    return industry_name(field) if field else Text("未填领域", "no field stated")
