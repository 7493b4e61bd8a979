"""What is missing before a project can be filed, in the words of the page."""

from __future__ import annotations

import datetime as dt

from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.projects.models import Project
from dengta.projects.queries.admitted import cannot_deliver, cannot_supervise
from dengta.projects.queries.projects import proofs_of, rule_of, scheme_of, shared_price


def missing(project: Project, day: dt.date) -> list[Text]:
    """Everything that is still open, in the order of the form; empty when it can be filed."""
    rule = rule_of(project, day)
    lines = list(project.lines.order_by("ordinal"))
    dues = list(project.milestones.exclude(state="cancelled").values_list("due_date", flat=True))
    asked: tuple[tuple[object, Text], ...] = (
        (project.title, Text("项目名称", "the project's name")),
        (project.goal_level, Text("目标等级", "the level aimed at")),
        (project.contract_number, Text("合同编号", "the contract's number")),
        (project.contract_date, Text("签订日期", "the day of the contract")),
        (project.due_date, Text("约定完工日期", "the day it is due")),
        (lines, Text("合同明细", "the contract's lines")),
        (dues, Text("至少一个里程碑", "at least one milestone")),
    )
    gaps = [name for value, name in asked if not value]
    there = set(proofs_of(project).values_list("need", flat=True))
    if project.contract_id is not None:
        there.add("contract")
    gaps += [one.text for one in rule.papers_at("filing") if one.required and one.id not in there]
    gaps += _wrong(project, day, dues)
    scheme = scheme_of(project)
    if scheme is not None and scheme.costs:
        classes = {one.id for one in scheme.costs}
        gaps += [
            Text(
                f"第 {line.ordinal} 行的费用类别（从列表中选择）",
                f"the class of line {line.ordinal}, from the list",
            )
            for line in lines
            if line.cost_class not in classes
        ]
    parts = shared_price(project, lines, day)
    if lines and not parts.list_fen:
        gaps.append(Text("合同总价（各行单价都是 0）", "a price (all lines cost 0)"))
    return gaps


def out_of_order(
    signed: dt.date | None, start: dt.date | None, due: dt.date | None
) -> dict[str, Text]:
    """What is wrong with the days of a contract, by the field to be mended: it begins and is due
    after it was signed, and is due after it begins."""
    found = {}
    if signed and start and start < signed:
        found["start_date"] = Text(
            f"开工日期 {said_day(start).zh} 早于签订日期 {said_day(signed).zh}",
            f"it begins on {said_day(start).en}, before the contract of {said_day(signed).en}",
        )
    if signed and due and due < signed:
        found["due_date"] = Text(
            f"约定完工日期 {said_day(due).zh} 早于签订日期 {said_day(signed).zh}",
            f"it is due on {said_day(due).en}, before the contract of {said_day(signed).en}",
        )
    elif start and due and due < start:
        found["due_date"] = Text(
            f"约定完工日期 {said_day(due).zh} 早于开工日期 {said_day(start).zh}",
            f"it is due on {said_day(due).en}, before it begins on {said_day(start).en}",
        )
    return found


def out_of_term(day: dt.date, signed: dt.date | None, due: dt.date | None) -> Text | None:
    """Why a milestone cannot be due on a day; None when it can."""
    if signed and day < signed:
        return Text(
            f"约定日期 {said_day(day).zh} 早于签订日期 {said_day(signed).zh}",
            f"{said_day(day).en} is before the contract of {said_day(signed).en}",
        )
    if due and day > due:
        return Text(
            f"约定日期 {said_day(day).zh} 晚于约定完工日期 {said_day(due).zh}",
            f"{said_day(day).en} is after the day that all of it is due, {said_day(due).en}",
        )
    return None


def _unfit(project: Project, day: dt.date) -> tuple[Text | None, ...]:
    """Why the contractor or the supervisor may not take the part that it was named for."""
    watching = project.supervisor and cannot_supervise(project.supervisor, day)
    return cannot_deliver(project.provider, day, project.contract_date), watching or None


def _within(sentence: Text) -> Text:
    """A sentence as one of a list."""
    return Text(sentence.zh.removesuffix("。"), sentence.en.removesuffix("."))


def _wrong(project: Project, day: dt.date, dues: list[dt.date]) -> list[Text]:
    """What stands there and cannot be."""
    signed, due = project.contract_date, project.due_date
    found = [_within(why) for why in _unfit(project, day) if why]
    if signed and signed > day:
        found.append(
            Text(
                f"签订日期 {said_day(signed).zh} 还没有到",
                f"the day of the contract, {said_day(signed).en}, lies ahead",
            )
        )
    found += out_of_order(signed, project.start_date, due).values()
    wrong = [why for one in sorted(set(dues)) if (why := out_of_term(one, signed, due))]
    found += [Text(f"里程碑{why.zh}", f"a milestone: {why.en}") for why in wrong]
    if project.goal_level is not None and not 1 <= project.goal_level <= 4:
        found.append(Text("目标等级须为 1 至 4", "the level aimed at is 1 to 4"))
    return found
