"""Writes of papers: the letter by which a city recommends, and its summary sheet as PDF."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
from typing import Any, Literal

import segno
from django.db import transaction
from django.utils import timezone

from dengta.accounts.queries import Actor
from dengta.core.shapes import Text
from dengta.core.typesetting import pdf
from dengta.core.wording import said_day
from dengta.programmes.models import Publication, Round
from dengta.programmes.queries.papers import (
    LETTER,
    SIGNS,
    code_of,
    content,
    recommended,
    rows_of,
    shown_rows,
)
from dengta.registry.queries import policy, region_name
from dengta.trail.actions import NotAllowed, StepRefused


def issue_letter(round: Round, actor: Actor, *, at: dt.datetime | None = None) -> Publication:
    """Issue the letter of what a city recommends in a round, as it stands; as long as nothing
    changes it is the same letter.

    NotAllowed for other offices; StepRefused when nothing is recommended.
    """
    if actor.role != "city":
        raise NotAllowed(
            Text(
                "推荐函由市州经信部门出具，您的岗位没有这项权限。",
                "Letters of recommendation are issued by the offices of cities.",
            )
        )
    now = at or timezone.now()
    rows = rows_of(recommended(round, actor.region))
    if not rows:
        raise StepRefused(
            Text(
                f"{region_name(actor.region).zh}在“{round.name}”中还没有推荐的申报，"
                "没有出具推荐函。请先办理推荐。",
                f"{region_name(actor.region).en} has recommended nothing in “{round.name}” yet."
                " Recommend first.",
            )
        )
    with transaction.atomic():
        letters = [
            letter
            for letter in round.publications.filter(kind=LETTER).order_by("id")
            if content(letter)["region"] == actor.region
        ]
        if letters and content(letters[-1])["rows"] == rows:
            return letters[-1]
        text = _text(round, actor.region, rows, len(letters) + 1, timezone.localdate(now))
        digest = hashlib.sha256(text.encode()).hexdigest()
        letter, _ = Publication.objects.get_or_create(
            round=round, kind=LETTER, digest=digest, defaults={"text": text, "at": now}
        )
    return letter


def _text(round: Round, region: str, rows: list[dict[str, str]], turn: int, day: dt.date) -> str:
    limit = next(
        (
            quota.of(region)
            for quota in round.rule.quotas
            if quota.by == "city" and quota.at == "recommend"
        ),
        None,
    )
    said = {
        "date": day.isoformat(),
        "limit": limit,
        "number": f"TJ-{round.number}-{region}-{turn}",
        "policy_digest": policy().digest,
        "region": region,
        "round": round.number,
        "round_name": round.name,
        "rows": rows,
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1)


def render(
    letter: Publication,
    site: str,
    *,
    part: Literal["letter", "summary"] = "letter",
    language: str = "zh-hans",
) -> bytes:
    """The letter, or its summary sheet, as PDF; `site` is the address people reach us at, for the
    QR code. The same letter and site give the same bytes."""
    said = content(letter)
    day = dt.date.fromisoformat(said["date"])
    midnight = timezone.make_aware(dt.datetime.combine(day, dt.time()))
    return pdf("recommendation", _data(letter, site, part, language), midnight)


def _data(letter: Publication, site: str, part: str, language: str) -> dict[str, Any]:
    said = content(letter)
    english = language.startswith("en")
    region = region_name(said["region"])
    office = Text(f"{region.zh}经济和信息化局", f"{region.en} Bureau of Economy and IT")
    count, limit = len(said["rows"]), said["limit"]
    province = region_name(letter.round.region_code)
    body = Text(
        f"根据“{said['round_name']}”申报通知要求，经组织申报、初审和审核，"
        f"现推荐 {count} 个申报，名单见附件。",
        f"Following the notice of “{said['round_name']}”, and after checking, we recommend"
        f" {count} application{'s' if count != 1 else ''}; the list is attached.",
    )
    quota = (
        Text(f"推荐 {count} 个，推荐名额不限。", f"{count} recommended, without a limit.")
        if limit is None
        else Text(
            f"推荐名额 {limit} 个，已推荐 {count} 个。",
            f"{count} of {limit} places are used.",
        )
    )
    day = dt.date.fromisoformat(said["date"])
    return {
        "language": "en" if english else "zh",
        "part": part,
        "issuer": office.said(language),
        "office": office.said(language),
        "addressee": Text(
            f"{province.zh}经济和信息化厅", f"{province.en} Department of Economy and IT"
        ).said(language),
        "round": said["round_name"],
        "number": said["number"],
        "date": said_day(day).said(language),
        "body": body.said(language),
        "quota": quota.said(language),
        "rows": shown_rows(said, language),
        "digest": letter.digest,
        "verify": _verify(letter, site),
    }


def _verify(letter: Publication, site: str) -> dict[str, str]:
    address = f"{site.rstrip('/')}/verify/{letter.digest[:SIGNS].upper()}/"
    picture = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        picture, kind="svg", border=0, xmldecl=False, svgns=True, omitsize=True, dark="#1b2733"
    )
    return {"code": code_of(letter), "address": address, "qr": picture.getvalue().decode()}


def file_name(letter: Publication, part: str) -> str:
    """How the PDF of a letter is called; safe on any disk."""
    kind = "推荐函" if part == "letter" else "推荐汇总表"
    return f"{kind}_{content(letter)['number']}.pdf"
