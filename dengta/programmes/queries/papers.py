"""推荐函和汇总表: what a city recommends in a round, and the letters that were issued of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils import timezone

from dengta.accounts.queries import Actor, territory
from dengta.programmes.models import Application, Publication, Round
from dengta.registry.queries import industry_name, region_name

LETTER = Publication.Kind.LETTER
RETURNED = ("rejected", "not_accepted", "withdrawn", "lapsed", "terminated")
"""States whose application is recommended no more."""
SIGNS = 12
"""Length of the code on a letter: the first signs of its digest."""


def recommended(round: Round, region: str) -> models.QuerySet[Application]:
    """What the office of a region recommends in a round, in the order of recommending."""
    return (
        round.applications.filter(
            region_code__startswith=territory(region), recommended_at__isnull=False
        )
        .exclude(state__in=RETURNED)
        .order_by("recommended_at", "id")
    )


def rows_of(applications: models.QuerySet[Application]) -> list[dict[str, str]]:
    """The lines of a summary sheet."""
    return [
        {
            "number": each.number,
            "applicant": each.applicant_name,
            "code": each.applicant_code,
            "title": each.title,
            "region": each.region_code,
            "sector": each.sector,
            "recommended": timezone.localdate(each.recommended_at).isoformat(),
        }
        for each in applications
    ]


def letters_of(round: Round, actor: Actor) -> list[Publication]:
    """The letters of a round that an office may see, newest first: a city its own, the province
    all."""
    if not actor.official:
        return []
    letters = round.publications.filter(kind=LETTER).order_by("-id")
    return [letter for letter in letters if actor.covers(content(letter)["region"])]


def letter_for(actor: Actor, pk: int) -> Publication:
    """One letter that an office may see. Publication.DoesNotExist for any other."""
    letter = Publication.objects.select_related("round").get(pk=pk, kind=LETTER)
    if not (actor.official and actor.covers(content(letter)["region"])):
        raise Publication.DoesNotExist
    return letter


def letter_by_code(code: str) -> Publication | None:
    """The letter that a code belongs to, for anybody who holds the paper."""
    if len(code) != SIGNS or not code.isalnum():
        return None
    letters = Publication.objects.select_related("round").filter(kind=LETTER)
    return letters.filter(digest__startswith=code.lower()).first()


def content(letter: Publication) -> Mapping[str, Any]:
    """What a letter says, as it was issued: {number, date, round, round_name, region, limit,
    rows}."""
    said: Mapping[str, Any] = json.loads(letter.text)
    return said


def code_of(letter: Publication) -> str:
    """The code that is printed on a letter, in groups of four."""
    code = letter.digest[:SIGNS].upper()
    return "-".join(code[at : at + 4] for at in range(0, SIGNS, 4))


def shown_rows(said: Mapping[str, Any], language: str) -> list[list[str]]:
    """The lines as they are printed."""
    return [
        [
            str(place),
            row["number"],
            row["applicant"],
            row["code"],
            row["title"] or "—",
            region_name(row["region"]).said(language),
            industry_name(row["sector"]).said(language) if row["sector"] else "—",
            dt.date.fromisoformat(row["recommended"]).isoformat(),
        ]
        for place, row in enumerate(said["rows"], 1)
    ]
