"""What must hold between the records of a policy: vocabulary, codes and plans.

Each check looks at rows (record and table) and writes faults through the table, so they carry its
lines. Where a file is lost or a table already has a fault, the checks that build on it keep
silent: one mistake, one message.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

from dengta.core.drafts import Draft, Row
from dengta.core.reading import Table, nearest, shown
from dengta.core.shapes import (
    Period,
    Plan,
    Region,
    Target,
    Term,
    Text,
)

R = TypeVar("R")
ONE_DAY = dt.timedelta(days=1)


def unique(
    rows: Iterable[tuple[Table, Hashable]], what: Text, place: str = "id", by_key: bool = False
) -> None:
    """Every id once. `by_key` when the table's heading is the id; blank ids have their fault."""
    seen: dict[Hashable, Table] = {}
    for table, key in rows:
        if key in ("", None):
            continue
        first = seen.setdefault(key, table)
        if first is table:
            continue
        at = first.sheet.name + ":" + str(first.line() if by_key else first.line(place))
        table.fault(
            () if by_key else place,
            Text(f"{what.zh} {key} 已见于 {at}", f"{what.en} {key} is already at {at}"),
            Text("请删去其中一处或改名", "remove or rename one of them"),
        )


def known(
    table: Table, place: str | tuple[str | int, ...], word: str, names: Iterable[str], what: Text
) -> bool:
    """Hold a reference against what there is; a blank one has its fault already."""
    every = list(names)
    if not word or word in every:
        return True
    table.fault(
        place,
        Text(f"没有这个{what.zh}：{shown(word)}", f"there is no {what.en} {shown(word)}"),
        nearest(word, every),
    )
    return False


def listed(table: Table, key: str, names: list[str] | None, what: Text) -> None:
    """A list of names, empty or not; None when nobody can say which there are."""
    value = table.raw(key)
    if value == []:
        return
    for index, word in enumerate(table.words(key)):
        if names is not None:
            known(table, (key, index), word, names, what)


def overlapping(rows: Sequence[tuple[R, Period]]) -> list[tuple[R, R]]:
    """Pairs of neighbours whose periods share a day, the later one second."""
    ordered = sorted(rows, key=lambda row: row[1].start or dt.date.min)
    pairs = []
    for (one, first), (other, second) in pairwise(ordered):
        if first.end is None or second.start is None or second.start <= first.end:
            pairs.append((one, other))
    return pairs


def uncovered(whole: Period, parts: Iterable[Period]) -> dt.date | None:
    """The first day of a period on which none of the parts holds; `date.min` for an open start."""
    last = whole.end or dt.date.max
    day = whole.start or dt.date.min
    for part in sorted(parts, key=lambda part: part.start or dt.date.min):
        if day > last or (part.start or dt.date.min) > day:
            break
        end = part.end or dt.date.max
        if end == dt.date.max:
            return None
        day = max(day, end + ONE_DAY)
    return day if day <= last else None


def references(draft: Draft) -> None:
    """All checks of this module."""
    unique(((r.table, r.record.id) for r in draft.facts), Text("事实", "fact"), by_key=True)
    _glossary(draft.terms)
    _industries(draft)
    _sizes(draft)
    _regions(draft)
    _plans(draft)


def _glossary(rows: list[Row[Term]]) -> None:
    unique(((r.table, r.record.id) for r in rows), Text("术语", "term"), by_key=True)
    unique(((r.table, r.record.zh) for r in rows), Text("中文术语", "Chinese term"), "zh")
    unique(((r.table, r.record.en.lower()) for r in rows), Text("英文术语", "English term"), "en")


def _industries(draft: Draft) -> None:
    unique(((r.table, r.record.code) for r in draft.sections), Text("门类", "section"), "code")
    unique(((r.table, r.record.code) for r in draft.divisions), Text("大类", "division"), "code")
    sections = [r.record.code for r in draft.sections]
    for row in draft.divisions:
        known(row.table, "section", row.record.section, sections, Text("门类", "section"))


def _sizes(draft: Draft) -> None:
    """Each prefix stands once, in a known division; each division is covered or outside."""
    unique(((r.table, r.record.id) for r in draft.size_rows), Text("划型行", "size row"))
    divisions = {r.record.code for r in draft.divisions}
    entries = [(table, ("outside", index), code) for table, index, code in draft.outside]
    for row in draft.size_rows:
        entries += [
            (row.table, ("prefixes", i), code) for i, code in enumerate(row.record.prefixes)
        ]
    seen: dict[str, str] = {}
    for table, place, code in entries:
        at = f"{table.sheet.name}:{table.line(*place)}"
        if seen.setdefault(code, at) != at:
            table.fault(
                place,
                Text(
                    f"行业代码 {code} 已见于 {seen[code]}",
                    f"code {code} is already at {seen[code]}",
                ),
                Text("请只归入一行", "put it into one row only"),
            )
        elif divisions and code[:2] not in divisions and "industries.toml" not in draft.lost:
            table.fault(
                place,
                Text(
                    f"没有这个行业大类：{shown(code[:2])}",
                    f"there is no division {shown(code[:2])}",
                ),
                Text("请核对 industries.toml", "check industries.toml"),
            )
    if not draft.size_rows or not all(row.table.sound for row in draft.size_rows):
        return
    for division in draft.divisions:
        if (
            division.record.code
            and division.record.code not in seen
            and "size_classes.toml" not in draft.lost
        ):
            draft.size_rows[0].table.sheet.root.fault(
                "outside",
                Text(
                    f"行业大类 {division.record.code} 不属于任何划型行",
                    f"division {division.record.code} belongs to no size row",
                ),
                Text(
                    "请加进某行的 prefixes，或写进 outside",
                    "add it to the prefixes of a row, or to outside",
                ),
            )


_ABOVE = {"county": ("city", 4), "city": ("province", 2)}


def _regions(draft: Draft) -> None:
    rows = draft.regions
    unique(((r.table, r.record.code) for r in rows), Text("地区", "region"), "code")
    unique(((r.table, r.record.tile) for r in rows), Text("方块位置", "tile"), "tile")
    regions = {r.record.code: r.record for r in rows}
    for row in rows:
        if row.table.sound:
            _region(row.table, row.record, regions)


def _region(table: Table, region: Region, regions: dict[str, Region]) -> None:
    """A county stands below a city, a city below a province, and the codes say so too."""
    if region.tile is not None and region.level != "city":
        table.fault(
            "tile",
            Text("只有市级单位才有方块", "only a division of level city has a tile"),
            Text("请删去 tile", "remove tile"),
        )
    if region.level == "province":
        if region.parent:
            table.fault(
                "parent",
                Text("省级没有上级地区", "a province has no region above it"),
                Text("请删去 parent", "remove parent"),
            )
        return
    above, digits = _ABOVE[region.level]
    if not region.parent:
        table.missing("parent", f'parent = "{region.code[:digits]:0<6}"')
        return
    if not known(table, "parent", region.parent, regions, Text("地区", "region")):
        return
    parent = regions[region.parent]
    if parent.level != above or parent.code[:digits] != region.code[:digits]:
        table.fault(
            "parent",
            Text(
                f"{parent.code}（{parent.name.zh}）不是 {region.code} 的上级",
                f"{parent.code} ({parent.name.en}) is not above {region.code}",
            ),
            Text(
                f"上级应为 {above}，代码前 {digits} 位相同",
                f"write a {above} whose code shares the first {digits} digits",
            ),
        )


def _plans(draft: Draft) -> None:
    unique(((r.table, r.record.id) for r in draft.plans), Text("方案", "plan"))
    unique(((r.table, r.record.id) for r in draft.targets), Text("目标", "target"))
    plans: dict[str, Plan] = {r.record.id: r.record for r in draft.plans}
    for row in draft.plans:
        measures = row.table.rows("measure")
        numbers = (measure.number for measure in row.record.measures)
        unique(zip(measures, numbers, strict=True), Text("举措", "measure"), "number")
        money = [each for measure in measures for each in measure.rows("money")]
        ids = [each.id for measure in row.record.measures for each in measure.money]
        unique(zip(money, ids, strict=True), Text("资金", "money figure"))
    for target in draft.targets:
        if "plans" not in draft.lost:
            known(target.table, "plan", target.record.plan, plans, Text("方案", "plan"))
        _counted(target, draft)


def _counted(target: Row[Target], draft: Draft) -> None:
    """An indicator that counts a title names one of the vocabulary's titles."""
    kind, _, title = target.record.indicator.partition(":")
    titles = [
        name for row in draft.facts if row.record.id == "titles" for name in row.record.values
    ]
    if kind == "title" and titles:
        known(target.table, "indicator", title, titles, Text("称号", "title"))
