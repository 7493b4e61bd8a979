"""追回 as a case: finding, notice, defence, decision, appeal, and what a final decision brings.

Two pairs of eyes: whoever opened a case does not decide it while the same office has somebody else
who can, and whoever decided never answers the appeal. Money is in `actions.collecting`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions.evidence import drop as drop_document
from dengta.core.money import yuan
from dengta.core.shapes import Text
from dengta.core.wording import said_day
from dengta.funding.actions.collecting import SAME_HAND
from dengta.funding.actions.finality import become_final
from dengta.funding.actions.telling import tell_office, tell_party
from dengta.funding.models import Claim, Clawback, Hit, Repayment
from dengta.funding.queries.clawbacks import (
    appeal_until,
    kept_on_way,
    may_open,
    paid_day,
    parties_of,
    pay_until,
    reclaimable_fen,
)
from dengta.registry.models import Organisation
from dengta.registry.queries import officials_for, policy
from dengta.trail.actions import NotAllowed, StepRefused, advance, begin, keep_document
from dengta.trail.models import Document, Event

LONGEST = 5000
"""Characters of grounds, defence, decision and appeal."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What an office found of a claim that was paid. `amount_fen` in 分; `organisation`: who has to
    pay back, the payee unless said; `file`: what it rests on."""

    origin: str
    grounds: str
    amount_fen: int
    organisation: Organisation | None = None
    hit: Hit | None = None
    file: UploadedFile[bytes] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided: text with its reasons, document number, amount (分).

    `parts`: when how much is to be paid, all by one day unless said; `with_interest`: at practice's
    rate, from the day of payment unless `interest_from` says another; `sanction_years`: barred for
    so long, 0 for none; `set_off`: kept back from whatever the party is to be paid, due or not.
    """

    text: str
    number: str
    amount_fen: int
    parts: tuple[tuple[dt.date, int], ...] = ()
    with_interest: bool = True
    interest_from: dt.date | None = None
    sanction_years: int = 0
    set_off: bool = False


# ------------------------------------------------------------------ the office opens and serves


def open_clawback(
    claim: Claim, actor: Actor, finding: Finding, *, key: str, at: dt.datetime | None = None
) -> Clawback:
    """Open a case on a claim that was paid; the same `key` again is the same case. What of the
    claim is not paid yet stays unpaid while the case is not final (`queries.stopped_claims`).

    NotAllowed but for the offices of city and province; StepRefused without grounds, for more than
    was paid and not taken back yet, for a stranger to the claim, or while another case is open.
    """
    now = at or timezone.now()
    if not may_open(actor, claim):
        raise NotAllowed(
            Text(
                "追回由市州或省级经信部门立案，请把线索报给市州。",
                "The office of the city or the province opens a clawback; report what you found.",
            )
        )
    same = Clawback.objects.filter(key=key).first()
    if same is not None:
        return same
    grounds = _words(finding.grounds, Text("事由", "grounds"))
    if finding.origin not in Clawback.Origin.values:
        raise StepRefused(Text("请选择线索来源。", "Choose where it was found."))
    party = finding.organisation or claim.payee
    if party not in parties_of(claim):
        raise StepRefused(
            Text(
                f"{party.name} 不是 {claim.number} 的申领单位或收款单位，不能向其追回。",
                f"{party.name} neither asked for nor got the money of {claim.number}.",
            )
        )
    _answered(claim)
    _within(finding.amount_fen, claim)
    clawback = Clawback(
        claim=claim,
        organisation=party,
        origin=finding.origin,
        hit=finding.hit,
        grounds=grounds,
        evidence=_kept(finding.file, actor, now),
        amount_fen=finding.amount_fen,
        opened_by_id=actor.user_id or None,
        opened_at=now,
        key=key,
    )
    try:
        with transaction.atomic():
            _hold_paid(claim)
            _within(finding.amount_fen, claim)  # a payment may just have come back
            begin(clawback, by=actor, note=grounds, at=now)
    except IntegrityError:
        if clawback.evidence is not None:
            drop_document(clawback.evidence)
        other = Clawback.objects.filter(key=key).first()
        if other is not None:
            return other
        raise _another(claim) from None
    return clawback


def _hold_paid(claim: Claim) -> None:
    """Take the claim's row; StepRefused when its money has just come back by a reversal."""
    live = Claim.objects.filter(pk=claim.pk).exclude(state="reversed")
    if not live.update(created_at=F("created_at")):
        raise StepRefused(
            Text(
                f"{claim.number} 已退款冲回，没有可以追回的资金。",
                f"{claim.number} was refunded and reversed; nothing is left to take back.",
            )
        )


def _answered(claim: Claim) -> None:
    """StepRefused while an earlier case may have to be opened again: the bank has not answered for
    a payment from which something was kept for it."""
    if any(kept_on_way(case) for case in claim.clawbacks.filter(state="closed")):
        raise StepRefused(
            Text(
                "上一件追回有抵扣款在银行付款中，结果登记后才能再立案。",
                "A payment from which the last case kept something is at the bank. Wait for its"
                " answer.",
            )
        )


def _within(fen: int, claim: Claim) -> None:
    most = reclaimable_fen(claim)
    if not 0 < fen <= most:
        raise StepRefused(
            Text(
                f"拟追回金额 {yuan(fen)} 元不行：{claim.number} 已付且尚未追回的是"
                f" {yuan(most)} 元，请在此范围内填写。",
                f"{yuan(fen)} yuan cannot be taken back: of {claim.number} {yuan(most)} yuan were"
                " paid and not yet taken back. Stay within that.",
            )
        )


def _another(claim: Claim) -> StepRefused:
    other = Clawback.objects.filter(claim=claim).exclude(state__in=("closed", "dropped")).first()
    number = other.number if other is not None else ""
    return StepRefused(
        Text(
            f"{claim.number} 已有一件追回在办（{number}），办结后才能再立案。",
            f"A clawback of {claim.number} is open ({number}). Wait until it is closed.",
        )
    )


def _words(text: str, what: Text) -> str:
    said = text.strip()
    if not said or len(said) > LONGEST:
        raise StepRefused(
            Text(
                f"请写明{what.zh}，最多 {LONGEST:,} 字，对方才知道为什么；细节请放进附件。",
                f"Give the {what.en} in {LONGEST:,} characters at most, so that the other side"
                " knows why; details go into a file.",
            )
        )
    return said


def _kept(file: UploadedFile[bytes] | None, actor: Actor, at: dt.datetime) -> Document | None:
    if file is None:
        return None
    day = timezone.localdate(at)
    return keep_document(
        file,
        by=actor,
        types=policy().practised_words("evidence_types", day),
        most_bytes=policy().practised("evidence_file_mb", day) * 2**20,
    )


def _move(
    clawback: Clawback,
    step: str,
    actor: Actor,
    at: dt.datetime,
    *,
    note: str = "",
    evidence: Mapping[str, Any] | None = None,
    reasons: Mapping[str, Any] | None = None,
) -> Event:
    """One step with its notices: the office is told of what the party does, and the other way
    round."""
    with transaction.atomic():
        event = advance(
            clawback, step, by=actor, note=note, evidence=evidence, reasons=reasons, at=at
        )
        tell_party(clawback, event)
        if not actor.official:
            tell_office(clawback, event)
    return event


def notice(
    clawback: Clawback, actor: Actor, *, note: str = "", at: dt.datetime | None = None
) -> Event:
    """Give the party notice: what was found, what it had agreed to, and by when to answer. From now
    on it sees the case and what it rests on."""
    now = at or timezone.now()
    return _move(clawback, "notice", actor, now, note=note, evidence={"noticed_at": now})


# ------------------------------------------------------------------ the party answers


def _only_party(clawback: Clawback, actor: Actor) -> None:
    """Clawback.DoesNotExist for anybody else, as if there were no case."""
    if not actor.organisation_id or actor.organisation_id != clawback.organisation_id:
        raise Clawback.DoesNotExist


def defend(
    clawback: Clawback,
    actor: Actor,
    *,
    text: str,
    file: UploadedFile[bytes] | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """The party states its case, or adds to it; also after its days, until it is decided. What was
    said before stays, with its day."""
    now = at or timezone.now()
    _only_party(clawback, actor)
    said = _words(text, Text("陈述申辩的内容", "statement"))
    kept = _kept(file, actor, now)
    clawback.refresh_from_db()
    if clawback.defence:
        said = f"{clawback.defence}\n\n{said_day(timezone.localdate(now)).zh} 补充：{said}"[
            :LONGEST
        ]
    evidence: dict[str, Any] = {"defence": said}
    if kept is not None:
        evidence["defence_file"] = kept
    try:
        return _move(clawback, "defend", actor, now, note=text, evidence=evidence)
    except StepRefused:
        if kept is not None:
            drop_document(kept)
        raise


def appeal(clawback: Clawback, actor: Actor, *, text: str, at: dt.datetime | None = None) -> Event:
    """The party appeals, within its days; nothing is collected until the province has answered."""
    now = at or timezone.now()
    _only_party(clawback, actor)
    said = _words(text, Text("申诉理由", "reasons of appeal"))
    if clawback.state == "decided" and clawback.decided_at is not None:
        last = appeal_until(timezone.localdate(clawback.decided_at))
        if timezone.localdate(now) > last:
            raise StepRefused(
                Text(
                    f"申诉期限到 {said_day(last).zh} 为止，已经过了。"
                    "对决定不服，可以依法申请行政复议或提起诉讼。",
                    f"The days of appeal ended on {said_day(last).en}. You may turn to"
                    " reconsideration or the"
                    " courts by law.",
                )
            )
    return _move(clawback, "appeal", actor, now, note=said, evidence={"appeal": said})


def accept(clawback: Clawback, actor: Actor, *, at: dt.datetime | None = None) -> Event:
    """The party accepts the decision, which is final at once: interest ends, and it can pay."""
    _only_party(clawback, actor)
    return become_final(clawback, "accept", actor, at or timezone.now())


# ------------------------------------------------------------------ the decision


def decide(
    clawback: Clawback, actor: Actor, decision: Decision, *, at: dt.datetime | None = None
) -> Event:
    """Decide, with document and reasons; final when its days of appeal are over, when it is
    accepted, or when an appeal is answered.

    StepRefused for whoever opened the case while the same office has somebody else of the same post
    for it; for more than was asked; for parts that do not make the amount, or fall due before the
    decision can be final; for a sanction longer than practice allows.
    """
    now = at or timezone.now()
    day = timezone.localdate(now)
    if actor.user_id and actor.user_id == clawback.opened_by_id:
        others = set(officials_for(actor.role, clawback.case_region)) - {actor.user_id}
        if others:
            raise StepRefused(
                Text(
                    "这件追回由您立案，本单位还有其他人可以决定。请转交同事，查与断要分开。",
                    "You opened this case, and your office has somebody else to decide it. Hand it"
                    " to a colleague: whoever looks into a case does not decide it.",
                )
            )
    text = _words(decision.text, Text("决定和理由", "decision and its reasons"))
    number = _numbered(decision.number)
    if not 0 < decision.amount_fen <= clawback.amount_fen:
        raise StepRefused(
            Text(
                f"决定追回金额须在 0.01 元至拟追回的 {yuan(clawback.amount_fen)} 元之间。",
                f"The amount must lie between 0.01 and the {yuan(clawback.amount_fen)} yuan asked.",
            )
        )
    parts = _parts(decision, day)
    evidence = {
        "decision": text,
        "decision_number": number,
        "decided_fen": decision.amount_fen,
        "decided_by": actor.user_id or None,
        "decided_at": now,
        "due_date": parts[-1][0],
        "sanction_until": _barred_until(decision.sanction_years, day),
        **_interest(clawback, decision, day),
    }
    with transaction.atomic():
        event = _move(clawback, "decide", actor, now, note=text, evidence=evidence)
        how = Repayment.How.SET_OFF if decision.set_off else ""
        Repayment.objects.bulk_create(
            Repayment(clawback=clawback, ordinal=n, due_date=due, amount_fen=fen, how=how)
            for n, (due, fen) in enumerate(parts, start=1)
        )
    return event


def _numbered(number: str) -> str:
    number = number.strip()
    if not number or len(number) > 80 or not number.isprintable():
        raise StepRefused(
            Text(
                "请填写决定文号，一行，最多 80 字，例如“武经信追〔2026〕3号”。",
                "Give the number of the decision in one line of 80 characters at most.",
            )
        )
    return number


def _parts(decision: Decision, day: dt.date) -> Sequence[tuple[dt.date, int]]:
    last = appeal_until(day)
    parts = sorted(decision.parts) or [(pay_until(last), decision.amount_fen)]
    if sum(fen for _, fen in parts) != decision.amount_fen or any(fen <= 0 for _, fen in parts):
        total = sum(fen for _, fen in parts)
        raise StepRefused(
            Text(
                f"各期合计 {yuan(total)} 元，与决定追回的 {yuan(decision.amount_fen)} 元不一致，"
                "每期须大于 0。请改正。",
                f"The parts make {yuan(total)} yuan, not {yuan(decision.amount_fen)}, and each has"
                " to be above 0.",
            )
        )
    if parts[0][0] <= last:
        raise StepRefused(
            Text(
                f"缴回期限 {said_day(parts[0][0]).zh} 要晚于申诉期满日 {said_day(last).zh}。"
                "请改正。",
                f"{said_day(parts[0][0]).en} has to be after {said_day(last).en}, the last"
                " day of appeal.",
            )
        )
    return parts


def _barred_until(years: int, day: dt.date) -> dt.date | None:
    most = policy().practised("sanction_years", day)
    if not 0 <= years <= most:
        raise StepRefused(
            Text(
                f"限制申报最长 {most} 年，0 表示不限制。",
                f"A party is barred for {most} years at most; 0 for not at all.",
            )
        )
    if not years:
        return None
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + years, day=28 if leap else day.day)


def _interest(clawback: Clawback, decision: Decision, day: dt.date) -> dict[str, Any]:
    if not decision.with_interest:
        return {"interest_bps": 0, "interest_from": None}
    first = paid_day(clawback.claim)
    start = decision.interest_from or first or day
    if start > day or (first is not None and start < first):
        raise StepRefused(
            Text(
                f"计息起始日期 {said_day(start).zh} 要在首次付款日 {said_day(first).zh} 至今天"
                f" {said_day(day).zh} 之间。",
                f"Interest begins between {said_day(first).en}, the day of the first payment,"
                f" and today, {said_day(day).en}.",
            )
        )
    return {
        "interest_bps": policy().practised("clawback_interest_bps", day),
        "interest_from": start,
    }


def drop(clawback: Clawback, actor: Actor, *, note: str, at: dt.datetime | None = None) -> Event:
    """Take nothing back, with the reason; on appeal not by whoever had decided."""
    _not_the_decider(clawback, actor)
    evidence = {"appeal_answer": note.strip()[:LONGEST]} if clawback.appeal else None
    return _move(clawback, "drop", actor, at or timezone.now(), note=note, evidence=evidence)


def confirm(
    clawback: Clawback,
    actor: Actor,
    *,
    answer: str,
    amount_fen: int | None = None,
    at: dt.datetime | None = None,
) -> Event:
    """Answer an appeal: the decision stands, or with `amount_fen` less is taken back; final now.

    StepRefused for whoever had decided, and for more than was decided. `drop` takes all of it back.
    """
    now = at or timezone.now()
    _not_the_decider(clawback, actor)
    said = _words(answer, Text("答复和理由", "answer and its reasons"))
    decided = clawback.decided_fen or 0
    left = decided if amount_fen is None else amount_fen
    if not 0 < left <= decided:
        raise StepRefused(
            Text(
                f"变更后的金额须在 0.01 元至原决定的 {yuan(decided)} 元之间；"
                "全部不追回请选“不予追回”。",
                f"The amount must lie between 0.01 and the {yuan(decided)} yuan decided; to take"
                " nothing back, drop the case.",
            )
        )
    evidence = {"appeal_answer": said, "decided_fen": left}
    return become_final(clawback, "confirm", actor, now, note=said, evidence=evidence)


def _not_the_decider(clawback: Clawback, actor: Actor) -> None:
    if actor.user_id and actor.user_id == clawback.decided_by_id:
        raise StepRefused(SAME_HAND)
