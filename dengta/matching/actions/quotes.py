"""Writes of quotes: begun from the standard lines of a package, kept, sent, mended until the firm
chooses, withdrawn; requests declined with the reason; what is past its day lapses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.catalogue.models import Entry, PackageLine
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.matching.actions.needs import OPEN as OPEN
from dengta.matching.actions.needs import Overtaken as Overtaken
from dengta.matching.actions.needs import hold
from dengta.matching.actions.telling import tell_firm
from dengta.matching.models import Need, Quote, QuoteLine, QuoteRequest
from dengta.matching.queries.quoters import may_quote, rests
from dengta.matching.queries.stamps import quote_said, quote_stamp
from dengta.matching.queries.terms import cost_names, scenarios
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin
from dengta.trail.models import Event

WRITTEN = ("draft", "sent")
"""The states in which a quote can be written."""
MOST_LINES, MOST_FEN, MOST_DAYS = 60, 10**12, 2_000


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a quote. Price of one in 分; `package_line` is the standard item it answers."""

    text: str
    cost_class: str
    price_fen: int
    quantity: int = 1
    unit: str = "项"
    days: int = 0
    scenario: str = ""
    level: int | None = None
    package_line: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """All that a quote says but for its lines."""

    discount_fen: int = 0
    days: int = 0
    valid_until: dt.date | None = None
    text: str = ""
    lines: tuple[Line, ...] = field(default_factory=tuple)


def begin_quote(
    need: Need,
    actor: Actor,
    *,
    key: str,
    entry: Entry | None = None,
    at: dt.datetime | None = None,
) -> Quote:
    """A quote of the actor's firm for a need it may answer, with the standard lines of its package
    (`entry`, else the one it was asked by). There is one at a time: asked again it is the same."""
    now = at or timezone.now()
    provider = _may(need, actor, timezone.localdate(now))
    live = Quote.objects.filter(need=need, provider=provider).exclude(
        state__in=("withdrawn", "lapsed")
    )
    there = live.first()
    if there is not None:
        return there
    asked = need.requests.filter(provider=provider).select_related("entry__current").first()
    package = entry or (asked.entry if asked else None)
    if package is not None and package.organisation_id != provider.pk:
        raise StepRefused(
            Text(
                f"“{package.name}”不是贵公司的服务包，请从自己的服务包中选择。",
                f"“{package.name}” is not a package of yours. Choose one of your own.",
            )
        )
    lines = list(package.current.lines.all()) if package and package.current else []
    quote = Quote(
        need=need, provider=provider, entry=package, created_at=now,
        key=f"{need.pk}-{provider.pk}-{key}"[:80],
        list_fen=sum(line.quantity * line.price_fen for line in lines),
        days=sum(line.days for line in lines),
    )  # fmt: skip
    try:
        with transaction.atomic():
            hold(need)
            begin(quote, by=actor, at=now)
            _put(quote, [_standard(line) for line in lines])
    except IntegrityError:  # two of one provider at the same moment: there is one quote
        return _first(need, provider, quote.key)
    return quote


def save(
    quote: Quote,
    actor: Actor,
    content: Content,
    *,
    seen: str | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Keep a draft as it is typed, gaps and all; a sent quote is changed by `mend`. Moved when it
    is neither; Overtaken when it says something else by now than `seen` (`stamps.quote_stamp`)."""
    _own(quote, actor)
    _check(content, timezone.localdate(at or timezone.now()))
    with transaction.atomic():
        if not Quote.objects.filter(pk=quote.pk, state="draft").update(key=F("key")):
            raise Moved(
                Text(
                    "报价已经提交或已撤回，不能按草稿保存。请刷新页面。",
                    "The quote is sent or withdrawn and is no draft any more. Reload the page.",
                )
            )
        quote.refresh_from_db()
        if seen is not None and quote_stamp(quote) != seen:
            raise Overtaken
        Quote.objects.filter(pk=quote.pk).update(**_fields(content))
        quote.refresh_from_db()
        _put(quote, content.lines)


def send(quote: Quote, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Hand a quote to the firm. StepRefused for what is missing."""
    now = at or timezone.now()
    day = timezone.localdate(now)
    _may(quote.need, actor, day)
    with transaction.atomic():
        hold(quote.need)
        quote.refresh_from_db()
        _whole({name: getattr(quote, name) for name in ("list_fen", "days", "valid_until")}, day)
        _check_lines(quote.lines.order_by("ordinal"))
        event = advance(quote, "send", by=actor, at=now, evidence={"sent_at": now})
        tell_firm(quote.need, event, Text(f"{quote.provider}已报价", f"{quote.provider} quoted"))
    return event


def mend(quote: Quote, actor: Actor, content: Content, *, at: dt.datetime | None = None) -> Event:
    """Change a sent quote while the firm has not chosen; what it said before is kept with the
    step."""
    now = at or timezone.now()
    day = timezone.localdate(now)
    _own(quote, actor)
    _check(content, day)
    _whole(_fields(content), day)
    _check_lines(content.lines)
    with transaction.atomic():
        hold(quote.need)
        quote.refresh_from_db()
        event = advance(
            quote, "mend", by=actor, at=now, reasons={"before": quote_said(quote)},
            evidence=_fields(content) | {"sent_at": now},
        )  # fmt: skip
        _put(quote, content.lines)
        changed = Text(f"{quote.provider}修改了报价", f"{quote.provider} mended its quote")
        tell_firm(quote.need, event, changed)
    return event


def withdraw(quote: Quote, actor: Actor, *, note: str = "", at: dt.datetime | None = None) -> Event:
    """Take a quote back before the firm chooses; afterwards a new one can be begun."""
    with transaction.atomic():
        hold(quote.need)
        quote.refresh_from_db()
        was_sent = quote.sent_at is not None
        event = advance(quote, "withdraw", by=actor, note=note, at=at)
        if was_sent:
            gone = Text(f"{quote.provider}撤回了报价", f"{quote.provider} withdrew its quote")
            tell_firm(quote.need, event, gone)
    return event


def decline(
    request: QuoteRequest, actor: Actor, reason: str, *, at: dt.datetime | None = None
) -> None:
    """A provider that was asked does not quote, and says why; once. The firm reads the reason."""
    if actor.role != "provider" or request.provider_id != actor.organisation_id:
        raise QuoteRequest.DoesNotExist
    why = reason.strip()[:300]
    if not why:
        raise StepRefused(
            Text(
                "请写明不报价的理由，企业会看到，好去问别家。",
                "Say why you do not quote; the firm reads it and can ask others.",
            )
        )
    live = Quote.objects.filter(need=request.need_id, provider=request.provider_id)
    if live.filter(state__in=(*WRITTEN, "chosen")).exists():
        raise StepRefused(
            Text(
                "贵公司已经有报价。要谢绝请先撤回报价。",
                "There is a quote of yours. Withdraw it first, then decline.",
            )
        )
    rows = QuoteRequest.objects.filter(pk=request.pk, declined_at=None)
    if not rows.update(declined_at=at or timezone.now(), declined_reason=why):
        raise Moved(Text("已经谢绝过了。", "It was declined already."))
    request.refresh_from_db()


def lapse_due(day: dt.date, at: dt.datetime | None = None) -> int:
    """Quotes past their validity while their need is still open; how many. Idempotent."""
    due = Quote.objects.filter(state="sent", valid_until__lt=day, need__state__in=OPEN)
    lapsed = 0
    for quote in due.select_related("need", "provider").order_by("id"):
        try:
            with transaction.atomic():
                event = advance(quote, "lapse", by=SYSTEM, at=at)
                gone = Text(
                    f"{quote.provider}的报价已过期", f"The quote of {quote.provider} lapsed"
                )
                tell_firm(quote.need, event, gone)
        except Moved:
            continue
        lapsed += 1
    return lapsed


def _may(need: Need, actor: Actor, day: dt.date) -> Organisation:
    """The actor's firm, if it may quote for the need. DoesNotExist for a need it cannot see."""
    if actor.role != "provider" or not actor.organisation_id:
        raise NotAllowed(Text("只有服务商可以报价。", "Only providers can quote."))
    provider = Organisation.objects.get(pk=actor.organisation_id)
    asked = need.requests.filter(provider=provider).exists()
    if not need.public and not asked:
        raise Need.DoesNotExist
    refuse_sanctioned(provider, day)
    if rests(provider, day):
        raise StepRefused(
            Text(
                "贵公司正在限期整改，整改合格前不能报新价；已签合同的项目照常进行。"
                "整改要求和期限见“我的认定”。",
                "What you were admitted for is to be rectified. Until it is, you cannot quote;"
                " projects under contract go on. See “My awards” for what is asked and by when.",
            )
        )
    if not may_quote(provider.pk, day):
        raise StepRefused(
            Text(
                "贵公司还不在可报价的服务商名单上。请先申报服务商遴选，认定后即可报价。",
                "You are not on the list of providers that may quote. Apply for the selection of"
                " providers first.",
            )
        )
    if need.answer_by is None or need.answer_by < day:
        raise StepRefused(
            Text(
                f"这项需求的报价已于 {need.answer_by} 截止。",
                f"Quotes for this need closed on {need.answer_by}.",
            )
        )
    return provider


def _first(need: Need, provider: Organisation, key: str) -> Quote:
    """The quote that came first: the live one, else that of the same key."""
    mine = Quote.objects.filter(need=need, provider=provider)
    live = mine.exclude(state__in=("withdrawn", "lapsed")).first()
    return live or mine.get(key=key)


def _own(quote: Quote, actor: Actor) -> None:
    if actor.role != "provider" or quote.provider_id != actor.organisation_id:
        raise Quote.DoesNotExist


def _check(content: Content, day: dt.date) -> None:
    """What can be kept, even in a draft. StepRefused naming the line, the value and the mend."""
    if len(content.lines) > MOST_LINES:
        raise StepRefused(
            Text(f"明细最多 {MOST_LINES} 行，请合并。", f"At most {MOST_LINES} lines; merge some.")
        )
    total = sum(line.quantity * line.price_fen for line in content.lines)
    if total > MOST_FEN:
        raise StepRefused(
            Text("报价总额太大，请核对单价和数量。", "The total is too large; check the prices.")
        )
    if content.discount_fen > total:
        raise StepRefused(
            Text("服务商让利大于明细合计，请核对。", "The discount is above the sum of the lines.")
        )
    known, costs = scenarios(day), cost_names()
    for at, line in enumerate(content.lines, 1):
        odd = line.quantity < 1 or (line.cost_class and line.cost_class not in costs)
        if odd or (line.scenario and line.scenario not in known):
            raise StepRefused(
                Text(
                    f"第 {at} 行的数量、费用类别或场景不对，请从列表中选择，数量至少为 1。",
                    f"Line {at}: the quantity, cost class or scenario is wrong. Choose from the"
                    " lists; the quantity is at least 1.",
                )
            )


def _check_lines(lines: Iterable[QuoteLine | Line]) -> None:
    """Lines that can be sent say what is served and of which class."""
    for at, line in enumerate(lines, 1):
        if not line.text.strip() or not line.cost_class:
            raise StepRefused(
                Text(
                    f"第 {at} 行不完整：要有服务内容和费用类别。补齐或清空这一行。",
                    f"Line {at} is not whole: say what is served and its cost class, or empty it.",
                )
            )


def _fields(content: Content) -> dict[str, Any]:
    return {
        "list_fen": sum(line.quantity * line.price_fen for line in content.lines),
        "discount_fen": content.discount_fen,
        "days": content.days,
        "valid_until": content.valid_until,
        "text": content.text.strip()[:5000],
    }


def _standard(line: PackageLine) -> Line:
    """A standard line of a package as the first word of a quote."""
    return Line(
        line.text, line.cost_class, line.price_fen, line.quantity, line.unit, line.days,
        line.scenario, line.level, line.pk,
    )  # fmt: skip


def _put(quote: Quote, lines: Sequence[Line]) -> None:
    """The lines anew, each with the standard price of the item of the package that it answers."""
    standard = dict(
        PackageLine.objects.filter(
            pk__in=[line.package_line for line in lines if line.package_line],
            version__entry=quote.entry_id,
        ).values_list("pk", "price_fen")
    )
    quote.lines.all().delete()
    QuoteLine.objects.bulk_create(
        QuoteLine(
            quote=quote, ordinal=at, text=line.text.strip()[:200], cost_class=line.cost_class,
            unit=line.unit.strip()[:20] or "项", quantity=line.quantity, price_fen=line.price_fen,
            days=line.days, scenario=line.scenario, level=line.level,
            package_line_id=line.package_line if line.package_line in standard else None,
            standard_fen=standard.get(line.package_line or 0),
        )
        for at, line in enumerate(lines, 1)
    )  # fmt: skip


def _whole(fields: Mapping[str, Any], day: dt.date) -> None:
    """What can be sent. StepRefused for the first thing that is missing."""
    least = policy().practised("match_valid_days", day)
    first = day + dt.timedelta(days=least)
    until: dt.date | None = fields["valid_until"]
    lacks = [
        (
            not fields["list_fen"],
            Text("还没有报价明细，请至少写一行有价格的服务。", "There is no priced line yet."),
        ),
        (
            not 0 < fields["days"] <= MOST_DAYS,
            Text("请填写总工期（工作日）。", "Say how many working days it takes in all."),
        ),
        (
            until is None or until < first,
            Text(
                f"报价至少要有效 {least} 天，有效期请填 {said_day(first).zh} 或以后，企业才"
                "来得及比较。",
                f"A quote holds for at least {least} days: until {said_day(first).en} or later.",
            ),
        ),
    ]
    for lacking, text in lacks:
        if lacking:
            raise StepRefused(text)
