"""One claim looked up by signs is held against the same others as by a screen of all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.claims import Claim
from dengta.core.looking_up import Kept, hits_of
from dengta.core.signs import scheme, signs_of, sought
from tests.core import test_screening as whole
from tests.core.screening_oracle import hits_of as everything
from tests.core.screening_oracle import ways


class Table:
    """Signs in a list."""

    def __init__(self, claims: Sequence[Claim], me: int, rules: object = whole.RULES) -> None:
        self.claims, self.me = claims, me
        signs = signs_of(claims, rules)  # type: ignore[arg-type]
        self.rows = [(row.sign, at, row.mark, row.size) for at, row in signs if at != me]

    def crowded(self, signs: Collection[int], most: int) -> Collection[int]:
        return {sign for sign in signs if len({row[1] for row in self.bearing([sign])}) > most}

    def bearing(self, signs: Collection[int], limit: int | None = None) -> Iterable[Kept]:
        return [row for row in self.rows if row[0] in signs][:limit]

    def look_up(self, holders: Collection[int]) -> Mapping[int, Claim]:
        return {at: self.claims[at] for at in holders}


@settings(max_examples=100)
@given(st.lists(whole.CLAIM, min_size=1, max_size=9).map(whole.named), st.integers(1, 5))
def test_looked_up_by_its_signs_a_claim_has_the_hits_that_looking_at_everything_finds(
    claims: list[Claim], most: int
) -> None:
    rules = replace(whole.RULES, most=most)
    near = ways(whole.LINKS, whole.STRENGTH, 3, rules.furthest)
    for me, claim in enumerate(claims):
        found = hits_of(
            claim, sought(claim, rules), Table(claims, me, rules), rules, whole.relations()
        )
        assert whole.told(found, claim.id) == everything(claim, claims, rules, near, 8_000)


@given(st.lists(whole.CLAIM, max_size=5).map(whole.named))
def test_signs_of_many_are_those_of_each(claims: list[Claim]) -> None:
    rows: list[list[object]] = [[] for _ in claims]
    for at, row in signs_of(claims, whole.RULES):
        rows[at].append(row)
    assert rows == [list(sought(claim, whole.RULES).rows()) for claim in claims]


def test_other_rules_are_another_scheme() -> None:
    schemes = {scheme(rules, least) for least in (0, 16)
               for rules in (whole.RULES, replace(whole.RULES, alike_bps=8_000))}  # fmt: skip
    assert len(schemes) == 4 and all(0 < one < 1 << 31 for one in schemes)
