"""The language of clauses: SQL expression text, read with sqlglot, narrowed to a whitelist, typed
and bounded.

`parse` refuses whatever two engines could understand differently; each refusal says how to write it
instead.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from dengta.core import typing_rules
from dengta.core.refusals import (
    FUNCTIONS,
    REFUSED_FUNCTIONS,
    REFUSED_TOKENS,
    ClauseError,
    refuse,
    unknown_name,
)
from dengta.core.shapes import Derived, Fact, Value
from dengta.core.tree import INT64_HIGH, Both, FactOf, Literal, Named, Node, Not, depth_of

LONGEST_TEXT = 4_000
MOST_TOKENS = 800
DEEPEST = 60
DEEPEST_WITH_NAMES = 200

_ALLOWED = frozenset(
    {
        TokenType.VAR, TokenType.NUMBER, TokenType.STRING, TokenType.L_PAREN, TokenType.R_PAREN,
        TokenType.COMMA, TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.EQ,
        TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE, TokenType.AND,
        TokenType.OR, TokenType.NOT, TokenType.IN, TokenType.BETWEEN, TokenType.IS,
        TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.CASE, TokenType.WHEN,
        TokenType.THEN, TokenType.ELSE, TokenType.END, TokenType.DATE,
    }
)  # fmt: skip
_COMPARING = frozenset(
    {
        TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE,
        TokenType.IN, TokenType.BETWEEN, TokenType.IS,
    }
)  # fmt: skip
_BETWEEN_COMPARISONS = frozenset(
    {
        TokenType.AND, TokenType.OR, TokenType.COMMA, TokenType.WHEN, TokenType.THEN,
        TokenType.ELSE,
    }
)  # fmt: skip
_WORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "in",
        "between",
        "is",
        "null",
        "true",
        "false",
        "case",
        "when",
        "then",
        "else",
        "end",
        "date",
        "has",
    ]
    + [name.lower() for name in FUNCTIONS]
)
_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="
}  # fmt: skip
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
_PREDICATES = (*_COMPARISONS, exp.Is, exp.In, exp.Between, exp.Not)
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use, and what each stands for."""

    names: Mapping[str, FactOf | Named]

    @classmethod
    def of(cls, facts: Mapping[str, Fact]) -> Scope:
        """The vocabulary alone."""
        return cls(MappingProxyType({id: FactOf(fact) for id, fact in facts.items()}))

    def plus(self, named: Named) -> Scope:
        """This scope and one more name, which must be new. ClauseError if a fact or a value has it
        already."""
        if named.id in self.names:
            raise refuse(
                f"“{named.id}”已经是另一个事实、数值或中间结果的名称",
                f"“{named.id}” already names another fact, value or derived result",
                "请换一个名称",
                "choose another id",
            )
        if not _NAME.fullmatch(named.id) or named.id in _WORDS:
            raise refuse(
                f"“{named.id}”不能作名称",
                f"“{named.id}” cannot be a name",
                "名称以小写字母开头，只含小写字母、数字和下划线，且不是语言的保留字",
                "begin with a small letter, use small letters, digits and underscores, "
                "and no word of the language",
            )
        return Scope(MappingProxyType({**self.names, named.id: named}))


def parse(expression: str, scope: Scope) -> Node:
    """Read, type and bound one expression. ClauseError, with the mend and the place, for anything
    refused."""
    try:
        tokens = _tokens(expression, scope)
        _one_comparison_at_a_time(tokens)
        parsed = Parser().parse(tokens, expression)
    except SqlglotError as fault:
        raise _unreadable(fault) from fault
    except RecursionError as fault:
        raise _too_deep() from fault
    if len(parsed) != 1 or parsed[0] is None:
        raise refuse("表达式是空的", "the expression is empty", "请写一个条件", "write a condition")
    _bounded(parsed[0])
    return _Reader(scope).read(parsed[0])


def parse_condition(expression: str, scope: Scope) -> Node:
    """An expression that must be true or false."""
    node = parse(expression, scope)
    if node.kind != "bool":
        raise refuse(
            f"条件的结果是{typing_rules.NAMES[node.kind].zh}，不是“是/否”",
            f"the condition gives {typing_rules.NAMES[node.kind].en}, not yes or no",
            "请写成比较，如 employees < 1000",
            "write a comparison, such as employees < 1000",
        )
    return node


def parse_amount(expression: str, scope: Scope) -> Node:
    """An expression that must be a non-negative amount in 分."""
    node = parse(expression, scope)
    if node.kind not in ("fen", "number") or node.bounds is None:
        raise refuse(
            f"金额的结果是{typing_rules.NAMES[node.kind].zh}，不是金额",
            f"the amount gives {typing_rules.NAMES[node.kind].en}, not money",
            "请用以分为单位的事实和数值计算",
            "compute it from facts and values in fen",
        )
    if node.bounds.low < 0:
        raise refuse(
            f"金额可能小于零（最低 {node.bounds.low}）",
            f"the amount could be below zero (as low as {node.bounds.low})",
            "请写成 GREATEST(0, …)",
            "write GREATEST(0, …)",
        )
    return node


def value_of(value: Value, scope: Scope) -> Named:
    """A policy value as a name: a constant, or a CASE over the text fact it depends on."""
    node = typing_rules.value_tree(value, scope.names.get(value.by) if value.by else None)
    return Named(value.id, "value", *value.text, node, node.kind, node.bounds, depth_of(node))


def derived_of(derived: Derived, scope: Scope) -> Named:
    """A derived result as a name; its expression sees what `scope` has so far."""
    node = parse(derived.expression, scope)
    named = Named(
        derived.id, "derived", *derived.text, node, node.kind, node.bounds, depth_of(node)
    )
    if named.depth > DEEPEST_WITH_NAMES:
        raise _too_deep()
    return named


def _tokens(expression: str, scope: Scope) -> list[Token]:
    """Tokens of the whitelist only; `x HAS 'y'` becomes `HAS(x, 'y')`, which the parser
    understands."""
    if len(expression) > LONGEST_TEXT:
        raise refuse(
            f"表达式太长（{len(expression)} 个字符，最多 {LONGEST_TEXT}）",
            f"the expression is too long ({len(expression)} characters, at most {LONGEST_TEXT})",
            "请拆成几个条件或中间结果",
            "split it into clauses or derived results",
        )
    tokens = Tokenizer().tokenize(expression)
    if len(tokens) > MOST_TOKENS:
        raise _too_deep()
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        following = tokens[at + 1] if at + 1 < len(tokens) else None
        if _infix_has(out, token, following) and following is not None:
            name = out.pop()
            out += [_as(token, TokenType.VAR, "HAS"), _as(token, TokenType.L_PAREN, "("), name]
            out += [_as(token, TokenType.COMMA, ","), following]
            out.append(_as(token, TokenType.R_PAREN, ")"))
            at += 2
            continue
        out.append(_checked(token, following, scope))
        at += 1
    return out


def _infix_has(before: list[Token], token: Token, following: Token | None) -> bool:
    """Whether a token is the HAS of `name HAS 'element'`."""
    return (
        token.text.upper() == "HAS"
        and bool(before)
        and before[-1].token_type is TokenType.VAR
        and following is not None
        and following.token_type is TokenType.STRING
    )


def _as(token: Token, kind: TokenType, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end)


def _checked(token: Token, following: Token | None, scope: Scope) -> Token:
    """The token, if the language has it; a word that the scope knows is a name."""
    if token.comments:
        raise refuse(
            "表达式里不能写注释（-- 也会开始一段注释）",
            "an expression has no comments (-- begins one, too)",
            "请把说明写进 text；减负数请加括号：5 - (-3)",
            "put the explanation in text; subtract a negative in brackets: 5 - (-3)",
            token.start,
        )
    text, kind = token.text, token.token_type
    before_bracket = following is not None and following.token_type is TokenType.L_PAREN
    if kind is not TokenType.STRING and text.lower() not in _WORDS:
        if text in scope.names and not before_bracket:
            return _as(token, TokenType.VAR, text)
        if kind not in _ALLOWED or (before_bracket and kind is TokenType.VAR):
            reason = REFUSED_FUNCTIONS.get(text.upper()) or REFUSED_TOKENS.get(kind.name)
            if reason is not None:
                raise refuse(*reason, token.start)
            if before_bracket and text.replace("_", "").isalnum():
                raise _no_such_function(text, token.start)
            if _NAME.fullmatch(text.lower()):
                raise unknown_name(text, scope.names, token.start)
            raise refuse(
                f"语言里没有“{text}”",
                f"the language has no “{text}”",
                "可用：比较、AND OR NOT、IN、BETWEEN、IS NULL、CASE、+ - * 和 "
                + "、".join(FUNCTIONS),
                "use comparisons, AND OR NOT, IN, BETWEEN, IS NULL, CASE, + - * and "
                + ", ".join(FUNCTIONS),
                token.start,
            )
    if kind is TokenType.NUMBER and not text.isdecimal():
        raise refuse(*REFUSED_TOKENS["FLOAT"], token.start)
    return token


def _no_such_function(name: str, position: int) -> ClauseError:
    return refuse(
        f"没有函数 {name}",
        f"there is no function {name}",
        "可用的函数：" + "、".join(FUNCTIONS),
        "the functions are " + ", ".join(FUNCTIONS),
        position,
    )


def _unreadable(fault: SqlglotError) -> ClauseError:
    """The parser's complaint in our words; its own are about SQL statements, which nobody wrote
    here."""
    details = getattr(fault, "errors", None) or [{}]
    near = str(details[0].get("highlight") or "").strip()
    column = details[0].get("col")
    beside = f"（在“{near}”附近）" if near else ""
    return refuse(
        f"表达式读不通{beside}",
        "the expression cannot be read" + (f" (near “{near}”)" if near else ""),
        "请检查括号是否成对、引号是否闭合、运算符两边是否都有内容",
        "check that brackets and quotes are closed and that each operator has both sides",
        max(0, int(column) - 1) if isinstance(column, int) else None,
    )


def _too_deep() -> ClauseError:
    return refuse(
        "表达式太长或嵌套太深",
        "the expression is too long or nested too deeply",
        "请拆成几个条件或中间结果（derive）",
        "split it into clauses or derived results (derive)",
    )


def _bounded(root: exp.Expr) -> None:
    """Refuse a tree too deep to walk. A chain of AND or OR is flattened later and counts once."""
    waiting: list[tuple[exp.Expr, int]] = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEEPEST:
            raise _too_deep()
        for child in node.iter_expressions():
            same = isinstance(node, exp.And | exp.Or) and type(child) is type(node)
            waiting.append((child, depth if same else depth + 1))


def _position(node: exp.Expr) -> int | None:
    """Where the first name below a node stands in the text."""
    for below in node.walk():
        start = below.meta.get("start")
        if isinstance(start, int):
            return start
    return None


def _only(node: exp.Expr, *allowed: str) -> None:
    """Refuse any part of a node that the language does not have: `BETWEEN SYMMETRIC`, `IN (SELECT
    …)`."""
    for name, part in node.args.items():
        if part and name not in allowed:
            raise _unsupported(node)


def _one_comparison_at_a_time(tokens: list[Token]) -> None:
    """Refuse `a = b IS NULL`: SQL engines do not agree on which of the two binds first.

    Seen in the tokens, as the parser adds brackets of its own; `_bracketed` sees the rest.
    """
    counts = [0]
    for token in tokens:
        if token.token_type in (TokenType.L_PAREN, TokenType.CASE):
            counts.append(0)
        elif token.token_type in (TokenType.R_PAREN, TokenType.END):
            counts = counts[:-1] or [0]
        elif token.token_type in _BETWEEN_COMPARISONS:
            counts[-1] = 0
        elif token.token_type in _COMPARING:
            counts[-1] += 1
            if counts[-1] > 1:
                raise _in_a_row(token.start)


def _bracketed(node: exp.Expr) -> None:
    """Refuse a comparison of comparisons, such as `a BETWEEN 1 AND 2 = b`."""
    if isinstance(node, _PREDICATES) and not isinstance(node, exp.Not):
        for part in node.iter_expressions():
            if isinstance(part, _PREDICATES):
                raise _in_a_row(_position(part))


def _in_a_row(position: int | None) -> ClauseError:
    return refuse(
        "两个比较连写，各引擎先算哪个并不一致",
        "two comparisons in a row: engines disagree on which comes first",
        "请加括号，如 (a = b) IS NULL，或用 AND 连接",
        "add brackets, such as (a = b) IS NULL, or join them by AND",
        position,
    )


def _unsupported(node: exp.Expr) -> ClauseError:
    text = node.sql()[:60]
    return refuse(
        f"语言里没有这种写法：{text}",
        f"the language has no such form: {text}",
        "请对照条件语言的参考页改写",
        "rewrite it with the forms on the reference page of the clause language",
        _position(node),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns sqlglot's tree into ours, node by node."""

    scope: Scope

    def read(self, node: exp.Expr) -> Node:
        """One node and all below it. ClauseError with a position."""
        try:
            return self._read(node)
        except ClauseError as fault:
            if fault.position is None:
                raise ClauseError(fault.message, fault.mend, _position(node)) from fault
            raise

    def _read(self, node: exp.Expr) -> Node:
        _bracketed(node)
        match node:
            case exp.Paren():
                return self.read(node.this)
            case exp.Column():
                return self._name(node)
            case exp.Literal():
                return self._literal(node)
            case exp.Boolean():
                return Literal("bool", bool(node.this))
            case exp.Neg():
                return typing_rules.negative(self.read(node.this))
            case exp.Not():
                return Not(typing_rules.truth(self.read(node.this)))
            case exp.And() | exp.Or():
                return self._both(node)
            case exp.Between():
                _only(node, "this", "low", "high")
                parts = (node.this, node.args["low"], node.args["high"])
                return typing_rules.between(*map(self.read, parts))
            case exp.In():
                return self._one_in(node)
            case exp.Is():
                if not isinstance(node.expression, exp.Null):
                    raise refuse(*REFUSED_TOKENS["IS"])
                return typing_rules.is_null(self.read(node.this))
            case exp.Case():
                return self._case(node)
            case exp.Cast():
                return self._date(node)
            case exp.Null():
                raise refuse(*REFUSED_TOKENS["NULL"])
        if type(node) in _COMPARISONS:
            left, right = self.read(node.this), self.read(node.expression)
            return typing_rules.compare(_COMPARISONS[type(node)], left, right)
        if type(node) in _ARITHMETIC:
            left, right = self.read(node.this), self.read(node.expression)
            return typing_rules.arithmetic(_ARITHMETIC[type(node)], left, right)
        return self._function(node)

    def _name(self, node: exp.Column) -> Node:
        _only(node, "this")
        _only(node.this, "this", "quoted")
        named = self.scope.names.get(node.name)
        if named is None:
            raise unknown_name(node.name, self.scope.names, _position(node))
        return named

    def _literal(self, node: exp.Literal) -> Literal:
        if node.is_string:
            return Literal("text", node.name)
        number = int(node.name)
        if number > INT64_HIGH:
            raise refuse(
                f"数字 {node.name} 超出 64 位整数",
                f"the number {node.name} does not fit 64 bits",
                f"请写不大于 {INT64_HIGH} 的整数",
                f"write a whole number up to {INT64_HIGH}",
            )
        return Literal("number", number)

    def _both(self, node: exp.And | exp.Or) -> Both:
        """AND and OR chains become one flat node, read without recursion along the chain."""
        kind = type(node)
        parts: list[exp.Expr] = []
        waiting: list[exp.Expr] = [node]
        while waiting:
            at = waiting.pop()
            if type(at) is kind:
                waiting += [at.expression, at.this]
            else:
                parts.append(at)
        items = tuple(typing_rules.truth(self.read(part)) for part in parts)
        return Both("AND" if kind is exp.And else "OR", items)

    def _one_in(self, node: exp.In) -> Node:
        _only(node, "this", "expressions")
        choices: list[Literal] = []
        for part in node.expressions:
            choice = self.read(part)
            if not isinstance(choice, Literal):
                raise refuse(
                    "IN 的列表里只能写常量",
                    "a list after IN holds constants only",
                    "与事实比较请用 =，几个比较用 OR 连接",
                    "compare with facts by =, joined by OR",
                )
            choices.append(choice)
        return typing_rules.one_in(self.read(node.this), choices)

    def _case(self, node: exp.Case) -> Node:
        _only(node, "this", "ifs", "default")
        subject = self.read(node.this) if node.this is not None else None
        branches: list[tuple[Node, Node]] = []
        for branch in node.args["ifs"]:
            _only(branch, "this", "true")
            when = self.read(branch.this)
            if subject is None:
                when = typing_rules.truth(when)
            else:
                when = typing_rules.compare("=", subject, when)
            branches.append((when, self.read(branch.args["true"])))
        default = node.args.get("default")
        return typing_rules.case(branches, None if default is None else self.read(default))

    def _date(self, node: exp.Cast) -> Literal:
        """`DATE '2026-04-01'`, which the parser gives as a cast; the word CAST itself never gets
        this far."""
        _only(node, "this", "to")
        text = node.this
        if isinstance(text, exp.Literal) and text.is_string and node.to.is_type("date"):
            try:
                if _DATE.fullmatch(text.name):
                    return Literal("date", dt.date.fromisoformat(text.name))
            except ValueError:
                pass
        raise refuse(
            f"“{text.name}”不是日期",
            f"“{text.name}” is not a date",
            "请写成 DATE '2026-04-01'",
            "write DATE '2026-04-01'",
        )

    def _function(self, node: exp.Expr) -> Node:
        match node:
            case exp.Coalesce():
                _only(node, "this", "expressions")
                return typing_rules.coalesce([self.read(part) for part in self._items(node)])
            case exp.Least() | exp.Greatest():
                _only(node, "this", "expressions", "ignore_nulls")
                word = "LEAST" if isinstance(node, exp.Least) else "GREATEST"
                return typing_rules.extreme(word, [self.read(part) for part in self._items(node)])
            case exp.StartsWith():
                return typing_rules.starts_with(self.read(node.this), self.read(node.expression))
            case exp.Anonymous():
                arguments = [self.read(part) for part in node.expressions]
                return typing_rules.own_function(node.name.upper(), arguments)
        raise _unsupported(node)

    @staticmethod
    def _items(node: exp.Expr) -> list[exp.Expr]:
        return [part for part in (node.this, *node.expressions) if part is not None]


__all__ = [
    "ClauseError",
    "Scope",
    "derived_of",
    "parse",
    "parse_amount",
    "parse_condition",
    "value_of",
]
