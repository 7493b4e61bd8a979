"""A draw is the same whoever computes it, and whatever is changed in its record is found."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.draws import (
    Draw,
    DrawError,
    Entry,
    announce,
    commitment_of,
    digest_of,
    draw,
    entries_of,
    read_announcement,
    read_entries,
    verify,
)
from dengta.core.records import as_text

SEED = "0123456789abcdef" * 4
IDS = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=6)


def hold(
    entries: list[Entry],
    count: int,
    floors: dict[str, int] | None = None,
    seed: str = SEED,
    public: tuple[str, str] = ("", ""),
) -> Draw:
    announced = announce(entries, commitment_of(seed), count, floors, "抽查", public[0])
    return draw(entries, announced, seed, public[1])


@st.composite
def draws(drawn: st.DrawFn) -> tuple[list[Entry], int, dict[str, int]]:
    ids = drawn(st.lists(IDS, min_size=1, max_size=12, unique=True))
    entries = [Entry(id, drawn(st.sampled_from(["", "东", "西"]))) for id in ids]
    sizes = Counter(entry.stratum for entry in entries)
    floors = {stratum: drawn(st.integers(0, size)) for stratum, size in sizes.items()}
    least = max(1, sum(floors.values()))
    return entries, drawn(st.integers(least, len(entries))), floors


def oracle(entries: list[Entry], count: int, floors: dict[str, int]) -> list[str]:
    """The sample as the how-to page says it, written apart from the module."""
    lines = sorted("\t".join(filter(None, each)).encode() for each in entries)
    digest = hashlib.sha256(b"".join(line + b"\n" for line in lines)).hexdigest()
    tickets = sorted(
        (hashlib.sha256(f"dengta-draw-ticket:{SEED}:{digest}:{id}".encode()).hexdigest(), id, s)
        for id, s in entries
    )
    taken = [
        ticket
        for stratum, least in floors.items()
        for ticket in [each for each in tickets if each[2] == stratum][:least]
    ]
    rest = [ticket for ticket in tickets if ticket not in taken]
    return [id for _, id, _ in sorted(taken + rest[: count - len(taken)])]


@given(draws())
def test_the_sample_is_what_the_page_says(case: tuple[list[Entry], int, dict[str, int]]) -> None:
    entries, count, floors = case
    held = hold(entries, count, floors)
    assert list(held.sample) == oracle(entries, count, floors)
    for stratum, least in floors.items():
        drawn = [t for t in held.tickets if t.drawn and t.stratum == stratum]
        assert len(drawn) >= least


@given(draws(), st.randoms(use_true_random=False))
def test_the_order_of_the_list_changes_nothing(
    case: tuple[list[Entry], int, dict[str, int]], chance: random.Random
) -> None:
    entries, count, floors = case
    other = chance.sample(entries, len(entries))
    assert as_text(hold(entries, count, floors).as_json()) == as_text(
        hold(other, count, floors).as_json()
    )
    assert read_entries(entries_of(other)) == read_entries(entries_of(entries))


@given(draws())
def test_a_record_holds_and_so_do_its_bytes(case: tuple[list[Entry], int, dict[str, int]]) -> None:
    held = hold(*case)
    record = as_text(held.as_json()).encode()
    assert verify(held.as_json()) == []
    assert verify(record, held.announcement.as_json()) == []
    assert read_announcement(json.loads(record)) == held.announcement


@settings(max_examples=300)
@given(st.data())
def test_a_changed_byte_is_found(data: st.DataObject) -> None:
    entries = [Entry(f"E{n}", "东" if n % 2 else "西") for n in range(6)]
    record = as_text(hold(entries, 3, {"东": 1}).as_json()).encode()
    at = data.draw(st.integers(0, len(record) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != record[at]))
    assert verify(record[:at] + bytes([other]) + record[at + 1 :])
    assert verify(record[:at] + record[at + 1 :])


WORDS = st.text(max_size=5)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
)


@settings(max_examples=200)
@given(st.data())
def test_whatever_stands_in_a_record_is_a_fault_and_no_error(data: st.DataObject) -> None:
    record = hold([Entry("a"), Entry("b", "东")], 1).as_json()
    place = data.draw(st.sampled_from([None, *record]))
    value = data.draw(ANYTHING)
    changed = value if place is None else record | {place: value}
    if changed != record:
        faults = verify(changed)
        assert faults
        assert all(fault.zh and fault.en for fault in faults)
        assert verify(record, changed) or place not in read_announcement(record).as_json()


def test_a_record_made_to_fit_another_seed_does_not_fit_the_announcement() -> None:
    entries = [Entry(f"E{n}") for n in range(10)]
    announced = announce(entries, commitment_of(SEED), 3).as_json()
    forged = hold(entries, 3, seed=SEED[::-1]).as_json()
    assert verify(forged) == []
    said = [fault.zh for fault in verify(forged, announced)]
    assert any(text.startswith("commitment 与事前公布的不同") for text in said)


def test_each_entry_is_drawn_about_as_often_as_any_other() -> None:
    entries = [Entry(f"E{n}") for n in range(10)]
    drawn = Counter[str]()
    for n in range(2000):
        drawn.update(hold(entries, 3, seed=f"{n:064x}").sample)
    # 600 each, with a standard deviation of 20.
    assert all(500 < drawn[entry.id] < 700 for entry in entries)


def test_a_public_value_that_was_announced_enters_every_ticket() -> None:
    entries = [Entry("a"), Entry("b")]
    plain = hold(entries, 1)
    other = hold(entries, 1, public=("2026-07-01 双色球", "03 09 12"))
    assert plain.announcement.population_digest == other.announcement.population_digest
    assert not {t.ticket for t in plain.tickets} & {t.ticket for t in other.tickets}
    assert verify(as_text(other.as_json()).encode()) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seed": SEED[::-1]}, "种子与公布的承诺不符"),
        ({"entries": [Entry("a"), Entry("c")]}, "名单与公布的摘要不符"),
        ({"public": "3"}, "与公布的来源“”不符"),
    ],
)
def test_only_the_draw_that_was_announced_is_held(change: dict[str, object], says: str) -> None:
    entries = [Entry("a"), Entry("b")]
    announced = announce(entries, commitment_of(SEED), 1)
    given = {"entries": entries, "announcement": announced, "seed": SEED} | change
    with pytest.raises(DrawError, match=says):
        draw(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("entries", "count", "floors", "says"),
    [
        ([Entry("a"), Entry("a", "东")], 1, {}, "“a”出现不止一次"),
        ([Entry("a")], 2, {}, "从 1 个里抽 2 个"),
        ([], 1, {}, "从 0 个里抽 1 个"),
        ([Entry("a")], 0, {}, "从 1 个里抽 0 个"),
        ([Entry("a", "东")], 1, {"西": 1}, "“西”层至少抽 1 个，而名单里有 0 个"),
        ([Entry("a", "东"), Entry("b", "西")], 1, {"东": 1, "西": 1}, "合计 2，超过要抽的 1 个"),
        ([Entry(" a")], 1, {}, "写法不对"),
        ([Entry("a\tb")], 1, {}, "写法不对"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_a_reason(
    entries: list[Entry], count: int, floors: dict[str, int], says: str
) -> None:
    with pytest.raises(DrawError, match=says) as refused:
        announce(entries, commitment_of(SEED), count, floors)
    assert refused.value.message.en


def test_a_seed_that_could_be_guessed_is_refused() -> None:
    for seed in ("", "12345678", "x" * 31, "种" * 40, SEED + "\n"):
        with pytest.raises(DrawError, match="32 至 128"):
            commitment_of(seed)


def test_a_list_is_read_with_its_strata_and_a_bad_line_is_named() -> None:
    assert read_entries("b\t东\r\n\na\n") == (Entry("b", "东"), Entry("a"))
    assert digest_of(read_entries("b\na\n")) == hashlib.sha256(b"a\nb\n").hexdigest()
    with pytest.raises(DrawError, match="第 2 行"):
        read_entries("a\n b\n")
