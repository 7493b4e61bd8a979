"""名额: taken by one UPDATE that the database refuses when nothing is left, and given back."""

from __future__ import annotations

from typing import Literal

from django.db import IntegrityError, models, transaction

from dengta.core.shapes import Text
from dengta.programmes.models import Application, QuotaCount
from dengta.programmes.queries.quotas import Kind, counted_at, label, value_for
from dengta.trail.actions import StepRefused


class QuotaUsedUp(StepRefused):
    """Nothing is left of a quota; `count` says which."""

    def __init__(self, application: Application, count: QuotaCount) -> None:
        self.count = count
        name = label(count)
        help_ = (
            Text(
                "请继续办理已提交的，或先撤回一件再提交。",
                "Go on with what was handed in, or withdraw one first.",
            )
            if count.by == "applicant"
            else Text(
                "可以先把一件已推荐的退出（审核不通过或由申报单位撤回），"
                "仍不够的，请联系组织单位调整名额。",
                "Free a place first (one that is withdrawn or not passed), or ask the organising"
                " office for more.",
            )
        )
        super().__init__(
            Text(
                f"{name.zh} {count.limit} 个已用完，{application.number} 没有办理。{help_.zh}",
                f"All {count.limit} of {name.en} are taken; {application.number} was not dealt"
                f" with. {help_.en}",
            )
        )


def take(application: Application, *, at: Literal["submit", "recommend"] = "recommend") -> None:
    """Count an application: `submit` counts its applicant, `recommend` round, city and industry.

    Call it in the transaction that moves the application on, after the move. QuotaUsedUp when
    nothing is left of one of them; the caller's transaction then has to roll back.
    """
    for kind in counted_at(application, at):
        row = _row(application, kind)
        try:
            with transaction.atomic():
                QuotaCount.objects.filter(pk=row.pk).update(used=models.F("used") + 1)
        except IntegrityError as full:
            row.refresh_from_db()
            raise QuotaUsedUp(application, row) from full


def give_back(application: Application) -> None:
    """Free what an application had taken. Call it once, in the transaction that ends it."""
    kinds = [
        *(counted_at(application, "submit") if application.submitted_at else ()),
        *(counted_at(application, "recommend") if application.recommended_at else ()),
    ]
    for kind in kinds:
        QuotaCount.objects.filter(
            round=application.round, by=kind.by, value=kind.value, used__gt=0
        ).update(used=models.F("used") - 1)


def _row(application: Application, kind: Kind) -> QuotaCount:
    """The count of one kind; made on demand for what could not be known when the round opened."""
    asked = {"round": application.round, "by": kind.by, "value": value_for(application, kind.by)}
    row = QuotaCount.objects.filter(**asked).first()
    if row is None:
        made = QuotaCount(**asked, limit=kind.limit)
        QuotaCount.objects.bulk_create([made], ignore_conflicts=True)
        row = QuotaCount.objects.get(**asked)
    return row
