from __future__ import annotations

import pytest

from dengta.accounts.queries import SYSTEM, Actor
from dengta.funding.actions import vouchers as actions
from dengta.funding.models import Voucher
from dengta.funding.queries import vouchers as queries
from tests.cast import MOMENT, Cast


def sees(acting: Actor, voucher: Voucher) -> bool:
    """Whether the actor may see the voucher, and with it its papers."""
    assert voucher.contract_id is not None
    document = queries.document_for(acting, voucher.contract_id)
    try:
        found = queries.visible(acting, voucher.pk)
    except Voucher.DoesNotExist:
        assert document is None
        return False
    assert (found, document) == (voucher, voucher.contract)
    return True


def test_a_draft_is_seen_by_its_own_firm_only(cast: Cast) -> None:
    voucher = cast.voucher("draft")
    assert sees(cast.firm.actor, voucher)
    for acting in (cast.rival.actor, cast.supplier.actor, cast.county, cast.city, cast.province):
        assert not sees(acting, voucher)


def test_a_submitted_voucher_is_seen_by_its_firm_its_supplier_and_the_offices_above(
    cast: Cast,
) -> None:
    voucher = cast.voucher("district_check")
    seen_by = (cast.firm.actor, cast.supplier.actor, cast.county, cast.city, cast.province)
    assert all(sees(acting, voucher) for acting in seen_by)


def test_nobody_else_sees_it(cast: Cast) -> None:
    voucher = cast.voucher("redeemed")
    other_supplier = cast.enrol("other", kind="provider", industry_code="65")
    cast.list_supplier(other_supplier)
    anonymous = Actor(0, "", "enterprise")
    for acting in (
        cast.rival.actor, other_supplier.actor, cast.next_county, cast.next_city,
        cast.remote_office, cast.expert, anonymous, SYSTEM,
    ):  # fmt: skip
        assert not sees(acting, voucher)


def test_a_withdrawn_draft_never_reached_an_office(cast: Cast) -> None:
    voucher = cast.voucher("draft")
    actions.take(voucher, "withdraw", cast.firm.actor, at=MOMENT)
    assert not sees(cast.county, voucher)


def test_a_voucher_that_does_not_exist_is_seen_by_nobody(cast: Cast) -> None:
    with pytest.raises(Voucher.DoesNotExist):
        queries.visible(cast.province, 999_999)
    assert queries.document_for(cast.province, 999_999) is None


def test_a_paper_that_belongs_to_no_voucher_is_seen_by_nobody(cast: Cast) -> None:
    loose = cast.paper(cast.firm, "没有归属的材料")
    assert queries.document_for(cast.firm.actor, loose.pk) is None


def test_a_firm_and_a_supplier_find_their_own_in_their_lists(cast: Cast) -> None:
    draft, submitted = cast.voucher("draft"), cast.voucher("district_check")
    cast.voucher("district_check", cast.rival, supplier=cast.enrol("s2").organisation)
    assert list(queries.vouchers_of(cast.firm.organisation.pk)) == [submitted, draft]
    assert list(queries.supplied_by(cast.supplier.organisation.pk)) == [submitted]
