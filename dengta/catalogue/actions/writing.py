"""What a version of an entry says: read as the rules of its kind ask, and written with its uses and
itemised lines together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dengta.catalogue.models import Entry, EntryLink, EntryVersion, PackageLine, ScenarioUse
from dengta.catalogue.queries.names import NATURES, scenarios
from dengta.core.entries import EntryKind
from dengta.core.entry_values import fingerprint, read_field
from dengta.core.filling import EntryError
from dengta.core.shapes import Text
from dengta.registry.queries import policy
from dengta.trail.actions import StepRefused

LINKS = "links"
"""The key of a content under which it points to other entries, each [kind of link, slug]."""
MOST_LINES, MOST_USES, MOST_LINKS = 60, 200, 40
"""So many rows of a version; more than that nobody could read on a page."""


class Use(NamedTuple):
    """In which sub-industry an entry lifts which scenario to which level, as common or specific."""

    sub_industry: str
    scenario: str
    level: int
    kind: str = "common"


class Line(NamedTuple):
    """One item of a package: standard price of one unit in 分, working days."""

    text: str
    cost_class: str
    unit: str
    quantity: int
    price_fen: int
    days: int
    scenario: str = ""
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """All that a version says."""

    name: str
    summary: str
    content: Mapping[str, object]
    uses: tuple[Use, ...]
    lines: tuple[Line, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of it."""
        return fingerprint(self.name, self.summary, self.content, self.uses, self.lines)


def said_by(version: EntryVersion) -> Said:
    """What a version says as it stands."""
    return Said(
        version.name,
        version.summary,
        version.content,
        tuple(Use(u.sub_industry, u.scenario, u.level, u.kind) for u in version.uses.all()),
        tuple(
            Line(
                row.text, row.cost_class, row.unit, row.quantity, row.price_fen, row.days,
                row.scenario, row.level,
            )
            for row in version.lines.all()
        ),
    )  # fmt: skip


def read_content(
    kind: EntryKind, given: Mapping[str, object], *, drop: bool = False
) -> dict[str, object]:
    """Values by field as JSON. StepRefused naming the first that does not fit; with `drop` such a
    value is left out, and so is what the kind does not ask."""
    read: dict[str, object] = {}
    for id, value in given.items():
        field = next((each for each in kind.fields if each.id == id), None)
        if field is None:
            if drop or id == LINKS:
                continue
            raise StepRefused(
                Text(
                    f"“{kind.name.zh}”没有 {id} 这一项，请删去。",
                    f"A “{kind.name.en}” has no {id}; take it out.",
                )
            )
        try:
            found = read_field(field, value)
        except EntryError as error:
            if drop:
                continue
            raise StepRefused(error.text) from error
        if found is not None:
            read[id] = found
    return read


def read_name(name: str) -> str:
    """A name of one line and at most 120 signs. StepRefused for anything else."""
    name = " ".join(name.split())
    if not name or len(name) > 120 or not name.isprintable():
        raise StepRefused(
            Text(
                "请填写名称，一行，最多 120 字。",
                "Give a name, of one line and 120 signs at most.",
            )
        )
    return name


def read_summary(summary: str) -> str:
    """An introduction of at most 300 signs. StepRefused for a longer one."""
    summary = " ".join(summary.split())
    if len(summary) > 300:
        over = len(summary) - 300
        raise StepRefused(
            Text(
                f"简介写了 {len(summary)} 字，最多 300 字，请删去 {over} 字。",
                f"The introduction has {len(summary)} signs, 300 at most; take out {over}.",
            )
        )
    return summary


def read_uses(kind: EntryKind, uses: Sequence[Use]) -> tuple[Use, ...]:
    """Uses that the policy knows, each once. StepRefused naming the first that it does not."""
    if uses and not kind.uses:
        raise StepRefused(
            Text(
                f"“{kind.name.zh}”不写适用场景，请删去。",
                f"A “{kind.name.en}” has no scenarios; take them out.",
            )
        )
    _few(len(uses), MOST_USES, Text("适用场景", "scenarios"))
    known, industries = scenarios(), policy().sub_industries
    found: dict[tuple[str, str, int], Use] = {}
    for use in uses:
        if use.sub_industry not in industries:
            raise _unknown(Text("细分行业", "sub-industry"), use.sub_industry)
        if use.scenario not in known:
            raise _unknown(Text("应用场景", "scenario"), use.scenario)
        if use.kind not in NATURES:
            raise _unknown(Text("场景性质", "kind of scenario"), use.kind)
        if not 1 <= use.level <= 4:
            raise _unknown(Text("等级", "level"), str(use.level))
        found[use.sub_industry, use.scenario, use.level] = use
    return tuple(found.values())


def read_lines(kind: EntryKind, lines: Sequence[Line]) -> tuple[Line, ...]:
    """Itemised lines that add up. StepRefused naming the first that is wrong."""
    if lines and not kind.lines:
        raise StepRefused(
            Text(
                f"“{kind.name.zh}”没有标准价明细，请删去。",
                f"A “{kind.name.en}” has no itemised prices; take them out.",
            )
        )
    _few(len(lines), MOST_LINES, Text("标准价明细", "lines"))
    return tuple(_line(number, line) for number, line in enumerate(lines, 1))


def _line(number: int, line: Line) -> Line:
    text, unit = " ".join(line.text.split()), " ".join(line.unit.split())
    wrong = None
    if not text or len(text) > 200:
        wrong = Text("请写明服务内容，最多 200 字", "say what is done, in 200 signs at most")
    elif not unit or len(unit) > 20:
        wrong = Text("请写单位，如“套”“人天”", "give the unit, such as set or day")
    elif line.cost_class not in policy().pool.costs:
        wrong = Text("请选择费用类别", "choose the class of cost")
    elif not 1 <= line.quantity <= 99_999:
        wrong = Text("数量应为 1 至 99999", "the quantity lies between 1 and 99999")
    elif not 0 <= line.price_fen <= 10**13:
        wrong = Text("单价应不小于 0", "the price is not below 0")
    elif not 0 <= line.days <= 720:
        wrong = Text("工期应为 0 至 720 个工作日", "0 to 720 working days")
    elif line.scenario and line.scenario not in scenarios():
        wrong = Text(f"没有“{line.scenario}”这个场景", f"there is no scenario {line.scenario}")
    elif line.level is not None and not 1 <= line.level <= 4:
        wrong = Text("等级应为 1 至 4", "the level lies between 1 and 4")
    if wrong is not None:
        raise StepRefused(
            Text(f"标准价明细第 {number} 行：{wrong.zh}。", f"Line {number}: {wrong.en}.")
        )
    return line._replace(text=text, unit=unit, level=line.level if line.scenario else None)


def _few(count: int, most: int, what: Text) -> None:
    if count > most:
        raise StepRefused(
            Text(
                f"{what.zh}有 {count} 行，最多 {most} 行。请合并，或分成两个条目。",
                f"{count} {what.en}, at most {most}. Join some, or make two entries.",
            )
        )


def _unknown(what: Text, value: str) -> StepRefused:
    shown = value if len(value) <= 40 else value[:40] + "…"
    return StepRefused(
        Text(
            f"没有“{shown}”这个{what.zh}，请从列表中选择。",
            f"There is no {what.en} “{shown}”; choose one from the list.",
        )
    )


def read_links(
    entry: Entry | None, kind: EntryKind, links: Sequence[tuple[str, str]]
) -> list[list[str]]:
    """Links to entries in the pool whose kinds fit, each once. StepRefused naming the first that
    does not."""
    _few(len(links), MOST_LINKS, Text("关联条目", "links"))
    slugs = [slug for _, slug in links]
    kinds = dict(Entry.objects.filter(slug__in=slugs, current__isnull=False)
                 .values_list("slug", "kind"))  # fmt: skip
    found: dict[tuple[str, str], list[str]] = {}
    for link, slug in links:
        if slug not in kinds or (entry is not None and slug == entry.slug):
            raise _unknown(Text("条目", "entry in the pool"), slug)
        if kinds[slug] not in kind.links.get(link, ()):
            raise StepRefused(
                Text(
                    f"“{kind.name.zh}”不能这样关联 {slug}，请换一种关联或删去。",
                    f"A “{kind.name.en}” cannot point to {slug} in this way; choose another.",
                )
            )
        found[link, slug] = [link, slug]
    return list(found.values())


def write_rows(version: EntryVersion, uses: Sequence[Use], lines: Sequence[Line]) -> None:
    """The uses and lines of a version anew, in a few statements."""
    version.uses.all().delete()
    version.lines.all().delete()
    ScenarioUse.objects.bulk_create(
        ScenarioUse(
            version=version,
            sub_industry=use.sub_industry,
            scenario=use.scenario,
            level=use.level,
            kind=use.kind,
        )
        for use in uses
    )
    PackageLine.objects.bulk_create(
        PackageLine(version=version, ordinal=ordinal, **line._asdict())
        for ordinal, line in enumerate(lines, 1)
    )


def write_links(entry: Entry, content: Mapping[str, object]) -> None:
    """The links of an entry as its shown version has them; what is gone is left out."""
    pairs = content.get(LINKS) or []
    assert isinstance(pairs, list)
    ids = dict(Entry.objects.filter(slug__in=[slug for _, slug in pairs])
               .exclude(pk=entry.pk).values_list("slug", "pk"))  # fmt: skip
    entry.links.all().delete()
    EntryLink.objects.bulk_create(
        EntryLink(source=entry, target_id=ids[slug], kind=kind)
        for kind, slug in pairs
        if slug in ids
    )
