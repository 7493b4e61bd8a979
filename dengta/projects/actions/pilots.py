"""试点: a place's plan becomes its target contract; the list of its firms with a log of changes.

A plan in force is never changed: what was agreed anew is a further edition that supersedes it. A
firm's place on a list is its title `pilot_firm` in the registry, for as long as it is listed; what
happened to it stands in the log, from which the list can be made again (`queries.pilots.replayed`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.shapes import Text
from dengta.core.wording import said_day, said_month
from dengta.projects.models import PilotChange, PilotFirm, PilotMonth, PilotPlan, Project
from dengta.projects.queries.pilots import (
    TITLE,
    award_behind,
    fund_behind,
    plan_in_force,
    standing_of,
)
from dengta.registry.actions import award_titles, end_title, refuse_sanctioned
from dengta.registry.models import Organisation
from dengta.registry.queries import (
    officials_for,
    people_of,
    people_of_all,
    policy,
    province_code,
    region_name,
)
from dengta.trail.actions import (
    NotAllowed,
    StepRefused,
    advance,
    begin,
    begin_many,
    notify,
    notify_many,
    write_down,
)
from dengta.trail.models import Document, Event

TARGETS = ("firms", "level_2_firms", "level_2_share_bps", "cases", "trained")
"""What a target contract promises: firms transformed, of these at level 2 or above, the share of
above-scale firms at level 2 (basis points), cases, people trained."""

# ---------------------------------------------------------------- the plan


def draft_plan(
    actor: Actor, programme: str, region: str, *, key: str, award_id: int | None = None,
    at: dt.datetime | None = None, **values: Any,
) -> PilotPlan:  # fmt: skip
    """Begin a plan, or its next edition, by the office of the place. `values` are the fields of
    the plan (see `keep_plan`). The same `key` begins once; what is typed while an edition is still
    open goes into that. StepRefused names what is missing, or that it is with the province."""
    now = at or timezone.now()
    _only_place(actor, region)
    found = PilotPlan.objects.filter(key=key).first()
    if found is not None:
        return found
    editions = PilotPlan.objects.filter(programme=programme, region_code=region)
    last = editions.order_by("-edition").first()
    if last is not None and last.state in ("draft", "review", "returned"):
        return keep_plan(last, actor, **values)
    award = award_behind(programme, region) if award_id is None else None
    plan = PilotPlan(
        programme=programme, region_code=region, award_id=award.pk if award else award_id,
        key=key, created_at=now, edition=1 if last is None else last.edition + 1,
        **_checked(_with_share(programme, values)),
    )  # fmt: skip
    try:
        with transaction.atomic():
            begin(plan, by=actor, at=now)
    except IntegrityError:  # a second click was there first
        return editions.order_by("-edition").get(state="draft")
    return plan


def keep_plan(plan: PilotPlan, actor: Actor, **values: Any) -> PilotPlan:
    """Keep what was written: title, from_date, until_date, industries, targets, money_fen,
    firms_bps, document. StepRefused once it is with the province."""
    _only_place(actor, plan.region_code)
    before = {name: getattr(plan, name) for name in _FIELDS if name != "firms_bps"}
    kept = _checked(_with_share(plan.programme, before | values))
    open_ = PilotPlan.objects.filter(pk=plan.pk, state__in=("draft", "returned"))
    if not open_.update(**kept):
        raise StepRefused(
            Text(
                "方案已报省级，不能再改；需要调整的，请省级退回或另报修订版。",
                "The plan is with the province. Have it returned, or file a new edition.",
            )
        )
    plan.refresh_from_db()
    return plan


def submit_plan(plan: PilotPlan, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Send the plan to the province; it needs its document, firms and money."""
    missing = [
        name
        for name, there in (
            (Text("方案文本", "the text of the plan"), plan.document_id),
            (Text("试点行业", "industries"), plan.industries),
            (Text("改造企业数", "number of firms"), plan.targets.get("firms")),
            (Text("试点资金", "money"), plan.money_fen),
        )
        if not there
    ]
    if missing:
        raise StepRefused(
            Text(
                f"还缺：{'、'.join(one.zh for one in missing)}。补齐后再报。",
                f"Still missing: {', '.join(one.en for one in missing)}.",
            )
        )
    with transaction.atomic():
        event = advance(plan, "submit", by=actor, at=at)
        _tell(plan, event, officials_for("province", province_code()))
    return event


def return_plan(
    plan: PilotPlan, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """The province sends it back with the reason."""
    with transaction.atomic():
        event = advance(plan, "return", by=actor, note=note, at=at)
        _tell(plan, event, _officials(plan.region_code))
    return event


def file_plan(
    plan: PilotPlan, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """The province agrees: this edition is the target contract from now on, the one before it is
    superseded."""
    now = at or timezone.now()
    with transaction.atomic():
        before = plan_in_force(plan.programme, plan.region_code)
        if before is not None:
            advance(before, "supersede", by=SYSTEM, at=now)
        event = advance(
            plan, "file", by=actor, note=note, at=now,
            evidence={"filed_at": now, "policy_digest": policy().digest},
        )  # fmt: skip
        _tell(plan, event, _officials(plan.region_code))
    return event


def close_plan(plan: PilotPlan, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """The province ends a pilot before its time, with the reason."""
    with transaction.atomic():
        event = advance(plan, "close", by=actor, note=note, at=at)
        _tell(plan, event, _officials(plan.region_code))
    return event


_FIELDS = (
    "title", "from_date", "until_date", "industries", "targets", "money_fen", "firms_bps",
    "document",
)  # fmt: skip


def _with_share(programme: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a plan with the share of enterprises that its fund asks for, else that of
    practice."""
    fund = fund_behind(programme, values["from_date"], values["until_date"])
    share = None if fund is None else fund.enterprise_bps
    if share is None:
        share = policy().practised("pilot_firms_bps", values["from_date"])
    return {"firms_bps": share} | dict(values)


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a plan, or StepRefused naming the one that cannot be."""
    kept = {name: values[name] for name in _FIELDS if name in values}
    if unknown := set(values) - set(_FIELDS):
        raise TypeError(f"a plan has no {', '.join(sorted(unknown))}")
    if kept["until_date"] <= kept["from_date"]:
        raise StepRefused(
            Text(
                f"截止日期 {kept['until_date']} 须晚于开始日期 {kept['from_date']}。",
                f"The last day, {kept['until_date']}, has to be after {kept['from_date']}.",
            )
        )
    targets = kept.get("targets", {})
    for name, number in targets.items():
        if name not in TARGETS or not isinstance(number, int) or number < 0:
            raise StepRefused(
                Text(
                    f"目标“{name}”的值 {number} 不对，请填整数。", f"{name}: {number} is no target."
                )
            )
    if not 0 <= kept.get("firms_bps", 0) <= 10_000:
        raise StepRefused(
            Text("企业占比须在 0% 到 100% 之间。", "The share for firms is 0 to 100 %.")
        )
    document = kept.get("document")
    if document is not None and not isinstance(document, Document):
        raise TypeError("the text of a plan is a Document")
    return kept


# ---------------------------------------------------------------- the list


def list_firm(
    plan: PilotPlan, organisation: Organisation, actor: Actor, *, reason: str,
    sub_industry: str = "", document_number: str = "", at: dt.datetime | None = None,
) -> PilotFirm:  # fmt: skip
    """Put a firm on the pilot's list. Again it changes nothing.

    StepRefused for a firm of another place, one under sanction, or a plan not in force; a firm that
    left the list comes back by `relist`.
    """
    refuse_sanctioned(organisation, timezone.localdate(at))
    wanted = Wanted(organisation, reason, sub_industry, document_number)
    refused = list_firms(plan, [wanted], actor, at=at)
    for why in refused.values():
        raise StepRefused(why)
    return PilotFirm.objects.get(programme=plan.programme, organisation=organisation)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A firm that is to be listed, and why."""

    organisation: Organisation
    reason: str
    sub_industry: str = ""
    document_number: str = ""


def list_firms(
    plan: PilotPlan, wanted: Sequence[Wanted], actor: Actor, *, at: dt.datetime | None = None
) -> dict[int, Text]:
    """Put firms on the pilot's list, all of them together, but those that cannot be on it: of
    these, by id, why. Who is on it stays as it is. The same few statements for any number.

    StepRefused without a reason, for somebody else's plan, or one not in force.
    """
    now = at or timezone.now()
    check_may_list(plan, actor, [one.reason for one in wanted])
    for last in (False, True):
        firms = [one.organisation for one in wanted]
        standing = standing_of(plan, firms, timezone.localdate(now))
        new = [one for one in wanted if one.organisation.pk not in standing]
        try:
            with transaction.atomic():
                _list(plan, new, actor, now)
        except IntegrityError:  # one of them was listed by somebody else at the same moment
            if last:
                raise
            continue
        break
    return {pk: why for pk, why in standing.items() if why is not None}


def check_may_list(plan: PilotPlan, actor: Actor, reasons: Iterable[str]) -> None:
    """StepRefused unless somebody of the plan's place lists firms for it, each with a reason, while
    it is in force."""
    _only_place(actor, plan.region_code)
    _in_force(plan)
    if not all(one.strip() for one in reasons):
        raise StepRefused(_NO_REASON)


def _list(plan: PilotPlan, wanted: Sequence[Wanted], actor: Actor, now: dt.datetime) -> None:
    """Firms, log, titles and notices of those that are not on the list."""
    day = timezone.localdate(now)
    firms = [
        PilotFirm(
            programme=plan.programme, region_code=plan.region_code, organisation=one.organisation,
            sub_industry=one.sub_industry, since_date=day,
        )
        for one in wanted
    ]  # fmt: skip
    events = begin_many(firms, by=actor, at=now)
    PilotChange.objects.bulk_create(
        PilotChange(
            firm=firm, kind="add", reason=one.reason.strip()[:500], at=now,
            document_number=one.document_number.strip()[:80], user_id=actor.user_id or None,
        )
        for firm, one in zip(firms, wanted, strict=True)
    )  # fmt: skip
    documents = {one.organisation.pk: _document(plan, one.document_number) for one in wanted}
    award_titles(documents, TITLE, awarded=day)
    people = people_of_all(documents)
    notify_many(
        (event, user, *_told(firm, one.reason.strip()), "/enterprise/")
        for firm, one, event in zip(firms, wanted, events, strict=True)
        for user in people.get(firm.organisation_id, ())
    )


def withdraw_firm(
    firm: PilotFirm, actor: Actor, *, reason: str, document_number: str = "",
    at: dt.datetime | None = None,
) -> Event:  # fmt: skip
    """A firm leaves the list, with the reason."""
    return _move(firm, "withdraw", actor, reason, document_number, at)


def replace_firm(
    firm: PilotFirm, plan: PilotPlan, organisation: Organisation, actor: Actor, *, reason: str,
    document_number: str = "", at: dt.datetime | None = None,
) -> PilotFirm:  # fmt: skip
    """Another firm takes the place of one; both or neither."""
    with transaction.atomic():
        new = list_firm(
            plan, organisation, actor, reason=reason, sub_industry=firm.sub_industry,
            document_number=document_number, at=at,
        )  # fmt: skip
        if new.state != "listed" or new.pk == firm.pk:
            raise StepRefused(
                Text(
                    f"{organisation.name}不能用来替换，请选择不在名单内的企业。",
                    f"{organisation.name} cannot take the place; choose a firm not on the list.",
                )
            )
        _move(firm, "replace", actor, reason, document_number, at, by_firm=new)
    return new


def relist_firm(
    firm: PilotFirm, actor: Actor, *, reason: str, document_number: str = "",
    at: dt.datetime | None = None,
) -> Event:  # fmt: skip
    """A firm that had left comes back, with the reason; not while it is under sanction."""
    refuse_sanctioned(firm.organisation, timezone.localdate(at or timezone.now()))
    return _move(firm, "relist", actor, reason, document_number, at)


def lapse_due(day: dt.date, *, at: dt.datetime | None = None) -> int:
    """Close plans whose time is over; firms of theirs that have no accepted project are out of
    period. Idempotent; how many firms lapsed."""
    now, count = at or timezone.now(), 0
    for plan in PilotPlan.objects.filter(state="in_force", until_date__lt=day):
        reason = f"试点期至 {said_day(plan.until_date).zh} 届满。"
        with transaction.atomic():
            advance(plan, "close", by=SYSTEM, note=reason, at=now)
            for firm in _unfinished(plan):
                _move(firm, "lapse", SYSTEM, reason, "", now)
                count += 1
    return count


def _unfinished(plan: PilotPlan) -> list[PilotFirm]:
    done = Project.objects.filter(state="accepted").values("organisation")
    rows = PilotFirm.objects.filter(programme=plan.programme, region_code=plan.region_code)
    return list(rows.filter(state="listed").exclude(organisation__in=done).order_by("pk"))


def _move(
    firm: PilotFirm, kind: str, actor: Actor, reason: str, document_number: str,
    at: dt.datetime | None, *, by_firm: PilotFirm | None = None,
) -> Event:  # fmt: skip
    """One change of a listed firm: its state, the log, its title, the notice, together."""
    now = at or timezone.now()
    day = timezone.localdate(now)
    with transaction.atomic():
        event = advance(firm, kind, by=actor, note=reason, at=now)
        _log(firm, kind, actor, reason.strip(), document_number, now, by_firm)
        if kind == "relist":
            documents = {firm.organisation_id: _document(firm, document_number)}
            award_titles(documents, TITLE, awarded=day)
        else:
            for held in firm.organisation.titles.filter(title=TITLE):
                end_title(firm.organisation, TITLE, awarded=held.awarded_date, day=day)
        _tell_firm(firm, event)
    return event


def _log(
    firm: PilotFirm, kind: str, actor: Actor, reason: str, document_number: str, at: dt.datetime,
    by_firm: PilotFirm | None = None,
) -> None:  # fmt: skip
    if not reason.strip():
        raise StepRefused(_NO_REASON)
    PilotChange.objects.create(
        firm=firm, kind=kind, reason=reason.strip()[:500], document_number=document_number.strip(),
        by_firm=by_firm, user_id=actor.user_id or None, at=at,
    )  # fmt: skip


_NO_REASON = Text(
    "请写明名单变更的理由，变更记录要对外说明。",
    "Give the reason; the log of the list has to explain itself.",
)


def _document(plan: PilotPlan | PilotFirm, document_number: str) -> str:
    """What a title of the list rests on."""
    return document_number.strip()[:80] or f"试点名单 {plan.programme}"


def _in_force(plan: PilotPlan) -> None:
    if plan.state != "in_force":
        raise StepRefused(
            Text(
                "实施方案还没有备案，备案后才能列企业名单。",
                "The plan is not filed yet; firms are listed once it is.",
            )
        )


def _only_place(actor: Actor, region: str) -> None:
    if actor.role not in ("city", "county") or not actor.covers(region):
        raise NotAllowed(
            Text(
                "实施方案和企业名单由试点地区的主管部门办理。",
                "The plan and its list are a matter of the office of the pilot.",
            )
        )


def _officials(region: str) -> list[int]:
    return officials_for("city", region) + officials_for("county", region)


def _tell(plan: PilotPlan, event: Event, users: list[int]) -> None:
    state = plan.flow.state(plan.state)
    note = event.note.strip()
    notify(
        event,
        users,
        subject=Text(f"{plan.title}：{state.public.zh}", f"{plan.title}: {state.public.en}"),
        body=Text(note or "请在试点页面查看。", note or "See the page of the pilot."),
        link=f"/official/pilots/{plan.pk}/",
    )


def _tell_firm(firm: PilotFirm, event: Event) -> None:
    subject, body = _told(firm, event.note)
    notify(event, people_of(firm.organisation_id), subject=subject, body=body, link="/enterprise/")


def _told(firm: PilotFirm, note: str) -> tuple[Text, Text]:
    """What a firm is told of its place on the list: subject and body."""
    state = firm.flow.state(firm.state)
    place = region_name(firm.region_code)
    subject = Text(
        f"{place.zh}试点企业名单：{state.public.zh}",
        f"List of pilot enterprises of {place.en}: {state.public.en}",
    )
    return subject, Text(note or state.public.zh, note or state.public.en)


# ---------------------------------------------------------------- month by month


def keep_month(
    plan: PilotPlan, month: dt.date, figures: Mapping[str, Any],
    lists: Mapping[str, Sequence[int]], *, at: dt.datetime | None = None,
) -> PilotMonth:  # fmt: skip
    """Freeze the figures of a month with the ids that they counted, composed from facts by whoever
    can read them all. Once: a second try keeps what is there. `month` is any day of it."""
    kept_lists = {name: list(ids) for name, ids in lists.items()}
    frozen = json.dumps([dict(figures), kept_lists], sort_keys=True, ensure_ascii=False)
    now = at or timezone.now()
    with transaction.atomic():
        kept, made = PilotMonth.objects.get_or_create(
            plan=plan,
            month=month.replace(day=1),
            defaults={
                "figures": dict(figures),
                "lists": kept_lists,
                "digest": hashlib.sha256(frozen.encode()).hexdigest(),
                "created_at": now,
            },
        )
        if made:
            _tell_month(
                kept, "frozen", SYSTEM, _officials(plan.region_code), now,
                Text("月报已按月底的事实生成，请核对、附上说明后上报。",
                     "The report is composed from the facts. Add your words and send it."),
            )  # fmt: skip
    return kept


def _tell_month(
    month: PilotMonth, step: str, by: Actor, users: list[int], at: dt.datetime, body: Text
) -> None:
    plan, name = month.plan, said_month(month.month)
    event = write_down("pilot_month", month.pk, step, by=by, note=body.zh, at=at)
    notify(
        event, users, body=body, link=f"/official/pilots/{plan.pk}/months/{month.pk}/",
        subject=Text(f"{plan.title}：{name.zh}月报", f"{plan.title}: report of {name.en}"),
    )  # fmt: skip


def send_month(
    month: PilotMonth, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> PilotMonth:
    """The office of the place adds its words and sends the report to the province; the figures are
    not its to change. StepRefused when it was sent."""
    _only_place(actor, month.plan.region_code)
    now, words = at or timezone.now(), note.strip()[:5000]
    with transaction.atomic():
        sent = PilotMonth.objects.filter(pk=month.pk, sent_at=None).update(
            note=words, sent_at=now, user=actor.user_id or None
        )
        if sent:
            body = Text(words or "没有附说明。", words or "No words were added.")
            users = officials_for("province", province_code())
            _tell_month(month, "sent", actor, users, now, body)
    if not sent:
        raise StepRefused(
            Text(
                f"{said_month(month.month).zh} 的月报已经上报，不能再改。有补充的请写在下个月。",
                f"The report of {said_month(month.month).en} was sent; add what is missing"
                " next month.",
            )
        )
    month.refresh_from_db()
    return month
