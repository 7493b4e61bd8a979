"""A batch goes to the bank."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from dengta.core.bank import write_transfers
from dengta.funding.actions import batches
from dengta.funding.models import Claim, Payment, PaymentBatch
from dengta.funding.queries.payments import transfers_of
from dengta.ledger import queries as books
from dengta.registry.models import Sanction
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.conftest import twice
from tests.funding.payments_cast import approved, batch, colleague, instalment, payments_of, sent


def test_what_was_set_aside_is_owed_the_claims_are_being_paid_and_the_file_is_frozen(
    cast: Cast,
) -> None:
    claim = approved(cast, cast.firm)
    made = sent(cast)
    (payment,) = payments_of(made)
    claim.refresh_from_db()
    assert (made.state, payment.state, claim.state) == ("sent", "sent", "paying")
    owed = books.balance(f"payable/{cast.firm.organisation.uscc}")
    assert owed is not None and owed.credits_posted_fen == 50 * WAN and not owed.credits_pending_fen
    assert instalment(claim).settled_at == MOMENT
    assert made.file is not None
    with made.file.content.open("rb") as file:
        content = file.read()
    assert hashlib.sha256(content).hexdigest() == made.file_sha256
    event = Event.objects.get(flow="payment_batch", step="send")
    assert event.reasons == {"payments": 1, "transfer_fen": 50 * WAN, "same_person": False}


def test_the_same_payments_give_the_same_bytes(cast: Cast, tmp_path: Path) -> None:
    approved(cast, cast.firm)
    made = sent(cast)
    path = tmp_path / "again.xlsx"
    write_transfers("xlsx", path, transfers_of(made, payments_of(made)), MOMENT)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == made.file_sha256


def test_whoever_made_it_does_not_send_it_where_a_colleague_could(cast: Cast) -> None:
    approved(cast, cast.firm)
    made = batch(cast)
    other = colleague(cast, cast.province)
    with pytest.raises(StepRefused, match="不相容岗位"):
        batches.send(made, cast.province, at=MOMENT)
    assert batches.send(made, other, at=MOMENT).to_state == "sent"


def test_who_is_alone_says_why_and_the_record_says_that_one_person_did_both(cast: Cast) -> None:
    approved(cast, cast.firm)
    made = batch(cast)
    with pytest.raises(StepRefused, match="只有您一位"):
        batches.send(made, cast.province, at=MOMENT)
    event = batches.send(made, cast.province, note="财务处王科长已复核", at=MOMENT)
    assert event.reasons["same_person"] is True


def test_a_double_click_sends_once(cast: Cast) -> None:
    approved(cast, cast.firm)
    made, by = batch(cast), colleague(cast, cast.province)
    copies = [PaymentBatch.objects.get(pk=made.pk) for _ in range(2)]
    batches.send(copies[0], by, at=MOMENT)
    with pytest.raises(Moved):
        batches.send(copies[1], by, at=MOMENT)
    assert Event.objects.filter(flow="payment", step="send").count() == 1


def test_a_payment_that_was_stopped_meanwhile_stops_the_batch_until_it_is_dropped(
    cast: Cast,
) -> None:
    banned, fine = approved(cast, cast.firm), approved(cast, cast.rival)
    made, by = batch(cast), colleague(cast, cast.province)
    Sanction.objects.create(
        organisation=banned.organisation, grounds="虚报", document_number="鄂经信罚〔2026〕1号",
        from_date=DAY, until_date=DAY + ONE_DAY, source="clawback", source_id=1, at=MOMENT,
    )  # fmt: skip
    with pytest.raises(StepRefused, match="请先移出批次"):
        batches.send(made, by, at=MOMENT)
    assert Claim.objects.filter(state="paying").count() == 0
    stopped = Payment.objects.get(organisation=banned.organisation)
    twice(
        lambda: batches.drop(Payment.objects.get(pk=stopped.pk), by, note="惩戒期内", at=MOMENT),
        Moved,
    )
    batches.send(made, by, at=MOMENT)
    assert instalment(banned).payment is None and instalment(fine).payment is not None


def test_a_cancelled_batch_frees_all_and_cannot_be_sent(cast: Cast) -> None:
    claim = approved(cast, cast.firm)
    made = batch(cast)
    with pytest.raises(StepRefused, match="需要写明理由"):
        batches.cancel(made, cast.province, note="", at=MOMENT)
    twice(
        lambda: batches.cancel(
            PaymentBatch.objects.get(pk=made.pk), cast.province, note="资金未到位", at=MOMENT
        ),
        Moved,
    )
    assert instalment(claim).payment is None
    assert [one.state for one in payments_of(made)] == ["dropped"]
    assert batch(cast) != made


def test_another_office_sends_nothing(cast: Cast) -> None:
    approved(cast, cast.firm, "pilot-advance", amount_fen=10 * WAN)
    made = batch(cast, cast.city)
    for actor in (cast.next_city, cast.county):
        with pytest.raises(NotAllowed):
            batches.send(made, actor, at=MOMENT)


def test_what_is_owed_back_is_kept_from_the_transfer_and_a_payment_wholly_kept_needs_no_bank(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for amount in (20 * WAN, 50 * WAN):
        approved(cast, cast.firm, amount_fen=amount)
    booked: list[int] = []
    monkeypatch.setattr(
        batches, "set_off_dues", lambda payees, day: dict.fromkeys(payees, 30 * WAN)
    )
    monkeypatch.setattr(
        batches, "set_off_many", lambda kept, at: booked.extend(one.set_off_fen for one in kept)
    )
    made = sent(cast)
    whole, part = payments_of(made)
    assert (whole.state, whole.transfer_fen, whole.bank_reference) == ("paid", 0, "抵扣")
    assert (part.state, part.set_off_fen, part.transfer_fen) == ("sent", 10 * WAN, 40 * WAN)
    assert booked == [20 * WAN, 10 * WAN] and made.state == "sent"
