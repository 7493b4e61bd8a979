"""One claim looked up by signs is held against the same others as by a screen of all."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.claims import Claim, Described
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
        return {sign for sign in signs if len(set(self.claims_of([sign], 99))) > most}

    def bearing(self, signs: Collection[int], sizes: tuple[int, int]) -> Iterable[Kept]:
        least, most = sizes
        return [row for row in self.rows if row[0] in signs and (
            least <= row[3] <= most or not row[3]
        )]  # fmt: skip

    def pictured(self, signs: Collection[int]) -> Iterable[tuple[int, int]]:
        return [row[1:3] for row in self.rows if row[0] in signs]

    def claims_of(self, signs: Collection[int], limit: int) -> Collection[int]:
        return [row[1] for row in self.rows if row[0] in signs][:limit]

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


@settings(max_examples=100)
@given(
    st.lists(whole.CLAIM, min_size=1, max_size=9).map(whole.named),
    st.integers(1, 5), st.integers(0, 3),
)  # fmt: skip
def test_where_bands_are_common_looking_up_and_the_pass_of_all_leave_out_the_same(
    claims: list[Claim], most: int, more: int
) -> None:
    # Each claim of one line: see the case apart in `core.looking_up`, of two lines that are alike.
    claims = [replace(claim, texts=claim.texts[:1]) for claim in claims]
    rules = replace(whole.RULES, most=most, carried=most + more)
    seen = set()
    for me, claim in enumerate(claims):
        table = Table(claims, me, rules)
        found = hits_of(claim, sought(claim, rules), table, rules, whole.relations())
        seen |= {hit.seen_from(max(hit.claim, hit.other)) for hit in found}
    pairs = [{(hit.claim, hit.other, hit.kind) for hit in hits}
             for hits in (seen, whole.nightly(claims, rules))]  # fmt: skip
    assert pairs[0] == pairs[1]


def test_a_text_that_shares_a_few_bands_with_a_crowd_still_meets_its_copy() -> None:
    house = "根据合同约定交付生产管理平台，包括功能模块的开发、部署、调试、培训，服务对象为"
    chance = random.Random(5)
    names = ["".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(30)) for _ in range(60)]
    claims = whole.named([
        Claim("", f"firm{n}", 100, texts=(Described(house + name, 100),))
        for n, name in enumerate([*names, names[7][:-1] + "改"])
    ])  # fmt: skip
    rules = replace(whole.RULES, carried=20)
    table = Table(claims, 60, rules)
    (signs,) = sought(claims[60], rules).texts
    assert table.crowded(signs.bands, rules.carried)
    found = hits_of(claims[60], sought(claims[60], rules), table, rules, whole.relations())
    assert [(hit.other, hit.kind) for hit in found] == [("c007", "text")]


def test_where_most_bands_are_common_a_text_is_a_house_style_and_its_twin_no_hit() -> None:
    house = (
        "根据合同约定交付生产管理平台，包括功能模块的开发、部署、调试、培训以及一年内免费维护，服务"
    )
    claims = whole.named([
        Claim("", f"firm{n}", 100, texts=(Described(f"{house}{chr(0x5000 + n // 2)}", 100),))
        for n in range(60)
    ])  # fmt: skip
    rules = replace(whole.RULES, carried=20)
    table = Table(claims, 3, rules)
    assert not hits_of(claims[3], sought(claims[3], rules), table, rules, whole.relations())
    assert not whole.nightly(claims, rules)


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
