"""The report as data of its paper: every word already in the language it is to be read in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from dengta.core.money import wan, yuan
from dengta.core.roadmap import Way
from dengta.core.scoring import plain
from dengta.core.shapes import Text
from dengta.core.verifying import seal
from dengta.reports.queries import Changes, Outlook, Peers, Programme, Report
from dengta.reports.queries.reading import (
    lacking,
    ladder,
    level_title,
    sides,
    strip,
    top_of,
    weakest,
)

GAPS = 10
"""How many gaps a paper lists; the page has them all."""

Json = dict[str, Any]

BASES = {
    "self": Text("企业自评", "Self-assessment"),
    "on_site": Text("现场评定", "On-site rating"),
    "recorded": Text("历史结果", "Recorded result"),
}


def data_of(report: Report, site: str) -> Json:
    """What the template `report` needs; `site` is the address that people reach us at."""
    say = _Say(report.language)
    level = report.standing.level
    source = report.instrument.source
    colon = say(Text("：", ": "))
    return {
        "language": report.language,
        "issuer": say(_issuer(report)),
        "number": report.number,
        "date": say.day(report.day),
        "firm": {
            "name": report.firm.name,
            "uscc": report.firm.uscc,
            "region": say(report.firm.region),
            "industry": say(report.firm.industry),
            "size": say(report.firm.size),
        },
        "edition": say(report.instrument.name),
        "edition_number": source.number,
        "assessed_on": say.day(report.assessed_at.date()),
        "on_site": report.on_site,
        "basis": say(BASES["on_site" if report.on_site else "self"]),
        "level": level,
        "level_title": say(level_title(level, report.level_name)) if level else None,
        "below": say(_below(report)),
        "own": say(level_title(report.own_level, None))
        if report.own_level
        else say(Text("未达一级", "below level 1")),
        "score": _score(report),
        "full": report.instrument.full,
        "place": _place(report.standing.score_milli, report.instrument.full),
        "top": top_of(report.instrument),
        "lacking": say(lacking(report.instrument, report.result, level)),
        **_pictures(report, say),
        "contradictions": [
            {
                "text": say(each.text),
                "sides": [f"{say(side.label)}{colon}{say(side.shown)}" for side in each.sides],
            }
            for each in report.contradictions
        ],
        **_gaps(report, say),
        "peers": [_peers(peers, report.instrument.full, say) for peers in report.peers],
        "changes": _changes(report.changes, say),
        "road": _road(report.outlook, say),
        "programmes": _programmes(report.programmes, say),
        "verify": seal(report.code, site)._asdict(),
        "digest": report.digest[:12],
    }


class _Say:
    """Texts and days in the language of a report."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, text: Text | None) -> str | None:
        return None if text is None else text.said(self.language)

    def day(self, day: dt.date) -> str:
        if self.language.startswith("en"):
            return f"{day.day} {day:%B} {day.year}"
        return f"{day.year}年{day.month}月{day.day}日"


def _pictures(report: Report, say: _Say) -> Json:
    """The ladder, the radar and the strip."""
    instrument, result, before = report.instrument, report.result, report.changes.before
    spokes = sides(instrument, result, before)
    return {
        "ladder": [
            {
                "level": rung.level,
                "name": say(rung.name),
                "reached": rung.reached,
                "current": rung.current,
                "next": rung.next,
                "gates": [
                    {
                        "text": f"{say(line.label)} {say(line.need)}",
                        "have": say(line.have),
                        "met": line.met,
                        "gap": say(line.gap),
                    }
                    for line in rung.gates
                ],
            }
            for rung in ladder(instrument, result, report.standing.level)
        ],
        "finding": say(weakest(spokes)),
        "axes": [
            {"label": say(side.label), "share": side.value, "before": side.before}
            for side in spokes
        ],
        "strip": [
            {
                "name": say(row.name),
                "cells": [
                    {
                        "name": say(cell.name),
                        "level": cell.level,
                        "before": cell.before,
                        "binding": cell.binding,
                        "gone": cell.not_applicable,
                    }
                    for cell in row.cells
                ],
            }
            for row in strip(instrument, result, before)
        ],
    }


def _gaps(report: Report, say: _Say) -> Json:
    return {
        "gap_count": len(report.result.gaps),
        "gaps": [
            {
                "name": say(gap.text),
                "binding": gap.binding,
                "helps": gap.helps,
                "effect": say(gap.effect),
                "asks": say(gap.asks),
            }
            for gap in report.result.gaps[:GAPS]
        ],
        "diagnosed": [
            {"title": gap.title, "advice": gap.advice} for gap in report.diagnosed[:GAPS]
        ],
    }


def _issuer(report: Report) -> Text:
    return Text(
        f"{report.province.zh}中小企业数字化转型服务平台",
        f"{report.province.en} SME Digital Transformation Platform",
    )


def _below(report: Report) -> Text | None:
    """How a result below the first level is called."""
    return report.result.level_name if report.standing.level == 0 else None


def _score(report: Report) -> str | None:
    """What stands as score: exact where it is the firm's own, None without a total."""
    if not report.on_site:
        return report.result.score_text or None
    milli = report.standing.score_milli
    return None if milli is None else plain(Decimal(milli) / 1000)


def _place(milli: int | Decimal | None, full: int) -> int | None:
    """Where a score lies on a line from 0 to `full`, in basis points."""
    return None if milli is None else int(milli * 10 / full)


def _hundredths(score: Decimal) -> str:
    """A score of a group to two places, half up."""
    return plain(Decimal(int(score * 100 + Decimal("0.5"))) / 100)


def _peers(peers: Peers, full: int, say: _Say) -> Json:
    return {
        "name": say(peers.name),
        "hidden": peers.hidden,
        "firms": peers.firms,
        "quartiles": [_hundredths(q) for q in peers.quartiles] if peers.quartiles else None,
        "places": [_place(q * 1000, full) for q in peers.quartiles] if peers.quartiles else None,
        "levels": list(peers.levels),
        "ahead": peers.share_ahead,
    }


def _changes(changes: Changes, say: _Say) -> Json:
    return {
        "points": [
            {
                "label": point.label,
                "day": say.day(point.day),
                "edition": say(point.edition),
                "basis": say(BASES[point.basis]),
                "score": None if point.score is None else plain(point.score),
                "level": point.level,
                "level_title": say(point.level_name) if point.level_name else None,
                "comparable": point.comparable,
            }
            for point in changes.points
        ],
        "since": say.day(changes.since) if changes.since else None,
        "recast": changes.before.score_text if changes.recast and changes.before else None,
        "moves": [
            {
                "name": say(move.text),
                "kind": move.kind,
                "before": move.before,
                "now": move.now,
                "better": move.better,
            }
            for move in changes.moves
        ],
    }


def _road(outlook: Outlook | None, say: _Say) -> Json | None:
    if outlook is None:
        return None
    following = outlook.next
    names = {standing.benefit.id: standing.benefit.name for standing in outlook.standings}
    return {
        "ways": [_way(way, say) for way in outlook.ahead],
        "payers": [
            {"name": say(payer.name), "amount": yuan(payer.amount_fen)}
            for payer in (outlook.payers(following.plan) if following and following.plan else ())
        ],
        "level": following.level if following else None,
        "steps": [
            {
                "name": say(step.text),
                "levels": say(_climb(step.have, step.to)),
                "asks": say(step.asks),
                "reason": say(step.reason),
                "price": yuan(step.price_fen),
                "subsidy": yuan(step.subsidy_fen) if step.subsidy_fen else "",
                "net": yuan(step.net_fen),
                "payer": say(names.get(step.paid_by)),
                "days": step.days,
            }
            for step in (following.plan.steps if following and following.plan else ())
        ],
    }


def _climb(have: str | int, to: str | int) -> Text:
    """From which level to which a scenario climbs; nothing for a question's letters."""
    if not isinstance(have, int) or not isinstance(to, int):
        return Text("", "")
    return Text(f"{have} → {to} 级", f"level {have} → {to}")


def _way(way: Way, say: _Say) -> Json:
    plan = way.plan
    name = say(level_title(way.level, way.name))
    if plan is None:
        return {"name": name, "level": way.level, "why": say(way.why), "net": None}
    return {
        "name": name,
        "level": way.level,
        "why": "",
        "count": len(plan.steps),
        "price": yuan(plan.price_fen),
        "subsidy": yuan(plan.subsidy_fen),
        "net": yuan(plan.net_fen),
        "net_short": say(wan(plan.net_fen)),
        "days": plan.days_parallel,
    }


def _programmes(programmes: Iterable[Programme] | None, say: _Say) -> list[Json] | None:
    if programmes is None:
        return None
    return [
        {
            "name": say(programme.name),
            "stands": programme.stands,
            "amount": None if programme.amount_fen is None else say(wan(programme.amount_fen)),
            "computation": say(programme.computation) if programme.computation else "",
            "missing": [say(term) for term in programme.missing],
            "source": programme.source.document,
        }
        for programme in programmes
    ]
