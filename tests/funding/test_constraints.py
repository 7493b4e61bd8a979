from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from dengta.funding.models import Invoice, RegisterEntry, Voucher
from dengta.funding.states import VOUCHER
from tests.cast import PAPERS, WAN, Cast
from tests.funding.conftest import entries_of


def refused(voucher: Voucher, name: str, **values: Any) -> None:
    """The database itself refuses to write these values, by the constraint of this name."""
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Voucher.objects.filter(pk=voucher.pk).update(**values)


@pytest.mark.parametrize("paper", ["submitted_at", "supplier", *PAPERS])
def test_a_submitted_voucher_has_its_papers(cast: Cast, paper: str) -> None:
    refused(cast.voucher("district_check"), "submitted_voucher_has_papers", **{paper: None})


@pytest.mark.parametrize("amount", ["spend_fen", "amount_fen"])
def test_a_submitted_voucher_has_spend_and_amount(cast: Cast, amount: str) -> None:
    refused(cast.voucher("district_check"), "submitted_voucher_has_papers", **{amount: 0})


LATER = [s.id for s in VOUCHER.states if s.id not in ("draft", "returned", "withdrawn")]


@pytest.mark.parametrize("state", LATER)
def test_an_empty_draft_cannot_be_put_into_a_later_state(cast: Cast, state: str) -> None:
    voucher = cast.application(cast.firm, supplier=None)
    refused(voucher, "submitted_voucher_has_papers|voucher", state=state)


@pytest.mark.parametrize("state", ["issued", "redeemed", "expired", "revoked"])
def test_what_was_never_granted_is_not_issued(cast: Cast, state: str) -> None:
    refused(cast.voucher("approved"), "voucher|redeemed", state=state)


@pytest.mark.parametrize(
    "gone", [{"granted_fen": None}, {"granted_fen": 0}, {"expires_date": None}]
)
def test_an_issued_voucher_has_an_amount_and_a_term(cast: Cast, gone: dict[str, Any]) -> None:
    refused(cast.voucher("issued"), "issued_voucher_has_amount_and_term", **gone)


def test_never_more_is_granted_than_the_rule_gives(cast: Cast) -> None:
    refused(
        cast.voucher("issued"), "voucher_never_more_than_the_rule_gives", granted_fen=3 * WAN + 1
    )


def test_what_is_redeemed_is_at_most_what_was_issued(cast: Cast) -> None:
    refused(cast.voucher("issued"), "redeemed_at_most_what_was_issued", redeemed_fen=3 * WAN + 1)


@pytest.mark.parametrize("amount", [0, 3 * WAN - 1])
def test_a_voucher_is_redeemed_when_nothing_is_left(cast: Cast, amount: int) -> None:
    refused(cast.voucher("redeemed"), "redeemed_voucher_has_nothing_left", redeemed_fen=amount)


def test_money_is_never_below_nothing(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    for field in ("amount_fen", "spend_fen", "paid_by_firm_fen"):
        refused(voucher, field, **{field: -1})


def test_an_invoice_has_an_amount_and_stands_once_in_a_voucher(cast: Cast) -> None:
    voucher = cast.voucher("draft")
    line = voucher.invoices.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=line.pk).update(amount_fen=0)
    line.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        line.save(force_insert=True)


def test_one_invoice_has_one_live_claim_whoever_writes_it(cast: Cast) -> None:
    key = entries_of(cast.voucher("district_check")).filter(kind="invoice").get()
    held = entries_of(cast.voucher("district_check", cast.rival)).first()
    assert held is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterEntry.objects.create(filing=held.filing, kind="invoice", key=key.key)
    RegisterEntry.objects.create(
        filing=held.filing, kind="invoice", key=key.key,
        released_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )  # fmt: skip
