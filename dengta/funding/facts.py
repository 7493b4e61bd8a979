"""What funding knows of an organisation, as facts of the vocabulary."""

from __future__ import annotations

from dengta.core.shapes import FactValue
from dengta.funding.models import GRANTED_STATES, Voucher
from dengta.registry.models import Organisation


def facts_of(organisation: Organisation, year: int) -> dict[str, FactValue]:
    """Vouchers issued this year (what was redeemed counts where it is less), and whether it
    sells cloud."""
    granted = Voucher.objects.filter(
        organisation=organisation, year=year, state__in=GRANTED_STATES
    ).exclude(state="expired")
    used = sum(
        v.redeemed_fen if v.redeemed_fen is not None else v.granted_fen or 0 for v in granted
    )
    return {
        "vouchers_this_year_fen": used,
        "is_cloud_supplier": any(t.title == "cloud_supplier" for t in organisation.titles.all()),
    }
