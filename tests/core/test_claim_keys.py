"""One thing has one key, however it was written; two things have two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.claim_keys import (
    LONGEST,
    bank_flow_key,
    contract_key,
    invoice_key,
    invoice_line_key,
    invoice_of,
    link_value,
    register_key,
    serial_key,
)

DIGITAL = "24422000000012345678"


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (("042002100111", "No. 1234 5678"), "042002100111-NO12345678"),
        (("０４２００２１００１１１", "12345678"), "042002100111-12345678"),
        (("", DIGITAL), DIGITAL),
        (("042002100111", f" {DIGITAL[:10]}-{DIGITAL[10:]} "), DIGITAL),
        (("042002100111", ""), ""),
    ],
)
def test_an_invoice_is_known_by_code_and_number_or_by_twenty_digits(
    typed: tuple[str, str], key: str
) -> None:
    assert invoice_key(*typed) == key


def test_a_line_of_an_invoice_is_found_by_its_invoice() -> None:
    keys = {invoice_line_key("", DIGITAL, line) for line in (3, "3", "03", "第3行", "３")}
    assert keys == {f"{DIGITAL}#3"}
    assert invoice_line_key("", DIGITAL) == DIGITAL
    assert invoice_of(f"{DIGITAL}#3") == invoice_of(DIGITAL) == DIGITAL
    assert invoice_line_key("042002100111", "", 3) == ""


def test_a_contract_is_the_same_from_either_side_and_not_without_a_number() -> None:
    assert contract_key("HT-2026-001", ["甲", "乙"]) == contract_key("ht2026 001", ["乙", "甲", ""])
    assert contract_key("HT-2026-001", ["甲", "乙"]) != contract_key("HT-2026-001", ["甲", "丙"])
    assert contract_key("—", ["甲", "乙"]) == ""


def test_a_serial_number_counts_within_its_model() -> None:
    assert serial_key("sn 001", "DL-380") == "DL380-SN001" != serial_key("sn 001", "R740")
    assert serial_key("", "DL-380") == ""


def test_a_mobile_phone_is_the_same_with_its_country_before_it() -> None:
    ways = ("13800138000", "+86 138-0013-8000", "0086 13800138000", "１３８００１３８０００")
    assert {link_value("phone", way) for way in ways} == {"13800138000"}
    assert link_value("bank_account", "+86 13800138000") == "8613800138000"


@given(st.text(max_size=90), st.text(max_size=90))
def test_what_was_written_in_another_way_has_the_same_key_and_no_key_is_too_long(
    one: str, other: str
) -> None:
    key = register_key(one)
    assert register_key(" ".join(f"{sign}-" for sign in key)) == register_key(key) or "~" in key
    assert bank_flow_key(one) == key
    for found in (key, invoice_key(one, other), invoice_line_key(one, other, 7),
                  contract_key(one, [other, one]), serial_key(one, other)):  # fmt: skip
        assert len(found) <= LONGEST


def test_long_numbers_that_differ_only_at_their_ends_stay_apart() -> None:
    assert register_key("9" * 80 + "1") != register_key("9" * 80 + "2")
