"""资源池: the list for everybody, one entry at its address, up to four side by side."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dengta.catalogue.queries import describing, listing, pool
from dengta.catalogue.queries.pool import Entry
from dengta.projects.queries.beforeafter import CASE, replications
from dengta.projects.queries.outcomes import of_entry
from dengta.projects.queries.providers import serving
from dengta.registry.queries import division_of, policy, region_name, roles_of
from dengta.web.cases import badge, crumbs
from dengta.web.frame import who
from dengta.web.pool_shown import card, metadata, months, whole

LONGEST = 200


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """The list, narrowed by words, kind and facets."""
    asked = {name: str(value)[:LONGEST] for name, value in request.GET.items() if value}
    number = asked.pop("page", "1")
    asked.pop("e", None)
    picked = _picked(request)
    words, kind = asked.pop("q", ""), asked.pop("kind", "")
    found = listing.listed(
        words, kind, asked, page=int(number) if number.isdecimal() and len(number) < 8 else 1
    )
    chosen = {group.facet: option.value for group in found.groups for option in group.options
              if option.chosen}  # fmt: skip
    copies = replications(entry.slug for entry in found.entries if entry.kind == CASE)
    kept: dict[str, Any] = {name: value for name, value in
                            {"q": words, "kind": kind, **chosen, "e": list(picked)}.items()
                            if value}  # fmt: skip
    here = {entry.slug for entry in found.entries}
    context = {
        "words": words,
        "kind": kind,
        "kinds": [(option, _address(kept | {"kind": option.value})) for option in found.kinds
                  if option.entries or option.chosen],
        "all_kinds": _address({**kept, "kind": ""}),
        "groups": found.groups,
        "narrowed": [
            (group.name, option.name, _address({**kept, group.facet: ""}))
            for group in found.groups for option in group.options if option.chosen
        ],
        "rows": [
            card(entry) | {"copies": copies.get(entry.slug)} for entry in found.entries
        ],
        "total": found.total,
        "page": Paginator(range(found.total), found.per_page).get_page(found.page),
        "query": f"{urlencode(kept, doseq=True)}&" if kept else "",
        "picked": [(entry, slug in here, _address({**kept, "e": [one for one in picked
                                                                if one != slug]}))
                   for slug, entry in picked.items()],
        "picked_slugs": list(picked),
        "compare_url": f"{reverse('catalogue_compare')}?{urlencode({'e': list(picked)}, True)}",
        "most": describing.MOST_COMPARED,
        "breadcrumbs": crumbs((_("首页"), reverse("home")), (_("资源池"), "")),
    }  # fmt: skip
    return render(request, "catalogue.html", context)


def _picked(request: HttpRequest) -> dict[str, Entry]:
    """The entries (`e`) that were picked for comparison on other pages, by slug, as many as can
    stand side by side; they stay picked while one looks for more."""
    slugs = list(dict.fromkeys(slug[:LONGEST] for slug in request.GET.getlist("e")))
    slugs = slugs[: describing.MOST_COMPARED]
    if not slugs:
        return {}
    there = {entry.slug: entry for entry in pool.shown().filter(slug__in=slugs)}
    return {slug: there[slug] for slug in slugs if slug in there}


def _address(kept: dict[str, Any]) -> str:
    query = urlencode({name: value for name, value in kept.items() if value}, doseq=True)
    return f"{reverse('catalogue')}?{query}" if query else reverse("catalogue")


@require_safe
def catalogue_entry(request: HttpRequest, slug: str) -> HttpResponse:
    """One entry at its address; of one that was taken down only that, when and why."""
    try:
        entry = pool.by_slug(slug)
    except Entry.DoesNotExist:
        raise Http404 from None
    assert entry.current is not None  # `by_slug` knows only what was shown
    entry.current.entry = entry
    state = entry.flow.state(entry.state)
    context: dict[str, Any] = {
        "entry": entry,
        "kind": policy().entry_kinds[entry.kind],
        "badge": badge(state, public=True),
        "breadcrumbs": crumbs(
            (_("首页"), reverse("home")), (_("资源池"), reverse("catalogue")), (entry.name, "")
        ),
    }
    if entry.taken_down:
        return render(request, "catalogue_entry.html", context, status=410)
    described = describing.describe(entry.current)
    copies = replications([entry.slug] if entry.kind == CASE else [])
    context |= (
        whole(described)
        | months(entry)
        | {
            "operator": _operator(entry),
            "division": region_name(division_of(entry.region_code)) if entry.region_code else None,
            "neighbours": describing.neighbours(entry),
            "editions": describing.editions(entry),
            "outcomes": of_entry(entry.pk, timezone.localdate()),
            "case": entry.slug in copies,
            "chosen": entry.slug not in copies and policy().entry_kinds[entry.kind].uses,
            "asking": _asking(request, entry),
            "copies": copies.get(entry.slug),
            "metadata": metadata(request, entry, described),
        }
    )
    return render(request, "catalogue_entry.html", context)


def _operator(entry: Entry) -> dict[str, Any]:
    """Who offers it: in which roles it was admitted, and its page where it has one."""
    if entry.organisation is None:
        return {}
    roles = roles_of(entry.organisation, timezone.localdate())
    shown = serving(entry.organisation.uscc)
    return {
        "roles": list(dict.fromkeys(role.get_role_display() for role in roles)),
        "url": reverse("provider", args=[shown.uscc]) if shown else "",
    }


def _asking(request: HttpRequest, entry: Entry) -> str:
    """Where a firm turns what an entry lifts into a need of its own, by way of the sign-in; nothing
    for offices and providers, and for entries that lift no scenario."""
    acting = who(request)
    assert entry.current is not None
    uses = sorted((use.scenario, use.level) for use in entry.current.uses.all())
    lifts = dict(uses)  # the highest level of each
    if not lifts or (acting is not None and acting.role != "enterprise"):
        return ""
    asked = urlencode([("gap", f"{id}:{level}") for id, level in lifts.items()])
    return f"{reverse('need_new')}?{asked}"


@require_safe
def catalogue_compare(request: HttpRequest) -> HttpResponse:
    """Up to four entries side by side, the addresses of which are given as `e`."""
    slugs = [slug[:LONGEST] for slug in request.GET.getlist("e")]
    found = describing.comparison(slugs)
    here = [entry.slug for entry in found.entries]
    context = {
        "found": found,
        "columns": [
            {
                "card": card(entry),
                "described": described,
                "without": "?" + urlencode([("e", each) for each in here if each != entry.slug]),
            }
            for entry, described in zip(found.entries, found.described, strict=True)
        ],
        "qualities": [(quality, [row for row in found.rows if row.field.quality == quality.id])
                      for quality in policy().pool.qualities.values()],
        "short": [row for row in found.rows
                  if not row.field.quality and row.field.rule.type != "long_text"],
        "long": [row for row in found.rows if row.field.rule.type == "long_text"],
        "costed": any(each.lines for each in found.described),
        "left_out": max(len(dict.fromkeys(slugs)) - len(here), 0),
        "most": describing.MOST_COMPARED,
        "more": _address({"e": here}),
        "breadcrumbs": crumbs(
            (_("首页"), reverse("home")),
            (_("资源池"), reverse("catalogue")),
            (_("并排比较"), ""),
        ),
    }  # fmt: skip
    return render(request, "catalogue_compare.html", context)
