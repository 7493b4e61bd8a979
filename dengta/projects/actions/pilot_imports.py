"""The list of a pilot from a spreadsheet: sound rows are listed, each with its entry in the log;
the others go back with the cell and the mend. The same file twice lists nothing twice."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.outgoing import FORMS, SheetTable, Workbook
from dengta.core.shapes import Text
from dengta.projects.actions.pilots import Wanted, check_may_list, list_firms
from dengta.projects.models import PilotPlan
from dengta.projects.queries.pilot_sheets import Row, rows_of
from dengta.trail.actions import advance_job, finish_job, job_task
from dengta.trail.actions.exporting import keep_made
from dengta.trail.actions.reading import enqueue_import, opened_sheets
from dengta.trail.models import Document, Job

__all__ = ["import_list", "list_rows"]


def import_list(
    plan: PilotPlan, actor: Actor, source: Document, *, reason: str, document_number: str = ""
) -> tuple[Job, bool]:
    """Have the firms of a file put on the list, and whether that is new: the same file for the same
    plan is one job, until rows of it went back or it failed.

    `reason` and `document_number` are for rows that have none. StepRefused as for `list_firms`.
    """
    check_may_list(plan, actor, [reason])
    name = Text(
        f"导入试点企业名单：{plan.title} {source.name}",
        f"Import of pilot firms: {plan.title} {source.name}",
    )
    arguments = {
        "plan": plan.pk, "reason": reason.strip()[:500],
        "document_number": document_number.strip()[:80],
        "role": actor.role, "region": actor.region, "name": actor.name,
    }  # fmt: skip
    stem = f"pilot_list/{plan.pk}/{source.fingerprint[:40]}"
    return enqueue_import(actor, list_rows, name, source, stem=stem, arguments=arguments)


@job_task
def list_rows(job: Job) -> None:
    """The work of `import_list`."""
    assert job.source is not None
    with tempfile.TemporaryDirectory() as folder:
        intake = _Intake(job, job.source, Path(folder))
        with opened_sheets(Path(job.source.content.path), job.source.name) as found:
            day = timezone.localdate(job.created_at)
            for rows in rows_of(intake.plan, found, job.source.name, day):
                intake.take(rows)
        intake.finish()


class _Intake:
    """One run over one file."""

    def __init__(self, job: Job, source: Document, folder: Path) -> None:
        self.job, self.source, self.folder = job, source, folder
        self.plan = PilotPlan.objects.get(pk=job.arguments["plan"])
        kept = job.arguments
        self.by = Actor(job.user_id or 0, kept["name"], kept["role"], kept["region"])
        self.counts = {"new": 0, "there": 0, "rejected": 0}
        self.done = 0
        self.back: Workbook | None = None
        self.tables: dict[str, SheetTable] = {}

    def take(self, rows: list[Row]) -> None:
        """List the sound ones of some rows, together; note what is wrong with the others."""
        kept = self.job.arguments
        sound = [(row, row.firm) for row in rows if row.firm and not row.faults and not row.there]
        wanted = [
            Wanted(firm, row.reason or kept["reason"], row.sub_industry,
                   row.document_number or kept["document_number"])
            for row, firm in sound
        ]  # fmt: skip
        refused = list_firms(self.plan, wanted, self.by) if wanted else {}
        for row, firm in sound:  # barred or listed elsewhere since it was looked up
            if firm.pk in refused:
                row.fault("uscc", refused[firm.pk])
        bad = [row for row in rows if row.faults]
        self.counts["there"] += sum(row.there for row in rows)
        self.counts["rejected"] += len(bad)
        self.counts["new"] += len(sound) - len(refused)
        for row in bad:
            self._send_back(row)
        self.done += len(rows)
        faults = [fault for row in bad for fault in row.faults]
        advance_job(self.job, self.done, total=self.done, faults=faults)

    def _send_back(self, row: Row) -> None:
        titles = row.heading.titles
        if row.sheet not in self.tables:
            self.back = self.back or Workbook(self.folder / "back.xlsx")
            self.tables[row.sheet] = self.back.sheet(
                row.sheet, (*titles, "原行号", "退回原因"), (24, 36)
            )
        cells = [*row.cells, *("" for _ in titles)][: len(titles)]
        why = "\n".join(f"{fault['column']}：{fault['zh']}" for fault in row.faults)
        self.tables[row.sheet].row((*cells, row.number, why))

    def finish(self) -> None:
        """Close the job with the rows that go back, and the counts."""
        said = {
            "new": Text("列入名单", "listed"),
            "there": Text("已在名单内", "on the list already"),
            "rejected": Text("退回", "sent back"),
        }
        summary: list[dict[str, Any]] = [
            {**said[id]._asdict(), "count": count} for id, count in self.counts.items()
        ]
        finish_job(self.job, rejected=self._rejected(), summary=summary)

    def _rejected(self) -> Document | None:
        if self.back is None:
            return None
        self.back.close()
        path = self.folder / "back.xlsx"
        name = f"{Path(self.source.name).stem[:60]}-退回的行.xlsx"
        return keep_made(path, name, FORMS["xlsx"], by=self.by)
