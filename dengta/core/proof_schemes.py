"""What must hold of schemes of support, and of the funds that they draw on."""

from __future__ import annotations

from collections.abc import Iterator

from dengta.core.drafts import Draft, Row
from dengta.core.formats_schemes import WHOLE
from dengta.core.money import wan
from dengta.core.proof import known, overlapping, uncovered, unique
from dengta.core.proof_programmes import FACT, PROGRAMME, Known
from dengta.core.reading import INT64
from dengta.core.reading import Table as Written
from dengta.core.schemes import Scheme, Table
from dengta.core.shapes import Fact, Fund, Period, Text


def references(draft: Draft) -> None:
    """All checks of this module."""
    facts = {r.record.id: r.record if r.table.sound else None for r in draft.facts}
    unique(((r.table, r.record.edition) for r in draft.schemes), Text("文件", "edition"))
    _editions(draft)
    for row in draft.schemes:
        _programme(row, draft)
        _measure(row, draft)
        _sums(row)
        _lists(row)
        if "facts.toml" not in draft.lost:
            _tables(row, facts)
        _amount(row)
        _voucher(row)
        _limits(row)
        _cities(row, draft)
        _pools(row, draft)
    for fund in draft.funds:
        _fund(fund, draft)


# ---------------------------------------------------------------- editions and programme


def _editions(draft: Draft) -> None:
    """Editions of one scheme follow each other, never side by side, and stay with a programme."""
    families: dict[str, list[tuple[Row[Scheme], Period]]] = {}
    for row in draft.schemes:
        families.setdefault(row.record.id, []).append((row, row.record.in_force))
    for family in families.values():
        for one, other in overlapping(family):
            other.table.fault(
                "in_force",
                Text(
                    f"{other.record.edition} 与 {one.record.edition} 的有效期重叠，"
                    f"都是办法 {one.record.id}",
                    f"{other.record.edition} and {one.record.edition} are in force together, both "
                    f"of scheme {one.record.id}",
                ),
                Text(
                    "请写明前一版的 until 和后一版的 from",
                    "give the earlier an until, the later a from",
                ),
            )
        first = family[0][0].record
        for row, _ in family:
            if row.record.programme != first.programme:
                row.table.fault(
                    "programme",
                    Text(
                        f"{first.edition} 属于 {first.programme}，同一办法不能换事项",
                        f"{first.edition} belongs to {first.programme}; editions of one scheme "
                        f"stay with it",
                    ),
                    Text("请改事项，或改 scheme 编号", "change the programme, or the scheme's id"),
                )


def _programme(row: Row[Scheme], draft: Draft) -> None:
    """The programme is there all the while, and is a sample if the scheme is one."""
    table, scheme = row.table, row.record
    if "programmes" in draft.lost:
        return
    family = [r.record for r in draft.programmes if r.record.id == scheme.programme]
    names = sorted({r.record.id for r in draft.programmes})
    if not known(table, "programme", scheme.programme, names, PROGRAMME) or not family:
        return
    day = uncovered(scheme.in_force, [each.in_force for each in family])
    if day is not None:
        table.fault(
            "in_force" if "in_force" in table else "programme",
            Text(
                f"{scheme.programme} 在 {day} 没有生效的版本",
                f"no edition of {scheme.programme} is in force on {day}",
            ),
            Text("请使 in_force 落在事项的有效期内", "let in_force lie within the programme's"),
        )
    for each in family:
        if each.sample != scheme.sample:
            table.fault(
                "sample" if "sample" in table else "programme",
                Text(
                    f"{each.edition} 的 sample 是 {str(each.sample).lower()}，与本办法不同",
                    f"sample is {str(each.sample).lower()} in {each.edition}, unlike here",
                ),
                Text("请使两处一致", "let both say the same"),
            )


def _measure(row: Row[Scheme], draft: Draft) -> None:
    numbers = {measure.number for plan in draft.plans for measure in plan.record.measures}
    number = row.record.measure
    if number and number not in numbers and "plans" not in draft.lost:
        row.table.fault(
            "measure",
            Text(f"没有编号为 {number} 的举措", f"there is no measure {number}"),
            Text("请核对 plans/ 中的 number", "check number in plans/"),
        )


# ---------------------------------------------------------------- sums and lists


def _whole(table: Written, place: str | tuple[str | int, ...], what: Text, total: int) -> None:
    """Shares of a whole make the whole."""
    if total != WHOLE and table.sound:
        table.fault(
            place,
            Text(f"{what.zh}合计 {total}，应为 10000", f"{what.en} make {total}, not 10,000"),
            Text("请调整各份的基点数", "adjust the basis points"),
        )


def _sums(row: Row[Scheme]) -> None:
    """Purses and instalments make the whole; what waits for acceptance comes last."""
    table, scheme = row.table, row.record
    purses = table.table("sharing")
    if purses is not None:
        _whole(purses, (), Text("分担比例", "the purses' shares"), sum(scheme.sharing.values()))
    parts = table.rows("instalment")
    if not parts or not all(each.sound for each in parts):
        return
    total = sum(each.share_bps for each in scheme.instalments)
    _whole(parts[-1], "share_bps", Text("各期比例", "the instalments"), total)
    accepted = False
    for each, instalment in zip(parts, scheme.instalments, strict=True):
        if instalment.when == "approved" and accepted:
            each.fault(
                "when",
                Text("核定后付的一期排在验收后付的之后", "approved comes after accepted"),
                Text("请按付款先后排列", "write them in the order of payment"),
            )
        accepted = accepted or instalment.when == "accepted"


def _lists(row: Row[Scheme]) -> None:
    """Kinds of cost and papers once each; something can count."""
    table, scheme = row.table, row.record
    costs, needs = table.rows("cost"), table.rows("need")
    unique(zip(costs, (c.id for c in scheme.costs), strict=True), Text("费用类别", "kind of cost"))
    unique(zip(needs, (n.id for n in scheme.needs), strict=True), Text("材料", "paper"))
    if scheme.rate is None or not all(each.sound for each in costs):
        return
    counting = [each for each in scheme.costs if each.counted_bps]
    if not counting:
        table.fault(
            "cost" if costs else (),
            Text("按比例补助，却没有计入的费用类别", "a share is paid and no kind of cost counts"),
            Text(
                "请写 [[cost]]，其 counted_bps 大于 0", "write a [[cost]] with counted_bps above 0"
            ),
        )
    elif sum(each.most_bps or WHOLE for each in counting) < WHOLE:
        last = max(at for at, each in enumerate(scheme.costs) if each.counted_bps)
        costs[last].fault(
            "most_bps",
            Text(
                "各类上限合计不到 10000，什么费用都计不进来",
                "the bounds make less than 10,000, so that nothing can ever count",
            ),
            Text("请留一类不设 most_bps", "leave one kind without most_bps"),
        )


# ---------------------------------------------------------------- the amount


def _numbers(row: Row[Scheme]) -> Iterator[tuple[str, Written, Table]]:
    """The numbers of a scheme that are written, each with its key and table."""
    for key in ("rate", "fixed", "cap"):
        table = row.table.table(key)
        number: Table | None = getattr(row.record, key)
        if table is not None and number is not None:
            yield key, table, number


def _tables(row: Row[Scheme], facts: Known) -> None:
    """A number by a fact: one of text with allowed words, or an integer, and only its values."""
    for _, table, number in _numbers(row):
        if not number.by or not known(table, "by", number.by, facts, FACT):
            continue
        fact = facts[number.by]
        rows = table.table("rows")
        if fact is None or rows is None:
            continue
        if not number.rows and table.sound:
            table.fault(
                "rows",
                Text("rows 里没有一行", "rows is empty"),
                Text("请写 rows = { 值 = … }", "write rows = { value = … }"),
            )
        elif fact.type == "text" and fact.values:
            for word in number.rows:
                known(rows, word, word, fact.values, Text(f"{fact.id} 的取值", f"{fact.id} value"))
        elif fact.type == "integer":
            _integers(rows, number, fact)
        else:
            table.fault(
                "by",
                Text(
                    f"{fact.id} 不能分档，它的类型是 {fact.type}",
                    f"{fact.id}, of type {fact.type}, gives no rows",
                ),
                Text(
                    "请用有取值的文字事实，或整数事实",
                    "use a text fact with values, or an integer",
                ),
            )


def _integers(rows: Written, number: Table, fact: Fact) -> None:
    """Rows of an integer fact: whole numbers within its range, written plainly."""
    low = -INT64 if fact.low is None else fact.low
    high = INT64 if fact.high is None else fact.high
    for word in number.rows:
        plain = word.lstrip("-").isdecimal() and word.isascii() and str(int(word)) == word
        if not plain or not low <= int(word) <= high:
            rows.fault(
                word,
                Text(f"{fact.id} 不能是 {word}", f"{fact.id} cannot be {word}"),
                Text(f"请写 {low} 至 {high} 的整数", f"write a whole number from {low} to {high}"),
            )


def _amount(row: Row[Scheme]) -> None:
    """Rate or fixed amount, never both, and one of them unless an award says it; a cap for each
    row of a rate by the same fact; and nothing bounded by costs that nobody claims."""
    table, scheme = row.table, row.record
    if not table.sound:
        return
    if (scheme.rate is None) == (scheme.fixed is None) and (
        scheme.rate is not None or scheme.kind != "reward"
    ):
        both = scheme.rate is not None
        table.fault(
            "fixed" if both else "kind",
            Text(
                "rate 与 fixed 不能并用" if both else "没有写补多少",
                "rate and fixed exclude each other" if both else "nothing says how much is paid",
            ),
            Text("请在 rate 与 fixed 中只留一个", "keep one of rate and fixed"),
        )
    rate, cap = scheme.rate, scheme.cap
    if rate is not None and cap is not None and rate.by and rate.by == cap.by:
        absent = [word for word, bps in rate.rows.items() if bps and word not in cap.rows]
        if absent:
            table.fault(
                ("cap", "rows"),
                Text(
                    f"{absent[0]} 有比例、没有封顶，会算成 0",
                    f"{absent[0]} has a rate and no cap, and would get nothing",
                ),
                Text(f"请补上 {absent[0]} = …", f"add {absent[0]} = …"),
            )
    if scheme.matched and not scheme.costs:
        table.fault(
            "matched" if "matched" in table else "kind",
            Text(
                "没有费用类别，却不超过企业实付，会算成 0",
                "without costs, what the firm paid would bound the amount to nothing",
            ),
            Text("请写 matched = false，或补上 [[cost]]", "write matched = false, or add [[cost]]"),
        )


def _voucher(row: Row[Scheme]) -> None:
    """What only vouchers have; who is paid follows from how it is settled; first come needs an
    amount that is known in advance."""
    table, scheme = row.table, row.record
    if not table.sound:
        return
    voucher = scheme.kind == "voucher"
    if voucher and scheme.valid_days is None:
        table.missing("valid_days", "valid_days = 365")
    for key, wrong in (
        ("valid_days", scheme.valid_days is not None),
        ("settlement", scheme.settlement == "set_off"),
        ("payee", scheme.payee == "provider"),
    ):
        if wrong and not voucher:
            table.fault(
                key,
                Text(f"只有服务券才有 {key} 这一项", f"only a voucher has this {key}"),
                Text('请删去，或写 kind = "voucher"', 'remove it, or write kind = "voucher"'),
            )
    if voucher and (scheme.settlement == "set_off") != (scheme.payee == "provider"):
        table.fault(
            "payee" if "payee" in table else "settlement",
            Text(
                f"{scheme.settlement} 的券不能付给 {scheme.payee}",
                f"a voucher that is {scheme.settlement} is not paid to the {scheme.payee}",
            ),
            Text(
                "抵扣（set_off）付给供应商，先付后补（reimburse）付给企业",
                "set_off pays the provider, reimburse pays the enterprise",
            ),
        )
    both = None if scheme.first_cap_fen is None else scheme.later_cap_fen
    bounded = (scheme.fixed, scheme.cap, scheme.yearly_cap_fen, both)
    if scheme.granting == "first_come" and all(each is None for each in bounded):
        table.fault(
            "granting",
            Text("先到先得，却不知道每份多少", "first come, and no share is known in advance"),
            Text("请写 fixed、cap 或 yearly_cap_fen", "write fixed, cap or yearly_cap_fen"),
        )


# ---------------------------------------------------------------- limits against each other


def _most(number: Table | None) -> int | None:
    """The largest that a number can be."""
    if number is None:
        return None
    return max(number.rows.values(), default=0) if number.by else number.amount


def _bounds(scheme: Scheme) -> dict[str, int]:
    """What one firm may get at the most, by the key that says so."""
    bounds = {
        "fixed": _most(scheme.fixed),
        "cap": _most(scheme.cap),
        "first_cap_fen": scheme.first_cap_fen,
        "later_cap_fen": scheme.later_cap_fen,
        "yearly_cap_fen": scheme.yearly_cap_fen,
    }
    return {key: fen for key, fen in bounds.items() if fen is not None}


def _above(table: Written, key: str, fen: int, what: Text, most: int) -> None:
    """A limit above the one that holds it."""
    if fen > most:
        table.fault(
            key,
            Text(
                f"{key} {wan(fen).zh} 多于{what.zh} {wan(most).zh}",
                f"{key}, {wan(fen).en}, is above {what.en}, {wan(most).en}",
            ),
            Text("请降低它，或提高后者", "lower it, or raise the other"),
        )


def _limits(row: Row[Scheme]) -> None:
    """No cap of a case above that of the year, none of a firm or city above the ceiling."""
    table, scheme = row.table, row.record
    if not table.sound:
        return
    for key, fen in _bounds(scheme).items():
        if scheme.yearly_cap_fen is not None and key != "yearly_cap_fen":
            _above(table, key, fen, Text("每年封顶", "the cap of the year"), scheme.yearly_cap_fen)
        if scheme.ceiling_fen is not None:
            _above(table, key, fen, Text("全年总额", "the ceiling"), scheme.ceiling_fen)


def _cities(row: Row[Scheme], draft: Draft) -> None:
    """Ceilings of divisions that exist, none above that of the whole."""
    table, scheme = row.table.table("city_ceilings_fen"), row.record
    if table is None:
        return
    if "regions.toml" not in draft.lost:
        codes = [r.record.code for r in draft.regions if r.record.level == "city"]
        for code in scheme.city_ceilings_fen:
            known(table, code, code, codes, Text("市州", "city"))
    if scheme.ceiling_fen is not None and table.sound:
        for code, fen in scheme.city_ceilings_fen.items():
            _above(table, code, fen, Text("全年总额", "the ceiling"), scheme.ceiling_fen)


def _pools(row: Row[Scheme], draft: Draft) -> None:
    """Nobody may get more than there is, and who comes first needs something to draw on."""
    table, scheme = row.table, row.record
    names = sorted({r.record.id for r in draft.programmes})
    if "programmes" not in draft.lost:
        known(table, "purse", scheme.purse, names, PROGRAMME)
    if "funding" in draft.lost or not table.sound:
        return
    payer = scheme.purse or scheme.programme
    pools = [r.record for r in draft.funds if r.record.programme == payer and r.table.sound]
    if not pools and scheme.granting == "first_come":
        table.fault(
            "granting",
            Text(
                f"{payer} 没有资金池，先到先得无从发放",
                f"{payer} has no fund, so nothing can be drawn",
            ),
            Text("请在 funding/ 里补一个资金池", "add a fund in funding/"),
        )
    if pools:
        least = min(pools, key=_reach)
        bounds = _bounds(scheme)
        if scheme.ceiling_fen is not None:
            bounds["ceiling_fen"] = scheme.ceiling_fen
        for key, fen in bounds.items():
            what = Text(f"资金池 {least.id} 的", f"the fund {least.id}")
            _above(table, key, fen, what, _reach(least))


def _reach(fund: Fund) -> int:
    """What a fund has in one place: the part of each, where it is passed on."""
    return fund.pool_fen if fund.each_fen is None else fund.each_fen


# ---------------------------------------------------------------- funds


def _fund(row: Row[Fund], draft: Draft) -> None:
    """A plan that exists; what each division gets, in portions that make the whole."""
    table, fund = row.table, row.record
    if "plans" not in draft.lost:
        known(table, "plan", fund.plan, [r.record.id for r in draft.plans], Text("方案", "plan"))
    portions = table.rows("portion")
    if portions and all(each.sound for each in portions):
        total = sum(portion.share_bps for portion in fund.portions)
        _whole(portions[-1], "share_bps", Text("拨付批次", "the portions"), total)
    if not table.sound:
        return
    if fund.each_fen is not None:
        _above(table, "each_fen", fund.each_fen, Text("资金池", "the pool"), fund.pool_fen)
        return
    for key in ("enterprise_bps", "portion"):
        if key in table:
            table.fault(
                key,
                Text(f"有 {key}，却没有写每地多少", f"{key} without what each division gets"),
                Text("请补一行 each_fen = …，或删去", "add a line each_fen = …, or remove it"),
            )
