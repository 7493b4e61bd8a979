"""Real processes at one claim, one invoice, one budget: `python -m tests.funding.claims_crowd`.

Every scenario is run twice: as the platform is, and as a negative control with the guard taken
away; then submitting and approving are killed before each of their statements. Prints what was
seen as JSON. The database is that of DENGTA_DATABASE_URL; nobody else may be in it.
"""

from __future__ import annotations

import json
from typing import Any

import django

CLAIMS = 12
AFFORDED = 6
"""How many of the claims the budget can pay."""
WAN = 1_000_000


class Stage:
    """The cast and the scenarios that they play."""

    def __init__(self) -> None:
        from tests.cast import Cast
        from tests.funding import claims_cast as made

        self.cast, self.made = Cast(), made
        cast = self.cast
        assert cast.supplier and cast.county and cast.next_county and cast.city
        for firm in (cast.firm, cast.rival):
            made.pilot(cast, firm)

    def one_invoice(self) -> dict[str, Any]:
        """Two firms hand in the same invoice line at once, both having seen that it is free."""
        from dengta.funding.actions import claims_submitting
        from dengta.funding.models import Claim, RegisterEntry
        from dengta.funding.queries import register
        from tests.cast import MOMENT
        from tests.funding.crowd import together

        line, firms = self.made.line(invoice_line="1"), (self.cast.firm, self.cast.rival)
        key = f"{line.invoice_number}#1"
        drafts = [self.made.draft_claim(self.cast, firm, line) for firm in firms]
        outcomes = together(
            2,
            lambda n: register.holder_of_entry("invoice", key) is None,
            lambda n: claims_submitting.submit(
                drafts[n], firms[n].actor, agreed_by="王厂长", at=MOMENT
            ),
        )
        live = RegisterEntry.objects.filter(kind="invoice", key=key, released_at=None)
        states = Claim.objects.filter(pk__in=[one.pk for one in drafts])
        return {
            "outcomes": outcomes,
            "live": live.count(),
            "states": sorted(states.values_list("state", flat=True)),
        }

    def one_claim(self) -> dict[str, Any]:
        """Two officials approve the same claim at once, both having seen it wait."""
        from dengta.funding.actions import claims
        from dengta.funding.models import Claim
        from dengta.ledger import queries as books
        from dengta.trail.models import Event
        from tests.cast import MOMENT
        from tests.funding.crowd import together

        purse = self.made.budget(fen=6 * WAN)
        claim = self.made.checked_claim(self.cast)
        copies = [Claim.objects.get(pk=claim.pk) for _ in range(2)]
        before = books.balance(purse.code)
        outcomes = together(
            2,
            lambda n: copies[n].state == "city_review",
            lambda n: claims.approve(copies[n], self.cast.city, at=MOMENT),
        )
        after = books.balance(purse.code)
        assert before is not None and after is not None
        assert before.left_fen is not None and after.left_fen is not None
        events = Event.objects.filter(flow="claim", thing_id=claim.pk, step="approve")
        return {
            "outcomes": outcomes,
            "events": events.count(),
            "instalments": claim.instalments.count(),
            "drawn": before.left_fen - after.left_fen,
        }

    def one_budget(self, year: int, guard: Any = "credits") -> dict[str, Any]:
        """Twelve claims of a budget that can pay six, each approved by its own process."""
        from dengta.funding.actions import claims
        from dengta.funding.models import Claim
        from dengta.ledger import queries as books
        from tests.cast import MOMENT
        from tests.funding.crowd import together

        rows = [self.made.checked_claim(self.cast) for _ in range(CLAIMS)]
        Claim.objects.filter(pk__in=[row.pk for row in rows]).update(year=year)
        rows = list(Claim.objects.filter(pk__in=[row.pk for row in rows]))
        code = self.made.budget(fen=0, year=year, guard=guard).code
        found = books.balance(code)
        assert found is not None
        there = found.credits_posted_fen - found.debits_posted_fen - found.debits_pending_fen
        self.made.budget(fen=AFFORDED * 3 * WAN - there, year=year, guard=guard)
        outcomes = together(
            CLAIMS,
            lambda n: True,
            lambda n: claims.approve(rows[n], self.cast.city, at=MOMENT),
        )
        found = books.balance(code)
        assert found is not None
        left = found.credits_posted_fen - found.debits_posted_fen - found.debits_pending_fen
        states = Claim.objects.filter(pk__in=[row.pk for row in rows])
        return {
            "outcomes": {one: outcomes.count(one) for one in sorted(set(outcomes))},
            "left": left // (3 * WAN),
            "approved": states.filter(state="approved").count(),
        }

    def killed(self, act: str, *, control: bool = False) -> Any:
        """Submitting or approving one claim, killed before each of its statements, or a third."""
        from django.db import connection

        from dengta.funding.actions import claims, claims_submitting
        from dengta.funding.models import Claim
        from tests.cast import MOMENT
        from tests.funding import killing

        if act == "submit":
            claim = self.made.draft_claim(self.cast)
        else:
            self.made.budget(fen=3 * WAN)
            claim = self.made.checked_claim(self.cast)

        def submit() -> None:
            claims_submitting.submit(
                Claim.objects.get(pk=claim.pk), self.cast.firm.actor, agreed_by="王厂长", at=MOMENT
            )

        def approve() -> None:
            claims.approve(Claim.objects.get(pk=claim.pk), self.cast.city, at=MOMENT)

        run = submit if act == "submit" else approve
        if control:
            return killing.torn(run, lambda: whole(claim.pk), claims, claims_submitting)
        every = 1 if connection.vendor == "postgresql" else 3
        seen = killing.killed_everywhere(run, lambda: whole(claim.pk), every=every)
        again = repeated(run)
        return {
            **seen.as_json(), "every": every, "again": again, "after": whole(claim.pk),
            **counts(claim.pk),
        }  # fmt: skip


def repeated(run: Any) -> str:
    """Whoever never got the answer does it again."""
    try:
        run()
    except Exception as error:
        return type(error).__name__
    return "done"


def counts(pk: int) -> dict[str, int]:
    """What there is of one claim."""
    from dengta.funding.models import Claim, RegisterEntry
    from dengta.ledger import queries as books
    from dengta.trail.models import Event

    claim = Claim.objects.get(pk=pk)
    entries = RegisterEntry.objects.filter(
        filing__flow="claim", filing__thing_id=pk, released_at=None
    )
    events = Event.objects.filter(flow="claim", thing_id=pk)
    return {
        "submitted": events.filter(step="submit").count(),
        "approved": events.filter(step="approve").count(),
        "entries": entries.count(),
        "instalments": claim.instalments.count(),
        "reserved": len(books.standings(claim.number)),
    }


EMPTY = {"submitted": 0, "approved": 0, "entries": 0, "instalments": 0, "reserved": 0}
WHOLE = {
    "draft": EMPTY,
    "county_check": EMPTY | {"submitted": 1, "entries": 3},
    "city_review": EMPTY | {"submitted": 1, "entries": 3},
    "approved": {"submitted": 1, "approved": 1, "entries": 3, "instalments": 1, "reserved": 1},
}
"""What there is of a claim in each state: nothing half."""


def whole(pk: int) -> str:
    """What is wrong with a claim and the books, "" when nothing is."""
    from dengta.funding.models import Claim
    from dengta.ledger import queries as books

    state, found = Claim.objects.get(pk=pk).state, counts(pk)
    if found != WHOLE[state]:
        return f"{state}: {found}"
    if differences := books.recompute():
        return str(differences[0])
    return "" if books.proof().balanced else "the books do not balance"


def main() -> None:
    """Play every scenario, then every negative control, and print what was seen."""
    django.setup()
    from dengta.funding.actions import claims, register
    from dengta.funding.models import RegisterEntry
    from dengta.ledger import queries as books
    from tests.funding.crowd import careless_advance, without_constraint

    stage = Stage()
    seen: dict[str, Any] = {
        "one_invoice": stage.one_invoice(),
        "one_claim": stage.one_claim(),
        "one_budget": stage.one_budget(2026),
        "submit_killed": stage.killed("submit"),
        "approve_killed": stage.killed("approve"),
    }
    seen["differences"] = [str(difference) for difference in books.recompute()]
    control: dict[str, Any] = {
        "submit_killed": stage.killed("submit", control=True),
        "approve_killed": stage.killed("approve", control=True),
    }
    control["one_budget"] = stage.one_budget(2025, guard="none")
    claims.hold = lambda claim, states: None  # type: ignore[assignment]
    claims.may = lambda *given: None  # type: ignore[assignment]
    claims.advance = careless_advance  # type: ignore[assignment]
    control["one_claim"] = stage.one_claim()
    # Last, since two claims with one invoice line are a hit that stops what follows.
    without_constraint(RegisterEntry, "nothing_claimed_twice")
    register._draw_invoices = lambda *given: None  # type: ignore[assignment]
    control["one_invoice"] = stage.one_invoice()
    print(json.dumps({"seen": seen, "control": control}, ensure_ascii=False))


if __name__ == "__main__":
    main()
