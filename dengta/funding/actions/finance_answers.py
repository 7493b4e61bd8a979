"""Import of what a bank answered: sound rows are recorded, the others go back with the cell and the
mend. The same file twice changes nothing."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.cells import CellError, day_of, number_of, prose_of, quoted, text_of
from dengta.core.codes import normal_uscc
from dengta.core.headings import Column, Heading, HeadingError, find_heading, normal
from dengta.core.money import wan
from dengta.core.outgoing import FORMS, Workbook
from dengta.core.shapes import Text
from dengta.core.sheets import Cell, Sheet, blank_row, column_name
from dengta.core.wording import said_day
from dengta.funding.actions.finance import tell
from dengta.funding.actions.finance_lists import ANSWERS
from dengta.funding.models import WhiteList, WhiteListRow
from dengta.funding.queries.finance import rows_of
from dengta.registry.queries import policy
from dengta.trail.actions import (
    NotAllowed,
    StepRefused,
    advance,
    advance_job,
    finish_job,
    job_task,
)
from dengta.trail.actions.exporting import keep_made
from dengta.trail.actions.reading import enqueue_import, opened_sheets
from dengta.trail.models import Document, Job

COLUMNS = (
    Column("request", ("申请编号", "Request"), required=True),
    Column("answer", ("银行答复", "答复", "Answer"), required=True),
    Column("uscc", ("统一社会信用代码", "Unified social credit code")),
    Column("amount", ("金额", "授信或放款金额", "Amount")),
    Column("rate", ("年利率", "Rate")),
    Column("day", ("答复日期", "Date")),
    Column("note", ("说明", "备注", "Note")),
)
WORDS = {
    "offered": ("同意授信", "同意", "授信", "已授信", "offered"),
    "drawn": ("已放款", "放款", "drawn"),
    "refused": ("未同意", "不同意", "拒绝", "refused"),
    "": ("", "未答复", "none"),
}
STEPS = {"offered": "offer", "drawn": "draw", "refused": "refuse"}
AT_ONCE = 100


def import_answers(actor: Actor, listed: WhiteList, source: Document) -> tuple[Job, bool]:
    """Have a bank's answers to a pushed list recorded, and whether that is new: the same file for
    the same list is one job, until rows of it went back or it failed. Only the province imports."""
    if actor.role != "province":
        raise NotAllowed(
            Text(
                "银行答复由省级登记。请由省经信厅办理。",
                "The bank's answers are recorded by the province.",
            )
        )
    if listed.pushed_at is None:
        raise StepRefused(
            Text(
                "名单还没有推送，银行不会有答复。请先定稿并推送。",
                "The list has not been pushed, so there can be no answers. Push it first.",
            )
        )
    name = Text(
        f"导入银行答复：{listed.number} {source.name}",
        f"Import of a bank's answers: {listed.number} {source.name}",
    )
    stem = f"bank_answers/{listed.pk}/{source.fingerprint[:40]}"
    kept = {"white_list": listed.pk}
    return enqueue_import(actor, record_answers, name, source, stem=stem, arguments=kept)


@job_task
def record_answers(job: Job) -> None:
    """The work of `import_answers`."""
    assert job.source is not None
    with tempfile.TemporaryDirectory() as folder:
        intake = _Intake(job, Path(folder))
        with opened_sheets(Path(job.source.content.path), job.source.name) as found:
            intake.take(found)
        intake.finish()


@dataclass(slots=True)
class _Answer:
    """One row of the file as far as it could be read; money in 分, the rate in basis points."""

    number: int
    cells: list[Cell]
    row: WhiteListRow | None = None
    answer: str = ""
    amount_fen: int | None = None
    rate_bps: int | None = None
    day: dt.date | None = None
    note: str = ""
    faults: list[dict[str, Any]] = field(default_factory=list)


class _Reader:
    """Reads the rows of one sheet against the rows of one list."""

    def __init__(self, listed: WhiteList, sheet: str, heading: Heading, today: dt.date) -> None:
        self.listed, self.sheet, self.heading, self.today = listed, sheet, heading, today
        self.rows = {row.request.number: row for row in rows_of(listed)}
        self.seen: dict[str, int] = {}
        title = self._title("amount")
        self.unit = 1_000_000 if "万" in title else 100
        try:
            self.most = policy().loan(listed.product).most_fen
        except KeyError:
            self.most = None

    def read(self, number: int, cells: list[Cell]) -> _Answer:
        """One row; what is wrong with it stands in its faults."""
        got = _Answer(number, cells)
        got.row = self._whose(got)
        said = self._cell(got, "answer", text_of) or ""
        found = [id for id, words in WORDS.items() if normal(said) in words]
        if not found:
            self.fault(got, "answer", Text(
                f"{quoted(said)}不是银行答复。可填：同意授信、已放款、未同意，没有答复的留空。",
                f"{quoted(said)} is no answer. Write offered, drawn or refused; leave it empty"
                " where there is none.",
            ))  # fmt: skip
            return got
        got.answer = found[0]
        self._figures(got)
        got.note = (self._cell(got, "note", prose_of) or "")[:300]
        return got

    def _whose(self, got: _Answer) -> WhiteListRow | None:
        name = (self._cell(got, "request", text_of) or "").upper()
        row = self.rows.get(name)
        if row is None:
            self.fault(got, "request", Text(
                f"{quoted(name)}不在名单 {self.listed.number} 上。"
                "请核对编号，或换到对应的名单导入。",
                f"{quoted(name)} is not on the list {self.listed.number}. Check the number, or"
                " import it at its own list.",
            ))  # fmt: skip
            return None
        if name in self.seen:
            self.fault(got, "request", Text(
                f"{name} 在第 {self.seen[name]} 行已经填过。同一申请只留一行。",
                f"{name} stands at row {self.seen[name]} already. Keep one row of it.",
            ))  # fmt: skip
        self.seen.setdefault(name, got.number)
        code = self._cell(got, "uscc", text_of)
        if code and normal_uscc(code) != row.request.organisation.uscc:
            self.fault(got, "uscc", Text(
                f"{quoted(code)}与申请 {name} 的企业不符。请核对是否串行。",
                f"{quoted(code)} is not the firm of {name}. Check whether rows have slipped.",
            ))  # fmt: skip
        return row

    def _figures(self, got: _Answer) -> None:
        """Amount, rate and day, as the answer asks for them."""
        faults = len(got.faults)
        places = 6 if self.unit == 1_000_000 else 2
        amount = self._cell(got, "amount", lambda cell: number_of(cell, places))
        rate = self._cell(got, "rate", lambda cell: number_of(cell, 4))
        got.day = self._cell(got, "day", day_of) or self.today
        if len(got.faults) > faults:
            return
        if got.answer in ("", "refused"):
            for column, value in (("amount", amount), ("rate", rate)):
                if value is not None:
                    self.fault(got, column, Text(
                        "没有授信或放款，却填了数字。请清空，或改正银行答复。",
                        "is filled although there is no offer. Empty it, or mend the answer.",
                    ))  # fmt: skip
        else:
            self._amount(got, amount)
            self._rate(got, rate)
        pushed = timezone.localdate(self.listed.pushed_at)
        if not pushed <= got.day <= self.today:
            self.fault(got, "day", Text(
                f"{said_day(got.day).zh} 不在推送日 {said_day(pushed).zh} 和今天之间。请核对日期。",
                f"{said_day(got.day).en} is not between the push on {said_day(pushed).en}"
                " and today. Check it.",
            ))  # fmt: skip

    def _amount(self, got: _Answer, amount: Decimal | None) -> None:
        if amount is None or amount <= 0:
            self.fault(got, "amount", Text(
                "没有填金额，或金额不大于 0。授信和放款都要有金额。",
                "is empty or not above 0. An offer and a loan need a sum.",
            ))  # fmt: skip
            return
        got.amount_fen = int(amount * self.unit)
        if self.most is not None and got.amount_fen > self.most:
            self.fault(got, "amount", Text(
                f"{wan(got.amount_fen).zh} 超过产品上限 {wan(self.most).zh}。"
                "请核对单位（表头写的是万元还是元）。",
                f"{wan(got.amount_fen).en} is above the product's {wan(self.most).en}. Check the"
                " unit in the heading (yuan, or 10,000 yuan).",
            ))  # fmt: skip

    def _rate(self, got: _Answer, rate: Decimal | None) -> None:
        if rate is None:
            return
        # A slip of the decimal point, or a cell in per cent format.
        low = policy().practised("bank_rate_least_bps", self.today)
        if not low <= rate * 100 <= policy().practised("bank_rate_most_bps", self.today):
            self.fault(got, "rate", Text(
                f"年利率 {rate.normalize():f} 不合常理。请写百分数的数字，如 3.45；"
                "单元格是百分比格式的，请改为数字。",
                f"a rate of {rate.normalize():f} a year cannot be. Write per cent as a number, such"
                " as 3.45; a cell in per cent format has to be made a number.",
            ))  # fmt: skip
            return
        got.rate_bps = int((rate * 100).quantize(Decimal(1)))

    def _cell(self, got: _Answer, column: str, read: Any) -> Any:
        place = self.heading.places.get(column)
        if place is None or place >= len(got.cells):
            return None
        try:
            return read(got.cells[place])
        except CellError as error:
            self.fault(got, column, error.message)
            return None

    def _title(self, column: str) -> str:
        place = self.heading.places.get(column)
        return "" if place is None else self.heading.titles[place]

    def fault(self, got: _Answer, column: str, message: Text) -> None:
        """Note what is wrong with one cell."""
        place = self.heading.places.get(column)
        value = got.cells[place] if place is not None and place < len(got.cells) else ""
        title = self._title(column)
        named = title if place is None else f"{column_name(place)} {title}"
        shown = quoted(value) if value != "" else ""
        got.faults.append(
            {"sheet": self.sheet, "row": got.number, "column": named, "value": shown,
             **message._asdict()}
        )  # fmt: skip


class _Intake:
    """One run over one file."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.job, self.folder = job, folder
        self.listed = WhiteList.objects.get(pk=job.arguments["white_list"])
        self.today = timezone.localdate(job.created_at)
        self.by = Actor(job.user_id or 0, str(job.user or ""), "province", job.region_code)
        self.most = policy().practised("import_rows_most", self.today)
        self.counts = {"new": 0, "same": 0, "open": 0, "rejected": 0}
        self.done = 0
        self.back: Workbook | None = None

    def take(self, sheets: Iterable[Sheet]) -> None:
        """Every sheet that has the columns asked for; StepRefused when none has."""
        assert self.job.source is not None
        strange: list[HeadingError] = []
        taken = 0
        for sheet in sheets:
            if self.done + sheet.height > self.most:
                raise StepRefused(
                    Text(
                        f"表格超过 {self.most:,} 行。请分成几份上传。",
                        f"The file has more than {self.most:,} rows. Split it.",
                    )
                )
            try:
                heading, first = find_heading(sheet.rows, COLUMNS)
            except HeadingError as error:
                strange.append(error)
                continue
            taken += 1
            self._sheet(sheet, heading, first)
        if not taken:
            nearest = max(strange, key=lambda error: error.known, default=None)
            zh, en = nearest.message if nearest else ("里没有数据。", "holds no data.")
            name = self.job.source.name
            raise StepRefused(Text(f"{name} {zh}", f"{name}: {en}"))

    def _sheet(self, sheet: Sheet, heading: Heading, first: list[tuple[int, list[Cell]]]) -> None:
        reader = _Reader(self.listed, sheet.name, heading, self.today)
        table = None
        faults: list[dict[str, Any]] = []
        for number, cells in chain(first, sheet.rows):
            if blank_row(cells):
                continue
            got = reader.read(number, list(cells))
            if not got.faults and got.row is not None:
                self._record(reader, got, got.row)
            if got.faults:
                self.counts["rejected"] += 1
                if table is None:
                    self.back = self.back or Workbook(self.folder / "back.xlsx")
                    table = self.back.sheet(
                        sheet.name, (*heading.titles, "原行号", "退回原因"), (16, 24)
                    )
                short = len(heading.titles) - len(got.cells)
                kept = [*got.cells[: len(heading.titles)], *("" for _ in range(max(short, 0)))]
                why = "\n".join(f"{fault['column']}：{fault['zh']}" for fault in got.faults)
                table.row((*kept, number, why))
                faults += got.faults
            self.done += 1
            if self.done % AT_ONCE == 0:
                advance_job(self.job, self.done, faults=faults)
                faults = []
        advance_job(self.job, self.done, total=self.done, faults=faults)

    def _record(self, reader: _Reader, got: _Answer, row: WhiteListRow) -> None:
        """Write one answer, unless it stands there already; what cannot be is noted as a fault."""
        if not got.answer:
            self.counts["open"] += 1
            return
        new: Mapping[str, Any] = {
            "answer": got.answer,
            "amount_fen": got.amount_fen,
            "rate_bps": got.rate_bps,
        }
        old = {name: getattr(row, name) for name in new}
        if old == new:
            self.counts["same"] += 1
            return
        try:
            with transaction.atomic():
                self._write(got, row, old, new)
        except StepRefused as refused:
            settled = ANSWERS.get(row.answer)
            reader.fault(got, "answer", _settled(settled) if settled else refused.text)
            return
        self.counts["new"] += 1

    def _write(
        self, got: _Answer, row: WhiteListRow, old: Mapping[str, Any], new: Mapping[str, Any]
    ) -> None:
        """The row and its request together; StepRefused when the request is settled otherwise."""
        now = timezone.now()
        request = row.request
        event = advance(
            request,
            STEPS[got.answer],
            by=self.by,
            note=got.note,
            at=now,
            reasons={
                **new,
                "list": self.listed.number,
                "file": self.job.source.fingerprint if self.job.source else "",
                "row": got.number,
            },
        )
        WhiteListRow.objects.filter(pk=row.pk, **old).update(
            **new,
            answered_date=got.day,
            answered_at=now,
            note=got.note,
            user_id=self.by.user_id or None,
        )
        tell(request, event)

    def finish(self) -> None:
        """Close the job with the rows that go back and the counts; and the list, when every firm on
        it has its answer."""
        rejected = None
        if self.back is not None:
            self.back.close()
            path = self.folder / "back.xlsx"
            stem = Path(self.job.source.name if self.job.source else "").stem[:60]
            rejected = keep_made(path, f"{stem}-退回的行.xlsx", FORMS["xlsx"], by=self.by)
        listed = WhiteList.objects.get(pk=self.listed.pk)
        if listed.state == "pushed" and not listed.rows.filter(answer="none").exists():
            advance(listed, "answer", by=self.by)
        said = {
            "new": Text("登记答复", "recorded"),
            "same": Text("已有且一致", "already there"),
            "open": Text("未答复", "without an answer"),
            "rejected": Text("退回", "sent back"),
        }
        summary = [{**said[id]._asdict(), "count": n} for id, n in self.counts.items()]
        finish_job(self.job, rejected=rejected, summary=summary)


def _settled(answer: Text) -> Text:
    """Why an answer that stands there cannot become another."""
    return Text(
        f"已登记为“{answer.zh}”，不能再改成别的答复。确需更正的，请银行书面说明后由省级处理。",
        f"is recorded as “{answer.en}”, which does not change afterwards. If it has to, the bank"
        " has to explain in writing.",
    )
