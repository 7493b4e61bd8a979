"""A published list is computed again byte for byte, and whatever was changed in it is found."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dengta.cli import main
from dengta.core.allocation import Candidate, Limits, ranked
from dengta.core.allocation_record import record, verify
from dengta.core.records import as_text
from dengta.core.selection import Floor, Quota
from dengta.core.shapes import Text
from tests.core.test_allocation import candidates, limits

SCHEMA = json.loads(Path("docs/reference/schemas/allocate.schema.json").read_text("utf-8"))


def example() -> dict[str, Any]:
    """Twelve applications for five places."""
    found = next(some for n in range(99) if len(some := candidates(random.Random(n), 12)) == 12)
    rule = Limits(
        places=5, reserve=2, rate_bps=5_000, cap_fen=3, pool_fen=6,
        quotas=(Quota("city", 3, "award", {"武汉": 2}),), floors=(Floor("city", 1, ("恩施",)),),
        names={"恩施": Text("恩施州", "Enshi")},
    )  # fmt: skip
    return record(found, rule, title="优秀应用场景", selection="scenario", policy_digest="0" * 64)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_record_holds_in_its_own_bytes_and_keeps_to_the_schema(chance: random.Random) -> None:
    made = record(candidates(chance, 10), limits(chance))
    jsonschema.validate(made, SCHEMA)
    assert verify(as_text(made).encode()) == ()


def leaves(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a document holds a value that is not a list or a table."""
    if isinstance(document, dict):
        return [leaf for key, each in document.items() for leaf in leaves(each, (*path, key))]
    if isinstance(document, list):
        return [leaf for at, each in enumerate(document) for leaf in leaves(each, (*path, at))]
    return [path]


def test_whatever_is_changed_in_a_record_is_found() -> None:
    whole = example()
    places = leaves(whole)
    assert len(places) > 150
    for path in places:
        for new in (None, "x", 7, True, "1/2", -1, [], {}):
            changed = json.loads(as_text(whole))
            holder = changed
            for key in path[:-1]:
                holder = holder[key]
            if holder[path[-1]] == new and type(holder[path[-1]]) is type(new):
                continue
            holder[path[-1]] = new
            assert verify(changed), (path, new)


def test_a_record_written_otherwise_is_not_the_same() -> None:
    text = as_text(example())
    assert verify(text.encode()) == ()
    assert "逐字节" in verify(text.replace("\n", "\r\n").encode())[0].zh
    assert verify(b"\xff") == (Text("这不是 UTF-8 的 JSON", "this is no JSON in UTF-8"),)
    for strange in (None, 3, [], {}, {"format": "dengta-allocation-1"}, b"[" * 100_000):
        assert verify(strange)


def test_who_was_moved_up_is_named() -> None:
    changed = json.loads(as_text(example()))
    out = next(each for each in changed["result"]["places"] if each["outcome"] == "none")
    out["outcome"] = "award"
    said = [fault.zh for fault in verify(changed)]
    assert any(
        f'{out["id"]} outcome 与重算的不同：记录为 "award"，重算为 "none"' == each for each in said
    )


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "list.json"
    path.write_text(as_text(example()), encoding="utf-8", newline="\n")
    return path


def test_a_published_list_holds(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = published.with_name("again.json")
    assert main(["allocate", str(published), "--out", str(again)]) == 0
    assert "逐字节一致" in capsys.readouterr().out
    assert again.read_bytes() == published.read_bytes()
    assert main(["allocate", str(published), "--out", str(again)]) == 2
    assert "已经有了" in capsys.readouterr().err
    assert main(["allocate", str(published), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    jsonschema.validate(said, SCHEMA)
    assert said["holds"] and len(said["awarded"]) == 5


def test_a_list_that_was_changed_says_where(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = json.loads(published.read_text("utf-8"))
    changed["result"]["places"][0]["amount_fen"] += 1
    published.write_text(as_text(changed), encoding="utf-8", newline="\n")
    assert main(["allocate", str(published), "--lang", "en"]) == 1
    assert "amount_fen differs" in capsys.readouterr().out
    published.write_text("{}", encoding="utf-8")
    assert main(["allocate", str(published)]) == 2
    assert "不是名单记录" in capsys.readouterr().err
    assert main(["allocate", str(published.with_name("nowhere.json"))]) == 2


def test_candidates_stand_by_rank_in_the_record() -> None:
    found: list[Candidate] = candidates(random.Random(9), 12)
    made: Any = record(found, Limits())
    assert [each["id"] for each in made["candidates"]] == [one.id for one in ranked(found)]
