"""The page on schemes of support: what each pays, to whom, when, and out of whose purse."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dengta.core.money import rate, wan
from dengta.core.schemes import Scheme, Table
from dengta.core.shapes import Fund, Policy, Text
from dengta.reference.written import both, period, source, table

KINDS = {
    "voucher": Text("服务券", "voucher"),
    "subsidy": Text("补助", "subsidy"),
    "reward": Text("奖补", "reward"),
}
SETTLEMENTS = {
    "reimburse": Text("先付后补", "paid after the firm has paid"),
    "set_off": Text("付款时抵扣", "set off against the bill"),
}
PAYEES = {"enterprise": Text("企业", "the enterprise"), "provider": Text("供应商", "the provider")}
GRANTINGS = {
    "reviewed": Text("审核后发放", "reviewed"),
    "first_come": Text("先到先得", "first come, first served"),
}
LEVELS = {
    "province": Text("省级", "province"),
    "city": Text("市级", "city"),
    "county": Text("县级", "county"),
}
MOMENTS = {
    "approved": Text("审定后", "once approved"),
    "accepted": Text("验收后", "once accepted"),
}


def schemes(policy: Policy) -> Iterator[str]:
    """The whole page."""
    yield "# 补助办法 Schemes of support\n"
    yield (
        "每个办法是 `schemes/` 下的一个文件；谁可以申领由同名事项的条件决定，钱从该事项的资金池出。"
        "Each is one file in `schemes/`; its programme says who may, and its funds pay.\n"
    )
    yield (
        "金额依次是：核定费用、比例或定额、项目封顶、首次或再次封顶、本年度剩余、不超过企业实付。"
        "The amount: costs that count, rate or fixed amount, cap of the case, of a first or later "
        "case, what is left of the year, and no more than the firm paid.\n"
    )
    for each in policy.schemes:
        yield f"## `{each.edition}` {both(each.name)}\n"
        yield f"{each.summary.zh}\n\n{each.summary.en}\n"
        yield from _facts(each)
        yield from _amounts(each)
        yield from _costs(each)
        yield from _needs(each)
    yield from _funds(policy.funds)


def _facts(each: Scheme) -> Iterator[str]:
    yield f"- 办法 scheme: `{each.id}`，{both(KINDS[each.kind])}"
    yield f"- 事项 programme: `{each.programme}`"
    if each.sample:
        yield "- 样例 sample: 不是现行政策 not in force"
    yield f"- 有效期 in force: {period(each.in_force)}"
    yield f"- 依据 source: {source(each.source)}"
    if each.practice is not None:
        yield f"- 办理规则依据 source of practice: {source(each.practice)}"
    if each.purse:
        yield f"- 资金来源 paid from the funds of: `{each.purse}`"
    yield f"- 结算 settlement: {both(SETTLEMENTS[each.settlement])} → {both(PAYEES[each.payee])}"
    yield f"- 发放 granting: {both(GRANTINGS[each.granting])}"
    yield f"- 审定 decided by: {both(LEVELS[each.deciding])}"
    yield f"- 分担 purses: {_shares(LEVELS, each.sharing.items())}"
    parts = ((part.when, part.share_bps) for part in each.instalments)
    yield f"- 分期 instalments: {_shares(MOMENTS, parts)}"
    if each.valid_days is not None:
        yield f"- 有效天数 days it holds: {each.valid_days}"
    if each.accept_months is not None:
        yield f"- 完工后申领期限 months to claim after it is finished: {each.accept_months}"
    yield ""
    for term in each.sanction:
        yield f"1. {both(term)}"
    yield ""


def _shares(words: Mapping[str, Text], shares: Iterable[tuple[str, int]]) -> str:
    return "，".join(f"{both(words[key])} {rate(bps)}" for key, bps in shares)


def _amounts(each: Scheme) -> Iterator[str]:
    rows = [
        *_number("比例 rate", each.rate, as_rate=True),
        *_number("定额 fixed", each.fixed),
        *_number("项目封顶 cap", each.cap),
    ]
    for name, fen in (
        ("首次封顶 first case", each.first_cap_fen),
        ("再次封顶 later case", each.later_cap_fen),
        ("每家每年封顶 a firm and year", each.yearly_cap_fen),
        ("全年总额 a year in all", each.ceiling_fen),
        *((f"`{code}` 全年总额 a year", fen) for code, fen in each.city_ceilings_fen.items()),
    ):
        if fen is not None:
            rows.append((name, "", wan(fen).zh, ""))
    if each.matched:
        rows.append(("实付 payment", "", "不超过企业实付 at most what the firm paid", ""))
    yield from table(("项 what", "按 by", "数 number", "依据 source"), rows)


def _number(name: str, number: Table | None, as_rate: bool = False) -> list[tuple[str, ...]]:
    """The rows of one number: one, or one for each value of its fact."""
    if number is None:
        return []
    origin = "" if number.source is None else source(number.source)

    def said(amount: int) -> str:
        return rate(amount) if as_rate else wan(amount).zh

    if not number.by:
        return [(name, "", said(number.amount or 0), origin)]
    return [
        (name, f"`{number.by}` = `{row}` {both(number.words.get(row, Text('', '')))}", said(amount),
         origin)
        for row, amount in number.rows.items()
    ]  # fmt: skip


def _costs(each: Scheme) -> Iterator[str]:
    if each.costs:
        yield from table(
            ("费用 cost", "类别 kind", "计入 counts", "最多占 at most", "说明", "依据 source"),
            [
                (f"`{c.id}`", both(c.text), rate(c.counted_bps),
                 "" if c.most_bps is None else rate(c.most_bps), both(c.help),
                 "" if c.source is None else source(c.source))
                for c in each.costs
            ],
        )  # fmt: skip


def _needs(each: Scheme) -> Iterator[str]:
    if each.needs:
        yield from table(
            ("材料 paper", "名称 name", "必备 required", "说明 help"),
            [
                (f"`{n.id}`", both(n.text), "是 yes" if n.required else "否 no", both(n.help))
                for n in each.needs
            ],
        )


def _funds(funds: Iterable[Fund]) -> Iterator[str]:
    """Funds that are passed on to cities or counties, and in which portions."""
    yield "## 下达到市县的资金 Funds passed on to cities and counties\n"
    for fund in funds:
        if fund.each_fen is None:
            continue
        yield f"### `{fund.id}` {both(fund.name)}\n"
        yield f"- 每地 each: {wan(fund.each_fen).zh}，总额 in all {wan(fund.pool_fen).zh}"
        if fund.enterprise_bps is not None:
            least = rate(fund.enterprise_bps)
            yield f"- 直接用于企业不低于 for enterprises at least: {least}"
        yield f"- 依据 source: {source(fund.source)}\n"
        yield from table(
            ("批次 portion", "比例 share", "条件 after"),
            [
                (at, rate(portion.share_bps), both(portion.after))
                for at, portion in enumerate(fund.portions, 1)
            ],
        )
