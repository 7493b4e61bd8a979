from __future__ import annotations

import pytest

from dengta.funding.actions import clawbacks as actions
from dengta.funding.models import Clawback
from dengta.funding.queries import clawbacks as queries
from dengta.trail.actions import FileRefused, NotAllowed, StepRefused
from dengta.trail.models import Document
from tests.cast import MOMENT, WAN, Cast
from tests.funding.clawback_cast import clawback, finding, paid_claim


def test_city_and_province_open_a_case_on_what_was_paid_and_nobody_else(cast: Cast) -> None:
    claim = paid_claim(cast)
    for actor in (cast.county, cast.next_city, cast.firm.actor, cast.expert):
        with pytest.raises(NotAllowed):
            actions.open_clawback(claim, actor, finding(), key="k", at=MOMENT)
    case = actions.open_clawback(claim, cast.city, finding(), key="k", at=MOMENT)
    assert (case.state, case.organisation, case.opened_by_id) == (
        "found", claim.organisation, cast.city.user_id,
    )  # fmt: skip
    assert case.number.startswith("ZH2026-")


def test_the_same_form_sent_twice_is_one_case_and_a_second_case_waits_for_the_first(
    cast: Cast,
) -> None:
    claim = paid_claim(cast)
    first = actions.open_clawback(claim, cast.city, finding(), key="k", at=MOMENT)
    assert actions.open_clawback(claim, cast.city, finding(), key="k", at=MOMENT) == first
    with pytest.raises(StepRefused, match=first.number):
        actions.open_clawback(claim, cast.province, finding(), key="other", at=MOMENT)
    assert Clawback.objects.count() == 1


def test_no_more_is_asked_than_was_paid_and_not_taken_back_before(cast: Cast) -> None:
    part = paid_claim(cast, paid=(1,))
    with pytest.raises(StepRefused, match="70,000"):
        actions.open_clawback(part, cast.city, finding(7 * WAN + 1), key="a", at=MOMENT)
    for fen in (0, -1):
        with pytest.raises(StepRefused):
            actions.open_clawback(part, cast.city, finding(fen), key="a", at=MOMENT)
    whole = paid_claim(cast, cast.rival)
    case = clawback(cast, "collecting", whole, 4 * WAN)
    Clawback.objects.filter(pk=case.pk).update(state="closed", closed_at=MOMENT)
    assert queries.reclaimable_fen(whole) == 6 * WAN


@pytest.mark.parametrize("wrong", [{"grounds": " "}, {"grounds": "多" * 5001}, {"origin": "?"}])
def test_grounds_and_origin_are_needed(cast: Cast, wrong: dict[str, str]) -> None:
    with pytest.raises(StepRefused):
        actions.open_clawback(paid_claim(cast), cast.city, finding(**wrong), key="k", at=MOMENT)
    assert not Clawback.objects.exists()


def test_whoever_got_the_money_has_to_pay_it_back_or_whoever_asked_for_it(cast: Cast) -> None:
    claim = paid_claim(cast, payee=cast.supplier)
    with pytest.raises(StepRefused, match=cast.rival.organisation.name):
        stranger = finding(organisation=cast.rival.organisation)
        actions.open_clawback(claim, cast.city, stranger, key="k", at=MOMENT)
    case = actions.open_clawback(claim, cast.city, finding(), key="k", at=MOMENT)
    assert case.organisation == cast.supplier.organisation
    actions.notice(case, cast.city, at=MOMENT)
    actions.defend(case, cast.supplier.actor, text="已按合同交付。", at=MOMENT)
    with pytest.raises(Clawback.DoesNotExist):
        actions.defend(case, cast.firm.actor, text="与我无关。", at=MOMENT)


def test_a_file_that_cannot_be_kept_leaves_no_case(cast: Cast) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    wrong = SimpleUploadedFile("审计.exe", b"MZ")
    with pytest.raises(FileRefused):
        given = finding(file=wrong)
        actions.open_clawback(paid_claim(cast), cast.city, given, key="k", at=MOMENT)
    assert not Clawback.objects.exists() and not Document.objects.filter(name="审计.exe").exists()


def test_the_party_sees_nothing_before_the_notice_and_its_evidence_afterwards(cast: Cast) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile("审计.pdf", b"%PDF-1.7", content_type="application/pdf")
    claim = paid_claim(cast)
    case = actions.open_clawback(claim, cast.city, finding(file=file), key="k", at=MOMENT)
    assert case.evidence is not None
    with pytest.raises(Clawback.DoesNotExist):
        queries.visible(cast.firm.actor, case.pk)
    assert queries.document_for(cast.firm.actor, case.evidence.pk) is None
    actions.notice(case, cast.city, at=MOMENT)
    assert queries.visible(cast.firm.actor, case.pk) == case
    assert queries.document_for(cast.firm.actor, case.evidence.pk) == case.evidence
    for actor in (cast.rival.actor, cast.next_city):
        assert queries.document_for(actor, case.evidence.pk) is None
    assert queries.visible(cast.county, case.pk) == case
