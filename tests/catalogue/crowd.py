"""Real processes at one entry of the pool: `python -m tests.catalogue.crowd`.

Two colleagues save one version at once; two officials publish it at once; two people begin its next
version at once; an award is entered twice at once. Played as the platform is, and as a negative
control with the guards taken away. Prints what was seen as JSON; the database is that of
DENGTA_DATABASE_URL.
"""

from __future__ import annotations

import json
from typing import Any

import django

from tests.funding.crowd import careless_advance, together, without_constraint


class Stage:
    """A supplier, two officials, and what they do at the same moment."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        self.people = [self.cast.supplier.actor, self.cast.colleague(self.cast.supplier)]
        self.officials = [self.cast.province, self.cast.official("deputy", "province", "420000")]
        self.serial = 0

    def draft(self) -> Any:
        """A version of its own that is ready to be handed in."""
        from tests.catalogue.test_entries import a_package

        self.serial += 1
        return a_package(self.cast, key=f"stage-{self.serial}")

    def two_saves(self, *, blind: bool = False) -> dict[str, Any]:
        """Both have opened the same page, and change the price."""
        from dengta.catalogue.actions import entries
        from dengta.catalogue.actions.writing import said_by
        from dengta.catalogue.models import EntryVersion

        version = self.draft()
        seen = None if blind else version.digest
        outcomes = together(
            2,
            lambda n: EntryVersion.objects.filter(pk=version.pk, digest=version.digest).exists(),
            lambda n: entries.save(
                EntryVersion.objects.get(pk=version.pk), self.people[n],
                content={"price_from_fen": 1_000_000 * (n + 1)}, seen=seen,
            ),
        )  # fmt: skip
        version.refresh_from_db()
        return {"outcomes": outcomes, "whole": said_by(version).digest == version.digest}

    def two_publications(self) -> dict[str, Any]:
        """Two officials have read the version and publish it."""
        from dengta.catalogue.actions import entries
        from dengta.catalogue.models import EntryVersion
        from dengta.trail.models import Event
        from tests.cast import MOMENT

        version = self.draft()
        entries.submit(version, self.people[0], at=MOMENT)
        outcomes = together(
            2,
            lambda n: EntryVersion.objects.get(pk=version.pk).state == "review",
            lambda n: entries.publish(
                EntryVersion.objects.get(pk=version.pk), self.officials[n], at=MOMENT
            ),
        )
        steps = Event.objects.filter(flow="entry_version", thing_id=version.pk, step="publish")
        return {"outcomes": outcomes, "published": steps.count()}

    def two_revisions(self) -> dict[str, Any]:
        """Two people begin the next version of what is shown."""
        from dengta.catalogue.actions import entries
        from dengta.catalogue.models import Entry
        from tests.cast import MOMENT

        version = self.draft()
        entries.publish(version, self.officials[0], at=MOMENT)
        entry = Entry.objects.get(pk=version.entry_id)
        together(
            2,
            lambda n: not entry.versions.filter(state="draft").exists(),
            lambda n: entries.revise(entry, self.people[n]),
        )
        return {"open": entry.versions.filter(state="draft").count()}

    def one_award(self) -> dict[str, Any]:
        """One award is entered by two at once."""
        from dengta.catalogue.actions import entries
        from dengta.catalogue.models import Entry
        from tests.cast import MOMENT

        offerer = self.cast.supplier.organisation
        outcomes = together(
            2,
            lambda n: not Entry.objects.filter(key="award:1").exists(),
            lambda n: entries.enrol("solution", offerer, "方案", key="award:1", at=MOMENT),
        )
        return {"outcomes": outcomes, "entries": Entry.objects.filter(name="方案").count()}


def main() -> None:
    """Play every scenario, then the negative controls, and print what was seen."""
    django.setup()
    from dengta.catalogue.actions import entries, publishing
    from dengta.catalogue.models import EntryVersion

    stage = Stage()
    seen = {
        "two_saves": stage.two_saves(),
        "two_publications": stage.two_publications(),
        "two_revisions": stage.two_revisions(),
        "one_award": stage.one_award(),
    }
    control = {"two_saves": stage.two_saves(blind=True)}
    publishing.advance = careless_advance  # type: ignore[assignment]
    control["two_publications"] = stage.two_publications()
    without_constraint(EntryVersion, "one_open_version_per_entry")
    without_constraint(EntryVersion, "one_version_of_a_number")
    entries.revise = careless_revise  # type: ignore[assignment]
    control["two_revisions"] = stage.two_revisions()
    print(json.dumps({"seen": seen, "control": control}))


def careless_revise(entry: Any, actor: Any) -> Any:
    """`revise` as it would be if it believed that nobody else had begun."""
    from dengta.catalogue.actions import entries, writing

    said = writing.said_by(entry.versions.get(state="published"))
    return entries._begin_version(entry, 2, said, actor, None)


if __name__ == "__main__":
    main()
