from __future__ import annotations

import pytest

from dengta.funding.actions import vouchers as actions
from dengta.funding.models import Voucher
from dengta.trail.actions import StepRefused
from tests.cast import MOMENT, WAN, Cast


def test_a_draft_begins_empty_and_in_the_year_of_its_day(cast: Cast) -> None:
    voucher = actions.begin_voucher(cast.firm.actor, at=MOMENT)
    assert (voucher.state, voucher.year, voucher.supplier) == ("draft", 2026, None)
    assert voucher.number == f"YQ2026-{voucher.pk:06d}"


def test_what_has_been_typed_is_kept_in_parts(cast: Cast) -> None:
    voucher = actions.begin_voucher(cast.firm.actor, at=MOMENT)
    actions.save_draft(voucher, cast.firm.actor, {"depth": "resource"})
    actions.save_draft(voucher, cast.firm.actor, {"bank_flow": "LS1"}, [cast.invoice()])
    actions.save_draft(voucher, cast.firm.actor, {})
    stored = Voucher.objects.get(pk=voucher.pk)
    assert (stored.depth, stored.bank_flow, stored.invoices.count()) == ("resource", "LS1", 1)


def test_an_item_list_takes_the_place_of_the_one_before(cast: Cast) -> None:
    voucher = cast.application(cast.firm, cast.invoice(1 * WAN), cast.invoice(2 * WAN))
    actions.save_draft(voucher, cast.firm.actor, {}, [cast.invoice(5 * WAN)])
    assert [line.amount_fen for line in voucher.invoices.all()] == [5 * WAN]


def test_another_firm_cannot_touch_a_draft(cast: Cast) -> None:
    voucher = cast.application(cast.firm)
    with pytest.raises(Voucher.DoesNotExist):
        actions.save_draft(voucher, cast.rival.actor, {"depth": "ecosystem"}, [])
    voucher.refresh_from_db()
    assert (voucher.depth, voucher.invoices.count()) == ("business", 1)


@pytest.mark.parametrize(
    "state", ["district_check", "joint_review", "approved", "issued", "redeemed"]
)
def test_what_has_been_submitted_cannot_be_changed(cast: Cast, state: str) -> None:
    voucher = cast.voucher(state)
    with pytest.raises(StepRefused, match="不能再改"):
        actions.save_draft(voucher, cast.firm.actor, {"paid_by_firm_fen": 1}, [])
    voucher.refresh_from_db()
    assert (voucher.paid_by_firm_fen, voucher.invoices.count()) == (10 * WAN, 1)


def test_a_returned_application_can_be_mended_paper_by_paper(cast: Cast) -> None:
    voucher = cast.voucher("returned")
    actions.save_draft(voucher, cast.firm.actor, {"supplier": None, "contract": None})
    with pytest.raises(StepRefused, match="还缺材料"):
        actions.submit(voucher, cast.firm.actor, at=MOMENT)
    fields = {
        "supplier": cast.supplier.organisation,
        "contract": cast.paper(cast.firm, "补签的合同"),
    }
    actions.save_draft(voucher, cast.firm.actor, fields)
    actions.submit(voucher, cast.firm.actor, at=MOMENT)
    assert voucher.state == "district_check"
