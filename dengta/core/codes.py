"""Codes of public registers: 统一社会信用代码, industries, and the size class they lead to.

GB 32100-2015 (the code and its check character), GB 11714 (the organisation code inside it),
GB/T 4754 (industries), 中小企业划型标准规定 (size classes; the table itself is policy data).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from dengta.core.money import wan
from dengta.core.shapes import FactValue, Policy, SizeRow, Text

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of a 统一社会信用代码: no I, O, S, V, Z, which are easily misread."""

_MISREAD = {"I": "1", "O": "0", "S": "5", "V": "U", "Z": "2"}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_BODY_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_DEPARTMENTS = "123456789ANY"
# The categories of the four departments whose list is certain; of the others any is accepted.
_CATEGORIES = {"1": "1239", "5": "1239", "9": "123", "Y": "1"}

SIZES: Mapping[str, Text] = {
    "large": Text("大型", "large"),
    "medium": Text("中型", "medium"),
    "small": Text("小型", "small"),
    "micro": Text("微型", "micro"),
}
_CLASSES = tuple(SIZES)
_INDICATORS: Mapping[str, Text] = {
    "employees": Text("从业人员", "employees"),
    "revenue_fen": Text("营业收入", "revenue"),
    "assets_fen": Text("资产总额", "assets"),
}


def normal_uscc(code: str) -> str:
    """A code as registers write it: no blanks or hyphens, half width, upper case."""
    kept = (c for c in unicodedata.normalize("NFKC", code) if not c.isspace() and c not in "-‐–—")
    return "".join(kept).upper()


def uscc_check(first: str) -> str:
    """The 18th character for the first 17 (GB 32100): weights 3^i mod 31. All 31 are possible."""
    total = sum(ALPHABET.index(c) * w for c, w in zip(first, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def organisation_check(body: str) -> str:
    """The check of an organisation code's 8 characters (GB 11714): digits, A = 10 … Z = 35."""
    total = sum(int(c, 36) * w for c, w in zip(body, _BODY_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def uscc_fault(code: str) -> Text | None:
    """Why a code is no 统一社会信用代码, with the mend; None when it is one.

    It is normalised first. Because 31 is a prime, any one wrong character and any two swapped
    neighbours change the check character, so such slips are always found.
    """
    code = normal_uscc(code)
    return _form_fault(code) or _head_fault(code) or _check_fault(code)


def _form_fault(code: str) -> Text | None:
    if len(code) == 15 and code.isdigit():
        return Text(
            "15 位是旧的工商注册号，请改用营业执照上 18 位的统一社会信用代码。",
            "15 digits are an old registration number; use the 18 characters on the licence.",
        )
    if len(code) != 18:
        return Text(
            f"应为 18 位，现为 {len(code)} 位。请对照营业执照核对。",
            f"it should have 18 characters but has {len(code)}; compare it with the licence.",
        )
    for place, letter in enumerate(code, 1):
        if letter in ALPHABET:
            continue
        like = _MISREAD.get(letter)
        hint = Text(f"，是否应为 {like}", f"; should it be {like}") if like else Text("", "")
        return Text(
            f"第 {place} 位的 {letter} 不会出现在代码里{hint.zh}？请对照营业执照核对。"
            if like
            else f"第 {place} 位的 {letter} 不会出现在代码里。请对照营业执照核对。",
            f"character {place}, {letter}, is never used{hint.en}{'?' if like else '.'} "
            "Compare it with the licence.",
        )
    return None


def _head_fault(code: str) -> Text | None:
    department, category, region = code[0], code[1], code[2:8]
    if department not in _DEPARTMENTS:
        return Text(
            f"第 1 位（登记管理部门）不会是 {department}，企业为 9。请核对。",
            f"character 1 (registering department) is never {department}; firms have 9. Check it.",
        )
    if category not in _CATEGORIES.get(department, ALPHABET):
        known = "、".join(_CATEGORIES[department])
        return Text(
            f"第 2 位（机构类别）是 {category}，而 {department} 类只有 {known}。请核对。",
            f"character 2 (category) is {category}, but department {department} has only "
            f"{known.replace('、', ', ')}. Check it.",
        )
    if not region.isdigit():
        return Text(
            f"第 3 至 8 位（登记机关行政区划码）应为数字，现为 {region}。请核对。",
            f"characters 3 to 8 (region of registration) should be digits, not {region}. Check.",
        )
    return None


def _check_fault(code: str) -> Text | None:
    inner, last = organisation_check(code[8:16]), uscc_check(code[:17])
    if code[16] != inner:
        return Text(
            f"第 17 位（组织机构代码的校验位）应为 {inner}，现为 {code[16]}。"
            "第 9 至 17 位中有写错的，请核对。",
            f"character 17 (check of the organisation code) should be {inner}, not {code[16]}. "
            "One of characters 9 to 17 is wrong; check them.",
        )
    if code[17] != last:
        return Text(
            f"第 18 位（校验位）应为 {last}，现为 {code[17]}。代码中有写错的，请逐位核对。",
            f"character 18 (check) should be {last}, not {code[17]}. "
            "A character is wrong; compare them one by one.",
        )
    return None


def make_uscc(region_code: str, serial: int) -> str:
    """A made-up but valid code for demonstrations: a firm of a region, by number (0 to 31^6 - 1).

    The organisation code begins with XY, which no register we know of issues, so that it belongs
    to nobody. ValueError for a region that is not six digits or a number out of range.
    """
    if len(region_code) != 6 or not region_code.isdigit() or not 0 <= serial < 31**6:
        raise ValueError(f"six digits and a number below 31^6: {region_code!r}, {serial!r}")
    letters = "".join(ALPHABET[serial // 31**place % 31] for place in reversed(range(6)))
    body = f"XY{letters}"
    first = f"91{region_code}{body}{organisation_check(body)}"
    return first + uscc_check(first)


@dataclass(frozen=True, slots=True)
class SizeResult:
    """A size class with its reason. `size_class` is None when it cannot be told.

    `row` is the row of the table that decided, None outside the table or while it is not clear;
    `missing` names the facts that would decide.
    """

    size_class: str | None
    row: SizeRow | None
    reason: Text
    missing: tuple[str, ...] = ()


def size_class(policy: Policy, facts: Mapping[str, FactValue]) -> SizeResult:
    """The size class by 中小企业划型标准规定 from `industry_code` and the indicators of its row.

    The longest prefix decides the row. A code too short to tell the row is enough when all rows it
    may mean give the same class. Every lower bound must be met, else the class drops; any one
    indicator below the bound of small is enough for micro, so micro may be known early.
    """
    code = facts.get("industry_code")
    if not isinstance(code, str) or not code.strip():
        reason = Text(
            "还差所属行业：请补充国民经济行业代码（如 3670）。",
            "The industry is missing: give the GB/T 4754 code (such as 3670).",
        )
        return SizeResult(None, None, reason, ("industry_code",))
    code = unicodedata.normalize("NFKC", code).strip().upper()
    fault = _industry_fault(policy, code)
    if fault:
        return SizeResult(None, None, fault, ("industry_code",))
    rows = _rows(policy, code)
    known = list(dict.fromkeys(row.id for row in rows if row))
    if not known:
        reason = Text(
            f"行业代码 {code} 不在划型标准的 16 个行业之内，不划分大中小微型。",
            f"Industry {code} is outside the 16 rows of the size table: no class applies.",
        )
        return SizeResult(None, None, reason)
    if None not in rows and len(known) == 1 and rows[0]:
        return _judged(policy, code, rows[0], facts)
    results = [_judged(policy, code, row, facts) for row in rows if row]
    classes = {result.size_class for result in results}
    if None not in rows and None not in classes and len(classes) == 1:
        return results[0]
    by_id = {row.id: row.name for row in rows if row}
    reason = Text(
        f"行业代码 {code} 太短，可能属于{'、'.join(name.zh for name in by_id.values())}"
        "等行业，划型标准不同。请写到三位或四位。",
        f"Industry code {code} is too short: it may mean "
        f"{', '.join(name.en for name in by_id.values())}, with different bounds. "
        "Give three or four digits.",
    )
    return SizeResult(None, None, reason, ("industry_code",))


def size_bounds(policy: Policy, code: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Per indicator the bounds, rising, that can decide the class of an industry: figures between
    the same bounds lead to the same class."""
    known = unicodedata.normalize("NFKC", code).strip().upper()
    if not known or _industry_fault(policy, known):
        return ()
    rows = [row for row in _rows(policy, known) if row]
    return tuple(
        (name, tuple(sorted({bound for row in rows for bound in row.bounds.get(name, ())})))
        for name in _INDICATORS
    )


def _industry_fault(policy: Policy, code: str) -> Text | None:
    """Why a code is none of GB/T 4754, as far as sections and divisions tell."""
    section, digits = (code[0], code[1:]) if code[0].isalpha() else ("", code)
    mend = Text("请核对国民经济行业代码，如 3670。", "Check the GB/T 4754 code, such as 3670.")
    if (digits and not (digits.isascii() and digits.isdigit())) or (not section and len(code) < 2):
        return Text(f"“{code}”不是行业代码。{mend.zh}", f"“{code}” is no industry code. {mend.en}")
    if section and section not in policy.sections:
        return Text(f"没有门类 {section}。{mend.zh}", f"There is no section {section}. {mend.en}")
    if not digits:
        return None
    division = policy.industries.get(digits[:2])
    if division is None:
        return Text(
            f"没有大类 {digits[:2]}。{mend.zh}", f"There is no division {digits[:2]}. {mend.en}"
        )
    if section and division.section != section:
        return Text(
            f"大类 {division.code} 属于门类 {division.section}，不是 {section}。{mend.zh}",
            f"Division {division.code} belongs to section {division.section}, not {section}. "
            f"{mend.en}",
        )
    return None


def _rows(policy: Policy, code: str) -> list[SizeRow | None]:
    """The rows a code may mean, None for outside the table; usually one."""
    digits = code.lstrip("ABCDEFGHIJKLMNOPQRST")
    if not digits:
        divisions = [each.code for each in policy.industries.values() if each.section == code]
        return [row for division in divisions for row in _rows(policy, division)]
    table: dict[str, SizeRow | None] = dict.fromkeys(policy.size_outside)
    table.update((prefix, row) for row in policy.size_rows for prefix in row.prefixes)
    fitting = [prefix for prefix in table if digits.startswith(prefix)]
    row = table[max(fitting, key=len)] if fitting else None
    if row:
        return [row]
    longer = [prefix for prefix in table if prefix.startswith(digits) and prefix != digits]
    return [table[prefix] for prefix in longer] or [None]


def _judged(policy: Policy, code: str, row: SizeRow, facts: Mapping[str, FactValue]) -> SizeResult:
    """The class by one row. Unknown unless what is known already makes it micro."""
    seen: dict[str, int] = {}
    for indicator in row.bounds:
        value = facts.get(indicator)
        if isinstance(value, int) and not isinstance(value, bool):
            seen[indicator] = value
    missing = tuple(indicator for indicator in row.bounds if indicator not in seen)
    places = {name: _place(row.bounds[name], value) for name, value in seen.items()}
    worst = max(places.values(), default=0)
    lines = [_line(name, value, row.bounds[name]) for name, value in seen.items()]
    head = _head(policy, code, row)
    if missing and worst < 3:
        names = [_INDICATORS[name] for name in missing]
        lines.append(
            Text(
                f"还差{'、'.join(name.zh for name in names)}，补充后即可划型",
                f"{', '.join(name.en for name in names)} missing; with it the class can be told",
            )
        )
        return SizeResult(None, row, _sentence(head, lines), missing)
    low = [_INDICATORS[name] for name, place in places.items() if place == worst]
    verdict = SIZES[_CLASSES[worst]]
    if worst == 3 and len(row.bounds) > 1:
        told = Text(
            f"任何一项不到小型下限就是{verdict.zh}",
            f"any one indicator below small makes it {verdict.en}",
        )
    elif any(place < worst for place in places.values()):
        told = Text(
            f"各项下限都达到才能上一档，{'、'.join(name.zh for name in low)}较低，"
            f"所以是{verdict.zh}",
            f"all bounds must be met for a class, and {', '.join(name.en for name in low)} "
            f"is lower, so it is {verdict.en}",
        )
    else:
        told = Text(f"所以是{verdict.zh}", f"so it is {verdict.en}")
    return SizeResult(_CLASSES[worst], row, _sentence(head, [*lines, told]))


def _place(bounds: tuple[int, int, int], value: int) -> int:
    """0 large, 1 medium, 2 small, 3 micro; a bound belongs to the higher class."""
    return next((place for place, bound in enumerate(bounds) if value >= bound), 3)


def _head(policy: Policy, code: str, row: SizeRow) -> Text:
    """Which row decides, and which longer codes would mean another one."""
    digits = code.lstrip("ABCDEFGHIJKLMNOPQRST")
    others = [
        (prefix, other.name)
        for other in policy.size_rows
        for prefix in other.prefixes
        if digits and other.id != row.id and prefix.startswith(digits)
    ]
    head = Text(f"行业代码 {code}，按{row.name.zh}划型", f"Industry {code}, by {row.name.en}")
    if not others:
        return head
    return Text(
        head.zh + "".join(f"（其中 {prefix} 属{name.zh}）" for prefix, name in others),
        head.en + "".join(f" ({prefix} is {name.en})" for prefix, name in others),
    )


def _line(name: str, value: int, bounds: tuple[int, int, int]) -> Text:
    """One indicator: the value seen, the bound it reaches and the next one it does not."""
    place, term = _place(bounds, value), _INDICATORS[name]
    said = _amount(name, value)
    zh, en = f"{term.zh} {said.zh}", f"{term.en} {said.en}"
    if place < 3:
        reached, bound = SIZES[_CLASSES[place]], _amount(name, bounds[place])
        zh += f"，达到{reached.zh}下限 {bound.zh}"
        en += f" reaches {reached.en} ({bound.en})"
    if place:
        above, bound = SIZES[_CLASSES[place - 1]], _amount(name, bounds[place - 1])
        zh += f"，不到{above.zh}下限 {bound.zh}"
        en += f"{' but' if place < 3 else ''} is below {above.en} ({bound.en})"
    return Text(zh, en)


def _amount(name: str, value: int) -> Text:
    return wan(value) if name.endswith("_fen") else Text(f"{value:,} 人", f"{value:,}")


def _sentence(head: Text, lines: list[Text]) -> Text:
    return Text(
        f"{head.zh}：{'；'.join(line.zh for line in lines)}。",
        f"{head.en}: {'; '.join(line.en for line in lines)}.",
    )
