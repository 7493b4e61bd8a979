"""`dengta allocate FILE`: a published ranking, its places and its amounts, computed again."""

from __future__ import annotations

import argparse
from pathlib import Path

from dengta.cli import Refused, read_json, say, show_json
from dengta.core.allocation import AllocationError, allocate
from dengta.core.allocation_record import read, record, verify
from dengta.core.records import as_text

NAME = "allocate"
HELP = "名单复算 compute a published list again"


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, --out and --json."""
    parser.add_argument("file", metavar="FILE", help="公布的名单记录 the record as published")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="把重算的记录写到这里 write what comes out"
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")


def run(args: argparse.Namespace) -> int:
    """0 when the record holds byte for byte, 1 when it does not."""
    document = read_json(args.file)
    # Read twice: once for what JSON cannot say, such as a name given twice, once for every byte.
    raw = None if args.file == "-" else Path(args.file).read_bytes()
    try:
        candidates, limits, kept = read(document)
        made = allocate(candidates, limits, kept)
    except AllocationError as error:
        raise Refused(
            f"{args.file}：{error.message.zh}", f"{args.file}: {error.message.en}"
        ) from error
    assert isinstance(document, dict)
    faults = verify(document if raw is None else raw)
    if args.out is not None:
        texts = {key: str(document[key]) for key in ("title", "selection", "policy_digest")}
        again = record(candidates, limits, made, kept=kept, **texts)
        _write(args.out, as_text(again))
    if args.json:
        show_json(
            {
                "holds": not faults,
                "faults": [fault.said(args.lang) for fault in faults],
                "applications": len(made.places),
                "awarded": list(made.awarded),
                "reserve": list(made.reserve),
                "total_fen": made.total_fen,
                "policy_digest": document["policy_digest"],
            }
        )
        return 1 if faults else 0
    if not faults:
        say(
            args,
            f"相符：{len(made.places)} 项申报的排名、{len(made.awarded)} 个名额、"
            f"{len(made.reserve)} 个候补、理由和金额都与重算的逐字节一致。",
            f"It holds, byte for byte: the ranks of {len(made.places)} applications, "
            f"{len(made.awarded)} places, {len(made.reserve)} on the reserve list, reasons and "
            "amounts.",
        )
    for fault in faults:
        say(args, f"不符：{fault.zh}", f"It does not hold: {fault.en}")
    return 1 if faults else 0


def _write(path: Path, text: str) -> None:
    """Write a new file; what was published before is never overwritten."""
    try:
        with path.open("xb") as file:
            file.write(text.encode("utf-8"))
    except FileExistsError as fault:
        raise Refused(
            f"--out：{path} 已经有了。公布过的不能覆盖，请换一个文件名。",
            f"--out: {path} is there already. What was published stays; choose another name.",
        ) from fault
    except OSError as fault:
        raise Refused(
            f"--out：{path} 写不了（{fault.strerror}）。请核对后重试。",
            f"--out: {path} cannot be written ({fault.strerror}). Check and try again.",
        ) from fault
