"""Industrial identifiers are recognised by how they are written, and refused with the mend."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dengta.core.identifiers import (
    IdentifierFault,
    handle_answer,
    longest_owner,
    prefix_scheme,
    read_identifier,
)

SEGMENT = st.text("0123456789ABCabc", min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("written", "scheme", "kept"),
    [
        ("88.118.2/ZB-0001", "handle88", "88.118.2/ZB-0001"),
        (" ８８.118.2/a/b ", "handle88", "88.118.2/a/b"),
        ("hdl:20.500.12345/abc", "handle", "20.500.12345/abc"),
        ("86.1000.1/x", "handle", "86.1000.1/x"),
        ("vaa001234ab", "vaa", "VAA001234AB"),
        ("1.2.156.3088.1", "oid", "1.2.156.3088.1"),
        ("urn:oid:2.16.156.1", "oid", "2.16.156.1"),
    ],
)
def test_a_code_is_recognised(written: str, scheme: str, kept: str) -> None:
    read = read_identifier(written)
    assert (read.scheme, read.text) == (scheme, kept)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "请填写"),
        ("88.118.2/", "缺少后缀"),
        ("88.118/x", "三到四段"),
        ("88..2/x", "写法不对"),
        ("1.40.2", "不超过 39"),
        ("1.02.3", "不以 0 开头"),
        ("3.1.2", "不是 OID"),
        ("88.118.2", "缺少后缀"),
        ("VAA1", "VAA"),
        ("88.1.1/a b", "空白"),
        ("扳手", "认不出"),
        ("8" * 200, "最多 160"),
    ],
)
def test_what_is_no_code_is_refused_with_the_mend(written: str, why: str) -> None:
    with pytest.raises(IdentifierFault) as refused:
        read_identifier(written)
    assert why in refused.value.text.zh
    assert refused.value.text.en


@pytest.mark.parametrize(
    ("prefix", "scheme"),
    [("88.118.2", "handle88"), ("VAA001234", "vaa"), ("1.2.156.1", "oid"), ("20.500.1", "handle")],
)
def test_a_prefix_is_recognised(prefix: str, scheme: str) -> None:
    assert prefix_scheme(prefix) == scheme


@pytest.mark.parametrize("prefix", ["88", "88.1", "VAA", "3", "x.1", "88.1.2.3.4"])
def test_what_is_no_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(IdentifierFault):
        prefix_scheme(prefix)


@given(st.lists(SEGMENT, min_size=2, max_size=3), st.text("0aZ-./", min_size=1, max_size=9))
def test_reading_again_what_was_read_changes_nothing(segments: list[str], suffix: str) -> None:
    read = read_identifier(f"88.{'.'.join(segments)}/{suffix}")
    assert read_identifier(read.text) == read
    assert prefix_scheme(read.prefix) == "handle88"
    assert longest_owner(read, [read.prefix, "88"]) == read.prefix


def test_the_longest_registered_prefix_owns_a_code() -> None:
    code = read_identifier("1.2.156.3088.1.7")
    assert longest_owner(code, ["1.2.156", "1.2.156.3088", "1.2.156.30"]) == "1.2.156.3088"
    assert longest_owner(read_identifier("VAA0012345"), ["VAA001", "VAA0012"]) == "VAA0012"
    assert longest_owner(code, ["88.1.1"]) is None


def test_a_prefix_does_not_own_a_code_that_only_begins_alike() -> None:
    assert longest_owner(read_identifier("88.118.25/x"), ["88.118.2"]) is None
    assert longest_owner(read_identifier("1.2.156.30881.1"), ["1.2.156.3088"]) is None


def test_nothing_found_is_response_code_100() -> None:
    assert handle_answer("88.1.1/x", [], ttl=1, timestamp="") == {
        "responseCode": 100,
        "handle": "88.1.1/x",
    }
