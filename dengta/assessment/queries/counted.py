"""计数口径: the one assessment of each firm that counts, and the level that counts of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypedDict

from django.db import models
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from dengta.assessment.models import Assessment, Rating
from dengta.registry.models import Organisation
from dengta.registry.queries import holders, policy


class Counts(TypedDict):
    """What `counted` adds to an assessment."""

    counted_level: int
    counted_score_milli: int | None
    counted_on_site: bool


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    Counted = WithAnnotations[Assessment, Counts]
else:
    Counted = Assessment


def counted(
    day: dt.date, organisations: models.QuerySet[Organisation, Any] | Iterable[int] | None = None
) -> models.QuerySet[Counted]:
    """The one submitted assessment per firm that counts at the end of a day, of all firms or some.

    It is the latest one; its level is that of the last on-site rating where there is one, else the
    firm's own. A firm that holds one of the `on_site_titles` (pilot enterprises) counts by the
    latest that was rated on the spot, and not at all before. Ratings of experts are advice. Only
    `level_instruments` count: levels of other instruments mean something else.

    Annotated with `counted_level`, `counted_score_milli` and `counted_on_site`.
    """
    end = _end_of(day)
    visits = Rating.objects.filter(kind="on_site", state="submitted", submitted_at__lt=end)
    last = visits.filter(assessment=models.OuterRef("pk")).order_by("-submitted_at", "-id")
    pilots = holders(policy().practised_words("on_site_titles", day), day)
    done = Assessment.objects.filter(
        state="submitted",
        submitted_at__lt=end,
        instrument__in=policy().practised_words("level_instruments", day),
    )
    if organisations is not None:
        done = done.filter(organisation__in=organisations)
        visits = visits.filter(assessment__organisation__in=organisations)
    # A list that is made once; asked firm by firm, PostgreSQL compiles and waits.
    visited = models.Q(pk__in=visits.values("assessment"))
    latest = (
        done.filter(~models.Q(organisation__in=pilots) | visited)
        .annotate(
            place=models.Window(
                RowNumber(),
                partition_by=[models.F("organisation")],
                order_by=[models.F("submitted_at").desc(), models.F("id").desc()],
            )
        )
        .filter(place=1)
    )
    return Assessment.objects.filter(pk__in=latest.values("pk")).annotate(
        counted_level=_of_the_last(last, visited, "level"),
        counted_score_milli=_of_the_last(last, visited, "score_milli"),
        counted_on_site=models.Exists(last),
    )


def _of_the_last(last: models.QuerySet[Rating], visited: models.Q, field: str) -> models.Case:
    """A figure of the last visit where there was one, else the firm's own."""
    seen = models.Subquery(last.values(field)[:1])
    return models.Case(models.When(visited, then=Coalesce(seen, field)), default=field)


def counted_of(organisation_id: int, day: dt.date) -> Counted | None:
    """The assessment of one firm that counts on a day, annotated as `counted` does; None without
    one."""
    return counted(day, [organisation_id]).first()


def needs_on_site(organisation_id: int, day: dt.date) -> bool:
    """Whether a firm counts only with an on-site result."""
    titles = policy().practised_words("on_site_titles", day)
    return holders(titles, day).filter(organisation=organisation_id).exists()


def _end_of(day: dt.date) -> dt.datetime:
    """The moment when a day is over here."""
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time())
    return timezone.make_aware(midnight)
