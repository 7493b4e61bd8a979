"""Two people of one firm at the same step, at the same moment: `python -m tests.assessment.crowd`.

Both look first and act once both have looked, and whoever acts reads, waits and writes: the widest
a race can be. Every scenario is run twice: as the platform is, and as a negative control without
its lock. Prints what was seen as JSON. The database is that of DENGTA_DATABASE_URL;
nobody else may be in it.
"""

from __future__ import annotations

import contextlib
import json
import time
from types import SimpleNamespace
from typing import Any

import django

WINDOW = 0.4
"""Seconds between reading and writing."""


class Stage:
    """A firm, two of its people, and what they do."""

    def __init__(self) -> None:
        from tests.cast import Cast

        self.cast = Cast()
        self.serial = 0

    def firm(self) -> tuple[Any, list[Any], Any]:
        """A firm of its own with two people and a draft."""
        self.serial += 1
        firm = self.cast.enrol(f"firm-{self.serial}")
        return firm, [firm.actor, self.cast.colleague(firm)], self.cast.draft(firm)

    def one_answer(self) -> dict[str, Any]:
        """Both change the same answer, each having seen the one before."""
        from dengta.assessment import actions
        from dengta.assessment.models import Answer
        from tests.funding.crowd import together

        _firm, people, draft = self.firm()
        actions.save_answers(draft, people[0], {"q1": "B"})
        seen = Answer.objects.get(assessment=draft, item="q1").version
        outcomes = together(
            2,
            lambda n: Answer.objects.get(assessment=draft, item="q1").version == seen,
            lambda n: actions.save_answers(
                draft, people[n], {"q1": actions.Given(("BC", "BD")[n], seen=seen)}
            ),
        )
        row = Answer.objects.get(assessment=draft, item="q1")
        whose = row.value == ("BC", "BD")[[p.user_id for p in people].index(row.user_id)]
        return {"outcomes": outcomes, "version": row.version, "whole": whose}

    def autosaved_while_sent(self) -> dict[str, Any]:
        """One is still typing while the other hands the assessment in."""
        from dengta.assessment import actions
        from dengta.assessment.queries import answers_of
        from tests.cast import MOMENT
        from tests.funding.crowd import together

        _firm, people, draft = self.firm()
        actions.save_answers(draft, people[0], self.cast.answers())
        acts = [
            lambda: actions.submit(draft, people[0], at=MOMENT),
            lambda: actions.save_answers(draft, people[1], {"q5": "E"}),
        ]
        together(2, lambda n: True, lambda n: acts[n]())
        draft.refresh_from_db()
        stored = draft.result["points"]["q5"]
        chosen = answers_of(draft)["q5"]
        return {"state": draft.state, "same": (stored == "10") == (chosen == "E")}

    def one_photo(self) -> dict[str, Any]:
        """Both send the same photo to the same item."""
        from dengta.assessment.actions.evidence import attach
        from dengta.assessment.queries.evidence import evidence_of
        from dengta.trail.models import Document
        from tests.funding.crowd import together
        from tests.pictures import photo, uploaded

        _firm, people, draft = self.firm()
        before = Document.objects.count()
        outcomes = together(
            2,
            lambda n: not evidence_of(draft, "q2").exists(),
            lambda n: attach(draft, people[n], "q2", uploaded(photo(1))),
        )
        return {
            "outcomes": outcomes,
            "evidence": evidence_of(draft, "q2").count(),
            "documents": Document.objects.count() - before,
        }


def slow_to_write() -> None:
    """Let whoever has read what is on record wait before writing."""
    from dengta.assessment import actions
    from dengta.assessment.actions import evidence

    overtaken, limits = actions._overtaken, evidence.limits

    def slowly(*args: Any) -> Any:
        time.sleep(WINDOW)
        return overtaken(*args)

    def slow_limits() -> Any:
        time.sleep(WINDOW)
        return limits()

    actions._overtaken = slowly
    evidence.limits = slow_limits


def without_lock() -> None:
    """Take the lock of a draft away, and the transaction that SQLite makes one of by itself."""
    from dengta.assessment import actions
    from dengta.assessment.actions import evidence

    open_door = SimpleNamespace(atomic=contextlib.nullcontext)
    for module in (actions, evidence):
        module.hold = lambda assessment: None  # type: ignore[attr-defined]
        module.transaction = open_door  # type: ignore[attr-defined]


def main() -> None:
    """Play every scenario, then every negative control, and print what was seen."""
    django.setup()
    stage = Stage()
    slow_to_write()
    seen = {
        "one_answer": stage.one_answer(),
        "autosaved_while_sent": stage.autosaved_while_sent(),
        "one_photo": stage.one_photo(),
    }
    without_lock()
    control = {"one_answer": stage.one_answer(), "one_photo": stage.one_photo()}
    print(json.dumps({"seen": seen, "control": control}))


if __name__ == "__main__":
    main()
