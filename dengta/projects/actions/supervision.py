"""监理日志: what the supervisor saw on a day; entries are added, never changed."""

from __future__ import annotations

import datetime as dt
import secrets

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.queries.evidence import limits
from dengta.core.shapes import Text
from dengta.projects.actions.holding import hold, tell
from dengta.projects.models import Project, SupervisionEntry
from dengta.projects.queries.projects import supervises
from dengta.trail.actions import NotAllowed, StepRefused, keep_document, write_down

STATES = ("under_way", "finished")


def log(
    project: Project,
    actor: Actor,
    *,
    kind: str,
    seen_date: dt.date,
    text: str,
    progress_bps: int,
    problem: bool = False,
    file: UploadedFile[bytes] | None = None,
    key: str = "",
    at: dt.datetime | None = None,
) -> SupervisionEntry:
    """Write an entry; the same `key` twice is one entry. The firm is told, of a problem the county.

    NotAllowed for anybody but the supervisor; StepRefused for a stage unknown, a day ahead, nothing
    said, progress beyond the whole.
    """
    now = at or timezone.now()
    if not supervises(project, actor):
        raise NotAllowed(
            Text(
                f"{project.number} 的监理日志由监理单位填写。",
                f"The log of {project.number} is kept by its supervisor.",
            )
        )
    name = f"log/{project.pk}/{key or secrets.token_hex(12)}"[:80]
    _fits(kind, seen_date, text.strip(), progress_bps, timezone.localdate(now))
    if (same := SupervisionEntry.objects.filter(key=name).first()) is not None:
        return same
    most = limits()
    try:
        with transaction.atomic():
            hold(project, STATES)
            document = None
            if file is not None:
                document = keep_document(file, by=actor, types=most.types, most_bytes=most.bytes)
            entry = SupervisionEntry.objects.create(
                project=project, organisation_id=actor.organisation_id, kind=kind,
                seen_date=seen_date, text=text.strip(), progress_bps=progress_bps, problem=problem,
                document=document, user_id=actor.user_id or None, key=name, at=now,
            )  # fmt: skip
            event = write_down(
                "supervision", project.pk, "problem" if problem else "log", by=actor,
                note=text.strip(), at=now,
                reasons={"kind": kind, "seen": seen_date.isoformat(), "bps": progress_bps},
            )  # fmt: skip
            if problem:
                tell(project, event)
    except IntegrityError:
        return SupervisionEntry.objects.get(key=name)
    return entry


def _fits(kind: str, seen: dt.date, text: str, progress: int, today: dt.date) -> None:
    wrong: Text | None = None
    if kind not in SupervisionEntry.Kind.values:
        wrong = Text("请选择监理阶段", "choose the stage")
    elif seen > today:
        wrong = Text(f"查看日期 {seen} 还没有到", f"the day, {seen}, lies ahead")
    elif not 5 <= len(text) <= 2000:
        wrong = Text(
            f"监理情况现有 {len(text)} 个字，请写 5 至 2000 个字",
            f"say in 5 to 2,000 signs what was seen ({len(text)} now)",
        )
    elif not 0 <= progress <= 10_000:
        wrong = Text("完成比例须为 0 至 100 %", "progress is 0 to 100 %")
    elif kind == SupervisionEntry.Kind.COMPLETION and progress != 10_000:
        wrong = Text("完工检查的完成比例须为 100 %", "at completion progress is 100 %")
    if wrong is not None:
        raise StepRefused(Text(f"监理日志：{wrong.zh}。", f"Supervision: {wrong.en}."))
