"""Writes of filling in a claim: beginning one, keeping what is typed, its lines, bank flows and
papers. Only while the firm has the matter; what is typed and what is submitted never cross."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.assessment.actions.evidence import drop
from dengta.core.facts import FactError
from dengta.core.money import yuan
from dengta.core.rules import read_facts
from dengta.core.schemes import Scheme
from dengta.core.shapes import Text
from dengta.funding.models import BankFlow, Claim, ClaimPaper, CostLine
from dengta.funding.queries.budgets import scheme_of, schemes_on
from dengta.funding.queries.claims import awaits_acceptance
from dengta.funding.queries.claims_projects import FIXED
from dengta.registry.actions import refuse_sanctioned
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.trail.actions import Moved, NotAllowed, StepRefused, begin, keep_document

WRITABLE = ("draft", "returned")
FIELDS = frozenset(
    {
        "title", "contract_number", "supplier", "list_fen", "discount_fen", "finished_date",
        "accepted_date", "facts", "account_name", "account_number", "bank_name",
    }
)  # fmt: skip
"""What a firm writes of its claim; what it paid is the sum of its bank flows."""
MOST_LINES = 2000
INVOICE_NUMBER, INVOICE_CODE, INVOICE_LINE = r"(\d{8}|\d{20})", r"(\d{10}|\d{12})", r"\d{1,4}"
"""How the numbers of an invoice are written, typed or imported."""


@dataclass(frozen=True, slots=True)
class Line:
    """A cost line as typed or imported; money in 分."""

    cost_class: str
    text: str
    invoice_number: str
    invoice_date: dt.date
    invoice_total_fen: int
    amount_fen: int
    invoice_code: str = ""
    invoice_line: str = ""
    serial: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A payment of the firm to its provider, by the bank's number; money in 分."""

    number: str
    paid_date: dt.date
    amount_fen: int


def begin_claim(
    actor: Actor, edition: str, *, key: str = "", at: dt.datetime | None = None
) -> Claim:
    """A new draft of the actor's firm for a scheme in force; the same `key` twice is one draft.

    StepRefused for a scheme that cannot be claimed now.
    """
    now = at or timezone.now()
    scheme = claimable(edition, timezone.localdate(now))
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    refuse_sanctioned(organisation, timezone.localdate(now))
    name = f"claim/{organisation.pk}/{key or secrets.token_hex(12)}"
    claim = Claim(
        scheme=scheme.edition,
        programme=scheme.programme,
        year=timezone.localdate(now).year,
        organisation=organisation,
        payee=organisation,
        account_name=organisation.name,
        key=name,
        created_at=now,
    )
    try:
        with transaction.atomic():
            begin(claim, by=actor, at=now)
    except IntegrityError:
        return Claim.objects.get(key=name)
    return claim


def claimable(edition: str, day: dt.date) -> Scheme:
    """A scheme that a firm may begin a claim for on a day. StepRefused for a sample, one that is
    not in force, a voucher or a reward."""
    scheme = next((one for one in schemes_on(day) if one.edition == edition), None)
    if scheme is None or scheme.sample:
        raise StepRefused(
            Text(
                f"“{edition[:60]}”不是现行的补助办法，不能申领。请从办法列表中选择。",
                f"“{edition[:60]}” is no scheme in force. Choose one from the list.",
            )
        )
    if scheme.kind != "subsidy":
        raise StepRefused(
            Text(
                f"“{scheme.name.zh}”不在这里申领：服务券请到“上云服务券”办理，"
                "奖补在认定后自动生成，确认账户即可。",
                f"“{scheme.name.en}” is not claimed here: vouchers have their own page, rewards"
                " come by themselves after the award.",
            )
        )
    return scheme


def hold(claim: Claim, states: Sequence[str]) -> None:
    """Write to the row while it is in one of the states, which takes its lock; else Moved."""
    held = Claim.objects.filter(pk=claim.pk, state__in=states)
    if not held.update(created_at=models.F("created_at")):
        claim.refresh_from_db()
        state = claim.flow.state(claim.state).public
        raise Moved(
            Text(
                f"{claim.number} 现在的状态是“{state.zh}”，不能这样办理。请刷新页面查看。",
                f"{claim.number} is now “{state.en}”; this cannot be done. Reload the page.",
            )
        )
    claim.refresh_from_db()


def only_owner(claim: Claim, actor: Actor) -> None:
    """NotAllowed for anybody but the firm that claims, or the provider that set a voucher off."""
    mine = {claim.organisation_id, claim.payee_id if claim.voucher_id else 0}
    if not actor.organisation_id or actor.organisation_id not in mine:
        raise NotAllowed(
            Text(
                f"{claim.number} 由{claim.organisation.name}申领，只有该企业可以办理。",
                f"{claim.number} is {claim.organisation.name}'s; only they can do this.",
            )
        )


def save(
    claim: Claim,
    actor: Actor,
    fields: Mapping[str, object],
    *,
    lines: Sequence[Line] | None = None,
    flows: Sequence[Flow] | None = None,
) -> None:
    """Keep what has been typed so far; `lines` and `flows`, where given, replace those there are.
    Of a claim that comes from a project, what the project says stays.

    Moved once it is submitted; StepRefused for what cannot be; ValueError for another field.
    """
    only_owner(claim, actor)
    if strange := fields.keys() - FIELDS:
        raise ValueError(f"not a field of a claim: {sorted(strange)}")
    fixed = FIXED if claim.project_id is not None else frozenset()
    values = {name: value for name, value in fields.items() if name not in fixed}
    if "facts" in values:
        values["facts"] = _facts(values["facts"])
    with transaction.atomic():
        hold(claim, WRITABLE)
        if lines is not None:
            claim.lines.all().delete()
            write_lines(claim, lines, 1)
        if flows is not None:
            values["paid_fen"] = write_flows(claim, flows)
        if values:
            Claim.objects.filter(pk=claim.pk).update(**values)
    claim.refresh_from_db()


def _facts(stated: object) -> dict[str, object]:
    """Facts that a firm states, each one of the vocabulary. StepRefused with the first misfit."""
    assert isinstance(stated, Mapping)
    given = {name: value for name, value in stated.items() if value is not None}
    try:
        read_facts(policy(), given)
    except FactError as wrong:
        raise StepRefused(wrong.said) from wrong
    return given


def add_lines(claim: Claim, actor: Actor, lines: Sequence[Line]) -> list[CostLine]:
    """Add cost lines after those there are; one that is there already is not added again."""
    only_owner(claim, actor)
    with transaction.atomic():
        hold(claim, WRITABLE)
        there = list(claim.lines.order_by("ordinal"))
        known = {line_of(row) for row in there}
        new = [line for line in dict.fromkeys(lines) if line not in known]
        first = there[-1].ordinal + 1 if there else 1
        return write_lines(claim, new, first)


def change_line(claim: Claim, actor: Actor, ordinal: int, line: Line | None) -> None:
    """Write one line anew, or take it away (None). What an official cut of it is kept only while
    its amount stays. StepRefused when it is not there."""
    only_owner(claim, actor)
    with transaction.atomic():
        hold(claim, WRITABLE)
        row = claim.lines.filter(ordinal=ordinal).first()
        if row is None:
            raise StepRefused(
                Text(
                    f"第 {ordinal} 行费用已不在，没有改动。请刷新页面后再看。",
                    f"Line {ordinal} is not there any more. Reload the page.",
                )
            )
        row.delete()
        if line is not None:
            (new,) = write_lines(claim, [line], ordinal)
            if new.amount_fen == row.amount_fen and row.allowed_fen is not None:
                new.allowed_fen, new.reason = row.allowed_fen, row.reason
                new.save(update_fields=["allowed_fen", "reason"])


def line_of(row: CostLine) -> Line:
    """A line as it was typed."""
    return Line(
        row.cost_class, row.text, row.invoice_number, row.invoice_date, row.invoice_total_fen,
        row.amount_fen, row.invoice_code, row.invoice_line, row.serial, row.model,
    )  # fmt: skip


def write_lines(claim: Claim, lines: Sequence[Line], first: int) -> list[CostLine]:
    """Write lines under ordinals from `first` on, each checked. The caller holds the claim."""
    classes = {one.id for one in scheme_of(claim.scheme).costs}
    rows = []
    for ordinal, line in enumerate(lines, first):
        _check_line(line, ordinal, classes)
        rows.append(
            CostLine(
                claim=claim, ordinal=ordinal, cost_class=line.cost_class, text=line.text.strip(),
                invoice_code=line.invoice_code, invoice_number=line.invoice_number,
                invoice_line=line.invoice_line, invoice_date=line.invoice_date,
                invoice_total_fen=line.invoice_total_fen, amount_fen=line.amount_fen,
                serial=line.serial, model=line.model,
            )
        )  # fmt: skip
    if first - 1 + len(rows) > MOST_LINES:
        raise StepRefused(
            Text(
                f"费用明细最多 {MOST_LINES} 行，请合并同一张发票的小额行。",
                f"At most {MOST_LINES} lines; put small ones of one invoice together.",
            )
        )
    return CostLine.objects.bulk_create(rows)


def _check_line(line: Line, ordinal: int, classes: set[str]) -> None:
    """StepRefused with the line, the field, the value and what to do."""
    wrong: Text | None = None
    if line.cost_class not in classes:
        wrong = Text(
            f"没有费用类别“{line.cost_class}”，请从列表中选择",
            f"there is no class “{line.cost_class}”; choose one from the list",
        )
    elif not line.text.strip():
        wrong = Text("没有写费用内容，请写明买了什么", "say what was bought")
    elif not 0 < line.amount_fen <= line.invoice_total_fen:
        wrong = Text(
            f"金额 {yuan(line.amount_fen)} 元须大于 0，不超过发票总额"
            f" {yuan(line.invoice_total_fen)} 元，请核对",
            f"the amount, {yuan(line.amount_fen)} yuan, has to be above 0 and at most the"
            f" invoice's total, {yuan(line.invoice_total_fen)}; check both",
        )
    if wrong is not None:
        raise StepRefused(
            Text(f"费用明细第 {ordinal} 行：{wrong.zh}。", f"Cost line {ordinal}: {wrong.en}.")
        )


def write_flows(claim: Claim, flows: Sequence[Flow]) -> int:
    """Put these bank flows in the place of those there are; their sum, in 分. The caller holds the
    claim. StepRefused for one without number or amount, or one that is there twice."""
    rows = [_checked_flow(claim, flow) for flow in flows]
    numbers = [row.number for row in rows]
    if twice := next((one for one in numbers if numbers.count(one) > 1), None):
        raise StepRefused(
            Text(
                f"付款流水 {twice} 填了两次，请删去一行。",
                f"The bank flow {twice} is there twice. Remove one.",
            )
        )
    claim.flows.all().delete()
    BankFlow.objects.bulk_create(rows)
    return sum(row.amount_fen for row in rows)


def _checked_flow(claim: Claim, flow: Flow) -> BankFlow:
    if flow.amount_fen <= 0 or not flow.number.strip():
        raise StepRefused(
            Text(
                f"付款流水“{flow.number}”的金额 {yuan(flow.amount_fen)} 元不对：流水号必填，"
                "金额须大于 0。请按银行回单填写。",
                f"Bank flow “{flow.number}” of {yuan(flow.amount_fen)} yuan: it needs a number and"
                " an amount above 0, as the bank slip says.",
            )
        )
    return BankFlow(
        claim=claim, number=flow.number.strip(), paid_date=flow.paid_date,
        amount_fen=flow.amount_fen,
    )  # fmt: skip


def attach(
    claim: Claim,
    actor: Actor,
    need: str,
    file: UploadedFile[bytes],
    *,
    at: dt.datetime | None = None,
) -> ClaimPaper:
    """Keep a paper under a heading of the scheme; the same file there twice is kept once."""
    only_owner(claim, actor)
    now = at or timezone.now()
    if need not in {one.id for one in scheme_of(claim.scheme).needs}:
        raise StepRefused(
            Text(
                f"本办法没有“{need[:40]}”这一类材料，没有上传。请从页面上选择材料类别。",
                f"The scheme has no papers called “{need[:40]}”. Choose the heading from the page.",
            )
        )
    return keep_paper(claim, actor, need, file, now)


def keep_paper(
    claim: Claim, actor: Actor, need: str, file: UploadedFile[bytes], now: dt.datetime
) -> ClaimPaper:
    """Keep a file under a heading; the firm's only while it may write, an office's at any time."""
    day = timezone.localdate(now)
    document = keep_document(
        file,
        by=actor,
        types=policy().practised_words("evidence_types", day),
        most_bytes=policy().practised("evidence_file_mb", day) * 2**20,
    )
    try:
        with transaction.atomic():
            if not actor.official:
                hold(claim, (*WRITABLE, "approved"))
                _still_open(claim)
            there = claim.papers.filter(need=need, removed_at=None)
            same = there.filter(document__fingerprint=document.fingerprint).first()
            if same is not None:
                drop(document)
                return same
            return ClaimPaper.objects.create(claim=claim, need=need, document=document, at=now)
    except StepRefused:
        drop(document)
        raise


def _still_open(claim: Claim) -> None:
    """An approved claim takes papers only while it waits for acceptance."""
    if claim.state == "approved" and not awaits_acceptance(claim):
        raise Moved(
            Text(
                f"{claim.number} 已核定，不能再补材料。",
                f"{claim.number} is approved; papers cannot be added any more.",
            )
        )


def detach(claim: Claim, actor: Actor, paper_id: int, *, at: dt.datetime | None = None) -> None:
    """Take a paper away; it stays as a record. Twice is the same as once."""
    only_owner(claim, actor)
    with transaction.atomic():
        hold(claim, WRITABLE)
        mine = claim.papers.filter(pk=paper_id, removed_at=None)
        mine.update(removed_at=at or timezone.now())
