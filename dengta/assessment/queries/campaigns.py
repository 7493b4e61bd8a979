"""Campaigns: who was asked, who has answered, and how that compares with the year before.

An answer is the firm's latest assessment under the campaign's instrument handed in between the
opening and the end of the last day; failing that the first one after it, which is late. What the
firm was before is its latest result of any edition from before the opening, whether assessed here
or recorded. Where a rating on the spot exists its level counts, else the firm's own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.assessment.models import Assessment, Invitation, RecordedResult
from dengta.assessment.models import Campaign as Campaign
from dengta.core.shapes import Instrument, Text
from dengta.core.workdays import workdays_between
from dengta.registry.queries import division_of, policy, region_name
from dengta.rights.queries import agreed
from dengta.trail.models import Job

KIND = "send_notices"
"""The kind of the jobs that send a campaign's notices: the name of their task."""

ONE_DAY = dt.timedelta(days=1)
STANDINGS: Mapping[str, Text] = {
    "answered": Text("已完成", "Answered"),
    "late": Text("逾期完成", "Answered late"),
    "drafting": Text("填报中", "Being filled in"),
    "open": Text("未开始", "Not begun"),
}
MOVES: Mapping[str, Text] = {
    "up": Text("上升", "Up"),
    "same": Text("持平", "The same"),
    "down": Text("下降", "Down"),
}
NONE = "none"
"""In filters and tables: no result."""


def deadline(campaign: Campaign) -> dt.datetime:
    """The moment from which an answer is late: the end of the last day here."""
    return timezone.make_aware(dt.datetime.combine(campaign.due_date + ONE_DAY, dt.time()))


def asker(campaign: Campaign) -> Text:
    """The office that asks, as firms know it."""
    region = policy().regions.get(campaign.region_code)
    if region is not None and region.level == "province":
        return Text("省经信厅", "The provincial department")
    name = region_name(campaign.region_code)
    return Text(f"{name.zh}经信局", f"The office of {name.en}")


def editions(instrument: str) -> list[str]:
    """All editions of an instrument, by its name without the year: miit-2022, miit-2024."""
    stem = re.sub(r"-\d{4}$", "", instrument)
    return [id for id in policy().instruments if re.sub(r"-\d{4}$", "", id) == stem]


def answerable(day: dt.date) -> list[Instrument]:
    """The instruments that a campaign can ask for on a day: in force, and with questions."""
    known = policy().instruments.values()
    return [one for one in known if one.in_force.holds(day) and not one.recorded_only]


def in_sight(actor: Actor) -> models.QuerySet[Campaign]:
    """The campaigns of an official's territory and of the offices above, the newest first."""
    if not actor.official:
        return Campaign.objects.none()
    above = {actor.region[:2] + "0000", actor.region[:4] + "00", actor.region}
    return Campaign.objects.filter(
        models.Q(region_code__startswith=territory(actor.region)) | models.Q(region_code__in=above)
    ).order_by("-opened_at", "-id")


def visible(actor: Actor, pk: int) -> Campaign:
    """One campaign in sight. Campaign.DoesNotExist otherwise."""
    return in_sight(actor).get(pk=pk)


@dataclass(slots=True)
class Asked:
    """One firm on a campaign's list, with what it answered and what it was before.

    `standing` is one of STANDINGS. Levels are None without a result (or in an instrument without
    levels), and where the firm does not let results be summed up (`shared` is false).
    """

    organisation_id: int
    name: str
    uscc: str
    region: str
    industry: str
    size: str
    phone: str
    reminders: int
    reminded_at: dt.datetime | None
    standing: str = "open"
    answer_id: int | None = None
    answered_at: dt.datetime | None = None
    level_now: int | None = None
    level_then: int | None = None
    then_date: dt.date | None = None
    then_instrument: str = ""
    shared: bool = False

    @property
    def done(self) -> bool:
        """Whether it has answered, be it late."""
        return self.standing in ("answered", "late")

    @property
    def move(self) -> str:
        """One of MOVES; empty where there is nothing to compare."""
        if self.level_now is None or self.level_then is None:
            return ""
        if self.level_now == self.level_then:
            return "same"
        return "up" if self.level_now > self.level_then else "down"


def roll(campaign: Campaign) -> list[Asked]:
    """Everybody asked, in the order of names. Four queries, however long the list."""
    organisation = "organisation__"
    rows = campaign.invitations.order_by(f"{organisation}name", "pk").values_list(
        "organisation_id",
        *(
            f"{organisation}{field}"
            for field in ("name", "uscc", "region_code", "industry_code", "size_class", "phone")
        ),
        "reminders",
        "reminded_at",
    )
    asked = {row[0]: Asked(*row) for row in rows}
    _recorded_before(campaign, asked)
    _assessed(campaign, asked)
    summed = set(
        agreed("statistics", timezone.localdate())
        .filter(organisation__in=campaign.invitations.values("organisation"))
        .values_list("organisation", flat=True)
    )
    for firm, row in asked.items():
        row.shared = firm in summed
        if not row.shared:
            row.level_now = row.level_then = None
    return list(asked.values())


def _recorded_before(campaign: Campaign, asked: Mapping[int, Asked]) -> None:
    """The latest recorded result from before the opening."""
    rows = RecordedResult.objects.filter(
        organisation__in=campaign.invitations.values("organisation"),
        instrument__in=editions(campaign.instrument),
        assessed_date__lt=timezone.localdate(campaign.opened_at),
    ).order_by("assessed_date", "pk")
    for firm, instrument, day, level in rows.values_list(
        "organisation_id", "instrument", "assessed_date", "level"
    ):
        row = asked[firm]
        row.then_instrument, row.then_date, row.level_then = instrument, day, level


def _assessed(campaign: Campaign, asked: Mapping[int, Asked]) -> None:
    """What the firms assessed here, in the order of time: before, in time, late; and drafts."""
    end = deadline(campaign)
    rows = Assessment.objects.filter(
        organisation__in=campaign.invitations.values("organisation"),
        instrument__in=editions(campaign.instrument),
        state__in=("draft", "submitted"),
    ).order_by(models.F("submitted_at").asc(nulls_last=True), "pk")
    for firm, pk, instrument, at, level, on_site in rows.values_list(
        "organisation_id", "pk", "instrument", "submitted_at", "level", "on_site_level"
    ):
        row, counted = asked[firm], level if on_site is None else on_site
        ours = instrument == campaign.instrument
        if at is None:
            row.standing = "drafting" if ours and not row.done else row.standing
        elif at < campaign.opened_at:
            day = timezone.localdate(at)
            if row.then_date is None or day >= row.then_date:
                row.then_instrument, row.then_date, row.level_then = instrument, day, counted
        elif ours and (at < end or row.answer_id is None):
            row.standing = "answered" if at < end else "late"
            row.answer_id, row.answered_at, row.level_now = pk, at, counted


@dataclass(slots=True)
class Tally:
    """How many were asked and where they stand."""

    asked: int = 0
    answered: int = 0
    late: int = 0
    drafting: int = 0
    open: int = 0

    @property
    def done(self) -> int:
        """Answered, in time or late."""
        return self.answered + self.late

    @property
    def waiting(self) -> int:
        """Not answered."""
        return self.drafting + self.open

    @property
    def rate_bps(self) -> int:
        """The share that has answered, in basis points of whole per cents, rounded down: 100% only
        when nobody is left."""
        return self.done * 100 // self.asked * 100 if self.asked else 0

    def add(self, row: Asked) -> None:
        """Count one firm."""
        self.asked += 1
        setattr(self, row.standing, getattr(self, row.standing) + 1)


Key = Callable[[Asked], str]
BY: Mapping[str, Key] = {
    "division": lambda row: division_of(row.region),
    "county": lambda row: row.region,
    "industry": lambda row: row.industry[:2],
    "size": lambda row: row.size,
}
"""What coverage can be told apart by."""


def coverage(rows: Iterable[Asked], by: str) -> dict[str, Tally]:
    """Where firms stand by division, county, industry or size; groups with the most asked first."""
    found: dict[str, Tally] = {}
    key = BY[by]
    for row in rows:
        found.setdefault(key(row), Tally()).add(row)
    return dict(sorted(found.items(), key=lambda pair: (-pair[1].asked, pair[0])))


def total(rows: Iterable[Asked]) -> Tally:
    """Where all of them stand."""
    whole = Tally()
    for row in rows:
        whole.add(row)
    return whole


Levels = tuple[int | None, int | None]


def moves(rows: Iterable[Asked]) -> Counter[Levels]:
    """How many firms came from which level (then, None without a result) to which (now)."""
    return Counter((row.level_then, row.level_now) for row in rows)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a list of the firms asked is narrowed to; empty means everything."""

    region: str = ""
    industry: str = ""
    size: str = ""
    standing: str = ""
    then: str = ""
    now: str = ""
    move: str = ""
    words: str = ""

    def holds(self, row: Asked) -> bool:
        """Whether a firm is among them. `standing` may be `waiting` or `done`."""
        return (
            row.region.startswith(territory(self.region))
            and row.industry.startswith(self.industry)
            and self.size in ("", row.size)
            and self.standing in ("", row.standing, "done" if row.done else "waiting")
            and self.then in ("", _level(row.level_then))
            and self.now in ("", _level(row.level_now))
            and self.move in ("", row.move or NONE)
            and (self.words in row.name or self.words.upper() in row.uscc)
        )


def _level(level: int | None) -> str:
    return NONE if level is None else str(level)


def phone_for(actor: Actor, row: Asked) -> str:
    """A firm's phone number; its middle is hidden from offices that are not its own."""
    if actor.covers(row.region) or not row.phone:
        return row.phone
    return f"{row.phone[:3]}****{row.phone[-2:]}" if len(row.phone) > 6 else "****"


def least_gap(now: dt.datetime) -> int:
    """Days between two reminders by hand to one firm, at least: policy data."""
    return policy().practised("reminder_gap_days", timezone.localdate(now))


def remindable(campaign: Campaign, before: dt.datetime) -> models.QuerySet[Invitation]:
    """Invitations whose firms have not answered and were last reminded by a moment, or never."""
    return unanswered(campaign).filter(
        models.Q(reminded_at=None) | models.Q(reminded_at__lte=before)
    )


def unanswered(campaign: Campaign) -> models.QuerySet[Invitation]:
    """Invitations of the firms that have not answered."""
    given = Assessment.objects.filter(
        organisation=models.OuterRef("organisation"),
        instrument=campaign.instrument,
        state="submitted",
        submitted_at__gte=campaign.opened_at,
    )
    return campaign.invitations.filter(~models.Exists(given))


def totals(campaigns: Sequence[Campaign]) -> dict[int, tuple[int, int]]:
    """Per campaign how many were asked and how many have answered; one query."""
    given = Assessment.objects.filter(
        organisation=models.OuterRef("organisation"),
        instrument=models.OuterRef("campaign__instrument"),
        state="submitted",
        submitted_at__gte=models.OuterRef("campaign__opened_at"),
    )
    rows = (
        Invitation.objects.filter(campaign__in=[campaign.pk for campaign in campaigns])
        .annotate(done=models.Exists(given))
        .values("campaign")
        .annotate(asked=models.Count("pk"), answered=models.Count("pk", models.Q(done=True)))
    )
    found = {campaign.pk: (0, 0) for campaign in campaigns}
    return found | {row["campaign"]: (row["asked"], row["answered"]) for row in rows}


@dataclass(frozen=True, slots=True)
class Call:
    """A running campaign as one firm sees it. `left`: working days, negative when late; `begun`:
    it has a draft."""

    campaign: Campaign
    asker: Text
    left: int
    begun: bool


def calls(organisation_id: int, day: dt.date) -> list[Call]:
    """What a firm is asked and has not answered, the most urgent first. One query."""
    own = Assessment.objects.filter(
        organisation=organisation_id, instrument=models.OuterRef("instrument")
    )
    given = own.filter(state="submitted", submitted_at__gte=models.OuterRef("opened_at"))
    waiting = (
        Campaign.objects.filter(state="running", invitations__organisation=organisation_id)
        .exclude(models.Exists(given))
        .annotate(begun=models.Exists(own.filter(state="draft")))
        .order_by("due_date", "pk")
    )
    return [
        Call(one, asker(one), workdays_between(day, one.due_date), bool(one.begun))
        for one in waiting
    ]


def jobs_of(campaign: Campaign) -> list[Job]:
    """The rounds of notices that went out or are on their way, the newest first."""
    mine = Job.objects.filter(kind=KIND, arguments__campaign=campaign.pk)
    return list(mine.order_by("-pk"))
