"""Papers of a project: the contract, screenshots with their day and figures, invoices. Taken away
they stay as a record."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions.evidence import drop
from dengta.assessment.queries.evidence import limits
from dengta.core.projects import Paper
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.projects.actions.holding import hold, only_firm, only_provider
from dengta.projects.models import DEAD_PROJECT, Milestone, Project, Proof
from dengta.projects.queries.projects import WRITABLE, rule_of
from dengta.trail.actions import Moved, NotAllowed, StepRefused, keep_document
from dengta.trail.models import Document

OPEN_FOR_PROOF = ("under_way", "finished")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is stated with a screenshot: its day, the system, how much it was used."""

    taken_date: dt.date | None = None
    system: str = ""
    logins: int | None = None
    users: int | None = None


def attach(
    project: Project,
    actor: Actor,
    need: str,
    file: UploadedFile[bytes],
    *,
    seen: Seen | None = None,
    milestone: Milestone | None = None,
    at: dt.datetime | None = None,
) -> Proof:
    """Keep a paper under a heading of the rule; the same file there twice is kept once.

    Papers of filing come from the firm while it fills in, those of a milestone from the provider,
    those of acceptance from the firm until the office has them. The contract is the project's.
    StepRefused, FileRefused or Moved.
    """
    now = at or timezone.now()
    paper = _heading(project, need)
    stated = seen or Seen()
    if milestone is None:
        only_firm(project, actor)
    else:
        only_provider(project, actor)
    _stated(paper, stated, timezone.localdate(now))
    most = limits()
    document = keep_document(file, by=actor, types=most.types, most_bytes=most.bytes)
    try:
        with transaction.atomic():
            _open(project, paper, milestone)
            if paper.id == "contract":
                _one_file(project, document)
            there = project.proofs.filter(need=need, milestone=milestone, removed_at=None)
            same = there.filter(document__fingerprint=document.fingerprint).first()
            if same is not None:
                drop(document)
                return same
            made = Proof.objects.create(
                project=project, milestone=milestone, need=need, document=document,
                taken_date=stated.taken_date, system=stated.system.strip()[:120],
                logins=stated.logins, users=stated.users, user_id=actor.user_id or None, at=now,
            )  # fmt: skip
            if paper.id == "contract":
                Project.objects.filter(pk=project.pk).update(contract=document)
                project.refresh_from_db()
            return made
    except StepRefused:
        drop(document)
        raise


def detach(project: Project, actor: Actor, proof_id: int, *, at: dt.datetime | None = None) -> None:
    """Take a paper away; it stays as a record. Twice is the same as once.

    What lies beside a milestone that was confirmed, or was handed in with a filing, stays.
    """
    found = project.proofs.select_related("milestone").filter(pk=proof_id).first()
    if found is None:
        return
    if found.milestone is None:
        only_firm(project, actor)
    else:
        only_provider(project, actor)
    with transaction.atomic():
        _open(project, _heading(project, found.need), found.milestone)
        project.proofs.filter(pk=proof_id, removed_at=None).update(removed_at=at or timezone.now())
        if found.document_id == project.contract_id:
            Project.objects.filter(pk=project.pk).update(contract=None)
            project.refresh_from_db()


def _heading(project: Project, need: str) -> Paper:
    for paper in rule_of(project).papers:
        if paper.id == need:
            return paper
    raise StepRefused(
        Text(
            f"这个项目没有“{need[:40]}”这一类材料，没有上传。请从页面上选择材料类别。",
            f"The project has no papers called “{need[:40]}”. Choose the heading from the page.",
        )
    )


def _stated(paper: Paper, seen: Seen, today: dt.date) -> None:
    """StepRefused for a day ahead or a figure that cannot be; what is missing is found later."""
    if seen.taken_date is not None and seen.taken_date > today:
        raise StepRefused(
            Text(
                f"“{paper.text.zh}”的截取日期 {said_day(seen.taken_date).zh} 还没有到，请填"
                "写截图上的日期。",
                f"The day of “{paper.text.en}”, {said_day(seen.taken_date).en}, lies ahead."
                " Give the one on the"
                " screenshot.",
            )
        )
    if seen.users is not None and seen.logins is not None and seen.users > seen.logins:
        raise StepRefused(
            Text(
                f"使用人数 {seen.users} 多于登录次数 {seen.logins}，请核对。",
                f"{seen.users} users cannot have signed in {seen.logins} times. Check both.",
            )
        )


def _open(project: Project, paper: Paper, milestone: Milestone | None) -> None:
    """Hold the project while papers of this kind are taken; Moved otherwise."""
    if paper.at == "filing":
        hold(project, WRITABLE)
    elif milestone is not None:
        hold(project, ("under_way",))
        milestone.refresh_from_db()
        if milestone.state != "planned":
            raise Moved(
                Text(
                    f"里程碑“{milestone.title}”已提交，材料不能再改。"
                    "需要补充的，请企业退回后再传。",
                    f"The milestone “{milestone.title}” was reported; its papers are fixed. Ask the"
                    " firm to send it back.",
                )
            )
    elif paper.at == "acceptance":
        returned = project.acceptances.filter(state="returned").exists()
        hold(project, ("in_acceptance",) if returned else OPEN_FOR_PROOF)
    else:
        raise NotAllowed(
            Text(
                f"“{paper.text.zh}”由服务商随里程碑提交。",
                f"“{paper.text.en}” comes from the provider with a milestone.",
            )
        )


def _one_file(project: Project, document: Document) -> None:
    """StepRefused when the firm has filed this very file as another project's contract."""
    others = Project.objects.filter(organisation=project.organisation_id).exclude(pk=project.pk)
    same = others.exclude(state__in=DEAD_PROJECT).filter(contract__fingerprint=document.fingerprint)
    if (other := same.first()) is not None:
        raise StepRefused(
            Text(
                f"这份合同文件已在项目 {other.number} 中备案，同一合同只能备案一次。",
                f"This contract was filed with {other.number}; a contract is filed once.",
            )
        )
