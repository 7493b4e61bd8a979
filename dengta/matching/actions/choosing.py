"""Choosing a quote: with the reason, and the comparison as it was seen, so that it can be ranked
again years later; undone with the reason while no project was filed."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.matching.actions.telling import tell_providers
from dengta.matching.models import Choice, Need, Quote
from dengta.matching.queries.choices import choice_of
from dengta.matching.queries.comparing import Compared, compare
from dengta.matching.queries.money import Outside
from dengta.matching.queries.quoters import may_quote, rests
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, StepRefused, advance
from dengta.trail.models import Event


def choose(
    quote: Quote,
    actor: Actor,
    *,
    reason: str,
    seen: str,
    outside: Outside | None = None,
    at: dt.datetime | None = None,
) -> Choice:
    """Take one of the quotes of a need; the others are passed over. All or nothing.

    `seen` is the digest of the comparison that was looked at (`Compared.seen`): when a quote has
    changed since, StepRefused asks to look again. The reason is always asked for, and particularly
    where another stands first.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    need, why = quote.need, reason.strip()[:1000]
    _grounds(quote, why, compare(need, day, outside), day)
    try:
        with transaction.atomic():
            event = advance(need, "choose", by=actor, note=why, at=now)
            return _take(quote, actor, why, seen, compare(need, day, outside), event)
    except Moved:
        there = choice_of(need.pk)
        if there is not None and there.quote_id == quote.pk:  # pressed twice
            return there
        raise


def _take(
    quote: Quote, actor: Actor, why: str, seen: str, compared: Compared, event: Event
) -> Choice:
    """The choice itself, with the need held by its step."""
    need, now = quote.need, event.at
    if compared.seen != seen:
        raise Moved(
            Text(
                "您看过之后有报价变了。请看过最新的比较，再选定。",
                "A quote has changed since you looked. Look at the comparison again, then choose.",
            )
        )
    quote.refresh_from_db()
    _still_valid(quote, timezone.localdate(now))
    _still_working(quote, timezone.localdate(now))
    for each in compared.quotes:
        step = "choose" if each.quote.pk == quote.pk else "pass_over"
        advance(each.quote, step, by=actor, at=now)
    quote.refresh_from_db()
    if quote.state != "chosen":
        raise Moved(
            Text("这份报价已不能选定，请刷新页面。", "This quote cannot be chosen. Reload.")
        )
    choice = Choice.objects.create(
        need=need, quote=quote, reason=why, at=now, user_id=actor.user_id or None,
        compared=compared.record, policy_digest=policy().digest,
    )  # fmt: skip
    tell_providers(
        need, event, [each.quote.provider_id for each in compared.quotes],
        Text("企业已作出选择", "The firm has chosen"),
    )  # fmt: skip
    return choice


def unchoose(need: Need, actor: Actor, *, reason: str, at: dt.datetime | None = None) -> Event:
    """Undo the choice of a need whose project is not filed yet; every quote that is still valid
    stands again. The undone choice stays as a record."""
    now = at or timezone.now()
    day = timezone.localdate(now)
    with transaction.atomic():
        event = advance(need, "unchoose", by=actor, note=reason, at=now)
        held = Choice.objects.filter(need=need, undone_at=None)
        if not held.update(undone_at=now, undone_reason=reason.strip()[:500]):
            raise Moved(Text("这次选定已经撤销过了。", "The choice was undone already."))
        rows = need.quotes.filter(state__in=("chosen", "passed_over")).order_by("id")
        quotes = list(rows.select_related("need", "provider"))
        for quote in quotes:
            advance(quote, "revive", by=actor, at=now)
            if quote.valid_until is not None and quote.valid_until < day:
                advance(quote, "lapse", by=SYSTEM, at=now)
        tell_providers(
            need, event, [quote.provider_id for quote in quotes],
            Text("企业取消了选定，报价恢复有效", "The choice was undone; quotes stand again"),
        )  # fmt: skip
    return event


def conclude(quote: Quote, *, note: str, at: dt.datetime | None = None) -> bool:
    """Close the need of a chosen quote, since its project was filed: from then on the choice cannot
    be undone. Called by projects within the transaction of the filing; False when it is closed
    already, Moved when the choice was undone in between."""
    need = Need.objects.select_related("organisation").get(pk=quote.need_id)
    if not Choice.objects.filter(need=need, quote=quote, undone_at=None).exists():
        raise Moved(
            Text(
                "这份报价的选定已经撤销，请重新选定后再备案。",
                "The choice of this quote was undone. Choose again before filing.",
            )
        )
    if need.state == "closed":
        return False
    advance(need, "close", by=SYSTEM, note=note, at=at)
    return True


def _grounds(quote: Quote, why: str, compared: Compared, day: dt.date) -> None:
    """A reason, and a full one where another quote stands first. StepRefused without."""
    first = compared.first
    least = policy().practised("match_reason_least", day)
    if first is not None and first.pk != quote.pk and len(why) < least:
        raise StepRefused(
            Text(
                f"按规则排在第一位的是{first.provider}的报价。选其他家可以，请特别写明为什么"
                f"（至少 {least} 个字），留作依据。",
                f"By the rules the quote of {first.provider} stands first. You may take another;"
                f" say why in particular, in at least {least} characters. It is kept as grounds.",
            )
        )
    if not why:
        raise StepRefused(
            Text(
                "请写明选择理由，和比较结果一起留存。",
                "Say why you choose it; it is kept on record.",
            )
        )


def _still_working(quote: Quote, day: dt.date) -> None:
    """Whoever is to rectify, or is no longer listed, takes on nothing new."""
    if may_quote(quote.provider_id, day):
        return
    if rests(quote.provider, day):
        why = Text("正在限期整改", "is to rectify what it was admitted for")
    else:
        why = Text("已不在可报价的服务商名单上", "is not on the list of providers any more")
    raise StepRefused(
        Text(
            f"{quote.provider}{why.zh}，现在不能承接新项目。请选其他报价，或等它恢复后再选。",
            f"{quote.provider} {why.en} and cannot take on a new project now. Choose another quote,"
            " or wait until it can.",
        )
    )


def _still_valid(quote: Quote, day: dt.date) -> None:
    if quote.valid_until is not None and quote.valid_until < day:
        raise StepRefused(
            Text(
                f"这份报价只到 {said_day(quote.valid_until).zh} 有效，请服务商延长有效期后再选。",
                f"This quote held until {said_day(quote.valid_until).en}. Ask the provider"
                " to renew it.",
            )
        )
