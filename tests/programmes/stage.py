"""A round and its applications, made by the actions that pages use: what tests of selections begin
with. The selection is the shipped `scenario` unless a test says otherwise."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Mapping
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dengta.accounts.queries import SYSTEM
from dengta.core.selection import FormField, Selection
from dengta.programmes.actions.checking import check
from dengta.programmes.actions.filling import attach, keep, start
from dengta.programmes.actions.rounds import open_round, publish
from dengta.programmes.actions.submitting import submit
from dengta.programmes.models import Application, Round
from dengta.registry.queries import policy
from dengta.trail.actions import advance, begin
from tests.cast import MOMENT, ONE_DAY, Cast, Firm
from tests.pictures import photo, uploaded

OPENS = MOMENT
CLOSES = MOMENT + 30 * ONE_DAY
HOUR = dt.timedelta(hours=1)
_serial = count(1)


def opened(cast: Cast, selection: str = "scenario", **different: Any) -> Round:
    """A published round that takes applications for thirty days from MOMENT."""
    filled: dict[str, Any] = {
        "selection": selection,
        "name": "2026 年优秀应用场景遴选",
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "key": f"round-{next(_serial)}",
        "at": MOMENT,
    }
    round = open_round(cast.province, **(filled | different))
    publish(round, cast.province, at=MOMENT)
    return round


def begun(round: Round, firm: Firm, title: str = "", at: dt.datetime = MOMENT) -> Application:
    """A draft in which nothing is filled in yet."""
    return start(round, firm.actor, key=f"application-{next(_serial)}", title=title, at=at)


def invited(round: Round, firm: Firm, at: dt.datetime = MOMENT) -> Application:
    """Listed without having applied (免申即享), to be confirmed."""
    application = Application(
        round=round,
        organisation=firm.organisation,
        applicant_code=firm.organisation.uscc,
        applicant_name=firm.organisation.name,
        region_code=firm.organisation.region_code,
        key=f"invited-{next(_serial)}",
        created_at=at,
    )
    begin(application, by=SYSTEM, at=at)
    advance(application, "invite", by=SYSTEM, at=at)
    return application


def rule_of(selection: str) -> Selection:
    """A selection by its id."""
    return policy().selection(selection)


def sound(field: FormField) -> object:
    """Something that fits a field, in JSON."""
    if field.type == "choice":
        return next(iter(field.values))
    return {
        "text": f"{field.text.zh}若干"[: field.most or 40],
        "long_text": f"{field.text.zh}的说明"[: field.most or 400],
        "integer": max(field.low or 0, 12),
        "fen": max(field.low or 0, 30_000_000),
        "bps": max(field.low or 0, 1_500),
        "date": "2025-06-01",
        "bool": True,
    }[field.type]


def fill(application: Application, firm: Firm, **different: object) -> None:
    """Fill in every field that is not known, and put a paper under every heading that needs one."""
    rule = application.round.rule
    known = ("uscc", "region_code", "industry_code", "established_date", "size_class",
             "employees", "revenue_fen", "assets_fen")  # fmt: skip
    values = {each.id: sound(each) for each in rule.fields if each.fact not in known} | different
    kept = keep(
        application, firm.actor, {id: (value, 0) for id, value in values.items()}, at=MOMENT
    )
    assert not kept.faults and not kept.clashes, (kept.faults, kept.clashes)
    for slot in rule.slots:
        if slot.required:
            attach(application, firm.actor, slot.id, paper(slot.types[0]), at=MOMENT)


def paper(ending: str, words: str = "") -> SimpleUploadedFile:
    """A file that no other is the same as, unless it says the same words."""
    said = words or f"paper {next(_serial)}"
    if ending in ("jpg", "jpeg", "png"):
        made = photo(zlib.crc32(said.encode()), (160, 120))
        return uploaded(made, f"{said}.{ending}", "PNG" if ending == "png" else "JPEG")
    return SimpleUploadedFile(f"{said}.{ending}", said.encode(), "application/octet-stream")


def drafted(round: Round, firm: Firm, title: str = "", **different: object) -> Application:
    """A draft that is complete."""
    application = begun(round, firm, title)
    fill(application, firm, **different)
    return application


def submitted(
    round: Round, firm: Firm, title: str = "", at: dt.datetime = MOMENT + HOUR, **different: object
) -> Application:
    """Handed in, with nothing that the machine would mark."""
    application = drafted(round, firm, title, **different)
    submit(application, firm.actor, pledged_by="法人", at=at)
    return application


def passed(
    cast: Cast, application: Application, upto: str, at: dt.datetime = MOMENT + 2 * HOUR
) -> Application:
    """Passed by the offices of 江岸 and 武汉 and the province, until it is in `upto`."""
    offices: Mapping[str, Any] = {
        "county_check": ("pass_county", cast.county),
        "city_recommend": ("pass_city", cast.city),
        "formal_check": ("pass_province", cast.province),
    }
    while application.state != upto:
        step, actor = offices[application.state]
        check(application, actor, step, at=at)
    return application
