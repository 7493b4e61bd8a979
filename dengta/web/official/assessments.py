"""测评 at an office's desk: every assessment of the territory, narrowed, sorted and summed up."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.accounts.queries import Actor
from dengta.assessment.queries import NATIONAL, Assessment
from dengta.assessment.queries.overview import (
    RATED,
    SORTS,
    Marks,
    Sums,
    Wanted,
    listed,
    marks_of,
    sums,
)
from dengta.assessment.queries.seen import Filters
from dengta.core.codes import SIZES
from dengta.registry.queries import policy, region_name
from dengta.web.cases import crumbs
from dengta.web.frame import OFFICIAL, desk, said
from dengta.web.official.areas import Options, area_groups, industry_options, size_options
from dengta.web.rating_items import points_of
from dengta.web.templatetags.assessments import level as level_name

EVERY = "all"
"""In the address: all instruments."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What the address narrows the list to, each a value that is there; else empty."""

    region: str
    industry: str
    size: str
    instrument: str
    level: str
    rated: str
    words: str
    sort: str
    every: bool
    conflicting: bool
    repeated: bool

    @property
    def more(self) -> bool:
        """Whether one of the less usual conditions is set."""
        ticked = self.every or self.conflicting or self.repeated
        return bool(self.industry or self.size or self.rated or ticked) or self.sort != "new"

    def wanted(self) -> Wanted:
        """The same for the query."""
        return Wanted(
            Filters(
                region=self.region,
                industry=self.industry,
                size=self.size,
                instrument="" if self.instrument == EVERY else self.instrument,
                level=int(self.level) if self.level else None,
                latest=not self.every,
            ),
            words=self.words,
            rated=self.rated,
            conflicting=self.conflicting,
            repeated=self.repeated,
            sort=self.sort,
        )

    def query(self, **different: str) -> str:
        """The address that says it, some of it different."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        said = {name: "1" if value is True else value for name, value in own.items()} | different
        return urlencode({name: value for name, value in said.items() if value})

    def export(self) -> str:
        """Where the same list is taken away; what exports cannot narrow is left out."""
        names = ("region", "industry", "size", "level")
        asked = {name: getattr(self, name) for name in names}
        asked |= {"instrument": "" if self.instrument == EVERY else self.instrument}
        asked |= {"every": "on" if self.every else "", "what": "assessments"}
        kept = {name: value for name, value in asked.items() if value}
        return f"{reverse('export')}?{urlencode(kept)}"


def read(typed: QueryDict) -> Typed:
    """What was typed, as far as it names something that is there."""

    def one(name: str, known: Any, otherwise: str = "") -> str:
        value = typed.get(name, "").strip()
        return value if value in known else otherwise

    return Typed(
        region=one("region", policy().regions),
        industry=one("industry", policy().industries),
        size=one("size", SIZES),
        instrument=one("instrument", {EVERY, *policy().instruments}, NATIONAL),
        level=one("level", {str(step) for step in range(10)}),
        rated=one("rated", RATED),
        words=typed.get("words", "").strip()[:120],
        sort=one("sort", SORTS, "new"),
        every=bool(typed.get("every")),
        conflicting=bool(typed.get("conflicting")),
        repeated=bool(typed.get("repeated")),
    )


@require_safe
@desk(*OFFICIAL)
def assessments(request: HttpRequest, acting: Actor) -> HttpResponse:
    """The list with what it comes to; of each firm the latest unless all are asked for."""
    typed = read(request.GET)
    rows = listed(acting, typed.wanted())
    whole = sums(rows)
    pages = Paginator(rows, 30)
    pages.count = whole.count  # counted already
    page = pages.get_page(request.GET.get("page"))
    marks = marks_of(page)
    one_edition = typed.instrument != EVERY
    context = {
        "page": page,
        "rows": [_row(row, marks[row.pk]) for row in page],
        "typed": typed,
        "whole": whole,
        "median": points_of(whole.median_milli) if one_edition else "",
        "chart": _chart(whole, typed) if one_edition and whole.count else None,
        "territory": region_name(acting.region),
        "areas": area_groups(acting.region, typed.region),
        "industries": industry_options(typed.industry),
        "sizes": size_options(typed.size),
        "instruments": _instruments(typed.instrument),
        "levels": _steps(typed),
        "rated": [(id, said(name), id == typed.rated) for id, name in RATED.items()],
        "sorts": [(id, said(name), id == typed.sort) for id, name in SORTS.items()],
        "query": f"{typed.query()}&",
        "export": typed.export(),
        "breadcrumbs": crumbs((_("测评"), "")),
    }
    return render(request, "official/assessments.html", context)


def _row(row: Assessment, marks: Marks) -> dict[str, Any]:
    on_site = row.on_site_level
    instrument = policy().instruments.get(row.instrument)
    milli = row.score_milli if row.on_site_score_milli is None else row.on_site_score_milli
    return {
        "assessment": row,
        "firm": row.organisation,
        "instrument": instrument.name if instrument else row.instrument,
        "level": row.level if on_site is None else on_site,
        "points": points_of(milli),
        "own_level": row.level if on_site is not None and on_site != row.level else None,
        "marks": marks,
        "rated": [RATED[each] for each in RATED if each in marks.rated],
    }


def _instruments(chosen: str) -> Options:
    known = policy().instruments
    order = sorted(known, key=lambda id: (id != NATIONAL, id))
    options = [(id, said(known[id].name), id == chosen) for id in order]
    return [*options, (EVERY, _("全部指标"), chosen == EVERY)]


def _steps(typed: Typed) -> Options:
    """The levels of the chosen instrument, or all there are."""
    known = policy().instruments
    some = known.values() if typed.instrument == EVERY else [known[typed.instrument]]
    steps = sorted({0, *(gate.level for one in some for gate in one.gates)})
    return [(str(step), level_name(step), str(step) == typed.level) for step in steps]


def _chart(whole: Sums, typed: Typed) -> dict[str, Any]:
    """The distribution of levels, each bar narrowing the list to its level."""
    known = policy().instruments[typed.instrument]
    steps = sorted({0, *(gate.level for gate in known.gates), *(s for s in whole.levels if s)})
    shown = steps if known.gates else []
    most = max(shown, key=lambda step: whole.levels.get(step, 0), default=0)
    return {
        "title": _("%(level)s的最多，%(count)s 家") % {
            "level": level_name(most), "count": f"{whole.levels.get(most, 0):,}",
        },
        "unit": _("家"),
        "total": whole.count,
        "rows": [
            {
                "label": level_name(step),
                "value": whole.levels.get(step, 0),
                "tone": "river",
                "active": str(step) == typed.level,
                "url": f"?{typed.query(level=str(step))}",
            }
            for step in reversed(shown)
        ],
    }  # fmt: skip
