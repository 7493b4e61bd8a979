"""跟踪评价: a platform that was awarded is evaluated by what it reported in a period. The figures
are composed and frozen as the evaluation is opened; the result is served, may be answered and
appealed like a charge, and takes nothing away by itself."""

from __future__ import annotations

import datetime as dt

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.catalogue.models import Entry
from dengta.catalogue.queries.platforms import reported_in
from dengta.core.shapes import Text
from dengta.core.wording import said_month
from dengta.programmes.actions.effects import only_issuer
from dengta.programmes.actions.proceedings import open_proceeding
from dengta.programmes.models import Award, Proceeding
from dengta.programmes.queries.awards import RESULTS, period_of
from dengta.trail.actions import StepRefused

__all__ = ["evaluate"]


def evaluate(
    award: Award, entry: Entry, actor: Actor, *, first: dt.date, last: dt.date, result: str,
    grounds: str, key: str, file: UploadedFile[bytes] | None = None,
    at: dt.datetime | None = None,
) -> Proceeding:  # fmt: skip
    """Open the evaluation of a platform for the months from `first` to `last` (any days of them),
    with a preliminary `result` (one of RESULTS) and its grounds. The same `key` again is the same.

    Its terms: {from, until_month, result, entry, months, reported, confirmed, findings, figures}.
    StepRefused for months that are not over, or that were evaluated before.
    """
    only_issuer(award, actor)
    now = at or timezone.now()
    first, last = first.replace(day=1), last.replace(day=1)
    same = Proceeding.objects.filter(key=key).first()
    if same is not None:
        return same
    _period(award, first, last, timezone.localdate(now))
    if result not in RESULTS:
        raise StepRefused(Text("请选择评价结果。", "Choose the result of the evaluation."))
    terms = {
        "from": f"{first:%Y-%m}", "until_month": f"{last:%Y-%m}", "result": result,
        "entry": entry.pk, **reported_in(entry, first, last).as_json(),
    }  # fmt: skip
    return open_proceeding(
        award, actor, "evaluation", grounds=grounds, key=key, file=file, terms=terms, at=now
    )


def _period(award: Award, first: dt.date, last: dt.date, day: dt.date) -> None:
    if first > last:
        raise StepRefused(
            Text(
                f"评价期间的起始月份 {said_month(first).zh} 晚于截止月份"
                f" {said_month(last).zh}，请核对。",
                f"The first month, {said_month(first).en}, is after the last,"
                f" {said_month(last).en}.",
            )
        )
    if last >= day.replace(day=1):
        raise StepRefused(
            Text(
                f"{said_month(last).zh} 还没有结束，请评价到上个月为止。",
                f"{said_month(last).en} is not over; evaluate until the month before.",
            )
        )
    rows = award.proceedings.filter(kind=Proceeding.Kind.EVALUATION, state="closed")
    for one in rows.order_by("id"):
        if one.terms["from"] <= f"{last:%Y-%m}" and f"{first:%Y-%m}" <= one.terms["until_month"]:
            since, until = period_of(one.terms)
            raise StepRefused(
                Text(
                    f"{since.zh} 至 {until.zh} 已经评价过（{one.number}），期间不能重叠。",
                    f"{since.en} to {until.en} was evaluated already ({one.number}); periods cannot"
                    " overlap.",
                )
            )
