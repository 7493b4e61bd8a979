"""What the register lets in, keeps out and lets go."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dengta.core.claims import Key
from dengta.funding.actions import hits, register, screening
from dengta.funding.actions.register import AlreadyClaimed
from dengta.funding.models import Filing, Hit, InvoiceCeiling, RegisterEntry, Voucher
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event
from tests.cast import MOMENT, WAN, Cast
from tests.funding.register_cast import file, found, invoice, matter

ONE, TWO = "26420000000000000001", "26420000000000000002"


def held() -> set[tuple[str, str, str]]:
    """Who holds what."""
    live = RegisterEntry.objects.filter(released_at=None)
    return set(live.values_list("filing__number", "kind", "key"))


def claimed() -> dict[str, int]:
    return {row.key: row.claimed_fen for row in InvoiceCeiling.objects.all() if row.claimed_fen}


@pytest.mark.parametrize("kind", ["invoice", "contract", "bank_flow", "serial"])
def test_nothing_is_claimed_twice_over_programmes_and_years(cast: Cast, kind: Any) -> None:
    key = Key(kind, ONE, WAN)
    file(matter(cast.rival), key)
    with pytest.raises(AlreadyClaimed) as taken:
        file(matter(cast.firm, MOMENT.replace(year=2027)), key, at=MOMENT.replace(year=2027))
    assert taken.value.first.organisation == cast.rival.organisation
    assert Filing.objects.count() == 1


def test_lines_and_the_whole_of_an_invoice_never_come_to_more_than_its_total(cast: Cast) -> None:
    file(matter(cast.rival), invoice(ONE, 6 * WAN, "1"))
    with pytest.raises(StepRefused, match=r"还可申领 40,000\.00 元"):
        file(matter(cast.firm), invoice(ONE, 10 * WAN))
    file(matter(cast.firm), invoice(ONE, 4 * WAN, "2"))
    assert claimed() == {ONE: 10 * WAN}


def test_handed_in_anew_it_swaps_exactly(cast: Cast) -> None:
    thing = matter(cast.firm)
    file(thing, invoice(ONE, 6 * WAN, "1"), Key("contract", "HT1", 0))
    file(thing, invoice(ONE, 2 * WAN, "1"), invoice(TWO, 3 * WAN), Key("serial", "S", 0))
    number = thing.number
    assert held() == {(number, "invoice", f"{ONE}#1"), (number, "invoice", TWO),
                      (number, "serial", "S")}  # fmt: skip
    assert claimed() == {ONE: 2 * WAN, TWO: 3 * WAN}
    entry = RegisterEntry.objects.get(key=f"{ONE}#1", released_at=None)
    assert entry.amount_fen == 2 * WAN


def test_refused_anew_it_keeps_what_it_had(cast: Cast) -> None:
    thing = matter(cast.firm)
    file(thing, invoice(ONE, 6 * WAN, "1"))
    file(matter(cast.rival), Key("contract", "HT1", 0))
    before = held(), claimed()
    with pytest.raises(AlreadyClaimed):
        file(thing, invoice(TWO), Key("contract", "HT1", 0))
    assert (held(), claimed()) == before


def test_a_wrong_total_of_somebody_who_is_gone_blocks_nobody(cast: Cast) -> None:
    wrong = matter(cast.rival)
    file(wrong, invoice(ONE, 1 * WAN, "1"), totals={ONE: WAN})
    with pytest.raises(StepRefused, match="此前登记的总额"):
        file(matter(cast.firm), invoice(ONE, 4 * WAN, "2"))
    register.release(wrong, at=MOMENT)
    file(matter(cast.firm), invoice(ONE, 4 * WAN, "2"))
    assert InvoiceCeiling.objects.get().total_fen == 10 * WAN


def test_a_firm_mends_its_own_wrong_total(cast: Cast) -> None:
    thing = matter(cast.firm)
    file(thing, invoice(ONE, WAN), totals={ONE: WAN})
    file(thing, invoice(ONE, 10 * WAN))
    assert claimed() == {ONE: 10 * WAN}


def test_an_office_puts_a_total_right_once_and_never_below_what_is_claimed(cast: Cast) -> None:
    file(matter(cast.firm), invoice(ONE, 4 * WAN, "1"), totals={ONE: 5 * WAN})
    row = InvoiceCeiling.objects.get()

    def correct(total: int, by: Any, reason: str = "已看原件。", seen: int = 5 * WAN) -> None:
        register.correct_total(row, by, total, seen_fen=seen, reason=reason, at=MOMENT)

    with pytest.raises(NotAllowed):
        correct(10 * WAN, cast.next_county)
    with pytest.raises(StepRefused, match="需要写明依据"):
        correct(10 * WAN, cast.county, reason=" ")
    with pytest.raises(StepRefused, match="不能少于"):
        correct(4 * WAN - 1, cast.county)
    correct(10 * WAN, cast.county)
    with pytest.raises(Moved):
        correct(9 * WAN, cast.city)
    (event,) = Event.objects.filter(flow="invoice")
    assert (event.note, event.reasons["before_fen"]) == ("已看原件。", 5 * WAN)


# ---------------------------------------------------------------- whatever the order

KEYS = [invoice(ONE, 4 * WAN, "1"), invoice(ONE, 4 * WAN, "2"), invoice(ONE, 10 * WAN),
        invoice(TWO, 3 * WAN), Key("contract", "HT", 0), Key("serial", "SN", 0)]  # fmt: skip
WORDS = [
    "云服务器租赁及运维服务，含全年安全加固", "云服务器租赁及运维服务费，含全年安全加固",
    "生产管理系统年度订阅，五十个并发用户", "数控机床联网改造，采集终端及安装调试",
]  # fmt: skip

STEP = st.one_of(
    st.tuples(st.just("file"), st.integers(0, 3), st.sets(st.integers(0, 5), max_size=3),
              st.sets(st.integers(0, 3), max_size=2)),
    st.tuples(st.just("release"), st.integers(0, 3)),
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP, max_size=10))
def test_in_any_order_what_is_held_is_what_live_filings_say_and_the_night_finds_no_more(
    stage: list[Voucher], steps: list[Any]
) -> None:
    reset()
    said: dict[int, set[Key]] = {}
    for kind, who, *what in steps:
        thing = stage[who]
        if kind == "release":
            register.release(thing, at=MOMENT)
            said.pop(who, None)
            continue
        keys = {KEYS[n] for n in what[0]}
        try:
            file(thing, *sorted(keys), texts=[WORDS[n] for n in sorted(what[1])])
        except StepRefused:
            continue
        said[who] = keys
    number = {who: thing.number for who, thing in enumerate(stage)}
    assert held() == {(number[who], key.kind, key.key) for who, keys in said.items()
                      for key in keys}  # fmt: skip
    drawn: dict[str, int] = {}
    for key in (key for keys in said.values() for key in keys if key.kind == "invoice"):
        drawn[key.key[:20]] = drawn.get(key.key[:20], 0) + key.amount_fen
    assert claimed() == drawn and all(amount <= 10 * WAN for amount in drawn.values())
    alive = {one for one in found() if one[3] != "gone"}
    passed = screening.nightly(at=MOMENT)
    assert (passed.opened, passed.changed, passed.lapsed) == (0, 0, 0)
    assert {one for one in found() if one[3] != "gone"} == alive
    assert passed.found == len(alive)


@pytest.fixture
def stage(cast: Cast) -> list[Voucher]:
    """Four matters of three firms, two of which have the same phone."""
    for firm in (cast.firm, cast.remote):
        type(firm.organisation).objects.filter(pk=firm.organisation.pk).update(phone="027-7")
    return [matter(firm) for firm in (cast.firm, cast.rival, cast.remote, cast.firm)]


def reset() -> None:
    """As if nothing had been filed."""
    Hit.objects.all().delete()
    RegisterEntry.objects.all().delete()
    Filing.objects.all().delete()
    InvoiceCeiling.objects.all().delete()
    assert hits.KINDS
