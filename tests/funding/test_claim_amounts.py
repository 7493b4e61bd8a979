"""Split, bounds and instalments hold for any costs, price and payments."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.granting import Cost, instalments, shared
from dengta.core.schemes import Scheme
from dengta.funding.queries.claims_amounts import Calculated, Price, work_out
from dengta.registry.queries import policy

SCHEMES = {one.edition: one for one in policy().schemes if one.kind == "subsidy"}
FEN = st.integers(0, 10**9)


@st.composite
def claims(draw: st.DrawFn) -> tuple[Scheme, Price, bool, int, Calculated]:
    """Anything that a firm might hand in, cut by an official in any way."""
    scheme = SCHEMES[draw(st.sampled_from(sorted(SCHEMES)))]
    kinds = st.sampled_from([one.id for one in scheme.costs])
    costs = []
    for place in range(draw(st.integers(1, 6))):
        amount = draw(st.integers(1, 10**8))
        left = draw(st.none() | st.integers(0, amount))
        costs.append(Cost(f"{place}", draw(kinds), amount, left, "理由"))
    price = Price(draw(FEN), draw(FEN), draw(FEN))
    advance, level = draw(st.booleans()), draw(st.integers(0, 4))
    facts = {"digital_level": level, "cloud_depth": "business"}
    return scheme, price, advance, level, work_out(scheme, costs, facts, price, advance=advance)


@given(claims())
@settings(max_examples=300)
def test_the_three_parts_make_the_price_and_public_money_stays_within_what_was_paid(
    made: tuple[Scheme, Price, bool, int, Calculated],
) -> None:
    scheme, price, advance, level, sum_ = made
    assert 0 <= sum_.counted_fen <= sum_.claimed_fen
    if sum_.amount_fen is None:
        assert sum_.fault is not None
        return
    if not advance:
        assert sum_.amount_fen <= price.paid_fen
    if scheme.cap is not None:
        cap = scheme.cap.rows.get(str(level), 0) if scheme.cap.by else scheme.cap.amount
        assert cap is not None and sum_.amount_fen <= cap
    assert sum_.amount_fen <= sum_.counted_fen
    if sum_.shares is not None:
        parts = sum_.shares
        assert parts.enterprise_fen + parts.provider_fen + parts.public_fen == price.list_fen
        assert min(parts.enterprise_fen, parts.provider_fen, parts.public_fen) >= 0
        assert parts.public_fen == sum_.amount_fen
    assert (sum_.shares is None) == (price.list_fen == 0)


@given(st.sampled_from(sorted(SCHEMES)), st.integers(1, 10**12))
def test_instalments_and_purses_make_the_whole(edition: str, amount: int) -> None:
    scheme = SCHEMES[edition]
    parts = [fen for _, fen in instalments(scheme, amount)]
    assert sum(parts) == amount
    assert sum(sum(shared(scheme, part).values()) for part in parts) == amount
