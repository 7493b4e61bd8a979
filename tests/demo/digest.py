"""Populate an empty database with a small demo province: `python -m tests.demo.digest`.

Prints what came of it, without row numbers and moments, as JSON; two runs can then be compared.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import django

FIRMS, PROVIDERS, EXPERTS = 36, 6, 20


def make_small() -> None:
    """What is populated from now on is as small as tests like it, not as large as the demo."""
    from dengta import demo

    demo.ENTERPRISES, demo.PROVIDERS, demo.EXPERTS = FIRMS, PROVIDERS, EXPERTS


def made() -> dict[str, Any]:
    """What the province consists of, in an order of its own."""
    from django.contrib.auth.hashers import is_password_usable

    from dengta.accounts.models import Post, User
    from dengta.assessment.models import Assessment, DiagnosisOrder, Invitation, Rating
    from dengta.funding.models import Voucher
    from dengta.ledger import queries as books
    from dengta.monitoring.models import Observation
    from dengta.programmes.models import Application, Award, Round
    from dengta.registry.models import EnterpriseYear, Organisation, StatedFact, Title
    from dengta.trail.models import Document, Event

    organisations = Organisation.objects.order_by("uscc")
    owner = "organisation__uscc"
    vouchers = Voucher.objects.order_by(owner, "amount_fen")
    return {
        "organisations": rows(organisations, "uscc", "name", "kind", "region_code", "size_class"),
        "years": rows(EnterpriseYear.objects.order_by(owner), owner, "employees", "revenue_fen"),
        "users": sorted(
            [name, is_password_usable(password)]
            for name, password in User.objects.values_list("username", "password")
        ),
        "posts": rows(Post.objects.order_by("user__username"), "user__username", "role", "office"),
        "titles": rows(
            Title.objects.order_by(owner, "title", "awarded_date"), owner, "title", "awarded_date"
        ),
        "facts": rows(StatedFact.objects.order_by(owner, "fact"), owner, "fact", "value"),
        "scores": rows(
            Assessment.objects.order_by(owner, "state", "score_milli"),
            owner, "state", "score_milli", "level",
        ),
        "vouchers": rows(
            vouchers, owner, "supplier__uscc", "depth", "state", "spend_fen", "amount_fen",
            "granted_fen", "redeemed_fen", "bank_flow", "expires_date",
        ),
        "ratings": rows(
            Rating.objects.order_by(f"assessment__{owner}", "kind", "state", "score_milli"),
            f"assessment__{owner}", "kind",
            "assessor__username", "state", "score_milli", "level",
        ),
        "diagnoses": rows(
            DiagnosisOrder.objects.order_by(owner), owner, "provider__uscc", "state", "satisfaction"
        ),
        "invited": rows(Invitation.objects.order_by(owner), owner),
        "rounds": rows(Round.objects.order_by("key"), "selection", "state", "publicity_until"),
        "applications": rows(
            Application.objects.order_by("round__key", "applicant_code"), "round__selection",
            "applicant_code", "state", "score", "rank", "exceptions",
        ),
        "awards": rows(Award.objects.order_by("number"), "number", "holder_name", "expires_date"),
        "documents": Document.objects.count(),
        "events": Event.objects.count(),
        "observations": rows(Observation.objects.all(), "indicator", "amount"),
        "balanced": books.proof().balanced,
        "differences": [str(difference) for difference in books.recompute()],
        "below": below(),
    }  # fmt: skip


def below() -> list[str]:
    """Accounts that a statement in the order of days would show below what their guard allows."""
    from dengta.ledger.models import Transfer

    moves = Transfer.objects.filter(step__in=["post", "settle"]).order_by("booked_at", "pk")
    balances: Counter[str] = Counter()
    found = set()
    for move in moves.select_related("debit", "credit"):
        for account, fen in ((move.debit, -move.amount_fen), (move.credit, move.amount_fen)):
            balances[account.code] += fen
            sign = {"credits": 1, "debits": -1, "none": 0}[account.guard]
            if sign * balances[account.code] < 0:
                found.add(f"{account.code} {move.about} {move.booked_at}")
    return sorted(found)


def rows(found: Any, *names: str) -> list[list[str]]:
    """Rows as texts."""
    return [[str(value) for value in row] for row in found.values_list(*names)]


def main() -> None:
    """Populate, twice for good measure, and print."""
    django.setup()
    from dengta import demo

    make_small()
    first, second = demo.populate(), demo.populate()
    print(json.dumps({"first": first, "second": second, **made()}, ensure_ascii=False))


if __name__ == "__main__":
    main()
