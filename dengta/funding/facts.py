"""What funding knows of an organisation, as facts of the vocabulary."""

from __future__ import annotations

import datetime as dt

from dengta.core.shapes import FactValue
from dengta.funding.models import ENDED_STATES, GRANTED_STATES, Voucher
from dengta.registry.models import Organisation
from dengta.registry.queries import titles_on


def granted_fen(organisation: Organisation, year: int, programme: str = "cloud_voucher") -> int:
    """Vouchers issued in a year, in 分; of those that have ended only what was redeemed."""
    granted = Voucher.objects.filter(
        organisation=organisation, year=year, programme=programme, state__in=GRANTED_STATES
    )
    return sum(v.redeemed_fen if v.state in ENDED_STATES else v.granted_fen or 0 for v in granted)


def facts_of(organisation: Organisation, day: dt.date) -> dict[str, FactValue]:
    """What the year's vouchers come to, and whether the organisation sells cloud on that day."""
    return {
        "vouchers_this_year_fen": granted_fen(organisation, day.year),
        "is_cloud_supplier": "cloud_supplier" in titles_on(organisation, day),
    }
