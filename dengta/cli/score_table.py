"""The table side of `dengta score`: read CSV or Parquet, write scores beside the answers."""

from __future__ import annotations

import argparse
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from dengta.cli import Refused, result_file, say, show_json
from dengta.core.answers import shown
from dengta.core.scoring import Scorer
from dengta.core.scoring_table import CellFault, TableError, TableResult, score_table
from dengta.core.shapes import Policy

_FAULTS_SHOWN = 20


def run_table(args: argparse.Namespace, policy: Policy, scorer: Scorer) -> int:
    """Score the table at `args.file` into `args.out`; 1 if any cell cannot be an answer, else 0."""
    source = Path(args.file)
    target = result_file(args, f"{source.stem}-scored{source.suffix}")
    try:
        result = score_table(scorer, _read(source))
    except TableError as error:
        raise Refused(f"{source}：{error.message.zh}", f"{source}: {error.message.en}") from error
    _write(target, result.table)
    # Rows are told as a spreadsheet shows them: the heading of a CSV is row 1.
    heading = int(source.suffix.lower() == ".csv")
    faults = [(fault.row + heading, fault) for fault in result.faults]
    if args.json:
        show_json(_document(args, policy, scorer, result, faults, target))
    else:
        _report(args, result, faults, target)
    return 1 if result.fault_count else 0


def _read(source: Path) -> pa.Table:
    """The table; every CSV cell stays text, so that what passes through is not changed."""
    try:
        with source.open("rb") as file:
            if source.suffix.lower() == ".parquet":
                return pq.read_table(file)
            parse = pacsv.ParseOptions(newlines_in_values=True)
            with pacsv.open_csv(file, parse_options=parse) as head:
                names = head.schema.names
            file.seek(0)
            convert = pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=True,
                null_values=[""],
                quoted_strings_can_be_null=False,
            )
            return pacsv.read_csv(file, parse_options=parse, convert_options=convert)
    except OSError as fault:
        why = fault.strerror or "I/O"
        raise Refused(
            f"{source}：打不开（{why}）。请核对文件名后重试。",
            f"{source}: cannot be opened ({why}). Check the name and try again.",
        ) from fault
    except (pa.ArrowException, UnicodeDecodeError) as fault:
        why = "".join(c if c.isprintable() else "?" for c in str(fault).splitlines()[0][:120])
        raise Refused(
            f"{source}：不是完整的表格（{why}）。CSV 请另存为 UTF-8，各行列数一致。",
            f"{source}: not a sound table ({why}). Save CSV as UTF-8, all rows of one length.",
        ) from fault


def _write(target: Path, table: pa.Table) -> None:
    try:
        with target.open("wb") as file:
            if target.suffix.lower() == ".parquet":
                pq.write_table(table, file)
                return
            for name in ("score", "score_short"):
                text = pc.utf8_rtrim(pc.cast(table[name], pa.string()), "0")
                place = table.schema.get_field_index(name)
                table = table.set_column(place, name, pc.utf8_rtrim(text, "."))
            place = table.schema.get_field_index("gap")
            table = table.set_column(place, "gap", table["gap"].cast(pa.string()))
            pacsv.write_csv(table, file, pacsv.WriteOptions(quoting_style="needed"))
    except OSError as fault:
        why = fault.strerror or "I/O"
        raise Refused(
            f"{target}：写不进去（{why}）。请换一个位置。",
            f"{target}: cannot be written ({why}). Choose another place.",
        ) from fault


def _report(
    args: argparse.Namespace,
    result: TableResult,
    faults: list[tuple[int, CellFault]],
    target: Path,
) -> None:
    rows, names = result.table.num_rows, result.levels
    scored = rows - result.refused
    say(args, f"共 {rows:,} 行，评出 {scored:,} 行。", f"{rows:,} rows, {scored:,} scored.")
    for level, count in names.items():
        whole, tenth = divmod(count * 1000 // max(scored, 1), 10)
        share = f"{whole}.{tenth} %"
        what = ("未达等级", "no level") if level == 0 else (f"等级 {level}", f"level {level}")
        say(args, f"{what[0]}：{count:,}（{share}）", f"{what[1]}: {count:,} ({share})")
    if result.fault_count:
        say(
            args,
            f"{result.refused:,} 行里有 {result.fault_count:,} 个答案不能用，这些行没有结果：",
            f"{result.fault_count:,} answers in {result.refused:,} rows cannot be used; "
            "those rows have no result:",
        )
    for row, fault in faults[:_FAULTS_SHOWN]:
        say(args, f"第 {row} 行 {fault.message.zh}", f"row {row} {fault.message.en}")
    if result.fault_count > _FAULTS_SHOWN:
        say(args, "其余的请看 --json。", "See --json for more.")
    say(args, f"结果已存到 {target}", f"Written to {target}")


def _document(
    args: argparse.Namespace,
    policy: Policy,
    scorer: Scorer,
    result: TableResult,
    faults: list[tuple[int, CellFault]],
    target: Path,
) -> dict[str, object]:
    """The JSON answer for a table; docs/reference/schemas/score.schema.json describes it."""
    return {
        "instrument": scorer.instrument.id,
        "rows": result.table.num_rows,
        "scored": result.table.num_rows - result.refused,
        "refused": result.refused,
        "levels": {str(level): count for level, count in result.levels.items()},
        "fault_count": result.fault_count,
        "faults": [
            {
                "row": row,
                "column": fault.column,
                "value": shown(fault.value),
                "message": fault.message.said(args.lang),
            }
            for row, fault in faults
        ],
        "out": str(target),
        "policy_digest": policy.digest,
    }
