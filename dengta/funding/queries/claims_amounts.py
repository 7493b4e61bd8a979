"""What a claim comes to: the facts that decide, what of its costs counts, the amount step by step,
and how the price is shared between firm, provider and public money. Nothing here writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dengta.assessment.models import DiagnosisOrder
from dengta.assessment.queries.counted import counted_of
from dengta.core.granting import (
    Cost,
    Counted,
    Granted,
    GrantingError,
    Split,
    Step,
    count,
    grant,
    split,
)
from dengta.core.rules import Verdict, read_facts
from dengta.core.schemes import Scheme
from dengta.core.shapes import FactValue, Text
from dengta.funding.models import GRANTED_CLAIM, Claim, CostLine
from dengta.funding.queries.budgets import scheme_of, yearly_code
from dengta.funding.queries.vouchers import facts_of
from dengta.ledger import queries as books
from dengta.registry.models import Organisation
from dengta.registry.queries import policy, rulebook

LEVEL = "digital_level"
ON_SITE = "onsite_rated"
SPEND = ("pilot_spend_fen", "cloud_spend_fen", "digital_project_spend_fen")
"""Facts that a claim's own costs answer."""
DONE = ("diagnosed", "confirmed", "closed", "rated")


@dataclass(frozen=True, slots=True)
class Calculated:
    """What a claim comes to as it stands; `fault` says what cannot be calculated with, `paid_fen`
    is what bounds the public part (None for an advance), money in 分."""

    claimed_fen: int
    counted: Counted | None
    granted: Granted | None
    shares: Split | None
    paid_fen: int | None
    fault: Text | None = None

    @property
    def amount_fen(self) -> int | None:
        """What the rule gives; None while something is missing or wrong."""
        if self.fault is not None or self.granted is None:
            return None
        return self.granted.amount_fen

    @property
    def counted_fen(self) -> int:
        """What counts of the costs."""
        return self.counted.fen if self.counted else 0

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the claim."""
        counted, granted, shares = self.counted, self.granted, self.shares
        return {
            "claimed_fen": self.claimed_fen,
            "counted_fen": self.counted_fen,
            "amount_fen": self.amount_fen,
            "paid_fen": self.paid_fen,
            "lines": [
                {"id": one.id, "class": one.cost_class, "fen": one.fen, **one.why._asdict()}
                for one in (counted.lines if counted else ())
            ],
            "by_class": dict(counted.by_class) if counted else {},
            "steps": [
                {**one.text._asdict(), "before_fen": one.before_fen, "after_fen": one.after_fen}
                for one in (granted.steps if granted else ())
            ],
            "missing": list(granted.missing) if granted else [],
            "split": None if shares is None else {
                "enterprise_fen": shares.enterprise_fen,
                "provider_fen": shares.provider_fen,
                "public_fen": shares.public_fen,
            },
        }  # fmt: skip


def in_advance(claim: Claim, scheme: Scheme | None = None) -> bool:
    """Whether a part is paid before the work is accepted, and it has not been accepted yet."""
    rule = scheme or scheme_of(claim.scheme)
    moments = {one.when for one in rule.instalments}
    return moments == {"approved", "accepted"} and claim.accepted_date is None


def by_level(scheme: Scheme) -> bool:
    """Whether the scheme's rate, cap or amount goes by the digital level."""
    return LEVEL in {table.by for table in (scheme.rate, scheme.cap, scheme.fixed) if table}


def level_on_site(organisation: Organisation, day: dt.date) -> int | None:
    """The level that was rated on the spot and counts on a day; None where nobody came yet."""
    counts = counted_of(organisation.pk, day)
    return counts.counted_level if counts is not None and counts.counted_on_site else None


def known_facts(organisation: Organisation, scheme: Scheme, day: dt.date) -> dict[str, FactValue]:
    """What registry, assessment and funding know of a firm; the level only as rated on the spot
    where the scheme goes by it."""
    known = facts_of(organisation, day)
    if by_level(scheme):
        level = level_on_site(organisation, day)
        known |= {LEVEL: level, ON_SITE: level is not None}
    done = DiagnosisOrder.objects.filter(organisation=organisation, report__isnull=False)
    if done.exists():
        known["diagnosis_done"] = True
    return known


def facts_for(claim: Claim, day: dt.date, counted_fen: int) -> dict[str, FactValue]:
    """The facts that decide a claim: what is known, and what the firm states where nothing is."""
    scheme = scheme_of(claim.scheme)
    known = known_facts(claim.organisation, scheme, day)
    stated = read_facts(policy(), claim.facts)
    if claim.accepted_date is not None:
        stated["project_accepted"] = True
    elif not in_advance(claim, scheme):
        stated.pop("project_accepted", None)
    own: dict[str, FactValue] = dict.fromkeys(SPEND, counted_fen)
    facts = stated | {fact: value for fact, value in known.items() if value is not None} | own
    return {fact: value for fact, value in facts.items() if fact in policy().facts}


def verdict_for(claim: Claim, day: dt.date, facts: Mapping[str, FactValue]) -> Verdict:
    """The scheme's programme, decided for a claim."""
    return rulebook(day.toordinal()).decide(facts, claim.programme)[0]


def costs_of(lines: Iterable[CostLine]) -> list[Cost]:
    """Cost lines as the calculation reads them."""
    return [
        Cost(f"{one.ordinal:06d}", one.cost_class, one.amount_fen, one.allowed_fen, one.reason)
        for one in lines
    ]


def calculate(
    claim: Claim, lines: Sequence[CostLine], facts: Mapping[str, FactValue] | None, day: dt.date
) -> Calculated:
    """What a claim comes to with these lines on a day; `facts` None to read them here."""
    scheme = scheme_of(claim.scheme)
    counted = _counted(scheme, costs_of(lines), _awarded(claim))
    if isinstance(counted, Text):
        return Calculated(sum(line.amount_fen for line in lines), None, None, None, None, counted)
    if claim.voucher_id is not None:
        return _set_off(claim, counted, sum(line.amount_fen for line in lines))
    known = facts_for(claim, day, counted.fen) if facts is None else facts
    price = Price(claim.list_fen, claim.discount_fen, claim.paid_fen)
    return work_out(
        scheme, costs_of(lines), known, price, awarded_fen=_awarded(claim),
        advance=in_advance(claim, scheme), earlier=earlier_cases(claim),
        year_left_fen=year_left(claim, scheme),
    )  # fmt: skip


def _set_off(claim: Claim, counted: Counted, claimed_fen: int) -> Calculated:
    """A voucher set off against a bill: what was asked for, at most what counts of the bill."""
    asked = claim.computed_fen
    amount = min(asked, counted.fen)
    why = Text("用券抵扣，不超过计入的费用", "Set off, at most what counts of the bill")
    return Calculated(
        claimed_fen, counted, Granted(amount, (Step(why, asked, amount),)),
        None, None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Price:
    """The price of what was bought, what the provider let off, what the firm paid, in 分."""

    list_fen: int
    discount_fen: int
    paid_fen: int


def work_out(
    scheme: Scheme,
    costs: Sequence[Cost],
    facts: Mapping[str, FactValue],
    price: Price,
    *,
    awarded_fen: int = 0,
    advance: bool = False,
    earlier: int = 0,
    year_left_fen: int | None = None,
) -> Calculated:
    """What costs come to by a scheme; asks nobody. `advance`: the firm has not paid yet, so that
    the price after discount bounds the public part instead of what was paid."""
    claimed = sum(cost.amount_fen for cost in costs)
    paid = None if advance or not scheme.matched else price.paid_fen
    counted = _counted(scheme, costs, awarded_fen)
    if isinstance(counted, Text):
        return Calculated(claimed, None, None, None, paid, counted)
    granted = shares = None
    try:
        granted = grant(
            scheme, counted.fen, facts, paid_fen=paid, earlier=earlier, year_left_fen=year_left_fen
        )
        if price.list_fen and granted.amount_fen is not None:
            bound = max(price.list_fen - price.discount_fen, 0) if paid is None else price.paid_fen
            shares = split(price.list_fen, price.discount_fen, granted.amount_fen, bound)
    except GrantingError as wrong:
        return Calculated(claimed, counted, granted, None, paid, wrong.message)
    return Calculated(claimed, counted, granted, shares, paid)


def _counted(scheme: Scheme, costs: Sequence[Cost], awarded_fen: int) -> Counted | Text:
    """What counts of the costs, of a reward the amount of the award; or why it cannot be said."""
    if not scheme.costs:
        return Counted(awarded_fen, (), {})
    try:
        return count(scheme, costs)
    except GrantingError as wrong:
        return wrong.message


def _awarded(claim: Claim) -> int:
    return claim.award.amount_fen if claim.award is not None else 0


def earlier_cases(claim: Claim) -> int:
    """How many claims the firm was granted before by the same programme."""
    before = Claim.objects.filter(
        organisation=claim.organisation_id, programme=claim.programme, state__in=GRANTED_CLAIM
    )
    return before.exclude(pk=claim.pk).count()


def year_left(claim: Claim, scheme: Scheme) -> int | None:
    """What the firm's year still has; None where nothing bounds it or nothing was drawn yet."""
    if scheme.yearly_cap_fen is None:
        return None
    found = books.balance(yearly_code(scheme.programme, claim.year, claim.organisation.uscc))
    return found.left_fen if found is not None else None
