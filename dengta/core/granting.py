"""补助计算: from costs, facts and limits to an amount, each step in words; and how the amount is
shared among purses, paid in instalments and, when it has to come back, charged interest.

Pure and exact: whole 分, basis points, half-up. What cannot be is refused with the field's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from dengta.core.money import largest_remainder, rate, share
from dengta.core.money import wan as _yuan
from dengta.core.schemes import CostClass, Level, Moment, Scheme, Table
from dengta.core.shapes import FactValue, Text

__all__ = [
    "Cost",
    "Counted",
    "CountedLine",
    "Granted",
    "GrantingError",
    "Split",
    "Step",
    "count",
    "grant",
    "instalments",
    "interest",
    "shared",
    "split",
    "voucher_amount",
]

WHOLE = 10_000
DAYS_OF_A_YEAR = 365
LEVELS: tuple[Level, ...] = ("province", "city", "county")


class GrantingError(ValueError):
    """What was given cannot be calculated with: `field` is what to change, `message` says why and
    how."""

    def __init__(self, field: str, message: Text) -> None:
        super().__init__(message.zh)
        self.field = field
        self.message = message


# ---------------------------------------------------------------- costs


@dataclass(frozen=True, slots=True)
class Cost:
    """One line of a claim: what it cost, and what an official left of it (`allowed_fen`; None while
    nobody has cut it) and why. `id` is unique within a claim."""

    id: str
    cost_class: str
    amount_fen: int
    allowed_fen: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CountedLine:
    """How much of a line counted, and why that much."""

    id: str
    cost_class: str
    fen: int
    why: Text


@dataclass(frozen=True, slots=True)
class Counted:
    """The costs that count: in all, by line (in the order given) and by class of the scheme."""

    fen: int
    lines: tuple[CountedLine, ...]
    by_class: Mapping[str, int]


def count(scheme: Scheme, costs: Sequence[Cost]) -> Counted:
    """What counts of some costs (核定费用).

    Of each class `counted_bps` of what was left of its lines counts. A class with `most_bps` then
    makes up at most that share of all that counts in the end: the amounts are the largest whole 分
    for which this holds of all such classes at once. What a class keeps is divided among its lines
    by largest remainder, in the order of their ids; so neither the order of lines nor how a cost is
    split into lines changes the sum. More cost never counts less. GrantingError for a line that
    cannot be.
    """
    classes = {each.id: each for each in scheme.costs}
    seen: set[str] = set()
    for cost in costs:
        _sound(cost, classes, seen)
    lines: dict[str, list[Cost]] = {id: [] for id in classes}
    for cost in sorted(costs, key=lambda each: each.id):
        lines[cost.cost_class].append(cost)
    whole = {id: sum(map(_left, lines[id])) for id in classes}
    rated = {id: share(whole[id], classes[id].counted_bps) for id in classes}
    kept = _bounded(rated, {id: most for id, c in classes.items() if (most := c.most_bps)})
    found: dict[str, CountedLine] = {}
    for id, own in lines.items():
        parts = largest_remainder(kept[id], [_left(cost) for cost in own])
        for cost, fen in zip(own, parts, strict=True):
            why = _why(cost, classes[id], bound=kept[id] < rated[id])
            found[cost.id] = CountedLine(cost.id, id, fen, why)
    return Counted(sum(kept.values()), tuple(found[cost.id] for cost in costs), kept)


def _sound(cost: Cost, classes: Mapping[str, CostClass], seen: set[str]) -> None:
    """Refuse a line that cannot be."""
    if cost.id in seen:
        raise GrantingError(
            "id",
            Text(
                f"费用行 {cost.id} 写了两次，请删去一行或改编号。",
                f"The line {cost.id} is there twice. Remove one or give it another id.",
            ),
        )
    seen.add(cost.id)
    if cost.cost_class not in classes:
        names, english = "、".join(classes), ", ".join(classes)
        raise GrantingError(
            "cost_class",
            Text(
                f"办法里没有费用类别 {cost.cost_class}，请从中选：{names}。",
                f"The scheme has no kind of cost {cost.cost_class}. Choose one of: {english}.",
            ),
        )
    _not_negative("amount_fen", cost.amount_fen)
    if cost.allowed_fen is not None:
        _not_negative("allowed_fen", cost.allowed_fen)
        if cost.allowed_fen > cost.amount_fen:
            raise GrantingError(
                "allowed_fen",
                Text(
                    f"核定 {_yuan(cost.allowed_fen).zh}，多于申报的 {_yuan(cost.amount_fen).zh}。"
                    "请填不超过申报的金额。",
                    f"{_yuan(cost.allowed_fen).en} allowed is more than the "
                    f"{_yuan(cost.amount_fen).en} claimed. Allow at most what is claimed.",
                ),
            )


def _left(cost: Cost) -> int:
    """What an official left of a line."""
    return cost.amount_fen if cost.allowed_fen is None else cost.allowed_fen


def _bounded(rated: Mapping[str, int], most: Mapping[str, int]) -> dict[str, int]:
    """The largest amounts of which no bound class makes up more than its share of their sum.

    With bounds m the sum T has to be free + Σ min(rated, ⌊m·T⌋). The right side grows with T and,
    without ⌊⌋, is concave: the largest T that it reaches is found by halving, and from there down
    whole 分 are tried. It stops at the latest at a multiple of 10,000, where ⌊⌋ changes nothing.
    """
    free = sum(fen for id, fen in rated.items() if id not in most)
    bound = [(rated[id], bps) for id, bps in most.items()]
    low, high = 0, sum(rated.values())
    while low < high:
        middle = (low + high + 1) // 2
        reach = WHOLE * free + sum(min(WHOLE * fen, bps * middle) for fen, bps in bound)
        low, high = (middle, high) if reach >= WHOLE * middle else (low, middle - 1)
    total = low
    while (lower := free + sum(min(fen, bps * total // WHOLE) for fen, bps in bound)) < total:
        total = lower
    return {
        id: min(fen, most[id] * total // WHOLE) if id in most else fen for id, fen in rated.items()
    }


def _why(cost: Cost, cost_class: CostClass, bound: bool) -> Text:
    """Why so much of a line counts, as an official would say it."""
    zh, en = [], []
    if cost.allowed_fen is not None and cost.allowed_fen < cost.amount_fen:
        reason = cost.reason.strip().rstrip("。.；;")
        zh.append(
            f"申报 {_yuan(cost.amount_fen).zh}，核定 {_yuan(cost.allowed_fen).zh}"
            + (f"：{reason}" if reason else "")
        )
        en.append(
            f"{_yuan(cost.amount_fen).en} claimed, {_yuan(cost.allowed_fen).en} allowed"
            + (f": {reason}" if reason else "")
        )
    name, bps = cost_class.text, cost_class.counted_bps
    if bps == 0:
        zh.append(f"“{name.zh}”不计入补助范围")
        en.append(f"“{name.en}” does not count")
    elif bps < WHOLE:
        zh.append(f"“{name.zh}”按 {rate(bps)} 计入")
        en.append(f"“{name.en}” counts at {rate(bps)}")
    if bound and cost_class.most_bps is not None:
        most = rate(cost_class.most_bps)
        zh.append(f"“{name.zh}”最多占核定费用的 {most}，超出部分按比例扣减")
        en.append(f"“{name.en}” may make up at most {most} of what counts; the rest is taken off")
    if not zh:
        return Text("全额计入。", "Counts in full.")
    return Text("；".join(zh) + "。", "; ".join(en) + ".")


# ---------------------------------------------------------------- the amount


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a calculation in words, and the amount before and after it, in 分."""

    text: Text
    before_fen: int
    after_fen: int


@dataclass(frozen=True, slots=True)
class Granted:
    """The amount with its steps; None while a fact is missing, and then `missing` names it."""

    amount_fen: int | None
    steps: tuple[Step, ...]
    missing: tuple[str, ...] = ()


class _Missing(Exception):
    """A number goes by a fact that is not known."""

    def __init__(self, table: Table) -> None:
        super().__init__(table.by)
        self.table = table


def grant(
    scheme: Scheme,
    counted_fen: int,
    facts: Mapping[str, FactValue],
    *,
    paid_fen: int | None,
    earlier: int = 0,
    year_left_fen: int | None = None,
) -> Granted:
    """What a case gets: rate or fixed amount, cap, cap of the first or a later case, what is left
    of the year, and never more than the firm paid where the scheme is `matched`.

    `counted_fen` is the sum of `count`; of a reward without rate and fixed amount it is the amount
    of the award. `paid_fen` is None where an advance is granted before the firm has paid: what the
    firm pays then bounds the amount when the case is calculated again at acceptance. `earlier`
    cases of the firm were granted before; None for `year_left_fen` means that nothing of the year
    is spent. GrantingError for a negative number.
    """
    _all_given(earlier, year_left_fen, counted_fen=counted_fen, paid_fen=paid_fen or 0)

    def steps(fen: int) -> list[Step]:
        found = _first(scheme, fen, facts)
        found += _capped(scheme, found[-1].after_fen, facts)
        found += _limited(scheme, found[-1].after_fen, earlier, year_left_fen)
        last = found[-1].after_fen
        if scheme.matched and paid_fen is not None and last > paid_fen:
            why = Text(
                f"财政补助不超过企业实际支付的 {_yuan(paid_fen).zh}",
                f"Public money is at most what the firm really paid, {_yuan(paid_fen).en}",
            )
            found.append(_step(why, last, paid_fen))
        return found

    return _granted(steps, counted_fen)


def voucher_amount(
    scheme: Scheme,
    facts: Mapping[str, FactValue],
    earlier: int = 0,
    year_left_fen: int | None = None,
) -> Granted:
    """The face value of a voucher that is granted before anything is spent: the fixed amount, or
    else the cap, within the caps of a case and of the year.

    GrantingError if the scheme has nothing that bounds it.
    """
    _all_given(earlier, year_left_fen)

    def steps(fen: int) -> list[Step]:
        if scheme.fixed is not None:
            found = _first(replace(scheme, costs=()), fen, facts)
            found += _capped(scheme, found[-1].after_fen, facts)
        elif scheme.cap is not None:
            amount, said = _looked_up(scheme.cap, facts)
            value = Text(f"面额按封顶{said.zh}", f"The value is the cap{said.en}")
            found = [_step(value, 0, amount)]
        else:
            found = []
        so_far = found[-1].after_fen if found else None
        found += _limited(scheme, so_far, earlier, year_left_fen)
        if not found:
            raise GrantingError(
                "cap",
                Text(
                    f"“{scheme.name.zh}”对这一次没有定额也没有封顶，不能事先定面额。"
                    "请在办法里写 fixed 或 cap。",
                    f"“{scheme.name.en}” has neither a fixed amount nor a cap for this case, so "
                    "there is no value in advance. Write fixed or cap in the scheme.",
                ),
            )
        return found

    return _granted(steps, 0)


def _granted(steps: Callable[[int], list[Step]], start: int) -> Granted:
    """The amount that some steps lead to; unknown when a fact is missing."""
    try:
        found = tuple(steps(start))
    except _Missing as gone:
        name = gone.table.term if gone.table.term.zh else Text(gone.table.by, gone.table.by)
        waits = Text(
            f"缺少“{name.zh}”，补填后才能算出金额。",
            f"“{name.en}” is missing; the amount can be worked out once it is filled in.",
        )
        return Granted(None, (Step(waits, start, start),), (gone.table.by,))
    return Granted(found[-1].after_fen, found)


def _all_given(earlier: int, year_left_fen: int | None, **fen: int) -> None:
    """No number is negative."""
    _not_negative("earlier", earlier)
    for field, number in fen.items():
        _not_negative(field, number)
    if year_left_fen is not None:
        _not_negative("year_left_fen", year_left_fen)


def _step(why: Text, before: int, after: int) -> Step:
    """A step whose words end with what it leads to."""
    result = _yuan(after)
    return Step(Text(f"{why.zh}，为 {result.zh}。", f"{why.en}: {result.en}."), before, after)


def _looked_up(table: Table, facts: Mapping[str, FactValue]) -> tuple[int, Text]:
    """A number, and the words that say which row it comes from. _Missing without the fact."""
    if not table.by:
        return table.amount or 0, Text("", "")
    value = facts.get(table.by)
    if value is None:
        raise _Missing(table)
    row = str(value)
    term = table.term if table.term.zh else Text(table.by, table.by)
    word = table.words.get(row, Text(row, row))
    said = Text(f"（{term.zh}：{word.zh}）", f" ({term.en.lower()}: {word.en})")
    if row not in table.rows:
        return 0, Text(f"{said.zh[:-1]}，不在支持范围）", f"{said.en[:-1]}, not supported)")
    return table.rows[row], said


def _first(scheme: Scheme, counted: int, facts: Mapping[str, FactValue]) -> list[Step]:
    """Rate of what counted, the fixed amount, or the amount of the award."""
    if scheme.rate is not None:
        bps, said = _looked_up(scheme.rate, facts)
        why = Text(
            f"核定费用 {_yuan(counted).zh} × {rate(bps)}{said.zh}",
            f"{_yuan(counted).en} that counts × {rate(bps)}{said.en}",
        )
        return [_step(why, counted, share(counted, bps))]
    if scheme.fixed is None:
        return [_step(Text("按认定结果给予", "As the award says"), counted, counted)]
    fen, said = _looked_up(scheme.fixed, facts)
    found = [_step(Text(f"定额{said.zh}", f"Fixed amount{said.en}"), counted, fen)]
    if scheme.costs and fen > counted:
        found.append(_step(Text("不超过核定费用", "At most what counts"), fen, counted))
    return found


def _capped(scheme: Scheme, fen: int, facts: Mapping[str, FactValue]) -> list[Step]:
    """The cap of one case; a step only where it takes something away."""
    if scheme.cap is None:
        return []
    cap, said = _looked_up(scheme.cap, facts)
    if fen <= cap:
        return []
    why = f"每个项目最高 {_yuan(cap).zh}{said.zh}", f"At most {_yuan(cap).en} a case{said.en}"
    return [_step(Text(*why), fen, cap)]


def _limited(scheme: Scheme, fen: int | None, earlier: int, year_left: int | None) -> list[Step]:
    """The caps of a first or a later case and of the year. Without an amount so far (None) the
    first limit is the amount; with one, only limits that take something away are steps."""
    limits: list[tuple[Text, int]] = []
    own = scheme.later_cap_fen if earlier else scheme.first_cap_fen
    if own is not None:
        when = Text("再次申领", "A later case") if earlier else Text("首次申领", "The first case")
        most = _yuan(own)
        limits.append((Text(f"{when.zh}最高 {most.zh}", f"{when.en} gets at most {most.en}"), own))
    yearly = scheme.yearly_cap_fen
    left = yearly if year_left is None else year_left
    if left is not None:
        cap = Text("", "")
        if yearly is not None:
            left = min(left, yearly)
            cap = Text(
                f"每家每年最高 {_yuan(yearly).zh}，",
                f"{_yuan(yearly).en} a firm and year, of which ",
            )
        why = Text(
            f"{cap.zh}本年度还剩 {_yuan(left).zh}", f"{cap.en}{_yuan(left).en} is left this year"
        )
        limits.append((why, left))
    found: list[Step] = []
    for why, limit in limits:
        if fen is None or fen > limit:
            found.append(_step(why, fen or 0, limit))
            fen = limit
    return found


# ---------------------------------------------------------------- who pays what, and when


@dataclass(frozen=True, slots=True)
class Split:
    """企业出一点、服务商让一点、政府补一点: three parts that make the list price."""

    enterprise_fen: int
    provider_fen: int
    public_fen: int


def split(list_fen: int, discount_fen: int, public_fen: int, paid_fen: int) -> Split:
    """Divide a list price: the provider gives `discount_fen`, public money bears `public_fen`, the
    firm the rest. `paid_fen` is what the firm really paid to the provider.

    GrantingError naming the field: a negative number, a discount above the list price, more paid
    than the price after discount, public money above that price or above what was paid.
    """
    for field, fen in (
        ("list_fen", list_fen),
        ("discount_fen", discount_fen),
        ("public_fen", public_fen),
        ("paid_fen", paid_fen),
    ):
        _not_negative(field, fen)
    _at_most(
        "discount_fen", discount_fen, list_fen, "让利", "标价", "The discount", "the list price"
    )
    price = list_fen - discount_fen
    after = "让利后的价格", "the price after discount"
    _at_most("public_fen", public_fen, price, "补助", after[0], "The public part", after[1])
    _at_most("paid_fen", paid_fen, price, "实付", after[0], "The payment", after[1])
    _at_most(
        "public_fen", public_fen, paid_fen, "补助", "企业实付", "The public part", "what was paid"
    )
    return Split(price - public_fen, discount_fen, public_fen)


def _at_most(field: str, fen: int, most: int, zh: str, most_zh: str, en: str, most_en: str) -> None:
    if fen > most:
        raise GrantingError(
            field,
            Text(
                f"{zh} {_yuan(fen).zh} 多于{most_zh} {_yuan(most).zh}，"
                f"请填不超过 {_yuan(most).zh} 的金额。",
                f"{en}, {_yuan(fen).en}, is above {most_en}, {_yuan(most).en}. "
                f"Give at most {_yuan(most).en}.",
            ),
        )


def shared(scheme: Scheme, amount_fen: int) -> dict[Level, int]:
    """What each purse bears of a payment: province, city, county, by largest remainder, the higher
    level first on a tie. Only levels that share; the sum is exact."""
    _not_negative("amount_fen", amount_fen)
    levels = [level for level in LEVELS if scheme.sharing.get(level)]
    parts = largest_remainder(amount_fen, [scheme.sharing[level] for level in levels])
    return dict(zip(levels, parts, strict=True))


def instalments(scheme: Scheme, amount_fen: int) -> tuple[tuple[Moment, int], ...]:
    """When which part of an amount is payable, in the order of the scheme; the sum is exact."""
    _not_negative("amount_fen", amount_fen)
    parts = largest_remainder(amount_fen, [each.share_bps for each in scheme.instalments])
    return tuple((each.when, fen) for each, fen in zip(scheme.instalments, parts, strict=True))


def interest(principal_fen: int, rate_bps_per_year: int, days: int) -> int:
    """Simple interest on whole days of a year of 365, in 分, half-up."""
    for field, number in (
        ("principal_fen", principal_fen),
        ("rate_bps_per_year", rate_bps_per_year),
        ("days", days),
    ):
        _not_negative(field, number)
    whole = WHOLE * DAYS_OF_A_YEAR
    return (2 * principal_fen * rate_bps_per_year * days + whole) // (2 * whole)


def _not_negative(field: str, number: int) -> None:
    if number < 0:
        raise GrantingError(
            field,
            Text(
                f"{field} 不能是负数（现为 {number}），请填 0 或以上的整数。",
                f"{field} cannot be negative ({number}). Give a whole number of 0 or more.",
            ),
        )
