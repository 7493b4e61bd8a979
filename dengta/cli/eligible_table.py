"""The table side of `dengta eligible`: verdicts and amounts for every row, misfits beside them."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl

from dengta.cli import Refused, result_file, say, show_json
from dengta.core.money import yuan
from dengta.core.population import Count, Population
from dengta.core.shapes import Policy
from dengta.core.tables import Intake, TableError, read_table

_FAULTS_SHOWN = 20


def run_table(args: argparse.Namespace, policy: Policy, as_of: dt.date) -> int:
    """Decide the table at `args.file` into `args.out`; 1 if any row could not be read, else 0."""
    source = Path(args.file)
    target = result_file(args, f"{source.stem}.verdicts.parquet")
    try:
        intake = read_table(source, policy)
    except TableError as error:
        raise Refused(error.message.zh, error.message.en) from error
    chosen = None if args.programme is None else [args.programme]
    population = Population(policy, as_of, chosen)
    verdicts = population.decide(intake.frame).collect()
    _write(target, verdicts)
    beside = target.with_name(f"{source.stem}.faults.csv")
    if intake.faults or beside.exists():
        _write(beside, _fault_table(args, source, intake))
    counts = population.counts(verdicts)
    if args.json:
        show_json(_document(args, policy, population, intake, counts, target, beside))
    else:
        _report(args, population, intake, counts, target, beside)
    return 1 if intake.fault_count else 0


def _fault_table(args: argparse.Namespace, source: Path, intake: Intake) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "file": source.name,
                "row": fault.row,
                "column": fault.column,
                "value": fault.value,
                "fault": fault.message.said(args.lang),
                "mend": fault.mend.said(args.lang),
            }
            for fault in intake.faults
        ],
        schema=dict.fromkeys(("file", "row", "column", "value", "fault", "mend"), pl.String)
        | {"row": pl.Int64},
    )


def _write(target: Path, frame: pl.DataFrame) -> None:
    try:
        with target.open("wb") as file:
            if target.suffix.lower() == ".parquet":
                frame.write_parquet(file)
            else:
                # Spreadsheets take Chinese for another encoding unless the file says it is UTF-8.
                frame.write_csv(file, include_bom="fault" in frame.columns)
    except OSError as fault:
        why = fault.strerror or "I/O"
        raise Refused(
            f"{target}：写不进去（{why}）。请换一个位置。",
            f"{target}: cannot be written ({why}). Choose another place.",
        ) from fault


def _report(
    args: argparse.Namespace,
    population: Population,
    intake: Intake,
    counts: list[Count],
    target: Path,
    beside: Path,
) -> None:
    sound = intake.rows - intake.faulty_rows
    say(
        args,
        f"共 {intake.rows:,} 行，判断了 {sound:,} 行。",
        f"{intake.rows:,} rows, {sound:,} decided.",
    )
    for count in counts:
        name = population.rules[count.programme].programme.name
        zh = f"{name.zh}：符合 {count.yes:,}，不符合 {count.no:,}，待补充 {count.unknown:,}"
        en = f"{name.en}: {count.yes:,} eligible, {count.no:,} not, {count.unknown:,} not known yet"
        if count.amount_fen is not None:
            zh += f"，金额合计 {yuan(count.amount_fen)} 元"
            en += f", CNY {yuan(count.amount_fen)} in all"
        say(args, zh, en)
    if intake.unused:
        names = "、".join(intake.unused[:_FAULTS_SHOWN]), ", ".join(intake.unused[:_FAULTS_SHOWN])
        say(args, f"不是事实、没有用到的列：{names[0]}", f"Columns that are no facts: {names[1]}")
    if intake.fault_count:
        say(
            args,
            f"{intake.faulty_rows:,} 行里有 {intake.fault_count:,} 处不能用，这些行没有判断：",
            f"{intake.fault_count:,} cells in {intake.faulty_rows:,} rows cannot be used; "
            "those rows are not decided:",
        )
        for fault in intake.faults[:_FAULTS_SHOWN]:
            say(
                args,
                f"  {args.file}:{fault.row} {fault.column}：{fault.message.zh}。{fault.mend.zh}。",
                f"  {args.file}:{fault.row} {fault.column}: {fault.message.en}. {fault.mend.en}.",
            )
        say(args, f"全部列在 {beside}", f"All are listed in {beside}")
    say(args, f"结果已存到 {target}", f"Written to {target}")


def _document(
    args: argparse.Namespace,
    policy: Policy,
    population: Population,
    intake: Intake,
    counts: list[Count],
    target: Path,
    beside: Path,
) -> dict[str, Any]:
    """The JSON answer for a table; docs/reference/schemas/eligible.schema.json describes it."""
    rules = population.rules
    return {
        "rows": intake.rows,
        "decided": intake.rows - intake.faulty_rows,
        "refused": intake.faulty_rows,
        "programmes": [
            {
                "programme": count.programme,
                "edition": rules[count.programme].programme.edition,
                "name": rules[count.programme].programme.name.said(args.lang),
                "yes": count.yes,
                "no": count.no,
                "unknown": count.unknown,
                "amount_fen": count.amount_fen,
                "bits": [clause.id for clause, _ in rules[count.programme].clauses],
            }
            for count in counts
        ],
        "unused_columns": list(intake.unused),
        "fault_count": intake.fault_count,
        "faults": [
            {
                "row": fault.row,
                "column": fault.column,
                "value": fault.value,
                "message": fault.message.said(args.lang),
                "mend": fault.mend.said(args.lang),
            }
            for fault in intake.faults[:100]
        ],
        "out": str(target),
        "faults_out": str(beside) if intake.faults else None,
        "policy_digest": policy.digest,
        "as_of": population.as_of.isoformat(),
    }
