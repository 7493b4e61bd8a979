"""`dengta pair FILE`: offers for a need ranked with reasons, or a kept comparison ranked again."""

from __future__ import annotations

import argparse

from dengta.cli import Refused, read_json, say, show_json
from dengta.core.pairing import pairs
from dengta.core.pairing_record import PairingError, read, record, verify
from dengta.core.sources import Text

NAME = "pair"
HELP = "报价排位和复算 rank offers for a need, or check a kept ranking"


_NO_OBJECT = Text("内容不是一个 JSON 对象。", "It holds no JSON object.")


def arguments(parser: argparse.ArgumentParser) -> None:
    """FILE and --json."""
    parser.add_argument(
        "file", metavar="FILE", help="比选记录，或需求、报价和权重 record or inputs"
    )
    parser.add_argument("--json", action="store_true", help="输出 JSON print JSON")


def run(args: argparse.Namespace) -> int:
    """0 when ranked and, for a record, when it holds; 1 when a record does not hold."""
    document = read_json(args.file)
    try:
        if not isinstance(document, dict):
            raise PairingError(_NO_OBJECT)
        need, offers, weights = read(document)
        faults = verify(document) if "result" in document else ()
    except PairingError as error:
        raise Refused(
            f"{args.file}：{error.message.zh}", f"{args.file}: {error.message.en}"
        ) from error
    if args.json:
        digest = str(document.get("policy_digest", ""))
        show_json(record(need, offers, weights, policy_digest=digest) | {"faults": list(faults)})
        return 1 if faults else 0
    for pair in pairs(need, offers, weights):
        lacks = [text.said(args.lang) for text in pair.missing]
        end = f"（{'；'.join(lacks)}）" if lacks else ""
        line = f"{pair.place}. {pair.offer.id} {pair.shown}"
        say(args, line + end, line + (f" ({'; '.join(lacks)})" if lacks else ""))
    for fault in faults:
        say(args, f"不符：{fault} 与重算不一致", f"It does not hold: {fault} differs")
    return 1 if faults else 0
