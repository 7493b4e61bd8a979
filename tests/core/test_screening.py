"""All claims held against each other: what looking at everything finds is found, once, in words."""

from __future__ import annotations

import random
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.claim_keys import invoice_line_key
from dengta.core.claims import Claim, Described, Hit, Key, Photo, Rules, in_order, judge
from dengta.core.near_text import near_pairs
from dengta.core.relations import Relations
from dengta.core.screening import COLUMNS, Screen
from tests.core.screening_oracle import alike, hits_of, ways

WORDS = (
    "云服务器租赁费用一年期含带宽与安全防护", "云服务器租赁费用两年期含带宽与安全防护",
    "云服务器租赁费用一年期含带宽及安全防护3台", "云服务器租赁费用一年期含带宽与安全防护 12 台",
    "制造执行系统实施与培训服务", "制造执行系统实施与培训的服务", "工业网关采购",
    "工业网关 采购 2台", "",
)  # fmt: skip
PRINTS = ("00000000000000ff", "00000000000000fe", "00000000000001fe", "f0f0f0f0f0f0f0f0")
FIRMS = ("甲", "乙", "丙", "丁", "戊")
AMOUNT = st.integers(1, 900)
KEYS = st.builds(
    lambda kind, key, line, amount: Key(
        kind, invoice_line_key("", key, line) if kind == "invoice" else key, amount
    ),
    st.sampled_from(["invoice", "contract", "bank_flow", "serial"]),
    st.sampled_from("1234"), st.sampled_from(["", 1, 2]), AMOUNT,
)  # fmt: skip
CLAIM = st.builds(
    lambda firm, amount, suppliers, keys, texts, prints: Claim(
        "", firm, amount, tuple(suppliers), tuple(keys), tuple(texts), tuple(prints)
    ),
    st.sampled_from(FIRMS), AMOUNT, st.lists(st.sampled_from(FIRMS), max_size=1),
    st.lists(KEYS, max_size=3),
    st.lists(st.builds(Described, st.sampled_from(WORDS), AMOUNT), max_size=3),
    st.lists(st.builds(Photo, st.sampled_from(PRINTS), AMOUNT), max_size=2),
)  # fmt: skip
LINKS = (("甲", "phone", "1"), ("乙", "phone", "1"), ("乙", "address", "2"), ("丙", "address", "2"),
         ("丁", "address", "2"), ("戊", "legal_person", "3"))  # fmt: skip
STRENGTH = {"phone": 8_000, "address": 8_000, "legal_person": 8_000}
RULES = Rules(alike_bps=7_000, picture_bits=2, furthest=2, most=3)


def relations(links: Sequence[tuple[str, str, str]] = LINKS) -> Relations:
    found = Relations(STRENGTH, most=3)
    for link in links:
        found.add(*link)
    return found


def named(claims: Sequence[Claim]) -> list[Claim]:
    return [replace(claim, id=f"c{n:03}") for n, claim in enumerate(claims)]


class Register:
    """A look-up that knows some claims by their rows and is asked for no others."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.claims = claims

    def __call__(self, rows: Collection[int]) -> Mapping[int, Claim]:
        return {row: self.claims[row] for row in rows}


def columns(claims: Sequence[Claim]) -> pl.DataFrame:
    rows = [
        {"claimant": one.claimant, "suppliers": one.suppliers,
         "keys": [key[:2] for key in one.keys], "texts": [line[:1] for line in one.texts],
         "pictures": [photo[:1] for photo in one.pictures]}
        for one in claims
    ]  # fmt: skip
    return pl.DataFrame(rows, COLUMNS.to_schema(), orient="row")


def screen_of(
    claims: Sequence[Claim], rules: Rules = RULES, links: Sequence[tuple[str, str, str]] = LINKS,
    pieces: Sequence[int] = (),
) -> Screen:  # fmt: skip
    """A screen of claims that came in pieces of some sizes, and the rest."""
    screen, rest = Screen(rules, links, STRENGTH, 3), list(claims)
    for size in (*pieces, len(rest)):
        some, rest = rest[:size], rest[size:]
        contents = [zlib.crc32(repr(replace(one, id="")).encode()) for one in some]
        screen.add(columns(some), np.array(contents, np.uint64))
    return screen


def nightly(claims: Sequence[Claim], rules: Rules = RULES, **different: Any) -> list[Hit]:
    return list(screen_of(claims, rules, **different).nightly(Register(claims)))


def told(hits: Sequence[Hit], claim: str) -> dict[tuple[str, str], tuple[int, int]]:
    return {(hit.other, hit.kind): (hit.score_bps, hit.amount_fen)
            for hit in hits if hit.other != claim}  # fmt: skip


def test_the_words_that_properties_are_tried_with_are_all_met() -> None:
    words = [word for word in WORDS if word]
    rows, near = near_pairs(words, RULES.alike_bps)
    met = {frozenset(pair) for pair in zip(near.left.tolist(), near.right.tolist(), strict=True)}
    row = rows.tolist()
    for one, other in alike(words, RULES.alike_bps):
        assert row[one] == row[other] or frozenset((row[one], row[other])) in met


@settings(max_examples=100)
@given(st.lists(CLAIM, max_size=9).map(named), st.lists(st.integers(0, 5)), st.integers(1, 5))
def test_what_looking_at_everything_finds_is_found_once_in_whatever_pieces_claims_came(
    claims: list[Claim], pieces: list[int], most: int
) -> None:
    rules = replace(RULES, most=most)
    near = ways(LINKS, STRENGTH, 3, rules.furthest)
    everything: dict[tuple[str, str, str], set[tuple[int, int]]] = {}
    for claim in claims:
        for (other, kind), what in hits_of(claim, claims, rules, near, 8_000).items():
            later, first = sorted((claim.id, other), reverse=True)
            everything.setdefault((later, first, kind), set()).add(what)
    found = nightly(claims, rules, pieces=pieces)
    between = [hit for hit in found if hit.claim != hit.other]
    assert {(hit.claim, hit.other, hit.kind) for hit in between} == everything.keys()
    assert len(between) == len(everything)
    for hit in between:
        seen = everything[hit.claim, hit.other, hit.kind]
        assert (hit.score_bps, hit.amount_fen) in seen
        assert hit.weight == max(score * amount for score, amount in seen)
    within = [hit for claim in claims for hit in judge(claim, claim, rules, relations())]
    assert [hit for hit in in_order(found) if hit.claim == hit.other] == list(in_order(within))


@settings(max_examples=100)
@given(
    st.lists(CLAIM, min_size=2, max_size=7).map(named), st.data(), st.integers(1, 4),
    st.lists(st.sampled_from(LINKS), unique=True),
)  # fmt: skip
def test_where_the_ground_of_a_pair_is_what_it_was_its_hits_are(
    claims: list[Claim], data: st.DataObject, most: int, links: list[tuple[str, str, str]]
) -> None:
    rules = replace(RULES, most=most)
    changed = list(claims)
    changed[data.draw(st.integers(0, len(claims) - 1))] = data.draw(CLAIM)
    seen = []
    for some, tied in ((claims, LINKS), (named(changed), links)):
        screen = screen_of(some, rules, links=tied)
        pairs, grounds = screen.pairs()
        hits: dict[int, list[Hit]] = {}
        for judged in screen.judged(pairs, Register(some)):
            for later, earlier, hit in judged:
                hits.setdefault(later << 32 | earlier, []).append(hit)
        seen.append(
            {
                (pair, ground): hits.get(pair)
                for pair, ground in zip(pairs.tolist(), grounds.tolist(), strict=True)
            }
        )
    assert all(ground >= 0 and not ground & 15 for _, ground in seen[0])
    for key in seen[0].keys() & seen[1].keys():
        assert seen[0][key] == seen[1][key]


@given(st.lists(CLAIM, min_size=2, max_size=2).map(named))
def test_two_claims_are_judged_the_same_from_either_side(claims: list[Claim]) -> None:
    one, other = claims
    ours = judge(one, other, RULES, relations())
    theirs = judge(other, one, RULES, relations())
    assert [hit.seen_from(one.id) for hit in theirs] == list(ours)
    assert judge(one, other, RULES, relations()) == ours


def seeded(count: int) -> list[Claim]:
    chance = random.Random(11)
    signs = [chr(chance.randrange(0x4E00, 0x9000)) for _ in range(900)]
    return named([
        Claim("", f"firm{n}", 50_000, (f"seller{n % 40}",),
              (Key("invoice", f"{n:020}#1", 50_000), Key("bank_flow", f"B{n}", 50_000)),
              (Described("".join(chance.choices(signs, k=chance.randint(15, 60))), 50_000),),
              (Photo(f"{chance.getrandbits(64):016x}", 50_000),))
        for n in range(count)
    ])  # fmt: skip


def test_planted_duplicates_are_found_among_thousands_and_nothing_else() -> None:
    claims = seeded(2_000)
    text = claims[8].texts[0].text
    claims[100] = replace(claims[100], keys=(Key("invoice", f"{7:020}", 70_000),))
    claims[200] = replace(claims[200], texts=(Described(text[:-1] + "改 3台", 20_000),))
    claims[8] = replace(claims[8], texts=(Described(text + " 2台", 50_000),))
    print_ = int(claims[9].pictures[0].picture, 16) ^ 0b101
    claims[300] = replace(claims[300], pictures=(Photo(f"{print_:016x}", 30_000),))
    claims[400] = replace(claims[400], suppliers=("shell",))
    claims[500] = replace(claims[500], keys=(claims[500].keys[0],) * 2)
    shell = [("shell", "phone", "1"), ("firm400", "phone", "1")]
    hits = in_order(nightly(claims, links=shell))
    found = [(hit.claim, hit.other, hit.kind, hit.amount_fen) for hit in hits]
    assert found == [
        ("c100", "c007", "invoice", 50_000), ("c500", "c500", "invoice", 50_000),
        ("c400", "c400", "related", 50_000), ("c300", "c009", "picture", 30_000),
        ("c200", "c008", "text", 20_000),
    ]  # fmt: skip
    hit = hits[-1]
    assert "数量、年份等数字不同" in hit.path[0].zh and "涉及 200.00 元" in hit.path[0].zh
    assert "numbers differ: 3台 against 2台" in hit.path[0].en or (
        "numbers differ: 2台 against 3台" in hit.path[0].en
    )


def test_a_house_style_gives_no_hits() -> None:
    claims = seeded(30)
    for n in range(20):
        claims[n] = replace(claims[n], texts=(Described(f"云服务器租赁费{n}年", 100),))
    rules = replace(RULES, most=10)
    assert not nightly(claims, rules)
    assert len(nightly([*claims[:11], *claims[20:]], rules)) == 55


def test_many_near_same_lines_of_one_claim_are_still_one_claim() -> None:
    claims = seeded(30)
    lines = tuple(Described(f"云服务器租赁费含带宽第{n}期{sign}", 100)
                  for n, sign in enumerate("甲乙丙丁戊己庚辛"))  # fmt: skip
    for n in range(2):
        claims[n] = replace(claims[n], texts=lines)
    (hit,) = nightly(claims, replace(RULES, most=3))
    assert (hit.claim, hit.other, hit.kind, hit.amount_fen) == ("c001", "c000", "text", 800)


def test_related_parties_are_explained_hop_by_hop() -> None:
    one, other = named([Claim("", "甲", 900, ("丙",)), Claim("", "乙", 500)])
    screen = screen_of([one, other])
    hits = list(screen.nightly(Register([one, other]), lambda party: f"{party}公司"))
    assert [(hit.claim, hit.other, hit.score_bps, hit.amount_fen) for hit in hits] == [
        ("c000", "c000", 6_400, 900), ("c001", "c000", 8_000, 500),
    ]  # fmt: skip
    assert hits[0].path[0].zh == (
        "申报企业与供应商关联：甲公司 与 乙公司 的电话相同（1）；乙公司 与 丙公司 的地址相同（2）"
    )
    assert hits[1].path[0].en == (
        "The two claimants are related: 乙公司 and 甲公司 share the phone number 1"
    )


def test_a_picture_that_is_none_is_refused_when_it_comes() -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        screen_of([Claim("c", "甲", 1, pictures=(Photo("xyz", 1),))])
