"""Rounds and awards as they are found, made directly: how they come about is tested elsewhere."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

from dengta.programmes.models import Application, Award, Round
from dengta.registry.actions import award_title
from dengta.registry.models import Organisation
from dengta.registry.queries import policy
from dengta.trail.actions import begin
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm

_serial = count(1)


def round_of(cast: Cast, selection: str = "scenario", **different: Any) -> Round:
    """A round of a selection, as it is first prepared."""
    made = Round(
        selection=selection,
        name=f"2026 年{policy().selection(selection).name.zh}",
        year=2026,
        region_code="420000",
        opens_at=MOMENT - 60 * ONE_DAY,
        closes_at=MOMENT - 30 * ONE_DAY,
        key=f"round-{next(_serial)}",
        created_at=MOMENT - 70 * ONE_DAY,
    )
    for field, value in different.items():
        setattr(made, field, value)
    begin(made, by=cast.province, at=made.created_at)
    return made


def awarded(
    cast: Cast,
    firm: Firm | None = None,
    *,
    round: Round | None = None,
    day: dt.date = DAY,
    **different: Any,
) -> Award:
    """An award of a scenario to a firm, of three years unless said otherwise, with its title."""
    serial = next(_serial)
    holder: Organisation | None = (firm or cast.firm).organisation
    round = round or round_of(cast)
    assert holder is not None
    applied = Application(
        round=round,
        organisation=holder,
        applicant_code=holder.uscc,
        applicant_name=holder.name,
        title=f"质量追溯场景 {serial}",
        region_code=holder.region_code,
        key=f"application-{serial}",
        created_at=MOMENT - 40 * ONE_DAY,
    )
    begin(applied, by=(firm or cast.firm).actor, at=applied.created_at)
    made = Award(
        application=applied,
        organisation=holder,
        programme=round.rule.programme,
        awarded_name=holder.name,
        holder_name=holder.name,
        title=applied.title,
        document_number="鄂经信数字〔2026〕9号",
        award_date=day,
        expires_date=day.replace(year=day.year + 3) - ONE_DAY,
        amount_fen=50_000_000,
        number=f"HB-CJ-2026-{serial:04d}",
        code=f"WB9Z238D{serial:04d}",
    )
    for field, value in different.items():
        setattr(made, field, value)
    begin(made, by=cast.province, at=MOMENT)
    award_title(
        holder, round.rule.title, document=made.document_number, awarded=day,
        expires=made.expires_date,
    )  # fmt: skip
    return made
