"""Whatever the bytes, a check answers with faults that have a place and a mend; it never raises."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.core.policy import PolicyFaults, examine, load, run_cases
from tests.core.small_policy import write

TOKENS = (
    *("[[case]]", "[[clause]]", "[a.b]", "[[value]]\n", "[", "]]", "{", "}", "=", ",", '"', '"""'),
    *("'''", "#", "\n", "\r", "\0", "\x1b", "\ufeff", "编号", "1.5", "-1", "0x" + "f" * 40),
    *("9" * 4400, "true", "nan", "inf", "1e9", "2024-02-30", "2024-01-01", "2024-01-01T00:00:00Z"),
    *("id", "id = 7\n", 'id = ""\n', 'parent = "basis"\n', "[]", "[[1], {}]", "{ a = { b = 1 } }"),
    *(
        "'x'",
        "NULL",
        "employees",
        " / 0",
        "((((",
        "CASE WHEN",
        "SHARE(",
        "weight = 10\n",
        "A" * 300,
    ),
)


@pytest.fixture(scope="module")
def province() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield write(Path(folder))


_FILES = st.integers(0, 999)
_MUTATIONS = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 40),
        st.one_of(
            st.sampled_from(TOKENS).map(lambda token: token.encode("utf-8")),
            st.binary(max_size=6),
            st.just(b""),
        ),
    ),
    min_size=1,
    max_size=3,
)


@settings(deadline=None, max_examples=200)
@given(which=_FILES, mutations=_MUTATIONS)
def test_any_mutation_gives_faults_or_a_policy_that_decides_its_cases(
    province: Path, which: int, mutations: list[tuple[float, int, bytes]]
) -> None:
    files = sorted(province.parent.rglob("*.toml"))
    path = files[which % len(files)]
    whole = spoilt = path.read_bytes()
    for share, length, token in mutations:
        at = int(share * len(spoilt))
        spoilt = spoilt[:at] + token + spoilt[at + length :]
    path.write_bytes(spoilt)
    try:
        policy, faults = examine(province)
    finally:
        path.write_bytes(whole)
    for fault in faults:
        lines = 1 + sum(each.read_bytes().count(b"\n") for each in files if str(each) == fault.file)
        assert 1 <= fault.line <= lines + spoilt.count(b"\n")
        assert str(fault).isprintable()
        assert all((*fault.message, *fault.mend))
    assert (policy is None) == bool(faults)
    if policy is not None:
        run_cases(policy)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_in_place_of_the_manifest_are_refused_or_read(
    province: Path, content: bytes
) -> None:
    path = province / "policy.toml"
    whole = path.read_bytes()
    path.write_bytes(content)
    try:
        load(province)
    except PolicyFaults as refused:
        assert refused.faults
    finally:
        path.write_bytes(whole)
