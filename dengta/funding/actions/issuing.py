"""批量发放: vouchers for a list of firms, or for every firm that a scheme fits, behind the pages.

The same key is one issuance. Whoever works on it may break off anywhere and begin again from the
start: a firm that has its voucher of this issuance gets no second one. It ends at what the purses
hold; who got nothing is listed with the reason.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.granting import voucher_amount
from dengta.core.headings import HeadingError
from dengta.core.money import yuan
from dengta.core.schemes import Scheme
from dengta.core.shapes import FactValue, Text
from dengta.core.sheets import Sheet, blank_row
from dengta.funding.actions.vouchers_granting import Want, grant_all, prepare
from dengta.funding.actions.vouchers_money import Purses
from dengta.funding.models import Issuance, Voucher
from dengta.funding.queries.budgets import scheme_of
from dengta.funding.queries.issuing import (
    Listed,
    ListReader,
    facts_of_codes,
    facts_seen,
    fitting,
    misfits,
    years_granted,
)
from dengta.funding.queries.vouchers import earlier
from dengta.registry.models import Organisation
from dengta.registry.queries import policy, rulebook
from dengta.trail.actions import (
    NotAllowed,
    StepRefused,
    advance_job,
    enqueue_job,
    finish_job,
    job_task,
)
from dengta.trail.actions.reading import opened_sheets
from dengta.trail.models import Document, Job

PART = 1_000
"""So many firms are granted vouchers in one transaction."""
LISTED_FAILURES = 1_000


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be issued: the edition of the scheme, a title, why. `facts` are those that the
    value goes by, for firms whose row does not say. `source` is the list; None: every firm that
    the scheme's programme fits."""

    scheme: str
    title: str
    reason: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    source: Document | None = None


def start_issuance(
    actor: Actor, batch: Batch, *, key: str = "", at: dt.datetime | None = None
) -> tuple[Issuance, Job]:
    """Have vouchers issued in a batch. The same key (or else the same list, scheme and title) is
    the same issuance and issues nothing twice.

    NotAllowed for anybody but the province; StepRefused without title or reason, for a scheme that
    is none of vouchers, and while the money that pays has not been opened.
    """
    now = at or timezone.now()
    scheme = _check(actor, batch)
    year = timezone.localdate(now).year
    Purses(scheme, year).budgets(actor.region)
    words = "/".join(
        (batch.scheme, batch.title, batch.source.fingerprint if batch.source else f"all/{year}")
    )
    key = key or hashlib.sha256(words.encode()).hexdigest()[:40]
    with transaction.atomic():
        issuance, _ = Issuance.objects.get_or_create(
            key=f"issue/{key}"[:120],
            defaults={
                "scheme": scheme.edition, "programme": scheme.programme, "year": year,
                "title": batch.title.strip(), "reason": batch.reason.strip(),
                "user_id": actor.user_id or None, "created_at": now,
            },
        )  # fmt: skip
        job, _ = enqueue_job(
            actor,
            issue_all,
            Text(f"批量发放：{issuance.title}", f"Issuing vouchers: {issuance.title}"),
            key=f"issue_all/{issuance.pk}",
            arguments={"issuance": issuance.pk, "facts": dict(batch.facts)},
            source=batch.source,
        )
    return issuance, job


def _check(actor: Actor, batch: Batch) -> Scheme:
    if actor.role != "province":
        raise NotAllowed(
            Text("批量发放由省级办理。", "Vouchers are issued in batches by the province.")
        )
    scheme = scheme_of(batch.scheme)
    if scheme.kind != "voucher":
        raise StepRefused(
            Text(
                f"“{scheme.name.zh}”不是服务券办法。请选择服务券办法。",
                f"“{scheme.name.en}” gives no vouchers. Choose a scheme of vouchers.",
            )
        )
    if not batch.title.strip() or not batch.reason.strip():
        raise StepRefused(
            Text(
                "请填写批次名称和发放事由（依据的文件或会议），发放后随每张券留存。",
                "Give a title and why they are issued (the document or meeting); both are kept.",
            )
        )
    return scheme


# ---------------------------------------------------------------- the work


@job_task
def issue_all(job: Job) -> None:
    """The work of `start_issuance`."""
    issuance = Issuance.objects.get(pk=job.arguments["issuance"])
    run = _Run(job, issuance)
    if job.source is None:
        run.take(run.everybody())
    else:
        try:
            with opened_sheets(Path(job.source.content.path), job.source.name) as found:
                run.take(run.listed(found))
        except HeadingError as strange:
            raise StepRefused(strange.message) from strange
    run.finish()


MOST_ALIKE = 2_000
"""Verdicts that a run keeps for firms of whom the same is known."""


class _Run:
    """One run over one list."""

    def __init__(self, job: Job, issuance: Issuance) -> None:
        self.job, self.issuance = job, issuance
        self.at = timezone.now()
        self.day = timezone.localdate(issuance.created_at)
        self.scheme = scheme_of(issuance.scheme)
        self.purses = Purses(self.scheme, issuance.year)
        self.actor = Actor(job.user_id or 0, str(job.user or ""), "province", job.region_code)
        self.facts: Mapping[str, FactValue] = job.arguments["facts"]
        self.reader = ListReader(self.scheme, policy())
        self.asked = self.done = self.total = 0
        self.failures: list[dict[str, Any]] = []
        self.failed = 0
        self.seen: dict[str, int] = {}
        self.misfits: Mapping[str, Text] = {}
        self.facts_seen = facts_seen(self.scheme, self.day, self.facts)
        self.known: Mapping[str, Mapping[str, FactValue]] = {}
        self.verdicts: dict[str, dict[str, Any]] = {}

    def everybody(self) -> Iterator[list[Listed]]:
        """Every firm that the scheme's programme fits, by the set engine."""
        firms = fitting(self.scheme, self.day, self.facts)
        self.total = len(firms)
        for start in range(0, len(firms), PART):
            yield [Listed(0, "", uscc) for uscc in firms[start : start + PART]]
            self.done = min(start + PART, len(firms))

    def listed(self, sheets: Iterable[Sheet]) -> Iterator[list[Listed]]:
        """The rows of a list, faults noted by their cells."""
        self.misfits = misfits(self.scheme, self.day, self.facts)
        for sheet in sheets:
            self.total += sheet.height
            rows, start = self.reader.rows(sheet), self.done
            while chunk := list(islice(rows, PART)):
                read = [
                    self.reader.read(sheet.name, *row) for row in chunk if not blank_row(row[1])
                ]
                for row in read:
                    self._once(row)
                yield read
                self.done = start + chunk[-1][0]
            self.done = start + sheet.height

    def _once(self, row: Listed) -> None:
        """A firm stands in a list once."""
        first = self.seen.setdefault(row.uscc, row.row) if row.uscc else row.row
        if first != row.row:
            row.fault(
                "uscc",
                row.uscc,
                Text(
                    f"与第 {first} 行是同一家企业，每家只发一张。请删去一行。",
                    f"is the same firm as row {first}; each gets one. Remove a row.",
                ),
            )

    def take(self, parts: Iterable[list[Listed]]) -> None:
        """Grant part by part; each is a transaction of its own."""
        for part in parts:
            self._grant(part)
            faults = [fault for row in part for fault in row.faults]
            self.failed += sum(1 for row in part if row.faults)
            room = LISTED_FAILURES - len(self.failures)
            for row in [row for row in part if row.faults][: max(room, 0)]:
                told = row.faults[0]
                self.failures.append(
                    {"row": row.row, "uscc": row.uscc, "zh": told["zh"], "en": told["en"]}
                )
            advance_job(self.job, self.done, total=max(self.total, self.done), faults=faults)

    def _grant(self, part: list[Listed]) -> None:
        self.asked += len(part)
        firms = Organisation.objects.in_bulk(
            [row.uscc for row in part if not row.faults], field_name="uscc"
        )
        ids = [firm.pk for firm in firms.values()]
        had = set(
            Voucher.objects.filter(issuance=self.issuance, organisation__in=ids).values_list(
                "organisation", flat=True
            )
        )
        self.known = facts_of_codes(self.facts_seen, firms)
        before = earlier(ids, self.scheme)
        drawn = years_granted(ids, self.scheme, self.issuance.year)
        rows, wants = [], []
        for row in part:
            firm = firms.get(row.uscc)
            if row.faults or (firm is not None and firm.pk in had):
                continue
            want = self._want(row, firm, before, drawn)
            if want is not None:
                rows.append(row)
                wants.append(want)
        if not wants:
            return
        prepare(self.purses, wants, self.at)
        with transaction.atomic():
            answers = grant_all(self.purses, self.issuance, wants, self.actor, at=self.at)
        for row, answer in zip(rows, answers, strict=True):
            if isinstance(answer, Text):
                row.fault("uscc", row.uscc, answer)

    def _want(
        self,
        row: Listed,
        firm: Organisation | None,
        before: Mapping[int, int],
        drawn: Mapping[int, int],
    ) -> Want | None:
        """What a row's firm is to be granted; None with a fault noted."""
        if firm is None or firm.kind != "enterprise":
            row.fault(
                "uscc",
                row.uscc,
                Text(
                    "平台上没有这家企业。请核对代码，或请企业先注册。",
                    "is no enterprise of the platform. Check the code, or have it register.",
                ),
            )
            return None
        if row.uscc in self.misfits:
            row.fault("uscc", row.uscc, self.misfits[row.uscc])
            return None
        facts = {**self.facts, **row.facts}
        cap = self.scheme.yearly_cap_fen
        left = None if cap is None else max(cap - drawn.get(firm.pk, 0), 0)
        given = voucher_amount(self.scheme, facts, before.get(firm.pk, 0), left)
        most = given.amount_fen
        if not most:
            row.fault("facts", "", given.steps[-1].text)
            return None
        if row.amount_fen is not None and row.amount_fen > most:
            row.fault(
                "amount",
                yuan(row.amount_fen),
                Text(
                    f"多于按办法可发的 {yuan(most)} 元：{given.steps[-1].text.zh}",
                    f"is more than the {yuan(most)} that the scheme gives:"
                    f" {given.steps[-1].text.en}",
                ),
            )
            return None
        return Want(firm, row.amount_fen or most, facts, self._verdict(row.uscc, facts))

    def _verdict(self, uscc: str, stated: Mapping[str, FactValue]) -> dict[str, Any]:
        """What a voucher keeps of why it was granted: clause by clause what was seen, and the basis
        of the batch. Firms of whom the same is known have the same verdict."""
        facts = {**self.known.get(uscc, {}), **stated}
        alike = str(sorted(facts.items()))
        if len(self.verdicts) > MOST_ALIKE:
            self.verdicts.clear()
        if alike not in self.verdicts:
            book = rulebook(self.day.toordinal())
            found = book.decide(facts, self.scheme.programme)[0].as_json("zh-hans")
            self.verdicts[alike] = found | {
                "facts": {**found["facts"], **stated}, "basis": self.issuance.reason,
            }  # fmt: skip
        return self.verdicts[alike]

    def finish(self) -> None:
        """Count what was issued, and close the job."""
        mine = Voucher.objects.filter(issuance=self.issuance)
        fen = mine.aggregate(fen=Sum("granted_fen"))["fen"] or 0
        issued = mine.count()
        Issuance.objects.filter(pk=self.issuance.pk).update(
            asked=max(self.asked, issued),
            issued=issued,
            issued_fen=fen,
            failures=self.failures,
            finished_at=timezone.now(),
        )
        if self.job.source is not None and not self.asked:
            raise StepRefused(
                Text("表格里没有数据行。请填好后重新上传。", "The list has no rows. Fill it in.")
            )
        summary = [
            {"zh": "已发放", "en": "issued", "count": issued},
            {"zh": "没有发放", "en": "not issued", "count": self.failed},
        ]
        finish_job(self.job, summary=summary)
