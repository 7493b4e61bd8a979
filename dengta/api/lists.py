"""What lists share: pages, filters, how moments and scores are written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core.paginator import Paginator
from django.utils import timezone
from ninja import Schema
from pydantic import Field

from dengta.assessment.queries.seen import Filters

T = TypeVar("T")
MOST = 200


class Page(Schema, Generic[T]):
    """One page of a list; `count` is the length of the whole."""

    count: int
    page: int
    size: int
    items: list[T]


class Paging(Schema):
    """Which page, and how long."""

    page: int = Field(1, ge=1, le=1_000_000)
    size: int = Field(50, ge=1, le=MOST)


class Narrowed(Schema):
    """How a list is narrowed. Codes as in GB/T 2260 and GB/T 4754; days included."""

    region: str = Field("", max_length=6)
    industry: str = Field("", max_length=5)
    size_class: str = Field("", max_length=8)
    instrument: str = Field("", max_length=40)
    level: int | None = Field(None, ge=0, le=9)
    latest: bool = Field(True, description="only the latest of each firm and instrument")
    since: dt.date | None = None
    until: dt.date | None = None

    def filters(self) -> Filters:
        """The same for the queries."""
        return Filters(
            region=self.region,
            industry=self.industry,
            size=self.size_class,
            instrument=self.instrument,
            level=self.level,
            latest=self.latest,
            since=self.since,
            until=self.until,
        )


def paged(rows: Any, paging: Paging, shown: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """A page of a queryset or list; beyond the last one it is empty."""
    pages = Paginator(rows, paging.size)
    inside = paging.page <= pages.num_pages
    return {
        "count": pages.count,
        "page": paging.page,
        "size": paging.size,
        "items": [shown(row) for row in pages.page(paging.page)] if inside else [],
    }


def points(milli: int | None) -> str | None:
    """A score in thousandths as exact decimal text."""
    return None if milli is None else f"{(Decimal(milli) / 1000).normalize():f}"


def moment(at: dt.datetime | None) -> dt.datetime | None:
    """A moment in the time of the province."""
    return None if at is None else timezone.localtime(at)
