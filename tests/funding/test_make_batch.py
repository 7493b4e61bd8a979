"""Ready instalments become a batch of payments."""

from __future__ import annotations

import pytest

from dengta.funding.actions import batches
from dengta.funding.models import Claim, Filing, Hit, Payment, PaymentBatch
from dengta.funding.queries.payments import NO_ACCOUNT, Choice, ready
from dengta.registry.models import Sanction
from dengta.trail.actions import Moved, NotAllowed, StepRefused, begin
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.payments_cast import TITLE, approved, batch, instalment, payments_of


def make(cast: Cast, key: str = "once", **choice: object) -> batches.Made:
    return batches.make(
        cast.province,
        Choice(**choice),
        title=TITLE,
        key=key,
        at=MOMENT,  # type: ignore[arg-type]
    )


def test_what_the_province_decided_is_paid_by_the_province_one_payment_for_each_claim(
    cast: Cast,
) -> None:
    first, second = approved(cast, cast.firm), approved(cast, cast.rival)
    approved(cast, cast.firm, "pilot-advance", amount_fen=10 * WAN)
    made = make(cast)
    assert [one.amount_fen for one in payments_of(made.batch)] == [50 * WAN] * 2
    assert {instalment(c).payment_id for c in (first, second)} == {
        one.pk for one in payments_of(made.batch)
    }
    assert list(ready("420000")) == [] and ready("420100").count() == 1


def test_by_vendor_all_redemptions_of_one_provider_are_one_payment(cast: Cast) -> None:
    for firm in (cast.firm, cast.rival, cast.firm):
        approved(cast, firm, "cloud-coupon", amount_fen=WAN // 5, payee=cast.supplier)
    approved(cast, cast.firm, "pilot-advance", amount_fen=10 * WAN)
    made = batch(cast, cast.city, by_vendor=True)
    (only,) = payments_of(made)
    assert only.organisation == cast.supplier.organisation and only.amount_fen == 3 * WAN // 5
    assert only.instalments.count() == 3 and made.by_vendor


def test_the_choice_narrows_by_scheme_fund_year_payee_and_instalment(cast: Cast) -> None:
    first, second = approved(cast, cast.firm), approved(cast, cast.rival)
    wanted = {
        "schemes": ("scenario-reward",), "fund": "scenario-2026", "year": 2026,
        "payee": cast.firm.organisation.pk,
    }  # fmt: skip
    for chosen, found in (
        (wanted, [first]), ({"year": 2025}, []), ({"fund": "scenario-2025"}, []),
        ({"fund": "nothing"}, []), ({"schemes": ("platform-first",)}, []),
        ({"instalments": (instalment(second).pk,)}, [second]),
    ):  # fmt: skip
        rows = ready("420000", Choice(**chosen))  # type: ignore[arg-type]
        assert [one.claim for one in rows] == found


def test_a_hit_a_sanction_and_a_missing_account_are_left_out_with_the_reason(cast: Cast) -> None:
    hit, banned, homeless = (approved(cast, cast.enrol(n)) for n in ("hit", "ban", "none"))
    fine = approved(cast, cast.firm)
    filings = [
        Filing.objects.create(
            flow="claim", thing_id=claim.pk, number=claim.number, year=2026, amount_fen=WAN,
            organisation=claim.organisation, programme="scenario", filed_at=MOMENT,
            screened_version=1,
        )
        for claim in (fine, hit)
    ]  # fmt: skip
    found = Hit(filing=filings[1], other=filings[0], kind="text", score_bps=9_000, amount_fen=WAN,
                found_at=MOMENT)  # fmt: skip
    begin(found, by=cast.county, at=MOMENT)
    Sanction.objects.create(
        organisation=banned.organisation, grounds="虚报", document_number="鄂经信罚〔2026〕1号",
        from_date=DAY, until_date=DAY + 365 * ONE_DAY, source="clawback", source_id=1, at=MOMENT,
    )  # fmt: skip
    Claim.objects.filter(pk=homeless.pk).update(bank_name="")
    made = make(cast)
    assert [one.organisation for one in payments_of(made.batch)] == [fine.organisation]
    said = {one.instalment.claim_id: one.reason.zh for one in made.left_out}
    assert fine.number in said[hit.pk] and "鄂经信罚〔2026〕1号" in said[banned.pk]
    assert said[homeless.pk] == NO_ACCOUNT.zh
    with pytest.raises(StepRefused, match="都不能付款"):
        make(cast, key="twice")


def test_a_double_click_makes_one_batch(cast: Cast) -> None:
    approved(cast, cast.firm)
    first, second = make(cast), make(cast)
    assert first.new and not second.new and first.batch == second.batch
    assert Payment.objects.count() == 1


def test_what_stands_in_a_batch_is_not_put_into_another(cast: Cast) -> None:
    approved(cast, cast.firm)
    make(cast)
    with pytest.raises(StepRefused, match="没有符合条件的待付款项"):
        make(cast, key="twice")
    assert PaymentBatch.objects.count() == 1


def test_whoever_saw_an_instalment_free_that_was_taken_meanwhile_takes_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(cast, cast.firm), approved(cast, cast.rival)
    seen = batches.free_instalments("420000", Choice())
    batch(cast, payee=cast.firm.organisation.pk)
    monkeypatch.setattr(batches, "free_instalments", lambda *asked: seen)
    with pytest.raises(Moved):
        make(cast)
    assert Payment.objects.count() == 1 and PaymentBatch.objects.count() == 1


@pytest.mark.parametrize("who", ["county", "expert"])
def test_only_city_and_province_pay(cast: Cast, who: str) -> None:
    approved(cast, cast.firm)
    with pytest.raises(NotAllowed):
        batches.make(getattr(cast, who), Choice(), title=TITLE, key="1", at=MOMENT)
