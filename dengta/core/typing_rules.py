"""The types and the arithmetic of the language: like goes with like, and no number can leave 64
bits.

Each function builds one node or refuses with the mend. Bounds are exact intervals from the ranges
of facts, so that what one engine would wrap and another would refuse is found while the policy is
checked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import cast

from dengta.core.refusals import ClauseError, refuse
from dengta.core.shapes import Text, Value
from dengta.core.tree import (
    EXACT_HIGH,
    INT64_HIGH,
    INT64_LOW,
    NUMERIC,
    Arithmetic,
    Between,
    Bounds,
    Case,
    Coalesce,
    Compare,
    Extreme,
    FactOf,
    FloorDiv,
    Has,
    IsNull,
    Kind,
    Literal,
    Named,
    Node,
    OneIn,
    Share,
    StartsWith,
    facts_in,
)

MOST_CHOICES = 200

NAMES: dict[str, Text] = {
    "bool": Text("是/否", "yes/no"),
    "integer": Text("整数", "an integer"),
    "fen": Text("金额（分）", "money (fen)"),
    "bps": Text("比率（基点）", "a rate (basis points)"),
    "date": Text("日期", "a date"),
    "text": Text("文本", "text"),
    "set": Text("集合", "a set"),
    "number": Text("数", "a plain number"),
}


def _join(nodes: Sequence[Node]) -> Kind:
    """The type that values have in common. A literal takes the type of the others; a product stays
    a plain number."""
    for node in nodes:
        _no_set(node)
    plain = [node for node in nodes if isinstance(node, Literal) and node.kind == "number"]
    kinds = dict.fromkeys(node.kind for node in nodes if node not in plain)
    units = [kind for kind in kinds if kind != "number"]
    unitless = bool(plain) or "number" in kinds
    if len(units) > 1 or (units and unitless and units[0] not in NUMERIC):
        raise _unlike(nodes)
    return units[0] if units and "number" not in kinds else "number"


def _unlike(nodes: Sequence[Node]) -> ClauseError:
    kinds = list(dict.fromkeys(node.kind for node in nodes))
    zh = "、".join(NAMES[kind].zh for kind in kinds)
    en = ", ".join(NAMES[kind].en for kind in kinds)
    if "bool" in kinds:
        mend = (
            "“是/否”的事实直接写名称或 NOT 名称，不与 1、0 比较",
            "write a yes/no fact by its name or NOT and its name, never = 1",
        )
    elif "date" in kinds:
        mend = ("日期请写 DATE '2026-04-01'", "write a date as DATE '2026-04-01'")
    elif "text" in kinds:
        mend = (
            "文本用单引号，数字不用引号；代码（如行业代码）是文本：'13'",
            "text has single quotes, numbers have none; codes are text: '13'",
        )
    else:
        mend = (
            "只能比较同一单位的值；比例请写成两个乘积的比较",
            "compare values of one unit; write a ratio as a comparison of products",
        )
    return refuse(f"不能把{zh}放在一起", f"cannot put together {en}", *mend)


def _no_set(node: Node) -> None:
    if node.kind == "set":
        raise refuse(
            "集合只能用 HAS 判断",
            "a set can only be asked with HAS",
            "请写 certificates HAS 'iso27001'",
            "write certificates HAS 'iso27001'",
        )


def _numbers(nodes: Sequence[Node]) -> Kind:
    kind = _join(nodes)
    if kind not in NUMERIC:
        raise refuse(
            f"{NAMES[kind].zh}不能计算或比大小",
            f"{NAMES[kind].en} cannot be computed with or ordered",
            "只有整数、金额和比率可以计算",
            "only integers, money and rates can",
        )
    return kind


def _bounds(nodes: Iterable[Node]) -> list[Bounds]:
    """The bounds of numeric nodes."""
    return [node.bounds for node in nodes if node.bounds is not None]


def _hull(nodes: Iterable[Node]) -> Bounds | None:
    bounds = _bounds(nodes)
    return Bounds(min(b.low for b in bounds), max(b.high for b in bounds)) if bounds else None


def _within(bounds: Bounds, nodes: Sequence[Node]) -> Bounds:
    """Refuse what could leave int64, naming the facts without a range when that is the cause."""
    if bounds.low >= INT64_LOW and bounds.high <= INT64_HIGH:
        return bounds
    open_ended = [f.id for f in facts_in(*nodes) if f.type in NUMERIC and None in (f.low, f.high)]
    reach = bounds.high if bounds.high > INT64_HIGH else bounds.low
    if open_ended:
        names = "、".join(open_ended)
        mend = (
            f"请在 facts.toml 中给 {names} 写上 low 和 high",
            f"give {', '.join(open_ended)} a low and a high in facts.toml",
        )
    else:
        mend = (
            "请缩小事实的范围（low、high），或先用 LEAST 限定，或改小乘数",
            "narrow the facts' ranges (low, high), cap a part with LEAST, or use a smaller factor",
        )
    raise refuse(
        f"结果可能超出 64 位整数（可达 {reach:,}）",
        f"the result could leave 64 bits (as far as {reach:,})",
        *mend,
    )


def _known_choice(item: Node, *choices: Node) -> None:
    """A text compared with a fact that lists its values must be one of them."""
    if not isinstance(item, FactOf) or not item.fact.values:
        return
    for choice in choices:
        if isinstance(choice, Literal) and choice.value not in item.fact.values:
            allowed = ", ".join(item.fact.values)
            raise refuse(
                f"“{choice.value}”不是 {item.fact.id}（{item.fact.term.zh}）的取值",
                f"“{choice.value}” is not a value of {item.fact.id} ({item.fact.term.en})",
                f"可用的取值：{allowed}",
                f"its values are {allowed}",
            )


def truth(node: Node) -> Node:
    """A node that AND, OR, NOT or WHEN can take."""
    if node.kind != "bool":
        raise refuse(
            f"这里要“是/否”，得到的是{NAMES[node.kind].zh}",
            f"yes or no is needed here, this is {NAMES[node.kind].en}",
            "请写成比较，如 employees > 0",
            "write a comparison, such as employees > 0",
        )
    return node


def compare(op: str, left: Node, right: Node) -> Compare:
    """A comparison of like types; text and yes/no only by = and <>."""
    kind = _join((left, right))
    if op not in ("=", "<>") and kind in ("text", "bool"):
        raise refuse(
            f"{NAMES[kind].zh}不能比大小",
            f"{NAMES[kind].en} cannot be ordered",
            "请用 = 或 IN；代码的前缀写 STARTS_WITH",
            "use = or IN; write a code's prefix as STARTS_WITH",
        )
    _known_choice(left, right)
    _known_choice(right, left)
    return Compare(op, left, right)  # type: ignore[arg-type]


def between(item: Node, low: Node, high: Node) -> Between:
    """A range test of numbers or dates, both ends included."""
    kind = _join((item, low, high))
    if kind in ("text", "bool"):
        raise refuse(
            f"{NAMES[kind].zh}没有大小，不能用 BETWEEN",
            f"{NAMES[kind].en} has no order for BETWEEN",
            "请用 IN",
            "use IN",
        )
    return Between(item, low, high)


def one_in(item: Node, choices: Sequence[Literal]) -> OneIn:
    """Membership in a list of constants of one type."""
    if not 0 < len(choices) <= MOST_CHOICES:
        raise refuse(
            f"IN 的列表有 {len(choices)} 项",
            f"the list after IN has {len(choices)} entries",
            f"请列出 1 到 {MOST_CHOICES} 项",
            f"list 1 to {MOST_CHOICES}",
        )
    if _join((item, *choices)) == "bool":
        raise refuse(
            "“是/否”不用 IN",
            "yes/no has no use for IN",
            "请直接写名称或 NOT 名称",
            "write the name, or NOT and the name",
        )
    _known_choice(item, *choices)
    return OneIn(item, tuple(choices))


def is_null(item: Node) -> IsNull:
    """Whether a value is missing. A set is asked element by element, so it has no single answer."""
    _no_set(item)
    return IsNull(item)


def case(branches: Sequence[tuple[Node, Node]], otherwise: Node | None) -> Case:
    """CASE whose results are of one type."""
    results = [value for _, value in branches] + ([] if otherwise is None else [otherwise])
    return Case(tuple(branches), otherwise, _join(results), _hull(results))


def coalesce(items: Sequence[Node]) -> Coalesce:
    """COALESCE of like types."""
    if len(items) < 2:
        raise _arguments("COALESCE", "COALESCE(x, 0)")
    return Coalesce(tuple(items), _join(items), _hull(items))


def extreme(word: str, items: Sequence[Node]) -> Extreme:
    """LEAST or GREATEST of numbers of one type."""
    if len(items) < 2:
        raise _arguments(word, f"{word}(a, b)")
    kind, pick = _numbers(items), min if word == "LEAST" else max
    bounds = _bounds(items)
    hull = Bounds(pick(b.low for b in bounds), pick(b.high for b in bounds))
    return Extreme(word, tuple(items), kind, hull)  # type: ignore[arg-type]


def negative(item: Node) -> Node:
    """A minus sign: folded into a literal, otherwise a difference from zero."""
    if isinstance(item, Literal) and item.kind == "number":
        return Literal("number", -cast(int, item.value))
    return arithmetic("-", Literal("number", 0), item)


def arithmetic(op: str, left: Node, right: Node) -> Node:
    """A sum, difference or product within int64; a product has no unit."""
    nodes = (left, right)
    for node in nodes:
        _no_set(node)
        if node.kind not in NUMERIC or node.bounds is None:
            _numbers((node,))
    kind: Kind = "number" if op == "*" else _numbers(nodes)
    a, b = _bounds(nodes)
    match op:
        case "+":
            bounds = Bounds(a.low + b.low, a.high + b.high)
        case "-":
            bounds = Bounds(a.low - b.high, a.high - b.low)
        case _:
            corners = [x * y for x in a for y in b]
            bounds = Bounds(min(corners), max(corners))
    _within(bounds, nodes)
    if isinstance(left, Literal) and isinstance(right, Literal):
        return Literal("number", bounds.low)
    return Arithmetic(op, left, right, kind, bounds)  # type: ignore[arg-type]


def own_function(name: str, arguments: Sequence[Node]) -> Node:
    """SHARE, FLOORDIV, STARTS_WITH or HAS."""
    forms = {
        "SHARE": "SHARE(cloud_spend_fen, 3000)",
        "FLOORDIV": "FLOORDIV(x, 12)",
        "STARTS_WITH": "STARTS_WITH(industry_code, '13')",
        "HAS": "certificates HAS 'iso27001'",
    }
    if name not in forms or len(arguments) != 2:
        raise _arguments(name, forms.get(name, ""))
    first, second = arguments
    if name == "SHARE":
        return share(first, second)
    if name == "FLOORDIV":
        return floor_div(first, second)
    return starts_with(first, second) if name == "STARTS_WITH" else has(first, second)


def _arguments(name: str, form: str) -> ClauseError:
    return refuse(
        f"{name} 的参数不对", f"{name} has the wrong arguments", f"请写成 {form}", f"write {form}"
    )


def _exact(name: str, bounds: Bounds, reach: int) -> None:
    """A division is exact in every engine only for a non-negative dividend below 2^53."""
    if bounds.low < 0:
        raise refuse(
            f"{name} 只对非负数有意义，这里可能低到 {bounds.low:,}",
            f"{name} is for what cannot be negative; this could be as low as {bounds.low:,}",
            "请写 GREATEST(0, …)，或给事实写上 low = 0",
            "write GREATEST(0, …), or give the fact low = 0",
        )
    if reach > EXACT_HIGH:
        raise refuse(
            f"{name} 的中间结果可达 {reach:,}，超出各引擎都能精确相除的 2^53",
            f"{name} could reach {reach:,}, beyond 2^53 where every engine divides exactly",
            "请缩小事实的范围（high），或先用 LEAST 限定金额",
            "narrow the fact's range (high), or cap the amount with LEAST first",
        )


def share(amount: Node, bps: Node) -> Share:
    """SHARE(amount, bps): both non-negative, the intermediate product below 2^53."""
    plain = isinstance(bps, Literal) and bps.kind == "number"
    if amount.kind not in ("fen", "number") or not (plain or bps.kind == "bps"):
        raise refuse(
            f"SHARE 要金额和基点，得到{NAMES[amount.kind].zh}和{NAMES[bps.kind].zh}",
            "SHARE takes money and basis points, "
            f"not {NAMES[amount.kind].en} and {NAMES[bps.kind].en}",
            "请写 SHARE(cloud_spend_fen, 3000)，3000 即 30 %",
            "write SHARE(cloud_spend_fen, 3000), where 3000 is 30 %",
        )
    a, b = _bounds((amount, bps))
    _exact("SHARE", Bounds(min(a.low, b.low), a.high), a.high * b.high + 5000)
    return Share(
        amount, bps, Bounds((a.low * b.low + 5000) // 10000, (a.high * b.high + 5000) // 10000)
    )


def floor_div(item: Node, divisor: Node) -> FloorDiv:
    """FLOORDIV(x, n): x non-negative, n a positive constant."""
    kind = _numbers((item,))
    constant = constant_under(divisor)
    if constant is None or constant.bounds is None or constant.bounds.low <= 0:
        raise refuse(
            "FLOORDIV 的除数必须是正的常数",
            "the divisor of FLOORDIV must be a positive constant",
            "请写 FLOORDIV(x, 12)",
            "write FLOORDIV(x, 12)",
        )
    n, (bounds,) = constant.bounds.low, _bounds((item,))
    _exact("FLOORDIV", bounds, bounds.high)
    return FloorDiv(item, n, kind, Bounds(bounds.low // n, bounds.high // n))


def starts_with(item: Node, prefix: Node) -> StartsWith:
    """A text begins with a constant prefix."""
    if (
        item.kind != "text"
        or not isinstance(prefix, Literal)
        or prefix.kind != "text"
        or not prefix.value
    ):
        raise _arguments("STARTS_WITH", "STARTS_WITH(industry_code, '13')")
    return StartsWith(item, str(prefix.value))


def has(item: Node, element: Node) -> Has:
    """A set fact contains a constant element that its vocabulary lists."""
    if not isinstance(item, FactOf) or item.kind != "set":
        raise refuse(
            "HAS 的左边必须是集合类型的事实",
            "on the left of HAS stands a fact of type set",
            "请写 certificates HAS 'iso27001'；其他事实用 = 或 IN",
            "write certificates HAS 'iso27001'; other facts take = or IN",
        )
    if not isinstance(element, Literal) or element.kind != "text":
        raise _arguments("HAS", "certificates HAS 'iso27001'")
    _known_choice(item, element)
    return Has(item, str(element.value))


def value_tree(value: Value, by: FactOf | Named | None) -> Node:
    """A policy value: a literal of its own type, or a CASE over the text fact that `by` names."""
    if not value.by:
        return _constant(value)
    if not isinstance(by, FactOf) or by.kind != "text":
        raise refuse(
            f"数值 {value.id} 按“{value.by}”取值，而它不是文本类型的事实",
            f"the value {value.id} goes by “{value.by}”, which is no fact of type text",
            "请在 by 中写一个文本类型的事实",
            "name a text fact in by",
        )
    if value.type not in NUMERIC or not value.table:
        raise refuse(
            f"数值 {value.id} 的表是空的，或不是数",
            f"the table of the value {value.id} is empty or not of numbers",
            "请在 table 中逐项写出整数",
            "list whole numbers in table",
        )
    branches: list[tuple[Node, Node]] = []
    for key, number in value.table.items():
        literal = Literal("text", key)
        _known_choice(by, literal)
        _within(Bounds(number, number), ())
        branches.append((Compare("=", by, literal), Literal(value.type, number)))
    return Case(tuple(branches), None, value.type, _hull(result for _, result in branches))


def _constant(value: Value) -> Literal:
    """A single amount, which must be of the type that the value claims."""
    wanted: dict[str, type] = {"bool": bool, "date": dt.date, "text": str}
    amount, kind = value.amount, wanted.get(value.type, int)
    fits = isinstance(amount, kind) and (kind is bool or not isinstance(amount, bool))
    if amount is None or not fits or value.type == "set":
        raise refuse(
            f"数值 {value.id} 写的是“{amount}”，不是{NAMES[value.type].zh}",
            f"the value {value.id} is “{amount}”, not {NAMES[value.type].en}",
            "请按 type 写 amount，金额用分，比率用基点",
            "write amount as its type says, money in fen, rates in basis points",
        )
    literal = Literal(value.type, amount)
    if literal.bounds is not None:
        _within(literal.bounds, ())
    return literal


def constant_under(node: Node) -> Literal | None:
    """The literal that a node is, directly or through a named value."""
    while isinstance(node, Named):
        node = node.node
    return node if isinstance(node, Literal) else None
