"""`provider_scores.toml`: how providers are scored, one `[[rule]]` per edition."""

from __future__ import annotations

from dengta.core.drafts import Draft, Row, in_force, source
from dengta.core.proof import overlapping, unique
from dengta.core.provider_scores import FULL_MILLI, PARTS, ScoreRule
from dengta.core.reading import STEM, Sheet, Table
from dengta.core.shapes import Text

STARS = 4
"""Thresholds: of two, three, four and five stars."""
POINTS = 100


def read_scores(sheet: Sheet, draft: Draft) -> None:
    """One file with all editions."""
    for table in sheet.root.rows("rule"):
        draft.scores.append(Row(table, _rule(table)))


def _rule(table: Table) -> ScoreRule:
    full = table.integer("price_full_bps", 1, 100_000)
    zero = table.integer("price_zero_bps", 1, 100_000)
    if zero <= full:
        table.fault(
            "price_zero_bps",
            Text("应高于 price_full_bps", "has to be above price_full_bps"),
            Text("请写价格高到多少时不得分", "say from which share of the price nothing counts"),
        )
        zero = full + 1
    return ScoreRule(
        id=table.word("id", pattern=STEM),
        source=source(table),
        in_force=in_force(table),
        window_months=table.integer("window_months", 1, 120),
        least_projects=table.integer("least_projects", 1, 1000),
        weights=_weights(table),
        stars_milli=_stars(table),
        partly_bps=table.integer("partly_bps", 0, 10_000),
        price_full_bps=full,
        price_zero_bps=zero,
        complaints_zero_bps=table.integer("complaints_zero_bps", 1, 10_000),
    )


def _weights(table: Table) -> dict[str, int]:
    inner = table.table("weights", required=True)
    if inner is None:
        return {}
    found = {}
    for name in inner.names():
        weight = inner.integer(name, 0, POINTS)
        if name in PARTS:
            found[name] = weight
            continue
        inner.fault(
            name,
            Text("没有这一项", "is no part of the score"),
            Text(f"请从中选：{'、'.join(PARTS)}", f"choose from: {', '.join(PARTS)}"),
        )
    if sum(found.values()) != POINTS:
        inner.fault(
            (),
            Text(
                f"权重之和是 {sum(found.values())}", f"the weights add up to {sum(found.values())}"
            ),
            Text("请改到 100", "make them add up to 100"),
        )
    return {name: found[name] for name in PARTS if name in found}


def _stars(table: Table) -> tuple[int, ...]:
    """`stars_milli = [60000, 70000, 80000, 90000]`, each above the one before."""
    value = table.raw("stars_milli")
    if type(value) is not list:
        table.wrong("stars_milli", Text("整数列表", "a list of integers"), value, "[60000, …]")
        return ()
    found = [
        table.counted(("stars_milli", at), each, 0, FULL_MILLI) for at, each in enumerate(value)
    ]
    if len(found) != STARS or found != sorted(set(found)):
        table.fault(
            "stars_milli",
            Text("应是四个逐个升高的分数", "has to be four rising numbers"),
            Text("二、三、四、五星各从多少分起", "from when on there are 2, 3, 4 and 5 stars"),
        )
    return tuple(found)


def references(draft: Draft) -> None:
    """Ids once, one edition at a time."""
    rows = draft.scores
    unique(((row.table, row.record.id) for row in rows), Text("评价规则", "rule of scores"))
    for one, other in overlapping([(row, row.record.in_force) for row in rows]):
        other.table.fault(
            "in_force",
            Text(
                f"与 {one.record.id} 的生效期重叠",
                f"is in force at the same time as {one.record.id}",
            ),
            Text("请使前一版先截止", "let the earlier edition end first"),
        )
