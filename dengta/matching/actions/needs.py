"""Writes of needs: drafted from gaps or in own words, published, asked of several providers,
withdrawn; raised to the office when nobody answers, helped there, opened again or closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.shapes import Text
from dengta.core.workdays import add_workdays
from dengta.matching.actions.telling import tell_firm, tell_office, tell_providers
from dengta.matching.models import Need, NeedItem, Quote, QuoteRequest
from dengta.matching.queries.quoters import quoters
from dengta.matching.queries.stamps import need_stamp
from dengta.matching.queries.terms import scenarios, sub_industries
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin
from dengta.trail.models import Event

OPEN = ("open", "unmatched")
"""The states in which a need takes quotes."""
MOST_ITEMS, MOST_ASKED = 16, 20
TOP_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Item:
    """One scenario that is to rise; `from_level` None where it is not known."""

    scenario: str
    to_level: int
    from_level: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a need says. Money in 分; `public` lets any listed provider quote."""

    title: str
    text: str = ""
    items: tuple[Item, ...] = ()
    sub_industry: str = ""
    assessment_id: int | None = None
    budget_fen: int | None = None
    finish_by: dt.date | None = None
    public: bool = True


def draft(actor: Actor, wish: Wish, *, key: str, at: dt.datetime | None = None) -> Need:
    """A new need of the actor's firm, kept as a draft; pressed twice it is one."""
    _own_firm(actor)
    now = at or timezone.now()
    _check(wish, timezone.localdate(now))
    full = f"{actor.organisation_id}-{key}"[:80]
    there = Need.objects.filter(key=full).first()
    if there is not None:
        return there
    need = Need(
        organisation_id=actor.organisation_id, key=full, created_at=now, **_fields(wish)
    )  # fmt: skip
    try:
        with transaction.atomic():
            begin(need, by=actor, at=now)
            _put_items(need, wish.items)
    except IntegrityError:  # pressed twice at the same moment: that need is this one
        return Need.objects.get(key=full)
    return need


class Overtaken(Moved):
    """Somebody else of the same organisation kept the draft in between."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                "您打开之后，这份草稿在另一个窗口或由同事改过。点“保存草稿”，再决定以哪份为准。",
                "The draft was changed in another window or by a colleague since you opened it."
                " Press “Save draft” to decide which one stands.",
            )
        )


def save(
    need: Need,
    actor: Actor,
    wish: Wish,
    *,
    seen: str | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Keep a draft as it is typed; only while it is one, else Moved. Overtaken when it does not say
    any more what `seen` (`stamps.need_stamp`) stands for."""
    _own(need, actor)
    _check(wish, timezone.localdate(at or timezone.now()))
    with transaction.atomic():
        if not Need.objects.filter(pk=need.pk, state="draft").update(key=F("key")):
            raise Moved(
                Text(
                    "需求已经发布，内容不能再改，否则已有的报价对不上。要改请撤回后重新发布。",
                    "The need is published and cannot be changed, since quotes rest on it. Withdraw"
                    " it and publish a new one.",
                )
            )
        need.refresh_from_db()
        if seen is not None and need_stamp(need) != seen:
            raise Overtaken
        Need.objects.filter(pk=need.pk).update(**_fields(wish))
        need.items.all().delete()
        _put_items(need, wish.items)
    need.refresh_from_db()


def publish(
    need: Need,
    actor: Actor,
    *,
    days: int | None = None,
    providers: Iterable[Organisation] = (),
    at: dt.datetime | None = None,
) -> Event:
    """Open a need for quotes for so many working days, and ask these providers.

    StepRefused when it says nothing that can be quoted, when the days are out of bounds, or when it
    is neither open to all nor asked of anybody.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    need.refresh_from_db()
    asked = list(providers)
    if not need.items.exists() and not need.text.strip():
        raise StepRefused(
            Text(
                "需求还没有内容：请至少勾选一个要提升的场景，或写明需求，再发布。",
                "The need says nothing yet: tick a scenario that is to rise, or say in your own"
                " words what you need, then publish it.",
            )
        )
    if not need.public and not asked:
        raise StepRefused(
            Text(
                "没有选择公开征集，也没有选服务商，发布后没有人能看到。请任选其一。",
                "It is neither open to all nor asked of any provider, so nobody would see it."
                " Choose one of the two.",
            )
        )
    until = _answer_by(days, day)
    with transaction.atomic():
        event = advance(
            need, "publish", by=actor, at=now,
            evidence={"published_at": now, "answer_by": until},
        )  # fmt: skip
        _ask(need, asked, event, now)
    return event


def ask(
    need: Need, actor: Actor, providers: Iterable[Organisation], *, at: dt.datetime | None = None
) -> int:
    """Ask further providers while the need is open; who was asked already is not asked twice.
    How many were asked anew."""
    _own(need, actor)
    now = at or timezone.now()
    asked = list(providers)
    if not asked:
        raise StepRefused(
            Text(
                "还没有勾选服务商。请勾选要询价的服务商，再发送。",
                "No provider is ticked. Tick those to ask, then send.",
            )
        )
    with transaction.atomic():
        note = "、".join(each.name for each in asked)
        event = advance(need, "ask", by=actor, note=note, at=now)
        return _ask(need, asked, event, now)


def withdraw(need: Need, actor: Actor, *, note: str = "", at: dt.datetime | None = None) -> Event:
    """Take a need back; whoever quoted or was asked is told."""
    with transaction.atomic():
        event = advance(need, "withdraw", by=actor, note=note, at=at)
        _pass_over(need, at)
        tell_providers(need, event, _concerned(need))
    return event


def raise_to_office(
    need: Need, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """The firm asks its office for help: nobody fits."""
    with transaction.atomic():
        event = advance(need, "raise", by=actor, note=note, at=at)
        tell_office(need, event)
    return event


def raise_due(day: dt.date, at: dt.datetime | None = None) -> int:
    """Needs past their last day without a standing quote go to the office; how many. Run again it
    finds none of them."""
    now = at or timezone.now()
    live = Quote.objects.filter(state__in=("sent", "chosen"))
    due = Need.objects.filter(state="open", answer_by__lt=day)
    due = due.exclude(pk__in=live.values("need")).select_related("organisation")
    raised = 0
    for need in due.order_by("id"):
        try:
            with transaction.atomic():
                event = advance(
                    need, "raise", by=SYSTEM, at=now,
                    note=f"截至 {need.answer_by} 没有收到报价，已转请经信部门协助。",
                )  # fmt: skip
                tell_office(need, event)
                tell_firm(need, event)
        except Moved:  # a quote, a choice or a withdrawal came first
            continue
        raised += 1
    return raised


def help_with(need: Need, actor: Actor, note: str, *, at: dt.datetime | None = None) -> Event:
    """An official writes down what is done about a need nobody answers; the firm sees it."""
    with transaction.atomic():
        said = {"office_note": note.strip()[:1000]}
        event = advance(need, "help", by=actor, note=note, at=at, evidence=said)
        tell_firm(need, event)
    return event


def reopen(
    need: Need,
    actor: Actor,
    *,
    days: int | None = None,
    providers: Iterable[Organisation] = (),
    note: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """Open an unanswered need again with further days, by its firm or its office, and invite these
    providers."""
    now = at or timezone.now()
    until = _answer_by(days, timezone.localdate(now))
    with transaction.atomic():
        event = advance(need, "reopen", by=actor, note=note, at=now, evidence={"answer_by": until})
        _ask(need, list(providers), event, now)
        if actor.official:
            tell_firm(need, event)
    return event


def close(need: Need, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """An official closes a need with the reason; not one whose quote is chosen."""
    if need.state not in OPEN:
        raise StepRefused(
            Text(
                "企业已经选定报价，由企业继续办理。请刷新页面。",
                "The firm has chosen a quote and goes on itself. Reload the page.",
            )
        )
    with transaction.atomic():
        event = advance(need, "close", by=actor, note=note, at=at)
        _pass_over(need, at)
        tell_firm(need, event)
        tell_providers(need, event, _concerned(need))
    return event


def hold(need: Need) -> Need:
    """Hold an open need until the transaction ends, so that quotes and the choice of one come one
    after another. Moved when it takes no quotes any more."""
    held = Need.objects.filter(pk=need.pk, state__in=OPEN)
    if not held.update(public=need.public):
        need.refresh_from_db()
        raise Moved(
            Text(
                "这项需求现在不收报价了：企业已经选定，或已撤回、办结。请刷新页面。",
                "The need takes no quotes now: the firm has chosen, or it is closed. Reload.",
            )
        )
    need.refresh_from_db()
    return need


def _own_firm(actor: Actor) -> None:
    if actor.role != "enterprise" or not actor.organisation_id:
        raise NotAllowed(Text("只有企业可以发布改造需求。", "Only enterprises can publish needs."))


def _own(need: Need, actor: Actor) -> None:
    _own_firm(actor)
    if need.organisation_id != actor.organisation_id:
        raise Need.DoesNotExist


def _check(wish: Wish, day: dt.date) -> None:
    """What can be kept, even in a draft. StepRefused naming the field, the value and the mend."""
    if not wish.title.strip():
        raise StepRefused(
            Text("请给需求起一个名称，服务商先看到它。", "Give the need a name; it is read first.")
        )
    if len(wish.items) > MOST_ITEMS or len({i.scenario for i in wish.items}) < len(wish.items):
        raise StepRefused(Text("同一个场景只能写一行，请删去重复的。", "Name each scenario once."))
    known = scenarios(day)
    for item in wish.items:
        low = item.from_level or 0
        if item.scenario not in known:
            raise StepRefused(
                Text(
                    f"没有“{item.scenario[:40]}”这个场景，请从列表中选择。",
                    f"There is no scenario “{item.scenario[:40]}”. Choose one of the list.",
                )
            )
        if not low < item.to_level <= TOP_LEVEL:
            name = known[item.scenario].text
            raise StepRefused(
                Text(
                    f"{name.zh}的目标等级 {item.to_level} 要高于现有等级 {low}，最高 {TOP_LEVEL}。",
                    f"{name.en}: the level wanted, {item.to_level}, has to be above {low} and at"
                    f" most {TOP_LEVEL}.",
                )
            )
    if wish.finish_by is not None and wish.finish_by <= day:
        raise StepRefused(
            Text(
                f"希望完成日期 {wish.finish_by} 已经到了，请填今天以后的日期。",
                f"The wished day {wish.finish_by} has come already. Give a later one.",
            )
        )
    if wish.sub_industry and wish.sub_industry not in sub_industries():
        raise StepRefused(
            Text("没有这个细分行业，请从列表中选择。", "Choose a sub-industry of the list.")
        )


def _fields(wish: Wish) -> dict[str, object]:
    return {
        "title": wish.title.strip()[:120],
        "text": wish.text.strip()[:5000],
        "sub_industry": wish.sub_industry,
        "assessment_id": wish.assessment_id,
        "budget_fen": wish.budget_fen,
        "finish_by": wish.finish_by,
        "public": wish.public,
    }


def _put_items(need: Need, items: Sequence[Item]) -> None:
    NeedItem.objects.bulk_create(
        NeedItem(
            need=need, ordinal=at, scenario=item.scenario, from_level=item.from_level,
            to_level=item.to_level, note=item.note.strip()[:300],
        )
        for at, item in enumerate(items, 1)
    )  # fmt: skip


def _answer_by(days: int | None, day: dt.date) -> dt.date:
    """The last day for quotes, so many working days from a day."""
    most = policy().practised("match_answer_days_most", day)
    given = policy().practised("match_answer_days", day) if days is None else days
    if not 1 <= given <= most:
        raise StepRefused(
            Text(
                f"征集报价 {given} 个工作日不在 1 至 {most} 之间，请改正。",
                f"{given} working days for quotes is not between 1 and {most}.",
            )
        )
    return add_workdays(day, given)


def _ask(need: Need, providers: Sequence[Organisation], event: Event, now: dt.datetime) -> int:
    """Requests to providers that may quote; StepRefused by name for one that may not."""
    if len(providers) > MOST_ASKED:
        raise StepRefused(
            Text(
                f"一次最多向 {MOST_ASKED} 家服务商询价，请少选几家。",
                f"At most {MOST_ASKED} providers can be asked at once.",
            )
        )
    allowed = set(quoters(timezone.localdate(now)).values_list("pk", flat=True))
    for provider in providers:
        if provider.pk not in allowed:
            raise StepRefused(
                Text(
                    f"{provider.name}现在不在可报价的服务商名单上，请从列出的服务商中选择。",
                    f"{provider.name} may not quote now. Choose one of those listed.",
                )
            )
    there = set(need.requests.values_list("provider", flat=True))
    new = {each.pk: each for each in providers if each.pk not in there}
    QuoteRequest.objects.bulk_create(
        (QuoteRequest(need=need, provider=each, asked_at=now) for each in new.values()),
        ignore_conflicts=True,
    )
    tell_providers(need, event, new)
    return len(new)


def _pass_over(need: Need, at: dt.datetime | None) -> None:
    """The quotes of a need that is given up."""
    for quote in need.quotes.filter(state="sent").order_by("id"):
        advance(quote, "pass_over", by=SYSTEM, at=at)


def _concerned(need: Need) -> set[int]:
    """The providers that were asked or have quoted."""
    asked = set(need.requests.filter(declined_at=None).values_list("provider", flat=True))
    return asked | set(need.quotes.exclude(state="withdrawn").values_list("provider", flat=True))
