"""What the language of clauses refuses, why, and how to write it instead: one table, in both
languages."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from dengta.core.shapes import Text
from dengta.core.tree import FactOf, Named

FUNCTIONS = ("COALESCE", "LEAST", "GREATEST", "SHARE", "FLOORDIV", "STARTS_WITH", "HAS")

Reason = tuple[str, str, str, str]
"""What is wrong and how to mend it: zh, en, zh, en."""


class ClauseError(Exception):
    """An expression that cannot be used: what is wrong, how to mend it, and where (a character
    offset, or None)."""

    def __init__(self, message: Text, mend: Text, position: int | None = None) -> None:
        super().__init__(f"{message.zh}：{mend.zh}")
        self.message, self.mend, self.position = message, mend, position


def refuse(
    zh: str, en: str, mend_zh: str, mend_en: str, position: int | None = None
) -> ClauseError:
    """A ClauseError from its four texts."""
    return ClauseError(Text(zh, en), Text(mend_zh, mend_en), position)


def unknown_name(
    name: str, names: Mapping[str, FactOf | Named], position: int | None = None
) -> ClauseError:
    """A name that is not in scope, with the nearest one that is."""
    near = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    if near:
        found = names[near[0]]
        zh = found.zh if isinstance(found, Named) else found.fact.term.zh
        mend = (f"是否指 {near[0]}（{zh}）？", f"did you mean {near[0]}?")
    else:
        mend = (
            "请使用 facts.toml 中的事实，或先写出同名的数值（value）或中间结果（derive）",
            "use a fact of facts.toml, or add a value or a derived result of that name first",
        )
    return refuse(
        f"没有名为“{name}”的事实或数值", f"there is no fact or value “{name}”", *mend, position
    )


_DIVIDE: Reason = (
    "没有除法：各引擎的舍入不同",
    "there is no division: engines round it differently",
    "比例写成乘积（rd_fen * 10000 >= revenue_fen * 300），"
    "补助写 SHARE(金额, 基点)，取整写 FLOORDIV(x, 12)",
    "write a ratio as a product (rd_fen * 10000 >= revenue_fen * 300), "
    "a share as SHARE(amount, bps), a whole part as FLOORDIV(x, 12)",
)
_REMAINDER: Reason = (
    "没有取余：负数的余数各引擎不同",
    "there is no remainder: engines disagree on negative ones",
    "请写成比较或 CASE",
    "write comparisons or CASE",
)
_CAST: Reason = (
    "没有类型转换",
    "there are no casts",
    "请在 facts.toml 中给事实定好类型，直接比较同类的值",
    "give the fact its type in facts.toml and compare values of like type",
)
_PATTERN: Reason = (
    "没有 LIKE 和正则匹配：各引擎对大小写的处理不同",
    "there is no LIKE and no pattern: engines differ on letter case",
    "代码的前缀写 STARTS_WITH(industry_code, '13')，其余写 = 或 IN",
    "write a code's prefix as STARTS_WITH(industry_code, '13'), anything else as = or IN",
)
_FLOAT: Reason = (
    "没有小数",
    "there are no decimal numbers",
    "金额用分（1.50 元写 150），比例用基点（3 % 写 300）",
    "write money in fen (150 for 1.50 yuan) and rates in basis points (300 for 3 %)",
)
_TODAY: Reason = (
    "条件里没有今天的日期，也没有日期运算",
    "a clause knows no today and does no date arithmetic",
    "请使用按评定日期算好的事实，如 years_established，或与 DATE '2026-04-01' 比较",
    "use a fact computed for the as-of date, such as years_established, "
    "or compare with DATE '2026-04-01'",
)
_LENGTH: Reason = (
    "没有文本函数：中文长度各引擎不同",
    "there are no text functions: engines differ on the length of Chinese text",
    "文本只能用 =、IN 和 STARTS_WITH 判断",
    "test text by =, IN and STARTS_WITH only",
)
_ROUND: Reason = (
    "没有四舍五入函数：各引擎对一半的处理不同",
    "there is no rounding function: engines differ on halves",
    "补助金额写 SHARE(金额, 基点)，它按分四舍五入",
    "write SHARE(amount, bps), which rounds half up to the fen",
)
_IF: Reason = (
    "没有 IF 函数",
    "there is no IF function",
    "请写 CASE WHEN 条件 THEN 值 ELSE 值 END",
    "write CASE WHEN condition THEN value ELSE value END",
)
_NVL: Reason = (
    "替代缺失值只有一种写法",
    "there is one way to stand in for a missing value",
    "请写 COALESCE(x, 0)",
    "write COALESCE(x, 0)",
)
_QUOTED: Reason = (
    "双引号里的是名称，不是文本",
    "double quotes enclose a name, not a text",
    "文本请用单引号，如 'service'；名称不加引号",
    "put text in single quotes, such as 'service'; names have no quotes",
)
_QUERY: Reason = (
    "条件里不能查询表",
    "a clause does not query tables",
    "请只写一个条件表达式",
    "write a single expression",
)
_BITS: Reason = (
    "没有位运算",
    "there are no bit operations",
    "请写 AND、OR、NOT 或比较",
    "write AND, OR, NOT or comparisons",
)

REFUSED_FUNCTIONS: Mapping[str, Reason] = {
    **dict.fromkeys(("CAST", "TRY_CAST", "CONVERT", "SAFE_CAST", "TO_NUMBER", "TO_DATE"), _CAST),
    **dict.fromkeys(("LENGTH", "LEN", "CHAR_LENGTH", "UPPER", "LOWER", "TRIM", "SUBSTR"), _LENGTH),
    **dict.fromkeys(("SUBSTRING", "CONCAT", "REPLACE", "LEFT", "RIGHT", "CONTAINS"), _LENGTH),
    **dict.fromkeys(("ROUND", "CEIL", "CEILING", "FLOOR", "TRUNC"), _ROUND),
    **dict.fromkeys(("IF", "IIF", "DECODE"), _IF),
    **dict.fromkeys(("NVL", "IFNULL", "ISNULL", "NVL2", "NULLIF"), _NVL),
    **dict.fromkeys(("NOW", "TODAY", "CURRENT_DATE", "CURRENT_TIMESTAMP", "CURDATE"), _TODAY),
    **dict.fromkeys(("YEAR", "MONTH", "DAY", "DATEDIFF", "DATE_DIFF", "DATE_ADD", "AGE"), _TODAY),
    **dict.fromkeys(("INTERVAL", "EXTRACT"), _TODAY),
    **dict.fromkeys(("MOD",), _REMAINDER),
    **dict.fromkeys(("DIV",), _DIVIDE),
    **dict.fromkeys(("REGEXP_LIKE", "REGEXP", "SIMILAR"), _PATTERN),
    "MIN": (
        "MIN 是对多行求最小值",
        "MIN is for many rows",
        "几个值取最小请写 LEAST(a, b)",
        "write LEAST(a, b) for the least of several values",
    ),
    "MAX": (
        "MAX 是对多行求最大值",
        "MAX is for many rows",
        "几个值取最大请写 GREATEST(a, b)",
        "write GREATEST(a, b) for the greatest of several values",
    ),
}

REFUSED_TOKENS: Mapping[str, Reason] = {
    **dict.fromkeys(("SLASH", "DIV"), _DIVIDE),
    "MOD": _REMAINDER,
    "DCOLON": _CAST,
    **dict.fromkeys(("LIKE", "ILIKE", "RLIKE", "GLOB", "SIMILAR_TO", "TILDE", "IRLIKE"), _PATTERN),
    "DPIPE": _LENGTH,
    **dict.fromkeys(("CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIME", "INTERVAL"), _TODAY),
    "IDENTIFIER": _QUOTED,
    **dict.fromkeys(("SELECT", "FROM", "WITH", "EXISTS", "SEMICOLON", "UNION", "WHERE"), _QUERY),
    **dict.fromkeys(("AMP", "PIPE", "CARET", "LT_LT", "GT_GT", "DAMP"), _BITS),
    "FLOAT": _FLOAT,
    "NULL": (
        "与 NULL 比较永远不成立",
        "a comparison with NULL is never true",
        "判断缺失请写 x IS NULL；CASE 中省去 ELSE 即为“待补充”",
        "write x IS NULL; leave out ELSE for an unknown result of CASE",
    ),
    "IS": (
        "IS 后面只能是 NULL 或 NOT NULL",
        "after IS comes NULL or NOT NULL only",
        "“是/否”的事实直接写名称，或写 NOT 名称",
        "write a yes/no fact by its name, or NOT and its name",
    ),
}
