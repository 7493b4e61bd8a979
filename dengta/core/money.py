"""Money in integer 分 (fen) and rates in integer basis points: reading, writing, and dividing
without loss.

No float ever holds money. A share is rounded half up, written out; what is divided among several
adds up again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dengta.core.shapes import Text

_YUAN = re.compile(r"(-?)([0-9]{1,16}|[0-9]{1,3}(?:,[0-9]{3}){1,5})(?:\.([0-9]{1,2}))?")


class MoneyError(ValueError):
    """A text that is no amount of money; `message` says why and how to write one."""

    def __init__(self, message: Text) -> None:
        super().__init__(message.zh)
        self.message = message


def yuan(fen: int) -> str:
    """Yuan with two decimals and separators: `123456` is `1,234.56`."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02d}"


def wan(fen: int) -> Text:
    """The short form officials use, exact: `20_000_000` is 20万元; below 万元, and when it would
    not be exact, yuan."""
    if abs(fen) >= 1_000_000 and fen % 10_000 == 0:
        sign = "-" if fen < 0 else ""
        unit, zh = (10_000_000_000, "亿元") if abs(fen) >= 10_000_000_000 else (1_000_000, "万元")
        if abs(fen) * 10_000 % unit == 0:
            whole, rest = divmod(abs(fen) * 10_000 // unit, 10_000)
            digits = f"{whole:,}" + (f".{rest:04d}".rstrip("0") if rest else "")
            return Text(f"{sign}{digits}{zh}", f"CNY {yuan(fen).removesuffix('.00')}")
    short = yuan(fen).removesuffix(".00")
    return Text(f"{short}元", f"CNY {short}")


def rate(bps: int) -> str:
    """A rate in basis points as per cent: `3000` is `30 %`, `1250` is `12.5 %`."""
    whole, rest = divmod(abs(bps), 100)
    digits = f"{whole:,}" + (f".{rest:02d}".rstrip("0") if rest else "")
    return f"{'-' if bps < 0 else ''}{digits} %"


def fen_from_yuan(text: str) -> int:
    """分 from yuan as people write it: `1234.5` and `1,234.50` are 123450. MoneyError for anything
    else."""
    found = _YUAN.fullmatch(text.strip())
    if found is None:
        raise MoneyError(
            Text(
                f"“{text}”不是金额。请以元为单位填写数字，最多两位小数，如 1234.50。",
                f"“{text}” is not an amount. "
                "Write yuan as digits with at most two decimals, such as 1234.50.",
            )
        )
    sign, whole, cents = found.groups()
    fen = int(whole.replace(",", "")) * 100 + int((cents or "").ljust(2, "0"))
    return -fen if sign else fen


def share(amount: int, bps: int) -> int:
    """`bps` basis points of a non-negative amount in 分, half up. ValueError for a negative amount
    or rate."""
    if amount < 0 or bps < 0:
        raise ValueError(
            f"a share is taken of a non-negative amount at a non-negative rate: {amount}, {bps}"
        )
    return (amount * bps + 5000) // 10000


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` 分 in proportion to `weights`, adding up exactly; ties go to the earlier one.

    ValueError for a negative total or weight, or weights that are all zero while there is something
    to divide.
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("the total and the weights must not be negative")
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError("nothing to divide by: all weights are zero")
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % whole), at))
    for at in order[: total - sum(parts)]:
        parts[at] += 1
    return parts
