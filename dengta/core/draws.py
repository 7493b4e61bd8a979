"""抽取: draws that anybody can recompute. The seed is committed to before the tickets are known and
published after; who is drawn follows from seed and tickets alone, byte for byte.

Each ticket gets SHA-256("<seed>\\n<ticket>"); the tickets with the smallest digests are drawn, in
that order. No clock, no dice: the seed is given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dengta.core.shapes import Text

METHOD = "sha256-smallest-1"


@dataclass(frozen=True, slots=True)
class Draw:
    """One draw: `tickets` in the order of their text, `drawn` in the order drawn."""

    commitment: str
    seed: str
    tickets: tuple[str, ...]
    size: int
    drawn: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The record as it is published."""
        return {
            "method": METHOD,
            "commitment": self.commitment,
            "seed": self.seed,
            "tickets": list(self.tickets),
            "size": self.size,
            "drawn": list(self.drawn),
        }


def commit(seed: str) -> str:
    """The commitment to a seed: its SHA-256 as 64 hex digits."""
    return hashlib.sha256(seed.encode()).hexdigest()


def draw(seed: str, tickets: Sequence[str], size: int) -> Draw:
    """Draw `size` of the tickets (all if there are fewer); a ticket written twice counts once."""
    known = tuple(sorted(set(tickets)))
    ranked = sorted(known, key=lambda ticket: (_digest(seed, ticket), ticket))
    return Draw(commit(seed), seed, known, size, tuple(ranked[: max(size, 0)]))


def _digest(seed: str, ticket: str) -> str:
    return hashlib.sha256(f"{seed}\n{ticket}".encode()).hexdigest()


def verify(record: Mapping[str, object]) -> tuple[Text, ...]:
    """What is wrong with a record; empty when it recomputes. Keys beyond those of a Draw are passed
    over."""
    seed, tickets, size = record.get("seed"), record.get("tickets"), record.get("size")
    if not isinstance(seed, str) or not isinstance(size, int) or not _texts(tickets):
        return (Text("记录不完整，缺少种子、票号或数量。", "Seed, tickets or size are missing."),)
    assert isinstance(tickets, list)
    again = draw(seed, tickets, size).as_json()
    names = {
        "method": Text("抽取方法", "the method"),
        "commitment": Text("种子与承诺", "seed and commitment"),
        "tickets": Text("票号的顺序", "the order of tickets"),
        "drawn": Text("抽中名单", "the list of those drawn"),
    }
    return tuple(
        Text(f"{name.zh}对不上，重算的结果不同。", f"Recomputed, {name.en} differ.")
        for key, name in names.items()
        if record.get(key) != again[key]
    )


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
