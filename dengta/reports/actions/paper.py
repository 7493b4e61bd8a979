"""The report as data of its paper: every word already in the language it is to be read in."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import segno

from dengta.core.money import wan, yuan
from dengta.core.roadmap import Way
from dengta.core.scoring import plain
from dengta.core.shapes import Text
from dengta.reports.queries import Changes, Outlook, Peers, Programme, Report, written
from dengta.reports.queries.reading import (
    lacking,
    ladder,
    level_title,
    sides,
    strip,
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

    def say(text: Text | None) -> str | None:
        return None if text is None else text.said(report.language)

    result, level = report.result, report.standing.level
    before = report.changes.before
    spokes = sides(report.instrument, result, before)
    title = level_title(level, report.level_name) if level else None
    source = report.instrument.source
    return {
        "language": report.language,
        "issuer": say(_issuer(report)),
        "number": report.number,
        "date": _day(report.day, report.language),
        "firm": {
            "name": report.firm.name,
            "uscc": report.firm.uscc,
            "region": say(report.firm.region),
            "industry": say(report.firm.industry),
            "size": say(report.firm.size),
        },
        "edition": say(report.instrument.name),
        "edition_number": source.number,
        "assessed_on": _day(report.assessed_at.date(), report.language),
        "on_site": report.on_site,
        "basis": say(BASES["on_site" if report.on_site else "self"]),
        "level": level,
        "level_title": say(title),
        "below": say(_below(report)),
        "score": _score(report.standing.score_milli),
        "lacking": say(lacking(result, level)),
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
            for rung in ladder(result, level)
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
                    }
                    for cell in row.cells
                ],
            }
            for row in strip(report.instrument, result, before)
        ],
        "gap_count": len(result.gaps),
        "gaps": [
            {
                "name": say(gap.text),
                "binding": gap.binding,
                "helps": gap.helps,
                "effect": say(gap.effect),
                "asks": say(gap.asks),
            }
            for gap in result.gaps[:GAPS]
        ],
        "peers": [_peers(peers, report.language) for peers in report.peers],
        "changes": _changes(report.changes, report.language),
        "road": _road(report.outlook, report.language),
        "programmes": _programmes(report.programmes, report.language),
        "verify": _verify(report.code, site),
        "digest": report.digest[:12],
    }


def _issuer(report: Report) -> Text:
    return Text(
        f"{report.province.zh}中小企业数字化转型服务平台",
        f"{report.province.en} SME Digital Transformation Platform",
    )


def _below(report: Report) -> Text | None:
    """How a result below the first level is called."""
    return report.result.level_name if report.standing.level == 0 else None


def _day(day: dt.date, language: str) -> str:
    if language.startswith("en"):
        return f"{day.day} {day:%B} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def _score(milli: int | None) -> str | None:
    return None if milli is None else plain(Decimal(milli) / 1000)


def _hundredths(score: Decimal) -> str:
    """A score of a group to two places, half up."""
    return plain(Decimal(int(score * 100 + Decimal("0.5"))) / 100)


def _peers(peers: Peers, language: str) -> Json:
    return {
        "name": peers.name.said(language),
        "hidden": peers.hidden,
        "firms": peers.firms,
        "quartiles": [_hundredths(q) for q in peers.quartiles] if peers.quartiles else None,
        "places": [int(q * 100) for q in peers.quartiles] if peers.quartiles else None,
        "levels": list(peers.levels),
        "ahead": peers.share_ahead,
    }


def _changes(changes: Changes, language: str) -> Json:
    return {
        "points": [
            {
                "label": point.label,
                "day": _day(point.day, language),
                "edition": point.edition.said(language),
                "basis": BASES[point.basis].said(language),
                "score": None if point.score is None else plain(point.score),
                "level": point.level,
                "level_title": point.level_name.said(language) if point.level_name else None,
                "comparable": point.comparable,
            }
            for point in changes.points
        ],
        "since": _day(changes.since, language) if changes.since else None,
        "moves": [
            {
                "name": move.text.said(language),
                "kind": move.kind,
                "before": move.before,
                "now": move.now,
                "better": move.better,
            }
            for move in changes.moves
        ],
    }


def _road(outlook: Outlook | None, language: str) -> Json | None:
    if outlook is None:
        return None
    following = outlook.next
    return {
        "ways": [_way(way, language) for way in outlook.ahead],
        "level": following.level if following else None,
        "steps": [
            {
                "name": step.text.said(language),
                "levels": _climb(step.have, step.to).said(language),
                "asks": step.asks.said(language),
                "reason": step.reason.said(language),
                "price": yuan(step.price_fen),
                "subsidy": yuan(step.subsidy_fen) if step.subsidy_fen else "",
                "net": yuan(step.net_fen),
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


def _way(way: Way, language: str) -> Json:
    plan = way.plan
    name = level_title(way.level, way.name).said(language)
    if plan is None:
        return {"name": name, "level": way.level, "why": way.why.said(language), "net": None}
    return {
        "name": name,
        "level": way.level,
        "why": "",
        "count": len(plan.steps),
        "price": yuan(plan.price_fen),
        "subsidy": yuan(plan.subsidy_fen),
        "net": yuan(plan.net_fen),
        "net_short": wan(plan.net_fen).said(language),
        "days": plan.days,
    }


def _programmes(programmes: Iterable[Programme] | None, language: str) -> list[Json] | None:
    if programmes is None:
        return None
    return [
        {
            "name": programme.name.said(language),
            "stands": programme.stands,
            "amount": None
            if programme.amount_fen is None
            else wan(programme.amount_fen).said(language),
            "computation": programme.computation.said(language) if programme.computation else "",
            "missing": [term.said(language) for term in programme.missing],
            "source": programme.source.document,
        }
        for programme in programmes
    ]


def _verify(code: str, site: str) -> Json:
    address = f"{site.rstrip('/')}/verify/{code}/"
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        picture, kind="svg", border=0, xmldecl=False, svgns=True, omitsize=True, dark="#1b2733"
    )
    return {"code": written(code), "address": address, "qr": picture.getvalue().decode()}
