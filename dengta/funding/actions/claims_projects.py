"""A claim from an accepted project: nothing is typed that the platform knows."""

from __future__ import annotations

import datetime as dt
import secrets

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.money import largest_remainder, yuan
from dengta.core.schemes import Scheme
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.actions.claims_filling import Line, claimable, write_lines
from dengta.funding.models import DEAD_CLAIM, Claim, ClaimPaper
from dengta.funding.queries.claims_projects import on_acceptance, unaccepted, why_unaccepted
from dengta.projects.models import Acceptance, Project
from dengta.projects.queries.projects import proofs_of
from dengta.registry.actions import refuse_sanctioned
from dengta.trail.actions import NotAllowed, StepRefused, begin, keep_document

RUNNING = ("under_way", "finished", "in_acceptance", "accepted")


def begin_for(project: Project, actor: Actor, *, at: dt.datetime | None = None) -> Claim:
    """The claim of a project, filled in with its lines, contract, days, provider and papers; asked
    for twice it is one claim.

    NotAllowed for anybody but the firm; StepRefused where nothing pays, or before acceptance where
    the scheme pays on acceptance only.
    """
    now = at or timezone.now()
    _firm(project, actor)
    if (there := live_claim(project)) is not None:
        return there
    refuse_sanctioned(project.organisation, timezone.localdate(now))
    if not project.scheme:
        raise StepRefused(
            Text(
                f"{project.number} 所属的事项没有补助办法，不能申领。",
                f"No scheme pays for the programme of {project.number}.",
            )
        )
    scheme = claimable(project.scheme, timezone.localdate(now))
    try:
        with transaction.atomic():
            Project.objects.select_for_update().get(pk=project.pk)
            project.refresh_from_db()
            if project.state not in RUNNING or (
                on_acceptance(scheme) and project.state != "accepted"
            ):
                raise StepRefused(why_unaccepted(project))
            return _begin(project, scheme, actor, now)
    except IntegrityError:
        there = live_claim(project)
        if there is None:
            raise
        return there


def _firm(project: Project, actor: Actor) -> None:
    if actor.role != "enterprise" or actor.organisation_id != project.organisation_id:
        raise NotAllowed(
            Text(
                f"{project.number} 的补助由{project.organisation.name}申领。",
                f"The subsidy of {project.number} is claimed by {project.organisation.name}.",
            )
        )


def live_claim(project: Project) -> Claim | None:
    """The claim of a project that stands, if any."""
    rows = Claim.objects.filter(project=project, programme=project.programme)
    return rows.exclude(state__in=DEAD_CLAIM).first()


def refuse_unaccepted(claim: Claim) -> None:
    """StepRefused while the project that a claim rests on is not accepted, or has ended."""
    waits = unaccepted(claim)
    if waits is not None:
        raise StepRefused(why_unaccepted(waits))


def refuse_unfinished(claim: Claim) -> None:
    """StepRefused when a claim's own project is not accepted; acceptance is recorded there."""
    if claim.project is not None and claim.project.state != "accepted":
        raise StepRefused(why_unaccepted(claim.project))


def _begin(project: Project, scheme: Scheme, actor: Actor, now: dt.datetime) -> Claim:
    claim = Claim(
        scheme=scheme.edition, programme=scheme.programme, year=timezone.localdate(now).year,
        organisation=project.organisation, payee=project.organisation, supplier=project.provider,
        project=project, title=project.title, contract_number=project.contract_number,
        list_fen=project.list_fen, discount_fen=project.discount_fen,
        finished_date=project.finished_date, accepted_date=project.accepted_date,
        account_name=project.organisation.name,
        key=f"claim/project/{project.pk}/{secrets.token_hex(8)}", created_at=now,
    )  # fmt: skip
    begin(claim, by=actor, at=now)
    write_lines(claim, _lines(project, scheme), 1)
    _papers(claim, project, scheme, actor, now)
    return claim


def _lines(project: Project, scheme: Scheme) -> list[Line]:
    """The contract's lines as cost lines, after the discount, which is spread by largest remainder.
    The numbers of the invoices are the firm's to add."""
    rows = list(project.lines.order_by("ordinal"))
    net = largest_remainder(
        project.list_fen - project.discount_fen, [row.amount_fen for row in rows]
    )
    known = {one.id for one in scheme.costs}
    day = project.finished_date or project.contract_date or timezone.localdate()
    return [
        Line(row.cost_class, row.text, "", day, fen, fen)
        for row, fen in zip(rows, net, strict=True)
        if fen and row.cost_class in known
    ]


def _papers(claim: Claim, project: Project, scheme: Scheme, actor: Actor, now: dt.datetime) -> None:
    """What lies with the project already, under the same headings, and the record of acceptance."""
    headings = {need.id for need in scheme.needs}
    kept = [
        ClaimPaper(claim=claim, need=proof.need, document=proof.document, at=now)
        for proof in proofs_of(project)
        if proof.need in headings and proof.milestone_id is None
    ]
    passed = project.acceptances.filter(state="accepted").first()
    if passed is not None:
        for need, words in _records(project, passed).items():
            if need in headings:
                file = SimpleUploadedFile(
                    f"{passed.number}-{need}.txt", words.encode(), content_type="text/plain"
                )
                document = keep_document(file, by=actor)
                kept.append(ClaimPaper(claim=claim, need=need, document=document, at=now))
    ClaimPaper.objects.bulk_create(kept)


def _records(project: Project, passed: Acceptance) -> dict[str, str]:
    """The record of acceptance, of the level after it, and of what was invested, in plain text."""
    after = project.after
    head = f"{project.number} {project.title}\n{project.organisation.name}\n"
    return {
        "acceptance": f"{head}验收编号 {passed.number}\n现场日期 {said_day(passed.visit_date).zh}\n"
        f"现场人员 {'、'.join(passed.visitors)}\n现场评定等级 {passed.level}\n"
        f"公示 {said_day(passed.publicity_from).zh} 至 {said_day(passed.publicity_until).zh}\n"
        f"验收日期 {said_day(project.accepted_date).zh}\n",
        "report": f"{head}改造后评定编号 {after.get('rating')}\n指标 {after.get('instrument')}\n"
        f"等级 {after.get('level')}\n改造总结：{passed.summary}\n",
        "items": f"{head}合同总价 {yuan(project.list_fen)} 元\n"
        f"服务商让利 {yuan(project.discount_fen)} 元\n开票 {yuan(passed.invoiced_fen or 0)} 元\n"
        f"企业实付 {yuan(passed.paid_fen or 0)} 元\n合规投入 {yuan(passed.eligible_fen or 0)} 元\n",
    }
