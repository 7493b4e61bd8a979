"""平台月度数据: a platform reports its month with evidence; what is odd is asked about.

The figures are the platform's own. The checks of `core.trends` find what needs an explanation; an
official confirms or asks, and what was confirmed can be asked about again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.catalogue.models import Entry, PlatformMonth
from dengta.core.shapes import Text
from dengta.core.trends import trend_findings
from dengta.core.wording import said_month
from dengta.registry.queries import officials_for, people_of, policy, province_code
from dengta.trail.actions import NotAllowed, StepRefused, advance, begin, notify
from dengta.trail.models import Document, Event


def report_month(
    entry: Entry, month: dt.date, figures: Mapping[str, int], evidence: Document | None,
    actor: Actor, *, explanation: str = "", at: dt.datetime | None = None,
) -> PlatformMonth:  # fmt: skip
    """Report a month, or report it anew after a doubt. `month` is any day of it; it has to be over.

    StepRefused names the figure that cannot be; a month that was reported is not reported over.
    """
    now = at or timezone.now()
    first = month.replace(day=1)
    _only_owner(entry, actor)
    _in_the_pool(entry)
    _over(first, timezone.localdate(now))
    kept = _checked(figures)
    if evidence is None:
        raise StepRefused(
            Text(
                "请附佐证材料（平台后台截图或报表），再上报。",
                "Attach the evidence, such as the platform's own report, and send it again.",
            )
        )
    row = PlatformMonth.objects.filter(entry=entry, month=first).first()
    if row is not None and row.state not in row.flow.step("report").sources:
        raise StepRefused(
            Text(
                f"{said_month(first).zh} 已经上报，不能再报一次。数字有误的，请告知主管部门，"
                "要求说明后可以改报。",
                f"{said_month(first).en} was reported already. If a figure is wrong, tell"
                " the office; once"
                " it asks, the month can be reported anew.",
            )
        )
    try:
        with transaction.atomic():
            if row is None:
                row = PlatformMonth(entry=entry, month=first)
                begin(row, by=actor, at=now)
            event = advance(
                row, "report", by=actor, at=now,
                evidence={
                    "figures": kept, "evidence": evidence, "reported_at": now,
                    "explanation": explanation.strip()[:1000], "findings": _findings(row, kept),
                },
            )  # fmt: skip
            _tell_office(row, event)
    except IntegrityError:  # reported by a colleague at the same moment
        raise StepRefused(
            Text(
                f"{said_month(first).zh} 刚刚已由同事上报，请刷新查看。",
                f"A colleague has just reported {said_month(first).en}. Reload the page.",
            )
        ) from None
    return row


def doubt_month(
    row: PlatformMonth, actor: Actor, *, note: str, at: dt.datetime | None = None
) -> Event:
    """An official asks the platform to explain, with the reason."""
    with transaction.atomic():
        event = advance(row, "doubt", by=actor, note=note, at=at)
        notify(
            event,
            people_of(row.entry.organisation_id or 0),
            subject=Text(
                f"{row.entry.name} {said_month(row.month).zh} 月度数据请说明",
                f"{row.entry.name}: please explain the figures of {said_month(row.month).en}",
            ),
            body=Text(note, note),
            link=f"/desk/platforms/{row.entry_id}/",
        )
    return event


def confirm_month(row: PlatformMonth, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """An official takes a month's figures as they are."""
    return advance(row, "confirm", by=actor, at=at)


def _findings(row: PlatformMonth, figures: Mapping[str, int]) -> list[dict[str, str]]:
    day = row.month
    months = policy().practised("platform_alike_months", day)
    before = PlatformMonth.objects.filter(entry=row.entry, month__lt=row.month)
    earlier = before.exclude(reported_at=None).order_by("-month")[: max(months, 1)]
    found = trend_findings(
        policy().pool.metrics, figures, [one.figures for one in earlier], alike_months=months
    )
    return [
        {"metric": one.metric, "id": one.check, "zh": one.text.zh, "en": one.text.en}
        for one in found
    ]


def _checked(figures: Mapping[str, int]) -> dict[str, int]:
    """The figures by metric, or StepRefused naming the one that cannot be."""
    kept = {}
    for metric in policy().pool.metrics:
        value = figures.get(metric.id)
        if value is None:
            raise StepRefused(
                Text(
                    f"{metric.text.zh}还没有填，没有的请填 0。",
                    f"{metric.text.en} is missing; write 0 if there is none.",
                )
            )
        if not 0 <= value < 10**15:
            raise StepRefused(
                Text(
                    f"{metric.text.zh}填的 {value} 不对，请填不小于 0 的整数。",
                    f"{metric.text.en}: {value} cannot be; write a whole number from 0 up.",
                )
            )
        kept[metric.id] = value
    return kept


def _over(first: dt.date, today: dt.date) -> None:
    if first >= today.replace(day=1):
        raise StepRefused(
            Text(
                f"{said_month(first).zh} 还没有结束，月底后再上报。",
                f"{said_month(first).en} is not over; report it when it is.",
            )
        )


def _only_owner(entry: Entry, actor: Actor) -> None:
    if entry.kind != Entry.Kind.PLATFORM or entry.organisation_id != actor.organisation_id:
        raise NotAllowed(
            Text(
                "月度数据由平台所属单位上报。",
                "Monthly figures are reported by the organisation that runs the platform.",
            )
        )


def _in_the_pool(entry: Entry) -> None:
    if entry.state != "published":
        state = entry.flow.state(entry.state).public
        raise StepRefused(
            Text(
                f"{entry.name}现为“{state.zh}”，不用再报月度数据。",
                f"{entry.name} is “{state.en}”; there is nothing more to report.",
            )
        )


def _tell_office(row: PlatformMonth, event: Event) -> None:
    if not row.findings:
        return
    notify(
        event,
        officials_for("province", province_code()),
        subject=Text(
            f"{row.entry.name} {said_month(row.month).zh} 月度数据有 {len(row.findings)} 处"
            "需要核对",
            f"{row.entry.name}, {said_month(row.month).en}: {len(row.findings)} figures to"
            " be checked",
        ),
        body=Text(row.findings[0]["zh"], row.findings[0]["en"]),
        link=f"/official/platforms/{row.pk}/",
    )
