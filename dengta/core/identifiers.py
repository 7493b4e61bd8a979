"""工业标识: codes of the industrial internet, read and checked; who may give one; what a resolver
says of it. Pure.

Written forms: `88.x.y/z` and other Handles (prefix "/" suffix, RFC 3651), OID (numbers joined by
dots, ITU-T X.660), VAA (ISO/IEC 15459, issuing agency code VAA). Which prefix belongs to whom is
kept by the registry of prefixes; here a code only tells which prefixes could be its own.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dengta.core.sources import Text

IdentifierScheme = Literal["handle88", "handle", "vaa", "oid"]

LONGEST = 160
VAA_LONGEST = 50
"""Characters of a whole code of ISO/IEC 15459."""

_SEGMENTS = re.compile(r"[0-9A-Za-z]+(?:\.[0-9A-Za-z]+)*")
_OID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")
_VAA = re.compile(r"VAA[0-9A-Z./-]+")
_VAA_SHORTEST = 6
"""VAA and at least three characters of the one who was allotted it."""


@dataclass(frozen=True, slots=True)
class IdentifierCode:
    """A code as it is kept: which scheme it is of, its prefix as written (empty for OID and VAA,
    whose prefix only the register knows) and the whole."""

    scheme: IdentifierScheme
    text: str
    prefix: str = ""

    def owners(self) -> tuple[str, ...]:
        """The prefixes that it could stand under, the longest first."""
        if self.scheme in ("handle88", "handle"):
            return (self.prefix,)
        if self.scheme == "oid":
            arcs = self.text.split(".")
            return tuple(".".join(arcs[:n]) for n in range(len(arcs) - 1, 1, -1))
        return tuple(self.text[:n] for n in range(len(self.text) - 1, _VAA_SHORTEST - 1, -1))


class IdentifierFault(ValueError):
    """A text that is no identifier; `text` says why and how it is written."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.zh)
        self.text = text


def read_identifier(written: str) -> IdentifierCode:
    """Recognise a code. Full-width characters become half-width, outer blanks and `hdl:`, `oid:`,
    `urn:oid:` go. IdentifierFault says what is wrong."""
    code = unicodedata.normalize("NFKC", written).strip()
    code = re.sub(r"^(?:urn:oid:|oid:|hdl:|handle:)", "", code, flags=re.IGNORECASE)
    if not code:
        raise IdentifierFault(Text("请填写标识。", "Write the identifier."))
    if len(code) > LONGEST:
        raise IdentifierFault(
            Text(
                f"标识有 {len(code)} 个字符，最多 {LONGEST} 个。请核对。",
                f"The identifier has {len(code)} characters; {LONGEST} at most. Check it.",
            )
        )
    if bad := next((sign for sign in code if sign.isspace() or not sign.isprintable()), None):
        raise IdentifierFault(
            Text(
                f"标识里有空白或看不见的字符（{bad!r}）。请删去后重填。",
                f"There is a blank or an invisible character ({bad!r}) in it. Take it out.",
            )
        )
    if "/" in code and not code.upper().startswith("VAA"):
        return _handle(code)
    if code.upper().startswith("VAA"):
        return _vaa(code.upper())
    if re.match(r"[0-9](?:\.|$)", code):
        return _oid(code)
    if code[0].isdigit():  # an OID begins with 0, 1 or 2: a Handle without its suffix
        return _handle(code)
    raise IdentifierFault(
        Text(
            f"认不出“{code[:40]}”是哪一种标识。可用的写法：88.100.1/ABC、VAA 开头、"
            "1.2.156 开头的 OID、其他 Handle（前缀/后缀）。",
            f"“{code[:40]}” is of no kind that we know: 88.100.1/ABC, VAA…, an OID such as"
            " 1.2.156…, or another Handle (prefix/suffix).",
        )
    )


def prefix_scheme(prefix: str) -> IdentifierScheme:
    """Which scheme a bare prefix is of. IdentifierFault where it is none."""
    code = unicodedata.normalize("NFKC", prefix).strip()
    if code.upper().startswith("VAA"):
        if len(code) < _VAA_SHORTEST or not _VAA.fullmatch(code.upper()):
            raise _fault_of_vaa(code)
        return "vaa"
    if re.fullmatch(r"[012]\..+", code):
        return _oid(code).scheme
    if code == "88" or code.startswith("88."):
        return _handle(f"{code}/x").scheme
    if re.fullmatch(r"[0-9]{2,}(?:\.[0-9A-Za-z]+)*", code):
        return "handle"
    raise IdentifierFault(
        Text(
            f"“{code[:40]}”不是标识前缀。写法如 88.100.1、VAA001234、1.2.156.1234、20.500.1。",
            f"“{code[:40]}” is no prefix. Write it like 88.100.1, VAA001234, 1.2.156.1234 or"
            " 20.500.1.",
        )
    )


def _handle(code: str) -> IdentifierCode:
    prefix, _, suffix = code.partition("/")
    if not _SEGMENTS.fullmatch(prefix) or not prefix[0].isdigit():
        raise IdentifierFault(
            Text(
                f"前缀“{prefix[:40]}”写法不对：由数字、字母分段，用点隔开，如 88.100.1。",
                f"The prefix “{prefix[:40]}” is not right: segments joined by dots, like 88.100.1.",
            )
        )
    if not suffix:
        raise IdentifierFault(
            Text(
                f"“{code[:40]}”缺少后缀。斜线后面写本单位给对象的编号，如 88.100.1/A0001。",
                f"“{code[:40]}” has no suffix. After the slash comes your number of the object.",
            )
        )
    if prefix != "88" and not prefix.startswith("88."):
        return IdentifierCode("handle", code, prefix)
    if not 2 <= prefix.count(".") <= 3:
        raise IdentifierFault(
            Text(
                "88 标识的前缀有三到四段：国家代码.二级节点.企业（如 88.100.1），"
                f"现在是“{prefix}”。",
                "A prefix of 88 has three or four segments, country, node, enterprise (88.100.1);"
                f" this is “{prefix}”.",
            )
        )
    return IdentifierCode("handle88", code, prefix)


def _vaa(code: str) -> IdentifierCode:
    if not _VAA_SHORTEST < len(code) <= VAA_LONGEST or not _VAA.fullmatch(code):
        raise _fault_of_vaa(code)
    return IdentifierCode("vaa", code)


def _fault_of_vaa(code: str) -> IdentifierFault:
    return IdentifierFault(
        Text(
            f"“{code[:40]}”不是 VAA 标识：VAA 后面是大写字母、数字和 . - /，"
            f"全长 {_VAA_SHORTEST} 到 {VAA_LONGEST} 个字符。",
            f"“{code[:40]}” is no VAA code: VAA, then capitals, digits and . - /,"
            f" {_VAA_SHORTEST} to {VAA_LONGEST} characters in all.",
        )
    )


def _oid(code: str) -> IdentifierCode:
    arcs = code.split(".")
    if not _OID.fullmatch(code) or arcs[0] not in ("0", "1", "2"):
        raise IdentifierFault(
            Text(
                f"“{code[:40]}”不是 OID：用点隔开的数字，第一段是 0、1、2，各段不以 0 开头。",
                f"“{code[:40]}” is no OID: numbers joined by dots, the first one 0, 1 or 2, none"
                " beginning with 0.",
            )
        )
    if arcs[0] in ("0", "1") and int(arcs[1]) > 39:
        raise IdentifierFault(
            Text(
                f"OID 第一段是 {arcs[0]} 时第二段不超过 39，现在是 {arcs[1]}。",
                f"After {arcs[0]} the second number of an OID is 39 at most; this is {arcs[1]}.",
            )
        )
    return IdentifierCode("oid", code)


def handle_answer(
    code: str, values: Sequence[Mapping[str, Any]], *, ttl: int, timestamp: str
) -> dict[str, Any]:
    """What a resolver says in the JSON of a Handle proxy: `values` are each {index, type, value};
    `ttl` in seconds. Response code 1 is success, 100 a handle that is not there."""
    if not values:
        return {"responseCode": 100, "handle": code}
    return {
        "responseCode": 1,
        "handle": code,
        "values": [
            {
                "index": each["index"],
                "type": each["type"],
                "data": {"format": "string", "value": each["value"]},
                "ttl": ttl,
                "timestamp": timestamp,
            }
            for each in values
        ],
    }


def longest_owner(code: IdentifierCode, prefixes: Iterable[str]) -> str | None:
    """Of registered prefixes, the one that a code stands under: the longest that fits."""
    there = set(prefixes)
    return next((each for each in code.owners() if each in there), None)
