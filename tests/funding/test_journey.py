from __future__ import annotations

from dengta.funding.actions import vouchers as actions
from dengta.funding.actions.vouchers_redeeming import redeem
from dengta.funding.models import Voucher
from dengta.funding.queries import vouchers as queries
from dengta.monitoring.queries.indicators import total
from dengta.registry.queries import policy
from dengta.trail.models import Event
from tests.cast import DAY, MOMENT, ONE_DAY, WAN, Cast
from tests.funding.conftest import CAP_FEN, POOL_FEN, Money, entries_of, money, steps_of, told
from tests.funding.paying import pay_claim


def test_a_voucher_goes_from_application_to_payment_and_every_fen_is_where_it_belongs(
    cast: Cast,
) -> None:
    firm, county, city, province = cast.firm, cast.county, cast.city, cast.province
    actions.open_fund(2026, at=MOMENT)
    organisation = firm.organisation
    assert money(organisation) == Money(POOL_FEN, 0, 0, 0, 0, 0)

    voucher = cast.application(firm)
    actions.submit(voucher, firm.actor, at=MOMENT)
    assert (voucher.spend_fen, voucher.amount_fen) == (10 * WAN, 3 * WAN), "30 % of 100,000 yuan"
    actions.take(voucher, "pass", county, at=MOMENT + ONE_DAY)
    actions.take(voucher, "approve", city, at=MOMENT + 2 * ONE_DAY)
    assert money(organisation) == Money(POOL_FEN, 0, 0, 0, 0, 0), "nothing was promised"

    rest = (POOL_FEN - 3 * WAN, CAP_FEN - 3 * WAN)
    actions.issue(voucher, province, at=MOMENT + 3 * ONE_DAY)
    assert (voucher.granted_fen, voucher.expires_date) == (3 * WAN, DAY + 368 * ONE_DAY)
    assert money(organisation) == Money(*rest, 3 * WAN, 0, 0, 0)

    part = redeem(voucher, firm.actor, amount_fen=1 * WAN, at=MOMENT + 4 * ONE_DAY)
    assert (voucher.state, voucher.redeemed_fen, part.state) == ("issued", 1 * WAN, "approved")
    assert money(organisation) == Money(*rest, 2 * WAN, 1 * WAN, 0, 0)
    pay_claim(part, at=MOMENT + 5 * ONE_DAY)
    assert money(organisation) == Money(*rest, 2 * WAN, 0, 0, 1 * WAN)

    last = redeem(voucher, firm.actor, at=MOMENT + 6 * ONE_DAY)
    pay_claim(last, at=MOMENT + 7 * ONE_DAY)
    assert money(organisation) == Money(*rest, 0, 0, 0, 3 * WAN)
    assert Voucher.objects.get(pk=voucher.pk).state == "redeemed"
    assert steps_of(voucher) == ["begin", "submit", "pass", "approve", "issue", "part", "redeem"]
    assert (last.agreed_by, last.terms) == (voucher.agreed_by, voucher.terms)


def test_each_step_tells_the_firm_and_the_next_office_once(cast: Cast) -> None:
    offices = (cast.county, cast.next_county, cast.city, cast.next_city, cast.province)
    assert len({office.user_id for office in offices}) == 5
    voucher = cast.voucher("redeemed")
    firm, province = cast.firm.actor.user_id, cast.province.user_id
    assert told(voucher, "submit") == sorted([firm, cast.county.user_id])
    assert told(voucher, "pass") == sorted([firm, cast.city.user_id])
    assert told(voucher, "approve") == sorted([firm, province])
    assert told(voucher, "issue") == [firm], "the firm itself has it now"
    assert told(voucher, "redeem") == [firm]


def test_a_notice_and_its_step_are_written_together(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    event = Event.objects.get(thing_id=voucher.pk, flow="voucher", step="submit")
    subjects = {n.link: n.subject["zh"] for n in event.notices.all()}
    assert subjects == {
        f"/enterprise/vouchers/{voucher.pk}/": f"{voucher.number}：区县正在初审",
        f"/official/vouchers/{voucher.pk}/": (
            f"{voucher.number} {cast.firm.organisation.name}：区县初审"
        ),
    }


def test_the_verdict_is_kept_and_can_be_decided_again_from_what_it_saw(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    stored = Voucher.objects.get(pk=voucher.pk)
    assert stored.policy_digest == policy().digest
    assert stored.verdict["eligible"] == "yes"
    replayed = queries.replayed(stored)
    assert replayed is not None
    assert replayed.as_json("zh-hans") == stored.verdict
    assert replayed.amount_fen == stored.amount_fen


def test_a_verdict_under_another_policy_is_not_decided_again(cast: Cast) -> None:
    voucher = cast.voucher("district_check")
    voucher.verdict["policy_digest"] = "0" * 64
    assert queries.replayed(voucher) is None
    assert queries.replayed(cast.voucher("draft")) is None


def test_a_paid_voucher_adds_one_enterprise_to_those_on_cloud(cast: Cast) -> None:
    voucher = cast.voucher("redeemed")
    assert total("cloud_enterprises", DAY) == 0
    pay_claim(voucher.claims.get(), at=MOMENT)
    assert total("cloud_enterprises", DAY) == 1
    assert total("cloud_enterprises", DAY - ONE_DAY) == 0


def test_a_redeemed_voucher_keeps_its_invoices_for_ever(cast: Cast) -> None:
    voucher = cast.voucher("redeemed")
    assert entries_of(voucher).filter(released_at=None).count() == 2


def test_a_division_without_counties_checks_and_reviews_in_one_office(cast: Cast) -> None:
    voucher = cast.voucher("redeemed", cast.remote)
    events = Event.objects.filter(flow="voucher", thing_id=voucher.pk)
    by = dict(events.values_list("step", "user_id"))
    assert by["pass"] == by["approve"] == cast.remote_office.user_id


def test_the_scheme_gives_what_the_programme_says(cast: Cast) -> None:
    for spend in (10 * WAN, 3_333_33, 90 * WAN):
        voucher = cast.voucher("district_check", None, cast.invoice(spend))
        verdict = queries.replayed(voucher)
        assert verdict is not None and voucher.amount_fen == verdict.amount_fen
