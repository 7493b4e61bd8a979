"""Trees and values in words, as an official would write them: what a clause asks, what was seen,
how a sum came about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dengta.core.meaning import Meaning
from dengta.core.money import rate, yuan
from dengta.core.shapes import Fact, FactValue, Text
from dengta.core.tree import (
    Arithmetic,
    Between,
    Both,
    Case,
    Coalesce,
    Compare,
    Extreme,
    FactOf,
    FloorDiv,
    Has,
    IsNull,
    Literal,
    Named,
    Node,
    Not,
    OneIn,
    Share,
    StartsWith,
    children,
)

_WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "=": "等于", "<>": "不等于", "<": "小于", "<=": "不超过", ">": "大于", ">=": "不低于",
        "d=": "为", "d<>": "不为", "d<": "早于", "d<=": "不晚于", "d>": "晚于", "d>=": "不早于",
        "t=": "为", "t<>": "不为",
        "AND": "，且", "OR": "，或", "(": "（", ")": "）", "list": "、", ":": "：",
        "yes": "是", "no": "否", "none": "未填", "is null": "未填写", "is known": "已填写",
        "between": "{item} 在 {low} 至 {high} 之间", "in": "{item} 为 {choices}",
        "one": "{item} 为 {choices} 之一", "not in": "{item} 不为 {choices}",
        "starts": "{item} 以 {prefix} 开头", "not starts": "{item} 不以 {prefix} 开头",
        "has": "{item} 含 {element}", "not has": "{item} 不含 {element}", "not": "并非（{item}）",
        "ratio": "{left} {op} {right} 的 {rate}",
        "case": "{when} 时为 {then}", "else": "其余为 {then}",
        "first": "{items} 中已填的第一项",
        "LEAST": "{items} 中较小者", "GREATEST": "{items} 中较大者",
        "floor": "{item} ÷ {n} 取整", "by": "{name}（按{fact}）",
        "took LEAST": "取较小者 {value}", "took GREATEST": "取较大者 {value}",
        "then": "；", "waiting": "待补充{items}后计算",
    },
    "en": {
        "=": "equals", "<>": "differs from", "<": "below", "<=": "at most", ">": "above",
        ">=": "at least",
        "d=": "is", "d<>": "is not", "d<": "before", "d<=": "not after", "d>": "after",
        "d>=": "not before", "t=": "is", "t<>": "is not",
        "AND": " and ", "OR": " or ", "(": " (", ")": ")", "list": ", ", ":": ": ",
        "yes": "yes", "no": "no", "none": "not given", "is null": "not given", "is known": "given",
        "between": "{item} between {low} and {high}", "in": "{item} is {choices}",
        "one": "{item} is one of {choices}", "not in": "{item} is none of {choices}",
        "starts": "{item} begins with {prefix}",
        "not starts": "{item} does not begin with {prefix}",
        "has": "{item} include {element}", "not has": "{item} do not include {element}",
        "not": "not ({item})", "ratio": "{left} {op} {rate} of {right}",
        "case": "{then} when {when}", "else": "otherwise {then}",
        "first": "the first given of {items}", "LEAST": "the least of {items}",
        "GREATEST": "the greatest of {items}", "floor": "the whole part of {item} ÷ {n}",
        "by": "{name} (by {fact})", "took LEAST": "the lesser is {value}",
        "took GREATEST": "the greater is {value}", "then": "; ",
        "waiting": "to be computed once these are given: {items}",
    },
}  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_SIGNS = {"+": "+", "-": "−", "*": "×"}


def needed(node: Node) -> Text:
    """What a clause asks, with the terms and units of its facts."""
    return Text(_Words("zh").say(node), _Words("en").say(node))


def said_day(day: dt.date | None) -> Text:
    """A day in a sentence: 2026年4月1日, in English 1 April 2026; a dash where there is none."""
    if day is None:
        return Text("—", "—")
    return Text(
        f"{day.year}年{day.month}月{day.day}日", f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    )


def said_moment(at: dt.datetime) -> Text:
    """A day and a time in a sentence, as the clock of `at` has them: 2026年4月1日 09:00."""
    day = said_day(at.date())
    return Text(f"{day.zh} {at:%H:%M}", f"{day.en}, {at:%H:%M}")


def said_month(day: dt.date) -> Text:
    """The month of a day in a sentence: 2026年4月, in English April 2026."""
    return Text(f"{day.year}年{day.month}月", f"{_MONTHS[day.month - 1]} {day.year}")


def value_text(fact: Fact, value: FactValue) -> Text:
    """A fact's value with its unit and the label of its choice."""
    return Text(_Words("zh").of_fact(fact, value), _Words("en").of_fact(fact, value))


def derived_text(named: Named, value: FactValue) -> Text:
    """A derived result's value by its type."""
    return Text(_Words("zh").plain(named.kind, value), _Words("en").plain(named.kind, value))


def computation(amount: Node, meaning: Meaning) -> Text:
    """The sum written out step by step, or what it still waits for."""
    return Text(_Words("zh").sum(amount, meaning), _Words("en").sum(amount, meaning))


class _Words:
    """One language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.words = _WORDS[language]

    def word(self, key: str, /, **parts: object) -> str:
        return self.words[key].format(**parts) if parts else self.words[key]

    def plain(self, kind: str, value: FactValue) -> str:
        """A value by its type alone."""
        if value is None:
            return self.word("none")
        if isinstance(value, bool):
            return self.word("yes" if value else "no")
        if isinstance(value, int):
            if kind == "fen":
                return f"{yuan(value)} 元" if self.language == "zh" else f"CNY {yuan(value)}"
            return rate(value) if kind == "bps" else f"{value:,}"
        if isinstance(value, frozenset):
            return self.words["list"].join(sorted(value)) or self.word("none")
        return said_day(value).said(self.language) if isinstance(value, dt.date) else value

    def of_fact(self, fact: Fact, value: FactValue) -> str:
        """A value with the fact's unit or labels."""
        if isinstance(value, str) and value in fact.values:
            return fact.values[value].said(self.language)
        if isinstance(value, frozenset) and value:
            labels = (
                fact.values[v].said(self.language) if v in fact.values else v for v in sorted(value)
            )
            return self.words["list"].join(labels)
        plain = self.plain(fact.type, value)
        unit = fact.unit.said(self.language)
        counts = fact.type == "integer" and value is not None and unit
        return f"{plain} {unit}" if counts else plain

    def beside(self, node: Node, other: Node) -> str:
        """A constant in the type, unit and labels of what it is compared with; a policy value keeps
        its name."""
        if isinstance(node, Named) and isinstance(node.node, Literal):
            value, name = self.beside(node.node, other), self.name_of(node)
            return f"{value}{self.words['(']}{name}{self.words[')']}"
        if not isinstance(node, Literal):
            return self.say(node)
        if isinstance(other, FactOf):
            return self.of_fact(other.fact, node.value)
        return self.plain(other.kind, node.value)

    def within(self, node: Node, outer: str) -> str:
        """An operand of AND or OR, in brackets when it is the other of the two."""
        text = self.say(node)
        if isinstance(node, Both) and node.word != outer and len(node.items) > 1:
            return self.words["("].strip() + text + self.words[")"]
        return text

    def say(self, node: Node) -> str:
        """A node in words."""
        match node:
            case Literal(kind=kind, value=value):
                return self.plain(kind, value)
            case FactOf(fact=fact):
                term = fact.term.said(self.language)
                return (
                    f"{term}{self.words[':']}{self.words['yes']}" if fact.type == "bool" else term
                )
            case Named():
                return self.named(node)
            case Both(word=word, items=items):
                return self.words[word].join(self.within(item, word) for item in items)
            case Not(item=item):
                return self.denied(item)
            case Compare():
                return self.compared(node)
            case Between(item=item, low=low, high=high):
                return self.word(
                    "between",
                    item=self.say(item),
                    low=self.beside(low, item),
                    high=self.beside(high, item),
                )
            case OneIn():
                return self.listed(node, "one" if len(node.choices) > 1 else "in")
            case IsNull(item=item):
                return f"{self.term(item)} {self.words['is null']}"
            case StartsWith(item=item, prefix=prefix):
                return self.word("starts", item=self.say(item), prefix=prefix)
            case Has(item=item, element=element):
                return self.word("has", item=self.say(item), element=self.element(item, element))
        return self.computed(node)

    def computed(self, node: Node) -> str:
        """CASE, functions and arithmetic in words."""
        match node:
            case Case(branches=branches, otherwise=otherwise):
                parts = [self.word("case", when=self.say(w), then=self.say(t)) for w, t in branches]
                if otherwise is not None:
                    parts.append(self.word("else", then=self.say(otherwise)))
                return self.words["then"].join(parts)
            case Coalesce(items=items):
                return self.word("first", items=self.words["list"].join(map(self.say, items)))
            case Extreme(word=word, items=items):
                return self.word(word, items=self.words["list"].join(map(self.say, items)))
            case FloorDiv(item=item, divisor=divisor):
                return self.word("floor", item=self.operand(item), n=divisor)
            case Share(amount=amount, bps=bps):
                return f"{self.operand(amount)} × {self.rate_of(bps)}"
            case Arithmetic(op=op, left=left, right=right):
                return f"{self.operand(left)} {_SIGNS[op]} {self.operand(right)}"
        raise AssertionError(f"no words for {type(node).__name__}")

    def operand(self, node: Node) -> str:
        """Part of a sum or product, in brackets when it is one itself."""
        text = self.say(node)
        return f"({text})" if isinstance(node, Arithmetic | Share | FloorDiv | Case) else text

    def rate_of(self, node: Node) -> str:
        """A rate: a bare number is basis points, a policy value keeps its name."""
        if isinstance(node, Named) and isinstance(node.node, Literal):
            return (
                f"{self.rate_of(node.node)}{self.words['(']}{self.name_of(node)}{self.words[')']}"
            )
        if isinstance(node, Literal) and isinstance(node.value, int):
            return rate(node.value)
        return self.say(node)

    def term(self, node: Node) -> str:
        """A fact by its term alone, also a yes/no one."""
        return node.fact.term.said(self.language) if isinstance(node, FactOf) else self.say(node)

    def element(self, item: FactOf, element: str) -> str:
        """The label of an element of a set."""
        known = item.fact.values.get(element)
        return element if known is None else known.said(self.language)

    def named(self, node: Named) -> str:
        """A policy value with its number or what its table goes by; a derived result by name."""
        name = node.zh if self.language == "zh" else node.en
        if node.role == "derived":
            return name
        if isinstance(node.node, Literal):
            return f"{name} {self.plain(node.kind, node.node.value)}"
        case = node.node
        by = children(children(case)[0])[0]
        return self.word("by", name=name, fact=self.term(by))

    def denied(self, item: Node) -> str:
        """NOT in front of a node, where language has a shorter word for it."""
        match item:
            case FactOf(fact=fact):
                return f"{fact.term.said(self.language)}{self.words[':']}{self.words['no']}"
            case OneIn():
                return self.listed(item, "not in")
            case Has(item=of, element=element):
                return self.word("not has", item=self.say(of), element=self.element(of, element))
            case StartsWith(item=of, prefix=prefix):
                return self.word("not starts", item=self.say(of), prefix=prefix)
            case IsNull(item=of):
                return f"{self.term(of)} {self.words['is known']}"
        return self.word("not", item=self.say(item))

    def listed(self, node: OneIn, key: str) -> str:
        """IN with the labels of its choices."""
        choices = self.words["list"].join(self.beside(choice, node.item) for choice in node.choices)
        return self.word(key, item=self.say(node.item), choices=choices)

    def compared(self, node: Compare) -> str:
        """A comparison; a ratio written as two products reads as a ratio again."""
        left, right = node.left, node.right
        kind = left.kind if not isinstance(left, Literal) else right.kind
        op = self.words[{"date": "d", "text": "t", "bool": "t"}.get(kind, "") + node.op]
        match left, right:
            case (
                Arithmetic(op="*", left=part, right=Literal(value=10000)),
                Arithmetic(op="*", left=whole, right=share),
            ):
                return self.word(
                    "ratio",
                    left=self.say(part),
                    op=op,
                    right=self.say(whole),
                    rate=self.rate_of(share),
                )
        return f"{self.side(left, right)} {op} {self.side(right, left)}"

    def side(self, node: Node, other: Node) -> str:
        return (
            self.term(node)
            if node.kind == "bool" and isinstance(node, FactOf)
            else self.beside(node, other)
        )

    def sum(self, amount: Node, meaning: Meaning) -> str:
        """The steps of a sum with their numbers, one after the other."""
        if meaning.value(amount) is None:
            lost = (node.fact for node in _facts(amount) if meaning.facts.get(node.fact.id) is None)
            wanted = meaning.missing(amount)
            terms = [fact.term.said(self.language) for fact in lost if fact.id in wanted]
            return self.word("waiting", items=self.words["list"].join(dict.fromkeys(terms)))
        steps: list[str] = []
        last = self.step(amount, meaning, steps)
        if not steps or not steps[-1].endswith(last):
            steps.append(last)
        return self.words["then"].join(dict.fromkeys(steps))

    def step(self, node: Node, meaning: Meaning, steps: list[str]) -> str:
        """Append the steps below a node; give the number it comes to."""
        value = self.plain("fen" if node.kind == "number" else node.kind, meaning.value(node))
        match node:
            case FactOf(fact=fact):
                return self.of_fact(fact, meaning.value(node))
            case Named(zh=zh, en=en, node=below):
                self.step(below, meaning, steps)
                if isinstance(below, Arithmetic | Share | Extreme | FloorDiv):
                    steps.append(f"{zh if self.language == 'zh' else en} {value}")
            case Share(amount=amount, bps=bps):
                first, second = self.term_of(amount, meaning, steps), self.rate_in(bps, meaning)
                steps.append(f"{first} × {second} = {value}")
            case Arithmetic(op=op, left=left, right=right):
                a, b = (self.factor(part, node, meaning, steps) for part in (left, right))
                steps.append(f"{a} {_SIGNS[op]} {b} = {value}")
            case FloorDiv(item=item, divisor=divisor):
                steps.append(f"{self.term_of(item, meaning, steps)} ÷ {divisor} = {value}")
            case Extreme(word=word, items=items):
                self.extreme(word, items, meaning, steps, value)
            case Coalesce(items=items):
                chosen = next(item for item in items if meaning.value(item) is not None)
                return self.step(chosen, meaning, steps)
            case Case(branches=branches, otherwise=otherwise):
                taken = [then for when, then in branches if meaning.value(when) is True]
                taken += [] if otherwise is None else [otherwise]
                return self.step(taken[0], meaning, steps)
        return value

    def name_of(self, node: Node) -> str:
        """The name of a fact or a policy value."""
        if isinstance(node, Named):
            return node.zh if self.language == "zh" else node.en
        return node.fact.term.said(self.language) if isinstance(node, FactOf) else ""

    def term_of(self, node: Node, meaning: Meaning, steps: list[str]) -> str:
        """An operand with its name and number; its own steps come first."""
        return f"{self.name_of(node)} {self.step(node, meaning, steps)}".strip()

    def rate_in(self, node: Node, meaning: Meaning) -> str:
        """A rate with its name; a bare number is basis points."""
        return f"{self.name_of(node)} {self.plain('bps', meaning.value(node))}".strip()

    def factor(self, part: Node, node: Arithmetic, meaning: Meaning, steps: list[str]) -> str:
        """An operand of a sum or product; in a product a bare number has no unit."""
        if node.op == "*" and isinstance(part, Literal):
            return self.plain("integer", part.value)
        return self.term_of(part, meaning, steps)

    def extreme(
        self,
        word: str,
        items: tuple[Node, ...],
        meaning: Meaning,
        steps: list[str],
        value: str,
    ) -> None:
        """The lesser or greater of several; a floor of zero that does not bite gets no line."""
        others = [item for item in items if not (isinstance(item, Literal) and item.value == 0)]
        for item in others:
            said = len(steps)
            number = self.term_of(item, meaning, steps)
            if len(steps) == said:
                steps.append(number)
        floor = word == "GREATEST" and len(others) == 1 < len(items)
        if not (floor and value == self.plain(others[0].kind, meaning.value(others[0]))):
            steps.append(self.word(f"took {word}", value=value))


def _facts(node: Node) -> list[FactOf]:
    """The fact nodes below, names looked through."""
    if isinstance(node, FactOf):
        return [node]
    return [fact for child in children(node) for fact in _facts(child)]
