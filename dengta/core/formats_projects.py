"""`projects.toml`: the rules of transformation projects, one `[[rule]]` per programme and edition,
the records they become, and what must hold of them."""

from __future__ import annotations

from typing import Literal, cast, get_args

from dengta.core.drafts import Draft, Row, in_force, optional_word, own_source, source
from dengta.core.projects import Effect, Moment, Paper, ProjectRule, StandardTerm
from dengta.core.proof import known, overlapping, unique
from dengta.core.reading import NAME, STEM, Sheet, Table
from dengta.core.shapes import Text

MOMENTS: tuple[Moment, ...] = get_args(Moment)
TermKind = Literal["sanction", "data", "quality", "payment"]
KINDS: tuple[TermKind, ...] = get_args(TermKind)
OBLIGATORY: tuple[TermKind, ...] = ("sanction", "data")
"""Contracts without these cannot be enforced, or leave the firm's data to whoever holds them."""
WHOLE = 10_000


def read_projects(sheet: Sheet, draft: Draft) -> None:
    """One file; its standard terms hold for all of its rules."""
    root = sheet.root
    terms = tuple(_term(table) for table in root.rows("term"))
    unique(
        zip(root.rows("term"), (term.id for term in terms), strict=True),
        Text("条款", "standard term"),
    )
    for table in root.rows("rule"):
        draft.projects.append(Row(table, _rule(table, terms)))
    _obligatory(root, terms)


def _rule(table: Table, terms: tuple[StandardTerm, ...]) -> ProjectRule:
    inner = table.table("practice")
    return ProjectRule(
        id=table.word("id", pattern=STEM),
        programme=table.word("programme", pattern=STEM),
        name=table.text("name"),
        source=source(table),
        in_force=in_force(table),
        scheme=optional_word(table, "scheme"),
        least_level=table.integer("least_level", 1, 4, default=1),
        window_months=table.integer("window_months", 1, 36),
        publicity_workdays=table.integer("publicity_workdays", 1, 60),
        least_visitors=table.integer("least_visitors", 1, 20, default=2),
        city_visit_bps=table.integer("city_visit_bps", 0, WHOLE, default=0),
        usage_months=_months(table),
        warn_days=table.integer("warn_days", 0, 365, default=7),
        late_days=table.integer("late_days", 0, 365, default=0),
        practice=None if inner is None else source(inner),
        terms=terms,
        papers=tuple(_paper(row) for row in table.rows("paper")),
        effects=tuple(_effect(row) for row in table.rows("effect")),
    )


def _months(table: Table) -> tuple[int, ...]:
    """`usage_months = [6, 12]`, each later than the one before; none when absent."""
    value = table.raw("usage_months")
    if value is None:
        return ()
    if type(value) is not list:
        table.wrong("usage_months", Text("整数列表", "a list of integers"), value, "[6, 12]")
        return ()
    found = [table.counted(("usage_months", at), each, 1, 120) for at, each in enumerate(value)]
    if found != sorted(set(found)):
        table.fault(
            "usage_months",
            Text("回访月数应逐个增大", "the months of usage checks have to rise"),
            Text("请按先后排列，不要重复", "write each once, the earlier first"),
        )
    return tuple(found)


def _term(table: Table) -> StandardTerm:
    return StandardTerm(
        id=table.word("id", pattern=NAME),
        kind=cast(TermKind, table.choice("kind", KINDS) or "quality"),
        text=table.text("text"),
        source=own_source(table),
    )


def _paper(table: Table) -> Paper:
    return Paper(
        id=table.word("id", pattern=NAME),
        text=table.text("text"),
        at=cast(Moment, table.choice("at", MOMENTS) or "filing"),
        required=table.flag("required", default=True),
        dated=table.flag("dated"),
        figures=table.flag("figures"),
        help=table.text("help", required=False),
    )


def _effect(table: Table) -> Effect:
    return Effect(
        id=table.word("id", pattern=NAME),
        text=table.text("text"),
        unit=table.text("unit"),
        required=table.flag("required"),
    )


def _obligatory(root: Table, terms: tuple[StandardTerm, ...]) -> None:
    """Standard terms say what happens to cheats and to the firm's data."""
    if not root.rows("rule") or not all(table.sound for table in root.rows("term")):
        return
    for kind in OBLIGATORY:
        if kind not in {term.kind for term in terms}:
            root.fault(
                (),
                Text(
                    f"合同示范条款里没有 kind = {kind} 的条款",
                    f"no standard term is of kind {kind}",
                ),
                Text(f'请补一条 [[term]]，kind = "{kind}"', f"add a [[term]] of kind {kind}"),
            )


def references(draft: Draft) -> None:
    """All checks of rules: ids once, programme and scheme there and of each other, one edition at a
    time, headings and effects once."""
    unique(((row.table, row.record.id) for row in draft.projects), Text("项目规则", "project rule"))
    for row in draft.projects:
        table, rule = row.table, row.record
        papers, effects = table.rows("paper"), table.rows("effect")
        unique(zip(papers, (p.id for p in rule.papers), strict=True), Text("材料", "paper"))
        unique(zip(effects, (e.id for e in rule.effects), strict=True), Text("成效", "effect"))
        _belongs(row, draft)
    by_programme: dict[str, list[Row[ProjectRule]]] = {}
    for row in draft.projects:
        by_programme.setdefault(row.record.programme, []).append(row)
    for rows in by_programme.values():
        for one, other in overlapping([(row, row.record.in_force) for row in rows]):
            other.table.fault(
                "in_force",
                Text(
                    f"与 {one.record.id} 的生效期重叠",
                    f"is in force at the same time as {one.record.id}",
                ),
                Text("请使前一版先截止", "let the earlier edition end first"),
            )


def _belongs(row: Row[ProjectRule], draft: Draft) -> None:
    table, rule = row.table, row.record
    if "programmes" not in draft.lost:
        names = sorted({each.record.id for each in draft.programmes})
        known(table, "programme", rule.programme, names, Text("遴选事项", "programme"))
    if not rule.scheme or "schemes" in draft.lost:
        return
    schemes = {each.record.edition: each.record for each in draft.schemes}
    if not known(table, "scheme", rule.scheme, sorted(schemes), Text("补助办法", "scheme")):
        return
    if schemes[rule.scheme].programme != rule.programme:
        table.fault(
            "scheme",
            Text(
                f"{rule.scheme} 属于 {schemes[rule.scheme].programme}，不是 {rule.programme}",
                f"{rule.scheme} is of {schemes[rule.scheme].programme}, not {rule.programme}",
            ),
            Text("请写同一事项的办法", "name a scheme of the same programme"),
        )
