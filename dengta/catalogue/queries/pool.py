"""What is in the pool: published entries, one entry by its address, packages that reach a level."""

from __future__ import annotations

from django.db import models

from dengta.catalogue.models import Entry as Entry
from dengta.catalogue.models import EntryVersion as EntryVersion
from dengta.catalogue.models import PackageLine as PackageLine
from dengta.catalogue.models import ScenarioUse as ScenarioUse


def shown(kind: str = "") -> models.QuerySet[Entry]:
    """The published entries, of one kind if named, with what they say and who offers them."""
    found = Entry.objects.filter(state="published").select_related("current", "organisation")
    return found.filter(kind=kind) if kind else found


def by_slug(slug: str) -> Entry:
    """An entry that was ever published, by its address, also after it was taken down.
    Entry.DoesNotExist for any other."""
    known = Entry.objects.select_related("current", "organisation").exclude(current=None)
    return known.get(slug=slug)


def packages_for(sub_industry: str, scenario: str, level: int) -> models.QuerySet[Entry]:
    """Published packages that lift a scenario of a sub-industry to at least a level, with their
    uses and lines read along (`entry.current.uses.all()`, `entry.current.lines.all()`)."""
    fitting = ScenarioUse.objects.filter(
        version=models.OuterRef("current"),
        sub_industry=sub_industry,
        scenario=scenario,
        level__gte=level,
    )
    found = shown("package").filter(models.Exists(fitting))
    return found.prefetch_related("current__uses", "current__lines")


def standard_lines(entry: Entry) -> list[PackageLine]:
    """The itemised standard prices of what an entry shows, in their order; none for an entry
    without."""
    return list(entry.current.lines.all()) if entry.current is not None else []
