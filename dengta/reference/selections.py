"""The page on selections: who applies, which steps, which form, rubric, panel and limits."""

from __future__ import annotations

from collections.abc import Iterator

from dengta.core.selection import Floor, FormField, Quota, Selection
from dengta.core.shapes import Policy, Text
from dengta.reference.written import both, period, source, table

APPLICANTS = {
    "enterprise": Text("企业", "enterprise"),
    "provider": Text("服务商", "provider"),
    "city": Text("市州", "city"),
    "county": Text("县市区", "county"),
}
STEPS = {
    "county_check": Text("区县初审", "county check"),
    "city_recommend": Text("市州推荐", "city recommends"),
    "formal_check": Text("形式审查", "formal check"),
    "panel": Text("专家评审", "panel"),
    "site_visit": Text("现场核查", "site visit"),
    "publicity": Text("公示", "publicity"),
}
ONCE = {
    "": Text("不限", "any number of times"),
    "round": Text("每批一次", "once in a round"),
    "year": Text("每年一次", "once a year"),
    "ever": Text("只有一次", "once ever"),
}
KINDS = {
    "text": Text("文字", "text"),
    "long_text": Text("长文字", "long text"),
    "integer": Text("整数", "integer"),
    "fen": Text("金额（分）", "money in fen"),
    "bps": Text("比率（基点）", "rate in basis points"),
    "date": Text("日期", "date"),
    "bool": Text("是非", "yes or no"),
    "choice": Text("单选", "one of several"),
}


def selections(policy: Policy) -> Iterator[str]:
    """The whole page."""
    yield "# 遴选 Selections\n"
    yield (
        "每个遴选是 `selections/` 下的一个文件；条件和奖补在同名事项的 `programmes/` 文件里。"
        "Each is one file in `selections/`; conditions and rewards are in its programme's file.\n"
    )
    for each in policy.selections:
        yield f"## `{each.id}` {both(each.name)}\n"
        yield f"{each.summary.zh}\n\n{each.summary.en}\n"
        yield from _facts(each)
        yield from _limits(each)
        yield from _form(each)
        yield from _rubric(each)


def _facts(each: Selection) -> Iterator[str]:
    yield f"- 事项 programme: `{each.programme}`"
    yield f"- 申报主体 applicant: {both(APPLICANTS[each.applicant])}"
    yield f"- 有效期 in force: {period(each.in_force)}"
    yield f"- 依据 source: {source(each.source)}"
    if each.practice is not None:
        yield f"- 办理规则依据 source of practice: {source(each.practice)}"
    if each.instant:
        yield "- 免申即享 instant: 不填表 nothing is filled in"
    yield f"- 环节 steps（工作日 working days）: {' → '.join(_step(each, s) for s in each.steps)}"
    yield f"- 重复入选 again: {both(ONCE[each.once])}"
    if each.excludes:
        yield f"- 互斥 excludes: {'、'.join(f'`{id}`' for id in each.excludes)}"
    if each.title:
        yield f"- 称号 title: `{each.title}`"
    if each.validity_years is not None:
        yield f"- 有效年限 validity: {each.validity_years} 年 years"
    if each.reserve_bps:
        yield f"- 候补 reserve: {each.reserve_bps} bps"
    if each.sector:
        yield f"- 代替行业的字段 field that stands in for the industry: `{each.sector}`"
    yield ""
    for pledge in each.pledge:
        yield f"1. {both(pledge)}"
    yield ""


def _step(each: Selection, step: str) -> str:
    days = each.publicity_workdays if step == "publicity" else each.days.get(step, "")
    return f"{both(STEPS[step])} {days}".rstrip()


def _limits(each: Selection) -> Iterator[str]:
    rows = [*map(_quota, each.quotas), *map(_floor, each.floors)]
    if rows:
        yield from table(("名额 limit", "按 by", "数 number", "依据 source"), rows)


def _quota(quota: Quota) -> tuple[str, ...]:
    when = "推荐最多 recommend at most" if quota.at == "recommend" else "入选最多 award at most"
    others = "；".join(f"`{key}` {number}" for key, number in quota.table.items())
    number = f"{others}；其余 others {quota.limit}" if others else str(quota.limit)
    return when, quota.by, number, "" if quota.source is None else source(quota.source)


def _floor(floor: Floor) -> tuple[str, ...]:
    what = "合计至少 together at least" if floor.together else "各至少 each at least"
    values = "、".join(f"`{value}`" for value in floor.values)
    origin = "" if floor.source is None else source(floor.source)
    return what, floor.by, f"{floor.least}（{values}）", origin


def _form(each: Selection) -> Iterator[str]:
    for section, name in each.sections.items():
        yield f"### {both(name)}\n"
        own = [field for field in each.fields if field.section == section]
        yield from table(
            ("字段 field", "名称 name", "类型 type", "说明 remarks"),
            [(f"`{f.id}`", both(f.text), both(KINDS[f.type]), _remarks(f)) for f in own],
        )
    if each.slots:
        yield from table(
            ("附件 attachment", "名称 name", "类型 types", "份数 files"),
            [
                (
                    f"`{slot.id}`",
                    both(slot.text),
                    " ".join(slot.types),
                    f"{'1' if slot.required else '0'}–{slot.most}",
                )
                for slot in each.slots
            ],
        )


def _remarks(field: FormField) -> str:
    words = ["" if field.required else "选填 optional", "盲评隐去 masked" if field.masked else ""]
    if field.fact:
        words.append(f"事实 fact `{field.fact}`")
    elif field.values:
        words.append("、".join(both(text) for text in field.values.values()))
    elif field.low is not None and field.high is not None:
        words.append(f"{field.low} — {field.high}")
    elif field.most is not None:
        words.append(f"≤ {field.most} 字 characters")
    return "；".join(word for word in words if word)


def _rubric(each: Selection) -> Iterator[str]:
    if not each.criteria:
        return
    rule = each.panel
    blind = "盲评 blind，" if rule.blind else ""
    drop = "去掉最高最低 without the highest and lowest，" if rule.drop_extremes else ""
    yield (
        f"每件 {rule.size} 份 sheets each，每人至多 {rule.load} 件 at most per expert，"
        f"{blind}{drop}"
        f"分差超过 {rule.spread} 复议 discussed beyond，{rule.passing} 分及格 to pass.\n"
    )
    yield from table(
        ("评分项 criterion", "内容 text", "权重 weight %", "同分 tie", "分值 anchors"),
        [
            (
                f"`{c.id}`",
                both(c.text),
                c.weight,
                c.tie or "",
                "；".join(f"{anchor.score} {both(anchor.text)}" for anchor in c.anchors),
            )
            for c in each.criteria
        ],
    )
