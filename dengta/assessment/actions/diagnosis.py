"""Writes of diagnoses: ordered by a firm or an office, chosen among three or more, visited,
written, commented, accepted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.models import DiagnosisGap, DiagnosisOrder
from dengta.assessment.queries import latest_of
from dengta.assessment.queries.diagnosis import offers, offers_needed, open_order
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.registry.models import Organisation
from dengta.registry.queries import people_of
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin, notify
from dengta.trail.models import Document, Event

MOST_GAPS = 40


@dataclass(frozen=True, slots=True)
class Gap:
    """One gap as a provider writes it. `severity` 1 to 3; money in 分, days are working days."""

    title: str
    advice: str
    item: str = ""
    severity: int = 2
    cost_fen: int | None = None
    days: int | None = None


def order_diagnosis(
    actor: Actor,
    organisation: Organisation,
    *,
    scope: str,
    wish: str = "",
    at: dt.datetime | None = None,
) -> DiagnosisOrder:
    """An order for a firm, by itself or by an office of its territory; the one that is open for
    the same scope if there is one, so that a double click orders once. NotAllowed for others."""
    own = actor.role == "enterprise" and actor.organisation_id == organisation.pk
    if not own and not actor.covers(organisation.region_code):
        raise NotAllowed(
            Text(
                f"{organisation.name}不在您的管辖范围内，请由所在地的经信部门发起诊断。",
                f"{organisation.name} is not in your territory; its own office can order.",
            )
        )
    now = at or timezone.now()
    there = open_order(organisation.pk, scope)
    if there is not None:
        return there
    order = DiagnosisOrder(
        organisation=organisation,
        assessment=latest_of(organisation.pk),
        by_office=not own,
        industry_code=organisation.industry_code,
        scope=scope,
        wish=wish,
        ordered_at=now,
    )
    try:
        with transaction.atomic():
            event = begin(order, by=actor, at=now)
            if not own:
                _tell(order, event, people_of(organisation.pk), "enterprise")
    except IntegrityError:  # somebody ordered the same at the same moment: that order is ours too
        existing = open_order(organisation.pk, scope)
        assert existing is not None
        return existing
    return order


def choose(
    order: DiagnosisOrder,
    actor: Actor,
    provider: Organisation,
    *,
    reason: str = "",
    shares_result: bool = False,
    at: dt.datetime | None = None,
) -> Event:
    """The firm takes one of those shown; what was shown is kept with the choice.

    StepRefused when fewer than the needed number could be shown, or the provider is not among
    them.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    shown = offers(order, day)
    needed = offers_needed(day)
    if len(shown) < needed:
        raise StepRefused(
            Text(
                f"现在只有 {len(shown)} 家机构可选，少于 {needed} 家，为保证您有得选，暂不能下单。"
                "请联系所在地经信部门增补诊断机构。",
                f"Only {len(shown)} providers can be chosen from, fewer than {needed}, so that you "
                "would have no real choice. Ask your office to add providers.",
            )
        )
    if provider.pk not in {offer.provider.pk for offer in shown}:
        raise StepRefused(
            Text(
                f"{provider.name}现在不能承接这次诊断，请从列出的机构中选择。",
                f"{provider.name} cannot take this diagnosis. Choose one of those listed.",
            )
        )
    with transaction.atomic():
        event = advance(
            order,
            "choose",
            by=actor,
            note=reason,
            at=now,
            reasons={"shown": [offer.as_json() for offer in shown]},
            evidence={
                "provider": provider,
                "choice_reason": reason,
                "shares_result": shares_result,
                "shown": [offer.as_json() for offer in shown],
            },
        )
        _tell(order, event, people_of(provider.pk), "provider")
    return event


def take(order: DiagnosisOrder, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """The provider takes the order."""
    return _step(order, "take", actor, at=at)


def decline(
    order: DiagnosisOrder, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """The provider does not take it; the firm chooses again, from the others."""
    provider = order.provider
    assert provider is not None
    declined = [*order.declined, provider.uscc]
    return _step(
        order,
        "decline",
        actor,
        note=note,
        at=at,
        evidence={"provider": None, "declined": declined, "shares_result": False},
    )


def record_visit(
    order: DiagnosisOrder, actor: Actor, visit_date: dt.date, *, at: dt.datetime | None = None
) -> Event:
    """The provider was there on a day between the order and today."""
    today = timezone.localdate(at or timezone.now())
    ordered = timezone.localdate(order.ordered_at)
    if not ordered <= visit_date <= today:
        raise StepRefused(
            Text(
                f"上门日期 {said_day(visit_date).zh} 不在 {said_day(ordered).zh} 至"
                f" {said_day(today).zh} 之间，请核对后重填。",
                f"The visit on {said_day(visit_date).en} is not between"
                f" {said_day(ordered).en} and {said_day(today).en}. Check the date.",
            )
        )
    return _step(order, "visit", actor, at=at, evidence={"visit_date": visit_date})


def save_report(
    order: DiagnosisOrder,
    actor: Actor,
    *,
    findings: str,
    gaps: Iterable[Gap],
    report: Document | None = None,
) -> None:
    """Keep the report as far as it is written; only while the provider writes it, else Moved."""
    if actor.role != "provider" or actor.organisation_id != order.provider_id:
        raise DiagnosisOrder.DoesNotExist
    rows = list(gaps)
    fields: dict[str, object] = {"findings": findings}
    if report is not None:
        fields["report"] = report
    with transaction.atomic():
        held = DiagnosisOrder.objects.filter(pk=order.pk, state="drafting")
        if not held.update(**fields):
            raise Moved(
                Text(
                    "报告已提交给企业，现在不能再改。企业提出意见后可以修改。",
                    "The report is with the firm and cannot be changed. You can change it when the "
                    "firm comments.",
                )
            )
        order.gaps.all().delete()
        DiagnosisGap.objects.bulk_create(
            DiagnosisGap(
                order=order,
                item=gap.item,
                title=gap.title,
                advice=gap.advice,
                severity=gap.severity,
                cost_fen=gap.cost_fen,
                days=gap.days,
            )
            for gap in rows[:MOST_GAPS]
        )
    order.refresh_from_db()


def send_report(order: DiagnosisOrder, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Hand the report to the firm. StepRefused while the findings or every gap are missing."""
    order.refresh_from_db()
    if not order.findings.strip() or not order.gaps.exists():
        raise StepRefused(
            Text(
                "报告还缺内容：请写明诊断结论，并至少列出一项短板和改进建议，再提交给企业。",
                "The report is incomplete: write the findings and at least one gap with advice.",
            )
        )
    return _step(order, "send", actor, at=at)


def comment(
    order: DiagnosisOrder, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """The firm says what is not right; the provider writes again."""
    return _step(order, "comment", actor, note=note, at=at, evidence={"comment": note.strip()})


def accept(
    order: DiagnosisOrder,
    actor: Actor,
    *,
    satisfaction: int,
    note: str = "",
    at: dt.datetime | None = None,
) -> Event:
    """The firm accepts and rates the diagnosis from 1 to 5."""
    _mark(satisfaction, Text("满意度", "satisfaction"))
    now = at or timezone.now()
    evidence = {"accepted_at": now, "satisfaction": satisfaction}
    return _step(order, "accept", actor, note=note, at=now, evidence=evidence)


def cancel(
    order: DiagnosisOrder, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """Give the order up, before the report is written."""
    return _step(order, "cancel", actor, note=note, at=at)


def check_quality(order: DiagnosisOrder, actor: Actor, *, quality: int, note: str) -> None:
    """An official's mark for an accepted diagnosis, with a reason; the latest one stands."""
    _mark(quality, Text("质量评分", "quality"))
    if not actor.covers(order.case_region):
        raise DiagnosisOrder.DoesNotExist
    if not note.strip():
        raise StepRefused(
            Text("请写明评分的依据，服务商会看到。", "Say what the mark rests on; it is shown.")
        )
    rows = DiagnosisOrder.objects.filter(pk=order.pk, state="accepted")
    if not rows.update(quality=quality, quality_note=note.strip()):
        raise StepRefused(
            Text(
                "诊断还没有完成，完成后才能做质量评价。",
                "The diagnosis is not finished; only then can its quality be marked.",
            )
        )
    order.refresh_from_db()


def _mark(mark: int, what: Text) -> None:
    if not 1 <= mark <= 5:
        raise StepRefused(
            Text(
                f"{what.zh} {mark} 不在 1 至 5 之间，请选一档。",
                f"{what.en} {mark} is not between 1 and 5. Choose one.",
            )
        )


def _step(
    order: DiagnosisOrder,
    step: str,
    actor: Actor,
    *,
    note: str = "",
    at: dt.datetime | None = None,
    evidence: dict[str, object] | None = None,
) -> Event:
    """One step, and notices to the firm and to the provider that has or had it."""
    provider = order.provider_id
    with transaction.atomic():
        event = advance(order, step, by=actor, note=note, at=at, evidence=evidence)
        if actor.role != "enterprise":
            _tell(order, event, people_of(order.organisation_id), "enterprise")
        if provider and actor.role != "provider":
            _tell(order, event, people_of(provider), "provider")
    return event


def _tell(order: DiagnosisOrder, event: Event, users: Iterable[int], desk: str) -> None:
    state = order.flow.state(order.state)
    notify(
        event,
        users,
        subject=Text(
            f"诊断 {order.number} {order.organisation.name}：{state.public.zh}",
            f"Diagnosis {order.number} {order.organisation.name}: {state.public.en}",
        ),
        body=Text(event.note, event.note),
        link=f"/{desk}/diagnosis/{order.pk}/",
    )
