"""三方分担: what public money would bear of a contract and how the price is shared. Pure reads: the
same lines give the same parts, and the parts always make the list price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dengta.core.granting import Cost, Counted, Granted, GrantingError, Split, count, grant, split
from dengta.core.money import largest_remainder
from dengta.core.schemes import Scheme
from dengta.core.shapes import FactValue, Text

LEVEL = "digital_level"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a contract as the calculation reads it; `amount_fen` is quantity times price."""

    cost_class: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ThreeWay:
    """A price shared three ways, in 分: `firm_fen + provider_fen + public_fen == list_fen`, always.

    `public_fen` is what the scheme would give, 0 while that cannot be said; `fault` says why not,
    `missing` names facts that are not known. `steps` are the calculation in words.
    """

    list_fen: int
    provider_fen: int
    public_fen: int
    counted_fen: int = 0
    steps: tuple[Text, ...] = ()
    missing: tuple[str, ...] = ()
    fault: Text | None = None

    @property
    def firm_fen(self) -> int:
        """What is left for the firm, in 分."""
        return self.list_fen - self.provider_fen - self.public_fen


def three_way(
    scheme: Scheme | None,
    items: Iterable[Item],
    discount_fen: int,
    facts: Mapping[str, FactValue],
    *,
    bound_fen: int | None = None,
) -> ThreeWay:
    """Share the price of some lines: the provider lets off `discount_fen`, public money bears what
    the scheme gives for what counts, the firm the rest.

    The estimate goes by the facts given (the level aimed at stands in for the one to be reached)
    and is bounded by the price after discount, and by `bound_fen` where one is given. Without a
    scheme nothing is public. Never raises: a discount above the price lets off the whole price and
    is a fault.
    """
    lines = list(items)
    price = sum(line.amount_fen for line in lines)
    let_off = min(max(discount_fen, 0), price)
    if let_off != discount_fen:
        why = Text(
            "服务商让利不能是负数，也不能多于合同总价，请改正。",
            "The discount can be neither negative nor above the price of the contract.",
        )
        return ThreeWay(price, let_off, 0, fault=why)
    if scheme is None:
        return ThreeWay(price, let_off, 0)
    try:
        counted = _counted(scheme, lines, price - let_off)
        granted = grant(scheme, counted.fen, facts, paid_fen=price - let_off)
    except GrantingError as wrong:
        return ThreeWay(price, let_off, 0, fault=wrong.message)
    return _shared(price, let_off, counted, granted, bound_fen)


def _counted(scheme: Scheme, lines: list[Item], net_fen: int) -> Counted:
    """What counts of the lines after the discount, which is spread over them by largest
    remainder, as a claim for them does."""
    parts = largest_remainder(net_fen, [line.amount_fen for line in lines])
    costs = [
        Cost(f"{ordinal:05d}", line.cost_class, fen)
        for ordinal, (line, fen) in enumerate(zip(lines, parts, strict=True), start=1)
    ]
    return count(scheme, costs)


def _shared(
    price: int, let_off: int, counted: Counted, granted: Granted, bound: int | None
) -> ThreeWay:
    public = min(granted.amount_fen or 0, price - let_off)
    if bound is not None:
        public = min(public, bound)
    parts: Split = split(price, let_off, public, price - let_off)
    return ThreeWay(
        price, parts.provider_fen, parts.public_fen, counted.fen,
        tuple(step.text for step in granted.steps), granted.missing,
    )  # fmt: skip
