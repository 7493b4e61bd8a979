"""回单: what the bank answers. Each row of a result file is recorded once; what matches is booked,
what does not is listed by its cause and books nothing.

A file is known by its bytes: handed in twice it changes nothing. Of two rows about one payment, in
one file or in two, the first counts. Rows are taken in parts, each whole or not at all, so that a
worker that dies leaves nothing half done and whoever begins again goes on where it stopped.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, Value, When
from django.utils import timezone

from dengta.accounts.queries import SYSTEM, Actor
from dengta.core.bank import Read, Results, Row, plain_account, read_results
from dengta.core.outgoing import FORMS, Workbook
from dengta.core.shapes import Text
from dengta.funding.actions.collecting import undo_set_off
from dengta.funding.actions.endings import end_barred
from dengta.funding.actions.paid_claims import bounce_claims, pay_claims, tell_payees
from dengta.funding.models import BankResult, Instalment, Payment, PaymentBatch
from dengta.funding.queries.budgets import payable_code
from dengta.funding.queries.payments import numbered
from dengta.ledger import actions as ledger
from dengta.registry.queries import policy
from dengta.trail.actions import (
    NotAllowed,
    StepRefused,
    advance,
    advance_job,
    advance_many,
    enqueue_job,
    finish_job,
    job_task,
)
from dengta.trail.actions.exporting import keep_made
from dengta.trail.actions.reading import opened_sheets
from dengta.trail.models import Document, Job

BANK = "bank/outgoing"
ROWS_AT_ONCE = 250
"""Rows that are taken together."""
Cause = BankResult.Cause
Answer = tuple[bool, int, str]
"""What the bank has said of a payment: paid or not, how much in 分, under which number."""


@dataclass(slots=True)
class Taken:
    """What came of a file so far: rows by what became of them (paid, bounced, a cause, known from
    before), and rows that could not be read."""

    counts: dict[str, int] = field(default_factory=dict)
    rejected: list[Read] = field(default_factory=list)

    def add(self, what: str, count: int = 1) -> None:
        """Count some rows."""
        self.counts[what] = self.counts.get(what, 0) + count


# ---------------------------------------------------------------- a file comes in


def import_results(batch: PaymentBatch, actor: Actor, source: Document) -> tuple[Job, bool]:
    """Have a result file recorded behind the pages, and whether that is new: the same file for the
    same batch is one job, unless it failed."""
    _refuse_unsent(batch, actor)
    words = f"{batch.pk}/{source.fingerprint}"
    stem = f"record_bank_results/{hashlib.sha256(words.encode()).hexdigest()[:40]}"
    earlier = Job.objects.filter(key__startswith=f"{stem}/").order_by("-id").first()
    if earlier is not None and not earlier.failed:
        return earlier, False
    number = 1 if earlier is None else int(earlier.key.rsplit("/", 1)[1]) + 1
    return enqueue_job(
        actor,
        record_bank_results,
        Text(f"{batch.number} 银行回单：{source.name}",
             f"{batch.number} bank results: {source.name}"),
        key=f"{stem}/{number}",
        arguments={
            "batch": batch.pk, "role": actor.role, "region": actor.region, "name": actor.name,
        },
        source=source,
    )  # fmt: skip


@job_task
def record_bank_results(job: Job) -> None:
    """The work of `import_results`."""
    assert job.source is not None
    kept = job.arguments
    actor = Actor(job.user_id or 0, kept["name"], kept["role"], kept["region"])
    batch = PaymentBatch.objects.get(pk=kept["batch"])
    taken, results = _taken(batch, actor, job.source, job)
    rejected = _sent_back(job.source, results, taken.rejected) if taken.rejected else None
    finish_job(job, rejected=rejected, summary=_summary(taken))


def record(
    batch: PaymentBatch, actor: Actor, source: Document, *, at: dt.datetime | None = None
) -> Taken:
    """Record a result file now. StepRefused when it cannot be read as a whole."""
    _refuse_unsent(batch, actor)
    return _taken(batch, actor, source, None, at)[0]


def _refuse_unsent(batch: PaymentBatch, actor: Actor) -> None:
    if actor.role not in ("city", "province") or not actor.covers(batch.region_code):
        raise NotAllowed(
            Text(
                "银行回单由编制批次的单位登记，不在您的岗位权限内。",
                "The results are recorded by the office that pays; this is not within your post.",
            )
        )
    if batch.sent_at is None:
        raise StepRefused(
            Text(
                "批次还没有送交银行，不会有回单。请先送交，再登记结果。",
                "The batch has not been sent to the bank. Send it first, then record the results.",
            )
        )


def _taken(
    batch: PaymentBatch, actor: Actor, source: Document, job: Job | None,
    at: dt.datetime | None = None,
) -> tuple[Taken, Results]:  # fmt: skip
    taken, done = Taken(), 0
    with opened_sheets(Path(source.content.path), source.name) as found:
        results = read_results(found, source.name)
        _refuse_too_many(results)
        while chunk := list(islice(results.rows, ROWS_AT_ONCE)):
            rows = [read.row for read in chunk if read.row is not None]
            bad = [read for read in chunk if read.row is None]
            take_rows(batch, actor, source, rows, taken, at=at)
            taken.rejected += bad
            done = chunk[-1].number
            if job is not None:
                faults = [fault for read in bad for fault in read.faults]
                advance_job(job, done, total=max(results.height, done), faults=faults)
    if not done:
        raise StepRefused(
            Text(
                f"{source.name} 只有表头，没有结果。请核对是否选对了文件。",
                f"{source.name} has a heading and no rows. Check that it is the right file.",
            )
        )
    return taken, results


def _refuse_too_many(results: Results) -> None:
    most = policy().practised("import_rows_most", timezone.localdate())
    if results.height > most:
        raise StepRefused(
            Text(
                f"回单有 {results.height:,} 行，一次最多导入 {most:,} 行。请分成几份上传。",
                f"The file has {results.height:,} rows; {most:,} are taken at once. Split it.",
            )
        )


# ---------------------------------------------------------------- rows


def take_rows(
    batch: PaymentBatch,
    actor: Actor,
    source: Document,
    rows: Sequence[Row],
    taken: Taken,
    *,
    at: dt.datetime | None = None,
) -> None:
    """Record some rows of a file and book what matches, all together; rows of these bytes that are
    recorded already are passed over."""
    now = at or timezone.now()
    first = Document.objects.filter(fingerprint=source.fingerprint).order_by("pk")[0]
    with transaction.atomic():
        locked = PaymentBatch.objects.select_for_update().get(pk=batch.pk)
        new = unknown_rows(locked, source, rows)
        taken.add("known", len(rows) - len(new))
        judged = _judged(locked, new)
        BankResult.objects.bulk_create(
            [_result(locked, first, row, found, cause, now) for row, found, cause in judged],
            batch_size=100,
        )
        sound = [(row, found) for row, found, cause in judged if found and not cause]
        paid = {one.pk: (one, row.reference) for row, one in sound if row.succeeded}
        sent_back = {one.pk: (one, row.reason) for row, one in sound if not row.succeeded}
        bounce_payments(sent_back, by=actor, at=now)
        pay_payments(locked, paid, by=actor, at=now)
        for _row, _found, cause in judged:
            if cause:
                taken.add(cause)
        taken.add("paid", len(paid))
        taken.add("bounced", len(sent_back))


def unknown_rows(batch: PaymentBatch, source: Document, rows: Sequence[Row]) -> list[Row]:
    """Of some rows of a file those that are not recorded yet. The caller holds the batch."""
    recorded = batch.results.filter(
        document__fingerprint=source.fingerprint, row__in=[row.row for row in rows]
    )
    known = set(recorded.values_list("row", flat=True))
    return [row for row in rows if row.row not in known]


def _judged(
    batch: PaymentBatch, rows: Sequence[Row]
) -> list[tuple[Row, Payment | None, str]]:  # fmt: skip
    """Each row with its payment and the cause why it does not match ("" where it does)."""
    ids = {pk for row in rows if (pk := numbered(row.number)) is not None}
    found = batch.payments.filter(pk__in=ids).exclude(state__in=("listed", "dropped"))
    payments = {one.number: one for one in found.select_related("organisation", "batch")}
    before = BankResult.objects.filter(payment__in=[one.pk for one in payments.values()], cause="")
    told = before.values_list("payment_id", "succeeded", "amount_fen", "reference")
    answered: dict[int, Answer] = {pk: (good, fen, proof) for pk, good, fen, proof in told}
    judged: list[tuple[Row, Payment | None, str]] = []
    for row in rows:
        payment = payments.get(row.number)
        cause = _cause(row, payment, answered.get(payment.pk) if payment else None)
        if payment is not None and not cause:
            answered[payment.pk] = (row.succeeded, row.amount_fen, row.reference)
        judged.append((row, payment, cause))
    return judged


def _cause(row: Row, payment: Payment | None, answered: Answer | None) -> str:
    if payment is None:
        return Cause.UNKNOWN
    if answered is not None:
        return _once_more(row, payment, answered)
    if payment.state != "sent":
        return Cause.OTHER  # wholly set off: the bank was never asked
    if row.amount_fen != payment.transfer_fen:
        return Cause.AMOUNT
    if row.account and row.account != plain_account(payment.account_number):
        return Cause.ACCOUNT
    return ""


def _once_more(row: Row, payment: Payment, answered: Answer) -> str:
    """What a further row about a payment is: the same, the money that came back after it was paid
    (which an official records with its slip, and may have recorded), or a contradiction; success
    under another number of the bank's is one, since the bank may have paid twice."""
    succeeded, amount_fen, reference = answered
    if (succeeded, amount_fen) == (row.succeeded, row.amount_fen):
        twice = row.succeeded and row.reference != reference
        return Cause.OTHER if twice else Cause.AGAIN
    if row.succeeded or (succeeded, amount_fen) != (True, row.amount_fen):
        return Cause.OTHER
    if payment.state == "paid":
        return Cause.LATE
    return Cause.AGAIN if payment.paid_at is not None else Cause.OTHER


def _result(
    batch: PaymentBatch, source: Document, row: Row, found: Payment | None, cause: str,
    now: dt.datetime,
) -> BankResult:  # fmt: skip
    return BankResult(
        batch=batch, document=source, row=row.row, number=row.number, amount_fen=row.amount_fen,
        succeeded=row.succeeded, reference=row.reference, reason=row.reason, cause=cause,
        payment=found, at=now,
    )  # fmt: skip


# ---------------------------------------------------------------- what is booked


def pay_payments(
    batch: PaymentBatch, paid: Mapping[int, tuple[Payment, str]], *, by: Actor, at: dt.datetime
) -> None:
    """The bank has paid these: id -> (payment, reference). The debt is booked out, the claims move
    on; the batch closes when nothing is outstanding."""
    payments = [payment for payment, _ in paid.values()]
    if payments:
        ledger.open_account(BANK, "银行付款", at=at)
        proof = Case(
            *(When(pk=pk, then=Value(reference)) for pk, (_, reference) in paid.items()),
            output_field=CharField(),
        )
        events = advance_many(
            payments, "pay", by=by, at=at, evidence={"paid_at": at, "bank_reference": proof}
        )
        Instalment.objects.filter(payment__in=[*paid]).update(paid_at=at)
        pay_claims(payments, at=at)  # claims are locked before accounts
        ledger.post_many([_entry(one) for one in payments if one.transfer_fen], at=at)
        tell_payees(payments, events, _PAID)
    close_if_answered(batch, at=at)


def _entry(payment: Payment) -> ledger.Entry:
    return ledger.Entry(
        key=f"pay/{payment.number}",
        debit=payable_code(payment.organisation.uscc),
        credit=BANK,
        amount_fen=payment.transfer_fen,
        kind="pay",
        about=payment.number,
    )


def bounce_payments(
    sent_back: Mapping[int, tuple[Payment, str]], *, by: Actor, at: dt.datetime
) -> None:
    """The bank has sent these back: id -> (payment, reason). Their instalments are free again; the
    debt stays in the books; the payees are told to mend their accounts."""
    payments = [payment for payment, _ in sent_back.values()]
    if not payments:
        return
    held: dict[int, list[int]] = {}
    lines = Instalment.objects.filter(payment__in=[*sent_back], paid_at=None)
    for pk, payment in lines.order_by("pk").values_list("pk", "payment_id"):
        held.setdefault(payment or 0, []).append(pk)
    why = Case(
        *(When(pk=pk, then=Value(reason)) for pk, (_, reason) in sent_back.items()),
        output_field=CharField(),
    )
    events = advance_many(
        payments, "bounce", by=by, at=at, evidence={"bounce_reason": why},
        reasons={
            pk: {"reason": reason, "instalments": held.get(pk, [])}
            for pk, (_, reason) in sent_back.items()
        },
    )  # fmt: skip
    bounce_claims(payments, at=at)
    for one in payments:
        if one.set_off_fen:
            undo_set_off(one, at=at)
    lines.update(payment=None)
    over = end_barred(payments, held, at=at)
    told = [(one, event) for one, event in zip(payments, events, strict=True) if one.pk not in over]
    tell_payees(
        [one for one, _ in told], [event for _, event in told], _BOUNCED,
        {pk: reason for pk, (_, reason) in sent_back.items()},
    )  # fmt: skip


_PAID = Text("款项已由银行付出", "The money has been paid")
_BOUNCED = Text(
    "银行退回了这笔付款，请更正收款账户后重新拨付",
    "The bank sent this payment back: mend the account and it is paid anew",
)


def close_if_answered(batch: PaymentBatch, *, at: dt.datetime) -> None:
    """Close a sent batch when the bank has answered for every payment in it."""
    if batch.state == "sent" and not batch.payments.filter(state="sent").exists():
        advance(batch, "close", by=SYSTEM, at=at, evidence={"closed_at": at})


# ---------------------------------------------------------------- what goes back


def _sent_back(source: Document, results: Results, rejected: Sequence[Read]) -> Document:
    """The rows that could not be read, as they were, with their number and what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rejected.xlsx"
        book = Workbook(path)
        width = len(results.titles)
        table = book.sheet(results.sheet, (*results.titles, "原行号", "怎样改"), (24, 24))
        for read in rejected:
            cells = [*read.cells, *[""] * (width - len(read.cells))][:width]
            why = "\n".join(f"{fault['column']}：{fault['zh']}" for fault in read.faults)
            table.row((*cells, read.number, why))
        book.close()
        name = f"{Path(source.name).stem[:60]}-退回的行.xlsx"
        by = Actor(source.user_id or 0, "", "system")
        return keep_made(path, name, FORMS["xlsx"], by=by)


_SAID: Mapping[str, Text] = {
    "paid": Text("付款成功", "paid"),
    "bounced": Text("银行退回", "bounced"),
    Cause.UNKNOWN: Text("没有这笔付款", "no such payment"),
    Cause.AMOUNT: Text("金额不符", "amount differs"),
    Cause.ACCOUNT: Text("账户不符", "account differs"),
    Cause.AGAIN: Text("重复回单", "answered before"),
    Cause.LATE: Text("付款成功后又退回，待登记", "sent back after it was paid, to be recorded"),
    Cause.OTHER: Text("结果与已登记的不同", "contradicts what is recorded"),
    "known": Text("此前已登记的行", "rows known from before"),
}


def _summary(taken: Taken) -> list[dict[str, Any]]:
    lines = [
        {**said._asdict(), "count": taken.counts.get(what, 0)}
        for what, said in _SAID.items()
        if what in ("paid", "bounced") or taken.counts.get(what)
    ]
    if taken.rejected:
        lines.append(
            {"zh": "读不懂而退回的行", "en": "rows sent back", "count": len(taken.rejected)}
        )
    return lines
