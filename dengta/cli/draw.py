"""`dengta draw commit|draw|verify FILE`: a draw that anybody can repeat.

`commit LIST` makes or reads a seed and writes what is published before the draw; `draw
ANNOUNCEMENT` holds the draw and writes the record; `verify RECORD` computes all of it again.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from dengta.cli import Refused, read_json, say, show_json
from dengta.core.draws import (
    Announcement,
    Draw,
    DrawError,
    Entry,
    announce,
    commitment_of,
    draw,
    entries_of,
    read_announcement,
    read_entries,
    verify,
)
from dengta.core.records import as_text

NAME = "draw"
HELP = "可复验抽取 a draw that anybody can repeat"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, FILE, and what each of the three takes."""
    parser.add_argument(
        "step",
        choices=("commit", "draw", "verify"),
        metavar="STEP",
        help="commit 承诺，draw 抽取，verify 复验 what to do",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="commit：名单；draw：公布的承诺；verify：抽取记录 list, announcement or record",
    )
    parser.add_argument("--seed", type=Path, metavar="FILE", help="种子文件，没有就新建 seed file")
    parser.add_argument("--count", type=int, metavar="N", help="抽几个 how many to draw")
    parser.add_argument(
        "--floor",
        action="append",
        default=[],
        metavar="STRATUM=N",
        help="某层至少抽几个，可写多次 at least so many of a stratum",
    )
    parser.add_argument("--title", default="", metavar="TEXT", help="抽取的名称 what is drawn")
    parser.add_argument(
        "--public-source", default="", metavar="TEXT", help="公开值的来源 where it will come from"
    )
    parser.add_argument(
        "--list", type=Path, metavar="FILE", help="draw：冻结的名单 the frozen list"
    )
    parser.add_argument("--public", default="", metavar="VALUE", help="draw：公开值 public value")
    parser.add_argument(
        "--announced", metavar="FILE", help="verify：事前公布的承诺 what was published before"
    )
    parser.add_argument(
        "--frozen", type=Path, metavar="FILE", help="commit：把名单排好序写到这里 sorted list"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="结果写到这里 where to write")
    parser.add_argument("--json", action="store_true", help="verify：输出 JSON print JSON")


def run(args: argparse.Namespace) -> int:
    """0 when done and when a record holds, 1 when it does not."""
    try:
        if args.step == "commit":
            return _commit(args)
        return _draw(args) if args.step == "draw" else _verify(args)
    except DrawError as error:
        raise Refused(error.message.zh, error.message.en) from error


def _commit(args: argparse.Namespace) -> int:
    entries = _entries(Path(args.file))
    if args.count is None:
        raise Refused(
            "--count：没有写抽几个。请补上，如 --count 30。",
            "--count: say how many to draw, such as --count 30.",
        )
    floors = dict(_floor(text) for text in args.floor)
    seed = _seed(args, create=True)
    published = announce(
        entries, commitment_of(seed), args.count, floors, args.title, args.public_source
    )
    if args.frozen is not None:
        _write(args.frozen, entries_of(entries), "--frozen")
    _put(args, published.as_json())
    print(
        f"种子在 {args.seed}。抽取之前不要公布，也不要丢失。"
        if args.lang == "zh"
        else f"The seed is in {args.seed}. Neither publish nor lose it before the draw.",
        file=sys.stderr,
    )
    return 0


def _draw(args: argparse.Namespace) -> int:
    if args.list is None:
        raise Refused(
            "--list：没有写名单。请给出公布承诺时冻结的名单。",
            "--list: give the list that was frozen when the commitment was published.",
        )
    published: Announcement = read_announcement(read_json(args.file))
    held: Draw = draw(_entries(args.list), published, _seed(args, create=False), args.public)
    _put(args, held.as_json())
    return 0


def _verify(args: argparse.Namespace) -> int:
    record = read_json(args.file)
    announced = None if args.announced is None else read_json(args.announced)
    # Read twice: once for what JSON cannot say, such as a name given twice, once for every byte.
    raw = None if args.file == "-" else Path(args.file).read_bytes()
    faults = verify(record if raw is None else raw, announced)
    if args.json:
        show_json(
            {
                "holds": not faults,
                "faults": [fault.said(args.lang) for fault in faults],
                "against_announcement": announced is not None,
            }
        )
    elif not faults:
        assert isinstance(record, Mapping)
        say(
            args,
            f"相符：从 {record['population_size']} 个里抽出 {record['count']} 个，"
            "名单、种子、每一张签和结果都与重算的一致。",
            f"It holds: {record['count']} of {record['population_size']} drawn; list, seed, "
            "every ticket and the result are what they are when computed again.",
        )
        if announced is None:
            say(
                args,
                "没有与事前公布的承诺比对；请加 --announced 事前公布的文件。",
                "Not held against what was announced; add --announced with that file.",
            )
    for fault in [] if args.json else faults:
        say(args, f"不符：{fault.zh}", f"It does not hold: {fault.en}")
    return 1 if faults else 0


def _entries(path: Path) -> tuple[Entry, ...]:
    try:
        return read_entries(path.read_bytes().decode("utf-8"))
    except OSError as fault:
        raise _closed(path, fault) from fault
    except UnicodeDecodeError as fault:
        raise Refused(
            f"{path}：不是 UTF-8 文本。请另存为 UTF-8 后重试。",
            f"{path}: not UTF-8 text. Save it as UTF-8 and try again.",
        ) from fault
    except DrawError as error:
        raise Refused(f"{path}：{error.message.zh}", f"{path}: {error.message.en}") from error


def _closed(path: Path, fault: OSError) -> Refused:
    return Refused(
        f"{path}：打不开（{fault.strerror}）。请核对文件名后重试。",
        f"{path}: cannot be opened ({fault.strerror}). Check the name and try again.",
    )


def _floor(text: str) -> tuple[str, int]:
    stratum, _, least = text.rpartition("=")
    if not stratum or not (least.isascii() and least.isdigit() and len(least) < 8):
        raise Refused(
            f"--floor：“{text}”写法不对。请写成 层名=个数，如 420100=3。",
            f"--floor: “{text}” is badly formed. Write stratum=number, such as 420100=3.",
        )
    return stratum, int(least)


def _seed(args: argparse.Namespace, create: bool) -> str:
    """The seed in its file; a new one of 32 random bytes where there is no file yet."""
    if args.seed is None:
        raise Refused(
            "--seed：没有写种子文件。请给出文件名；commit 时文件不存在就新建一个随机种子。",
            "--seed: name the file of the seed; commit makes a random one where there is none.",
        )
    path: Path = args.seed
    try:
        if create and not path.exists():
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
                file.write(os.urandom(32).hex() + "\n")
        return path.read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise _closed(path, fault) from fault
    except UnicodeDecodeError:
        return ""  # no seed; `commitment_of` says what one is


def _put(args: argparse.Namespace, document: Mapping[str, object]) -> None:
    """Write a document to `--out`, or print it, each time the same bytes."""
    if args.out is not None:
        _write(args.out, as_text(document), "--out")
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(as_text(document).encode("utf-8"))
    sys.stdout.buffer.flush()


def _write(path: Path, text: str, name: str) -> None:
    """Write a new file; what was published before is never overwritten."""
    try:
        with path.open("xb") as file:
            file.write(text.encode("utf-8"))
    except FileExistsError as fault:
        raise Refused(
            f"{name}：{path} 已经有了。公布过的不能覆盖，请换一个文件名。",
            f"{name}: {path} is there already. What was published stays; choose another name.",
        ) from fault
    except OSError as fault:
        raise _closed(path, fault) from fault
