"""提交申领: complete, eligible, in time, and nothing of it claimed before."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from dengta.funding.actions import claims, claims_filling, claims_submitting
from dengta.funding.actions.claims_submitting import Incomplete
from dengta.funding.actions.eligibility import NotEligible
from dengta.funding.actions.register import AlreadyClaimed
from dengta.funding.models import Claim, Filing, RegisterEntry
from dengta.trail.actions import Moved, NotAllowed, StepRefused
from dengta.trail.models import Event
from dengta.trail.queries import days_given
from tests.cast import DAY, MOMENT, WAN, Cast, Firm
from tests.funding.claims_cast import draft_claim, flow, line, pilot, submitted_claim


def submit(claim: Claim, firm: Firm) -> Event:
    """Hand it in on the day."""
    return claims_submitting.submit(claim, firm.actor, agreed_by="王厂长", at=MOMENT)


def test_what_is_missing_is_named_all_at_once_and_what_is_there_is_kept(cast: Cast) -> None:
    firm = pilot(cast, cast.firm)
    claim = claims_filling.begin_claim(firm.actor, "wuhan-pilot", at=MOMENT)
    claims_filling.save(claim, firm.actor, {"title": "改造"})
    with pytest.raises(Incomplete) as refused:
        submit(claim, firm)
    said = [one.zh for one in refused.value.missing]
    assert said[:3] == ["数字化服务商", "合同编号", "合同总价"] and "付款凭证" in said
    assert "项目名称" not in said and claim.title == "改造"


def test_one_line_of_an_invoice_counts_once_in_a_claim(cast: Cast) -> None:
    claim = draft_claim(cast)
    same = line(invoice_line="2")
    lines = [same, replace(same, text="换一种写法", invoice_line="02")]
    claims_filling.save(claim, cast.firm.actor, {}, lines=lines)
    with pytest.raises(StepRefused, match="第 1 行和第 2 行是发票"):
        submit(claim, cast.firm)
    assert not RegisterEntry.objects.exists()


def test_a_sample_a_voucher_and_a_reward_are_not_claimed_here(cast: Cast) -> None:
    for edition in ("pilot-advance", "cloud-voucher", "scenario-reward", "nonsense"):
        with pytest.raises(StepRefused):
            claims_filling.begin_claim(cast.firm.actor, edition, at=MOMENT)
    assert not Claim.objects.exists()


def test_the_level_counts_only_as_rated_on_the_spot(cast: Cast) -> None:
    claim = draft_claim(cast)
    claim.organisation.titles.all()
    from dengta.assessment.models import Rating

    Rating.objects.update(kind="expert")
    with pytest.raises(NotEligible, match="经现场评定"):
        submit(claim, cast.firm)


def test_the_terms_are_kept_as_they_were_agreed_to(cast: Cast) -> None:
    claim = draft_claim(cast)
    with pytest.raises(StepRefused, match="请填写承诺人姓名"):
        claims_submitting.submit(claim, cast.firm.actor, agreed_by=" ", at=MOMENT)
    submit(claim, cast.firm)
    assert claim.agreed_by == "王厂长" and len(claim.terms) == 3
    assert claim.policy_digest and claim.verdict["eligible"] == "yes"


def test_after_three_months_it_is_too_late(cast: Cast) -> None:
    claim = draft_claim(cast, finished_date=dt.date(2025, 12, 15))
    with pytest.raises(StepRefused, match="2026年3月15日 前"):
        submit(claim, cast.firm)
    claims_filling.save(claim, cast.firm.actor, {"finished_date": dt.date(2025, 12, 16)})
    submit(claim, cast.firm)


def test_everything_it_rests_on_is_registered(cast: Cast) -> None:
    first = line(10 * WAN, invoice_line="2", serial="SN-1", model="XJ200", text="生产执行系统软件")
    claim = submitted_claim(cast, None, first)
    kinds = {
        entry.kind: entry.key for entry in RegisterEntry.objects.filter(released_at=None)
    }  # fmt: skip
    assert kinds["invoice"] == f"{first.invoice_number}#2"
    assert kinds["serial"] == "XJ200-SN1"
    assert kinds["contract"].startswith(f"HT{claim.pk}@")
    assert kinds["bank_flow"].startswith("LSH")
    content = Filing.objects.get().content
    assert content["suppliers"] == [cast.supplier.organisation.uscc]
    assert content["texts"] == [["生产执行系统软件", 10 * WAN]]


@pytest.mark.parametrize("shared", ["invoice", "bank_flow", "serial"])
def test_the_same_number_as_an_earlier_claim_is_refused_by_name(cast: Cast, shared: str) -> None:
    one = line(10 * WAN, serial="SN-7" if shared == "serial" else "")
    paid = flow(10 * WAN)
    earlier = submitted_claim(cast, None, one, flows=[paid])
    other = one if shared == "invoice" else line(10 * WAN, serial=one.serial)
    claim = draft_claim(
        cast, cast.rival, other, flows=[paid] if shared == "bank_flow" else None
    )  # fmt: skip
    with pytest.raises(AlreadyClaimed) as refused:
        submit(claim, cast.rival)
    assert earlier.number in refused.value.text.zh
    assert claim.state == "draft" and not Filing.objects.filter(thing_id=claim.pk).exists()
    claims_submitting.withdraw(earlier, cast.firm.actor, at=MOMENT)
    submit(claim, cast.rival)


def test_whoever_never_got_the_answer_submits_again_and_it_is_one(cast: Cast) -> None:
    claim = draft_claim(cast)
    copy = Claim.objects.get(pk=claim.pk)
    assert submit(claim, cast.firm) == submit(copy, cast.firm)
    assert Event.objects.filter(flow="claim", step="submit").count() == 1
    with pytest.raises(Moved):
        claims_filling.save(claim, cast.firm.actor, {"title": "改了"})


def test_only_the_firm_itself_submits(cast: Cast) -> None:
    claim = draft_claim(cast)
    with pytest.raises(NotAllowed):
        submit(claim, cast.rival)


def test_a_returned_claim_keeps_everything_and_goes_in_again(cast: Cast) -> None:
    claim = submitted_claim(cast)
    claims.take(claim, "return", cast.county, note="第 1 行请写明软件版本。", at=MOMENT)
    assert claim.lines.count() == 1 and claim.papers.count() == 6
    assert RegisterEntry.objects.filter(released_at=None).count() == 3
    claims_filling.change_line(claim, cast.firm.actor, 1, line(20 * WAN))
    claims_filling.save(claim, cast.firm.actor, {"list_fen": 20 * WAN}, flows=[flow(20 * WAN)])
    submit(claim, cast.firm)
    assert (claim.state, claim.computed_fen) == ("county_check", 6 * WAN)
    assert Filing.objects.get().version == 2


def test_a_rejected_claim_lets_go_of_what_it_rested_on(cast: Cast) -> None:
    claim = submitted_claim(cast)
    with pytest.raises(StepRefused, match="需要写明理由"):
        claims.take(claim, "reject", cast.county, at=MOMENT)
    claims.take(claim, "reject", cast.county, note="不属于数字化改造。", at=MOMENT)
    assert not RegisterEntry.objects.filter(released_at=None).exists()


def test_public_money_is_never_more_than_what_was_paid(cast: Cast) -> None:
    claim = submitted_claim(cast, None, line(10 * WAN), flows=[flow(2 * WAN)])
    assert claim.computed_fen == 2 * WAN
    assert "企业实际支付的 2万元" in claim.calculation["now"]["steps"][-1]["zh"]


def test_more_paid_than_the_price_is_refused(cast: Cast) -> None:
    claim = draft_claim(cast, None, line(10 * WAN), flows=[flow(11 * WAN)])
    with pytest.raises(StepRefused, match="实付 11万元 多于让利后的价格"):
        submit(claim, cast.firm)


def test_days_run_from_practice(cast: Cast) -> None:
    claim = submitted_claim(cast)
    assert days_given(claim) == 5
    assert claim.state_since.date() + dt.timedelta(days=1) > DAY
