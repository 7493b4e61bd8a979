"""The three-way split: parts make the list price, for any lines, discount and scheme."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dengta.core.policy import shipped
from dengta.projects.queries.costs import Item, three_way
from tests.cast import WAN

SCHEMES = {one.edition: one for one in shipped().schemes if one.kind == "subsidy"}
CLASSES = ["software", "cloud", "data_gear", "implementation", "machine"]
LINES = st.lists(st.builds(Item, st.sampled_from(CLASSES), st.integers(0, 500 * WAN)), max_size=8)
LEVELS = st.sampled_from([None, 1, 2, 3, 4])


@given(
    LINES, st.integers(-5, 900 * WAN), LEVELS, st.sampled_from([None, *sorted(SCHEMES)]),
    st.none() | st.integers(0, 60 * WAN),
)  # fmt: skip
def test_the_parts_always_make_the_price(
    lines: list[Item], discount: int, level: int | None, edition: str | None, bound: int | None
) -> None:
    scheme = SCHEMES[edition] if edition else None

    parts = three_way(scheme, lines, discount, {"digital_level": level}, bound_fen=bound)

    assert parts.firm_fen + parts.provider_fen + parts.public_fen == parts.list_fen
    assert parts.list_fen == sum(line.amount_fen for line in lines)
    assert min(parts.firm_fen, parts.provider_fen, parts.public_fen) >= 0
    assert parts.public_fen <= parts.list_fen - parts.provider_fen
    if bound is not None:
        assert parts.public_fen <= bound


@given(LINES, st.integers(0, 500 * WAN), st.sampled_from([2, 3]))
def test_a_higher_price_never_brings_more_than_the_cap(
    lines: list[Item], more: int, level: int
) -> None:
    scheme = SCHEMES["wuhan-pilot"]
    assert scheme.cap is not None
    facts = {"digital_level": level}

    dearer = three_way(scheme, [*lines, Item("software", more)], 0, facts)

    assert dearer.public_fen <= scheme.cap.rows[str(level)]
    assert dearer.public_fen >= three_way(scheme, lines, 0, facts).public_fen


def test_what_is_not_known_is_said_and_nothing_is_public() -> None:
    parts = three_way(SCHEMES["wuhan-pilot"], [Item("software", WAN)], 0, {"digital_level": None})

    assert parts.missing == ("digital_level",) and parts.public_fen == 0


def test_a_class_unknown_to_the_scheme_is_a_fault() -> None:
    parts = three_way(SCHEMES["wuhan-pilot"], [Item("magic", WAN)], 0, {"digital_level": 2})

    assert parts.fault is not None and parts.firm_fen == WAN
