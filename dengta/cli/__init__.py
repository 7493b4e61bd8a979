"""Floor 11: pure commands over a policy directory; no Django.

A command is a module here that offers NAME, HELP, `arguments(parser)` and `run(args) -> exit code`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dengta.core.shapes import Policy

COMMANDS = (
    "check",
    "situations",
    "eligible",
    "score",
    "roadmap",
    "draw",
    "allocate",
    "pair",
    "size",
    "uscc",
)

# Commands that need the database; `dengta.__main__` carries them out.
PLATFORM = {
    "run": "迁移、首次填充演示省、启动服务 migrate, populate once, serve",
    "demo": "填充演示省 populate the synthetic province",
    "worker": "办理后台任务：导入、导出、批量报告 do the long work: imports, exports, reports",
    "seed": "把政策目录附带的内容放入资源池 put the content of the policy into the resource pool",
    "tick": "到期处理与账目核对 deadlines, expiry and the proof of the books",
    "export-ledger": "导出账本，供核对 write the whole ledger as Beancount text or a workbook",
    "docs": "生成参考文档 write the generated reference",
    "django": "Django 管理命令 Django's own commands",
}


TABLES = (".csv", ".parquet")


class Refused(Exception):
    """Input that cannot be used: `zh` and `en` name the file or field, the value and the mend."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.zh, self.en = zh, en


def say(args: argparse.Namespace, zh: str, en: str) -> None:
    """Print one line in the language asked for."""
    print(en if args.lang == "en" else zh)


def show_json(document: object) -> None:
    """Print one JSON document; escaped where the terminal's encoding lacks the characters."""
    utf = (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    print(json.dumps(document, ensure_ascii=not utf, indent=2))


def read_json(path: str) -> object:
    """The JSON document in a file, `-` for standard input. Refused with the place of the fault."""
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        document: object = json.loads(
            raw.decode("utf-8-sig"),
            parse_float=_no_float,
            parse_constant=_no_float,
            object_pairs_hook=_once_each,
        )
    except OSError as fault:
        why = fault.strerror
        raise Refused(
            f"{path}：打不开（{why}）。请核对文件名后重试。",
            f"{path}: cannot be opened ({why}). Check the name and try again.",
        ) from fault
    except UnicodeDecodeError as fault:
        raise Refused(
            f"{path}：不是 UTF-8 文本。请另存为 UTF-8 后重试。",
            f"{path}: not UTF-8 text. Save it as UTF-8 and try again.",
        ) from fault
    except _Twice as fault:
        name = fault.args[0]
        raise Refused(
            f"{path}：“{name}”写了不止一次。请只留一个。",
            f"{path}: “{name}” is given more than once. Keep one.",
        ) from fault
    except (ValueError, RecursionError) as fault:  # a number of 5,000 digits is a ValueError
        line = getattr(fault, "lineno", 1)
        raise Refused(
            f"{path}:{line}：不是有效的 JSON。请检查括号、引号和逗号。",
            f"{path}:{line}: not valid JSON. Check brackets, quotes and commas.",
        ) from fault
    return document


class _Twice(Exception):
    """A name that stands twice in one JSON object: which of the two is meant, nobody can say."""


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise _Twice(name)
        found[name] = value
    return found


def _no_float(text: str) -> object:
    """Decimals stay text: no float enters money or scores, and the reader names them."""
    return text


def read_policy(args: argparse.Namespace) -> Policy:
    """The policy of `--policy`. Refused, with its first fault, when `dengta check` finds any."""
    from dengta.core.policy import PolicyFaults, load

    try:
        return load(args.policy)
    except PolicyFaults as trouble:
        first = trouble.faults[0]
        raise Refused(
            f"政策目录有 {len(trouble.faults)} 处错误，请先用 dengta check 修改。"
            f"{first.said('zh')}",
            f"the policy has {len(trouble.faults)} faults; mend them with dengta check first. "
            f"{first.said('en')}",
        ) from trouble


def result_file(args: argparse.Namespace, name: str) -> Path:
    """Where a table's results go: `--out`, else `name` beside the table; never over the table."""
    source = Path(args.file)
    target: Path = args.out or source.with_name(name)
    if target.suffix.lower() not in TABLES:
        raise Refused(
            f"{target}：结果只能存成 .csv 或 .parquet。请换一个文件名。",
            f"{target}: results are written as .csv or .parquet. Choose such a name.",
        )
    if target.resolve() == source.resolve():
        raise Refused(
            f"{target}：结果不能覆盖原表。请用 --out 另存。",
            f"{target}: results may not overwrite the table. Use --out to write elsewhere.",
        )
    return target


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 (fine), 1 (a fault found) or 2 (refused input)."""
    from dengta.core.policy import SHIPPED
    from dengta.core.refusals import ClauseError

    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--lang", choices=("zh", "en"), default="zh", help="语言 language")
    common.add_argument(
        "--policy", type=Path, default=SHIPPED / "hubei", metavar="DIR", help="政策目录 directory"
    )
    parser = argparse.ArgumentParser(prog="dengta", description="灯塔：政策即数据 policy as data")
    commands = parser.add_subparsers(dest="command", required=True)
    arguments = list(sys.argv[1:] if argv is None else argv)
    # Only the command that is asked for is imported: some need heavy libraries.
    wanted = [arguments[0]] if arguments and arguments[0] in COMMANDS else COMMANDS
    modules = {}
    for name in wanted:
        module = modules[name] = importlib.import_module(f"dengta.cli.{name}")
        module.arguments(commands.add_parser(module.NAME, help=module.HELP, parents=[common]))
    args = parser.parse_args(arguments)
    try:
        code: int = modules[args.command].run(args)
        sys.stdout.flush()
    except Refused as refused:
        print(refused.en if args.lang == "en" else refused.zh, file=sys.stderr)
        return 2
    except ClauseError as broken:
        print(broken.message.said(args.lang), broken.mend.said(args.lang), file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader has seen enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
