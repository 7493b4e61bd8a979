"""核对: what the machine sees of a project's proofs. It accuses nobody: the official answers each
flag, and decides."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models

from dengta.assessment.queries.evidence import neighbours
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.projects.models import Project, Proof, UsageCheck
from dengta.projects.queries.projects import proofs_of, rule_of
from dengta.registry.queries import related


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing that an official has to look at."""

    id: str
    text: Text

    def as_json(self) -> dict[str, Any]:
        """As it is kept with the acceptance, not answered yet."""
        return {"id": self.id, **self.text._asdict(), "answer": ""}


def flags_of(project: Project, day: dt.date) -> list[Flag]:
    """Everything that is not as it should be with a project's proofs, seen on a day: a fixed number
    of queries however many proofs there are."""
    proofs = list(proofs_of(project))
    return [
        *_same_elsewhere(project, proofs),
        *_out_of_time(project, proofs, day),
        *_figures(project, proofs),
        *_same_figures(project, proofs),
        *_dates(project),
        *_parties(project),
    ]


def _same_elsewhere(project: Project, proofs: Sequence[Proof]) -> Iterator[Flag]:
    """The same file, or a picture that looks the same up to one bit, in another firm's project."""
    by_file: dict[str, list[Proof]] = {}
    by_look: dict[str, list[Proof]] = {}
    for proof in proofs:
        by_file.setdefault(proof.document.fingerprint, []).append(proof)
        for look in neighbours(proof.document.picture):
            by_look.setdefault(look, []).append(proof)
    if not by_file:
        return
    alike = models.Q(document__fingerprint__in=by_file) | models.Q(document__picture__in=by_look)
    others = (
        Proof.objects.filter(alike, removed_at=None)
        .exclude(project__organisation=project.organisation_id)
        .select_related("document", "project__organisation")
        .order_by("id")
    )
    reported = _checks().filter(
        models.Q(evidence__fingerprint__in=by_file) | models.Q(evidence__picture__in=by_look)
    )
    reported = reported.exclude(project__organisation=project.organisation_id)
    told: set[tuple[int, int]] = set()
    papers = [(one.document, one.project) for one in others]
    papers += [
        (one.evidence, one.project)
        for one in reported.select_related("evidence").order_by("id")
        if one.evidence is not None
    ]
    for document, beside in papers:
        whole = by_file.get(document.fingerprint, [])
        looks = by_look.get(document.picture, []) if document.picture else []
        for own in (*whole, *looks):
            if (own.pk, beside.pk) in told:
                continue
            told.add((own.pk, beside.pk))
            same = own in whole
            zh = "是同一文件" if same else "看起来是同一张图"
            en = "is the same file as" if same else "looks the same as"
            firm, number = beside.organisation.name, beside.number
            yield Flag(
                f"{'file' if same else 'picture'}:{own.pk}:{beside.pk}",
                Text(
                    f"“{own.document.name}”与{firm}（{number}）的材料{zh}",
                    f"“{own.document.name}” {en} one of {firm} ({number})",
                ),
            )


def of_usage(check: UsageCheck) -> list[Text]:
    """What an official has to look at in a check of use: its proof, or its figures, are those of
    another firm, or of the same project at another time. Six queries."""
    found = [*_seen_before(check)] if check.evidence is not None else []
    if check.logins and check.users:
        alike = models.Q(logins=check.logins, users=check.users)
        proofs = Proof.objects.filter(alike, removed_at=None)
        for project in _projects(proofs, _checks().filter(alike).exclude(pk=check.pk)):
            found.append(
                Text(
                    f"登录 {check.logins} 次、{check.users} 人，与{_whose(check, project)}完全相同",
                    f"{check.logins} sign-ins of {check.users} users, the same as"
                    f" {project.organisation.name} ({project.number})",
                )
            )
    return found


def _seen_before(check: UsageCheck) -> Iterator[Text]:
    paper = check.evidence
    assert paper is not None  # asked only of those with a proof
    looks = list(neighbours(paper.picture))
    proofs = Proof.objects.filter(
        models.Q(document__fingerprint=paper.fingerprint) | models.Q(document__picture__in=looks),
        removed_at=None,
    )
    checks = _checks().filter(
        models.Q(evidence__fingerprint=paper.fingerprint) | models.Q(evidence__picture__in=looks)
    )
    others = checks.exclude(pk=check.pk)
    days = _days(proofs, others)
    for project in _projects(proofs, others):
        day = next((one for one in days[project.pk] if one != check.taken_date), None)
        own, other = said_day(check.taken_date), said_day(day)
        zh = f"，那一份写的截取日期是 {other.zh}，这一份是 {own.zh}" if day else ""
        en = f", which was said to be of {other.en}, this one of {own.en}" if day else ""
        yield Text(
            f"“{paper.name}”与{_whose(check, project)}的材料是同一文件或同一张图{zh}",
            f"“{paper.name}” is the same file or picture as one of"
            f" {project.organisation.name} ({project.number}){en}",
        )


def _days(
    proofs: models.QuerySet[Proof], checks: models.QuerySet[UsageCheck]
) -> dict[int, list[dt.date]]:
    """By project the days that its proofs and checks state, the earliest first."""
    found: dict[int, list[dt.date]] = defaultdict(list)
    for rows in (proofs, checks):
        for one in rows:
            if one.taken_date is not None:
                found[one.project_id].append(one.taken_date)
    return defaultdict(list, {pk: sorted(some) for pk, some in found.items()})


def _projects(proofs: models.QuerySet[Proof], checks: models.QuerySet[UsageCheck]) -> list[Project]:
    """The projects of proofs and checks, each once."""
    rows = [one.project for one in proofs.select_related("project__organisation")]
    rows += [one.project for one in checks]
    return list({one.pk: one for one in rows}.values())


def _checks() -> models.QuerySet[UsageCheck]:
    return UsageCheck.objects.select_related("project__organisation")


def _whose(check: UsageCheck, project: Project) -> str:
    if project.pk == check.project_id:
        return "本项目以前"
    return f"{project.organisation.name}（{project.number}）"


def _out_of_time(project: Project, proofs: Sequence[Proof], day: dt.date) -> Iterator[Flag]:
    start = min(filter(None, (project.contract_date, project.start_date)), default=None)
    for proof in proofs:
        taken = proof.taken_date
        if taken is not None and ((start and taken < start) or taken > day):
            yield Flag(
                f"time:{proof.pk}",
                Text(
                    f"“{proof.document.name}”截取于 {said_day(taken).zh}，不在项目期内"
                    f"（{said_day(start).zh} 至 {said_day(day).zh}）",
                    f"“{proof.document.name}” is of {said_day(taken).en}, outside the"
                    " project's time"
                    f" ({said_day(start).en} to {said_day(day).en})",
                ),
            )


def _figures(project: Project, proofs: Sequence[Proof]) -> Iterator[Flag]:
    asked = {paper.id: paper for paper in rule_of(project).papers if paper.figures}
    for proof in proofs:
        paper = asked.get(proof.need)
        if paper is not None and not (proof.logins and proof.users):
            yield Flag(
                f"figures:{proof.pk}",
                Text(
                    f"“{proof.document.name}”没有登录次数或使用人数，看不出系统在用",
                    f"“{proof.document.name}” states no sign-ins or users; nothing shows that the"
                    " system is used",
                ),
            )


def _same_figures(project: Project, proofs: Sequence[Proof]) -> Iterator[Flag]:
    """The same sign-ins and users as in another firm's project."""
    own: dict[tuple[int | None, int | None], Proof] = {
        (one.logins, one.users): one for one in proofs if one.logins and one.users
    }
    if not own:
        return
    others = (
        Proof.objects.filter(removed_at=None, logins__in=[logins for logins, _ in own])
        .exclude(project__organisation=project.organisation_id)
        .select_related("project__organisation")
        .order_by("id")
    )
    told: set[tuple[int, int]] = set()
    for other in others:
        mine = own.get((other.logins, other.users))
        if mine is None or (mine.pk, other.project_id) in told:
            continue
        told.add((mine.pk, other.project_id))
        yield Flag(
            f"usage:{mine.pk}:{other.project_id}",
            Text(
                f"登录 {mine.logins} 次、{mine.users} 人，与{other.project.organisation.name}"
                f"（{other.project.number}）完全相同",
                f"{mine.logins} sign-ins of {mine.users} users, the same as"
                f" {other.project.organisation.name} ({other.project.number})",
            ),
        )


def _dates(project: Project) -> Iterator[Flag]:
    signed, finished = project.contract_date, project.finished_date
    if signed and finished and signed > finished:
        yield Flag(
            "contract_after",
            Text(
                f"合同签订于 {said_day(signed).zh}，晚于完工日期 {said_day(finished).zh}",
                f"The contract is of {said_day(signed).en}, after the work was finished on"
                f" {said_day(finished).en}",
            ),
        )


def _parties(project: Project) -> Iterator[Flag]:
    tie = related(project.organisation, project.provider)
    if tie is not None:
        yield Flag(
            "related",
            Text(f"企业与服务商：{tie.zh}", f"Firm and provider: {tie.en}"),
        )
    problems = project.log.filter(problem=True).count()
    if problems:
        yield Flag(
            "problems",
            Text(
                f"监理日志记录了 {problems} 次问题，请核对是否已解决",
                f"The supervisor noted {problems} problems; see whether they were solved",
            ),
        )
