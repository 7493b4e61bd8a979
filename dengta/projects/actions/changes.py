"""变更: asked for by one side, agreed by the other, approved by the county; applied all at once."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.projects.actions.filing import Line, write_lines
from dengta.projects.actions.holding import hold, tell
from dengta.projects.models import Change, ContractLine, Project
from dengta.projects.queries.changes import shared_after
from dengta.projects.queries.filing import out_of_term
from dengta.trail.actions import Moved, NotAllowed, StepRefused, advance, begin
from dengta.trail.models import Event


def ask(
    project: Project,
    actor: Actor,
    *,
    kind: str,
    reason: str,
    due_date: dt.date | None = None,
    lines: Sequence[Line] | None = None,
    discount_fen: int | None = None,
    milestones: Mapping[int, dt.date] | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> Change:
    """Ask to change a project under way: its due date (`due`, with new days of milestones), its
    content at the same price (`content`), or its price (`price`); the same `key` twice is one.

    NotAllowed for anybody but the two sides; StepRefused for a change that changes nothing, does
    not fit its kind, or while another is open.
    """
    now, words = at or timezone.now(), reason.strip()
    _side(project, actor)
    name = f"change/{project.pk}/{key or secrets.token_hex(12)}"[:80]
    if (same := Change.objects.filter(key=name).first()) is not None:
        return same
    after = _after(project, kind, due_date, lines, discount_fen, milestones)
    before = _before(project, after)
    _fits(project, kind, words, before, after)
    made = Change(
        project=project, kind=kind, before=before, after=after, reason=words[:1000],
        asked_by=actor.role, user_id=actor.user_id or None, key=name, created_at=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            hold(project, ("under_way",))
            event = begin(made, by=actor, note=words, at=now)
            tell(project, event, made)
    except IntegrityError as open_one:
        same = Change.objects.filter(key=name).first()
        if same is not None:
            return same
        raise StepRefused(
            Text(
                f"{project.number} 还有一项变更没有办结，请先办结或撤回。",
                f"A change of {project.number} is still open. Have it decided, or withdraw it.",
            )
        ) from open_one
    return made


def _side(project: Project, actor: Actor) -> None:
    sides = {"enterprise": project.organisation_id, "provider": project.provider_id}
    if not actor.organisation_id or sides.get(actor.role) != actor.organisation_id:
        raise NotAllowed(
            Text("变更由项目双方提出。", "Changes are asked for by the two sides of a project.")
        )


def _written(line: Line) -> dict[str, Any]:
    return {
        "text": line.text.strip(), "cost_class": line.cost_class, "unit": line.unit,
        "quantity": line.quantity, "price_fen": line.price_fen, "standard_fen": line.standard_fen,
        "scenario": line.scenario, "level": line.level,
    }  # fmt: skip


def line_of(row: ContractLine) -> Line:
    """A contract line as it was typed."""
    return Line(
        row.text, row.cost_class, row.price_fen, row.quantity, row.unit, row.standard_fen,
        row.scenario, row.level,
    )  # fmt: skip


def _after(
    project: Project, kind: str, due: dt.date | None, lines: Sequence[Line] | None,
    discount_fen: int | None, milestones: Mapping[int, dt.date] | None,
) -> dict[str, Any]:  # fmt: skip
    """What is to stand afterwards, only what differs."""
    after: dict[str, Any] = {}
    if due is not None and due != project.due_date:
        after["due_date"] = due.isoformat()
    if lines is not None:
        new = [_written(line) for line in lines]
        if new != [_written(line_of(row)) for row in project.lines.order_by("ordinal")]:
            after["lines"] = new
    if discount_fen is not None and discount_fen != project.discount_fen:
        after["discount_fen"] = discount_fen
    open_ones = {one.ordinal: one for one in project.milestones.filter(state="planned")}
    moved = {
        str(ordinal): day.isoformat()
        for ordinal, day in (milestones or {}).items()
        if ordinal in open_ones and open_ones[ordinal].due_date != day
    }
    if moved:
        after["milestones"] = moved
    return after


def _before(project: Project, after: Mapping[str, Any]) -> dict[str, Any]:
    """What stands now, of the same fields."""
    before: dict[str, Any] = {}
    if "due_date" in after:
        before["due_date"] = project.due_date.isoformat() if project.due_date else None
    if "lines" in after:
        before["lines"] = [_written(line_of(row)) for row in project.lines.order_by("ordinal")]
    if "discount_fen" in after:
        before["discount_fen"] = project.discount_fen
    if "milestones" in after:
        rows = project.milestones.filter(ordinal__in=[int(one) for one in after["milestones"]])
        before["milestones"] = {str(row.ordinal): row.due_date.isoformat() for row in rows}
    if {"lines", "discount_fen"} & after.keys():
        before["public_fen"] = project.public_fen
    return before


def price_of(lines: Sequence[Mapping[str, Any]]) -> int:
    """The sum of written lines, in 分."""
    return sum(int(line["quantity"]) * int(line["price_fen"]) for line in lines)


def _fits(
    project: Project, kind: str, reason: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """StepRefused for a change that cannot be of its kind."""
    able = {
        "due": {"due_date", "milestones"},
        "content": {"lines", "milestones"},
        "price": {"lines", "discount_fen"},
    }
    wrong: Text | None = None
    price = price_of(after["lines"]) if "lines" in after else project.list_fen
    if kind not in able:
        wrong = Text("请选择变更类别", "choose the kind of change")
    elif len(reason) < 5:
        wrong = Text("请写明变更理由（至少 5 个字）", "say why, in at least 5 signs")
    elif not after or after.keys() - able[kind]:
        wrong = Text(
            "没有改动，或改动不属于所选的类别，请核对",
            "nothing is changed, or what is does not belong to this kind",
        )
    elif kind == "content" and price != project.list_fen:
        wrong = Text(
            f"内容调整不能改变合同总价（原 {yuan(project.list_fen)} 元，现 {yuan(price)} 元），"
            "改变价款请选“价款调整”",
            f"content changes keep the price ({yuan(project.list_fen)} yuan, now {yuan(price)});"
            " choose the change of price",
        )
    elif not 0 <= after.get("discount_fen", project.discount_fen) <= price or not price:
        wrong = Text(
            "服务商让利须在 0 至合同总价之间", "the discount has to lie between 0 and the price"
        )
    elif project.contract_date and after.get("due_date", "9") < project.contract_date.isoformat():
        wrong = Text("完工日期早于签订日期", "it would be due before the contract was made")
    else:
        wrong = _untimely(project, after)
    if wrong is not None:
        raise StepRefused(Text(f"变更：{wrong.zh}。", f"Change: {wrong.en}."))


def _untimely(project: Project, after: Mapping[str, Any]) -> Text | None:
    """Why milestones cannot be moved so: each lies between the contract and the day it is due."""
    said = after.get("due_date")
    due = dt.date.fromisoformat(said) if said else project.due_date
    for day in after.get("milestones", {}).values():
        why = out_of_term(dt.date.fromisoformat(day), project.contract_date, due)
        if why is not None:
            return why
    return None


# ---------------------------------------------------------------- answers


def agree(change: Change, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """The other side agrees. NotAllowed for the one that asked."""
    _side(change.project, actor)
    if actor.role == change.asked_by:
        raise NotAllowed(
            Text(
                "变更由本方提出，须由对方同意。",
                "You asked for this change; the other side agrees.",
            )
        )
    return _step(change, "agree", actor, "", at)


def refuse(change: Change, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """The other side or the office does not agree, with the reason."""
    if not actor.official:
        _side(change.project, actor)
        if actor.role == change.asked_by:
            raise NotAllowed(
                Text("本方提出的变更请用“撤回”。", "You asked for this change; withdraw it.")
            )
    return _step(change, "refuse", actor, note, at)


def withdraw(change: Change, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """Whoever asked takes it back."""
    _side(change.project, actor)
    if actor.role != change.asked_by:
        raise NotAllowed(
            Text("变更由对方提出，可以不同意，不能撤回。", "The other side asked; refuse it.")
        )
    return _step(change, "withdraw", actor, "", at)


def _step(change: Change, step: str, actor: Actor, note: str, at: dt.datetime | None) -> Event:
    now = at or timezone.now()
    with transaction.atomic():
        evidence = {} if step == "agree" else {"decided_at": now}
        event = advance(change, step, by=actor, note=note, at=now, evidence=evidence)
        tell(change.project, event, change)
    return event


def approve(
    change: Change, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """Approve a change: it is applied, and the price is shared anew. Public money is estimated by
    the scheme, within its cap; a higher price never raises it above that.

    Moved when the project is not under way any more.
    """
    now, project = at or timezone.now(), change.project
    with transaction.atomic():
        hold(project, ("under_way",))
        event = advance(
            change, "approve", by=actor, note=note, at=now, evidence={"decided_at": now}
        )
        _apply(project, change.after, now)
        tell(project, event, change)
    return event


def _apply(project: Project, after: Mapping[str, Any], now: dt.datetime) -> None:
    values: dict[str, Any] = {}
    if "due_date" in after:
        values["due_date"] = dt.date.fromisoformat(after["due_date"])
    for ordinal, day in after.get("milestones", {}).items():
        project.milestones.filter(ordinal=int(ordinal), state="planned").update(
            due_date=dt.date.fromisoformat(day)
        )
    if {"lines", "discount_fen"} & after.keys():
        if "lines" in after:
            write_lines(project, [Line(**line) for line in after["lines"]])
        parts = shared_after(project, after, timezone.localdate(now))
        if parts.fault is not None:
            raise StepRefused(parts.fault)
        values |= {
            "list_fen": parts.list_fen, "discount_fen": parts.provider_fen,
            "public_fen": parts.public_fen,
        }  # fmt: skip
    if values:
        Project.objects.filter(pk=project.pk).update(**values)
    project.refresh_from_db()


def drop_open(project: Project, actor: Actor, note: str, now: dt.datetime) -> None:
    """An open change ends with its project: refused by whoever ends it, or taken back."""
    open_one = Change.objects.filter(
        models.Q(project=project), state__in=("asked", "agreed")
    ).first()
    if open_one is None:
        return
    mine = actor.role == open_one.asked_by
    try:
        advance(
            open_one, "withdraw" if mine else "refuse", by=actor, note=note, at=now,
            evidence={"decided_at": now},
        )  # fmt: skip
    except Moved:
        return
