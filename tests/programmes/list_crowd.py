"""Real processes at one list and one firm's only award: `python -m tests.programmes.list_crowd`.

Everybody looks first and acts once all have looked. Each scenario is played as the platform is and
again with its guard taken away. Prints what was seen as JSON. The database is that of
DENGTA_DATABASE_URL and must be empty.
"""

from __future__ import annotations

import json
from typing import Any

import django

from tests.funding.crowd import careless_advance, together

DOCUMENT = "鄂经信〔2026〕8号"


class Stage:
    """The cast, and rounds whose publicity is over."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        self.firms = [self.cast.enrol(f"firm-{n}") for n in range(8)]
        assert self.cast.province

    def over(self, *firms: Any) -> tuple[Any, list[Any]]:
        """A round with one proposed application for each firm."""
        from tests.programmes.test_objections import in_public

        return in_public(self.cast, *firms)

    def one_list(self) -> dict[str, Any]:
        """Four officials award the same list at once, all having seen it due."""
        from dengta.programmes.actions import awarding
        from dengta.programmes.models import Award, Round
        from dengta.trail.models import Event
        from tests.programmes.ranked import AFTER

        round, rows = self.over(*self.firms[:4])
        copies = [Round.objects.get(pk=round.pk) for _ in range(4)]
        outcomes = together(
            4,
            lambda n: awarding.due(copies[n], AFTER.date()).count() == 4,
            lambda n: awarding.award(
                copies[n], self.cast.province, document=DOCUMENT, day=AFTER.date(), at=AFTER
            ),
        )
        ids = [row.pk for row in rows]
        events = Event.objects.filter(flow="application", thing_id__in=ids, step="award")
        return {
            "some": "done" in outcomes,
            "told": set(outcomes) <= {"done", "Moved"},
            "awards": Award.objects.filter(application__in=ids).count(),
            "events": events.count(),
        }

    def only_once(self, firm: Any) -> dict[str, Any]:
        """Two rounds award the same firm what it may be given once ever, both having seen that it
        has nothing yet."""
        from dengta.programmes.actions import awarding
        from dengta.programmes.models import Award
        from tests.programmes.ranked import AFTER, states

        pairs = [self.over(firm) for _ in range(2)]
        had = Award.objects.filter(organisation=firm.organisation)
        together(
            2,
            lambda n: not had.exists(),
            lambda n: awarding.award(
                pairs[n][0], self.cast.province, document=DOCUMENT, day=AFTER.date(), at=AFTER
            ),
        )
        rows = [row for _, (row,) in pairs]
        return {"awards": had.count(), "states": sorted(states(rows))}

    def objecting_while_answered(self) -> dict[str, Any]:
        """Two objections to one application are dismissed at once: it is not left held."""
        from dengta.programmes.actions import objections
        from dengta.programmes.models import Objection
        from tests.cast import MOMENT
        from tests.programmes.ranked import states
        from tests.programmes.test_objections import objected

        seen = []
        for _ in range(3):
            _, (row,) = self.over(self.firms[6])
            two = [objected(row) for _ in range(2)]
            for one in two:
                objections.accept(one, self.cast.province, at=MOMENT)
            copies = [Objection.objects.get(pk=one.pk) for one in two]
            outcomes = together(
                2,
                lambda n: True,
                lambda n, copies=copies: objections.answer(  # type: ignore[misc]
                    copies[n], self.cast.province, False, "经走访核实，内容属实。", at=MOMENT
                ),
            )
            seen.append((*outcomes, *states([row])))
        return {"seen": sorted({" ".join(one) for one in seen})}


def once_key_not_unique() -> None:
    """Take the guard out of the database that keeps what is given once from a second time."""
    from django.db import connection, models

    from dengta.programmes.models import Award

    old = Award._meta.get_field("once_key")
    loose = models.CharField(max_length=120, null=True)
    loose.set_attributes_from_name("once_key")
    loose.model = Award
    with connection.schema_editor() as editor:
        editor.alter_field(Award, old, loose)


def main() -> None:
    """Play every scenario, then every negative control, and print what was seen."""
    django.setup()
    from dengta.programmes.actions import awarding

    stage = Stage()
    seen = {
        "one_list": stage.one_list(),
        "only_once": stage.only_once(stage.firms[4]),
        "two_answers": stage.objecting_while_answered(),
    }
    once_key_not_unique()
    control: dict[str, Any] = {"only_once": stage.only_once(stage.firms[5])}
    awarding.advance = careless_advance  # type: ignore[assignment]
    control["one_list"] = stage.one_list()
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


if __name__ == "__main__":
    main()
