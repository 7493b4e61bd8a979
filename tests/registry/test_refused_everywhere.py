"""Whoever is under sanction is refused with the reason wherever money or recognition is asked."""

from __future__ import annotations

import pytest

from dengta.assessment.queries.diagnosis import diagnosers
from dengta.funding.actions import vouchers
from dengta.funding.models import Voucher
from dengta.registry.actions import Sanctioned, award_title, sanction
from tests.cast import DAY, MOMENT, ONE_DAY, Cast, Firm


def bar(cast: Cast, firm: Firm) -> None:
    sanction(
        firm.organisation, grounds="虚报冒领", document_number="武经信追〔2026〕3号",
        from_date=DAY, until_date=DAY + ONE_DAY, source="clawback", source_id=1, by=cast.city,
        at=MOMENT,
    )  # fmt: skip


def test_no_voucher_is_begun_or_handed_in(cast: Cast) -> None:
    draft = cast.application(cast.firm)
    bar(cast, cast.firm)
    with pytest.raises(Sanctioned, match="武经信追〔2026〕3号"):
        vouchers.begin_voucher(cast.firm.actor, at=MOMENT)
    with pytest.raises(Sanctioned):
        vouchers.submit(draft, cast.firm.actor, at=MOMENT)
    draft.refresh_from_db()
    assert draft.state == "draft" and Voucher.objects.count() == 1
    vouchers.begin_voucher(cast.firm.actor, at=MOMENT + 2 * ONE_DAY)  # its term is over


def test_no_diagnosis_is_offered_by_it(cast: Cast) -> None:
    firm = cast.supplier
    award_title(firm.organisation, "recommended_provider", document="一号", awarded=DAY - ONE_DAY)
    assert list(diagnosers(DAY)) == [firm.organisation]
    bar(cast, firm)
    assert not diagnosers(DAY).exists()
    assert list(diagnosers(DAY + 2 * ONE_DAY)) == [firm.organisation]
