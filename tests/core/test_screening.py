"""Claims held against a register of all others: what looking at everything finds is found, once,
in words, in whatever order claims came."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.claim_keys import invoice_line_key
from dengta.core.claims import Claim, Described, Hit, Key, Photo, Rules, in_order, judge
from dengta.core.near_text import near_pairs
from dengta.core.relations import Relations
from dengta.core.screening import Screen
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
    """A look-up that knows some claims and is asked for no others."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.claims = {claim.id: claim for claim in claims}
        self.asked: set[str] = set()

    def __call__(self, ids: Collection[str]) -> Mapping[str, Claim]:
        self.asked |= set(ids)
        return {id: self.claims[id] for id in ids}


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
@given(st.lists(CLAIM, max_size=9).map(named), st.randoms(use_true_random=False), st.integers(1, 5))
def test_what_looking_at_everything_finds_is_found_once_in_whatever_order_claims_came(
    claims: list[Claim], chance: random.Random, most: int
) -> None:
    rules = replace(RULES, most=most)
    screen = Screen(rules, relations())
    passing = [replace(claim, id=f"x{claim.id}") for claim in chance.sample(claims, len(claims))]
    coming = [*claims, *passing]
    chance.shuffle(coming)
    early = chance.randrange(len(coming) + 1)
    screen.add(coming[:early])
    for claim in coming[early:]:
        screen.add([claim])
    for claim in passing:
        screen.remove(claim)
    register = Register(claims)
    near = ways(LINKS, STRENGTH, 3, rules.furthest)
    everything: dict[tuple[str, str, str], list[Hit]] = {}
    for claim in claims:
        found = screen.screen(claim, register)
        assert told(found.hits, claim.id) == hits_of(claim, claims, rules, near, 8_000)
        assert found.hits == in_order(found.hits)
        assert len({(hit.other, hit.kind) for hit in found.hits}) == len(found.hits)
        for hit in found.hits:
            later, first = sorted((hit.claim, hit.other), reverse=True)
            everything.setdefault((later, first, hit.kind), []).append(hit)
    nightly = list(screen.nightly(register))
    assert {(hit.claim, hit.other, hit.kind) for hit in nightly} == everything.keys()
    assert len(nightly) == len(everything)
    for hit in nightly:
        seen = everything[hit.claim, hit.other, hit.kind]
        assert hit in [one.seen_from(hit.claim) for one in seen]


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
    screen = Screen(RULES, relations([("shell", "phone", "1"), ("firm400", "phone", "1")]))
    screen.add(claims)
    found = [(hit.claim, hit.other, hit.kind, hit.amount_fen)
             for hit in in_order(screen.nightly(Register(claims)))]  # fmt: skip
    assert found == [
        ("c100", "c007", "invoice", 50_000), ("c500", "c500", "invoice", 50_000),
        ("c400", "c400", "related", 50_000), ("c300", "c009", "picture", 30_000),
        ("c200", "c008", "text", 20_000),
    ]  # fmt: skip
    register = Register(claims)
    (hit,) = screen.screen(claims[200], register).hits
    assert register.asked == {"c008"}
    assert "数量、年份等数字不同" in hit.path[0].zh and "涉及 200.00 元" in hit.path[0].zh
    assert "numbers differ: 3台 against 2台" in hit.path[0].en or (
        "numbers differ: 2台 against 3台" in hit.path[0].en
    )


def test_a_house_style_gives_no_hits_and_is_said() -> None:
    claims = seeded(30)
    for n in range(20):
        claims[n] = replace(claims[n], texts=(Described(f"云服务器租赁费{n}年", 100),))
    screen = Screen(replace(RULES, most=10), relations())
    screen.add(claims)
    found = screen.screen(claims[3], Register(claims))
    assert found.hits == ()
    (common,) = found.common
    assert (common.kind, common.value, common.count) == ("text", "云服务器租赁费3年", 19)
    assert "19 次，超过 10 次" in common.said.zh
    assert not list(screen.nightly(Register(claims)))
    for claim in claims[11:20]:
        screen.remove(claim)
    assert len(screen.screen(claims[3], Register(claims)).hits) == 10
    assert len(list(screen.nightly(Register(claims)))) == 55


def test_many_near_same_lines_of_one_claim_are_still_one_claim() -> None:
    claims = seeded(30)
    lines = tuple(Described(f"云服务器租赁费含带宽第{n}期{sign}", 100)
                  for n, sign in enumerate("甲乙丙丁戊己庚辛"))  # fmt: skip
    for n in range(2):
        claims[n] = replace(claims[n], texts=lines)
    screen = Screen(replace(RULES, most=3), relations())
    screen.add(claims)
    (hit,) = screen.screen(claims[1], Register(claims)).hits
    assert (hit.other, hit.kind, hit.amount_fen) == ("c000", "text", 800)
    assert list(screen.nightly(Register(claims))) == [hit]


def test_related_parties_are_explained_hop_by_hop() -> None:
    one, other = named([Claim("", "甲", 900, ("丙",)), Claim("", "乙", 500)])
    screen = Screen(RULES, relations())
    screen.add([one, other])
    hits = screen.screen(one, Register([one, other]), lambda party: f"{party}公司")
    assert [(hit.other, hit.score_bps, hit.amount_fen) for hit in hits.hits] == [
        ("c000", 6_400, 900), ("c001", 8_000, 500),
    ]  # fmt: skip
    assert hits.hits[0].path[0].zh == (
        "申报企业与供应商关联：甲公司 与 乙公司 的电话相同（1）；乙公司 与 丙公司 的地址相同（2）"
    )
    assert hits.hits[1].path[0].en == (
        "The two claimants are related: 乙公司 and 甲公司 share the phone number 1"
    )


def test_a_claim_that_is_not_there_is_held_against_those_that_are() -> None:
    claims = seeded(5)
    screen = Screen(RULES, relations())
    screen.add(claims)
    fresh = replace(claims[2], id="new", claimant="other", texts=(), pictures=())
    hits = screen.screen(fresh, Register(claims)).hits
    assert [(hit.claim, hit.other, hit.kind) for hit in hits] == [
        ("new", "c002", "bank_flow"), ("new", "c002", "invoice"),
    ]  # fmt: skip
    assert screen.screen(claims[2], Register(claims)).hits == ()


def test_a_picture_that_is_none_is_refused_when_it_comes() -> None:
    screen = Screen(RULES, relations())
    with pytest.raises(ValueError, match="hexadecimal"):
        screen.add([Claim("c", "甲", 1, pictures=(Photo("xyz", 1),))])
